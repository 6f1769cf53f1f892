"""What a model writes, as events: one incremental parser for every format, without I/O.

``ChatParser`` reads text as it comes and says at once what is certain. It holds back only what may
still become a marker (or white space before one), never takes anything back, and how the text was
cut never changes the events once merged. It works in time linear in the text.

Nothing that was generated is lost: what looks like a call but is none (an unknown tool, broken markup)
is text. It knows no family: all it does follows from the ``ChatFormat``.
"""

from __future__ import annotations

from itertools import groupby

from .accumulate import ParsedMessage, accumulate
from .events import ParserEvent, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStart
from .formats.spec import ChatFormat
from .parsing.calls import CallReader
from .parsing.prose import Prose
from .parsing.reader import Reader
from .parsing.routed import RoutedTurn
from .parsing.turn import Turn


class ChatParser:
    """Reads one answer.

    The part of it that the prompt already holds (``format.prefill``) is read first; its events come with
    those of the first ``feed``, unless ``format.echo_prefill`` is false.
    """

    def __init__(self, format: ChatFormat) -> None:  # noqa: A002 -- the public name
        self._reader = Reader()
        self._events: list[ParserEvent] = []
        self._prose = Prose(self._emit)
        calls = CallReader(self._reader, format, self._emit)
        kind = RoutedTurn if format.tool_format.routing else Turn
        self._turn: RoutedTurn | Turn = kind(format, self._reader, self._prose, calls)
        self._steps = self._turn.read()
        next(self._steps)
        self._advance(format.prefill)
        self._turn.in_prefill = False
        if not format.echo_prefill:
            self._events.clear()
            self._prose.forget(len(self._reader.text) - self._reader.at)

    def feed(self, text: str) -> list[ParserEvent]:
        """The events that are certain now that ``text`` has been written as well."""
        self._advance(text)
        return self._taken()

    def finish(self, *, truncated: bool = False) -> list[ParserEvent]:
        """The events that are left when nothing more comes.

        What was held back as the possible beginning of a marker or call turns out to be text. With
        ``truncated`` (the answer was cut off by a limit) it is dropped instead, and what is open stays
        open: a call whose arguments are incomplete has no ``ToolCallEnd``.
        """
        self._reader.truncated = truncated
        self._reader.closed = True
        for _ in self._steps:
            pass
        if not truncated:
            self._prose.end()
        return self._taken()

    def _advance(self, text: str) -> None:
        if text:
            self._reader.feed(text)
            next(self._steps)

    def _emit(self, event: ParserEvent) -> None:
        if isinstance(event, ToolCallStart):
            self._prose.marker()
        self._events.append(event)

    def _taken(self) -> list[ParserEvent]:
        """The events so far, neighbours of one kind made one."""
        events, self._events = self._events, []
        if len(events) < 2:
            return events
        return [event for _, group in groupby(events, type) for event in _joined(list(group))]


def _joined(events: list[ParserEvent]) -> list[ParserEvent]:
    """``events``, all of one kind, as one where that is possible."""
    match events[0]:
        case TextDelta():
            return [TextDelta("".join(e.text for e in events if isinstance(e, TextDelta)))]
        case ReasoningDelta():
            return [ReasoningDelta("".join(e.text for e in events if isinstance(e, ReasoningDelta)))]
        case ToolCallDelta(index):
            return [
                ToolCallDelta(index, "".join(e.arguments for e in events if isinstance(e, ToolCallDelta)))
            ]
    return events


def parse_chat(
    raw: str,
    format: ChatFormat,  # noqa: A002 -- the public name
    is_partial: bool = False,
) -> ParsedMessage:
    """The message in ``raw``, all that a model wrote; with ``is_partial`` all that it wrote so far."""
    parser = ChatParser(format)
    return accumulate(parser.feed(raw) + parser.finish(truncated=is_partial))
