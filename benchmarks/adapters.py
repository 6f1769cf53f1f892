"""What each adapter adds to plain HTTP: per call, per chunk, and for ``llm`` from process start.

``python -m benchmarks.adapters``: all talk to one server on the bundled model, in turns; figures are
medians in milliseconds. Streams have 40 chunks. ``llm`` is compared with its own OpenAI class.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from llamar_providers.server import Endpoint, LlamarServer

MESSAGES: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
STORY: list[Any] = [{"role": "user", "content": "Tell me a story about a cat."}]
CHUNKS = 40
Calls = tuple[Callable[[], object], Callable[[], Iterable[object]]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adapters", description=__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="calls of each kind (default: 15)")
    repeats = parser.parse_args().repeats
    console = Console() if sys.stdout.isatty() else Console(width=100)
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks the internet for prices
    warnings.filterwarnings("ignore", message="Response was truncated")  # by intention
    with LlamarServer("llamar-tiny", options=("--threads=1",)) as server:
        endpoint = server.connect()
        clients = {
            "plain HTTP": plain(endpoint),
            "openai SDK": openai_sdk(endpoint),
            "LangChain": langchain(endpoint),
            "LiteLLM": litellm(endpoint),
            "chatlas": chatlas(endpoint),
        }
        console.print(compare(clients, repeats))
        console.print(llm_from_start(endpoint, max(3, repeats // 3)))
    return 0


def compare(clients: dict[str, Calls], repeats: int) -> Table:
    calls: dict[str, list[float]] = {name: [] for name in clients}
    chunks: dict[str, list[float]] = {name: [] for name in clients}
    for repeat in range(-1, repeats):  # the first round imports and connects
        for name, (call, stream) in clients.items():
            whole, each = seconds(call), seconds(lambda stream=stream: list(stream())) / CHUNKS
            if repeat >= 0:
                calls[name].append(1e3 * whole)
                chunks[name].append(1e3 * each)
    table = Table("client", "ms/call", "over plain HTTP", "ms/chunk", "over plain HTTP")
    base, base_chunk = (statistics.median(kind["plain HTTP"]) for kind in (calls, chunks))
    for name in clients:
        call, chunk = statistics.median(calls[name]), statistics.median(chunks[name])
        more, more_each = f"{call - base:+.2f}", f"{chunk - base_chunk:+.3f}"
        table.add_row(name, f"{call:.2f}", more, f"{chunk:.3f}", more_each)
    return table


def seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def plain(endpoint: Endpoint) -> Calls:
    def post(messages: list[Any], **fields: object) -> Any:
        body = json.dumps({"messages": messages, "temperature": 0, **fields}).encode()
        headers = {"Authorization": f"Bearer {endpoint.api_key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{endpoint.url}/v1/chat/completions", body, headers)
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)

    return (
        lambda: json.load(post(MESSAGES)),
        lambda: post(STORY, stream=True, max_tokens=CHUNKS),
    )


def openai_sdk(endpoint: Endpoint) -> Calls:
    from llamar_providers.clients import sync_client

    create: Any = sync_client(f"{endpoint.url}/v1", endpoint.api_key).chat.completions.create
    return (
        lambda: create(model="m", messages=MESSAGES, temperature=0),
        lambda: create(model="m", messages=STORY, temperature=0, stream=True, max_tokens=CHUNKS),
    )


def langchain(endpoint: Endpoint) -> Calls:
    from llamar_providers.langchain import ChatLlamar

    model = ChatLlamar(base_url=endpoint.url, api_key=endpoint.api_key, temperature=0, max_tokens=CHUNKS)
    return lambda: model.invoke(MESSAGES), lambda: model.stream(STORY)


def litellm(endpoint: Endpoint) -> Calls:
    import litellm

    from llamar_providers.litellm import register

    register()
    where = {"api_base": endpoint.url, "api_key": endpoint.api_key, "temperature": 0}
    return (
        lambda: litellm.completion("llamar/local", messages=MESSAGES, **where),
        lambda: litellm.completion("llamar/local", messages=STORY, stream=True, max_tokens=CHUNKS, **where),
    )


def chatlas(endpoint: Endpoint) -> Calls:
    from llamar_providers.chatlas import chat_llamar

    def chat() -> Any:
        fresh.set_turns([])
        return fresh

    fresh = chat_llamar(base_url=endpoint.url, api_key=endpoint.api_key)
    fresh.set_model_params(temperature=0, max_tokens=CHUNKS)
    return (
        lambda: chat().chat(MESSAGES[0]["content"], echo="none", stream=False),
        lambda: chat().stream(STORY[0]["content"], echo="none"),
    )


def llm_from_start(endpoint: Endpoint, repeats: int) -> Table:
    """From the start of ``llm`` to its first byte: our plugin, and llm's own class for OpenAI's API."""
    with tempfile.TemporaryDirectory(prefix="llamar-bench-") as home:
        own = {"model_id": "own", "model_name": "m", "api_base": f"{endpoint.url}/v1", "api_key_name": "own"}
        Path(home, "extra-openai-models.yaml").write_text(json.dumps([own]))
        Path(home, "keys.json").write_text(json.dumps({"own": endpoint.api_key}))
        env = os.environ | {
            "LLM_USER_PATH": home,
            "LLAMAR_BASE_URL": endpoint.url,
            "LLAMAR_API_KEY": endpoint.api_key,
        }
        times: dict[str, list[float]] = {"llamar-local": [], "own": []}
        for _ in range(repeats):
            for model, found in times.items():
                found.append(1e3 * first_byte(["-m", model, MESSAGES[0]["content"]], env))
    table = Table("llm -m", "ms to the first byte", title="llm, from the start of its process")
    table.add_row("llamar-local", f"{statistics.median(times['llamar-local']):.0f}")
    table.add_row("llm's own OpenAI class", f"{statistics.median(times['own']):.0f}")
    return table


def first_byte(arguments: list[str], env: dict[str, str]) -> float:
    began = perf_counter()
    command = [str(Path(sys.executable).with_name("llm")), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        if not process.stdout.read(1):
            raise RuntimeError("llm said nothing")
        took = perf_counter() - began
        process.stdout.read()
        return took


if __name__ == "__main__":
    sys.exit(main())
