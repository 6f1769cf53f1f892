"""One JSON value in text that arrives in pieces: checked, mended where that is certain, passed on at once.

What comes out is the text as it came in, except that a raw control character inside a string becomes
its escape and a backslash that begins no escape is doubled: both can mean nothing else, and models
write both. Anything else that is not JSON (RFC 8259) makes the value broken. Numbers and literals are
passed on whole. It builds no objects and never goes back.
"""

from __future__ import annotations

import json
import re
from typing import Final, Literal

from .reader import Reader, Sink, Step

MAX_DEPTH: Final = 200

_Expected = Literal["value", "first_item", "first_key", "key", "colon", "comma", "string", "end"]

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_WORD = re.compile(r"[-+.0-9A-Za-z]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_LITERALS = frozenset({"true", "false", "null"})
_HEX = frozenset("0123456789abcdefABCDEF")


def control_escape(char: str) -> str:
    """The JSON escape of a control character."""
    return json.dumps(char)[1:-1]


class JsonScanner:
    """The state of one value. ``done`` once it is complete, ``broken`` once it cannot become valid."""

    def __init__(self) -> None:
        self.done = False
        self.broken = False
        self._open: list[str] = []
        self._expected: _Expected = "value"
        self._is_key = False
        self._escape: str | None = None
        """An escape sequence that has begun, in a string."""
        self._word: list[str] | None = None
        """The pieces of a number or literal that has begun."""

    def scan(self, text: str, start: int, sink: Sink) -> int:
        """Passes on what belongs to the value; returns the index of the first character that does not."""
        at = start
        while at < len(text) and not (self.done or self.broken):
            if self._escape is not None:
                at = self._in_escape(text, at, sink)
            elif self._expected == "string":
                at = self._in_string(text, at, sink)
            elif self._word is not None:
                at = self._in_word(text, at, sink)
            else:
                at = self._between(text, at, sink)
        return at

    def close(self, sink: Sink) -> None:
        """No more text comes: ends a number or literal, and breaks whatever else is unfinished."""
        if self._word is not None:
            self._end_word(sink)
        if self._escape is not None:
            self._escape = None
        self.broken = not self.done

    def _between(self, text: str, at: int, sink: Sink) -> int:
        match = _SPACE.match(text, at)
        assert match is not None  # it matches the empty string
        if match.end() > at:
            sink(match.group())
            return match.end()
        char = text[at]
        if char == '"' and self._expected in ("value", "first_item", "key", "first_key"):
            self._is_key = self._expected in ("key", "first_key")
            self._expected = "string"
        elif char in "{[" and self._expected in ("value", "first_item") and len(self._open) < MAX_DEPTH:
            self._open.append(char)
            self._expected = "first_key" if char == "{" else "first_item"
        elif char in "}]" and self._closes(char):
            self._open.pop()
            self._value_ended()
        elif char == ":" and self._expected == "colon":
            self._expected = "value"
        elif char == "," and self._expected == "comma":
            self._expected = "key" if self._open[-1] == "{" else "value"
        elif self._expected in ("value", "first_item") and _WORD.match(char).end():  # type: ignore[union-attr]
            self._word = []
            return at
        else:
            self.broken = True
            return at
        sink(char)
        return at + 1

    def _closes(self, char: str) -> bool:
        empty = "first_key" if char == "}" else "first_item"
        pair = "{" if char == "}" else "["
        return bool(self._open) and self._open[-1] == pair and self._expected in ("comma", empty)

    def _value_ended(self) -> None:
        self._expected = "comma" if self._open else "end"
        self.done = not self._open

    def _in_string(self, text: str, at: int, sink: Sink) -> int:
        match = _PLAIN.match(text, at)
        assert match is not None  # it matches the empty string
        if match.end() > at:
            sink(match.group())
            return match.end()
        char = text[at]
        if char == "\\":
            self._escape = "\\"
        elif char != '"':
            sink(control_escape(char))
        else:
            sink(char)
            if self._is_key:
                self._expected = "colon"
            else:
                self._value_ended()
        return at + 1

    def _in_escape(self, text: str, at: int, sink: Sink) -> int:
        """One more character of an escape; a sequence that is none gets its backslash doubled."""
        assert self._escape is not None
        char = text[at]
        if len(self._escape) == 1:
            if char == "u":
                self._escape += char
                return at + 1
            self._escape = None
            if char in '"\\/bfnrt':
                sink("\\" + char)
                return at + 1
            sink("\\\\")
            return at
        if char in _HEX:
            self._escape += char
            if len(self._escape) == 6:
                sink(self._escape)
                self._escape = None
            return at + 1
        sink("\\" + self._escape)
        self._escape = None
        return at

    def _in_word(self, text: str, at: int, sink: Sink) -> int:
        assert self._word is not None
        match = _WORD.match(text, at)
        assert match is not None  # it matches the empty string
        self._word.append(match.group())
        if match.end() < len(text):
            self._end_word(sink)
        return match.end()

    def _end_word(self, sink: Sink) -> None:
        word, self._word = "".join(self._word or ()), None
        sink(word)
        if word in _LITERALS or _NUMBER.fullmatch(word):
            self._value_ended()
        else:
            self.broken = True


def json_value(reader: Reader, sink: Sink) -> Step[bool]:
    """Reads one JSON value and passes its text to ``sink``; False if it is broken or cut off."""
    scanner = JsonScanner()
    while True:
        passed: list[str] = []
        end = scanner.scan(reader.text, reader.at, passed.append)
        reader.take(end - reader.at)
        if not (scanner.done or scanner.broken) and reader.closed:
            scanner.close(passed.append)
        sink("".join(passed))
        if scanner.done or scanner.broken:
            return scanner.done
        yield
