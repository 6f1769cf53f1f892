"""A client that goes away ends the work for it, whatever that is waiting for."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import pytest

from llamar_server.chat.events import TextDelta
from tests.api.asgi import DEADLINE, Visitor, app_of, on_a_port, until
from tests.fakes.chat import FakeChat, FakeEngine, Wait, output, says, text

CHAT = "/v1/chat/completions"
TEXT = "/v1/completions"
STREAMED = pytest.mark.parametrize("stream", [False, True])


def chat_body(stream: bool) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": "hi"}], "stream": stream}


@STREAMED
async def test_leaving_the_queue(stream: bool) -> None:
    chat = FakeChat()
    chat.queue = True
    visitor = Visitor(app_of(chat), CHAT, chat_body(stream))
    await until(chat.queued.is_set)
    await visitor.leave()
    assert chat.left_queue.is_set()
    assert visitor.status is None


@STREAMED
async def test_leaving_while_the_prompt_is_computed(stream: bool) -> None:
    chat = FakeChat([Wait()])
    visitor = Visitor(app_of(chat), CHAT, chat_body(stream))
    await until(lambda: chat.streams and chat.streams[0].reached_wait.is_set())
    assert not chat.streams[0].closed.is_set()
    await visitor.leave()
    assert chat.streams[0].closed.is_set()
    assert visitor.status == (200 if stream else None)
    assert not visitor.complete


@STREAMED
async def test_leaving_in_the_middle_of_the_answer(stream: bool) -> None:
    chat = FakeChat([says(TextDelta("Hello")), Wait()])
    visitor = Visitor(app_of(chat), CHAT, chat_body(stream))
    await until(lambda: chat.streams and chat.streams[0].reached_wait.is_set())
    await visitor.leave()
    assert chat.streams[0].closed.is_set()
    assert (b"Hello" in visitor.received) == stream
    assert not visitor.complete


@STREAMED
async def test_leaving_ends_the_generations_of_all_prompts(stream: bool) -> None:
    engine = FakeEngine()
    engine.scripts = [[output("a"), Wait()], [output("b", reason="eos")], [Wait()]]
    body = {"prompt": ["1", "2", "3"], "stream": stream}
    visitor = Visitor(app_of(engine=engine), TEXT, body)
    await until(lambda: [s for s in engine.streams if s.reached_wait.is_set()] == engine.streams[::2])
    await visitor.leave()
    assert len(engine.streams) == 3
    assert all(each.closed.is_set() for each in engine.streams)


@STREAMED
async def test_the_stream_is_closed_after_a_whole_answer_too(stream: bool) -> None:
    chat = FakeChat(text("Hello"))
    visitor = Visitor(app_of(chat), CHAT, chat_body(stream))
    await asyncio.wait_for(visitor.task, DEADLINE)
    assert visitor.complete
    assert chat.streams[0].closed.is_set()


async def test_a_server_that_stops_ends_the_work() -> None:
    chat = FakeChat([Wait()])
    visitor = Visitor(app_of(chat), CHAT, chat_body(True))
    await until(lambda: chat.streams and chat.streams[0].reached_wait.is_set())
    visitor.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visitor.task
    assert chat.streams[0].closed.is_set()


@STREAMED
@pytest.mark.parametrize("script", [[Wait()], [says(TextDelta("Hello")), Wait()]], ids=["prefill", "middle"])
def test_a_closed_connection(stream: bool, script: list[object]) -> None:
    chat = FakeChat(script)
    with on_a_port(app_of(chat)) as url:
        with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)) as connection:
            body = b'{"messages": [{"role": "user", "content": "hi"}], "stream": %s}'
            body %= str(stream).lower().encode()
            head = f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            if stream:
                assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            assert chat.opened.wait(DEADLINE)
            assert chat.streams[0].reached_wait.wait(DEADLINE)
        assert chat.streams[0].closed.wait(DEADLINE)
