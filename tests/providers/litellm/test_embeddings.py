"""Vectors through LiteLLM: what is asked of the server, what comes back, and what fails."""

from __future__ import annotations

import asyncio
from typing import Any

import litellm
import pytest
from litellm import exceptions

from tests.providers.canned import CannedServer
from tests.providers.litellm.stalling import stalling_server
from tests.providers.litellm.test_failures import STATUSES
from tests.servers import ServerProcess

WAYS = pytest.mark.parametrize("way", ["embedding", "aembedding"])


def embed(way: str, input: Any = "Hi", **arguments: Any) -> Any:  # noqa: A002 -- LiteLLM's word
    fields = {"model": "llamar/local", "input": input} | arguments
    if way == "embedding":
        return litellm.embedding(**fields)
    return asyncio.run(litellm.aembedding(**fields))


# --- what is asked ---


@WAYS
@pytest.mark.parametrize("texts", ["Hi", ["one", "two"], [1, 2, 3], [[1], [2, 3]]])
def test_the_whole_body(canned: CannedServer, way: str, texts: Any) -> None:
    canned.embeds([1.0])
    embed(way, texts, api_base=canned.url, api_key="secret", timeout=20, metadata={"a": "b"})
    assert canned.bodies == [{"input": texts, "model": "", "encoding_format": "base64"}]
    assert canned.paths == ["/v1/embeddings"]
    assert canned.headers[0]["authorization"] == "Bearer secret"


@WAYS
def test_other_fields_come_flat_or_in_the_extra_body(canned: CannedServer, way: str) -> None:
    canned.embeds([1.0])
    embed(way, api_base=canned.url, truncate=True, extra_body={"dimensions": 64})
    assert canned.bodies[0] == {
        "input": "Hi",
        "model": "",
        "encoding_format": "base64",
        "truncate": True,
        "dimensions": 64,
    }


@pytest.mark.parametrize("field", [{"dimensions": 64}, {"encoding_format": "float"}, {"user": "ada"}])
def test_what_litellm_itself_refuses(canned: CannedServer, field: dict[str, Any]) -> None:
    """As ``docs/litellm.md`` says; the day that it does not, that page can be shorter."""
    with pytest.raises(exceptions.UnsupportedParamsError, match=next(iter(field))):
        embed("embedding", api_base=canned.url, allowed_openai_params=[*field], **field)
    canned.embeds([1.0])
    embed("embedding", api_base=canned.url, additional_drop_params=[*field], **field)
    assert canned.bodies == [{"input": "Hi", "model": "", "encoding_format": "base64"}]


@pytest.mark.parametrize("name", ["minilm", "owner/model"])
def test_the_name_of_the_model(canned: CannedServer, name: str) -> None:
    canned.embeds([1.0])
    assert embed("embedding", api_base=canned.url, model=f"llamar/{name}").model == f"llamar/{name}"
    assert canned.bodies[0]["model"] == name


# --- what comes back ---


@WAYS
def test_the_whole_answer(canned: CannedServer, way: str) -> None:
    canned.embeds([0.5, -0.25], [1.0, 0.0])
    answer = embed(way, ["one", "two"], api_base=canned.url, model="llamar/priceless-vectors")
    assert [each["embedding"] for each in answer.data] == [[0.5, -0.25], [1.0, 0.0]]
    assert [(each["index"], each["object"]) for each in answer.data] == [(0, "embedding"), (1, "embedding")]
    usage = answer.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (5, 0, 5)
    assert answer._hidden_params["response_cost"] == litellm.completion_cost(answer) == 0.0
    assert litellm.get_model_info("llamar/priceless-vectors")["mode"] == "embedding"


def test_a_name_that_is_a_chat_models_costs_nothing_either(canned: CannedServer) -> None:
    canned.embeds([1.0])
    answer = embed("embedding", api_base=canned.url)
    assert answer._hidden_params["response_cost"] == 0.0
    assert litellm.get_model_info("llamar/local")["mode"] == "chat"


# --- what fails ---


@WAYS
@pytest.mark.parametrize(("status", "code", "kind"), STATUSES)
def test_each_status(
    canned: CannedServer, way: str, status: int, code: str | None, kind: type[Exception]
) -> None:
    canned.fails(status, code, retry_after="7")
    with pytest.raises(kind, match="told to fail") as raised:
        embed(way, api_base=canned.url)
    error: Any = raised.value
    assert type(error) is kind
    assert (error.llm_provider, error.model) == ("llamar", "local")
    assert (error.param, error.code) == ("this", code)
    assert len(canned.bodies) == 1


@WAYS
def test_nobody_listens(way: str) -> None:
    with pytest.raises(exceptions.APIConnectionError, match="no llamar server answers at http://127"):
        embed(way, api_base="http://127.0.0.1:9")


@WAYS
def test_no_answer_in_time(way: str) -> None:
    with stalling_server() as url, pytest.raises(exceptions.Timeout, match=r"0\.3 seconds"):
        embed(way, api_base=url, timeout=0.3)


@WAYS
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "no embedding model is named"),
        ({"model": "llamar/nobody", "llamar": {"embedding_model": ""}}, "the embedding model is empty"),
        ({"llamar": {"embedding": "a.gguf"}}, "llamar.embedding is not known"),
        (
            {"llamar": {"embedding_model": "a.gguf"}, "api_base": "http://127.0.0.1:1"},
            "embedding_model is for a server to be started",
        ),
    ],
)
def test_settings_that_make_no_sense(way: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(exceptions.BadRequestError, match=said):
        embed(way, **arguments)


def test_a_text_that_is_too_long(embedding_server: ServerProcess) -> None:
    long = "far too long " * 400
    with pytest.raises(exceptions.ContextWindowExceededError, match=r"1202 tokens.*512"):
        embed("embedding", long, api_base=embedding_server.url)
    answer = embed("embedding", long, api_base=embedding_server.url, truncate=True)
    assert answer.usage.prompt_tokens == 512


def test_a_server_without_an_embedding_model(server: ServerProcess) -> None:
    with pytest.raises(exceptions.NotFoundError, match="--embedding-model"):
        embed("embedding", api_base=server.url)


# --- the Router ---


def test_a_router_leaves_out_what_is_not_there(canned: CannedServer) -> None:
    def deployment(url: str) -> dict[str, Any]:
        parameters = {"model": "llamar/local", "api_base": url, "rpm": 99}
        return {"model_name": "vectors", "litellm_params": parameters}

    canned.embeds([1.0])
    canned.embeds([2.0])
    router = litellm.Router(
        model_list=[deployment("http://127.0.0.1:9"), deployment(canned.url)],
        num_retries=3,
        retry_after=0,
        allowed_fails=0,
    )
    assert router.embedding("vectors", ["a"]).data[0]["embedding"] == [1.0]
    assert asyncio.run(router.aembedding("vectors", ["b"])).data[0]["embedding"] == [2.0]
    assert [body["input"] for body in canned.bodies] == [["a"], ["b"]]
