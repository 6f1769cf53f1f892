"""What asks the server to stop: Ctrl-C, SIGTERM, or the end of standard input.

It notices and tells; what stopping means is decided where the server runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def stop_requests(on_stop: Callable[[], None], *, stdin_eof: bool = False) -> Iterator[None]:
    """Calls ``on_stop`` in the running event loop at each SIGINT and SIGTERM (Ctrl-Break on Windows)
    while the context is open, and once when standard input ends if ``stdin_eof``."""
    loop = asyncio.get_running_loop()

    def on_signal(signum: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(on_stop)

    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        signals.append(signal.SIGBREAK)
    before = {each: signal.signal(each, on_signal) for each in signals}
    if stdin_eof:
        threading.Thread(target=_wait_for_stdin_eof, args=(loop, on_stop), daemon=True).start()
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _wait_for_stdin_eof(loop: asyncio.AbstractEventLoop, on_stop: Callable[[], None]) -> None:
    # The bare descriptor: a thread inside sys.stdin's lock would break the interpreter's exit.
    with contextlib.suppress(OSError):
        while os.read(0, 65536):
            pass
    with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped already
        loop.call_soon_threadsafe(on_stop)
