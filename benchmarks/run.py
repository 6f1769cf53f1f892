"""The command line of the benchmark: start all servers, measure them in turns, print ratios."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from .client import LoadError
from .model import SHAPES, cache_dir, ensure_model
from .peers import PeerError, Server, Settings, peers, running
from .prompts import read_vocabulary
from .report import machine, print_tables, write_json
from .scenarios import Scenario, Workload, scenarios, warm_up
from .stats import Sample

FILE_WIDTH = 140
"""Columns of the tables where the output is no terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 0 when every server answered everything, else 1 and the reason on stderr."""
    args = _parse(arguments)
    console = Console() if sys.stdout.isatty() else Console(width=FILE_WIDTH)
    model = args.model or ensure_model(args.size, args.weights, args.cache)
    settings = Settings(model, args.n_ctx, max(*args.streams, 3), args.threads)
    load = Workload(
        read_vocabulary(model), args.prompt_tokens, args.long_prompt_tokens, args.tokens, args.temperature
    )
    known = peers(args.llama_server)
    chosen = [peer for name, peer in known.items() if not args.only or name in args.only]
    console.print(
        f"{model.name}, {args.threads} thread(s);", ", ".join(f"{k} {v}" for k, v in machine().items())
    )
    try:
        with contextlib.ExitStack() as stack:
            log_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llamar-bench-")))
            servers = [stack.enter_context(running(peer, settings, log_dir)) for peer in chosen]
            samples = asyncio.run(_measure(servers, load, scenarios(args.streams), args.repeats, console))
    except (PeerError, LoadError) as error:
        Console(stderr=True).print(str(error), markup=False)
        return 1
    names = [server.peer.name for server in servers]
    print_tables(samples, names, console)
    if args.json:
        write_json(args.json, _settings(args, model), samples, names)
    return 0


async def _measure(
    servers: Sequence[Server], load: Workload, plan: Sequence[Scenario], repeats: int, console: Console
) -> list[Sample]:
    """Every scenario in every repeat on every server, the servers in turns and each first in its turn."""
    samples: list[Sample] = []
    for server in servers:
        await warm_up(server, load)
    with console.status("measuring") as status:
        for repeat in range(repeats):
            first = repeat % len(servers)
            for scenario in plan:
                for server in (*servers[first:], *servers[:first]):
                    status.update(f"repeat {repeat + 1} of {repeats}: {scenario.name}, {server.peer.name}")
                    values = await scenario.run(server, load, f"{scenario.name}/{repeat}")
                    samples.append(Sample(scenario.name, repeat, server.peer.name, values))
    return samples


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--model", type=Path, help="a GGUF file (default: one with random weights, made now)")
    parser.add_argument("--size", choices=SHAPES, default="135M", help="of the model made (default: 135M)")
    parser.add_argument("--weights", choices=("q8_0", "f16"), default="q8_0", help="type of its weights")
    parser.add_argument("--cache", type=Path, default=cache_dir(), help="where made models are kept")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 8], help="concurrent requests")
    parser.add_argument("--prompt-tokens", type=int, default=128, help="length of a prompt")
    parser.add_argument("--long-prompt-tokens", type=int, default=1024, help="length of a long prompt")
    parser.add_argument("--tokens", type=int, default=128, help="length of every answer")
    parser.add_argument("--n-ctx", type=int, default=2048, help="window of one request")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--repeats", type=int, default=5, help="rounds of every scenario (default: 5)")
    parser.add_argument("--only", nargs="+", metavar="SERVER", help="only these servers (default: all)")
    parser.add_argument("--llama-server", type=Path, help="a llama-server binary, compared as well")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--quick", action="store_true", help="about two minutes: short answers, 3 repeats")
    args = parser.parse_args(arguments)
    if args.quick:
        args.tokens, args.repeats, args.long_prompt_tokens = 48, 3, 512
    unknown = set(args.only or ()) - set(peers(args.llama_server))
    if unknown:
        parser.error(f"no such server: {', '.join(sorted(unknown))}")
    return args


def _settings(args: argparse.Namespace, model: Path) -> dict[str, object]:
    left_out = ("model", "size", "weights", "cache", "only", "llama_server", "json", "quick")
    return {"model": model.name, **{k: v for k, v in vars(args).items() if k not in left_out}}
