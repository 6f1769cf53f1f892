"""LiteLLM's Router over several servers: no request is lost when one of them dies."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import litellm
import pytest

from tests.providers.litellm.asking import user
from tests.servers import DEADLINE, ServerProcess

ANSWER = "The capital of France is Paris."
QUESTION: dict[str, Any] = {
    "model": "tiny",
    "messages": user("What is the capital of France?"),
    "temperature": 0,
}
LONG: dict[str, Any] = QUESTION | {"ignore_eos": True, "max_tokens": 200}
N = 24
PARALLEL = 2
STREAMED = pytest.mark.parametrize("stream", [False, True])


def router(groups: dict[str, list[str]], **options: Any) -> litellm.Router:
    """Over servers at addresses. One that has failed is not asked for a while."""
    deployments = [
        {"model_name": name, "litellm_params": {"model": "llamar/local", "api_base": url}}
        for name, urls in groups.items()
        for url in urls
    ]
    options = {"num_retries": 3, "retry_after": 0, "allowed_fails": 0} | options
    return litellm.Router(model_list=deployments, **options)


@pytest.fixture
def mortal(start_server: Callable[..., ServerProcess]) -> ServerProcess:
    return start_server(f"--parallel={PARALLEL}").wait_ready()


@pytest.fixture
def dead() -> Iterator[str]:
    """Where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def kill(server: ServerProcess) -> None:
    server.process.kill()
    server.process.wait()


def test_all_servers_are_asked(server: ServerProcess) -> None:
    balanced = router({"tiny": [server.url, server.url.replace("127.0.0.1", "localhost")]})
    answers = [balanced.completion(**QUESTION) for _ in range(N)]
    assert {answer.choices[0].message.content for answer in answers} == {ANSWER}
    assert len({answer._hidden_params["model_id"] for answer in answers}) == 2


def test_one_dies_between_requests(server: ServerProcess, mortal: ServerProcess) -> None:
    balanced = router({"tiny": [server.url, mortal.url]})
    for i in range(N):
        if i == N // 3:
            kill(mortal)
        assert balanced.completion(**QUESTION).choices[0].message.content == ANSWER


def test_one_dies_while_threads_wait(server: ServerProcess, mortal: ServerProcess) -> None:
    balanced = router({"tiny": [server.url, mortal.url]})
    with ThreadPoolExecutor(N) as pool:
        running = [pool.submit(balanced.completion, **LONG) for _ in range(N)]
        next(as_completed(running))
        kill(mortal)
        answers = [each.result() for each in running]
    assert [answer.usage.completion_tokens for answer in answers] == [200] * N


async def test_one_dies_while_tasks_wait(server: ServerProcess, mortal: ServerProcess) -> None:
    balanced = router({"tiny": [server.url, mortal.url]})
    running = [asyncio.create_task(balanced.acompletion(**LONG)) for _ in range(N)]
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    kill(mortal)
    answers = await asyncio.gather(*running)
    assert [answer.usage.completion_tokens for answer in answers] == [200] * N


async def test_one_dies_while_streams_wait(server: ServerProcess, mortal: ServerProcess) -> None:
    """Those that have begun to answer break; those that have not are answered by the other server."""
    balanced = router({"tiny": [server.url, mortal.url]})
    said = [""] * N
    begun = asyncio.Event()

    async def listen(i: int) -> None:
        async for chunk in await balanced.acompletion(**LONG, stream=True):
            said[i] += "".join(choice.delta.content or "" for choice in chunk.choices)
            begun.set()

    running = [asyncio.create_task(listen(i)) for i in range(N)]
    await asyncio.wait_for(begun.wait(), DEADLINE)
    kill(mortal)
    failures = await asyncio.gather(*running, return_exceptions=True)
    broken = [text for text, failure in zip(said, failures, strict=True) if failure is not None]
    assert all(broken)
    assert len(broken) <= PARALLEL


@STREAMED
def test_a_fallback_takes_over(server: ServerProcess, dead: str, stream: bool) -> None:
    guarded = router({"tiny": [dead], "other": [server.url]}, fallbacks=[{"tiny": ["other"]}])
    assert text_of(guarded.completion(**QUESTION, stream=stream)) == ANSWER


@STREAMED
async def test_a_fallback_takes_over_for_tasks(server: ServerProcess, dead: str, stream: bool) -> None:
    guarded = router({"tiny": [dead], "other": [server.url]}, fallbacks=[{"tiny": ["other"]}])
    answer = await guarded.acompletion(**QUESTION, stream=stream)
    assert text_of([chunk async for chunk in answer] if stream else answer) == ANSWER


def test_what_is_too_long_goes_to_a_larger_window(
    server: ServerProcess, start_server: Callable[..., ServerProcess]
) -> None:
    small = start_server("--n-ctx=256").wait_ready()
    groups = {"tiny": [small.url], "large": [server.url]}
    guarded = router(groups, context_window_fallbacks=[{"tiny": ["large"]}])
    long = QUESTION | {"messages": user("Remember this. " * 100 + "What is the capital of France?")}
    for stream in (False, True):
        assert text_of(guarded.completion(**long, stream=stream))


def text_of(answer: Any) -> str:
    """What a response or the chunks of a stream say."""
    if isinstance(answer, litellm.ModelResponse):
        return str(answer.choices[0].message.content)
    return "".join(choice.delta.content or "" for chunk in answer for choice in chunk.choices)
