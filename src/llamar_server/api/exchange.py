"""Owns the disconnect: work for a client ends when that client goes away, whatever it is waiting for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)


class Exchange:
    """An answer whose whole making, from the first wait in the queue to the last byte, is one task.

    ``work`` makes and sends the answer; it is cancelled when the client disconnects, and frees what it
    holds in its ``finally``. The request's body must have been read: what the client sends after it can
    only be its leaving. Errors of ``work`` are raised to the caller, as if there were no task.
    """

    def __init__(self, work: Callable[[Send], Awaitable[None]]) -> None:
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        work = asyncio.ensure_future(self._work(send))
        gone = asyncio.ensure_future(_disconnect(receive))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            await _end(gone)
            await _end(work)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(task: asyncio.Future[None]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("error while ending the work for a client that went away", exc_info=error)
