"""The gated networks against torch.nn.LSTM, torch.nn.GRU and autograd."""

from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.numpy_nets import gated, rnn
from helpers.numpy_nets.gated import chrono_bias, init_gru, init_lstm
from tests.numpy_nets.test_rnn import assert_same, autograd, torch_module

many = settings(max_examples=60)

KINDS = {
    "lstm": (torch.nn.LSTM, gated.lstm_forward, gated.lstm_backward, init_lstm),
    "gru": (torch.nn.GRU, gated.gru_forward, gated.gru_backward, init_gru),
}


@st.composite
def cases(draw, kinds=("lstm", "gru"), shortest=0, dtype=np.float64):
    """Return kind, x, start (h_0, or h_0 and c_0), grad_output, parameters of some random shape."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(kinds))
    seq_len = draw(st.integers(shortest, 9))
    batch = draw(st.sampled_from([(), (1,), (2,), (5,)]))
    input_size, hidden_size = draw(st.integers(1, 5)), draw(st.integers(1, 7))
    scale = draw(st.sampled_from([0.3, 1.0, 3.0]))                     # 3: gates near 0 and 1
    make = rnn.init_parameters if kind == "leaky" else KINDS[kind][3]
    parameters = make(input_size, hidden_size, rng=rng, bias=draw(st.booleans()), dtype=dtype)
    parameters = {name: (scale * array).astype(dtype) for name, array in parameters.items()}
    x = rng.normal(size=(seq_len, *batch, input_size)).astype(dtype)
    start = tuple(rng.normal(size=(1 + (kind == "lstm"), *batch, hidden_size)).astype(dtype))
    grad_output = rng.normal(size=(seq_len, *batch, hidden_size)).astype(dtype)
    return kind, x, start, grad_output, parameters


def started(kind, start):
    """Return the start as the forward pass takes it."""
    return start if kind == "lstm" else start[0]


def ours(kind, x, start, grad_output, parameters):
    _, forward, backward, _ = KINDS[kind]
    kept = forward(x, started(kind, start), parameters)
    gradients = backward(x, kept, grad_output, parameters)
    result = {"output": kept[0][1:], "h_n": kept[0][-1]} | ({"c_n": kept[1][-1]} if kind == "lstm" else {})
    return result | {name: value for name, value in gradients.items() if name not in ("states", "cells")}


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 2e-5)])
def test_equals_torch(dtype, tolerance):
    @many
    @given(cases(shortest=1, dtype=dtype))
    def equal(case):
        assert_same(ours(*case), torch_module(KINDS[case[0]][0], *case[1:]), tolerance)

    equal()


@many
@given(cases())
def test_the_loop_is_its_steps(case):
    kind, x, state, _, parameters = case
    kept = KINDS[kind][1](x, started(kind, state), parameters)
    assert len(kept[0]) == len(x) + 1
    assert np.array_equal(kept[0][0], state[0])
    for t, x_t in enumerate(x):
        step = gated.lstm_step if kind == "lstm" else lambda *arguments: (gated.gru_step(*arguments),)
        state = step(x_t, *state, parameters)
        for ours_t, step_t in zip(kept, state):
            np.testing.assert_allclose(ours_t[t + 1], step_t, rtol=1e-12, atol=1e-14)


@many
@given(cases(["leaky"]), st.sampled_from([0, 0.0, 0.3, 0.95, 1.0]))
def test_leaky_equals_autograd(case, gate):
    _, x, (h_0,), grad_output, parameters = case

    def loop(x, h, leaves):
        states = [h]
        for x_t in x:
            a = x_t @ leaves["weight_ih"].T + leaves.get("bias_ih", 0)
            a = a + states[-1] @ leaves["weight_hh"].T + leaves.get("bias_hh", 0)
            states.append(gate * states[-1] + (1 - gate) * torch.tanh(a))
        return states[1:], states

    kept = gated.leaky_forward(x, h_0, parameters, gate)
    gradients = gated.leaky_backward(x, kept, grad_output, parameters, gate)
    del gradients["states"]
    found = {"output": kept[0][1:], "h_n": kept[0][-1]} | gradients
    assert_same(found, autograd(loop, x, h_0, grad_output, parameters), 1e-12)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_no_start_is_zeros(batch):
    rng = np.random.default_rng(0)
    x, zeros = rng.normal(size=(5, *batch, 2)), np.zeros((*batch, 4))
    for forward, init, start in ((gated.lstm_forward, init_lstm, (zeros, zeros)), (gated.gru_forward, init_gru, zeros),
                                 (partial(gated.leaky_forward, gate=0.5), rnn.init_parameters, zeros)):
        parameters = init(2, 4, rng=rng)
        np.testing.assert_equal(forward(x, None, parameters), forward(x, start, parameters))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", [(), (3,)])
def test_no_steps(kind, batch):
    _, forward, backward, init = KINDS[kind]
    parameters = init(2, 4, rng=np.random.default_rng(0))
    h_0 = np.ones((*batch, 4))
    x = np.zeros((0, *batch, 2))
    kept = forward(x, (h_0, 2 * h_0) if kind == "lstm" else h_0, parameters)
    assert np.array_equal(kept[0], h_0[None])
    gradients = backward(x, kept, np.zeros((0, *batch, 4)), parameters)
    assert all(not gradients[name].any() and gradients[name].shape == parameters[name].shape for name in parameters)
    assert not gradients["h_0"].any()


@many
@given(cases(shortest=2))
def test_the_gradient_of_a_state_is_that_of_a_run_started_there(case):
    """What "states" and "cells" hold at step t, the h_0 and c_0 of the rest of the sequence get."""
    kind, x, start, grad_output, parameters = case
    _, forward, backward, _ = KINDS[kind]
    kept = forward(x, started(kind, start), parameters)
    gradients = backward(x, kept, grad_output, parameters)
    t = len(x) // 2
    rest = tuple(array[t] for array in kept[:2]) if kind == "lstm" else kept[0][t]
    rest_gradients = backward(x[t:], forward(x[t:], rest, parameters), grad_output[t:], parameters)
    np.testing.assert_allclose(gradients["states"][t] - grad_output[t - 1], rest_gradients["h_0"], rtol=0, atol=1e-12)
    if kind == "lstm":
        np.testing.assert_allclose(gradients["cells"][t], rest_gradients["c_0"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_given_is_changed(kind):
    _, forward, backward, init = KINDS[kind]
    rng = np.random.default_rng(0)
    parameters, x, start = init(2, 4, rng=rng), rng.normal(size=(5, 3, 2)), rng.normal(size=(2, 3, 4))
    kept = forward(x, started(kind, tuple(start)), parameters)
    grad_output = kept[0][1:].copy()
    given = parameters, x, start, kept, grad_output
    before = deepcopy(given)
    forward(x, started(kind, tuple(start)), parameters)
    backward(x, kept, grad_output, parameters)
    np.testing.assert_equal(given, before)


@pytest.mark.parametrize("init, blocks, option", [(init_lstm, 4, "forget_bias"), (init_gru, 3, "update_bias")])
def test_first_parameters(init, blocks, option):
    made = init(3, 16, 2, rng=np.random.default_rng(0), dtype=np.float32)
    shapes = {name: array.shape for name, array in made.items()}
    assert shapes == {"weight_ih": (16 * blocks, 3), "weight_hh": (16 * blocks, 16), "bias_ih": (16 * blocks,),
                      "bias_hh": (16 * blocks,), "weight_ho": (2, 16), "bias_o": (2,)}
    assert all(array.dtype == np.float32 and np.abs(array).max() <= 0.25 for array in made.values())
    assert np.std(made["weight_hh"]) == pytest.approx(0.25 / np.sqrt(3), rel=0.1)
    opened = init(3, 16, 2, rng=np.random.default_rng(0), dtype=np.float32, **{option: 3})
    bias = opened["bias_ih"] + opened["bias_hh"]
    assert np.array_equal(bias[16:32], np.full(16, 3))
    elsewhere = np.r_[0:16, 32 : 16 * blocks]
    assert np.array_equal(bias[elsewhere], (made["bias_ih"] + made["bias_hh"])[elsewhere])
    assert list(init(3, 16, 2, rng=np.random.default_rng(0), bias=False)) == ["weight_ih", "weight_hh", "weight_ho"]


def test_chrono_biases_cover_the_times_up_to_the_longest():
    keeps = chrono_bias(5000, 80, np.random.default_rng(0))
    times = 1 + np.exp(keeps)                                        # steps over which sigma(keeps) forgets
    assert 2 <= times.min() < 2.1 and 79.9 < times.max() <= 80 and np.mean(times) == pytest.approx(41, rel=0.02)
    np.testing.assert_allclose(1 / (1 - rnn.sigmoid(keeps)), times)
    made = init_lstm(3, 4, rng=np.random.default_rng(0), forget_bias=keeps[:4], input_bias=-keeps[:4])
    bias = made["bias_ih"] + made["bias_hh"]
    np.testing.assert_allclose(bias[:8], np.r_[-keeps[:4], keeps[:4]])
    made = init_gru(3, 4, rng=np.random.default_rng(0), update_bias=keeps[:4])
    np.testing.assert_allclose((made["bias_ih"] + made["bias_hh"])[4:8], keeps[:4])
