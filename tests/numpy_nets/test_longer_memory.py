"""What notebook 10 says of small nets: clocks beside gates, a ReLU net that grows, two GRUs."""

import numpy as np
import pytest

from helpers.numpy_nets.gated import gru_step, init_gru
from helpers.numpy_nets.lags import MODELS, TASKS, answer, train
from helpers.numpy_nets.rnn import sigmoid
from helpers.numpy_nets.toy_tasks import recall

RECALL = TASKS["recall"]


def share_right(net, parameters, lag):
    x, symbols = recall(lag, 200, np.random.default_rng(lag))
    y, _, _ = answer(MODELS[net], RECALL, parameters, x.astype(np.float32))
    return np.mean(y.argmax(axis=-1) == symbols)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_trained_at_one_lag_an_orthogonal_tanh_net_is_a_clock_and_an_open_gru_holds(seed):
    at_once = {net: train(net, "recall", 40, "one lag", 0.003, seed)[0] for net in ("tanh orthogonal", "GRU open")}
    shares = {net: [share_right(net, parameters, lag) for lag in range(36, 45)] for net, parameters in at_once.items()}
    assert shares["tanh orthogonal"][4] > 0.9 and min(shares["tanh orthogonal"]) < 0.1
    assert min(shares["GRU open"]) > 0.95


def test_a_relu_net_from_the_identity_keeps_the_symbol_by_letting_it_grow():
    parameters = train("ReLU identity", "recall", 20, "one lag", 0.001, 0)[0]
    x, symbols = recall(200, 200, np.random.default_rng(8))
    y, h, _ = answer(MODELS["ReLU identity"], RECALL, {name: array.astype(float) for name, array in parameters.items()}, x)
    norms = np.linalg.norm(h, axis=-1).mean(axis=1)
    assert norms[0] < 1 and norms[20] > 10 and norms[200] > 1e20
    assert np.mean(y.argmax(axis=-1) == symbols) > 0.95


def gru_of_the_papers(x_t, h, parameters):
    """The reset gate before the product, and z for what is new."""
    w, b = np.split(parameters["weight_hh"], 3), np.split(parameters["bias_hh"], 3)
    of_x = np.split(x_t @ parameters["weight_ih"].T + parameters["bias_ih"], 3, axis=-1)
    r, z = (sigmoid(of_x[k] + h @ w[k].T + b[k]) for k in (0, 1))
    n = np.tanh(of_x[2] + (r * h) @ w[2].T + b[2])
    return (1 - z) * h + z * n


def test_the_two_grus_differ_by_a_sign_and_by_the_place_of_the_reset_gate():
    rng = np.random.default_rng(0)
    ours, x_t, h = init_gru(3, 4, rng=rng), rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    signs = np.repeat([1, -1, 1], 4)
    for opened, same in ((0, False), (50, True)):
        here = ours | {"bias_ih": ours["bias_ih"] + np.repeat([opened, 0, 0], 4)}
        turned = {name: (array.T * signs).T for name, array in here.items()}
        difference = abs(gru_step(x_t, h, here) - gru_of_the_papers(x_t, h, turned)).max()
        assert difference < 1e-12 if same else difference > 1e-3
