"""The engine process by itself: what it says on its pipe, and when it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from llamar_server.config import EngineConfig
from llamar_server.engine.backend import Chunk
from llamar_server.engine.llama import LlamaBackend
from llamar_server.engine.pipe import (
    LENGTH,
    Abort,
    Detokenize,
    LoadFailed,
    Loading,
    Ready,
    Text,
    Tokenize,
    Tokens,
)
from llamar_server.engine.protocol import (
    Accepted,
    FromEngine,
    Generate,
    Refused,
    Step,
    decode_from_engine,
)
from llamar_server.models import find_model
from tests.engine.clients import DEADLINE, endless, request, scripted
from tests.engine.processes import PipeProcess
from tests.fakes.scripted import BACKEND, ScriptedBackend


class WorkerProcess(PipeProcess[FromEngine]):
    def __init__(self, config: EngineConfig) -> None:
        super().__init__("llamar_server.engine.worker", config, decode_from_engine)


@pytest.fixture
def start() -> Iterator[Callable[[EngineConfig], WorkerProcess]]:
    started: list[WorkerProcess] = []

    def start_one(config: EngineConfig) -> WorkerProcess:
        started.append(WorkerProcess(config))
        return started[-1]

    yield start_one
    for worker in started:
        worker.end()


@pytest.fixture
def worker(start: Callable[[EngineConfig], WorkerProcess], scripts: Path) -> WorkerProcess:
    """A loaded one with one place and slow steps."""
    worker = start(scripted(scripts, {"step_delay": 0.01}, n_parallel=1))
    worker.hear_until(Ready)
    return worker


def outputs_of(step: FromEngine | None, request_id: str) -> list[Any]:
    assert isinstance(step, Step)
    return [output for output in step.outputs if output.request_id == request_id]


# --- the pipe ---


def test_it_tells_its_progress_and_what_it_has_loaded(
    start: Callable[[EngineConfig], WorkerProcess], scripts: Path
) -> None:
    *loading, ready = start(scripted(scripts, model_id="name", n_ctx=77)).hear_until(Ready)
    assert loading == [Loading(i / 10) for i in range(11)]
    assert isinstance(ready, Ready)
    assert (ready.info.name, ready.info.n_ctx) == ("name", 77)


def test_each_request_is_accepted_or_refused_before_its_outputs(worker: WorkerProcess) -> None:
    good, bad = request(max_tokens=2), request("")
    worker.say(Generate(good), Generate(bad))
    assert worker.hear() == Accepted(good.request_id, 2, 2)
    refused = worker.hear()
    assert isinstance(refused, Refused)
    assert (refused.request_id, refused.kind, refused.param) == (bad.request_id, "invalid", "prompt")
    texts = [output.text for _ in range(2) for output in outputs_of(worker.hear(), good.request_id)]
    assert texts == ["H", "e"]


def test_calls_are_answered_while_it_generates(worker: WorkerProcess) -> None:
    worker.say(Generate(endless()))
    worker.hear_until(Step)
    worker.say(Tokenize("one", "ab", True, True), Detokenize("two", [*b"ab"]))
    assert worker.hear_until(Tokens)[-1] == Tokens("one", [*b"ab"])
    assert worker.hear_until(Text)[-1] == Text("two", "ab")


@pytest.mark.parametrize("state", ["queued", "prefilling", "decoding"])
def test_an_aborted_request_is_gone_with_the_step_that_runs(
    start: Callable[[EngineConfig], WorkerProcess], scripts: Path, state: str
) -> None:
    worker = start(scripted(scripts, {"step_delay": 0.05}, n_parallel=1, n_batch=16, n_ctx=100_000))
    worker.hear_until(Ready)
    first = endless(prompt="x" * 50_000) if state == "prefilling" else endless()
    second = endless() if state == "queued" else request()
    worker.say(Generate(first), Generate(second))
    worker.hear_until(Accepted)
    worker.hear_until(Accepted)
    if state != "prefilling":
        worker.hear_until(Step)
    # A request that comes with the abort sees what the abort left behind.
    aborted, left = (second, first) if state == "queued" else (first, second)
    worker.say(Abort(aborted.request_id), Tokenize("after", "x", True, True))
    worker.hear_until(Tokens)
    for _ in range(3):
        step = worker.hear()
        assert outputs_of(step, left.request_id)
        assert not outputs_of(step, aborted.request_id)


class Talkative(ScriptedBackend):
    """As some libraries do, it prints."""

    def decode(self, chunks: Sequence[Chunk]) -> None:
        print("this is no message", flush=True)
        super().decode(chunks)


def test_what_libraries_print_does_not_get_into_the_pipe(
    start: Callable[[EngineConfig], WorkerProcess], scripts: Path
) -> None:
    worker = start(replace(scripted(scripts), backend="tests.engine.test_worker:Talkative"))
    worker.hear_until(Ready)
    worker.say(Generate(request()))
    worker.hear_until(Step)
    worker.hang_up()
    worker.wait()
    assert "this is no message" in worker.complaints()


# --- its end ---


@pytest.mark.parametrize("state", ["loading", "idle", "generating"])
def test_it_ends_with_its_pipe(
    start: Callable[[EngineConfig], WorkerProcess], scripts: Path, state: str
) -> None:
    worker = start(scripted(scripts, {"load_delay": 600 if state == "loading" else 0}))
    worker.hear_until(Loading if state == "loading" else Ready)
    if state == "generating":
        worker.say(Generate(endless()))
        worker.hear_until(Step)
    worker.hang_up()
    assert worker.wait() == 0


def test_it_ends_with_its_parent(scripts: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, scripted(scripts).model_path, BACKEND], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    with parent.stdout:
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.wait()
    psutil.wait_procs([worker], DEADLINE)
    assert not worker.is_running()


PARENT = """
import asyncio, sys
from llamar_server.config import EngineConfig
from llamar_server.engine.client import EngineClient

async def main():
    client = EngineClient(EngineConfig(sys.argv[1], backend=sys.argv[2]))
    await client.start()
    print(client.pid, flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_to_stop_is_its_parents_business(worker: WorkerProcess, number: signal.Signals) -> None:
    """Both reach whole groups of processes, and requests that run have a time of grace."""
    worker.process.send_signal(number)
    worker.say(Tokenize("still", "x", True, True))
    assert worker.hear() == Tokens("still", [ord("x")])


def test_a_message_that_cannot_be_read_ends_it(worker: WorkerProcess) -> None:
    assert worker.process.stdin is not None
    worker.process.stdin.write(LENGTH.pack(1) + b"?")
    worker.process.stdin.flush()
    assert worker.wait() == 1
    assert "a message cannot be read" in worker.complaints()


class Asserts(LlamaBackend):
    """llama.cpp ends the process where it finds itself in the wrong."""

    def decode(self, chunks: Sequence[Chunk]) -> None:
        self.piece(-1)


def test_an_abort_is_no_page_of_backtraces(start: Callable[[EngineConfig], WorkerProcess]) -> None:
    model = str(find_model(None).path)
    worker = start(EngineConfig(model, threads=1, backend="tests.engine.test_worker:Asserts"))
    worker.hear_until(Ready)
    worker.say(Generate(request()))
    assert worker.wait() == -signal.SIGABRT
    assert len(worker.complaints().splitlines()) < 6


def test_a_failed_load_is_a_message_and_a_status(
    start: Callable[[EngineConfig], WorkerProcess], scripts: Path
) -> None:
    worker = start(scripted(scripts, {"load_error": "not today"}))
    assert worker.hear_until(LoadFailed)[-1] == LoadFailed("not today")
    assert worker.hear() is None
    assert worker.wait() == 1
    assert worker.complaints() == ""


def test_an_unexpected_failure_to_load_is_a_message_too(
    start: Callable[[EngineConfig], WorkerProcess], tmp_path: Path
) -> None:
    path = tmp_path / "script.json"
    path.write_text("no JSON")
    (failed,) = (worker := start(EngineConfig(str(path), backend=BACKEND))).hear_until(LoadFailed)
    assert isinstance(failed, LoadFailed)
    assert failed.message.startswith(f"cannot load {path}: ")
    assert worker.wait() == 1


def test_an_engine_error_is_a_sentence_and_a_status(
    start: Callable[[EngineConfig], WorkerProcess], scripts: Path
) -> None:
    worker = start(scripted(scripts, {"answers": [{"crash": "raise"}]}))
    worker.hear_until(Ready)
    worker.say(Generate(request()))
    assert worker.wait() == 1
    assert worker.complaints().splitlines() == ["ERROR:llamar.engine:the script says so"]
