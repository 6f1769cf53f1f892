"""``GET /health`` and ``GET /``: whether this server can answer, and what it is."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .json import json_response
from .served import server_of

HEALTH = "/health"


async def health(request: Request) -> Response:
    """200 while every model's engine is ready, else 503. Times are in seconds."""
    server = server_of(request)
    model = next(iter(server.models.by_id.values()))
    states = {each.model_id: each.engine.state for each in server.models.all()}
    troubled = next((state for state in states.values() if state != "ready"), None)
    body = {
        "status": troubled or "ok",
        "model": model.model_id,
        "engine": model.engine.state,
        "models": states,
        "uptime": round(time.monotonic() - server.started, 3),
        "instance": server.instance,
        "warnings": list(model.chat.template.warnings),
    }
    return json_response(body, status=503 if troubled else 200)


async def root(request: Request) -> Response:
    """What clients look at to see if anybody is there."""
    models = [each.model_id for each in server_of(request).models.all()]
    return json_response({"name": "llamar", "models": models, "health": HEALTH})


ROUTES = [Route("/", root), Route(HEALTH, health)]
