"""What a request comes to, put together from what its batches gave, in the order of its texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .protocol import EmbeddingInfo
from .vectors import probabilities


@dataclass(frozen=True, slots=True)
class Embeddings:
    """``vectors``: one row for each text. ``n_tokens``: of each text, as computed."""

    vectors: NDArray[np.float32]
    n_tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """How well each document answers the query: ``scores`` as the model gives them (logits, mostly),
    ``relevance`` from 0 to 1. ``n_tokens``: of each document with the query, as computed."""

    scores: NDArray[np.float32]
    relevance: NDArray[np.float32]
    n_tokens: tuple[int, ...]


class Gathering:
    """The results of ``n`` texts, one row each."""

    def __init__(self, n: int, info: EmbeddingInfo) -> None:
        self.n_missing = n
        self._info = info
        self._rows = np.empty((n, info.dimensions), np.float32)
        self._n_tokens = [0] * n

    def put(self, indices: Sequence[int], n_tokens: Sequence[int], rows: NDArray[np.float32]) -> None:
        """The rows of the texts with these numbers, all in one array."""
        self._rows[indices] = rows.reshape(len(indices), -1)
        for index, n in zip(indices, n_tokens, strict=True):
            self._n_tokens[index] = n
        self.n_missing -= len(indices)

    def embeddings(self) -> Embeddings:
        return Embeddings(self._rows, tuple(self._n_tokens))

    def scores(self) -> Scores:
        """A model with several scores (its labels) says with the first how relevant a document is."""
        scores = self._rows[:, 0].copy()
        relevance = scores if self._info.probabilities else probabilities(scores)
        return Scores(scores, relevance, tuple(self._n_tokens))
