"""Messages of content blocks to our own messages: pure, block by block, in the order they came.

What the server cannot read (images, files, results of Anthropic's own tools) is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ...chat.types import Message, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart
from ...errors import InvalidRequest, UnsupportedParameter
from ..opaque import unseal
from . import schema as wire

# Claude Code's first system block: it differs from request to request, and would make every prompt new
# from its first line on.
_BILLING: Final = "x-anthropic-billing-header:"


def chat_messages(body: wire.PromptFields) -> tuple[Message, ...]:
    """The conversation of ``body``. Raises InvalidRequest, UnsupportedParameter."""
    found = list(_system(body.system or (), "system"))
    for i, message in enumerate(body.messages):
        found += _ROLES[message.role](message.content, f"messages[{i}].content")
    return tuple(found)


def _system(blocks: Sequence[wire.Block], param: str) -> Iterator[Message]:
    texts = [_without_billing(text) for text in _texts(blocks, param)]
    if parts := _parts(texts):
        yield Message("system", parts)


def _without_billing(text: str) -> str:
    return text.partition("\n")[2] if text.startswith(_BILLING) else text


def _user(blocks: Sequence[wire.Block], param: str) -> Iterator[Message]:
    """A result is a message of its own; the texts before and after it stay before and after it."""
    texts: list[str] = []
    results = False
    for i, block in enumerate(blocks):
        if block.type != "tool_result":
            texts.append(_text(block, f"{param}[{i}]"))
            continue
        if parts := _parts(texts):
            yield Message("user", parts)
        yield Message("tool", (_result(block, f"{param}[{i}]"),))
        texts, results = [], True
    parts = _parts(texts)
    if parts or not results:
        yield Message("user", parts)


def _assistant(blocks: Sequence[wire.Block], param: str) -> Iterator[Message]:
    parts = (_said(block, f"{param}[{i}]") for i, block in enumerate(blocks))
    yield Message("assistant", tuple(part for part in parts if part is not None))


_ROLES: Final = {"system": _system, "user": _user, "assistant": _assistant}


def _said(block: wire.Block, param: str) -> Part | None:
    """What a block of an earlier answer says; None for what says nothing to this model."""
    match block.type:
        case "text":
            text = _needed(block.text, f"{param}.text")
            return TextPart(text) if text else None
        case "thinking":
            thought = block.thinking or unseal(block.signature)
            return ReasoningPart(thought) if thought else None
        case "redacted_thinking":
            return None  # encrypted by another server
        case "tool_use":
            call_id, name = _needed(block.id, f"{param}.id"), _needed(block.name, f"{param}.name")
            return ToolCallPart(call_id, name, json.dumps(block.input or {}, ensure_ascii=False))
        case _:
            raise _unsupported(block, param)


def _result(block: wire.Block, param: str) -> ToolResultPart:
    call_id = _needed(block.tool_use_id, f"{param}.tool_use_id")
    texts = _texts(block.content or (), f"{param}.content")
    return ToolResultPart(call_id, "\n".join(filter(None, texts)), bool(block.is_error))


# --- blocks that are text ---


def _texts(blocks: Sequence[wire.Block], param: str) -> list[str]:
    return [_text(block, f"{param}[{i}]") for i, block in enumerate(blocks)]


def _parts(texts: Iterable[str]) -> tuple[TextPart, ...]:
    return tuple(TextPart(text) for text in texts if text)


def _text(block: wire.Block, param: str) -> str:
    match block.type:
        case "text":
            return _needed(block.text, f"{param}.text")
        case "document":
            return _document(block, param)
        case "search_result":
            source = block.source if isinstance(block.source, str) else None
            return _lines(block.title, source, *_texts(block.content or (), f"{param}.content"))
        case "tool_reference":
            return _needed(block.tool_name, f"{param}.tool_name")
        case _:
            raise _unsupported(block, param)


def _document(block: wire.Block, param: str) -> str:
    if isinstance(block.citations, dict) and block.citations.get("enabled"):
        raise UnsupportedParameter(f"{param}.citations: citations are not supported", param=param)
    match block.source:
        case {"type": "text", "data": str(text)} | {"type": "content", "content": str(text)}:
            return _lines(block.title, block.context, text)
        case {"type": "content", "content": list(blocks)} if all(map(_is_text, blocks)):
            return _lines(block.title, block.context, *(each["text"] for each in blocks))
    raise UnsupportedParameter(f"{param}.source: only documents of plain text are supported", param=param)


def _is_text(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str)


def _lines(*texts: str | None) -> str:
    return "\n".join(filter(None, texts))


def _needed(value: str | None, param: str) -> str:
    if value is None:
        raise InvalidRequest(f"{param} is required", param=param)
    return value


def _unsupported(block: wire.Block, param: str) -> UnsupportedParameter:
    why = ": the model reads text only" if block.type in ("image", "container_upload") else ""
    return UnsupportedParameter(f"{param}: {block.type} content is not supported{why}", param=param)
