"""``POST /v1/rerank``, ``/v2/rerank`` and ``/rerank``: documents in the order in which they answer a query.

Two shapes, told apart by the field that holds the documents: ``documents`` is asked by clients of Jina and
Cohere (https://jina.ai/reranker, https://docs.cohere.com/reference/rerank), ``texts`` by those of
Hugging Face's Text Embeddings Inference, TEI (https://huggingface.github.io/text-embeddings-inference). Each
gets its own answers; errors are in OpenAI's envelope, and in TEI's for what TEI's clients ask.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Scope, Send

from ..embedding.results import Scores
from ..errors import InvalidRequest
from .body import WireModel, parse, read_bytes
from .errors import Failure, Kind, about
from .exchange import Exchange
from .json import send_json
from .refused import Refused, refuse
from .served import Server, server_of

REFUSED: Final[dict[str, Refused]] = {
    "max_chunks_per_doc": Refused("documents are not cut into chunks; see truncate"),
    "max_tokens_per_doc": Refused("documents are not cut; see truncate"),
    "truncate_prompt_tokens": Refused("use truncate instead"),
    "truncation": Refused("use truncate instead"),
    "truncation_direction": Refused("only the end can be cut off", harmless=("right", "Right")),
    "rank_fields": Refused("documents have their text only", harmless=(["text"], [])),
    "instruction": Refused("write it into the query"),
    "return_embeddings": Refused("a reranker has none", harmless=(False,)),
    "top_k": Refused("use top_n instead"),
}

_TEI_TYPES: Final[dict[Kind, str]] = {
    "queue_full": "Overloaded",
    "engine": "Backend",
    "internal": "Backend",
}


def _documents(value: Any) -> Any:
    """A document is a text or an object with one."""
    if not isinstance(value, list) or not value:
        raise PydanticCustomError("documents", "must be a list of at least one document")
    texts = [each.get("text") if isinstance(each, dict) else each for each in value]
    if not set(map(type, texts)) <= {str}:
        place = next(i for i, text in enumerate(texts) if not isinstance(text, str))
        told = {"place": place}
        raise PydanticCustomError("documents", "element {place} must be a string or have a text", told)
    return texts


Documents = Annotated[
    list[str], BeforeValidator(_documents, json_schema_input_type=list[str | dict[str, Any]])
]


class RerankRequest(WireModel):
    """Exactly one of ``documents`` and ``texts`` is there, and decides the shape of the answer."""

    model_config = ConfigDict(extra="allow")  # for ``REFUSED`` to look at

    query: Annotated[str, Field(min_length=1)]
    documents: Documents | None = None
    texts: Documents | None = None
    model: str | None = None
    top_n: Annotated[int, Field(ge=1)] | None = None
    return_documents: bool | None = None
    return_text: bool | None = None
    raw_scores: bool | None = None
    truncate: bool | None = None


async def rerank(request: Request) -> Exchange:
    """The endpoint."""
    server = server_of(request)
    data = await read_bytes(request, server.config.max_body_size)
    request.state.asked_as_tei = _asks_as_tei(data)
    body = parse(data, RerankRequest)

    async def work(send: Send) -> None:
        await _rerank(server, body, send)

    return Exchange(work)


async def _rerank(server: Server, body: RerankRequest, send: Send) -> None:
    refuse(body.model_extra, REFUSED)
    documents = body.texts if body.documents is None else body.documents
    if documents is None or (body.texts is not None and body.documents is not None):
        raise InvalidRequest("one of documents and texts is required", param="documents")
    model = server.models.reranker(body.model)
    with about("documents" if body.texts is None else "texts"):
        scores = await model.engine.rerank(body.query, documents, truncate=bool(body.truncate))
    ranked = _ranked(scores, raw=bool(body.raw_scores))[: body.top_n]
    shown = documents if body.return_documents or body.return_text else None
    if body.texts is not None:
        await send_json(send, _tei_answer(ranked, shown))
    else:
        await send_json(send, _answer(ranked, shown, body.model or model.model_id, sum(scores.n_tokens)))


Ranked = list[tuple[int, float]]
"""The place of each document in the request and its score, the best one first."""


def _ranked(scores: Scores, *, raw: bool) -> Ranked:
    values = scores.scores if raw else scores.relevance
    order = np.argsort(-scores.scores, kind="stable")
    return [(int(place), float(values[place])) for place in order]


def _answer(ranked: Ranked, shown: list[str] | None, model: str, n_tokens: int) -> dict[str, Any]:
    results: list[dict[str, Any]] = [{"index": place, "relevance_score": score} for place, score in ranked]
    if shown is not None:
        for each in results:
            each["document"] = {"text": shown[each["index"]]}
    return {
        "id": f"rerank-{uuid.uuid4().hex}",
        "object": "list",
        "model": model,
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
        "results": results,
    }


def _tei_answer(ranked: Ranked, shown: list[str] | None) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = [{"index": place, "score": score} for place, score in ranked]
    if shown is not None:
        for each in results:
            each["text"] = shown[each["index"]]
    return results


class _Fields(msgspec.Struct):
    texts: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    documents: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def _asks_as_tei(data: bytes) -> bool:
    try:
        fields = msgspec.json.decode(data, type=_Fields)
    except msgspec.MsgspecError:
        return False
    return fields.texts is not msgspec.UNSET and fields.documents is msgspec.UNSET


def speaks_tei(scope: Scope) -> bool:
    """Whether a request came from a client of TEI, as far as its body has been read."""
    return bool(scope.get("state", {}).get("asked_as_tei"))


def tei_envelope(told: Failure) -> dict[str, Any]:
    """TEI's error object."""
    return {"error": told.message, "error_type": _TEI_TYPES.get(told.kind, "Validation")}


ROUTES = [Route(path, rerank, methods=["POST"]) for path in ("/v1/rerank", "/v2/rerank", "/rerank")]
