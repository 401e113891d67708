"""What is accepted: every check raises ValueError that names the argument, what was expected and what came.

An array is a NumPy array and no subclass of it: a masked array would lose its mask on the way, a matrix multiply otherwise.
"""

import functools
import math
from numbers import Integral, Real

import numpy as np

_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ho", "bias_o")


def checked_by(check):
    """Return a decorator: `check` sees the arguments first and raises ValueError where they cannot be meant.

    So the body below it is the equation alone, word for word the notebook's; tests/notebooks/test_same_code.py drops
    decorators. NumPy's scalars become Python's numbers first: a learning rate of float64 would make float32 parameters float64.
    """

    def decorate(function):
        @functools.wraps(function)
        def checked(*args, **kwargs):
            args, kwargs = [plain(value) for value in args], {name: plain(value) for name, value in kwargs.items()}
            check(*args, **kwargs)
            return function(*args, **kwargs)

        return checked

    return decorate


def plain(value):
    """Return a NumPy scalar, or a tuple of them, as Python's numbers; anything else as it is."""
    if isinstance(value, np.number):
        return value.item()
    return tuple(map(plain, value)) if type(value) is tuple else value


def check_positive(name, number):
    """Refuse what is no real number above 0; infinity is one, as the bound that bounds nothing."""
    if isinstance(number, bool) or not isinstance(number, Real) or not number > 0:
        raise ValueError(f"{name}: expected a positive number, got {described(number)}")


def check_finite_number(name, number):
    """Refuse what is no real number, or infinite."""
    if isinstance(number, bool) or not isinstance(number, Real) or not math.isfinite(number):
        raise ValueError(f"{name}: expected a finite number, got {described(number)}")


def check_rng(rng):
    """Refuse what is no generator of random numbers."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng: expected a NumPy generator, such as np.random.default_rng(0), got {described(rng)}")


def described(value):
    """Return a value in a refusal: a number or word as it is written, anything else by its type."""
    return repr(value) if isinstance(value, (Real, str, tuple, type(None))) else f"a {type(value).__name__}"


def check_gradients(parameters, gradients):
    """Refuse parameters and gradients that are no dicts of arrays, or whose arrays differ in shape or dtype."""
    for name, values in (("parameters", parameters), ("gradients", gradients)):
        if not isinstance(values, dict):
            raise ValueError(f"{name}: expected a dict of arrays by name, got {described(values)}")
    for name, value in parameters.items():
        if name not in gradients:
            raise ValueError(f"gradients: expected {name!r} among them, got {', '.join(gradients) or 'none'}")
        check_float(f"parameters[{name!r}]", value, "that of its gradient")
        check_array(f"gradients[{name!r}]", gradients[name], value.shape, value.dtype, finite=False)


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
    fitting = len(weight_ih) == blocks * hidden_size  # where the two matrices contradict each other, x is not to blame
    check_input(name, x, leading, weight_ih.shape[1] if fitting else "input_size")
    check_array("weight_hh", weight_hh, (blocks * hidden_size, hidden_size), x.dtype)
    check_array("weight_ih", weight_ih, (blocks * hidden_size, x.shape[-1]), x.dtype)
    for bias in ("bias_ih", "bias_hh"):
        if bias in parameters:
            check_array(bias, parameters[bias], (blocks * hidden_size,), x.dtype)
    return hidden_size


def check_input(name, x, leading, input_size):
    """Refuse what is no finite input with the axes `leading`, the last of which may be missing, and input_size features.

    The word "input_size" stands for any number of features.
    """
    fits = type(x) is np.ndarray and x.ndim - len(leading) in (0, 1) and input_size in (x.shape[-1], "input_size")
    if not fits or x.dtype not in (np.float32, np.float64):
        expected = f"{in_words((*leading, input_size))} or {in_words((*leading[:-1], input_size))}"
        check_float(name, x, expected)
        refuse(name, x, expected)
    check_finite(name, x)


def check_names(parameters, required, known=_NAMES):
    """Refuse what is no dict of parameters, a name that is not known, and a required one that is missing."""
    if not isinstance(parameters, dict):
        raise ValueError(f"parameters: expected a dict of arrays by name, got a {type(parameters).__name__}")
    for name in parameters:
        if name not in known:
            raise ValueError(f"parameters: expected the names {', '.join(known)}, got {name!r}")
    for name in required:
        if name not in parameters:
            raise ValueError(f"parameters: expected {name} among them, got {', '.join(parameters) or 'none'}")


def check_rank(name, array, axes):
    """Refuse what is no array with as many axes as are named."""
    if type(array) is not np.ndarray or array.ndim != len(axes):
        check_float(name, array, in_words(axes))
        refuse(name, array, in_words(axes))


def check_array(name, array, shape, dtype, finite=True):
    """Refuse what is no array of this shape and dtype, with finite numbers alone unless `finite` is False."""
    if type(array) is np.ndarray and array.shape == shape and array.dtype == dtype:
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
    if type(array) is not np.ndarray:
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
