"""Bytes of tokens to text, never half a code point."""

from __future__ import annotations

import codecs


class Detokenizer:
    """Incremental UTF-8: bytes that may still become a character are held back.

    Bytes that cannot become one turn into U+FFFD. What is held back when the generation ends is no
    character and is dropped.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, data: bytes) -> str:
        return self._decoder.decode(data)
