"""The server that processes share: found, started once, listed, stopped, gone when nobody asks."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamar_providers import shared
from llamar_providers.process import ServerStartError
from llamar_providers.server import LlamarServer
from llamar_providers.settings import Launch
from tests.cli.slow import SLOW_ANSWER, SLOW_LOAD
from tests.providers.families import ONE_THREAD, family, gone, line, long_answer, python
from tests.providers.recorder import recorder
from tests.servers import DEADLINE, ServerProcess

pytestmark = pytest.mark.usefixtures("home", "nobody_left")

TINY = Launch("llamar-tiny", options=ONE_THREAD)


@pytest.fixture
def folder(home: Path) -> Iterator[Path]:
    """Where the state is kept. What still runs at the end of the test is ended."""
    yield shared._folder()
    for server in shared.running():
        processes = family(server.pid)
        processes[0].kill()
        assert gone(processes)


def llamar(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "llamar_server", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


SHARER = """
from llamar_providers import shared
from llamar_providers.server import LlamarServer
server = LlamarServer("llamar-tiny", options=("--threads=1",), idle_timeout=60)
print(server.connect().api_key, server.connect().url, [each.pid for each in shared.running()], flush=True)
"""


def test_processes_that_start_at_once_share_one_and_leave_it_running(folder: Path) -> None:
    with python(SHARER) as one, python(SHARER) as other:
        said = line(one)
        assert line(other) == said
    here = LlamarServer("llamar-tiny", options=ONE_THREAD, idle_timeout=60)
    (server,) = shared.running()
    assert f"{here.api_key} {here.url} [{server.pid}]" == said
    assert here.pid is None
    assert here.stop() is False

    processes = family(server.pid)
    assert not any(here.api_key in word for each in processes for word in each.cmdline())
    if sys.platform != "win32":
        assert mode(folder) == 0o700
        assert [mode(each) for each in folder.glob("*.json")] == [0o600]

    listed = llamar("ps")
    assert listed.stdout.split()[:3] == [str(server.pid), "llamar-tiny", server.url]
    assert llamar("stop", "another-model").returncode == 1
    stopped = llamar("stop", "llamar-tiny")
    assert stopped.stdout == f"stopped llamar-tiny (pid {server.pid})\n"
    assert gone(processes)
    assert list(folder.glob("*.json")) == []
    assert llamar("ps").stderr == "no shared server runs\n"
    assert llamar("stop").stderr == "Error: no shared server runs\n"
    assert shared.stop(server) is False


def test_it_answers_to_the_end_goes_when_nobody_asks_and_starts_again(folder: Path) -> None:
    sharer = LlamarServer("llamar-tiny", options=(*ONE_THREAD, SLOW_ANSWER), idle_timeout=3)
    before = sharer.connect()
    (server,) = shared.running()
    processes = family(server.pid)
    with long_answer(server, max_tokens=150) as pieces:  # which takes longer than the idle time
        assert [*pieces][-1] == "length"
    assert gone(processes)
    assert shared.running() == []
    assert list(folder.glob("*.json")) == []
    assert sharer.connect().api_key != before.api_key


def test_one_that_was_killed_is_replaced(folder: Path) -> None:
    first = shared.find_or_start(TINY, 60, DEADLINE)
    again = shared.find_or_start(TINY, 60, DEADLINE)
    assert again == first
    processes = family(first.pid)
    processes[0].kill()
    assert gone(processes)
    second = shared.find_or_start(TINY, 60, DEADLINE)
    assert second.instance != first.instance
    assert shared.running() == [second]
    processes = family(second.pid)
    assert shared.stop(second) is True
    assert gone(processes)


def test_finding_it_asks_it_for_something_so_that_it_stays(folder: Path) -> None:
    with recorder() as there:
        there.answer = {"model": "m", "instance": "i", "data": []}
        state = write_state(folder, there.url, "i")
        assert shared.find_or_start(TINY, 60, DEADLINE) == shared._read(state)
        first, *_ = there.asked
        assert (first.path, first.headers["authorization"]) == ("/v1/models", "Bearer the-key")
        there.asked.clear()
        assert len(shared.running()) == 1
        assert {each.path for each in there.asked} == {"/health"}  # looking does not keep it


def test_another_server_at_its_address_is_not_it(folder: Path, server: ServerProcess) -> None:
    state = write_state(folder, server.url, "another one", pid=server.pid)
    mistaken = shared._read(state)
    assert mistaken is not None
    assert shared.stop(mistaken) is False
    assert server.process.poll() is None
    assert shared.running() == []
    assert not state.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"url": 1}'])
def test_files_that_make_no_sense_are_no_servers(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    (folder / "some.json").write_text(content)
    assert shared.running() == []
    assert not (folder / "some.json").exists()


def test_who_looks_leaves_a_file_alone_that_somebody_is_about_to_write(folder: Path) -> None:
    folder.mkdir(parents=True)
    state = folder / "some.json"
    state.write_text("{}")
    with shared._lock(state):
        assert shared.running() == []
        assert state.exists()


def test_what_does_not_start_is_not_shared(folder: Path) -> None:
    with pytest.raises(ServerStartError, match=r"there is no model file '/missing.gguf'"):
        shared.find_or_start(Launch("/missing.gguf"), 60, DEADLINE)
    with pytest.raises(ServerStartError, match="not ready after 1 seconds"):
        shared.find_or_start(Launch("llamar-tiny", options=(SLOW_LOAD,)), 60, 1)
    assert list(folder.glob("*.json")) == []


def test_a_folder_that_cannot_be_used(home: Path) -> None:
    (home / "state").write_text("no folder")
    assert shared.running() == []
    with pytest.raises(ServerStartError, match="no server can be shared through"):
        shared.find_or_start(TINY, 60, DEADLINE)


def test_another_file_in_the_place_of_a_model_is_another_model(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"one")
    first = shared._fingerprint(Launch(str(path)))
    assert shared._fingerprint(Launch(str(path))) == first
    assert shared._fingerprint(Launch(str(path), n_ctx=1)) != first
    os.utime(path, (1, 1))
    assert shared._fingerprint(Launch(str(path))) != first


def write_state(folder: Path, url: str, instance: str, pid: int = 0) -> Path:
    """As if ``TINY`` ran at ``url``."""
    folder.mkdir(parents=True)
    state = folder / f"{shared._fingerprint(TINY)}.json"
    said = {"model_id": "m", "url": url, "instance": instance, "pid": pid, "started": 0, "api_key": "the-key"}
    state.write_text(json.dumps(said))
    return state


def test_the_key_is_shown_to_nobody(folder: Path) -> None:
    state = write_state(folder, "http://127.0.0.1:9", "i")
    assert "the-key" not in repr(shared._read(state))
