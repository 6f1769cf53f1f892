"""llama.cpp's log lines: into ``logging``, with the errors remembered for the sentence that a failed
load ends in. Knows the levels of ``ggml_log_level`` and nothing else of llama.cpp."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

_WARN, _ERROR, _CONTINUED = 3, 4, 5
_logger = logging.getLogger("llamar.llama_cpp")


class LlamaLog:
    """``callback`` is what llama.cpp calls: ctypes frees it when nothing refers to it."""

    def __init__(self) -> None:
        self.callback: Any = None
        self._errors: deque[str] = deque(maxlen=8)
        self._level = 0

    def receive(self, level: int, text: bytes) -> None:
        self._level = self._level if level == _CONTINUED else level
        line = text.decode(errors="replace").strip()
        if not line:
            return
        if self._level == _ERROR:
            self._errors.append(line)
        _logger.log(logging.WARNING if self._level in (_WARN, _ERROR) else logging.DEBUG, "%s", line)

    def forget(self) -> None:
        """What was logged so far has nothing to do with what comes."""
        self._errors.clear()

    def last_error(self) -> str:
        """The first of the latest errors, without the C function's name: the cause, not its echo."""
        if not self._errors:
            return "llama.cpp gave no reason"
        return self._errors[0].split(": ", 1)[-1].rstrip(".")
