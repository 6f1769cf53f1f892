"""Runs the server: loads the models, answers on a socket, and stops in order.

The first request to stop closes the listener and lets running requests finish. When the grace time is
over, or at the second request to stop, those that still run end with an error. Whatever happens, the
engine processes have ended when ``run_server`` returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import uvicorn
from starlette.types import ASGIApp

from ..api.app import create_app
from ..api.served import Activity, ServedEmbedder, ServedModel
from ..chat.model import ChatModel
from ..config import EmbeddingConfig, EngineConfig, ServerConfig
from ..embedding.client import EmbeddingClient
from ..engine.backend import Progress
from ..engine.client import EngineClient
from ..engine.process import EngineProcess
from .progress import loading_progress
from .stopping import stop_requests

_Engine = EngineProcess[Any, Any]
Config = TypeVar("Config", EngineConfig, EmbeddingConfig)
Engine = TypeVar("Engine", bound=_Engine)

_FAREWELL: Final = 0.5
"""Seconds for the last errors to reach the clients."""


def run_server(
    engine: EngineConfig,
    embedders: Sequence[EmbeddingConfig],
    server: ServerConfig,
    listener: socket.socket,
    *,
    on_ready: Callable[[], None],
    exit_on_stdin_eof: bool = False,
) -> None:
    """Serves until asked to stop. ``on_ready`` is called when the first request can be answered.

    Raises ModelLoadError, also where one of several models cannot be loaded.
    """
    serving = _serve(engine, embedders, server, listener, on_ready, exit_on_stdin_eof)
    with contextlib.suppress(asyncio.CancelledError):  # a stop while the models load, or at once
        asyncio.run(serving)


async def _serve(
    engine_config: EngineConfig,
    embedding_configs: Sequence[EmbeddingConfig],
    config: ServerConfig,
    listener: socket.socket,
    on_ready: Callable[[], None],
    exit_on_stdin_eof: bool,
) -> None:
    task = asyncio.current_task()
    assert task is not None
    shutdown: _Shutdown | None = None

    def stop() -> None:
        if shutdown is None:
            task.cancel()
        else:
            shutdown()

    with stop_requests(stop, stdin_eof=exit_on_stdin_eof):
        async with contextlib.AsyncExitStack() as running:
            # One after the other: loading measures the machine, and a measurement wants to be alone.
            engine = await running.enter_async_context(_started(EngineClient, engine_config))
            embedders = []
            for each in embedding_configs:
                client = await running.enter_async_context(_started(EmbeddingClient, each))
                embedders.append(ServedEmbedder(_name(each), client))
                click.echo(_told(embedders[-1]), err=True)
            chat = ChatModel(engine, enable_thinking=config.enable_thinking)
            app = create_app(ServedModel(_name(engine_config), engine, chat), config, embedders)
            http = _HttpServer(app, on_ready)
            engines: list[_Engine] = [engine, *(each.engine for each in embedders)]
            shutdown = _Shutdown(http, engines, config.shutdown_grace, task)
            idle = asyncio.create_task(_stop_when_idle(app.state.server.activity, config, stop))
            await http.serve(sockets=[listener])
            idle.cancel()


@contextlib.asynccontextmanager
async def _started(kind: Callable[[Config, Progress], Engine], config: Config) -> AsyncGenerator[Engine]:
    """The engine process for ``config``, which has loaded its model; it ends with the context."""
    with loading_progress(_name(config)) as show:
        engine = kind(config, show)
        await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


def _name(config: EngineConfig | EmbeddingConfig) -> str:
    return config.model_id or Path(config.model_path).stem


def _told(model: ServedEmbedder) -> str:
    if model.kind == "rerank":
        return f"llamar: {model.model_id} reranks"
    return f"llamar: {model.model_id} embeds, {model.engine.info.dimensions} dimensions"


async def _stop_when_idle(activity: Activity, config: ServerConfig, stop: Callable[[], None]) -> None:
    if config.idle_timeout:
        while (left := config.idle_timeout - activity.idle_seconds) > 0:
            await asyncio.sleep(left)
        stop()


class _Shutdown:
    """The end of a server, in two steps: to call it asks for the next one. ``grace`` is in seconds."""

    def __init__(
        self, http: _HttpServer, engines: Sequence[_Engine], grace: float, serving: asyncio.Task[None]
    ) -> None:
        self._http = http
        self._engines = engines
        self._grace = grace
        self._serving = serving
        self._ending: asyncio.Task[None] | None = None

    def __call__(self) -> None:
        if self._http.should_exit:
            self._end()
        else:
            self._http.should_exit = True
            asyncio.get_running_loop().call_later(self._grace, self._end)

    def _end(self) -> None:
        if self._ending is None:
            self._ending = asyncio.create_task(self._end_requests())

    async def _end_requests(self) -> None:
        await asyncio.gather(*(each.close() for each in self._engines))
        await asyncio.sleep(_FAREWELL)
        self._serving.cancel()  # whoever does not read the error keeps nobody waiting


class _HttpServer(uvicorn.Server):
    """uvicorn, with its handling of signals left to ``stop_requests``."""

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            lifespan="off",
            ws="none",
            log_config=None,  # logging is set up by the command
            server_header=False,
            timeout_keep_alive=75,  # longer than clients keep idle connections: they must not lose that race
        )
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()
