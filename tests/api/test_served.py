"""Which of several models of several kinds a name means."""

from __future__ import annotations

from typing import Any

import pytest

from llamar_server.api.served import Models, ServedModel
from llamar_server.errors import UnknownModel
from tests.api.asgi import app_of, client_of
from tests.api.embedding import INFO, RANK, FakeEmbedding, embedder, reranker
from tests.fakes.chat import FakeChat, FakeEngine, text


def models(*, strict: bool = False, kinds: str = "eerr") -> Models:
    chats = {name: ServedModel(name, FakeEngine(), FakeChat()) for name in ("chat-1", "chat-2")}
    counts = {"e": 0, "r": 0}
    beside = []
    for kind in kinds:
        counts[kind] += 1
        make = embedder if kind == "e" else reranker
        beside.append(make(model_id=f"{kind}-{counts[kind]}"))
    return Models(chats, strict, {each.model_id: each for each in beside})


@pytest.mark.parametrize("requested", [None, "", "text-embedding-3-small", "e-1"])
def test_the_first_that_fits_is_the_default(requested: str | None) -> None:
    assert models(kinds="rere").embedder(requested).model_id == "e-1"


def test_by_name() -> None:
    served = models()
    assert served.embedder("e-2").model_id == "e-2"
    assert served.reranker("r-2").model_id == "r-2"
    assert served.reranker("bge-reranker").model_id == "r-1"
    assert served.chosen("e").model_id == "chat-1"
    assert [served.any_chosen(name).model_id for name in ("e-2", "chat-2", "x", None)] == [
        "e-2",
        "chat-2",
        "chat-1",
        "chat-1",
    ]
    assert [each.model_id for each in served.all()] == ["chat-1", "chat-2", "e-1", "e-2", "r-1", "r-2"]
    assert [served.any_named(each.model_id) for each in served.all()] == list(served.all())


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("method", "name", "said"),
    [
        ("embedder", "chat-2", "'chat-2' is a model that writes text and cannot do this; use e-1, e-2"),
        ("embedder", "r-1", "'r-1' is a reranker and cannot do this; use e-1, e-2"),
        ("reranker", "e-1", "'e-1' is an embedding model and cannot do this; use r-1, r-2"),
        ("chosen", "e-1", "'e-1' is an embedding model and cannot do this; use chat-1, chat-2"),
        ("named", "r-1", "'r-1' is a reranker and cannot do this; use chat-1, chat-2"),
        ("any_named", "x", "'x' is not served here; served: chat-1, chat-2, e-1, e-2, r-1, r-2"),
    ],
)
def test_a_model_is_not_used_for_what_it_cannot_do(method: str, name: str, said: str, strict: bool) -> None:
    with pytest.raises(UnknownModel, match=f"^the model {said}$") as caught:
        getattr(models(strict=strict), method)(name)
    assert caught.value.param == "model"


@pytest.mark.parametrize("method", ["embedder", "reranker", "chosen", "any_chosen"])
def test_strict_names(method: str) -> None:
    with pytest.raises(UnknownModel, match="'x' is not served here; served: "):
        getattr(models(strict=True), method)("x")


@pytest.mark.parametrize(("method", "kinds"), [("embedder", "r"), ("reranker", "e"), ("embedder", "")])
@pytest.mark.parametrize("name", [None, "x", "chat-1"])
def test_none_of_the_kind(method: str, kinds: str, name: str | None) -> None:
    with pytest.raises(UnknownModel, match="start it with --embedding-model"):
        getattr(models(kinds=kinds), method)(name)


def test_one_name_for_two() -> None:
    chat = ServedModel("same", FakeEngine(), FakeChat())
    with pytest.raises(ValueError, match="the same id"):
        Models({"same": chat}, embedders={"same": embedder(model_id="same")})


# --- what clients see of them ---


def app(**settings: Any) -> Any:
    return app_of(FakeChat(text("Hello")), embedders=[embedder(), reranker()], **settings)


async def test_they_are_listed_after_those_that_write() -> None:
    async with client_of(app()) as client:
        listed = (await client.get("/v1/models")).json()["data"]
        alone = [(await client.get(f"/v1/models/{each['id']}")).json() for each in listed]
        root = (await client.get("/")).json()
    assert alone == listed
    assert [(each["id"], each["type"]) for each in listed] == [
        ("fake-model", "chat"),
        ("fake-embedder", "embedding"),
        ("fake-reranker", "rerank"),
    ]
    assert root["models"] == [each["id"] for each in listed]
    assert "dimensions" not in listed[0]["meta"]
    assert listed[1]["context_length"] == listed[1]["max_model_len"] == INFO.n_ctx
    assert (listed[1]["meta"]["dimensions"], listed[1]["meta"]["pooling"]) == (8, "mean")
    assert (listed[2]["meta"]["dimensions"], listed[2]["meta"]["pooling"]) == (RANK.dimensions, "rank")


async def test_the_anthropic_api_has_those_that_write_only() -> None:
    headers = {"anthropic-version": "2023-06-01"}
    async with client_of(app()) as client:
        listed = (await client.get("/v1/models", headers=headers)).json()["data"]
        other = await client.get("/v1/models/fake-embedder", headers=headers)
    assert [each["id"] for each in listed] == ["fake-model"]
    assert other.status_code == 404
    assert "is an embedding model" in other.json()["error"]["message"]


MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": MESSAGES}),
        ("/v1/completions", {"prompt": "hi"}),
        ("/v1/messages", {"messages": MESSAGES, "max_tokens": 5}),
        ("/v1/responses", {"input": "hi"}),
    ],
)
async def test_an_embedding_model_does_not_write(path: str, body: dict[str, Any]) -> None:
    async with client_of(app()) as client:
        response = await client.post(path, json={**body, "model": "fake-embedder"})
    assert response.status_code == 404
    assert "is an embedding model" in response.json()["error"]["message"]


async def test_their_tokens() -> None:
    async with client_of(app()) as client:
        text = {"content": "a", "add_special": True}
        tokens = await client.post("/tokenize", json={**text, "model": "fake-embedder"})
        back = await client.post("/detokenize", json={"tokens": [97], "model": "fake-reranker"})
        default = await client.post("/tokenize", json=text)
    assert tokens.json()["tokens"] == [2, 97]
    assert back.json()["content"] == "A"
    assert default.json()["tokens"] == [1, 97]


@pytest.mark.parametrize("state", ["loading", "restarting", "stopped"])
async def test_the_server_is_healthy_when_all_of_them_are(state: str) -> None:
    ill = FakeEmbedding()
    ill.state = state
    async with client_of(app_of(embedders=[embedder(), reranker(ill)])) as client:
        response = await client.get("/health")
    assert response.status_code == 503
    body = response.json()
    assert (body["status"], body["engine"]) == (state, "ready")
    assert body["models"] == {"fake-model": "ready", "fake-embedder": "ready", "fake-reranker": state}
