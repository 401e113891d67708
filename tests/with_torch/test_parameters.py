"""What crosses the bridge to torch arrives whole: parameters and gradients of every layer and direction, and back."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from helpers.numpy_nets.gated import gru_backward, gru_forward, init_gru, init_lstm, lstm_backward, lstm_forward
from helpers.numpy_nets.rnn import backward, forward, init_parameters
from helpers.with_torch.parameters import from_torch, gradients_from_torch, to_torch

NETWORKS = {
    nn.RNN: (lambda x, parameters: (forward(x, None, parameters),),
             lambda x, kept, grad, parameters: backward(x, kept[0], grad, parameters)),
    nn.LSTM: (lambda x, parameters: lstm_forward(x, None, parameters), lstm_backward),
    nn.GRU: (lambda x, parameters: gru_forward(x, None, parameters), gru_backward),
}
CELLS = {nn.RNNCell: nn.RNN, nn.LSTMCell: nn.LSTM, nn.GRUCell: nn.GRU}


@st.composite
def modules(draw):
    """Return an nn.RNN, nn.LSTM or nn.GRU of any size, depth, direction and dtype, with or without biases."""
    kind = draw(st.sampled_from(list(NETWORKS)))
    sizes = draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    torch.manual_seed(draw(st.integers(0, 99)))
    return kind(*sizes, bias=draw(st.booleans()), bidirectional=draw(st.booleans()),
                dtype=draw(st.sampled_from([torch.float32, torch.float64])))


def like(module):
    """Return another module of the same kind and arguments, with other numbers."""
    other = copy.deepcopy(module)
    for parameter in other.parameters():
        nn.init.zeros_(parameter)
    return other


def equal(one, other):
    """Return whether two modules hold the same numbers."""
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


@settings(max_examples=60)
@given(modules())
def test_there_and_back_changes_nothing(module):
    other = like(module)
    assert to_torch(from_torch(module), other) is other
    assert equal(other, module)


@settings(max_examples=40)
@given(modules())
def test_entries_stand_in_the_order_of_h_n(module):
    """Entry k is the network whose last state is h_n[k], for the first layer, which reads x itself."""
    layers = from_torch(module)
    dtype = layers[0]["weight_ih"].dtype
    x = np.random.default_rng(0).normal(size=(4, 2, module.input_size)).astype(dtype)
    last = module(torch.from_numpy(x))[1]
    h_n = (last[0] if isinstance(module, nn.LSTM) else last).detach().numpy()
    assert len(layers) == len(h_n)
    for k in range(1 + module.bidirectional):
        states, *_ = NETWORKS[type(module)][0](x[::-1] if k else x, layers[k])
        assert np.allclose(states[-1], h_n[k], atol=1e-5 if dtype == np.float32 else 1e-12)


@settings(max_examples=40)
@given(st.sampled_from(list(NETWORKS)), st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_gradients_are_those_of_our_backward_pass(kind, input_size, hidden_size, bias):
    module = kind(input_size, hidden_size, bias=bias, dtype=torch.float64)
    x = np.random.default_rng(1).normal(size=(4, 2, input_size))
    [parameters] = from_torch(module)
    there, back = NETWORKS[kind]
    kept = there(x, parameters)
    ours = back(x, kept, kept[0][1:], parameters)
    (module(torch.from_numpy(x))[0] ** 2 / 2).sum().backward()
    [theirs] = gradients_from_torch(module)
    assert theirs.keys() == parameters.keys()
    for name in theirs:
        assert np.allclose(ours[name], theirs[name], rtol=0, atol=1e-12)


def test_gradients_before_a_backward_pass_are_refused():
    with pytest.raises(ValueError, match="weight_ih, entry 0: expected a gradient, got None: call backward"):
        gradients_from_torch(nn.RNN(2, 3, 2, bidirectional=True))


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_cell_has_one_entry_without_a_suffix(kind, bias):
    cell = kind(3, 4, bias=bias)
    [parameters] = from_torch(cell)
    assert list(parameters) == ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * bias
    assert equal(to_torch([parameters], like(cell)), cell)
    layer = to_torch([parameters], CELLS[kind](3, 4, bias=bias))
    x = torch.randn(2, 3)
    h = cell(x)[0] if kind is nn.LSTMCell else cell(x)
    assert torch.allclose(h, layer(x[None])[0][0], atol=1e-6)


def test_what_comes_back_is_a_copy():
    module = nn.RNN(2, 3)
    before = module.weight_hh_l0.clone()
    from_torch(module)[0]["weight_hh"][:] = 7
    assert torch.equal(module.weight_hh_l0, before)
    parameters = from_torch(module)
    to_torch(parameters, module)
    parameters[0]["weight_hh"][:] = 7
    assert torch.equal(module.weight_hh_l0, before)


def test_parameters_stay_leaves_that_can_be_trained():
    module = nn.RNN(2, 3)
    to_torch(from_torch(nn.RNN(2, 3)), module)
    assert all(p.is_leaf and p.requires_grad and p.grad is None for p in module.parameters())


def arrays(**shapes):
    return {name: np.zeros(shape) for name, shape in shapes.items()}


FITS = arrays(weight_ih=(3, 2), weight_hh=(3, 3), bias_ih=(3,), bias_hh=(3,))
UPPER = arrays(weight_ih=(3, 6), weight_hh=(3, 3), bias_ih=(3,), bias_hh=(3,))
REFUSED = {
    "transposed": ([FITS | arrays(weight_ih=(2, 3))],
                   r"\[0\]\['weight_ih'\]: expected shape \(3, 2\), got \(2, 3\): .*transposed"),
    "another shape": ([FITS | arrays(bias_hh=(4,))], r"\[0\]\['bias_hh'\]: expected shape \(3,\), got \(4,\)"),
    "a name missing": ([arrays(weight_ih=(3, 2), weight_hh=(3, 3))],
                       r"\[0\]: expected the names .*bias_hh, got weight_ih"),
    "a name too many": ([FITS | arrays(weight_ho=(1, 3))], r"\[0\]: expected the names .*, got .*weight_ho"),
    "a dict, no list": (FITS, "expected a list of 1, one dict per layer and direction, got a dict"),
    "too many entries": ([FITS, UPPER], "expected a list of 1, .* got 2"),
    "no dict": ([None], r"\[0\]: expected the names .*, got a NoneType"),
    "a tensor": ([FITS | {"bias_ih": torch.zeros(3)}], "expected a NumPy array, got a Tensor"),
    "another dtype": ([{name: a.astype(np.float32) for name, a in FITS.items()}],
                      "expected dtype float64, got float32"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_by_name(case):
    parameters, said = REFUSED[case]
    with pytest.raises(ValueError, match=said):
        to_torch(parameters, nn.RNN(2, 3, dtype=torch.float64))


def test_nothing_is_copied_when_the_last_entry_does_not_fit():
    module = nn.RNN(2, 3, num_layers=2, bidirectional=True, dtype=torch.float64)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(ValueError, match=r"\[3\]\['weight_ih'\]: expected shape \(3, 6\), got \(3, 2\)"):
        to_torch([FITS, FITS, UPPER, FITS], module)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


@pytest.mark.parametrize("module", [nn.LSTM(2, 3, proj_size=1), nn.Linear(2, 3), None],
                         ids=lambda module: type(module).__name__)
@pytest.mark.parametrize("cross", [from_torch, gradients_from_torch, lambda module: to_torch([FITS], module)])
def test_other_modules_are_refused(module, cross):
    with pytest.raises(ValueError, match=f"expected an nn.RNN, nn.LSTM, nn.GRU .* got a {type(module).__name__}"):
        cross(module)


@pytest.mark.parametrize("options", [{"dtype": torch.bfloat16}, {"device": "meta"}])
def test_numbers_that_numpy_cannot_hold_are_refused(options):
    with pytest.raises(ValueError, match="weight_ih: expected float32 or float64 numbers"):
        from_torch(nn.RNN(2, 3, **options))


@pytest.mark.parametrize("kind, init", [(nn.RNN, init_parameters), (nn.LSTM, init_lstm), (nn.GRU, init_gru)])
def test_start_values_of_ours_fit_torch_and_lie_in_its_range(kind, init):
    parameters = init(3, 16, rng=np.random.default_rng(0), dtype=np.float32)
    module = to_torch([parameters], kind(3, 16))
    assert all(p.abs().max() <= 0.25 for p in module.parameters())
