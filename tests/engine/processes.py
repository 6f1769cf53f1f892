"""Processes that run a model, spoken to without their clients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import BinaryIO, Generic, TypeVar, cast

import msgspec

from llamar_server.config import EmbeddingConfig, EngineConfig
from llamar_server.engine.pipe import frame, read_frame
from tests.engine.clients import DEADLINE

MessageT = TypeVar("MessageT")


class PipeProcess(Generic[MessageT]):
    """The process of a module that runs a model, on its pipes; ``end`` it."""

    def __init__(
        self, module: str, config: EngineConfig | EmbeddingConfig, decode: Callable[[bytes], MessageT]
    ) -> None:
        self._decode = decode
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, msgspec.json.encode(config).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def say(self, *messages: msgspec.Struct) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(map(frame, messages)))
        self.process.stdin.flush()

    def hear(self) -> MessageT | None:
        assert self.process.stdout is not None
        body = read_frame(cast(BinaryIO, self.process.stdout))
        return None if body is None else self._decode(body)

    def hear_until(self, kind: type[MessageT]) -> list[MessageT]:
        """All messages up to the first of that kind."""
        heard: list[MessageT] = []
        while not heard or not isinstance(heard[-1], kind):
            message = self.hear()
            assert message is not None, f"it ended after {heard}: {self.complaints()}"
            heard.append(message)
        return heard

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def complaints(self) -> str:
        """What it has written to standard error, once it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def wait(self) -> int:
        return self.process.wait(DEADLINE)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
