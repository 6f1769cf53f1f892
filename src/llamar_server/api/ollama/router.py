"""The routes of Ollama's API that are here."""

from __future__ import annotations

from starlette.routing import Route

from .embed import embed_texts
from .tags import list_models

ROUTES = [
    Route("/api/embed", embed_texts, methods=["POST"]),
    Route("/api/tags", list_models),
]
