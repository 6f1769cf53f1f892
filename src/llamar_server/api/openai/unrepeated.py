"""Cuts a text into deltas of which none equals everything sent before it.

Some clients (chatlas, ellmer) merge a delta into what they have and take two equal values for the same
value told twice: "1" and then "1" ends as "1". Models write a digit per token, so it does happen.
"""

from __future__ import annotations


class Unrepeated:
    """One text on its way out. A delta that must not be sent alone is kept and goes with the next.

    After a first delta of two characters or more every later collision can also be cut in two, so what
    is kept can always be sent in the end. That is why a single first character waits.
    """

    def __init__(self) -> None:
        self._sent: list[str] = []
        self._length = 0
        self._kept = ""

    @property
    def text(self) -> str:
        """Everything so far, sent or kept."""
        return "".join(self._sent) + self._kept

    def add(self, text: str) -> str:
        """What to send now that ``text`` has come; empty when it has to wait."""
        delta = self._kept + text
        if (not self._length and len(delta) == 1) or self._collides(delta):
            self._kept = delta
            return ""
        return self._send(delta)

    def finish(self) -> list[str]:
        """What is left to send."""
        delta, self._kept = self._kept, ""
        if not delta:
            return []
        if self._collides(delta):
            return [self._send(delta[:1]), self._send(delta[1:])]
        return [self._send(delta)]

    def _send(self, delta: str) -> str:
        self._kept = ""
        if delta:
            self._sent.append(delta)
            self._length += len(delta)
        return delta

    def _collides(self, delta: str) -> bool:
        return bool(delta) and len(delta) == self._length and delta == "".join(self._sent)
