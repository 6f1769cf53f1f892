"""Processes: those of a server, those that a test starts, and whether they are gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil

from llamar_providers.clients import sync_client
from tests.servers import eventually

ONE_THREAD = ("--threads=1",)


def family(pid: int | None) -> list[psutil.Process]:
    """A server and its engine."""
    assert pid is not None
    server = psutil.Process(pid)
    engines = server.children(recursive=True)
    assert engines
    return [server, *engines]


def gone(processes: Sequence[psutil.Process]) -> bool:
    """Whether all of them have ended; waits for it."""
    return eventually(lambda: not any(_lives(process) for process in processes))


def mine() -> list[psutil.Process]:
    """The servers and engines below this process."""
    return [each for each in psutil.Process().children(recursive=True) if _is_ours(each)]


@contextmanager
def python(code: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs ``code``; ended, and its servers with it, when the context is left."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def long_answer(server: Any, max_tokens: int = 3000) -> Iterator[Iterator[str]]:
    """An answer that has begun and goes on for long: its pieces, the finish reason last. ``server`` has a
    ``url`` and an ``api_key``."""
    with sync_client(f"{server.url}/v1", server.api_key or "none", max_retries=0) as client:
        stream = client.chat.completions.create(
            model="any",
            messages=[{"role": "user", "content": "Hi"}],
            max_tokens=max_tokens,
            stream=True,
            extra_body={"ignore_eos": True},
        )
        choices = (choice for chunk in stream for choice in chunk.choices)
        pieces = (choice.finish_reason or choice.delta.content or "" for choice in choices)
        while not next(pieces):
            pass
        yield pieces
        stream.close()


def line(process: subprocess.Popen[str]) -> str:
    """What ``process`` says next."""
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    assert said, "it ended without a word"
    return said


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_ours(process: psutil.Process) -> bool:
    try:
        return any("llamar_server" in word for word in process.cmdline())
    except psutil.Error:
        return False
