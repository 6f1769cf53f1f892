"""The embedding process by itself: what it says on its pipe, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamar_server.config import EmbeddingConfig
from llamar_server.embedding.protocol import (
    Embed,
    EmbedRequest,
    FromEmbedding,
    Refused,
    Rerank,
    RerankRequest,
    Vectors,
    decode_from_embedding,
)
from llamar_server.engine.pipe import Abort, LoadFailed, Loading, Ready, Tokenize, Tokens
from tests.engine.processes import PipeProcess
from tests.fakes.embedding import BACKEND, BEGIN, END, write_hash


class WorkerProcess(PipeProcess[FromEmbedding]):
    def __init__(self, config: EmbeddingConfig) -> None:
        super().__init__("llamar_server.embedding.worker", config, decode_from_embedding)

    def vectors(self, n: int) -> list[Vectors]:
        """The next messages, which are vectors of ``n`` texts together."""
        heard: list[Vectors] = []
        while sum(len(message.indices) for message in heard) < n:
            message = self.hear()
            assert isinstance(message, Vectors)
            heard.append(message)
        return heard


@pytest.fixture
def start(models: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Starts a process: the fields of ``Hash``, then those of ``EmbeddingConfig``."""
    started: list[WorkerProcess] = []

    def start_one(model: dict[str, Any] | None = None, **settings: Any) -> WorkerProcess:
        path = write_hash(models, **model or {})
        started.append(WorkerProcess(EmbeddingConfig(path, backend=BACKEND, **settings)))
        return started[-1]

    yield start_one
    for worker in started:
        worker.end()


def embed(*inputs: str | list[int], request_id: str = "r") -> Embed:
    return Embed(EmbedRequest(request_id=request_id, inputs=[*inputs]))


def test_it_tells_its_progress_and_what_it_has_loaded(start: Callable[..., WorkerProcess]) -> None:
    *loading, ready = start(model_id="name", n_ctx=77, pooling="cls").hear_until(Ready)
    assert loading == [Loading(i / 10) for i in range(11)]
    assert isinstance(ready, Ready)
    info = ready.info
    assert (info.name, info.n_ctx, info.pooling, info.dimensions) == ("name", 77, "cls", 16)


def test_vectors_come_in_pieces(start: Callable[..., WorkerProcess]) -> None:
    worker = start(batch_tokens=100)
    worker.hear_until(Ready)
    worker.say(embed(*[f"text {i}" for i in range(40)]))
    pieces = worker.vectors(40)
    assert len(pieces) > 3
    assert sorted(index for piece in pieces for index in piece.indices) == [*range(40)]
    for piece in pieces:
        rows = np.frombuffer(piece.data, np.float32).reshape(len(piece.indices), 16)
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1)
        assert piece.n_tokens == [2 + len(f"text {index}") for index in piece.indices]


def test_refusals_say_what_is_wrong(start: Callable[..., WorkerProcess]) -> None:
    worker = start({"fail": "fail"}, n_ctx=20, queue_limit=0)
    worker.hear_until(Ready)
    worker.say(embed("fine", "x" * 30))
    too_long = worker.hear()
    assert isinstance(too_long, Refused)
    assert (too_long.kind, too_long.index, too_long.n_tokens, too_long.n_ctx) == ("too_long", 1, 32, 20)
    worker.say(Rerank(RerankRequest(request_id="q", query="a", documents=["b"])))
    refused = worker.hear()
    assert isinstance(refused, Refused)
    assert (refused.request_id, refused.kind) == ("q", "invalid")


def test_a_full_queue(start: Callable[..., WorkerProcess]) -> None:
    worker = start({"step_delay": 0.3}, queue_limit=0)
    worker.hear_until(Ready)
    worker.say(embed("a"), embed("b", request_id="second"))
    refused = worker.hear_until(Refused)[-1]
    assert isinstance(refused, Refused)
    assert (refused.request_id, refused.kind) == ("second", "queue_full")


def test_an_aborted_request_is_gone_with_the_batch_that_runs(start: Callable[..., WorkerProcess]) -> None:
    worker = start({"step_delay": 0.02}, batch_tokens=50)
    worker.hear_until(Ready)
    worker.say(embed(*["some words"] * 5000, request_id="aborted"))
    worker.hear_until(Vectors)
    worker.say(Abort("aborted"), Tokenize("after", "x", True, True))
    worker.hear_until(Tokens)
    worker.say(embed("a text", request_id="next"))
    (vectors,) = worker.vectors(1)
    assert vectors.request_id == "next"


def test_calls_are_answered_while_it_computes(start: Callable[..., WorkerProcess]) -> None:
    worker = start({"step_delay": 0.02}, batch_tokens=50)
    worker.hear_until(Ready)
    worker.say(embed(*["some words"] * 5000), Tokenize("one", "ab", True, False))
    assert worker.hear_until(Tokens)[-1] == Tokens("one", [BEGIN, *b"ab", END])


@pytest.mark.parametrize("state", ["loading", "idle", "computing"])
def test_it_ends_with_its_pipe(start: Callable[..., WorkerProcess], state: str) -> None:
    worker = start({"load_delay": 600 if state == "loading" else 0, "step_delay": 0.05}, batch_tokens=20)
    worker.hear_until(Loading if state == "loading" else Ready)
    if state == "computing":
        worker.say(embed(*["some words"] * 5000))
        worker.hear_until(Vectors)
    worker.hang_up()
    assert worker.wait() == 0


def test_a_failed_load_is_a_message_and_a_status(start: Callable[..., WorkerProcess]) -> None:
    worker = start({"load_error": "not today"})
    assert worker.hear_until(LoadFailed)[-1] == LoadFailed("not today")
    assert worker.hear() is None
    assert worker.wait() == 1
    assert worker.complaints() == ""


def test_an_engine_error_is_a_sentence_and_a_status(start: Callable[..., WorkerProcess]) -> None:
    worker = start({"fail": "fail"})
    worker.hear_until(Ready)
    worker.say(embed("do fail"))
    assert worker.wait() == 1
    assert worker.complaints().splitlines() == ["ERROR:llamar.engine:the text says so"]
