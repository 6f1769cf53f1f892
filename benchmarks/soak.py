"""Mixed load for a long time, and what it leaves behind: ``make soak ARGS="--minutes 60"``.

Clients ask at random: whole answers and streams whose text is known, long prompts, prompts that are too
long, answers that are left half-way. It fails on any wrong or missing answer, and if the processes have
grown by more than a tenth, and 64 MiB, since the first tenth of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import psutil
from openai import AsyncOpenAI, BadRequestError, DefaultAsyncHttpxClient

from llamar_providers.process import LocalServer

KNOWN = {
    "What is the capital of France?": "The capital of France is Paris.",
    "What is the capital of Japan?": "The capital of Japan is Tokyo.",
    "Who are you?": "I am llamar-tiny, a tiny demonstration model.",
}
MIB = 1 << 20


async def ask_whole(client: AsyncOpenAI) -> None:
    question, expected = random.choice(list(KNOWN.items()))
    answer = await client.chat.completions.create(model="any", messages=_user(question), temperature=0)
    assert answer.choices[0].message.content == expected, answer


async def ask_streamed(client: AsyncOpenAI) -> None:
    question, expected = random.choice(list(KNOWN.items()))
    stream = await client.chat.completions.create(
        model="any", messages=_user(question), temperature=0, stream=True
    )
    text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text == expected, text


async def leave_halfway(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="any",
        messages=_user("Count from 1 to 20"),
        max_tokens=1500,
        stream=True,
        extra_body={"ignore_eos": True},
    )
    async with stream:
        for _ in range(random.randint(1, 20)):
            await anext(stream)


async def ask_much(client: AsyncOpenAI) -> None:
    words = " ".join(random.choice(["one", "two", "three", "four"]) for _ in range(1200))
    answer = await client.chat.completions.create(model="any", messages=_user(words), max_tokens=4)
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 1200, answer


async def ask_too_much(client: AsyncOpenAI) -> None:
    try:
        await client.chat.completions.create(model="any", messages=_user("word " * 6000))
    except BadRequestError as error:
        if error.code == "context_length_exceeded":
            return
        raise
    raise AssertionError("a prompt that is too long was accepted")


def _user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


KINDS: list[Callable[[AsyncOpenAI], Awaitable[None]]] = [
    ask_whole,
    ask_streamed,
    leave_halfway,
    ask_much,
    ask_too_much,
]


async def soak(url: str, pid: int, seconds: float, n_clients: int) -> bool:
    """Whether all went well, after ``seconds`` of ``n_clients`` asking the server at ``url`` at once."""
    http = DefaultAsyncHttpxClient(trust_env=False)
    client = AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, http_client=http)
    done: Counter[str] = Counter()
    failures: list[str] = []
    end = time.monotonic() + seconds

    async def keep_asking() -> None:
        while time.monotonic() < end and len(failures) < 10:
            kind = random.choice(KINDS)
            try:
                await kind(client)
                done[kind.__name__] += 1
            except Exception as error:  # whatever it is, it is what a soak is there to find
                failures.append(f"{kind.__name__}: {error!r}")

    async def watch() -> float:
        await asyncio.sleep(seconds / 10)
        early = memory(pid)
        while (left := end - time.monotonic()) > 0:
            print(f"{left:6.0f} s left, {done.total()} answers, {memory(pid) / MIB:.0f} MiB", flush=True)
            await asyncio.sleep(min(left, 30))
        return memory(pid) - early

    growth, *_ = await asyncio.gather(watch(), *(keep_asking() for _ in range(n_clients)))
    print(f"{dict(done)}, grown by {growth / MIB:.0f} MiB", *failures, sep="\n")
    return not failures and growth < max(64 * MIB, memory(pid) / 10)


def memory(pid: int) -> float:
    """What the process and its children hold, in bytes."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))


def main() -> int:
    parser = argparse.ArgumentParser(description="Mixed load on the bundled model for a long time.")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=12)
    options = parser.parse_args()
    with LocalServer.start(options=["--threads=1"]) as server:
        passed = asyncio.run(soak(server.url, server.pid, options.minutes * 60, options.clients))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
