"""A program in a terminal of its own: typed to, read from. POSIX only."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time

from tests.servers import DEADLINE

CTRL_C = b"\x03"
CTRL_D = b"\x04"


class Terminal:
    """``llamar`` with ``arguments`` as the foreground program of a new terminal."""

    def __init__(self, *arguments: str, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "llamar_server", *arguments]
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, env | {"TERM": "xterm", "COLUMNS": "80"})
        self._seen = b""

    def type(self, keys: str | bytes) -> None:
        os.write(self._fd, keys.encode() if isinstance(keys, str) else keys)

    def wait_for(self, text: str) -> str:
        """All that is shown up to and including ``text``, which comes after what was waited for before."""
        end = time.monotonic() + DEADLINE
        while text.encode() not in self._seen:
            assert self._shows(end), f"nothing more comes; there is {self._seen!r}"
            more = self._read()
            assert more, f"it ended before {text!r}; there is {self._seen!r}"
            self._seen += more
        shown, found, self._seen = self._seen.partition(text.encode())
        return (shown + found).decode()

    def interrupt(self) -> None:
        """Types Ctrl-C until something happens: Python misses one that comes in the moment between
        showing a prompt and waiting for a key."""
        end = time.monotonic() + DEADLINE
        self.type(CTRL_C)
        while not self._shows(time.monotonic() + 1):
            assert time.monotonic() < end, "nothing happens"
            self.type(CTRL_C)

    def wait(self) -> int:
        """Its exit status, once it has ended; what it still shows is read."""
        end = time.monotonic() + DEADLINE
        while True:
            assert self._shows(end), "it does not end"
            if not self._read():
                break
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)

    def _shows(self, deadline: float) -> bool:
        """Whether something is shown, or the program ends, before ``deadline``."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, deadline - time.monotonic()))
        return bool(ready)

    def _read(self) -> bytes:
        """What is shown, waiting for it; nothing once the program has ended."""
        try:
            return os.read(self._fd, 4096)
        except OSError:  # how Linux says that the other side is closed
            return b""
