"""Values as models write them instead of JSON, turned into JSON text as they arrive.

Two kinds: Python or JSON literals mixed (``{'a': True, "b": null}``, as argument values of a call
written like Python), and objects with bare keys and strings in quotes of their own
(``{city:<|"|>Paris<|"|>}``). A word that is neither number nor constant is taken as a string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from ..formats.spec import Span
from .json_scanner import control_escape
from .reader import Markers, Mismatch, Reader, Sink, Step, markers

MAX_DEPTH: Final = 64
_MAX_WORD: Final = 512
_CONSTANTS: Final[Mapping[str, str]] = {"True": "true", "False": "false", "None": "null"}
_SIMPLE: Final = frozenset('"\\/bfnrt')
_CODES: Final[Mapping[str, int]] = {"x": 2, "u": 4, "U": 8}
_OTHER: Final[Mapping[str, str]] = {"'": "'", "a": "\\u0007", "v": "\\u000b", "0": "\\u0000", "\n": ""}
_HEX = re.compile(r"[0-9a-fA-F]+")
_WORD_ENDS = markers(",", "]", "}", ")", "\n")
_KEY_ENDS = markers(":", "=", ",", "}", "]", ")", "\n")


def escaped(text: str) -> str:
    """``text`` as the inside of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def literal(reader: Reader, quotes: Span, sink: Sink, depth: int = 0) -> Step[None]:
    """Reads one value and passes its JSON to ``sink``; strings may stand in ``quotes``, besides those of
    Python and JSON with their escapes. Raises ``Mismatch`` where it can go no further."""
    yield from reader.skip_space()
    if (yield from _string(reader, quotes, sink)):
        return
    char = yield from reader.peek()
    if depth >= MAX_DEPTH:
        raise Mismatch
    if char == "{":
        yield from _object(reader, quotes, sink, depth)
    elif char in ("[", "("):
        yield from _array(reader, quotes, sink, depth)
    else:
        sink(_word((yield from _until_end(reader, _WORD_ENDS))))


def _object(reader: Reader, quotes: Span, sink: Sink, depth: int) -> Step[None]:
    reader.take(1)
    sink("{")
    first = True
    while not (yield from _closed(reader, "}", first)):
        sink("" if first else ", ")
        yield from _key(reader, quotes, sink)
        yield from reader.skip_space()
        yield from reader.expect(":")
        sink(": ")
        yield from literal(reader, quotes, sink, depth + 1)
        first = False
    sink("}")


def _array(reader: Reader, quotes: Span, sink: Sink, depth: int) -> Step[None]:
    closing = "]" if reader.take(1) == "[" else ")"
    sink("[")
    first = True
    while not (yield from _closed(reader, closing, first)):
        sink("" if first else ", ")
        yield from literal(reader, quotes, sink, depth + 1)
        first = False
    sink("]")


def _closed(reader: Reader, closing: str, first: bool) -> Step[bool]:
    """Reads the end of an array or object, or the comma before its next element."""
    yield from reader.skip_space()
    if (yield from reader.take_if(closing)):
        return True
    if not first:
        yield from reader.expect(",")
        yield from reader.skip_space()
        return (yield from reader.take_if(closing))
    return False


def _key(reader: Reader, quotes: Span, sink: Sink) -> Step[None]:
    if (yield from _string(reader, quotes, sink)):
        return
    sink(json.dumps((yield from _until_end(reader, _KEY_ENDS)), ensure_ascii=False))


def _until_end(reader: Reader, ends: Markers) -> Step[str]:
    """The text up to what ends a word, which stays unread."""
    word = (yield from reader.text_before(ends, _MAX_WORD)).strip()
    if not word:
        raise Mismatch
    return word


def _word(word: str) -> str:
    word = _CONSTANTS.get(word, word)
    try:
        json.loads(word, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        return json.dumps(word, ensure_ascii=False)
    return word


def _string(reader: Reader, quotes: Span, sink: Sink) -> Step[bool]:
    """Reads a string, if one comes next."""
    if quotes and (yield from reader.take_if(quotes.start)):
        sink('"')
        found = yield from reader.until(markers(quotes.end), lambda text: sink(escaped(text)))
    elif (char := (yield from reader.peek())) in ('"', "'") and char:
        reader.take(1)
        sink('"')
        found = yield from _quoted(reader, char, sink)
    else:
        return False
    if found is None:
        raise Mismatch
    reader.take(len(found))
    sink('"')
    return True


def _quoted(reader: Reader, quote: str, sink: Sink) -> Step[str | None]:
    ends = markers(quote, "\\")
    while True:
        found = yield from reader.until(ends, lambda text: sink(escaped(text)))
        if found != "\\":
            return found
        reader.take(1)
        yield from _escape(reader, sink)


def _escape(reader: Reader, sink: Sink) -> Step[None]:
    """Reads what follows a backslash and passes on the JSON escape of the same meaning; a backslash
    that begins no escape stands for itself, as in Python."""
    char = yield from reader.peek()
    if not char:
        reader.check_end()
    if char and char in _SIMPLE:
        sink("\\" + reader.take(1))
    elif char in _OTHER:
        reader.take(1)
        sink(_OTHER[char])
    elif char in _CODES:
        digits = (yield from reader.peek(1 + _CODES[char]))[1:]
        if len(digits) < _CODES[char]:
            reader.check_end()
        if len(digits) == _CODES[char] and _HEX.fullmatch(digits) and int(digits, 16) <= 0x10FFFF:
            reader.take(1 + len(digits))
            # four digits are JSON's own escape; half a surrogate pair must stay one
            sink(f"\\u{digits}" if char == "u" else control_escape(chr(int(digits, 16))))
        else:
            sink("\\\\")
    else:
        sink("\\\\")
