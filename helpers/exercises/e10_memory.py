"""The exercises of notebook 08: gates by hand, a bias for a half-life, a fair size, the additive path, two gated cells.

Examples are built once and kept: the checker hands out copies.
"""

import functools

import numpy as np

from helpers.exercises.engine import function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import sigmoid

ONE_DECIMAL = (-0.9, -0.8, -0.7, -0.4, -0.3, 0.2, 0.3, 0.5, 0.6, 0.8)
GATES = (0.2, 0.4, 0.5, 0.7, 0.8, 0.9)
SUMS = np.log([1 / 3, 4, 2, 7 / 3])  # sigmoid: 0.25, 0.8, 2/3, 0.7; tanh of the third: 0.6


@value_exercise(
    shown="The cell is a sum of what was kept and what is new; in it the old cell stands with one factor alone, its "
          "forget gate.",
    hints=(
        "torch stacks the blocks as i, f, g, o. Three of the four are gates, and go through the sigmoid.",
        "c_t = f c_{t-1} + i g with g = tanh(...); h_t = o tanh(c_t). Hold the gates fixed: what multiplies c_{t-1}?",
    ),
)
def lstm_by_hand():
    """Work out the new cell c_t, the new state h_t, and the factor kept, to four decimals, and put them in place of the
    dots."""
    return _lstm_by_hand()


def _lstm_by_hand(order="ifgo", c=0.5, squash=sigmoid, phi=np.tanh, write=None,
                  read=lambda o, c, before: o * np.tanh(c), kept=lambda i, f, o, c: f):
    """Return the values; `order` is that of the blocks, `write` makes the cell, `read` the state, `kept` the factor."""
    sums = dict(zip(order, SUMS, strict=True))
    i, f, o = (squash(sums[name]) for name in "ifo")
    g = phi(sums["g"])
    c_t = write(i, f, g, c) if write else f * c + i * g
    return {"c_t": c_t, "h_t": read(o, c_t, c), "kept": kept(i, f, o, c_t)}


@lstm_by_hand.mistake("blocks in another order")
def _():
    """The last two blocks are exchanged. In which order does torch stack them?"""
    return _lstm_by_hand("ifog")


@lstm_by_hand.mistake("blocks in another order")
def _():
    """What the first two blocks do is exchanged. In which order does torch stack them?"""
    return _lstm_by_hand("figo")


@lstm_by_hand.mistake("blocks in another order")
def _():
    """The first block has been taken for the forget gate, the last for the candidate. In which order does torch stack
    them?"""
    return _lstm_by_hand("fiog")


@lstm_by_hand.mistake("blocks in another order")
def _():
    """The blocks in the middle are exchanged, as in another library. In which order does torch stack them?"""
    return _lstm_by_hand("igfo")


@lstm_by_hand.mistake("sigmoid on the candidate")
def _():
    """The candidate is no gate: it may be negative, and has another activation."""
    return _lstm_by_hand(phi=sigmoid)


@lstm_by_hand.mistake("tanh on the gates")
def _():
    """A gate says which part passes, from 0 to 1. Its activation is another one than the candidate's."""
    return _lstm_by_hand(squash=np.tanh)


@lstm_by_hand.mistake("no activations")
def _():
    """These are the sums as they stand in the table. Each of the four goes through an activation first."""
    return _lstm_by_hand(squash=lambda a: a, phi=lambda a: a)


@lstm_by_hand.mistake("sign of the first sum lost")
def _():
    """One of the four sums is negative. Is its gate more than half open, then?"""
    return _lstm_by_hand(write=lambda i, f, g, c: f * c + (1 - i) * g)


@lstm_by_hand.mistake("old cell left out")
def _():
    """This is what is new alone. Nothing of the cell before is in it."""
    return _lstm_by_hand(write=lambda i, f, g, c: i * g)


@lstm_by_hand.mistake("tanh on the cell itself")
def _():
    """The cell goes on as a plain sum. Its tanh belongs to the state alone."""
    return _lstm_by_hand(write=lambda i, f, g, c: np.tanh(f * c + i * g))


@lstm_by_hand.mistake("tanh on the cell itself")
def _():
    """The cell goes on as a plain sum. Its tanh belongs to the state alone."""
    return _lstm_by_hand(write=lambda i, f, g, c: np.tanh(f * c + i * g), read=lambda o, c, before: o * c)


@lstm_by_hand.mistake("forget gate left out")
def _():
    """The whole old cell is still there."""
    return _lstm_by_hand(write=lambda i, f, g, c: c + i * g, kept=lambda i, f, o, c: 1.0)


@lstm_by_hand.mistake("forget gate left out")
def _():
    """In the new cell the whole old cell is still there, though the factor that you give says otherwise."""
    return _lstm_by_hand(write=lambda i, f, g, c: c + i * g)


@lstm_by_hand.mistake("input gate left out")
def _():
    """The candidate has been written whole."""
    return _lstm_by_hand(write=lambda i, f, g, c: f * c + g)


@lstm_by_hand.mistake("1 - f in place of the input gate")
def _():
    """An LSTM has a gate of its own for what is written; it need not be what the forget gate leaves free."""
    return _lstm_by_hand(write=lambda i, f, g, c: f * c + (1 - f) * g)


@lstm_by_hand.mistake("f turned round")
def _():
    """A forget gate near 1 should keep the cell. Here it throws it away."""
    return _lstm_by_hand(write=lambda i, f, g, c: (1 - f) * c + i * g, kept=lambda i, f, o, c: 1 - f)


@lstm_by_hand.mistake("f turned round")
def _():
    """A forget gate near 1 should keep the cell. In your new cell it throws it away."""
    return _lstm_by_hand(write=lambda i, f, g, c: (1 - f) * c + i * g)


@lstm_by_hand.mistake("tanh of the cell left out")
def _():
    """The cell is right. The state is not the cell itself behind a gate."""
    return _lstm_by_hand(read=lambda o, c, before: o * c)


@lstm_by_hand.mistake("sigmoid of the cell in place of its tanh")
def _():
    """The cell is right. What is shown of it keeps its sign."""
    return _lstm_by_hand(read=lambda o, c, before: o * sigmoid(c))


@lstm_by_hand.mistake("output gate inside the tanh")
def _():
    """The cell is right. The gate comes after the tanh."""
    return _lstm_by_hand(read=lambda o, c, before: np.tanh(o * c))


@lstm_by_hand.mistake("output gate left out")
def _():
    """The cell is right. Not all of it is shown to the rest of the network."""
    return _lstm_by_hand(read=lambda o, c, before: np.tanh(c))


@lstm_by_hand.mistake("state read from the cell before")
def _():
    """The cell is right. The state has been read from the one that the step began with."""
    return _lstm_by_hand(read=lambda o, c, before: o * np.tanh(before))


@lstm_by_hand.mistake("slope of the gate taken for its value")
def _():
    """The step is right. The factor is asked for with the gates held fixed, so no sigmoid is differentiated."""
    return _lstm_by_hand(kept=lambda i, f, o, c: f * (1 - f))


@lstm_by_hand.mistake("factor of the state in place of the cell")
def _():
    """The step is right. You give how h_t changes with the old cell; c_t is asked for."""
    return _lstm_by_hand(kept=lambda i, f, o, c: f * o * (1 - np.tanh(c) ** 2))


@lstm_by_hand.mistake("another gate taken for the factor")
def _():
    """The step is right. Which of the gates stands beside the old cell?"""
    return _lstm_by_hand(kept=lambda i, f, o, c: i)


@lstm_by_hand.mistake("another gate taken for the factor")
def _():
    """The step is right. Which of the gates stands beside the old cell?"""
    return _lstm_by_hand(kept=lambda i, f, o, c: o)


@lstm_by_hand.mistake("amount kept in place of the factor")
def _():
    """The step is right. You give what is kept of the old cell; by what has it been multiplied?"""
    return _lstm_by_hand(kept=lambda i, f, o, c: f * 0.5)


@lstm_by_hand.mistake("share of the old cell in the new one")
def _():
    """The step is right. You give which part of the new cell is old; how much of the old cell is kept?"""
    return _lstm_by_hand(kept=lambda i, f, o, c: f * 0.5 / c)


@prediction_exercise(
    shown="The gate has to stand at 0.966, and the sigmoid needs a bias of 3.35 for it. With a bias near 0, as at torch's "
          "default start, half of the cell is gone after a single step.",
    hints=(
        "Without input the cell is multiplied by f at every step. Which f leaves one half after 20 steps?",
        "Turn f = 1 / (1 + exp(-b)) round: b is the logarithm of a quotient.",
    ),
    rtol=0.03,
)
def predict_bias():
    """Put your prediction of the bias in place of the dots. The cell then measures it."""
    return _logit(0.5**0.05)


def _logit(f):
    return np.log(f / (1 - f))


@predict_bias.mistake("gate in place of its bias")
def _():
    """A number near 1 is what the gate has to be. A bias of 1 makes it 0.73. Which sum makes it so near 1?"""
    return 0.5**0.05


@predict_bias.mistake("logarithm of the gate alone")
def _():
    """The sigmoid is more than a power of e: it is 1 / (1 + exp(-b)). Which gate does your bias give?"""
    return 0.05 * np.log(0.5)


@predict_bias.mistake("logarithm of the gate alone")
def _():
    """The sigmoid is more than a power of e: it is 1 / (1 + exp(-b)). Which gate does your bias give?"""
    return 0.05 * np.log(2)


@predict_bias.mistake("logarithm left out")
def _():
    """This is the quotient f / (1 - f). It belongs to e^b, not to b."""
    return 1 / (2**0.05 - 1)


@predict_bias.mistake("sign of the bias")
def _():
    """With this bias the gate is nearly shut: almost nothing is left after one step."""
    return -_logit(0.5**0.05)


@predict_bias.mistake("1/e in place of one half")
def _():
    """After 20 steps 1/e would be left by this: a time constant, not a half-life."""
    return _logit(np.exp(-0.05))


@predict_bias.mistake("loss added up in place of multiplied")
def _():
    """Each step takes away a share of what is left, not of what there was at first."""
    return _logit(1 - 0.5 / 20)


@predict_bias.mistake("one half at every step")
def _():
    """With this bias the gate is one half, and so the half-life is a single step."""
    return 0.0


@predict_bias.mistake("tanh in place of the sigmoid")
def _():
    """This bias would do if the gate were a tanh."""
    return np.arctanh(0.5**0.05)


@predict_bias.mistake("logarithm to base 10")
def _():
    """The sigmoid is made of powers of e; your logarithm is of another base."""
    return _logit(0.5**0.05) / np.log(10)


@predict_bias.mistake("logarithm to base 2")
def _():
    """The sigmoid is made of powers of e; your logarithm is of another base."""
    return _logit(0.5**0.05) / np.log(2)


@predict_bias.mistake("half of the bias")
def _():
    """torch has two biases per gate, which are added; the cell sets one of them and leaves the other at 0."""
    return _logit(0.5**0.05) / 2


@prediction_exercise(
    shown="A gated cell has 3 or 4 blocks as large as the whole plain cell, and a block grows with the square of the "
          "units: at equal numbers of parameters it has 1/sqrt(3) or one half of the units.",
    hints=(
        "One block has H (I + H + 2) parameters. How many blocks have a plain cell, a GRU, an LSTM? Count a candidate.",
        "The largest part is the number of blocks times H^2. Solve it for H, with 64^2 on the other side.",
    ),
    rtol=0.05,
)
def predict_units():
    """Put your two predictions in place of the dots: the units of the GRU, and of the LSTM. The cell then builds
    them."""
    return _units(3), _units(4)


def _units(blocks):
    """Return the most units with which `blocks` blocks have no more parameters than a plain cell of 64 units."""
    return int(max(size for size in range(1, 65) if blocks * size * (2 + size + 2) <= 64 * (2 + 64 + 2)))


@predict_units.mistake("parameters taken to grow with the units")
def _():
    """Twice the units have more than twice the parameters: each hears all the others."""
    return 64 // 3, 64 // 4


@predict_units.mistake("candidate left out of the count")
def _():
    """These are the gates alone. The candidate has weights as well."""
    return _units(2), _units(3)


@predict_units.mistake("candidate left out of the count")
def _():
    """These are the gates of the GRU alone. Its candidate has weights as well."""
    return _units(2), _units(4)


@predict_units.mistake("as many blocks in the LSTM as in the GRU")
def _():
    """The LSTM has one gate more than the GRU."""
    return _units(3), _units(3)


@predict_units.mistake("one block too many")
def _():
    """Count again what an LSTM has to compute from input and state: the cell itself is not among it."""
    return _units(3), _units(5)


@predict_units.mistake("one block too many")
def _():
    """Count again what each cell has to compute from input and state. What is carried on has no weights of its own."""
    return _units(4), _units(5)


@predict_units.mistake("the two swapped")
def _():
    """Both numbers are there, in the other order. Which of the two cells has more gates?"""
    return _units(4), _units(3)


@predict_units.mistake("as many units as the plain cell")
def _():
    """With as many units as the plain cell a gated cell has several times as many parameters."""
    return 64, 64


@predict_units.mistake("more units in place of fewer")
def _():
    """A gated cell needs more weights for each unit, so at equal cost it has fewer units, not more."""
    return 111, 128


@predict_units.mistake("cell and state counted as units of their own")
def _():
    """An LSTM carries two vectors, but both belong to the same units: the cell has no weights of its own."""
    return _units(3), 16


@function_exercise(
    lambda: [_forgetting(0, 2, 2), _forgetting(1, 3, 1), _forgetting(2, 4, 3), _forgetting(3, 3, 2, np.float32)],
    shown="On this road stand no matrix and no slope, only the forget gates, unit by unit: what a unit keeps decides, "
          "and the unit that forgets least carries the norm.",
    hints=(
        "Going one step back from c_t to c_{t-1}: component j of the gradient is multiplied by f_t of unit j.",
        "Begin at the end: lag 0 is grad_c_n itself, lag 1 has the gates of the last step, lag 2 of the last two.",
    ),
    what="gradient",
    over_time=True,
)
def additive_norms(forget, grad_c_n):
    """Return |dL/dc_{T-k}| for k = 0 ... T along the additive path alone, shape (seq_len + 1,). forget holds
    f_1 ... f_T, shape (seq_len, hidden_size); grad_c_n is dL/dc_T."""
    return np.linalg.norm(_back(forget, grad_c_n), axis=1)


@functools.cache
def _forgetting(seed, seq_len, hidden_size, dtype=np.float64):
    """Return forget gates, all different in time, and a last gradient."""
    rng = np.random.default_rng(seed)
    forget = np.stack([rng.choice(GATES, seq_len, replace=False) for _ in range(hidden_size)], axis=1)
    grad_c_n = rng.choice(ONE_DECIMAL, hidden_size, replace=False)
    return {"forget": forget.astype(dtype), "grad_c_n": grad_c_n.astype(dtype)}


def _back(forget, grad_c_n):
    """Return dL/dc_{T-k} for k = 0 ... T, one row each."""
    ones = np.ones_like(forget[:1])
    return grad_c_n * np.cumprod(np.concatenate([ones, forget[::-1]]), axis=0)


@additive_norms.mistake("walked forward in time")
def _(forget, grad_c_n):
    """The gates of the first step come first here. Which gates does the gradient meet first on its way back?"""
    return np.linalg.norm(_back(forget[::-1], grad_c_n), axis=1)


@additive_norms.mistake("norms in the order of time", fails="direction of time")
def _(forget, grad_c_n):
    """These are the norms at c_0, c_1, ... The first one wanted is that of lag 0, at the last step."""
    return np.linalg.norm(_back(forget, grad_c_n), axis=1)[::-1]


@additive_norms.mistake("lag 0 left out")
def _(forget, grad_c_n):
    """The first number wanted is that of lag 0, before any gate."""
    return np.linalg.norm(_back(forget, grad_c_n), axis=1)[1:]


@additive_norms.mistake("last lag left out")
def _(forget, grad_c_n):
    """The way back goes on to c_0, which the first step's gates multiply."""
    return np.linalg.norm(_back(forget, grad_c_n), axis=1)[:-1]


@additive_norms.mistake("gradient not handed on")
def _(forget, grad_c_n):
    """Each lag has the gates of one step. At lag 2 the gradient has been through two."""
    return np.linalg.norm(np.vstack([grad_c_n, forget[::-1] * grad_c_n]), axis=1)


@additive_norms.mistake("gates added up")
def _(forget, grad_c_n):
    """What comes one after the other is multiplied, by the chain rule."""
    return np.linalg.norm(np.vstack([grad_c_n, np.cumsum(forget[::-1], axis=0) * grad_c_n]), axis=1)


@additive_norms.mistake("one gate for all units")
def _(forget, grad_c_n):
    """The gates have been averaged over the units first. Each unit keeps its own share."""
    return np.linalg.norm(_back(np.broadcast_to(forget.mean(axis=1, keepdims=True), forget.shape), grad_c_n), axis=1)


@additive_norms.mistake("one gate for all units")
def _(forget, grad_c_n):
    """The gates of all units have been multiplied with each other. Each unit meets its own alone."""
    return np.linalg.norm(_back(np.broadcast_to(forget.prod(axis=1, keepdims=True), forget.shape), grad_c_n), axis=1)


@additive_norms.mistake("one gate for all units")
def _(forget, grad_c_n):
    """The largest gate of each step has been used for all units. Each unit meets its own alone."""
    return np.linalg.norm(_back(np.broadcast_to(forget.max(axis=1, keepdims=True), forget.shape), grad_c_n), axis=1)


@additive_norms.mistake("norms of the gates multiplied")
def _(forget, grad_c_n):
    """The norm of a product of components is not the product of the norms."""
    gates = np.linalg.norm(forget[::-1], axis=1)
    return np.linalg.norm(grad_c_n) * np.concatenate([np.ones_like(gates[:1]), np.cumprod(gates)])


@additive_norms.mistake("one gate for all steps")
def _(forget, grad_c_n):
    """The last step's gates have been used at every step. They change from step to step."""
    return np.linalg.norm(_back(np.broadcast_to(forget[-1], forget.shape), grad_c_n), axis=1)


@additive_norms.mistake("one gate for all steps")
def _(forget, grad_c_n):
    """The mean over all steps has been used at every step. The gates change from step to step."""
    return np.linalg.norm(_back(np.broadcast_to(forget.mean(axis=0), forget.shape), grad_c_n), axis=1)


@additive_norms.mistake("1 - f in place of f")
def _(forget, grad_c_n):
    """This is what would be left if an open gate threw everything away."""
    return np.linalg.norm(_back(1 - forget, grad_c_n), axis=1)


@additive_norms.mistake("slope of the gate taken for its value")
def _(forget, grad_c_n):
    """f (1 - f) is how the gate itself moves. On the additive path the gates are held fixed."""
    return np.linalg.norm(_back(forget * (1 - forget), grad_c_n), axis=1)


@additive_norms.mistake("sigmoid taken twice")
def _(forget, grad_c_n):
    """`forget` holds the gates, which have been through the sigmoid already."""
    return np.linalg.norm(_back(sigmoid(forget), grad_c_n), axis=1)


@additive_norms.mistake("slope of a tanh on the path")
def _(forget, grad_c_n):
    """There is no tanh between one cell and the next."""
    return np.linalg.norm(_back(1 - forget**2, grad_c_n), axis=1)


@additive_norms.mistake("gradient left out")
def _(forget, grad_c_n):
    """This is the norm of the gates' products. They multiply a gradient, which is given."""
    return np.linalg.norm(_back(forget, np.ones_like(grad_c_n)), axis=1)


@additive_norms.mistake("share in place of the norm")
def _(forget, grad_c_n):
    """This is the part of the norm that is left: you begin with 1. The norm itself is wanted."""
    return np.linalg.norm(_back(forget, grad_c_n), axis=1) / np.linalg.norm(grad_c_n)


@additive_norms.mistake("largest entry taken for the norm")
def _(forget, grad_c_n):
    """The norm takes all units together, the root of the sum of squares."""
    return np.abs(_back(forget, grad_c_n)).max(axis=1)


@additive_norms.mistake("squares of the norms")
def _(forget, grad_c_n):
    """The root is missing."""
    return np.sum(_back(forget, grad_c_n) ** 2, axis=1)


@additive_norms.mistake("sum of absolute values in place of the norm")
def _(forget, grad_c_n):
    """This measures a vector by another length than the square root of the sum of squares."""
    return np.abs(_back(forget, grad_c_n)).sum(axis=1)


@additive_norms.mistake("gradients in place of their norms")
def _(forget, grad_c_n):
    """These are the gradients themselves, one row for each lag. Their lengths are wanted."""
    return _back(forget, grad_c_n)


@additive_norms.mistake("norm over the lags")
def _(forget, grad_c_n):
    """There is one number for each unit here. One for each lag is wanted."""
    return np.linalg.norm(_back(forget, grad_c_n), axis=0)


@function_exercise(
    lambda: [_packed(0, 1, 1, 1), _packed(1, 2, 1, 2), _packed(2, 3, 2, 2), _packed(3, 2, 3, 3),
             _packed(4, 2, 2, 3, np.float32)],
    shown="Two gates and a candidate: r says how much of the old state the candidate hears, z how much of it stays.",
    hints=(
        "Compute all three blocks of both sums at once, (batch, 3 hidden_size) each, and cut them into r, z, n. The "
        "candidate needs its two parts apart.",
        "r multiplies W_hn h + b_hn, its bias included, and not h. Where z is 1, the old state stays.",
    ),
)
def gru_once(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Write one step of torch's GRU for a batch: x_t is (batch, input_size), h (batch, hidden_size); the parameters
    have the three blocks r, z, n below each other, so weight_hh is (3 hidden_size, hidden_size). Return the new
    state, in the dtype of h."""
    return _gru(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh)


@functools.cache
def _packed(seed, batch, input_size, hidden_size, dtype=np.float64, steps=None):
    """Return an input, a state and packed parameters of three blocks, with one decimal; with `steps`, a sequence and
    two states."""
    rng = np.random.default_rng(seed)
    rows = 3 * hidden_size
    given = {"x_t": (batch, input_size), "h": (batch, hidden_size)}
    if steps is not None:
        given = {"x": (steps, batch, input_size), "h_0": (batch, hidden_size), "c_0": (batch, hidden_size)}
    given |= {"weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size), "bias_ih": (rows,), "bias_hh": (rows,)}
    return {name: rng.choice(ONE_DECIMAL, shape).astype(dtype) for name, shape in given.items()}


def _blocks(a, order=(0, 1, 2)):
    parts = np.split(a, 3, axis=-1)
    return [parts[place] for place in order]


def _reset_after(n_x, r, h, hear):
    return n_x + r * hear(h)


def _kept(h, z, n, r):
    return (1 - z) * n + z * h


def _gru(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh, cut=_blocks, candidate=_reset_after, mix=_kept, squash=sigmoid,
         phi=np.tanh):
    """Return h_t; `candidate` makes a_n of its input part, r, h and W_hn . + b_hn, `mix` the state, `cut` the
    blocks."""
    r_x, z_x, n_x = cut(x_t @ weight_ih.T + bias_ih)
    r_h, z_h, _ = cut(h @ weight_hh.T + bias_hh)
    r, z = squash(r_x + r_h), squash(z_x + z_h)
    n = phi(candidate(n_x, r, h, lambda heard: cut(heard @ weight_hh.T + bias_hh)[2]))
    return mix(h, z, n, r)


def _in_order(*order):
    return lambda a: _blocks(a, order)


@gru_once.mistake("blocks in another order")
def _(*given):
    """r and z are exchanged, as in another library: what should reset updates. In which order does torch stack them?"""
    return _gru(*given, cut=_in_order(1, 0, 2))


@gru_once.mistake("blocks in another order")
def _(*given):
    """The candidate has got another block's rows. In which order does torch stack them?"""
    return _gru(*given, cut=_in_order(0, 2, 1))


@gru_once.mistake("blocks in another order")
def _(*given):
    """The candidate has got another block's rows. In which order does torch stack them?"""
    return _gru(*given, cut=_in_order(1, 2, 0))


@gru_once.mistake("blocks in another order")
def _(*given):
    """The candidate has got another block's rows. In which order does torch stack them?"""
    return _gru(*given, cut=_in_order(2, 1, 0))


@gru_once.mistake("rows of the blocks interleaved")
def _(*given):
    """The rows have been dealt out in turn, one to each block. A block's rows stand together."""
    return _gru(*given, cut=lambda a: [a[..., place::3] for place in range(3)])


@gru_once.mistake("reset before the product")
def _(*given):
    """r has multiplied the state before the matrix. This is the form of the first papers; torch's is another one."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: n_x + hear(r * h))


@gru_once.mistake("update gate the other way round")
def _(*given):
    """Where your z is near 1, the state is written anew. In torch's form z says what stays."""
    return _gru(*given, mix=lambda h, z, n, r: z * n + (1 - z) * h)


@gru_once.mistake("the papers' form")
def _(*given):
    """This is the GRU of many papers and tutorials. torch differs from it in two places: where r enters, and what z
    means."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: n_x + hear(r * h), mix=lambda h, z, n, r: z * n + (1 - z) * h)


@gru_once.mistake("bias outside of the reset")
def _(*given):
    """r has multiplied the product alone. In torch's form something more stands in the bracket."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: n_x + r * (hear(h) - hear(0 * h)) + hear(0 * h))


@gru_once.mistake("reset of the input too")
def _(*given):
    """r has multiplied everything that the candidate hears. What comes in anew is not reset."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: r * (n_x + hear(h)))


@gru_once.mistake("reset of the input in place of the state")
def _(*given):
    """r has multiplied the input's part. It is the past that is reset."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: r * n_x + hear(h))


@gru_once.mistake("reset gate left out")
def _(*given):
    """The candidate has heard the whole state here: r does nothing."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: n_x + hear(h))


@gru_once.mistake("reset gate turned round")
def _(*given):
    """Where your r is near 1, the candidate does not hear the past. torch's r lets it through."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: n_x + (1 - r) * hear(h))


@gru_once.mistake("one gate used for both")
def _(*given):
    """r decides here about the old state as well. That is what the other gate is for."""
    return _gru(*given, mix=lambda h, z, n, r: (1 - r) * n + r * h)


@gru_once.mistake("one gate used for both")
def _(*given):
    """The gate that updates has reset as well. That is what the other gate is for."""
    return _gru(*given, cut=lambda a: [_blocks(a)[place] for place in (1, 1, 2)])


@gru_once.mistake("candidate blind to the state")
def _(*given):
    """The candidate has heard the input alone."""
    return _gru(*given, candidate=lambda n_x, r, h, hear: n_x)


@gru_once.mistake("update gate left out")
def _(*given):
    """This is the candidate. Nothing of the old state is kept as it was."""
    return _gru(*given, mix=lambda h, z, n, r: n)


@gru_once.mistake("old state left out")
def _(*given):
    """A share of the candidate is all there is. Where is what stays?"""
    return _gru(*given, mix=lambda h, z, n, r: (1 - z) * n)


@gru_once.mistake("old state left out")
def _(*given):
    """A share of the candidate is all there is. Where is what stays?"""
    return _gru(*given, mix=lambda h, z, n, r: z * n)


@gru_once.mistake("tanh on the new state")
def _(*given):
    """The mixture has been through a tanh once more. What stays should stay as it was."""
    return _gru(*given, mix=lambda h, z, n, r: np.tanh(_kept(h, z, n, r)))


@gru_once.mistake("the two shares do not make one whole")
def _(*given):
    """The candidate has been added whole, beside a part of the old state."""
    return _gru(*given, mix=lambda h, z, n, r: n + z * h)


@gru_once.mistake("the two shares do not make one whole")
def _(*given):
    """The old state is kept whole, and a part of the candidate comes on top."""
    return _gru(*given, mix=lambda h, z, n, r: (1 - z) * n + h)


@gru_once.mistake("the two shares do not make one whole")
def _(*given):
    """Both have been multiplied by the same share."""
    return _gru(*given, mix=lambda h, z, n, r: z * n + z * h)


@gru_once.mistake("reset state kept")
def _(*given):
    """What stays has been multiplied by r as well. The reset concerns the candidate alone."""
    return _gru(*given, mix=lambda h, z, n, r: (1 - z) * n + z * r * h)


@gru_once.mistake("sigmoid on the candidate")
def _(*given):
    """The candidate is no gate: it may be negative, and has another activation."""
    return _gru(*given, phi=sigmoid)


@gru_once.mistake("no activation on the candidate")
def _(*given):
    """The candidate is a plain sum here."""
    return _gru(*given, phi=lambda a: a)


@gru_once.mistake("tanh on the gates")
def _(*given):
    """A gate says which part passes, from 0 to 1. Its activation is another one than the candidate's."""
    return _gru(*given, squash=np.tanh)


@gru_once.mistake("no activation on the gates")
def _(*given):
    """These gates are plain sums. A gate says which part passes, from 0 to 1."""
    return _gru(*given, squash=lambda a: a)


@gru_once.mistake("gates blind to the state")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """r and z have heard the input alone."""
    units = h.shape[-1]
    deaf = np.concatenate([0 * weight_hh[: 2 * units], weight_hh[2 * units :]])
    return _gru(x_t, h, weight_ih, deaf, bias_ih, bias_hh)


@gru_once.mistake("gates without the recurrent bias")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """The candidate has both biases, r and z have only one of the two."""
    units = h.shape[-1]
    return _gru(x_t, h, weight_ih, weight_hh, bias_ih, np.concatenate([0 * bias_hh[: 2 * units], bias_hh[2 * units :]]))


@gru_once.mistake("one bias too few")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Each block has two biases; bias_hh is not in these numbers."""
    return _gru(x_t, h, weight_ih, weight_hh, bias_ih, 0 * bias_hh)


@gru_once.mistake("one bias too few")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Each block has two biases; bias_ih is not in these numbers."""
    return _gru(x_t, h, weight_ih, weight_hh, 0 * bias_ih, bias_hh)


@gru_once.mistake("one bias too few")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Each block has two biases; the candidate's second one is not in these numbers."""
    units = h.shape[-1]
    return _gru(x_t, h, weight_ih, weight_hh, bias_ih, np.concatenate([bias_hh[: 2 * units], 0 * bias_hh[2 * units :]]))


@gru_once.mistake("biases left out")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """No bias is in these numbers."""
    return _gru(x_t, h, weight_ih, weight_hh, 0 * bias_ih, 0 * bias_hh)


@gru_once.mistake("both biases inside the reset")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Two biases have been added up to one before they came to the candidate. In a GRU that is not the same."""
    return _gru(x_t, h, weight_ih, weight_hh, 0 * bias_ih, bias_ih + bias_hh)


@gru_once.mistake("weight transposed")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """Each block of weight_hh is a matrix whose rows lead to the units. Yours is turned round."""
    turned = np.concatenate([block.T for block in np.split(weight_hh, 3)])
    return _gru(x_t, h, weight_ih, turned, bias_ih, bias_hh)


@gru_once.mistake("weight transposed")
def _(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """The candidate's block of weight_hh is a matrix whose rows lead to the units. Yours is turned round."""
    r, z, n = np.split(weight_hh, 3)
    return _gru(x_t, h, weight_ih, np.concatenate([r, z, n.T]), bias_ih, bias_hh)


@function_exercise(
    lambda: [_packed(10, 1, 1, 1, steps=2), _packed(11, 3, 2, 2, steps=3), _packed(12, 2, 1, 2, steps=4),
             _packed(13, 4, 2, 3, steps=3), _packed(14, 2, 1, 2, np.float32, steps=3)],
    shown="One gate fewer: what is not kept is free for what is new. This is a leaky cell whose leak looks at the "
          "input and the state, with an output gate in front.",
    hints=(
        "Two lists, one of states and one of cells. In each pass the three sums hear x[t] and the last state; the cell "
        "is never multiplied by a matrix.",
        "c_t = f c_{t-1} + (1 - f) g, then h_t = o tanh(c_t) with the new cell. Both go into their lists, and both are "
        "handed on.",
    ),
    over_time=True,
)
def coupled_cells(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    """Write the loop of the LSTM with coupled gates; the parameters have the blocks f, g, o below each other. Return
    two arrays (seq_len + 1, batch, hidden_size) in the dtype of x: the states with h_0 first, and the cells with c_0
    first."""
    return _coupled(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh)


def _written(f, c, g, h, o):
    return f * c + (1 - f) * g


def _read(o, c_t, c):
    return o * np.tanh(c_t)


def _coupled(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh, cut=_blocks, write=_written, read=_read,
             squash=sigmoid, phi=np.tanh, hear=lambda h, c: h, carry=(True, True)):
    """Return states and cells; `write` makes the new cell, `read` the new state, `hear` says what the sums hear,
    `carry` whether state and cell are handed on."""
    states, cells = [h_0], [c_0]
    for x_t in x:
        h, c = states[-1] if carry[0] else h_0, cells[-1] if carry[1] else c_0
        f, g, o = cut(x_t @ weight_ih.T + bias_ih + hear(h, c) @ weight_hh.T + bias_hh)
        f, g, o = squash(f), phi(g), squash(o)
        cells.append(write(f, c, g, h, o))
        states.append(read(o, cells[-1], c))
    return np.stack(states), np.stack(cells)


@coupled_cells.mistake("f and 1 - f swapped")
def _(*given):
    """What should be kept is written anew, and what should be new is kept."""
    return _coupled(*given, write=lambda f, c, g, h, o: (1 - f) * c + f * g)


@coupled_cells.mistake("candidate written whole")
def _(*given):
    """The two parts of the new cell do not add up to one whole."""
    return _coupled(*given, write=lambda f, c, g, h, o: f * c + g)


@coupled_cells.mistake("old cell kept whole")
def _(*given):
    """The whole old cell is still there, and a part of the candidate on top of it."""
    return _coupled(*given, write=lambda f, c, g, h, o: c + (1 - f) * g)


@coupled_cells.mistake("both parts with f")
def _(*given):
    """Old cell and candidate have been multiplied by the same share."""
    return _coupled(*given, write=lambda f, c, g, h, o: f * c + f * g)


@coupled_cells.mistake("state kept in place of the cell")
def _(*given):
    """f has multiplied the last state. What is kept is the cell, from before the output gate."""
    return _coupled(*given, write=lambda f, c, g, h, o: f * h + (1 - f) * g)


@coupled_cells.mistake("output gate used for writing")
def _(*given):
    """The candidate has been multiplied by o. Which share is free for what is new?"""
    return _coupled(*given, write=lambda f, c, g, h, o: f * c + o * g)


@coupled_cells.mistake("blocks in another order")
def _(*given):
    """g and o have got each other's rows. In which order do the blocks stand here?"""
    return _coupled(*given, cut=_in_order(0, 2, 1))


@coupled_cells.mistake("blocks in another order")
def _(*given):
    """f and g have got each other's rows. In which order do the blocks stand here?"""
    return _coupled(*given, cut=_in_order(1, 0, 2))


@coupled_cells.mistake("blocks in another order")
def _(*given):
    """f and o have got each other's rows. In which order do the blocks stand here?"""
    return _coupled(*given, cut=_in_order(2, 1, 0))


@coupled_cells.mistake("blocks in another order")
def _(*given):
    """No block has got its own rows. In which order do the blocks stand here?"""
    return _coupled(*given, cut=_in_order(1, 2, 0))


@coupled_cells.mistake("blocks in another order")
def _(*given):
    """No block has got its own rows. In which order do the blocks stand here?"""
    return _coupled(*given, cut=_in_order(2, 0, 1))


@coupled_cells.mistake("tanh of the cell left out")
def _(*given):
    """The first cell is right. The state is not the cell itself behind a gate."""
    return _coupled(*given, read=lambda o, c_t, c: o * c_t)


@coupled_cells.mistake("tanh on the cell itself")
def _(*given):
    """The cell goes on as a plain sum. Its tanh belongs to the state alone."""
    return _coupled(*given, write=lambda *parts: np.tanh(_written(*parts)))


@coupled_cells.mistake("tanh on the cell itself")
def _(*given):
    """The cell goes on as a plain sum. Its tanh belongs to the state alone."""
    return _coupled(*given, write=lambda *parts: np.tanh(_written(*parts)), read=lambda o, c_t, c: o * c_t)


@coupled_cells.mistake("tanh on the cell itself")
def _(*given):
    """The right cells are handed on, but what you return is their tanh."""
    states, cells = _coupled(*given)
    return states, np.concatenate([cells[:1], np.tanh(cells[1:])])


@coupled_cells.mistake("sigmoid of the cell in place of its tanh")
def _(*given):
    """The first cell is right. What is shown of it keeps its sign."""
    return _coupled(*given, read=lambda o, c_t, c: o * sigmoid(c_t))


@coupled_cells.mistake("cell in place of the state")
def _(*given):
    """The state is the cell here. The rest of the network sees it through a gate."""
    return _coupled(*given, read=lambda o, c_t, c: c_t)


@coupled_cells.mistake("output gate turned round")
def _(*given):
    """The first cell is right. Where o is near 1, the cell is shown; yours hides it then."""
    return _coupled(*given, read=lambda o, c_t, c: (1 - o) * np.tanh(c_t))


@coupled_cells.mistake("output gate inside the tanh")
def _(*given):
    """The first cell is right. The gate comes after the tanh."""
    return _coupled(*given, read=lambda o, c_t, c: np.tanh(o * c_t))


@coupled_cells.mistake("output gate left out")
def _(*given):
    """The first cell is right. Not all of it is shown to the rest of the network."""
    return _coupled(*given, read=lambda o, c_t, c: np.tanh(c_t))


@coupled_cells.mistake("state read from the cell before")
def _(*given):
    """The first cell is right. The state has been read from the cell that the step began with."""
    return _coupled(*given, read=lambda o, c_t, c: o * np.tanh(c))


@coupled_cells.mistake("sums hear the cell")
def _(*given):
    """The gates and the candidate have heard the cell. What do they hear of the step before?"""
    return _coupled(*given, hear=lambda h, c: c)


@coupled_cells.mistake("sums hear the input alone")
def _(*given):
    """Nothing of the step before has reached gates and candidate."""
    return _coupled(*given, hear=lambda h, c: 0 * h)


@coupled_cells.mistake("cell not handed on")
def _(*given):
    """Each step keeps a part of c_0. What one step writes, the next should find."""
    return _coupled(*given, carry=(True, False))


@coupled_cells.mistake("state not handed on")
def _(*given):
    """The sums have heard h_0 at every step."""
    return _coupled(*given, carry=(False, True))


@coupled_cells.mistake("nothing handed on")
def _(*given):
    """Every step starts from h_0 and c_0, so that no step knows of the one before."""
    return _coupled(*given, carry=(False, False))


@coupled_cells.mistake("sigmoid on the candidate")
def _(*given):
    """The candidate is no gate: it may be negative, and has another activation."""
    return _coupled(*given, phi=sigmoid)


@coupled_cells.mistake("no activation on the candidate")
def _(*given):
    """The candidate is a plain sum here."""
    return _coupled(*given, phi=lambda a: a)


@coupled_cells.mistake("tanh on the gates")
def _(*given):
    """A gate says which part passes, from 0 to 1. Its activation is another one than the candidate's."""
    return _coupled(*given, squash=np.tanh)


@coupled_cells.mistake("h_0 and c_0 swapped")
def _(x, h_0, c_0, *parameters):
    """The first step has taken the one for the other."""
    return _coupled(x, c_0, h_0, *parameters)


@coupled_cells.mistake("h_0 and c_0 swapped")
def _(x, h_0, c_0, *parameters):
    """The first step has taken the one for the other, though they stand rightly in front."""
    states, cells = _coupled(x, c_0, h_0, *parameters)
    return np.concatenate([h_0[None], states[1:]]), np.concatenate([c_0[None], cells[1:]])


@coupled_cells.mistake("first state or cell taken for zero")
def _(x, h_0, c_0, *parameters):
    """The cell before the first step is given, and it is not 0."""
    return _coupled(x, h_0, 0 * c_0, *parameters)


@coupled_cells.mistake("first state or cell taken for zero")
def _(x, h_0, c_0, *parameters):
    """The state before the first step is given, and it is not 0."""
    return _coupled(x, 0 * h_0, c_0, *parameters)


@coupled_cells.mistake("first state or cell taken for zero")
def _(x, h_0, c_0, *parameters):
    """State and cell before the first step are given, and they are not 0."""
    return _coupled(x, 0 * h_0, 0 * c_0, *parameters)


@coupled_cells.mistake("weight transposed")
def _(x, h_0, c_0, weight_ih, weight_hh, *biases):
    """Each block of weight_hh is a matrix whose rows lead to the units. Yours is turned round."""
    turned = np.concatenate([block.T for block in np.split(weight_hh, 3)])
    return _coupled(x, h_0, c_0, weight_ih, turned, *biases)


@coupled_cells.mistake("one bias too few")
def _(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    """Each block has two biases; bias_hh is not in these numbers."""
    return _coupled(x, h_0, c_0, weight_ih, weight_hh, bias_ih, 0 * bias_hh)


@coupled_cells.mistake("one bias too few")
def _(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    """Each block has two biases; bias_ih is not in these numbers."""
    return _coupled(x, h_0, c_0, weight_ih, weight_hh, 0 * bias_ih, bias_hh)


@coupled_cells.mistake("biases left out")
def _(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    """No bias is in these numbers."""
    return _coupled(x, h_0, c_0, weight_ih, weight_hh, 0 * bias_ih, 0 * bias_hh)


@coupled_cells.mistake("loop over the batch in place of time")
def _(x, *given):
    """The loop hands state and cell from one sequence to the next. Which axis is time?"""
    return _coupled(x.swapaxes(0, 1), *given)


@coupled_cells.mistake("read from the end", fails="direction of time")
def _(x, *given):
    """The loop has gone through the inputs from the last to the first."""
    return _coupled(x[::-1], *given)


@coupled_cells.mistake("lists aliased", fails="aliasing")
def _(*given):
    """Every entry is that of the last step: the list holds one and the same array many times, changed in place."""
    return tuple(np.broadcast_to(part[-1], part.shape) for part in _coupled(*given))


@coupled_cells.mistake("lists aliased", fails="aliasing")
def _(*given):
    """Every cell is that of the last step: the list holds one and the same array many times, changed in place."""
    states, cells = _coupled(*given)
    return states, np.broadcast_to(cells[-1], cells.shape)


@coupled_cells.mistake("first state and cell not in front")
def _(*given):
    """There is one entry per step. What was there before the first step is wanted too."""
    return tuple(part[1:] for part in _coupled(*given))


@coupled_cells.mistake("the two results swapped")
def _(*given):
    """Both arrays are there, in the other order."""
    return _coupled(*given)[::-1]


@coupled_cells.mistake("states alone")
def _(*given):
    """The states are right. The cells are wanted beside them."""
    return _coupled(*given)[0]


@coupled_cells.mistake("last state and cell alone")
def _(*given):
    """These are the last state and the last cell. Those before them have not been kept."""
    return tuple(part[-1] for part in _coupled(*given))
