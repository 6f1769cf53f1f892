"""What a chat template can do, found by rendering short conversations and looking at the outcome.

Each question is one conversation that uses one thing, with a word in it that occurs nowhere else: the
template can do it when it does not refuse and the word is in the text. Refuses to look at the
template's source.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Render = Callable[..., str | None]
"""``render(messages, tools=None)``: the text, or None where the template fails."""

ReasoningField = Literal["reasoning_content", "reasoning", "thinking", "parts"]

_USER: Final = "Zquestion"
_ASSISTANT: Final = "Zanswer"
_SYSTEM: Final = "Zsystem"
_TOOL: Final = "zprobe_tool"
_OTHER: Final = "zother_tool"
_ARGUMENT: Final = "zargument"
_VALUE: Final = "Zvalue"
_RESULT: Final = "Zresult"
_THOUGHT: Final = "Zthought"
_IDS: Final = ("call00001", "call00002")
_TOOLS: Final = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "",
            "parameters": {"type": "object", "properties": {_ARGUMENT: {"type": "string"}}, "required": []},
        },
    }
    for name in (_TOOL, _OTHER)
]
_ODD_IDS: Final = ("1", "call_00000000-0000-0000-0000-000000000001")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the template takes as it is; whatever is False must be adapted before rendering.

    ``parts``: content must be a list of parts. ``system`` / ``later_system``: a system message first /
    between turns. ``repeated_users``, ``user_after_tool``, ``assistant_first``, ``no_user``: orders of
    roles. ``empty_answers``: an assistant's turn may be empty. ``tools``, ``tool_calls``,
    ``tool_results``: they reach the prompt; with ``tools_in_system`` the tools as a JSON text in the
    system message's field ``tools``. ``object_arguments``: a call's arguments may be an object.
    ``parallel_calls``: several calls in one message. ``any_ids``: call ids of any shape.
    ``reasoning``: the field in which a message's reasoning is read, if any. ``thought_beside_text``: a
    turn that calls tools may have both.
    """

    works: bool = True
    parts: bool = False
    system: bool = True
    later_system: bool = True
    repeated_users: bool = True
    user_after_tool: bool = True
    assistant_first: bool = True
    no_user: bool = True
    empty_answers: bool = True
    tools: bool = True
    tools_in_system: bool = False
    tool_calls: bool = True
    object_arguments: bool = True
    parallel_calls: bool = True
    any_ids: bool = True
    tool_results: bool = True
    reasoning: ReasoningField | None = "reasoning_content"
    thought_beside_text: bool = True


def probe(render: Render) -> Capabilities:
    """The capabilities of the template behind ``render``; about twenty short renders."""
    question: dict[str, Any] = {"role": "user", "content": _USER}
    parts = not _shows(render([question]), _USER)
    if parts:
        plain, question = render, {"role": "user", "content": [{"type": "text", "text": _USER}]}
        if not _shows(plain([question]), _USER):
            return Capabilities(works=False)
        render = _with_parts(plain)
    reasoning = _reasoning(render)
    return Capabilities(
        parts=parts,
        **_roles(render),
        **_tools(render),
        **_calls(render),
        reasoning=reasoning,
        thought_beside_text=_thought_beside_text(render, reasoning),
    )


def _with_parts(render: Render) -> Render:
    def as_parts(message: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(message["content"], str):
            return message
        return {**message, "content": [{"type": "text", "text": message["content"]}]}

    return lambda messages, tools=None: render([as_parts(m) for m in messages], tools)


def _roles(render: Render) -> dict[str, bool]:
    user, assistant, system = _user(), _assistant(), {"role": "system", "content": _SYSTEM}
    later = render([_user("A"), assistant, system, _user("B")])
    return {
        "system": _shows(render([system, user]), _SYSTEM, _USER),
        "later_system": _in_order(later, _USER + "A", _ASSISTANT, _SYSTEM, _USER + "B"),
        "repeated_users": _in_order(render([_user("A"), _user("B")]), _USER + "A", _USER + "B"),
        "assistant_first": _in_order(render([assistant, user]), _ASSISTANT, _USER),
        "no_user": _shows(render([system]), _SYSTEM) and render([system], _TOOLS) is not None,
        "empty_answers": _shows(render([_user("A"), {**assistant, "content": ""}, _user("B")]), _USER + "B"),
    }


def _tools(render: Render) -> dict[str, bool]:
    if _shows(render([_user()], _TOOLS), _TOOL):
        return {"tools": True}
    system = {"role": "system", "content": "", "tools": json.dumps(_TOOLS)}
    in_system = _shows(render([system, _user()]), _TOOL)
    return {"tools": in_system, "tools_in_system": in_system}


def _calls(render: Render) -> dict[str, bool]:
    def call(arguments: object = None, ids: Sequence[str] = _IDS[:1], **more: Any) -> str | None:
        return render(_call_turns(arguments or {_ARGUMENT: _VALUE}, ids, **more), _TOOLS)

    as_text = f'{{"{_ARGUMENT}": "{_VALUE}"}}'
    by_object = call()
    shown = _shows(by_object, _VALUE) and f"{{'{_ARGUMENT}': '{_VALUE}'}}" not in (by_object or "")
    arguments: object = {_ARGUMENT: _VALUE} if shown else as_text
    text = by_object if shown else call(as_text)
    return {
        "tool_calls": _shows(text, _VALUE),
        "object_arguments": shown or not _shows(text, _VALUE),
        "tool_results": _shows(text, _RESULT),
        "parallel_calls": _shows(call(arguments, _IDS), _TOOL, _OTHER) or not _shows(text, _VALUE),
        "any_ids": text is None or all(call(arguments, [odd]) is not None for odd in _ODD_IDS),
        "user_after_tool": text is None or _shows(call(arguments, then=[_user("B")]), _USER + "B"),
    }


def _reasoning(render: Render) -> ReasoningField | None:
    """The first field whose content reaches the prompt, in a turn that still calls tools or is the last."""
    fields: tuple[ReasoningField, ...] = ("reasoning_content", "reasoning", "thinking")
    arguments: tuple[object, ...] = ({_ARGUMENT: _VALUE}, f'{{"{_ARGUMENT}": "{_VALUE}"}}')
    for field in fields:
        turns = [_user(), {**_assistant(), field: _THOUGHT}]
        if _shows(render(turns), _THOUGHT):
            return field
        for value in arguments:
            calling = _call_turns(value, _IDS[:1])
            calling[1][field] = _THOUGHT
            if _shows(render(calling, _TOOLS), _THOUGHT):
                return field
    parts = [{"type": "thinking", "thinking": _THOUGHT}, {"type": "text", "text": _ASSISTANT}]
    shown = render([_user(), {"role": "assistant", "content": parts}, _user("B")])
    # a template that prints the list itself shows the key as well
    if _shows(shown, _THOUGHT, _ASSISTANT) and not _shows(shown, "'type'") and not _shows(shown, '"type"'):
        return "parts"
    return None


def _thought_beside_text(render: Render, field: ReasoningField | None) -> bool:
    """Whether a turn with reasoning, text and a call is refused only for want of one of them."""
    if field is None or field == "parts":
        return True
    for arguments in ({_ARGUMENT: _VALUE}, f'{{"{_ARGUMENT}": "{_VALUE}"}}'):
        calling = _call_turns(arguments, _IDS[:1])
        calling[1][field] = _THOUGHT
        if render(calling, _TOOLS) is not None:
            calling[1]["content"] = _ASSISTANT
            return render(calling, _TOOLS) is not None
    return True


def _user(suffix: str = "") -> dict[str, Any]:
    return {"role": "user", "content": _USER + suffix}


def _assistant() -> dict[str, Any]:
    return {"role": "assistant", "content": _ASSISTANT}


def _call_turns(
    arguments: object, ids: Sequence[str], then: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    names = (_TOOL, _OTHER)
    calls = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}
        for id_, name in zip(ids, names, strict=False)
    ]
    results = [
        {"role": "tool", "tool_call_id": id_, "name": name, "content": _RESULT}
        for id_, name in zip(ids, names, strict=False)
    ]
    return [_user(), {"role": "assistant", "content": "", "tool_calls": calls}, *results, *then]


def _shows(text: str | None, *words: str) -> bool:
    return text is not None and all(word in text for word in words)


def _in_order(text: str | None, *words: str) -> bool:
    position = 0
    for word in words:
        position = (text or "").find(word, position)
        if position < 0:
            return False
    return True
