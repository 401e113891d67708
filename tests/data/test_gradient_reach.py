"""The stored reach of the gradient is what the nets show: all of them before training, one of them trained again."""

import numpy as np
import pytest

from data import make_gradient_reach as script
from helpers.datasets import gradient_reach, latching

NETS = script.NETS


@pytest.mark.parametrize("name", NETS)
def test_before_training_the_norms_are_those_stored(name):
    norms = [script.reach(name, script.first(name, seed), seed) for seed in script.SEEDS]
    stored = gradient_reach()[1][name, "before"]
    np.testing.assert_allclose(np.quantile(norms, (0, 0.5, 1), axis=0), stored, rtol=0.02)


@pytest.mark.long
def test_a_net_trained_again_learns_lies_within_the_stored_spread_and_holds_still():
    parameters, accuracy = script.trained("GRU", 0)
    learned, norms = gradient_reach()
    low, _, high = norms["GRU", "after"]
    found = script.reach("GRU", parameters, 0)
    assert accuracy > 0.95 and learned["GRU"] == 5
    assert (low / 3 <= found).all() and (found <= 3 * high).all()
    assert min(script.right_after(lag, "GRU", parameters, 0) for lag in (200, 201)) > 0.95


def test_every_net_has_both_curves_and_starts_at_one():
    learned, norms = gradient_reach()
    assert set(norms) == {(name, when) for name in NETS for when in ("before", "after")}
    assert set(learned) == set(NETS)
    for rows in norms.values():
        assert rows.shape == (3, 51)
        assert np.array_equal(rows[:, 0], [1, 1, 1])
        assert (rows[0] <= rows[1]).all() and (rows[1] <= rows[2]).all()


def test_learning_moves_the_gradient_up_or_down_or_not_at_all():
    _, norms = gradient_reach()
    grown = {net: norms[net, "after"][1, 20] / norms[net, "before"][1, 20] for net in ("tanh", "LSTM open", "GRU open")}
    assert grown["tanh"] > 1000 and grown["LSTM open"] < 0.01 and 0.5 < grown["GRU open"] < 1


def test_plain_nets_learned_a_clock_and_the_others_hold_still():
    """Who learned it over 20 steps: the plain tanh nets fail after 200 steps or after 201, no other net does."""
    table, parameters = latching()
    right = (table["later"] > 0.95) & (table["one_later"] > 0.95)
    tanh = np.char.startswith(table["net"], "tanh")
    assert (table["learned"][tanh] > 0.95).all() and not right[tanh].any()
    assert right[~tanh & (table["learned"] > 0.95)].all()
    for seed in parameters:
        rows = table[(table["net"] == "tanh") & (table["seed"] == seed)]
        assert script.right_after(200, "tanh", parameters[seed], seed) == pytest.approx(rows["later"][0], abs=0.1)
        assert script.right_after(script.LAG, "tanh", parameters[seed], seed) > 0.95
