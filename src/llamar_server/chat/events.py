"""What a model says, as a stream of events; the one vocabulary that every API translates from.

For one choice the events come in the order in which the model wrote, the deltas of a call join to
one JSON text, exactly one ``Finish`` comes last, and how the model's text was cut into pieces never
changes the merged events. Frozen values; no wire format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length", "context", "tool_calls"]
"""``stop``: the model ended, or a stop string matched (then ``stop_sequence`` is set);
``length``: ``max_tokens``; ``context``: the window is full; ``tool_calls``: it waits for results."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts. ``cached_tokens`` of the prompt were not computed again; ``reasoning_tokens``
    are part of ``completion_tokens``."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallStart:
    index: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    index: int
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolCallEnd:
    index: int


@dataclass(frozen=True, slots=True)
class Finish:
    reason: FinishReason
    stop_sequence: str | None
    usage: Usage


ParserEvent = TextDelta | ReasoningDelta | ToolCallStart | ToolCallDelta | ToolCallEnd
Event = ParserEvent | Finish
