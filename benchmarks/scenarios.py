"""What is measured: several streams at once, a follow-up turn, and a long prompt among running streams.

A scenario sends its requests to one server and returns figures by metric name. Times are in
milliseconds, memory in MiB.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter, process_time

from .client import Answer, Exchange, LoadError, post
from .peers import Server
from .prompts import Vocabulary
from .stats import quantile

Message = dict[str, str]
Figures = dict[str, float]

UNDER_WAY = 10
"""How many pieces a stream has sent when the long prompt arrives."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The sizes of prompts and answers, in tokens, and how tokens are chosen."""

    vocabulary: Vocabulary
    prompt: int
    long_prompt: int
    answer: int
    temperature: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """``run`` takes the server, the workload and a key that decides the prompts."""

    name: str
    run: Callable[[Server, Workload, str], Awaitable[Figures]]


def scenarios(streams: Sequence[int]) -> list[Scenario]:
    """All of them, with these numbers of concurrent streams."""
    return [
        *(Scenario(f"{n} stream{'s'[: n > 1]}", _streams(n)) for n in streams),
        Scenario("follow-up turn", _follow_up),
        Scenario("long prompt arrives", _long_prompt_arrives),
    ]


async def warm_up(server: Server, load: Workload) -> None:
    """One answer that is not measured."""
    await _answer(server, load, [_user(load, "warm-up", load.prompt)])


def _streams(count: int) -> Callable[[Server, Workload, str], Awaitable[Figures]]:
    async def run(server: Server, load: Workload, key: str) -> Figures:
        prompts = [[_user(load, f"{key}/{index}", load.prompt)] for index in range(count)]
        before, client_before, began = server.resources(), process_time(), perf_counter()
        answers = await asyncio.gather(*(_answer(server, load, messages) for messages in prompts))
        client, wall = process_time() - client_before, perf_counter() - began
        after = server.resources()
        tokens = sum(answer.completion_tokens for answer in answers)
        seconds = max(answer.times[-1] for answer in answers) - min(answer.sent for answer in answers)
        gaps = [gap for answer in answers for gap in answer.gaps]
        figures = {
            "throughput, tokens/s": tokens / seconds,
            "time to first token": 1e3 * statistics.median(answer.first for answer in answers),
            "inter-token time": 1e3 * statistics.median(answer.inter_token for answer in answers),
            "gap, 90 % below": 1e3 * quantile(gaps, 0.9),
            "server CPU per token": 1e3 * (after.cpu - before.cpu) / tokens,
            "client CPU, %": 100 * client / wall,
            "memory, MiB": after.rss / 2**20,
        }
        if after.private is not None:
            figures["private memory, MiB"] = after.private / 2**20
        return figures

    return run


async def _follow_up(server: Server, load: Workload, key: str) -> Figures:
    """A conversation's second turn: all but its last message has been seen before."""
    opening = _user(load, f"{key}/opening", load.long_prompt)
    first = await _answer(server, load, [opening])
    turn = [opening, {"role": "assistant", "content": first.text}, _user(load, f"{key}/next", 32)]
    second = await _answer(server, load, turn)
    figures = {
        "first turn, first token": 1e3 * first.first,
        "second turn, first token": 1e3 * second.first,
    }
    if second.cached_tokens is not None and second.prompt_tokens:
        figures["second turn, cached, %"] = 100 * second.cached_tokens / second.prompt_tokens
    return figures


async def _long_prompt_arrives(server: Server, load: Workload, key: str) -> Figures:
    """Two streams are decoding when a long prompt comes: how long do they stand still?"""
    streams = [await _post(server, load, [_user(load, f"{key}/{i}", load.prompt)]) for i in range(2)]
    await streams[0].under_way(UNDER_WAY)
    late = await _answer(server, load, [_user(load, f"{key}/long", load.long_prompt)])
    running = [await stream.answer() for stream in streams]
    return {
        "running, longest gap": 1e3 * max(max(answer.gaps) for answer in running),
        "long prompt, first token": 1e3 * late.first,
    }


def _user(load: Workload, key: str, n_tokens: int) -> Message:
    return {"role": "user", "content": load.vocabulary.text(key, n_tokens)}


async def _post(server: Server, load: Workload, messages: Sequence[Message]) -> Exchange:
    body: Mapping[str, object] = {
        "model": "benchmark",
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": load.answer,
        "temperature": load.temperature,
        "seed": 1,
        **server.peer.endless(load.vocabulary.end_tokens),
    }
    return await post(server.port, body)


async def _answer(server: Server, load: Workload, messages: Sequence[Message]) -> Answer:
    answer = await (await _post(server, load, messages)).answer()
    if answer.completion_tokens < load.answer - 1:
        raise LoadError(f"{server.peer.name} ended after {answer.completion_tokens} of {load.answer} tokens")
    return answer
