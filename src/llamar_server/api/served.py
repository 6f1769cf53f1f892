"""What the HTTP process serves: its models, and how the model name of a request finds one of them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from ..chat.model import ChatModel
from ..config import ServerConfig
from ..engine.client import EngineClient
from ..errors import UnknownModel


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model under the name ``model_id``. ``created`` is a Unix time in seconds."""

    model_id: str
    engine: EngineClient
    chat: ChatModel
    created: int = field(default_factory=lambda: int(time.time()))


@dataclass(frozen=True, slots=True)
class Models:
    """The served models by id; the first is the default. ``strict`` refuses names that are not served."""

    by_id: Mapping[str, ServedModel]
    strict: bool = False

    def __post_init__(self) -> None:
        if not self.by_id:
            raise ValueError("a server needs at least one model")

    def named(self, model_id: str) -> ServedModel:
        """The model with exactly this id. Raises UnknownModel."""
        if model_id not in self.by_id:
            served = ", ".join(self.by_id)
            raise UnknownModel(f"the model {model_id!r} is not served here; served: {served}", param="model")
        return self.by_id[model_id]

    def chosen(self, requested: str | None) -> ServedModel:
        """The model for a request that asks for ``requested``. Raises UnknownModel where names are strict."""
        if requested and (self.strict or requested in self.by_id):
            return self.named(requested)
        return next(iter(self.by_id.values()))


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
