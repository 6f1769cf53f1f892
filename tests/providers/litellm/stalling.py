"""A server that never comes to the point: signs of life, for ever, and no answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def stalling_server() -> Iterator[str]:
    """Its address. Answers begin as ``start``, and go on with white space or comments."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.ended = threading.Event()  # type: ignore[attr-defined] # for the handler, which has only this
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.ended.set()  # type: ignore[attr-defined]
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def do_POST(self) -> None:
        streamed = b'"stream":true' in self.rfile.read(int(self.headers["Content-Length"])).replace(b" ", b"")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
        self.end_headers()
        try:
            while not self.server.ended.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b": waiting\n\n" if streamed else b" ")
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, *arguments: Any) -> None:
        pass
