"""The server that a chat model talks to, and the clients for it."""

from __future__ import annotations

import asyncio
from typing import Any

import openai

from ..clients import Clients
from ..server import LlamarServer
from ..settings import Launch, Remote, is_model_file


class Connection:
    """To the server that ``arguments`` mean: a ``model``, and those of ``LlamarServer``. Does no I/O yet.

    A model file is one to start a server with. Another name is that of a model of the server that runs,
    and only where none is named it is one to start with, too. A copy is another connection to the same
    server. Raises ConfigurationError.
    """

    def __init__(self, arguments: dict[str, Any]) -> None:
        self.arguments = arguments
        self.server = _server(**arguments)
        self._clients = Clients()

    def __reduce__(self) -> Any:
        return Connection, (self.arguments,)

    @property
    def model(self) -> str | None:
        """The name to ask for; None: whatever is served."""
        named: str | None = self.arguments["model"] if isinstance(self.server.target, Remote) else None
        return named or self.server.target.model_id

    def client(self) -> openai.OpenAI:
        """For any thread. Starts the server if need be; raises ServerStartError."""
        endpoint = self.server.connect()
        return self._clients.sync(endpoint.base_url, endpoint.api_key)

    async def async_client(self) -> openai.AsyncOpenAI:
        """For the running event loop. Starts the server if need be; raises ServerStartError."""
        if isinstance(self.server.target, Launch) and self.server.pid is None:
            await asyncio.to_thread(self.server.start)  # takes a while, and the loop has other work
        endpoint = self.server.connect()
        return self._clients.asynchronous(endpoint.base_url, endpoint.api_key)

    def close(self) -> bool:
        """Close the clients and give up the server. True if that ended one that was started."""
        self._clients.close()
        return self.server.stop()


def _server(model: str | None, **arguments: Any) -> LlamarServer:
    if model is not None and is_model_file(model):
        return LlamarServer(model, **arguments)
    server = LlamarServer(**arguments)
    if model is not None and isinstance(server.target, Launch):
        return LlamarServer(model, **arguments)
    return server
