from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from llamar_server.config import EngineConfig
from llamar_server.engine.backend import Chunk
from llamar_server.engine.prefix_cache import PrefixCache
from llamar_server.engine.snapshots import Parked, Snapshots
from tests.fakes.scripted import ScriptedBackend, write_script

token_lists = st.lists(st.integers(0, 2), min_size=1, max_size=6)


@given(st.lists(st.tuples(token_lists, st.integers(0, 12)), max_size=12), st.integers(0, 20))
def test_never_more_than_allowed_and_always_counted(
    puts: list[tuple[list[int], int]], max_bytes: int
) -> None:
    snapshots = Snapshots(max_bytes)
    for tokens, size in puts:
        parked = Parked(tokens, size)
        snapshots.put(parked, size)
        kept = snapshots.best([*tokens, 9], whole=True)[0] is parked
        assert kept == snapshots.has_room_for(size)
        assert snapshots.n_bytes <= max_bytes


@given(st.lists(token_lists, max_size=8), token_lists)
def test_the_best_has_the_longest_common_prefix(held: list[list[int]], wanted: list[int]) -> None:
    snapshots = Snapshots(100)
    for tokens in held:
        snapshots.put(Parked(tokens, None), 1)
    expected = 0
    for tokens in held:
        n = 0
        while n < min(len(tokens), len(wanted)) and tokens[n] == wanted[n]:
            n += 1
        expected = max(expected, n)
    assert snapshots.best(wanted, whole=False)[1] == expected


def test_the_longest_unused_goes_first_and_a_longer_one_replaces_its_beginning() -> None:
    snapshots = Snapshots(3)
    for first in (1, 2, 3, 4):
        snapshots.put(Parked([first], None), 1)
    assert snapshots.best([1], whole=True) == (None, 0)
    snapshots.put(Parked([2, 5], None), 1)
    assert snapshots.n_bytes == 3
    assert snapshots.best([2, 5, 6], whole=True)[1] == 2


def conversation(first: int, n: int) -> list[int]:
    return [(first + i) % 256 for i in range(n)]


def cache_of(directory: Path, n_cells: int, max_ram: int) -> tuple[PrefixCache, ScriptedBackend]:
    config = EngineConfig(write_script(directory), n_ctx=n_cells, n_parallel=2, n_batch=n_cells)
    backend = ScriptedBackend(config, lambda _: None)
    cache = PrefixCache(
        backend, backend.n_slots, backend.n_cells, truncates=backend.truncates, max_ram=max_ram
    )
    return cache, backend


def run(cache: PrefixCache, backend: ScriptedBackend, tokens: list[int]) -> int:
    """Compute ``tokens`` and leave them idle; how many there were already."""
    slot = cache.acquire(tokens)
    held = len(cache.tokens(slot))
    backend.decode([Chunk(slot, tokens[held:], held, False)])
    cache.commit(slot, tokens[held:])
    cache.release(slot)
    return held


def test_a_conversation_that_was_in_the_way_comes_back_from_ram(scripts: Path) -> None:
    cache, backend = cache_of(scripts, n_cells=4096, max_ram=10_000_000)
    one, two, three = (conversation(first, 1000) for first in (1, 2, 3))
    assert [run(cache, backend, tokens) for tokens in (one, two, three)] == [0, 0, 0]
    assert cache.free_cells >= 4096 - 1000 - 1000  # the pool does not fill with what nobody uses
    assert run(cache, backend, [*one, 7]) == 1000
    assert run(cache, backend, [*two, 7]) == 1000


def test_without_ram_they_stay_in_the_pool_as_long_as_it_has_room(scripts: Path) -> None:
    cache, backend = cache_of(scripts, n_cells=4096, max_ram=0)
    one, two = conversation(1, 1000), conversation(2, 1000)
    run(cache, backend, one)
    run(cache, backend, two)
    assert run(cache, backend, [*one, 7]) == 1000
    assert run(cache, backend, [*two, 7]) == 1000


def test_what_makes_room_in_a_full_pool_is_not_lost(scripts: Path) -> None:
    cache, backend = cache_of(scripts, n_cells=1500, max_ram=10_000_000)
    one, two = conversation(1, 1000), conversation(2, 1000)
    run(cache, backend, one)
    slot = cache.acquire(two)
    assert cache.make_room(1000)
    cache.drop(slot)
    assert run(cache, backend, [*one, 7]) == 1000


def test_a_state_that_cannot_be_restored_is_computed_again(scripts: Path) -> None:
    config = EngineConfig(write_script(scripts, restore_fails=True), n_ctx=4096, n_parallel=2, n_batch=4096)
    backend = ScriptedBackend(config, lambda _: None)
    cache = PrefixCache(backend, backend.n_slots, backend.n_cells, truncates=True, max_ram=10_000_000)
    one = conversation(1, 1000)
    run(cache, backend, one)
    run(cache, backend, conversation(2, 1000))
    assert run(cache, backend, [*one, 7]) == 0
