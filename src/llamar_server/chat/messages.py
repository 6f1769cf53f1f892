"""Chat messages as plain OpenAI-style dicts: one normal form, whatever client wrote them.

Owns what does not depend on a template: roles, content as text, tool calls with their arguments as an
object, the names of tool results, reasoning under one name. Refuses parts that are not text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..errors import InvalidRequest
from .types import Message, ReasoningPart, TextPart, Tool, ToolCallPart, ToolResultPart

JOIN: Final = "\n"
"""Between texts that become one: the parts of a message, merged system messages."""

_ROLES: Final = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_TEXT_KEYS: Final = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
_REASONING_KEYS: Final = {"thinking": "thinking", "reasoning": "text"}
_RAW: Final = "raw_arguments"
_ERROR: Final = "Error: "


def normalize(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """New messages with ``role`` of system, user, assistant or tool, ``content`` as a string, reasoning
    as ``reasoning_content``, calls as ``{"id", "type", "function": {"name", "arguments": object}}`` and
    the tool's ``name`` in each result that can be traced to a call.

    Raises ``InvalidRequest`` for what is no message.
    """
    if not messages:
        raise InvalidRequest("messages must not be empty", param="messages")
    normal = [_message(message, position) for position, message in enumerate(messages)]
    _name_results(normal)
    return normal


def _message(message: Mapping[str, Any], position: int) -> dict[str, Any]:
    param = f"messages[{position}]"
    role = _ROLES.get(str(message.get("role")))
    if role is None:
        raise InvalidRequest(f"{param}.role: {message.get('role')!r} is not a known role", param=param)
    text, thought = _content(message.get("content"), param)
    normal: dict[str, Any] = {"role": role, "content": text}
    if message.get("name"):
        normal["name"] = message["name"]
    if role == "tool" and message.get("tool_call_id"):
        normal["tool_call_id"] = message["tool_call_id"]
    if role == "assistant":
        reasoning = message.get("reasoning_content") or message.get("reasoning") or thought
        if reasoning:
            normal["reasoning_content"] = reasoning
        if message.get("tool_calls"):
            normal["tool_calls"] = [_tool_call(call, param) for call in message["tool_calls"]]
    return normal


def _content(content: object, param: str) -> tuple[str, str]:
    """The text and the reasoning in a message's content: nothing, a string, or a list of parts."""
    if content is None:
        return "", ""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, Sequence):
        raise InvalidRequest(f"{param}.content must be a string or a list of parts", param=param)
    texts: list[str] = []
    thoughts: list[str] = []
    for part in content:
        kind = part.get("type", "text") if isinstance(part, Mapping) else "text"
        if isinstance(part, str):
            texts.append(part)
        elif kind in _TEXT_KEYS:
            texts.append(str(part.get(_TEXT_KEYS[kind]) or ""))
        elif kind in _REASONING_KEYS:
            thoughts.append(str(part.get(_REASONING_KEYS[kind]) or ""))
        else:
            raise InvalidRequest(f"{param}.content: parts of type {kind!r} are not supported", param=param)
    return JOIN.join(texts), JOIN.join(thoughts)


def _tool_call(call: Mapping[str, Any], param: str) -> dict[str, Any]:
    function = call.get("function", call)
    if not isinstance(function, Mapping) or not function.get("name"):
        raise InvalidRequest(f"{param}.tool_calls: each call needs a function name", param=param)
    normal = {"name": function["name"], "arguments": arguments_object(function.get("arguments"))}
    return {"id": call.get("id") or "", "type": "function", "function": normal}


def _name_results(messages: Iterable[dict[str, Any]]) -> None:
    """Gives each tool result the name and id of its call: by id, else the calls in their order."""
    pending: dict[str, str] = {}
    for message in messages:
        for call in message.get("tool_calls", ()):
            pending[call["id"]] = call["function"]["name"]
        if message["role"] != "tool":
            continue
        call_id = message.get("tool_call_id") or next(iter(pending), "")
        name = pending.pop(call_id, None)
        message.setdefault("tool_call_id", call_id)
        if name is not None:
            message.setdefault("name", name)


def arguments_object(arguments: object) -> dict[str, Any]:
    """A call's arguments as an object. Text that was cut off is closed; what cannot be read as an
    object at all is kept as the text of one argument, so that a replayed call never fails."""
    if isinstance(arguments, Mapping):
        return dict(arguments)
    if arguments is None or arguments == "":
        return {}
    value = _loads(arguments) if isinstance(arguments, str) else arguments
    if isinstance(value, dict):
        return value
    return {_RAW: arguments if isinstance(arguments, str) else json.dumps(arguments)}


def _loads(text: str) -> object:
    for candidate in (text, *_closed(text)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _closed(text: str) -> Iterable[str]:
    """``text``, an object that was cut off, with what is open closed: first as it is, then without its
    last, unfinished member."""
    closers: list[str] = []
    closed_since_cut: list[str] = []
    cut = 0
    in_string = escaped = False
    for position, char in enumerate(text):
        if in_string:
            in_string = escaped or char != '"'
            escaped = not escaped and char == "\\"
        elif char == '"':
            in_string = True
        elif char in "{[":
            closers.append("}" if char == "{" else "]")
            cut, closed_since_cut = position + 1, []
        elif char in "}]" and closers:
            closed_since_cut.append(closers.pop())
        elif char == ",":
            cut, closed_since_cut = position, []
    end = "".join(reversed(closers))
    yield (text[:-1] if escaped else text) + ('"' if in_string else "") + end
    yield text[:cut] + "".join(closed_since_cut) + end


def message_dicts(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """The OpenAI-style dicts of our own message values."""
    return [_message_dict(message) for message in messages]


def _message_dict(message: Message) -> dict[str, Any]:
    result = next((part for part in message.parts if isinstance(part, ToolResultPart)), None)
    if result is not None:
        named = {"name": result.name} if result.name else {}
        text = f"{_ERROR}{result.text}" if result.is_error else result.text
        return {"role": "tool", "tool_call_id": result.call_id, "content": text, **named}
    wire: dict[str, Any] = {
        "role": message.role,
        "content": JOIN.join(part.text for part in message.parts if isinstance(part, TextPart)),
    }
    reasoning = JOIN.join(part.text for part in message.parts if isinstance(part, ReasoningPart))
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    if reasoning:
        wire["reasoning_content"] = reasoning
    if calls:
        wire["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in calls
        ]
    if message.name:
        wire["name"] = message.name
    return wire


def tool_dict(tool: Tool) -> dict[str, Any]:
    """The OpenAI-style dict of a tool."""
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = tool.parameters
    return {"type": "function", "function": function}
