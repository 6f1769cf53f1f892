"""What is computed for a text: special tokens, pairs, what is cut and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamar_server.embedding.inputs import Inputs, as_inputs
from llamar_server.embedding.protocol import EmbedRequest, RerankRequest
from llamar_server.errors import InputTooLong, InvalidRequest
from tests.embedding.harness import Harness
from tests.fakes.embedding import BEGIN, BETWEEN, END

MakeHarness = Callable[..., Harness]
N_CTX = 20


def tokens(h: Harness, *inputs: str | list[int], truncate: bool = False) -> list[int]:
    """Those of the last of ``inputs``."""
    request = EmbedRequest(request_id="x", inputs=[*inputs], truncate=truncate)
    found: list[int] = Inputs(h.backend).tokens(request, len(inputs) - 1).tolist()
    return found


def pair(h: Harness, query: str, *documents: str, truncate: bool = False) -> list[int]:
    """That of the last of ``documents``."""
    request = RerankRequest(request_id="x", query=query, documents=[*documents], truncate=truncate)
    found: list[int] = Inputs(h.backend).tokens(request, len(documents) - 1).tolist()
    return found


@pytest.fixture
def small(harness: MakeHarness) -> Harness:
    return harness({"n_ctx": N_CTX})


def test_a_text_has_its_special_tokens(small: Harness) -> None:
    assert tokens(small, "abc") == [BEGIN, *b"abc", END]
    assert tokens(small, "") == [BEGIN, END]


@pytest.mark.parametrize("n", [N_CTX - 2, N_CTX - 1, N_CTX, 500])
def test_the_edge_of_the_window(small: Harness, n: int) -> None:
    text = "x" * n
    assert tokens(small, text, truncate=True) == [BEGIN, *b"x" * min(n, N_CTX - 2), END]
    if n + 2 <= N_CTX:
        assert len(tokens(small, text)) == n + 2
        return
    with pytest.raises(InputTooLong) as refusal:
        tokens(small, "fine", text)
    assert (refusal.value.n_tokens, refusal.value.n_ctx, refusal.value.index) == (n + 2, N_CTX, 1)


@pytest.mark.parametrize("n", [N_CTX, N_CTX + 1])
def test_token_ids_are_cut_at_their_end(small: Harness, n: int) -> None:
    ids = [*range(65, 65 + n)]
    assert tokens(small, ids, truncate=True) == ids[:N_CTX]
    if n > N_CTX:
        with pytest.raises(InputTooLong):
            tokens(small, ids)


@pytest.mark.parametrize("ids", [[-1], [259], [1, 2**40]], ids=str)
def test_ids_outside_of_the_vocabulary(small: Harness, ids: list[int]) -> None:
    with pytest.raises(InvalidRequest, match="0 to 258"):
        tokens(small, ids)


def test_nothing_to_compute_is_refused_by_its_number(harness: MakeHarness) -> None:
    bare = harness({"special": False})
    with pytest.raises(InvalidRequest, match="input 2 is empty"):
        tokens(bare, "a", "b", "")
    with pytest.raises(InvalidRequest, match="input 0 is empty"):
        tokens(bare, [])
    assert tokens(bare, "x" * 3000, truncate=True) == [*b"x" * 2048]


# --- pairs ---


def test_a_pair(harness: MakeHarness) -> None:
    ranks = harness(pooling="rank")
    assert pair(ranks, "q", "other", "doc") == [BEGIN, *b"q", BETWEEN, *b"doc", END]
    assert pair(ranks, "q", "") == [BEGIN, *b"q", BETWEEN, END]
    assert pair(ranks, "<sep>", "</s>") == [BEGIN, *b"<sep>", BETWEEN, *b"</s>", END]


TEMPLATE = "<s>Q: {query} D: {document}</s>!"


def test_a_pair_in_a_template(harness: MakeHarness) -> None:
    ranks = harness({"template": TEMPLATE}, pooling="rank")
    assert pair(ranks, "{document}", "{query}") == [BEGIN, *b"Q: {document} D: {query}", END, *b"!"]


@given(
    template=st.sampled_from([None, TEMPLATE]),
    query=st.text("qä", max_size=30),
    document=st.text("dß€", max_size=40),
)
@settings(max_examples=100)
def test_what_is_cut_is_the_documents_end(
    harness: MakeHarness, template: str | None, query: str, document: str
) -> None:
    ranks = harness({"template": template, "n_ctx": 32}, pooling="rank")
    whole = pair(harness({"template": template}, pooling="rank"), query, document)
    empty = pair(harness({"template": template}, pooling="rank"), query, "")
    if len(whole) <= 32:
        assert pair(ranks, query, document) == whole
        return
    with pytest.raises(InputTooLong) as too_long:
        pair(ranks, query, document)
    assert too_long.value.n_tokens == len(whole)
    if len(empty) >= 32:
        with pytest.raises(InvalidRequest, match="no room for document 0") as refusal:
            pair(ranks, query, document, truncate=True)
        assert refusal.value.param == "query"
        return
    cut = pair(ranks, query, document, truncate=True)
    n_end = 2 if template else 1
    assert 32 - 3 < len(cut) <= 32  # a character of three bytes stays whole
    assert cut[-n_end:] == whole[-n_end:]
    assert cut[: len(cut) - n_end] == whole[: len(cut) - n_end]


# --- what callers give ---


def test_a_lone_text_is_no_list_of_texts() -> None:
    assert as_inputs(["ab", (1, 2)]) == ["ab", [1, 2]]
    with pytest.raises(InvalidRequest, match="list"):
        as_inputs("ab")
