"""``POST /v1/embeddings`` as the openai SDK and plain HTTP clients use it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import openai
import pytest

from llamar_server.errors import EngineDied, InputTooLong, InvalidRequest, LlamarError, QueueFull
from tests.api.asgi import Visitor, app_of, client_of, on_a_port, until
from tests.api.embedding import INFO, FakeEmbedding, embedder, size, vector

PATH = "/v1/embeddings"


async def ask(body: dict[str, Any], engine: FakeEmbedding | None = None, **settings: Any) -> Any:
    app = app_of(embedders=[embedder(engine)], **settings)
    async with client_of(app) as client:
        return await client.post(PATH, json=body)


def first(count: int, text: str) -> Any:
    """What ``count`` dimensions are left of the vector of a text."""
    left = vector(text)[:count].astype(np.float64)
    return left / np.linalg.norm(left)


# --- plain HTTP ---


async def test_the_answer() -> None:
    answer = (await ask({"input": ["Hello", "you"], "model": "text-embedding-3-small"})).json()
    n_tokens = size("Hello") + size("you")
    assert answer == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": 0, "embedding": vector("Hello").tolist()},
            {"object": "embedding", "index": 1, "embedding": vector("you").tolist()},
        ],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
    }


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("Hello", ["Hello"]),
        (["Hello", ""], ["Hello", ""]),
        ([72, 101], [[72, 101]]),
        ([[72], [101, 5]], [[72], [101, 5]]),
        (["Hello", [72]], ["Hello", [72]]),
        ("", [""]),
    ],
)
async def test_what_may_be_embedded(given: Any, asked: list[Any]) -> None:
    engine = FakeEmbedding()
    answer = (await ask({"input": given}, engine)).json()
    assert engine.asked == [(asked, {"truncate": False})]
    assert answer["model"] == "fake-embedder"
    assert [each["embedding"] for each in answer["data"]] == [vector(each).tolist() for each in asked]


@pytest.mark.parametrize(
    ("body", "param", "said"),
    [
        ({}, "input", "is required"),
        ({"input": None}, "input", "must be a string"),
        ({"input": 5}, "input", "must be a string"),
        ({"input": {"text": "a"}}, "input", "must be a string"),
        ({"input": []}, "input", "must not be empty"),
        ({"input": ["a", None]}, "input", "element 1"),
        ({"input": ["a", ["b"]]}, "input", "element 1"),
        ({"input": [1, "a"]}, "input", "element 0"),
        ({"input": [[1], 2]}, "input", "element 1"),
        ({"input": [1, -1]}, "input", "element 0"),
        ({"input": [2**31]}, "input", "element 0"),
        ({"input": [1.5]}, "input", "element 0"),
        ({"input": [True]}, "input", "element 0"),
        ({"input": "a", "encoding_format": "int8"}, "encoding_format", "'float' or 'base64'"),
        ({"input": "a", "dimensions": 0}, "dimensions", "greater than or equal to 1"),
        ({"input": "a", "dimensions": 9}, "dimensions", "at most 8"),
        ({"input": "a", "truncate": "END"}, "truncate", "boolean"),
        ({"input": "a", "input_type": "query"}, "input_type", "input_type is not supported"),
        ({"input": "a", "normalize": False}, "normalize", "normalize is not supported"),
    ],
)
async def test_refusals(body: dict[str, Any], param: str, said: str) -> None:
    engine = FakeEmbedding()
    response = await ask(body, engine)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert said in response.json()["error"]["message"]
    assert not engine.asked


@pytest.mark.parametrize("harmless", [{"normalize": True}, {"embd_normalize": 2}, {"user": "me"}, {"n": 3}])
async def test_what_makes_no_difference(harmless: dict[str, Any]) -> None:
    assert (await ask({"input": "a", **harmless})).status_code == 200


async def test_fewer_dimensions_have_length_one_again() -> None:
    answer = (await ask({"input": "Hello", "dimensions": 3})).json()
    np.testing.assert_allclose(answer["data"][0]["embedding"], first(3, "Hello"), atol=1e-6)
    whole = (await ask({"input": "Hello", "dimensions": INFO.dimensions})).json()
    np.testing.assert_allclose(whole["data"][0]["embedding"], vector("Hello"), atol=1e-6)


async def test_base64_is_the_same_numbers_in_four_little_endian_bytes() -> None:
    body = {"input": ["Hello", "you"], "dimensions": 5}
    numbers = (await ask(body)).json()["data"]
    encoded = (await ask({**body, "encoding_format": "base64"})).json()["data"]
    for number, text in zip(numbers, encoded, strict=True):
        data = base64.b64decode(text["embedding"], validate=True)
        assert np.frombuffer(data, "<f4").tolist() == number["embedding"]


async def test_truncation_is_asked_for() -> None:
    engine = FakeEmbedding()
    await ask({"input": "a", "truncate": True}, engine)
    assert engine.asked == [(["a"], {"truncate": True})]


@pytest.mark.parametrize(
    ("error", "status", "code", "param"),
    [
        (InputTooLong(600, 512, index=3), 400, "context_length_exceeded", "input"),
        (InvalidRequest("input 0 is empty"), 400, None, "input"),
        (QueueFull("full"), 429, "rate_limit_exceeded", None),
        (EngineDied("dead"), 503, "engine_unavailable", None),
    ],
)
async def test_errors(error: LlamarError, status: int, code: str | None, param: str | None) -> None:
    engine = FakeEmbedding()
    engine.refusal = error
    response = await ask({"input": "a"}, engine)
    assert response.status_code == status
    assert (response.json()["error"]["code"], response.json()["error"]["param"]) == (code, param)
    assert str(error) == response.json()["error"]["message"]


async def test_without_an_embedding_model() -> None:
    async with client_of(app_of()) as client:
        response = await client.post(PATH, json={"input": "a"})
    assert response.status_code == 404
    assert "--embedding-model" in response.json()["error"]["message"]


async def test_a_client_that_leaves_ends_the_work() -> None:
    engine = FakeEmbedding()
    engine.queue = True
    visitor = Visitor(app_of(embedders=[embedder(engine)]), PATH, {"input": "a"})
    await until(engine.queued.is_set)
    await visitor.leave()
    assert engine.left_queue.is_set()
    assert visitor.status is None


# --- the SDK ---


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with on_a_port(app_of(embedders=[embedder()])) as url:
        yield f"{url}/v1"


TEXTS = ["Hello", "you", ""]


def test_the_sdk_asks_for_base64_and_gets_the_same_numbers(url: str) -> None:
    with openai.OpenAI(base_url=url, api_key="any", max_retries=0) as sdk:
        decoded = sdk.embeddings.create(input=TEXTS, model="m")
        floats = sdk.embeddings.create(input=TEXTS, model="m", encoding_format="float")
        short = sdk.embeddings.create(input=TEXTS[:1], model="m", dimensions=2)
    assert [each.embedding for each in decoded.data] == [vector(text).tolist() for text in TEXTS]
    assert floats.data == decoded.data
    assert decoded.usage.total_tokens == sum(map(size, TEXTS))
    np.testing.assert_allclose(short.data[0].embedding, first(2, "Hello"), atol=1e-6)


async def test_the_asynchronous_sdk(url: str) -> None:
    async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as sdk:
        tokens = await sdk.embeddings.create(input=[[72, 101], [5]], model="m")
        with pytest.raises(openai.BadRequestError, match="at most 8"):
            await sdk.embeddings.create(input="a", model="m", dimensions=9)
    assert [each.embedding for each in tokens.data] == [vector([72, 101]).tolist(), vector([5]).tolist()]
    assert [each.index for each in tokens.data] == [0, 1]
