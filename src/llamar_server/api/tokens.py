"""``POST /tokenize`` and ``POST /detokenize``: a model's own tokens, as llama.cpp's server tells them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .body import WireModel, read_body
from .json import json_response
from .served import server_of


class TokenizeRequest(WireModel):
    content: str = Field(validation_alias=AliasChoices("content", "text", "prompt"))
    model: str | None = None
    add_special: bool = False
    parse_special: bool = True


class DetokenizeRequest(WireModel):
    tokens: list[Annotated[int, Field(ge=0, lt=2**31)]]
    model: str | None = None


async def tokenize(request: Request) -> Response:
    """The tokens of a text; ``add_special`` adds those that begin and end a prompt, ``parse_special``
    reads the names of control tokens as these tokens."""
    server = server_of(request)
    body = await read_body(request, TokenizeRequest, server.config.max_body_size)
    engine = server.models.any_chosen(body.model).engine
    tokens = await engine.tokenize(
        body.content, add_special=body.add_special, parse_special=body.parse_special
    )
    return json_response({"tokens": tokens, "count": len(tokens)})


async def detokenize(request: Request) -> Response:
    """The text of tokens, control tokens by their names."""
    server = server_of(request)
    body = await read_body(request, DetokenizeRequest, server.config.max_body_size)
    text = await server.models.any_chosen(body.model).engine.detokenize(body.tokens)
    return json_response({"content": text})


ROUTES = [
    Route("/tokenize", tokenize, methods=["POST"]),
    Route("/detokenize", detokenize, methods=["POST"]),
]
