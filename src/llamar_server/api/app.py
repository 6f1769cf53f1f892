"""The HTTP application: routes, middleware and error shapes, put together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from ..config import ServerConfig
from ..errors import LlamarError
from . import anthropic, health, ollama, openai, rerank, responses, tokens
from .errors import Envelopes
from .gates import Counted, Keys, LocalOnly
from .openapi import openapi_document
from .request_id import RequestIds
from .served import Models, ServedEmbedder, ServedModel, Server

ENVELOPES = Envelopes(
    openai.envelope,
    others=(
        (anthropic.speaks_anthropic, anthropic.envelope),
        (ollama.speaks_ollama, ollama.envelope),
        (rerank.speaks_tei, rerank.tei_envelope),
    ),
)


class Application(FastAPI):
    """FastAPI, with plain routes: each API reads its body and sends its answer itself, as errors, limits
    and disconnects are its own, and no page of documentation that would load scripts from elsewhere."""

    def openapi(self) -> dict[str, Any]:
        return openapi_document(self.routes, self.version)


def create_app(
    served: ServedModel, config: ServerConfig, embedders: Sequence[ServedEmbedder] = ()
) -> FastAPI:
    """The ASGI application that serves ``served`` and ``embedders``; their engines are started and closed
    by the caller."""
    beside = {each.model_id: each for each in embedders}
    server = Server(Models({served.model_id: served}, config.strict_models, beside), config)
    app = Application(
        title="llamar",
        version=version("llamar"),
        docs_url=None,
        redoc_url=None,
        routes=[
            *health.ROUTES,
            *tokens.ROUTES,
            *anthropic.ROUTES,
            *openai.ROUTES,
            *responses.routes(responses.ResponseStore()),
            *rerank.ROUTES,
            *ollama.ROUTES,
        ],
        middleware=[
            Middleware(RequestIds),
            Middleware(Counted, activity=server.activity),
            *_middleware(config),
        ],
        exception_handlers={LlamarError: _refuse, HTTPException: _refuse, Exception: _refuse},
    )
    app.state.server = server
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    return ENVELOPES.response(request, error)


def _middleware(config: ServerConfig) -> list[Middleware]:
    """Outermost first. CORS is outside, so that a page can also read why it was refused."""
    chosen = []
    if config.cors_origins:
        chosen.append(
            Middleware(
                CORSMiddleware, allow_origins=config.cors_origins, allow_methods=["*"], allow_headers=["*"]
            )
        )
    if config.api_keys:
        chosen.append(Middleware(Keys, keys=config.api_keys, refuse=ENVELOPES.response))
    elif config.host in ("127.0.0.1", "::1", "localhost"):
        chosen.append(Middleware(LocalOnly, origins=config.cors_origins, refuse=ENVELOPES.response))
    return chosen
