"""``GET /openapi.json``: the routes and the bodies they read, for clients that are generated from it.

The bodies are those of ``schema`` modules, so that this cannot say anything else than the server does.
https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute, Route

from .anthropic.schema import MessagesRequest, PromptFields
from .ollama.embed import EmbedBody
from .openai.completions import CompletionRequest
from .openai.embeddings import EmbeddingsRequest
from .openai.schema import ChatCompletionRequest
from .rerank import RerankRequest
from .responses.schema import ResponsesRequest
from .tokens import DetokenizeRequest, TokenizeRequest

_BODIES: Mapping[str, type[BaseModel]] = {
    "/v1/chat/completions": ChatCompletionRequest,
    "/v1/chat/completions/input_tokens": ChatCompletionRequest,
    "/v1/completions": CompletionRequest,
    "/v1/embeddings": EmbeddingsRequest,
    "/v1/rerank": RerankRequest,
    "/v2/rerank": RerankRequest,
    "/rerank": RerankRequest,
    "/api/embed": EmbedBody,
    "/v1/messages": MessagesRequest,
    "/v1/messages/count_tokens": PromptFields,
    "/v1/responses": ResponsesRequest,
    "/v1/responses/input_tokens": ResponsesRequest,
    "/tokenize": TokenizeRequest,
    "/detokenize": DetokenizeRequest,
}
_REF = "#/components/schemas/{model}"


def openapi_document(routes: Iterable[BaseRoute], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of ``routes``."""
    models = sorted(set(_BODIES.values()), key=lambda model: model.__name__)
    refs, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if isinstance(route, Route):
            path = route.path.replace(":path}", "}")
            for method in sorted((route.methods or set()) - {"HEAD"}):
                operation = paths.setdefault(path, {}).setdefault(method.lower(), _operation(route))
                if method == "POST" and path in _BODIES:
                    schema = refs[_BODIES[path], "validation"]
                    operation["requestBody"] = {
                        "required": True,
                        "content": {"application/json": {"schema": schema}},
                    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "llamar", "version": version},
        "paths": paths,
        "components": {"schemas": definitions.get("$defs", {})},
    }


def _operation(route: Route) -> dict[str, Any]:
    names = [part.partition(":")[0] for part in _names(route.path)]
    parameters = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]
    operation: dict[str, Any] = {"responses": {"200": {"description": "The answer, or a stream of events."}}}
    return operation | ({"parameters": parameters} if parameters else {})


def _names(path: str) -> list[str]:
    return [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]
