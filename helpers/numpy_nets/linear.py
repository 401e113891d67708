"""Linear recurrences in NumPy: the LRU and the minGRU, forward and backward, and the scans that run their steps side by side.

Both networks are h_t = a_t * h_{t-1} + b_t, unit by unit, and neither a_t nor b_t looks at the state. So all a_t and b_t
are known before the first step, and the order of the combinations is free:

    (a, b) then (a', b')  is  (a' a, a' b + b')

A scan takes all a and b, time first, and returns all h: step by step (scan_loop), in rounds of doubling reach
(scan_doubling), or up and down a tree (scan_tree). The networks take any of the three as their argument `scan`.

Parameters are dicts of real arrays. LRU, with its state of hidden_size complex numbers:

    nu_log, theta_log, gamma_log (hidden_size,)      B_re, B_im (hidden_size, input_size)
    C_re, C_im (output_size, hidden_size)            D (output_size, input_size)

minGRU, with the blocks of rows z and h~, and torch's names:

    weight_ih (2 * hidden_size, input_size)          bias_ih (2 * hidden_size,), which may be left out

All arrays of one call have one dtype, float32 or float64; the LRU's states are complex64 or complex128. A gradient of a
complex array is what torch has: real part, the derivative by the real part, imaginary part, that by the imaginary part.
No function changes what it is given.
"""

from math import pi, sqrt

import numpy as np

from helpers.numpy_nets.checks import (
    check_array,
    check_dtype,
    check_finite,
    check_input,
    check_names,
    check_rank,
    check_rng,
    check_whole,
    checked_by,
    in_words,
    refuse,
)
from helpers.numpy_nets.rnn import draw_uniform, sigmoid

_LRU = ("nu_log", "theta_log", "gamma_log", "B_re", "B_im", "C_re", "C_im", "D")
_MINGRU = ("weight_ih", "bias_ih")


def _check_scan(a, b, in_place=False):
    if not isinstance(b, np.ndarray) or b.ndim == 0:
        raise ValueError(f"b: expected an array, time first, got {b!r}")
    if not isinstance(a, np.ndarray) or a.ndim != b.ndim or len(a) != len(b):
        found = a.shape if isinstance(a, np.ndarray) else type(a).__name__
        raise ValueError(f"a: expected {b.ndim} axes and {len(b)} steps, as b has, got {found}")
    if any(width not in (1, wanted) for width, wanted in zip(a.shape[1:], b.shape[1:])):
        raise ValueError(f"a: expected shape {b.shape}, or 1 where all share it, got {a.shape}")


@checked_by(_check_scan)
def scan_loop(a, b, in_place=False):
    """Return h_t = a_t * h_{t-1} + b_t for all t, one step after the other; h_0 = b_0, so a_0 does not matter.

    With `in_place`, h takes the place of b, which saves memory and time.
    Rounds: seq_len - 1. Combinations: seq_len - 1.

    Shapes: b (seq_len, ...), a the same, or 1 in place of an axis that all share -> that of b.
    Raises: ValueError when the shapes do not fit.
    Shown in: notebook 11.
    """
    h = b if in_place else b.copy()
    for t in range(1, len(b)):
        h[t] += a[t] * h[t - 1]
    return h


@checked_by(_check_scan)
def scan_doubling(a, b, in_place=False):
    """Return what scan_loop returns, in rounds that each double how far back a step has looked.

    After the round with `reach` r, (a_t, b_t) stands for the last 2r steps up to t.
    Rounds: log2(seq_len), rounded up. Combinations: about seq_len * log2(seq_len).

    Shapes, Raises: as scan_loop.
    Source: Hillis, Steele 1986.
    Shown in: notebook 11.
    """
    a, h, reach = a.copy(), b if in_place else b.copy(), 1
    while reach < len(h):
        h[reach:] += a[reach:] * h[:-reach]
        a[reach:] *= a[:-reach]
        reach *= 2
    return h


@checked_by(_check_scan)
def scan_tree(a, b, in_place=False):
    """Return what scan_loop returns: up a tree of pairs, and down again to the steps that the pairs left out.

    Up, blocks of 1, 2, 4, ... steps are joined in pairs, so that the last step of a block stands for all of it. Down, the
    first half of the next block is joined to each block whose last step is finished.
    Rounds: at most 2 log2(seq_len), rounded up. Combinations: fewer than 2 seq_len.

    Shapes, Raises: as scan_loop.
    Source: Brent, Kung 1982; Blelloch 1990.
    Shown in: notebook 11.
    """
    a, h = a.copy(), b if in_place else b.copy()
    sizes = [2**level for level in range((len(h) - 1).bit_length())]
    for size in sizes:  # up
        h[2 * size - 1 :: 2 * size] += a[2 * size - 1 :: 2 * size] * h[size - 1 : -size : 2 * size]
        a[2 * size - 1 :: 2 * size] *= a[size - 1 : -size : 2 * size]
    for size in reversed(sizes):  # down
        h[3 * size - 1 :: 2 * size] += a[3 * size - 1 :: 2 * size] * h[2 * size - 1 : -size : 2 * size]
    return h


SCANS = {"loop": scan_loop, "doubling": scan_doubling, "tree": scan_tree}


def count_combinations(kind, seq_len):
    """Return how many combinations each round of a scan of SCANS makes: its length is the rounds, its sum is the work.

    Rounds in which nothing is combined are left out.

    Raises: ValueError when `kind` is unknown or seq_len is no whole number, 1 or more.
    Shown in: notebook 11.
    """
    check_whole("seq_len", seq_len)
    reaches = [2**level for level in range((seq_len - 1).bit_length())]
    if kind == "loop":
        return [1] * (seq_len - 1)
    if kind == "doubling":
        return [seq_len - reach for reach in reaches]
    if kind == "tree":
        up = [seq_len // (2 * size) for size in reaches]
        down = [(seq_len - size) // (2 * size) for size in reversed(reaches)]
        return [count for count in up + down if count]
    raise ValueError(f"kind: expected one of {', '.join(SCANS)}, got {kind!r}")


def init_lru(input_size, hidden_size, output_size, *, rng, r_min=0.0, r_max=1.0, max_phase=2 * pi, dtype=np.float64):
    """Return first parameters of an LRU: lambda uniform on the ring r_min <= |lambda| <= r_max, phases up to max_phase.

    gamma = sqrt(1 - |lambda|^2), so that noise comes out of the recurrence as large as it went in. B, C and D are drawn
    from N(0, 1), divided by sqrt(2 input_size), sqrt(hidden_size) and sqrt(input_size).

    Raises: ValueError when a size is no positive whole number, `dtype` is unknown, rng is no generator, or not 0 <= r_min < r_max <= 1 and
        0 < max_phase <= 2 pi.
    Source: Orvieto et al. 2023, section 3 and the code of the appendix (there D is diagonal).
    Shown in: notebook 11.
    """
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("output_size", output_size)):
        check_whole(name, size)
    check_dtype(dtype)
    check_rng(rng)
    if not 0 <= r_min < r_max <= 1:
        raise ValueError(f"r_min, r_max: expected 0 <= r_min < r_max <= 1, got {r_min!r} and {r_max!r}")
    if not 0 < max_phase <= 2 * pi:
        raise ValueError(f"max_phase: expected a number above 0, at most 2 pi, got {max_phase!r}")
    squared = rng.uniform(r_min**2, r_max**2, hidden_size)  # |lambda|^2: uniform in area
    parameters = {
        "nu_log": np.log(-0.5 * np.log(squared)),
        "theta_log": np.log(max_phase * rng.uniform(size=hidden_size)),
        "gamma_log": 0.5 * np.log(1 - squared),
    }
    for name in ("B_re", "B_im"):
        parameters[name] = rng.normal(size=(hidden_size, input_size)) / sqrt(2 * input_size)
    for name in ("C_re", "C_im"):
        parameters[name] = rng.normal(size=(output_size, hidden_size)) / sqrt(hidden_size)
    parameters["D"] = rng.normal(size=(output_size, input_size)) / sqrt(input_size)
    return {name: array.astype(dtype) for name, array in parameters.items()}


def init_mingru(input_size, hidden_size, *, rng, bias=True, dtype=np.float64):
    """Return first parameters of a minGRU, drawn as torch.nn.Linear draws them: U(-k, k) with k = 1 / sqrt(input_size).

    Raises: ValueError when a size is no positive whole number, `dtype` is unknown or rng is no generator.
    Source: Feng et al. 2024; PyTorch documentation of torch.nn.Linear.
    Shown in: notebook 11.
    """
    check_whole("input_size", input_size)
    check_whole("hidden_size", hidden_size)
    check_dtype(dtype)
    check_rng(rng)
    shapes = {"weight_ih": (2 * hidden_size, input_size)} | ({"bias_ih": (2 * hidden_size,)} if bias else {})
    return {name: draw_uniform(shape, input_size, rng).astype(dtype) for name, shape in shapes.items()}


def _check_lru(name, x, leading, parameters):
    check_names(parameters, _LRU, _LRU)
    check_rank("B_re", parameters["B_re"], ("hidden_size", "input_size"))
    check_rank("C_re", parameters["C_re"], ("output_size", "hidden_size"))
    (hidden_size, input_size), output_size = parameters["B_re"].shape, len(parameters["C_re"])
    check_input(name, x, leading, input_size)
    shapes = dict.fromkeys(("nu_log", "theta_log", "gamma_log"), (hidden_size,))
    shapes |= dict.fromkeys(("B_re", "B_im"), (hidden_size, input_size)) | {"D": (output_size, input_size)}
    shapes |= dict.fromkeys(("C_re", "C_im"), (output_size, hidden_size))
    for key, shape in shapes.items():
        check_array(key, parameters[key], shape, x.dtype)
    return hidden_size, output_size


def _check_mingru(name, x, leading, parameters):
    check_names(parameters, ("weight_ih",), _MINGRU)
    weight_ih = parameters["weight_ih"]
    check_rank("weight_ih", weight_ih, ("2 * hidden_size", "input_size"))
    if len(weight_ih) % 2 or len(weight_ih) == 0:
        refuse("weight_ih", weight_ih, "(2 * hidden_size, input_size)", ": an odd number of rows, or none")
    check_input(name, x, leading, weight_ih.shape[1])
    check_array("weight_ih", weight_ih, weight_ih.shape, x.dtype)
    if "bias_ih" in parameters:
        check_array("bias_ih", parameters["bias_ih"], (len(weight_ih),), x.dtype)
    return len(weight_ih) // 2


def _check_state(name, array, shape, dtype, finite=True):
    """As check_array, for a complex dtype."""
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != dtype:
        found = f"{array.shape} and {array.dtype}" if isinstance(array, np.ndarray) else f"a {type(array).__name__}"
        raise ValueError(f"{name}: expected shape {in_words(shape)} and {dtype}, got {found}")
    if finite:
        check_finite(name, array.view(array.real.dtype))  # real and imaginary parts in turn


def _complex(dtype):
    return np.result_type(dtype, np.complex64)


def _check_lru_step(x_t, h, parameters):
    hidden_size, _ = _check_lru("x_t", x_t, ("batch",), parameters)
    _check_state("h", h, (*x_t.shape[:-1], hidden_size), _complex(x_t.dtype))


def _check_lru_forward(x, h_0, parameters, scan=scan_loop):
    hidden_size, _ = _check_lru("x", x, ("seq_len", "batch"), parameters)
    if h_0 is not None:
        _check_state("h_0", h_0, (*x.shape[1:-1], hidden_size), _complex(x.dtype))


def _check_lru_backward(x, states, grad_y, parameters, scan=scan_loop):
    hidden_size, output_size = _check_lru("x", x, ("seq_len", "batch"), parameters)
    _check_state("states", states, (len(x) + 1, *x.shape[1:-1], hidden_size), _complex(x.dtype), finite=False)
    check_array("grad_y", grad_y, (*x.shape[:-1], output_size), x.dtype)


def _check_mingru_step(x_t, h, parameters):
    hidden_size = _check_mingru("x_t", x_t, ("batch",), parameters)
    check_array("h", h, (*x_t.shape[:-1], hidden_size), x_t.dtype)


def _check_mingru_forward(x, h_0, parameters, scan=scan_loop):
    hidden_size = _check_mingru("x", x, ("seq_len", "batch"), parameters)
    if h_0 is not None:
        check_array("h_0", h_0, (*x.shape[1:-1], hidden_size), x.dtype)


def _check_mingru_backward(x, kept, grad_output, parameters, scan=scan_loop):
    hidden_size = _check_mingru("x", x, ("seq_len", "batch"), parameters)
    if not isinstance(kept, tuple) or len(kept) != 2:
        raise ValueError(f"kept: expected what forward returned, (states, gates), got a {type(kept).__name__}")
    shape = x.shape[1:-1]
    check_array("states", kept[0], (len(x) + 1, *shape, hidden_size), x.dtype, finite=False)
    check_array("gates", kept[1], (len(x), *shape, 2 * hidden_size), x.dtype, finite=False)
    check_array("grad_output", grad_output, (*x.shape[:-1], hidden_size), x.dtype)


def lru_matrices(parameters):
    """Return (lambda, gamma, B, C): lambda = exp(-exp(nu_log) + i exp(theta_log)), gamma = exp(gamma_log), B and C complex.

    |lambda| = exp(-exp(nu_log)) is below 1 whatever nu_log is: no update can make the network explode.

    Shapes: (hidden_size,), (hidden_size,), (hidden_size, input_size), (output_size, hidden_size).
    Source: Orvieto et al. 2023.
    Shown in: notebook 11.
    """
    eigenvalues = np.exp(-np.exp(parameters["nu_log"]) + 1j * np.exp(parameters["theta_log"]))
    B = parameters["B_re"] + 1j * parameters["B_im"]
    C = parameters["C_re"] + 1j * parameters["C_im"]
    return eigenvalues, np.exp(parameters["gamma_log"]), B, C


def into_complex(x, matrix, out):
    """Write x @ matrix.T, x real, matrix complex, into `out`, as one product of real numbers: a complex one is a pair.

    Shapes: x (..., n), matrix (m, n) complex, out (..., m) complex.
    """
    rows, columns = matrix.shape
    pairs = np.stack([matrix.real, matrix.imag], axis=1).reshape(2 * rows, columns)
    np.matmul(x.reshape(-1, columns), pairs.T, out=out.reshape(-1, rows).view(x.dtype))


def real_part(h, matrix):
    """Return Re(h @ matrix.T) for a complex h and a complex matrix, as one product of real numbers.

    Shapes: h (..., n) complex, matrix (m, n) -> (..., m).
    """
    rows, columns = matrix.shape
    pairs = np.stack([matrix.real, -matrix.imag], axis=-1).reshape(rows, 2 * columns)
    return (h.reshape(-1, columns).view(pairs.dtype) @ pairs.T).reshape(*h.shape[:-1], rows)


@checked_by(_check_lru_step)
def lru_step(x_t, h, parameters):
    """Return (y_t, h_t) of an LRU:  h_t = lambda * h_{t-1} + gamma * (B x_t),    y_t = Re(C h_t) + D x_t

    Shapes: x_t (batch, input_size), h (batch, hidden_size) complex -> (batch, output_size), (batch, hidden_size) complex;
        or all without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Orvieto et al. 2023.
    Shown in: notebook 11.
    """
    eigenvalues, gamma, B, C = lru_matrices(parameters)
    h = eigenvalues * h + gamma * (x_t @ B.T)
    return (h @ C.T).real + x_t @ parameters["D"].T, h


@checked_by(_check_lru_forward)
def lru_forward(x, h_0, parameters, scan=scan_loop):
    """Return (y, states): every y_t, and every complex h_t with h_0 first; `h_0=None` stands for zeros.

    The inputs of all steps are weighted at once, the scan is all that has an order, and then all steps are read at once.

    Shapes: x (seq_len, batch, input_size), h_0 (batch, hidden_size) complex -> (seq_len, batch, output_size),
        (seq_len + 1, batch, hidden_size) complex; or all without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: as lru_step.
    """
    eigenvalues, gamma, B, C = lru_matrices(parameters)
    b = np.empty((len(x) + 1, *x.shape[1:-1], len(eigenvalues)), eigenvalues.dtype)
    b[0] = 0 if h_0 is None else h_0
    into_complex(x, gamma[:, None] * B, out=b[1:])
    states = scan(_every_step(eigenvalues, b), b, in_place=True)
    y = real_part(states[1:], C)
    y += (x.reshape(-1, x.shape[-1]) @ parameters["D"].T).reshape(y.shape)
    return y, states


@checked_by(_check_lru_backward)
def lru_backward(x, states, grad_y, parameters, scan=scan_loop):
    """Return the gradients of the loss L by name: "x", "h_0" (complex), each parameter, and "states" (complex).

    With g_t = dL/dy_t, the gradient of h_t is a linear recurrence as well, from the last step to the first:
    dL/dh_t = C^H g_t + conj(lambda) * dL/dh_{t+1}; the parameters get sums over all steps of products with it.

    Shapes: each gradient has the shape of what it belongs to.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Werbos 1990, for complex numbers.
    """
    eigenvalues, gamma, B, C = lru_matrices(parameters)
    grad_h = np.empty_like(states)
    grad_h[0] = 0
    into_complex(grad_y, C.conj().T, out=grad_h[1:])
    grad_h = scan(_every_step(eigenvalues.conj(), states), grad_h[::-1], in_place=True)[::-1]
    before, after, flat_h = (h.reshape(-1, len(gamma)) for h in (states[:-1], states[1:], grad_h[1:]))
    flat_x, flat_y = x.reshape(-1, x.shape[-1]), grad_y.reshape(-1, grad_y.shape[-1])
    to_lambda = (before.conj() * flat_h).sum(axis=0) * eigenvalues.conj()
    to_B = flat_h.view(x.dtype).T @ flat_x  # of gamma * B: real and imaginary rows in turn
    to_C = flat_y.T @ after.view(x.dtype)  # the same in columns
    gradients = {"x": (real_part(flat_h, (gamma[:, None] * B).conj().T) + flat_y @ parameters["D"]).reshape(x.shape)}
    gradients |= {"nu_log": -np.exp(parameters["nu_log"]) * to_lambda.real}
    gradients |= {"theta_log": np.exp(parameters["theta_log"]) * to_lambda.imag}
    gradients |= {"B_re": gamma[:, None] * to_B[0::2], "B_im": gamma[:, None] * to_B[1::2]}
    gradients |= {"gamma_log": (B.real * gradients["B_re"] + B.imag * gradients["B_im"]).sum(axis=1)}
    gradients |= {"C_re": to_C[:, 0::2].copy(), "C_im": -to_C[:, 1::2], "D": flat_y.T @ flat_x}
    return gradients | {"h_0": grad_h[0], "states": grad_h}


def _every_step(eigenvalues, b):
    """Return lambda as the a of a scan over b: one for all steps, with an axis of 1 for the batch."""
    return np.broadcast_to(eigenvalues, (len(b), *(1,) * (b.ndim - 2), len(eigenvalues)))


@checked_by(_check_mingru_step)
def mingru_step(x_t, h, parameters):
    """Return h_t of a minGRU:  z_t = sigma(W_z x_t + b_z),  h~_t = W_h x_t + b_h,  h_t = (1 - z_t) * h_{t-1} + z_t * h~_t

    This is the version without logarithms. What the GRU had and this has not: no reset gate, no tanh, and no look at
    h_{t-1} in either line. z has the opposite sense of torch.nn.GRU's: here z = 0 keeps the old state.

    Shapes: x_t (batch, input_size), h (batch, hidden_size) -> (batch, hidden_size); or both without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Feng et al. 2024.
    Shown in: notebook 11.
    """
    a_z, candidate = np.split(x_t @ parameters["weight_ih"].T + parameters.get("bias_ih", 0), 2, axis=-1)
    z = sigmoid(a_z)
    return (1 - z) * h + z * candidate


@checked_by(_check_mingru_forward)
def mingru_forward(x, h_0, parameters, scan=scan_loop):
    """Return (states, gates): every h_t with h_0 first, every z_t and h~_t side by side; `h_0=None` stands for zeros.

    Shapes: x (seq_len, batch, input_size), h_0 (batch, hidden_size) -> (seq_len + 1, batch, hidden_size), (seq_len,
        batch, 2 * hidden_size); or all without batch.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: as mingru_step.
    """
    gates = x @ parameters["weight_ih"].T + parameters.get("bias_ih", 0)
    z, candidate = np.split(gates, 2, axis=-1)
    sigmoid(z, out=z)  # z is a view: the gates hold it now
    b = np.zeros((len(x) + 1, *z.shape[1:]), x.dtype)
    b[0] = 0 if h_0 is None else h_0
    np.multiply(z, candidate, out=b[1:])
    return scan(_after_start(1 - z), b, in_place=True), gates


@checked_by(_check_mingru_backward)
def mingru_backward(x, kept, grad_output, parameters, scan=scan_loop):
    """Return the gradients of the loss L by name: "x", "h_0", each recurrent parameter, and "states".

    dL/dh_t = grad_output_t + (1 - z_{t+1}) * dL/dh_{t+1}, again a scan; then h~_t gets dL/dh_t * z_t, and the gate's
    pre-activation dL/dh_t * (h~_t - h_{t-1}) z_t (1 - z_t).

    Shapes: each gradient has the shape of what it belongs to.
    Raises: ValueError naming the argument, what was expected and what came.
    Source: Feng et al. 2024 (its gradient is torch's there).
    """
    states, gates = kept
    z, candidate = np.split(gates, 2, axis=-1)
    grad_states = np.zeros_like(states)
    grad_states[1:] = grad_output
    grad_states = scan(_after_start((1 - z)[::-1]), grad_states[::-1], in_place=True)[::-1]
    grad_h = grad_states[1:]
    delta = np.concatenate([grad_h * (candidate - states[:-1]) * z * (1 - z), grad_h * z], axis=-1)
    flat_x, flat = x.reshape(-1, x.shape[-1]), delta.reshape(-1, delta.shape[-1])
    gradients = {"x": delta @ parameters["weight_ih"], "weight_ih": flat.T @ flat_x}
    if "bias_ih" in parameters:
        gradients["bias_ih"] = flat.sum(axis=0)
    return gradients | {"h_0": grad_states[0], "states": grad_states}


def _after_start(a):
    """Return a with one step before the first, for the start, where a scan does not look at it."""
    return np.concatenate([np.ones((1, *a.shape[1:]), a.dtype), a])
