"""Ways to reach an application: in this process, over a real port, or as a client that leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from llamar_server.api.app import create_app
from llamar_server.api.served import ServedEmbedder, ServedModel
from llamar_server.config import ServerConfig
from tests.fakes.chat import FakeChat, FakeEngine

MODEL = "fake-model"
CREATED = 1_700_000_000
DEADLINE = 20.0  # seconds after which a test gives up; nothing is measured with it


def app_of(
    chat: FakeChat | None = None,
    engine: FakeEngine | None = None,
    embedders: Sequence[ServedEmbedder] = (),
    **settings: Any,
) -> Starlette:
    served = ServedModel(MODEL, engine or FakeEngine(), chat or FakeChat(), CREATED)
    return create_app(served, ServerConfig(**settings), embedders)


def client_of(app: Starlette) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@contextlib.contextmanager
def on_a_port(app: Starlette) -> Iterator[str]:
    """The application on a real port, in a thread; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(DEADLINE)
            assert not thread.is_alive()


class Visitor:
    """A client at the level of ASGI, which can leave at any moment."""

    def __init__(self, app: Starlette, path: str, body: dict[str, Any]) -> None:
        self.received = bytearray()
        self.status: int | None = None
        self.complete = False
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._incoming.put_nowait({"type": "http.request", "body": json.dumps(body).encode()})
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        self.task = asyncio.create_task(app(scope, self._incoming.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.received += message["body"]
            self.complete = not message.get("more_body", False)

    async def leave(self) -> None:
        """Goes away, and waits until the application has noticed."""
        self._incoming.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(self.task, DEADLINE)


async def until(condition: Any) -> None:
    """Waits until ``condition()`` holds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.001)


def events_of(body: str) -> list[Any]:
    """The data of each event of a stream, ``[DONE]`` as it is."""
    data = [line.removeprefix("data: ") for line in body.splitlines() if line.startswith("data: ")]
    return [each if each == "[DONE]" else json.loads(each) for each in data]
