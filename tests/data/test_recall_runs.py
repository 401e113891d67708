"""The stored recall runs are what training gives today, and they carry what notebook 04 concludes from them."""

import numpy as np
import pytest

from data import make_recall_runs as script
from helpers.datasets import recall_runs


def solved(recurrent, adam, lag, updates=300):
    """Return how many of the ten stored seeds solve a lag."""
    runs = recall_runs()
    chosen = runs[(runs["recurrent"] == recurrent) & (runs["adam"] == adam) & (runs["lag"] == lag) & (runs["updates"] == updates)]
    assert len(chosen) == len(script.SEEDS)
    return np.sum(chosen["accuracy"] > 0.9)


def test_every_setting_is_there_once():
    runs = recall_runs()
    wanted = [(recurrent, adam, lag, seed, updates) for recurrent, adam, lag, milestones in script.SETTINGS
              for seed in script.SEEDS for updates in milestones]
    assert [tuple(row)[:5] for row in runs[["recurrent", "adam", "lag", "seed", "updates"]].tolist()] == wanted


@pytest.mark.parametrize("adam, lag, crosses", [("weight_hh", 20, True), ("nothing", 20, False), ("all but weight_hh", 20, False)])
def test_a_network_trained_again_does_what_is_stored(adam, lag, crosses):
    (_, parameters), = script.trained("uniform", adam, lag, 0, (300,))
    right = script.accuracy(parameters, lag, 0)
    assert right > 0.9 if crosses else right < 0.6


def test_five_times_the_updates_buy_a_few_steps_and_an_orthogonal_matrix_buys_forty():
    few, many = (max(lag for lag in range(8, 17) if solved("uniform", "nothing", lag, updates) > 5) for updates in (300, 1500))
    assert 1 <= many - few <= 5
    assert solved("uniform", "nothing", 20) <= 1 and solved("orthogonal", "nothing", 40) >= 8


def test_adam_is_needed_for_the_recurrent_matrix():
    for lag in (20, 40):
        assert solved("uniform", "weight_hh", lag) >= 8 and solved("uniform", "all but weight_hh", lag) <= 3
    assert solved("uniform", "symbol columns", 40) <= 1 < 7 <= solved("uniform", "everything", 40)


def test_every_network_that_solves_it_has_a_radius_above_one():
    runs = recall_runs()
    right = runs["accuracy"] > 0.9
    assert runs["radius"][right].min() > 1 > np.median(runs["radius"][~right])
