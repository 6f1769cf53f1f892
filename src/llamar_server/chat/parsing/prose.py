"""The text of an answer and of its reasoning on their way to events.

White space next to a marker belongs to the markup and is dropped; all other text comes through as it
is. So white space at the end of the text so far is held until it is known what follows.
"""

from __future__ import annotations

from typing import Final

from ..events import ReasoningDelta, TextDelta
from .call import Emit

_FENCE: Final = "```"


class Prose:
    """Holds nothing but what may turn out to be markup. ``said`` once the answer has text of its own."""

    def __init__(self, emit: Emit) -> None:
        self.said = False
        self.fenced = False
        """Whether the text stands in a code fence, whose end is no part of it."""
        self._emit = emit
        self._after_marker = False
        self._held: list[str] = []
        self._skipped = 0

    def say(self, text: str) -> None:
        """More of the answer."""
        text = self._certain(text)
        if text:
            self.said = True
            self._emit(TextDelta(text))

    def think(self, text: str) -> None:
        """More of the reasoning."""
        text = self._certain(text)
        if text:
            self._emit(ReasoningDelta(text))

    def marker(self) -> None:
        """A marker stands here."""
        self._held.clear()
        self._skipped = 0
        self._after_marker = True

    def forget(self, unread: int) -> None:
        """The client has the text so far, and the ``unread`` characters that may yet turn out to be text."""
        self._held.clear()
        self._skipped = unread

    def end(self) -> None:
        """The answer ends here, with what is held (which of the reasoning is white space alone)."""
        text = "".join(self._held)
        self._held.clear()
        if text and self.said and not (self.fenced and text.strip() == _FENCE):
            self._emit(TextDelta(text))

    def _certain(self, text: str) -> str:
        """What can be passed on, after ``text`` has come in."""
        if self._skipped:
            skipped, self._skipped = self._skipped, max(0, self._skipped - len(text))
            text = text[skipped:]
        if self._after_marker:
            text = text.lstrip()
            if not text:
                return ""
            self._after_marker = False
        if not text.strip():
            self._held.append(text)
            return ""
        if self._held:
            text = "".join(self._held) + text
        certain = text.rstrip()
        if self.fenced and certain.endswith("`"):
            before = certain.rstrip("`")
            certain = before.rstrip() if len(certain) - len(before) <= len(_FENCE) else certain
        self._held = [text[len(certain) :]] if len(certain) < len(text) else []
        return certain
