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
from litellm.types.utils import ModelResponse, ModelResponseStream
from openai.resources.chat import AsyncCompletions

from ..clients import Clients
from ..server import Endpoint, LlamarServer
from ..settings import Launch
from .answers import in_order, whole_answer
from .background import BackgroundLoop
from .call import Call
from .capabilities import tell_litellm
from .errors import litellm_errors

T = TypeVar("T")


class LlamarLLM(CustomLLM):
    """Chat completions of ``llamar/<name>``. Servers that it starts live as long as it does.

    A ``timeout`` is the time for a whole answer, or for each next part of a streamed one; a server that
    has to be started first has its own. Every failure is one of LiteLLM's exceptions.
    """

    def __init__(self) -> None:
        super().__init__()
        self._clients: dict[int, Clients] = {}  # by how often the SDK repeats what failed
        self._started: dict[Launch, LlamarServer] = {}
        self._introduced: set[str] = set()
        self._background = BackgroundLoop()

    # --- what LiteLLM calls ---

    def completion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        call = Call.of(*args, **kwargs)
        return self._background.run(self._answer(call, self._endpoint(call)))

    async def acompletion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        call = Call.of(*args, **kwargs)
        return await self._answer(call, await asyncio.to_thread(self._endpoint, call))

    def streaming(self, *args: Any, **kwargs: Any) -> Iterator[ModelResponseStream]:  # type: ignore[override]  # LiteLLM takes these too, and they hold more
        call = Call.of(*args, **kwargs)
        chunks = self._background.iterate(self._chunks(call, self._endpoint(call)))
        # What fails before the first chunk fails in here, where LiteLLM maps and retries it as any call.
        return _resumed(next(chunks), chunks)

    async def astreaming(self, *args: Any, **kwargs: Any) -> AsyncGenerator[ModelResponseStream]:  # type: ignore[override]  # as above
        call = Call.of(*args, **kwargs)
        endpoint = await asyncio.to_thread(self._endpoint, call)
        async with aclosing(self._chunks(call, endpoint)) as chunks:
            async for chunk in chunks:
                yield chunk

    # --- how it is done ---

    def _endpoint(self, call: Call) -> Endpoint:
        """Where ``call`` goes; starts the server if need be."""
        with litellm_errors(call.name):
            server = call.server()
            if isinstance(server.target, Launch):
                server = self._started.setdefault(server.target, server)
            return server.connect()

    async def _answer(self, call: Call, endpoint: Endpoint) -> ModelResponse:
        with litellm_errors(call.name):
            async with _deadline(call.seconds):
                completions = await self._completions(call, endpoint)
                answer = await completions.create(**call.arguments(endpoint, stream=False))
            return whole_answer(answer, call.name)

    async def _chunks(self, call: Call, endpoint: Endpoint) -> AsyncGenerator[ModelResponseStream]:
        with litellm_errors(call.name):
            async with _deadline(call.seconds):
                completions = await self._completions(call, endpoint)
                stream = await completions.create(**call.arguments(endpoint, stream=True))
            async with stream, aclosing(_timely(in_order(stream, call.name), call.seconds)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _completions(self, call: Call, endpoint: Endpoint) -> AsyncCompletions:
        clients = self._clients.setdefault(call.retries, Clients(max_retries=call.retries))
        client = clients.asynchronous(endpoint.base_url, endpoint.api_key)
        if call.name not in self._introduced:
            tell_litellm(call.name, await _window(client, call.name))
            self._introduced.add(call.name)
        return client.chat.completions


async def _window(client: openai.AsyncOpenAI, name: str) -> int | None:
    """The context length of the model; None where the server does not say."""
    try:
        served = (await client.models.list()).data
    except (openai.AuthenticationError, openai.PermissionDeniedError):
        raise
    except openai.APIStatusError:  # not a llamar server
        return None
    model = next((each for each in served if each.id == name), served[0] if served else None)
    return getattr(model, "context_length", None)


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
