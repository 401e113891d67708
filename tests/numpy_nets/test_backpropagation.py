"""What notebook 03 says of the backward pass, of training and of truncation, computed again with the notebook's own functions."""

import numpy as np
import pytest

from helpers.datasets import echo_runs
from helpers.numpy_nets import rnn
from helpers.numpy_nets.toy_tasks import echo
from helpers.seed import set_seed
from tests.support.cells import functions

NOTEBOOK = "03-backpropagation-through-time.ipynb"


@pytest.fixture(scope="module")
def taught():
    return functions(NOTEBOOK, BATCH=16, HIDDEN_SIZE=24, step_sizes=np.logspace(-1, -12, 12),
                     BUGS=("no bug", "slope missing", "not handed back", "overwritten"),
                     WATCHED=("weight_hh", "first input", "last input"))


def in_blocks(runs, size):
    """Return the mean loss of every block of updates, and the last parameters."""
    losses, parameters = zip(*runs)
    return np.reshape(losses, (-1, size)).mean(axis=1), parameters[-1]


@pytest.mark.parametrize("seed", range(5))
def test_the_readable_backward_pass_is_the_fast_one(taught, seed):
    given = taught["random_network"](seed)
    states = rnn.forward(given["x"], given["h_0"], given["parameters"])
    arguments = given["x"], states, set_seed(seed).normal(size=states[1:].shape), given["parameters"]
    readable, fast = functions(NOTEBOOK, "backward")["backward"](*arguments), rnn.backward(*arguments)
    assert set(readable) == set(fast)
    for name in fast:
        np.testing.assert_allclose(readable[name], fast[name], rtol=1e-12, atol=1e-13)


def test_the_terms_of_the_pencil_network_add_up_in_the_digits_shown():
    x, h_0, parameters, target = rnn.pencil_network()
    states = rnn.forward(x, h_0, parameters)
    grad_output = (rnn.read_out(states[1:], parameters) - target) @ parameters["weight_ho"]
    terms, delta = [], np.zeros((1, 2))
    for t in (3, 2, 1):
        delta = (1 - states[t] ** 2) * (grad_output[t - 1] + delta @ parameters["weight_hh"])
        terms.append(delta.T @ states[t - 1])
    assert np.allclose(sum(term.round(6) for term in terms), sum(terms).round(6), atol=1e-9)
    assert not terms[2].any()


def test_every_gradient_passes_the_check_and_each_bug_leaves_its_fingerprint(taught):
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ho", "bias_o", "h_0", "x"):
        assert max(min(taught["check_gradient"](name, seed)) for seed in range(3)) < 1e-8
    best = np.exp(np.mean([np.log(taught["check_bugs"](seed)) for seed in range(3)], axis=0)).min(axis=2)
    assert (best < 1e-8).tolist() == [[True, True, True], [False, False, False], [False, False, True], [False, True, True]]


def test_the_sine_network_learns_at_once_climbs_again_and_knows_one_frequency(taught):
    runs = [list(taught["train_sine"](seed, 1000)) for seed in range(5)]
    below = np.array([[loss for loss, _ in run] for run in runs]) < 0.05
    assert below.argmax(axis=1).max() < 20 and np.sum(~below[:, 20:].all(axis=1)) >= 3
    error_at, two_values = taught["error_at"], taught["two_values_error"]
    for (_, parameters) in (run[-1] for run in runs):
        assert error_at(1.0, parameters) < 0.001 < error_at(1.1, parameters) < 0.02
        assert 0.05 < error_at(1.5, parameters) < 0.3 and two_values(0.5) < error_at(0.5, parameters) < 0.3
    assert sum(error_at(1.5, run[-1][1]) > two_values(1.5) for run in runs) >= 3


def test_one_step_decides(taught):
    ends = [in_blocks(taught["learn"](taught["echo_of_10"], window, seed=2, updates=600), 30)[0][-1] for window in (10, 11)]
    assert ends[0] > 0.9 and ends[1] < 0.2


def test_a_good_angle_says_nothing(taught):
    compare = taught["compare_with_full"]
    networks = [rnn.init_parameters(1, 24, 1, rng=set_seed(seed)) for seed in range(5)]
    found = {window: np.array([compare(window, network, seed) for seed, network in enumerate(networks)]) for window in (5, 10, 11)}
    by_window = {window: np.median(pairs[:, 0]) for window, pairs in found.items()}
    assert 0.985 < by_window[5] < 0.995 and abs(by_window[11] - by_window[10]) < 0.005
    assert 0.1 < found[5][:, 1].min() and found[5][:, 1].max() < 0.24


def test_training_with_a_long_window_builds_a_channel_of_ten_steps(taught):
    reach, (_, _, trained) = taught["reach"], echo_runs()
    x, target = echo(40, 16, 10, set_seed(1))
    marks = []
    for seed in range(5):
        delta, at_input = reach(x, target, trained[20, seed], 16)
        assert at_input[10] > 20 * np.delete(at_input, 10).max() and delta[10] > 1
        at_input = reach(x, target, trained[10, seed], 16)[1]
        marks.append(at_input[10] / at_input[9])
        untrained = rnn.init_parameters(1, 24, 1, rng=set_seed(seed))
        assert reach(x, target, untrained, 16)[0][10] < 0.01
    assert np.median(marks) < 2 and max(marks) < 6


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 5))])
def test_the_same_short_window_fails_at_an_echo_and_learns_to_hold(taught, seed):
    losses, _ = in_blocks(taught["learn"](taught["echo_of_8"], window=5, seed=seed, updates=1500), 50)
    assert losses.min() > 0.85 and losses[-10:].mean() > 0.95
    losses, latch = in_blocks(taught["learn"](taught["hold"], window=5, seed=seed, updates=1500), 50)
    assert losses[-1] < 0.001
    for pulse in (-1.0, 1.0):
        x = taught["silence_after"](pulse, seed)
        held = rnn.read_out(rnn.forward(x, None, latch)[101:], latch)
        assert np.mean((held[100:200] - pulse) ** 2) < 1e-4 and np.mean((held[900:1000] - pulse) ** 2) < 1e-4
    starts = set_seed(9).uniform(-1, 1, (500, 24))
    resting = rnn.read_out(rnn.forward(np.zeros((1000, 500, 1)), starts, latch)[-1], latch)
    assert np.unique(resting.round(2)).tolist() == [-1.0, 1.0]


def test_a_window_that_is_one_step_too_short_may_learn_an_echo_for_a_while_and_loses_it(taught):
    losses, _ = in_blocks(taught["learn"](lambda steps, rng: echo(steps, 16, 6, rng), window=6, seed=0, updates=1500), 50)
    assert losses.min() < 0.3 and losses[-1] > 0.8
