"""``llamar serve`` as a process: what it says, and how it starts and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import psutil
import pytest

from llamar_server.models import find_model
from tests.cli.slow import SLOW_ANSWER, SLOW_LOAD
from tests.servers import DEADLINE, ServerProcess, eventually

StartServer = Callable[..., ServerProcess]

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``llamar serve`` run to its end, which is meant to be an early one."""
    command = [sys.executable, "-m", "llamar_server", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)


def assert_refused(result: subprocess.CompletedProcess[str], said: str) -> None:
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = [line for line in result.stderr.splitlines() if not line.startswith("llamar: ")]
    assert line.startswith("Error: ")
    assert said in line


def processes_naming(text: str) -> list[psutil.Process]:
    """The processes with ``text`` in their command lines."""
    return [each for each in psutil.process_iter(["cmdline"]) if text in " ".join(each.info["cmdline"] or ())]


def long_answer(server: ServerProcess, max_tokens: int) -> Iterator[str]:
    """The finish reason comes last: 'length' if nothing cut the answer short."""
    stream = server.openai().chat.completions.create(
        model="any",
        messages=[{"role": "user", "content": "Hi"}],
        max_tokens=max_tokens,
        stream=True,
        extra_body={"ignore_eos": True},
    )
    for chunk in stream:
        for choice in chunk.choices:
            yield choice.finish_reason or choice.delta.content or ""


# --- starting ---


def test_it_says_where_it_serves_which_model(start_server: StartServer) -> None:
    server = start_server("--model-id=some-name").wait_ready()
    assert server.model_id == "some-name"
    assert not server.url.endswith(":0")
    (model,) = server.openai().models.list()
    assert model.id == "some-name"
    assert "toy" in server.messages()


def test_a_model_of_ones_own_is_named_after_its_file(start_server: StartServer, tmp_path: Path) -> None:
    (tmp_path / "my-model.gguf").write_bytes(find_model(None).path.read_bytes())
    server = start_server(str(tmp_path / "my-model.gguf")).wait_ready()
    assert server.model_id == "my-model"
    assert server.messages() == ""


def test_a_port_in_use_is_refused(server: ServerProcess) -> None:
    port = server.url.rpartition(":")[2]
    assert_refused(serve("--port", port), f"port {port} on 127.0.0.1 is in use")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no model file"),
        (b"", "model.gguf cannot be used: it is not a GGUF file"),
        (b"This is a text, no model at all. " * 100, "model.gguf cannot be used: it is not a GGUF file"),
        (b"GGUF", "model.gguf is truncated"),
        ("head", "model.gguf is truncated"),
        ("half", "model.gguf is truncated"),
    ],
    ids=["missing", "empty", "text", "only its magic", "the first kilobyte", "half of it"],
)
def test_what_cannot_be_loaded_is_refused(tmp_path: Path, content: bytes | str | None, said: str) -> None:
    path = tmp_path / "model.gguf"
    whole = find_model(None).path.read_bytes()
    if isinstance(content, str):
        content = whole[: len(whole) // 2] if content == "half" else whole[:1024]
    if content is not None:
        path.write_bytes(content)
    assert_refused(serve("--port=0", str(path)), said)
    assert processes_naming(str(path)) == []


def test_other_machines_are_not_served_without_a_key() -> None:
    assert_refused(serve("--port=0", "--host=0.0.0.0"), "--api-key")


def test_other_machines_are_served_with_a_key(start_server: StartServer) -> None:
    environment = os.environ | {"LLAMAR_API_KEYS": "first second"}
    server = start_server("--host=0.0.0.0", env=environment).wait_ready()
    server.url = server.url.replace("0.0.0.0", "127.0.0.1")
    for key in ("first", "second"):
        assert list(server.openai(api_key=key).models.list())
    with pytest.raises(openai.AuthenticationError):
        server.openai(api_key="third").models.list()


def test_an_empty_key_is_none() -> None:
    result = serve("--port=0", "--host=0.0.0.0", "--api-key=")
    assert result.returncode == 2
    assert "an --api-key must not be empty" in result.stderr


def test_other_machines_are_served_if_one_insists(start_server: StartServer) -> None:
    assert start_server("--host=0.0.0.0", "--insecure").wait_ready().url.startswith("http://0.0.0.0:")


# --- ending ---


@posix_only
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_its_engine(start_server: StartServer, signum: signal.Signals) -> None:
    server = start_server().wait_ready()
    (engine,) = server.engines()
    server.process.send_signal(signum)
    assert server.wait() == 0
    assert not engine.is_running()
    assert "Traceback" not in server.messages()


@posix_only
def test_a_running_answer_is_finished_first(start_server: StartServer) -> None:
    server = start_server(SLOW_ANSWER, "--shutdown-grace=60").wait_ready()
    answer = long_answer(server, max_tokens=40)
    begin = [next(answer) for _ in range(3)]
    server.process.terminate()
    refused = eventually(lambda: not accepts(server))
    *rest, end = answer
    assert refused
    assert end == "length"
    assert begin
    assert rest
    assert server.wait() == 0
    assert "Traceback" not in server.messages()


def accepts(server: ServerProcess) -> bool:
    try:
        return bool(list(server.openai().models.list()))
    except openai.APIConnectionError:
        return False


@posix_only
def test_the_grace_time_is_not_exceeded(start_server: StartServer) -> None:
    server = start_server(SLOW_ANSWER, "--shutdown-grace=0").wait_ready()
    answer = long_answer(server, max_tokens=2000)
    next(answer)
    server.process.terminate()
    assert not finishes(answer)
    assert server.wait() == 0
    assert "Traceback" not in server.messages()


@posix_only
def test_a_second_signal_does_not_wait(start_server: StartServer) -> None:
    server = start_server(SLOW_ANSWER, "--shutdown-grace=600").wait_ready()
    (engine,) = server.engines()
    answer = long_answer(server, max_tokens=2000)
    next(answer)
    server.process.send_signal(signal.SIGINT)
    assert eventually(lambda: not accepts(server))
    server.process.send_signal(signal.SIGINT)
    assert not finishes(answer)
    assert server.wait() == 0
    assert not engine.is_running()
    assert "Traceback" not in server.messages()


def finishes(answer: Iterator[str]) -> bool:
    try:
        return list(answer)[-1:] == ["length"]
    except openai.APIError:
        return False


@posix_only
def test_a_signal_while_the_model_loads(start_server: StartServer) -> None:
    server = start_server(SLOW_LOAD)
    assert eventually(lambda: server.engines() != [])
    (engine,) = server.engines()
    server.process.terminate()
    assert server.wait() in (0, -signal.SIGTERM)  # the latter if it was too early to be noticed
    assert eventually(lambda: not engine.is_running())
    assert "Traceback" not in server.messages()


def test_the_end_of_standard_input_ends_it_where_that_is_wanted(start_server: StartServer) -> None:
    bound = start_server("--exit-on-stdin-eof").wait_ready()
    free = start_server().wait_ready()
    for server in (bound, free):
        assert server.process.stdin is not None
        server.process.stdin.close()
    assert bound.wait() == 0
    assert accepts(free)


@posix_only
def test_it_and_its_engine_go_when_it_is_killed(start_server: StartServer) -> None:
    server = start_server().wait_ready()
    (engine,) = server.engines()
    server.process.kill()
    assert eventually(lambda: not engine.is_running())
