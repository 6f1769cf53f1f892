"""Events on the wire, and the comments between them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.api.sse import KEEP_ALIVE, event, send_events
from tests.api.asgi import DEADLINE


def test_an_event() -> None:
    assert event({"a": "ä\n"}) == 'data: {"a":"ä\\n"}\n\n'.encode()
    assert event([], "message") == b"event: message\ndata: []\n\n"


@given(st.text())
def test_an_event_is_one_line_for_everybody(text: str) -> None:
    body = event(text).decode()
    line, end = body.splitlines()
    assert not end
    assert json.loads(line.removeprefix("data: ")) == text


class Sent:
    """What was sent; ``waiting`` is set with each keep-alive."""

    def __init__(self) -> None:
        self.start: Any = None
        self.bodies: list[bytes] = []
        self.complete = False
        self.waiting = asyncio.Event()

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        if message["body"]:
            self.bodies.append(message["body"])
        if message["body"] == KEEP_ALIVE:
            self.waiting.set()
        self.complete = not message["more_body"]


async def several(events: Sequence[bytes]) -> AsyncIterator[bytes]:
    for each in events:
        yield each


async def test_a_stream() -> None:
    sent = Sent()
    await send_events(sent, several([b"a", b"b"]), keep_alive=60)
    assert sent.start["status"] == 200
    assert dict(sent.start["headers"])[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert sent.bodies == [b"a", b"b"]
    assert sent.complete


async def test_comments_while_nothing_comes() -> None:
    sent = Sent()

    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.wait_for(sent.waiting.wait(), DEADLINE)
        yield b"b"

    await send_events(sent, slow(), keep_alive=0.001)
    assert sent.bodies[0] == b"a"
    assert sent.bodies[-1] == b"b"
    assert set(sent.bodies[1:-1]) == {KEEP_ALIVE}


async def test_headers_go_out_before_the_first_event() -> None:
    sent = Sent()

    async def looking() -> AsyncIterator[bytes]:
        assert sent.start is not None
        yield b"a"

    await send_events(sent, looking(), keep_alive=60)
    assert sent.bodies == [b"a"]


async def test_an_error_leaves_the_answer_unfinished() -> None:
    sent = Sent()

    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await send_events(sent, broken(), keep_alive=60)
    assert not sent.complete


async def test_no_comment_comes_after_the_end() -> None:
    sent = Sent()
    await send_events(sent, several([b"a"]), keep_alive=0.001)
    told = list(sent.bodies)
    await asyncio.sleep(0.01)
    assert sent.bodies == told
    assert len(asyncio.all_tasks()) == 1


def test_a_comment_is_one_line_and_no_event() -> None:
    assert KEEP_ALIVE.startswith(b": ")
    assert KEEP_ALIVE.count(b"\n") == 1
