"""Backends for tests that must catch a server in the middle of something (``--backend``)."""

from __future__ import annotations

import time
from collections.abc import Sequence

from llamar_server.config import EngineConfig
from llamar_server.engine.backend import Chunk, Progress
from llamar_server.engine.llama import LlamaBackend


class SlowAnswer(LlamaBackend):
    """Answers at about 30 tokens a second."""

    def decode(self, chunks: Sequence[Chunk]) -> None:
        time.sleep(0.03)
        super().decode(chunks)


class SlowLoad(LlamaBackend):
    """Takes minutes to load."""

    def __init__(self, config: EngineConfig, on_progress: Progress) -> None:
        for step in range(10_000):
            on_progress(step / 10_000)
            time.sleep(0.02)
        super().__init__(config, on_progress)


SLOW_ANSWER = "--backend=tests.cli.slow:SlowAnswer"
SLOW_LOAD = "--backend=tests.cli.slow:SlowLoad"
