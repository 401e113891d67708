"""The exercises of notebook 08: other styles are right, every known mistake is named, and torch agrees with the solutions."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e10_memory")

# One way to solve each function exercise as a learner would; the mistakes below are edits of it.

NORMS = """
def answer(forget, grad_c_n):
    grad = grad_c_n
    norms = [np.sqrt(np.sum(grad ** 2))]
    for t in reversed(range(len(forget))):
        grad = grad * forget[t]
        norms.append(np.sqrt(np.sum(grad ** 2)))
    return np.array(norms)
"""
NORMS_AT_ONCE = """
def answer(forget, grad_c_n):
    factors = np.vstack([np.ones_like(grad_c_n), np.flip(forget, 0)]).cumprod(0)
    return np.linalg.norm(factors * grad_c_n, axis=1)
"""
NORMS_BY_PRODUCTS = """
def answer(forget, grad_c_n):
    T = len(forget)
    kept = [forget[T - k:].prod(axis=0) for k in range(T + 1)]
    return np.sqrt(np.einsum("kj,j->k", np.square(kept), grad_c_n ** 2))
"""
GRU = """
def answer(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    def sigmoid(a):
        return 1 / (1 + np.exp(-a))
    H = h.shape[1]
    U_r, U_z, U_n = weight_hh[:H], weight_hh[H:2 * H], weight_hh[2 * H:]
    c_r, c_z, c_n = bias_hh[:H], bias_hh[H:2 * H], bias_hh[2 * H:]
    in_r, in_z, in_n = np.split(x_t @ weight_ih.T + bias_ih, 3, axis=1)
    r = sigmoid(in_r + h @ U_r.T + c_r)
    z = sigmoid(in_z + h @ U_z.T + c_z)
    n = np.tanh(in_n + r * (h @ U_n.T + c_n))
    return (1 - z) * n + z * h
"""
GRU_ROW_BY_ROW = """
def answer(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    rows = []
    for x, s in zip(x_t, h):
        from_x = (weight_ih @ x + bias_ih).reshape(3, -1)
        from_h = (weight_hh @ s + bias_hh).reshape(3, -1)
        r, z = 0.5 * (1 + np.tanh(0.5 * (from_x + from_h)[:2]))
        n = np.tanh(from_x[2] + r * from_h[2])
        rows.append(n + z * (s - n))
    return np.array(rows)
"""
COUPLED = """
def answer(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    def sigmoid(a):
        return 1 / (1 + np.exp(-a))
    H = h_0.shape[1]
    h, c = h_0, c_0
    states, cells = [h_0], [c_0]
    for t in range(len(x)):
        heard = h
        a = x[t] @ weight_ih.T + bias_ih + heard @ weight_hh.T + bias_hh
        f, g, o = sigmoid(a[:, :H]), np.tanh(a[:, H:2 * H]), sigmoid(a[:, 2 * H:])
        old = c
        c = f * old + (1 - f) * g
        h = o * np.tanh(c)
        states.append(h)
        cells.append(c)
    return np.array(states), np.array(cells)
"""
COUPLED_IN_PLACE = """
def answer(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
    states = np.zeros((len(x) + 1, *h_0.shape), x.dtype)
    cells = np.zeros_like(states)
    states[0], cells[0] = h_0, c_0
    ready = np.einsum("tbi,ji->tbj", x, weight_ih) + bias_ih + bias_hh
    for t, a in enumerate(ready):
        f, g, o = np.split(a + np.einsum("bk,jk->bj", states[t], weight_hh), 3, axis=-1)
        f, o = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
        cells[t + 1] = np.tanh(g) + f * (cells[t] - np.tanh(g))
        states[t + 1] = o * np.tanh(cells[t + 1])
    return [states, cells]
"""


class Coupled:
    """A cell that keeps state and cell in itself, one sequence of the batch after the other."""

    def __call__(self, x, h_0, c_0, *parameters):
        runs = [self.run(x[:, n], h_0[n], c_0[n], *parameters) for n in range(x.shape[1])]
        return tuple(np.stack([run[k] for run in runs], axis=1) for k in (0, 1))

    def run(self, x, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
        self.h, self.c = [h], [c]
        for x_t in x:
            f, g, o = (weight_ih @ x_t + bias_ih + weight_hh @ self.h[-1] + bias_hh).reshape(3, -1)
            keep = 1 / (1 + np.exp(-f))
            self.c.append(keep * self.c[-1] + (1 - keep) * np.tanh(g))
            self.h.append(np.tanh(self.c[-1]) / (1 + np.exp(-o)))
        return np.stack(self.h), np.stack(self.c)


RIGHT = {
    "lstm_by_hand": [{"c_t": 0.55, "h_t": 0.3504, "kept": 0.8}, {"c_t": np.array(0.5499), "h_t": 0.35, "kept": np.float32(0.8)}],
    "predict_bias": [3.35, 3.345, 3.3, 3.4],
    "predict_units": [(36, 31), [37, 32], np.array([36.9, 32.0])],
    "additive_norms": [rules.written(code) for code in (NORMS, NORMS_AT_ONCE, NORMS_BY_PRODUCTS)],
    "gru_once": [rules.written(GRU), rules.written(GRU_ROW_BY_ROW)],
    "coupled_cells": [rules.written(COUPLED), rules.written(COUPLED_IN_PLACE), Coupled()],
}


def by_hand(c_t, h_t, kept=0.8):
    return {"c_t": c_t, "h_t": h_t, "kept": kept}


WRONG_VALUES = [
    ("lstm_by_hand", "blocks in another order", by_hand(0.5725, 0.3448)),
    ("lstm_by_hand", "blocks in another order", by_hand(0.605, 0.3784, 0.25)),
    ("lstm_by_hand", "blocks in another order", by_hand(0.6767, 0.393, 0.25)),
    ("lstm_by_hand", "blocks in another order", by_hand(0.5539, 0.3525, 0.6667)),
    ("lstm_by_hand", "sigmoid on the candidate", by_hand(0.5667, 0.359)),
    ("lstm_by_hand", "tanh on the gates", by_hand(-0.0388, -0.0268, 0.8824)),
    ("lstm_by_hand", "no activations", by_hand(-0.0683, -0.0578, 1.3863)),
    ("lstm_by_hand", "sign of the first sum lost", by_hand(0.85, 0.4838)),
    ("lstm_by_hand", "old cell left out", by_hand(0.15, 0.1042)),
    ("lstm_by_hand", "tanh on the cell itself", by_hand(0.5005, 0.3237)),
    ("lstm_by_hand", "tanh on the cell itself", by_hand(0.5005, 0.3504)),
    ("lstm_by_hand", "forget gate left out", by_hand(0.65, 0.4002, 1)),
    ("lstm_by_hand", "forget gate left out", by_hand(0.65, 0.4002)),
    ("lstm_by_hand", "input gate left out", by_hand(1.0, 0.5331)),
    ("lstm_by_hand", "1 - f in place of the input gate", by_hand(0.52, 0.3344)),
    ("lstm_by_hand", "f turned round", by_hand(0.25, 0.1714, 0.2)),
    ("lstm_by_hand", "f turned round", by_hand(0.25, 0.1714)),
    ("lstm_by_hand", "tanh of the cell left out", by_hand(0.55, 0.385)),
    ("lstm_by_hand", "sigmoid of the cell in place of its tanh", by_hand(0.55, 0.4439)),
    ("lstm_by_hand", "output gate inside the tanh", by_hand(0.55, 0.3670)),
    ("lstm_by_hand", "output gate left out", by_hand(0.55, 0.5005)),
    ("lstm_by_hand", "state read from the cell before", by_hand(0.55, 0.3235)),
    ("lstm_by_hand", "slope of the gate taken for its value", by_hand(0.55, 0.3504, 0.16)),
    ("lstm_by_hand", "factor of the state in place of the cell", by_hand(0.55, 0.3504, 0.4197)),
    ("lstm_by_hand", "another gate taken for the factor", by_hand(0.55, 0.3504, 0.25)),
    ("lstm_by_hand", "another gate taken for the factor", by_hand(0.55, 0.3504, 0.7)),
    ("lstm_by_hand", "amount kept in place of the factor", by_hand(0.55, 0.3504, 0.4)),
    ("lstm_by_hand", "share of the old cell in the new one", by_hand(0.55, 0.3504, 0.7273)),
    ("predict_bias", "gate in place of its bias", 0.966),
    ("predict_bias", "logarithm of the gate alone", -0.0347),
    ("predict_bias", "logarithm of the gate alone", 0.0347),
    ("predict_bias", "logarithm left out", 28.4),
    ("predict_bias", "sign of the bias", -3.345),
    ("predict_bias", "1/e in place of one half", 2.97),
    ("predict_bias", "loss added up in place of multiplied", 3.66),
    ("predict_bias", "one half at every step", 0),
    ("predict_bias", "tanh in place of the sigmoid", 2.03),
    ("predict_bias", "logarithm to base 10", 1.453),
    ("predict_bias", "logarithm to base 2", 4.83),
    ("predict_bias", "half of the bias", 1.67),
    ("predict_units", "parameters taken to grow with the units", (21, 16)),
    ("predict_units", "candidate left out of the count", (45, 36)),
    ("predict_units", "candidate left out of the count", (45, 32)),
    ("predict_units", "as many blocks in the LSTM as in the GRU", (36, 36)),
    ("predict_units", "one block too many", (36, 27)),
    ("predict_units", "one block too many", (31, 27)),
    ("predict_units", "the two swapped", (31, 36)),
    ("predict_units", "as many units as the plain cell", (64, 64)),
    ("predict_units", "more units in place of fewer", (110, 128)),
    ("predict_units", "cell and state counted as units of their own", (36, 16)),
]

UPDATE = "(1 - z) * n + z * h"
CANDIDATE = "in_n + r * (h @ U_n.T + c_n)"


def reordered(*order):
    """Return the edits of GRU that read the blocks in another order: which of r, z, n stands first, second, third."""
    edits = [("in_r, in_z, in_n = ", f"{', '.join('in_' + name for name in order)} = ")]
    for letter in "Uc":
        edits.append((f"{letter}_r, {letter}_z, {letter}_n = ", f"{', '.join(f'{letter}_{name}' for name in order)} = "))
    return edits


def cell_order(*order):
    """Return the edit of COUPLED that reads the blocks in another order: which of f, g, o stands first, second, third."""
    rows = dict(zip(order, ("a[:, :H]", "a[:, H:2 * H]", "a[:, 2 * H:]"), strict=True))
    return ("sigmoid(a[:, :H]), np.tanh(a[:, H:2 * H]), sigmoid(a[:, 2 * H:])",
            f"sigmoid({rows['f']}), np.tanh({rows['g']}), sigmoid({rows['o']})")


WRONG_CODE = [
    ("additive_norms", "walked forward in time", NORMS, ("reversed(range(len(forget)))", "range(len(forget))")),
    ("additive_norms", "norms in the order of time", NORMS, ("np.array(norms)", "np.array(norms[::-1])")),
    ("additive_norms", "lag 0 left out", NORMS, ("[np.sqrt(np.sum(grad ** 2))]", "[]")),
    ("additive_norms", "last lag left out", NORMS, ("reversed(range(len(forget)))", "range(len(forget) - 1, 0, -1)")),
    ("additive_norms", "gradient not handed on", NORMS, ("grad * forget[t]", "grad_c_n * forget[t]")),
    ("additive_norms", "gates added up", NORMS_AT_ONCE, ("np.vstack([np.ones_like(grad_c_n), np.flip(forget, 0)]).cumprod(0)",
                                                         "np.vstack([np.ones_like(grad_c_n), np.flip(forget, 0).cumsum(0)])")),
    ("additive_norms", "one gate for all units", NORMS, ("forget[t]", "forget[t].mean()")),
    ("additive_norms", "one gate for all units", NORMS, ("forget[t]", "forget[t].prod()")),
    ("additive_norms", "one gate for all units", NORMS, ("forget[t]", "max(forget[t])")),
    ("additive_norms", "norms of the gates multiplied", NORMS, ("grad * forget[t]", "grad * np.linalg.norm(forget[t])")),
    ("additive_norms", "one gate for all steps", NORMS, ("forget[t]", "forget[-1]")),
    ("additive_norms", "one gate for all steps", NORMS, ("forget[t]", "forget.mean(0)")),
    ("additive_norms", "1 - f in place of f", NORMS, ("forget[t]", "(1 - forget[t])")),
    ("additive_norms", "slope of the gate taken for its value", NORMS, ("forget[t]", "forget[t] * (1 - forget[t])")),
    ("additive_norms", "sigmoid taken twice", NORMS, ("* forget[t]", "/ (1 + np.exp(-forget[t]))")),
    ("additive_norms", "slope of a tanh on the path", NORMS, ("forget[t]", "(1 - forget[t] ** 2)")),
    ("additive_norms", "gradient left out", NORMS_AT_ONCE, ("factors * grad_c_n", "factors")),
    ("additive_norms", "squares of the norms", NORMS, ("np.array(norms)", "np.array(norms) ** 2")),
    ("additive_norms", "share in place of the norm", NORMS, ("np.array(norms)", "np.array(norms) / norms[0]")),
    ("additive_norms", "largest entry taken for the norm", NORMS, ("[np.sqrt(np.sum(grad ** 2))]", "[abs(grad).max()]"),
     ("append(np.sqrt(np.sum(grad ** 2)))", "append(abs(grad).max())")),
    ("additive_norms", "sum of absolute values in place of the norm", NORMS, ("[np.sqrt(np.sum(grad ** 2))]", "[abs(grad).sum()]"),
     ("append(np.sqrt(np.sum(grad ** 2)))", "append(abs(grad).sum())")),
    ("additive_norms", "gradients in place of their norms", NORMS_AT_ONCE, ("np.linalg.norm(factors * grad_c_n, axis=1)",
                                                                            "factors * grad_c_n")),
    ("additive_norms", "norm over the lags", NORMS_AT_ONCE, ("axis=1", "axis=0")),
    ("gru_once", "blocks in another order", GRU, *reordered("z", "r", "n")),
    ("gru_once", "blocks in another order", GRU, *reordered("r", "n", "z")),
    ("gru_once", "blocks in another order", GRU, *reordered("n", "r", "z")),
    ("gru_once", "blocks in another order", GRU, *reordered("n", "z", "r")),
    ("gru_once", "rows of the blocks interleaved", GRU_ROW_BY_ROW, ("(weight_ih @ x + bias_ih).reshape(3, -1)",
                                                                     "(weight_ih @ x + bias_ih).reshape(-1, 3).T"),
     ("(weight_hh @ s + bias_hh).reshape(3, -1)", "(weight_hh @ s + bias_hh).reshape(-1, 3).T")),
    ("gru_once", "reset before the product", GRU, (CANDIDATE, "in_n + (r * h) @ U_n.T + c_n")),
    ("gru_once", "update gate the other way round", GRU, (UPDATE, "z * n + (1 - z) * h")),
    ("gru_once", "the papers' form", GRU, (CANDIDATE, "in_n + (r * h) @ U_n.T + c_n"), (UPDATE, "z * n + (1 - z) * h")),
    ("gru_once", "bias outside of the reset", GRU, (CANDIDATE, "in_n + r * (h @ U_n.T) + c_n")),
    ("gru_once", "reset of the input too", GRU, (CANDIDATE, "r * (in_n + h @ U_n.T + c_n)")),
    ("gru_once", "reset of the input in place of the state", GRU, (CANDIDATE, "r * in_n + h @ U_n.T + c_n")),
    ("gru_once", "reset gate left out", GRU, (CANDIDATE, "in_n + h @ U_n.T + c_n")),
    ("gru_once", "reset gate turned round", GRU, (CANDIDATE, "in_n + (1 - r) * (h @ U_n.T + c_n)")),
    ("gru_once", "one gate used for both", GRU, (UPDATE, "(1 - r) * n + r * h")),
    ("gru_once", "one gate used for both", GRU, (CANDIDATE, "in_n + z * (h @ U_n.T + c_n)")),
    ("gru_once", "candidate blind to the state", GRU, (CANDIDATE, "in_n")),
    ("gru_once", "update gate left out", GRU, (UPDATE, "n")),
    ("gru_once", "old state left out", GRU, (UPDATE, "(1 - z) * n")),
    ("gru_once", "old state left out", GRU, (UPDATE, "z * n")),
    ("gru_once", "tanh on the new state", GRU, (UPDATE, "np.tanh((1 - z) * n + z * h)")),
    ("gru_once", "the two shares do not make one whole", GRU, (UPDATE, "n + z * h")),
    ("gru_once", "the two shares do not make one whole", GRU, (UPDATE, "(1 - z) * n + h")),
    ("gru_once", "the two shares do not make one whole", GRU, (UPDATE, "z * (n + h)")),
    ("gru_once", "reset state kept", GRU, (UPDATE, "(1 - z) * n + z * (r * h)")),
    ("gru_once", "sigmoid on the candidate", GRU, ("np.tanh(in_n", "sigmoid(in_n")),
    ("gru_once", "no activation on the candidate", GRU, ("np.tanh(in_n", "(in_n")),
    ("gru_once", "tanh on the gates", GRU, ("return 1 / (1 + np.exp(-a))", "return np.tanh(a)")),
    ("gru_once", "no activation on the gates", GRU, ("return 1 / (1 + np.exp(-a))", "return a")),
    ("gru_once", "gates blind to the state", GRU, (" + h @ U_r.T", ""), (" + h @ U_z.T", "")),
    ("gru_once", "gates without the recurrent bias", GRU, (" + c_r)", ")"), (" + c_z)", ")")),
    ("gru_once", "one bias too few", GRU, (" + c_r)", ")"), (" + c_z)", ")"), (" + c_n)", ")")),
    ("gru_once", "one bias too few", GRU, ("weight_ih.T + bias_ih", "weight_ih.T")),
    ("gru_once", "one bias too few", GRU, (" + c_n)", ")")),
    ("gru_once", "biases left out", GRU, ("weight_ih.T + bias_ih", "weight_ih.T"), (" + c_r)", ")"), (" + c_z)", ")"), (" + c_n)", ")")),
    ("gru_once", "both biases inside the reset", GRU_ROW_BY_ROW, ("weight_ih @ x + bias_ih", "weight_ih @ x"),
     ("weight_hh @ s + bias_hh", "weight_hh @ s + bias_ih + bias_hh")),
    ("gru_once", "weight transposed", GRU, ("U_r.T", "U_r"), ("U_z.T", "U_z"), ("U_n.T", "U_n")),
    ("gru_once", "weight transposed", GRU, ("U_n.T", "U_n")),
    ("coupled_cells", "f and 1 - f swapped", COUPLED, ("f * old + (1 - f) * g", "(1 - f) * old + f * g")),
    ("coupled_cells", "candidate written whole", COUPLED, ("(1 - f) * g", "g")),
    ("coupled_cells", "old cell kept whole", COUPLED, ("f * old + (1", "old + (1")),
    ("coupled_cells", "both parts with f", COUPLED, ("(1 - f) * g", "f * g")),
    ("coupled_cells", "state kept in place of the cell", COUPLED, ("old = c", "old = h")),
    ("coupled_cells", "output gate used for writing", COUPLED, ("(1 - f) * g", "o * g")),
    ("coupled_cells", "blocks in another order", COUPLED, cell_order("f", "o", "g")),
    ("coupled_cells", "blocks in another order", COUPLED, cell_order("g", "f", "o")),
    ("coupled_cells", "blocks in another order", COUPLED, cell_order("o", "g", "f")),
    ("coupled_cells", "blocks in another order", COUPLED, cell_order("g", "o", "f")),
    ("coupled_cells", "blocks in another order", COUPLED, cell_order("o", "f", "g")),
    ("coupled_cells", "tanh of the cell left out", COUPLED, ("o * np.tanh(c)", "o * c")),
    ("coupled_cells", "tanh on the cell itself", COUPLED, ("f * old + (1 - f) * g", "np.tanh(f * old + (1 - f) * g)")),
    ("coupled_cells", "tanh on the cell itself", COUPLED, ("f * old + (1 - f) * g", "np.tanh(f * old + (1 - f) * g)"),
     ("o * np.tanh(c)", "o * c")),
    ("coupled_cells", "tanh on the cell itself", COUPLED, ("append(c)", "append(np.tanh(c))")),
    ("coupled_cells", "sigmoid of the cell in place of its tanh", COUPLED, ("o * np.tanh(c)", "o * sigmoid(c)")),
    ("coupled_cells", "cell in place of the state", COUPLED, ("o * np.tanh(c)", "c")),
    ("coupled_cells", "output gate turned round", COUPLED, ("o * np.tanh(c)", "(1 - o) * np.tanh(c)")),
    ("coupled_cells", "output gate inside the tanh", COUPLED, ("o * np.tanh(c)", "np.tanh(o * c)")),
    ("coupled_cells", "output gate left out", COUPLED, ("o * np.tanh(c)", "np.tanh(c)")),
    ("coupled_cells", "state read from the cell before", COUPLED, ("o * np.tanh(c)", "o * np.tanh(old)")),
    ("coupled_cells", "sums hear the cell", COUPLED, ("heard = h", "heard = c")),
    ("coupled_cells", "sums hear the input alone", COUPLED, ("heard = h", "heard = 0 * h")),
    ("coupled_cells", "cell not handed on", COUPLED, ("old = c", "old = c_0")),
    ("coupled_cells", "state not handed on", COUPLED, ("heard = h", "heard = h_0")),
    ("coupled_cells", "nothing handed on", COUPLED, ("heard = h", "heard = h_0"), ("old = c", "old = c_0")),
    ("coupled_cells", "sigmoid on the candidate", COUPLED, ("np.tanh(a", "sigmoid(a")),
    ("coupled_cells", "no activation on the candidate", COUPLED, ("np.tanh(a", "(a")),
    ("coupled_cells", "tanh on the gates", COUPLED, ("return 1 / (1 + np.exp(-a))", "return np.tanh(a)")),
    ("coupled_cells", "h_0 and c_0 swapped", COUPLED, ("h, c = h_0, c_0", "h, c = c_0, h_0"), ("[h_0], [c_0]", "[c_0], [h_0]")),
    ("coupled_cells", "h_0 and c_0 swapped", COUPLED, ("h, c = h_0, c_0", "h, c = c_0, h_0")),
    ("coupled_cells", "first state or cell taken for zero", COUPLED, ("h, c = h_0, c_0", "h, c = h_0, 0 * c_0"), ("[c_0]", "[c]")),
    ("coupled_cells", "first state or cell taken for zero", COUPLED, ("h, c = h_0, c_0", "h, c = 0 * h_0, c_0"), ("[h_0]", "[h]")),
    ("coupled_cells", "first state or cell taken for zero", COUPLED, ("h, c = h_0, c_0", "h, c = 0 * h_0, 0 * c_0"),
     ("[h_0], [c_0]", "[h], [c]")),
    ("coupled_cells", "weight transposed", COUPLED, ("heard @ weight_hh.T", "np.hstack([heard @ U for U in np.split(weight_hh, 3)])")),
    ("coupled_cells", "one bias too few", COUPLED, (" + bias_hh", "")),
    ("coupled_cells", "one bias too few", COUPLED, (" + bias_ih", "")),
    ("coupled_cells", "biases left out", COUPLED, (" + bias_ih", ""), (" + bias_hh", "")),
    ("coupled_cells", "loop over the batch in place of time", COUPLED, ("range(len(x))", "range(x.shape[1])"), ("x[t]", "x[:, t]")),
    ("coupled_cells", "read from the end", COUPLED, ("range(len(x))", "reversed(range(len(x)))")),
    ("coupled_cells", "lists aliased", COUPLED, ("h, c = h_0, c_0", "h, c = h_0.copy(), c_0.copy()"), ("[h_0], [c_0]", "[h], [c]"),
     ("old = c", "old = c.copy()"), ("        c = f", "        c[:] = f"), ("        h = o", "        h[:] = o")),
    ("coupled_cells", "lists aliased", COUPLED, ("h, c = h_0, c_0", "h, c = h_0, c_0.copy()"), ("[c_0]", "[c]"),
     ("old = c", "old = c.copy()"), ("        c = f", "        c[:] = f")),
    ("coupled_cells", "first state and cell not in front", COUPLED, ("[h_0], [c_0]", "[], []")),
    ("coupled_cells", "the two results swapped", COUPLED, ("return np.array(states), np.array(cells)", "return np.array(cells), np.array(states)")),
    ("coupled_cells", "states alone", COUPLED, ("return np.array(states), np.array(cells)", "return np.array(states)")),
    ("coupled_cells", "last state and cell alone", COUPLED, ("return np.array(states), np.array(cells)", "return h, c")),
]
WRONG = WRONG_VALUES + [(name, mistake, rules.written(*code)) for name, mistake, *code in WRONG_CODE]


class TestGates(rules.Rules):
    modules, notebook, right, wrong = ("e10_memory",), "10-longer-memory.ipynb", RIGHT, WRONG


def test_a_mistake_breaks_the_property_that_is_named_first():
    answers = {case[:2]: case[2] for case in WRONG}
    for name, mistake, fails in (
        ("additive_norms", "norms in the order of time", "direction of time"),
        ("coupled_cells", "read from the end", "direction of time"),
        ("additive_norms", "lag 0 left out", "shape"),
        ("coupled_cells", "first state and cell not in front", "shape"),
        ("coupled_cells", "lists aliased", "aliasing"),
        ("additive_norms", "gates added up", "gradient"),
        ("gru_once", "reset before the product", "value"),
    ):
        assert rules.asked(EXERCISES[name], answers[name, mistake]).fails == fails


def filled(module, *packed):
    """Return the module in float64 with the packed arrays for weight_ih, weight_hh, bias_ih and bias_hh."""
    module.double()
    with torch.no_grad():
        for parameter, rows in zip(module.parameters(), packed, strict=True):
            parameter.copy_(torch.tensor(rows))
    return module


@pytest.mark.parametrize("example", range(4))
def test_gru_once_is_torchs_gru(example):
    x_t, h, *packed = EXERCISES["gru_once"].examples()[example].values()
    gru = filled(nn.GRU(x_t.shape[1], h.shape[1]), *packed)
    wanted = gru(torch.tensor(x_t)[None], torch.tensor(h)[None])[1][0].detach().numpy()
    assert abs(EXERCISES["gru_once"].solution(x_t, h, *packed) - wanted).max() < 1e-12


@pytest.mark.parametrize("example", range(4))
def test_coupled_cells_are_torchs_lstm_with_an_input_gate_of_one_minus_f(example):
    x, h_0, c_0, *packed = EXERCISES["coupled_cells"].examples()[example].values()
    size = h_0.shape[1]
    lstm = filled(nn.LSTM(x.shape[2], size), *(np.concatenate([-rows[:size], rows]) for rows in packed))  # sigmoid(-a) = 1 - sigmoid(a)
    output, (_, c_n) = lstm(torch.tensor(x), (torch.tensor(h_0)[None], torch.tensor(c_0)[None]))
    states, cells = EXERCISES["coupled_cells"].solution(x, h_0, c_0, *packed)
    assert abs(states[1:] - output.detach().numpy()).max() < 1e-12
    assert abs(cells[-1] - c_n[0].detach().numpy()).max() < 1e-12


def test_lstm_by_hand_is_torchs_lstm():
    sums = torch.log(torch.tensor([1 / 3, 4, 2, 7 / 3], dtype=torch.float64))
    lstm = filled(nn.LSTM(1, 1), np.zeros((4, 1)), np.zeros((4, 1)), sums.numpy(), np.zeros(4))
    c = torch.full((1, 1), 0.5, dtype=torch.float64, requires_grad=True)
    _, (h_t, c_t) = lstm(torch.zeros(1, 1, dtype=torch.float64), (torch.zeros(1, 1, dtype=torch.float64), c))
    found = {"c_t": c_t.item(), "h_t": h_t.item(), "kept": torch.autograd.grad(c_t, c)[0].item()}
    assert found == pytest.approx(EXERCISES["lstm_by_hand"].solution(), abs=1e-12)


def test_additive_norms_are_autograds_where_the_gates_do_not_hear_the_state():
    rng = np.random.default_rng(0)
    forget, grad_c_n = EXERCISES["additive_norms"].examples()[2].values()
    steps, units = forget.shape
    weight_ih = rng.normal(size=(4 * units, steps))
    weight_ih[units:2 * units] = np.log(forget / (1 - forget)).T                 # one-hot inputs choose the gates
    lstm = filled(nn.LSTM(steps, units), weight_ih, np.zeros((4 * units, units)), np.zeros(4 * units), np.zeros(4 * units))
    h, cells = torch.zeros(1, units, dtype=torch.float64), [torch.zeros(1, units, dtype=torch.float64, requires_grad=True)]
    for x_t in torch.eye(steps, dtype=torch.float64):
        _, (h, c) = lstm(x_t[None], (h, cells[-1]))
        cells.append(c)
    gradients = torch.autograd.grad((cells[-1][0] * torch.tensor(grad_c_n)).sum(), cells)
    wanted = [gradient.norm().item() for gradient in reversed(gradients)]
    assert EXERCISES["additive_norms"].solution(forget, grad_c_n) == pytest.approx(wanted, abs=1e-12)
