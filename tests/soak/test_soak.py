"""An engine process under random load, given up requests and sudden deaths, for minutes.

``pytest -m soak``; ``LLAMAR_SOAK_SECONDS`` says how long each test takes (120). ``make soak`` runs these
after the load over HTTP.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest

from llamar_server.config import EngineConfig
from llamar_server.engine import Engine
from llamar_server.engine.client import EngineClient, Generation
from llamar_server.engine.protocol import GenerateRequest
from llamar_server.engine.sampling import SamplingParams
from llamar_server.errors import EngineDied, EngineError, QueueFull
from llamar_server.models import find_model
from tests.fakes.scripted import BACKEND, write_script

pytestmark = pytest.mark.soak

SECONDS = float(os.environ.get("LLAMAR_SOAK_SECONDS", "120"))
N_CLIENTS = 24
PATIENCE = 120.0  # seconds that no single request may take
MIB = 2**20

Expected = Callable[[GenerateRequest], str]


@pytest.fixture
def hashed(tmp_path: Path) -> tuple[EngineConfig, list[str], Expected]:
    """A model whose every token depends on all before it, and a pool that is always full."""
    script = write_script(tmp_path, model="hash", step_delay=0.0005)
    config = EngineConfig(script, backend=BACKEND, n_ctx=700, n_parallel=6, n_batch=128, prefill_chunk=64)
    alone = Engine(write_script(tmp_path, model="hash"), backend=BACKEND, n_ctx=700)

    def expected(request: GenerateRequest) -> str:
        alone._core.clear()
        options = {"seed": request.sampling.seed, "temperature": request.sampling.temperature}
        return alone.generate(request.prompt, max_tokens=request.max_tokens, stop=request.stop, **options)

    prompts = [("abcdefgh" * 50)[: 37 * k] + f" number {i}" for i in range(20) for k in range(8)]
    return config, prompts, expected


@pytest.fixture
def bundled() -> tuple[EngineConfig, list[str], Expected]:
    """The bundled model, asked what it knows."""
    known = {
        f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n": answer
        for question, answer in {
            "What is the capital of France?": "The capital of France is Paris.",
            "What is the capital of Japan?": "The capital of Japan is Tokyo.",
            "Who are you?": "I am llamar-tiny, a tiny demonstration model.",
            "Count from 1 to 20": ", ".join(map(str, range(1, 21))),
        }.items()
    }
    config = EngineConfig(str(find_model(None).path), n_ctx=512, n_parallel=6, threads=1)
    return config, list(known), lambda request: known[str(request.prompt)]


@pytest.mark.parametrize("model", ["hashed", "bundled"])
async def test_whatever_happens_answers_are_right_and_nothing_is_left(
    request: pytest.FixtureRequest, model: str
) -> None:
    config, prompts, expected = request.getfixturevalue(model)
    client = EngineClient(config)
    await client.start()
    load = Load(client, prompts, expected, warm=model == "hashed")
    try:
        await load.run(SECONDS)
        assert client._channels == {}
        assert client._calls == {}
        assert len(psutil.Process().children()) == 1
        await asyncio.gather(*(load.ask(Random(i), whole=True) for i in range(30)))
    finally:
        await client.close()
    assert psutil.Process().children() == []
    print(dict(load.seen), [size // MIB for size in load.sizes])
    assert load.seen["answered"] > 100
    assert load.seen["died"] > 0
    assert load.sizes[-1] - load.sizes[0] < 64 * MIB


class Load:
    """Clients that ask, some of whom give up, and an engine that is killed now and then."""

    def __init__(self, client: EngineClient, prompts: list[str], expected: Expected, *, warm: bool) -> None:
        self.seen: Counter[str] = Counter()
        self.sizes: list[int] = []
        self._client = client
        self._prompts = prompts
        self._expected = expected
        self._warm = warm
        self._n_requests = 0

    async def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as tasks:
            for number in range(N_CLIENTS):
                tasks.create_task(self._keep_asking(Random(number), end))
            tasks.create_task(self._kill_and_measure(Random(99), end))

    async def ask(self, draw: Random, *, whole: bool = False) -> None:
        """One request; what it should not do is raised."""
        request = self._request(draw)
        generation = await self._client.generate(request)
        try:
            if not whole and draw.random() < 0.3:
                await self._listen(generation, draw.randint(0, 20))
                self.seen["given up"] += 1
            else:
                text = await self._listen(generation, None)
                assert text == self._expected(request), request
                self.seen["answered"] += 1
        finally:
            await generation.aclose()

    async def _listen(self, generation: Generation, most: int | None) -> str:
        text, heard = "", 0
        if most == 0:
            return text
        async for output in generation:
            text += output.text
            heard += 1
            if heard == most:
                break
        return text

    async def _keep_asking(self, draw: Random, end: float) -> None:
        while time.monotonic() < end:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.ask(draw)
            except (EngineDied, QueueFull) as error:
                self.seen["died" if isinstance(error, EngineError) else "queue full"] += 1
                await asyncio.sleep(draw.random())

    async def _kill_and_measure(self, draw: Random, end: float) -> None:
        """Kills the engine now and then; in the last quarter it lives, and is measured."""
        quiet_from = end - (end - time.monotonic()) / 4
        while time.monotonic() < quiet_from:
            if self._client.pid is not None and self._client.state == "ready":
                os.kill(self._client.pid, draw.choice([signal.SIGKILL, signal.SIGABRT]))
            await asyncio.sleep(draw.uniform(1, 8))
        await self._client.tokenize("")  # it is there
        assert self._client.pid is not None
        engine = psutil.Process(self._client.pid)
        while time.monotonic() < end:
            await asyncio.sleep((end - quiet_from) / 10)
            self.sizes.append(engine.memory_info().rss)

    def _request(self, draw: Random) -> GenerateRequest:
        self._n_requests += 1
        fields: dict[str, Any] = {"max_tokens": 120, "sampling": SamplingParams(temperature=0, seed=0)}
        if self._warm:
            fields["max_tokens"] = draw.choice([1, 30, 200])
            fields["stop"] = draw.choice([(), ("e",), ("ab", "cd")])
            fields["sampling"] = SamplingParams(temperature=draw.choice([0, 1]), seed=draw.randint(0, 5))
        return GenerateRequest(request_id=str(self._n_requests), prompt=draw.choice(self._prompts), **fields)
