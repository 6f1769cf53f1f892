"""``POST /api/embed``: https://docs.ollama.com/api/embed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.types import Send

from ...embedding.results import Embeddings
from ...errors import InvalidRequest
from ..body import WireModel, read_body
from ..exchange import Exchange
from ..json import send_json_list
from ..served import ServedEmbedder, Server, server_of
from ..vectors import embed
from .names import plain_name

_NOTHING: Final = Embeddings(np.empty((0, 0), np.float32), ())


def _texts(value: Any) -> Any:
    """A text or a list of them. Nothing, or an empty text, is how clients ask for the model to be loaded."""
    if isinstance(value, str):
        return [value] if value else []
    if not isinstance(value, list) or not set(map(type, value)) <= {str}:
        raise PydanticCustomError("input", "must be a string or a list of strings")
    return value


class Options(WireModel):
    """Settings of the model for one request. Those left out here make no difference to a vector."""

    num_ctx: Annotated[int, Field(ge=0)] | None = None


class EmbedBody(WireModel):
    """``keep_alive`` is ignored: models stay as long as the server."""

    model: str | None = None
    input: Annotated[list[str], BeforeValidator(_texts, json_schema_input_type=str | list[str])] | None = None
    truncate: bool | None = None
    dimensions: Annotated[int, Field(ge=0)] | None = None
    options: Options | None = None


async def embed_texts(request: Request) -> Exchange:
    """The endpoint."""
    server = server_of(request)
    body = await read_body(request, EmbedBody, server.config.max_body_size)

    async def work(send: Send) -> None:
        await _embed(server, body, send)

    return Exchange(work)


async def _embed(server: Server, body: EmbedBody, send: Send) -> None:
    began = time.perf_counter_ns()
    model = server.models.embedder(plain_name(body.model))
    found = await _found(model, body, body.input) if body.input else _NOTHING
    fields = {
        "model": body.model or model.model_id,
        "total_duration": time.perf_counter_ns() - began,
        "load_duration": 0,
        "prompt_eval_count": sum(found.n_tokens),
    }
    await send_json_list(send, fields, "embeddings", (vector.tolist() for vector in found.vectors))


async def _found(model: ServedEmbedder, body: EmbedBody, texts: Sequence[str]) -> Embeddings:
    """The vectors. Raises InvalidRequest where ``num_ctx`` would have made others of them."""
    truncate = body.truncate is not False
    found = await embed(model, texts, dimensions=body.dimensions or None, truncate=truncate)
    window = body.options.num_ctx if body.options is not None else None
    longest = max(found.n_tokens)
    if window and longest > window:
        message = f"an input has {longest} tokens, more than options.num_ctx allows, which is {window}"
        fix = "this server has one window for all requests: --embedding-n-ctx"
        raise InvalidRequest(f"{message}; {fix}", param="options.num_ctx")
    return found
