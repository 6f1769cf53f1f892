"""JSON on the wire: encoding for every answer, and answers that are one JSON value."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.types import Send

_AT_A_TIME: Final = 16
"""Items of a long list that are encoded before others get their turn: vectors of thousands of numbers take
a millisecond each."""

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


async def send_json_list(send: Send, fields: Mapping[str, Any], name: str, items: Iterable[Any]) -> None:
    """Sends an answer of one JSON object: ``fields``, of which there is one at least, and then ``name``, the
    list of ``items``. There may be thousands: they are encoded and sent a few at a time."""
    rest = iter(items)
    some = list(islice(rest, _AT_A_TIME))
    if len(some) < _AT_A_TIME:
        await send_json(send, {**fields, name: some})
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    before = encode(fields)[:-1] + b"," + encode(name) + b":["
    while some:
        body = before + encode(some)[1:-1]
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0)
        before = b","
        some = list(islice(rest, _AT_A_TIME))
    await send({"type": "http.response.body", "body": b"]}", "more_body": False})
