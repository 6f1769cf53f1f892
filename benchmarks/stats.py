"""Samples to medians, spreads and ratios. Pure functions; refuses to measure or to print."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """What one server did in one round of one scenario: figures by metric name."""

    scenario: str
    repeat: int
    server: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the ends of several repeats."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))


def quantile(values: Sequence[float], fraction: float) -> float:
    """The value below which ``fraction`` of ``values`` lies, interpolated between neighbours."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    position = fraction * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def figures(samples: Iterable[Sample], scenario: str, server: str, metric: str) -> dict[int, float]:
    """The figure of each repeat in which that server has one."""
    return {
        sample.repeat: sample.values[metric]
        for sample in samples
        if sample.scenario == scenario and sample.server == server and metric in sample.values
    }


def ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Spread | None:
    """Ours over theirs, paired within each repeat, so that a machine slow for a while cancels out.

    None when no repeat has both, or theirs is zero.
    """
    pairs = [ours[repeat] / theirs[repeat] for repeat in ours if theirs.get(repeat)]
    return spread(pairs) if pairs else None
