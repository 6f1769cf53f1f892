"""Small questions to a llamar server, before there is any SDK: where it is, and what it serves.

Nothing but the standard library, so that asking costs no import.
"""

from __future__ import annotations

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
    """Whether ``url`` is a loopback address: proxies of the environment are not for it."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def get_json(url: str, api_key: str | None = None, *, timeout: float = 10.0) -> Any:
    """The JSON at ``url``. Raises ServerUnreachable."""
    return _ask(urllib.request.Request(url), api_key, timeout)


def post_json(url: str, body: Any, api_key: str | None = None, *, timeout: float = 60.0) -> Any:
    """The answer to ``body``, sent as JSON. Raises ServerUnreachable."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    return _ask(request, api_key, timeout)


def _ask(request: urllib.request.Request, api_key: str | None, timeout: float) -> Any:
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    url = request.full_url
    direct = [urllib.request.ProxyHandler({})] if is_this_machine(url) else []
    try:
        with urllib.request.build_opener(*direct).open(request, timeout=timeout) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise ServerUnreachable(f"{url} answered with status {error.code}: {_words(error)}") from error
    except (OSError, ValueError) as error:
        raise ServerUnreachable(f"no llamar server answers at {url} ({error})") from error


def _words(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (OSError, ValueError, KeyError, TypeError):
        return error.reason
