from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import llm.cli
import pytest
from click.testing import CliRunner

from tests.servers import DEADLINE, ServerProcess

Call = Callable[..., tuple[str, str]]


@pytest.fixture
def process(home: Path) -> Call:
    """The real ``llm`` in a process and a home of its own: its output and its messages."""

    def call(*arguments: str) -> tuple[str, str]:
        command = [sys.executable, "-m", "llm", *arguments]
        result = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)
        assert "Traceback" not in result.stderr
        return result.stdout, result.stderr

    return call


@pytest.fixture
def cli(home: Path) -> Call:
    """The same without the seconds that a process takes to import it."""

    def call(*arguments: str) -> tuple[str, str]:
        result = CliRunner().invoke(llm.cli.cli, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.stdout, result.stderr

    return call


@pytest.fixture
def at_server(home: Path, server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the shared server of the tests."""
    monkeypatch.setenv("LLAMAR_BASE_URL", server.url)


@pytest.fixture
def model(at_server: None) -> llm.Model:
    return llm.get_model("llamar-local")
