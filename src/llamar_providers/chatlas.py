"""chatlas: ``chat_llamar()`` returns a ``chatlas.Chat`` on a local model.

The counterpart of R's ``chat_llamar()`` over ellmer's ``chat_vllm()``. The provider adds to chatlas's
own OpenAI one what it cannot know of a local server: that it costs nothing, how to count tokens
exactly, llama.cpp's sampling parameters, and when the server starts and stops.

chatlas: https://posit-dev.github.io/chatlas/
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .clients import Clients, completion_arguments, saying_where
from .http import ServerUnreachable, post_json
from .server import LlamarServer

try:
    from chatlas import Chat, Turn
    from chatlas._provider_openai_completions import OpenAICompletionsProvider
except ImportError as error:
    raise ImportError("chatlas is not installed; pip install 'llamar[chatlas]'") from error

if TYPE_CHECKING:
    from chatlas._provider import ModelInfo
    from chatlas._tools import Tool, ToolBuiltIn
    from openai.types.chat import ChatCompletion
    from pydantic import BaseModel


def chat_llamar(
    model_path: str | os.PathLike[str] | None = None,
    *,
    base_url: str | None = None,
    port: int = 0,
    n_ctx: int | None = None,
    n_gpu_layers: int | None = None,
    model_id: str | None = None,
    system_prompt: str | None = None,
    timeout: float = 180.0,
    api_key: str | None = None,
    seed: int | None = None,
    preserve_thinking: bool = False,
    options: Sequence[str] = (),
) -> Chat[Any, Any]:
    """A chat with a local model.

    ``model_path`` starts a server on that GGUF file, which has ``timeout`` seconds to load and goes
    with the chat; ``base_url`` talks to one that runs, and asks it nothing yet. With neither it is what
    the environment or the configuration file names, else the bundled toy. ``port``, ``n_ctx``,
    ``n_gpu_layers`` and ``options`` (of ``llamar serve``) are for a started server; ``model_id`` names
    the model, ``api_key`` is the server's. ``seed`` is that of every request; ``preserve_thinking`` sends
    earlier reasoning back to the model.

        chat = chat_llamar("model.gguf", system_prompt="Be brief.")
        chat.chat("What is the capital of France?")

    ``chat.close()`` or ``chat_llamar_stop(chat)`` stops a started server, also for copies of the chat;
    whichever of them is used next starts it again. Raises ConfigurationError for both a model and an
    address, ServerStartError.
    """
    server = LlamarServer(
        model_path,
        base_url=base_url,
        api_key=api_key,
        port=port,
        n_ctx=n_ctx,
        n_gpu_layers=n_gpu_layers,
        model_id=model_id,
        options=tuple(options),
        timeout=timeout,
    )
    provider = LlamarProvider(server, seed=seed, preserve_thinking=preserve_thinking)
    return Chat(provider=provider, system_prompt=system_prompt)


def chat_llamar_stop(chat: Chat[Any, Any]) -> bool:
    """Stop the server that ``chat`` started. True if that ended it; False if it started none, the
    server is gone already, or another chat with the same settings still uses it."""
    provider = chat.provider
    if not isinstance(provider, LlamarProvider):
        raise TypeError("this chat was not made by chat_llamar()")
    return provider.server.stop()


class LlamarProvider(OpenAICompletionsProvider):
    """chatlas's provider for Chat Completions, on the server that ``server`` finds or starts."""

    def __init__(
        self, server: LlamarServer, *, seed: int | None = None, preserve_thinking: bool = False
    ) -> None:
        endpoint = server.connect()
        super().__init__(
            api_key=endpoint.api_key,
            model=endpoint.model_id or "",
            base_url=endpoint.base_url,
            name="llamar",
            seed=seed,
            preserve_thinking=preserve_thinking,
        )
        self.server = server
        self._model: str
        self._clients = Clients()

    @property
    def model(self) -> str:
        """The name to ask for. Where none was given, it is that of the first model of the server."""
        if not self._model:
            try:
                self._model = self.server.connect().model_name()
            except ServerUnreachable:
                return "llamar"  # the request itself says it better
        return self._model

    @model.setter
    def model(self, value: str) -> None:
        self._model = value

    # --- requests ---

    def chat_perform(self, **request: Any) -> Any:
        endpoint = self.server.connect()
        with saying_where(endpoint.url):
            client = self._clients.sync(endpoint.base_url, endpoint.api_key)
            return client.chat.completions.create(**self._chat_perform_args(**request))

    async def chat_perform_async(self, **request: Any) -> Any:
        endpoint = await asyncio.to_thread(self.server.connect)
        with saying_where(endpoint.url):
            # One for each event loop: chatlas would keep one whose connections die with their loop.
            client = self._clients.asynchronous(endpoint.base_url, endpoint.api_key)
            return await client.chat.completions.create(**self._chat_perform_args(**request))

    def _chat_perform_args(self, *args: Any, **kwargs: Any) -> Any:
        return completion_arguments(super()._chat_perform_args(*args, **kwargs))

    def translate_model_params(self, params: Any) -> Any:
        translated: dict[str, Any] = {**super().translate_model_params(params)}
        return translated | ({"top_k": params["top_k"]} if "top_k" in params else {})

    def supported_model_params(self) -> Any:
        return super().supported_model_params() | {"top_k"}

    # --- what a local server knows ---

    def list_models(self) -> list[ModelInfo]:
        return [{"id": model["id"], "provider": self.name} for model in self.server.models()]

    def value_cost(
        self, completion: ChatCompletion, tokens: tuple[int, int, int] | None = None
    ) -> float | None:
        return 0.0

    def token_count(
        self,
        turns: list[Turn],
        *,
        tools: dict[str, Tool | ToolBuiltIn],
        data_model: type[BaseModel] | None,
    ) -> int:
        """Exactly what the server would count, template and tools included. Raises ServerUnreachable."""
        endpoint = self.server.connect()
        body = self._chat_perform_args(False, turns, tools, data_model, None)
        url = f"{endpoint.base_url}/chat/completions/input_tokens"
        return int(post_json(url, body, endpoint.api_key)["input_tokens"])

    async def token_count_async(
        self,
        turns: list[Turn],
        *,
        tools: dict[str, Tool | ToolBuiltIn],
        data_model: type[BaseModel] | None,
    ) -> int:
        return await asyncio.to_thread(self.token_count, turns, tools=tools, data_model=data_model)

    def has_batch_support(self) -> bool:
        return False

    # --- the end ---

    def close(self) -> None:
        self._clients.close()
        self.server.stop()

    async def close_async(self) -> None:
        await self._clients.aclose()
        await asyncio.to_thread(self.server.stop)
