"""The handler that LiteLLM calls, and what its answers and errors become.

Imports LiteLLM, so that nothing but ``register`` and the proxy may import this.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import litellm
import openai
from litellm.exceptions import ContextWindowExceededError
from litellm.llms.custom_llm import CustomLLM, CustomLLMError
from litellm.types.utils import ModelResponse, ModelResponseStream

from ..clients import Clients
from ..http import ServerUnreachable, get_json
from ..process import ServerStartError
from ..server import LlamarServer
from ..settings import ConfigurationError
from .request import request_body, server_for

_Key = tuple[str, str | None, str | None, str]


class LlamarLLM(CustomLLM):
    """Chat completions of ``llamar/<model>``. Servers that it starts live as long as it does."""

    def __init__(self) -> None:
        super().__init__()
        self._clients = Clients(max_retries=0)  # retrying is LiteLLM's
        self._servers: dict[_Key, LlamarServer] = {}
        self._lock = threading.Lock()

    def completion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        call = _Call(*args, **kwargs)
        with _as_litellm_errors(call.model):
            server = self._server(call)
            client = self._clients.sync(server.base_url, server.api_key)
            answer = client.chat.completions.create(**call.body(stream=False), **call.timeouts)
            return call.response(answer)

    async def acompletion(self, *args: Any, **kwargs: Any) -> ModelResponse:
        call = _Call(*args, **kwargs)
        with _as_litellm_errors(call.model):
            server = await asyncio.to_thread(self._server, call)
            client = self._clients.asynchronous(server.base_url, server.api_key)
            answer = await client.chat.completions.create(**call.body(stream=False), **call.timeouts)
            return call.response(answer)

    def streaming(self, *args: Any, **kwargs: Any) -> Iterator[ModelResponseStream]:  # type: ignore[override]  # LiteLLM takes these too, and they keep more
        call = _Call(*args, **kwargs)
        with _as_litellm_errors(call.model):
            server = self._server(call)
            client = self._clients.sync(server.base_url, server.api_key)
            order = _UsageFirst()
            with client.chat.completions.create(**call.body(stream=True), **call.timeouts) as chunks:
                for chunk in chunks:
                    yield from order.take(chunk)
                yield from order.rest()

    async def astreaming(self, *args: Any, **kwargs: Any) -> AsyncIterator[ModelResponseStream]:  # type: ignore[override]  # as above
        call = _Call(*args, **kwargs)
        with _as_litellm_errors(call.model):
            server = await asyncio.to_thread(self._server, call)
            client = self._clients.asynchronous(server.base_url, server.api_key)
            order = _UsageFirst()
            async with await client.chat.completions.create(
                **call.body(stream=True), **call.timeouts
            ) as chunks:
                async for chunk in chunks:
                    for ready in order.take(chunk):
                        yield ready
                for ready in order.rest():
                    yield ready

    def _server(self, call: _Call) -> LlamarServer:
        key = call.model, call.api_base, call.api_key, repr(call.options.get("llamar"))
        with self._lock:
            server = self._servers.get(key)
            if server is None:
                server = server_for(call.model, call.api_base, call.api_key, call.options)
                self._servers[key] = server
        server.start()
        _register_model(call.model, server)
        return server


class _Call:
    """What matters of a call's many arguments."""

    def __init__(
        self,
        model: str,
        messages: list[Any],
        api_base: str | None = None,
        *_: Any,
        api_key: str | None = None,
        optional_params: dict[str, Any] | None = None,
        timeout: Any = None,
        headers: dict[str, str] | None = None,
        **__: Any,
    ) -> None:
        self.model = model
        self.api_base = api_base or None
        self.api_key = api_key
        self.options = optional_params or {}
        self._messages = messages
        self._headers = headers or {}
        self._timeout = timeout

    @property
    def timeouts(self) -> dict[str, Any]:
        given: dict[str, Any] = {} if self._timeout is None else {"timeout": self._timeout}
        return given | ({"extra_headers": self._headers} if self._headers else {})

    def body(self, *, stream: bool) -> dict[str, Any]:
        return request_body(self.model, self._messages, self.options, stream=stream)

    def response(self, answer: Any) -> ModelResponse:
        return ModelResponse(**answer.model_dump() | {"model": f"llamar/{self.model}"})


class _UsageFirst:
    """Puts the usage before the finish reason: LiteLLM stops listening at the latter."""

    def __init__(self) -> None:
        self._finish: list[ModelResponseStream] = []

    def take(self, chunk: Any) -> Iterator[ModelResponseStream]:
        converted = ModelResponseStream(**chunk.model_dump())
        if any(choice.finish_reason for choice in chunk.choices):
            self._finish.append(converted)
        else:
            yield converted

    def rest(self) -> Iterator[ModelResponseStream]:
        yield from self._finish


class _Failure(CustomLLMError):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)  # type: ignore[no-untyped-call]  # LiteLLM's is not typed


@contextmanager
def _as_litellm_errors(model: str) -> Iterator[None]:
    """LiteLLM maps the SDK's own errors by their status; these are the ones that it would not know."""
    try:
        yield
    except openai.BadRequestError as error:
        if error.code == "context_length_exceeded":
            raise ContextWindowExceededError(
                message=str(error.message), model=model, llm_provider="llamar", response=None
            ) from error
        raise
    except ConfigurationError as error:
        raise _Failure(400, str(error)) from error
    except (ServerStartError, ServerUnreachable) as error:
        raise _Failure(503, str(error)) from error


def _register_model(model: str, server: LlamarServer) -> None:
    """Tell LiteLLM once what the model can do, and that it costs nothing."""
    name = f"llamar/{model}"
    if name in litellm.model_cost:
        return
    try:
        served = get_json(f"{server.base_url}/models", server.api_key)["data"][0]
    except ServerUnreachable:
        return  # the request itself will say it better
    litellm.register_model(
        {
            name: {
                "litellm_provider": "llamar",
                "mode": "chat",
                "input_cost_per_token": 0.0,
                "output_cost_per_token": 0.0,
                "cache_creation_input_token_cost": 0.0,
                "cache_read_input_token_cost": 0.0,
                "max_input_tokens": served.get("context_length"),
                "supports_function_calling": True,
                "supports_tool_choice": True,
                "supports_parallel_function_calling": True,
                "supports_response_schema": True,
                "supports_system_messages": True,
                "supports_reasoning": True,
                "supports_vision": False,
            }
        }
    )
