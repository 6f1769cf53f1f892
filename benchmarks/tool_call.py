"""The same tool request to llamar and to llama.cpp's server: 20 tools, one call that must be made.

``python -m benchmarks.tool_call``, on the bundled model: its template has tools, which the models with
random weights do not have. The servers take turns; times are of a whole streamed call.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from openai import OpenAI
from rich.console import Console

from llamar_server.models import find_model

from .peers import HOST, OURS, PeerError, Server, Settings, peers, running
from .report import machine, print_tables
from .stats import Sample

N_TOOLS = 20
CITIES = ("Paris", "London", "Rome", "Oslo", "Madrid", "Vienna", "Berlin", "Dublin")

_PARAMETERS = {
    "type": "object",
    "properties": {"location": {"type": "string", "maxLength": 30}},
    "required": ["location"],
    "additionalProperties": False,
}
_NAMES = ("get_weather", *(f"do_thing_{i}" for i in range(1, N_TOOLS)))
_TOOLS = [
    {"type": "function", "function": {"name": name, "description": "A tool", "parameters": _PARAMETERS}}
    for name in _NAMES
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tool_call", description=__doc__)
    parser.add_argument("--repeats", type=int, default=8, help="calls of each server (default: 8)")
    repeats = parser.parse_args().repeats
    console = Console() if sys.stdout.isatty() else Console(width=140)
    settings = Settings(find_model(None).path, n_ctx=4096, parallel=1, threads=1)
    console.print(f"{N_TOOLS} tools;", ", ".join(f"{k} {v}" for k, v in machine().items()))
    try:
        with contextlib.ExitStack() as stack:
            logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llamar-bench-")))
            chosen = [peers(None)[name] for name in (OURS, "xllamacpp")]
            servers = [stack.enter_context(running(peer, settings, logs)) for peer in chosen]
            samples = asyncio.run(_measure(servers, repeats))
    except PeerError as error:
        Console(stderr=True).print(str(error), markup=False)
        return 1
    print_tables(samples, [server.peer.name for server in servers], console)
    return 0


async def _measure(servers: list[Server], repeats: int) -> list[Sample]:
    samples = []
    for repeat in range(-1, repeats):  # the first round, which is not counted, fills the prompt caches
        for server in servers:
            values = await asyncio.to_thread(_call, server, CITIES[repeat % len(CITIES)])
            if repeat >= 0:
                samples.append(Sample(f"a call, {N_TOOLS} tools", repeat, server.peer.name, values))
    return samples


def _call(server: Server, city: str) -> dict[str, float]:
    client = OpenAI(base_url=f"http://{HOST}:{server.port}/v1", api_key="none", max_retries=0)
    began, cpu, first = perf_counter(), server.resources().cpu, 0.0
    request: dict[str, Any] = {
        "model": "benchmark",
        "messages": [{"role": "user", "content": f"What is the weather in {city}?"}],
        "tools": _TOOLS,
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "temperature": 0,
        "max_tokens": 200,
    }
    chunks = client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True})
    tokens = 0
    for chunk in chunks:
        if not first and any(choice.delta.tool_calls for choice in chunk.choices):
            first = perf_counter() - began
        tokens = chunk.usage.completion_tokens if chunk.usage else tokens
    whole = perf_counter() - began
    return {
        "first of the call": 1e3 * first,
        "whole call": 1e3 * whole,
        "time per token": 1e3 * (whole - first) / max(tokens, 1),
        "server CPU": 1e3 * (server.resources().cpu - cpu),
        "tokens": tokens,
    }


if __name__ == "__main__":
    sys.exit(main())
