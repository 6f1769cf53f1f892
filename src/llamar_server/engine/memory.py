"""Allocations that fail, where the system would grant them and kill somebody when they are used.

Linux gives out more memory than there is, and ends a process, not always the one to blame, once it is
really written to. While a model is loaded this process gets no more than is available, but for a rest
that others may need meanwhile: llama.cpp then says what it cannot allocate. Elsewhere nothing is done:
Windows refuses by itself, macOS swaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SHARE = 0.95
_LINE = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)


@contextmanager
def no_more_than_available() -> Iterator[None]:
    """Within it, this process can allocate what is available at its begin, swap included."""
    try:
        import resource  # not on Windows

        available = _kilobytes("/proc/meminfo")
        mine = _kilobytes("/proc/self/status")["VmData"]
        more = int(_SHARE * (available["MemAvailable"] + available["SwapFree"]))
    except (ImportError, OSError, KeyError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bounds = [1024 * (mine + more), *(bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _kilobytes(path: str) -> dict[str, int]:
    return {name: int(value) for name, value in _LINE.findall(Path(path).read_text())}
