"""OpenAI clients for a llamar server. Imports the SDK, and nothing at the top of an adapter that
wants to be light may import this."""

from __future__ import annotations

import asyncio
import weakref
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


class Clients:
    """Clients that are kept, as connecting anew costs more than a short answer: one for each server,
    and for asyncio one for each server and running event loop, as a loop's connections die with it."""

    def __init__(self, *, max_retries: int = 2) -> None:
        self._max_retries = max_retries
        self._sync: dict[tuple[str, str], openai.OpenAI] = {}
        self._async: weakref.WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[tuple[str, str], openai.AsyncOpenAI]
        ] = weakref.WeakKeyDictionary()

    def sync(self, base_url: str, api_key: str) -> openai.OpenAI:
        key = base_url, api_key
        if key not in self._sync:
            self._sync[key] = sync_client(base_url, api_key, max_retries=self._max_retries)
        return self._sync[key]

    def asynchronous(self, base_url: str, api_key: str) -> openai.AsyncOpenAI:
        """To be called, and the client to be used, in a running event loop."""
        clients = self._async.setdefault(asyncio.get_running_loop(), {})
        key = base_url, api_key
        if key not in clients:
            clients[key] = async_client(base_url, api_key, max_retries=self._max_retries)
        return clients[key]
