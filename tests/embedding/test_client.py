"""The asyncio side of embeddings, with real processes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from llamar_server.config import EmbeddingConfig
from llamar_server.embedding.client import EmbeddingClient
from llamar_server.errors import (
    EngineDied,
    EngineError,
    InputTooLong,
    InvalidRequest,
    ModelLoadError,
    QueueFull,
)
from tests.engine.clients import DEADLINE, eventually, running, send_signal
from tests.fakes.embedding import BACKEND, BEGIN, END, write_hash

SLOW = {"step_delay": 0.02}

Start = Callable[..., contextlib.AbstractAsyncContextManager[EmbeddingClient]]


@pytest.fixture
def started(models: Path) -> Start:
    """A client whose model is loaded; at the end its process is gone. Takes what ``config`` takes."""

    def start(
        model: dict[str, Any] | None = None, **settings: Any
    ) -> contextlib.AbstractAsyncContextManager[EmbeddingClient]:
        return running(EmbeddingClient(config(models, model, **settings)))

    return start


def config(directory: Path, model: dict[str, Any] | None = None, **settings: Any) -> EmbeddingConfig:
    return EmbeddingConfig(write_hash(directory, **model or {}), backend=BACKEND, **settings)


# --- requests ---


async def test_texts_become_vectors_in_their_order(started: Start) -> None:
    async with started() as client:
        texts = ["one", "two words", "three words here", "", "one"]
        made = await client.embed(texts)
        assert made.vectors.shape == (5, client.info.dimensions)
        assert made.vectors.dtype == np.float32
        assert made.n_tokens == (5, 11, 18, 2, 5)
        for text, vector in zip(texts, made.vectors, strict=True):
            alone = await client.embed([text])
            assert (alone.vectors[0] == vector).all()
        assert np.linalg.norm(made.vectors, axis=1) == pytest.approx(np.array([1, 1, 1, 0, 1]))


async def test_thousands_of_texts(started: Start) -> None:
    async with started() as client:
        texts = [f"number {i} " + "word " * (i % 40) for i in range(5000)]
        made = await client.embed(texts)
        assert made.vectors.shape == (5000, 16)
        for i in (0, 1, 2500, 4999):
            assert (made.vectors[i] == (await client.embed([texts[i]])).vectors[0]).all()


async def test_no_texts_are_no_vectors(started: Start) -> None:
    async with started() as client:
        made = await client.embed([])
        assert (made.vectors.shape, made.n_tokens) == ((0, 16), ())
    async with started(pooling="rank") as client:
        assert (await client.rerank("query", [])).scores.shape == (0,)


async def test_token_ids_and_lengths_that_are_the_models_own(started: Start) -> None:
    async with started() as client:
        ids, text = await client.embed([[BEGIN, *b"a b", END]]), await client.embed(["a b"])
        assert (ids.vectors == text.vectors).all()
        raw = await client.embed(["a b"], normalize=False)
        assert raw.vectors / np.linalg.norm(raw.vectors) == pytest.approx(text.vectors)
        assert np.linalg.norm(raw.vectors) > 2


async def test_documents_are_scored(started: Start) -> None:
    async with started(pooling="rank") as client:
        scored = await client.rerank("what is a cat", ["a dog", "what a cat is", "nothing"])
        assert scored.scores.tolist() == [-1.5, 3, -3]
        assert scored.relevance == pytest.approx(1 / (1 + np.exp([1.5, -3, 3])))
        assert scored.n_tokens == (21, 29, 23)


async def test_refusals(started: Start) -> None:
    async with started(n_ctx=20) as client:
        with pytest.raises(InputTooLong) as too_long:
            await client.embed(["fine", "x" * 30])
        assert (too_long.value.n_tokens, too_long.value.n_ctx, too_long.value.index) == (32, 20, 1)
        assert (await client.embed(["x" * 30], truncate=True)).n_tokens == (20,)
        for inputs in ([[259]], [[]], ["\ud83d"], "a text"):
            with pytest.raises(InvalidRequest):
                await client.embed(inputs)
        with pytest.raises(InvalidRequest, match="no reranker"):
            await client.rerank("query", ["document"])
        assert (await client.embed(["fine"])).n_tokens == (6,)
        assert client._pending == {}
    async with started(pooling="rank") as client:
        with pytest.raises(InvalidRequest, match="is a reranker"):
            await client.embed(["a text"])
    async with started(pooling="none") as client:
        with pytest.raises(InvalidRequest, match="for each token"):
            await client.embed(["a text"])


async def test_a_full_queue_refuses(started: Start) -> None:
    async with started(SLOW, queue_limit=1, batch_tokens=20) as client:
        waiting = [asyncio.create_task(client.embed(["some words"] * 20)) for _ in range(2)]
        await asyncio.sleep(0.1)
        with pytest.raises(QueueFull):
            await client.embed(["one too many"])
        for task in waiting:
            assert (await task).vectors.shape == (20, 16)


async def test_a_late_text_does_not_wait_for_thousands(started: Start) -> None:
    async with started(SLOW, batch_tokens=100) as client:
        many = asyncio.create_task(client.embed(["some words"] * 400))
        await asyncio.sleep(0.1)
        for _ in range(3):
            await client.embed(["a text"])
        assert not many.done()
        assert (await many).vectors.shape == (400, 16)


async def test_tokenize_and_detokenize(started: Start) -> None:
    async with started() as client:
        tokens = await client.tokenize("é</s>")
        assert tokens == [BEGIN, *"é".encode(), END, END]
        assert await client.detokenize(tokens) == "<s>é</s></s>"
        with pytest.raises(InvalidRequest):
            await client.detokenize([259])


# --- giving up ---


async def test_a_cancelled_request_is_given_up(started: Start) -> None:
    async with started(SLOW, queue_limit=0, batch_tokens=20) as client:
        task = asyncio.create_task(client.embed(["some words"] * 5000))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client._pending == {}
        assert (await client.embed(["a text"])).vectors.shape == (1, 16)  # there is its place


# --- a process that dies ---


async def test_the_death_of_the_process_ends_requests_and_the_next_one_works(started: Start) -> None:
    async with started(SLOW, batch_tokens=20) as client:
        task = asyncio.create_task(client.embed(["some words"] * 5000))
        await asyncio.sleep(0.1)
        pid = send_signal(client, signal.SIGKILL)
        with pytest.raises(EngineDied, match="SIGKILL"):
            await task
        assert client.state == "restarting"
        assert (await client.embed(["a text"])).vectors.shape == (1, 16)
        assert client.state == "ready"
        assert client.pid != pid


@pytest.mark.parametrize("model", [{"crash": "die"}, {"fail": "die"}], ids=str)
async def test_a_text_that_kills_the_process_again_and_again(started: Start, model: dict[str, str]) -> None:
    async with started(model) as client:
        for _ in range(2):
            with pytest.raises(EngineDied):
                await client.embed(["fine", "die"])
            assert (await client.embed(["fine"])).vectors.shape == (1, 16)


async def test_a_failed_load(models: Path) -> None:
    client = EmbeddingClient(config(models, {"load_error": "not today"}))
    async with asyncio.timeout(DEADLINE):
        with pytest.raises(ModelLoadError, match="not today"):
            await client.start()
    assert (client.state, client.pid) == ("stopped", None)


async def test_before_the_start_and_after_the_end_there_is_nothing(models: Path) -> None:
    told: list[float] = []
    client = EmbeddingClient(config(models), on_progress=told.append)
    with pytest.raises(EngineError):
        _ = client.info
    for _ in range(2):
        with pytest.raises(EngineDied):
            await client.embed(["a text"])
        async with asyncio.timeout(DEADLINE):
            await client.start()
            await client.close()
            await client.close()
    assert told == [i / 10 for i in range(11)] * 2


async def test_closing_ends_requests(started: Start) -> None:
    async with started(SLOW, batch_tokens=20) as client:
        task = asyncio.create_task(client.embed(["some words"] * 5000))
        await asyncio.sleep(0.1)
        pid = client.pid
        await client.close()
        with pytest.raises(EngineDied):
            await task
        assert pid is not None
        assert not psutil.pid_exists(pid)


async def test_requests_wait_for_a_restart(started: Start) -> None:
    async with started({"load_delay": 0.3}) as client:
        send_signal(client, signal.SIGKILL)
        await eventually(lambda: client.state == "restarting")
        made = await asyncio.gather(*(client.embed(["a text"]) for _ in range(5)))
        assert [each.vectors.shape for each in made] == [(1, 16)] * 5
