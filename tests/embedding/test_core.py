"""The embedding core over the double: what a request gets, and when."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamar_server.embedding.protocol import EmbedRequest
from llamar_server.errors import EngineError, InvalidRequest, QueueFull
from tests.embedding.harness import Harness
from tests.fakes.embedding import BEGIN, END

MakeHarness = Callable[..., Harness]


def one_by_one(harness: MakeHarness, texts: list[str]) -> np.ndarray:
    """The vectors of ``texts``, each alone in its request."""
    h = harness()
    return np.concatenate([h.vectors(text) for text in texts])


# --- results ---


@given(
    st.lists(st.lists(st.text("abc ä", min_size=1, max_size=60), min_size=1, max_size=12), max_size=5),
    st.integers(8, 200),
)
@settings(max_examples=50)
def test_every_text_gets_its_own_vector(
    harness: MakeHarness, requests: list[list[str]], batch_tokens: int
) -> None:
    h = harness(batch_tokens=batch_tokens)
    ids = [h.embed(*texts) for texts in requests]
    h.run()
    for request_id, texts in zip(ids, requests, strict=True):
        outcome = h.outcomes[request_id]
        assert sorted(outcome.rows) == [*range(len(texts))]
        assert [outcome.n_tokens[i] for i in range(len(texts))] == [len(t.encode()) + 2 for t in texts]
        assert outcome.matrix() == pytest.approx(one_by_one(harness, texts))
    assert h.core.idle
    assert h.core._shares == {}


def test_vectors_have_length_one_unless_it_is_said_otherwise(harness: MakeHarness) -> None:
    h = harness()
    unit, raw = h.vectors("some words"), h.vectors("some words", normalize=False)
    assert np.linalg.norm(unit) == pytest.approx(1)
    assert np.linalg.norm(raw) > 2
    assert unit == pytest.approx(raw / np.linalg.norm(raw))


def test_a_vector_of_zeros_stays_one(harness: MakeHarness) -> None:
    assert (harness().vectors("") == 0).all()


def test_token_ids_are_taken_as_they_are(harness: MakeHarness) -> None:
    h = harness()
    outcome = h.result(h.embed([*b"some words"], [BEGIN, *b"some words", END], "some words"))
    assert outcome.n_tokens == {0: 10, 1: 12, 2: 12}
    assert outcome.rows[0] == pytest.approx(outcome.rows[2])


def test_the_text_of_a_special_token_is_text(harness: MakeHarness) -> None:
    h = harness()
    assert h.result(h.embed("</s>")).n_tokens == {0: 6}


def test_pooling_none_gives_a_row_for_each_token(harness: MakeHarness) -> None:
    h = harness(pooling="none")
    outcome = h.result(h.embed("abc", "b"))
    assert {index: len(rows) for index, rows in outcome.rows.items()} == {0: 5, 1: 3}
    assert outcome.rows[0][2] == pytest.approx(outcome.rows[1][1])


def test_scores_are_the_models_own(harness: MakeHarness) -> None:
    h = harness(pooling="rank")
    outcome = h.result(h.rerank("what is a cat", "a dog", "what a cat is", "nothing"))
    assert outcome.matrix()[:, 0].tolist() == [-1.5, 3, -3]


# --- turns ---


def test_a_single_text_does_not_wait_for_thousands(harness: MakeHarness) -> None:
    h = harness(batch_tokens=100)
    many = h.embed(*["word " * 10] * 3000)
    h.step()
    for _ in range(5):
        late = h.embed("a text")
        begun = h.n_steps
        while late not in [i for i, outcome in h.outcomes.items() if outcome.steps]:
            h.step()
        assert h.n_steps - begun <= 2
    assert len(h.result(many).rows) == 3000


def test_texts_of_several_requests_share_a_batch(harness: MakeHarness) -> None:
    h = harness(batch_tokens=512)
    ids = [h.embed(f"text {i}") for i in range(20)]
    h.run()
    assert len(h.backend.batches) == 1
    assert all(len(h.outcomes[i].rows) == 1 for i in ids)


def test_nothing_is_computed_for_a_request_with_a_text_that_is_refused(harness: MakeHarness) -> None:
    h = harness({"n_ctx": 50})
    bad = h.embed(*["fine"] * 3000, "x" * 49)
    assert "input 3000 has 51 tokens, but the model takes at most 50" in str(h.error(bad))
    assert h.backend.batches == []
    assert h.core.idle


def test_others_go_on_while_the_texts_of_one_are_read(harness: MakeHarness) -> None:
    h = harness()
    h.embed(*["word " * 100] * 500)
    small = h.embed("a text")
    h.step()
    assert len(h.outcomes[small].rows) == 1


# --- giving up ---


@pytest.mark.parametrize("n_steps", [0, 1, 30])
def test_an_aborted_request_is_gone(harness: MakeHarness, n_steps: int) -> None:
    h = harness(batch_tokens=100)
    aborted, left = h.embed(*["some words here"] * 2000), h.embed(*["others"] * 50)
    for _ in range(n_steps):
        h.step()
    before = len(h.outcomes[aborted].rows)
    h.core.abort(aborted)
    h.core.abort("nobody")
    assert len(h.result(left).rows) == 50
    assert len(h.outcomes[aborted].rows) == before < 2000
    assert h.core.idle


# --- refusals ---


def test_the_queue_has_an_end(harness: MakeHarness) -> None:
    h = harness(queue_limit=2)
    ids = [h.embed("a text") for _ in range(3)]
    with pytest.raises(QueueFull):
        h.embed("one too many")
    h.core.abort(ids[0])
    h.embed("fits")
    h.run()
    h.embed("again")


def test_a_request_without_texts(harness: MakeHarness) -> None:
    with pytest.raises(InvalidRequest, match="no text"):
        harness().embed()


def test_an_id_twice(harness: MakeHarness) -> None:
    h = harness()
    request = EmbedRequest(request_id="twice", inputs=["a"])
    h.add(request)
    with pytest.raises(InvalidRequest, match="twice"):
        h.core.add(request)


def test_what_a_model_is_not_for(harness: MakeHarness) -> None:
    with pytest.raises(InvalidRequest, match="is a reranker"):
        harness(pooling="rank").embed("a text")
    with pytest.raises(InvalidRequest, match="no reranker"):
        harness().rerank("query", "document")


def test_what_is_no_number_does_not_leave(harness: MakeHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    h = harness()
    compute = h.backend.compute
    monkeypatch.setattr(h.backend, "compute", lambda texts: [rows * np.nan for rows in compute(texts)])
    error = h.error(h.embed("a", "b"))
    assert isinstance(error, EngineError)
    assert "no finite numbers" in str(error)
    assert h.core.idle
