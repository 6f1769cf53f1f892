"""An event loop in a thread of its own, so that callers that wait use the one asynchronous implementation.

Only with asyncio can a whole answer have a deadline, and a stream be cut off while it says nothing.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import Any, Final, TypeVar

T = TypeVar("T")

_END: Final[Any] = object()


class BackgroundLoop:
    """Runs coroutines for threads. The loop starts with the first of them and ends with this object, or
    with the process; a forked process gets one of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns or raises. An exception in the waiting thread (Ctrl-C) cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def iterate(self, items: AsyncGenerator[T]) -> Generator[T]:
        """The items, one by one. Whoever stops early closes ``items``, without waiting for that."""
        loop = self._running()
        try:
            while (item := self.run(_next(items))) is not _END:
                yield item
        finally:
            if not loop.is_closed():  # as it is when the interpreter ends
                asyncio.run_coroutine_threadsafe(items.aclose(), loop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._pid = os.getpid()
                runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
                self._loop = runner.get_loop()
                threading.Thread(target=_serve, args=[runner], name="llamar", daemon=True).start()
                weakref.finalize(self, _end, self._loop, self._pid)
            return self._loop


async def _next(items: AsyncGenerator[T]) -> T:
    return await anext(items, _END)


def _serve(runner: asyncio.Runner) -> None:
    with runner:  # which cancels what is left over
        runner.get_loop().run_forever()


def _end(loop: asyncio.AbstractEventLoop, pid: int) -> None:
    if pid == os.getpid() and not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)
