"""From conversations to tensors: which tokens are learned, and documents of like length side by side."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import torch
from tokenizers import Tokenizer
from torch import Tensor

from .data.conversation import Conversation
from .rendering import Renderer

_POOL: Final = 700
"""Documents sorted by length at a time."""
_PROMPT_WEIGHT: Final = 0.25


@dataclass(frozen=True)
class Sample:
    """A document in tokens; ``spans`` are the parts that the assistant wrote. ``unthought`` are those before
    them, empty or an empty thought, as a server writes it where thinking is off: learned, it would come where
    it is on."""

    ids: list[int]
    spans: list[tuple[int, int]]
    unthought: list[tuple[int, int]]


@dataclass(frozen=True)
class Batch:
    """Documents side by side; the targets at flat ``positions``, and how much each counts."""

    ids: Tensor
    positions: Tensor
    targets: Tensor
    weights: Tensor

    @property
    def tokens(self) -> int:
        return self.ids.numel()

    def to(self, device: torch.device) -> Batch:
        return Batch(*(each.to(device) for each in (self.ids, self.positions, self.targets, self.weights)))


class Encoder:
    """Conversations to samples."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._render = Renderer()
        self._head = self.ids("<|im_start|>assistant\n")
        self._unthought = self.ids("<think>\n\n</think>\n\n")
        (self._end,) = self.ids("<|im_end|>")

    def ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def text(self, chat: Conversation) -> str:
        return self._render(chat)

    def sample(self, chat: Conversation) -> Sample:
        ids = self.ids(self.text(chat))
        turns = list(self._turns(ids))
        spans = [(said, end) for _, said, end in turns]
        return Sample(ids, spans, [(start, said) for start, said, _ in turns])

    def _turns(self, ids: list[int]) -> Iterator[tuple[int, int, int]]:
        """Where a turn of the assistant starts, where its own words do, behind a thought that the server left
        out, and where they end, with the mark of the end."""
        head, unthought = self._head, self._unthought
        at = 0
        while at < len(ids):
            if ids[at] == head[0] and ids[at : at + len(head)] == head:
                start = said = at + len(head)
                if ids[start : start + len(unthought)] == unthought:
                    said += len(unthought)
                at = ids.index(self._end, said) + 1
                yield start, said, at
            else:
                at += 1


def batches(
    chats: Iterable[Conversation],
    encode: Callable[[Conversation], Sample],
    *,
    tokens: int,
    longest: int,
    prompt_share: float,
    seed: int,
) -> Iterator[Batch]:
    """Batches of at most ``tokens`` tokens, without documents over ``longest``.

    ``prompt_share`` is the share of prompt tokens that are learned too, with little weight.
    """
    draw = random.Random(seed)
    stream = iter(chats)
    while pool := [encode(chat) for chat in islice(stream, _POOL)]:
        fit = [sample for sample in pool if sample.spans and len(sample.ids) <= longest]
        fit.sort(key=lambda sample: len(sample.ids) + draw.random() * 24)
        groups = list(_groups(fit, tokens))
        draw.shuffle(groups)
        for group in groups:
            yield _collate(group, prompt_share, draw)


def _groups(samples: list[Sample], tokens: int) -> Iterator[list[Sample]]:
    group: list[Sample] = []
    length = 0
    for sample in samples:
        length = max(length, _padded(len(sample.ids)))
        if group and length * (len(group) + 1) > tokens:
            yield group
            group, length = [], _padded(len(sample.ids))
        group.append(sample)
    if group:
        yield group


def _positions(spans: list[tuple[int, int]]) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


def _padded(length: int) -> int:
    return (length + 31) // 32 * 32


def _collate(samples: list[Sample], prompt_share: float, draw: random.Random) -> Batch:
    length = _padded(max(len(sample.ids) for sample in samples) - 1)
    ids = torch.zeros(len(samples), length, dtype=torch.long)
    positions: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    for row, sample in enumerate(samples):
        ids[row, : len(sample.ids) - 1] = torch.tensor(sample.ids[:-1])
        learned, unthought = _positions(sample.spans), _positions(sample.unthought)
        for at in range(1, len(sample.ids)):
            if at in unthought:
                continue
            weight = 1.0 if at in learned else _PROMPT_WEIGHT if draw.random() < prompt_share else 0.0
            if weight:
                positions.append(row * length + at - 1)
                targets.append(sample.ids[at])
                weights.append(weight)
    return Batch(ids, torch.tensor(positions), torch.tensor(targets), torch.tensor(weights))
