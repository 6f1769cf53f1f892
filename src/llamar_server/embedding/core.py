"""The embedding engine proper: requests in, one ``step`` at a time, vectors out.

Each step makes tokens of some more texts, and computes one batch for the requests whose texts are all known:
what the model cannot take is refused before anything of its request is computed. It is single-threaded;
``worker.py`` drives it in a process of its own, ``embedder.py`` in the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..config import EmbeddingConfig
from ..errors import EngineError, InvalidRequest, LlamarError, QueueFull
from .backend import EmbeddingBackend, Rows
from .inputs import Inputs
from .packing import Share, Text, begin_with, pack
from .protocol import EmbedRequest, RerankRequest
from .vectors import normalized

_READ_AT_ONCE = 4096  # tokens of one request before others get a step


@dataclass(frozen=True, slots=True)
class Computed:
    """Some texts of a request: their numbers, how many tokens each had, and the rows of each."""

    request_id: str
    indices: list[int] = field(default_factory=list)
    n_tokens: list[int] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that ends without vectors."""

    request_id: str
    error: LlamarError


class EmbeddingCore:
    """The state machine over one backend. One request and ``queue_limit`` more may be there at once."""

    def __init__(self, backend: EmbeddingBackend, config: EmbeddingConfig) -> None:
        self.backend = backend
        self._n_places = 1 + config.queue_limit
        self._inputs = Inputs(backend)
        self._reading: dict[str, _Reading] = {}
        self._shares: dict[str, Share] = {}

    @property
    def idle(self) -> bool:
        return not self._reading and not self._shares

    def add(self, request: EmbedRequest | RerankRequest) -> None:
        """Queue a request. Raises ``InvalidRequest`` where the model is of another kind or no text is there,
        and ``QueueFull``."""
        if len(self._reading) + len(self._shares) >= self._n_places:
            raise QueueFull("too many requests are waiting; try again in a moment")
        request_id = request.request_id
        if request_id in self._reading or request_id in self._shares:
            raise InvalidRequest(f"a request with the id {request_id} is running already")
        info = self.backend.info
        if isinstance(request, RerankRequest):
            info.check_ranks()
        elif info.pooling == "rank":
            info.check_embeds()
        reading = _Reading(request)
        if not reading.n_left:
            raise InvalidRequest("there is no text in the request")
        self._reading[request_id] = reading

    def abort(self, request_id: str) -> None:
        """Forget a request. Unknown ids are ignored."""
        self._reading.pop(request_id, None)
        self._shares.pop(request_id, None)

    def step(self) -> list[Computed | Failed]:
        """Compute one batch, if any text is ready for it. Raises ``EngineError`` where the backend cannot."""
        results = self._read()
        batch = pack(self._shares.values(), self.backend.batch_tokens, self.backend.max_texts)
        if batch:
            results += self._compute(batch)
        return results

    def _read(self) -> list[Computed | Failed]:
        """Make tokens of some more texts of each request."""
        failed: list[Computed | Failed] = []
        for request_id, reading in [*self._reading.items()]:
            try:
                reading.go_on(self._inputs)
            except InvalidRequest as error:
                del self._reading[request_id]
                failed.append(Failed(request_id, error))
                continue
            if not reading.n_left:
                del self._reading[request_id]
                served = begin_with(self._shares.values())
                self._shares[request_id] = Share(reading.request, reading.texts, served)
        return failed

    def _compute(self, batch: list[tuple[Share, Text]]) -> list[Computed | Failed]:
        results: dict[str, Computed | Failed] = {}
        all_rows = self.backend.compute([text.tokens for _, text in batch])
        for (share, text), rows in zip(batch, all_rows, strict=True):
            request_id = share.request.request_id
            result = results.setdefault(request_id, Computed(request_id))
            if not np.isfinite(rows).all():
                error = EngineError(f"what the model computed for input {text.index} are no finite numbers")
                results[request_id] = Failed(request_id, error)
            elif isinstance(result, Computed):
                result.indices.append(text.index)
                result.n_tokens.append(len(text))
                result.rows.append(normalized(rows) if _normalizes(share.request) else rows)
        for request_id, result in results.items():
            if isinstance(result, Failed) or not len(self._shares[request_id]):
                del self._shares[request_id]
        return [*results.values()]


class _Reading:
    """A request whose texts are being made tokens."""

    def __init__(self, request: EmbedRequest | RerankRequest) -> None:
        self.request = request
        self.texts: list[Text] = []
        self.n_left = len(request.inputs if isinstance(request, EmbedRequest) else request.documents)

    def go_on(self, inputs: Inputs) -> None:
        n_read = 0
        while self.n_left and n_read < _READ_AT_ONCE:
            text = Text(len(self.texts), inputs.tokens(self.request, len(self.texts)))
            self.texts.append(text)
            self.n_left -= 1
            n_read += len(text)


def _normalizes(request: EmbedRequest | RerankRequest) -> bool:
    return isinstance(request, EmbedRequest) and request.normalize
