"""JSON on the wire: encoding for every answer, and answers that are one JSON value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Send

encode = msgspec.json.Encoder().encode


def json_response(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of one JSON value."""
    return Response(encode(body), status, headers, "application/json")


async def send_json(send: Send, body: Any) -> None:
    """Sends an answer of one JSON value, where there is no more of the request than ``send``."""
    data = encode(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": data, "more_body": False})
