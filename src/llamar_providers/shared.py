"""A server that many short-lived processes share: the second one finds the model loaded.

It runs detached and ends itself after a time without requests. It is found through a file in the
user's state directory that only the user can read, as it holds the key; a lock beside it makes sure
that two processes that start at once get one server.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_state_path

from .http import ServerUnreachable, get_json
from .process import ServerStartError, spawn, wait_ready
from .settings import Launch

_SECONDS_TO_STOP = 15.0


@dataclass(frozen=True, slots=True)
class SharedServer:
    """What the file says of a shared server. ``instance`` is how it calls itself on ``/health``."""

    url: str
    api_key: str
    pid: int
    instance: str
    model_id: str
    started: float
    launch: dict[str, Any]

    @property
    def alive(self) -> bool:
        """Whether this very server still answers; its pid alone may be another process's by now."""
        try:
            answer = get_json(f"{self.url}/health", timeout=5.0)
        except ServerUnreachable:
            return False
        return isinstance(answer, dict) and answer.get("instance") == self.instance


def find_or_start(launch: Launch, idle_timeout: float, timeout: float) -> SharedServer:
    """The shared server with these settings; started, with ``timeout`` seconds to load, if there is
    none. It ends after ``idle_timeout`` seconds without requests. Raises ServerStartError."""
    name = hashlib.sha256(json.dumps(asdict(launch), sort_keys=True).encode()).hexdigest()[:16]
    state = _directory() / f"{name}.json"
    with FileLock(state.with_suffix(".lock")):
        server = _read(state)
        if server is None or not server.alive:
            server = _start(launch, idle_timeout, timeout, state.with_suffix(".log"))
            _write(state, server)
        return server


def running() -> list[SharedServer]:
    """All shared servers of this user that answer; the files of others are cleared away."""
    return [server for _, server in _living()]


def stop(server: SharedServer) -> bool:
    """End a shared server and wait until it is gone. False if it was gone before."""
    if not server.alive:
        return False
    os.kill(server.pid, signal.SIGTERM)
    end = time.monotonic() + _SECONDS_TO_STOP
    while server.alive and time.monotonic() < end:
        time.sleep(0.05)
    for _ in _living():  # clears its file away
        pass
    return True


def _directory() -> Path:
    path = user_state_path("llamar")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def _living() -> Iterator[tuple[Path, SharedServer]]:
    for state in sorted(_directory().glob("*.json")):
        server = _read(state)
        if server is not None and server.alive:
            yield state, server
        else:
            state.unlink(missing_ok=True)


def _read(state: Path) -> SharedServer | None:
    try:
        return SharedServer(**json.loads(state.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(state: Path, server: SharedServer) -> None:
    new = state.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(asdict(server)), encoding="utf-8")
    new.replace(state)


def _start(launch: Launch, idle_timeout: float, timeout: float, log: Path) -> SharedServer:
    key = secrets.token_urlsafe()
    arguments = [f"--port={launch.port}", f"--idle-timeout={idle_timeout:g}", *launch.arguments]
    with log.open("w+", encoding="utf-8", errors="replace") as said:
        process = spawn([*([launch.model] if launch.model else []), *arguments], key, said, detached=True)
        try:
            url, model_id = wait_ready(process, timeout)
        except ServerStartError as error:
            raise error.with_words_of(said) from None
    assert process.stdout is not None
    process.stdout.close()
    instance = get_json(f"{url}/health")["instance"]
    return SharedServer(url, key, process.pid, instance, model_id, time.time(), asdict(launch))
