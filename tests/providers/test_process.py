from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llamar_providers.http import ServerUnreachable, get_json
from llamar_providers.process import LocalServer, ServerStartError, spawn, wait_ready
from tests.cli.slow import SLOW_ANSWER, SLOW_LOAD
from tests.providers.families import ONE_THREAD, family, gone, line, long_answer, python
from tests.providers.recorder import recorder
from tests.servers import DEADLINE

pytestmark = pytest.mark.usefixtures("home", "nobody_left")


def test_it_is_its_owners_and_runs_as_long_as_its_context() -> None:
    with LocalServer.start(options=ONE_THREAD, api_key="a-secret-word") as server:
        processes = family(server.pid)
        assert server.model_id == "llamar-tiny"
        assert server.url.startswith("http://127.0.0.1:")
        assert server.running
        assert not any("a-secret-word" in word for each in processes for word in each.cmdline())
        if sys.platform != "win32":  # Ctrl-C in a terminal is for its group of processes
            assert not {os.getpgid(each.pid) for each in processes} & {os.getpgrp()}
        assert get_json(f"{server.url}/v1/models", "a-secret-word")["data"]
        with pytest.raises(ServerUnreachable, match="status 401"):
            get_json(f"{server.url}/v1/models")
    assert not server.running
    assert gone(processes)
    assert server.stop() is False


def test_keys_in_the_environment_are_for_another_server() -> None:
    assert os.environ["LLAMAR_API_KEYS"]
    with LocalServer.start(options=ONE_THREAD) as server:
        assert get_json(f"{server.url}/v1/models")["data"]


def test_a_server_that_does_not_start(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w+") as said:
        with pytest.raises(ServerStartError) as failure:
            LocalServer.start("missing.gguf", ONE_THREAD, stderr=said)
        said.seek(0)
        assert said.read() == "Error: there is no model file 'missing.gguf'\n"
    assert failure.value.exit_status == 1


def test_a_server_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ServerStartError, match="not ready after 1 seconds") as failure:
        LocalServer.start(options=[*ONE_THREAD, SLOW_LOAD], timeout=1)
    assert failure.value.exit_status is None


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be stopped here")
def test_one_that_does_not_even_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamar_providers.process._PATIENCE", 0.2)
    process = spawn([SLOW_LOAD], None, None)
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(ServerStartError, match="not ready"):
        wait_ready(process, 0.1)
    assert process.returncode is not None


def test_another_server_at_its_address_is_not_it() -> None:
    with recorder() as other:
        other.answer = {"model": "other", "instance": "i"}
        code = f"print('llamar: serving mine on {other.url}', flush=True); input()"
        with subprocess.Popen([sys.executable, "-c", code], stdout=-1, stdin=-1, text=True) as process:
            with pytest.raises(ServerStartError, match=f"another server answers at {other.url}"):
                wait_ready(process, DEADLINE)
            assert process.returncode is not None


def test_a_request_that_still_runs_delays_its_end_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamar_providers.process._PATIENCE", 0.5)
    with LocalServer.start(options=[*ONE_THREAD, SLOW_ANSWER]) as server:
        with long_answer(server):
            processes = family(server.pid)
            assert server.stop() is True
            assert gone(processes)


def test_it_goes_when_its_owner_is_killed() -> None:
    code = (
        "from llamar_providers.process import LocalServer; import time; "
        "print(LocalServer.start(options=['--threads=1']).pid, flush=True); time.sleep(600)"
    )
    with python(code) as owner:
        processes = family(int(line(owner)))
        owner.kill()
        assert gone(processes)
