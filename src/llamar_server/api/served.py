"""What the HTTP process serves: its models, and how the model name of a request finds one of them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from starlette.requests import Request

from ..chat.model import ChatModel
from ..config import ServerConfig
from ..embedding.client import EmbeddingClient
from ..engine.client import EngineClient
from ..errors import UnknownModel

ModelKind = Literal["chat", "embedding", "rerank"]

_WHAT: Final[Mapping[ModelKind, str]] = {
    "chat": "a model that writes text",
    "embedding": "an embedding model",
    "rerank": "a reranker",
}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that writes, under the name ``model_id``. ``created`` is a Unix time in seconds."""

    model_id: str
    engine: EngineClient
    chat: ChatModel
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def kind(self) -> ModelKind:
        return "chat"


@dataclass(frozen=True, slots=True)
class ServedEmbedder:
    """An embedding model or a reranker, under the name ``model_id``; ``created`` as in ServedModel."""

    model_id: str
    engine: EmbeddingClient
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def kind(self) -> ModelKind:
        return "rerank" if self.engine.info.pooling == "rank" else "embedding"


AnyModel = ServedModel | ServedEmbedder


@dataclass(frozen=True, slots=True)
class Models:
    """The served models by id; the first of each kind is the default. ``strict`` refuses names that are
    not served. One that is served but of another kind is always refused."""

    by_id: Mapping[str, ServedModel]
    strict: bool = False
    embedders: Mapping[str, ServedEmbedder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.by_id:
            raise ValueError("a server needs at least one model")
        if self.by_id.keys() & self.embedders.keys():
            raise ValueError("two models have the same id")

    def all(self) -> Sequence[AnyModel]:
        """Every model, those that write first."""
        return [*self.by_id.values(), *self.embedders.values()]

    def named(self, model_id: str) -> ServedModel:
        """The model that writes with exactly this id. Raises UnknownModel."""
        if model_id not in self.by_id:
            raise self._unknown(model_id, "chat")
        return self.by_id[model_id]

    def any_named(self, model_id: str) -> AnyModel:
        """The model of any kind with exactly this id. Raises UnknownModel."""
        known = self._known(model_id)
        if known is None:
            raise self._unknown(model_id)
        return known

    def chosen(self, requested: str | None) -> ServedModel:
        """The model that writes the answer to a request for ``requested``. Raises UnknownModel."""
        if requested and (self.strict or requested in self.by_id or requested in self.embedders):
            return self.named(requested)
        return next(iter(self.by_id.values()))

    def embedder(self, requested: str | None) -> ServedEmbedder:
        """The embedding model for a request that asks for ``requested``. Raises UnknownModel."""
        return self._embedding(requested, "embedding")

    def reranker(self, requested: str | None) -> ServedEmbedder:
        """The reranker for a request that asks for ``requested``. Raises UnknownModel."""
        return self._embedding(requested, "rerank")

    def any_chosen(self, requested: str | None) -> AnyModel:
        """As ``chosen``, but a model of any kind if it is asked for by its name."""
        return self.embedders.get(requested or "") or self.chosen(requested)

    def _embedding(self, requested: str | None, kind: ModelKind) -> ServedEmbedder:
        fitting = {name: each for name, each in self.embedders.items() if each.kind == kind}
        if not fitting:
            message = f"{_WHAT[kind]} is needed, and this server has none: start it with --embedding-model"
            raise UnknownModel(message, param="model")
        if requested and requested not in fitting and (self.strict or self._known(requested)):
            raise self._unknown(requested, kind)
        return fitting.get(requested or "") or next(iter(fitting.values()))

    def _known(self, model_id: str) -> AnyModel | None:
        return self.by_id.get(model_id) or self.embedders.get(model_id)

    def _unknown(self, model_id: str, wanted: ModelKind | None = None) -> UnknownModel:
        fitting = ", ".join(each.model_id for each in self.all() if wanted in (each.kind, None))
        known = self._known(model_id)
        if known is None:
            told = f"is not served here; served: {fitting}"
        else:
            told = f"is {_WHAT[known.kind]} and cannot do this; use {fitting}"
        return UnknownModel(f"the model {model_id!r} {told}", param="model")


class Activity:
    """How long nobody has asked for anything; requests that still run count as asking."""

    def __init__(self) -> None:
        self._running = 0
        self._last_end = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        return 0.0 if self._running else time.monotonic() - self._last_end

    def __enter__(self) -> None:
        self._running += 1

    def __exit__(self, *error: object) -> None:
        self._running -= 1
        self._last_end = time.monotonic()


@dataclass(frozen=True, slots=True)
class Server:
    """Everything that the routes share. ``instance`` tells this process from any other."""

    models: Models
    config: ServerConfig
    started: float = field(default_factory=time.monotonic)
    activity: Activity = field(default_factory=Activity)
    instance: str = field(default_factory=lambda: uuid.uuid4().hex)


def server_of(request: Request) -> Server:
    """The server that ``request`` reached."""
    server = request.app.state.server
    assert isinstance(server, Server)
    return server
