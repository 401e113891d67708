"""What is accepted: every check raises ValueError that names the argument, what was expected and what came."""

import functools
import math
from numbers import Integral

import numpy as np

_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ho", "bias_o")


def checked_by(check):
    """Return a decorator: `check` sees the arguments first and raises ValueError where they cannot be meant.

    So the body below it is the equation alone, word for word the notebook's; tests/test_same_code.py drops decorators.
    """

    def decorate(function):
        @functools.wraps(function)
        def checked(*args, **kwargs):
            check(*args, **kwargs)
            return function(*args, **kwargs)

        return checked

    return decorate


def check_whole(name, number, low=1):
    """Refuse what is no whole number from `low` on; NumPy's whole numbers are good, True and 3.0 are not."""
    if isinstance(number, bool) or not isinstance(number, Integral) or number < low:
        raise ValueError(f"{name}: expected a whole number, {low} or more, got {number!r}")


def check_dtype(dtype):
    """Refuse all but float32 and float64, in whatever form NumPy takes a dtype."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        raise ValueError(f"dtype: expected float32 or float64, got {dtype!r}") from None
    if found not in (np.float32, np.float64):
        raise ValueError(f"dtype: expected float32 or float64, got {found}")


def check_network(name, x, leading, parameters, blocks=1):
    """Check the parameters of a recurrent network, and the input called `name` against them; return hidden_size.

    `leading` names the axes before the features; the last of them, batch, may be missing. `blocks` is the number of
    matrices of hidden_size rows in each weight: 4 for an LSTM, 3 for a GRU.
    """
    check_names(parameters, ("weight_ih", "weight_hh"))
    weight_ih, weight_hh = parameters["weight_ih"], parameters["weight_hh"]
    rows = "hidden_size" if blocks == 1 else f"{blocks} * hidden_size"
    check_rank("weight_ih", weight_ih, (rows, "input_size"))
    check_rank("weight_hh", weight_hh, (rows, "hidden_size"))
    hidden_size = len(weight_hh) if blocks == 1 else min(weight_hh.shape)  # the shorter side, transposed or not
    input_size = weight_ih.shape[1]
    fitting = len(weight_ih) == blocks * hidden_size  # where the two matrices contradict each other, x is not to blame
    if (
        not isinstance(x, np.ndarray)
        or x.dtype not in (np.float32, np.float64)
        or x.ndim - len(leading) not in (0, 1)
        or (fitting and x.shape[-1] != input_size)
    ):
        features = input_size if fitting else "input_size"
        expected = f"{in_words((*leading, features))} or {in_words((*leading[:-1], features))}"
        check_float(name, x, expected)
        refuse(name, x, expected)
    check_array("weight_hh", weight_hh, (blocks * hidden_size, hidden_size), x.dtype)
    check_array("weight_ih", weight_ih, (blocks * hidden_size, x.shape[-1]), x.dtype)
    for bias in ("bias_ih", "bias_hh"):
        if bias in parameters:
            check_array(bias, parameters[bias], (blocks * hidden_size,), x.dtype)
    check_finite(name, x)
    return hidden_size


def check_names(parameters, required):
    """Refuse what is no dict of parameters, a name that no network has, and a required one that is missing."""
    if not isinstance(parameters, dict):
        raise ValueError(f"parameters: expected a dict of arrays by name, got a {type(parameters).__name__}")
    for name in parameters:
        if name not in _NAMES:
            raise ValueError(f"parameters: expected the names {', '.join(_NAMES)}, got {name!r}")
    for name in required:
        if name not in parameters:
            raise ValueError(f"parameters: expected {name} among them, got {', '.join(parameters) or 'none'}")


def check_rank(name, array, axes):
    """Refuse what is no array with as many axes as are named."""
    if not isinstance(array, np.ndarray) or array.ndim != len(axes):
        check_float(name, array, in_words(axes))
        refuse(name, array, in_words(axes))


def check_array(name, array, shape, dtype, finite=True):
    """Refuse what is no array of this shape and dtype, with finite numbers alone unless `finite` is False."""
    if isinstance(array, np.ndarray) and array.shape == shape and array.dtype == dtype:
        if finite:
            check_finite(name, array)
        return
    check_float(name, array, in_words(shape))
    if array.dtype != dtype:
        raise ValueError(f"{name}: expected shape {in_words(shape)} and {dtype}, got {array.shape} and {array.dtype}")
    refuse(name, array, in_words(shape), f": {name} looks transposed" if array.T.shape == shape else "")


def check_finite(name, array):
    """Refuse an array with a NaN or an infinity in it, and say where the first one is."""
    flat = array.ravel("K")  # "K": the order in which the numbers lie, so that nothing is copied
    if math.isfinite(np.vdot(flat, flat)) or np.isfinite(array).all():  # the first is fast, but may overflow
        return
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    raise ValueError(f"{name}: expected finite numbers, got {array[index]} first at index {index}, shape {array.shape}")


def check_float(name, array, expected):
    """Refuse what is no array of float32 or float64; `expected` is the shape in words."""
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{name}: expected a NumPy array of shape {expected}, got a {type(array).__name__}")
    if array.dtype not in (np.float32, np.float64):
        expected += " and float32 or float64"
        raise ValueError(f"{name}: expected shape {expected}, got {array.shape} and {array.dtype}")


def refuse(name, array, expected, hint=""):
    """Raise ValueError about an array's shape."""
    raise ValueError(f"{name}: expected shape {expected}, got {array.shape}{hint}")


def in_words(shape):
    """Return a shape of numbers and names as it is written: (seq_len, batch, 3)."""
    return str(tuple(shape)).replace("'", "")
