"""A server that many short-lived processes share: the second one finds the model loaded.

It runs detached and ends itself after a time without requests. It is found through a file in the
user's state directory that only the user can read, as it holds the key; a lock beside it makes sure
that two processes that start at once get one server.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from filelock import FileLock
from platformdirs import user_state_path

from .http import ServerUnreachable, get_json
from .process import Ready, ServerStartError, spawn, wait_ready
from .settings import Launch

_PATIENCE: Final = 5.0
"""Seconds between asking a server to end (running requests finish), insisting, and killing it."""


@dataclass(frozen=True, slots=True)
class SharedServer(Ready):
    """What the file says of a shared server. ``started`` is a Unix time in seconds."""

    pid: int
    started: float
    api_key: str | None = field(repr=False)


def find_or_start(launch: Launch, idle_timeout: float, timeout: float) -> SharedServer:
    """The shared server with these settings; started, with ``timeout`` seconds to load, if there is
    none. It ends after ``idle_timeout`` seconds without requests, counted anew from here.

    Raises ServerStartError.
    """
    folder = _folder()
    state = folder / f"{_fingerprint(launch)}.json"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with _lock(state):
            server = _read(state)
            if server is None or not _woken(server):
                server = _start(launch, idle_timeout, timeout, state.with_suffix(".log"))
                _write(state, server)
            return server
    except OSError as error:
        raise ServerStartError(f"no server can be shared through {folder}: {error}", None) from error


def running() -> list[SharedServer]:
    """All shared servers of this user on this machine that answer; what others left is cleared away."""
    servers = []
    for state in sorted(_folder().glob("*.json")):
        server = _read(state)
        if server is not None and server.answers():
            servers.append(server)
        else:
            _clear(state)
    return servers


def stop(server: SharedServer) -> bool:
    """End a shared server and wait until it is gone; running requests get some seconds to finish. False
    if it was gone before."""
    if not server.answers():
        return False
    for ask in (signal.SIGTERM, signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, ask)
        end = time.monotonic() + _PATIENCE
        while (there := _exists(server)) and time.monotonic() < end:
            time.sleep(0.02)
        if not there:
            break
    running()  # clears its file away
    return True


def _start(launch: Launch, idle_timeout: float, timeout: float, log: Path) -> SharedServer:
    key = launch.key()
    model = [launch.model] if launch.model else []
    arguments = [*model, f"--port={launch.port}", f"--idle-timeout={idle_timeout:g}", *launch.arguments]
    with log.open("w+", encoding="utf-8", errors="replace") as said:
        process = spawn(arguments, key, said, detached=True)
        try:
            ready = wait_ready(process, timeout)
        except ServerStartError as error:
            raise error.with_words_of(said) from None
    # Where this process lives longer than the server, somebody must take note of its end.
    threading.Thread(target=process.wait, daemon=True).start()
    return SharedServer(**asdict(ready), pid=process.pid, started=time.time(), api_key=key)


def _woken(server: SharedServer) -> bool:
    """Whether it answers; if so, it has just been asked for something, and does not end in a moment."""
    try:
        get_json(f"{server.url}/v1/models", server.api_key)
    except ServerUnreachable:
        return False
    return server.answers()


def _exists(server: SharedServer) -> bool:
    if sys.platform == "win32":  # signal 0 is no question there
        return server.answers()
    try:
        os.kill(server.pid, 0)
        state = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except OSError:  # no Linux
        return True
    return state != "Z"  # ended, and nobody has noticed: the first process of a container may not look


# --- files ---


def _folder() -> Path:
    """Of this machine: home directories can be shared between machines, servers cannot."""
    return user_state_path("llamar") / "servers" / (re.sub(r"[^\w-]", "_", platform.node()) or "here")


def _fingerprint(launch: Launch) -> str:
    """Equal where one server can serve both: a new file in the place of an old one is another model, and
    a new version of llamar another server."""
    parts: list[Any] = [asdict(launch)]
    with contextlib.suppress(PackageNotFoundError):
        parts.append(version("llamar"))
    for model in (launch.model, launch.embedding_model):
        with contextlib.suppress(OSError):
            file = os.stat(model or "")
            parts.append([file.st_size, file.st_mtime_ns])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _lock(state: Path, timeout: float = -1) -> FileLock:
    return FileLock(state.with_suffix(".lock"), timeout=timeout)


def _read(state: Path) -> SharedServer | None:
    """None if it is gone, broken, or of another version."""
    try:
        said = json.loads(state.read_text(encoding="utf-8"))
        return SharedServer(**{each.name: said[each.name] for each in fields(SharedServer)})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(state: Path, server: SharedServer) -> None:
    new = state.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(asdict(server)), encoding="utf-8")
    new.replace(state)


def _clear(state: Path) -> None:
    """Delete a file whose server is gone, unless somebody is about to write it anew."""
    with contextlib.suppress(OSError), _lock(state, timeout=0):
        server = _read(state)
        if server is None or not server.answers():
            state.unlink(missing_ok=True)
