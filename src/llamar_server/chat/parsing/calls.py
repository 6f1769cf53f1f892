"""Reading the calls that follow a trigger: their markers, one after the other, to the end of the section.

Every marker but the one that triggered may be missing, and white space may stand anywhere between
them: models forget. What makes a call is that the name of a tool is read. Until then all text read is
in the reader's log, so that what turns out to be no call can be given back as text.

Arguments that break off or are no JSON stay what they are: the call's deltas so far and what follows up
to the next marker, without a ``ToolCallEnd``.
"""

from __future__ import annotations

from ..formats.spec import ChatFormat, ToolFormat
from .call import Call, Calls, Emit
from .call_ids import CallIds
from .call_object import ObjectReader
from .call_tag import TagReader
from .reader import Mismatch, Reader, Step, markers


class CallReader:
    """Reads the calls of one answer; ``read`` may be used for every trigger in it."""

    def __init__(self, reader: Reader, chat_format: ChatFormat, emit: Emit) -> None:
        self._reader = reader
        self._format = f = chat_format.tool_format
        self._calls = Calls(reader, CallIds(f, chat_format.used_ids, chat_format.id_seed), emit)
        starts = (f.section.start, f.call.start, f.name.start if f.style == "tag" else "")
        self._starts = tuple(start.strip() for start in starts if start.strip())
        self._ends = (f.arguments.end, f.call.end, f.array.end, f.section.end)
        closers = _closers(f)
        # a bracket or a code fence may stand inside arguments; a tag hardly does
        self._loose_ends = markers(*(closer for closer in closers if len(closer) > 3))
        self._object = ObjectReader(reader, f, chat_format.tools)
        self._tag = TagReader(reader, f, chat_format.tools, closers)
        self._names = tuple(chat_format.tools)
        self._in_array = False
        self._closed = False

    def read(self, opener: str | None) -> Step[bool]:
        """Reads the calls behind ``opener``, a marker just read (None: calls that have none).

        False if a call, the first or a further one, is none: the reader's log then holds its text.
        """
        self._in_array = self._closed = False
        while True:
            if not (yield from self._one(opener)):
                return False
            self._reader.log = []
            if not (yield from self._another()):
                self._reader.log = None
                return True
            opener = None

    def read_routed(self, name: str) -> Step[None]:
        """Reads the body of a message that is a call of ``name``, a tool."""
        call = Call(self._calls)
        call.name = name
        call.begin()
        try:
            yield from self._tag.read_body(call)
        except Mismatch:
            yield from self._rest(call)
        yield from self._close()

    def _one(self, opener: str | None) -> Step[bool]:
        call = Call(self._calls)
        try:
            yield from self._opening(opener)
            if self._format.style == "object" or (yield from self._reader.peek()) == "{":
                yield from self._object.read(call)
            else:
                yield from self._tag.read(call)
        except Mismatch:
            if not call.begun:
                if not (call.name and call.has_arguments):
                    return False
                call.begin()
            if not call.complete:
                yield from self._rest(call)
        yield from self._close()
        return True

    def _opening(self, opener: str | None) -> Step[None]:
        """Reads what is left of the markers before a call after ``opener``, and white space."""
        stage = self._starts.index(opener) + 1 if opener in self._starts else 0
        before_name = self._starts[stage:]
        if self._format.style == "tag" and self._format.name.start.strip():
            before_name = before_name[:-1]
        yield from self._array_start()
        for start in before_name:
            yield from self._reader.take_pieces(start, optional=True)
            yield from self._array_start()
        yield from self._reader.skip_space()

    def _array_start(self) -> Step[None]:
        if not self._in_array and (self._format.array or self._format.style == "object"):
            yield from self._reader.skip_space()
            self._in_array = yield from self._reader.take_if("[")

    def _another(self) -> Step[bool]:
        """Whether another call of the section follows; what is between them is read."""
        reader, f = self._reader, self._format
        yield from reader.skip_space()
        if self._in_array or f.separator.strip():
            return (yield from reader.take_if(f.separator.strip() or ","))
        if self._closed or not f.section.start.strip():
            return False
        unmarked = ("{",) if f.style == "object" else self._names
        return (yield from reader.first_of(self._starts[1:] or unmarked)) is not None

    def _close(self) -> Step[None]:
        """Reads the markers that end a call and its section; each may be missing."""
        unexpected_array = self._in_array and not self._format.array
        if unexpected_array and (yield from self._reader.take_pieces("]", optional=True)):
            self._in_array = False
        for text in self._ends:
            found = yield from self._reader.take_pieces(text, optional=True)
            if found and text in (self._format.array.end, self._format.section.end):
                self._in_array = False
                self._closed = text == self._format.section.end

    def _rest(self, call: Call) -> Step[None]:
        """Gives a call that cannot be read on what follows, up to a marker."""
        yield from self._reader.until(self._loose_ends, call.say)


def _closers(f: ToolFormat) -> tuple[str, ...]:
    """The markers that may follow a call's arguments."""
    closing = (f.arguments.end, f.call.end, f.array.end, f.section.end)
    ends = [piece for text in closing for piece in text.split()]
    if f.routing:
        ends += [*f.routing.ends, f.routing.start]
    return tuple(dict.fromkeys(m for m in (*ends, *f.turn_ends, *f.triggers) if m))
