from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from llamar_server.config import EngineConfig
from llamar_server.engine.backend import Chunk
from llamar_server.engine.prefix_cache import BLOCK, PrefixCache
from llamar_server.engine.snapshots import Parked
from llamar_server.engine.tokens import common_prefix
from tests.fakes.scripted import ScriptedBackend, write_script

N_CELLS = 600
MUCH = 256  # tokens that are worth the way to RAM and back


def make(
    directory: Path, n_cells: int = N_CELLS, n_parallel: int = 3, max_ram: int = 0, **script: Any
) -> Slots:
    config = EngineConfig(
        write_script(directory, **script), n_ctx=n_cells, n_parallel=n_parallel, n_batch=n_cells
    )
    return Slots(ScriptedBackend(config, lambda _: None), max_ram)


class Slots:
    """A prefix cache and the scripted backend that it commands, used as the scheduler uses them."""

    def __init__(self, backend: ScriptedBackend, max_ram: int) -> None:
        self.backend = backend
        self.max_ram = max_ram
        self.cache = PrefixCache(
            backend, backend.n_slots, backend.n_cells, truncates=backend.truncates, max_ram=max_ram
        )

    def held(self, slot: int) -> list[int]:
        assert list(self.cache.tokens(slot)) == self.backend.held(slot)
        return self.backend.held(slot)

    def start(self, tokens: list[int]) -> tuple[int, int]:
        """A running slot for ``tokens``, and how many of them it has without computing."""
        slot = self.cache.acquire(tokens)
        return slot, len(self.held(slot))

    def compute(self, slot: int, tokens: list[int]) -> None:
        if tokens:
            self.backend.decode([Chunk(slot, tokens, len(self.held(slot)), False)])
            self.cache.commit(slot, tokens)

    def leave_idle(self, tokens: list[int]) -> int:
        slot, n = self.start(tokens)
        self.compute(slot, tokens[n:])
        self.cache.release(slot)
        return slot


def sequence(n: int, first: int = 0) -> list[int]:
    """``n`` tokens; those of different ``first`` have no common prefix."""
    return [(first + i) % 256 for i in range(n)]


# --- what is shared ---


def test_a_longer_conversation_goes_on_in_its_slot(scripts: Path) -> None:
    slots = make(scripts)
    slot = slots.leave_idle(sequence(30))
    assert slots.start(sequence(50)) == (slot, 30)
    assert slots.cache.free_cells == N_CELLS - 30


def test_the_last_token_of_a_prompt_is_always_computed(scripts: Path) -> None:
    slots = make(scripts)
    slots.leave_idle(sequence(30))
    _, n = slots.start(sequence(30))
    assert n == 29
    _, n = slots.start(sequence(20))
    assert n == 19


def test_other_prefixes_are_shared_in_whole_blocks_at_the_price_of_no_cell(scripts: Path) -> None:
    slots = make(scripts)
    source = slots.leave_idle(sequence(200))
    slot, n = slots.start(sequence(BLOCK + 30) + sequence(100, first=7))
    assert (slot != source, n) == (True, BLOCK)
    assert slots.cache.free_cells == N_CELLS - 200
    assert slots.cache.available_cells == N_CELLS - BLOCK


def test_a_few_common_tokens_are_not_shared(scripts: Path) -> None:
    slots = make(scripts)
    slots.leave_idle(sequence(200))
    assert slots.start(sequence(BLOCK - 1) + sequence(100, first=7))[1] == 0


def test_a_running_slot_is_shared_too(scripts: Path) -> None:
    slots = make(scripts)
    first, _ = slots.start(sequence(100))
    slots.compute(first, sequence(100))
    second, n = slots.start(sequence(100))
    assert (second != first, n) == (True, 99)
    assert slots.cache.available_cells == N_CELLS - 100


def test_a_state_that_cannot_be_cut_is_taken_as_a_whole_or_not_at_all(scripts: Path) -> None:
    slots = make(scripts, truncates=False, n_parallel=1)
    slots.leave_idle(sequence(200))
    assert slots.start(sequence(300))[1] == 200
    slots.cache.release(0)
    assert slots.start(sequence(199))[1] == 0


# --- what is dropped ---


def test_the_longest_unused_prefix_goes_first(scripts: Path) -> None:
    slots = make(scripts, n_cells=300)
    old, young = (slots.leave_idle(sequence(100, first=first)) for first in (0, 100))
    assert slots.cache.make_room(200)
    assert (slots.held(old), len(slots.held(young))) == ([], 100)


def test_no_idle_prefix_goes_while_there_is_an_empty_slot(scripts: Path) -> None:
    slots = make(scripts)
    kept = [slots.leave_idle(sequence(20, first=20 * i)) for i in range(slots.backend.n_slots)]
    assert len(set(kept)) == slots.backend.n_slots


def test_room_is_refused_when_all_is_running(scripts: Path) -> None:
    slots = make(scripts)
    slot, _ = slots.start(sequence(500))
    slots.compute(slot, sequence(500))
    assert slots.cache.make_room(100)
    assert not slots.cache.make_room(101)


# --- against a model of the whole ---


class CacheMachine(RuleBasedStateMachine):
    """Random use; after each step the books must agree with the backend's own."""

    directory: Path

    @initialize(
        truncates=st.booleans(),
        n_parallel=st.integers(1, 3),
        restore_fails=st.booleans(),
        max_ram=st.sampled_from([0, 5_000, 10**9]),
    )
    def load(self, truncates: bool, n_parallel: int, restore_fails: bool, max_ram: int) -> None:
        self.slots = make(
            self.directory,
            n_cells=1000,
            n_parallel=n_parallel,
            max_ram=max_ram,
            truncates=truncates,
            spare_slots=2,
            restore_fails=restore_fails,
        )
        self.n_parallel = n_parallel
        self.running: dict[int, list[int]] = {}
        self.parked: list[Parked] = []

    @precondition(lambda self: len(self.running) < self.n_parallel)
    @rule(begin=st.sampled_from([0, 3]), same=st.integers(0, 400), other=st.integers(1, 60))
    def start(self, begin: int, same: int, other: int) -> None:
        tokens = sequence(same, begin) + sequence(other, begin + 11)
        best = self.best_share(tokens)
        slot, n = self.slots.start(tokens)
        assert slot not in self.running
        assert tokens[:n] == self.slots.held(slot)
        if self.slots.max_ram == 0:
            assert n == best
        elif not self.slots.backend.script.restore_fails:
            assert n == best or n >= best + MUCH
        self.running[slot] = tokens

    @precondition(lambda self: self.running)
    @rule(data=st.data(), n=st.integers(1, 500))
    def compute(self, data: st.DataObject, n: int) -> None:
        slot = data.draw(st.sampled_from(sorted(self.running)))
        held = len(self.slots.held(slot))
        tokens = (self.running[slot] + sequence(400, first=5))[held : held + n]
        if self.slots.cache.make_room(len(tokens)):
            self.slots.compute(slot, tokens)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(sorted(self.running)))
        del self.running[slot]
        self.slots.cache.release(slot)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def park(self, data: st.DataObject) -> None:
        slot = data.draw(st.sampled_from(sorted(self.running)))
        tokens = list(self.slots.held(slot))
        del self.running[slot]
        parked = self.slots.cache.park(slot)
        assert list(parked.tokens) == tokens
        assert self.slots.held(slot) == []
        self.parked.append(parked)

    @precondition(lambda self: self.parked and len(self.running) < self.n_parallel)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        parked = data.draw(st.sampled_from(self.parked))
        self.parked.remove(parked)
        fits = len(parked.tokens) <= self.slots.cache.available_cells
        slot = self.slots.cache.resume(parked)
        assert (slot is not None) == (fits and not self.slots.backend.script.restore_fails)
        if slot is not None:
            assert self.slots.held(slot) == list(parked.tokens)
            self.running[slot] = list(parked.tokens)

    @rule(n=st.integers(0, 1000))
    def make_room(self, n: int) -> None:
        possible = n <= self.slots.cache.available_cells
        assert self.slots.cache.make_room(n) == possible
        assert not possible or self.slots.cache.free_cells >= n

    @invariant()
    def the_books_agree(self) -> None:
        backend, cache = self.slots.backend, self.slots.cache
        assert cache.free_cells == backend.n_cells - backend.used_cells >= 0
        running = {cell for slot in self.running for cell in backend._slots[slot].cells}
        assert cache.available_cells == backend.n_cells - len(running)
        for slot in range(backend.n_slots):
            self.slots.held(slot)

    def best_share(self, tokens: list[int]) -> int:
        """The most that any slot can give, by the rules."""
        best = 0
        for slot in range(self.slots.backend.n_slots):
            held = self.slots.held(slot)
            n = min(naive_common_prefix(held, tokens), len(tokens) - 1)
            if not self.slots.backend.truncates and (n < len(held) or slot in self.running):
                n = 0
            elif n < len(held) and n < len(tokens) - 1:
                n = n // BLOCK * BLOCK
            best = max(best, n)
        return best


@pytest.fixture
def machine(scripts: Path) -> type[CacheMachine]:
    return type("Machine", (CacheMachine,), {"directory": scripts})


def test_the_books_agree_with_the_backend_whatever_happens(machine: type[CacheMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def naive_common_prefix(a: list[int], b: list[int]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


@given(st.lists(st.integers(0, 1), max_size=90), st.lists(st.integers(0, 1), max_size=9), st.data())
def test_common_prefix(a: list[int], other: list[int], data: st.DataObject) -> None:
    b = a[: data.draw(st.integers(0, len(a)))] + other
    assert common_prefix(a, b) == common_prefix(b, a) == naive_common_prefix(a, b)
    assert common_prefix(a, [*a, *b]) == len(a)


class Counted(list[int]):
    """Counts how many of its items were looked at."""

    looked_at = 0

    def __getitem__(self, index: Any) -> Any:
        assert isinstance(index, slice)
        items = super().__getitem__(index)
        self.looked_at += len(items)
        return items


@pytest.mark.parametrize("n", [0, 15, 100, 5_000])
def test_the_work_of_a_comparison_follows_what_is_common(n: int) -> None:
    one, other = Counted(range(100_000)), Counted([*range(n), *[-1] * 100_000])
    assert common_prefix(one, other) == n
    assert one.looked_at == other.looked_at <= 6 * n + 64
