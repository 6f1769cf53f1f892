"""Whoever stops listening frees the server: what runs there ends, however the caller went away."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import litellm
import pytest

from tests.providers.litellm.asking import ask, user
from tests.servers import DEADLINE, ServerProcess

# Many thousand tokens, one sequence at a time: minutes, unless it is aborted.
ENDLESS: dict[str, Any] = {
    "model": "llamar/local",
    "messages": user("Tell me a story about a fox."),
    "ignore_eos": True,
    "n": 128,
}


@pytest.fixture(scope="module")
def narrow() -> Iterator[ServerProcess]:
    """One request at a time."""
    process = ServerProcess("--parallel=1", "--queue-limit=200")
    try:
        yield process.wait_ready()
    finally:
        process.end()


@pytest.fixture(autouse=True)
def free_again(narrow: ServerProcess) -> Iterator[None]:
    yield
    answer = ask("completion", "What is 2+2?", api_base=narrow.url, timeout=DEADLINE)
    assert answer.text == "2 + 2 = 4."


def test_break(narrow: ServerProcess) -> None:
    for _ in litellm.completion(**ENDLESS, api_base=narrow.url, stream=True):
        break
    gc.collect()


def test_close(narrow: ServerProcess) -> None:
    stream = litellm.completion(**ENDLESS, api_base=narrow.url, stream=True)
    next(stream)
    stream.close()


def test_never_iterated(narrow: ServerProcess) -> None:
    litellm.completion(**ENDLESS, api_base=narrow.url, stream=True)
    gc.collect()


async def test_async_break(narrow: ServerProcess) -> None:
    stream = await litellm.acompletion(**ENDLESS, api_base=narrow.url, stream=True)
    async for _ in stream:
        break
    del stream
    gc.collect()
    await asyncio.sleep(0)


async def test_aclose(narrow: ServerProcess) -> None:
    stream = await litellm.acompletion(**ENDLESS, api_base=narrow.url, stream=True)
    await anext(stream)
    await stream.aclose()


async def test_a_cancelled_task(narrow: ServerProcess) -> None:
    """While it waits for a whole answer."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(litellm.acompletion(**ENDLESS, api_base=narrow.url), 0.5)


async def test_a_cancelled_stream(narrow: ServerProcess) -> None:
    async def listen() -> None:
        async for _ in await litellm.acompletion(**ENDLESS, api_base=narrow.url, stream=True):
            started.set()

    started = asyncio.Event()
    task = asyncio.create_task(listen())
    await asyncio.wait_for(started.wait(), DEADLINE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_deadline(narrow: ServerProcess) -> None:
    with pytest.raises(litellm.Timeout):
        litellm.completion(**ENDLESS, api_base=narrow.url, timeout=0.5)
