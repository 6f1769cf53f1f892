"""Texts to vectors: this server and llama.cpp's over HTTP, then ``Embedder`` and ``llama_cpp.Llama``.

``python -m benchmarks.embeddings``: all-MiniLM-L6-v2 as F16 and as Q8_0. First the vectors are compared: what
is not the same work is not measured. Then all take turns, each first in its turn.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import random
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from tests.embedding_models.minilm import minilm

from llamar_server.embedding import Embedder

from .client import ANSWER_TIMEOUT, LoadError
from .peers import HOST, OURS, PeerError, Server, Settings, embedding_peers, running
from .prompts import read_vocabulary
from .report import machine, print_tables, write_json
from .stats import Sample

Vectors = NDArray[np.float32]
Measure = Callable[[list[str]], Mapping[str, float]]

LEAST_COSINE = 0.995
"""Of the vectors that two make of a text: in Q8_0, what else is in a batch of llama.cpp's changes them."""
N_CTX = 512


@dataclass(frozen=True, slots=True)
class Load:
    """How texts are sent: so many in a call, by so many clients at once."""

    name: str
    per_call: int
    clients: int


@dataclass(frozen=True, slots=True)
class Bench:
    """What all measurements have in common. ``texts`` are lists by their names."""

    texts: Mapping[str, list[str]]
    threads: int
    repeats: int
    encoding: str
    console: Console

    @property
    def all_texts(self) -> list[str]:
        return [text for some in self.texts.values() for text in some]

    def in_turns(self, name: str, measures: Mapping[str, Measure]) -> Iterator[Sample]:
        """Every list of texts in every repeat by everyone."""
        order = [*measures]
        for repeat in range(self.repeats):
            first = repeat % len(order)
            for kind, texts in self.texts.items():
                for who in (*order[first:], *order[:first]):
                    yield Sample(f"{name}, {kind} texts", repeat, who, measures[who](texts))

    def compare(self, name: str, vectors: Mapping[str, Vectors]) -> None:
        """Prints how near the vectors of all others are to ours. Raises LoadError if they are not."""
        for who, theirs in vectors.items():
            if who != OURS:
                least = float((vectors[OURS] * theirs).sum(axis=1).min())
                self.console.print(f"{name}: cosine of each vector to that of {who} at least {least:.5f}")
                if not least >= LEAST_COSINE:
                    raise LoadError(f"{who} makes other vectors of the same texts")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when every call was answered, and with the same vectors."""
    args = _parse(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=140)
    console.print(f"{args.threads} thread(s);", ", ".join(f"{k} {v}" for k, v in machine().items()))
    samples: list[Sample] = []
    try:
        for name in args.weights:
            model = minilm(name)
            texts = make_texts(model, args.n_short, args.n_long)
            bench = Bench(texts, args.threads, args.repeats, args.encoding, console)
            samples += over_http(bench, name, model, args)
            samples += in_process(bench, name, model)
    except (PeerError, LoadError, FileNotFoundError) as error:
        Console(stderr=True).print(str(error), markup=False)
        return 1
    if args.json:
        settings = {key: value for key, value in vars(args).items() if key not in ("json", "llama_server")}
        write_json(args.json, settings, samples, [*dict.fromkeys(sample.server for sample in samples)])
    return 0


def make_texts(model: Path, n_short: int, n_long: int) -> dict[str, list[str]]:
    """Short ones of 5 to 20 words, long ones of 200 to 250 tokens, the same each time."""
    vocabulary, chance = read_vocabulary(model), random.Random(1)
    words = vocabulary.tokens_per_word
    short = [vocabulary.text(f"short/{i}", round(chance.randint(5, 20) * words)) for i in range(n_short)]
    long = [vocabulary.text(f"long/{i}", chance.randint(200, 250)) for i in range(n_long)]
    return {f"{n_short} short": short, f"{n_long} long": long}


# --- over HTTP ---


def over_http(bench: Bench, weights: str, model: Path, args: argparse.Namespace) -> list[Sample]:
    settings = Settings(model, N_CTX, args.clients, args.threads)
    loads = (
        Load(f"calls of {args.call_size}", args.call_size, 1),
        Load("one call", sys.maxsize, 1),
        Load(f"single texts, {args.clients} clients", 1, args.clients),
    )
    with contextlib.ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llamar-bench-")))
        peers = embedding_peers(args.llama_server)
        servers = {name: stack.enter_context(running(peer, settings, logs)) for name, peer in peers.items()}
        bench.compare(
            weights,
            {
                name: vectors_of(post_all(server, loads[0], bench.encoding, bench.all_texts))
                for name, server in servers.items()
            },
        )
        samples: list[Sample] = []
        for load in loads:
            measures = {
                name: partial(_served, server, load, bench.encoding) for name, server in servers.items()
            }
            samples += bench.in_turns(f"{weights}, {load.name}", measures)
    print_tables(samples, [*servers], bench.console)
    return samples


def _served(server: Server, load: Load, encoding: str, texts: list[str]) -> Mapping[str, float]:
    cpu, client, began = server.resources().cpu, process_time(), perf_counter()
    post_all(server, load, encoding, texts)
    wall, client = perf_counter() - began, process_time() - client
    return {
        "texts/s": len(texts) / wall,
        "server CPU per text": 1e3 * (server.resources().cpu - cpu) / len(texts),
        "client CPU, %": 100 * client / wall,
    }


def post_all(server: Server, load: Load, encoding: str, texts: Sequence[str]) -> list[bytes]:
    """The answers in the order of the calls. They are not read while the clock runs."""
    size = min(load.per_call, len(texts))
    calls = deque(enumerate(texts[at : at + size] for at in range(0, len(texts), size)))
    answers = [b""] * len(calls)

    def client() -> None:
        with contextlib.closing(HTTPConnection(HOST, server.port, timeout=ANSWER_TIMEOUT)) as connection:
            with contextlib.suppress(IndexError):  # until no call is left
                while True:
                    number, some = calls.popleft()
                    answers[number] = _post(connection, {"input": some, "encoding_format": encoding})

    with ThreadPoolExecutor(load.clients) as pool:
        for done in [pool.submit(client) for _ in range(load.clients)]:
            done.result()
    return answers


def _post(connection: HTTPConnection, body: Mapping[str, Any]) -> bytes:
    content = json.dumps({"model": "benchmark", **body})
    connection.request("POST", "/v1/embeddings", content, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise LoadError(answer[:2000].decode(errors="replace"))
    return answer


def vectors_of(answers: Sequence[bytes]) -> Vectors:
    """Those of all texts, in their order. Raises LoadError where one is missing."""
    rows = []
    for answer in answers:
        data = sorted(json.loads(answer)["data"], key=lambda entry: entry["index"])
        if [entry["index"] for entry in data] != [*range(len(data))]:
            raise LoadError("an answer does not have one vector for each text")
        rows += [_numbers(entry["embedding"]) for entry in data]
    return np.stack(rows)


def _numbers(written: str | list[float]) -> Vectors:
    if isinstance(written, str):
        return np.frombuffer(base64.b64decode(written), "<f4")
    return np.array(written, np.float32)


# --- in this process ---


def in_process(bench: Bench, weights: str, model: Path) -> list[Sample]:
    """``Embedder`` against ``llama_cpp.Llama`` as it is by default, and with the attention that ours has."""
    with contextlib.ExitStack() as stack:
        embed: dict[str, Callable[[list[str]], Any]] = {
            OURS: stack.enter_context(Embedder(model, threads=bench.threads)).embed
        }
        for name, flash in (("Llama", False), ("Llama, flash", True)):
            other = stack.enter_context(contextlib.closing(_llama(model, bench.threads, flash=flash)))
            embed[name] = partial(other.embed, normalize=True)
        bench.compare(
            f"{weights}, in process",
            {name: np.array(vectors(bench.all_texts), np.float32) for name, vectors in embed.items()},
        )
        measures = {name: partial(_called, each) for name, each in embed.items()}
        samples = [*bench.in_turns(f"{weights}, in process", measures)]
    print_tables(samples, [*embed], bench.console)
    return samples


def _llama(model: Path, threads: int, *, flash: bool) -> llama_cpp.Llama:
    return llama_cpp.Llama(
        str(model),
        embedding=True,
        n_ctx=N_CTX,
        n_threads=threads,
        n_threads_batch=threads,
        flash_attn=flash,
        verbose=False,
    )


def _called(embed: Callable[[list[str]], Any], texts: list[str]) -> Mapping[str, float]:
    cpu, began = process_time(), perf_counter()
    embed(texts)
    wall, cpu = perf_counter() - began, process_time() - cpu
    return {"texts/s": len(texts) / wall, "CPU per text": 1e3 * cpu / len(texts)}


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.embeddings", description=__doc__)
    parser.add_argument("--weights", choices=("f16", "q8_0"), nargs="+", default=["f16", "q8_0"])
    parser.add_argument("--n-short", type=int, default=1000, help="texts of 5 to 20 words")
    parser.add_argument("--n-long", type=int, default=200, help="texts of 200 to 250 tokens")
    parser.add_argument("--call-size", type=int, default=100, help="texts in one of several calls")
    parser.add_argument("--clients", type=int, default=8, help="that send single texts at once")
    parser.add_argument("--encoding", choices=("float", "base64"), default="float", help="of vectors in JSON")
    parser.add_argument("--threads", type=int, default=1, help="that compute (default: 1)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds of everything (default: 3)")
    parser.add_argument("--llama-server", type=Path, help="a llama-server binary, compared as well")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--quick", action="store_true", help="about three minutes: fewer texts")
    args = parser.parse_args(arguments)
    if args.quick:
        args.n_short, args.n_long = 200, 24
    return args


if __name__ == "__main__":
    sys.exit(main())
