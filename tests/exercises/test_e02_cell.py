"""The exercises of notebook 02: other styles are right, every known mistake is caught under its own name."""

import numpy as np

from helpers.numpy_nets.rnn import sigmoid
from tests.support import exercise_rules as rules

# One way to solve each function exercise as a learner would, other than the solution's; some mistakes are edits of it.


def project(x, weight_ih, bias_ih, bias_hh):
    out = np.zeros((len(x), x.shape[1], len(weight_ih)))
    for t in range(x.shape[0]):
        for b in range(x.shape[1]):
            out[t, b] = weight_ih @ x[t, b]
            out[t, b] += bias_ih + bias_hh
    return out


def leaky(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    T = len(x)
    s = np.zeros((T + 1, *h_0.shape), x.dtype)
    s[0] = h_0
    for k in range(1, T + 1):
        new = np.tanh(x[k - 1] @ weight_ih.T + s[k - 1] @ weight_hh.T + (bias_ih + bias_hh))
        s[k] = new + g * (s[k - 1] - new)
    return s


def in_place(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    h = h_0.copy()
    states = [h.copy()]
    for x_t in x:
        h[:] = g * h + (1 - g) * np.tanh(x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
        states.append(h.copy())
    return np.array(states)


def project_by_einsum(x, weight_ih, bias_ih, bias_hh):
    return np.einsum("hi,tbi->tbh", weight_ih, x) + (bias_hh + bias_ih)


def gated(x, h_0, cell, gate):
    weights = np.vstack([np.hstack([part["weight_ih"], part["weight_hh"]]) for part in (gate, cell)])
    bias = np.concatenate([part["bias_ih"] + part["bias_hh"] for part in (gate, cell)])
    H = h_0.shape[1]
    states, gates = [h_0], []
    for x_t in x:
        a = np.hstack([x_t, states[-1]]) @ weights.T + bias
        g, new = sigmoid(a[:, :H]), np.tanh(a[:, H:])
        gates.append(g)
        states.append(g * (states[-1] - new) + new)
    return [np.stack(states), np.stack(gates)]


def total(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return np.einsum("hi,bi->bh", weight_ih, x_t) + np.einsum("hk,bk->bh", weight_hh, h) + bias_ih + bias_hh


def gated_by_place(x, h_0, cell, gate):
    states, gates = np.empty((len(x) + 1, *h_0.shape)), np.empty((len(x), *h_0.shape))
    states[0] = h_0
    for t in range(len(x)):
        gates[t] = 0.5 + 0.5 * np.tanh(total(x[t], states[t], **gate) / 2)
        states[t + 1] = (1 - gates[t]) * np.tanh(total(x[t], states[t], **cell)) + gates[t] * states[t]
    return states, gates


RIGHT = {
    "one_step": [{"h_t": (-0.3969, 0.6963), "y_t": -0.426}, {"h_t": np.tanh([-0.42, 0.86]), "y_t": np.array(-0.42598)},
                 {"h_t": [-0.397, 0.696], "y_t": [-0.4260][0]}],
    "predict_changed": [14, 14.0],
    "predict_left": [0.35, 0.9**10],
    "project_inputs": [project_by_einsum, project],
    "leaky_states": [leaky, in_place],
    "gated_states": [gated_by_place, gated],
}
WRONG = [
    ("one_step", "weight transposed", {"h_t": (-0.4777, 0.5080), "y_t": -0.3884}),
    ("one_step", "no activation", {"h_t": (-0.42, 0.86), "y_t": -0.524}),
    ("one_step", "sign of an output weight lost", {"h_t": (-0.3969, 0.6963), "y_t": 0.2703}),
    ("one_step", "sign of the state lost", {"h_t": (-0.4621, 0.8005), "y_t": -0.5237}),
    ("one_step", "output read from the sums", {"h_t": (-0.3969, 0.6963), "y_t": -0.524}),
    ("predict_changed", "all sequences of the batch changed", 7 * 5 * 2),
    ("predict_changed", "earlier steps changed too", 11 * 2),
    ("predict_left", "recurrent weight left out", 0.107),
    ("predict_left", "share lost instead of share left", 0.65), ("predict_left", "percent in place of a share", 35),
    ("project_inputs", "weight transposed", project, ("weight_ih @ x[t, b]", "x[t, b] @ weight_ih")),
    ("project_inputs", "one bias too few", project, ("+= bias_ih + bias_hh", "+= bias_hh")),
    ("project_inputs", "batch and time swapped", project, ("return out", "return out.transpose(1, 0, 2)")),
    ("leaky_states", "g and 1 - g swapped", leaky, ("new + g * (s[k - 1] - new)", "s[k - 1] + g * (new - s[k - 1])")),
    ("leaky_states", "states one place too early", leaky, ("range(1, T + 1)", "range(T)"), ("x[k - 1]", "x[k]")),
    ("leaky_states", "input of the previous step", leaky, ("x[k - 1]", "x[k - 2]")),
    ("leaky_states", "one state in place of a batch", leaky, ("s[k - 1] @ weight_hh.T", "weight_hh @ s[k - 1]")),
    ("leaky_states", "list of states aliased", in_place, ("append(h.copy())", "append(h)"), ("[h.copy()]", "[h]")),
    ("leaky_states", None, leaky, ("x.dtype)", "float)")),  # float64 out of float32
    ("gated_states", "weight transposed", gated, ('part["weight_hh"]]', 'part["weight_hh"].T]')),
    ("gated_states", "cell and gate swapped", gated, ("for part in (gate, cell)])\n    b", "for part in (cell, gate)])\n    b"),
     ("for part in (gate, cell)])\n    H", "for part in (cell, gate)])\n    H")),
    ("gated_states", "g and 1 - g swapped", gated, ("g * (states[-1] - new) + new", "states[-1] + g * (new - states[-1])")),
    ("gated_states", "leak left out", gated, ("g * (states[-1] - new) + new", "new")),
    ("gated_states", "states alone", gated, ("[np.stack(states), np.stack(gates)]", "np.stack(states)")),
]


FAILS = [
    ("leaky_states", "list of states aliased", "aliasing"), ("gated_states", "list of states aliased", "aliasing"),
    ("leaky_states", "read from the end", "direction of time"), ("leaky_states", "states in reverse", "direction of time"),
    ("leaky_states", "weight transposed", "value"),
]


class TestCell(rules.Rules):
    module, notebook, right, wrong, fails = "e02_cell", "02-a-numpy-cell.ipynb", RIGHT, WRONG, FAILS
