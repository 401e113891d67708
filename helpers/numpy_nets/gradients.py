"""How a gradient travels back: Jacobians, its norm per lag, spectra, and the check by finite differences."""

from math import hypot

import numpy as np

from helpers.numpy_nets.checks import check_finite, check_float, check_positive, check_whole, checked_by
from helpers.numpy_nets.rnn import NONLINEARITIES, check_nonlinearity


def _check_jacobian(h_t, weight_hh, nonlinearity="tanh"):
    check_nonlinearity(nonlinearity)
    _check_square("weight_hh", weight_hh)
    check_float("h_t", h_t, f"({len(weight_hh)},)")
    _check_shape("h_t", h_t, (len(weight_hh),))


@checked_by(_check_jacobian)
def jacobian(h_t, weight_hh, nonlinearity="tanh"):
    """Return dh_t / dh_{t-1} = diag(phi'(a_t)) W_hh; row i says what moves unit i.

    Shapes: h_t (hidden_size,), weight_hh (hidden_size, hidden_size) -> (hidden_size, hidden_size).
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Pascanu, Mikolov, Bengio 2013.
    Shown in: notebook 04.
    """
    _, slope = NONLINEARITIES[nonlinearity]
    return slope(h_t)[:, None] * weight_hh


def _check_norm_per_lag(states, grad_h_n, weight_hh, nonlinearity="tanh"):
    check_nonlinearity(nonlinearity)
    _check_square("weight_hh", weight_hh)
    shape = f"(seq_len + 1, batch, {len(weight_hh)})"
    check_float("states", states, shape)
    if states.ndim not in (2, 3) or len(states) == 0 or states.shape[-1] != len(weight_hh):
        raise ValueError(f"states: expected shape {shape}, got {states.shape}")
    check_float("grad_h_n", grad_h_n, str(states.shape[1:]))
    _check_shape("grad_h_n", grad_h_n, states.shape[1:])


@checked_by(_check_norm_per_lag)
def gradient_norm_per_lag(states, grad_h_n, weight_hh, nonlinearity="tanh"):
    """Return norms[k] = |dL/dh_{T-k}|, for a loss L of the last state h_T alone; norms[0] is |grad_h_n|.

    dL/dh_{t-1} = W_hh^T (phi'(a_t) * dL/dh_t). `states` is what forward returned. The norm of a batch is taken over
    all its members together, by hypot, whose squares neither underflow nor overflow.

    Shapes: states (seq_len + 1, batch, hidden_size) or (seq_len + 1, hidden_size), grad_h_n as states[-1] ->
        (seq_len + 1,).
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Pascanu, Mikolov, Bengio 2013.
    Shown in: notebook 04.
    """
    _, slope = NONLINEARITIES[nonlinearity]
    grad_h = grad_h_n
    norms = [hypot(*grad_h.ravel())]
    for h in states[:0:-1]:
        grad_h = (slope(h) * grad_h) @ weight_hh
        norms.append(hypot(*grad_h.ravel()))
    return np.array(norms)


def _check_spectral_radius(matrix):
    _check_square("matrix", matrix)


@checked_by(_check_spectral_radius)
def spectral_radius(matrix):
    """Return the largest absolute value of an eigenvalue: the long-run factor per step of repeated multiplication.

    Shapes: matrix (size, size) -> a number.
    Raises: ValueError when the matrix is no square array.
    Shown in: notebook 04.
    """
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _check_largest_singular_value(matrix):
    check_float("matrix", matrix, "(rows, columns)")
    if matrix.ndim != 2:                        # NumPy would take a vector, and return its length
        raise ValueError(f"matrix: expected shape (rows, columns), got {matrix.shape}")
    check_finite("matrix", matrix)


@checked_by(_check_largest_singular_value)
def largest_singular_value(matrix):
    """Return the largest factor by which the matrix can stretch a vector in one step.

    Shapes: matrix (rows, columns) -> a number.
    Raises: ValueError when the matrix is no array with two axes.
    Shown in: notebook 04.
    """
    return float(np.linalg.norm(matrix, 2))


def _check_fit_factor(norms, first, last):
    if type(norms) not in (np.ndarray, list, tuple):
        raise ValueError(f"norms: expected a NumPy array or a list of numbers, got a {type(norms).__name__}")
    check_whole("first", first, low=0)
    check_whole("last", last)
    if not 0 <= first < last < len(norms):
        raise ValueError(f"first, last: expected 0 <= first < last < {len(norms)}, got {first}, {last}")
    part = np.asarray(norms[first : last + 1], float)
    if not (np.isfinite(part).all() and (part > 0).all()):
        wrong = part[~(np.isfinite(part) & (part > 0))][0]
        raise ValueError(f"norms: expected finite positive numbers from lag {first} to {last}, got {wrong}")


@checked_by(_check_fit_factor)
def fit_factor(norms, first, last):
    """Return the factor per step f of the best line log norms[k] = k log f + const, for k from first to last inclusive.

    Raises: ValueError when the range has fewer than two lags or leaves the array, or a norm in it is not positive.
    Shown in: notebook 04.
    """
    part = np.asarray(norms[first : last + 1])
    return float(np.exp(np.polyfit(np.arange(first, last + 1), np.log(part), 1)[0]))


def _check_central_differences(loss, array, step=1e-6):
    if type(array) is not np.ndarray or array.dtype.kind != "f":
        got = array.dtype if type(array) is np.ndarray else f"a {type(array).__name__}"
        raise ValueError(f"array: expected a NumPy array of floating-point numbers, got {got}")
    check_positive("step", step)
    unmoved = array[(array + step == array) | (array - step == array)]
    if unmoved.size:
        raise ValueError(f"step: expected one that moves every entry, got {step!r}, which {array.dtype} does not notice beside {unmoved[0]}")


@checked_by(_check_central_differences)
def central_differences(loss, array, step=1e-6):
    """Return (loss at array + step - loss at array - step) / (2 step) for every entry of `array` in turn.

    `loss()` takes no argument and reads `array`, whose entries are moved and put back exactly.

    Shapes: the gradient has the shape and the dtype of `array`.
    Raises: ValueError when `array` holds whole numbers, or `step` is not positive or too small to move every entry.
    Shown in: notebook 03.
    """
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        try:
            array[index] = value + step
            above = loss()
            array[index] = value - step
            below = loss()
        finally:
            array[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def relative_error(a, b):
    """Return |a - b| / max(|a|, |b|) in the Euclidean norm; 0 where both are all zeros, NaN where either holds a NaN or infinity.

    Computed in float64, after a division by the largest entry: no square of it underflows or overflows.

    Raises: ValueError when the shapes differ, or one of the two holds no real numbers or is a masked array.
    Shown in: notebook 03.
    """
    a, b = _as_floats("a", a), _as_floats("b", b)
    _check_shape("b", b, a.shape)
    largest = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    if not np.isfinite(np.array([a, b])).all():
        return float("nan")
    if largest == 0:
        return 0.0
    a, b = a / largest, b / largest
    return float(np.linalg.norm(a - b) / max(np.linalg.norm(a), np.linalg.norm(b)))


def _as_floats(name, values):
    """Return an array, a list or a tensor of real numbers as float64."""
    if isinstance(values, np.ndarray) and type(values) is not np.ndarray:
        raise ValueError(f"{name}: expected a plain array, got a {type(values).__name__}")
    array = np.asarray(values.detach() if hasattr(values, "detach") else values)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name}: expected real numbers, got {array.dtype}")
    return array.astype(np.float64)


def _check_shape(name, array, shape):
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")


def _check_square(name, array):
    check_float(name, array, "(size, size)")
    size = len(array) if array.ndim else "size"
    if array.shape != (size, size):
        raise ValueError(f"{name}: expected shape ({size}, {size}), got {array.shape}")
    check_finite(name, array)
