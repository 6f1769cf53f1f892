"""An id for every request, in the headers of its answer and in what it logs or tells about its errors.

Under the names of both APIs: their SDKs show it as ``_request_id``.
"""

from __future__ import annotations

import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = ("x-request-id", "request-id")


def request_id(scope: Scope) -> str:
    """The id of a request; given when it is first asked for."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        state["request_id"] = f"req_{uuid.uuid4().hex}"
    known = state["request_id"]
    assert isinstance(known, str)
    return known


class RequestIds:
    """Writes the id into the answer's headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                for name in _HEADERS:
                    headers[name] = request_id(scope)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, send_with_id)
