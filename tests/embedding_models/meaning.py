"""Questions, each with the passage that answers it in other words. The passages of the others are unrelated.

Written for these tests (``meaning.json``), and not adjusted to what any model makes of them. An embedding
model that understands finds, for nearly every query, its own passage among all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Group:
    """``passage`` answers ``query``."""

    query: str
    passage: str


_FILE = Path(__file__).with_suffix(".json")
GROUPS = [Group(**entry) for entry in json.loads(_FILE.read_text(encoding="utf-8"))]


def retrieval_at_1(queries: NDArray[np.float32], passages: NDArray[np.float32]) -> float:
    """The share of queries whose own passage is the nearest. Both: unit rows, in the order of ``GROUPS``."""
    nearest = (queries @ passages.T).argmax(axis=1)
    return float((nearest == np.arange(len(GROUPS))).mean())
