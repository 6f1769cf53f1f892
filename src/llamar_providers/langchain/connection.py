"""The server that a chat model talks to, and its clients: one for threads, one for each event loop."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import openai

from ..clients import async_client, sync_client
from ..server import LlamarServer
from ..settings import Launch, Remote

Address = tuple[str, str, int]
"""Base URL, key, and the process that connects: a forked one needs connections of its own."""


class Connection:
    """To the server that ``arguments`` mean: a ``model``, and those of ``LlamarServer``. Does no I/O yet.

    A model file is one to start a server with. Another name is that of a model of the server that runs,
    and only where none is named it is one to start with, too. The server starts when a client is first
    asked for, and again if it has died. A copy is another connection to the same server.

    Raises ConfigurationError.
    """

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        self.server = _server(**arguments)
        self._client: tuple[Address, openai.OpenAI] | None = None
        self._of_loops: dict[asyncio.AbstractEventLoop, _LoopClient] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Connection], tuple[dict[str, Any]]]:
        return Connection, (self.arguments,)

    @property
    def model(self) -> str | None:
        """The name to ask for; None: whatever is served."""
        named: str | None = self.arguments["model"] if isinstance(self.server.target, Remote) else None
        return named or self.server.target.model_id

    def client(self) -> openai.OpenAI:
        """For any thread. Raises ServerStartError."""
        address = self._address()
        with self._lock:
            if self._client is None or self._client[0] != address:
                client = sync_client(address[0], address[1])
                weakref.finalize(self, client.close)
                self._client = (address, client)
            return self._client[1]

    async def async_client(self) -> openai.AsyncOpenAI:
        """For the running event loop: connections belong to one. Raises ServerStartError."""
        if isinstance(self.server.target, Launch) and self.server.pid is None:
            await asyncio.to_thread(self.server.start)  # takes a while, and the loop has other work
        address = self._address()
        loop = asyncio.get_running_loop()
        held = self._of_loops.get(loop)
        if held is None or held.address != address:
            for ended in [each for each in self._of_loops if each.is_closed()]:
                del self._of_loops[ended]
            client = async_client(address[0], address[1])
            held = _LoopClient(address, client, _open_while_wanted(client))
            await anext(held.life)
            self._of_loops[loop] = held
        return held.client

    def close(self) -> bool:
        """Close the clients and give up the server. True if that ended one that was started."""
        with self._lock:
            if self._client is not None:
                self._client[1].close()
            self._client = None
        self._of_loops.clear()
        return self.server.stop()

    def _address(self) -> Address:
        return self.server.base_url, self.server.api_key, os.getpid()


@dataclass(frozen=True, slots=True)
class _LoopClient:
    address: Address
    client: openai.AsyncOpenAI
    life: AsyncGenerator[None]


async def _open_while_wanted(client: openai.AsyncOpenAI) -> AsyncGenerator[None]:
    """Closes ``client`` in its own event loop: when the loop ends, which ends its asynchronous
    generators first, or when nobody holds this one any more."""
    async with client:
        yield


def _server(model: str | None, **arguments: Any) -> LlamarServer:
    if model is not None and _is_file(model):
        return LlamarServer(model, **arguments)
    server = LlamarServer(**arguments)
    if model is not None and isinstance(server.target, Launch):
        return LlamarServer(model, **arguments)
    return server


def _is_file(model: str) -> bool:
    return model.startswith(("hf:", "http:", "https:")) or model.lower().endswith(".gguf")
