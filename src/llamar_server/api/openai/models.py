"""The served models in OpenAI's shape: https://platform.openai.com/docs/api-reference/models."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..json import json_response
from ..served import AnyModel, ServedEmbedder, server_of


async def list_models(request: Request) -> Response:
    """``GET /v1/models``: those that write first."""
    models = server_of(request).models.all()
    return json_response({"object": "list", "data": [model_object(model) for model in models]})


async def retrieve_model(request: Request) -> Response:
    """``GET /v1/models/{id}``"""
    return json_response(model_object(server_of(request).models.any_named(request.path_params["model"])))


def model_object(model: AnyModel) -> dict[str, Any]:
    """OpenAI's model object, and what it leaves out: what the model is for, how long a request may be, under
    the names by which clients look for it, and what the model is."""
    info = model.engine.info
    vectors = {}
    if isinstance(model, ServedEmbedder):
        vectors = {"dimensions": model.engine.info.dimensions, "pooling": model.engine.info.pooling}
    return {
        "id": model.model_id,
        "object": "model",
        "created": model.created,
        "owned_by": "llamar",
        "type": model.kind,
        "context_length": info.n_ctx,
        "max_model_len": info.n_ctx,
        "meta": {
            "n_ctx": info.n_ctx,
            "n_ctx_train": info.n_ctx_train,
            "n_vocab": info.n_vocab,
            "n_params": info.n_params,
            "size": info.size,
            "architecture": info.architecture,
            "description": info.description,
            **vectors,
        },
    }
