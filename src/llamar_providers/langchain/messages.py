"""Messages of LangChain, of whatever provider and version, as the server reads them.

https://docs.langchain.com/oss/python/langchain/messages. What is not text is passed on for the
server to take or refuse by name. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
    convert_to_openai_data_block,
)

REASONING: Final = "reasoning_content"
"""The server's field for reasoning, and where LangChain's v0 messages keep it."""

_DATA: Final = ("image", "audio", "file", "video")
# Calls are in the message's own fields, too, and what is encrypted only its own provider can read.
_NOT_SAID: Final = (
    "tool_call",
    "tool_call_chunk",
    "invalid_tool_call",
    "tool_use",
    "function_call",
    "redacted_thinking",
)


def wire_messages(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The ``messages`` of a request. Raises ValueError for a kind of message that no model is sent."""
    return [_message(message) for message in messages]


def _message(message: BaseMessage) -> dict[str, Any]:
    match message:
        case AIMessage():
            wire = _assistant(message)
        case ToolMessage():
            wire = {"role": "tool", "tool_call_id": message.tool_call_id, "content": _content(message)}
        case HumanMessage():
            wire = {"role": "user", "content": _content(message)}
        case SystemMessage():
            role = message.additional_kwargs.get("__openai_role__", "system")
            wire = {"role": role, "content": _content(message)}
        case ChatMessage():
            wire = {"role": message.role, "content": _content(message)}
        case _:
            raise ValueError(f"{type(message).__name__} is not a message that can be sent to a model")
    if message.name:
        wire["name"] = message.name
    return wire


def _content(message: BaseMessage) -> str | list[dict[str, Any]]:
    if isinstance(message.content, str):
        return message.content
    return [_part(_unwrapped(block)) for block in message.content_blocks]


def _part(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] in ("text", "text-plain"):
        return {"type": "text", "text": block.get("text", "")}
    return convert_to_openai_data_block(block) if block["type"] in _DATA else block


def _unwrapped(block: Any) -> dict[str, Any]:
    """A block that LangChain has no name for is its own provider's."""
    if block["type"] == "non_standard":
        return {"type": "unknown", **block["value"]}
    return dict(block)


# --- answers of earlier turns ---


def _assistant(message: AIMessage) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": "assistant", "content": message.content}
    thoughts: list[str] = []
    if isinstance(message.content, list):
        said = [_unwrapped(block) for block in message.content_blocks]
        thoughts = [_thought(block) for block in said if block["type"] in ("reasoning", "thinking")]
        silent = (*_NOT_SAID, "reasoning", "thinking")
        wire["content"] = [_part(block) for block in said if block["type"] not in silent]
    reasoning = "\n".join(filter(None, thoughts)) or message.additional_kwargs.get(REASONING)
    if reasoning:
        wire[REASONING] = reasoning
    if calls := _calls(message.tool_calls, message.invalid_tool_calls):
        wire["tool_calls"] = calls
        wire["content"] = wire["content"] or None
    return wire


def _thought(block: dict[str, Any]) -> str:
    return str(block.get(block["type"]) or "")


def _calls(calls: Iterable[ToolCall], invalid: Iterable[InvalidToolCall]) -> list[dict[str, Any]]:
    written = [_call(call, json.dumps(call["args"], ensure_ascii=False)) for call in calls]
    return written + [_call(call, call["args"] or "") for call in invalid]


def _call(call: ToolCall | InvalidToolCall, arguments: str) -> dict[str, Any]:
    function = {"name": call["name"] or "", "arguments": arguments}
    return {"id": call["id"] or "", "type": "function", "function": function}
