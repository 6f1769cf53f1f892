"""How people ask: whatever the frame and the typing, what must be copied stands there as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training.data import phrasing
from training.data.inflection import gerund, past, third
from training.data.world import World, article, capital, listed

WAYS = [phrasing.order, phrasing.wish, phrasing.question, phrasing.statement]
VALUES = st.text(
    st.characters(codec="utf-8", exclude_characters="\x02\x03", exclude_categories=["C"]), min_size=1
)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=60)
@given(seed=st.integers(0, 10**9), value=VALUES)
def test_values_survive(way: Callable[[World, str], str], seed: int, value: str) -> None:
    said = way(World(seed), f"delete the note {phrasing.mark(value)} at once")
    assert value in said
    assert not set(said) & {"\x02", "\x03"}


@pytest.mark.parametrize("way", WAYS)
def test_a_core_is_said_in_many_ways(way: Callable[[World, str], str]) -> None:
    assert len({way(World(seed), "close the door") for seed in range(200)}) > 30 or way is phrasing.statement


@pytest.mark.parametrize(
    ("verb", "participle", "ing", "s"),
    [
        ("delete", "deleted", "deleting", "deletes"),
        ("cancel", "cancelled", "canceling", "cancels"),
        ("put away", "put away", "putting away", "puts away"),
        ("copy", "copied", "copying", "copies"),
        ("play", "played", "playing", "plays"),
        ("fetch", "fetched", "fetching", "fetches"),
        ("freeze", "frozen", "freezing", "freezes"),
        ("have a look at", "had a look at", "having a look at", "has a look at"),
    ],
)
def test_forms_of_verbs(verb: str, participle: str, ing: str, s: str) -> None:
    assert (past(verb), gerund(verb), third(verb)) == (participle, ing, s)


def test_small_words() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert (article("owl"), article("cat"), capital("ab c")) == ("an owl", "a cat", "Ab c")
