"""The exercises of notebook 02: other styles are right, every known mistake is caught under its own name."""

import numpy as np
import pytest

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e02_cell")

# One way to solve each function exercise as a learner would; the mistakes below are edits of it.

PROJECT = """
def answer(x, weight_ih, bias_ih, bias_hh):
    T, B, I = x.shape
    rows = x.reshape(T * B, I)
    out = rows @ weight_ih.T + bias_ih + bias_hh
    return out.reshape(T, B, len(weight_ih))
"""
LEAKY = """
def answer(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    h = h_0
    states = [h]
    for t in range(x.shape[0]):
        into = x[t] @ weight_ih.T + bias_ih
        back = h @ weight_hh.T + bias_hh
        new = np.tanh(into + back)
        h = g * h + (1 - g) * new
        states.append(h)
    return np.array(states)
"""
IN_PLACE = """
def answer(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    h = h_0.copy()
    states = [h.copy()]
    for x_t in x:
        h[:] = g * h + (1 - g) * np.tanh(x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
        states.append(h.copy())
    return np.array(states)
"""
CANDIDATES = """
def answer(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    states, last = [h_0], h_0
    for x_t in x:
        new = np.tanh(x_t @ weight_ih.T + bias_ih + states[-1] @ weight_hh.T + bias_hh)
        states.append(g * states[-1] + (1 - g) * new)
        last = new
    return np.array(states)
"""
GATED = """
def sigmoid(a):
    return 1 / (1 + np.exp(-a))

def total(x_t, h, p):
    return x_t @ p["weight_ih"].T + p["bias_ih"] + h @ p["weight_hh"].T + p["bias_hh"]

def answer(x, h_0, cell, gate):
    h, states, gates = h_0, [h_0], []
    for x_t in x:
        g = sigmoid(total(x_t, h, gate))
        new = np.tanh(total(x_t, h, cell))
        h = g * h + (1 - g) * new
        states.append(h)
        gates.append(g)
    return np.array(states), np.array(gates)
"""

# Right answers in other styles.


def project_by_loops(x, weight_ih, bias_ih, bias_hh):
    out = np.zeros((x.shape[0], x.shape[1], len(weight_ih)))
    for t in range(x.shape[0]):
        for b in range(x.shape[1]):
            for i in range(len(weight_ih)):
                out[t, b, i] = sum(weight_ih[i, j] * x[t, b, j] for j in range(x.shape[2])) + bias_ih[i] + bias_hh[i]
    return out


def project_by_einsum(x, weight_ih, bias_ih, bias_hh):
    return np.einsum("hi,tbi->tbh", weight_ih, x) + (bias_hh + bias_ih)


class Leaky:
    def __call__(self, x, h_0, g, *parameters):
        states = np.empty((len(x) + 1, *h_0.shape), x.dtype)
        states[0] = h_0
        for t in range(len(x)):
            states[t + 1] = states[t] + (1 - g) * (self.candidate(x[t], states[t], *parameters) - states[t])
        return states

    @staticmethod
    def candidate(x_t, h, weight_ih, weight_hh, bias_ih, bias_hh):
        a = np.einsum("hi,bi->bh", weight_ih, x_t) + np.einsum("hk,bk->bh", weight_hh, h)
        return np.tanh(a + bias_ih + bias_hh)


def leaky_one_sequence_at_a_time(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    runs = []
    for b in range(x.shape[1]):
        h, run = h_0[b], [h_0[b]]
        for x_t in x[:, b]:
            h = g * h + (1 - g) * np.tanh(weight_ih @ x_t + weight_hh @ h + bias_ih + bias_hh)
            run.append(h)
        runs.append(run)
    return np.array(runs).swapaxes(0, 1)


def gated_with_one_product(x, h_0, cell, gate):
    weights = np.vstack([np.hstack([part["weight_ih"], part["weight_hh"]]) for part in (gate, cell)])  # (2 H, I + H)
    bias = np.concatenate([part["bias_ih"] + part["bias_hh"] for part in (gate, cell)])
    states, gates, hidden_size = [h_0], np.empty((len(x), *h_0.shape)), h_0.shape[1]
    for t, x_t in enumerate(x):
        a = np.hstack([x_t, states[-1]]) @ weights.T + bias
        gates[t] = 0.5 * (1 + np.tanh(a[:, :hidden_size] / 2))
        states.append(gates[t] * (states[-1] - np.tanh(a[:, hidden_size:])) + np.tanh(a[:, hidden_size:]))
    return [np.stack(states), gates]


RIGHT = {
    "one_step": [{"h_t": (-0.3969, 0.6963), "y_t": -0.426}, {"h_t": np.tanh([-0.42, 0.86]), "y_t": np.array(-0.42598)},
                 {"h_t": [-0.397, 0.696], "y_t": [-0.4260][0]}],
    "predict_changed": [14, 14.0],
    "predict_left": [0.35, 0.9**10],
    "project_inputs": [project_by_loops, project_by_einsum, rules.written(PROJECT)],
    "leaky_states": [Leaky(), leaky_one_sequence_at_a_time, rules.written(LEAKY), rules.written(IN_PLACE)],
    "gated_states": [gated_with_one_product, rules.written(GATED)],
}

# Wrong answers under the name that they should get: values, and edits of the code above.

WRONG_VALUES = [
    ("one_step", "weight transposed", {"h_t": (-0.4777, 0.5080), "y_t": -0.3884}),
    ("one_step", "each unit hears itself alone", {"h_t": (-0.4301, 0.5915), "y_t": -0.3968}),
    ("one_step", "state left out", {"h_t": (-0.6044, 0.6640), "y_t": -0.5551}),
    ("one_step", "state added without its weights", {"h_t": (-0.0997, 0.5370), "y_t": -0.1383}),
    ("one_step", "input left out", {"h_t": (0.5227, 0.2543), "y_t": 0.4387}),
    ("one_step", "sign of the input lost", {"h_t": (0.9186, -0.3275), "y_t": 1.0068}),
    ("one_step", "one bias too few", {"h_t": (np.tanh(-0.62), np.tanh(0.56)), "y_t": -0.4399}),
    ("one_step", "one bias too few", {"h_t": (np.tanh(-0.52), np.tanh(0.96)), "y_t": -0.5063}),
    ("one_step", "biases left out", {"h_t": (np.tanh(-0.72), np.tanh(0.66)), "y_t": -0.5212}),
    ("one_step", "bias added twice", {"h_t": (np.tanh(-0.32), np.tanh(0.76)), "y_t": -0.3373}),
    ("one_step", "bias added twice", {"h_t": (np.tanh(-0.22), np.tanh(1.16)), "y_t": -0.3616}),
    ("one_step", "bias added twice", {"h_t": (np.tanh(-0.52), np.tanh(0.46)), "y_t": -0.3494}),
    ("one_step", "no activation", {"h_t": (-0.42, 0.86), "y_t": -0.524}),
    ("one_step", "sigmoid in place of tanh", {"h_t": (0.3965, 0.7027), "y_t": 0.1262}),
    ("one_step", "answer read from the state before", {"h_t": (-0.3969, 0.6963), "y_t": 0.72}),
    ("one_step", "sign of a read-out weight lost", {"h_t": (-0.3969, 0.6963), "y_t": 0.2703}),
    ("one_step", "bias of the read-out left out", {"h_t": (-0.3969, 0.6963), "y_t": -0.6260}),
    ("one_step", "activation on the read-out", {"h_t": (-0.3969, 0.6963), "y_t": -0.4020}),
    ("predict_changed", "change not handed on", 2),
    ("predict_changed", "all sequences of the batch changed", 7 * 5 * 2),
    ("predict_changed", "all sequences of the batch changed", 5 * 2),
    ("predict_changed", "everything changed", 110),
    ("predict_changed", "steps before changed too", 11 * 2),
    ("predict_changed", "steps before changed too", 10 * 2),
    ("predict_changed", "one step too early", 8 * 2),
    ("predict_changed", "one step too late", 6 * 2),
    ("predict_changed", "states counted, not numbers", 7),
    ("predict_left", "recurrent weight left out", 0.107),
    ("predict_left", "g and 1 - g swapped", 0.006),
    ("predict_left", "g and the weight multiplied", 0.0001),
    ("predict_left", "g and the weight multiplied", 1e-10),
    ("predict_left", "leak left out", 0.001),
    ("predict_left", "factor 1 - g left out", 13.8),
    ("predict_left", "one step in place of ten", 0.9),
    ("predict_left", "what is lost in place of what is left", 0.65),
    ("predict_left", "losses added up in place of multiplied", 0),
]
WRONG_CODE = [
    ("project_inputs", "weight transposed", PROJECT, ("weight_ih.T", "weight_ih")),
    ("project_inputs", "reshaped in the wrong order", PROJECT, ("reshape(T, B, ", "reshape(B, T, ")),
    ("project_inputs", "reshaped in the wrong order", PROJECT,
     ("x.reshape(T * B, I)", "x.swapaxes(0, 1).reshape(T * B, I)")),
    ("project_inputs", "reshaped in the wrong order", PROJECT, ("x.reshape(T * B, I)", "x.reshape(I, T * B).T")),
    ("project_inputs", "reshaped in the wrong order", PROJECT,
     ("rows @ weight_ih.T + bias_ih + bias_hh", "weight_ih @ rows.T + bias_ih[:, None] + bias_hh[:, None]")),
    ("project_inputs", "batch and time swapped", PROJECT, ("len(weight_ih))", "len(weight_ih)).transpose(1, 0, 2)")),
    ("project_inputs", "left as rows", PROJECT, ("out.reshape(T, B, len(weight_ih))", "out")),
    ("project_inputs", "one bias too few", PROJECT, (" + bias_ih", "")),
    ("project_inputs", "one bias too few", PROJECT, (" + bias_hh", "")),
    ("project_inputs", "biases left out", PROJECT, (" + bias_ih + bias_hh", "")),
    ("project_inputs", "bias added twice", PROJECT, ("+ bias_hh", "+ bias_ih")),
    ("project_inputs", "bias added twice", PROJECT, ("+ bias_ih", "+ bias_hh")),
    ("project_inputs", "bias added twice", PROJECT, ("+ bias_hh", "+ bias_hh + bias_ih + bias_hh")),
    ("project_inputs", "activation too early", PROJECT, ("return out", "return np.tanh(out)")),
    ("leaky_states", "g and 1 - g swapped", LEAKY, ("g * h + (1 - g) * new", "(1 - g) * h + g * new")),
    ("leaky_states", "sigmoid on the candidate", LEAKY, ("np.tanh(into + back)", "1 / (1 + np.exp(-into - back))")),
    ("leaky_states", "factor 1 - g left out", LEAKY, ("(1 - g) * new", "new")),
    ("leaky_states", "old state kept whole", LEAKY, ("g * h + (1 - g)", "h + (1 - g)")),
    ("leaky_states", "candidates kept in place of states", LEAKY, ("states.append(h)", "states.append(new)")),
    ("leaky_states", "h_0 taken for zero", LEAKY, ("    h = h_0", "    h = np.zeros_like(h_0)")),
    ("leaky_states", "h_0 taken for zero", LEAKY,
     ("    h = h_0\n    states = [h]", "    h = np.zeros_like(h_0)\n    states = [h_0]")),
    ("leaky_states", "star in place of @", LEAKY, ("h @ weight_hh.T", "h * weight_hh.T")),
    ("leaky_states", "star in place of @", LEAKY, ("h @ weight_hh.T", "h * weight_hh")),
    ("leaky_states", "leak left out", LEAKY, ("g * h + (1 - g) * new", "new")),
    ("leaky_states", "leak inside the activation", LEAKY,
     ("new = np.tanh(into + back)", "new = into + back"), ("g * h + (1 - g) * new", "np.tanh(g * h + (1 - g) * new)")),
    ("leaky_states", "no activation", LEAKY, ("np.tanh(into + back)", "into + back")),
    ("leaky_states", "candidate handed on", CANDIDATES, ("states[-1] @ weight_hh", "last @ weight_hh")),
    ("leaky_states", "candidate mixed with the last candidate", CANDIDATES, ("g * states[-1]", "g * last")),
    ("leaky_states", "state leaked before the candidate has heard it", LEAKY,
     ("        into", "        h = g * h\n        into"), ("g * h + (1 - g) * new", "h + (1 - g) * new")),
    ("leaky_states", "one g for all units", LEAKY, ("    h = h_0\n", "    h = h_0\n    g = g[0]\n")),
    ("leaky_states", "one g for all units", LEAKY, ("    h = h_0\n", "    h = h_0\n    g = np.mean(g)\n")),
    ("leaky_states", "h_0 given to every step", LEAKY, ("h @ weight_hh", "h_0 @ weight_hh"), ("g * h +", "g * h_0 +")),
    ("leaky_states", "list of states aliased", IN_PLACE, ("append(h.copy())", "append(h)"), ("[h.copy()]", "[h]")),
    ("leaky_states", "list of states aliased", IN_PLACE, ("append(h.copy())", "append(h)")),
    ("leaky_states", "loop over the batch in place of time", LEAKY, ("x.shape[0]", "x.shape[1]"), ("x[t]", "x[:, t]")),
    ("leaky_states", "weight transposed", LEAKY, ("weight_hh.T", "weight_hh")),
    ("leaky_states", "one bias too few", LEAKY, (" + bias_ih", "")),
    ("leaky_states", "one bias too few", LEAKY, (" + bias_hh", "")),
    ("leaky_states", "biases left out", LEAKY, (" + bias_ih", ""), (" + bias_hh", "")),
    ("leaky_states", "bias added twice", LEAKY, (" + bias_hh", " + bias_ih")),
    ("leaky_states", "bias added twice", LEAKY, (" + bias_ih", " + bias_hh")),
    ("leaky_states", "bias added twice", LEAKY, (" + bias_ih", " + bias_ih + bias_hh"),
     ("T + bias_hh", "T + bias_ih + bias_hh")),
    ("leaky_states", "h_0 not in front", LEAKY, ("states = [h]", "states = []")),
    ("leaky_states", "only the last state", LEAKY, ("np.array(states)", "h")),
    ("leaky_states", "read from the end", LEAKY, ("range(x.shape[0])", "reversed(range(x.shape[0]))")),
    ("leaky_states", "states in reverse", LEAKY, ("states.append(h)", "states.insert(0, h)")),
    ("gated_states", "g and 1 - g swapped", GATED, ("g * h + (1 - g) * new", "(1 - g) * h + g * new")),
    ("gated_states", "g and 1 - g swapped", GATED, ("gates.append(g)", "gates.append(1 - g)")),
    ("gated_states", "factor 1 - g left out", GATED, ("(1 - g) * new", "new")),
    ("gated_states", "g and 1 - g swapped", GATED, ("np.exp(-a)", "np.exp(a)")),
    ("gated_states", "old state kept whole", GATED, ("g * h + (1 - g)", "h + (1 - g)")),
    ("gated_states", "candidates kept in place of states", GATED, ("states.append(h)", "states.append(new)")),
    ("gated_states", "gate blind to the state", GATED, ("total(x_t, h, gate)", "total(x_t, np.zeros_like(h), gate)")),
    ("gated_states", "gate blind to the input", GATED, ("total(x_t, h, gate)", "total(np.zeros_like(x_t), h, gate)")),
    ("gated_states", "gate computed once", GATED, ("        g = sigmoid(total(x_t, h, gate))",
                                                   "        g = gates[-1] if gates else sigmoid(total(x_t, h, gate))")),
    ("gated_states", "gate hears h_0 at every step", GATED, ("total(x_t, h, gate)", "total(x_t, h_0, gate)")),
    ("gated_states", "gate hears the candidate", GATED,
     ("total(x_t, h, gate)", "total(x_t, np.tanh(total(x_t, h, cell)), gate)")),
    ("gated_states", "candidate hears the gated state", GATED, ("total(x_t, h, cell)", "total(x_t, g * h, cell)")),
    ("gated_states", "candidate without its biases", GATED,
     ("np.tanh(total(x_t, h, cell))", 'np.tanh(x_t @ cell["weight_ih"].T + h @ cell["weight_hh"].T)')),
    ("gated_states", "h_0 taken for zero", GATED, ("h_0, [h_0], []", "0 * h_0, [0 * h_0], []")),
    ("gated_states", "h_0 taken for zero", GATED, ("h_0, [h_0], []", "np.zeros_like(h_0), [h_0], []")),
    ("gated_states", "tanh on the gate", GATED, ("sigmoid(total(", "np.tanh(total(")),
    ("gated_states", "no activation on the gate", GATED, ("sigmoid(total(", "(total(")),
    ("gated_states", "sigmoid on the candidate", GATED, ("np.tanh(total(", "sigmoid(total(")),
    ("gated_states", "gate with the cell's weights", GATED, ("total(x_t, h, gate)", "total(x_t, h, cell)")),
    ("gated_states", "cell and gate swapped", GATED, ("h_0, cell, gate", "h_0, gate, cell")),
    ("gated_states", "one gate for all units", GATED,
     ("        new", "        g = g.mean(axis=1, keepdims=True) + 0 * h\n        new")),
    ("gated_states", "h_0 given to every step", GATED,
     ("h, gate)", "h_0, gate)"), ("h, cell)", "h_0, cell)"), ("g * h +", "g * h_0 +")),
    ("gated_states", "weight transposed", GATED, ('p["weight_hh"].T', 'p["weight_hh"]')),
    ("gated_states", "weight transposed", GATED,
     ("total(x_t, h, cell)", 'total(x_t, h, cell | {"weight_hh": np.transpose(cell["weight_hh"])})')),
    ("gated_states", "weight transposed", GATED,
     ("total(x_t, h, gate)", 'x_t @ gate["weight_ih"].T + gate["bias_ih"] + h @ gate["weight_hh"] + gate["bias_hh"]')),
    ("gated_states", "gate without its biases", GATED,
     ("total(x_t, h, gate)", 'x_t @ gate["weight_ih"].T + h @ gate["weight_hh"].T')),
    ("gated_states", "gate with one bias too few", GATED,
     ("total(x_t, h, gate)", 'total(x_t, h, gate) - gate["bias_hh"]')),
    ("gated_states", "gate with one bias too few", GATED,
     ("total(x_t, h, gate)", 'total(x_t, h, gate) - gate["bias_ih"]')),
    ("gated_states", "list of states aliased", GATED,
     ("h, states, gates = h_0, [h_0], []", "h = h_0.copy()\n    states, gates = [h], []"),
     ("        h = g * h", "        h[:] = g * h")),
    ("gated_states", "h_0 not in front", GATED, ("h_0, [h_0], []", "h_0, [], []")),
    ("gated_states", "the two results swapped", GATED, ("np.array(states), np.array(gates)",
                                                        "np.array(gates), np.array(states)")),
    ("gated_states", "states alone", GATED, (", np.array(gates)", "")),
]
WRONG = WRONG_VALUES + [(name, mistake, rules.written(*code)) for name, mistake, *code in WRONG_CODE]


class TestCell(rules.Rules):
    modules, notebook, right, wrong = ("e02_cell",), "02-a-numpy-cell.ipynb", RIGHT, WRONG


@pytest.mark.parametrize("name, mistake, fails", [
    ("leaky_states", "list of states aliased", "aliasing"), ("gated_states", "list of states aliased", "aliasing"),
    ("leaky_states", "read from the end", "direction of time"),
     ("leaky_states", "states in reverse", "direction of time"),
    ("project_inputs", "batch and time swapped", "shape"), ("project_inputs", "left as rows", "shape"),
    ("leaky_states", "h_0 not in front", "shape"), ("leaky_states", "only the last state", "shape"),
    ("leaky_states", "weight transposed", "value"), ("gated_states", "states alone", "number of results"),
])
def test_a_mistake_breaks_the_property_that_is_named_first(name, mistake, fails):
    answer = next(answer for exercise, known, answer in WRONG if (exercise, known) == (name, mistake))
    assert rules.asked(EXERCISES[name], answer).fails == fails


def test_float64_out_of_float32_is_said():
    def in_float64(*arguments):
        return EXERCISES["leaky_states"].solution(*arguments).astype(np.float64)
    said = rules.asked(EXERCISES["leaky_states"], in_float64)
    assert (said.verdict, said.fails) == ("wrong", "dtype") and "wanted is float32" in " ".join(said.text.split())
