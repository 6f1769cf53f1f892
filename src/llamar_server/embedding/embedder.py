"""An embedding model in the caller's own process, for scripts and the command line: texts in, vectors out.

The same core as the server's, driven by a plain loop in the calling thread. Not to be used from several
threads at a time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import EmbeddingConfig
from ..engine.in_process import InProcess
from ..errors import InvalidRequest
from .backend import EmbeddingBackend, load_backend
from .core import Computed, EmbeddingCore, Failed
from .inputs import as_inputs
from .protocol import EmbeddingInfo, EmbedRequest, RerankRequest
from .results import Gathering
from .vectors import shortened

Input = str | Sequence[int]
OnDone = Callable[[int], None]


class Embedder(InProcess[EmbeddingBackend]):
    """A loaded embedding model, or reranker.

        with Embedder("model.gguf") as embedder:
            vectors = embedder.embed(["a text", "another one"])

    ``settings`` are the fields of ``EmbeddingConfig``. Raises ``ModelLoadError``. Its methods raise
    ``InvalidRequest``, ``InputTooLong`` among it, and ``EngineError`` where the model cannot be computed.
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        on_progress: Callable[[float], None] | None = None,
        **settings: Any,
    ) -> None:
        config = EmbeddingConfig(os.fspath(model_path), **settings)
        super().__init__(load_backend(config, on_progress))
        self._core = EmbeddingCore(self._backend, config)
        self._ids = count()

    @property
    def info(self) -> EmbeddingInfo:
        return self._backend.info

    def embed(
        self,
        texts: Sequence[Input],
        *,
        normalize: bool = True,
        truncate: bool = False,
        dimensions: int | None = None,
        on_done: OnDone | None = None,
    ) -> NDArray[np.float32]:
        """One row for each text, or for each list of token ids, which are taken as they are.

        ``normalize``: of length 1. ``truncate``: what is too long is cut at its end, not refused.
        ``dimensions``: see ``shortened``; always of length 1. ``on_done`` is told how many texts are done.
        """
        self.info.check_embeds()
        request = self._request(texts, normalize, truncate)
        vectors = self._gather(request, len(request.inputs), on_done).embeddings().vectors
        return vectors if dimensions is None else shortened(vectors, dimensions)

    def embed_tokens(
        self,
        texts: Sequence[Input],
        *,
        normalize: bool = True,
        truncate: bool = False,
        on_done: OnDone | None = None,
    ) -> list[NDArray[np.float32]]:
        """For each text an array with one row for each of its tokens: what the pooling "none" gives."""
        if self.info.pooling != "none":
            raise InvalidRequest(f"tokens have vectors with the pooling none, not with {self.info.pooling}")
        request = self._request(texts, normalize, truncate)
        rows: dict[int, NDArray[np.float32]] = {}

        def take(computed: Computed) -> int:
            rows.update(zip(computed.indices, computed.rows, strict=True))
            return len(rows)

        if request.inputs:
            self._run(request, take, on_done)
        return [rows[index] for index in range(len(request.inputs))]

    def rerank(
        self,
        query: str,
        documents: Sequence[str],
        *,
        truncate: bool = False,
        on_done: OnDone | None = None,
    ) -> NDArray[np.float32]:
        """How well each document answers ``query``, from 0 to 1."""
        self.info.check_ranks()
        request = RerankRequest(
            request_id=str(next(self._ids)), query=query, documents=[*documents], truncate=truncate
        )
        return self._gather(request, len(request.documents), on_done).scores().relevance

    def _request(self, texts: Sequence[Input], normalize: bool, truncate: bool) -> EmbedRequest:
        return EmbedRequest(
            request_id=str(next(self._ids)),
            inputs=as_inputs(texts),
            normalize=normalize,
            truncate=truncate,
        )

    def _gather(self, request: EmbedRequest | RerankRequest, n: int, on_done: OnDone | None) -> Gathering:
        gathering = Gathering(n, self.info)

        def take(computed: Computed) -> int:
            gathering.put(computed.indices, computed.n_tokens, np.concatenate(computed.rows))
            return n - gathering.n_missing

        if n:
            self._run(request, take, on_done)
        return gathering

    def _run(
        self,
        request: EmbedRequest | RerankRequest,
        take: Callable[[Computed], int],
        on_done: OnDone | None,
    ) -> None:
        """Computes a request; ``take`` gets what each batch gives and says how many texts are done."""
        self._check_open()
        self._core.add(request)
        try:
            while not self._core.idle:
                for result in self._core.step():
                    if isinstance(result, Failed):
                        raise result.error
                    n_done = take(result)
                    if on_done is not None:
                        on_done(n_done)
        finally:
            self._core.abort(request.request_id)
