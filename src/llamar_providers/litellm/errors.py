"""Failures as LiteLLM's own exceptions, which decide what is retried, cooled down or left to a fallback.

LiteLLM would map most of what the SDK raises, but it prints advice on standard output while it does so,
takes what it does not know for a mistake of its own, and never finds out that a context is too long.
https://docs.litellm.ai/docs/exception_mapping
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import openai
from litellm import exceptions

from ..http import ServerUnreachable
from ..process import ServerStartError
from ..settings import ConfigurationError


class CutShort(Exception):
    """The server went away while it answered."""


_BY_CODE: Final[dict[str | None, Any]] = {
    "context_length_exceeded": exceptions.ContextWindowExceededError,
    "engine_unavailable": exceptions.ServiceUnavailableError,
}
_BY_STATUS: Final[dict[int, Any]] = {
    401: exceptions.AuthenticationError,
    403: exceptions.PermissionDeniedError,
    404: exceptions.NotFoundError,
    408: exceptions.Timeout,
    422: exceptions.UnprocessableEntityError,
    429: exceptions.RateLimitError,
    503: exceptions.ServiceUnavailableError,
}
_WITHOUT_RESPONSE: Final[dict[type[Exception], Any]] = {
    ConfigurationError: exceptions.BadRequestError,
    ServerStartError: exceptions.ServiceUnavailableError,
    ServerUnreachable: exceptions.APIConnectionError,
    CutShort: exceptions.APIConnectionError,
    TimeoutError: exceptions.Timeout,
    openai.APITimeoutError: exceptions.Timeout,
    openai.APIConnectionError: exceptions.APIConnectionError,
}
_ABOUT_THE_BODY: Final = ("content-", "transfer-")


@contextmanager
def litellm_errors(model: str) -> Iterator[None]:
    """Whatever goes wrong is raised as LiteLLM's exception about ``model``."""
    try:
        yield
    except Exception as error:
        raise as_litellm(error, model) from error


def as_litellm(error: Exception, model: str) -> Exception:
    """The exception of LiteLLM's that says what ``error`` says."""
    told: dict[str, Any] = {"message": _message(error), "model": model, "llm_provider": "llamar"}
    if isinstance(error, openai.APIStatusError):
        return _with_details(_kind(error)(**told, response=_response(error)), error)
    for ours, theirs in _WITHOUT_RESPONSE.items():
        if isinstance(error, ours):
            return _plainly(theirs(**told), told["message"])
    if isinstance(error, openai.APIError):  # the last event of a stream
        return _with_details(_BY_CODE.get(error.code, exceptions.InternalServerError)(**told), error)
    return exceptions.InternalServerError(**told)


def _plainly(mapped: Any, message: str) -> Exception:
    """``mapped`` without its class in front of the message: LiteLLM's Router goes on asking a server
    whose errors call themselves APIConnectionError."""
    mapped.message = message
    return mapped  # type: ignore[no-any-return]  # all of LiteLLM's are exceptions


def _kind(error: openai.APIStatusError) -> Any:
    by_status = exceptions.InternalServerError if error.status_code >= 500 else exceptions.BadRequestError
    return _BY_CODE.get(error.code) or _BY_STATUS.get(error.status_code, by_status)


def _message(error: Exception) -> str:
    if isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError):
        url = error.request.url
        return f"no llamar server answers at {url.scheme}://{url.netloc.decode()}: {error.__cause__ or error}"
    body = error.body if isinstance(error, openai.APIError) else None
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error) or type(error).__name__


def _with_details(mapped: Any, error: openai.APIError) -> Exception:
    """``mapped`` with what OpenAI's error object says, which not every class of LiteLLM's takes."""
    mapped.body, mapped.code, mapped.param, mapped.type = error.body, error.code, error.param, error.type
    return mapped  # type: ignore[no-any-return]  # as above


def _response(error: openai.APIStatusError) -> httpx.Response:
    """The response with ``retry-after`` in it, of the library that LiteLLM uses (the SDK has another)."""
    headers = [pair for pair in error.response.headers.items() if not pair[0].startswith(_ABOUT_THE_BODY)]
    request = httpx.Request(error.request.method, str(error.request.url))
    return httpx.Response(error.status_code, headers=headers, content=error.response.content, request=request)
