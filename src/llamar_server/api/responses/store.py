"""The answers that are kept for requests that go on from them: in memory, bounded, the least used go."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MAX_COUNT: Final = 1000
MAX_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """``response`` is the answer as JSON, ``items`` the whole conversation up to and with it, a JSON array.
    ``item_ids`` are those of the answer's own items."""

    response: bytes
    items: bytes
    item_ids: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.response) + len(self.items)


class ResponseStore:
    """At most ``max_count`` answers of together ``max_bytes`` bytes; using one makes it the youngest."""

    def __init__(self, max_count: int = MAX_COUNT, max_bytes: int = MAX_BYTES) -> None:
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._response_of: dict[str, str] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes."""
        return self._size

    def put(self, response_id: str, kept: Kept) -> None:
        """Keeps it, at the cost of others; one that is larger than the store is not kept."""
        self.delete(response_id)
        self._kept[response_id] = kept
        self._size += kept.size
        self._response_of.update(dict.fromkeys(kept.item_ids, response_id))
        while len(self._kept) > self._max_count or self._size > self._max_bytes:
            self.delete(next(iter(self._kept)))

    def get(self, response_id: str) -> Kept | None:
        """What is kept of an answer; None if it is unknown, or not any more."""
        kept = self._kept.get(response_id)
        if kept is not None:
            self._kept.move_to_end(response_id)
        return kept

    def with_item(self, item_id: str) -> Kept | None:
        """The answer that holds an item."""
        response_id = self._response_of.get(item_id)
        return None if response_id is None else self.get(response_id)

    def delete(self, response_id: str) -> bool:
        """Whether there was one."""
        kept = self._kept.pop(response_id, None)
        if kept is None:
            return False
        self._size -= kept.size
        for item_id in kept.item_ids:
            del self._response_of[item_id]
        return True
