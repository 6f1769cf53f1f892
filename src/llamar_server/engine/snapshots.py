"""Idle prefixes parked in RAM: out of the way of who computes, and back when their conversation goes on.

Every cell in use costs every token that is computed a little, as attention looks at all of them; a copy
in RAM costs nothing until it is needed. It keeps states and finds them by their tokens; when to take
one out of the pool or back is the prefix cache's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .tokens import common_prefix


@dataclass(frozen=True, slots=True)
class Parked:
    """The state of a slot; ``state`` is the backend's own."""

    tokens: list[int]
    state: Any


class Snapshots:
    """Up to ``max_bytes`` of states, those dropped first that were used longest ago."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: list[tuple[Parked, int]] = []  # with its size; the longest unused first
        self.n_bytes = 0

    def has_room_for(self, size: int) -> bool:
        """Whether a state of ``size`` bytes would be kept at all."""
        return size <= self._max_bytes

    def put(self, parked: Parked, size: int) -> None:
        """Keep a state of ``size`` bytes. Those that are a prefix of it are not needed any more."""
        for entry in list(self._entries):
            if common_prefix(entry[0].tokens, parked.tokens) == len(entry[0].tokens):
                self._drop(entry)
        while self._entries and self.n_bytes + size > self._max_bytes:
            self._drop(self._entries[0])
        if self.has_room_for(size):
            self._entries.append((parked, size))
            self.n_bytes += size

    def best(self, tokens: Sequence[int], *, whole: bool) -> tuple[Parked | None, int]:
        """The state with the longest common prefix, and its length. ``whole``: only states all of which
        is a prefix of ``tokens``."""
        best, length = None, 0
        for parked, _ in self._entries:
            n = common_prefix(parked.tokens, tokens)
            if n > length and (not whole or n == len(parked.tokens)):
                best, length = parked, n
        return best, length

    def remove(self, parked: Parked) -> None:
        for entry in self._entries:
            if entry[0] is parked:
                self._drop(entry)
                return

    def _drop(self, entry: tuple[Parked, int]) -> None:
        self._entries.remove(entry)
        self.n_bytes -= entry[1]
