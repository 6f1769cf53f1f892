"""The routes of the OpenAI API."""

from __future__ import annotations

from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Send

from ..answer import send_answer
from ..body import read_body
from ..exchange import Exchange
from ..json import json_response
from ..served import Server, server_of
from .completions import completions
from .embeddings import embeddings
from .errors import error_event
from .models import list_models, retrieve_model
from .request import chat_request
from .response import ChatCompletion
from .schema import ChatCompletionRequest
from .shapes import new_head


async def chat_completions(request: Request) -> Exchange:
    """``POST /v1/chat/completions``"""
    server = server_of(request)
    body = await read_body(request, ChatCompletionRequest, server.config.max_body_size)

    async def work(send: Send) -> None:
        await _chat(server, body, send)

    return Exchange(work)


async def _chat(server: Server, body: ChatCompletionRequest, send: Send) -> None:
    asked = chat_request(body)
    model = server.models.chosen(body.model)
    answer = ChatCompletion(
        new_head("chatcmpl", body.model or model.model_id),
        n=asked.n,
        logprobs=asked.logprobs is not None,
        reasoning_field=server.config.reasoning_field,
        include_usage=body.include_usage,
    )
    async with aclosing(await model.chat.open(asked)) as deltas:
        await send_answer(
            send,
            deltas,
            answer,
            stream=bool(body.stream),
            keep_alive=server.config.keepalive_interval,
            failed=error_event,
        )


async def input_tokens(request: Request) -> Response:
    """``POST /v1/chat/completions/input_tokens``: how long the prompt of such a request is."""
    server = server_of(request)
    body = await read_body(request, ChatCompletionRequest, server.config.max_body_size)
    asked = chat_request(body)
    count = await server.models.chosen(body.model).chat.count_tokens(asked)
    return json_response({"object": "chat.completion.input_tokens", "input_tokens": count})


ROUTES = [
    Route("/v1/models", list_models),
    Route("/v1/models/{model:path}", retrieve_model),
    Route("/v1/chat/completions", chat_completions, methods=["POST"]),
    Route("/v1/chat/completions/input_tokens", input_tokens, methods=["POST"]),
    Route("/v1/completions", completions, methods=["POST"]),
    Route("/v1/embeddings", embeddings, methods=["POST"]),
]
