"""Programs with Uvicorn inside, as processes."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import DEADLINE


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """Python with these arguments: the address that it says to serve. It ends with the context."""
    process = subprocess.Popen([sys.executable, *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    deadline = threading.Timer(DEADLINE, process.kill)
    deadline.start()
    said: list[str] = []
    found = None
    try:
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                break
        deadline.cancel()
        assert found, "".join(said)
        yield found[1]
    finally:
        deadline.cancel()
        process.terminate()
        process.communicate(timeout=DEADLINE)
