"""``POST /v1/embeddings``: https://platform.openai.com/docs/api-reference/embeddings/create."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from numpy import float32
from numpy.typing import NDArray
from pydantic import BeforeValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.types import Send

from ..body import WireModel, read_body
from ..exchange import Exchange
from ..json import send_json_list
from ..refused import refuse
from ..served import server_of
from ..vectors import embed, inputs
from .refused import EMBEDDINGS

EncodingFormat = Literal["float", "base64"]
Tokens = list[int]


class EmbeddingsRequest(WireModel):
    """Ours beside OpenAI's: ``truncate``, under the name that other servers of embedding models have."""

    model_config = ConfigDict(extra="allow")  # for ``refused`` to look at

    input: Annotated[
        list[Any], BeforeValidator(inputs, json_schema_input_type=str | Tokens | list[str | Tokens])
    ]
    model: str | None = None
    encoding_format: EncodingFormat | None = None
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
        n_tokens = sum(found.n_tokens)
        fields = {
            "object": "list",
            "model": body.model or model.model_id,
            "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
        }
        await send_json_list(send, fields, "data", _data(found.vectors, body.encoding_format or "float"))

    return Exchange(work)


def _data(vectors: NDArray[float32], encoding_format: EncodingFormat) -> Iterator[dict[str, Any]]:
    for index, vector in enumerate(vectors):
        told = vector.tolist() if encoding_format == "float" else _base64(vector)
        yield {"object": "embedding", "index": index, "embedding": told}


def _base64(vector: NDArray[float32]) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
