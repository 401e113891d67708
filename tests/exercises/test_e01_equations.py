"""The exercises of notebook 01: other styles are right, mistakes in a learner's own style are named."""

import numpy as np

from helpers.exercises.e01_equations import one_by_one
from tests.support import exercise_rules as rules

# Ways to solve the function exercises that are not the solution's.


def another_count(input_size, hidden_size, output_size, seq_len):
    shapes = [(hidden_size, input_size), (hidden_size, hidden_size), (2, hidden_size), (output_size, hidden_size),
              (output_size, 1)]
    total = sum(np.zeros(shape).size for shape in shapes)
    return np.array([total, total * seq_len])


def step_by_step(x, h_0, weight_ih, weight_hh):
    h = h_0
    for x_t in x:
        a = weight_ih @ x_t + weight_hh @ h
        h = a
    return h


def with_powers(x, h_0, weight_ih, weight_hh):
    inputs = np.einsum("hi,ti->th", weight_ih, x)
    powers = [np.linalg.matrix_power(weight_hh, n) for n in range(len(x) + 1)]
    return np.einsum("thk,tk->h", powers, [*inputs[::-1], h_0])


def entry_by_entry(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h, ys = list(h_0), np.zeros((len(x), len(bias_o)))
    for t in range(len(x)):
        h = [np.tanh(sum(weight_ih[i, j] * x[t, j] for j in range(x.shape[1])) + bias_ih[i] + bias_hh[i]
                     + sum(weight_hh[i, j] * h[j] for j in range(len(h)))) for i in range(len(h))]
        for k in range(len(bias_o)):
            ys[t, k] = sum(weight_ho[k, i] * h[i] for i in range(len(h))) + bias_o[k]
    return ys


def with_einsum(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    states = [h_0]
    for a in np.einsum("hi,t...i->t...h", weight_ih, x) + (bias_ih + bias_hh):
        a = a + np.einsum("hk,...k->...h", weight_hh, states[-1])
        states.append(np.tanh(a))
    return np.einsum("oh,t...h->t...o", weight_ho, np.array(states)[1:]) + bias_o


RIGHT = {
    "two_steps": [{"h_1": 0.6044, "h_2": 0.2893}, {"h_1": np.tanh(0.7), "h_2": np.float32(0.2892)}],
    "predict_louder": [4.5, 4.4, np.float64(9 / 2)],
    "count_parameters": [another_count,
                         lambda i, h, o, t: [h * (i + h + 2) + o * (h + 1), t * (h * (i + h + 2) + o * (h + 1))]],
    "predict_half_life": [1.63, 1.6, 1.7],
    "linear_last_state": [step_by_step, with_powers],
    "all_answers": [entry_by_entry, with_einsum],
    "last_answers": [one_by_one, lambda *arguments: with_einsum(*arguments)[-1]],
}


def with_every_state_kept(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h = [h_0]
    for t in range(len(x)):
        h.append(np.tanh(weight_ih @ x[t] + weight_hh @ h[t - 1] + bias_ih + bias_hh))
    return np.array(h[1:]) @ weight_ho.T + bias_o


def states_in_columns(x, h, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    for x_t in x:
        h = np.tanh(x_t @ weight_ih.T + weight_hh @ h + bias_ih + bias_hh)
    return h @ weight_ho.T + bias_o


# In a learner's own style: the known mistakes are edits of the solution, these are not.
WRONG = [
    ("two_steps", "h_0 given to every step", {"h_1": 0.6044, "h_2": 0.3799}),
    ("two_steps", "pre-activation handed on", {"h_1": 0.6044, "h_2": 0.2449}),
    ("two_steps", "a bias added twice", {"h_1": 0.7163, "h_2": 0.4153}),
    ("two_steps", "sign of the recurrent weight lost", {"h_1": 0.6044, "h_2": 0.7175}),
    ("two_steps", "no activation in step 2", {"h_1": 0.6044, "h_2": 0.2978}),
    ("predict_louder", "error taken to grow with the amplitude", 1.5),
    ("predict_louder", "root taken of the error", 2.12),
    ("count_parameters", "biases left out", lambda i, h, o, t: (h * (i + h + o), h * (i + h + o) * t)),
    ("count_parameters", "nothing shared", lambda i, h, o, t: [t * (h * (i + h + 2) + o * (h + 1))] * 2),
    ("count_parameters", "one bias too few", another_count, ("(2, hidden_size)", "(1, hidden_size)")),
    ("predict_half_life", "slope taken at 0", 13.5),
    ("predict_half_life", "square missing in the slope", 0.8),
    ("linear_last_state", "h_0 left out", step_by_step, ("h = h_0", "h = 0 * h_0")),
    ("linear_last_state", "powers in the wrong order", with_powers, ("inputs[::-1]", "inputs")),
    ("linear_last_state", "stops after one step", lambda x, h_0, weight_ih, weight_hh: weight_hh @ h_0 + weight_ih @ x[0]),
    ("all_answers", "weight transposed", entry_by_entry, ("weight_hh[i, j]", "weight_hh[j, i]")),
    ("all_answers", "bias added twice", entry_by_entry, (" + bias_hh[i]", " + 2 * bias_hh[i]")),
    ("all_answers", "sigmoid in place of tanh", with_einsum, ("np.tanh(a)", "1 / (1 + np.exp(-a))")),
    ("all_answers", "state of two steps ago", with_every_state_kept),
    ("last_answers", "state not reset between sequences",
     one_by_one, ("ys = []", "ys, h = [], h_0[0]"), ("        h = h_0[b]\n", "")),
    ("last_answers", "one state in place of a batch", states_in_columns),
    ("last_answers", "last sequence in place of the last step", lambda *arguments: with_einsum(*arguments)[:, -1]),
    ("last_answers", "read from the end", lambda x, *others: with_einsum(x[::-1], *others)[-1]),
    ("last_answers", None, one_by_one, ("weight_ih @ x[t, b]", "weight_ih @ x[t, b].round()")),
]
FAILS = [
    ("all_answers", "list of states aliased", "aliasing"), ("all_answers", "weight transposed", "value"),
    *(("all_answers", name, "direction of time")
      for name in ("read from the end", "answers in reverse", "answer before the update")),
]


class TestEquations(rules.Rules):
    module, notebook, right, wrong, fails = "e01_equations", "01-the-equations.ipynb", RIGHT, WRONG, FAILS
