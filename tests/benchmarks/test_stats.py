import pytest
from benchmarks.stats import Sample, Spread, figures, quantile, ratio, spread
from hypothesis import given
from hypothesis import strategies as st

numbers = st.lists(st.floats(0, 1e6), min_size=1, max_size=30)


def test_spread():
    assert spread([3.0, 1.0, 8.0]) == Spread(median=3.0, low=1.0, high=8.0)


def test_quantile_interpolates():
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert quantile([0.0, 10.0], 0.9) == pytest.approx(9.0)


@given(numbers)
def test_quantile_ends_are_the_extremes(values):
    assert quantile(values, 0) == min(values)
    assert quantile(values, 1) == max(values)


def test_quantile_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_figures_are_those_of_one_server_scenario_and_metric():
    samples = [
        Sample("a", 0, "x", {"time": 1.0}),
        Sample("a", 1, "x", {"time": 2.0, "memory": 5.0}),
        Sample("a", 0, "y", {"time": 9.0}),
        Sample("b", 0, "x", {"time": 9.0}),
    ]
    assert figures(samples, "a", "x", "time") == {0: 1.0, 1: 2.0}
    assert figures(samples, "a", "x", "memory") == {1: 5.0}


def test_ratio_pairs_repeats():
    """A machine ten times slower in one repeat is so for both."""
    assert ratio({0: 2.0, 1: 30.0, 2: 4.0}, {0: 1.0, 1: 10.0, 2: 1.0}) == Spread(3.0, 2.0, 4.0)


def test_ratio_needs_a_repeat_with_both():
    assert ratio({0: 1.0}, {1: 1.0}) is None
    assert ratio({0: 1.0}, {0: 0.0}) is None
