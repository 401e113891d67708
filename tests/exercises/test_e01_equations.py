"""The exercises of notebooks 00 and 01: other styles are right, every known mistake is caught under its own name."""

import numpy as np

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e00_start") | rules.exercises("e01_equations")

# One way to solve each function exercise as a learner would; the mistakes below are edits of it.

COUNT = """
def answer(input_size, hidden_size, output_size, seq_len):
    into = hidden_size * input_size
    recurrent = hidden_size * hidden_size
    biases = hidden_size + hidden_size
    out = output_size * hidden_size + output_size
    shared = into + recurrent + biases + out
    own = seq_len * (into + recurrent + biases + out)
    return shared, own
"""
LINEAR = """
def answer(x, h_0, weight_ih, weight_hh):
    T = len(x)
    h = np.linalg.matrix_power(weight_hh, T) @ h_0
    for t in range(1, T + 1):
        h = h + np.linalg.matrix_power(weight_hh, T - t) @ (weight_ih @ x[t - 1])
    return h
"""
MANY = """
def answer(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h = h_0
    ys = []
    for x_t in x:
        a = weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh
        h = np.tanh(a)
        ys.append(weight_ho @ h + bias_o)
    return np.array(ys)
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
BATCH = """
def answer(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h = h_0
    ys = []
    for t in range(x.shape[0]):
        h = np.tanh(x[t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
        ys.append(h @ weight_ho.T + bias_o)
    return np.array(ys)[-1]
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
ANOTHER_COUNT = """
def answer(input_size, hidden_size, output_size, seq_len):
    shapes = [(hidden_size, input_size), (hidden_size, hidden_size), (2, hidden_size), (output_size, hidden_size), (output_size, 1)]
    total = sum(np.zeros(shape).size for shape in shapes)
    return np.array([total, total * seq_len])
"""
STEP_BY_STEP = """
def answer(x, h_0, weight_ih, weight_hh):
    for x_t in x:
        h_0 = weight_ih @ x_t + weight_hh @ h_0
    return h_0
"""
BY_HORNER = """
def answer(x, h_0, weight_ih, weight_hh):
    inputs = np.einsum("hi,ti->th", weight_ih, x)
    powers = [np.linalg.matrix_power(weight_hh, n) for n in range(len(x) + 1)]
    return np.einsum("thk,tk->h", powers, [*inputs[::-1], h_0])
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
        states.append(np.tanh(a + np.einsum("hk,...k->...h", weight_hh, states[-1])))
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


RIGHT = {
    "one_knock": [{"h_3": 0.81}, {"h_3": np.float64(0.9) ** 2}],
    "two_steps": [{"h_1": 0.6044, "h_2": 0.2893}, {"h_1": np.tanh(0.7), "h_2": np.float32(0.2892)}],
    "predict_louder": [4.5, 4.4, np.float64(9 / 2)],
    "count_parameters": [rules.written(COUNT), rules.written(ANOTHER_COUNT), lambda i, h, o, t: [h * (i + h + 2) + o * (h + 1), t * (h * (i + h + 2) + o * (h + 1))]],
    "predict_half_life": [1.63, 1.6, 1.7],
    "linear_last_state": [rules.written(LINEAR), rules.written(STEP_BY_STEP), rules.written(BY_HORNER)],
    "all_answers": [rules.written(MANY), rules.written(ENTRY_BY_ENTRY), rules.written(WITH_EINSUM), Network()],
    "last_answers": [rules.written(BATCH), rules.written(ONE_BY_ONE), lambda *arguments: rules.written(WITH_EINSUM)(*arguments)[-1],
                     lambda *arguments: Network()(*arguments)[-1]],
}

STEP = "weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh"
BATCH_STEP = "x[t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh"
WRONG_VALUES = [
    ("one_knock", "loss subtracted, not multiplied", {"h_3": 0.8}),
    ("one_knock", "one step too many", {"h_3": 0.729}),
    ("one_knock", "one step too few", {"h_3": 0.9}),
    ("one_knock", "kept and lost mixed up", {"h_3": 0.01}),
    ("two_steps", "h_0 given to every step", {"h_1": 0.6044, "h_2": 0.3799}),
    ("two_steps", "x_1 given to both steps", {"h_1": 0.6044, "h_2": 0.5355}),
    ("two_steps", "h_0 taken for zero", {"h_1": 0.7163, "h_2": 0.2372}),
    ("two_steps", "no activation", {"h_1": 0.7, "h_2": 0.25}),
    ("two_steps", "pre-activation handed on", {"h_1": 0.6044, "h_2": 0.2449}),
    ("two_steps", "one bias too few", {"h_1": 0.4621, "h_2": 0.1674}),
    ("two_steps", "one bias too few", {"h_1": 0.5370, "h_2": 0.2276}),
    ("two_steps", "biases left out", {"h_1": 0.3799, "h_2": 0.1096}),
    ("two_steps", "a bias added twice", {"h_1": 0.6640, "h_2": 0.3521}),
    ("two_steps", "a bias added twice", {"h_1": 0.7163, "h_2": 0.4153}),
    ("two_steps", "the two weights swapped", {"h_1": 0.0400, "h_2": 0.0738}),
    ("two_steps", "sign of the recurrent weight lost", {"h_1": 0.8005, "h_2": 0.7616}),
    ("two_steps", "sign of the recurrent weight lost", {"h_1": 0.6044, "h_2": 0.7175}),
    ("two_steps", "sigmoid in place of tanh", {"h_1": 0.6682, "h_2": 0.5661}),
    ("predict_louder", "0 taken to be in reach", 0),
    ("predict_louder", "error taken to stay", 0.5),
    ("predict_louder", "error taken to grow with the amplitude", 1.5),
    ("predict_louder", "mean of the square taken for 1", 9),
    ("predict_louder", "root taken of the error", 2.12),
    ("predict_half_life", "slope taken at 0", 13.5),
    ("predict_half_life", "slope taken where the state is 0", 11.3),
    ("predict_half_life", "recurrent weight left out of the slope", 1.86),
    ("predict_half_life", "mean life in place of the half-life", 2.35),
    ("predict_half_life", "square missing in the slope", 0.8),
]
WRONG_CODE = [
    ("count_parameters", "one bias too few", COUNT, ("hidden_size + hidden_size", "hidden_size")),
    ("count_parameters", "biases left out", COUNT, ("hidden_size + hidden_size", "0"), (" + output_size\n", "\n")),
    ("count_parameters", "read-out left out", COUNT, ("out = output_size * hidden_size + output_size", "out = 0")),
    ("count_parameters", "bias of the read-out left out", COUNT, (" + output_size\n", "\n")),
    ("count_parameters", "bias of the read-out of the wrong size", COUNT, (" + output_size\n", " + hidden_size\n")),
    ("count_parameters", "recurrent weights left out", COUNT, ("hidden_size * hidden_size\n    b", "0\n    b")),
    ("count_parameters", "one recurrent weight per unit", COUNT, ("hidden_size * hidden_size\n    b", "hidden_size\n    b")),
    ("count_parameters", "read-out shared all the same", COUNT, ("biases + out)", "biases) + out")),
    ("count_parameters", "the two numbers swapped", COUNT, ("shared, own\n", "own, shared\n")),
    ("count_parameters", "nothing shared", COUNT, ("return shared", "return own")),
    ("linear_last_state", "h_0 left out", LINEAR, ("@ h_0", "@ np.zeros(len(h_0))")),
    ("linear_last_state", "h_0 not multiplied", LINEAR, ("np.linalg.matrix_power(weight_hh, T) @ h_0", "h_0")),
    ("linear_last_state", "powers in the wrong order", LINEAR, ("T - t)", "t - 1)")),
    ("linear_last_state", "one power too many", LINEAR, ("T - t)", "T - t + 1)")),
    ("linear_last_state", "one power too few for h_0", LINEAR, ("weight_hh, T)", "weight_hh, T - 1)")),
    ("linear_last_state", "last input left out", LINEAR, ("range(1, T + 1)", "range(1, T)")),
    ("linear_last_state", "stops after one step", STEP_BY_STEP, ("    return h_0", "        return h_0")),
    ("linear_last_state", "element-wise power", LINEAR, ("np.linalg.matrix_power(weight_hh, T)", "weight_hh**T"),
     ("np.linalg.matrix_power(weight_hh, T - t)", "weight_hh**(T - t)")),
    ("linear_last_state", "weight transposed", STEP_BY_STEP, ("weight_hh @", "weight_hh.T @")),
    ("linear_last_state", "activation left in", STEP_BY_STEP, ("weight_ih @ x_t + weight_hh @ h_0", "np.tanh(weight_ih @ x_t + weight_hh @ h_0)")),
    ("all_answers", "h_0 given to every step", MANY, ("weight_hh @ h ", "weight_hh @ h_0 ")),
    ("all_answers", "weight transposed", MANY, ("weight_hh @ h ", "h @ weight_hh ")),
    ("all_answers", "list of states aliased", KEPT_IN_A_LIST),
    ("all_answers", "one bias too few", MANY, (" + bias_hh\n", "\n")),
    ("all_answers", "one bias too few", MANY, (" + bias_ih", "")),
    ("all_answers", "biases left out", MANY, (STEP, "weight_ih @ x_t + weight_hh @ h")),
    ("all_answers", "bias added twice", MANY, (" + bias_hh\n", " + bias_ih\n")),
    ("all_answers", "bias added twice", MANY, (" + bias_ih", " + bias_hh")),
    ("all_answers", "bias added twice", MANY, ("np.tanh(a)", "np.tanh(a + bias_ih + bias_hh)")),
    ("all_answers", "bias of the read-out left out", MANY, (" + bias_o)", ")")),
    ("all_answers", "activation on the read-out", MANY, ("ys.append(weight_ho @ h + bias_o)", "ys.append(np.tanh(weight_ho @ h + bias_o))")),
    ("all_answers", "no activation", MANY, ("np.tanh(a)", "a")),
    ("all_answers", "pre-activation handed on", MANY, ("h = np.tanh(a)", "h = a"), ("weight_ho @ h", "weight_ho @ np.tanh(h)")),
    ("all_answers", "read-out before the update", MANY, ("        a = ", "        ys.append(weight_ho @ h + bias_o)\n        a = "),
     ("np.tanh(a)\n        ys.append(weight_ho @ h + bias_o)", "np.tanh(a)")),
    ("all_answers", "read from the end", MANY, ("in x:", "in x[::-1]:")),
    ("all_answers", "read from the end", MANY, ("in x:", "in reversed(x):"), ("ys.append(", "ys.insert(0, ")),
    ("all_answers", "answers in reverse", MANY, ("ys.append(", "ys.insert(0, ")),
    ("all_answers", "only the last answer", MANY, ("ys.append(weight_ho @ h + bias_o)", "ys = weight_ho @ h + bias_o")),
    ("all_answers", "stops after one step", MANY, ("    return", "        return")),
    ("all_answers", "last step left out", MANY, ("in x:", "in x[:-1]:")),
    ("all_answers", "h_0 ignored", MANY, ("h = h_0", "h = np.zeros(len(h_0))")),
    ("all_answers", "read-out of the pre-activation", MANY, ("weight_ho @ h", "weight_ho @ a")),
    ("all_answers", "an answer for h_0 too", MANY, ("ys = []", "ys = [weight_ho @ h_0 + bias_o]")),
    ("all_answers", "states in place of answers", MANY, ("weight_ho @ h + bias_o", "h")),
    ("all_answers", "star in place of @", MANY, ("weight_hh @ h", "weight_hh * h")),
    ("last_answers", "loop over the batch in place of time", BATCH, ("x.shape[0]", "x.shape[1]"), ("x[t]", "x[:, t]")),
    ("last_answers", "last sequence in place of the last step", BATCH, ("[-1]", "[:, -1]")),
    ("last_answers", "an answer for every step", BATCH, ("[-1]", "")),
    ("last_answers", "answer of the first step", BATCH, ("[-1]", "[0]")),
    ("last_answers", "answer one step early", BATCH, ("range(x.shape[0])", "range(x.shape[0] - 1)")),
    ("last_answers", "read from the end", BATCH, ("range(x.shape[0])", "reversed(range(x.shape[0]))")),
    ("last_answers", "mean over the steps", BATCH, ("np.array(ys)[-1]", "np.mean(ys, axis=0)")),
    ("last_answers", "mean over the batch", BATCH, ("[-1]", "[-1].mean(axis=0)")),
    ("last_answers", "h_0 ignored", ONE_BY_ONE, ("h_0[b]", "np.zeros(h_0.shape[1])")),
    ("last_answers", "weight transposed", BATCH, ("h @ weight_hh.T", "h @ weight_hh")),
    ("last_answers", "h_0 given to every step", BATCH, ("h @ weight_hh", "h_0 @ weight_hh")),
    ("last_answers", "one first state for all sequences", ONE_BY_ONE, ("h_0[b]", "h_0[0]")),
    ("last_answers", "state not reset between sequences", ONE_BY_ONE, ("ys = []", "ys, h = [], h_0[0]"), ("        h = h_0[b]\n", "")),
    ("last_answers", "one bias too few", BATCH, (" + bias_ih", "")),
    ("last_answers", "one bias too few", BATCH, (" + bias_hh)", ")")),
    ("last_answers", "biases left out", BATCH, (BATCH_STEP, "x[t] @ weight_ih.T + h @ weight_hh.T")),
    ("last_answers", "bias added twice", BATCH, (" + bias_hh)", " + bias_ih)")),
    ("last_answers", "bias added twice", BATCH, (" + bias_ih", " + bias_hh")),
    ("last_answers", "bias of the read-out left out", ONE_BY_ONE, (" + bias_o)", ")")),
    ("last_answers", "activation on the read-out", BATCH, ("np.array(ys)[-1]", "np.tanh(ys[-1])")),
    ("last_answers", "no activation", ONE_BY_ONE, ("np.tanh(", "(")),
    ("last_answers", "last state in place of its answer", BATCH, ("np.array(ys)[-1]", "h")),
]
WRONG = WRONG_VALUES + [(name, mistake, rules.written(*code)) for name, mistake, *code in WRONG_CODE]


class TestEquations(rules.Rules):
    modules, notebook, right, wrong = ("e00_start", "e01_equations"), "01-the-equations.ipynb", RIGHT, WRONG


def test_notebook_00_shows_a_check_not_tried_and_one_wrong_answer():
    untried, wrong = rules.stored("00-start-here.ipynb")
    assert untried == ("one_knock", "Not tried yet. Work out what the memory holds after step 3, and put it in place of the dots.")
    assert wrong[0] == "one_knock" and "It looks like this: loss subtracted, not multiplied." in wrong[1]


def test_a_mistake_breaks_the_property_that_is_named_first():
    said = {case[:2]: rules.asked(EXERCISES[case[0]], case[2]).fails for case in WRONG}
    assert said["all_answers", "list of states aliased"] == "aliasing"
    assert {said["all_answers", name] for name in ("read from the end", "answers in reverse", "read-out before the update")} == {"direction of time"}
    assert {said["all_answers", name] for name in ("only the last answer", "an answer for h_0 too", "states in place of answers")} == {"shape"}
    assert said["all_answers", "weight transposed"] == "value"
