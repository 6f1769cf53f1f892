"""``POST /v1/completions``: https://platform.openai.com/docs/api-reference/completions/create.

Text in, text out: it speaks to the engine without the chat layer. No grammar, no tools.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Annotated, Any, Final
from uuid import uuid4

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.types import Send

from ...engine.client import EngineClient, Generation
from ...engine.protocol import GenerateRequest, SequenceOutput
from ...engine.sampling import MAX_TOP_LOGPROBS
from ...errors import InvalidRequest, UnsupportedParameter
from ..answer import send_answer
from ..body import read_body
from ..exchange import Exchange
from ..refused import refuse
from ..served import Server, server_of
from .errors import error_event
from .refused import COMPLETIONS
from .request import check_stream_options
from .schema import MAX_CHOICES, ChoiceFields, StreamFields
from .shapes import new_head
from .text import TextCompletion

DEFAULT_MAX_TOKENS: Final = 16
"""OpenAI's own default for this endpoint."""


def _prompts(value: Any) -> Any:
    """A prompt is a string or a list of token ids; there may be a list of either."""
    if isinstance(value, str) or (isinstance(value, list) and value and _is_token(value[0])):
        value = [value]
    if not isinstance(value, list) or not value or not all(_is_prompt(each) for each in value):
        message = "must be a string, a list of token ids, or a list of such"
        raise PydanticCustomError("prompt", message)
    return value


def _is_prompt(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(_is_token(each) for each in value))


def _is_token(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


class CompletionRequest(ChoiceFields, StreamFields):
    model_config = ConfigDict(extra="allow")  # for ``refused`` to look at

    prompt: Annotated[list[Any], BeforeValidator(_prompts, json_schema_input_type=str | list[Any])]
    model: str | None = None
    max_tokens: Annotated[int, Field(ge=-1)] | None = None
    best_of: Annotated[int, Field(ge=1)] | None = None
    echo: bool | None = None
    logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None


async def completions(request: Request) -> Exchange:
    """The endpoint."""
    server = server_of(request)
    body = await read_body(request, CompletionRequest, server.config.max_body_size)

    async def work(send: Send) -> None:
        await _complete(server, body, send)

    return Exchange(work)


async def _complete(server: Server, body: CompletionRequest, send: Send) -> None:
    requests = generate_requests(body)
    model = server.models.chosen(body.model)
    echoes = await _echoes(model.engine, body) if body.echo else None
    answer = TextCompletion(
        new_head("cmpl", body.model or model.model_id),
        prompts=len(requests),
        n=body.n or 1,
        logprobs=body.logprobs is not None,
        echoes=echoes,
        include_usage=body.include_usage,
    )
    async with AsyncExitStack() as running:
        generations = []
        for each in requests:
            generation = await model.engine.generate(each)
            generations.append(await running.enter_async_context(aclosing(generation)))
        outputs = await running.enter_async_context(aclosing(merged(generations)))
        await send_answer(
            send,
            outputs,
            answer,
            stream=bool(body.stream),
            keep_alive=server.config.keepalive_interval,
            failed=error_event,
        )


def generate_requests(body: CompletionRequest) -> list[GenerateRequest]:
    """One request to the engine for each prompt. Raises InvalidRequest, UnsupportedParameter."""
    refuse(body.model_extra, COMPLETIONS)
    check_stream_options(body)
    n = body.n or 1
    if body.best_of is not None and body.best_of != n:
        message = "best_of is not supported: send n, and choose among the choices"
        raise UnsupportedParameter(message, param="best_of")
    if body.echo and body.logprobs is not None:
        message = "echo is not supported together with logprobs: those of a prompt are not computed"
        raise UnsupportedParameter(message, param="echo")
    if n * len(body.prompt) > MAX_CHOICES:
        raise InvalidRequest(f"prompts times n must be at most {MAX_CHOICES}", param="n")
    return [
        GenerateRequest(
            request_id=uuid4().hex,
            prompt=prompt,
            sampling=body.sampling(),
            max_tokens=_max_tokens(body),
            stop=tuple(body.stop or ()),
            n=n,
            logprobs=body.logprobs,
            ignore_eos=bool(body.ignore_eos),
        )
        for prompt in body.prompt
    ]


def _max_tokens(body: CompletionRequest) -> int | None:
    if body.max_tokens == 0:
        raise InvalidRequest("max_tokens must be at least 1, or -1 for no limit", param="max_tokens")
    if body.max_tokens is None:
        return DEFAULT_MAX_TOKENS
    return None if body.max_tokens == -1 else body.max_tokens


async def _echoes(engine: EngineClient, body: CompletionRequest) -> list[str]:
    return [each if isinstance(each, str) else await engine.detokenize(each) for each in body.prompt]


async def merged(generations: Sequence[Generation]) -> AsyncGenerator[tuple[int, SequenceOutput]]:
    """The outputs of all generations as they come, each with its generation's place in the list."""
    outputs: asyncio.Queue[tuple[int, SequenceOutput] | None] = asyncio.Queue()

    async def pump(place: int, generation: Generation) -> None:
        async for output in generation:
            outputs.put_nowait((place, output))

    async def pump_all() -> None:
        try:
            await asyncio.gather(*(pump(i, generation) for i, generation in enumerate(generations)))
        finally:
            outputs.put_nowait(None)

    pumps = asyncio.ensure_future(pump_all())
    try:
        while (output := await outputs.get()) is not None:
            yield output
        await pumps
    finally:
        pumps.cancel()
        await asyncio.wait((pumps,))
