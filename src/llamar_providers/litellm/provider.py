"""The provider that LiteLLM calls: servers, connections and deadlines.

Imports LiteLLM, so that nothing but ``register`` and the proxy may import this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

import openai
from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import EmbeddingResponse, ModelResponse, ModelResponseStream

from ..clients import Clients
from ..server import Endpoint, LlamarServer
from ..settings import Launch
from .answers import in_order, vectors, whole_answer
from .background import BackgroundLoop
from .call import Call, ChatCall
from .capabilities import Mode, tell_litellm
from .embedding import EmbeddingCall
from .errors import litellm_errors

T = TypeVar("T")


class LlamarLLM(CustomLLM):
    """Chat completions and embeddings of ``llamar/<name>``. Servers that it starts live as long as it does.

    A ``timeout`` is the time for a whole answer, or for each next part of a streamed one; a server that
    has to be started first has its own. Every failure is one of LiteLLM's exceptions.
    """

    def __init__(self) -> None:
        super().__init__()
        self._clients: dict[int, Clients] = {}  # by how often the SDK repeats what failed
        self._started: dict[Launch, LlamarServer] = {}
        self._introduced: set[tuple[str, Mode]] = set()
        self._background = BackgroundLoop()

    # --- what LiteLLM calls ---

    def completion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        call = ChatCall.of(*args, **kwargs)
        return self._background.run(self._answer(call, self._endpoint(call)))

    async def acompletion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        call = ChatCall.of(*args, **kwargs)
        return await self._answer(call, await asyncio.to_thread(self._endpoint, call))

    def streaming(self, *args: Any, **kwargs: Any) -> Iterator[ModelResponseStream]:  # type: ignore[override]  # LiteLLM takes these too, and they hold more
        call = ChatCall.of(*args, **kwargs)
        chunks = self._background.iterate(self._chunks(call, self._endpoint(call)))
        # What fails before the first chunk fails in here, where LiteLLM maps and retries it as any call.
        return _resumed(next(chunks), chunks)

    async def astreaming(self, *args: Any, **kwargs: Any) -> AsyncGenerator[ModelResponseStream]:  # type: ignore[override]  # as above
        call = ChatCall.of(*args, **kwargs)
        endpoint = await asyncio.to_thread(self._endpoint, call)
        async with aclosing(self._chunks(call, endpoint)) as chunks:
            async for chunk in chunks:
                yield chunk

    def embedding(self, *args: Any, **kwargs: Any) -> EmbeddingResponse:
        call = EmbeddingCall.of(*args, **kwargs)
        return self._background.run(self._vectors(call, self._endpoint(call)))

    async def aembedding(self, *args: Any, **kwargs: Any) -> EmbeddingResponse:
        call = EmbeddingCall.of(*args, **kwargs)
        return await self._vectors(call, await asyncio.to_thread(self._endpoint, call))

    # --- how it is done ---

    def _endpoint(self, call: Call) -> Endpoint:
        """Where ``call`` goes; starts the server if need be."""
        with litellm_errors(call.name):
            server = call.server()
            if isinstance(server.target, Launch):
                server = self._started.setdefault(server.target, server)
            return call.at(server)

    async def _vectors(self, call: EmbeddingCall, endpoint: Endpoint) -> EmbeddingResponse:
        with litellm_errors(call.name):
            async with _deadline(call.seconds):
                client = await self._client(call, endpoint)
                answer = await client.embeddings.create(**call.arguments(endpoint))
            return vectors(answer, call.name)

    async def _answer(self, call: ChatCall, endpoint: Endpoint) -> ModelResponse:
        with litellm_errors(call.name):
            async with _deadline(call.seconds):
                client = await self._client(call, endpoint)
                answer = await client.chat.completions.create(**call.arguments(endpoint, stream=False))
            return whole_answer(answer, call.name)

    async def _chunks(self, call: ChatCall, endpoint: Endpoint) -> AsyncGenerator[ModelResponseStream]:
        with litellm_errors(call.name):
            async with _deadline(call.seconds):
                client = await self._client(call, endpoint)
                stream = await client.chat.completions.create(**call.arguments(endpoint, stream=True))
            async with stream, aclosing(_timely(in_order(stream, call.name), call.seconds)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _client(self, call: Call, endpoint: Endpoint) -> openai.AsyncOpenAI:
        """For the server, of whose model LiteLLM is told when it is first asked for."""
        clients = self._clients.setdefault(call.retries, Clients(max_retries=call.retries))
        client = clients.asynchronous(endpoint.base_url, endpoint.api_key)
        if (call.name, call.mode) not in self._introduced:
            tell_litellm(call.name, call.mode, await _served(client))
            self._introduced.add((call.name, call.mode))
        return client


async def _served(client: openai.AsyncOpenAI) -> list[dict[str, Any]]:
    """What the server says of its models; nothing where it is not a llamar server."""
    try:
        return [model.to_dict() async for model in client.models.list()]
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        raise
    except openai.APIStatusError:
        return []


@asynccontextmanager
async def _deadline(seconds: float | None) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise TimeoutError(f"no answer came within {seconds} seconds") from None


async def _timely(items: AsyncGenerator[T], seconds: float | None) -> AsyncGenerator[T]:
    """The items, each of which may take that long."""
    async with aclosing(items):
        while True:
            try:
                async with _deadline(seconds):
                    item = await anext(items)
            except StopAsyncIteration:
                return
            yield item


def _resumed(first: T, rest: Generator[T]) -> Generator[T]:
    try:
        yield first
        yield from rest
    finally:
        rest.close()
