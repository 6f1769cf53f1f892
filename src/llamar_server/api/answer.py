"""From the outputs of a running request to the socket, streamed or whole. Shared by all APIs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any, Protocol, TypeVar

from starlette.types import Send

from ..errors import LlamarError
from .errors import Failure, failure
from .json import send_json
from .sse import Idle, comment, send_events

log = logging.getLogger(__name__)

Output_contra = TypeVar("Output_contra", contravariant=True)
Output = TypeVar("Output")


class Encoder(Protocol[Output_contra]):
    """An answer on its way out: told the outputs, it gives a stream's bytes, and the whole at the end."""

    def opening(self) -> bytes: ...
    def step(self, output: Output_contra, /) -> bytes: ...
    def closing(self) -> bytes: ...
    def whole(self) -> dict[str, Any]: ...


async def send_answer(
    send: Send,
    outputs: AsyncIterable[Output],
    encoder: Encoder[Output],
    *,
    stream: bool,
    keep_alive: float,
    failed: Callable[[Failure], bytes],
    idle: Idle = comment,
) -> None:
    """Sends the whole answer. Raises what ``outputs`` raises, unless the first byte has been sent: then
    ``failed`` gives the stream's last event. ``keep_alive`` and ``idle`` are those of ``send_events``."""
    if stream:
        await send_events(send, _events(outputs, encoder, failed), keep_alive=keep_alive, idle=idle)
        return
    async for output in outputs:
        encoder.step(output)
    await send_json(send, encoder.whole())


async def _events(
    outputs: AsyncIterable[Output], encoder: Encoder[Output], failed: Callable[[Failure], bytes]
) -> AsyncIterator[bytes]:
    """The stream's bytes. After an error there is no closing: never an end that looks like success."""
    try:
        yield encoder.opening()
        async for output in outputs:
            if data := encoder.step(output):
                yield data
        yield encoder.closing()
    except Exception as error:
        if not isinstance(error, LlamarError):
            log.exception("unexpected error in a stream")
        yield failed(failure(error))
