"""Who gets what in which step, seen from outside: a core over the scripted backend."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamar_server.engine import prefix_cache
from llamar_server.engine.prefix_cache import BLOCK
from llamar_server.engine.tokens import common_prefix
from tests.engine.harness import Harness

HASH = {"model": "hash"}
ENDLESS = {"ignore_eos": True, "max_tokens": 500}

MakeHarness = Callable[..., Harness]


def decoding(harness: MakeHarness, n: int, **settings: int) -> tuple[Harness, list[str]]:
    """A core in which ``n`` sequences are being continued."""
    h = harness(HASH, n_ctx=4096, kv_cells=20_000, **settings)
    ids = [h.submit(f"{i}", **ENDLESS) for i in range(n)]
    while not all(h.choices[i][0].n_tokens for i in ids):
        h.step()
    return h, ids


def heard(h: Harness) -> list[str]:
    """The requests that get a token in one step."""
    return [output.request_id for output in h.step()]


# --- fairness ---


def test_a_long_prompt_stops_nobody(harness: MakeHarness) -> None:
    h, ids = decoding(harness, 3, n_parallel=4, n_batch=64, prefill_chunk=32)
    long = h.submit("x" * 2000, max_tokens=1)
    while not h.choices[long][0].n_tokens:
        assert set(ids) <= set(heard(h))
        assert sum(len(chunk.tokens) for chunk in h.backend.batches[-1]) <= 3 + 32


def test_a_prompt_gets_the_whole_batch_where_nobody_decodes(harness: MakeHarness) -> None:
    h = harness(HASH, n_batch=128, prefill_chunk=32)
    h.submit("x" * 1000, max_tokens=1)
    h.step()
    assert [len(chunk.tokens) for chunk in h.backend.batches[0]] == [128]


@given(n=st.integers(65, 1000))
def test_a_prompt_is_cut_at_blocks_and_leaves_no_small_rest(harness: MakeHarness, n: int) -> None:
    h = harness(HASH, n_batch=256)
    h.submit("x" * n, max_tokens=1)
    h.run()
    chunks = [chunk for batch in h.backend.batches for chunk in batch]
    assert all(chunk.start % BLOCK == 0 for chunk in chunks)
    assert all(len(chunk.tokens) >= BLOCK for chunk in chunks)


def test_many_forced_tokens_stop_nobody(harness: MakeHarness) -> None:
    h, ids = decoding(harness, 2, n_parallel=3, n_batch=64, prefill_chunk=32)
    forced = h.submit("x", grammar='start: "' + "y" * 300 + '" /[a-z]{2}/')
    while h.choices[forced][0].finish is None:
        assert set(ids) <= set(heard(h))
        assert sum(len(chunk.tokens) for chunk in h.backend.batches[-1]) <= 2 + 32


def test_forced_tokens_older_than_others_stop_nobody(harness: MakeHarness) -> None:
    h = harness(HASH, n_parallel=3, n_batch=64, prefill_chunk=32)
    h.submit("x", grammar='start: "' + "y" * 300 + '" /[a-z]{200}/')
    ids = [h.submit("abc"[i], **ENDLESS) for i in range(2)]
    h.step()
    for _ in range(20):
        assert set(ids) <= set(heard(h))


def test_each_gets_its_token_even_if_a_batch_is_smaller_than_the_slots(harness: MakeHarness) -> None:
    h = harness(HASH, n_parallel=8, n_batch=3)
    ids = [h.submit(f"prompt {i}", max_tokens=10, ignore_eos=True) for i in range(8)]
    started: set[str] = set()
    while not h.core.idle:
        before = {i for i in started if h.choices[i][0].finish is None}
        now = set(heard(h))
        assert before <= now
        started |= now
    assert all(h.choices[i][0].n_tokens == 10 for i in ids)


def test_a_short_prompt_passes_a_long_one(harness: MakeHarness) -> None:
    h = harness(HASH, n_batch=128, n_parallel=2)
    long = h.submit("x" * 3000, max_tokens=1)
    h.step()
    short = h.submit("y" * 40, max_tokens=1)
    assert heard(h) == [short]
    assert h.choices[long][0].n_tokens == 0


def test_a_stream_of_short_prompts_starves_no_long_one(harness: MakeHarness) -> None:
    h = harness(HASH, n_batch=128, n_parallel=4)
    long = h.submit("x" * 2000, max_tokens=1)
    steps = 0
    while not h.choices[long][0].n_tokens:
        while len(h.core._scheduler.waiting) < 4:
            h.submit(f"{steps}" + "y" * 30, max_tokens=1)
        h.step()
        steps += 1
    assert steps <= 2000 // (128 // 4) + 1


def test_who_came_first_runs_first(harness: MakeHarness) -> None:
    h = harness(HASH, n_parallel=2)
    ids = [h.submit(f"{i} of many", max_tokens=5, ignore_eos=True) for i in range(9)]
    ended: list[str] = []
    while not h.core.idle:
        ended += [output.request_id for output in h.step() if output.finish]
    assert ended == ids


def test_no_more_run_than_there_are_places(harness: MakeHarness) -> None:
    h = harness(HASH, n_parallel=3)
    for i in range(10):
        h.submit(f"{i}", max_tokens=4, n=2)
    h.run()
    assert max(len(batch) for batch in h.backend.batches) == 3


def test_who_waits_costs_a_step_nothing(harness: MakeHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 long prompts wait while two run; each step compares the first of them with those that run."""
    compared: list[int] = []

    def counted(a: list[int], b: list[int]) -> int:
        compared.append(min(len(a), len(b)))
        return common_prefix(a, b)

    h = harness(HASH, n_ctx=5000, n_parallel=3, n_batch=5000, prefill_chunk=5000, queue_limit=100)
    for i in range(2):
        h.submit(f"{i}" * 2000, ignore_eos=True, max_tokens=500)
    h.step()
    for i in range(64):
        h.submit("x" * 4000 + f"{i}", max_tokens=1)
    monkeypatch.setattr(prefix_cache, "common_prefix", counted)
    for _ in range(100):
        h.step()
    assert len(h.core._scheduler.waiting) == 64
    assert len(compared) <= 100 * 2


# --- a full pool ---


def test_a_full_pool_parks_the_youngest_and_everybody_ends(harness: MakeHarness) -> None:
    h = harness(HASH, n_ctx=400, n_parallel=4)
    ids = [h.submit(f"{i} " + "x" * 50, max_tokens=300, ignore_eos=True) for i in range(6)]
    oldest_heard = 0
    while h.choices[ids[0]][0].finish is None:
        h.step()
        oldest_heard += 1
    assert oldest_heard == 300  # a token in each step: never parked
    h.run()
    for i, request_id in enumerate(ids):
        alone = harness(HASH, n_ctx=400, n_parallel=1).complete(
            f"{i} " + "x" * 50, max_tokens=300, ignore_eos=True
        )
        assert h.choices[request_id][0].text == alone.text
        assert h.choices[request_id][0].reason == "length"
    h.assert_at_rest()


def test_parking_computes_nothing_twice(harness: MakeHarness) -> None:
    h = harness(HASH, n_ctx=400, n_parallel=4)
    for i in range(6):
        h.submit(f"{i} " + "x" * 50, max_tokens=300, ignore_eos=True)
    h.run()
    assert h.backend.n_computed == 6 * (52 + 300 - 1)


def test_what_cannot_be_restored_is_computed_again(harness: MakeHarness) -> None:
    h = harness({**HASH, "restore_fails": True}, n_ctx=400, n_parallel=4)
    ids = [h.submit(f"{i} " + "x" * 50, max_tokens=300, ignore_eos=True) for i in range(4)]
    h.run()
    for i, request_id in enumerate(ids):
        alone = harness(HASH, n_ctx=400, n_parallel=1).complete(
            f"{i} " + "x" * 50, max_tokens=300, ignore_eos=True
        )
        assert h.choices[request_id][0].text == alone.text
    assert h.backend.n_computed > 4 * (52 + 300 - 1)
    h.assert_at_rest()


def test_a_parked_sequence_returns_before_any_newer_one_starts(harness: MakeHarness) -> None:
    h = harness(HASH, n_ctx=300, n_parallel=3)
    ids = [h.submit(f"{i}" * 60, max_tokens=150, ignore_eos=True) for i in range(5)]
    first_heard: list[str] = []
    ended: list[str] = []
    while not h.core.idle:
        for output in h.step():
            if output.request_id not in first_heard:
                first_heard.append(output.request_id)
            if output.finish:
                ended.append(output.request_id)
    assert first_heard == ids
    assert ended == ids


def test_a_parked_state_waits_for_cells_of_its_own(harness: MakeHarness) -> None:
    """Two choices share the cells of their prompt; a parked one comes back without sharing."""
    h = harness(HASH, n_ctx=400, n_parallel=3)
    h.submit("y" * 40, max_tokens=60, ignore_eos=True)
    h.submit("x" * 200, n=2, max_tokens=180, ignore_eos=True)
    h.run()
    assert h.backend.restored == [True]


def test_a_parked_sequence_does_not_pass_an_older_one(harness: MakeHarness) -> None:
    h = harness(HASH, n_ctx=1000, n_parallel=4, n_batch=64, prefill_chunk=4)
    h.submit("o" * 150, **ENDLESS)
    choices = h.choices[h.submit("x" * 640, n=2, **ENDLESS)]
    youngest = h.choices[h.submit("y" * 3, **ENDLESS)][0]
    while not choices[1].n_tokens:
        h.step()
    said = youngest.n_tokens
    assert said
    h.step()
    assert (choices[1].n_tokens, youngest.n_tokens) == (2, said)  # it is parked


# --- several choices ---


@pytest.mark.parametrize("n", [2, 5, 8])
def test_the_prompt_of_several_choices_is_computed_once(harness: MakeHarness, n: int) -> None:
    h = harness(HASH, n_ctx=2000, n_parallel=3)
    h.submit("x" * 500, n=n, max_tokens=10, ignore_eos=True)
    h.run()
    assert h.backend.n_computed == 499 + n * 10


def test_others_pass_while_choices_wait_for_their_prompt(harness: MakeHarness) -> None:
    h = harness(HASH, n_parallel=3, n_batch=64)
    h.submit("x" * 1000, n=2, max_tokens=1)
    other = h.submit("y", max_tokens=1)
    h.step()
    assert heard(h) == [other] or h.choices[other][0].finish


# --- aborting ---


@given(after=st.integers(0, 12))
def test_an_aborted_request_is_gone_at_once(harness: MakeHarness, after: int) -> None:
    h = harness(HASH, n_parallel=1, n_batch=64)
    running = h.submit("x" * 400, max_tokens=100, ignore_eos=True)
    waiting = h.submit("y" * 40, max_tokens=1)
    for _ in range(after):
        h.step()
    h.core.abort(running)
    assert heard(h) == [waiting]
    assert h.core.idle
    h.assert_at_rest()
