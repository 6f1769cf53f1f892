"""Stop strings: found across token borders, and never shown, not even in part."""

from __future__ import annotations

from collections.abc import Sequence


class _Automaton:
    """How much of one stop string the text so far ends in (Knuth, Morris and Pratt, 1977)."""

    __slots__ = ("_failure", "matched", "stop")

    def __init__(self, stop: str) -> None:
        self.stop = stop
        self.matched = 0
        self._failure = [0] * len(stop)
        length = 0
        for i in range(1, len(stop)):
            while length and stop[i] != stop[length]:
                length = self._failure[length - 1]
            length += stop[i] == stop[length]
            self._failure[i] = length

    def advance(self, character: str) -> bool:
        """Take one more character; True when the whole string has been seen."""
        while self.matched and character != self.stop[self.matched]:
            self.matched = self._failure[self.matched - 1]
        self.matched += character == self.stop[self.matched]
        return self.matched == len(self.stop)


class StopStrings:
    """Feeds on text and gives it back as soon as it can no longer be part of a stop string.

    Linear in the text, whatever the length of the strings. Of several strings that end at the same
    character the longest wins. Empty strings are ignored, and so are those that cannot be reached, as
    another one ends within them.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        stops = [stop for stop in stops if stop]
        reachable = (stop for stop in stops if not any(other in stop[:-1] for other in stops))
        self._automata = [_Automaton(stop) for stop in reachable]
        self._held = ""
        self.matched: str | None = None

    def feed(self, text: str) -> str:
        """The text that may be shown now. Once ``matched`` is set, nothing comes any more."""
        if not self._automata:
            return text
        if self.matched is not None:
            return ""
        buffer = self._held + text
        for i, character in enumerate(text, len(self._held)):
            ended = [a.stop for a in self._automata if a.advance(character)]
            if ended:
                self.matched = max(ended, key=len)
                self._held = ""
                return buffer[: i + 1 - len(self.matched)]
        hold = max(a.matched for a in self._automata)
        self._held = buffer[len(buffer) - hold :]
        return buffer[: len(buffer) - hold]

    def flush(self) -> str:
        """What was held back, now that the text has ended without a match."""
        held, self._held = self._held, ""
        return held
