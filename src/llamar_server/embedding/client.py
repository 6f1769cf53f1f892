"""The asyncio side of an embedding process: texts to vectors, documents to scores.

It knows the pipe's messages; no HTTP. The process is ``engine/process.py``'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from ..config import EmbeddingConfig
from ..engine.backend import Progress
from ..engine.pipe import Abort, frame
from ..engine.process import EngineProcess
from ..errors import EngineError, InputTooLong, InvalidRequest, LlamarError, QueueFull
from .inputs import as_inputs
from .protocol import (
    Embed,
    EmbeddingInfo,
    EmbedRequest,
    Refused,
    Rerank,
    RerankRequest,
    Vectors,
    decode_from_embedding,
)
from .results import Embeddings, Gathering, Scores


@dataclass(frozen=True, slots=True)
class _Pending:
    """A request that the process has; ``done`` once nothing is missing."""

    gathering: Gathering
    done: asyncio.Future[None]


class EmbeddingClient(EngineProcess[EmbeddingConfig, EmbeddingInfo]):
    """One embedding process. ``start`` before use, ``close`` after; both in the same event loop."""

    def __init__(self, config: EmbeddingConfig, on_progress: Progress | None = None) -> None:
        super().__init__("llamar_server.embedding.worker", config, decode_from_embedding, on_progress)
        self._pending: dict[str, _Pending] = {}

    async def embed(
        self, inputs: Sequence[str | Sequence[int]], *, normalize: bool = True, truncate: bool = False
    ) -> Embeddings:
        """The vectors of texts, or of token ids taken as they are.

        ``normalize``: of length 1. ``truncate``: what is too long is cut at its end, else ``InputTooLong`` is
        raised. Further raises ``InvalidRequest``, ``QueueFull``, ``EngineError`` and, if the process ends,
        ``EngineDied``. Cancelling it gives the request up.
        """
        await self._wait_ready()
        self.info.check_embeds()
        request = EmbedRequest(
            request_id=str(next(self._ids)),
            inputs=as_inputs(inputs),
            normalize=normalize,
            truncate=truncate,
        )
        return (await self._gather(Embed(request), len(request.inputs))).embeddings()

    async def rerank(self, query: str, documents: Sequence[str], *, truncate: bool = False) -> Scores:
        """How well each document answers ``query``. ``truncate`` and errors: as in ``embed``."""
        await self._wait_ready()
        self.info.check_ranks()
        request = RerankRequest(
            request_id=str(next(self._ids)), query=query, documents=[*documents], truncate=truncate
        )
        return (await self._gather(Rerank(request), len(request.documents))).scores()

    async def _gather(self, message: Embed | Rerank, n: int) -> Gathering:
        gathering = Gathering(n, self.info)
        if not n:
            return gathering
        request_id, framed = message.request.request_id, frame(message)
        pending = _Pending(gathering, asyncio.get_running_loop().create_future())
        self._pending[request_id] = pending
        self._send(framed)
        try:
            await pending.done
        finally:
            if self._pending.pop(request_id, None) is not None and gathering.n_missing:
                self._send(frame(Abort(request_id)))
        return gathering

    def _take(self, message: msgspec.Struct) -> None:
        match message:
            case Vectors(request_id, indices, n_tokens, data):
                if pending := self._pending.get(request_id):
                    pending.gathering.put(indices, n_tokens, np.frombuffer(data, np.float32))
                    if not pending.gathering.n_missing and not pending.done.done():
                        pending.done.set_result(None)
            case Refused(request_id):
                if (pending := self._pending.pop(request_id, None)) and not pending.done.done():
                    pending.done.set_exception(_refusal(message))

    def _end_requests(self, error: EngineError) -> None:
        for pending in self._pending.values():
            if not pending.done.done():
                pending.done.set_exception(error)
        self._pending.clear()


def _refusal(refused: Refused) -> LlamarError:
    match refused.kind:
        case "too_long":
            return InputTooLong(refused.n_tokens, refused.n_ctx, index=refused.index, param=refused.param)
        case "invalid":
            return InvalidRequest(refused.message, param=refused.param)
        case "queue_full":
            return QueueFull(refused.message)
        case "failed":
            return EngineError(refused.message)
