"""Vectors over HTTP: what is sent and how answers are read."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from llamar_providers.embeddings import Embeddings
from llamar_providers.http import ServerUnreachable
from llamar_providers.server import LlamarServer
from tests.providers.recorder import Recorder
from tests.providers.vectors import vector, vectors
from tests.servers import ServerProcess

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def there() -> Iterator[Recorder]:
    with vectors() as record:
        yield record


@pytest.fixture
def embeddings(there: Recorder) -> Callable[..., Embeddings]:
    def of(**settings: Any) -> Embeddings:
        return Embeddings(LlamarServer(base_url=there.url), **settings)

    return of


def bodies(there: Recorder) -> list[Any]:
    return [asked.body for asked in there.asked]


# --- what is asked ---


def test_the_server_chooses_the_model_unless_one_is_named(
    there: Recorder, embeddings: Callable[..., Embeddings]
) -> None:
    assert embeddings().embed(["one", "three"]) == [vector("one"), vector("three")]
    embeddings(model="other", dimensions=2, truncate=True).embed(["one"])
    first, second = there.asked
    assert first.body == {"model": "", "input": ["one", "three"], "encoding_format": "base64"}
    assert second.body == {
        "model": "other",
        "input": ["one"],
        "encoding_format": "base64",
        "dimensions": 2,
        "truncate": True,
    }


def test_nothing_of_the_environment_is_sent(there: Recorder, embeddings: Callable[..., Embeddings]) -> None:
    embeddings().embed(["one"])
    assert "poison" not in json.dumps([asked.headers for asked in there.asked])


def test_prefixes(there: Recorder, embeddings: Callable[..., Embeddings]) -> None:
    ours = embeddings(model="m", query_prefix="q: ", document_prefix="d: ")
    assert ours.embed_query("a") == vector("q: a")
    ours.embed_queries(["a", "b"])
    ours.embed_documents(["a", "b"])
    ours.embed(["a"])
    assert [body["input"] for body in bodies(there)] == [["q: a"], ["q: a", "q: b"], ["d: a", "d: b"], ["a"]]


def test_many_texts_go_in_batches_and_come_back_in_order(
    there: Recorder, embeddings: Callable[..., Embeddings]
) -> None:
    texts = ["x" * n for n in range(1, 11)]
    assert embeddings(model="m", batch_size=4).embed(texts) == [vector(text) for text in texts]
    assert [len(body["input"]) for body in bodies(there)] == [4, 4, 2]
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        embeddings(batch_size=0)


def test_no_texts_are_not_worth_a_server() -> None:
    nowhere = Embeddings(LlamarServer(embedding_model="missing.gguf"))
    assert nowhere.embed([]) == nowhere.embed_documents([]) == []
    assert asyncio.run(nowhere.aembed([])) == []


@pytest.mark.parametrize("method", ["embed", "embed_documents", "embed_queries"])
def test_one_text_is_not_taken_for_its_letters(
    there: Recorder, embeddings: Callable[..., Embeddings], method: str
) -> None:
    with pytest.raises(TypeError, match="a list of them, not one string"):
        getattr(embeddings(), method)("text")
    assert there.asked == []


def test_any_event_loop_and_any_thread(embeddings: Callable[..., Embeddings]) -> None:
    ours = embeddings(query_prefix="q: ", document_prefix="d: ")

    async def both() -> list[Any]:
        one = await ours.aembed_documents(["a"])
        return [
            one,
            await ours.aembed_query("a"),
            await ours.aembed(["a"]),
            await asyncio.to_thread(ours.embed, ["a"]),
        ]

    expected = [[vector("d: a")], vector("q: a"), [vector("a")], [vector("a")]]
    assert asyncio.run(both()) == asyncio.run(both()) == expected

    async def closed() -> bool:
        await ours.aembed(["a"])
        return await ours.aclose()

    assert asyncio.run(closed()) is False


def test_a_copy_asks_the_same(there: Recorder, embeddings: Callable[..., Embeddings]) -> None:
    ours = embeddings(
        model="other", query_prefix="q: ", dimensions=2, batch_size=7, timeout=30.0, max_retries=0
    )
    ours.embed(["a"])
    for twin in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert twin.embed_query("a") == vector("q: a")
        assert bodies(there)[-1] == bodies(there)[0] | {"input": ["q: a"]}
        assert (twin.batch_size, twin.timeout) == (7, 30.0)


# --- what goes wrong ---


def test_a_server_without_an_embedding_model(server: ServerProcess) -> None:
    embeddings = Embeddings(LlamarServer(base_url=server.url))
    with pytest.raises(openai.NotFoundError, match="start it with --embedding-model"):
        embeddings.embed(["a"])


def test_no_server() -> None:
    embeddings = Embeddings(LlamarServer(base_url="http://127.0.0.1:9"), model="m", max_retries=0)
    with pytest.raises(ServerUnreachable, match=r"no llamar server answers at http://127\.0\.0\.1:9"):
        embeddings.embed(["a"])
    with pytest.raises(openai.APIConnectionError, match="no llamar server answers"):
        asyncio.run(embeddings.aembed(["a"]))


def test_what_may_help_is_tried_again_and_what_may_not_is_not(
    there: Recorder, embeddings: Callable[..., Embeddings]
) -> None:
    there.status, there.answer = 400, {"error": {"message": "text 0 has 600 tokens, 512 fit", "type": "x"}}
    with pytest.raises(openai.BadRequestError, match="600 tokens, 512 fit"):
        embeddings(model="m", max_retries=1).embed(["a"])
    assert len(there.asked) == 1
    there.status = 503
    with pytest.raises(openai.InternalServerError):
        embeddings(model="m", max_retries=1).embed(["a"])
    assert len(there.asked) == 3
