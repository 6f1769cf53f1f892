"""A server that says what a test tells it to, for what a real one cannot be made to say; it remembers
what it was asked."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Mapping[str, str], bytes]

USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
HEAD = {"id": "chatcmpl-1", "created": 1, "model": "canned"}


class CannedServer:
    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.bodies: list[Any] = []
        self.headers: list[Message] = []
        self.paths: list[str] = []
        self.answers: deque[Answer] = deque()

    def says(self, **message: Any) -> None:
        """Once, as a whole answer."""
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}
        self.tells(200, {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE})

    def streams(self, deltas: Sequence[Mapping[str, Any]], *, end: bytes | None = None) -> None:
        """Once, in chunks. ``end`` replaces what comes after the last delta."""
        parts = [_event([{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
        usual = _event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        usual += _event([], usage=USAGE) + b"data: [DONE]\n\n"
        body = b"".join(parts) + (usual if end is None else end)
        self.answers.append((200, {"Content-Type": "text/event-stream"}, body))

    def embeds(self, *vectors: Sequence[float], **fields: Any) -> None:
        """Once, as the vectors of a request's texts. ``fields`` are further ones of the answer."""
        data = [{"object": "embedding", "index": i, "embedding": each} for i, each in enumerate(vectors)]
        usage = {"prompt_tokens": 5, "total_tokens": 5}
        self.tells(200, {"object": "list", "data": data, "model": "canned", "usage": usage, **fields})

    def tells(self, status: int, body: Any, **headers: str) -> None:
        """Once, as JSON."""
        told = {"Content-Type": "application/json", **headers}
        self.answers.append((status, told, json.dumps(body).encode()))

    def fails(self, status: int, code: str | None = None, **headers: str) -> None:
        error = {"message": "told to fail", "type": "an_error", "param": "this", "code": code}
        self.tells(status, {"error": error}, **headers)


def _event(choices: list[Any], **fields: Any) -> bytes:
    chunk = {**HEAD, "object": "chat.completion.chunk", "choices": choices, **fields}
    return f"data: {json.dumps(chunk)}\n\n".encode()


@contextmanager
def canned_server() -> Iterator[CannedServer]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.canned = CannedServer(http)  # type: ignore[attr-defined] # for the handler, which has only this
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield http.canned  # type: ignore[attr-defined]
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        canned: CannedServer = self.server.canned  # type: ignore[attr-defined]
        canned.paths.append(self.path)
        canned.headers.append(self.headers)
        canned.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, headers, body = canned.answers.popleft()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("claimed", str(len(body))))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass
