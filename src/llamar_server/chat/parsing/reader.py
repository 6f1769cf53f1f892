"""Text that arrives in pieces, read as if it were all there.

A reading routine is a generator: it is written straight through and suspends (a bare ``yield``) where
the text so far ends. ``Reader`` owns the text not yet read and the primitives that routines are built
from; what they decide never depends on where the text was cut. No primitive looks back: each
character is passed once, and only what could still become a marker is kept. It knows no format.

``reader.at`` is the first character not yet read; an index into ``reader.text`` does not survive a
``yield``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")
Step = Generator[None, None, T]
"""A reading routine that ends with a ``T``."""
Sink = Callable[[str], None]

_SPACE = re.compile(r"\s*")


class Mismatch(Exception):
    """The text is not what a routine was to read. The reader stands where it differs."""


class Markers:
    """A set of literals to look for; the longest wins where several begin at one place."""

    def __init__(self, literals: Iterable[str]) -> None:
        self.literals = tuple(sorted(literals, key=len, reverse=True))
        self._pattern = re.compile("|".join(map(re.escape, self.literals)) or r"(?!)")
        self._first = re.compile("|".join({re.escape(m[0]) for m in self.literals}) or r"(?!)")
        self._reach = max(map(len, self.literals), default=1) - 1

    def find(self, text: str, start: int, closed: bool) -> tuple[int, str | None]:
        """Where the first literal is, and which; else None and up to where there is certainly none."""
        match = self._pattern.search(text, start)
        if not closed:
            held = self._held(text, start)
            if match is None or held <= match.start():
                return held, None
        return (len(text), None) if match is None else (match.start(), match.group())

    def _held(self, text: str, start: int) -> int:
        """The start of the longest end of ``text`` that a literal may begin with."""
        match = self._first.search(text, max(start, len(text) - self._reach))
        while match is not None:
            if self._grows(text[match.start() :]):
                return match.start()
            match = self._first.search(text, match.start() + 1)
        return len(text)

    def _grows(self, text: str) -> bool:
        return any(len(m) > len(text) and m.startswith(text) for m in self.literals)


def markers(*literals: str) -> Markers:
    """The set of ``literals``, the empty ones left out; kept, since answers of one format use the same."""
    return _markers(frozenset(literals) - {""})


@lru_cache(maxsize=1024)
def _markers(literals: frozenset[str]) -> Markers:
    return Markers(literals)


class Reader:
    """The text not yet read. ``log``, while it is a list, collects all that is read. ``closed`` says that
    no more text comes, ``truncated`` that it should have."""

    def __init__(self) -> None:
        self.text = ""
        self.at = 0
        self.closed = False
        self.truncated = False
        self.log: list[str] | None = None

    def feed(self, text: str) -> None:
        self.text = self.text[self.at :] + text
        self.at = 0

    def take(self, count: int) -> str:
        """Reads ``count`` characters that are there."""
        piece = self.text[self.at : self.at + count]
        self.at += count
        if self.log is not None:
            self.log.append(piece)
        return piece

    def peek(self, count: int = 1) -> Step[str]:
        """The next ``count`` characters without reading them; fewer only where the text ends."""
        while len(self.text) - self.at < count and not self.closed:
            yield
        return self.text[self.at : self.at + count]

    def skip_space(self) -> Step[str]:
        """Reads white space; returns it."""
        space = ""
        while True:
            match = _SPACE.match(self.text, self.at)
            assert match is not None  # it matches the empty string
            space += self.take(match.end() - self.at)
            if self.at < len(self.text) or self.closed:
                return space
            yield

    def take_if(self, literal: str) -> Step[bool]:
        """Reads ``literal`` if it comes next."""
        while True:
            if self.text.startswith(literal, self.at):
                self.take(len(literal))
                return True
            if self.closed or not self._may_be(literal):
                self._drop_begun(literal)
                return False
            yield

    def _may_be(self, literal: str) -> bool:
        """Whether all that is left is the beginning of ``literal``."""
        return literal.startswith(self.text[self.at : self.at + len(literal)])

    def _drop_begun(self, *literals: str) -> None:
        """Where the text was cut off inside a marker, what there is of it is not text."""
        rest = len(self.text) - self.at
        if self.closed and self.truncated and rest and any(map(self._may_be, literals)):
            self.take(rest)

    def check_end(self) -> None:
        """Raises ``Mismatch`` at the end of a text that was cut off: what comes last may be incomplete."""
        if self.truncated:
            self.take(len(self.text) - self.at)
            raise Mismatch

    def expect(self, literal: str) -> Step[None]:
        """Reads ``literal``; raises ``Mismatch`` if anything else comes next."""
        if not (yield from self.take_if(literal)):
            raise Mismatch

    def take_pieces(self, text: str, *, optional: bool = False) -> Step[bool]:
        """Reads the parts of a marker, white space around them as it comes.

        Raises ``Mismatch`` if one is missing; with ``optional`` each may be, and the result says
        whether any was there.
        """
        found = False
        for piece in text.split():
            yield from self.skip_space()
            if (yield from self.take_if(piece)):
                found = True
            elif not optional:
                raise Mismatch
        return found

    def first_of(self, literals: Iterable[str]) -> Step[str | None]:
        """Which of ``literals`` comes next, unread; the first that does."""
        literals = tuple(literals)
        for literal in literals:
            while not self.text.startswith(literal, self.at):
                if self.closed or not self._may_be(literal):
                    break
                yield
            else:
                return literal
        self._drop_begun(*literals)
        return None

    def until(self, markers: Markers, sink: Sink) -> Step[str | None]:
        """Passes text to ``sink`` up to the first marker, which stays unread; None where the text ends."""
        while True:
            index, found = markers.find(self.text, self.at, self.closed and not self.truncated)
            if index > self.at:
                sink(self.take(index - self.at))
            if found is not None:
                return found
            if self.closed:
                self.take(len(self.text) - self.at)  # nothing, or what is left of a marker that was cut off
                return None
            yield

    def text_before(self, ends: Markers, limit: int) -> Step[str]:
        """The text up to the first marker. ``Mismatch``, and nothing is read, if it is longer than ``limit``
        or the text ends before."""
        length, _ = yield from self._within(ends, limit)
        return self.take(length)

    def short_until(self, ends: Markers, limit: int) -> Step[str]:
        """Like ``text_before``, but the marker is read as well."""
        length, found = yield from self._within(ends, limit)
        text = self.take(length)
        self.take(len(found))
        return text

    def _within(self, ends: Markers, limit: int) -> Step[tuple[int, str]]:
        while True:
            index, found = ends.find(self.text, self.at, self.closed)
            if index - self.at > limit:
                raise Mismatch
            if found is not None:
                return index - self.at, found
            if self.closed:
                self.check_end()
                raise Mismatch
            yield
