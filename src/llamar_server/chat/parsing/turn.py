"""An answer as one run of text, with markers around its reasoning, its content and its calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ..formats.spec import ChatFormat, ToolFormat
from .calls import CallReader
from .prose import Prose
from .reader import Reader, Sink, Step, markers

FENCES: Final = ("```json", "```")


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
        self._unmarked = _unmarked(f, chat_format.tools) if calling else ()
        self._start, self._end = f.thinking.start.strip(), f.thinking.end.strip()
        self._dropped = frozenset(
            m.strip() for m in (f.content.start, f.content.end, *f.turn_ends, *f.noise) if m.strip()
        )
        always = [*self._triggers, *self._dropped, self._start, self._end]
        first = [*self._unmarked, *(FENCES if chat_format.json_content else ())]
        self._opening = markers(*always, *first)
        self._later = markers(*always, *(() if f.calls_at_start_only else self._unmarked))
        implied = (*self._triggers, f.content.start.strip()) if f.thinking_closed_by_calls else ()
        ends = (m.strip() for m in (self._end, *implied, *f.turn_ends))
        self._thinking_ends = markers(*ends)

    def read(self) -> Step[None]:
        """Reads the answer to its end."""
        prose, reader = self._prose, self._reader
        if self._end and not self._start:
            yield from self._think("")
        while True:
            found = yield from reader.until(self._later if prose.said else self._opening, prose.say)
            if found is None:
                return
            if found in self._triggers or (found in self._unmarked and self._may_begin()):
                yield from self._call(found, prose.say)
            else:
                reader.take(len(found))
                yield from self._at(found)

    def _may_begin(self) -> bool:
        """Whether a call without a marker may begin here."""
        return not (self._format.calls_at_start_only and self._prose.said)

    def _at(self, found: str) -> Step[None]:
        """Goes on behind a marker just read."""
        prose = self._prose
        if found == self._start and (self._format.thinking_anywhere or not prose.said):
            yield from self._think(found)
        elif found in self._dropped or (found == self._end and not prose.said):
            prose.marker()
        elif found in FENCES and not prose.said:
            prose.marker()
            prose.fenced = True
        else:
            prose.say(found)

    def _call(self, found: str, sink: Sink) -> Step[bool]:
        """Reads calls at the marker ``found``; False if there are none, and ``sink`` gets the text."""
        reader = self._reader
        reader.log = []
        if found in self._triggers:
            reader.take(len(found))
        if (yield from self._calls.read(found if found in self._triggers else None)):
            return True
        text = "".join(reader.log) or reader.take(1)
        reader.log = None
        if not reader.truncated:
            sink(text)
        return False

    def _think(self, opening: str) -> Step[None]:
        """Reads reasoning behind its marker, to its end or to what closes it instead."""
        prose, reader = self._prose, self._reader
        unsaid: list[str] = [opening]
        if self._split:
            prose.marker()
        sink = prose.think if self._split else _as_content(prose, unsaid)
        while True:
            found = yield from reader.until(self._thinking_ends, sink)
            if found == self._end:
                break
            if found not in self._triggers:
                if found is not None:
                    prose.marker()
                return
            if (yield from self._call(found, sink)):
                return
        reader.take(len(found))
        if self._split or (unsaid and self.in_prefill):
            prose.marker()
        else:
            prose.say("".join((*unsaid, found)))


def _as_content(prose: Prose, unsaid: list[str]) -> Sink:
    """Leaves reasoning in the content, its opening marker (``unsaid``) included once there is any."""

    def sink(text: str) -> None:
        if unsaid and text.isspace():
            unsaid.append(text)
        else:
            prose.say("".join((*unsaid, text)))
            unsaid.clear()

    return sink


def _unmarked(f: ToolFormat, tools: Iterable[str]) -> tuple[str, ...]:
    """How calls begin that have no marker, or that a model may write without."""
    if f.calls_at_start_only:
        return ("[" if f.array else "{",)
    if f.arguments_style == "keywords" and f.array:
        return tuple(f"{f.array.start.strip()}{name}{f.arguments.start}" for name in tools)
    return ()
