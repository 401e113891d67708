"""What notebooks 02 and 12 say of their numbers, recomputed by their own cells: the text shows a number, here is its bound."""

import numpy as np
import pytest

from helpers.explorers import reservoir as read_the_past
from helpers.numpy_nets import rnn
from tests.support.cells import run


@pytest.fixture(scope="module")
def cell():
    return run("02-a-numpy-cell.ipynb", "pencil", "step", "parts", "run-loop", "input-weight", "recurrent-weight", "bias",
               "first-matrices", "descend", "equal-units", "what-is-kept", "distances", "learned-start", "forward")


def test_the_three_steps_are_those_of_the_pencil(cell):
    states = np.concatenate([cell["h_1"], cell["h_2"], cell["h_3"]])
    pencil = [[0.53705, -0.37995], [0.13989, -0.01685], [0.50748, -0.29875]]
    np.testing.assert_allclose(states, pencil, atol=5e-6)
    np.testing.assert_array_equal(cell["run_loop"](cell["x"], cell["h_0"], cell["parameters"])[1:, 0], states)


def test_the_loop_and_the_fast_loop_agree_for_every_activation(cell):
    rng = np.random.default_rng(11)
    for seq_len, batch, input_size, hidden_size in ((3, 1, 1, 2), (0, 2, 3, 4), (17, 1, 5, 8), (40, 6, 2, 33)):
        weights = rnn.init_parameters(input_size, hidden_size, 2, rng=rng)
        x, start = rng.normal(size=(seq_len, batch, input_size)), rng.normal(size=(batch, hidden_size))
        for name in rnn.NONLINEARITIES:
            by_loop, fast = (cell[function](x, start, weights, name) for function in ("run_loop", "forward"))
            np.testing.assert_allclose(fast, by_loop, rtol=1e-11, atol=1e-13 * np.abs(by_loop).max())


def test_the_input_weight_sets_the_strength_and_the_recurrent_weight_the_duration(cell):
    shares = [length[4] / length[0] for length in cell["by_input"].values()]
    assert shares == sorted(shares, reverse=True) and min(shares) > 0.05 and max(shares) < 0.1
    lengths = {gain: np.linalg.norm(states, axis=1) for gain, states in cell["by_gain"].items()}
    assert lengths[1][4] / lengths[1][0] < 0.1 and lengths[1.5][40] < lengths[1.5][0] / 1000
    late = np.linalg.norm(rnn.forward(np.concatenate([cell["impulse"], np.zeros((5000, 1, 1))]), None,
                                      cell["silent"] | {"weight_hh": 2 * cell["weight_hh"]})[-200:, 0], axis=1)
    assert 0.3 < late.min() < late.max() < 1                        # it never comes to rest


def test_a_bias_near_the_ceiling_makes_a_unit_deaf(cell):
    moved = [np.ptp(states) for states in cell["by_bias"].values()]
    assert moved == sorted(moved, reverse=True) and moved[-1] < moved[0] / 5


def test_moving_the_biases_from_one_to_the_other_changes_rounding_alone(cell):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        both, x, start = rnn.init_parameters(3, 8, rng=rng), rng.normal(size=(50, 4, 3)), np.zeros((4, 8))
        total = both["bias_ih"] + both["bias_hh"]
        moved = cell["run_loop"](x, start, both | {"bias_ih": total, "bias_hh": 0 * total})
        assert np.abs(moved - cell["run_loop"](x, start, both)).max() < 1e-14


def test_the_five_first_matrices_are_those_of_the_helpers(cell):
    names = ("zeros", "normal", "uniform", "orthogonal", "identity")
    for seed in range(3):
        for name, matrix in zip(names, cell["first_matrices"](64, seed).values(), strict=True):
            np.testing.assert_array_equal(matrix, rnn.init_recurrent(name, 64, np.random.default_rng(seed)))


def test_units_that_start_equal_stay_equal(cell):
    apart = {name: np.ptp(states, axis=2).max() for name, states in cell["four_units"].items()}
    assert apart["at 0"] < 1e-9 and apart["at 0.1"] < 1e-9 and apart["as torch draws"] > 1


@pytest.mark.parametrize("seed", range(4))
def test_from_other_draws_the_echo_is_learned_too(cell, seed):
    _, loss = cell["train_echo"](rnn.init_parameters(1, 4, 1, rng=np.random.default_rng(seed)))
    assert loss < 0.1


def test_what_an_impulse_leaves_depends_on_the_matrix_and_on_its_size(cell):
    left = cell["left"]
    assert left["orthogonal", 1] > 0.9 > left["orthogonal", 8] * 2 and left["identity", 1] > 0.9 > left["identity", 8] * 2
    assert left["uniform", 1] < 1e-3 and left["small normal", 1] < 1e-9 and left["zeros", 1] == 0


def test_two_runs_meet_below_gain_1_and_stay_apart_above(cell):
    share = {gain: runs[:, 200] / runs[:, 0] for gain, runs in cell["apart"].items()}
    assert share[0.5].max() < 1e-12 and share[0.9].max() < 1e-8
    assert 0.1 < share[1.0].min() and share[1.0].max() < 0.3 and share[1.1].min() > 0.8


def test_the_learned_initial_state_lies_where_no_step_leads(cell):
    assert np.abs(cell["learned_h_0"]).max() > 1


@pytest.fixture(scope="module")
def reservoir():
    return run("12-a-reservoir.ipynb", "reservoir", "readable", "scores", "own-motion", "unbend", "split", "three-readings",
               "capacity", "quiet")


@pytest.mark.parametrize("gain, into", [(0.0, 0.1), (0.5, 0.1), (0.95, 0.1), (0.95, 1.0), (1.1, 0.1)])
@pytest.mark.parametrize("order", ["in order", "shuffled"])
def test_the_explorer_scores_as_the_cells_do(reservoir, gain, into, order):
    series = reservoir["orders"][order]
    states = reservoir["run_reservoir"](series, gain, 0, into=into)[1:, 0]
    for lag in (0, 5, 11, 30):
        shown = read_the_past.compute(lag=lag, gain=gain, into=into, shuffled=order == "shuffled")
        assert shown["at_lag"] == pytest.approx(reservoir["readable"](states, series, lag), abs=1e-6)
        np.testing.assert_array_equal(shown["wanted"][1], series[209 - lag:309 - lag])


def test_what_the_text_at_the_explorer_says():
    def shown(lag, gain, into=0.1, shuffled=True):
        return read_the_past.compute(lag=lag, gain=gain, into=into, shuffled=shuffled)

    assert shown(11, 0.0, shuffled=False)["at_lag"] > 0.4 and shown(11, 0.0)["at_lag"] < 0.1    # rhythm, not memory
    assert shown(0, 0.95)["until"] > 20 and shown(0, 0.95, into=1.0)["until"] < 10              # the ceiling of tanh
    assert shown(0, 0.95, into=1.0)["largest"] > 0.99 and shown(0, 1.1)["at_lag"] < 0.8


def test_the_shuffled_control_tells_memory_from_rhythm(reservoir):
    score, lags = reservoir["score"], reservoir["lags"]
    at = {which: values[lags.index(11)] for which, values in score.items()}
    assert at["in order", 0.5] > 0.5 and abs(at["shuffled", 0.5]) < 0.1 and at["shuffled", 0.95] > 0.8
    assert score["shuffled", 1.1][0] < 0.85 < 0.95 < score["shuffled", 0.95][0]


def test_a_control_shuffled_otherwise_says_the_same(reservoir):
    for seed in range(1, 4):
        shuffled = np.random.default_rng(seed).permutation(reservoir["spots"])
        median = {gain: np.median([reservoir["readable"](reservoir["run_reservoir"](shuffled, gain, draw)[1:, 0], shuffled, 11)
                                   for draw in range(5)]) for gain in (0.5, 0.95)}
        assert median[0.5] < 0.15 and median[0.95] > 0.75


def test_its_own_motion_is_not_what_hides_this_year_s_number(reservoir):
    copies = [reservoir["run_reservoir"](reservoir["shuffled"], 1.1, seed, starts=200) for seed in range(5)]
    assert max(map(reservoir["own_share"], copies)) < 0.01
    one, mean = (np.median([reservoir["readable"](pick(states), reservoir["shuffled"], 0) for states in copies])
                 for pick in (lambda states: states[1:, 0], lambda states: states[1:].mean(axis=1)))
    assert abs(one - mean) < 0.05 and mean < 0.85
    found = {name: np.median([one[name] for one in reservoir["found"]]) for name in reservoir["found"][0]}
    assert found["h"] < found["artanh h"] < 0.85 < 0.98 < found["h and the state before"] < found["artanh h and the state before"]
    assert found["artanh h and the state before"] > 0.9999


def test_crowd_and_bend_both_take_their_part_and_the_bend_acts_like_noise(reservoir):
    _, whole, linear, exchanged = np.median(reservoir["rows"], axis=0)      # of gain 1.1, the last of the loop
    assert whole < linear - 0.05 and linear < 0.95 and abs(exchanged - whole) < 0.03


def test_the_capacity_peaks_near_gain_1_below_the_number_of_units(reservoir):
    whole, linear = reservoir["whole"], reservoir["linear"]
    assert 0.9 <= reservoir["gains"][whole.argmax()] <= 1.05 and whole.max() < 32
    assert linear[-2] > whole[-2] + 5


def test_a_quiet_input_leaves_gain_1_1_to_its_own_motion(reservoir):
    assert np.median(reservoir["shares"]) > 0.5                     # of gain 1.1, the last of the loop
