"""Lengths, fewer dimensions, logits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from llamar_server.embedding.vectors import Vectors, normalized, probabilities, shortened
from llamar_server.errors import InvalidRequest

FINITE = st.floats(-(2.0**99), 2.0**99, width=32)
MATRICES = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=FINITE)


@given(MATRICES)
def test_each_row_has_length_one_or_is_zero(rows: Vectors) -> None:
    unit = normalized(rows)
    assert unit.dtype == np.float32
    zero = (rows == 0).all(axis=1)
    assert np.linalg.norm(unit[~zero], axis=1) == pytest.approx(1, abs=1e-5)
    assert (unit[zero] == 0).all()


def test_the_direction_stays() -> None:
    assert normalized(np.array([[3, -4]], np.float32)) == pytest.approx(np.array([[0.6, -0.8]]))


def test_shortened_are_the_first_components_with_length_one() -> None:
    rows = np.array([[3, 4, 12], [0, 0, 5]], np.float32)
    assert shortened(rows, 2) == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
    assert shortened(rows, 3) == pytest.approx(rows / np.array([[13], [5]]))
    assert shortened(rows[0], 1) == pytest.approx(np.array([1]))


@pytest.mark.parametrize("dimensions", [0, -1, 4])
def test_dimensions_that_are_not_there(dimensions: int) -> None:
    with pytest.raises(InvalidRequest, match="between 1 and 3") as refusal:
        shortened(np.ones((2, 3), np.float32), dimensions)
    assert refusal.value.param == "dimensions"


@pytest.mark.filterwarnings("error")
def test_probabilities_of_any_logit() -> None:
    logits = np.array([-1e30, -100, -1, 0, 1, 100, 1e30], np.float32)
    expected = [0, 0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1, 1]
    assert probabilities(logits) == pytest.approx(np.array(expected), abs=1e-7)
