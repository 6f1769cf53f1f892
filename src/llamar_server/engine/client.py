"""The asyncio side of an engine process: spawn it, talk to it, start it again when it dies.

It knows the pipe's messages and the process; neither chat messages nor HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Literal

import msgspec

from ..config import EngineConfig
from ..errors import (
    EngineDied,
    EngineError,
    InvalidGrammar,
    InvalidRequest,
    LlamarError,
    ModelLoadError,
    PromptTooLong,
    QueueFull,
)
from .backend import Progress
from .protocol import (
    LENGTH,
    Abort,
    Accepted,
    Detokenize,
    FromEngine,
    Generate,
    GenerateRequest,
    LoadFailed,
    Loading,
    ModelInfo,
    Ready,
    Refused,
    SequenceOutput,
    Step,
    Text,
    ToEngine,
    Tokenize,
    Tokens,
    decode_from_engine,
    frame,
)

EngineState = Literal["loading", "ready", "restarting", "stopped"]
_BACK_OFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_HEALTHY_AFTER = 60.0  # seconds of service after which the next restart is immediate again
_logger = logging.getLogger("llamar.engine")


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


class EngineClient:
    """One engine process. ``start`` before use, ``close`` after; both in the same event loop."""

    def __init__(self, config: EngineConfig, on_progress: Progress | None = None) -> None:
        self.config = config
        self.state: EngineState = "stopped"
        self._on_progress = on_progress or (lambda _: None)
        self._info: ModelInfo | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Future[ModelInfo] | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._channels: dict[str, _Channel] = {}
        self._calls: dict[str, asyncio.Future[Tokens | Text]] = {}
        self._ids = count()

    @property
    def info(self) -> ModelInfo:
        """What the model says of itself; there from the first successful start on."""
        if self._info is None:
            raise EngineError("the engine has not been started")
        return self._info

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # --- requests ---

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

    async def tokenize(self, text: str, *, add_special: bool = True, parse_special: bool = True) -> list[int]:
        answer = await self._call(lambda call_id: Tokenize(call_id, text, add_special, parse_special))
        assert isinstance(answer, Tokens)
        return answer.tokens

    async def detokenize(self, tokens: list[int]) -> str:
        """Raises ``InvalidRequest`` for ids that are outside of the vocabulary."""
        self.info.check_tokens(tokens, "tokens")
        answer = await self._call(lambda call_id: Detokenize(call_id, tokens))
        assert isinstance(answer, Text)
        return answer.text

    async def _call(self, message: Callable[[str], ToEngine]) -> Tokens | Text:
        call_id = str(next(self._ids))
        framed = frame(message(call_id))
        await self._wait_ready()
        future: asyncio.Future[Tokens | Text] = asyncio.get_running_loop().create_future()
        self._calls[call_id] = future
        self._send(framed)
        try:
            return await future
        finally:
            self._calls.pop(call_id, None)

    def _send(self, message: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(message)

    async def _wait_ready(self) -> None:
        while self.state != "ready":
            if self.state == "stopped" or self._ready is None:
                raise EngineDied("the engine is not running")
            await asyncio.shield(self._ready)

    # --- life ---

    async def start(self) -> None:
        """Spawn the process and wait until the model is loaded. Raises ``ModelLoadError``."""
        self.state = "loading"
        self._ready = _new_future()
        self._supervisor = asyncio.create_task(self._supervise())
        try:
            await asyncio.shield(self._ready)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the process; running requests end with ``EngineDied``. Idempotent."""
        self.state = "stopped"
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        error = EngineDied("the server is shutting down")
        self._fail_all(error)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(error)

    async def _supervise(self) -> None:
        """Run engine processes, one after the other, for as long as they end unasked."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                error = await self._run_process()
            except Exception as problem:  # whatever it is, those who wait must hear of it
                error = EngineDied(f"the engine process cannot be run: {problem}")
            assert self._ready is not None
            if self.state == "loading":
                self._ready.set_exception(self._load_error(error))
                return
            _logger.error("%s; starting it again", error)
            self._fail_all(error)
            if not self._ready.done():
                self._ready.set_exception(error)
            self.state, self._ready = "restarting", _new_future()
            failures = 0 if time.monotonic() - began > _HEALTHY_AFTER else failures
            await asyncio.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
            failures += 1

    def _load_error(self, error: EngineError) -> ModelLoadError:
        if isinstance(error, ModelLoadError):
            return error
        return ModelLoadError(f"cannot load {self.config.model_path}: {error}")

    async def _run_process(self) -> EngineError:
        """One process from its start to its end, and why it ended."""
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # a queue.py in the working directory is none of ours
            "-m",
            "llamar_server.engine.worker",
            msgspec.json.encode(self.config).decode(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            failure = await self._read_all(process)
            return failure or EngineDied(_describe_exit(await process.wait()))
        finally:
            self._process = None
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _read_all(self, process: asyncio.subprocess.Process) -> EngineError | None:
        """Take what the process says until it ends, or until it says that it cannot load."""
        assert process.stdout is not None
        while True:
            try:
                size = await process.stdout.readexactly(LENGTH.size)
                body = await process.stdout.readexactly(LENGTH.unpack(size)[0])
            except asyncio.IncompleteReadError:
                return None
            message = decode_from_engine(body)
            if isinstance(message, LoadFailed):
                return ModelLoadError(message.message)
            self._take(message)

    def _take(self, message: FromEngine) -> None:
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
            case Tokens(call_id) | Text(call_id):
                if (call := self._calls.get(call_id)) and not call.done():
                    call.set_result(message)
            case Loading(progress):
                self._on_progress(progress)
            case Ready(info):
                assert self._ready is not None
                self._info, self.state = info, "ready"
                self._ready.set_result(info)

    def _fail_all(self, error: EngineError) -> None:
        for channel in self._channels.values():
            channel.fail(error)
        for call in self._calls.values():
            if not call.done():
                call.set_exception(error)
        self._channels.clear()


def _new_future() -> asyncio.Future[ModelInfo]:
    future: asyncio.Future[ModelInfo] = asyncio.get_running_loop().create_future()
    # A failed restart that nobody waited for is no forgotten error: the next attempt follows.
    future.add_done_callback(lambda f: f.cancelled() or f.exception())
    return future


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


def _describe_exit(status: int) -> str:
    names = {number.value: number.name for number in signal.Signals}
    how = f"killed by {names.get(-status, -status)}" if status < 0 else f"exit status {status}"
    if -status == getattr(signal, "SIGKILL", None):
        how += ", as the system does when memory runs out"
    return f"the engine process ended unexpectedly ({how})"
