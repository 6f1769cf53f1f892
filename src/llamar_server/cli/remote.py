"""A server at an address, through the ``openai`` SDK: connecting to it, and its errors in one sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import openai

from llamar_providers.http import is_this_machine

from ..errors import InvalidRequest, LlamarError

_ANSWER_SECONDS: Final = 600.0
"""How long a server may be silent."""


class RemoteError(LlamarError):
    """The server did not answer, or refused."""


class RemoteRefusal(RemoteError, InvalidRequest):
    """The request cannot be honoured as it is."""


def connect(url: str, api_key: str | None, timeout: float) -> openai.OpenAI:
    """A client for the server at ``url``, which may lack ``http://`` and ``/v1``, and which has
    ``timeout`` seconds to take a connection. Its answers may take long: models are slow.

    Proxies of the environment are for other machines: they do not capture what goes to this one.
    """
    base = url if "://" in url else f"http://{url}"
    base = base.rstrip("/").removesuffix("/v1") + "/v1"
    http = openai.DefaultHttpxClient(trust_env=not is_this_machine(base))
    return openai.OpenAI(
        base_url=base,
        api_key=api_key or "none",
        http_client=http,
        timeout=openai.Timeout(_ANSWER_SECONDS, connect=timeout),
        max_retries=0,
    )


def first_model(client: openai.OpenAI, kind: str | None = None) -> str:
    """The name of the first model that the server serves; with ``kind``, of the first for that, as llamar
    servers tell it. Raises RemoteError."""
    with sentences(client):
        names = [each.id for each in client.models.list() if kind in (None, getattr(each, "type", None))]
    if not names:
        raise RemoteError(f"{client.base_url} serves no {f'{kind} model' if kind else 'model'}")
    return names[0]


@contextlib.contextmanager
def sentences(client: openai.OpenAI) -> Iterator[None]:
    """Makes RemoteErrors of the SDK's errors."""
    try:
        yield
    except openai.APIError as error:
        kind = RemoteRefusal if isinstance(error, openai.BadRequestError) else RemoteError
        raise kind(_sentence(error, client)) from error


def _sentence(error: openai.APIError, client: openai.OpenAI) -> str:
    if isinstance(error, openai.APITimeoutError):
        return f"{client.base_url} took too long to answer"
    if isinstance(error, openai.APIConnectionError):
        return f"the connection to {client.base_url} failed ({error.__cause__ or error})"
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or error.message)
