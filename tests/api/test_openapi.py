from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from starlette.routing import Route

from llamar_server.api import anthropic, ollama, openai, rerank, responses, tokens
from llamar_server.api.openapi import openapi_document

ROUTES = [
    *tokens.ROUTES,
    *anthropic.ROUTES,
    *openai.ROUTES,
    *responses.routes(responses.ResponseStore()),
    *rerank.ROUTES,
    *ollama.ROUTES,
]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document(ROUTES, "1.2.3")


def body_schema(document: dict[str, Any], path: str) -> dict[str, Any]:
    body = document["paths"][path]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    return {**schema, "components": document["components"]}


def test_every_route_is_there_and_every_post_says_what_it_reads(document: dict[str, Any]) -> None:
    for route in ROUTES:
        assert isinstance(route, Route)
        operations = document["paths"][route.path.replace(":path", "")]
        for method in (route.methods or set()) - {"HEAD"}:
            assert method.lower() in operations
            assert method != "POST" or "requestBody" in operations["post"]


def test_the_schemas_take_a_request_and_refuse_another(document: dict[str, Any]) -> None:
    schema = body_schema(document, "/v1/chat/completions")
    jsonschema.validate({"messages": [{"role": "user", "content": "hi"}]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"messages": "hi"}, schema)


def test_names_in_a_path_are_parameters(document: dict[str, Any]) -> None:
    (parameter,) = document["paths"]["/v1/models/{model}"]["get"]["parameters"]
    assert parameter["name"] == "model"
