"""What a conversation sends, seen from a server that only listens and says what it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from llamar_server.cli.conversation import Conversation, Piece
from llamar_server.cli.remote import RemoteError, connect, first_model


class Scripted(ThreadingHTTPServer):
    """Answers each chat request with the next of ``answers``: deltas, or an error message."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ScriptedHandler)
        self.answers: list[list[dict[str, str]] | str] = []
        self.requests: list[Any] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class ScriptedHandler(BaseHTTPRequestHandler):
    server: Scripted

    def do_GET(self) -> None:
        self._send(200, "application/json", json.dumps({"object": "list", "data": []}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append(json.loads(body))
        answer = self.server.answers.pop(0)
        if isinstance(answer, str):
            self._send(400, "application/json", json.dumps({"error": {"message": answer}}))
            return
        chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in answer]
        self._send(200, "text/event-stream", "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks))

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def said(*pieces: str) -> list[dict[str, str]]:
    return [{"content": piece} for piece in pieces]


def contents(request: Any) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in request["messages"]]


def test_each_question_goes_with_all_that_went_before(scripted: Scripted) -> None:
    scripted.answers = [said("He", "llo"), said("Fine")]
    conversation = Conversation(connect(scripted.url, None, timeout=10), "m", system="Be brief.")
    assert list(conversation.ask("Hi")) == [Piece("He"), Piece("llo")]
    assert list(conversation.ask("How are you?")) == [Piece("Fine")]
    first, second = scripted.requests
    assert contents(first) == [("system", "Be brief."), ("user", "Hi")]
    assert contents(second) == [*contents(first), ("assistant", "Hello"), ("user", "How are you?")]


def test_what_was_read_of_a_stopped_answer_stays(scripted: Scripted) -> None:
    scripted.answers = [said("One", " two", " three"), said("ok")]
    conversation = Conversation(connect(scripted.url, None, timeout=10), "m")
    answer = conversation.ask("Count")
    next(answer)
    next(answer)
    answer.close()
    list(conversation.ask("Go on"))
    assert contents(scripted.requests[1]) == [("user", "Count"), ("assistant", "One two"), ("user", "Go on")]


def test_a_question_that_was_refused_is_forgotten(scripted: Scripted) -> None:
    scripted.answers = ["no such thing", said("ok")]
    conversation = Conversation(connect(scripted.url, None, timeout=10), "m")
    with pytest.raises(RemoteError, match="no such thing"):
        list(conversation.ask("Bad"))
    list(conversation.ask("Good"))
    assert contents(scripted.requests[1]) == [("user", "Good")]


def test_thoughts_are_shown_and_not_sent_back(scripted: Scripted) -> None:
    scripted.answers = [[{"reasoning_content": "Hm."}, *said("Yes")], said("ok")]
    conversation = Conversation(connect(scripted.url, None, timeout=10), "m")
    assert list(conversation.ask("?")) == [Piece("Hm.", thought=True), Piece("Yes")]
    list(conversation.ask("And?"))
    assert contents(scripted.requests[1]) == [("user", "?"), ("assistant", "Yes"), ("user", "And?")]


def test_a_server_without_models(scripted: Scripted) -> None:
    with pytest.raises(RemoteError, match="serves no model"):
        first_model(connect(scripted.url, None, timeout=10))
