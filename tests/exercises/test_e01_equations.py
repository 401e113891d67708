"""The exercises of notebook 01: other styles are right, mistakes in a learner's own style are named."""

import numpy as np
import pytest

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e01_equations")

# Ways to solve the function exercises that are not the solution's.
ANOTHER_COUNT = """
def answer(input_size, hidden_size, output_size, seq_len):
    shapes = [(hidden_size, input_size), (hidden_size, hidden_size), (2, hidden_size), (output_size, hidden_size), (output_size, 1)]
    total = sum(np.zeros(shape).size for shape in shapes)
    return np.array([total, total * seq_len])
"""
STEP_BY_STEP = """
def answer(x, h_0, weight_ih, weight_hh):
    h = h_0
    for x_t in x:
        a = weight_ih @ x_t + weight_hh @ h
        h = a
    return h
"""
WITH_POWERS = """
def answer(x, h_0, weight_ih, weight_hh):
    inputs = np.einsum("hi,ti->th", weight_ih, x)
    powers = [np.linalg.matrix_power(weight_hh, n) for n in range(len(x) + 1)]
    return np.einsum("thk,tk->h", powers, [*inputs[::-1], h_0])
"""
KEPT_IN_A_LIST = """
def answer(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h = h_0.copy()
    states = []
    for x_t in x:
        h[:] = np.tanh(weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh)
        states.append(h)
    return np.array([weight_ho @ h + bias_o for h in states])
"""
ONE_BY_ONE = """
def answer(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    ys = []
    for b in range(x.shape[1]):
        h = h_0[b]
        for t in range(x.shape[0]):
            h = np.tanh(weight_ih @ x[t, b] + bias_ih + weight_hh @ h + bias_hh)
        ys.append(weight_ho @ h + bias_o)
    return np.array(ys)
"""
ENTRY_BY_ENTRY = """
def answer(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h, ys = list(h_0), np.zeros((len(x), len(bias_o)))
    for t in range(len(x)):
        h = [np.tanh(sum(weight_ih[i, j] * x[t, j] for j in range(x.shape[1])) + bias_ih[i] + bias_hh[i]
                     + sum(weight_hh[i, j] * h[j] for j in range(len(h)))) for i in range(len(h))]
        for k in range(len(bias_o)):
            ys[t, k] = sum(weight_ho[k, i] * h[i] for i in range(len(h))) + bias_o[k]
    return ys
"""
WITH_EINSUM = """
def answer(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    states = [h_0]
    for a in np.einsum("hi,t...i->t...h", weight_ih, x) + (bias_ih + bias_hh):
        a = a + np.einsum("hk,...k->...h", weight_hh, states[-1])
        states.append(np.tanh(a))
    return np.einsum("oh,t...h->t...o", weight_ho, np.array(states)[1:]) + bias_o
"""


class Network:
    """A network that keeps its state in itself."""

    def __call__(self, x, h_0, *parameters):
        self.h, (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh, self.weight_ho, self.bias_o) = h_0, parameters
        return np.stack([self.step(x_t) for x_t in x])

    def step(self, x_t):
        self.h = np.tanh(x_t @ self.weight_ih.T + self.bias_ih + self.h @ self.weight_hh.T + self.bias_hh)
        return self.h @ self.weight_ho.T + self.bias_o


def last_of(every_answer):
    """Return a function that gives the last of all answers."""
    return lambda *arguments: every_answer(*arguments)[-1]


RIGHT = {
    "two_steps": [{"h_1": 0.6044, "h_2": 0.2893}, {"h_1": np.tanh(0.7), "h_2": np.float32(0.2892)}],
    "predict_louder": [4.5, 4.4, np.float64(9 / 2)],
    "count_parameters": [rules.written(ANOTHER_COUNT),
                         lambda i, h, o, t: [h * (i + h + 2) + o * (h + 1), t * (h * (i + h + 2) + o * (h + 1))]],
    "predict_half_life": [1.63, 1.6, 1.7],
    "linear_last_state": [rules.written(STEP_BY_STEP), rules.written(WITH_POWERS)],
    "all_answers": [rules.written(ENTRY_BY_ENTRY), rules.written(WITH_EINSUM), Network()],
    "last_answers": [rules.written(ONE_BY_ONE), last_of(rules.written(WITH_EINSUM)), last_of(Network())],
}
# In a learner's own style: the known mistakes are edits of the solution, these are not.
WRONG = [
    ("two_steps", "h_0 given to every step", {"h_1": 0.6044, "h_2": 0.3799}),
    ("two_steps", "pre-activation handed on", {"h_1": 0.6044, "h_2": 0.2449}),
    ("two_steps", "a bias added twice", {"h_1": 0.7163, "h_2": 0.4153}),
    ("two_steps", "sign of the recurrent weight lost", {"h_1": 0.6044, "h_2": 0.7175}),
    ("predict_louder", "error taken to grow with the amplitude", 1.5),
    ("predict_louder", "root taken of the error", 2.12),
    ("count_parameters", "biases left out", lambda i, h, o, t: (h * (i + h + o), h * (i + h + o) * t)),
    ("count_parameters", "nothing shared", lambda i, h, o, t: [t * (h * (i + h + 2) + o * (h + 1))] * 2),
    ("count_parameters", "one bias too few", rules.written(ANOTHER_COUNT, ("(2, hidden_size)", "(1, hidden_size)"))),
    ("predict_half_life", "slope taken at 0", 13.5),
    ("predict_half_life", "square missing in the slope", 0.8),
    ("linear_last_state", "h_0 left out", rules.written(STEP_BY_STEP, ("h = h_0", "h = 0 * h_0"))),
    ("linear_last_state", "powers in the wrong order", rules.written(WITH_POWERS, ("inputs[::-1]", "inputs"))),
    ("linear_last_state", "stops after one step", lambda x, h_0, weight_ih, weight_hh: weight_hh @ h_0 + weight_ih @ x[0]),
    ("all_answers", "list of states aliased", rules.written(KEPT_IN_A_LIST)),
    ("all_answers", "weight transposed", rules.written(ENTRY_BY_ENTRY, ("weight_hh[i, j]", "weight_hh[j, i]"))),
    ("all_answers", "bias added twice", rules.written(ENTRY_BY_ENTRY, (" + bias_hh[i]", " + 2 * bias_hh[i]"))),
    ("all_answers", "sigmoid in place of tanh", rules.written(WITH_EINSUM, ("np.tanh(a)", "1 / (1 + np.exp(-a))"))),
    ("last_answers", "state not reset between sequences",
     rules.written(ONE_BY_ONE, ("ys = []", "ys, h = [], h_0[0]"), ("        h = h_0[b]\n", ""))),
    ("last_answers", "last sequence in place of the last step", lambda *arguments: Network()(*arguments)[:, -1]),
    ("last_answers", "read from the end", lambda x, *others: Network()(x[::-1], *others)[-1]),
]
# Wrong only where numbers are large: what stands in many a copied loop, or comes of a wish to be careful.
LINEAR_STEP, TANH_OF_A, ENTRY = "h = a\n", "np.tanh(a)", "weight_ih @ x[t, b]"
TOO_TAME = [
    *(("linear_last_state", rules.written(STEP_BY_STEP, (LINEAR_STEP, f"h = {new}\n")))
      for new in ("np.clip(a, -5, 5)", "a.round(3)", "a.astype(np.float16) + 0.0", "np.sort(a)", "a * min(1, 10 / abs(a).max())")),
    *(("all_answers", rules.written(WITH_EINSUM, (TANH_OF_A, new)))
      for new in ("np.tanh(np.clip(a, -1, 1))", "np.tanh(a.clip(-5, 5))", "np.tanh(a).round(4)", "np.sort(np.tanh(a))")),
    *(("last_answers", rules.written(ONE_BY_ONE, (ENTRY, new)))
      for new in ("(weight_ih @ x[t, b]).clip(-5, 5)", "weight_ih @ x[t, b].clip(-1, 1)", "weight_ih @ x[t, b].round()")),
    ("last_answers", rules.written(ONE_BY_ONE, ("np.array(ys)", "np.clip(ys, -5, 5)"))),
]


class TestEquations(rules.Rules):
    modules, notebook, right, wrong = ("e01_equations",), "01-the-equations.ipynb", RIGHT, WRONG


@pytest.mark.parametrize("name, answer", TOO_TAME)
def test_what_only_large_numbers_show_is_refused(name, answer):
    assert rules.asked(EXERCISES[name], answer).verdict == "wrong"


def test_a_mistake_breaks_the_property_that_is_named_first():
    fails = {mistake.name: rules.asked(EXERCISES["all_answers"], mistake.function).fails
             for mistake in EXERCISES["all_answers"].mistakes}
    assert fails["list of states aliased"] == "aliasing" and fails["weight transposed"] == "value"
    assert {fails[name] for name in ("read from the end", "answers in reverse", "answer before the update")} == {"direction of time"}
    assert {fails[name] for name in ("only the last answer", "an answer for h_0 too", "states in place of answers")} == {"shape"}
