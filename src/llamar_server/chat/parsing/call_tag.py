"""A call whose name stands outside its arguments: in a tag, a header or before a parenthesis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..formats.spec import ToolFormat
from .arguments import Source, read_arguments
from .call import Call
from .reader import Mismatch, Reader, Step, markers

_MAX_ID: Final = 256
_MAX_DIGITS: Final = 18
_NAME_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


class TagReader:
    """Reads calls of ``tools`` in one format. Every routine raises ``Mismatch`` where the text is none.

    ``closers`` are the markers that may follow the arguments.
    """

    def __init__(
        self, reader: Reader, tool_format: ToolFormat, tools: Mapping[str, Any], closers: tuple[str, ...]
    ) -> None:
        self._reader = reader
        self._format = tool_format
        self._tools = tools
        self._closers = closers
        self._names = sorted(tools, key=len, reverse=True)

    def read(self, call: Call) -> Step[None]:
        """Reads a call from after ``call.start`` (or ``name.start``) to the end of its arguments."""
        f, reader = self._format, self._reader
        if f.id_place == "before_name":
            call.id = (yield from reader.short_until(markers(f.id.end.strip()), _MAX_ID)).strip()
        yield from reader.take_pieces(f.name.start, optional=True)
        name = yield from self._name()
        yield from reader.take_pieces(f.name.end)
        if f.ordinal:
            yield from self._ordinal(call, name)
        if f.id_place == "after_name" and (yield from reader.take_pieces(f.id.start, optional=True)):
            end = f.id.end.strip() or f.arguments.start.strip()
            call.id = (yield from reader.text_before(markers(end), _MAX_ID)).strip()
            yield from reader.take_pieces(f.id.end)
        call.name = name
        call.begin()
        yield from self.read_body(call)

    def read_body(self, call: Call) -> Step[None]:
        """Reads what follows the name of a call that has begun."""
        again = self._format.repeated_name
        if again:
            for text in (again.start, call.name, again.end):
                yield from self._reader.take_pieces(text)
        source = Source(self._reader, self._format, self._closers, self._tools[call.name])
        yield from read_arguments(source, call.say)
        call.end()

    def _name(self) -> Step[str]:
        """Reads the name of a tool, the longest that stands there."""
        yield from self._reader.skip_space()
        for name in self._names:
            if (yield from self._reader.first_of((name,))):
                after = (yield from self._reader.peek(len(name) + 1))[len(name) :]
                if not after:
                    self._reader.check_end()
                if after not in _NAME_CHARACTERS:
                    return self._reader.take(len(name))
        raise Mismatch

    def _ordinal(self, call: Call, name: str) -> Step[None]:
        """Reads the number of the call, which may be missing; it may be part of the id."""
        f, reader = self._format, self._reader
        if not (yield from reader.take_pieces(f.ordinal.start, optional=True)):
            return
        digits = ""
        while (char := (yield from reader.peek())) and char in "0123456789" and len(digits) < _MAX_DIGITS:
            digits += reader.take(1)
        if not char:
            reader.check_end()
        yield from reader.take_pieces(f.ordinal.end)
        if f.id_shape == "named" and digits:
            call.id = f"{f.name.start}{name}{f.ordinal.start}{digits}"
