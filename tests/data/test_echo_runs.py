"""The stored echo networks are what they are said to be: they are run again on echoes that they have not seen."""

import numpy as np
import pytest

from helpers.datasets import echo_runs
from helpers.numpy_nets.rnn import forward, read_out
from helpers.numpy_nets.toy_tasks import echo


@pytest.mark.parametrize("window, delay, low, high", [(10, 10, 0.9, 1.1), (20, 10, 0.0, 0.05), (5, 8, 0.9, 1.15)])
def test_stored_networks_have_learned_the_echo_or_not(window, delay, low, high):
    _, _, parameters = echo_runs()
    for seed in range(5):
        x, target = echo(400, 16, delay, np.random.default_rng(1000 + seed))
        y = read_out(forward(x, None, parameters[window, seed])[1:], parameters[window, seed])
        assert low < np.mean((y - target)[50:] ** 2) < high


def test_stored_curves_have_their_edge_above_the_delay():
    windows, losses, _ = echo_runs()
    assert windows.tolist() == [2, 5, 8, 9, 10, 11, 12, 15, 20] and losses.shape == (9, 5, 50)
    assert losses[:, :, 0].min() > 0.75                      # nobody knows it at the start; the first ten targets are 0
    assert losses[:5, :, -3:].mean(axis=-1).min() > 0.9
    assert losses[5:, :, -3:].mean(axis=-1).max() < 0.1
