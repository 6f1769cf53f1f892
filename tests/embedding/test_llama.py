"""all-MiniLM-L6-v2 through llama.cpp, against the same weights computed by NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import llama_cpp
import numpy as np
import pytest
from numpy.typing import NDArray

from llamar_server.config import EmbeddingConfig
from llamar_server.embedding import Embedder
from llamar_server.embedding.client import EmbeddingClient
from llamar_server.errors import InputTooLong, InvalidRequest, ModelLoadError
from tests.embedding_models.meaning import GROUPS, retrieval_at_1
from tests.embedding_models.reference import (
    embed_tokens,
    reference_embeddings,
    reference_tokens,
    token_states,
)
from tests.embedding_models.texts import TEXTS
from tests.engine.clients import running

Rows = NDArray[np.float32]

CLS, SEP, WORD = 101, 102, 2773  # and "word"
WINDOW = 512


@pytest.fixture(scope="module")
def f16(minilm_f16: Path) -> Iterator[Embedder]:
    with Embedder(minilm_f16, threads=1) as embedder:
        yield embedder


@pytest.fixture(scope="module")
def q8(minilm_q8: Path) -> Iterator[Embedder]:
    with Embedder(minilm_q8, threads=1) as embedder:
        yield embedder


@pytest.fixture(scope="module")
def reference(minilm_f16: Path) -> Rows:
    return reference_embeddings(TEXTS)


def cosines(some: Rows, others: Rows) -> NDArray[np.float64]:
    some, others = some.astype(np.float64), others.astype(np.float64)
    lengths = np.linalg.norm(some, axis=-1) * np.linalg.norm(others, axis=-1)
    return (some * others).sum(axis=-1) / lengths  # type: ignore[no-any-return]


def test_what_it_says_of_itself(f16: Embedder, minilm_f16: Path) -> None:
    info = f16.info
    assert (info.architecture, info.pooling, info.dimensions) == ("bert", "mean", 384)
    assert (info.n_ctx, info.n_ctx_train, info.n_vocab) == (WINDOW, WINDOW, 30522)
    assert (info.name, info.path) == (minilm_f16.stem, str(minilm_f16))


# --- the same numbers ---


def test_tokens_are_those_of_the_models_own_tokenizer(f16: Embedder) -> None:
    for text in TEXTS:
        assert f16.tokenize(text, parse_special=False) == reference_tokens(text), ascii(text)


def test_f16_is_as_near_as_rounding_lets_it(f16: Embedder, reference: Rows) -> None:
    assert cosines(f16.embed(TEXTS), reference).min() >= 0.9999


def test_q8_0_is_near(q8: Embedder, reference: Rows) -> None:
    assert cosines(q8.embed(TEXTS), reference).min() >= 0.995


@pytest.mark.parametrize("model", ["f16", "q8"])
def test_a_text_gets_the_same_alone_and_among_others(request: pytest.FixtureRequest, model: str) -> None:
    embedder: Embedder = request.getfixturevalue(model)
    texts = [*TEXTS, [CLS], [WORD], [CLS, SEP]]  # a single token, too
    together, reverse = embedder.embed(texts), embedder.embed(texts[::-1])[::-1]
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert (together == alone).all()
    assert (together == reverse).all()


def test_short_texts_share_a_pass(monkeypatch: pytest.MonkeyPatch, f16: Embedder) -> None:
    sizes: list[int] = []
    decode = llama_cpp.llama_decode

    def counting(context: object, batch: llama_cpp.llama_batch) -> int:
        sizes.append(batch.n_tokens)
        return decode(context, batch)

    monkeypatch.setattr(llama_cpp, "llama_decode", counting)
    f16.embed([[CLS] * n for n in (200, 64, 63, 40, 23, 21, 21, 20, 1, 1)])
    assert sizes == [200, 64, 63, 63, 63, 2]


async def test_a_process_of_its_own_gives_the_same(f16: Embedder, minilm_f16: Path) -> None:
    async with running(EmbeddingClient(EmbeddingConfig(str(minilm_f16), threads=1))) as client:
        made = await client.embed(TEXTS)
        assert (made.vectors == f16.embed(TEXTS)).all()
        assert made.n_tokens == tuple(len(reference_tokens(text)) for text in TEXTS)


def test_many_texts_in_one_pass_as_on_a_gpu(
    monkeypatch: pytest.MonkeyPatch, minilm_f16: Path, reference: Rows
) -> None:
    monkeypatch.setattr("llama_cpp.llama_supports_gpu_offload", lambda: True)
    with Embedder(minilm_f16, threads=1) as embedder:
        assert embedder._backend.batch_tokens == 512  # type: ignore[attr-defined]
        assert cosines(embedder.embed(TEXTS), reference).min() >= 0.9999


def test_what_it_understands(f16: Embedder) -> None:
    queries = f16.embed([group.query for group in GROUPS])
    passages = f16.embed([group.passage for group in GROUPS])
    assert retrieval_at_1(queries, passages) >= 0.9


# --- pooling ---


@pytest.fixture(scope="module")
def states(minilm_f16: Path) -> list[Rows]:
    return token_states(*map(reference_tokens, SOME))


SOME = [TEXTS[0], TEXTS[13], TEXTS[44], TEXTS[-1]]


def test_vectors_of_tokens(minilm_f16: Path, states: list[Rows]) -> None:
    with Embedder(minilm_f16, threads=1, pooling="none") as embedder:
        for rows, expected in zip(embedder.embed_tokens(SOME), states, strict=True):
            assert rows.shape == expected.shape
            assert cosines(rows, expected).min() >= 0.999
        with pytest.raises(InvalidRequest, match="for each token"):
            embedder.embed(SOME)


@pytest.mark.parametrize(("pooling", "row"), [("cls", 0), ("last", -1)])
def test_one_token_for_the_text(minilm_f16: Path, states: list[Rows], pooling: str, row: int) -> None:
    with Embedder(minilm_f16, threads=1, pooling=pooling) as embedder:
        assert embedder.info.pooling == pooling
        expected = np.stack([each[row] for each in states])
        assert cosines(embedder.embed(SOME), expected).min() >= 0.999
        assert np.linalg.norm(embedder.embed(SOME, normalize=False), axis=1) == pytest.approx(
            np.linalg.norm(expected, axis=1), rel=0.01
        )


def test_a_model_that_scores_nothing_is_no_reranker(minilm_f16: Path, f16: Embedder) -> None:
    with pytest.raises(ModelLoadError, match="no reranker"):
        Embedder(minilm_f16, threads=1, pooling="rank")
    with pytest.raises(InvalidRequest, match="no reranker"):
        f16.rerank("query", ["document"])


# --- the window ---


def words(n: int) -> str:
    """A text of ``n`` tokens."""
    return "word " * (n - 2)


@pytest.mark.parametrize("n", [WINDOW - 1, WINDOW, WINDOW + 1, 5000])
def test_the_edge_of_the_window(f16: Embedder, n: int) -> None:
    cut = [CLS, *[WORD] * (min(n, WINDOW) - 2), SEP]
    expected = embed_tokens(cut)
    assert cosines(f16.embed([words(n)], truncate=True), expected).min() >= 0.9999
    if n <= WINDOW:
        assert cosines(f16.embed([words(n)]), expected).min() >= 0.9999
        return
    with pytest.raises(InputTooLong) as refusal:
        f16.embed(["fine", words(n)])
    assert (refusal.value.n_tokens, refusal.value.n_ctx, refusal.value.index) == (n, WINDOW, 1)


def test_a_smaller_window(minilm_f16: Path) -> None:
    with Embedder(minilm_f16, threads=1, n_ctx=16) as embedder:
        assert embedder.info.n_ctx == 16
        assert embedder.embed([words(16)]).shape == (1, 384)
        with pytest.raises(InputTooLong):
            embedder.embed([words(17)])


@pytest.mark.parametrize("n_ctx", [513, 2**31 - 1, 2**31, 2**32 + 5])
def test_a_window_of_more_positions_than_there_are(minilm_f16: Path, n_ctx: int) -> None:
    with pytest.raises(ModelLoadError, match=r"512 positions|at most"):
        Embedder(minilm_f16, threads=1, n_ctx=n_ctx)


def test_token_ids_are_taken_as_they_are(f16: Embedder) -> None:
    draw = Random(0)
    inputs = [[draw.randrange(f16.info.n_vocab) for _ in range(n)] for n in (1, 2, 17, 512)]
    assert cosines(f16.embed(inputs), embed_tokens(*inputs)).min() >= 0.999
    for wrong in ([30522], [-1], [2**31], [1] * 513, []):
        with pytest.raises(InvalidRequest):
            f16.embed([wrong])
    assert f16.embed([[CLS, SEP]]) == pytest.approx(f16.embed([""]))


def test_the_text_of_special_tokens_is_text(f16: Embedder) -> None:
    assert cosines(f16.embed(["a [SEP] b"]), f16.embed(["a", "b"])[:1]).min() < 0.99
    assert f16.tokenize("[SEP]", parse_special=True)[1] == SEP
    assert SEP not in f16.tokenize("[SEP]", parse_special=False)[1:-1]


def test_dimensions(f16: Embedder) -> None:
    whole = f16.embed(["a text"])
    assert f16.embed(["a text"], dimensions=64) == pytest.approx(
        whole[:, :64] / np.linalg.norm(whole[:, :64])
    )
