"""Which texts are computed together."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.embedding.packing import Share, Text, begin_with, pack
from llamar_server.embedding.protocol import EmbedRequest

LENGTHS = st.lists(st.lists(st.integers(1, 40), max_size=30), max_size=6)


def share(lengths: list[int], served: int = 0) -> Share:
    texts = [Text(index, np.zeros(n, np.int32)) for index, n in enumerate(lengths)]
    return Share(EmbedRequest(request_id="x", inputs=[]), texts, served)


def batches_of(shares: list[Share], batch_tokens: int, max_texts: int) -> list[list[tuple[int, int, int]]]:
    """All batches, of: number of the share, number of the text, tokens."""
    batches = []
    while batch := pack(shares, batch_tokens, max_texts):
        batches.append([(shares.index(of), text.index, len(text)) for of, text in batch])
    return batches


@given(LENGTHS, st.integers(1, 60), st.integers(1, 8))
def test_every_text_comes_once_and_batches_are_within_their_limits(
    lengths: list[list[int]], batch_tokens: int, max_texts: int
) -> None:
    batches = batches_of([share(each) for each in lengths], batch_tokens, max_texts)
    came = sorted((number, index) for batch in batches for number, index, _ in batch)
    assert came == [(number, index) for number, each in enumerate(lengths) for index in range(len(each))]
    for batch in batches:
        assert len(batch) <= max_texts
        assert len(batch) == 1 or sum(n for *_, n in batch) <= batch_tokens


@given(LENGTHS, st.integers(1, 60), st.integers(1, 8))
def test_no_text_that_would_still_fit_is_left_for_later(
    lengths: list[list[int]], batch_tokens: int, max_texts: int
) -> None:
    batches = batches_of([share(each) for each in lengths], batch_tokens, max_texts)
    for number, batch in enumerate(batches[:-1]):
        room = batch_tokens - sum(n for *_, n in batch)
        later = min(n for batch in batches[number + 1 :] for *_, n in batch)
        assert len(batch) == max_texts or later > room


@given(LENGTHS, st.integers(1, 60))
def test_nobody_gets_far_ahead(lengths: list[list[int]], batch_tokens: int) -> None:
    """As long as a request has texts left, no other one that has has had more than two batches more."""
    shares = [share(each) for each in lengths]
    had = [0] * len(shares)
    while batch := pack(shares, batch_tokens, 64):
        for of, text in batch:
            had[shares.index(of)] += len(text)
        waiting = [n for n, each in zip(had, shares, strict=True) if len(each)]
        if waiting:
            assert max(waiting) - min(waiting) <= 2 * max(batch_tokens, 40)


def test_a_text_that_is_longer_than_a_batch_is_computed_alone() -> None:
    assert batches_of([share([3, 100, 2])], 10, 64) == [[(0, 1, 100)], [(0, 0, 3), (0, 2, 2)]]


def test_texts_of_similar_length_fall_together() -> None:
    batches = batches_of([share([9, 2, 8, 1, 9, 2])], 20, 64)
    assert [sorted(n for *_, n in batch) for batch in batches] == [[2, 9, 9], [1, 2, 8]]


def test_who_comes_late_is_next_but_does_not_make_up_for_it() -> None:
    old = share([5] * 100)
    for _ in range(4):
        pack([old], 10, 64)
    late = share([5] * 100, begin_with([old]))
    had = [of for _ in range(10) for of, _ in pack([old, late], 10, 64)]
    assert had[:2].count(late) == 1
    assert had.count(late) == had.count(old) == 10


def test_with_nobody_there_one_begins_anywhere() -> None:
    assert begin_with([]) == 0
