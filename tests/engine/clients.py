"""Engine clients with real engine processes, on the scripted backend."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import psutil

from llamar_server.config import EngineConfig
from llamar_server.engine.client import EngineClient, Generation
from llamar_server.engine.process import EngineProcess
from llamar_server.engine.protocol import GenerateRequest, SequenceFinish
from llamar_server.engine.sampling import SamplingParams
from tests.fakes.scripted import BACKEND, write_script

DEADLINE = 60.0  # seconds after which a test gives up; nothing is measured with it

ClientT = TypeVar("ClientT", bound=EngineProcess[Any, Any])

_ids = count()


def scripted(directory: Path, script: dict[str, Any] | None = None, **settings: Any) -> EngineConfig:
    return EngineConfig(write_script(directory, **script or {}), backend=BACKEND, **settings)


def started(config: EngineConfig) -> contextlib.AbstractAsyncContextManager[EngineClient]:
    """A client whose engine is loaded; at the end its process is gone."""
    return running(EngineClient(config))


@contextlib.asynccontextmanager
async def running(client: ClientT) -> AsyncIterator[ClientT]:
    """``client`` with its process, which is gone at the end."""
    async with asyncio.timeout(DEADLINE):
        await client.start()
        pid = client.pid
        try:
            yield client
        finally:
            await client.close()
        assert pid is not None
        assert not psutil.pid_exists(pid)
        assert client.pid is None


def request(prompt: str | list[int] = "Hi", **fields: Any) -> GenerateRequest:
    fields.setdefault("sampling", SamplingParams(temperature=0))
    return GenerateRequest(request_id=f"r{next(_ids)}", prompt=prompt, **fields)


def endless(**fields: Any) -> GenerateRequest:
    return request(ignore_eos=True, **fields)


async def answer(client: EngineClient, prompt: str = "Hi", **fields: Any) -> str:
    text, _ = await whole(await client.generate(request(prompt, **fields)))
    return text


async def whole(generation: Generation) -> tuple[str, SequenceFinish]:
    """Text and end of a generation of one choice."""
    text, finish = "", None
    async with contextlib.aclosing(generation):
        async for output in generation:
            assert finish is None
            text += output.text
            finish = output.finish
    assert finish is not None
    return text, finish


def send_signal(client: EngineProcess[Any, Any], number: signal.Signals) -> int:
    """Sends a signal to the engine; its pid."""
    assert client.pid is not None
    os.kill(client.pid, number)
    return client.pid


async def eventually(condition: Any) -> None:
    """Returns once ``condition()`` is true; the deadline is the caller's."""
    while not condition():
        await asyncio.sleep(0.01)
