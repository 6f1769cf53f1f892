"""A real embedding model beside the bundled one, as the SDKs of OpenAI, Ollama and their friends use it.

The reranker has random weights: its answers have a shape and an order, and no meaning.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import ollama
import pytest
from chatlas import ChatOllama
from langchain_ollama import OllamaEmbeddings

from llamar_server.embedding import Embedder
from tests.embedding_models.reference import reference_embeddings, reference_tokens
from tests.servers import DEADLINE, ServerProcess

TEXTS = ["The cat sleeps on the sofa.", "Ein Bär — 熊 🐻", "", "a", "How do I reset my password?"]
EXACT = {"atol": 1e-6}
CLOSE = {"atol": 1e-2}
"""As far as a model in 16 bits is from the one in 32."""


@pytest.fixture(scope="module")
def served(minilm_f16: Path, random_reranker: Path) -> Iterator[ServerProcess]:
    models = (f"--embedding-model={each}" for each in (minilm_f16, random_reranker))
    process = ServerProcess(*models)
    try:
        yield process.wait_ready()
    finally:
        process.end()


@pytest.fixture(scope="module")
def reference() -> Any:
    return reference_embeddings(TEXTS)


def post(served: ServerProcess, path: str, body: Any) -> Any:
    return httpx.post(f"{served.url}{path}", json=body, timeout=DEADLINE, trust_env=False)


# --- the openai SDK ---


def test_the_sdk(served: ServerProcess, reference: Any) -> None:
    with served.openai() as sdk:
        decoded = sdk.embeddings.create(input=TEXTS, model="m")
        floats = sdk.embeddings.create(input=TEXTS, model="m", encoding_format="float")
        tokens = sdk.embeddings.create(input=[reference_tokens(text) for text in TEXTS], model="m")
        single = [sdk.embeddings.create(input=text, model="m").data[0].embedding for text in TEXTS]
    vectors = np.asarray([each.embedding for each in decoded.data])
    np.testing.assert_allclose(vectors, reference, **CLOSE)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, **EXACT)
    assert [each.embedding for each in floats.data] == vectors.tolist()
    np.testing.assert_allclose([each.embedding for each in tokens.data], vectors, atol=1e-4)
    np.testing.assert_allclose(single, vectors, atol=1e-4)
    assert decoded.usage.prompt_tokens == sum(len(reference_tokens(text)) for text in TEXTS)


def test_vectors_are_those_of_the_same_model_in_this_process(served: ServerProcess, minilm_f16: Path) -> None:
    with served.openai() as sdk, Embedder(minilm_f16, threads=1) as embedder:
        answer = sdk.embeddings.create(input=TEXTS, model="m")
        here = embedder.embed(TEXTS)
    np.testing.assert_allclose([each.embedding for each in answer.data], here, rtol=0, atol=1e-4)


def test_base64_is_four_bytes_a_number(served: ServerProcess) -> None:
    body = {"input": TEXTS}
    numbers = post(served, "/v1/embeddings", body).json()["data"]
    encoded = post(served, "/v1/embeddings", {**body, "encoding_format": "base64"}).json()["data"]
    for number, text in zip(numbers, encoded, strict=True):
        assert np.frombuffer(base64.b64decode(text["embedding"]), "<f4").tolist() == number["embedding"]


async def test_the_asynchronous_sdk_and_fewer_dimensions(served: ServerProcess, reference: Any) -> None:
    async with served.async_openai() as sdk:
        answer = await sdk.embeddings.create(input=TEXTS, model="all-minilm", dimensions=128)
    short = reference[:, :128] / np.linalg.norm(reference[:, :128], axis=1, keepdims=True)
    np.testing.assert_allclose([each.embedding for each in answer.data], short, **CLOSE)
    assert answer.model == "all-minilm"


def test_what_is_too_long(served: ServerProcess) -> None:
    body = {"input": ["short", "word " * 600]}
    refused = post(served, "/v1/embeddings", body)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "context_length_exceeded"
    assert "input 1 has 602 tokens" in refused.json()["error"]["message"]
    assert "512" in refused.json()["error"]["message"]
    cut = post(served, "/v1/embeddings", {**body, "truncate": True}).json()
    assert cut["usage"]["prompt_tokens"] == len(reference_tokens("short")) + 512


def test_a_stream_goes_on_while_thousands_of_texts_are_embedded(served: ServerProcess) -> None:
    vectors: list[Any] = []

    def embed() -> None:
        with served.openai(timeout=600) as sdk:
            texts = [f"number {number}" for number in range(3000)]
            vectors.extend(each.embedding for each in sdk.embeddings.create(input=texts, model="m").data)

    embedding = threading.Thread(target=embed)
    heard_meanwhile = 0
    with served.openai(timeout=600) as sdk:
        embedding.start()
        while embedding.is_alive():
            chunks = sdk.chat.completions.create(
                model="m",
                messages=[{"role": "user", "content": "Tell me a story about a cat."}],
                max_tokens=200,
                stream=True,
                extra_body={"ignore_eos": True},
            )
            heard_meanwhile += sum(embedding.is_alive() for _ in chunks)
    assert heard_meanwhile > 200
    assert np.asarray(vectors).shape == (3000, 384)


# --- clients of Ollama ---


def test_ollamas_own_client(served: ServerProcess, reference: Any) -> None:
    client = ollama.Client(served.url, trust_env=False)
    answer = client.embed("all-minilm", TEXTS, truncate=False, keep_alive="5m", options={"temperature": 0})
    np.testing.assert_allclose(answer.embeddings, reference, **CLOSE)
    assert answer.prompt_eval_count == sum(len(reference_tokens(text)) for text in TEXTS)
    assert answer.total_duration
    assert len(client.embed("m", "word " * 600).embeddings[0]) == 384
    assert len(client.embed("m", "a", dimensions=64).embeddings[0]) == 64
    with pytest.raises(ollama.ResponseError, match="602 tokens") as caught:
        client.embed("m", "word " * 600, truncate=False)
    assert caught.value.status_code == 400


async def test_ollamas_asynchronous_client(served: ServerProcess, reference: Any) -> None:
    async with ollama.AsyncClient(served.url, trust_env=False) as client:
        answer = await client.embed("all-minilm:latest", TEXTS[0])
    np.testing.assert_allclose(answer.embeddings, reference[:1], **CLOSE)


def test_its_list_of_models(served: ServerProcess, minilm_f16: Path) -> None:
    writes, embeds, ranks = ollama.Client(served.url, trust_env=False).list().models
    assert [writes.model, embeds.model] == ["llamar-tiny", minilm_f16.stem]
    assert ranks.details is not None
    assert ranks.details.family == "bert"
    assert embeds.details is not None
    assert (embeds.details.family, embeds.details.quantization_level) == ("bert", "F16")
    assert embeds.size is not None
    assert embeds.size > 40_000_000
    assert embeds.modified_at is not None


def test_langchains_embeddings_by_ollama(served: ServerProcess, reference: Any) -> None:
    found = OllamaEmbeddings(
        model="llamar-tiny",
        base_url=served.url,
        validate_model_on_init=True,
        client_kwargs={"trust_env": False},
    )
    embeddings = found.model_copy(update={"model": "all-minilm"})
    np.testing.assert_allclose(embeddings.embed_documents(TEXTS), reference, **CLOSE)
    np.testing.assert_allclose(embeddings.embed_query(TEXTS[0]), reference[0], **CLOSE)


def test_chatlas_finds_the_server_where_ollama_would_be(served: ServerProcess) -> None:
    chat = ChatOllama(model="llamar-tiny", base_url=served.url)
    assert chat.list_models()[0]["id"] == "llamar-tiny"
    assert "Paris" in str(chat.chat("What is the capital of France?", echo="none"))


# --- rerankers ---


def test_the_order_of_documents(served: ServerProcess) -> None:
    body = {"query": "Where does the cat sleep?", "documents": TEXTS, "return_documents": True}
    results = post(served, "/v1/rerank", body).json()["results"]
    assert sorted(each["index"] for each in results) == [*range(len(TEXTS))]
    assert [each["document"]["text"] for each in results] == [TEXTS[each["index"]] for each in results]
    scores = [each["relevance_score"] for each in results]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(scores)) == len(TEXTS)
    assert post(served, "/v1/rerank", {**body, "top_n": 2}).json()["results"] == results[:2]
    tei = post(served, "/v1/rerank", {"query": body["query"], "texts": TEXTS}).json()
    assert tei == [{"index": each["index"], "score": each["relevance_score"]} for each in results]
    for each in results:
        (alone,) = post(served, "/rerank", {"query": body["query"], "texts": [TEXTS[each["index"]]]}).json()
        assert alone["score"] == pytest.approx(each["relevance_score"], abs=1e-4)


@pytest.fixture(scope="module")
def litellm() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or importing it downloads a list of prices
        yield pytest.importorskip("litellm", reason="the litellm extra is not installed")


@pytest.mark.filterwarnings("ignore::UserWarning:pydantic")
@pytest.mark.parametrize("provider", ["jina_ai", "cohere", "infinity", "huggingface", "hosted_vllm"])
def test_litellm_reranks_as_with_other_servers(served: ServerProcess, litellm: Any, provider: str) -> None:
    answer = litellm.rerank(
        model=f"{provider}/a-reranker",
        query="Where does the cat sleep?",
        documents=TEXTS,
        top_n=3,
        return_documents=False,
        api_base=served.url,
        api_key="none",
    )
    direct = post(served, "/v1/rerank", {"query": "Where does the cat sleep?", "documents": TEXTS}).json()
    expected = [(each["index"], each["relevance_score"]) for each in direct["results"]]
    found = [(each["index"], pytest.approx(each["relevance_score"])) for each in answer.results]
    assert len(found) >= 3  # not every shape has a word for how many are wanted
    assert found[:3] == expected[:3]


@pytest.mark.filterwarnings("ignore::UserWarning:pydantic")
def test_litellm_embeds_as_with_ollama(served: ServerProcess, litellm: Any, reference: Any) -> None:
    answer = litellm.embedding("ollama/all-minilm", TEXTS, api_base=served.url)
    np.testing.assert_allclose([each["embedding"] for each in answer.data], reference, **CLOSE)
    assert answer.usage.prompt_tokens == sum(len(reference_tokens(text)) for text in TEXTS)


# --- the command ---


def test_the_command_gives_the_same_vectors(
    served: ServerProcess, minilm_f16: Path, reference: Any, tmp_path: Path
) -> None:
    here, there = tmp_path / "here.npy", tmp_path / "there.npy"
    command = [sys.executable, "-m", "llamar_server", "embed"]
    subprocess.run([*command, "-m", minilm_f16, "--threads=1", "-o", here, *TEXTS], check=True)
    subprocess.run([*command, "--url", served.url, "-o", there, *TEXTS], check=True)
    np.testing.assert_allclose(np.load(here), reference, **CLOSE)
    np.testing.assert_allclose(np.load(there), np.load(here), atol=1e-4)
