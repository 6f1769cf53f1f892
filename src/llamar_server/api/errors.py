"""Errors as HTTP: the status and kind of each, and the envelope of the API whose path was asked.

Adds the faults that only HTTP knows (keys, paths, methods, sizes). It refuses to know any API's
envelope: ``Envelopes`` is told them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from ..errors import (
    EngineError,
    InputTooLong,
    InvalidGrammar,
    InvalidRequest,
    LlamarError,
    PromptTooLong,
    QueueFull,
    UnknownModel,
    UnsupportedParameter,
)
from .json import json_response
from .request_id import request_id

Kind = Literal[
    "invalid_request",
    "unsupported_parameter",
    "invalid_grammar",
    "context_length",
    "unauthorized",
    "forbidden",
    "unknown_model",
    "not_found",
    "unknown_previous",
    "method_not_allowed",
    "too_large",
    "queue_full",
    "engine",
    "internal",
]


class Unauthorized(LlamarError):
    """No valid key came with the request."""


class Forbidden(LlamarError):
    """The request comes from where this server does not take requests from."""


class NotFound(InvalidRequest):
    """What the request names is not here, or not any more."""


class UnknownPrevious(NotFound):
    """The answer that the request goes on from is not here: the client may send the whole conversation."""


class BodyTooLarge(LlamarError):
    """The request's body has more bytes than the server takes."""


@contextlib.contextmanager
def about(param: str) -> Iterator[None]:
    """Says of refusals that name no field which one they are about."""
    try:
        yield
    except InvalidRequest as error:
        error.param = error.param or param
        raise


@dataclass(frozen=True, slots=True)
class Failure:
    """An error on its way to a client: neutral, until an API puts it into its envelope."""

    status: int
    kind: Kind
    message: str
    error: Exception
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""


Envelope = Callable[[Failure], dict[str, Any]]

# The nearest class of an error's own line of descent decides.
_KNOWN: Final[dict[type, tuple[int, Kind]]] = {
    InvalidRequest: (400, "invalid_request"),
    UnsupportedParameter: (400, "unsupported_parameter"),
    InvalidGrammar: (400, "invalid_grammar"),
    PromptTooLong: (400, "context_length"),
    InputTooLong: (400, "context_length"),
    Unauthorized: (401, "unauthorized"),
    Forbidden: (403, "forbidden"),
    UnknownModel: (404, "unknown_model"),
    NotFound: (404, "not_found"),
    UnknownPrevious: (404, "unknown_previous"),
    BodyTooLarge: (413, "too_large"),
    QueueFull: (429, "queue_full"),
    EngineError: (503, "engine"),
}

_HTTP_KINDS: Final[dict[int, Kind]] = {404: "not_found", 405: "method_not_allowed"}


def failure(error: Exception, *, asked: str = "") -> Failure:
    """What to tell the client of ``error``. ``asked`` is the method and path, for messages about them."""
    if isinstance(error, HTTPException):
        return _http_failure(error, asked)
    known = next((_KNOWN[each] for each in type(error).__mro__ if each in _KNOWN), None)
    if known is None:
        return Failure(500, "internal", "the server made a mistake; its log says which", error)
    status, kind = known
    param = error.param if isinstance(error, InvalidRequest) else None
    return Failure(status, kind, str(error), error, param, _headers(error))


def _http_failure(error: HTTPException, asked: str) -> Failure:
    kind = _HTTP_KINDS.get(error.status_code, "invalid_request")
    messages = {"not_found": f"there is nothing at {asked}", "method_not_allowed": f"{asked} is not allowed"}
    message = messages.get(kind, error.detail)
    return Failure(error.status_code, kind, message, error, headers=error.headers or {})


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, QueueFull):
        return {"retry-after": str(error.retry_after)}
    if isinstance(error, EngineError):
        return {"retry-after": "1"}
    if isinstance(error, Unauthorized):
        return {"www-authenticate": "Bearer"}
    return {}


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Which API's envelope a request gets: that of the first of ``others`` whose test it passes, else
    ``default``."""

    default: Envelope
    others: tuple[tuple[Callable[[Scope], bool], Envelope], ...] = ()

    def response(self, request: Request, error: Exception) -> Response:
        """The answer that tells ``error`` in the shape of the API that was asked."""
        told = failure(error, asked=f"{request.method} {request.url.path}")
        told = replace(told, request_id=request_id(request.scope))
        envelope = next((its for fits, its in self.others if fits(request.scope)), self.default)
        return json_response(envelope(told), status=told.status, headers=told.headers)
