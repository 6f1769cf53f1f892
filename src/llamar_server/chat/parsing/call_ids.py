"""The ids of tool calls: unique over a conversation, in the shape that the model's format needs.

Ids are drawn from a seed, so that reading the same answer twice gives the same ids.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable
from typing import Final

from ..formats.spec import ToolFormat

_ALPHABET: Final = string.ascii_letters + string.digits


class CallIds:
    """The ids of one conversation: those in use, and new ones."""

    def __init__(self, tool_format: ToolFormat, used: Iterable[str], seed: str) -> None:
        self._format = tool_format
        self._used = set(used)
        self._seed = seed
        self._drawn = 0

    def claim(self, written: str, name: str) -> str:
        """``written``, the id that the model gave its call of ``name``, or a new one if it gave none or
        one that is in use."""
        found = written
        while not found or found in self._used:
            found = self._draw(name)
        self._used.add(found)
        return found

    def _draw(self, name: str) -> str:
        self._drawn += 1
        if self._format.id_shape == "number":
            return str(self._format.ordinal_base + self._drawn - 1)
        if self._format.id_shape == "named":
            number = self._format.ordinal_base + self._drawn - 1
            return f"{self._format.name.start}{name}{self._format.ordinal.start}{number}"
        if self._format.id_shape == "alphanumeric9":
            return self._random(9)
        return "call_" + self._random(24)

    def _random(self, length: int) -> str:
        digest = hashlib.blake2b(f"{self._seed}:{self._drawn}".encode()).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])
