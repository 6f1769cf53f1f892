"""What LlamarEmbeddings sends, what it makes of the answer and of failures, and what it is on paper."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import socket
from collections.abc import Callable
from typing import Any

import openai
import pytest
from langchain_core import exceptions as core
from langchain_core.load import dumpd, dumps, loads

from llamar_providers.langchain import LlamarEmbeddings
from llamar_providers.settings import Launch, Remote
from tests.providers.canned import CannedServer
from tests.providers.langchain.test_errors import KINDS

Make = Callable[..., LlamarEmbeddings]
Ask = Callable[[LlamarEmbeddings, list[str]], list[list[float]]]

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def told(canned: CannedServer) -> Make:
    """Makes models on a server that says what the test tells it to."""
    return lambda **fields: LlamarEmbeddings(**{"base_url": canned.url, "max_retries": 0} | fields)


@pytest.fixture(params=["sync", "async"])
def documents(request: pytest.FixtureRequest) -> Ask:
    if request.param == "sync":
        return lambda model, texts: model.embed_documents(texts)
    return lambda model, texts: asyncio.run(model.aembed_documents(texts))


@pytest.fixture(params=["sync", "async"])
def query(request: pytest.FixtureRequest) -> Callable[[LlamarEmbeddings, str], list[float]]:
    if request.param == "sync":
        return lambda model, text: model.embed_query(text)
    return lambda model, text: asyncio.run(model.aembed_query(text))


# --- what is sent ---


def test_texts_are_sent_as_they_are(told: Make, canned: CannedServer, documents: Ask) -> None:
    texts = ["one", " two\n", "", "Ünïcode 🦙 \u0000"]
    canned.embeds(*[[float(i), 0.5] for i in range(4)])
    assert documents(told(api_key="a key"), texts) == [[0.0, 0.5], [1.0, 0.5], [2.0, 0.5], [3.0, 0.5]]
    assert canned.paths == ["/v1/embeddings"]
    assert canned.bodies == [{"input": texts, "model": "", "encoding_format": "base64"}]
    assert canned.headers[0]["Authorization"] == "Bearer a key"


def test_a_query(told: Make, canned: CannedServer, query: Callable[..., list[float]]) -> None:
    canned.embeds([0.25, -0.5])
    vector = query(told(model="minilm"), "what?")
    assert vector == [0.25, -0.5]
    assert {type(each) for each in vector} == {float}
    assert canned.bodies == [{"input": ["what?"], "model": "minilm", "encoding_format": "base64"}]


def test_prefixes(told: Make, canned: CannedServer) -> None:
    model = told(query_prefix="query: ", document_prefix="passage: ")
    for count in (2, 1):
        canned.embeds(*[[1.0]] * count)
    model.embed_documents(["one", "two"])
    model.embed_query("three")
    assert [body["input"] for body in canned.bodies] == [["passage: one", "passage: two"], ["query: three"]]


def test_fewer_dimensions_and_shorter_texts(told: Make, canned: CannedServer) -> None:
    canned.embeds([1.0])
    told(dimensions=1, truncate=True).embed_query("x")
    assert (canned.bodies[0]["dimensions"], canned.bodies[0]["truncate"]) == (1, True)


def test_batches_keep_the_order(told: Make, canned: CannedServer, documents: Ask) -> None:
    canned.embeds([1.0], [2.0])
    mixed = [{"object": "embedding", "index": i, "embedding": [3.0 + i]} for i in (1, 0)]
    canned.embeds(data=mixed)
    canned.embeds([5.0])
    assert documents(told(batch_size=2), list("abcde")) == [[1.0], [2.0], [3.0], [4.0], [5.0]]
    assert [body["input"] for body in canned.bodies] == [["a", "b"], ["c", "d"], ["e"]]


def test_nothing_to_embed(told: Make, canned: CannedServer, documents: Ask) -> None:
    assert documents(told(), []) == []
    assert canned.bodies == []


def test_one_text_is_no_list_of_documents(told: Make, documents: Ask) -> None:
    with pytest.raises(TypeError, match="list"):
        documents(told(), "abc")  # type: ignore[arg-type] # it is about the wrong type


# --- what fails ---


@pytest.mark.parametrize(("status", "code", "theirs", "langchains"), KINDS)
def test_every_status(
    told: Make,
    canned: CannedServer,
    documents: Ask,
    status: int,
    code: str | None,
    theirs: Any,
    langchains: Any,
) -> None:
    canned.fails(status, code)
    with pytest.raises(theirs, match="told to fail") as failure:
        documents(told(), ["x"])
    assert isinstance(failure.value, langchains)
    assert (failure.value.status_code, failure.value.code, failure.value.param) == (status, code, "this")


def test_what_may_succeed_is_sent_again(told: Make, canned: CannedServer, documents: Ask) -> None:
    canned.fails(503, Retry_After="0")
    canned.embeds([1.0])
    assert documents(told(max_retries=1), ["x"]) == [[1.0]]
    canned.fails(503, Retry_After="0")
    with pytest.raises(core.ModelAPIError):
        documents(told(max_retries=0), ["x"])


def test_nobody_there(documents: Ask) -> None:
    said = f"{NOBODY}/v1/embeddings: .*(refused|failed)"
    with pytest.raises(core.ModelConnectionError, match=said) as failure:
        documents(LlamarEmbeddings(base_url=NOBODY, max_retries=0), ["x"])
    assert isinstance(failure.value, openai.APIConnectionError)


def test_no_answer_in_time(documents: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(core.ModelTimeoutError) as failure:
            documents(LlamarEmbeddings(base_url=url, max_retries=0, timeout=0.05), ["x"])
        assert isinstance(failure.value, openai.APITimeoutError)


# --- which server ---


@pytest.mark.usefixtures("nothing_configured")
def test_the_order_of_what_names_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def target(**arguments: Any) -> Remote | Launch:
        return LlamarEmbeddings(**arguments).server.target

    def started(name: str, **settings: Any) -> Launch:
        return Launch(embedding_model=os.path.abspath(name), **settings)

    assert target(model="a.gguf", n_gpu_layers=0) == started("a.gguf", n_gpu_layers=0)
    assert target(model="some-name") == started("some-name")
    monkeypatch.setenv("LLAMAR_EMBEDDING_MODEL", "b.gguf")
    assert target() == started("b.gguf")
    monkeypatch.setenv("LLAMAR_BASE_URL", NOBODY)
    monkeypatch.setenv("LLAMAR_API_KEY", "a key")
    assert target() == Remote(NOBODY, "a key")
    assert target(model="some-name") == Remote(NOBODY, "a key")
    assert target(base_url="http://127.0.0.1:8", api_key="other") == Remote("http://127.0.0.1:8", "other")
    assert isinstance(target(model="a.gguf"), Launch)


@pytest.mark.usefixtures("nothing_configured")
def test_no_embedding_model_is_bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAR_MODEL", "chat.gguf")
    with pytest.raises(ValueError, match="LLAMAR_EMBEDDING_MODEL"):
        LlamarEmbeddings()


@pytest.mark.parametrize(
    "arguments", [{"model": "a.gguf"}, {"n_ctx": 7}, {"dimensions": 0}, {"batch_size": 0}, {"chunks": 9}]
)
def test_arguments_that_make_no_sense(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        LlamarEmbeddings(base_url=NOBODY, **arguments)


# --- on paper ---


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_there_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LlamarEmbeddings(base_url=NOBODY, api_key="a secret", model="m", dimensions=8, query_prefix="q: ")  # type: ignore[arg-type] # pydantic makes it a SecretStr
    text = dumps(model)
    assert "a secret" not in text
    assert "a secret" not in repr(model)
    monkeypatch.setenv("LLAMAR_API_KEY", "a secret")
    again = loads(
        text, allowed_objects=[LlamarEmbeddings], valid_namespaces=["llamar_providers"], secrets_from_env=True
    )
    assert isinstance(again, LlamarEmbeddings)
    assert again.model_dump() == model.model_dump()
    assert dumpd(again) == dumpd(model)


def test_a_model_in_use_is_written_without_its_server(told: Make, canned: CannedServer) -> None:
    model = told()
    before = dumpd(model)
    canned.embeds([1.0])
    model.embed_query("x")
    assert dumpd(model) == before
    assert set(before["kwargs"]) == {"base_url", "batch_size", "max_retries", "start_timeout"}


def test_copies_work_on_their_own(told: Make, canned: CannedServer) -> None:
    model = told(document_prefix="d: ")
    canned.embeds([1.0])
    model.embed_query("x")
    changed = {"base_url": canned.url, "dimensions": 1}
    copies = [
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
        model.model_copy(),
        model.model_copy(deep=True),
        LlamarEmbeddings(base_url=NOBODY, document_prefix="d: ").model_copy(update=changed),
    ]
    model.close()
    for each in copies:
        canned.embeds([2.0])
        assert each.embed_documents(["x"]) == [[2.0]]
    assert [body["input"] for body in canned.bodies] == [["x"], *[["d: x"]] * 5]
    assert canned.bodies[-1]["dimensions"] == 1
