from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from llamar_providers.process import LocalServer, ServerStartError
from tests.cli.slow import SLOW_LOAD
from tests.servers import eventually

OPTIONS = ["--threads=1"]


def test_it_runs_as_long_as_its_context() -> None:
    with LocalServer.start(options=OPTIONS) as server:
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        assert server.model_id == "llamar-tiny"
        assert server.url.startswith("http://127.0.0.1:")
        assert server.running
    assert not server.running
    assert not any(process.is_running() for process in family)
    server.stop()  # once more is no harm


def test_its_key_is_not_on_its_command_line() -> None:
    with LocalServer.start(options=OPTIONS, api_key="a secret word") as server:
        assert server.api_key == "a secret word"
        assert "a secret word" not in " ".join(psutil.Process(server.pid).cmdline())


def test_a_server_that_does_not_start(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w+") as said:
        with pytest.raises(ServerStartError) as failure:
            LocalServer.start("missing.gguf", OPTIONS, stderr=said)
        said.seek(0)
        assert said.read() == "Error: there is no model file 'missing.gguf'\n"
    assert failure.value.exit_status == 1


def test_a_server_that_takes_too_long_is_ended() -> None:
    mine = psutil.Process()
    with pytest.raises(ServerStartError, match="not ready after 3 seconds") as failure:
        LocalServer.start(options=[*OPTIONS, SLOW_LOAD], timeout=3)
    assert failure.value.exit_status is None
    assert not [each for each in mine.children(recursive=True) if SLOW_LOAD in each.cmdline()]


def test_it_goes_when_its_owner_is_killed() -> None:
    code = (
        "from llamar_providers.process import LocalServer; import time; "
        "print(LocalServer.start(options=['--threads=1']).pid, flush=True); time.sleep(600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner:
        server = psutil.Process(int(owner.stdout.readline()))
        engines = server.children(recursive=True)
        assert engines
        owner.kill()
    assert eventually(lambda: not any(process.is_running() for process in (server, *engines)))
