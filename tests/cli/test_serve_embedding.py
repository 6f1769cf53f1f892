"""``llamar serve`` with embedding models beside the model that writes: one life for all of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openai
import psutil
import pytest

from llamar_server.embedding.embedder import Embedder
from tests.cli.test_serve import assert_refused, posix_only, processes_naming, serve
from tests.fakes.embedding import BACKEND, write_hash
from tests.servers import DEADLINE, ServerProcess, eventually

StartServer = Callable[..., ServerProcess]

FAKE = f"--embedding-backend={BACKEND}"


def beside(*models: str) -> list[str]:
    return [FAKE, *(f"--embedding-model={each}" for each in models)]


def embed(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "llamar_server", "embed", *arguments]
    return subprocess.run(command, capture_output=True, timeout=DEADLINE)


# --- starting ---


def test_it_says_what_each_is_for(start_server: StartServer, tmp_path: Path) -> None:
    embeds, ranks = write_hash(tmp_path), write_hash(tmp_path, pooling="rank")
    server = start_server(*beside(embeds, ranks)).wait_ready()
    assert server.model_id == "llamar-tiny"
    toy, *told = server.messages().splitlines()
    assert "toy" in toy
    names = [Path(embeds).stem, Path(ranks).stem]
    assert told == [f"llamar: {names[0]} embeds, 16 dimensions", f"llamar: {names[1]} reranks"]
    assert [each.id for each in server.openai().models.list()][1:] == names
    assert len(server.engines()) == 3


def test_its_settings(start_server: StartServer, tmp_path: Path) -> None:
    model = write_hash(tmp_path)
    settings = ["--embedding-n-ctx=8", "--embedding-pooling=cls", "--embedding-batch-tokens=32"]
    server = start_server(*beside(model), *settings, "--n-ctx=512").wait_ready()
    writes, embeds = server.openai().models.list()
    assert writes.model_extra is not None
    assert embeds.model_extra is not None
    assert writes.model_extra["context_length"] == 512
    assert embeds.model_extra["context_length"] == 8
    assert embeds.model_extra["meta"]["pooling"] == "cls"
    with pytest.raises(openai.BadRequestError, match="takes at most 8"):
        server.openai().embeddings.create(input="too long", model="m")


@pytest.mark.parametrize("broken", ["cannot be", "missing"])
def test_all_of_them_are_loaded_or_none_is(tmp_path: Path, broken: str) -> None:
    good, bad = write_hash(tmp_path), write_hash(tmp_path, load_error="it cannot be")
    if broken == "missing":
        Path(bad).unlink()
    said = "it cannot be" if broken == "cannot be" else f"there is no model file '{bad}'"
    assert_refused_after_others(serve("--port=0", *beside(good, bad)), said)
    assert processes_naming(str(tmp_path)) == []


def assert_refused_after_others(result: Any, said: str) -> None:
    result.stderr = "".join(line for line in result.stderr.splitlines(True) if "embeds, " not in line)
    assert_refused(result, said)


def test_the_model_that_writes_cannot_be_loaded(tmp_path: Path) -> None:
    broken = tmp_path / "model.gguf"
    broken.write_bytes(b"no model")
    assert_refused(serve("--port=0", str(broken), *beside(write_hash(tmp_path))), "not a GGUF")
    assert processes_naming(str(tmp_path)) == []


@pytest.mark.parametrize("first", [[], ["--model-id={name}"]])
def test_two_with_one_name(tmp_path: Path, first: list[str]) -> None:
    model = write_hash(tmp_path)
    name = Path(model).stem
    models = [model] if first else [model, model]
    result = serve("--port=0", *(each.format(name=name) for each in first), *beside(*models))
    assert result.returncode == 2
    assert f"two models would be served as '{name}'" in result.stderr


# --- ending ---


@posix_only
def test_a_signal_ends_all_of_them(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(*beside(write_hash(tmp_path), write_hash(tmp_path, pooling="rank"))).wait_ready()
    engines = server.engines()
    server.process.send_signal(signal.SIGINT)
    assert server.wait() == 0
    assert len(engines) == 3
    assert not any(each.is_running() for each in engines)
    assert "Traceback" not in server.messages()


@posix_only
def test_a_signal_while_one_of_them_loads(start_server: StartServer, tmp_path: Path) -> None:
    slow = write_hash(tmp_path, load_delay=600)
    server = start_server(*beside(slow))
    assert eventually(lambda: len(server.engines()) == 2)
    engines = server.engines()
    server.process.terminate()
    assert server.wait() in (0, -signal.SIGTERM)
    assert eventually(lambda: not any(each.is_running() for each in engines))
    assert "Traceback" not in server.messages()


@posix_only
def test_they_go_when_the_server_is_killed(start_server: StartServer, tmp_path: Path) -> None:
    server = start_server(*beside(write_hash(tmp_path))).wait_ready()
    engines = server.engines()
    server.process.kill()
    assert eventually(lambda: not any(each.is_running() for each in engines))


class Slowly:
    """Asks for vectors that take seconds, in a thread; ``result`` is their number, or the error."""

    def __init__(self, server: ServerProcess) -> None:
        self.result: Any = None
        self._server = server
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        try:
            with self._server.openai() as client:
                texts = [str(number) for number in range(40)]
                self.result = len(client.embeddings.create(input=texts, model="m").data)
        except openai.APIError as error:
            self.result = error

    def wait_until_running(self) -> None:
        """Once another request has come and gone after this one has reached the server."""
        assert eventually(lambda: connections(self._server) > 0)
        with self._server.openai() as client:
            client.embeddings.create(input="another", model="m")

    def join(self) -> Any:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()
        return self.result


@posix_only
def test_running_requests_are_finished_first(start_server: StartServer, tmp_path: Path) -> None:
    model = write_hash(tmp_path, step_delay=0.1, max_texts=1)
    server = start_server(*beside(model), "--shutdown-grace=60").wait_ready()
    asked = Slowly(server)
    asked.wait_until_running()
    server.process.terminate()
    assert asked.join() == 40
    assert server.wait() == 0
    assert "Traceback" not in server.messages()


@posix_only
def test_a_second_signal_does_not_wait(start_server: StartServer, tmp_path: Path) -> None:
    model = write_hash(tmp_path, step_delay=1.0, max_texts=1)
    server = start_server(*beside(model), "--shutdown-grace=600").wait_ready()
    engines = server.engines()
    asked = Slowly(server)
    asked.wait_until_running()
    server.process.send_signal(signal.SIGINT)
    assert eventually(lambda: not accepts(server))
    server.process.send_signal(signal.SIGINT)
    assert isinstance(asked.join(), openai.APIError)
    assert server.wait() == 0
    assert not any(each.is_running() for each in engines)
    assert "Traceback" not in server.messages()


def connections(server: ServerProcess) -> int:
    established = psutil.CONN_ESTABLISHED
    return sum(each.status == established for each in psutil.Process(server.pid).net_connections("tcp"))


def accepts(server: ServerProcess) -> bool:
    listening = psutil.CONN_LISTEN
    return any(each.status == listening for each in psutil.Process(server.pid).net_connections("tcp"))


# --- dying ---


@posix_only
def test_one_that_dies_is_started_again_and_the_others_go_on(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(*beside(write_hash(tmp_path, crash="die!"))).wait_ready()
    client = server.openai(timeout=DEADLINE)
    with pytest.raises(openai.InternalServerError, match="ended unexpectedly"):
        client.embeddings.create(input="die!", model="m")
    messages: Any = [{"role": "user", "content": "Who are you?"}]
    assert client.chat.completions.create(model="m", messages=messages).choices[0].message.content
    assert eventually(lambda: len(server.engines()) == 2)
    assert len(client.embeddings.create(input="live", model="m").data) == 1


# --- llamar embed --url ---


def test_a_server_that_runs_gives_the_same_vectors(start_server: StartServer, tmp_path: Path) -> None:
    model = write_hash(tmp_path)
    key = "--api-key=secret"
    server = start_server(*beside(write_hash(tmp_path, pooling="rank"), model), key).wait_ready()
    given = ["--url", server.url, key, "--dimensions=4", "--prefix=query: ", "a text"]
    with Embedder(model, backend=BACKEND) as embedder:
        (expected,) = embedder.embed(["query: a text"], dimensions=4)
    for name in ([], ["--model-id", Path(model).stem]):
        result = embed(*given, *name)
        assert (result.returncode, result.stderr) == (0, b"")
        line = json.loads(result.stdout)
        assert (line["index"], line["text"]) == (0, "a text")
        np.testing.assert_allclose(line["embedding"], expected, atol=1e-6)
    wrong = embed("--url", server.url, "--api-key=wrong", "a text")
    assert (wrong.returncode, wrong.stdout) == (1, b"")
    assert b"a valid API key is needed" in wrong.stderr
    too_long = embed(*given, "long " * 1000)
    assert b"input 1 has" in too_long.stderr
    assert len(embed(*given, "long " * 1000, "--truncate").stdout.splitlines()) == 2


def test_a_server_without_an_embedding_model(server: ServerProcess) -> None:
    result = embed("--url", server.url, "a text")
    assert result.returncode == 1
    assert b"serves no embedding model" in result.stderr
