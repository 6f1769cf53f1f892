"""The server of one's own: started on first use, shared inside a process, gone with its last user."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from llamar_providers.http import ServerUnreachable, get_json
from llamar_providers.process import ServerStartError
from llamar_providers.server import LlamarServer
from llamar_providers.settings import ConfigurationError, Launch, Remote
from llamar_server.models import find_model
from tests.cli.slow import SLOW_LOAD
from tests.providers.families import ONE_THREAD, family, gone, line, python
from tests.providers.recorder import recorder
from tests.servers import DEADLINE, ServerProcess

pytestmark = pytest.mark.usefixtures("home", "nobody_left")


def tiny(**settings: Any) -> LlamarServer:
    return LlamarServer("llamar-tiny", options=ONE_THREAD, **settings)


# --- a server that runs already ---


def test_one_that_runs_is_asked_and_left_alone(server: ServerProcess) -> None:
    remote = LlamarServer(base_url=f"{server.url}/v1")
    assert remote.url == server.url
    assert remote.base_url == f"{server.url}/v1"
    assert remote.api_key
    assert remote.pid is None
    assert [each["id"] for each in remote.models()] == ["llamar-tiny"]
    assert remote.connect().model_name() == "llamar-tiny"
    assert LlamarServer(base_url=server.url, model_id="other").connect().model_name() == "other"
    with remote:
        assert remote.stop() is False
    assert server.process.poll() is None


def test_one_that_is_not_there() -> None:
    remote = LlamarServer(base_url="127.0.0.1:9")
    assert remote.base_url == "http://127.0.0.1:9/v1"
    with pytest.raises(ServerUnreachable, match="no llamar server answers at http://127"):
        remote.models()


@pytest.mark.parametrize("answer", [{}, [], {"data": []}, "hello"])
def test_one_that_serves_no_models(answer: Any) -> None:
    with recorder() as there:
        there.answer = answer
        with pytest.raises(ServerUnreachable, match=f"what answers at {there.url} serves no models"):
            LlamarServer(base_url=there.url).connect().model_name()


# --- its life ---


def test_constructing_starts_nothing(home: Path) -> None:
    servers = [LlamarServer(), LlamarServer("missing.gguf", port=1), LlamarServer(base_url="http://no.where")]
    assert [each.pid for each in servers] == [None] * 3
    assert list(home.iterdir()) == []
    assert [each.stop() for each in servers] == [False] * 3


def test_all_users_in_a_process_share_it_until_the_last_has_gone() -> None:
    first, twin = tiny(), tiny()
    with ThreadPoolExecutor() as threads:  # all of them find it missing
        endpoints = set(threads.map(lambda each: each.connect(), [first, twin, first, twin]))
    assert len(endpoints) == 1
    processes = family(first.pid)
    assert first.start().pid == twin.pid == processes[0].pid

    copies = [copy.copy(first), copy.deepcopy(first), pickle.loads(pickle.dumps(first))]
    assert [each.pid for each in copies] == [None] * 3
    assert {each.start().pid for each in copies} == {first.pid}
    del copies
    assert first.stop() is False
    assert first.stop() is False
    assert first.pid is None
    assert get_json(f"{twin.url}/v1/models", twin.api_key)["data"]

    twin.itself = twin  # type: ignore[attr-defined]  # only the garbage collector can end this
    del twin
    gc.collect()
    assert gone(processes)


def test_it_starts_again_when_it_is_needed_again() -> None:
    owner, twin = tiny(), tiny()
    with owner:
        before = owner.connect()
        twin.start()
        processes = family(owner.pid)
        processes[0].kill()
        assert gone(processes)
        assert owner.pid is None
        after = owner.connect()
        assert after.url != before.url
        assert twin.connect() == after
        assert twin.stop() is False
    assert owner.pid is None
    processes = family(owner.start().pid)
    assert owner.stop() is True
    assert gone(processes)


def test_settings_reach_it_and_the_bundled_model_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings: dict[str, Any] = {"port": port, "n_ctx": 512, "n_gpu_layers": 0, "model_id": "mine"}
    with LlamarServer(options=ONE_THREAD, api_key="a-key", **settings) as server:
        assert server.url == f"http://127.0.0.1:{port}"
        (model,) = server.models()
        assert (model["id"], model["context_length"]) == ("mine", 512)
        assert server.connect().model_id == "mine"
        assert server.api_key == "a-key"
        with pytest.raises(ServerUnreachable, match="status 401"):
            get_json(f"{server.base_url}/models")
    said = "llamar: no model is configured; using llamar-tiny, the bundled toy\n"
    assert capsys.readouterr().err == said


# --- what does not start ---


def test_a_port_that_is_taken(server: ServerProcess) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(ServerStartError, match=f"port {port} on 127.0.0.1 is in use"):
        tiny(port=port).start()


@pytest.mark.parametrize("kept", [3, 100_000, 4_000_000])
def test_a_file_that_is_no_model(tmp_path: Path, kept: int) -> None:
    (tmp_path / "broken.gguf").write_bytes(find_model(None).path.read_bytes()[:kept])
    with pytest.raises(ServerStartError, match=r"exit status 1.*broken\.gguf") as failure:
        LlamarServer(tmp_path / "broken.gguf", options=ONE_THREAD).start()
    assert "\n" not in str(failure.value)
    assert "Traceback" not in str(failure.value)
    assert failure.value.exit_status == 1


def test_a_file_that_is_not_there() -> None:
    server = LlamarServer("missing.gguf")
    for _ in range(2):
        with pytest.raises(ServerStartError, match=r"there is no model file '.*missing.gguf'"):
            server.start()


def test_one_that_is_too_slow() -> None:
    with pytest.raises(ServerStartError, match="not ready after 1 seconds"):
        LlamarServer("llamar-tiny", options=(SLOW_LOAD,), timeout=1).start()


# --- the end of its owner ---

OWNER = """
import gc, os, sys
from llamar_providers.server import LlamarServer
server = LlamarServer("llamar-tiny", options=("--threads=1",)).start()
print(server.pid, flush=True)
sys.stdin.readline()
"""


ENDS = ["pass", "sys.exit(3)", "raise RuntimeError('meant')", "os._exit(1)", "os.kill(os.getpid(), 9)"]


def test_it_goes_with_its_owner_however_that_ends() -> None:
    with ExitStack() as stack:
        owners = [stack.enter_context(python(OWNER + end)) for end in ENDS]
        families = [family(int(line(owner))) for owner in owners]
        for owner in owners:
            owner.communicate("go on\n")
        assert [gone(each) for each in families] == [True] * len(ENDS)


FORKS = """
pid = os.fork()
if not pid:
    print(server.connect().models()[0]["id"], flush=True)
    print(LlamarServer("llamar-tiny", options=("--threads=1",)).start().url == server.url, flush=True)
    print(server.stop(), flush=True)
    del server
    gc.collect()
    sys.exit()
os.waitpid(pid, 0)
print(server.pid, flush=True)
child = os.fork()
if not child:
    sys.stdin.readline()
    os._exit(0)
print(child, flush=True)
sys.stdin.readline()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_uses_it_and_keeps_neither_it_nor_its_end_away() -> None:
    with python(OWNER + FORKS) as owner:
        pid = line(owner)
        processes = family(int(pid))
        assert owner.stdin is not None
        owner.stdin.write("go on\n")
        owner.stdin.flush()
        assert [line(owner) for _ in range(3)] == ["llamar-tiny", "True", "False"]
        assert line(owner) == pid  # the child has ended, the server has not
        child = psutil.Process(int(line(owner)))
        owner.kill()
        assert gone(processes)
        assert child.is_running()
        child.kill()


def test_nothing_is_imported_that_a_framework_would_bring() -> None:
    code = (
        "import sys, llamar_providers.server as s; s.LlamarServer(base_url='http://a'); "
        "print(sorted({'openai', 'httpx', 'httpx2', 'pydantic', 'llama_cpp', 'numpy'} & sys.modules.keys()))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=DEADLINE)
    assert said == "[]\n"


def test_what_is_chosen_can_be_seen() -> None:
    assert tiny().target == Launch("llamar-tiny", options=ONE_THREAD)
    assert LlamarServer(base_url="http://a:1").target == Remote("http://a:1")
    with pytest.raises(ConfigurationError):
        LlamarServer("llamar-tiny", base_url="http://a:1")
