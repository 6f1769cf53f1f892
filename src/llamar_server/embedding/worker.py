"""The embedding process: ``python -m llamar_server.embedding.worker``, settings as JSON in its argument."""

from __future__ import annotations

import numpy as np

from ..config import EmbeddingConfig
from ..engine.backend import Progress, Vocabulary
from ..engine.child import run_process
from ..engine.pipe import Abort
from ..errors import InputTooLong, InvalidRequest, LlamarError, QueueFull
from .backend import load_backend
from .core import Computed, EmbeddingCore, Failed
from .protocol import (
    Embed,
    EmbedRequest,
    FromEmbedding,
    Refused,
    Rerank,
    RerankRequest,
    ToEmbedding,
    Vectors,
    decode_to_embedding,
)


class Embedding:
    """An embedding core, told what to do by messages. See ``engine.child.Work``."""

    def __init__(self, config: EmbeddingConfig, on_progress: Progress) -> None:
        backend = load_backend(config, on_progress)
        self.vocabulary: Vocabulary = backend
        self._core = EmbeddingCore(backend, config)

    @property
    def idle(self) -> bool:
        return self._core.idle

    def take(self, message: ToEmbedding) -> FromEmbedding | None:
        match message:
            case Embed(request) | Rerank(request):
                return self._add(request)
            case Abort(request_id):
                self._core.abort(request_id)
        return None

    def step(self) -> list[FromEmbedding]:
        return [_message(result) for result in self._core.step()]

    def _add(self, request: EmbedRequest | RerankRequest) -> Refused | None:
        try:
            self._core.add(request)
        except LlamarError as error:
            return _refused(request.request_id, error)
        return None


def _message(result: Computed | Failed) -> FromEmbedding:
    if isinstance(result, Failed):
        return _refused(result.request_id, result.error)
    data = np.concatenate(result.rows).tobytes()
    return Vectors(result.request_id, result.indices, result.n_tokens, data)


def _refused(request_id: str, error: LlamarError) -> Refused:
    match error:
        case InputTooLong():
            numbers = {"index": error.index, "n_tokens": error.n_tokens, "n_ctx": error.n_ctx}
            return Refused(request_id, "too_long", str(error), error.param, **numbers)
        case InvalidRequest():
            return Refused(request_id, "invalid", str(error), error.param)
        case QueueFull():
            return Refused(request_id, "queue_full", str(error))
        case _:
            return Refused(request_id, "failed", str(error))


if __name__ == "__main__":
    run_process(EmbeddingConfig, Embedding, decode_to_embedding)
