"""A text cut into pieces at any places, as a strategy."""

from __future__ import annotations

from itertools import pairwise
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T", str, bytes)


@st.composite
def splits(draw: st.DrawFn, whole: T) -> list[T]:
    """``whole`` in pieces, some of them empty."""
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    return [whole[a:b] for a, b in pairwise([0, *cuts, len(whole)])]
