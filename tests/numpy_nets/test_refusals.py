"""Helpers refuse what they cannot use, by the name of the argument, or do right with it; dtypes stay; nothing agrees by underflow."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from helpers.numpy_nets import gated, gradients, optimize, rnn, toy_tasks

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
PARAMETERS = rnn.init_parameters(3, 4, 2, rng=np.random.default_rng(1))
GRU, LSTM = (make(3, 4, rng=np.random.default_rng(2)) for make in (gated.init_gru, gated.init_lstm))
X, H, Y = (np.random.default_rng(3).normal(size=shape) for shape in ((5, 2, 3), (2, 4), (5, 2, 2)))
STATES = rnn.forward(X, H, PARAMETERS)
# (the function, its arguments as they should be, the name and the place of the one that is spoiled)
CALLS = [
    (optimize.mean_squared_error, (Y, Y + 1), "y", 0), (optimize.mean_squared_error, (Y, Y + 1), "target", 1),
    (optimize.softmax_cross_entropy, (Y, np.zeros((5, 2), int)), "logits", 0),
    (rnn.step, (X[0], H, PARAMETERS), "x_t", 0), (rnn.step, (X[0], H, PARAMETERS), "h", 1),
    (rnn.forward, (X, H, PARAMETERS), "x", 0), (rnn.backward, (X, STATES, STATES[1:], PARAMETERS), "states", 1),
    (rnn.backward, (X, STATES, STATES[1:], PARAMETERS), "grad_output", 2), (rnn.read_out, (H, PARAMETERS), "h", 0),
    (rnn.read_out_backward, (H, Y[0], PARAMETERS), "grad_y", 1),
    (gated.gru_step, (X[0], H, GRU), "x_t", 0), (gated.lstm_step, (X[0], H, H, LSTM), "c", 2),
    (gradients.jacobian, (H[0], PARAMETERS["weight_hh"]), "h_t", 0), (gradients.jacobian, (H[0], PARAMETERS["weight_hh"]), "weight_hh", 1),
    (gradients.gradient_norm_per_lag, (STATES, H, PARAMETERS["weight_hh"]), "states", 0),
    (gradients.gradient_norm_per_lag, (STATES, H, PARAMETERS["weight_hh"]), "grad_h_n", 1),
    (gradients.spectral_radius, (PARAMETERS["weight_hh"],), "matrix", 0),
    (gradients.largest_singular_value, (PARAMETERS["weight_ih"],), "matrix", 0),
]


@pytest.mark.parametrize("kind", NO_ARRAYS)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0].__name__}-{call[2]}")
def test_what_is_no_array_of_real_numbers_is_refused_by_name(call, kind):
    function, arguments, name, place = call
    function(*arguments)
    if function is rnn.forward and name == "h_0" and kind == "None":
        return
    spoiled = [NO_ARRAYS[kind](value) if number == place else value for number, value in enumerate(arguments)]
    with pytest.raises(ValueError, match=rf"^{name}\b"):
        function(*spoiled)


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
                 lambda: toy_tasks.adding(5, 2, rng), lambda: toy_tasks.copy_symbols(5, 2, rng), lambda: toy_tasks.last_pulse(5, 2, rng)):
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


def test_relative_error_of_the_reported_cases():
    for size, dtype in ((1e-24, np.float32), (1e-170, np.float64)):
        assert gradients.relative_error(np.array([size], dtype), np.array([-size], dtype)) == pytest.approx(2)
    assert gradients.relative_error(np.zeros(2), np.zeros(2)) == 0.0
    for bad in (np.nan, np.inf):
        assert np.isnan(gradients.relative_error(np.array([bad]), np.array([bad])))
    with pytest.raises(ValueError, match="^a: expected a plain array, got a MaskedArray"):
        gradients.relative_error(np.ma.masked_array([1.0, np.nan], [False, True]), np.array([1.0, 2.0]))


@given(dtype=FLOATS, lag=st.integers(1, 40))
def test_a_gradient_s_norm_is_right_as_long_as_its_dtype_can_hold_it(dtype, lag):
    """With one weight of 0.1 and no activation the norm at lag k is 0.1^k; its square leaves float32 from lag 23 on."""
    norms = gradients.gradient_norm_per_lag(np.zeros((lag + 1, 1), dtype), np.ones(1, dtype), np.full((1, 1), 0.1, dtype), "identity")
    smallest = np.finfo(dtype).tiny
    for k, norm in enumerate(norms):
        if 0.1**k > smallest:
            assert norm == pytest.approx(0.1**k, rel=1e-4, abs=0)


def test_a_step_that_nothing_notices_is_refused():
    with pytest.raises(ValueError, match="^step: expected one that moves every entry, got 1e-06, which float32 does not notice beside 100.0"):
        gradients.central_differences(lambda: 0.0, np.array([1.0, 100.0], np.float32))


def test_what_is_said_of_an_overflow_is_so():
    weight = {"weight_ih": np.ones((2, 1)), "weight_hh": 3 * np.eye(2)}
    states = rnn.forward(np.ones((800, 1)), None, weight, "identity")
    assert np.isnan(states[-1]).all() and np.isinf(states).any(), "an infinity has met a weight of 0"
    with np.errstate(all="ignore"):
        grown = rnn.forward(np.ones((800, 1)), None, {"weight_ih": np.ones((1, 1)), "weight_hh": np.full((1, 1), 3.0)}, "identity")
    assert np.isposinf(grown[-1]).all()
