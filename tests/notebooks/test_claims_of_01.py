"""What notebook 01 says of its numbers holds: its own cells are run here, and asked more than the notebook shows."""

import numpy as np
import pytest

from helpers.numpy_nets import rnn
from tests.support.cells import run

NOTEBOOK = "01-the-equations.ipynb"
CELLS = ("sine-and-cosine", "best-table", "two-values", "other-frequencies", "loop", "run", "hand-made", "collapse", "impulse")


@pytest.fixture(scope="module")
def cells():
    return run(NOTEBOOK, *CELLS)


def test_no_function_of_the_sine_alone_beats_the_table(cells):
    assert abs(cells["memoryless_error"] - 0.5) < 1e-12
    for degree in (1, 3, 9):
        sine, cosine = np.sin(cells["angle"]), np.cos(cells["angle"])
        assert np.mean((np.polyval(np.polyfit(sine, cosine, degree), sine) - cosine) ** 2) > 0.5 - 1e-12


def test_one_remembered_value_is_exact_at_one_frequency_only(cells):
    assert abs(cells["weights"] - cells["derived"]).max() < 1e-12 and cells["error"] < 1e-20
    assert cells["window_error"](1.0) < 1e-20
    for f in (0.5, 0.7, 1.1, 1.5):
        assert cells["window_error"](f) == pytest.approx((1 - np.cos((f - 1) * cells["d"])) / np.sin(cells["d"]) ** 2, rel=0.01)
    assert min(cells["window_error"](frequency) for frequency in (*np.arange(0.05, 0.96, 0.05), *np.arange(1.05, 2, 0.05))) > 1e-3


def test_a_window_echoes_a_delay_only_if_it_is_longer(cells):
    best_window, noise = cells["best_window"], np.random.default_rng(0).normal(size=2000)
    for delay in range(8):
        for size in range(1, 9):
            error = best_window(noise, np.roll(noise, delay), size)[1]
            assert error < 1e-20 if size > delay else error > 0.9


def test_the_tiny_network_is_the_pencil_network(cells):
    x, h_0, parameters, _ = rnn.pencil_network()
    assert np.array_equal(cells["x"], x[:, 0]) and np.array_equal(cells["h_0"], h_0[0])
    assert all(np.array_equal(cells[name], array) for name, array in parameters.items())


@pytest.mark.parametrize("nonlinearity", rnn.NONLINEARITIES)
def test_run_is_forward(cells, nonlinearity):
    rng = np.random.default_rng(1)
    parameters = rnn.init_parameters(3, 5, rng=rng)
    x, h_0 = rng.normal(size=(20, 3)), rng.normal(size=5)
    weight_ih, weight_hh, bias_ih, bias_hh = parameters.values()
    states = cells["run"](x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, phi=rnn.NONLINEARITIES[nonlinearity][0])
    assert abs(states - rnn.forward(x, h_0, parameters, nonlinearity)).max() < 1e-13


def test_linear_steps_collapse_and_still_follow_the_sine(cells):
    assert abs(cells["missed"][0] - 1) < 1e-12 and cells["missed"][1:].max() < 1e-12
    assert abs(cells["whole"] @ cells["long_x"].ravel() - cells["state"]).max() < 1e-12


@pytest.mark.parametrize("seed", [0, 1])
def test_no_weighted_sum_holds_the_last_pulse_and_one_tanh_unit_does(cells, seed):
    rng = np.random.default_rng(seed)
    pulses = np.where(rng.random(5000) < 0.05, rng.choice([-1.0, 1.0], 5000), 0.0)
    last = pulses[np.maximum.accumulate(np.where(pulses != 0, np.arange(5000), 0))]
    assert cells["best_window"](pulses, last, 150)[1] > 0.4
    unit = cells["run"](pulses[:, None], np.zeros(1), np.array([[6.0]]), np.array([[2.0]]))[1:, 0]
    assert np.array_equal(np.sign(unit), last) and np.mean((unit / 0.9575 - last)[100:] ** 2) < 1e-3


@pytest.mark.long
def test_all_five_networks_learn_one_frequency():
    names = run(NOTEBOOK, *CELLS, "new-network", "five-networks")
    for parameters in names["networks"]:
        assert names["error_at"](1.0, parameters) < 0.002
        assert all(names["error_at"](f, parameters) > names["window_error"](f) > 0.002 for f in (0.5, 1.1, 1.5))


def test_what_is_left_of_an_impulse(cells):
    left = cells["left_of_impulse"]
    assert [left("relu", w)[-1] for w in (0.9, 1.0, 1.1)] == pytest.approx([0.9**59, 1, 1.1**59])
    assert all((left("sigmoid", w)[1:] <= 1.1 / 4 * left("sigmoid", w)[:-1] + 1e-15).all() for w in (0.9, 1.0, 1.1))
    assert left("tanh", 1.1)[-1] == pytest.approx(0.5029, abs=1e-4)
