"""What the explorer of one unit says about its fixed points, at and beside the weight 1."""

import pytest

from helpers.explorers.one_unit import compute, controls, summarize

RUNS = (
    ("tanh", 0.8, "one stable fixed point", "half-life is 3.1 steps"),
    ("tanh", 1.0, "one borderline fixed point", "the slope is 1, so distances shrink more and more slowly, if at all"),
    ("tanh", 1.05, "two stable fixed points and one unstable fixed point", "half-life is 7.0 steps"),
    ("tanh", -1.5, "one unstable fixed point", "flips between -0.86 and 0.86"),
    ("identity", 1.0, "no isolated fixed point", "every state stays where it is forever"),
    ("identity", -1.0, "one borderline fixed point", "flips between -1.00 and 1.00"),
    ("relu", 0.9, "one stable fixed point", "half-life is 6.6 steps"),
    ("relu", 1.0, "no isolated fixed point", "every state from 0 up stays where it is forever"),
    ("relu", 1.1, "one unstable fixed point", "grows without bound"),
)


@pytest.mark.parametrize(("nonlinearity", "weight_hh", "points", "memory"), RUNS)
def test_fixed_points_and_memory_at_and_beside_weight_1(nonlinearity, weight_hh, points, memory):
    values = {name: control.value for name, control in controls().items()}
    numbers = compute(**values | {"nonlinearity": nonlinearity, "weight_hh": weight_hh})
    assert f"Without input: {points}." in summarize(numbers)
    assert memory in summarize(numbers)
    drawn = [len(numbers[kind]) for kind in ("stable", "border", "unstable")]
    assert drawn == list(numbers["counts"].values())
