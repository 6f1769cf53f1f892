"""The asyncio side of a process that runs a model: spawn it, talk to it, start it again when it dies.

It owns the process's life and the calls that every model answers (tokens of a text, text of tokens). What
else is asked of a model, and what has to end with it, is its client's: ``client.py``, and the embedding one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import count
from typing import Generic, Literal, TypeVar

import msgspec

from ..config import EmbeddingConfig, EngineConfig
from ..errors import EngineDied, EngineError, ModelLoadError
from .backend import Progress
from .pipe import LENGTH, Detokenize, LoadFailed, Loading, Ready, Text, Tokenize, Tokens, frame
from .protocol import LoadedModel

EngineState = Literal["loading", "ready", "restarting", "stopped"]
ConfigT = TypeVar("ConfigT", EngineConfig, EmbeddingConfig)
InfoT = TypeVar("InfoT", bound=LoadedModel)

_BACK_OFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_HEALTHY_AFTER = 60.0  # seconds of service after which the next restart is immediate again
_logger = logging.getLogger("llamar.engine")


class EngineProcess(ABC, Generic[ConfigT, InfoT]):
    """One process. ``start`` before use, ``close`` after; both in the same event loop."""

    def __init__(
        self,
        worker: str,
        config: ConfigT,
        decode: Callable[[bytes], msgspec.Struct],
        on_progress: Progress | None,
    ) -> None:
        """``worker`` is the module that the process runs, ``decode`` reads what it says."""
        self.config: ConfigT = config
        self.state: EngineState = "stopped"
        self._worker = worker
        self._decode = decode
        self._on_progress = on_progress or (lambda _: None)
        self._info: InfoT | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Future[InfoT] | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._calls: dict[str, asyncio.Future[Tokens | Text]] = {}
        self._ids = count()

    @property
    def info(self) -> InfoT:
        """What the model says of itself; there from the first successful start on."""
        if self._info is None:
            raise EngineError("the engine has not been started")
        return self._info

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # --- a client's part ---

    @abstractmethod
    def _take(self, message: msgspec.Struct) -> None:
        """What the process says to requests."""

    @abstractmethod
    def _end_requests(self, error: EngineError) -> None:
        """The process is gone, and with it all that it was asked."""

    # --- calls ---

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

    async def _call(self, message: Callable[[str], msgspec.Struct]) -> Tokens | Text:
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
        self._ready = self._new_ready()
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
        self._end_all(error)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(error)

    async def _supervise(self) -> None:
        """Run processes, one after the other, for as long as they end unasked."""
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
            self._end_all(error)
            if not self._ready.done():
                self._ready.set_exception(error)
            self.state, self._ready = "restarting", self._new_ready()
            failures = 0 if time.monotonic() - began > _HEALTHY_AFTER else failures
            await asyncio.sleep(_BACK_OFF[min(failures, len(_BACK_OFF) - 1)])
            failures += 1

    def _new_ready(self) -> asyncio.Future[InfoT]:
        future: asyncio.Future[InfoT] = asyncio.get_running_loop().create_future()
        # A failed restart that nobody waited for is no forgotten error: the next attempt follows.
        future.add_done_callback(lambda f: f.cancelled() or f.exception())
        return future

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
            self._worker,
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
            match self._decode(body):
                case LoadFailed(message):
                    return ModelLoadError(message)
                case Loading(progress):
                    self._on_progress(progress)
                case Ready(info):
                    assert self._ready is not None
                    self._info, self.state = info, "ready"
                    self._ready.set_result(info)
                case Tokens(call_id) | Text(call_id) as answer:
                    if (call := self._calls.get(call_id)) and not call.done():
                        call.set_result(answer)
                case other:
                    self._take(other)

    def _end_all(self, error: EngineError) -> None:
        self._end_requests(error)
        for call in self._calls.values():
            if not call.done():
                call.set_exception(error)


def _describe_exit(status: int) -> str:
    names = {number.value: number.name for number in signal.Signals}
    how = f"killed by {names.get(-status, -status)}" if status < 0 else f"exit status {status}"
    if -status == getattr(signal, "SIGKILL", None):
        how += ", as the system does when memory runs out"
    return f"the engine process ended unexpectedly ({how})"
