"""Stores of raghilda with vectors that need no model: texts with words in common are near each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from raghilda.chunker import MarkdownChunker
from raghilda.document import MarkdownDocument
from raghilda.embedding import EmbeddingProvider, EmbedInputType, register_embedding_provider
from raghilda.store import DuckDBStore

DOCUMENTS = {
    "bridge.md": "The Veltin bridge opened in 1932. It crosses the river Amsel.",
    "mascot.md": "The mascot of the company is a purple otter. Its name is Quill.",
    "office.md": "The office in Lisbon has 42 employees. It has no canteen.",
    "lighthouse.md": "The lighthouse of Norrund was painted green by Ida Falk.",
}


@register_embedding_provider("EmbeddingOfWords")
class EmbeddingOfWords(EmbeddingProvider):
    """The sum of the directions of a text's words, of length 1."""

    def embed(
        self, x: Sequence[str], input_type: EmbedInputType = EmbedInputType.DOCUMENT
    ) -> list[list[float]]:
        sums = [
            sum((_direction(word) for word in re.findall(r"\w+", text.lower())), np.zeros(64)) for text in x
        ]
        return [(each / (np.linalg.norm(each) or 1)).tolist() for each in sums]

    def get_config(self) -> dict[str, Any]:
        return {"type": "EmbeddingOfWords"}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> EmbeddingOfWords:
        return cls()


def filled(store: DuckDBStore, documents: Mapping[str, str] = DOCUMENTS) -> DuckDBStore:
    """``store`` with these documents by their origins; its indexes are not built."""
    for origin, content in documents.items():
        store.upsert(MarkdownChunker().chunk(MarkdownDocument(origin=origin, content=content)))
    return store


def _direction(word: str) -> np.ndarray[Any, Any]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).normal(size=64)
