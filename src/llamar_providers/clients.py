"""OpenAI clients for a llamar server, with nothing in them that was meant for another one.

Imports the SDK: nothing at the top of an adapter that wants to be light may import this.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any, Final, TypeVar

import openai

from .http import ServerUnreachable, is_this_machine

CONNECT_SECONDS: Final = 5.0

_Client = TypeVar("_Client", openai.OpenAI, openai.AsyncOpenAI)
_Key = tuple[str, str, int]
"""Base URL, key, and the process that connects: a forked one needs connections of its own."""


def timeouts(seconds: float | None) -> openai.Timeout:
    """``seconds`` for a whole answer (None: any time, as a model on a slow machine needs), but few to
    connect: the server is there or it is not."""
    return openai.Timeout(seconds, connect=CONNECT_SECONDS)


def sync_client(
    base_url: str, api_key: str, *, timeout: float | None = None, max_retries: int = 2
) -> openai.OpenAI:
    return _forgetful(
        openai.OpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=timeouts(timeout),
            max_retries=max_retries,
            http_client=openai.DefaultHttpxClient(**_transport(base_url)),
        )
    )


def async_client(
    base_url: str, api_key: str, *, timeout: float | None = None, max_retries: int = 2
) -> openai.AsyncOpenAI:
    return _forgetful(
        openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            timeout=timeouts(timeout),
            max_retries=max_retries,
            http_client=openai.DefaultAsyncHttpxClient(**_transport(base_url)),
        )
    )


def _transport(base_url: str) -> dict[str, Any]:
    """No proxies for this machine; and where nothing is encrypted, certificates, which take longer to load
    than a short answer, are not loaded."""
    local = is_this_machine(base_url)
    return {"trust_env": not local, "verify": not (local and base_url.startswith("http:"))}


def _forgetful(client: _Client) -> _Client:
    """``client`` without what the SDK took from ``OPENAI_*`` variables, which is for another server."""
    client.organization = None
    client.project = None
    client.admin_api_key = None
    client._custom_headers = {}  # only private: OPENAI_CUSTOM_HEADERS, which can hold a key, too
    return client


def completion_arguments(fields: Mapping[str, Any]) -> dict[str, Any]:
    """``fields`` of a request as arguments of ``chat.completions.create``: those that the SDK does not
    know, such as ``top_k``, go into ``extra_body``."""
    known = _sdk_arguments()
    extra = {name: value for name, value in fields.items() if name not in known}
    given = fields.get("extra_body") or {}
    arguments = {name: value for name, value in fields.items() if name in known}
    return arguments | ({"extra_body": extra | given} if extra or given else {})


@cache
def _sdk_arguments() -> frozenset[str]:
    return frozenset(inspect.signature(openai.resources.chat.Completions.create).parameters)


class NoServer(openai.APIConnectionError, ServerUnreachable):
    """The SDK's error, with a message that says which server does not answer."""


@contextmanager
def saying_where(url: str) -> Iterator[None]:
    """For a request to the server at ``url``."""
    try:
        yield
    except openai.APITimeoutError:
        raise
    except openai.APIConnectionError as error:
        raise NoServer(message=f"no llamar server answers at {url}", request=error.request) from error


class Clients:
    """Clients that are kept, as connecting anew costs more than a short answer: one for each server,
    and for asyncio one for each server and running event loop, as a loop's connections die with it.

    Those of an event loop are closed when it ends, and all when they are not wanted any more. A copy
    connects anew.
    """

    def __init__(self, *, max_retries: int = 2) -> None:
        self._max_retries = max_retries
        self._sync: dict[_Key, openai.OpenAI] = {}
        self._async: dict[asyncio.AbstractEventLoop, dict[_Key, _LoopClient]] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> Any:
        return partial(Clients, max_retries=self._max_retries), ()

    def sync(self, base_url: str, api_key: str) -> openai.OpenAI:
        key = base_url, api_key, os.getpid()
        with self._lock:
            if key not in self._sync:
                client = sync_client(base_url, api_key, max_retries=self._max_retries)
                weakref.finalize(self, client.close)
                self._sync[key] = client
            return self._sync[key]

    def asynchronous(self, base_url: str, api_key: str) -> openai.AsyncOpenAI:
        """To be called, and the client to be used, in a running event loop."""
        clients = self._of_running_loop()
        key = base_url, api_key, os.getpid()
        if key not in clients:
            clients[key] = _LoopClient(async_client(base_url, api_key, max_retries=self._max_retries))
        return clients[key].client

    def close(self) -> None:
        """Close those for threads; the others belong to their event loops."""
        while self._sync:
            self._sync.popitem()[1].close()

    async def aclose(self) -> None:
        """Close those for threads and those of the running event loop."""
        self.close()
        for each in self._async.pop(asyncio.get_running_loop(), {}).values():
            await each.life.aclose()

    def _of_running_loop(self) -> dict[_Key, _LoopClient]:
        loop = asyncio.get_running_loop()
        if loop not in self._async:
            for ended in [each for each in list(self._async) if each.is_closed()]:
                del self._async[ended]
        return self._async.setdefault(loop, {})


class _LoopClient:
    """A client of the running event loop, and what closes it there."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self.client = client
        self.life = _open_while_wanted(client)
        with suppress(StopIteration):
            self.life.__anext__().send(None)  # up to its yield: nothing before that waits


async def _open_while_wanted(client: openai.AsyncOpenAI) -> AsyncGenerator[None]:
    """Closes ``client`` when its event loop ends, as that ends its asynchronous generators first, and
    when nobody holds this one any more, as the loop then ends it, too."""
    async with client:
        yield
