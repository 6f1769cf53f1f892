"""The tests' models with random weights are what they stand in for, asked of llama.cpp alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.embedding_models import meaning, random_models, reference
from tests.embedding_models.direct import LAST, MEAN, RANK, Direct, unit

DOCUMENTS = ["a dog", "cats are here", "the stock market", "zebra crossing", ""]


def test_a_reranker_gives_one_score_for_each_label(random_reranker: Path, tmp_path: Path) -> None:
    with Direct(random_reranker) as model:
        assert (model.pooling, model.labels()) == (RANK, ["relevance"])
        assert model.embed(model.pair("the cat", "a dog")).shape == (1, 1)
    labels = ["bad", "fair", "good"]
    with Direct(random_models.reranker(tmp_path / "three.gguf", labels=labels)) as model:
        assert model.labels() == labels
        assert model.embed(model.pair("the cat", "a dog")).shape == (1, 3)


def test_the_pair_of_a_reranker(random_reranker: Path) -> None:
    with Direct(random_reranker) as model:
        cls, sep = model.tokens("")
        assert model.pair("cat", "dog") == [cls, *inner(model, "cat"), sep, *inner(model, "dog"), sep]


def inner(model: Direct, text: str) -> list[int]:
    return model.tokens(text, add_special=False)


def test_scores_depend_on_both_halves(random_reranker: Path) -> None:
    with Direct(random_reranker) as model:
        pairs = [model.pair(query, document) for query in ("cat", "dog") for document in DOCUMENTS]
        scores = np.concatenate([model.embed(pair)[0] for pair in pairs])
    assert len(set(scores.tolist())) == len(pairs)


def test_a_reranker_of_the_decoder_kind(random_decoder_reranker: Path) -> None:
    with Direct(random_decoder_reranker) as model:
        assert (model.pooling, model.labels()) == (RANK, ["yes", "no"])
        shares = np.concatenate([model.embed(model.tokens(document)) for document in DOCUMENTS])
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(DOCUMENTS)))
    assert len(set(shares[:, 0].tolist())) == len(DOCUMENTS)


def test_a_decoder_ends_each_text_with_the_token_that_stands_for_it(random_decoder_embedder: Path) -> None:
    with Direct(random_decoder_embedder) as model:
        tokens = model.tokens("the cat")
        assert model.pooling == LAST
        assert model.tokens("")[-1] == tokens[-1]
        rows = unit(np.concatenate([model.embed(model.tokens(text)) for text in DOCUMENTS]))
    assert rows.shape == (len(DOCUMENTS), random_models.WIDTH)
    assert np.triu(rows @ rows.T, 1).max() < 0.999


def test_nomic(random_nomic_encoder: Path) -> None:
    with Direct(random_nomic_encoder) as model:
        assert model.pooling == MEAN
        one, other = (unit(model.embed(model.tokens(text)))[0] for text in ("a dog", "dog a"))
    assert one.shape == (random_models.WIDTH,)
    assert float(one @ other) < 0.999  # it knows the order


@pytest.mark.parametrize(
    "make",
    [
        random_models.reranker,
        random_models.nomic_encoder,
        random_models.decoder_embedder,
        random_models.decoder_reranker,
    ],
)
def test_a_seed_makes_the_same_file(make: Callable[..., Path], tmp_path: Path) -> None:
    one, same, other = (make(tmp_path / f"{i}.gguf", seed=seed) for i, seed in enumerate((1, 1, 2)))
    assert one.read_bytes() == same.read_bytes() != other.read_bytes()


@pytest.mark.usefixtures("minilm_f16")
def test_the_labelled_set_can_be_told_apart() -> None:
    assert len(meaning.GROUPS) >= 60
    queries = reference.reference_embeddings([group.query for group in meaning.GROUPS])
    passages = reference.reference_embeddings([group.passage for group in meaning.GROUPS])
    assert meaning.retrieval_at_1(queries, passages) >= 0.9
    assert meaning.retrieval_at_1(queries, np.roll(passages, 1, axis=0)) < 0.1
