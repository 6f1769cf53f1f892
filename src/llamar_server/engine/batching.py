"""How the chunks of a step are put into batches for llama.cpp's CPU kernels; pure.

Two facts decide. A row comes out the same, bit for bit, whatever is computed beside it, as long as a
batch has fewer rows than one tile of the attention kernel; larger batches take another, faster path.
And a few rows together can take longer than one after the other, depending on the processor and the
type of the weights: that is measured when the model is loaded, not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .backend import Chunk

JOINT_ROWS = 63
"""One row less than ``GGML_FA_TILE_Q`` of llama.cpp's CPU attention."""

_CLEARLY = 0.9  # a difference smaller than this is noise


@dataclass(frozen=True, slots=True)
class Batching:
    """Up to ``joint_rows`` tokens of small chunks share a batch; where a step has ``lone_rows`` of them or
    fewer, each token gets a batch of its own."""

    joint_rows: int = JOINT_ROWS
    lone_rows: int = 1

    def split(self, chunks: Sequence[Chunk]) -> list[list[Chunk]]:
        """The batches of a step: large chunks alone, small ones together, a few tokens one by one."""
        small = sum(n for chunk in chunks if (n := len(chunk.tokens)) <= self.joint_rows)
        groups: list[list[Chunk]] = []
        room = 0
        for chunk in chunks:
            n = len(chunk.tokens)
            if n > self.joint_rows:
                groups.append([chunk])
                room = 0
            elif small <= self.lone_rows:
                groups += ([token] for token in _tokens(chunk))
            elif n > room:
                groups.append([chunk])
                room = self.joint_rows - n
            else:
                groups[-1].append(chunk)
                room -= n
        return groups


def _tokens(chunk: Chunk) -> Iterator[Chunk]:
    last = len(chunk.tokens) - 1
    for i, token in enumerate(chunk.tokens):
        yield Chunk(chunk.slot, [token], chunk.start + i, chunk.logits and i == last)


def measured_lone_rows(seconds: Callable[[int], float], most: int) -> int:
    """Up to how many rows, ``most`` at most, are faster one by one. ``seconds`` times a batch of rows."""
    one = seconds(1)
    lone = 1
    while lone < most and (lone + 1) * one < _CLEARLY * seconds(lone + 1):
        lone += 1
    return lone
