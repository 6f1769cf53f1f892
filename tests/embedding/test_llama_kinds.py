"""Kinds of models besides BERT's encoders: decoders, rerankers, and those that make no vectors at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from llamar_server.embedding import Embedder
from llamar_server.engine import Engine
from llamar_server.errors import InputTooLong, InvalidRequest, ModelLoadError
from llamar_server.models import find_model
from tests.embedding_models import direct
from tests.embedding_models.direct import Direct
from tests.embedding_models.random_models import RERANK_TEMPLATE
from tests.engine import tiny_models

Rows = NDArray[np.float32]
POOLINGS = {"last": direct.LAST, "mean": direct.MEAN, "cls": direct.CLS}
SIZES = [1, 2, 63, 64, 65, 128, 129, 200, 512]  # around where texts are cut into passes


def some_tokens(n: int, seed: int = 0) -> list[int]:
    draw = np.random.default_rng(seed)
    return [int(token) for token in draw.integers(300, 2000, n)]


def cosine(some: Rows, other: Rows) -> float:
    return float((direct.unit(some) * direct.unit(other)).sum(axis=-1).min())


# --- decoders ---


@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_decoder_pools_whatever_passes_it_takes(random_decoder_embedder: Path, pooling: str) -> None:
    texts = [some_tokens(n) for n in SIZES]
    with (
        Embedder(random_decoder_embedder, threads=1, pooling=pooling) as embedder,
        Direct(random_decoder_embedder, pooling=POOLINGS[pooling]) as plain,
    ):
        vectors = embedder.embed(texts, normalize=False)
        expected = np.concatenate([plain.embed(text) for text in texts])
        assert cosine(vectors, expected) >= 0.9999
        assert vectors == pytest.approx(expected, abs=0.02)
        for text, vector in zip(texts, vectors, strict=True):
            assert (embedder.embed([text], normalize=False)[0] == vector).all()


def test_vectors_of_a_decoders_tokens(random_decoder_embedder: Path) -> None:
    texts = [some_tokens(300), some_tokens(3)]
    with (
        Embedder(random_decoder_embedder, threads=1, pooling="none") as embedder,
        Direct(random_decoder_embedder, pooling=direct.NONE) as plain,
    ):
        for text, rows in zip(texts, embedder.embed_tokens(texts, normalize=False), strict=True):
            assert rows.shape == (len(text), 64)
            assert cosine(rows, plain.states(text)) >= 0.999


def test_a_decoders_own_pooling_and_its_end_token(random_decoder_embedder: Path) -> None:
    with Embedder(random_decoder_embedder, threads=1) as embedder:
        assert embedder.info.pooling == "last"
        tokens = embedder.tokenize("the cat " * 400, parse_special=False)
        end = embedder.tokenize("", parse_special=False)
        assert tokens[-1:] == end
        cut = embedder.embed(["the cat " * 400], truncate=True)
        assert (cut == embedder.embed([[*tokens[:511], *end]])).all()
        with pytest.raises(InputTooLong):
            embedder.embed(["the cat " * 400])


def test_decoders_texts_in_one_pass_as_on_a_gpu(
    monkeypatch: pytest.MonkeyPatch, random_decoder_embedder: Path
) -> None:
    texts = [some_tokens(n, seed=n) for n in [*SIZES, *range(1, 100)]]
    with Embedder(random_decoder_embedder, threads=1) as alone:
        expected = alone.embed(texts)
    monkeypatch.setattr("llama_cpp.llama_supports_gpu_offload", lambda: True)
    with Embedder(random_decoder_embedder, threads=1) as embedder:
        assert embedder._backend.max_texts > 1  # type: ignore[attr-defined]
        assert cosine(embedder.embed(texts), expected) >= 0.9999


def test_a_chat_model_makes_vectors_too() -> None:
    with Embedder(find_model(None).path, threads=1) as embedder:
        assert embedder.info.pooling == "last"
        texts = ["Hello!", "What is the weather?", "word " * 1000]
        vectors = embedder.embed(texts)
        assert vectors.shape == (3, embedder.info.dimensions)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
        with pytest.raises(InvalidRequest, match="input 1 is empty"):
            embedder.embed(["a", ""])  # this one puts nothing around a text


@pytest.mark.parametrize("kind", [tiny_models.sliding, tiny_models.recurrent])
@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_other_memories_are_emptied_between_texts(tmp_path: Path, kind: object, pooling: str) -> None:
    assert callable(kind)
    text, other = [[5 + n % 250 for n in range(300)], [7] * 50]
    with Embedder(kind(tmp_path / "model.gguf"), threads=1, pooling=pooling) as embedder:
        vectors = embedder.embed([text, other, text])
        assert (vectors[0] == vectors[2]).all()
        assert cosine(vectors[0], vectors[1]) < 0.99


def test_rotary_positions_go_on_beyond_what_was_trained(random_nomic_encoder: Path) -> None:
    with (
        Embedder(random_nomic_encoder, threads=1, n_ctx=800) as embedder,
        Direct(random_nomic_encoder) as plain,
    ):
        tokens = [5 + n % 60 for n in range(800)]
        assert cosine(embedder.embed([tokens]), plain.embed(tokens)) >= 0.9999


# --- rerankers ---

QUERY, DOCUMENTS = "the cat", ["dog is", "cat", "the the the of", "", "of the " * 20]


def test_a_reranker_orders_documents(random_reranker: Path) -> None:
    with Embedder(random_reranker, threads=1) as embedder, Direct(random_reranker) as plain:
        relevance = embedder.rerank(QUERY, DOCUMENTS)
        logits = np.array([plain.embed(plain.pair(QUERY, document))[0, 0] for document in DOCUMENTS])
        assert relevance == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-4)
        assert len(set(relevance)) == len(DOCUMENTS)
        assert embedder.rerank(QUERY, DOCUMENTS[::-1]).tolist() == relevance.tolist()[::-1]
        with pytest.raises(InvalidRequest, match="is a reranker"):
            embedder.embed(DOCUMENTS)


def test_a_long_document_is_cut_for_the_query(random_reranker: Path) -> None:
    long = "the cat is in " * 200
    with Embedder(random_reranker, threads=1) as embedder, Direct(random_reranker) as plain:
        with pytest.raises(InputTooLong) as refusal:
            embedder.rerank(QUERY, ["fine", long])
        assert (refusal.value.index, refusal.value.n_ctx) == (1, 512)
        pair = plain.pair(QUERY, long)
        assert refusal.value.n_tokens == len(pair)
        logit = plain.embed([*pair[:511], pair[-1]])[0, 0]
        assert embedder.rerank(QUERY, [long], truncate=True) == pytest.approx(
            1 / (1 + np.exp(-logit)), abs=1e-4
        )
        with pytest.raises(InvalidRequest, match="no room"):
            embedder.rerank(long, ["a document"], truncate=True)


def test_a_rerankers_body_makes_vectors_where_it_is_told_to(random_reranker: Path) -> None:
    with Embedder(random_reranker, threads=1, pooling="mean") as embedder:
        assert embedder.embed(["the cat", "dog"]).shape == (2, 64)


def test_a_decoder_that_says_yes_or_no(random_decoder_reranker: Path) -> None:
    long = "A sentence about nothing. " * 200
    with (
        Embedder(random_decoder_reranker, threads=1) as embedder,
        Direct(random_decoder_reranker) as plain,
    ):
        assert (embedder.info.dimensions, embedder.info.probabilities) == (2, True)
        documents = ["One.", "Another one. " * 30, ""]
        relevance = embedder.rerank("What is it?", documents)
        for document, found in zip(documents, relevance, strict=True):
            text = RERANK_TEMPLATE.replace("{query}", "What is it?").replace("{document}", document)
            yes, no = plain.embed(embedder.tokenize(text, add_special=False))[0]
            assert yes + no == pytest.approx(1)
            assert found == pytest.approx(yes, abs=0.01)
        with pytest.raises(InputTooLong):
            embedder.rerank("What is it?", [long])
        assert 0 <= embedder.rerank("What is it?", [long], truncate=True)[0] <= 1


# --- what cannot be used ---


def test_a_model_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="tokenizer"):
        Embedder(tiny_models.without_tokenizer(tmp_path / "mute.gguf"), threads=1)


@pytest.mark.parametrize("content", [b"", b"# A text\n" * 100], ids=["empty", "text"])
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelLoadError, match="not a GGUF"):
        Embedder(path, threads=1)


def test_an_encoder_does_not_chat(random_nomic_encoder: Path) -> None:
    with pytest.raises(ModelLoadError, match="--embedding-model"):
        Engine(random_nomic_encoder, threads=1)
