"""An answer as several messages, each with a header that says whom it is for (``Routing``)."""

from __future__ import annotations

import re
from typing import Final

from ..formats.spec import ChatFormat
from .calls import CallReader
from .prose import Prose
from .reader import Mismatch, Reader, Step, markers
from .turn import FENCES

_MAX_HEADER: Final = 256
_TAG: Final = re.compile(r"<[^<>]*>")
_NAME: Final = r"([^\s<]+)"


class RoutedTurn:
    """Reads one answer. ``in_prefill`` is true while what it reads is part of the prompt."""

    def __init__(self, chat_format: ChatFormat, reader: Reader, prose: Prose, calls: CallReader) -> None:
        routing = chat_format.tool_format.routing
        assert routing is not None  # else the answer is a Turn
        self.in_prefill = True
        self._routing = routing
        self._reader = reader
        self._prose = prose
        self._calls = calls
        self._split = chat_format.split_reasoning
        self._tools = frozenset(chat_format.tools if chat_format.parse_tools else ())
        self._body_start = markers(routing.body)
        self._text_header = chat_format.tool_format.content.start.removesuffix(routing.body).strip()
        before = re.escape(routing.recipient.strip())
        self._recipient = re.compile(before + _NAME) if before else None
        self._header_starts = self._starts(chat_format)
        ends = (routing.start, *routing.ends)
        self._ends = markers(*ends)
        dropped = (*chat_format.tool_format.turn_ends, *chat_format.tool_format.noise)
        self._content_ends = markers(*ends, *dropped, *(FENCES if chat_format.json_content else ()))

    def _starts(self, chat_format: ChatFormat) -> tuple[str, ...]:
        """How a header may begin."""
        f = chat_format.tool_format
        if self._recipient is None:
            return (self._text_header, *sorted(self._tools))
        tags = [_TAG.match(text.strip()) for text in (f.thinking.start, f.content.start, f.name.start)]
        first = {tag.group() for tag in tags if tag} | {self._routing.body}
        return (self._routing.recipient.strip(), *sorted(first))

    def read(self) -> Step[None]:
        """Reads the answer to its end."""
        while (yield from self._reader.peek()):
            header = yield from self._header()
            if header is None:
                yield from self._content()
            elif name := self._tool(header):
                yield from self._calls.read_routed(name)
                yield from self._content()
            elif any(mark in header for mark in self._routing.thinking):
                yield from self._thinking(header)
            else:
                yield from self._content()

    def _header(self) -> Step[str | None]:
        """Reads a header; None if the text is none, and is content from here on."""
        reader, routing = self._reader, self._routing
        reader.log = []
        try:
            yield from reader.skip_space()
            if (yield from reader.take_if(routing.start)) and self._recipient:
                reader.log = []
            yield from reader.skip_space()
            if (yield from reader.first_of(self._header_starts)) is None:
                raise Mismatch
            header = yield from reader.short_until(self._body_start, _MAX_HEADER)
            if not self._known(header):
                raise Mismatch
        except Mismatch:
            if not reader.truncated:
                self._prose.say("".join(reader.log or ()))
            return None
        finally:
            reader.log = None
        self._prose.marker()
        return header

    def _recipient_of(self, header: str) -> str:
        if self._recipient is None:
            return header.strip()
        match = self._recipient.search(header)
        return match.group(1) if match else ""

    def _tool(self, header: str) -> str | None:
        name = self._recipient_of(header).removeprefix(self._routing.tool_prefix)
        return name if name in self._tools else None

    def _known(self, header: str) -> bool:
        """Whether a message with this header is for somebody; else all of it is text."""
        if self._tool(header):
            return True
        if self._recipient is None:
            return header.strip() == self._text_header
        prefix = self._routing.tool_prefix
        return not (prefix and self._recipient_of(header).startswith(prefix))

    def _content(self) -> Step[None]:
        reader, prose = self._reader, self._prose
        while True:
            found = yield from reader.until(self._content_ends, prose.say)
            if found is None or found == self._routing.start:
                return
            reader.take(len(found))
            if found in FENCES and not prose.said:
                prose.fenced = True
            elif found in FENCES:
                prose.say(found)
                continue
            prose.marker()
            if found in self._routing.ends:
                return

    def _thinking(self, header: str) -> Step[None]:
        reader, prose = self._reader, self._prose
        if not self._split:
            prose.say(header + self._routing.body)
        found = yield from reader.until(self._ends, prose.think if self._split else prose.say)
        if found is None or found == self._routing.start:
            return
        reader.take(len(found))
        if self._split:
            prose.marker()
        else:
            prose.say(found)
