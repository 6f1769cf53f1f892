"""An HTTP server on this machine that answers as told and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]  # names in lower case
    body: Any


@dataclass
class Recorder:
    """``status`` and ``answer`` (JSON, or bytes as they are, or what gives one for a request) are what every
    request gets."""

    url: str
    status: int = 200
    answer: Any = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def recorder() -> Iterator[Recorder]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    record = server.record = Recorder(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield record
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        record: Recorder = self.server.record  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, json.loads(body) if body else None)
        record.asked.append(asked)
        said = record.answer(asked) if callable(record.answer) else record.answer
        answer = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(record.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        pass
