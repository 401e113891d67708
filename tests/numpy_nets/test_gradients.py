"""Jacobians, norms per lag, spectra and finite differences against what they must be; losses, clipping, SGD."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.numpy_nets.gradients import (
    central_differences,
    fit_factor,
    gradient_norm_per_lag,
    jacobian,
    largest_singular_value,
    relative_error,
    spectral_radius,
)
from helpers.numpy_nets.optimize import (
    clip_by_norm,
    clip_by_value,
    mean_squared_error,
    sgd_update,
    softmax_cross_entropy,
)
from helpers.numpy_nets.rnn import NONLINEARITIES, backward, forward, init_parameters, init_recurrent, step

many = settings(max_examples=50)
nonlinearities = st.sampled_from(list(NONLINEARITIES))
seeds = st.integers(0, 2**32 - 1)


@many
@given(seeds, st.integers(1, 6), nonlinearities)
def test_jacobian_equals_central_differences(seed, hidden_size, nonlinearity):
    rng = np.random.default_rng(seed)
    parameters = init_parameters(2, hidden_size, rng=rng)
    x_t, h = rng.normal(size=2), rng.normal(size=hidden_size)
    found = jacobian(step(x_t, h, parameters, nonlinearity), parameters["weight_hh"], nonlinearity)
    for unit in range(hidden_size):
        row = central_differences(lambda unit=unit: step(x_t, h, parameters, nonlinearity)[unit], h)
        np.testing.assert_allclose(found[unit], row, atol=1e-8)


@many
@given(seeds, st.integers(0, 12), st.sampled_from([(), (1,), (4,)]), st.integers(1, 6), nonlinearities)
def test_norm_per_lag_is_that_of_the_backward_pass(seed, seq_len, batch, hidden_size, nonlinearity):
    rng = np.random.default_rng(seed)
    parameters = init_parameters(2, hidden_size, rng=rng)
    x, h_0 = rng.normal(size=(seq_len, *batch, 2)), rng.normal(size=(*batch, hidden_size))
    grad_h_n = rng.normal(size=(*batch, hidden_size))
    states = forward(x, h_0, parameters, nonlinearity)
    norms = gradient_norm_per_lag(states, grad_h_n, parameters["weight_hh"], nonlinearity)
    assert norms.shape == (seq_len + 1,)
    assert norms[0] == pytest.approx(np.linalg.norm(grad_h_n), rel=1e-14)
    for lag in range(1, seq_len + 1):
        start = seq_len - lag  # a run that starts at this state: its h_0 is the state `lag` steps before the end
        grad_output = np.zeros((lag, *batch, hidden_size))
        grad_output[-1] = grad_h_n
        gradients = backward(x[start:], states[start:], grad_output, parameters, nonlinearity)
        np.testing.assert_allclose(norms[lag], np.linalg.norm(gradients["h_0"]), rtol=1e-12)


def test_spectra_of_matrices_with_known_ones():
    rotation = 0.5 * np.array([[0.6, -0.8], [0.8, 0.6]])
    assert spectral_radius(rotation) == pytest.approx(0.5, rel=1e-14)
    assert largest_singular_value(rotation) == pytest.approx(0.5, rel=1e-14)
    shear = np.array([[0.9, 2.0], [0.0, 0.9]])
    assert spectral_radius(shear) == pytest.approx(0.9, rel=1e-7)
    assert largest_singular_value(shear) == pytest.approx(1 + np.sqrt(1 + 0.81), rel=1e-14)


@pytest.mark.parametrize("hidden_size", [32, 128])
def test_torch_start_has_the_spectrum_that_its_variance_gives(hidden_size):
    # Entries of variance 1 / (3 H): eigenvalues in a disc of radius 1 / sqrt 3, largest singular value 2 / sqrt 3.
    rng = np.random.default_rng(0)
    draws = [init_recurrent("uniform", hidden_size, rng) for _ in range(20)]
    assert np.mean([spectral_radius(draw) for draw in draws]) == pytest.approx(1 / np.sqrt(3), rel=0.12)
    assert np.mean([largest_singular_value(draw) for draw in draws]) == pytest.approx(2 / np.sqrt(3), rel=0.12)


def test_fit_factor_finds_the_factor():
    assert fit_factor(3 * 0.59 ** np.arange(40), 10, 39) == pytest.approx(0.59, rel=1e-12)
    noisy = 2.0 ** np.array([0.0, 2, 1, 3])
    assert fit_factor(noisy, 0, 3) == pytest.approx(2**0.8, rel=1e-12)  # slope of the least squares line by hand
    assert fit_factor(noisy, 1, 2) == pytest.approx(0.5, rel=1e-12)


def test_central_differences_of_a_cubic():
    array = np.array([[1.0, -2.0], [0.0, 3.0]])
    found = central_differences(lambda: np.sum(array**3), array, 1e-3)
    np.testing.assert_allclose(found, 3 * array**2 + 1e-6, atol=1e-10)  # the error of a cubic is step^2 exactly


def test_central_differences_put_everything_back():
    array = np.random.default_rng(0).normal(size=(3, 2)) * 1e-3
    before = array.copy()
    central_differences(lambda: float(array.sum()), array, 0.1)
    assert np.array_equal(array, before)

    def fails():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        central_differences(fails, array, 0.1)
    assert np.array_equal(array, before)


def test_central_differences_keep_float32():
    array = np.ones(2, np.float32)
    assert central_differences(lambda: array.sum(), array, 1e-2).dtype == np.float32


def test_relative_error():
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0])) == 0
    assert relative_error(np.array([3.0, 4.0]), np.array([0.0, 0.0])) == 1
    assert relative_error(np.array([0.0, 4.0]), np.array([3.0, 4.0])) == pytest.approx(0.6)
    assert relative_error(np.zeros(2), np.zeros(2)) == 0
    for a, b in ((np.nan, 1.0), (1.0, np.nan), (np.nan, np.nan), (np.nan, 0.0), (np.inf, np.inf)):  # none agrees
        assert np.isnan(relative_error(np.array([a]), np.array([b])))


# Losses


@many
@given(seeds, st.sampled_from([(4,), (1, 1), (5, 2, 3)]))
def test_mean_squared_error_equals_torch(seed, shape):
    rng = np.random.default_rng(seed)
    y, target = rng.normal(size=shape), rng.normal(size=shape)
    loss, grad = mean_squared_error(y, target)
    y = torch.tensor(y, requires_grad=True)
    expected = torch.nn.functional.mse_loss(y, torch.tensor(target))
    expected.backward()
    np.testing.assert_allclose(loss, expected.item(), rtol=1e-13)
    np.testing.assert_allclose(grad, y.grad.numpy(), rtol=1e-13)


@many
@given(seeds, st.sampled_from([(1,), (4,), (5, 2)]), st.integers(1, 5), st.sampled_from([1.0, 1e3]))
def test_softmax_cross_entropy_equals_torch(seed, leading, classes, scale):
    rng = np.random.default_rng(seed)
    logits, labels = scale * rng.normal(size=(*leading, classes)), rng.integers(classes, size=leading)
    before = logits.copy()
    loss, grad = softmax_cross_entropy(logits, labels)
    assert np.array_equal(logits, before)
    logits = torch.tensor(logits, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(logits.reshape(-1, classes), torch.tensor(labels).reshape(-1))
    expected.backward()
    np.testing.assert_allclose(loss, expected.item(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(grad, logits.grad.numpy(), rtol=1e-12, atol=1e-15)


def test_losses_keep_float32():
    y = np.ones((2, 3), np.float32)
    assert mean_squared_error(y, y)[1].dtype == softmax_cross_entropy(y, np.array([0, 1]))[1].dtype == np.float32


# Clipping and the update


@many
@given(seeds, st.sampled_from([1e-3, 1.0, 5.0, 1e3]))
def test_clip_by_norm_equals_torch(seed, max_norm):
    rng = np.random.default_rng(seed)
    gradients = {"weight": rng.normal(size=(3, 2)), "bias": rng.normal(size=3)}
    clipped, norm = clip_by_norm(gradients, max_norm)
    theirs = [torch.nn.Parameter(torch.tensor(value)) for value in gradients.values()]
    for parameter, value in zip(theirs, gradients.values(), strict=True):
        parameter.grad = torch.tensor(value)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm)
    np.testing.assert_allclose(norm, expected.item(), rtol=1e-13)
    for ours, parameter in zip(clipped.values(), theirs, strict=True):
        np.testing.assert_allclose(ours, parameter.grad.numpy(), rtol=1e-5)  # torch adds 1e-6 to the norm
    assert clip_by_norm(clipped, max_norm)[1] <= max_norm * (1 + 1e-12)
    if norm <= max_norm:
        assert all(np.array_equal(clipped[name], gradients[name]) for name in gradients)


def test_clip_by_norm_of_nothing():
    clipped, norm = clip_by_norm({"weight": np.zeros(3)}, 1.0)
    assert norm == 0
    assert not clipped["weight"].any()


def test_clip_by_value_turns_and_clip_by_norm_does_not():
    gradients = {"weight": np.array([3.0, -4.0, 0.5])}
    assert np.array_equal(clip_by_value(gradients, 1)["weight"], [1, -1, 0.5])
    np.testing.assert_allclose(clip_by_norm({"weight": np.array([3.0, -4.0])}, 1)[0]["weight"], [0.6, -0.8])
    assert np.array_equal(gradients["weight"], [3.0, -4.0, 0.5])


def test_sgd_update_makes_new_parameters():
    parameters = {"weight": np.array([1.0, 2.0])}
    updated = sgd_update(parameters, {"weight": np.array([10.0, -10.0]), "h_0": np.ones(2)}, 0.1)
    assert list(updated) == ["weight"]
    assert np.array_equal(updated["weight"], [0.0, 3.0])
    assert np.array_equal(parameters["weight"], [1.0, 2.0])
