"""The OpenAI API's error object: https://platform.openai.com/docs/guides/error-codes."""

from __future__ import annotations

from typing import Any, Final

from ...errors import PromptTooLong
from ..errors import Failure, Kind
from ..sse import event

# Clients act on these codes: agents compact their history at context_length_exceeded, for one.
_CODES: Final[dict[Kind, str]] = {
    "unsupported_parameter": "unsupported_parameter",
    "invalid_grammar": "invalid_grammar",
    "context_length": "context_length_exceeded",
    "unauthorized": "invalid_api_key",
    "forbidden": "forbidden",
    "unknown_model": "model_not_found",
    "not_found": "not_found",
    "unknown_previous": "previous_response_not_found",
    "method_not_allowed": "method_not_allowed",
    "too_large": "request_too_large",
    "queue_full": "rate_limit_exceeded",
    "engine": "engine_unavailable",
    "internal": "internal_error",
}

_TYPES: Final[dict[Kind, str]] = {
    "unauthorized": "authentication_error",
    "forbidden": "permission_error",
    "queue_full": "rate_limit_error",
    "engine": "server_error",
    "internal": "server_error",
}


def envelope(told: Failure) -> dict[str, Any]:
    """The body of an error answer, and of an error event in a stream."""
    return {
        "error": {
            "message": _message(told),
            "type": _TYPES.get(told.kind, "invalid_request_error"),
            "param": told.param,
            "code": _CODES.get(told.kind),
        }
    }


def error_event(told: Failure) -> bytes:
    """The last event of a stream that failed."""
    return event(envelope(told))


def _message(told: Failure) -> str:
    if isinstance(told.error, PromptTooLong):
        # OpenAI's own words: clients look for them, and read the numbers.
        return (
            f"This model's maximum context length is {told.error.n_ctx} tokens. However, your request "
            f"resulted in {told.error.n_prompt} tokens. Please reduce the length of the prompt."
        )
    return told.message
