"""Embedding cores over the double, driven step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llamar_server.config import EmbeddingConfig
from llamar_server.embedding.backend import load_backend
from llamar_server.embedding.core import Computed, EmbeddingCore, Failed
from llamar_server.embedding.protocol import EmbedRequest, RerankRequest
from llamar_server.errors import LlamarError
from tests.fakes.embedding import BACKEND, HashEmbeddingBackend, write_hash

MAX_STEPS = 20_000  # more than any test needs: what goes on for longer never ends

_ids = count()


@dataclass
class Outcome:
    """What came of one request: for each of its texts the rows and the number of tokens; in which steps."""

    rows: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    n_tokens: dict[int, int] = field(default_factory=dict)
    steps: list[int] = field(default_factory=list)
    error: LlamarError | None = None

    def add(self, result: Computed | Failed, step: int) -> None:
        assert self.error is None, "something after the error"
        self.steps.append(step)
        if isinstance(result, Failed):
            self.error = result.error
            return
        assert not self.rows.keys() & set(result.indices), "a text for the second time"
        self.rows |= zip(result.indices, result.rows, strict=True)
        self.n_tokens |= zip(result.indices, result.n_tokens, strict=True)

    def matrix(self) -> NDArray[np.float32]:
        """The rows in the order of the texts."""
        return np.concatenate([self.rows[index] for index in range(len(self.rows))])


class Harness:
    """One core and everything that came out of it. Keywords: fields of ``EmbeddingConfig``."""

    def __init__(self, directory: Path, model: dict[str, Any] | None = None, **settings: Any) -> None:
        config = EmbeddingConfig(write_hash(directory, **model or {}), backend=BACKEND, **settings)
        backend = load_backend(config)
        assert isinstance(backend, HashEmbeddingBackend)
        self.backend = backend
        self.core = EmbeddingCore(backend, config)
        self.outcomes: dict[str, Outcome] = {}
        self.n_steps = 0

    def embed(self, *inputs: str | list[int], **fields: Any) -> str:
        """Adds a request; its id."""
        return self.add(EmbedRequest(request_id=f"r{next(_ids)}", inputs=[*inputs], **fields))

    def rerank(self, query: str, *documents: str, **fields: Any) -> str:
        request_id = f"r{next(_ids)}"
        return self.add(RerankRequest(request_id=request_id, query=query, documents=[*documents], **fields))

    def add(self, request: EmbedRequest | RerankRequest) -> str:
        self.core.add(request)
        self.outcomes[request.request_id] = Outcome()
        return request.request_id

    def step(self) -> None:
        self.n_steps += 1
        assert self.n_steps < MAX_STEPS
        for result in self.core.step():
            self.outcomes[result.request_id].add(result, self.n_steps)

    def run(self) -> None:
        while not self.core.idle:
            self.step()

    def result(self, request_id: str) -> Outcome:
        """Runs until nothing is left to do."""
        self.run()
        return self.outcomes[request_id]

    def vectors(self, *inputs: str | list[int], **fields: Any) -> NDArray[np.float32]:
        outcome = self.result(self.embed(*inputs, **fields))
        assert outcome.error is None
        return outcome.matrix()

    def error(self, request_id: str) -> LlamarError:
        error = self.result(request_id).error
        assert error is not None
        return error
