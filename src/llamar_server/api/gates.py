"""Who may ask: the keys, and, where there are none, only programs and pages of this machine.

Plain ASGI middleware: nothing here reads a body or changes an answer.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import LlamarError
from .errors import Forbidden, Unauthorized
from .health import HEALTH
from .served import Activity

Refuse = Callable[[Request, Exception], Response]


class Counted:
    """Counts requests as ``activity``, but not those that only look whether the server is there."""

    def __init__(self, app: ASGIApp, activity: Activity) -> None:
        self._app = app
        self._activity = activity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self._app(scope, receive, send)
            return
        with self._activity:
            await self._app(scope, receive, send)


class Keys:
    """Lets pass who brings one of ``keys``, as ``Authorization: Bearer`` or ``x-api-key``; ``/health``
    and CORS preflights need none."""

    def __init__(self, app: ASGIApp, keys: Iterable[str], refuse: Refuse) -> None:
        self._app = app
        self._keys = [key.encode() for key in keys]
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "OPTIONS" or scope["path"] == HEALTH:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._known(headers.get("x-api-key", "")) or self._known(_bearer(headers)):
            await self._app(scope, receive, send)
            return
        error = Unauthorized("a valid API key is needed, as 'Authorization: Bearer KEY' or 'x-api-key: KEY'")
        await self._refuse(Request(scope), error)(scope, receive, send)

    def _known(self, offered: str) -> bool:
        # All are compared, each in constant time: the time taken tells nothing about any of them.
        same = [hmac.compare_digest(offered.encode("latin-1"), key) for key in self._keys]
        return any(same)


def _bearer(headers: Headers) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


class LocalOnly:
    """Guards a server without keys on a loopback address from web pages: one of a foreign site that posts
    to it blindly, and one whose own name has been made to resolve to 127.0.0.1 (DNS rebinding).

    ``origins`` are the ones that CORS allows.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str], refuse: Refuse) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (error := self._problem(Headers(scope=scope))) is not None:
            await self._refuse(Request(scope), error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _problem(self, headers: Headers) -> LlamarError | None:
        host = _host_name(f"//{headers.get('host', '')}")
        if not _is_local(host):
            return Forbidden(f"{host!r} is not a name of this machine; a server without keys takes no other")
        origin = headers.get("origin")
        if origin is None or self._origins & {"*", origin} or _is_harmless(origin):
            return None
        return Forbidden(f"pages of {origin} may not use this server; --cors-origin would allow it")


def _is_harmless(origin: str) -> bool:
    """Web pages of this machine, and programs that show pages of their own (``vscode-webview:`` …)."""
    if origin == "null":
        return False
    return not origin.startswith(("http:", "https:")) or _is_local(_host_name(origin))


def _host_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return url


def _is_local(host: str) -> bool:
    """Whether a name can only mean a machine nearby. An address cannot be rebound, and no ``Host`` at all
    is no browser."""
    if not host or host == "localhost" or host == socket.gethostname().lower():
        return True
    if host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
