"""The two model classes of the plugin. Options are ``options.py``'s, the wire is ``conversion.py``'s.

What a request needs is imported when there is one: many commands of ``llm`` only list the models.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, Any

import llm
from llm.parts import StreamEvent

from ..settings import Launch, idle_seconds, load_seconds
from .conversion import AnswerReader, request_body
from .errors import model_errors
from .options import Options

if TYPE_CHECKING:
    from ..server import Endpoint, LlamarServer


class _Common:
    """What both classes share: which server, and a request's way there."""

    can_stream = True
    supports_schema = True
    supports_tools = True

    def __init__(self, model_id: str, launch: Launch) -> None:
        self.model_id = model_id
        self._launch = launch
        self._server: LlamarServer | None = None

    def _connect(self) -> tuple[Endpoint, str]:
        """Where to ask, and for which model; the server is started if need be."""
        from ..server import LlamarServer

        if self._server is None:
            self._server = LlamarServer.launching(
                self._launch, timeout=load_seconds(), idle_timeout=idle_seconds()
            )
        endpoint = self._server.connect()
        return endpoint, endpoint.model_name()


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
        reader = AnswerReader()
        with model_errors():
            from ..clients import completion_arguments, sync_client

            endpoint, model = self._connect()
            body = completion_arguments(request_body(prompt, model, stream))
            with sync_client(endpoint.base_url, endpoint.api_key) as client:
                answer = client.chat.completions.create(**body)
                if stream:
                    with answer:
                        for chunk in answer:
                            yield from reader.chunk(chunk)
                else:
                    yield from reader.whole(answer)
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
        reader = AnswerReader()
        with model_errors():
            from ..clients import async_client, completion_arguments

            endpoint, model = await asyncio.to_thread(self._connect)
            body = completion_arguments(request_body(prompt, model, stream))
            async with async_client(endpoint.base_url, endpoint.api_key) as client:
                answer: Any = await client.chat.completions.create(**body)
                if stream:
                    async with answer:
                        async for chunk in answer:
                            for event in reader.chunk(chunk):
                                yield event
                else:
                    for event in reader.whole(answer):
                        yield event
        reader.finish(response)
