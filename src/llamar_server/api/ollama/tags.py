"""``GET /api/tags``: the served models as https://docs.ollama.com/api/tags tells of them."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..json import json_response
from ..served import AnyModel, server_of

_QUANTIZATION = re.compile(r"\b(?:I?Q\d\w*|B?F16|F32|MXFP4\w*|TQ\d\w*)\b")


async def list_models(request: Request) -> Response:
    """The endpoint. Embedding models and rerankers are listed too, after those that write."""
    return json_response({"models": [model_object(each) for each in server_of(request).models.all()]})


def model_object(model: AnyModel) -> dict[str, Any]:
    """One model. Its digest identifies the file, without reading all of it."""
    info = model.engine.info
    modified = _modified(model)
    identity = f"{info.path}\n{info.size}\n{modified}"
    return {
        "name": model.model_id,
        "model": model.model_id,
        "modified_at": datetime.fromtimestamp(modified, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "size": info.size,
        "digest": hashlib.sha256(identity.encode(errors="surrogateescape")).hexdigest(),
        "details": {
            "parent_model": "",
            "format": "gguf",
            "family": info.architecture,
            "families": [info.architecture],
            "parameter_size": _short(info.n_params),
            "quantization_level": _quantization(info.description),
        },
    }


def _modified(model: AnyModel) -> int:
    """When the model's file was written, or else when the server began to serve it."""
    try:
        return int(os.stat(model.engine.info.path).st_mtime)
    except OSError:
        return model.created


def _short(count: int) -> str:
    for unit, size in (("B", 10**9), ("M", 10**6), ("K", 10**3)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return str(count)


def _quantization(description: str) -> str:
    """What llama.cpp says of the weights at the end of its description: "bert 22M F16"."""
    found = _QUANTIZATION.findall(description)
    return found[-1] if found else "unknown"
