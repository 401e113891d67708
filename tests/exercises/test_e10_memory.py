"""The exercises of notebook 10: other styles are right, mistakes in a learner's own style are named, and torch agrees."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e10_memory")

# Ways to solve the function exercises as a learner would; the mistakes below are edits of them.


def norms_at_once(forget, grad_c_n):
    factors = np.vstack([np.ones_like(grad_c_n), np.flip(forget, 0)]).cumprod(0)
    return np.linalg.norm(factors * grad_c_n, axis=1)


def norms_by_products(forget, grad_c_n):
    T = len(forget)
    kept = [forget[T - k:].prod(axis=0) for k in range(T + 1)]
    return np.sqrt(np.einsum("kj,j->k", np.square(kept), grad_c_n ** 2))


def gru(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
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


def gru_row_by_row(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    rows = []
    for x, s in zip(x_t, h):
        from_x = (weight_ih @ x + bias_ih).reshape(3, -1)
        from_h = (weight_hh @ s + bias_hh).reshape(3, -1)
        r, z = 0.5 * (1 + np.tanh(0.5 * (from_x + from_h)[:2]))
        n = np.tanh(from_x[2] + r * from_h[2])
        rows.append(n + z * (s - n))
    return np.array(rows)


def coupled_in_place(x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh):
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


def filled(module, *packed):
    """Return the module in float64 with the packed arrays for weight_ih, weight_hh, bias_ih and bias_hh."""
    module.double()
    with torch.no_grad():
        for parameter, rows in zip(module.parameters(), packed, strict=True):
            parameter.copy_(torch.tensor(rows))
    return module


def by_torch(x_t, h, *packed):
    module = filled(nn.GRU(x_t.shape[1], h.shape[1]), *packed)
    return module(torch.tensor(x_t).double()[None], torch.tensor(h).double()[None])[1][0].detach().numpy().astype(h.dtype)


RIGHT = {
    "lstm_by_hand": [{"c_t": 0.55, "h_t": 0.3504, "kept": 0.8},
                     {"c_t": np.array(0.5499), "h_t": 0.35, "kept": np.float32(0.8)}],
    "predict_bias": [3.35, 3.345, 3.3, 3.4],
    "predict_units": [(36, 31), [37, 32], np.array([36.9, 32.0])],
    "additive_norms": [norms_at_once, norms_by_products],
    "gru_once": [gru, gru_row_by_row, by_torch],
    "coupled_cells": [coupled_in_place, Coupled()],
}


PAPERS = ("in_n + r * (h @ U_n.T + c_n)", "in_n + (r * h) @ U_n.T + c_n")
WRONG = [
    ("lstm_by_hand", "blocks in another order", {"c_t": 0.5725, "h_t": 0.3448, "kept": 0.8}),
    ("lstm_by_hand", "forget gate left out", {"c_t": 0.65, "h_t": 0.4002, "kept": 1}),
    ("lstm_by_hand", "another gate taken for the factor", {"c_t": 0.55, "h_t": 0.3504, "kept": 0.7}),
    ("predict_bias", "gate in place of its bias", 0.966),
    ("predict_bias", "logarithm left out", 28.4),
    ("predict_bias", "half of the bias", 1.67),
    ("predict_units", "parameters taken to grow with the units", (21, 16)),
    ("predict_units", "more units in place of fewer", (110, 128)),
    ("predict_units", "candidate left out of the count", np.array([45, 36])),
    ("additive_norms", "walked forward in time", norms_at_once, ("np.flip(forget, 0)", "forget")),
    ("additive_norms", "norms in the order of time", norms_at_once, ("axis=1)", "axis=1)[::-1]")),
    ("additive_norms", "gates added up", norms_at_once, ("np.vstack([np.ones_like(grad_c_n), np.flip(forget, 0)]).cumprod(0)",
                                                         "np.vstack([np.ones_like(grad_c_n), np.flip(forget, 0).cumsum(0)])")),
    ("additive_norms", "lag 0 left out", norms_at_once, ("axis=1)", "axis=1)[1:]")),
    ("gru_once", "rows of the blocks interleaved", gru_row_by_row,
     ("(weight_ih @ x + bias_ih).reshape(3, -1)", "(weight_ih @ x + bias_ih).reshape(-1, 3).T"),
     ("(weight_hh @ s + bias_hh).reshape(3, -1)", "(weight_hh @ s + bias_hh).reshape(-1, 3).T")),
    ("gru_once", "reset before the product", gru, PAPERS),
    ("gru_once", "the papers' form", gru, PAPERS, ("(1 - z) * n + z * h", "z * n + (1 - z) * h")),
    ("gru_once", "both biases inside the reset", gru_row_by_row, ("weight_ih @ x + bias_ih", "weight_ih @ x"),
     ("weight_hh @ s + bias_hh", "weight_hh @ s + bias_ih + bias_hh")),
    ("coupled_cells", "lists aliased", coupled_in_place, ("return [states, cells]",
                                                          "return [states[[-1] * len(states)], cells[[-1] * len(cells)]]")),
    ("coupled_cells", "read from the end", coupled_in_place, ("enumerate(ready)", "enumerate(ready[::-1])")),
    ("coupled_cells", "first state and cell not in front", coupled_in_place, ("[states, cells]", "[states[1:], cells[1:]]")),
    ("coupled_cells", "weight transposed", coupled_in_place,
     ('np.einsum("bk,jk->bj", states[t], weight_hh)', "np.hstack([states[t] @ U for U in np.split(weight_hh, 3)])")),
    ("coupled_cells", None, coupled_in_place, ("enumerate(ready)", "enumerate(ready[:4])")),
]
FAILS = [
    ("additive_norms", "norms in the order of time", "direction of time"),
    ("coupled_cells", "read from the end", "direction of time"),
    ("coupled_cells", "lists aliased", "aliasing"), ("additive_norms", "gates added up", "gradient"),
    ("gru_once", "reset before the product", "value"),
]


class TestGates(rules.Rules):
    module, notebook, right, wrong, fails = "e10_memory", "10-longer-memory.ipynb", RIGHT, WRONG, FAILS


@pytest.mark.parametrize("example", range(4))
def test_coupled_cells_are_torchs_lstm_with_an_input_gate_of_one_minus_f(example):
    x, h_0, c_0, *packed = EXERCISES["coupled_cells"].examples()[example].values()
    size = h_0.shape[1]
    lstm = filled(nn.LSTM(x.shape[2], size),
                  *(np.concatenate([-rows[:size], rows]) for rows in packed))  # sigmoid(-a) = 1 - sigmoid(a)
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
