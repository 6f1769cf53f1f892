"""The chat layer: from messages and tools to a prompt and a grammar, from a model's text to events.

    template = ChatTemplate.from_gguf("model.gguf")
    built = build_chat(template, messages, tools)
    parsed = parse_chat(raw, built.format)

``ChatModel`` joins all of it with an engine. Knows no token ids and no HTTP.
"""

from __future__ import annotations

from .accumulate import ParsedMessage, accumulate
from .chat import BuiltChat, build_chat
from .formats.spec import ChatFormat, ToolFormat
from .model import ChatDelta, ChatModel, ChatStream
from .parser import ChatParser, parse_chat
from .template import ChatTemplate

__all__ = [
    "BuiltChat",
    "ChatDelta",
    "ChatFormat",
    "ChatModel",
    "ChatParser",
    "ChatStream",
    "ChatTemplate",
    "ParsedMessage",
    "ToolFormat",
    "accumulate",
    "build_chat",
    "parse_chat",
]
