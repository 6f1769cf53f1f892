"""The routes of the Anthropic API."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope, Send

from ..answer import send_answer
from ..body import read_body
from ..errors import Failure
from ..exchange import Exchange
from ..json import json_response
from ..request_id import request_id
from ..served import Server, server_of
from .errors import error_event, speaks_anthropic
from .models import model_object, model_page
from .request import chat_request, message_request
from .response import MessageAnswer
from .schema import MessagesRequest, PromptFields


async def messages(request: Request) -> Exchange:
    """``POST /v1/messages``"""
    server = server_of(request)
    body = await read_body(request, MessagesRequest, server.config.max_body_size)

    async def work(send: Send) -> None:
        await _message(server, body, send, request_id(request.scope))

    return Exchange(work)


async def _message(server: Server, body: MessagesRequest, send: Send, request_id: str) -> None:
    def failed(told: Failure) -> bytes:
        return error_event(replace(told, request_id=request_id))

    asked = message_request(body)
    model = server.models.chosen(body.model)
    async with aclosing(await model.chat.open(asked)) as deltas:
        answer = MessageAnswer(
            body.model or model.model_id,
            deltas.prompt_tokens,
            omit_thinking=body.hides_thinking,
            may_open_early=asked.output_format is None,
        )
        await send_answer(
            send,
            deltas,
            answer,
            stream=bool(body.stream),
            keep_alive=server.config.keepalive_interval,
            failed=failed,
            idle=answer.idle,
        )


async def count_tokens(request: Request) -> Response:
    """``POST /v1/messages/count_tokens``: how long the prompt of such a request is, exactly."""
    server = server_of(request)
    body = await read_body(request, PromptFields, server.config.max_body_size)
    asked = chat_request(body)
    count = await server.models.chosen(body.model).chat.count_tokens(asked)
    return json_response({"input_tokens": count})


async def list_models(request: Request) -> Response:
    """``GET /v1/models``"""
    return json_response(model_page(server_of(request).models.by_id, request.query_params))


async def retrieve_model(request: Request) -> Response:
    """``GET /v1/models/{id}``"""
    return json_response(model_object(server_of(request).models.named(request.path_params["model"])))


class _SharedRoute(Route):
    """A path that the OpenAI API has as well: it is this one's for clients of this one."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if speaks_anthropic(scope) else (Match.NONE, {})


ROUTES = [
    Route("/v1/messages", messages, methods=["POST"]),
    Route("/v1/messages/count_tokens", count_tokens, methods=["POST"]),
    _SharedRoute("/v1/models", list_models),
    _SharedRoute("/v1/models/{model:path}", retrieve_model),
]
