"""The grammar of tool calls: the markers around them, their names, their ids.

Only tools that exist can be named, and only with arguments that fit. The members of a call that is one
JSON object come in the order of the format; white space between markers is the model's affair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from ..formats.spec import ToolFormat
from ..schema import Prepared
from .arguments import arguments_grammar
from .lark import (
    NOTHING,
    SPACE,
    Lark,
    either,
    json_punctuation,
    json_tokens,
    marked,
    optional,
    quoted,
    repeated,
    sequence,
    spaced,
)

_OPAQUE: Final = r"/[A-Za-z0-9_.:\-]{1,64}/"
_IDS: Final = {"alphanumeric9": "/[A-Za-z0-9]{9}/", "number": "/[0-9]{1,6}/"}
_ORDINAL: Final = "/[0-9]{1,4}/"


class _Opened(IntEnum):
    """How much of the first call has been written."""

    NOTHING = 0
    SECTION = 1
    ARRAY = 2
    CALL = 3
    NAME = 4
    """The start of a name in a tag, or the first key of an object with its colon."""


class CallGrammar:
    """Calls of ``tools`` in one format; one of them, or with ``parallel`` one or more."""

    def __init__(
        self, lark: Lark, tool_format: ToolFormat, tools: Mapping[str, Prepared], *, parallel: bool
    ) -> None:
        self.names = tuple(tools)
        self._lark = lark
        self._format = tool_format
        self._tools = tools
        self._parallel = parallel
        self._arguments: dict[str, str] = {}

    def whole(self) -> str:
        """All calls of a turn, with or without the markers that models are known to leave out."""
        later = [each for each in self._starts() if each[1] > _Opened.SECTION]
        shortened = (sequence(spaced(marker), self._calls(opened)) for marker, opened in later)
        return either(self._calls(_Opened.NOTHING), *shortened)

    def behind_text(self, max_tokens: int | None = None) -> Iterator[tuple[str, str]]:
        """Text (of so many tokens) up to each marker at which calls may begin, and what must follow it."""
        for marker, opened in self._starts():
            yield self._lark.until(marker, max_tokens=max_tokens), self._calls(opened)
        if self._format.calls_at_start_only and self._format.name_key:
            yield self._bare_start(), self._calls(_Opened.NAME)

    def markers(self) -> tuple[str, ...]:
        """The markers at which calls may begin."""
        return tuple(marker for marker, _ in self._starts())

    def _starts(self) -> Iterator[tuple[str, _Opened]]:
        """The same, with how far calls have come behind each."""
        f = self._format
        markers = {_Opened.SECTION: f.section.start.strip(), _Opened.CALL: f.call.start.strip()}
        if f.style == "tag":
            markers[_Opened.NAME] = f.name.start.strip()
        for trigger in f.triggers:
            opened = next((stage for stage, marker in markers.items() if marker == trigger), _Opened.SECTION)
            if opened == _Opened.SECTION and not _is_markup(trigger):
                trigger, opened = trigger + f.array.start.strip(), _Opened.ARRAY
            if _is_markup(trigger):
                yield trigger, opened

    def arguments_of(self, name: str) -> str:
        """The arguments of the tool ``name``."""
        if name not in self._arguments:
            written = arguments_grammar(self._lark, self._format, self._tools[name])
            self._arguments[name] = self._lark.rule("arguments", written)
        return self._arguments[name]

    def _calls(self, opened: _Opened) -> str:
        f = self._format
        start = sequence(
            spaced(f.section.start) if opened < _Opened.SECTION else SPACE,
            spaced(f.array.start) if opened < _Opened.ARRAY else NOTHING,
        )
        separator = spaced(f.separator) or SPACE
        more = repeated(sequence(separator, self._call(_Opened.NOTHING))) if self._parallel else NOTHING
        end = spaced(f.array.end), spaced(f.section.end)
        if opened >= _Opened.CALL:  # who leaves out the start of a section may leave out its end
            end = optional(end[0]), optional(end[1])
        return self._lark.shared("calls", sequence(start, self._call(opened), more, *end))

    def _call(self, opened: _Opened) -> str:
        f = self._format
        start = spaced(f.call.start) if opened < _Opened.CALL else NOTHING
        write = self._object if f.style == "object" else self._tag
        tools = either(*(write(name, opened) for name in self._tools))
        if f.style == "tag" and opened < _Opened.NAME:
            own_id = self._id_and(f.id.end) if f.id_place == "before_name" else NOTHING
            start = sequence(start, own_id, marked(f.name.start))
        return self._lark.shared("call", sequence(start, tools, spaced(f.call.end)))

    def _id_and(self, end: str) -> str:
        return sequence(marked(self._format.id.start), self._id(), marked(end))

    def _id(self) -> str:
        return self._lark.shared("id", _IDS.get(self._format.id_shape, _OPAQUE))

    # --- the name in a tag ---

    def _tag(self, name: str, opened: _Opened) -> str:
        f = self._format
        parts = [quoted(name), marked(f.name.end)]
        if f.ordinal:
            ordinal = self._lark.shared("ordinal", _ORDINAL)
            parts += [marked(f.ordinal.start), ordinal, marked(f.ordinal.end)]
        if f.id_place == "after_name":
            parts.append(self._id_and(f.id.end))
        if f.repeated_name:
            parts += [marked(f.repeated_name.start), quoted(name), marked(f.repeated_name.end)]
        return self._lark.shared("tool", sequence(*parts, self.arguments_of(name)))

    # --- the whole call as one JSON object ---

    def _object(self, name: str, opened: _Opened) -> str:
        members = list(self._members(name))
        written = [sequence(_key(key), value) for key, value in members]
        start = sequence(SPACE, json_punctuation(self._format.object.start), SPACE)
        if opened == _Opened.NAME:
            start, written[0] = SPACE, members[0][1]
        inner = f' {SPACE} "," {SPACE} '.join(written)
        end = sequence(SPACE, json_punctuation(self._format.object.end), SPACE)
        return self._lark.shared("tool", sequence(start, inner, end))

    def _members(self, name: str) -> Iterator[tuple[str, str]]:
        """The keys of a call of the tool ``name``, each with the expression of its value."""
        f = self._format
        if not f.name_key:
            yield name, self.arguments_of(name)
            return
        for member in f.key_order:
            if member == "name":
                yield f.name_key, quoted(json.dumps(name))
            elif member == "arguments":
                yield f.arguments_key, self.arguments_of(name)
            elif f.id_key:
                yield f.id_key, sequence(quoted('"'), self._id(), quoted('"'))

    def _bare_start(self) -> str:
        """The beginning of an object up to the colon behind its first key, which no other text has."""
        first, _ = next(self._members(next(iter(self._tools))))
        tokens = json_tokens(self._format.object.start) + json_tokens(json.dumps(first))
        opening = " SPACES ".join(map(quoted, tokens))
        return self._lark.until(":", before=self._lark.rule("OPENING", f"SPACES {opening} SPACES"))


def _is_markup(marker: str) -> bool:
    """Whether a marker could hardly stand in a text that means something else: not ``call:``."""
    return any(char in marker for char in "<[{|`")


def _key(key: str) -> str:
    return f'{quoted(json.dumps(key))} {SPACE} ":" {SPACE}'
