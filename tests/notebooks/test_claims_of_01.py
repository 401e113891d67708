"""What notebook 01 says of its numbers holds: its own cells are run here, and asked more than the notebook shows."""

import nbformat
import numpy as np
import pytest

from helpers.numpy_nets import rnn
from tools.notebook_rules import PROJECT

NOTEBOOK = PROJECT / "notebooks" / "01-the-equations.ipynb"


@pytest.fixture(scope="module")
def cells():
    """Return a function that runs cells by id, after the imports, in one namespace, and returns the namespace."""
    code = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"}
    names = {}

    def run(*ids):
        for cell_id in ids:
            exec(compile(code[cell_id], cell_id, "exec"), names)
        return names

    run("imports", "sine-and-cosine", "best-table", "two-values", "other-frequencies", "loop", "run")
    return run


def test_no_function_of_the_sine_alone_beats_the_table(cells):
    names = cells()
    assert abs(names["memoryless_error"] - 0.5) < 1e-12
    for degree in (1, 3, 9):
        sine, cosine = np.sin(names["angle"]), np.cos(names["angle"])
        assert np.mean((np.polyval(np.polyfit(sine, cosine, degree), sine) - cosine) ** 2) > 0.5 - 1e-12


def test_one_remembered_value_is_exact_at_one_frequency_only(cells):
    names = cells()
    assert abs(names["weights"] - names["derived"]).max() < 1e-12 and names["error"] < 1e-20
    assert names["window_error"](1.0) < 1e-20
    for f in (0.5, 0.7, 1.1, 1.5):
        assert names["window_error"](f) == pytest.approx((1 - np.cos((f - 1) * names["d"])) / np.sin(names["d"]) ** 2, rel=0.01)
    assert min(names["window_error"](frequency) for frequency in (*np.arange(0.05, 0.96, 0.05), *np.arange(1.05, 2, 0.05))) > 1e-3


def test_a_window_echoes_a_delay_only_if_it_is_longer(cells):
    best_window, noise = cells()["best_window"], np.random.default_rng(0).normal(size=2000)
    for delay in range(8):
        for size in range(1, 9):
            error = best_window(noise, np.roll(noise, delay), size)[1]
            assert error < 1e-20 if size > delay else error > 0.9


def test_the_tiny_network_is_the_pencil_network(cells):
    names, (x, h_0, parameters, _) = cells(), rnn.pencil_network()
    assert np.array_equal(names["x"], x[:, 0]) and np.array_equal(names["h_0"], h_0[0])
    assert all(np.array_equal(names[name], array) for name, array in parameters.items())


@pytest.mark.parametrize("nonlinearity", rnn.NONLINEARITIES)
def test_run_is_forward(cells, nonlinearity):
    rng = np.random.default_rng(1)
    parameters = rnn.init_parameters(3, 5, rng=rng)
    x, h_0 = rng.normal(size=(20, 3)), rng.normal(size=5)
    weight_ih, weight_hh, bias_ih, bias_hh = parameters.values()
    states = cells()["run"](x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, phi=rnn.NONLINEARITIES[nonlinearity][0])
    assert abs(states - rnn.forward(x, h_0, parameters, nonlinearity)).max() < 1e-13


def test_linear_steps_collapse_and_still_follow_the_sine(cells):
    names = cells("hand-made", "collapse")
    assert abs(names["missed"][0] - 1) < 1e-12 and names["missed"][1:].max() < 1e-12
    assert abs(names["whole"] @ names["long_x"].ravel() - names["state"]).max() < 1e-12


@pytest.mark.parametrize("seed", [0, 1])
def test_no_weighted_sum_holds_the_last_pulse_and_one_tanh_unit_does(cells, seed):
    names, rng = cells(), np.random.default_rng(seed)
    pulses = np.where(rng.random(5000) < 0.05, rng.choice([-1.0, 1.0], 5000), 0.0)
    last = pulses[np.maximum.accumulate(np.where(pulses != 0, np.arange(5000), 0))]
    assert names["best_window"](pulses, last, 150)[1] > 0.4
    unit = names["run"](pulses[:, None], np.zeros(1), np.array([[6.0]]), np.array([[2.0]]))[1:, 0]
    assert np.array_equal(np.sign(unit), last) and np.mean((unit / 0.9575 - last)[100:] ** 2) < 1e-3


@pytest.mark.long
def test_all_five_networks_learn_one_frequency(cells):
    names = cells("new-network", "five-networks")
    for parameters in names["networks"]:
        assert names["error_at"](1.0, parameters) < 0.002
        assert all(names["error_at"](f, parameters) > names["window_error"](f) > 0.002 for f in (0.5, 1.1, 1.5))


def test_what_is_left_of_an_impulse(cells):
    left = cells("impulse")["left_of_impulse"]
    assert [left("relu", w)[-1] for w in (0.9, 1.0, 1.1)] == pytest.approx([0.9**59, 1, 1.1**59])
    assert all((left("sigmoid", w)[1:] <= 1.1 / 4 * left("sigmoid", w)[:-1] + 1e-15).all() for w in (0.9, 1.0, 1.1))
    assert left("tanh", 1.1)[-1] == pytest.approx(0.5029, abs=1e-4)
