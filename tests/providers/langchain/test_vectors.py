"""LlamarEmbeddings with a real model: what its vectors are, and the server that they come from."""

from __future__ import annotations

import asyncio
import gc
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from langchain_core import exceptions as core
from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore

from llamar_providers.langchain import ChatLlamar, LlamarEmbeddings
from llamar_providers.process import ServerStartError
from tests.embedding_models.meaning import GROUPS, retrieval_at_1
from tests.servers import ServerProcess, eventually

Make = Callable[..., LlamarEmbeddings]

OPTIONS = ("--threads=1",)


@pytest.fixture
def vectors(embedding_server: ServerProcess) -> Make:
    """Makes models on the shared server."""
    return lambda **fields: LlamarEmbeddings(**{"base_url": embedding_server.url} | fields)


@pytest.fixture
def local(nothing_configured: None, minilm_q8: Path) -> Iterator[Make]:
    """Makes models that start a server; none of their servers outlives the test."""
    yield lambda **fields: LlamarEmbeddings(**{"model": str(minilm_q8), "options": OPTIONS} | fields)
    gc.collect()
    assert eventually(lambda: not servers())


def servers() -> list[int]:
    """Those that models of this process started."""
    return [each.pid for each in psutil.Process().children() if "--exit-on-stdin-eof" in _words(each)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


# --- what they are ---


def test_meaning(vectors: Make) -> None:
    model = vectors()
    queries = [model.embed_query(group.query) for group in GROUPS]
    passages = model.embed_documents([group.passage for group in GROUPS])
    assert retrieval_at_1(np.asarray(queries), np.asarray(passages)) >= 0.9


def test_one_by_one_and_in_batches(vectors: Make) -> None:
    texts = [group.query for group in GROUPS[:20]]
    together = vectors().embed_documents(texts)
    assert np.allclose(vectors(batch_size=3).embed_documents(texts), together, atol=1e-4)
    assert np.allclose([vectors().embed_query(text) for text in texts], together, atol=1e-4)
    assert np.allclose(asyncio.run(vectors(batch_size=7).aembed_documents(texts)), together, atol=1e-4)


def test_length_and_fewer_dimensions(vectors: Make) -> None:
    whole, short = (vectors(dimensions=d).embed_query("A fox jumps.") for d in (None, 64))
    assert (len(whole), len(short)) == (384, 64)
    assert all(math.isclose(np.linalg.norm(each), 1.0, abs_tol=1e-4) for each in (whole, short))
    assert np.allclose(np.asarray(whole[:64]) / np.linalg.norm(whole[:64]), short, atol=1e-4)
    with pytest.raises(core.ModelInvalidRequestError, match="384"):
        vectors(dimensions=385).embed_query("A fox jumps.")


def test_a_text_that_is_too_long(vectors: Make) -> None:
    long = "far too long " * 400
    with pytest.raises(core.ContextOverflowError, match=r"1202 tokens.*512"):
        vectors().embed_documents(["short", long])
    assert len(vectors(truncate=True).embed_query(long)) == 384


def test_a_server_without_an_embedding_model(server: ServerProcess) -> None:
    with pytest.raises(core.ModelNotFoundError, match="--embedding-model"):
        LlamarEmbeddings(base_url=server.url).embed_query("Hi")


def test_a_retriever(vectors: Make) -> None:
    store = InMemoryVectorStore(vectors())
    store.add_documents([Document(group.passage, metadata={"query": group.query}) for group in GROUPS])
    retriever = store.as_retriever(search_kwargs={"k": 3})
    for group in GROUPS[:5]:
        assert group.query in [found.metadata["query"] for found in retriever.invoke(group.query)]
        assert group.query in [
            found.metadata["query"] for found in asyncio.run(retriever.ainvoke(group.query))
        ]


# --- the server ---


def test_it_starts_on_first_use_and_ends_with_the_model(
    local: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    model = local()
    assert model.server.pid is None
    assert len(model.embed_query("Hi")) == 384
    server = psutil.Process(model.server.pid)
    assert "toy" not in capfd.readouterr().err  # nobody asked for a chat
    del model
    gc.collect()
    assert eventually(lambda: not server.is_running())


def test_equal_models_share_one(local: Make) -> None:
    first, second = local(), local(document_prefix="passage: ", dimensions=8)
    first.embed_query("Hi")
    asyncio.run(second.aembed_query("Hi"))
    assert first.server.pid == second.server.pid
    assert first.close() is False
    assert second.close() is True
    assert len(first.embed_query("Hi")) == 384  # started again


def test_a_chat_and_its_vectors_share_one(
    local: Make, minilm_q8: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMAR_MODEL", "llamar-tiny")
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", os.path.relpath(minilm_q8))
    model, llm = local(model=None), ChatLlamar(options=OPTIONS, temperature=0)
    assert len(model.embed_query("Hi")) == 384
    assert llm.invoke("Hi").text == "Hi! How can I help you?"
    assert model.server.pid == llm.server.pid
    assert len(servers()) == 1


def test_the_loop_runs_on_while_it_starts(local: Make) -> None:
    async def ticks() -> int:
        model, count = local(), 0
        asked = asyncio.create_task(model.aembed_query("Hi"))
        while not asked.done():
            await asyncio.sleep(0.01)
            count += 1
        assert len(asked.result()) == 384
        return count

    assert asyncio.run(ticks()) > 5


def test_a_model_that_cannot_be_loaded(local: Make, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(ServerStartError, match=r"broken\.gguf"):
        local(model=str(broken)).embed_query("Hi")


def test_a_key(start_server: Callable[..., ServerProcess], minilm_q8: Path) -> None:
    env = {**os.environ, "LLAMAR_API_KEYS": "one-key"}
    keyed = start_server(f"--embedding-model={minilm_q8}", env=env).wait_ready()
    told: Any = {"base_url": keyed.url, "api_key": "one-key"}
    assert len(LlamarEmbeddings(**told).embed_query("Hi")) == 384
    with pytest.raises(core.ModelAuthenticationError):
        LlamarEmbeddings(**told | {"api_key": "another"}).embed_query("Hi")
