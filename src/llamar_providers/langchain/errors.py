"""Errors that are OpenAI's and LangChain's at once: whoever catches either catches them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import openai
from langchain_core import exceptions as core

_CONTEXT_OVERFLOW: Final = "context_length_exceeded"


class LlamarInvalidRequestError(openai.BadRequestError, core.ModelInvalidRequestError):
    """The server refuses the request; ``param`` names what it does not take."""


class LlamarContextOverflowError(openai.BadRequestError, core.ContextOverflowError):
    """The prompt is longer than the model's window."""


class LlamarAuthenticationError(openai.AuthenticationError, core.ModelAuthenticationError):
    """The key is missing or wrong."""


class LlamarPermissionDeniedError(openai.PermissionDeniedError, core.ModelPermissionDeniedError):
    """The server does not answer to this client."""


class LlamarNotFoundError(openai.NotFoundError, core.ModelNotFoundError):
    """The server does not have the model."""


class LlamarUnprocessableError(openai.UnprocessableEntityError, core.ModelInvalidRequestError):
    """As LlamarInvalidRequestError, from a server that says it with status 422."""


class LlamarRateLimitError(openai.RateLimitError, core.ModelRateLimitError):
    """The server's queue is full."""


class LlamarServerError(openai.InternalServerError, core.ModelAPIError):
    """The server failed."""


class LlamarStatusError(openai.APIStatusError, core.ModelInvalidRequestError):
    """Any other refusal."""


class LlamarTimeoutError(openai.APITimeoutError, core.ModelTimeoutError):
    """No sign of life for ``timeout`` seconds."""


class LlamarConnectionError(openai.APIConnectionError, core.ModelConnectionError):
    """No server, or it went away."""


class LlamarStreamError(openai.APIError, core.ModelAPIError):
    """The server failed after it had begun to answer."""


_BY_STATUS: Final[tuple[type[openai.APIStatusError], ...]] = (
    LlamarInvalidRequestError,
    LlamarAuthenticationError,
    LlamarPermissionDeniedError,
    LlamarNotFoundError,
    LlamarUnprocessableError,
    LlamarRateLimitError,
    LlamarServerError,
)


@contextmanager
def langchain_errors() -> Iterator[None]:
    """Raises OpenAI's errors as those that are LangChain's, too."""
    try:
        yield
    except openai.APIError as error:
        raise _as_both(error) from error


def _as_both(error: openai.APIError) -> openai.APIError:
    if isinstance(error, openai.APIStatusError):
        return _kind(error)(error.message, response=error.response, body=error.body)
    if isinstance(error, openai.APITimeoutError):
        return LlamarTimeoutError(request=error.request)
    if isinstance(error, openai.APIConnectionError):
        message = f"no answer from {error.request.url}: {_root(error)}"
        return LlamarConnectionError(message=message, request=error.request)
    return LlamarStreamError(error.message, error.request, body=error.body)


def _root(error: BaseException) -> BaseException:
    """What it all came from: the SDK says no more than that there was a problem."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _kind(error: openai.APIStatusError) -> type[openai.APIStatusError]:
    if error.code == _CONTEXT_OVERFLOW:
        return LlamarContextOverflowError
    return next((kind for kind in _BY_STATUS if isinstance(error, kind.__bases__[0])), LlamarStatusError)
