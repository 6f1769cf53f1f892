"""The models that are served, and which of them a request's model name means."""

from __future__ import annotations

import pytest

from llamar_server.api.served import Models, ServedModel
from llamar_server.errors import UnknownModel
from tests.api.asgi import CREATED, MODEL, app_of, client_of
from tests.fakes.chat import INFO, FakeChat, FakeEngine, text

CHAT = "/v1/chat/completions"
BODY = {"messages": [{"role": "user", "content": "hi"}]}


async def test_the_list() -> None:
    async with client_of(app_of()) as client:
        listed = (await client.get("/v1/models")).json()
        one = (await client.get(f"/v1/models/{MODEL}")).json()
    assert listed == {"object": "list", "data": [one]}
    assert one == {
        "id": MODEL,
        "object": "model",
        "created": CREATED,
        "owned_by": "llamar",
        "type": "chat",
        "context_length": INFO.n_ctx,
        "max_model_len": INFO.n_ctx,
        "meta": {
            "n_ctx": INFO.n_ctx,
            "n_ctx_train": INFO.n_ctx_train,
            "n_vocab": INFO.n_vocab,
            "n_params": INFO.n_params,
            "size": INFO.size,
            "architecture": INFO.architecture,
            "description": INFO.description,
        },
    }


@pytest.mark.parametrize(
    ("asked", "echoed"),
    [({}, MODEL), ({"model": None}, MODEL), ({"model": MODEL}, MODEL), ({"model": "org/gpt-x"}, "org/gpt-x")],
)
async def test_any_name_is_taken_and_told_back(asked: dict[str, str], echoed: str) -> None:
    async with client_of(app_of(FakeChat(text("Hello")))) as client:
        response = await client.post(CHAT, json={**BODY, **asked})
    assert response.json()["model"] == echoed


@pytest.mark.parametrize("path", [CHAT, "/v1/completions", "/tokenize", f"{CHAT}/input_tokens"])
async def test_strict_names(path: str) -> None:
    chat = FakeChat(text("Hello"))
    async with client_of(app_of(chat, strict_models=True)) as client:
        response = await client.post(path, json={**BODY, "prompt": "hi", "model": "gpt-x"})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "model_not_found"
    assert response.json()["error"]["param"] == "model"
    assert not chat.requests


async def test_strict_names_that_are_served() -> None:
    async with client_of(app_of(FakeChat(text("Hello")), strict_models=True)) as client:
        for asked in [{"model": MODEL}, {}]:
            assert (await client.post(CHAT, json={**BODY, **asked})).status_code == 200


def served(*names: str, strict: bool = False) -> Models:
    models = [ServedModel(name, FakeEngine(), FakeChat(), CREATED) for name in names]
    return Models({model.model_id: model for model in models}, strict=strict)


def test_among_several() -> None:
    models = served("a", "b")
    assert [models.chosen(name).model_id for name in ("a", "b", "c", None, "")] == ["a", "b", "a", "a", "a"]
    assert models.named("b").model_id == "b"
    with pytest.raises(UnknownModel, match="served: a, b"):
        models.named("c")


def test_strict_among_several() -> None:
    models = served("a", "b", strict=True)
    assert models.chosen(None).model_id == "a"
    with pytest.raises(UnknownModel):
        models.chosen("c")


def test_none() -> None:
    with pytest.raises(ValueError, match="at least one model"):
        Models({})
