"""All processes that a test starts, and those that these start."""

from __future__ import annotations

import os
import uuid

import psutil


class Family:
    """Knows the processes that a test starts, and theirs, by a mark in the environment."""

    def __init__(self) -> None:
        self._mark = uuid.uuid4().hex
        self.env = os.environ | {"LLAMAR_TEST_RUN": self._mark}

    def members(self) -> list[psutil.Process]:
        return [each for each in psutil.process_iter() if self._has_mark(each)]

    def _has_mark(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("LLAMAR_TEST_RUN") == self._mark
        except psutil.Error:
            return False
