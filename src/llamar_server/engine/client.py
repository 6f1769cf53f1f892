"""The asyncio side of the engine: hand over a generation, take its outputs, give it up.

It knows the pipe's messages; neither chat messages nor HTTP. The process is ``process.py``'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec

from ..config import EngineConfig
from ..errors import (
    EngineError,
    InvalidGrammar,
    InvalidRequest,
    LlamarError,
    PromptTooLong,
    QueueFull,
)
from .backend import Progress
from .pipe import Abort, frame
from .process import EngineProcess
from .protocol import (
    Accepted,
    Generate,
    GenerateRequest,
    ModelInfo,
    Refused,
    SequenceOutput,
    Step,
    decode_from_engine,
)


class Generation:
    """An accepted request: iterate for its outputs, ``aclose()`` to abort what still runs."""

    def __init__(self, accepted: Accepted, channel: _Channel, give_up: Callable[[], None]) -> None:
        self.prompt_tokens = accepted.prompt_tokens
        self.max_tokens = accepted.max_tokens
        self._channel = channel
        self._give_up = give_up

    async def __aiter__(self) -> AsyncIterator[SequenceOutput]:
        """All outputs of all choices in order, up to the last ``finish``, or to ``aclose``. Raises
        ``EngineDied``."""
        while (output := await self._channel.next()) is not None:
            yield output

    async def aclose(self) -> None:
        """Abort what still runs. Nothing comes any more."""
        self._give_up()


class _Channel:
    """Where the outputs of one request arrive; after them comes None, or the error that ended it."""

    def __init__(self, n: int) -> None:
        self.accepted: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self.unfinished = n
        self._outputs: asyncio.Queue[SequenceOutput | EngineError | None] = asyncio.Queue()

    def put(self, output: SequenceOutput) -> None:
        self._outputs.put_nowait(output)
        if output.finish is not None:
            self.unfinished -= 1
            if not self.unfinished:
                self._outputs.put_nowait(None)

    async def next(self) -> SequenceOutput | None:
        output = await self._outputs.get()
        if isinstance(output, SequenceOutput):
            return output
        self._outputs.put_nowait(output)  # the end stays the end
        if output is not None:
            raise output
        return None

    def fail(self, error: LlamarError) -> None:
        if not self.accepted.done():
            self.accepted.set_exception(error)
        elif isinstance(error, EngineError):
            self._outputs.put_nowait(error)

    def accept(self, accepted: Accepted) -> None:
        if not self.accepted.done():
            self.accepted.set_result(accepted)

    def close(self) -> None:
        while not self._outputs.empty():
            self._outputs.get_nowait()
        self._outputs.put_nowait(None)


class EngineClient(EngineProcess[EngineConfig, ModelInfo]):
    """One engine process. ``start`` before use, ``close`` after; both in the same event loop."""

    def __init__(self, config: EngineConfig, on_progress: Progress | None = None) -> None:
        super().__init__("llamar_server.engine.worker", config, decode_from_engine, on_progress)
        self._channels: dict[str, _Channel] = {}

    async def generate(self, request: GenerateRequest) -> Generation:
        """Hand over a request; back as soon as the engine has accepted it.

        Raises ``PromptTooLong``, ``InvalidGrammar``, ``InvalidRequest``, ``QueueFull`` or
        ``EngineDied``. A request id must not be used twice.
        """
        request_id = request.request_id
        message = frame(Generate(request))
        await self._wait_ready()
        channel = self._channels[request_id] = _Channel(request.n)

        def give_up() -> None:
            channel.close()
            if self._channels.get(request_id) is channel:
                del self._channels[request_id]
                self._send(frame(Abort(request_id)))

        self._send(message)
        try:
            return Generation(await channel.accepted, channel, give_up)
        except BaseException:
            give_up()
            raise

    def _take(self, message: msgspec.Struct) -> None:
        match message:
            case Step(outputs):
                for output in outputs:
                    if channel := self._channels.get(output.request_id):
                        channel.put(output)
                        if not channel.unfinished:
                            del self._channels[output.request_id]
            case Accepted(request_id):
                if channel := self._channels.get(request_id):
                    channel.accept(message)
            case Refused(request_id):
                if channel := self._channels.pop(request_id, None):
                    channel.fail(_refusal(message))

    def _end_requests(self, error: EngineError) -> None:
        for channel in self._channels.values():
            channel.fail(error)
        self._channels.clear()


def _refusal(refused: Refused) -> LlamarError:
    match refused.kind:
        case "prompt_too_long":
            return PromptTooLong(refused.prompt_tokens, refused.n_ctx)
        case "grammar":
            return InvalidGrammar(refused.message, param=refused.param)
        case "invalid":
            return InvalidRequest(refused.message, param=refused.param)
        case "queue_full":
            return QueueFull(refused.message)
