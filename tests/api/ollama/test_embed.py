"""``POST /api/embed`` as Ollama's clients use it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from llamar_server.errors import EngineDied, InputTooLong, LlamarError, QueueFull
from tests.api.asgi import MODEL, Visitor, app_of, client_of, until
from tests.api.embedding import FakeEmbedding, embedder, size, vector

PATH = "/api/embed"


async def ask(body: dict[str, Any], engine: FakeEmbedding | None = None, **settings: Any) -> Any:
    async with client_of(app_of(embedders=[embedder(engine)], **settings)) as client:
        return await client.post(PATH, json=body)


async def test_the_answer() -> None:
    engine = FakeEmbedding()
    answer = (await ask({"model": "all-minilm", "input": ["Hello", "you"]}, engine)).json()
    assert answer.pop("total_duration") > 0
    assert answer == {
        "model": "all-minilm",
        "embeddings": [vector("Hello").tolist(), vector("you").tolist()],
        "prompt_eval_count": size("Hello") + size("you"),
        "load_duration": 0,
    }
    assert engine.asked == [(["Hello", "you"], {"truncate": True})]


async def test_what_is_too_long_is_cut_unless_that_is_not_wanted() -> None:
    engine = FakeEmbedding()
    for truncate in (None, True, False):
        await ask({"model": "m", "input": "a", "truncate": truncate}, engine)
    assert [options["truncate"] for _, options in engine.asked] == [True, True, False]


@pytest.mark.parametrize("given", [{}, {"input": None}, {"input": ""}, {"input": []}])
async def test_nothing_to_embed_is_how_clients_load_a_model(given: dict[str, Any]) -> None:
    engine = FakeEmbedding()
    response = await ask({"model": "m", **given}, engine)
    assert response.status_code == 200
    assert response.json()["embeddings"] == []
    assert not engine.asked


async def test_an_empty_text_among_others_is_one() -> None:
    assert len((await ask({"input": ["a", ""]})).json()["embeddings"]) == 2


@pytest.mark.parametrize("name", ["fake-embedder", "fake-embedder:latest"])
async def test_names_with_and_without_a_tag(name: str) -> None:
    response = await ask({"model": name, "input": "a"}, strict_models=True)
    assert response.json()["model"] == name


async def test_dimensions() -> None:
    shorter = (await ask({"input": "Hello", "dimensions": 3})).json()["embeddings"][0]
    left = vector("Hello")[:3].astype(np.float64)
    np.testing.assert_allclose(shorter, left / np.linalg.norm(left), atol=1e-6)
    for everything in (0, None):
        answer = (await ask({"input": "Hello", "dimensions": everything})).json()
        assert answer["embeddings"] == [vector("Hello").tolist()]


@pytest.mark.parametrize("harmless", [{"temperature": 0.5, "num_ctx": None}, {"num_ctx": 8192}, {}, None])
async def test_options_that_make_no_difference(harmless: Any) -> None:
    response = await ask({"model": "m", "input": "a", "options": harmless, "keep_alive": "5m"})
    assert response.status_code == 200


async def test_a_window_that_would_make_a_difference() -> None:
    window = {"num_ctx": size("Hello")}
    assert (await ask({"input": ["a", "Hello"], "options": window})).status_code == 200
    response = await ask({"input": ["a", "Hello you"], "options": window})
    assert response.status_code == 400
    assert f"{size('Hello you')} tokens" in response.json()["error"]
    assert "options.num_ctx" in response.json()["error"]


# --- errors ---


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"input": 5}, "input: must be a string or a list of strings"),
        ({"input": [1, 2]}, "input: must be a string or a list of strings"),
        ({"input": ["a", None]}, "input: must be a string or a list of strings"),
        ({"input": "a", "dimensions": 9}, "dimensions must be at most 8"),
        ({"input": "a", "options": {"num_ctx": -1}}, "options.num_ctx should be"),
        ({"input": "a", "truncate": "no way"}, "truncate should be a valid boolean"),
    ],
)
async def test_refusals(body: dict[str, Any], said: str) -> None:
    response = await ask(body)
    assert response.status_code == 400
    assert set(response.json()) == {"error"}
    assert response.json()["error"].startswith(said)


@pytest.mark.parametrize(
    ("error", "status"), [(InputTooLong(9, 8), 400), (QueueFull("full"), 429), (EngineDied("dead"), 503)]
)
async def test_errors(error: LlamarError, status: int) -> None:
    engine = FakeEmbedding()
    engine.refusal = error
    response = await ask({"input": "a"}, engine)
    assert (response.status_code, response.json()) == (status, {"error": str(error)})


async def test_a_model_that_does_not_embed() -> None:
    response = await ask({"model": f"{MODEL}:latest", "input": "a"})
    assert response.status_code == 404
    assert "use fake-embedder" in response.json()["error"]


async def test_paths_and_keys_have_the_same_errors() -> None:
    async with client_of(app_of(api_keys=("key",))) as client:
        no_key = await client.get("/api/tags")
        nothing = await client.post("/api/chat", headers={"authorization": "Bearer key"})
    assert no_key.status_code == 401
    assert nothing.json() == {"error": "there is nothing at POST /api/chat"}
    assert isinstance(no_key.json()["error"], str)


async def test_a_client_that_leaves_ends_the_work() -> None:
    engine = FakeEmbedding()
    engine.queue = True
    visitor = Visitor(app_of(embedders=[embedder(engine)]), PATH, {"input": "a"})
    await until(engine.queued.is_set)
    await visitor.leave()
    assert engine.left_queue.is_set()
