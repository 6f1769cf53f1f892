"""The Anthropic API's error object: https://docs.anthropic.com/en/api/errors."""

from __future__ import annotations

from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import Scope

from ...errors import InvalidRequest, PromptTooLong
from ..errors import Failure, Kind
from ..sse import event

# Agents act on these: they retry an overloaded_error as a stream, an api_error without one.
_TYPES: Final[dict[Kind, str]] = {
    "unauthorized": "authentication_error",
    "forbidden": "permission_error",
    "unknown_model": "not_found_error",
    "not_found": "not_found_error",
    "too_large": "request_too_large",
    "queue_full": "rate_limit_error",
    "engine": "overloaded_error",
    "internal": "api_error",
}


class ThreadUnsupported(InvalidRequest):
    """The request leaves the conversation to a server that keeps it; this one keeps none. The SDK that is
    told so in ``details`` goes on with the whole conversation in each request."""


def speaks_anthropic(scope: Scope) -> bool:
    """Whether a request is one to the Anthropic API: by its path, or where a path belongs to both APIs by
    the header that only Anthropic's clients send."""
    path: str = scope["path"]
    return f"{path}/".startswith("/v1/messages/") or "anthropic-version" in Headers(scope=scope)


def envelope(told: Failure) -> dict[str, Any]:
    """The body of an error answer, and of an error event in a stream."""
    error: dict[str, Any] = {
        "type": _TYPES.get(told.kind, "invalid_request_error"),
        "message": _message(told),
    }
    if isinstance(told.error, ThreadUnsupported):
        error["details"] = {"error_code": "thread_unsupported_request"}
    return {"type": "error", "error": error, "request_id": told.request_id}


def error_event(told: Failure) -> bytes:
    """The last event of a stream that failed."""
    return event(envelope(told), "error")


def _message(told: Failure) -> str:
    if isinstance(told.error, PromptTooLong):
        # Anthropic's own words: clients look for them, and read the numbers.
        n_prompt = told.error.n_prompt
        return f"prompt is too long: {n_prompt} tokens > {min(told.error.n_ctx, n_prompt - 1)} maximum"
    return told.message
