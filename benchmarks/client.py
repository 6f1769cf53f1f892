"""A streaming client that costs little: it shares the cores with the server that it measures.

It notes when bytes arrive and parses them after the clock has stopped. Refuses everything but one
POST that is answered with server-sent events and a closed connection.
"""

from __future__ import annotations

import asyncio
import bisect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from .peers import HOST

ANSWER_TIMEOUT = 1800.0

_EVENT = re.compile(rb"data: ?([^\r\n]*)\r?\n\r?\n")


class LoadError(Exception):
    """A server answered with something that cannot be measured."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One streamed answer. Times are seconds on one clock; ``times`` holds one for each piece of text.

    ``prompt_tokens`` and ``cached_tokens`` are None when the server did not say.
    """

    sent: float
    times: tuple[float, ...]
    text: str
    completion_tokens: int
    prompt_tokens: int | None
    cached_tokens: int | None

    @property
    def first(self) -> float:
        """Seconds from the request to its first text."""
        return self.times[0] - self.sent

    @property
    def inter_token(self) -> float:
        """Mean seconds from one token to the next."""
        return (self.times[-1] - self.times[0]) / (self.completion_tokens - 1)

    @property
    def gaps(self) -> list[float]:
        """Seconds between neighbouring pieces of text."""
        return [b - a for a, b in zip(self.times, self.times[1:], strict=False)]


class Exchange(asyncio.Protocol):
    """One request on a connection of its own."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._arrivals: list[tuple[float, bytes]] = []
        self._sent = 0.0
        self._lost = asyncio.get_running_loop().create_future()
        self._milestone = asyncio.Event()
        self._milestone_pieces = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._sent = perf_counter()
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._arrivals.append((perf_counter(), data))
        if len(self._arrivals) == self._milestone_pieces:
            self._milestone.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._milestone.set()
        self._lost.set_result(exc)

    async def under_way(self, pieces: int) -> None:
        """Return when that many pieces have arrived, or the answer is over. To be called once, early."""
        self._milestone_pieces = pieces
        await self._milestone.wait()

    async def answer(self) -> Answer:
        """The answer, when it is complete. Raises LoadError when it is not one."""
        async with asyncio.timeout(ANSWER_TIMEOUT):
            await self._lost
        return parse(self._sent, self._arrivals)


async def post(port: int, body: Mapping[str, object]) -> Exchange:
    """Send a chat completion request, and return while it is being answered."""
    content = json.dumps(body).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\n"
        f"Host: {HOST}:{port}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n"
        "Connection: close\r\n\r\n"
    )
    request = head.encode() + content
    _, exchange = await asyncio.get_running_loop().create_connection(lambda: Exchange(request), HOST, port)
    return exchange


def parse(sent: float, arrivals: list[tuple[float, bytes]]) -> Answer:
    """The answer in the bytes that arrived, every piece of text with the time at which it was complete."""
    raw = b"".join(data for _, data in arrivals)
    head, _, payload = raw.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise LoadError(raw[:2000].decode(errors="replace") or "no answer")
    ends: list[int] = []
    for _, data in arrivals:
        ends.append((ends[-1] if ends else 0) + len(data))
    body, origins = _unchunk(payload, len(head) + 4)
    times: list[float] = []
    text: list[str] = []
    usage: dict[str, object] = {}
    for event in _EVENT.finditer(body):
        if event[1] == b"[DONE]":
            break
        chunk = json.loads(event[1])
        if "error" in chunk:
            raise LoadError(f"the server ended a stream with {chunk['error']}")
        usage = chunk.get("usage") or usage
        for piece in _texts(chunk):
            text.append(piece)
            times.append(arrivals[bisect.bisect_right(ends, _origin(origins, event.end() - 1))][0])
    return _answer(sent, times, "".join(text), usage)


def _answer(sent: float, times: list[float], text: str, usage: Mapping[str, object]) -> Answer:
    if len(times) < 2:
        raise LoadError("the answer is too short to be measured")
    details = usage.get("prompt_tokens_details")
    return Answer(
        sent=sent,
        times=tuple(times),
        text=text,
        completion_tokens=_count(usage.get("completion_tokens")) or len(times),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        cached_tokens=_count(details.get("cached_tokens")) if isinstance(details, dict) else None,
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _texts(chunk: Mapping[str, list[dict[str, dict[str, str | None]]]]) -> list[str]:
    deltas = [choice["delta"] for choice in chunk["choices"]]
    return [piece for delta in deltas if (piece := delta.get("content") or delta.get("reasoning_content"))]


def _unchunk(payload: bytes, offset: int) -> tuple[bytes, list[tuple[int, int]]]:
    """The body without its chunked framing, and where each chunk came from.

    The second holds (position in the body, position in the raw bytes) of every chunk's start.
    """
    body = bytearray()
    origins: list[tuple[int, int]] = []
    position = 0
    while (line_end := payload.find(b"\r\n", position)) >= 0:
        size = int(payload[position:line_end].split(b";")[0], 16)
        if size == 0:
            break
        start = line_end + 2
        origins.append((len(body), offset + start))
        body += payload[start : start + size]
        position = start + size + 2
    return bytes(body), origins


def _origin(origins: list[tuple[int, int]], position: int) -> int:
    """Where in the raw bytes a byte of the body is."""
    body_start, raw_start = origins[bisect.bisect_right(origins, position, key=lambda pair: pair[0]) - 1]
    return raw_start + position - body_start
