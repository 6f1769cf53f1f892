"""Ollama's error object: https://docs.ollama.com/api/errors."""

from __future__ import annotations

from typing import Any

from starlette.types import Scope

from ..errors import Failure


def speaks_ollama(scope: Scope) -> bool:
    """Whether a request is one to Ollama's API, by its path."""
    path: str = scope["path"]
    return path.startswith("/api/")


def envelope(told: Failure) -> dict[str, Any]:
    """The body of an error answer."""
    return {"error": told.message}
