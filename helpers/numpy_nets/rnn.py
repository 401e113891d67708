"""The recurrent network in NumPy: its parameters, one step, the loop over the steps, and the backward pass.

h_t = phi(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh),    y_t = W_ho h_t + b_o

Names and shapes are those of torch.nn.RNN. Parameters are a dict of arrays:

    weight_ih (hidden_size, input_size)     weight_hh (hidden_size, hidden_size)
    bias_ih   (hidden_size,)                bias_hh   (hidden_size,)               each may be left out
    weight_ho (output_size, hidden_size)    bias_o    (output_size,)               only where there is a read-out

All arrays of one call have one dtype, float32 or float64. No function changes what it is given.
The functions that compute are the equations and nothing else; what they accept is checked before they run, by the
function that stands in their decorator (helpers/checks.py).
"""

import math

import numpy as np

from helpers.numpy_nets.checks import (
    check_array,
    check_dtype,
    check_float,
    check_names,
    check_network,
    check_rank,
    check_rng,
    check_whole,
    checked_by,
    in_words,
    refuse,
)


def sigmoid(a, out=None):
    """Return 1 / (1 + exp(-a)), written with tanh so that no exponential overflows; into `out` if it is given.

    Shapes: that of a, any.
    Shown in: notebook 01.
    """
    return np.multiply(0.5, 1 + np.tanh(0.5 * a), out=out)


def relu(a, out=None):
    """Return max(a, 0), into `out` if it is given.

    Shapes: that of a, any.
    Shown in: notebook 01.
    """
    return np.maximum(a, 0, out=out)


# Name: (phi, its slope). The slope phi'(a) is written with h = phi(a), which the forward pass keeps; a is not needed.
NONLINEARITIES = {
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (relu, lambda h: (h > 0).astype(h.dtype)),
    "identity": (np.positive, np.ones_like),
    "sigmoid": (sigmoid, lambda h: h * (1 - h)),
}


def init_recurrent(recurrent, hidden_size, rng):
    """Return a first recurrent weight matrix.

    "zeros", "normal" (standard deviation 0.01), "uniform" (torch's default, U(-k, k) with k = 1 / sqrt(hidden_size)),
    "orthogonal" (uniformly drawn, every singular value 1), "identity".

    Shapes: (hidden_size, hidden_size), float64.
    Raises: ValueError when `recurrent` is unknown, or `hidden_size` is not a positive whole number.
    Source: Saxe, McClelland, Ganguli 2014 (orthogonal); Le, Jaitly, Hinton 2015 (identity); PyTorch documentation of
        torch.nn.RNN (uniform).
    Shown in: notebook 02.
    """
    check_whole("hidden_size", hidden_size)
    check_rng(rng)
    shape = (hidden_size, hidden_size)
    if recurrent == "zeros":
        return np.zeros(shape)
    if recurrent == "normal":
        return rng.normal(0, 0.01, shape)
    if recurrent == "uniform":
        return draw_uniform(shape, hidden_size, rng)
    if recurrent == "orthogonal":
        q, r = np.linalg.qr(rng.normal(size=shape))
        return q * np.where(np.diag(r) < 0, -1, 1)  # without these signs the draw is not uniform
    if recurrent == "identity":
        return np.eye(hidden_size)
    raise ValueError(f"recurrent: expected one of zeros, normal, uniform, orthogonal, identity, got {recurrent!r}")


def init_parameters(
    input_size, hidden_size, output_size=None, *, rng, recurrent="uniform", bias=True, dtype=np.float64
):
    """Return a dict of first parameters, drawn as torch draws them: U(-k, k) with k = 1 / sqrt(hidden_size).

    `recurrent` picks another kind of weight_hh (see init_recurrent). With `output_size` the read-out weight_ho, bias_o
    comes too. `bias=False` leaves all biases out.

    Raises: ValueError when a size is not a positive whole number, `recurrent` or `dtype` is unknown.
    Source: PyTorch documentation of torch.nn.RNN and torch.nn.Linear.
    Shown in: notebook 02.
    """
    return draw_parameters(1, input_size, hidden_size, output_size, rng, bias, dtype, recurrent)


def draw_parameters(blocks, input_size, hidden_size, output_size, rng, bias, dtype, recurrent=None):
    """Return what init_parameters, init_lstm or init_gru do: weights of blocks * hidden_size rows, drawn as torch draws them.

    `recurrent` picks another kind of weight_hh, which has one block.
    """
    check_whole("input_size", input_size)
    check_whole("hidden_size", hidden_size)
    check_dtype(dtype)
    check_rng(rng)
    rows = blocks * hidden_size
    shapes = {"weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size)}
    if bias:
        shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
    if output_size is not None:
        check_whole("output_size", output_size)
        shapes |= {"weight_ho": (output_size, hidden_size)} | ({"bias_o": (output_size,)} if bias else {})
    parameters = {}
    for name, shape in shapes.items():
        own_kind = recurrent and name == "weight_hh"
        array = init_recurrent(recurrent, hidden_size, rng) if own_kind else draw_uniform(shape, hidden_size, rng)
        parameters[name] = array.astype(dtype)
    return parameters


def pencil_network():
    """Return (x, h_0, parameters, target) of the course's little network: two units, three steps, one decimal.

    Small enough to redo with a pencil; its loss is L = 1/2 sum_t (y_t - target_t)^2, its nonlinearity tanh.

    Shapes: x (3, 1, 1), h_0 (1, 2), target (3, 1, 1), float64.
    Shown in: notebooks 02 to 05.
    """
    parameters = {
        "weight_ih": np.array([[0.5], [-0.3]]),
        "weight_hh": np.array([[0.4, -0.2], [0.3, 0.6]]),
        "bias_ih": np.array([0.1, -0.1]),
        "bias_hh": np.array([0.0, 0.0]),
        "weight_ho": np.array([[0.7, -0.5]]),
        "bias_o": np.array([0.2]),
    }
    x = np.array([1.0, -0.5, 0.8]).reshape(3, 1, 1)
    target = np.array([0.5, 0.0, 0.4]).reshape(3, 1, 1)
    return x, np.zeros((1, 2)), parameters, target


def draw_uniform(shape, hidden_size, rng):
    """Return numbers from U(-k, k), k = 1 / sqrt(hidden_size), as torch draws every weight and bias.

    Source: PyTorch documentation of torch.nn.RNN.
    """
    bound = 1 / math.sqrt(hidden_size)
    return rng.uniform(-bound, bound, shape)


def check_nonlinearity(nonlinearity):
    """Refuse what is no name of NONLINEARITIES."""
    if not isinstance(nonlinearity, str) or nonlinearity not in NONLINEARITIES:
        raise ValueError(f"nonlinearity: expected one of {', '.join(NONLINEARITIES)}, got {nonlinearity!r}")


def _check_step(x_t, h, parameters, nonlinearity="tanh"):
    check_nonlinearity(nonlinearity)
    hidden_size = check_network("x_t", x_t, ("batch",), parameters)
    check_array("h", h, (*x_t.shape[:-1], hidden_size), x_t.dtype)


def _check_forward(x, h_0, parameters, nonlinearity="tanh"):
    check_nonlinearity(nonlinearity)
    hidden_size = check_network("x", x, ("seq_len", "batch"), parameters)
    if h_0 is not None:
        check_array("h_0", h_0, (*x.shape[1:-1], hidden_size), x.dtype)


def _check_backward(x, states, grad_output, parameters, nonlinearity="tanh"):
    check_nonlinearity(nonlinearity)
    hidden_size = check_network("x", x, ("seq_len", "batch"), parameters)
    check_array("states", states, (len(x) + 1, *x.shape[1:-1], hidden_size), x.dtype, finite=False)
    check_array("grad_output", grad_output, (*x.shape[:-1], hidden_size), x.dtype)


def _check_read_out(h, parameters):
    check_names(parameters, ("weight_ho",))
    weight_ho = parameters["weight_ho"]
    check_rank("weight_ho", weight_ho, ("output_size", "hidden_size"))
    output_size, hidden_size = weight_ho.shape
    check_float("h", h, f"(..., {hidden_size})")
    if h.shape[-1:] == (output_size,) != (hidden_size,):
        refuse("weight_ho", weight_ho, in_words((hidden_size, output_size)), ": weight_ho looks transposed")
    if h.shape[-1:] != (hidden_size,):
        refuse("h", h, f"(..., {hidden_size})")
    check_array("weight_ho", weight_ho, (output_size, hidden_size), h.dtype)
    if "bias_o" in parameters:
        check_array("bias_o", parameters["bias_o"], (output_size,), h.dtype)


def _check_read_out_backward(h, grad_y, parameters):
    _check_read_out(h, parameters)
    check_array("grad_y", grad_y, (*h.shape[:-1], len(parameters["weight_ho"])), h.dtype)


@checked_by(_check_step)
def step(x_t, h, parameters, nonlinearity="tanh"):
    """Return the next hidden state, h_t = phi(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh).

    Shapes: x_t (batch, input_size), h (batch, hidden_size) -> (batch, hidden_size); or all without batch.
    Raises: ValueError naming the argument, what was expected and what came; numbers that are not finite are refused.
    Source: Elman 1990; PyTorch documentation of torch.nn.RNN.
    Shown in: notebook 02.
    """
    phi, _ = NONLINEARITIES[nonlinearity]
    a = x_t @ parameters["weight_ih"].T + parameters.get("bias_ih", 0)
    a += h @ parameters["weight_hh"].T + parameters.get("bias_hh", 0)
    return phi(a)


@checked_by(_check_forward)
def forward(x, h_0, parameters, nonlinearity="tanh"):
    """Return every hidden state: states[0] is h_0, states[t + 1] = step(x[t], states[t]).

    states[1:] is what torch.nn.RNN calls `output`, states[-1] is its `h_n`. `h_0=None` stands for zeros. A sequence
    of no steps gives h_0 alone. The inputs of all steps are weighted in one product, which needs no state.

    Shapes: x (seq_len, batch, input_size), h_0 (batch, hidden_size) -> (seq_len + 1, batch, hidden_size);
        or x (seq_len, input_size), h_0 (hidden_size,) -> (seq_len + 1, hidden_size).
    Raises: ValueError naming the argument, what was expected and what came; numbers that are not finite are refused.
        A state that grows beyond the dtype on the way is passed on: as inf, and as nan where an infinity meets a weight of 0
        or another infinity of the opposite sign.
    Source: Elman 1990; PyTorch documentation of torch.nn.RNN.
    Shown in: notebook 02.
    """
    phi, _ = NONLINEARITIES[nonlinearity]
    weight_ih, weight_hh = parameters["weight_ih"], parameters["weight_hh"]
    hidden_size, input_size = weight_ih.shape
    states = np.empty((len(x) + 1, *x.shape[1:-1], hidden_size), x.dtype)
    states[0] = 0 if h_0 is None else h_0
    np.matmul(x.reshape(-1, input_size), weight_ih.T, out=states[1:].reshape(-1, hidden_size))
    states[1:] += parameters.get("bias_ih", 0) + parameters.get("bias_hh", 0)
    for h, h_next in zip(states, states[1:]):
        h_next += np.dot(h, weight_hh.T)  # h_next held the input's part; now it is a_t
        phi(h_next, out=h_next)
    return states


@checked_by(_check_backward)
def backward(x, states, grad_output, parameters, nonlinearity="tanh"):
    """Return the gradients of the loss L by name: "x", "h_0" and each recurrent parameter.

    delta_t = phi'(a_t) * (dL/dh_t, direct + W_hh^T delta_{t+1}); W_hh is used at every step, so its gradient is
    the sum over t of delta_t h_{t-1}^T, and the same holds for W_ih and the biases. `states` is what forward returned.
    `grad_output` is dL/dh_t as far as L looks at h_t directly; for a loss of the last state it is zero but for [-1].

    Shapes: x (seq_len, batch, input_size), states (seq_len + 1, batch, hidden_size), grad_output (seq_len, batch,
        hidden_size), or all without batch; each gradient has the shape of what it belongs to.
    Raises: ValueError naming the argument, what was expected and what came; numbers that are not finite are refused
        except in `states`, where an overflow of the forward pass is passed on.
    Source: Werbos 1990.
    Shown in: notebook 03.
    """
    _, slope = NONLINEARITIES[nonlinearity]
    weight_ih, weight_hh = parameters["weight_ih"], parameters["weight_hh"]
    hidden_size, input_size = weight_ih.shape
    delta = slope(states[1:])  # phi'(a_t) until the loop has come to t
    grad_h = np.zeros(states.shape[1:], states.dtype)
    for delta_t, grad_output_t in zip(delta[::-1], grad_output[::-1]):
        grad_h += grad_output_t  # dL/dh_t: from y_t, and from h_{t+1}
        delta_t *= grad_h
        np.dot(delta_t, weight_hh, out=grad_h)
    delta = delta.reshape(-1, hidden_size)  # (seq_len * batch, hidden_size): one product sums over steps and batch
    gradients = {"x": (delta @ weight_ih).reshape(x.shape), "h_0": grad_h}
    gradients["weight_ih"] = delta.T @ x.reshape(-1, input_size)
    gradients["weight_hh"] = delta.T @ states[:-1].reshape(-1, hidden_size)
    grad_bias = delta.sum(axis=0)
    return gradients | {name: grad_bias.copy() for name in ("bias_ih", "bias_hh") if name in parameters}


@checked_by(_check_read_out)
def read_out(h, parameters):
    """Return y = W_ho h + b_o.

    Shapes: h (..., hidden_size) -> (..., output_size), for one state as for all of them.
    Raises: ValueError naming the argument, what was expected and what came.
    Shown in: notebook 02.
    """
    return h @ parameters["weight_ho"].T + parameters.get("bias_o", 0)


@checked_by(_check_read_out_backward)
def read_out_backward(h, grad_y, parameters):
    """Return dL/dh = W_ho^T dL/dy, and a dict with the gradients of weight_ho and bias_o.

    Shapes: h (..., hidden_size), grad_y (..., output_size) -> (..., hidden_size), {(output_size, hidden_size),
        (output_size,)}.
    Raises: ValueError naming the argument, what was expected and what came.
    Shown in: notebook 03.
    """
    weight_ho = parameters["weight_ho"]
    output_size, hidden_size = weight_ho.shape
    flat = grad_y.reshape(-1, output_size)
    gradients = {"weight_ho": flat.T @ h.reshape(-1, hidden_size)}
    if "bias_o" in parameters:
        gradients["bias_o"] = flat.sum(axis=0)
    return grad_y @ weight_ho, gradients
