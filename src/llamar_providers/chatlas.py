"""chatlas: ``chat_llamar()`` returns a ``chatlas.Chat`` on a local model.

The counterpart of R's ``chat_llamar()`` over ellmer's ``chat_vllm()``. The provider adds to chatlas's
own OpenAI one what it cannot know of a local server: that it costs nothing, how to count tokens
exactly, llama.cpp's sampling parameters, and when to stop the server.

chatlas: https://posit-dev.github.io/chatlas/
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .clients import async_client, sync_client
from .http import get_json, post_json
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
    with the chat; ``base_url`` talks to one that runs. With neither it is what the environment or the
    configuration file names, else the bundled toy. ``port``, ``n_ctx``, ``n_gpu_layers`` and
    ``options`` (of ``llamar serve``) are for a started server; ``model_id`` names the model.
    ``preserve_thinking`` sends earlier reasoning back to the model.

        chat = chat_llamar("model.gguf", system_prompt="Be brief.")
        chat.chat("What is the capital of France?")

    ``chat.close()`` or ``chat_llamar_stop(chat)`` stops a started server; a copy of the chat shares
    it. Raises ConfigurationError for both, ServerStartError and ServerUnreachable.
    """
    server = LlamarServer(
        model_path,
        base_url=base_url,
        api_key=api_key,
        port=port,
        n_ctx=n_ctx,
        n_gpu_layers=n_gpu_layers,
        model_id=model_id if base_url is None else None,
        options=tuple(options),
        timeout=timeout,
    )
    model = model_id or server.models()[0]["id"]
    provider = LlamarProvider(server, model, seed=seed, preserve_thinking=preserve_thinking)
    return Chat(provider=provider, system_prompt=system_prompt)


def chat_llamar_stop(chat: Chat[Any, Any]) -> bool:
    """Stop the server that ``chat`` started. True if that ended it; False if it started none, the
    server is gone already, or another chat with the same settings still uses it."""
    provider = chat.provider
    if not isinstance(provider, LlamarProvider):
        raise TypeError("this chat was not made by chat_llamar()")
    return provider.server.stop()


class LlamarProvider(OpenAICompletionsProvider):
    """chatlas's provider for Chat Completions, on a llamar server."""

    def __init__(
        self, server: LlamarServer, model: str, *, seed: int | None = None, preserve_thinking: bool = False
    ) -> None:
        super().__init__(
            api_key=server.api_key,
            model=model,
            base_url=server.base_url,
            name="llamar",
            seed=seed,
            preserve_thinking=preserve_thinking,
        )
        self.server = server
        self._client = sync_client(server.base_url, server.api_key)
        self._async_client = async_client(server.base_url, server.api_key)

    def close(self) -> None:
        super().close()
        self.server.stop()

    def list_models(self) -> list[ModelInfo]:
        models = get_json(f"{self.server.base_url}/models", self.server.api_key)["data"]
        return [{"id": model["id"], "provider": self.name} for model in models]

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
        """Exactly what the server would count, template and tools included."""
        body = self._chat_perform_args(False, turns, tools, data_model, None)
        url = f"{self.server.base_url}/chat/completions/input_tokens"
        return int(post_json(url, dict(body), self.server.api_key)["input_tokens"])

    async def token_count_async(
        self,
        turns: list[Turn],
        *,
        tools: dict[str, Tool | ToolBuiltIn],
        data_model: type[BaseModel] | None,
    ) -> int:
        return await asyncio.to_thread(self.token_count, turns, tools=tools, data_model=data_model)

    def translate_model_params(self, params: Any) -> Any:
        translated: dict[str, Any] = {**super().translate_model_params(params)}
        if "top_k" in params:
            translated["extra_body"] = {"top_k": params["top_k"]}
        return translated

    def supported_model_params(self) -> Any:
        return super().supported_model_params() | {"top_k"}
