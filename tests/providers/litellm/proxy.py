"""The real LiteLLM proxy as a process, on the configuration that is our example."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path

EXAMPLE = Path(__file__).parents[3] / "examples/litellm_proxy.yaml"
BESIDE = Path(sys.prefix) / "litellm-proxy"
"""Where ``make test`` installs it: not among the rest, whose versions it would change."""

_NEEDS = ("apscheduler", "backoff", "fastapi_sso", "multipart")
_READY = re.compile(r"Uvicorn running on (http://\S+)")
_SECONDS_TO_START = 180.0  # its imports alone take half a minute of two busy cores
_NOTHING_FROM_THE_NETWORK = {
    f"LITELLM_LOCAL_{what}": "True"
    for what in ("ANTHROPIC_BETA_HEADERS", "BLOG_POSTS", "MODEL_COST_MAP", "POLICY_TEMPLATES")
}


def installed() -> bool:
    return BESIDE.is_dir() or all(importlib.util.find_spec(name) for name in _NEEDS)


class Proxy:
    """``litellm --config``, writing to ``log``, and ended by its own pid."""

    KEY = "sk-of-the-tests"

    def __init__(self, log: Path, **variables: str) -> None:
        self._log = log
        command = "import litellm; litellm.run_server()"
        arguments = ["--config", str(EXAMPLE), "--host", "127.0.0.1", "--port", "0"]
        variables |= _NOTHING_FROM_THE_NETWORK | {"LITELLM_MASTER_KEY": self.KEY}
        if BESIDE.is_dir():
            variables["PYTHONPATH"] = str(BESIDE)
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=os.environ | variables,
            )

    def wait_ready(self) -> str:
        """Its address."""
        deadline = time.monotonic() + _SECONDS_TO_START
        while self.process.poll() is None and time.monotonic() < deadline:
            if ready := _READY.search(self.said()):
                return ready[1]
            time.sleep(0.1)
        raise AssertionError(f"the proxy did not start: {self.said()[-3000:]}")

    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
