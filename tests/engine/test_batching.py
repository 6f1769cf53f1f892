from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llamar_server.engine.backend import Chunk
from llamar_server.engine.batching import JOINT_ROWS, Batching, measured_lone_rows

sizes = st.lists(st.integers(1, 200), max_size=12)


def chunks_of(lengths: list[int]) -> list[Chunk]:
    return [Chunk(slot, [0] * n, 0, True) for slot, n in enumerate(lengths)]


@given(sizes, st.integers(1, 8))
def test_every_token_is_in_exactly_one_batch_and_in_order(lengths: list[int], lone_rows: int) -> None:
    chunks = chunks_of(lengths)
    groups = Batching(lone_rows=lone_rows).split(chunks)
    assert all(groups)
    parts = [part for group in groups for part in group]
    for chunk in chunks:
        own = [part for part in parts if part.slot == chunk.slot]
        assert [token for part in own for token in part.tokens] == chunk.tokens
        assert [part.start for part in own] == [sum(len(p.tokens) for p in own[:i]) for i in range(len(own))]
        assert [part.logits for part in own] == [False] * (len(own) - 1) + [True]


@given(sizes, st.integers(1, 8))
def test_only_a_large_chunk_reaches_the_tiled_kernel(lengths: list[int], lone_rows: int) -> None:
    for group in Batching(lone_rows=lone_rows).split(chunks_of(lengths)):
        assert len(group) == 1 or sum(len(chunk.tokens) for chunk in group) <= JOINT_ROWS


def test_few_sequences_are_decoded_one_by_one_where_that_is_faster() -> None:
    batching = Batching(lone_rows=3)
    assert [len(group) for group in batching.split(chunks_of([1, 1, 1]))] == [1, 1, 1]
    assert [len(group) for group in batching.split(chunks_of([1, 1, 1, 1]))] == [4]


def test_so_is_a_short_run_of_forced_tokens() -> None:
    batching = Batching(lone_rows=3)
    assert [len(group) for group in batching.split(chunks_of([3]))] == [1, 1, 1]
    assert [len(group) for group in batching.split(chunks_of([3, 1]))] == [2]


def test_the_measurement_finds_where_joining_begins_to_pay() -> None:
    seconds = {1: 1.0, 2: 4.0, 3: 4.2, 4: 4.1, 5: 4.3}
    assert measured_lone_rows(seconds.__getitem__, 5) == 3
    assert measured_lone_rows(seconds.__getitem__, 2) == 2
    assert measured_lone_rows(lambda rows: 1.0, 8) == 1
