"""The routes of the Responses API, over one store of answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Send

from ...chat.model import ChatDelta
from ...errors import UnsupportedParameter
from ..answer import send_answer
from ..body import read_body
from ..errors import NotFound
from ..exchange import Exchange
from ..json import json_response
from ..served import Server, server_of
from .conversation import conversation, remember
from .items import Placed
from .request import chat_request, response_request
from .response import ResponseAnswer
from .schema import PromptFields, ResponsesRequest
from .snapshot import new_head
from .store import Kept, ResponseStore


def routes(store: ResponseStore) -> list[Route]:
    """The routes; their answers are kept in ``store``."""
    responses = _Responses(store)
    return [
        Route("/v1/responses", responses.create, methods=["POST"]),
        Route("/v1/responses/input_tokens", responses.input_tokens, methods=["POST"]),
        Route("/v1/responses/{id}", responses.retrieve, methods=["GET"]),
        Route("/v1/responses/{id}", responses.delete, methods=["DELETE"]),
    ]


class _Responses:
    def __init__(self, store: ResponseStore) -> None:
        self._store = store

    async def create(self, request: Request) -> Exchange:
        """``POST /v1/responses``"""
        server = server_of(request)
        body = await read_body(request, ResponsesRequest, server.config.max_body_size)

        async def work(send: Send) -> None:
            await self._respond(server, body, send)

        return Exchange(work)

    async def _respond(self, server: Server, body: ResponsesRequest, send: Send) -> None:
        items = conversation(body, self._store)
        asked = response_request(body, items)
        model = server.models.chosen(body.model)
        answer = ResponseAnswer(new_head(body, body.model or model.model_id))
        async with aclosing(await model.chat.open(asked)) as deltas:
            outputs = deltas if body.store is False else _kept(deltas, answer, items, self._store)
            await send_answer(
                send,
                outputs,
                answer,
                stream=bool(body.stream),
                keep_alive=server.config.keepalive_interval,
                failed=answer.failed,
                idle=answer.idle,
            )

    async def input_tokens(self, request: Request) -> Response:
        """``POST /v1/responses/input_tokens``: how long the prompt of such a request is, exactly."""
        server = server_of(request)
        body = await read_body(request, PromptFields, server.config.max_body_size)
        asked = chat_request(body, conversation(body, self._store))
        count = await server.models.chosen(body.model).chat.count_tokens(asked)
        return json_response({"object": "response.input_tokens", "input_tokens": count})

    async def retrieve(self, request: Request) -> Response:
        """``GET /v1/responses/{id}``"""
        if request.query_params.get("stream") == "true":
            message = "stream is not supported here: the events of an answer are told once"
            raise UnsupportedParameter(message, param="stream")
        kept = self._find(request)
        return Response(kept.response, media_type="application/json")

    async def delete(self, request: Request) -> Response:
        """``DELETE /v1/responses/{id}``"""
        response_id = request.path_params["id"]
        if not self._store.delete(response_id):
            raise _unknown(response_id)
        return json_response({"id": response_id, "object": "response", "deleted": True})

    def _find(self, request: Request) -> Kept:
        response_id = request.path_params["id"]
        kept = self._store.get(response_id)
        if kept is None:
            raise _unknown(response_id)
        return kept


def _unknown(response_id: str) -> NotFound:
    return NotFound(f"Response with id {response_id!r} not found.")


async def _kept(
    deltas: AsyncIterable[ChatDelta], answer: ResponseAnswer, items: Sequence[Placed], store: ResponseStore
) -> AsyncGenerator[ChatDelta]:
    """``deltas``; when ``answer`` has taken the last of them it is kept, before the client knows that it
    is complete and goes on from it."""
    async for delta in deltas:
        yield delta
    remember(store, items, answer.whole())
