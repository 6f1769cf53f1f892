"""Embeddings in the caller's own process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamar_server.embedding import Embedder
from llamar_server.errors import EngineError, InputTooLong, InvalidRequest, ModelLoadError
from tests.fakes.embedding import BACKEND, BEGIN, END, write_hash

Make = Callable[..., Embedder]


@pytest.fixture
def make(models: Path) -> Make:
    """Makes an ``Embedder``: the fields of ``Hash``, then its own arguments."""

    def make_one(model: dict[str, Any] | None = None, **settings: Any) -> Embedder:
        return Embedder(write_hash(models, **model or {}), backend=BACKEND, **settings)

    return make_one


def test_texts_become_vectors(make: Make) -> None:
    with make(batch_tokens=50) as embedder:
        done: list[int] = []
        vectors = embedder.embed([f"text {i}" for i in range(30)], on_done=done.append)
        assert (vectors.shape, vectors.dtype) == ((30, 16), np.float32)
        assert done == sorted(done)
        assert done[-1] == 30
        assert len(done) > 3
        assert vectors[7] == pytest.approx(embedder.embed([[BEGIN, *b"text 7", END]])[0])
        assert embedder.embed([]).shape == (0, 16)


def test_dimensions(make: Make) -> None:
    with make() as embedder:
        whole, short = embedder.embed(["a text"]), embedder.embed(["a text"], dimensions=4)
        assert short == pytest.approx(whole[:, :4] / np.linalg.norm(whole[:, :4]))
        with pytest.raises(InvalidRequest, match="between 1 and 16"):
            embedder.embed(["a text"], dimensions=17)


def test_vectors_of_tokens(make: Make) -> None:
    with make(pooling="none") as embedder:
        first, second = embedder.embed_tokens(["abc", ""])
        assert (first.shape, second.shape) == ((5, 16), (2, 16))
        assert np.linalg.norm(first, axis=1) == pytest.approx(1)
        assert embedder.embed_tokens([]) == []
        with pytest.raises(InvalidRequest, match="for each token"):
            embedder.embed(["abc"])
    with make() as embedder, pytest.raises(InvalidRequest, match="pooling none"):
        embedder.embed_tokens(["abc"])


def test_documents_are_scored_from_0_to_1(make: Make) -> None:
    with make(pooling="rank") as embedder:
        relevance = embedder.rerank("what is a cat", ["a dog", "what a cat is"])
        assert relevance == pytest.approx(1 / (1 + np.exp([1.5, -3])))
        with pytest.raises(InvalidRequest):
            embedder.embed(["a text"])


def test_what_fails_leaves_nothing_behind(make: Make) -> None:
    with make({"fail": "fail"}, n_ctx=20, batch_tokens=20) as embedder:
        with pytest.raises(InputTooLong):
            embedder.embed(["fine"] * 10 + ["x" * 30])
        with pytest.raises(EngineError, match="the text says so"):
            embedder.embed(["fine"] * 10 + ["fail"])

        def stop(n: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            embedder.embed(["others"] * 100, on_done=stop)
        assert embedder._core.idle
        assert embedder.embed(["x" * 30], truncate=True).shape == (1, 16)


def test_tokens(make: Make) -> None:
    with make() as embedder:
        tokens = embedder.tokenize("é")
        assert tokens == [BEGIN, *"é".encode(), END]
        assert embedder.detokenize(tokens) == "<s>é</s>"
        with pytest.raises(InvalidRequest):
            embedder.detokenize([-1])


def test_after_closing(make: Make) -> None:
    embedder = make()
    embedder.close()
    embedder.close()
    for use in (
        lambda: embedder.embed(["a text"]),
        lambda: embedder.tokenize("a"),
        lambda: embedder.detokenize([1]),
    ):
        with pytest.raises(EngineError, match="closed"):
            use()


def test_a_failed_load(make: Make) -> None:
    with pytest.raises(ModelLoadError, match="not today"):
        make({"load_error": "not today"})


@pytest.mark.parametrize("settings", [{"batch_tokens": 0}, {"n_ctx": -1}, {"queue_limit": -1}], ids=str)
def test_settings_with_which_nothing_can_run(make: Make, settings: dict[str, int]) -> None:
    (name,) = settings
    with pytest.raises(ValueError, match=name):
        make(**settings)
