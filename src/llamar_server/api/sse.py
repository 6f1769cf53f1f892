"""Server-sent events: their bytes, and sending them with something to keep the connection alive.

The format is that of https://html.spec.whatwg.org/multipage/server-sent-events.html. It refuses to
know what the events mean.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from starlette.types import Send

from .json import encode

# One newline and no blank line: some clients take a blank line for the end of an (empty) event.
KEEP_ALIVE: Final = b": keep-alive\n"

Idle = Callable[[float], bytes]
"""What to send so that a connection stays alive, after so many seconds without an event."""

HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # or a proxy in front collects the events before passing them on
]

# What else than \n and \r ends a line for clients that split text by Unicode's rules.
_LINE_ENDS: Final = ((b"\xc2\x85", b"\\u0085"), (b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"))


def event(data: Any, name: str | None = None) -> bytes:
    """One event with ``data`` as JSON on one line, whatever the reader takes for a line's end."""
    line = encode(data)
    for end, escaped in _LINE_ENDS:
        line = line.replace(end, escaped)
    head = b"" if name is None else b"event: " + name.encode() + b"\n"
    return head + b"data: " + line + b"\n\n"


def comment(silence: float) -> bytes:
    """What no client takes for an event."""
    return KEEP_ALIVE


async def send_events(
    send: Send, events: AsyncIterator[bytes], *, keep_alive: float, idle: Idle = comment
) -> None:
    """Sends the headers at once, then ``events`` as they come, and what ``idle`` gives each time that
    nothing was sent for ``keep_alive`` seconds. An error of ``events`` ends the connection unfinished: the
    client must not take the answer for whole."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    out = _Out(send)
    beats = asyncio.create_task(out.keep_alive(keep_alive, idle))
    try:
        async for each in events:
            await out.event(each)
    finally:
        beats.cancel()
        await asyncio.wait([beats])
    await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Out:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._last_event = self._last_write = time.monotonic()

    async def event(self, data: bytes) -> None:
        self._last_event = time.monotonic()
        await self._write(data)

    async def keep_alive(self, interval: float, idle: Idle) -> None:
        while True:
            now = time.monotonic()
            wait = self._last_write + interval - now
            if wait > 0:
                await asyncio.sleep(wait)
            else:
                await self._write(idle(now - self._last_event))

    async def _write(self, data: bytes) -> None:
        self._last_write = time.monotonic()
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
