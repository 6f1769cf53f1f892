"""A llamar server of one's own: started as a subprocess, ready when it answers, gone with its owner.

It speaks to the server as any program would, through its command line, its standard streams and HTTP.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Final

from .http import ServerUnreachable, get_health

_READY: Final = re.compile(r"llamar: serving (?P<model_id>.*) on (?P<url>http://\S+)")
_PATIENCE: Final = 5.0
"""Seconds between asking a server to end (running requests finish), insisting, and killing it."""


class ServerStartError(RuntimeError):
    """The server did not come up. ``exit_status`` is that of its process, None if it took too long."""

    def __init__(self, message: str, exit_status: int | None) -> None:
        super().__init__(message)
        self.exit_status = exit_status

    def with_words_of(self, stderr: IO[str], n: int = 5) -> ServerStartError:
        """The same error with the last ``n`` lines that the server wrote to ``stderr``."""
        stderr.seek(0)
        lines = [line.strip().removeprefix("Error: ") for line in stderr if line.strip()]
        return ServerStartError(f"{self}: {' / '.join(lines[-n:]) or 'it said nothing'}", self.exit_status)


@dataclass(frozen=True, slots=True)
class Ready:
    """What a server says when it can be asked. ``instance`` tells this run of it from any other."""

    url: str
    model_id: str
    instance: str

    def answers(self) -> bool:
        """Whether this very server still answers; another one may have its port by now."""
        try:
            return bool(get_health(self.url)["instance"] == self.instance)
        except ServerUnreachable:
            return False


class LocalServer:
    """A running ``llamar serve``. It is a context manager, and stops when it is left.

    The process also ends when its owner dies, however that happens: its standard input is a pipe that
    it watches. It is in a process group of its own, so that Ctrl-C in a terminal is its owner's alone.
    In a fork of its owner it can be used, and is left running.
    """

    def __init__(self, process: subprocess.Popen[str], ready: Ready, api_key: str | None) -> None:
        self._process = process
        self._owner = os.getpid()
        self._ready = ready
        self.url = ready.url
        """Where it listens, as ``http://host:port``."""
        self.model_id = ready.model_id
        self.api_key = api_key
        """What requests must carry; None if it is open."""

    @classmethod
    def start(
        cls,
        model: str | None = None,
        options: Sequence[str] = (),
        *,
        port: int = 0,
        api_key: str | None = None,
        timeout: float = 180.0,
        stderr: IO[Any] | int | None = None,
    ) -> LocalServer:
        """Starts ``llamar serve`` and waits until it answers, ``timeout`` seconds at most.

        ``model`` is what ``llamar serve`` accepts (None: the bundled one), ``options`` are further
        ones of its command line. ``stderr`` is where its messages go, as for ``subprocess.Popen``.
        Raises ServerStartError.
        """
        process = spawn([*([model] if model else []), f"--port={port}", *options], api_key, stderr)
        return cls(process, wait_ready(process, timeout), api_key)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        if os.getpid() != self._owner:
            return self._ready.answers()  # only its parent can look at a process
        return self._process.poll() is None

    def stop(self) -> bool:
        """Ends the server: politely, then not. False if it had ended already, or is the parent's of a
        forked process."""
        if os.getpid() != self._owner:
            return False
        ran = self.running
        _end(self._process)
        return ran

    def __enter__(self) -> LocalServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def spawn(
    arguments: Sequence[str], api_key: str | None, stderr: IO[Any] | int | None, *, detached: bool = False
) -> subprocess.Popen[str]:
    """A ``llamar serve`` process that loads its model. ``detached``, it outlives this one."""
    # -P: a folder named llamar_server in the current directory is not the program meant.
    command = [sys.executable, "-P", "-m", "llamar_server", "serve", *arguments]
    if not detached:
        command.append("--exit-on-stdin-eof")
    own_group: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | (subprocess.DETACHED_PROCESS if detached else 0)
        own_group = {"creationflags": flags}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        # The environment, not the command line, which every user of the machine can read; and no key
        # where none was asked for, whatever the user's own environment demands of other servers.
        env=os.environ | {"LLAMAR_API_KEYS": api_key or "", "PYTHONIOENCODING": "utf-8"},
        text=True,
        encoding="utf-8",
        **own_group,
    )
    _SPAWNED.add(process)
    return process


def wait_ready(process: subprocess.Popen[str], timeout: float) -> Ready:
    """What a spawned server is, as soon as it answers; ``timeout`` is in seconds.

    Raises ServerStartError. Whatever is raised, the process has ended then.
    """
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _end(process)

    deadline = threading.Timer(timeout, give_up)
    deadline.start()
    try:
        ready = _first_words(process)
    except BaseException:  # Ctrl-C above all
        _end(process)
        raise
    finally:
        deadline.cancel()
    if ready is not None and not late.is_set():
        return ready
    _end(process)
    if late.is_set():
        raise ServerStartError(f"the server was not ready after {timeout:g} seconds", None)
    status = process.wait()
    raise ServerStartError(f"the server ended before it was ready (exit status {status})", status)


def _first_words(process: subprocess.Popen[str]) -> Ready | None:
    """What the server says of itself once it serves, and then also over HTTP; None if it ends before."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            if said := _READY.match(line):
                return _introduced(said["url"], said["model_id"])
    return None


def _introduced(url: str, model_id: str) -> Ready:
    try:
        health = get_health(url)
    except ServerUnreachable as error:
        raise ServerStartError(f"the server started but does not answer: {error}", None) from error
    if health["model"] != model_id:
        raise ServerStartError(f"another server answers at {url}", None)
    return Ready(url, model_id, health["instance"])


def _end(process: subprocess.Popen[str]) -> None:
    """Ends ``process``, first by the end of its standard input, or by asking where it has none."""
    if process.stdin is None:
        process.terminate()
    else:
        process.stdin.close()
    for insist in (process.terminate, process.kill):
        try:
            process.wait(_PATIENCE)
            return
        except subprocess.TimeoutExpired:
            insist()
    process.wait()


_SPAWNED: Final[weakref.WeakSet[subprocess.Popen[str]]] = weakref.WeakSet()


def _let_go() -> None:
    """In a forked child: its copies of the pipes would keep the servers alive when their owner dies."""
    for process in _SPAWNED:
        if process.stdin is not None:
            process.stdin.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
