"""An embedding backend without a model: ``EmbeddingConfig(path, backend=tests.fakes.embedding.BACKEND)``.

A byte is a token. A text's vector is the sum of its words' own, whatever their order and case: texts with
words in common are near each other. A reranker's score is the share of the query's words that the document
has, as a logit from -3 to 3. Pooling "none" gives each token its byte's own vector.

``model_path`` may name a JSON file with the fields of ``Hash``; any other path, also one where nothing is,
means its defaults. Limits are checked strictly: what the core may not do is an ``AssertionError``.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from llamar_server.config import EmbeddingConfig, Pooling
from llamar_server.embedding.backend import Pairing, Rows, TokenIds
from llamar_server.embedding.protocol import EmbeddingInfo
from llamar_server.engine.backend import Progress
from llamar_server.errors import EngineError, ModelLoadError

BACKEND = "tests.fakes.embedding:HashEmbeddingBackend"
"""For ``EmbeddingConfig.backend``."""

N_BYTES = 256
BEGIN, END, BETWEEN = 256, 257, 258
"""The special tokens: ``BEGIN text END``, ``BEGIN query BETWEEN document END``."""
N_VOCAB = 259
PIECES = {BEGIN: b"<s>", END: b"</s>", BETWEEN: b"<sep>"}


class Hash(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    dimensions: int = 16
    pooling: Pooling = "mean"
    """What the model says; ``EmbeddingConfig.pooling`` may say otherwise."""
    n_ctx: int = 2048
    special: bool = True
    """Whether texts get tokens around them. Without, an empty text has none."""
    template: str | None = None
    """How a reranker wants its pairs."""
    max_texts: int = 64
    step_delay: float = 0.0
    """Seconds that each batch takes, at least."""
    load_delay: float = 0.0
    load_error: str | None = None
    crash: str | None = None
    """A text with this in it ends the process, by SIGABRT."""
    fail: str | None = None
    """With this in it, ``compute`` raises EngineError."""


def write_hash(directory: Path, **fields: Any) -> str:
    """The path of a file in ``directory`` that holds the ``Hash`` with these fields."""
    content = msgspec.json.encode(msgspec.convert(fields, Hash))
    path = directory / f"hash-{hashlib.sha1(content).hexdigest()}.json"
    path.write_bytes(content)
    return str(path)


def words(text: bytes) -> list[str]:
    return re.findall(r"\w+", text.decode(errors="replace").lower())


def direction(name: str, dimensions: int) -> NDArray[np.float64]:
    """The vector of a word."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).normal(size=dimensions)


class HashEmbeddingBackend:
    """See ``EmbeddingBackend``. ``batches`` has the number of tokens of each text of each batch."""

    def __init__(self, config: EmbeddingConfig, on_progress: Progress) -> None:
        path = Path(config.model_path)
        content = path.read_bytes() if path.suffix == ".json" else b"{}"
        self.model = model = msgspec.json.decode(content, type=Hash)
        for percent in range(0, 101, 10):
            on_progress(percent / 100)
            time.sleep(model.load_delay / 10)
        if model.load_error is not None:
            raise ModelLoadError(model.load_error)
        self.batch_tokens = config.batch_tokens
        self.max_texts = model.max_texts
        self.batches: list[list[int]] = []
        self._closed = False
        pooling = config.pooling or model.pooling
        self.pairing = Pairing(model.template, (BEGIN,), (BETWEEN,), (END,))
        self.info = EmbeddingInfo(
            name=config.model_id or path.stem,
            path=config.model_path,
            architecture="hash",
            description="no model",
            n_ctx=config.n_ctx or model.n_ctx,
            n_ctx_train=model.n_ctx,
            n_vocab=N_VOCAB,
            n_params=0,
            size=0,
            dimensions=1 if pooling == "rank" else model.dimensions,
            pooling=pooling,
        )

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        tokens: list[int] = []
        pieces = re.split(rb"(<s>|</s>|<sep>)", text.encode()) if parse_special else [text.encode()]
        for piece in pieces:
            special = [token for token in PIECES if PIECES[token] == piece]
            tokens += special if parse_special and special else piece
        return [BEGIN, *tokens, END] if add_special and self.model.special else tokens

    def piece(self, token: int, *, special: bool = False) -> bytes:
        assert 0 <= token < N_VOCAB, f"no such token: {token}"
        if token < N_BYTES:
            return bytes([token])
        return PIECES[token] if special else b""

    def compute(self, texts: Sequence[TokenIds]) -> list[Rows]:
        sizes = [len(text) for text in texts]
        assert not self._closed
        assert 0 < len(texts) <= self.max_texts, "too many texts, or none"
        assert all(0 < size <= self.info.n_ctx for size in sizes), "too long, or nothing to compute"
        assert len(sizes) == 1 or sum(sizes) <= self.batch_tokens, "more than batch_tokens"
        assert all(((text >= 0) & (text < N_VOCAB)).all() for text in texts)
        self.batches.append(sizes)
        time.sleep(self.model.step_delay)
        return [self._rows(text.tolist()) for text in texts]

    def close(self) -> None:
        self._closed = True

    def _rows(self, tokens: list[int]) -> Rows:
        self._fail_where_asked(bytes(token for token in tokens if token < N_BYTES))
        if self.info.pooling == "none":
            rows = [direction(str(token), self.info.dimensions) for token in tokens]
        elif self.info.pooling == "rank":
            rows = [np.array([self._score(tokens)])]
        else:
            rows = [np.zeros(self.info.dimensions)]
            for word in words(b" ".join(self._parts(tokens))):
                rows[0] += direction(word, self.info.dimensions)
        return np.asarray(rows, np.float32)

    def _score(self, tokens: list[int]) -> float:
        query, document = [*self._parts(tokens), b"", b""][:2]
        asked, there = set(words(query)), set(words(document))
        return 6 * len(asked & there) / max(1, len(asked)) - 3

    def _parts(self, tokens: list[int]) -> list[bytes]:
        """The text between special tokens."""
        parts = [b""]
        for token in tokens:
            if token < N_BYTES:
                parts[-1] += bytes([token])
            elif parts[-1]:
                parts.append(b"")
        return parts

    def _fail_where_asked(self, text: bytes) -> None:
        if self.model.crash is not None and self.model.crash.encode() in text:
            os.kill(os.getpid(), signal.SIGABRT)
        if self.model.fail is not None and self.model.fail.encode() in text:
            raise EngineError("the text says so")
