"""Streams of parser events: put together without regard to how the text was cut, and checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from llamar_server.chat.events import (
    ParserEvent,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
)
from llamar_server.chat.formats import ChatFormat
from llamar_server.chat.parser import ChatParser


def merged(events: Iterable[ParserEvent]) -> list[ParserEvent]:
    """``events`` with neighbours of one kind joined, so that only what was said is left."""
    joined: list[ParserEvent] = []
    for event in events:
        match (joined[-1] if joined else None), event:
            case TextDelta(before), TextDelta(text):
                joined[-1] = TextDelta(before + text)
            case ReasoningDelta(before), ReasoningDelta(text):
                joined[-1] = ReasoningDelta(before + text)
            case ToolCallDelta(index, before), ToolCallDelta(same, text) if index == same:
                joined[-1] = ToolCallDelta(index, before + text)
            case _:
                joined.append(event)
    return joined


def read(chat_format: ChatFormat, pieces: Iterable[str], *, truncated: bool = False) -> list[ParserEvent]:
    """The merged events of a text that comes in ``pieces``."""
    parser = ChatParser(chat_format)
    events: list[ParserEvent] = []
    for piece in pieces:
        events += parser.feed(piece)
    return merged(events + parser.finish(truncated=truncated))


def check(events: Sequence[ParserEvent]) -> None:
    """What must hold of every stream: calls numbered in their order, deltas between start and end of their
    call, a finished call's arguments one JSON object, ids present and different."""
    ids: set[str] = set()
    count = 0
    arguments: list[str] | None = None
    for event in events:
        match event:
            case ToolCallStart(index, call_id, name):
                assert index == count
                assert call_id
                assert call_id not in ids
                assert name
                ids.add(call_id)
                count, arguments = count + 1, []
            case ToolCallDelta(index, text):
                assert index == count - 1
                assert arguments is not None
                assert text
                arguments.append(text)
            case ToolCallEnd(index):
                assert index == count - 1
                assert arguments is not None
                assert isinstance(json.loads("".join(arguments)), dict)
                arguments = None
            case TextDelta(text) | ReasoningDelta(text):
                assert text
