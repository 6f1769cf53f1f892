"""``POST /v1/rerank`` and its other paths, in both shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from llamar_server.embedding.vectors import probabilities
from llamar_server.errors import EngineDied, InputTooLong, InvalidRequest, LlamarError, QueueFull
from tests.api.asgi import Visitor, app_of, client_of, until
from tests.api.embedding import RANK, FakeEmbedding, embedder, reranker, size

PATHS = pytest.mark.parametrize("path", ["/v1/rerank", "/v2/rerank", "/rerank"])
QUERY = "what is it?"
DOCUMENTS = ["short", "the longest of them", "in between", "middling x"]
ORDER = [1, 2, 3, 0]
"""The longest first, and those of the same length as they came."""


def score(place: int) -> float:
    return len(DOCUMENTS[place]) - 5.0


def relevance(place: int) -> float:
    return float(probabilities(np.asarray([score(place)], np.float32))[0])


async def ask(path: str, body: dict[str, Any], engine: FakeEmbedding | None = None) -> Any:
    async with client_of(app_of(embedders=[embedder(), reranker(engine)])) as client:
        return await client.post(path, json=body)


@PATHS
async def test_the_shape_of_jina_and_cohere(path: str) -> None:
    body = {"query": QUERY, "documents": DOCUMENTS, "model": "jina-reranker-v2"}
    answer = (await ask(path, body)).json()
    n_tokens = sum(size(QUERY) + size(each) for each in DOCUMENTS)
    assert answer.pop("id").startswith("rerank-")
    assert answer == {
        "object": "list",
        "model": "jina-reranker-v2",
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
        "results": [{"index": place, "relevance_score": relevance(place)} for place in ORDER],
    }
    assert all(0 <= each["relevance_score"] <= 1 for each in answer["results"])


@PATHS
async def test_the_shape_of_tei(path: str) -> None:
    body = {"query": QUERY, "texts": DOCUMENTS}
    answer = (await ask(path, body)).json()
    assert answer == [{"index": place, "score": relevance(place)} for place in ORDER]
    answer = (await ask(path, {**body, "return_text": True, "raw_scores": True, "truncate": True})).json()
    assert answer == [{"index": p, "score": score(p), "text": DOCUMENTS[p]} for p in ORDER]


async def test_documents_with_a_text_and_back() -> None:
    documents = [{"text": DOCUMENTS[0], "id": 7}, *DOCUMENTS[1:]]
    engine = FakeEmbedding(RANK)
    body = {"query": QUERY, "documents": documents, "return_documents": True, "top_n": 2, "truncate": True}
    answer = (await ask("/v1/rerank", body, engine)).json()
    assert [each["document"]["text"] for each in answer["results"]] == [DOCUMENTS[1], DOCUMENTS[2]]
    assert engine.asked == [([QUERY, *DOCUMENTS], {"truncate": True})]
    assert answer["model"] == "fake-reranker"


async def test_more_than_there_are() -> None:
    answer = (await ask("/v1/rerank", {"query": QUERY, "documents": DOCUMENTS, "top_n": 99})).json()
    assert len(answer["results"]) == len(DOCUMENTS)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"documents": ["a"]}, "query", "required"),
    ({"query": "", "documents": ["a"]}, "query", "at least 1 character"),
    ({"query": "a"}, "documents", "one of documents and texts is required"),
    ({"query": "a", "documents": ["a"], "texts": ["a"]}, "documents", "one of documents and texts"),
    ({"query": "a", "documents": []}, "documents", "at least one"),
    ({"query": "a", "documents": "a"}, "documents", "must be a list"),
    ({"query": "a", "documents": ["a", {"image": "x"}]}, "documents", "element 1"),
    ({"query": "a", "documents": ["a"], "top_n": 0}, "top_n", "greater than or equal to 1"),
    ({"query": "a", "documents": ["a"], "max_chunks_per_doc": 3}, "max_chunks_per_doc", "not supported"),
    ({"query": "a", "documents": ["a"], "rank_fields": ["title"]}, "rank_fields", "not supported"),
]


@pytest.mark.parametrize(("body", "param", "said"), REFUSED)
async def test_refusals(body: dict[str, Any], param: str, said: str) -> None:
    engine = FakeEmbedding(RANK)
    response = await ask("/v1/rerank", body, engine)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert said in response.json()["error"]["message"]
    assert not engine.asked


@PATHS
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"texts": ["a"]}, "query is required"),
        ({"query": "a", "texts": []}, "at least one"),
        ({"query": "a", "texts": ["a"], "truncation_direction": "left"}, "not supported"),
        ({"query": "a", "texts": ["a"], "model": "fake-embedder"}, "is an embedding model"),
    ],
)
async def test_refusals_for_clients_of_tei(path: str, body: dict[str, Any], said: str) -> None:
    response = await ask(path, body)
    assert response.status_code in (400, 404)
    assert set(response.json()) == {"error", "error_type"}
    assert said in response.json()["error"]
    assert response.json()["error_type"] == "Validation"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (InputTooLong(600, 512), 400, "Validation"),
        (InvalidRequest("empty"), 400, "Validation"),
        (QueueFull("full"), 429, "Overloaded"),
        (EngineDied("dead"), 503, "Backend"),
    ],
)
async def test_errors_in_both_shapes(error: LlamarError, status: int, kind: str) -> None:
    engine = FakeEmbedding(RANK)
    engine.refusal = error
    tei = await ask("/rerank", {"query": "a", "texts": ["a"]}, engine)
    jina = await ask("/rerank", {"query": "a", "documents": ["a"]}, engine)
    assert tei.status_code == jina.status_code == status
    assert tei.json() == {"error": str(error), "error_type": kind}
    assert jina.json()["error"]["message"] == str(error)


async def test_a_body_that_is_no_json() -> None:
    async with client_of(app_of(embedders=[reranker()])) as client:
        response = await client.post("/rerank", content=b'{"texts": [')
    assert response.status_code == 400
    assert "not valid JSON" in response.json()["error"]["message"]


async def test_without_a_reranker() -> None:
    async with client_of(app_of(embedders=[embedder()])) as client:
        response = await client.post("/v1/rerank", json={"query": "a", "documents": ["a"]})
    assert response.status_code == 404
    assert "--embedding-model" in response.json()["error"]["message"]


async def test_a_client_that_leaves_ends_the_work() -> None:
    engine = FakeEmbedding(RANK)
    engine.queue = True
    visitor = Visitor(app_of(embedders=[reranker(engine)]), "/rerank", {"query": "a", "texts": ["b"]})
    await until(engine.queued.is_set)
    await visitor.leave()
    assert engine.left_queue.is_set()
