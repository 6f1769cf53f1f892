"""Runs the server: loads the model, answers on a socket, and stops in order.

The first request to stop closes the listener and lets running requests finish for the grace time;
the second ends at once. Whatever happens, the engine process has ended when ``run_server`` returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from ..api.app import create_app
from ..api.served import Activity, ServedModel
from ..chat.model import ChatModel
from ..config import EngineConfig, ServerConfig
from ..engine.client import EngineClient
from .progress import loading_progress
from .stopping import stop_requests


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
    with contextlib.suppress(asyncio.CancelledError):  # how a stop ends everything at once
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
    http: _HttpServer | None = None

    def stop() -> None:
        if http is None or http.should_exit:
            task.cancel()
        else:
            http.should_exit = True

    with stop_requests(stop, stdin_eof=exit_on_stdin_eof):
        with loading_progress(engine_config.model_id or "the model") as show:
            engine = EngineClient(engine_config, on_progress=show)
            await engine.start()
        try:
            chat = ChatModel(engine, enable_thinking=server_config.enable_thinking)
            served = ServedModel(engine_config.model_id or engine.info.name, engine, chat)
            app = create_app(served, server_config)
            http = _HttpServer(_http_config(app, server_config), on_ready)
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


def _http_config(app: Starlette, config: ServerConfig) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        ws="none",
        log_config=None,  # logging is set up by the command
        server_header=False,
        timeout_graceful_shutdown=math.ceil(config.shutdown_grace),
    )


class _HttpServer(uvicorn.Server):
    """uvicorn, with its handling of signals left to ``stop_requests``."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()
