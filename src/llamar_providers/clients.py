"""OpenAI clients for a llamar server. Imports the SDK, and nothing at the top of an adapter that
wants to be light may import this."""

from __future__ import annotations

from typing import Final

import openai

from .http import is_this_machine

CONNECT_SECONDS: Final = 5.0


def timeouts(seconds: float | None) -> openai.Timeout:
    """``seconds`` for a whole answer (None: any time, as a model on a slow machine needs), but few to
    connect: the server is there or it is not."""
    return openai.Timeout(seconds, connect=CONNECT_SECONDS)


def sync_client(
    base_url: str, api_key: str, *, timeout: float | None = None, max_retries: int = 2
) -> openai.OpenAI:
    http = openai.DefaultHttpxClient(trust_env=not is_this_machine(base_url))
    client = openai.OpenAI(
        base_url=base_url,
        api_key=api_key,
        timeout=timeouts(timeout),
        max_retries=max_retries,
        http_client=http,
    )
    _forget_openai(client)
    return client


def async_client(
    base_url: str, api_key: str, *, timeout: float | None = None, max_retries: int = 2
) -> openai.AsyncOpenAI:
    http = openai.DefaultAsyncHttpxClient(trust_env=not is_this_machine(base_url))
    client = openai.AsyncOpenAI(
        base_url=base_url,
        api_key=api_key,
        timeout=timeouts(timeout),
        max_retries=max_retries,
        http_client=http,
    )
    _forget_openai(client)
    return client


def _forget_openai(client: openai.OpenAI | openai.AsyncOpenAI) -> None:
    """What the SDK took from ``OPENAI_*`` variables is meant for another server."""
    client.organization = None
    client.project = None
    client.admin_api_key = None
