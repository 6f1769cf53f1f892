"""An answer as one run of text, with markers around its reasoning, its content and its calls."""

from __future__ import annotations

from typing import Final

from ..formats.spec import ChatFormat
from .calls import CallReader
from .prose import Prose
from .reader import Markers, Reader, Sink, Step

FENCES: Final = ("```json", "```")
_OBJECT: Final = "{"


class Turn:
    """Reads one answer. ``in_prefill`` is true while what it reads is part of the prompt."""

    def __init__(self, chat_format: ChatFormat, reader: Reader, prose: Prose, calls: CallReader) -> None:
        self.in_prefill = True
        self._reader = reader
        self._prose = prose
        self._calls = calls
        self._split = chat_format.split_reasoning
        self._format = f = chat_format.tool_format
        calling = chat_format.parse_tools and bool(chat_format.tools) and f.style != "none"
        self._triggers = f.triggers if calling else ()
        self._start, self._end = f.thinking.start.strip(), f.thinking.end.strip()
        self._dropped = frozenset(
            m.strip() for m in (f.content.start, f.content.end, *f.turn_ends, *f.noise) if m.strip()
        )
        always = (*self._triggers, *self._dropped, self._start, self._end)
        bare = (_OBJECT,) if calling and f.calls_at_start_only else ()
        first = (*bare, *(FENCES if chat_format.json_content else ()))
        self._later, self._opening = Markers(always), Markers((*always, *first))
        implied = (*self._triggers, f.content.start.strip()) if f.thinking_closed_by_calls else ()
        ends = (m.strip() for m in (self._end, *implied, *f.turn_ends))
        self._thinking_ends = Markers(ends)

    def read(self) -> Step[None]:
        """Reads the answer to its end."""
        found: str | None = None
        if self._end and not self._start:
            found = yield from self._think("")
        while True:
            if found is None:
                markers = self._later if self._prose.said else self._opening
                found = yield from self._reader.until(markers, self._prose.say)
            if found is None:
                return
            found = yield from self._at(found)

    def _at(self, found: str) -> Step[str | None]:
        """Reads a marker and what it opens; the marker that comes next, where that is known."""
        prose, reader = self._prose, self._reader
        if found == _OBJECT or found in self._triggers:
            yield from self._call(found)
            return None
        reader.take(len(found))
        if found == self._start and (self._format.thinking_anywhere or not prose.said):
            return (yield from self._think(found))
        if found in self._dropped or (found == self._end and not prose.said):
            prose.marker()
        elif found in FENCES and not prose.said:
            prose.marker()
            prose.fenced = True
        else:
            prose.say(found)
        return None

    def _call(self, found: str) -> Step[None]:
        prose, reader = self._prose, self._reader
        if found == _OBJECT and prose.said:
            prose.say(reader.take(len(found)))
            return
        reader.log = []
        if found != _OBJECT:
            reader.take(len(found))
        if (yield from self._calls.read(None if found == _OBJECT else found)):
            return
        no_call = "".join(reader.log or ())
        reader.log = None
        if not reader.truncated:
            prose.say(no_call)

    def _think(self, opening: str) -> Step[str | None]:
        """Reads reasoning behind its marker; the marker that ended it, if that is not its own."""
        prose = self._prose
        unsaid: list[str] = [opening]
        if self._split:
            prose.marker()
        sink = prose.think if self._split else _as_content(prose, unsaid)
        found = yield from self._reader.until(self._thinking_ends, sink)
        if found is None:
            return None
        if found != self._end:
            prose.marker()
            return found
        closing = self._reader.take(len(found))
        if self._split or (unsaid and self.in_prefill):
            prose.marker()
        else:
            prose.say("".join((*unsaid, closing)))
        return None


def _as_content(prose: Prose, unsaid: list[str]) -> Sink:
    """Leaves reasoning in the content, its opening marker (``unsaid``) included once there is any."""

    def sink(text: str) -> None:
        if unsaid and text.isspace():
            unsaid.append(text)
        else:
            prose.say("".join((*unsaid, text)))
            unsaid.clear()

    return sink
