"""A llamar server of one's own: started as a subprocess, ready when it answers, gone with its owner.

It speaks to the server as any program would, through its command line, its standard streams and HTTP.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Any, Final

_READY = re.compile(r"llamar: serving (?P<model_id>.*) on (?P<url>http://\S+)")
_STOP_SECONDS: Final = 15.0


class ServerStartError(RuntimeError):
    """The server did not come up. ``exit_status`` is that of its process, None if it took too long."""

    def __init__(self, message: str, exit_status: int | None) -> None:
        super().__init__(message)
        self.exit_status = exit_status


class LocalServer:
    """A running ``llamar serve``. It is a context manager, and stops when it is left.

    The process also ends when its owner dies, however that happens: its standard input is a pipe that
    it watches. It is in a process group of its own, so that Ctrl-C in a terminal is its owner's alone.
    """

    def __init__(self, process: subprocess.Popen[str], url: str, model_id: str, api_key: str | None) -> None:
        self._process = process
        self.url = url
        """Where it listens, as ``http://host:port``."""
        self.model_id = model_id
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
        process = _spawn([*([model] if model else []), f"--port={port}", *options], api_key, stderr)
        late = threading.Event()

        def give_up() -> None:
            late.set()
            _end(process)

        deadline = threading.Timer(timeout, give_up)
        deadline.start()
        try:
            for line in process.stdout or ():
                if ready := _READY.match(line):
                    return cls(process, ready["url"], ready["model_id"], api_key)
        except BaseException:  # Ctrl-C above all
            _end(process)
            raise
        finally:
            deadline.cancel()
        _end(process)
        if late.is_set():
            raise ServerStartError(f"the server was not ready after {timeout:g} seconds", None)
        status = process.wait()
        raise ServerStartError(f"the server ended before it was ready (exit status {status})", status)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends the server: politely, then not. Does nothing if it has ended already."""
        _end(self._process)

    def __enter__(self) -> LocalServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _spawn(arguments: list[str], api_key: str | None, stderr: IO[Any] | int | None) -> subprocess.Popen[str]:
    # -P: a folder named llamar_server in the current directory is not the program meant.
    command = [sys.executable, "-P", "-m", "llamar_server", "serve", "--exit-on-stdin-eof", *arguments]
    own_group: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        # The environment, not the command line, which every user of the machine can read.
        env=os.environ | ({"LLAMAR_API_KEYS": api_key} if api_key else {}),
        text=True,
        encoding="utf-8",
        **own_group,
    )


def _end(process: subprocess.Popen[str]) -> None:
    """Ends ``process``, first by the end of its standard input."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
