"""The gated networks in NumPy: LSTM, GRU and the leaky network, forward and backward.

Formulas, names, shapes and the order of the gates are those of torch.nn.LSTM (i, f, g, o) and torch.nn.GRU (r, z, n).
Parameters are a dict of arrays, with n = 4 (LSTM), 3 (GRU), 1 (leaky) blocks of rows, one for each gate:

    weight_ih (n * hidden_size, input_size)     weight_hh (n * hidden_size, hidden_size)
    bias_ih   (n * hidden_size,)                bias_hh   (n * hidden_size,)              each may be left out
    weight_ho, bias_o                           the read-out, as in helpers.numpy_nets.rnn, ignored here

All have one calling form: `kept = forward(x, h_0, parameters)`, `backward(x, kept, grad_output, parameters)`. Two differ:
the LSTM's start is a pair (h_0, c_0), the leaky network takes `gate` as a last argument. kept[0] are the states, h_0 first,
as helpers.numpy_nets.rnn.forward returns them; the rest is what the way back needs.
All arrays of one call have one dtype, float32 or float64. No function changes what it is given.
"""

from functools import partial
from numbers import Real

import numpy as np

from helpers.numpy_nets.checks import (
    check_array,
    check_finite_number,
    check_network,
    check_whole,
    checked_by,
)
from helpers.numpy_nets.rnn import draw_parameters, sigmoid


def init_lstm(
    input_size, hidden_size, output_size=None, *, rng, forget_bias=None, input_bias=None, bias=True, dtype=np.float64
):
    """Return first parameters of an LSTM, drawn as torch draws them: U(-k, k) with k = 1 / sqrt(hidden_size).

    With `forget_bias` the two biases of the forget gate are replaced: their sum is that number for every unit, or that
    of each unit if it is an array; `input_bias` does the same for the input gate. With `output_size` the read-out
    weight_ho, bias_o comes too. `bias=False` leaves all biases out.

    Raises: ValueError when a size is not a positive whole number, `dtype` is unknown, or a bias is set and left out.
    Source: PyTorch documentation of torch.nn.LSTM; Gers, Schmidhuber, Cummins 2000 (forget gate); Jozefowicz, Zaremba,
        Sutskever 2015 (its bias).
    Shown in: notebook 10.
    """
    parameters = draw_parameters(4, input_size, hidden_size, output_size, rng, bias, dtype)
    parameters = _set_bias("input_bias", input_bias, 0, parameters)
    return _set_bias("forget_bias", forget_bias, 1, parameters)


def init_gru(input_size, hidden_size, output_size=None, *, rng, update_bias=None, bias=True, dtype=np.float64):
    """Return first parameters of a GRU, drawn as torch draws them: U(-k, k) with k = 1 / sqrt(hidden_size).

    With `update_bias` the two biases of the update gate are replaced: their sum is that number for every unit, or that of
    each unit if it is an array. In torch's formula an open update gate keeps the old state. The other options are those
    of init_lstm.

    Raises: ValueError as init_lstm.
    Source: PyTorch documentation of torch.nn.GRU; Cho et al. 2014.
    """
    parameters = draw_parameters(3, input_size, hidden_size, output_size, rng, bias, dtype)
    return _set_bias("update_bias", update_bias, 1, parameters)


def chrono_bias(hidden_size, longest, rng):
    """Return the bias of a gate that keeps, for each unit: log(u), u from U(1, longest - 1).

    A gate sigma(b) that is left alone forgets over about 1 + exp(b) steps: so the units remember over times from 2 to
    `longest`. It is the LSTM's forget_bias, with input_bias its negative, and the update_bias of torch's GRU.

    Shapes: (hidden_size,).
    Raises: ValueError when hidden_size is no positive whole number, or longest is not above 2.
    Source: Tallec, Ollivier 2018.
    Shown in: notebook 10.
    """
    check_whole("hidden_size", hidden_size)
    if not longest > 2:
        raise ValueError(f"longest: expected a number above 2, got {longest!r}")
    return np.log(rng.uniform(1, longest - 1, hidden_size))


def _set_bias(name, value, block, parameters):
    """Make the biases of one gate add up to `value`, unless it is None; return the parameters."""
    if value is None:
        return parameters
    if "bias_ih" not in parameters:
        raise ValueError(f"{name}: expected None where bias=False, got {value!r}")
    hidden_size = parameters["weight_hh"].shape[1]
    if isinstance(value, np.ndarray):
        check_array(name, value, (hidden_size,), np.float64)
    else:
        check_finite_number(name, value)
    rows = slice(block * hidden_size, (block + 1) * hidden_size)
    parameters["bias_ih"][rows], parameters["bias_hh"][rows] = value, 0
    return parameters


def _check_lstm_step(x_t, h, c, parameters):
    hidden_size = check_network("x_t", x_t, ("batch",), parameters, 4)
    shape = (*x_t.shape[:-1], hidden_size)
    check_array("h", h, shape, x_t.dtype)
    check_array("c", c, shape, x_t.dtype)


def _check_gru_step(x_t, h, parameters):
    hidden_size = check_network("x_t", x_t, ("batch",), parameters, 3)
    check_array("h", h, (*x_t.shape[:-1], hidden_size), x_t.dtype)


def _check_lstm_forward(x, start, parameters):
    hidden_size = check_network("x", x, ("seq_len", "batch"), parameters, 4)
    if start is None:
        return
    if not isinstance(start, (tuple, list)) or len(start) != 2:
        raise ValueError(f"start: expected None or a pair (h_0, c_0), got a {type(start).__name__}")
    for name, array in zip(("h_0", "c_0"), start):
        check_array(name, array, (*x.shape[1:-1], hidden_size), x.dtype)


def _check_forward(blocks, x, h_0, parameters, gate=0):
    hidden_size = check_network("x", x, ("seq_len", "batch"), parameters, blocks)
    if h_0 is not None:
        check_array("h_0", h_0, (*x.shape[1:-1], hidden_size), x.dtype)
    _check_gate(gate)


def _check_gate(gate):
    if isinstance(gate, bool) or not isinstance(gate, Real) or not 0 <= gate <= 1:
        raise ValueError(f"gate: expected a number from 0 to 1, got {gate!r}")


def _check_backward(blocks, names, x, kept, grad_output, parameters, gate=0):
    hidden_size = check_network("x", x, ("seq_len", "batch"), parameters, blocks)
    if not isinstance(kept, tuple) or len(kept) != len(names):
        raise ValueError(f"kept: expected what forward returned, ({', '.join(names)}), got a {type(kept).__name__}")
    for name, array in zip(names, kept):
        steps = len(x) + (name in ("states", "cells"))
        width = blocks * hidden_size if name == "gates" else hidden_size
        check_array(name, array, (steps, *x.shape[1:-1], width), x.dtype, finite=False)
    check_array("grad_output", grad_output, (*x.shape[:-1], hidden_size), x.dtype)
    _check_gate(gate)


@checked_by(_check_lstm_step)
def lstm_step(x_t, h, c, parameters):
    """Return the next hidden state and the next cell state, (h_t, c_t).

    i, f, o = sigma(W x_t + b + W' h_{t-1} + b'), each with its own weights, and g = tanh of the like;
    c_t = f * c_{t-1} + i * g,    h_t = o * tanh(c_t)

    Shapes: x_t (batch, input_size), h and c (batch, hidden_size) -> two of (batch, hidden_size); or all without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Hochreiter, Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000; PyTorch documentation of torch.nn.LSTM.
    Shown in: notebook 10.
    """
    a = x_t @ parameters["weight_ih"].T + parameters.get("bias_ih", 0)
    a += h @ parameters["weight_hh"].T + parameters.get("bias_hh", 0)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=-1)
    c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * np.tanh(c), c


@checked_by(_check_gru_step)
def gru_step(x_t, h, parameters):
    """Return the next hidden state.

    r, z = sigma(W x_t + b + W' h_{t-1} + b'), each with its own weights; n = tanh(W x_t + b + r * (W' h_{t-1} + b'));
    h_t = (1 - z) * n + z * h_{t-1}

    Shapes: x_t (batch, input_size), h (batch, hidden_size) -> (batch, hidden_size); or both without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Cho et al. 2014; PyTorch documentation of torch.nn.GRU, whose reset gate stands after the product.
    Shown in: notebook 10.
    """
    heard = x_t @ parameters["weight_ih"].T + parameters.get("bias_ih", 0)
    offered = h @ parameters["weight_hh"].T + parameters.get("bias_hh", 0)
    heard_r, heard_z, heard_n = np.split(heard, 3, axis=-1)
    offered_r, offered_z, offered_n = np.split(offered, 3, axis=-1)
    r, z = sigmoid(heard_r + offered_r), sigmoid(heard_z + offered_z)
    n = np.tanh(heard_n + r * offered_n)
    return (1 - z) * n + z * h


def _project(x, parameters):
    """Return W_ih x_t + b_ih of all steps, in one product.

    Shapes: (seq_len, batch, n * hidden_size).
    """
    weight_ih = parameters["weight_ih"]
    projected = np.empty((*x.shape[:-1], len(weight_ih)), x.dtype)
    np.matmul(x.reshape(-1, x.shape[-1]), weight_ih.T, out=projected.reshape(-1, len(weight_ih)))
    projected += parameters.get("bias_ih", 0)
    return projected


@checked_by(_check_lstm_forward)
def lstm_forward(x, start, parameters):
    """Return (states, cells, gates): every h_t and c_t with the start first, and every i, f, g, o side by side.

    states[1:] is what torch.nn.LSTM calls `output`, states[-1] and cells[-1] are its h_n and c_n. `start` is
    (h_0, c_0); None stands for zeros. sigma(a) = (1 + tanh(a / 2)) / 2: the rows of i, f, o are halved once, and then
    one tanh serves all four.

    Shapes: x (seq_len, batch, input_size), h_0 and c_0 (batch, hidden_size) -> two of (seq_len + 1, batch,
        hidden_size), one of (seq_len, batch, 4 * hidden_size); or all without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: as lstm_step.
    Shown in: notebook 10.
    """
    weight_hh = parameters["weight_hh"]
    hidden_size = weight_hh.shape[1]
    scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), hidden_size)
    shift = 1 - scale
    gates = (_project(x, parameters) + parameters.get("bias_hh", 0)) * scale
    weight = (scale[:, None] * weight_hh).T
    states = np.empty((len(x) + 1, *x.shape[1:-1], hidden_size), x.dtype)
    cells = np.empty_like(states)
    states[0], cells[0] = (0, 0) if start is None else start
    spare, spare_c = np.empty(gates.shape[1:], x.dtype), np.empty(states.shape[1:], x.dtype)
    i, f, g, o = np.split(gates, 4, axis=-1)
    for h, c, a, i_t, f_t, g_t, o_t, h_next, c_next in zip(states, cells, gates, i, f, g, o, states[1:], cells[1:]):
        a += np.dot(h, weight, out=spare)
        np.tanh(a, out=a)
        a *= scale
        a += shift
        np.multiply(f_t, c, out=c_next)
        c_next += np.multiply(i_t, g_t, out=spare_c)
        np.tanh(c_next, out=h_next)
        h_next *= o_t
    return states, cells, gates


@checked_by(partial(_check_backward, 4, ("states", "cells", "gates")))
def lstm_backward(x, kept, grad_output, parameters):
    """Return the gradients of the loss L by name: "x", "h_0", "c_0", each recurrent parameter, "states" and "cells".

    With dL/dh_t known, dL/dc_t = dL/dh_t * o (1 - tanh(c_t)^2) + dL/dc_{t+1} * f_{t+1}; the pre-activations have
    delta_i = dL/dc_t * g i (1 - i), delta_f = dL/dc_t * c_{t-1} f (1 - f), delta_g = dL/dc_t * i (1 - g^2),
    delta_o = dL/dh_t * tanh(c_t) o (1 - o), and h_{t-1} gets W_hh^T delta_t. All factors but the gradients themselves
    are known beforehand, for all steps at once.
    "states"[t] is dL/dh_t and "cells"[t] dL/dc_t, as handed back to step t: for a loss of the last state alone,
    their norms are the gradient for each lag. "states"[-1] is grad_output[-1], "cells"[-1] is 0.

    Shapes: each gradient has the shape of what it belongs to.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Gers, Schmidhuber, Cummins 2000; with the full gradient, Graves, Schmidhuber 2005.
    Shown in: notebook 10.
    """
    states, cells, gates = kept
    i, f, g, o = np.split(gates, 4, axis=-1)
    tanh_c = np.tanh(cells[1:])
    slope = o * (1 - tanh_c * tanh_c)  # dh_t / dc_t
    delta = np.concatenate([g * i * (1 - i), cells[:-1] * f * (1 - f), i * (1 - g * g), tanh_c * o * (1 - o)], axis=-1)
    grad_states, grad_cells = np.zeros_like(states), np.zeros_like(states)
    grad_states[1:] = grad_output
    for t in reversed(range(len(x))):
        grad_h = grad_states[t + 1]
        grad_c = grad_cells[t + 1] + grad_h * slope[t]
        delta[t] *= np.concatenate([grad_c, grad_c, grad_c, grad_h], axis=-1)
        grad_cells[t] = grad_c * f[t]
        grad_states[t] += np.dot(delta[t], parameters["weight_hh"])
    gradients = sum_over_steps(x, states, delta, delta, parameters)
    return gradients | {"h_0": grad_states[0], "c_0": grad_cells[0], "states": grad_states, "cells": grad_cells}


@checked_by(partial(_check_forward, 3))
def gru_forward(x, h_0, parameters):
    """Return (states, gates, offered): every h_t with h_0 first, every r, z, n side by side, every W_hn h_{t-1} + b_hn.

    states[1:] is what torch.nn.GRU calls `output`, states[-1] is its h_n. `h_0=None` stands for zeros. The rows of r
    and z are halved once, as in lstm_forward.

    Shapes: x (seq_len, batch, input_size), h_0 (batch, hidden_size) -> (seq_len + 1, batch, hidden_size),
        (seq_len, batch, 3 * hidden_size), (seq_len, batch, hidden_size); or all without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: as gru_step.
    Shown in: notebook 10.
    """
    weight_hh = parameters["weight_hh"]
    hidden_size = weight_hh.shape[1]
    bias_hh = parameters.get("bias_hh", np.zeros(3 * hidden_size, x.dtype))
    scale = np.repeat(np.array([0.5, 0.5, 1], x.dtype), hidden_size)
    weight = (scale[:, None] * weight_hh).T
    gates = _project(x, parameters)
    gates[..., : 2 * hidden_size] += bias_hh[: 2 * hidden_size]
    gates *= scale
    states = np.empty((len(x) + 1, *x.shape[1:-1], hidden_size), x.dtype)
    states[0] = 0 if h_0 is None else h_0
    offered = np.empty_like(states[1:])
    spare = np.empty(gates.shape[1:], x.dtype)
    spare_rz, spare_n = spare[..., : 2 * hidden_size], spare[..., 2 * hidden_size :]
    r, z, n = np.split(gates, 3, axis=-1)
    rz = gates[..., : 2 * hidden_size]
    for h, rz_t, r_t, z_t, n_t, offered_t, h_next in zip(states, rz, r, z, n, offered, states[1:]):
        np.dot(h, weight, out=spare)
        rz_t += spare_rz
        np.tanh(rz_t, out=rz_t)
        rz_t *= 0.5
        rz_t += 0.5
        np.add(spare_n, bias_hh[2 * hidden_size :], out=offered_t)
        n_t += np.multiply(r_t, offered_t, out=spare_n)
        np.tanh(n_t, out=n_t)
        np.subtract(h, n_t, out=h_next)
        h_next *= z_t
        h_next += n_t
    return states, gates, offered


@checked_by(partial(_check_backward, 3, ("states", "gates", "offered")))
def gru_backward(x, kept, grad_output, parameters):
    """Return the gradients of the loss L by name: "x", "h_0", each recurrent parameter, and "states".

    With dL/dh_t known: delta_n = dL/dh_t * (1 - z) (1 - n^2), delta_z = dL/dh_t * (h_{t-1} - n) z (1 - z),
    delta_r = delta_n * offered * r (1 - r); what the state offered to n gets delta_n * r, and
    dL/dh_{t-1} = dL/dh_t * z + W_hh^T (delta_r, delta_z, delta_n * r). Each is dL/dh_t times a factor that is known
    beforehand, for all steps at once.
    "states"[t] is dL/dh_t: for a loss of the last state alone, their norms are the gradient for each lag.

    Shapes: each gradient has the shape of what it belongs to.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Cho et al. 2014.
    Shown in: notebook 10.
    """
    states, gates, offered = kept
    r, z, n = np.split(gates, 3, axis=-1)
    to_n = (1 - z) * (1 - n * n)
    delta = np.concatenate([to_n * offered * r * (1 - r), (states[:-1] - n) * z * (1 - z), to_n * r], axis=-1)
    grad_states = np.zeros_like(states)
    grad_states[1:] = grad_output
    for t in reversed(range(len(x))):
        grad_h = grad_states[t + 1]
        delta[t] *= np.concatenate([grad_h, grad_h, grad_h], axis=-1)
        grad_states[t] += grad_h * z[t]
        grad_states[t] += np.dot(delta[t], parameters["weight_hh"])
    delta_x = delta.copy()  # W_ih x_t reaches n without passing r
    delta_x[..., -n.shape[-1] :] = to_n * grad_states[1:]
    gradients = sum_over_steps(x, states, delta_x, delta, parameters)
    return gradients | {"h_0": grad_states[0], "states": grad_states}


@checked_by(partial(_check_forward, 1))
def leaky_forward(x, h_0, parameters, gate):
    """Return (states, candidates): every h_t with h_0 first, and every n_t.

    n_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh),    h_t = gate * h_{t-1} + (1 - gate) * n_t, the gate a number

    Shapes: x (seq_len, batch, input_size), h_0 (batch, hidden_size) -> (seq_len + 1, batch, hidden_size),
        (seq_len, batch, hidden_size); or all without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Jaeger 2001; Mozer 1992.
    Used in: notebook 10.
    One step of it, leaky_step, is taught in notebook 02.
    """
    weight = parameters["weight_hh"].T
    candidates = _project(x, parameters) + parameters.get("bias_hh", 0)
    states = np.empty((len(x) + 1, *x.shape[1:-1], len(weight)), x.dtype)
    states[0] = 0 if h_0 is None else h_0
    spare = np.empty(states.shape[1:], x.dtype)
    for h, n_t, h_next in zip(states, candidates, states[1:]):
        n_t += np.dot(h, weight, out=spare)
        np.tanh(n_t, out=n_t)
        np.subtract(h, n_t, out=h_next)
        h_next *= gate
        h_next += n_t
    return states, candidates


@checked_by(partial(_check_backward, 1, ("states", "candidates")))
def leaky_backward(x, kept, grad_output, parameters, gate):
    """Return the gradients of the loss L by name: "x", "h_0", each recurrent parameter, and "states".

    delta_t = dL/dh_t * (1 - gate) (1 - n_t^2),    dL/dh_{t-1} = gate * dL/dh_t + W_hh^T delta_t
    "states"[t] is dL/dh_t, as in gru_backward.

    Shapes: each gradient has the shape of what it belongs to.
    Raises: ValueError naming the argument, what was expected and what came.
    Shown in: notebook 10.
    """
    states, candidates = kept
    delta = (1 - gate) * (1 - candidates * candidates)
    grad_states = np.zeros_like(states)
    grad_states[1:] = grad_output
    for t in reversed(range(len(x))):
        grad_h = grad_states[t + 1]
        delta[t] *= grad_h
        grad_states[t] += grad_h * gate
        grad_states[t] += np.dot(delta[t], parameters["weight_hh"])
    return sum_over_steps(x, states, delta, delta, parameters) | {"h_0": grad_states[0], "states": grad_states}


def sum_over_steps(x, states, delta_x, delta_h, parameters):
    """Return the gradients of x and of the recurrent parameters: one product sums over the steps and the batch.

    delta_x is the gradient of W_ih x_t + b_ih of every step, delta_h that of W_hh h_{t-1} + b_hh; the GRU's differ.

    Shapes: x (seq_len, batch, input_size), states (seq_len + 1, batch, hidden_size), delta_x and delta_h (seq_len,
        batch, rows); or all without batch.
    Used in: notebook 10 (the sums are those of rnn.backward).
    """
    rows, input_size = parameters["weight_ih"].shape
    flat_x, flat_h = delta_x.reshape(-1, rows), delta_h.reshape(-1, rows)
    gradients = {"x": (flat_x @ parameters["weight_ih"]).reshape(x.shape)}
    gradients["weight_ih"] = flat_x.T @ x.reshape(-1, input_size)
    gradients["weight_hh"] = flat_h.T @ states[:-1].reshape(-1, states.shape[-1])
    if "bias_ih" in parameters:
        gradients["bias_ih"] = flat_x.sum(axis=0)
    if "bias_hh" in parameters:
        gradients["bias_hh"] = flat_h.sum(axis=0)
    return gradients
