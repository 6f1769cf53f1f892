"""Embedding models whose vectors can be worked out by hand, for tests of the HTTP side."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from llamar_server.api.served import ServedEmbedder
from llamar_server.embedding.protocol import EmbeddingInfo
from llamar_server.embedding.results import Embeddings, Scores
from llamar_server.embedding.vectors import normalized, probabilities
from tests.api.asgi import CREATED

INFO = EmbeddingInfo(
    name="fake",
    path="/models/fake-embedding.gguf",
    architecture="bert",
    description="bert 22M F16",
    n_ctx=32,
    n_ctx_train=64,
    n_vocab=256,
    n_params=22_568_192,
    size=45_900_000,
    dimensions=8,
    pooling="mean",
)
RANK = msgspec.structs.replace(INFO, dimensions=1, pooling="rank")


def vector(text: str | Sequence[int]) -> Any:
    """Of ``text``: its bytes, sorted into as many sums as there are dimensions, with length 1."""
    tokens = text.encode() if isinstance(text, str) else text
    sums = np.zeros(INFO.dimensions)
    for place, token in enumerate(tokens):
        sums[(place + token) % INFO.dimensions] += token + 1 / 3
    return normalized(np.asarray([sums], np.float32))[0]


def size(text: str | Sequence[int]) -> int:
    """Its tokens: a byte is one, and a text has two more around it."""
    return len(text.encode()) + 2 if isinstance(text, str) else len(text)


class FakeEmbedding:
    """Answers as ``vector`` and ``size`` say, and a query with the length of each document as its score.
    ``refusal`` is raised instead, if there is one, and ``queue`` makes requests wait for ever."""

    def __init__(self, info: EmbeddingInfo = INFO) -> None:
        self.info = info
        self.state = "ready"
        self.refusal: Exception | None = None
        self.queue = False
        self.queued = threading.Event()
        self.left_queue = threading.Event()
        self.asked: list[tuple[list[Any], dict[str, Any]]] = []

    async def embed(self, inputs: Sequence[Any], **options: Any) -> Embeddings:
        await self._accept([*inputs], options)
        vectors = np.asarray([vector(each) for each in inputs], np.float32)
        return Embeddings(vectors, tuple(map(size, inputs)))

    async def rerank(self, query: str, documents: Sequence[str], **options: Any) -> Scores:
        await self._accept([query, *documents], options)
        scores = np.asarray([len(each) - 5 for each in documents], np.float32)
        n_tokens = tuple(size(query) + size(each) for each in documents)
        return Scores(scores, probabilities(scores), n_tokens)

    async def tokenize(self, text: str, *, add_special: bool = True, parse_special: bool = True) -> list[int]:
        return [*([2] if add_special else []), *text.encode()]

    async def detokenize(self, tokens: list[int]) -> str:
        return bytes(tokens).decode().upper()

    async def _accept(self, texts: list[Any], options: dict[str, Any]) -> None:
        self.asked.append((texts, options))
        if self.refusal is not None:
            raise self.refusal
        if self.queue:
            try:
                self.queued.set()
                await asyncio.Event().wait()
            finally:
                self.left_queue.set()


def embedder(engine: FakeEmbedding | None = None, model_id: str = "fake-embedder") -> ServedEmbedder:
    return ServedEmbedder(model_id, engine or FakeEmbedding(), CREATED)


def reranker(engine: FakeEmbedding | None = None, model_id: str = "fake-reranker") -> ServedEmbedder:
    return ServedEmbedder(model_id, engine or FakeEmbedding(RANK), CREATED)
