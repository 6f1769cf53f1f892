"""``POST /v1/embeddings``: https://platform.openai.com/docs/api-reference/embeddings/create."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import BeforeValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.types import Send

from ...embedding.results import Embeddings
from ..body import WireModel, read_body
from ..exchange import Exchange
from ..json import send_json
from ..refused import refuse
from ..served import server_of
from ..vectors import Vector, as_json, as_numbers, embed, inputs
from .refused import EMBEDDINGS

Tokens = list[int]


class EmbeddingsRequest(WireModel):
    """Ours beside OpenAI's: ``truncate``, under the name that other servers of embedding models have."""

    model_config = ConfigDict(extra="allow")  # for ``refused`` to look at

    input: Annotated[
        list[Any], BeforeValidator(inputs, json_schema_input_type=str | Tokens | list[str | Tokens])
    ]
    model: str | None = None
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1)] | None = None
    truncate: bool | None = None


async def embeddings(request: Request) -> Exchange:
    """The endpoint."""
    server = server_of(request)
    body = await read_body(request, EmbeddingsRequest, server.config.max_body_size)

    async def work(send: Send) -> None:
        refuse(body.model_extra, EMBEDDINGS)
        model = server.models.embedder(body.model)
        found = await embed(model, body.input, dimensions=body.dimensions, truncate=bool(body.truncate))
        write = _WRITERS[body.encoding_format or "float"]
        await send_json(send, await _answer(found, write, body.model or model.model_id))

    return Exchange(work)


async def _answer(found: Embeddings, write: Callable[[Vector], Any], model: str) -> dict[str, Any]:
    written = await as_json(found.vectors, write)
    n_tokens = sum(found.n_tokens)
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": i, "embedding": each} for i, each in enumerate(written)],
        "model": model,
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
    }


def _as_base64(vector: Vector) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


_WRITERS: Final[dict[str, Callable[[Vector], msgspec.Raw | str]]] = {
    "float": as_numbers,
    "base64": _as_base64,
}
