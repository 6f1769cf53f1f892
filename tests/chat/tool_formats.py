"""One ``ToolFormat`` of every shape that there is, by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from llamar_server.chat.formats import FAMILIES, Span, ToolFormat

_THINK: Final = Span("<think>\n", "\n</think>\n\n")
_PLAIN: Final = ToolFormat(thinking=_THINK, turn_ends=("<|im_end|>",))

HERMES: Final = replace(_PLAIN, style="object", call=Span("<tool_call>\n", "\n</tool_call>"), separator="\n")
LIST: Final = replace(
    _PLAIN, style="object", section=Span("<TOOLS>", "</TOOLS>"), array=Span("[", "]"), separator=", "
)
ACTIONS: Final = replace(
    LIST,
    content=Span("<|START_TEXT|>", "<|END_TEXT|>"),
    section=Span("<|START_ACTION|>", "<|END_ACTION|>"),
    array=Span("[\n    ", "\n]"),
    separator=",\n    ",
    name_key="tool_name",
    arguments_key="parameters",
    id_key="tool_call_id",
    id_shape="number",
    key_order=("id", "name", "arguments"),
)
ID_LAST: Final = replace(
    LIST,
    thinking=Span("[THINK]", "[/THINK]"),
    section=Span("[TOOL_CALLS]", ""),
    id_key="id",
    id_shape="alphanumeric9",
    key_order=("name", "arguments", "id"),
)
LINES: Final = replace(
    _PLAIN, style="object", section=Span("<tool_calls>\n", "\n</tool_calls>"), separator="\n"
)
NAME_IS_KEY: Final = replace(LIST, name_key="")
WRAPPED: Final = replace(HERMES, object=Span('{"type": "function", "function": {', "}}"))
BARE: Final = replace(
    _PLAIN,
    style="object",
    calls_at_start_only=True,
    call_starts=("<|python_tag|>",),
    arguments_key="parameters",
    compact_json=True,
)
CODER: Final = replace(
    _PLAIN,
    thinking_closed_by_calls=True,
    style="tag",
    call=Span("<tool_call>\n", "</function>\n</tool_call>"),
    separator="\n",
    name=Span("<function=", ">\n"),
    arguments_style="tagged",
    argument_name=Span("<parameter=", ">\n"),
    argument_value=Span("", "\n</parameter>\n"),
)
KEYS_AND_VALUES: Final = replace(
    CODER,
    thinking_closed_by_calls=False,
    call=Span("<tool_call>", "</tool_call>"),
    name=Span("", "\n"),
    argument_name=Span("<arg_key>", "</arg_key>\n"),
    argument_value=Span("<arg_value>", "</arg_value>\n"),
)
CDATA: Final = replace(
    CODER,
    call=Span("", "</function>"),
    name=Span('<function name="', '">'),
    argument_name=Span('<param name="', '">'),
    argument_value=Span("", "</param>"),
    cdata=True,
)
NAME_THEN_JSON: Final = replace(_PLAIN, style="tag", call=Span("[TOOL_CALLS]", ""), name=Span("", "[ARGS]"))
FENCED: Final = replace(
    _PLAIN,
    style="tag",
    section=Span("<｜calls｜>", "<｜end of calls｜>"),
    call=Span("<｜call｜>function<｜sep｜>", "<｜end of call｜>"),
    name=Span("", "\n"),
    arguments=Span("```json\n", "\n```"),
)
ID_FIRST: Final = replace(
    _PLAIN,
    style="tag",
    section=Span("<|tool_calls|>", "<|calls|>"),
    call=Span("<|call:begin|>", "<|call:end|>"),
    id_place="before_name",
    id=Span("", "<|call:name|>"),
    name=Span("", "<|call:args|>"),
)
ID_BETWEEN: Final = replace(
    NAME_THEN_JSON,
    name=Span(),
    id_place="after_name",
    id=Span("[CALL_ID]", ""),
    arguments=Span("[ARGS]", ""),
)
PYTHON_LINES: Final = replace(
    _PLAIN,
    style="tag",
    section=Span("<function_calls>", "</function_calls>"),
    separator="\n",
    arguments_style="keywords",
    arguments=Span("(", ")"),
    argument_name=Span("", "="),
    argument_separator=", ",
)
PYTHON_LIST: Final = replace(
    PYTHON_LINES, section=Span("<|calls|>", "<|end|>"), array=Span("[", "]"), separator=", "
)
OWN_QUOTES: Final = replace(
    _PLAIN,
    style="tag",
    call=Span("<start_function_call>", "<end_function_call>"),
    name=Span("call:"),
    arguments_style="bare",
    arguments=Span("{", "}"),
    argument_name=Span("", ":"),
    argument_separator=",",
    quote=Span("<escape>", "<escape>"),
)
DELIMITER: Final = replace(LIST, thinking=Span("", "\n[FINAL]\n"), thinking_closed_by_calls=True)

HAND_MADE: Final = {
    "hermes": HERMES,
    "list": LIST,
    "actions": ACTIONS,
    "id last": ID_LAST,
    "lines": LINES,
    "name is key": NAME_IS_KEY,
    "wrapped": WRAPPED,
    "bare": BARE,
    "coder": CODER,
    "keys and values": KEYS_AND_VALUES,
    "cdata": CDATA,
    "name then json": NAME_THEN_JSON,
    "fenced": FENCED,
    "id first": ID_FIRST,
    "id between": ID_BETWEEN,
    "python lines": PYTHON_LINES,
    "python list": PYTHON_LIST,
    "own quotes": OWN_QUOTES,
}

_WHOLE: Final = (
    "harmony",
    "muse",
    "functionary",
    "gemma4",
    "lfm2",
    "kimi_k2",
    "kimi_k3",
    "minimax_m3",
    "dsml",
)
"""The families whose format does not come from inference."""
FAMILY_FORMATS: Final = {
    family.name: replace(family.adapt(ToolFormat()), family=family.name)
    for family in FAMILIES
    if family.name in _WHOLE
}

FORMATS: Final = {**HAND_MADE, **FAMILY_FORMATS}
