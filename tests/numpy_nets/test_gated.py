"""The gated networks against torch.nn.LSTM, torch.nn.GRU and autograd; what they refuse, and in which words."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.numpy_nets import gated, rnn
from helpers.numpy_nets.gated import chrono_bias, init_gru, init_lstm
from tests.numpy_nets.test_rnn import assert_same

many = settings(max_examples=60)

KINDS = {
    "lstm": (torch.nn.LSTM, gated.lstm_forward, gated.lstm_backward, init_lstm),
    "gru": (torch.nn.GRU, gated.gru_forward, gated.gru_backward, init_gru),
}


@st.composite
def cases(draw, kinds=("lstm", "gru"), shortest=0, dtype=np.float64):
    """Return kind, x, start, grad_output, parameters of some random shape; start is None, h_0, or (h_0, c_0)."""
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
    h_0, c_0 = rng.normal(size=(2, *batch, hidden_size)).astype(dtype)
    start = draw(st.sampled_from([None, (h_0, c_0) if kind == "lstm" else h_0]))
    grad_output = rng.normal(size=(seq_len, *batch, hidden_size)).astype(dtype)
    return kind, x, start, grad_output, parameters


def zeros_for_none(kind, x, start, parameters):
    zeros = np.zeros((*x.shape[1:-1], parameters["weight_hh"].shape[1]), x.dtype)
    start = start if start is not None else (zeros, zeros) if kind == "lstm" else zeros
    return start if kind == "lstm" else (start,)


def ours(kind, x, start, grad_output, parameters):
    _, forward, backward, _ = KINDS[kind]
    kept = forward(x, start, parameters)
    gradients = backward(x, kept, grad_output, parameters)
    result = {"output": kept[0][1:], "h_n": kept[0][-1]} | ({"c_n": kept[1][-1]} if kind == "lstm" else {})
    internal = ("states", "cells")
    return result | {"grad " + name: value for name, value in gradients.items() if name not in internal}


def torchs(kind, x, start, grad_output, parameters):
    """Return the same from torch's module and autograd."""
    module_type = KINDS[kind][0]
    rows, input_size = parameters["weight_ih"].shape
    hidden_size = parameters["weight_hh"].shape[1]
    module = module_type(input_size, hidden_size, bias="bias_ih" in parameters, dtype=torch.tensor(x).dtype)
    with torch.no_grad():
        for name, value in parameters.items():
            getattr(module, name + "_l0").copy_(torch.tensor(value))
    x_leaf = torch.tensor(x, requires_grad=True)
    leaves = [torch.tensor(s[None], requires_grad=True) for s in zeros_for_none(kind, x, start, parameters)]
    output, last = module(x_leaf, tuple(leaves) if kind == "lstm" else leaves[0])
    output.backward(torch.tensor(grad_output))
    ends = last if kind == "lstm" else (last,)
    result = {"output": output.detach()} | {name: end[0].detach() for name, end in zip(("h_n", "c_n"), ends)}
    result |= {"grad x": x_leaf.grad} | {"grad " + name: leaf.grad[0] for name, leaf in zip(("h_0", "c_0"), leaves)}
    result |= {"grad " + name: getattr(module, name + "_l0").grad for name in parameters}
    return {name: value.numpy() for name, value in result.items()}


@many
@given(cases(shortest=1))
def test_equals_torch_in_float64(case):
    assert_same(ours(*case), torchs(*case), 1e-12)


@many
@given(cases(shortest=1, dtype=np.float32))
def test_equals_torch_in_float32(case):
    assert_same(ours(*case), torchs(*case), 2e-5)


@many
@given(cases())
def test_the_loop_is_its_steps(case):
    kind, x, start, _, parameters = case
    kept = KINDS[kind][1](x, start, parameters)
    assert len(kept[0]) == len(x) + 1
    state = zeros_for_none(kind, x, start, parameters)
    assert np.array_equal(kept[0][0], state[0])
    for t, x_t in enumerate(x):
        step = gated.lstm_step if kind == "lstm" else lambda *arguments: (gated.gru_step(*arguments),)
        state = step(x_t, *state, parameters)
        for ours_t, step_t in zip(kept, state):
            np.testing.assert_allclose(ours_t[t + 1], step_t, rtol=1e-12, atol=1e-14)


@many
@given(cases(["leaky"]), st.sampled_from([0, 0.0, 0.3, 0.95, 1.0]))
def test_leaky_equals_autograd(case, gate):
    _, x, start, grad_output, parameters = case
    kept = gated.leaky_forward(x, start, parameters, gate)
    gradients = gated.leaky_backward(x, kept, grad_output, parameters, gate)
    [h_0] = zeros_for_none("leaky", x, start, parameters)
    leaves = {name: torch.tensor(a, requires_grad=True) for name, a in ({"x": x, "h_0": h_0} | parameters).items()}
    h = leaves["h_0"]
    loss = 0 * sum(leaf.sum() for leaf in leaves.values())             # so that every leaf has a gradient, if zero
    for t, x_t in enumerate(leaves["x"]):
        a = x_t @ leaves["weight_ih"].T + leaves.get("bias_ih", 0)
        a = a + h @ leaves["weight_hh"].T + leaves.get("bias_hh", 0)
        h = gate * h + (1 - gate) * torch.tanh(a)
        np.testing.assert_allclose(kept[0][t + 1], h.detach(), rtol=0, atol=1e-13)
        loss = loss + (h * torch.tensor(grad_output[t])).sum()
    loss.backward()
    del gradients["states"]
    assert_same(gradients, {name: leaf.grad.numpy() for name, leaf in leaves.items()}, 1e-12)


@many
@given(cases(["leaky"]))
def test_leaky_without_a_gate_is_the_plain_network(case):
    _, x, start, grad_output, parameters = case
    kept = gated.leaky_forward(x, start, parameters, 0.0)
    np.testing.assert_allclose(kept[0], rnn.forward(x, start, parameters), rtol=0, atol=1e-14)
    gradients = gated.leaky_backward(x, kept, grad_output, parameters, 0.0)
    del gradients["states"]
    assert_same(gradients, rnn.backward(x, kept[0], grad_output, parameters), 1e-13)


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
    kept = forward(x, start, parameters)
    gradients = backward(x, kept, grad_output, parameters)
    t = len(x) // 2
    rest = tuple(array[t] for array in kept[:2]) if kind == "lstm" else kept[0][t]
    rest_gradients = backward(x[t:], forward(x[t:], rest, parameters), grad_output[t:], parameters)
    np.testing.assert_allclose(gradients["states"][t] - grad_output[t - 1], rest_gradients["h_0"], rtol=0, atol=1e-12)
    if kind == "lstm":
        np.testing.assert_allclose(gradients["cells"][t], rest_gradients["c_0"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_given_is_changed(kind, dtype):
    _, forward, backward, init = KINDS[kind]
    rng = np.random.default_rng(0)
    parameters = init(2, 4, rng=rng, dtype=dtype)
    x, h_0 = rng.normal(size=(5, 3, 2)).astype(dtype), rng.normal(size=(3, 4)).astype(dtype)
    start = (h_0, h_0.copy()) if kind == "lstm" else h_0
    kept = forward(x, start, parameters)
    grad_output = kept[0][1:].copy()
    given = [x, h_0, grad_output, *parameters.values(), *kept]
    before = [array.copy() for array in given]
    backward(x, kept, grad_output, parameters)
    assert all(np.array_equal(array, old) for array, old in zip(given, before))
    forward(x, start, parameters)
    assert all(np.array_equal(array, old) for array, old in zip(given, before))


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
    with pytest.raises(ValueError, match="longest: expected a number above 2, got 2"):
        chrono_bias(4, 2, np.random.default_rng(0))


@pytest.mark.parametrize("init, option", [(init_lstm, "forget_bias"), (init_gru, "update_bias")])
@pytest.mark.parametrize("arguments, said", [
    ({"hidden_size": 0}, "hidden_size: expected a whole number, 1 or more, got 0"),
    ({"input_size": 1.5}, "input_size: expected a whole number, 1 or more, got 1.5"),
    ({"output_size": -1}, "output_size: expected a whole number, 1 or more, got -1"),
    ({"dtype": int}, "dtype: expected float32 or float64, got int64"),
    ({"bias": False, "value": 1}, "expected None where bias=False, got 1"),
    ({"value": np.nan}, "expected a finite number, got nan"),
])
def test_what_init_refuses(init, option, arguments, said):
    arguments = {"input_size": 2, "hidden_size": 3} | arguments
    if "value" in arguments:
        arguments[option], said = arguments.pop("value"), f"{option}: {said}"
    with pytest.raises(ValueError, match=said):
        init(rng=np.random.default_rng(0), **arguments)


X, H = np.zeros((5, 3, 2)), np.zeros((3, 4))


def gru(**changed):
    return init_gru(2, 4, rng=np.random.default_rng(0)) | changed


def lstm(**changed):
    return init_lstm(2, 4, rng=np.random.default_rng(0)) | changed


KEPT = gated.gru_forward(X, None, gru())
REFUSED = {
    "an LSTM's weights for a GRU": (gated.gru_forward, (X, H, lstm()),
                                    r"weight_hh: expected shape \(12, 4\), got \(16, 4\)"),
    "a GRU's weights for an LSTM": (gated.lstm_forward, (X, None, gru()),
                                    r"weight_hh: expected shape \(16, 4\), got \(12, 4\)"),
    "a plain network's weights": (gated.gru_step, (X[0], H, rnn.init_parameters(2, 4, rng=np.random.default_rng(0))),
                                  r"weight_hh: expected shape \(12, 4\), got \(4, 4\)"),
    "a transposed weight": (gated.gru_forward, (X, H, gru(weight_ih=np.zeros((2, 12)))),
                            r"weight_ih: expected shape \(12, 2\), got \(2, 12\): weight_ih looks transposed"),
    "the other one": (gated.lstm_forward, (X, None, lstm(weight_hh=np.zeros((4, 16)))),
                      r"weight_hh: expected shape \(16, 4\), got \(4, 16\): weight_hh looks transposed"),
    "a list for a step": (gated.lstm_step, ([[0.0, 0.0]], H, H, lstm()), "x_t: expected a NumPy array .* got a list"),
    "a short bias": (gated.gru_forward, (X, H, gru(bias_hh=np.zeros(4))),
                     r"bias_hh: expected shape \(12,\), got \(4,\)"),
    "a missing weight": (gated.gru_forward, (X, H, {"weight_ih": np.zeros((12, 2))}),
                         "parameters: expected weight_hh among them"),
    "an unknown name": (gated.gru_forward, (X, H, gru(weight=H)), "parameters: expected the names .*, got 'weight'"),
    "no dict": (gated.gru_forward, (X, H, None), "parameters: expected a dict"),
    "too many features": (gated.lstm_forward, (np.zeros((5, 3, 3)), None, lstm()),
                          r"x: expected shape \(seq_len, batch, 2\) or \(seq_len, 2\), got \(5, 3, 3\)"),
    "a wrong rank": (gated.lstm_forward, (np.zeros((1, 5, 3, 2)), None, lstm()),
                     r"x: expected shape .* got \(1, 5, 3, 2\)"),
    "whole numbers": (gated.gru_forward, (X.astype(int), H, gru()), "x: .*float32 or float64.*int64"),
    "a list": (gated.gru_forward, (X.tolist(), H, gru()), "x: expected a NumPy array .* got a list"),
    "a NaN": (gated.gru_forward, (np.full_like(X, np.nan), H, gru()), "x: expected finite numbers, got nan"),
    "a state of another shape": (gated.gru_forward, (X, H[:1], gru()), r"h_0: expected shape \(3, 4\), got \(1, 4\)"),
    "a state of another dtype": (gated.gru_forward, (X, H.astype(np.float32), gru()), "h_0: .*float64, got .*float32"),
    "h_0 alone": (gated.lstm_forward, (X, H, lstm()), r"start: expected None or a pair \(h_0, c_0\), got a ndarray"),
    "a wrong c_0": (gated.lstm_forward, (X, (H, H.T), lstm()),
                    r"c_0: expected shape \(3, 4\), got \(4, 3\).*transposed"),
    "a wrong h": (gated.lstm_step, (X[0], H[0], H, lstm()), r"h: expected shape \(3, 4\), got \(4,\)"),
    "a wrong c": (gated.lstm_step, (X[0], H, H[0], lstm()), r"c: expected shape \(3, 4\), got \(4,\)"),
    "the states alone": (gated.gru_backward, (X, KEPT[0], X, gru()), "kept: expected what forward returned, .*ndarray"),
    "kept of a shorter run": (gated.gru_backward, (X[:4], KEPT, KEPT[0][1:5], gru()),
                              r"states: expected shape \(5, 3, 4\), got \(6, 3, 4\)"),
    "a gradient too long": (gated.gru_backward, (X, KEPT, KEPT[0], gru()),
                            r"grad_output: expected shape \(5, 3, 4\), got \(6, 3, 4\)"),
    "a gate above 1": (gated.leaky_forward, (X, H, rnn.init_parameters(2, 4, rng=np.random.default_rng(0)), 1.5),
                       "gate: expected a number from 0 to 1, got 1.5"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_by_name(case):
    function, arguments, said = REFUSED[case]
    with pytest.raises(ValueError, match=said):
        function(*arguments)
