"""From a conversation to everything that generating its answer needs: prompt, grammar, stops, format.

``build_chat`` is the door for Python, with OpenAI-style dicts; ``build`` is the same in our own values.
Refuses to generate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Final, Literal

from ..errors import InvalidRequest
from .formats import ChatFormat, Routing, Span, ToolFormat, detect
from .grammar import Grammar, build_grammar
from .messages import tool_dict
from .prompt import Continue, make_prompt, thinking_is_open
from .template import ChatTemplate
from .tool_text import tools_as_text
from .types import OutputFormat, Tool, ToolChoice

ReasoningFormat = Literal["auto", "deepseek", "none"]

_CONTROL: Final = re.compile(r"(<[^<>\s]+>|\[[^\[\]\s]+\])")
_CHOICES: Final[tuple[Literal["auto", "none", "required"], ...]] = ("auto", "none", "required")


@dataclass(frozen=True, slots=True)
class BuiltChat:
    """What generating and reading one answer needs.

    ``grammar`` is a Lark grammar for llguidance, or None where the answer is free. With ``grammar_lazy``
    it allows free text before what it constrains, which begins at a marker: one of ``trigger_tokens`` (if
    it is a control token of the model) or a match of ``trigger_patterns``. Both are for information, the
    grammar itself waits for the marker. ``additional_stops`` are strings that end the answer,
    ``preserved_tokens`` control tokens that must reach the text for ``format`` to read it.
    ``thinking_forced_open`` says that the prompt ends inside the model's reasoning. ``warnings`` tell
    which parts of the client's schemas the grammar does not enforce.
    """

    prompt: str
    format: ChatFormat
    grammar: str | None = None
    grammar_lazy: bool = False
    trigger_patterns: tuple[str, ...] = ()
    trigger_tokens: tuple[str, ...] = ()
    additional_stops: tuple[str, ...] = ()
    preserved_tokens: tuple[str, ...] = ()
    thinking_forced_open: bool = False
    warnings: tuple[str, ...] = ()


@lru_cache(maxsize=32)
def tool_format_of(template: ChatTemplate) -> ToolFormat:
    """How a model with ``template`` writes its answers; found by rendering, once for a template."""
    return detect(template.source, template.try_render)


def build(
    template: ChatTemplate,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Tool] = (),
    tool_choice: ToolChoice = ToolChoice(),  # noqa: B008 -- frozen
    *,
    parallel_tool_calls: bool = True,
    output_format: OutputFormat | None = None,
    enable_thinking: bool = True,
    split_reasoning: bool = True,
    reasoning_budget: int | None = None,
    add_generation_prompt: bool = True,
    continue_final_message: Continue = False,
    template_kwargs: Mapping[str, Any] | None = None,
) -> BuiltChat:
    """``build_chat`` in our own values; ``messages`` are OpenAI-style dicts here as well.

    Raises ``InvalidRequest`` (``InvalidGrammar`` for schemas and grammars) where the request cannot be
    honoured.
    """
    tool_dicts = [tool_dict(tool) for tool in tools]
    template = template.for_tools(tool_dicts)
    tool_format = tool_format_of(template)
    can = template.capabilities
    natural = can.tools and can.tool_results
    prompt = make_prompt(
        template,
        tool_format,
        messages if natural else tools_as_text(messages, tool_dicts, tool_format, can),
        tool_dicts if can.tools else None,
        add_generation_prompt=add_generation_prompt,
        continue_final_message=continue_final_message,
        enable_thinking=enable_thinking,
        template_kwargs=template_kwargs,
    )
    chat_format = ChatFormat(
        tool_format=tool_format,
        tools={tool.name: tool.parameters for tool in tools},
        parse_tools=tool_choice.mode != "none",
        split_reasoning=split_reasoning,
        prefill=prompt.prefill,
        json_content=output_format is not None and output_format.kind in ("json_object", "json_schema"),
        used_ids=tuple(_call_ids(messages)),
    )
    continues = continue_final_message not in (False, "none")
    if output_format and continues and not thinking_is_open(tool_format, prompt.prefill):
        message = "the form of an answer that is continued cannot be demanded"
        raise InvalidRequest(message, param="continue_final_message")
    grammar = build_grammar(
        chat_format,
        tools,
        tool_choice,
        parallel=parallel_tool_calls,
        output_format=output_format,
        reasoning_budget=reasoning_budget,
    )
    return _built(prompt.text, chat_format, grammar)


def _built(prompt: str, chat_format: ChatFormat, grammar: Grammar | None) -> BuiltChat:
    tool_format = chat_format.tool_format
    lazy = grammar is not None and grammar.lazy
    triggers = tool_format.triggers if lazy else ()
    return BuiltChat(
        prompt=prompt,
        format=chat_format,
        grammar=grammar.text if grammar else None,
        grammar_lazy=lazy,
        trigger_patterns=tuple(re.escape(trigger) for trigger in triggers if not _CONTROL.fullmatch(trigger)),
        trigger_tokens=tuple(trigger for trigger in triggers if _CONTROL.fullmatch(trigger)),
        additional_stops=_stops(tool_format),
        preserved_tokens=_preserved_tokens(tool_format),
        thinking_forced_open=thinking_is_open(tool_format, chat_format.prefill),
        warnings=grammar.warnings if grammar else (),
    )


def build_chat(
    template: ChatTemplate,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] | None = None,
    tool_choice: str | Mapping[str, Any] = "auto",
    parallel_tool_calls: bool = True,
    json_schema: Mapping[str, Any] | None = None,
    enable_thinking: bool = True,
    reasoning_format: ReasoningFormat = "auto",
    add_generation_prompt: bool = True,
    continue_final_message: Continue = False,
    template_kwargs: Mapping[str, Any] | None = None,
    *,
    grammar: str | None = None,
    regex: str | None = None,
    reasoning_budget: int | None = None,
) -> BuiltChat:
    """Everything for one answer to ``messages``: OpenAI-style dicts, as ``tools`` and ``tool_choice`` are.

    ``json_schema`` (a JSON Schema), ``grammar`` (GBNF) or ``regex`` say what the answer's text must be.
    ``enable_thinking`` is for templates that can switch it. With ``reasoning_format`` "auto" ("deepseek"
    means the same) reasoning is split from the content, with "none" it stays in it as written;
    ``reasoning_budget`` is in tokens. ``continue_final_message`` lets the model go on with the assistant's
    message at the end. ``template_kwargs`` are further variables of the template.

    Raises ``InvalidRequest`` where the request cannot be honoured.
    """
    return build(
        template,
        messages,
        tuple(_tool(tool, position) for position, tool in enumerate(tools or ())),
        _tool_choice(tool_choice),
        parallel_tool_calls=parallel_tool_calls,
        output_format=_output_format(json_schema, grammar, regex),
        enable_thinking=enable_thinking,
        split_reasoning=reasoning_format != "none",
        reasoning_budget=reasoning_budget,
        add_generation_prompt=add_generation_prompt,
        continue_final_message=continue_final_message,
        template_kwargs=template_kwargs,
    )


def _tool(tool: Mapping[str, Any], position: int) -> Tool:
    function = tool.get("function", tool)
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise InvalidRequest(f"tools[{position}] is not a function with a name", param="tools")
    parameters = function.get("parameters")
    return Tool(
        name=function["name"],
        description=function.get("description") or "",
        strict=bool(function.get("strict")),
        **({"parameters": dict(parameters)} if parameters else {}),
    )


def _tool_choice(choice: str | Mapping[str, Any]) -> ToolChoice:
    if isinstance(choice, Mapping):
        name = choice.get("function", choice).get("name")
        if not isinstance(name, str):
            raise InvalidRequest("tool_choice must name a function", param="tool_choice")
        return ToolChoice("named", name)
    for mode in _CHOICES:
        if choice == mode:
            return ToolChoice(mode)
    raise InvalidRequest(f"tool_choice {choice!r} is not one of {', '.join(_CHOICES)}", param="tool_choice")


def _output_format(
    json_schema: Mapping[str, Any] | None, grammar: str | None, regex: str | None
) -> OutputFormat | None:
    given = [
        *([OutputFormat("json_schema", dict(json_schema))] if json_schema is not None else ()),
        *([OutputFormat("gbnf", grammar)] if grammar is not None else ()),
        *([OutputFormat("regex", regex)] if regex is not None else ()),
    ]
    if len(given) > 1:
        raise InvalidRequest("json_schema, grammar and regex exclude each other", param="grammar")
    return given[0] if given else None


def _call_ids(messages: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """The ids of the calls in the conversation, each once."""
    ids = (call.get("id") for message in messages for call in message.get("tool_calls") or ())
    return dict.fromkeys(str(id_) for id_ in ids if id_)


def _stops(tool_format: ToolFormat) -> tuple[str, ...]:
    """What ends a turn, unless it is also a part of what may stand within one."""
    inner = (*tool_format.triggers, *_texts(tool_format.thinking), tool_format.content.start)
    return tuple(end for end in tool_format.turn_ends if not any(end in marker for marker in inner))


def _preserved_tokens(tool_format: ToolFormat) -> tuple[str, ...]:
    """Everything in the markers of ``tool_format`` that may be a control token of the model."""
    values = [getattr(tool_format, field.name) for field in fields(tool_format)]
    markers = _texts([value for value in values if not isinstance(value, str)])
    separators = (tool_format.separator, tool_format.argument_separator)
    pieces = (piece.strip() for marker in (*markers, *separators) for piece in _CONTROL.split(marker))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _texts(value: object) -> Iterable[str]:
    """The strings in ``value``."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Span | Routing):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
