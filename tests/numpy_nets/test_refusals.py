"""Helpers refuse what they cannot use, by the name of the argument, or do right with it; dtypes stay; nothing agrees by underflow."""

from inspect import signature

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from helpers.numpy_nets import gated, gradients, lags, linear, optimize, rnn, toy_tasks

RNG = np.random.default_rng(0)
FLOATS = st.sampled_from([np.float32, np.float64])


class Subclass(np.ndarray):
    """An array that is something else as well."""


# Everything that looks like an array and is none, or holds other things than real numbers of one precision.
NO_ARRAYS = {
    "list": lambda array: array.tolist(),
    "tensor": torch.from_numpy,
    "masked": lambda array: np.ma.masked_array(array, mask=np.zeros(array.shape, bool)),
    "subclass": lambda array: array.view(Subclass),
    "whole numbers": lambda array: array.astype(np.int64),
    "unsigned bytes": lambda array: np.abs(array).astype(np.uint8),
    "bool": lambda array: array > 0,
    "half": lambda array: array.astype(np.float16),
    "complex": lambda array: array.astype(complex),
    "object": lambda array: array.astype(object),
    "words": lambda array: array.astype(str),
    "None": lambda array: None,
}
PLAIN = rnn.init_parameters(3, 4, 2, rng=RNG)
GRU, LSTM, MINGRU = (make(3, 4, rng=RNG) for make in (gated.init_gru, gated.init_lstm, linear.init_mingru))
LRU = linear.init_lru(3, 4, 2, rng=RNG)
X, H, Y = (RNG.normal(size=shape) for shape in ((5, 2, 3), (2, 4), (5, 2, 2)))
STATES, LRU_STATES = rnn.forward(X, H, PLAIN), linear.lru_forward(X, None, LRU)[1]
KEPT, MINGRU_KEPT = gated.gru_forward(X, H, GRU), linear.mingru_forward(X, H, MINGRU)
ONE = {"a": np.ones(1)}
# (the function, its arguments as they should be, the names of those that are spoiled in turn)
CALLS = [
    (optimize.mean_squared_error, (Y, Y + 1), "y target"),
    (optimize.softmax_cross_entropy, (Y, np.zeros((5, 2), int)), "logits"),
    (rnn.step, (X[0], H, PLAIN), "x_t h"), (rnn.forward, (X, H, PLAIN), "x"),
    (rnn.backward, (X, STATES, STATES[1:], PLAIN), "states grad_output"),
    (rnn.read_out, (H, PLAIN), "h"), (rnn.read_out_backward, (H, Y[0], PLAIN), "grad_y"),
    (gated.gru_step, (X[0], H, GRU), "x_t"), (gated.lstm_step, (X[0], H, H, LSTM), "c"),
    (linear.lru_forward, (X, None, LRU), "x"), (linear.mingru_step, (X[0], H, MINGRU), "x_t"),
    (gradients.jacobian, (H[0], PLAIN["weight_hh"]), "h_t weight_hh"),
    (gradients.gradient_norm_per_lag, (STATES, H, PLAIN["weight_hh"]), "states grad_h_n"),
    (gradients.spectral_radius, (PLAIN["weight_hh"],), "matrix"),
    (gradients.largest_singular_value, (PLAIN["weight_ih"],), "matrix"),
]


@pytest.mark.parametrize("kind", NO_ARRAYS)
@pytest.mark.parametrize("function, arguments, names", CALLS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_no_array_of_real_numbers_is_refused_by_name(function, arguments, names, kind):
    function(*arguments)
    for name in names.split():
        spoiled = dict(zip(signature(function).parameters, arguments))
        spoiled[name] = NO_ARRAYS[kind](spoiled[name])
        with pytest.raises(ValueError, match=rf"^{name}\b"):
            function(**spoiled)


def shaped(parameters, **shapes):
    return parameters | {name: np.ones(shape) for name, shape in shapes.items()}


def without(parameters, name):
    return {key: array for key, array in parameters.items() if key != name}


# What is said, in which " ... " stands for something left out, and the call.
REFUSED = {
    # rnn
    "x: expected shape (seq_len, batch, 3) or (seq_len, 3), got (5,)": lambda: rnn.forward(X[:, 0, 0], None, PLAIN),
    "x: ... got ()": lambda: rnn.forward(np.array(1.0), None, PLAIN),
    "x: ... got (1, 5, 2, 3)": lambda: rnn.forward(X[None], None, PLAIN),
    "x: ... (seq_len, 3), got (5, 2, 2)": lambda: rnn.forward(X[..., :2], None, PLAIN),
    "x: expected a NumPy array of shape (seq_len, ... got a list": lambda: rnn.forward(X.tolist(), None, PLAIN),
    "x: ... and float32 or float64, got (5, 2, 3) and int64": lambda: rnn.forward(X.astype(int), None, PLAIN),
    "x: expected finite numbers, got nan ... (0, 0, 1), shape (5, 2, 3)": lambda: rnn.forward(X * [1, np.nan, 1], None, PLAIN),
    "h_0: expected finite numbers, got inf ... shape (2, 4)": lambda: rnn.forward(X, np.full((2, 4), np.inf), PLAIN),
    "h_0: expected shape (2, 4), got (1, 4)": lambda: rnn.forward(X, H[:1], PLAIN),
    "h_0: expected shape (2, 4), got (4, 2): h_0 looks transposed": lambda: rnn.forward(X, H.T, PLAIN),
    "weight_hh: ... float32, got (4, 4) and float64": lambda: rnn.forward(X.astype("f"), None, PLAIN),
    "nonlinearity: expected one of tanh, relu, ... got 'elu'": lambda: rnn.forward(X, None, PLAIN, "elu"),
    "nonlinearity: ... got ['tanh']": lambda: rnn.forward(X, None, PLAIN, ["tanh"]),
    "parameters: expected weight_hh among them, got": lambda: rnn.forward(X, None, without(PLAIN, "weight_hh")),
    "parameters: expected the names weight_ih, ... got 'W_xh'": lambda: rnn.forward(X, None, PLAIN | {"W_xh": X}),
    "parameters: expected a dict of arrays by name, got a list": lambda: rnn.forward(X, None, list(PLAIN.values())),
    "weight_ih: ... got (3, 4): weight_ih looks transposed": lambda: rnn.forward(X, None, shaped(PLAIN, weight_ih=(3, 4))),
    "weight_ih: expected shape (4, 3), got (5, 3)": lambda: rnn.forward(X, None, shaped(PLAIN, weight_ih=(5, 3))),
    "weight_ih: ... (hidden_size, input_size), got (3,)": lambda: rnn.forward(X, None, shaped(PLAIN, weight_ih=3)),
    "weight_hh: expected shape (4, 4), got (4, 3)": lambda: rnn.forward(X, None, shaped(PLAIN, weight_hh=(4, 3))),
    "weight_hh: expected finite ... (0, 0)": lambda: rnn.forward(X, None, PLAIN | {"weight_hh": np.full((4, 4), np.nan)}),
    "weight_hh: ... (hidden_size, hidden_size), got a list": lambda: rnn.forward(X, None, PLAIN | {"weight_hh": [[1.0]]}),
    "bias_ih: expected shape (4,), got (4, 1)": lambda: rnn.forward(X, None, shaped(PLAIN, bias_ih=(4, 1))),
    "x_t: expected shape (batch, 3) or (3,), got (5, 2, 3)": lambda: rnn.step(X, H, PLAIN),
    "h: expected shape (2, 4), got (4,)": lambda: rnn.step(X[0], H[0], PLAIN),
    "states: expected shape (6, 2, 4), got (5, 2, 4)": lambda: rnn.backward(X, STATES[1:], STATES[1:], PLAIN),
    "grad_output: expected shape (5, 2, 4), got (6, 2, 4)": lambda: rnn.backward(X, STATES, STATES, PLAIN),
    "grad_output: expected finite numbers, got nan": lambda: rnn.backward(X, STATES, STATES[1:] * np.nan, PLAIN),
    "h: expected shape (..., 4), got (5, 2, 3)": lambda: rnn.read_out(X, PLAIN),
    "h: expected shape (..., 4), got ()": lambda: rnn.read_out(np.array(1.0), PLAIN),
    "parameters: expected weight_ho among them": lambda: rnn.read_out(H, without(PLAIN, "weight_ho")),
    "weight_ho: ... (2, 4), got (4, 2): weight_ho looks": lambda: rnn.read_out(H, shaped(PLAIN, weight_ho=(4, 2))),
    "bias_o: expected shape (2,), got (4,)": lambda: rnn.read_out(H, shaped(PLAIN, bias_o=4)),
    "weight_ho: ... (2, 4) and float32, got": lambda: rnn.read_out(H.astype("f"), PLAIN),
    "grad_y: expected shape (2, 2), got (2, 4)": lambda: rnn.read_out_backward(H, H, PLAIN),
    "hidden_size: expected a whole number, 1 or more, got 0": lambda: rnn.init_parameters(3, 0, rng=RNG),
    "input_size: expected a whole number, 1 or more, got 3.0": lambda: rnn.init_parameters(3.0, 4, rng=RNG),
    "output_size: expected a whole number, 1 or more, got -1": lambda: rnn.init_parameters(3, 4, -1, rng=RNG),
    "recurrent: expected one of zeros, ... got 'eye'": lambda: rnn.init_parameters(3, 4, rng=RNG, recurrent="eye"),
    "dtype: expected float32 or float64, got int64": lambda: rnn.init_parameters(3, 4, rng=RNG, dtype=int),
    "dtype: expected float32 or float64, got 'f33'": lambda: rnn.init_parameters(3, 4, rng=RNG, dtype="f33"),
    # gated
    "weight_hh: expected shape (12, 4), got (16, 4)": lambda: gated.gru_forward(X, H, LSTM),
    "weight_ih: ... (12, 3), got (3, 12): weight_ih looks": lambda: gated.gru_step(X[0], H, shaped(GRU, weight_ih=(3, 12))),
    "weight_hh: ... (16, 4), got (4, 16): weight_hh looks": lambda: gated.lstm_forward(X, None, shaped(LSTM, weight_hh=(4, 16))),
    "bias_hh: expected shape (12,), got (4,)": lambda: gated.gru_forward(X, H, shaped(GRU, bias_hh=4)),
    "h_0: expected shape (2, 4), got (2, 3)": lambda: gated.gru_forward(X, H[:, :3], GRU),
    "start: expected None or a pair (h_0, c_0), got a ndarray": lambda: gated.lstm_forward(X, H, LSTM),
    "c_0: expected shape (2, 4), got (4, 2): c_0 looks transposed": lambda: gated.lstm_forward(X, (H, H.T), LSTM),
    "h: expected shape (2, 4), got (4, 2)": lambda: gated.lstm_step(X[0], H.T, H, LSTM),
    "c: expected shape (2, 4), got (4,)": lambda: gated.lstm_step(X[0], H, H[0], LSTM),
    "h: expected shape (2, 4), got (1, 4)": lambda: gated.gru_step(X[0], H[:1], GRU),
    "kept: ... (states, gates, offered), got a ndarray": lambda: gated.gru_backward(X, KEPT[0], STATES[1:], GRU),
    "states: expected shape (5, 2, 4), got (6, 2, 4)": lambda: gated.gru_backward(X[:4], KEPT, STATES[2:], GRU),
    "grad_output: ... (5, 2, 4), got (4, 2, 4)": lambda: gated.gru_backward(X, KEPT, STATES[2:], GRU),
    "gate: expected a number from 0 to 1, got 1.5": lambda: gated.leaky_forward(X, H, PLAIN, 1.5),
    "gate: ... got -1": lambda: gated.leaky_backward(X, (STATES, STATES[1:]), STATES[1:], PLAIN, -1),
    "forget_bias: expected None where bias=False": lambda: gated.init_lstm(3, 4, rng=RNG, bias=False, forget_bias=1),
    "update_bias: expected None where bias=False": lambda: gated.init_gru(3, 4, rng=RNG, bias=False, update_bias=1),
    "input_bias: expected a finite number, got nan": lambda: gated.init_lstm(3, 4, rng=RNG, input_bias=np.nan),
    "longest: expected a number above 2, got 2": lambda: gated.chrono_bias(4, 2, RNG),
    # linear
    "h_0: ... complex128, got (2, 4) and float64": lambda: linear.lru_forward(X, H, LRU),
    "h_0: ... complex128, got a list": lambda: linear.lru_forward(X, [0], LRU),
    "h_0: expected finite numbers, got nan": lambda: linear.lru_forward(X, H * (1j + np.nan), LRU),
    "h: ... complex128, got (4, 2)": lambda: linear.lru_step(X[0], LRU_STATES[0].T, LRU),
    "B_im: ... got (3, 4): B_im looks": lambda: linear.lru_forward(X, None, shaped(LRU, B_im=(3, 4))),
    "C_im: ... got (4, 2): C_im looks": lambda: linear.lru_forward(X, None, shaped(LRU, C_im=(4, 2))),
    "D: expected shape (2, 3), got (2,)": lambda: linear.lru_forward(X, None, shaped(LRU, D=2)),
    "parameters: expected nu_log among them, got": lambda: linear.lru_forward(X, None, without(LRU, "nu_log")),
    "parameters: expected the names nu_log, ... got 'A'": lambda: linear.lru_forward(X, None, LRU | {"A": H}),
    "x: ... (seq_len, 3), got (5, 2, 1)": lambda: linear.lru_forward(X[..., :1], None, LRU),
    "grad_y: expected shape (5, 2, 2), got (2, 4)": lambda: linear.lru_backward(X, LRU_STATES, H, LRU),
    "states: ... complex128, got (6, 2, 4) and float64": lambda: linear.lru_backward(X, LRU_STATES.real, Y, LRU),
    "parameters: expected the names weight_ih, ... got 'B'": lambda: linear.mingru_forward(X, None, MINGRU | {"B": H}),
    "parameters: expected weight_ih among them, got none": lambda: linear.mingru_forward(X, None, {}),
    "weight_ih: ... got (7, 3): an odd number of rows": lambda: linear.mingru_forward(X, None, shaped({}, weight_ih=(7, 3))),
    "bias_ih: expected shape (8,), got (4,)": lambda: linear.mingru_forward(X, None, shaped(MINGRU, bias_ih=4)),
    "x: ... (seq_len, 3), got (5, 2, 4)": lambda: linear.mingru_forward(np.ones((5, 2, 4)), None, MINGRU),
    "weight_ih: ... and float32, got (8, 3) and float64": lambda: linear.mingru_forward(X.astype("f"), None, MINGRU),
    "h_0: expected shape (2, 4), got (4,)": lambda: linear.mingru_forward(X, H[0], MINGRU),
    "h: expected shape (2, 4), got (2, 3)": lambda: linear.mingru_step(X[0], X[0], MINGRU),
    "kept: ... (states, gates), got a ndarray": lambda: linear.mingru_backward(X, STATES, H, MINGRU),
    "states: expected shape (4, 2, 4), got (6, 2, 4)": lambda: linear.mingru_backward(X[:3], MINGRU_KEPT, H, MINGRU),
    "grad_output: expected shape (5, 2, 4), got (2, 4)": lambda: linear.mingru_backward(X, MINGRU_KEPT, H, MINGRU),
    "b: expected an array, time first, got [1.0]": lambda: linear.scan_loop(X, [1.0]),
    "a: expected 3 axes and 5 steps, as b has, got float": lambda: linear.scan_loop(0.5, X),
    "a: expected 3 axes and 5 steps, as b has, got (4, 2, 3)": lambda: linear.scan_doubling(X[:4], X),
    "a: expected shape (5, 2, 3), or 1 ... got (5, 2, 4)": lambda: linear.scan_tree(np.ones((5, 2, 4)), X),
    "kind: expected one of loop, doubling, tree, got 'pairs'": lambda: linear.count_combinations("pairs", 4),
    "seq_len: expected a whole number, 1 or more, got 0": lambda: linear.count_combinations("tree", 0),
    "r_min, r_max: ... got 0.9 and 0.5": lambda: linear.init_lru(2, 3, 1, rng=RNG, r_min=0.9, r_max=0.5),
    "max_phase: expected a number above 0, at most 2 pi, got 0": lambda: linear.init_lru(2, 3, 1, rng=RNG, max_phase=0),
    "output_size: expected a whole number, 1 or more, got 0": lambda: linear.init_lru(2, 3, 0, rng=RNG),
    "dtype: expected float32 or float64, got bool": lambda: linear.init_mingru(2, 3, rng=RNG, dtype=bool),
    # gradients
    "h_t: expected shape (2,), got (3,)": lambda: gradients.jacobian(np.ones(3), np.eye(2)),
    "weight_hh: expected shape (3, 3), got (3, 2)": lambda: gradients.jacobian(np.ones(3), np.ones((3, 2))),
    "nonlinearity: ... got 'exp'": lambda: gradients.jacobian(np.ones(2), np.eye(2), "exp"),
    "states: ... batch, 4), got (5, 2, 3)": lambda: gradients.gradient_norm_per_lag(X, H, PLAIN["weight_hh"]),
    "grad_h_n: ... (2, 4), got (4,)": lambda: gradients.gradient_norm_per_lag(STATES, H[0], PLAIN["weight_hh"]),
    "matrix: expected shape (2, 2), got (2, 3)": lambda: gradients.spectral_radius(np.ones((2, 3))),
    "matrix: expected shape (rows, columns), got (4,)": lambda: gradients.largest_singular_value(np.ones(4)),
    "norms: ... positive numbers from lag 0 to 2, got inf": lambda: gradients.fit_factor([1, np.inf, 2], 0, 2),
    "norms: ... got 0.0": lambda: gradients.fit_factor(np.array([1.0, 0.0, 1.0]), 0, 2),
    "first, last: ... < 5, got 2, 5": lambda: gradients.fit_factor(np.ones(5), 2, 5),
    "array: ... floating-point numbers, got int64": lambda: gradients.central_differences(float, np.array([1, 2])),
    "array: ... floating-point numbers, got a list": lambda: gradients.central_differences(float, [1.0]),
    "step: ... every entry, got 1e-06, which float32 does not notice beside 100.0":
        lambda: gradients.central_differences(float, np.array([1.0, 100.0], np.float32)),
    "b: expected shape (2,), got (3,)": lambda: gradients.relative_error(np.ones(2), np.ones(3)),
    "a: expected a plain array, got a MaskedArray": lambda: gradients.relative_error(np.ma.array([1.0]), np.ones(1)),
    # optimize
    "target: expected shape (2, 1), got (2,)": lambda: optimize.mean_squared_error(np.ones((2, 1)), np.ones(2)),
    "labels: expected shape (5, 2), got (5,)": lambda: optimize.softmax_cross_entropy(Y, np.zeros(5, int)),
    "labels: expected whole numbers, got dtype float64": lambda: optimize.softmax_cross_entropy(H, np.zeros(2)),
    "labels: expected numbers from 0 to 3, got [0 4]": lambda: optimize.softmax_cross_entropy(H, np.array([4, 0])),
    "labels: ... got [-1  0]": lambda: optimize.softmax_cross_entropy(H, np.array([0, -1])),
    "labels: ... got []": lambda: optimize.softmax_cross_entropy(np.ones((0, 3)), np.ones(0, int)),
    "gradients: expected 'a' among them, got h_0": lambda: optimize.sgd_update(ONE, {"h_0": H}, 0.1),
    "gradients: expected 'a' among them, got none": lambda: optimize.adam_update(ONE, {}, None, 0.1),
    "betas: ... two numbers from 0 to below 1, got (0.9,)": lambda: optimize.adam_update(ONE, ONE, None, 0.1, (0.9,)),
    "betas: ... got 0.9": lambda: optimize.adam_update(ONE, ONE, None, 0.1, 0.9),
    "betas: ... got (0.9, 1.0)": lambda: optimize.adam_update(ONE, ONE, None, 0.1, (0.9, 1.0)),
    # toy_tasks
    "delay: expected at most 5, the number of steps, got 6": lambda: toy_tasks.echo(5, 1, 6, RNG),
    "delay: expected a whole number, 0 or more, got -1": lambda: toy_tasks.echo(5, 1, -1, RNG),
    "delay: expected a whole number, 0 or more, got 1.5": lambda: toy_tasks.echo(5, 1, 1.5, RNG),
    "batch: expected a whole number, 1 or more, got -1": lambda: toy_tasks.echo(5, -1, 1, RNG),
    "lag: expected a whole number, 0 or more, got -1": lambda: toy_tasks.recall(-1, 1, RNG),
    "seq_len: expected a whole number, 0 or more, got -3": lambda: toy_tasks.sine_to_cosine(-3),
    "rate: expected a probability from 0 to 1, got 1.5": lambda: toy_tasks.last_pulse(5, 1, RNG, 1.5),
    "seq_len: expected a whole number, 2 or more, got 1": lambda: toy_tasks.adding(1, 1, RNG),
    "lag: expected 5 or more, so that all symbols are shown before": lambda: toy_tasks.copy_symbols(4, 1, RNG),
    "length: expected a whole number, 1 or more, got 0": lambda: toy_tasks.copy_symbols(9, 1, RNG, length=0),
    "symbols: expected a whole number, 2 or more, got 1": lambda: toy_tasks.copy_symbols(9, 1, RNG, symbols=1),
    "pairs: expected at most 8, the number of keys, got 9": lambda: toy_tasks.key_value_pairs(9, 4, RNG),
    "pairs: expected a whole number, 1 or more, got 0": lambda: toy_tasks.key_value_pairs(0, 4, RNG),
    "batch: expected a whole number, 1 or more, got 4.0": lambda: toy_tasks.key_value_pairs(3, 4.0, RNG),
    # lags
    "net: expected one of tanh, tanh orthogonal, ... 'RNN'": lambda: lags.train("RNN", "recall", 5, "one lag", 1, 0),
    "task: expected one of recall, adding, ... got 'copy'": lambda: lags.train("GRU", "copy", 5, "one lag", 1, 0),
    "training: expected one of one lag, ... got 'all'": lambda: lags.train("GRU", "recall", 5, "all", 1, 0),
    "lr: expected a positive number, got 0.0": lambda: lags.train("GRU", "recall", 5, "one lag", 0.0, 0),
    "lag: expected a whole number, 3 or more, got 2": lambda: lags.train("GRU", "recall", 2, "one lag", 1, 0),
    "lag: expected a whole number, 7 or more, got 6": lambda: lags.train("GRU", "copying", 6, "one lag", 1, 0),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_does_not_fit_is_refused_and_the_words_name_it(said):
    with pytest.raises(ValueError) as caught:
        REFUSED[said]()
    first, *others = said.split(" ... ")
    assert str(caught.value).startswith(first) and all(part in str(caught.value) for part in others)


@pytest.mark.parametrize("kind", NO_ARRAYS)
@pytest.mark.parametrize("update", ["sgd", "adam", "norm", "value"])
def test_gradients_that_do_not_fit_are_refused_by_name(update, kind):
    value = np.ones((2, 3))
    good, bad = {"a": value}, {"a": NO_ARRAYS[kind](value)}
    call = {"sgd": lambda g: optimize.sgd_update(good, g, 0.1), "adam": lambda g: optimize.adam_update(good, g, None, 0.1),
            "norm": lambda g: optimize.clip_by_norm(g, 1.0), "value": lambda g: optimize.clip_by_value(g, 1.0)}[update]
    call(good)
    with pytest.raises(ValueError, match=r"^(gradients|parameters)\['a'\]: expected"):
        call(bad)


@given(shapes=st.tuples(array_shapes(max_dims=3, max_side=3), array_shapes(max_dims=3, max_side=3)), dtypes=st.tuples(FLOATS, FLOATS))
def test_a_gradient_has_the_shape_and_the_dtype_of_its_parameter_or_is_refused(shapes, dtypes):
    parameters, given = ({"a": np.ones(shape, dtype)} for shape, dtype in zip(shapes, dtypes))
    for update in (lambda: optimize.sgd_update(parameters, given, 0.1), lambda: optimize.adam_update(parameters, given, None, 0.1)[0]):
        if shapes[0] == shapes[1] and dtypes[0] == dtypes[1]:
            assert update()["a"].shape == shapes[0] and update()["a"].dtype == dtypes[0]
        else:
            with pytest.raises(ValueError, match=r"^gradients\['a'\]: expected shape"):
                update()


@given(number=st.sampled_from([np.float64(0.1), np.float32(0.1), np.float16(0.1), np.logspace(-2, 0, 3)[1], np.int64(1), 0.1, 1]),
       dtype=FLOATS)
def test_numbers_of_numpy_change_no_dtype(number, dtype):
    values = {"a": np.ones(3, dtype)}
    moments = None
    for _ in range(2):
        updated, moments = optimize.adam_update(values, values, moments, number, (np.float64(0.9), np.float64(0.999)), np.float64(1e-8))
        assert updated["a"].dtype == dtype
    assert optimize.sgd_update(values, values, number)["a"].dtype == dtype
    assert optimize.clip_by_norm(values, number)[0]["a"].dtype == dtype
    assert optimize.clip_by_value(values, number)["a"].dtype == dtype


NO_NUMBERS = [0, -1.0, float("nan"), True, "0.1", None, [0.1], np.array(0.1), np.array([0.1]), 1j, torch.tensor(0.1)]


@pytest.mark.parametrize("number", NO_NUMBERS, ids=repr)
def test_learning_rates_and_bounds_are_positive_numbers(number):
    one = {"a": np.ones(3)}
    for name, call in (("lr", lambda: optimize.sgd_update(one, one, number)), ("lr", lambda: optimize.adam_update(one, one, None, number)),
                       ("max_norm", lambda: optimize.clip_by_norm(one, number)), ("max_value", lambda: optimize.clip_by_value(one, number)),
                       ("eps", lambda: optimize.adam_update(one, one, None, 0.1, eps=number)),
                       ("step", lambda: gradients.central_differences(lambda: 0.0, np.ones(3), number))):
        with pytest.raises(ValueError, match=f"^{name}: expected a positive number"):
            call()


@pytest.mark.parametrize("number", [[1, 1, 1, 1], "1", True, float("inf"), 1j, np.ones(3), np.full(4, np.nan)], ids=repr)
def test_a_gate_s_bias_is_one_finite_number_or_one_for_each_unit(number):
    for name, call in (("forget_bias", lambda: gated.init_lstm(3, 4, rng=RNG, forget_bias=number)),
                       ("update_bias", lambda: gated.init_gru(3, 4, rng=RNG, update_bias=number))):
        with pytest.raises(ValueError, match=f"^{name}: expected (a finite number|shape|finite numbers)"):
            call()


@pytest.mark.parametrize("rng", [0, None, np.random, np.random.RandomState(0), "seed"], ids=lambda rng: type(rng).__name__)
def test_a_generator_is_asked_for_by_name(rng):
    for call in (lambda: rnn.init_parameters(1, 2, rng=rng), lambda: rnn.init_recurrent("normal", 2, rng), lambda: gated.init_gru(1, 2, rng=rng),
                 lambda: gated.init_lstm(1, 2, rng=rng), lambda: toy_tasks.echo(5, 2, 1, rng), lambda: toy_tasks.recall(5, 2, rng),
                 lambda: toy_tasks.adding(5, 2, rng), lambda: toy_tasks.copy_symbols(5, 2, rng), lambda: toy_tasks.last_pulse(5, 2, rng),
                 lambda: linear.init_lru(1, 2, 1, rng=rng), lambda: linear.init_mingru(1, 2, rng=rng)):
        with pytest.raises(ValueError, match="^rng: expected a NumPy generator"):
            call()


# What compares does not agree by underflow or overflow.

sizes = st.sampled_from([1e-320, 1e-300, 1e-170, 1e-24, 1e-10, 1.0, 1e10, 1e30, 1e170, 1e300])


@given(size=sizes, a=arrays(np.float64, 4, elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0])),
       b=arrays(np.float64, 4, elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0])))
def test_relative_error_does_not_depend_on_the_size(size, a, b):
    plain = np.linalg.norm(a - b) / max(np.linalg.norm(a), np.linalg.norm(b), 1e-9)
    assert gradients.relative_error(a * size, b * size) == pytest.approx(plain, rel=1e-3 if size < 1e-307 else 1e-12, abs=1e-300)


@given(dtype=st.sampled_from([np.float16, np.float32, np.float64, np.uint8, np.int8, np.int64]))
def test_relative_error_in_any_dtype_is_that_of_the_numbers(dtype):
    a, b = np.array([1, 2, 100], dtype), np.array([2, 1, 100], dtype)
    assert gradients.relative_error(a, b) == pytest.approx(np.sqrt(2 / 10005))
    assert gradients.relative_error(a.tolist(), torch.from_numpy(b)) == pytest.approx(np.sqrt(2 / 10005))


@given(dtype=FLOATS, lag=st.integers(1, 40))
def test_a_gradient_s_norm_is_right_as_long_as_its_dtype_can_hold_it(dtype, lag):
    """With one weight of 0.1 and no activation the norm at lag k is 0.1^k; its square leaves float32 from lag 23 on."""
    norms = gradients.gradient_norm_per_lag(np.zeros((lag + 1, 1), dtype), np.ones(1, dtype), np.full((1, 1), 0.1, dtype), "identity")
    smallest = np.finfo(dtype).tiny
    for k, norm in enumerate(norms):
        if 0.1**k > smallest:
            assert norm == pytest.approx(0.1**k, rel=1e-4, abs=0)


def test_what_is_said_of_an_overflow_is_so():
    weight = {"weight_ih": np.ones((2, 1)), "weight_hh": 3 * np.eye(2)}
    states = rnn.forward(np.ones((800, 1)), None, weight, "identity")
    assert np.isnan(states[-1]).all() and np.isinf(states).any(), "an infinity has met a weight of 0"
