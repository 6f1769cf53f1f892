"""Events put together again: a whole message from a stream, its parts in the order of writing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .events import Event, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStart
from .types import ReasoningPart, TextPart, ToolCallPart

MessagePart = TextPart | ReasoningPart | ToolCallPart


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """What a model said. ``parts`` are in the order of writing; the properties gather them by kind."""

    parts: tuple[MessagePart, ...] = ()

    @property
    def content(self) -> str:
        """The answer's text; empty if there is none."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def reasoning(self) -> str:
        """The reasoning; empty if there is none."""
        return "".join(part.text for part in self.parts if isinstance(part, ReasoningPart))

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The calls, each with ``id``, ``name`` and ``arguments`` (JSON text, cut off if the answer was)."""
        return tuple(part for part in self.parts if isinstance(part, ToolCallPart))


def accumulate(events: Iterable[Event]) -> ParsedMessage:
    """The message that ``events`` tell."""
    kinds: list[type[TextPart] | type[ReasoningPart] | ToolCallStart] = []
    texts: list[list[str]] = []
    calls: dict[int, list[str]] = {}

    def add(kind: type[TextPart] | type[ReasoningPart], text: str) -> None:
        if not kinds or kinds[-1] is not kind:
            kinds.append(kind)
            texts.append([])
        texts[-1].append(text)

    for event in events:
        if isinstance(event, TextDelta):
            add(TextPart, event.text)
        elif isinstance(event, ReasoningDelta):
            add(ReasoningPart, event.text)
        elif isinstance(event, ToolCallStart):
            kinds.append(event)
            texts.append([])
            calls[event.index] = texts[-1]
        elif isinstance(event, ToolCallDelta):
            calls[event.index].append(event.arguments)
    return ParsedMessage(tuple(_part(kind, "".join(text)) for kind, text in zip(kinds, texts, strict=True)))


def _part(kind: type[TextPart] | type[ReasoningPart] | ToolCallStart, text: str) -> MessagePart:
    if isinstance(kind, ToolCallStart):
        return ToolCallPart(kind.id, kind.name, text)
    return kind(text)
