"""The whole server under several clients at once: the same answers, freed slots, an engine that dies."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import httpx
import openai
import psutil
import pytest

from tests.servers import DEADLINE, ServerProcess, eventually

QUESTIONS = [
    *(f"What is the capital of {c}?" for c in ("France", "Italy", "Spain", "Japan", "Egypt", "Norway")),
    *(f"Tell me a story about a {who}." for who in ("cat", "dog", "robot", "bird", "boat")),
    *("Why is the sky blue?", "Who are you?", "Count from 1 to 20", "What is 7 + 8?", "Tell me a joke"),
]
LONG = {"max_tokens": 4000, "extra_body": {"ignore_eos": True}, "temperature": 0}


def user(text: str) -> list[openai.types.chat.ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


async def ask(client: openai.AsyncOpenAI, question: str, *, stream: bool) -> str:
    if not stream:
        answer = await client.chat.completions.create(model="m", messages=user(question), temperature=0)
        return answer.choices[0].message.content or ""
    text = ""
    chunks = await client.chat.completions.create(
        model="m", messages=user(question), temperature=0, stream=True
    )
    async for chunk in chunks:
        text += chunk.choices[0].delta.content or ""
    return text


@pytest.mark.parametrize("stream", [False, True])
async def test_sixteen_at_once_against_four_slots(
    start_server: Callable[..., ServerProcess], stream: bool
) -> None:
    server = start_server("--parallel=4").wait_ready()
    async with server.async_openai() as client:
        alone = [await ask(client, question, stream=stream) for question in QUESTIONS]
        together = await asyncio.gather(*(ask(client, question, stream=stream) for question in QUESTIONS))
    assert len(QUESTIONS) == 16
    assert all(alone)
    assert together == alone


def read_for_a_moment(url: str, body: dict[str, Any]) -> None:
    """Begins to read an answer and leaves. Raises httpx.ReadTimeout."""
    left = time.monotonic() + 0.3
    with httpx.stream("POST", url, json=body, timeout=0.3, trust_env=False) as answer:
        for _ in answer.iter_bytes():
            if time.monotonic() > left:
                raise httpx.ReadTimeout("enough")


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_goes_away_frees_its_slot(
    start_server: Callable[..., ServerProcess], stream: bool
) -> None:
    server = start_server("--parallel=1", "--n-ctx=4096").wait_ready()
    body = {"messages": user("Hi"), "stream": stream, "max_tokens": 4000, "ignore_eos": True}
    for _ in range(3):
        with pytest.raises(httpx.ReadTimeout):
            read_for_a_moment(f"{server.url}/v1/chat/completions", body)
    # Four thousand tokens take seconds; only a slot that is free answers at once.
    answer = server.openai(timeout=DEADLINE).chat.completions.create(
        model="m", messages=user("Who are you?"), temperature=0
    )
    assert answer.choices[0].message.content


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("how", ["SIGKILL", "SIGABRT"])
def test_when_the_engine_dies(start_server: Callable[..., ServerProcess], how: str) -> None:
    server = start_server().wait_ready()
    (engine,) = server.engines()
    client = server.openai(timeout=DEADLINE)
    chunks = client.chat.completions.create(model="m", messages=user("Hi"), stream=True, **LONG)
    next(chunks)
    engine.send_signal(getattr(signal, how))
    with pytest.raises(openai.APIError, match="engine process ended unexpectedly"):
        list(chunks)
    assert eventually(lambda: httpx.get(f"{server.url}/health", trust_env=False).status_code == 200)
    answer = client.chat.completions.create(model="m", messages=user("Who are you?"), temperature=0)
    assert "llamar-tiny" in (answer.choices[0].message.content or "")
    assert not psutil.pid_exists(engine.pid) or engine.status() == psutil.STATUS_ZOMBIE
