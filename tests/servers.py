"""A real ``llamar serve`` process for tests: started, asked, and ended by its own pid."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

READY = re.compile(r"llamar: serving (\S+) on (http://\S+)\n")
DEADLINE = 60.0  # seconds after which a test gives up; nothing is measured with it


class ServerProcess:
    """``llamar serve`` on a free port and one thread, with further ``arguments``."""

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.stderr_file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed in end()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "llamar_server", "serve", "--port=0", "--threads=1", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr_file,
            text=True,
            env=env,
        )
        self.model_id = ""
        self.url = ""

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_ready(self) -> ServerProcess:
        """Reads the line that says where it listens; fails with its messages if none comes."""
        assert self.process.stdout is not None
        deadline = threading.Timer(DEADLINE, self.process.kill)
        deadline.start()
        line = self.process.stdout.readline()
        deadline.cancel()
        ready = READY.fullmatch(line)
        assert ready, f"not ready: {line!r}; it said: {self.messages()}"
        self.model_id, self.url = ready.groups()
        return self

    def messages(self) -> str:
        """What it has written to standard error so far."""
        self.stderr_file.seek(0)
        return self.stderr_file.read()

    def engines(self) -> list[psutil.Process]:
        """Its engine processes."""
        return psutil.Process(self.pid).children(recursive=True)

    def openai(self, **options: Any) -> OpenAI:
        http = DefaultHttpxClient(trust_env=False)
        return OpenAI(**_client_options(self.url, options), http_client=http)

    def async_openai(self, **options: Any) -> AsyncOpenAI:
        http = DefaultAsyncHttpxClient(trust_env=False)
        return AsyncOpenAI(**_client_options(self.url, options), http_client=http)

    def wait(self) -> int:
        """Its exit status, once it has ended by itself."""
        return self.process.wait(DEADLINE)

    def end(self) -> None:
        """Ends it and its engines, whatever state they are in."""
        engines = self.engines() if self.process.poll() is None else []
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for engine in engines:
            if engine.is_running():
                engine.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.stderr_file.close()


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether ``condition`` comes true before the deadline."""
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _client_options(url: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"base_url": f"{url}/v1", "api_key": "not needed", "max_retries": 0} | options
