"""A call on its way from text to events.

A call begins as an event when its name is known (and its id, where the model writes one); what its
arguments are until then is held. Its end is an event only if its arguments are one complete JSON object.
"""

from __future__ import annotations

from collections.abc import Callable

from ..events import ParserEvent, ToolCallDelta, ToolCallEnd, ToolCallStart
from .call_ids import CallIds
from .reader import Reader

Emit = Callable[[ParserEvent], None]


class Calls:
    """The calls of one answer: their numbers, their ids and where their events go."""

    def __init__(self, reader: Reader, ids: CallIds, emit: Emit) -> None:
        self.reader = reader
        self.ids = ids
        self.emit = emit
        self.count = 0


class Call:
    """One call. ``begun`` once it is an event; ``complete`` once its arguments are."""

    def __init__(self, calls: Calls) -> None:
        self.name = ""
        self.id = ""
        self.begun = False
        self.complete = False
        self._calls = calls
        self._index = -1
        self._held: list[str] = []

    @property
    def has_arguments(self) -> bool:
        """Whether something of the arguments has been read, and is held."""
        return bool(self._held)

    def begin(self) -> None:
        """From here on the call is never taken back, so its text need not be kept."""
        calls = self._calls
        self.begun = True
        self._index = calls.count
        calls.count += 1
        calls.reader.log = None
        calls.emit(ToolCallStart(self._index, calls.ids.claim(self.id, self.name), self.name))
        for text in self._held:
            calls.emit(ToolCallDelta(self._index, text))
        self._held = []
        if self.complete:
            calls.emit(ToolCallEnd(self._index))

    def say(self, arguments: str) -> None:
        """More of the arguments' JSON text."""
        if not arguments:
            return
        if self.begun:
            self._calls.emit(ToolCallDelta(self._index, arguments))
        else:
            self._held.append(arguments)

    def end(self) -> None:
        """The arguments are complete."""
        self.complete = True
        if self.begun:
            self._calls.emit(ToolCallEnd(self._index))
