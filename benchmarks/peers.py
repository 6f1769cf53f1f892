"""The servers that are compared, each with the same settings, as processes on the loopback interface.

Refuses to send requests: that is the load's.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

HOST = "127.0.0.1"
START_TIMEOUT = 300.0
STOP_TIMEOUT = 15.0


class PeerError(Exception):
    """A server did not start."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What every server is started with. ``n_ctx`` is the window of one request, in tokens."""

    model: Path
    n_ctx: int
    parallel: int
    threads: int

    @property
    def pool(self) -> int:
        """The KV cells that all requests share."""
        return self.n_ctx * self.parallel


@dataclass(frozen=True, slots=True)
class Peer:
    """One kind of server.

    ``command`` gives its command line for settings and a port, ``ready`` the path that answers 200
    once it serves, ``endless`` the request fields that keep a text from ending at the given tokens.
    """

    name: str
    command: Callable[[Settings, int], list[str]]
    ready: str
    endless: Callable[[Sequence[int]], dict[str, object]] = lambda _: {}


@dataclass(frozen=True, slots=True)
class Resources:
    """What a server's process tree has used: seconds of CPU, bytes of memory.

    ``private`` is the memory that no other process can share and no file backs; None where the
    system does not tell.
    """

    cpu: float
    rss: int
    private: int | None


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    peer: Peer
    port: int
    process: psutil.Process

    def resources(self) -> Resources:
        """The sums over the process and its descendants, now."""
        tree = [self.process, *self.process.children(recursive=True)]
        times = [process.cpu_times() for process in tree]
        memory = [process.memory_info() for process in tree]
        private = sum(m.rss - m.shared for m in memory) if hasattr(memory[0], "shared") else None
        return Resources(sum(t.user + t.system for t in times), sum(m.rss for m in memory), private)


def _ours(settings: Settings, port: int) -> list[str]:
    command = [sys.executable, "-m", "llamar_server", "serve", str(settings.model)]
    return command + _flags(
        port=port,
        n_ctx=settings.n_ctx,
        kv_cells=settings.pool,
        parallel=settings.parallel,
        threads=settings.threads,
    )


def _xllamacpp(settings: Settings, port: int) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.peer_xllamacpp", str(settings.model)]
    return command + _flags(
        port=port, pool=settings.pool, parallel=settings.parallel, threads=settings.threads
    )


def _ours_embedding(settings: Settings, port: int) -> list[str]:
    command = [sys.executable, "-m", "llamar_server", "serve"]
    return command + _flags(port=port, embedding_model=settings.model, threads=settings.threads)


def _llama_cpp_python(settings: Settings, port: int) -> list[str]:
    values: dict[str, object] = {
        "model": settings.model,
        "host": HOST,
        "port": port,
        "n_ctx": settings.n_ctx,  # it runs one sequence at a time
        "n_batch": 2048,
        "n_threads": settings.threads,
        "n_threads_batch": settings.threads,
        "n_gpu_layers": -1,
        "flash_attn": "true",
        "logits_all": "false",
        "interrupt_requests": "false",  # or a second request would end the first
        "verbose": "false",
    }
    flags = [part for name, value in values.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "llama_cpp.server", *flags]


def _llama_server(binary: Path) -> Callable[[Settings, int], list[str]]:
    def command(settings: Settings, port: int) -> list[str]:
        flags = _flags(
            model=settings.model,
            host=HOST,
            port=port,
            ctx_size=settings.pool,
            parallel=settings.parallel,
            threads=settings.threads,
            threads_batch=settings.threads,
        )
        return [str(binary), *flags, "--kv-unified"]

    return command


def _flags(**values: object) -> list[str]:
    return [part for name, value in values.items() for part in (f"--{name.replace('_', '-')}", str(value))]


def _ignore_eos(_: Sequence[int]) -> dict[str, object]:
    return {"ignore_eos": True}


def _bias(end_tokens: Sequence[int]) -> dict[str, object]:
    return {"logit_bias": {str(token): -100 for token in end_tokens}}


def _embedding(command: Callable[[Settings, int], list[str]]) -> Callable[[Settings, int], list[str]]:
    """llama.cpp's server, for vectors."""
    return lambda settings, port: [*command(settings, port), "--embedding"]


OURS = "llamar"


def peers(llama_server: Path | None) -> dict[str, Peer]:
    """All servers by name, ours first. ``llama_server`` is a binary of llama.cpp's server, if any."""
    known = [
        Peer(OURS, _ours, "/health", _ignore_eos),
        Peer("xllamacpp", _xllamacpp, "/health", _ignore_eos),
        Peer("llama_cpp", _llama_cpp_python, "/v1/models", _bias),
    ]
    if llama_server is not None:
        known.insert(1, Peer("llama-server", _llama_server(llama_server), "/health", _ignore_eos))
    return {peer.name: peer for peer in known}


def embedding_peers(llama_server: Path | None) -> dict[str, Peer]:
    """Those that make vectors of several texts at once, as in ``peers``."""
    known = [
        Peer(OURS, _ours_embedding, "/health"),
        Peer("xllamacpp", _embedding(_xllamacpp), "/health"),
    ]
    if llama_server is not None:
        known.insert(1, Peer("llama-server", _embedding(_llama_server(llama_server)), "/health"))
    return {peer.name: peer for peer in known}


@contextlib.contextmanager
def running(peer: Peer, settings: Settings, log_dir: Path) -> Iterator[Server]:
    """Start a server, wait until it serves, and end it and its children afterwards.

    Raises PeerError with the end of its log when it does not come up.
    """
    port = _free_port()
    log_path = log_dir / f"{peer.name}.log"
    with open(log_path, "wb") as log:
        process = subprocess.Popen(
            peer.command(settings, port), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _await_ready(peer, port, process, log_path)
        yield Server(peer, port, psutil.Process(process.pid))
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(peer: Peer, port: int, process: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not _answers(port, peer.ready):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log_path.read_text(errors="replace")[-2000:]
            raise PeerError(f"{peer.name} did not start:\n{tail}")
        time.sleep(0.2)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    children: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for left in psutil.wait_procs(children, STOP_TIMEOUT)[1]:
        left.kill()
