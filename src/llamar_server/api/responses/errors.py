"""The error of a response that failed after its first event; before it, errors are HTTP's."""

from __future__ import annotations

from typing import Any, Final

from ..errors import Failure, Kind

# Codex acts on them: it gives up at context_length_exceeded, and tries again at others.
_CODES: Final[dict[Kind, str]] = {
    "invalid_request": "invalid_prompt",
    "unsupported_parameter": "invalid_prompt",
    "invalid_grammar": "invalid_prompt",
    "context_length": "context_length_exceeded",
    "queue_full": "rate_limit_exceeded",
}


def error_object(told: Failure) -> dict[str, Any]:
    return {"code": _CODES.get(told.kind, "server_error"), "message": told.message}
