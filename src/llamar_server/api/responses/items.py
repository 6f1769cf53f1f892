"""Items to our own messages: pure, item by item, in the order they came.

A turn of the model is many items here (thoughts, texts, calls) and one message inside. No id of an item
gets into a message: the same words make the same prompt, whoever counted them. What cannot be read
(images, files) is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from ...chat.types import Message, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart
from ...errors import InvalidRequest, UnsupportedParameter
from ..opaque import unseal
from . import schema as wire
from .tools import custom_arguments, flat_name

Value = TypeVar("Value")

Placed = tuple[str, wire.Item]
"""An item and where it stands in the request."""

# What OpenAI's own tools did in an answer that came from there; what came of it is in the texts after it.
LEFT_OUT: Final = (
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "mcp_list_tools",
)
_TEXTS: Final = ("input_text", "output_text", "text", "summary_text", "reasoning_text")


def chat_messages(items: Iterable[Placed]) -> tuple[Message, ...]:
    """The conversation that ``items`` tell. Raises InvalidRequest, UnsupportedParameter."""
    found: list[Message] = []
    turn: list[Part] | None = None
    for param, item in items:
        if item.type in LEFT_OUT:
            continue
        said = _said(item, param)
        if said is not None:
            turn = [*(turn or ()), *said]
            continue
        if turn is not None:
            found.append(Message("assistant", tuple(turn)))
            turn = None
        found.append(_heard(item, param))
    return tuple(found) if turn is None else (*found, Message("assistant", tuple(turn)))


def _said(item: wire.Item, param: str) -> Sequence[Part] | None:
    """What an item says for the model; None if it is somebody else's."""
    match item.type, item.role:
        case "message", "assistant":
            return _texts(item.content, f"{param}.content")
        case "reasoning", _:
            thought = _thought(item, param)
            return [ReasoningPart(thought)] if thought else []
        case "function_call", _:
            return [_call(item, param, item.arguments or "")]
        case "custom_tool_call", _:
            return [_call(item, param, json.dumps(custom_arguments(item.input or ""), ensure_ascii=False))]
        case _:
            return None


def _heard(item: wire.Item, param: str) -> Message:
    match item.type:
        case "message":
            if item.role is None:
                raise _missing(f"{param}.role")
            content = _needed(item.content, f"{param}.content")
            return Message(item.role, tuple(_texts(content, f"{param}.content")))
        case "function_call_output" | "custom_tool_call_output":
            texts = _texts(item.output, f"{param}.output")
            name = flat_name(item.name, item.namespace) if item.name else None
            text = "\n".join(part.text for part in texts)
            return Message("tool", (ToolResultPart(item.call_id or "", text, name=name),))
        case _:
            message = f"{param}.type: items of type {item.type!r} are not supported"
            raise UnsupportedParameter(message, param=f"{param}.type")


def _call(item: wire.Item, param: str, arguments: str) -> ToolCallPart:
    call_id = _needed(item.call_id, f"{param}.call_id")
    name = flat_name(_needed(item.name, f"{param}.name"), item.namespace)
    return ToolCallPart(call_id, name, arguments)


def _thought(item: wire.Item, param: str) -> str:
    """The thought in full if it is known, else the summary of it."""
    content = _texts(item.content, f"{param}.content")
    full = "\n".join(part.text for part in content) or unseal(item.encrypted_content)
    return full or "\n".join(part.text for part in _texts(item.summary, f"{param}.summary"))


def _texts(parts: Sequence[wire.Part] | None, param: str) -> list[TextPart]:
    texts = (_text(part, f"{param}[{i}]") for i, part in enumerate(parts or ()))
    return [TextPart(text) for text in texts if text]


def _text(part: wire.Part, param: str) -> str:
    if part.type == "refusal":
        return _needed(part.refusal, f"{param}.refusal")
    if part.type in _TEXTS:
        return _needed(part.text, f"{param}.text")
    message = f"{param}.type: content of type {part.type!r} is not supported, the model reads text only"
    raise UnsupportedParameter(message, param=f"{param}.type")


def _needed(value: Value | None, param: str) -> Value:
    if value is None:
        raise _missing(param)
    return value


def _missing(param: str) -> InvalidRequest:
    return InvalidRequest(f"{param} is required", param=param)
