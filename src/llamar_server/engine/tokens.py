"""What prefixes of token sequences have in common."""

from __future__ import annotations

from collections.abc import Sequence


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """The length of the longest common prefix of two lists. Slices are compared, which is done in C:
    ever longer ones until they differ, then by bisection, so that the work follows the result and not
    the lengths. Of two sequences of different types nothing is common."""
    low, step, limit = 0, 16, min(len(a), len(b))
    high = min(step, limit)
    while low < high and a[low:high] == b[low:high]:
        step *= 2
        low, high = high, min(high + step, limit)
    while low + 1 < high:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low
