"""The two model classes of the plugin, and their options. The wire is ``conversion.py``'s."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, Any, Final

import llm
from llm.parts import StreamEvent
from pydantic import Field

from ..http import ServerUnreachable
from ..process import ServerStartError
from ..server import LlamarServer
from ..settings import ConfigurationError, Launch
from .conversion import AnswerReader, request_body

if TYPE_CHECKING:
    import openai

IDLE_SECONDS: Final = 300.0


class Options(llm.Options):
    """Everything that decides how the answer is sampled."""

    temperature: float | None = Field(None, ge=0, description="Randomness; 0 takes the likeliest token.")
    top_k: int | None = Field(None, ge=0, description="Sample from this many likeliest tokens; 0: all.")
    top_p: float | None = Field(None, ge=0, le=1, description="Sample from the tokens of this mass.")
    min_p: float | None = Field(
        None, ge=0, le=1, description="Drop tokens less likely than this part of the likeliest one."
    )
    typical_p: float | None = Field(None, ge=0, le=1, description="Locally typical sampling; 1: off.")
    repeat_penalty: float | None = Field(None, gt=0, description="Penalty for repeated tokens; 1: off.")
    frequency_penalty: float | None = Field(None, ge=-2, le=2, description="Penalty by count of a token.")
    presence_penalty: float | None = Field(None, ge=-2, le=2, description="Penalty for tokens seen before.")
    seed: int | None = Field(None, description="Seed of the random numbers.")
    max_tokens: int | None = Field(None, ge=1, description="Most tokens of the answer.")
    stop: str | None = Field(None, description="Text at which the answer ends.")
    enable_thinking: bool | None = Field(None, description="Let a model think that can do without.")
    reasoning_effort: str | None = Field(None, description="How much to think: low, medium or high.")


class _Common:
    """What both classes share: which server, and a request's way there."""

    can_stream = True
    supports_schema = True
    supports_tools = True

    def __init__(self, model_id: str, launch: Launch | None) -> None:
        self.model_id = model_id
        self._launch = launch
        self._server: LlamarServer | None = None

    def _connect(self) -> LlamarServer:
        """The server, started if need be. Raises llm.ModelError."""
        try:
            if self._server is None:
                launch = self._launch or Launch()
                self._server = LlamarServer.launching(launch, idle_timeout=idle_seconds())
            return self._server.start()
        except (ConfigurationError, ServerStartError, ServerUnreachable) as error:
            raise llm.ModelError(str(error)) from error


class LlamarModel(_Common, llm.Model):
    """A local model, answering while one waits."""

    Options = Options  # type: ignore[assignment]  # llm types it as its own class

    def execute(
        self,
        prompt: llm.Prompt,
        stream: bool,
        response: llm.Response,
        conversation: llm.Conversation | None,
    ) -> Iterator[str | StreamEvent]:
        server = self._connect()
        import openai

        from ..clients import sync_client

        body = request_body(prompt, stream)
        reader = AnswerReader()
        with sync_client(server.base_url, server.api_key) as client:
            try:
                answer = client.chat.completions.create(**body)
                if stream:
                    with answer:
                        for chunk in answer:
                            yield from reader.chunk(chunk)
                else:
                    yield from reader.whole(answer)
            except openai.OpenAIError as error:
                raise llm.ModelError(_sentence(error)) from error
        reader.finish(response)


class AsyncLlamarModel(_Common, llm.AsyncModel):
    """A local model for asyncio."""

    Options = Options  # type: ignore[assignment]  # llm types it as its own class

    async def execute(
        self,
        prompt: llm.Prompt,
        stream: bool,
        response: llm.AsyncResponse,
        conversation: llm.AsyncConversation | None,
    ) -> AsyncGenerator[str | StreamEvent, None]:
        import asyncio

        server = await asyncio.to_thread(self._connect)
        import openai

        from ..clients import async_client

        body = request_body(prompt, stream)
        reader = AnswerReader()
        async with async_client(server.base_url, server.api_key) as client:
            try:
                answer: Any = await client.chat.completions.create(**body)
                if stream:
                    async with answer:
                        async for chunk in answer:
                            for event in reader.chunk(chunk):
                                yield event
                else:
                    for event in reader.whole(answer):
                        yield event
            except openai.OpenAIError as error:
                raise llm.ModelError(_sentence(error)) from error
        reader.finish(response)


def idle_seconds() -> float:
    """How long the shared server stays after the last call: ``LLAMAR_IDLE_TIMEOUT``, in seconds; 0 does
    not share it, so that each call loads the model. Raises ConfigurationError."""
    given = os.environ.get("LLAMAR_IDLE_TIMEOUT")
    try:
        return IDLE_SECONDS if given is None else float(given)
    except ValueError:
        raise ConfigurationError(f"LLAMAR_IDLE_TIMEOUT must be a number of seconds, not {given!r}") from None


def _sentence(error: openai.OpenAIError) -> str:
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error)
