"""Small questions to a llamar server, before there is any SDK: where it is, and what it serves.

Nothing but the standard library, so that asking costs no import.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit


class ServerUnreachable(RuntimeError):
    """No server answered at the address, or not as a server of this kind does."""


def root_of(url: str) -> str:
    """``url`` as ``http://host:port``; it may lack the scheme, and may end in ``/v1``."""
    root = url if "://" in url else f"http://{url}"
    return root.rstrip("/").removesuffix("/v1").rstrip("/")


def is_this_machine(url: str) -> bool:
    """Whether ``url`` is an address of this machine for itself: proxies of the environment are not for it."""
    host = urlsplit(url).hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


def get_json(url: str, api_key: str | None = None, *, timeout: float = 10.0) -> Any:
    """The JSON at ``url``. Raises ServerUnreachable."""
    return _ask(urllib.request.Request(url), api_key, timeout)


def post_json(url: str, body: Any, api_key: str | None = None, *, timeout: float = 60.0) -> Any:
    """The answer to ``body``, sent as JSON. Raises ServerUnreachable."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    return _ask(request, api_key, timeout)


def get_health(url: str, *, timeout: float = 10.0) -> dict[str, Any]:
    """What the server at ``url`` says of itself, also while its engine starts again (status 503).

    Raises ServerUnreachable where no llamar server answers.
    """
    health = _ask(urllib.request.Request(f"{url}/health"), None, timeout, accept=503)
    if not isinstance(health, dict) or not health.keys() >= {"model", "instance"}:
        raise ServerUnreachable(f"what answers at {url} is no llamar server")
    return health


def _ask(
    request: urllib.request.Request, api_key: str | None, timeout: float, accept: int | None = None
) -> Any:
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    url = request.full_url
    direct = [urllib.request.ProxyHandler({})] if is_this_machine(url) else []
    try:
        with urllib.request.build_opener(*direct).open(request, timeout=timeout) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == accept:
                return _json_of(error)
            raise ServerUnreachable(f"{url} answered with status {error.code}: {_words(error)}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ServerUnreachable(f"no llamar server answers at {url} ({error})") from error


def _words(error: urllib.error.HTTPError) -> str:
    try:
        return str(_json_of(error)["error"]["message"])
    except (KeyError, TypeError):
        return error.reason


def _json_of(error: urllib.error.HTTPError) -> Any:
    try:
        return json.load(error)
    except (OSError, ValueError):
        return None
