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

    def with_words_of(self, stderr: IO[str], n: int = 5) -> ServerStartError:
        """The same error with the last ``n`` lines that the server wrote to ``stderr``."""
        stderr.seek(0)
        lines = [line.strip().removeprefix("Error: ") for line in stderr if line.strip()]
        return ServerStartError(f"{self}: {' / '.join(lines[-n:]) or 'it said nothing'}", self.exit_status)


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
        process = spawn([*([model] if model else []), f"--port={port}", *options], api_key, stderr)
        url, model_id = wait_ready(process, timeout)
        return cls(process, url, model_id, api_key)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends the server: politely, then not. Does nothing if it has ended already."""
        _end(self._process)

    def disown(self) -> None:
        """Let go of the server without ending it: in a forked child, where it is the parent's."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

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
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        # The environment, not the command line, which every user of the machine can read.
        env=os.environ | ({"LLAMAR_API_KEYS": api_key} if api_key else {}),
        text=True,
        encoding="utf-8",
        **own_group,
    )


def wait_ready(process: subprocess.Popen[str], timeout: float) -> tuple[str, str]:
    """Address and model id of a spawned server, as soon as it answers; ``timeout`` is in seconds.

    Raises ServerStartError. Whatever is raised, the process has ended then.
    """
    late = threading.Event()

    def give_up() -> None:
        late.set()
        _end(process)

    deadline = threading.Timer(timeout, give_up)
    deadline.start()
    try:
        for line in process.stdout or ():
            if ready := _READY.match(line):
                return ready["url"], ready["model_id"]
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


def _end(process: subprocess.Popen[str]) -> None:
    """Ends ``process``, first by the end of its standard input, or by asking where it has none."""
    if process.stdin is not None:
        process.stdin.close()
    else:
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
