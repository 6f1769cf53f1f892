"""Which texts are computed together: the fair share of each request, and full batches.

Requests take turns by tokens: next is always a text of the one that has had the fewest, so that a single
text waits for one batch and not for the thousands that came before it. Of its texts a request gives the
longest that still fits, so that batches are full, and those of similar length fall together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from .backend import TokenIds
from .protocol import EmbedRequest, RerankRequest


@dataclass(frozen=True, slots=True)
class Text:
    """Number ``index`` of its request."""

    index: int
    tokens: TokenIds

    def __len__(self) -> int:
        return len(self.tokens)


class Share:
    """The texts of a request that are still to be computed, and how many tokens it has had."""

    def __init__(self, request: EmbedRequest | RerankRequest, texts: Iterable[Text], served: int) -> None:
        self.request = request
        self.served = served
        self._texts = sorted(texts, key=len)

    def __len__(self) -> int:
        return len(self._texts)

    def take(self, room: int | None) -> Text | None:
        """The longest text of at most ``room`` tokens (None: of all), if there is one."""
        fitting = len(self) if room is None else bisect_right(self._texts, room, key=len)
        if not fitting:
            return None
        text = self._texts.pop(fitting - 1)
        self.served += len(text)
        return text


def pack(shares: Iterable[Share], batch_tokens: int, max_texts: int) -> list[tuple[Share, Text]]:
    """Takes one batch out of ``shares``: at most ``batch_tokens`` tokens, or a single longer text."""
    candidates = [share for share in shares if len(share)]
    batch: list[tuple[Share, Text]] = []
    room: int | None = None
    while candidates and len(batch) < max_texts:
        share = min(candidates, key=lambda share: share.served)
        text = share.take(room)
        if text is None:
            candidates.remove(share)
            continue
        batch.append((share, text))
        room = max(0, (batch_tokens if room is None else room) - len(text))
    return batch


def begin_with(shares: Iterable[Share]) -> int:
    """What a new request counts as served: as much as the one that has had the least. So it is next, and
    does not make up for the time when it was not there."""
    return min((share.served for share in shares), default=0)
