"""Runs the server: loads the model, answers on a socket, and stops in order.

The first request to stop closes the listener and lets running requests finish. When the grace time is
over, or at the second request to stop, those that still run end with an error. Whatever happens, the
engine process has ended when ``run_server`` returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from ..api.app import create_app
from ..api.served import Activity, ServedModel
from ..chat.model import ChatModel
from ..config import EngineConfig, ServerConfig
from ..engine.client import EngineClient
from .progress import loading_progress
from .stopping import stop_requests

_FAREWELL: Final = 0.5
"""Seconds for the last errors to reach the clients."""


def run_server(
    engine: EngineConfig,
    server: ServerConfig,
    listener: socket.socket,
    *,
    on_ready: Callable[[], None],
    exit_on_stdin_eof: bool = False,
) -> None:
    """Serves until asked to stop. ``on_ready`` is called when the first request can be answered.

    Raises ModelLoadError.
    """
    with contextlib.suppress(asyncio.CancelledError):  # a stop while the model loads, or at once
        asyncio.run(_run(engine, server, listener, on_ready, exit_on_stdin_eof))


async def _run(
    engine_config: EngineConfig,
    server_config: ServerConfig,
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
        with loading_progress(engine_config.model_id or "the model") as show:
            engine = EngineClient(engine_config, on_progress=show)
            await engine.start()
        try:
            chat = ChatModel(engine, enable_thinking=server_config.enable_thinking)
            served = ServedModel(engine_config.model_id or engine.info.name, engine, chat)
            app = create_app(served, server_config)
            http = _HttpServer(app, on_ready)
            shutdown = _Shutdown(http, engine, server_config.shutdown_grace, task)
            idle = asyncio.create_task(_stop_when_idle(app.state.server.activity, server_config, stop))
            await http.serve(sockets=[listener])
            idle.cancel()
        finally:
            await engine.close()


async def _stop_when_idle(activity: Activity, config: ServerConfig, stop: Callable[[], None]) -> None:
    if config.idle_timeout:
        while (left := config.idle_timeout - activity.idle_seconds) > 0:
            await asyncio.sleep(left)
        stop()


class _Shutdown:
    """The end of a server, in two steps: to call it asks for the next one. ``grace`` is in seconds."""

    def __init__(
        self, http: _HttpServer, engine: EngineClient, grace: float, serving: asyncio.Task[None]
    ) -> None:
        self._http = http
        self._engine = engine
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
        await self._engine.close()
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
