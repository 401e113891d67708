"""The exercises of notebook 03: other styles are right, every known mistake is caught under its own name."""

import numpy as np
import pytest

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e03_backpropagation")

# One way to solve each function exercise as a learner would; the mistakes below are edits of it.

NUDGES = """
def answer(loss, array, step):
    w = np.array(array, dtype=float)
    out = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        keep = w[place]
        w[place] = keep + step
        above = loss(w)
        w[place] = keep - step
        below = loss(w)
        w[place] = keep
        out[place] = (above - below) / (2 * step)
    return out
"""
ONE_PLACE = """
def answer(loss, array, step):
    array = array.astype(float)
    out = []
    for place in range(array.size):
        moved = np.zeros(array.size, array.dtype)
        moved[place] = step
        moved = moved.reshape(array.shape)
        out.append((loss(array + moved) - loss(array - moved)) / (2 * step))
    return np.array(out, float).reshape(array.shape)
"""
DELTAS = """
def answer(states, grad_output, weight_hh):
    T, B, H = grad_output.shape
    out, back = [None] * T, np.zeros((B, H))
    for t in range(T - 1, -1, -1):
        slope = 1 - states[t + 1] ** 2
        grad_h = grad_output[t] + back
        delta = slope * grad_h
        out[t] = delta
        back = delta @ weight_hh
    return np.array(out)
"""
APPENDED = """
def answer(states, grad_output, weight_hh):
    found = []
    delta = np.zeros(grad_output.shape[1:])
    for h, g in zip(states[:0:-1], grad_output[::-1]):
        delta[:] = (1 - h * h) * (g + delta @ weight_hh)
        found.append(delta.copy())
    return np.array(found[::-1])
"""
WEIGHTS = """
def answer(x, states, delta):
    T = len(x)
    w_ih = np.zeros((delta.shape[2], x.shape[2]))
    w_hh = np.zeros((delta.shape[2], delta.shape[2]))
    b = np.zeros(delta.shape[2])
    for t in range(T):
        w_ih += delta[t].T @ x[t]
        w_hh += delta[t].T @ states[t]
        b += delta[t].sum(axis=0)
    return {"weight_ih": w_ih, "weight_hh": w_hh, "bias_ih": b}
"""
BACKWARDS = WEIGHTS.replace("range(T)", "reversed(range(T))")
CLIPPED = """
def answer(delta, states, max_norm):
    total = np.zeros((delta.shape[1], delta.shape[1]))
    for t in range(len(delta)):
        term = np.outer(delta[t], states[t])
        total = total + term
    length = np.sqrt(np.sum(total ** 2))
    if length > max_norm:
        total = total * (max_norm / length)
    return total
"""
CUT = """
def limited(g, m):
    return g * min(1, m / max(np.linalg.norm(g), 1e-12))
"""
TRUNCATED = """
from helpers.numpy_nets.rnn import backward, forward, read_out, read_out_backward

def answer(x, h_0, target, parameters, window):
    total, first, h = 0, None, h_0
    for a in range(0, len(x), window):
        b = min(a + window, len(x))
        states = forward(x[a:b], h, parameters)
        miss = read_out(states[1:], parameters) - target[a:b]
        grad_h, _ = read_out_backward(states[1:], miss, parameters)
        g = backward(x[a:b], states, grad_h, parameters)
        total = total + g["weight_hh"]
        if a == 0:
            first = g["h_0"]
        h = states[-1]
    return {"weight_hh": total, "h_0": first}
"""
ONE_LOOP = """
def answer(x, h_0, target, parameters, window):
    W, U, V = parameters["weight_ih"], parameters["weight_hh"], parameters["weight_ho"]
    bias = parameters["bias_ih"] + parameters["bias_hh"]
    states = [h_0]
    for x_t in x:
        states.append(np.tanh(x_t @ W.T + states[-1] @ U.T + bias))
    total, back = np.zeros(U.shape), np.zeros(h_0.shape)
    for t in reversed(range(len(x))):
        miss = states[t + 1] @ V.T + parameters["bias_o"] - target[t]
        delta = (1 - states[t + 1] ** 2) * (miss @ V + back)
        total += delta.T @ states[t]
        back = delta @ U
        if t % window == 0 and t > 0:
            back = np.zeros(h_0.shape)
    return {"weight_hh": total, "h_0": back}
"""

# Right answers in other styles.


def deltas_one_sequence_at_a_time(states, grad_output, weight_hh):
    result = np.empty(grad_output.shape)
    for b in range(grad_output.shape[1]):
        delta = np.zeros(len(weight_hh))
        for t in range(len(grad_output), 0, -1):
            delta = (1 - states[t, b] ** 2) * (grad_output[t - 1, b] + weight_hh.T @ delta)
            result[t - 1, b] = delta
    return result


class Deltas:
    def __call__(self, states, grad_output, weight_hh):
        self.slopes, self.weight_hh = 1 - np.square(states[1:]), weight_hh
        return np.stack([self.delta(t, grad_output) for t in range(len(grad_output))])

    def delta(self, t, grad_output):
        later = self.delta(t + 1, grad_output) if t + 1 < len(grad_output) else np.zeros(grad_output[0].shape)
        return self.slopes[t] * (grad_output[t] + np.einsum("bi,ij->bj", later, self.weight_hh))


def gradients_by_einsum(x, states, delta):
    return {"bias_ih": np.einsum("tbh->h", delta), "weight_ih": np.einsum("tbh,tbi->hi", delta, x),
            "weight_hh": np.einsum("tbh,tbk->hk", delta, states[:-1])}


def gradients_by_tensordot(x, states, delta):
    return {"weight_ih": np.tensordot(delta, x, ((0, 1), (0, 1))),
            "weight_hh": np.tensordot(delta, states[:-1], ((0, 1),
            (0, 1))), "bias_ih": delta.reshape(-1, delta.shape[2]).sum(0)}


def clipped_at_once(delta, states, max_norm):
    gradient = np.einsum("ti,tj->ij", delta, states[:-1])
    return gradient / max(1.0, np.linalg.norm(gradient) / max_norm)


RIGHT = {
    "two_deltas": [{"delta_2": 0.36, "delta_1": 0.1408, "grad_w_hh": 0.2864},
                   {"delta_2": np.float64(0.36), "delta_1": 0.141, "grad_w_hh": np.array(0.2864)}],
    "predict_one_sided": [100, 97.0],
    "predict_reached": [3, 3.0],
    "differences": [rules.written(NUDGES), rules.written(ONE_PLACE)],
    "all_deltas": [deltas_one_sequence_at_a_time, Deltas(), rules.written(DELTAS), rules.written(APPENDED)],
    "weight_gradients": [gradients_by_einsum, gradients_by_tensordot, rules.written(WEIGHTS)],
    "clipped_gradient": [clipped_at_once, rules.written(CLIPPED)],
    "truncated_gradients": [rules.written(TRUNCATED), rules.written(ONE_LOOP)],
}

# Wrong answers under the name that they should get: values, and edits of the code above.


def by_hand(delta_2, delta_1, grad_w_hh):
    return {"delta_2": delta_2, "delta_1": delta_1, "grad_w_hh": grad_w_hh}


WRONG_VALUES = [
    ("two_deltas", "slope missing", by_hand(1.0, -0.1, 0.55)),
    ("two_deltas", "slope missing", by_hand(0.36, 0.22, 0.326)),
    ("two_deltas", "slope missing", by_hand(1.0, -0.064, 0.568)),
    ("two_deltas", "slope taken at the pre-activation", by_hand(-0.2069, 0.2615, 0.0066)),
    ("two_deltas", "square missing in the slope", by_hand(0.2, 0.12, 0.18)),
    ("two_deltas", "slope of the wrong step", by_hand(0.64, 0.06, 0.414)),
    ("two_deltas", "slope of the wrong step", by_hand(0.36, 0.0792, 0.2556)),
    ("two_deltas", "slope of the wrong step", by_hand(0.64, 0.0288, 0.3984)),
    ("two_deltas", "delta not handed back", by_hand(0.36, 0.256, 0.344)),
    ("two_deltas", "handed back without the weight", by_hand(0.36, 0.4864, 0.4592)),
    ("two_deltas", "sign of the recurrent weight lost", by_hand(0.36, 0.3712, 0.4016)),
    ("two_deltas", "gradient of h handed back in place of delta", by_hand(0.36, -0.064, 0.184)),
    ("two_deltas", "own output forgotten", by_hand(0.36, -0.1152, 0.1584)),
    ("two_deltas", "h_t in place of h_{t-1}", by_hand(0.36, 0.1408, 0.3725)),
    ("two_deltas", "overwritten, not summed", by_hand(0.36, 0.1408, 0.0704)),
    ("two_deltas", "overwritten, not summed", by_hand(0.36, 0.1408, 0.216)),
    ("two_deltas", "averaged over the steps", by_hand(0.36, 0.1408, 0.1432)),
    ("two_deltas", "deltas summed without the states", by_hand(0.36, 0.1408, 0.5008)),
    ("predict_one_sided", "taken for a central difference", 1e4),
    ("predict_one_sided", "one power of ten in place of two", 10),
    ("predict_one_sided", "rounding taken for the larger error", 0.01),
    ("predict_one_sided", "error taken to stay", 1),
    ("predict_one_sided", "factor turned round", 1e-4),
    ("predict_reached", "the state taken for the gradient", 19),
    ("predict_reached", "always a whole window back", 8),
    ("predict_reached", "steps after the loss counted", 4),
    ("predict_reached", "steps after the loss counted", 20),
    ("predict_reached", "one step too few", 2),
    ("predict_reached", "cut at every step", 1),
    ("predict_reached", "one window too many", 11),
    ("predict_reached", "the inputs that get none", 17),
]
WRONG_CODE = [
    ("differences", "one-sided difference", NUDGES, ("keep - step", "keep"), ("(2 * step)", "step")),
    ("differences", "one-sided difference", NUDGES, ("keep + step", "keep"), ("(2 * step)", "step")),
    ("differences", "second nudge only undoes the first", NUDGES, ("= keep - step", "-= step")),
    ("differences", "divided by one step in place of two", NUDGES, ("(2 * step)", "step")),
    ("differences", "not divided by the step", NUDGES, (" / (2 * step)", "")),
    ("differences", "divided by two, not by the step", NUDGES, ("(2 * step)", "2")),
    ("differences", "divided by 2, then multiplied by the step", NUDGES, ("(2 * step)", "2 * step")),
    ("differences", "half a step to each side", NUDGES, ("keep + step", "keep + step / 2"),
     ("keep - step", "keep - step / 2"),
     ("(2 * step)", "step")),
    ("differences", "above and below swapped", NUDGES, ("above - below", "below - above")),
    ("differences", "all entries moved at once", NUDGES, ("w[place] = keep + step", "above = loss(w + step)"),
     ("        above = loss(w)\n", ""), ("w[place] = keep - step", "below = loss(w - step)"),
     ("        below = loss(w)\n", "")),
    ("differences", "entries not put back", NUDGES, ("        w[place] = keep\n", "")),
    ("differences", "entries not put back", NUDGES, ("        w[place] = keep\n", "        w[place] = keep + step\n")),
    ("differences", "finite differences in float32", NUDGES, ("np.array(array, dtype=float)", "np.array(array)")),
    ("differences", "finite differences in float32", NUDGES, ("np.array(array, dtype=float)", "array"),
     ("np.zeros(w.shape)", "np.zeros_like(array)")),
    ("differences", "finite differences in float32", ONE_PLACE, ("array.astype(float)", "array")),
    ("all_deltas", "slope missing", DELTAS, ("slope * grad_h", "grad_h")),
    ("all_deltas", "slope taken at the pre-activation", DELTAS, ("states[t + 1] **", "np.arctanh(states[t + 1]) **")),
    ("all_deltas", "slope taken at the pre-activation", DELTAS, ("states[t + 1] **", "np.tanh(states[t + 1]) **")),
    ("all_deltas", "square missing in the slope", DELTAS, ("states[t + 1] ** 2", "states[t + 1]")),
    ("all_deltas", "1 minus missing in the slope", DELTAS, ("1 - states[t + 1] ** 2", "states[t + 1] * states[t + 1]")),
    ("all_deltas", "averaged over the batch", APPENDED, ("np.array(found[::-1])", "np.array(found[::-1]) / grad_output.shape[1]")),
    ("all_deltas", "slope of the sigmoid", DELTAS, ("1 - states[t + 1] ** 2", "states[t + 1] * (1 - states[t + 1])")),
    ("all_deltas", "slope of the wrong step", DELTAS, ("states[t + 1]", "states[t]")),
    ("all_deltas", "delta not handed back", DELTAS, ("        back = delta @ weight_hh\n", "")),
    ("all_deltas", "handed back without the transpose", DELTAS, ("delta @ weight_hh", "delta @ weight_hh.T")),
    ("all_deltas", "handed back without the weights", DELTAS, ("delta @ weight_hh", "delta")),
    ("all_deltas", "each unit hands back to itself alone", DELTAS,
     ("delta @ weight_hh", "delta * weight_hh.diagonal()")),
    ("all_deltas", "gradient of h handed back in place of delta", DELTAS, ("delta @ weight_hh", "grad_h @ weight_hh")),
    ("all_deltas", "slope twice on the way back", DELTAS, ("delta @ weight_hh", "(slope * delta) @ weight_hh")),
    ("all_deltas", "slope twice on the way back", DELTAS, ("+ back", "+ slope * back")),
    ("all_deltas", "what comes back added up over the steps", DELTAS, ("back = delta @", "back += delta @")),
    ("all_deltas", "last output counted twice", DELTAS, ("np.zeros((B, H))", "grad_output[-1]")),
    ("all_deltas", "slope on one of the two parts only", DELTAS, ("slope * grad_h", "slope * grad_output[t] + back")),
    ("all_deltas", "slope on one of the two parts only", DELTAS, ("slope * grad_h", "grad_output[t] + slope * back")),
    ("all_deltas", "from the first step to the last", DELTAS, ("range(T - 1, -1, -1)", "range(T)")),
    ("all_deltas", "deltas in reverse", APPENDED, ("found[::-1]", "found")),
    ("all_deltas", "list of deltas aliased", APPENDED, ("delta.copy()", "delta")),
    ("all_deltas", "only the last delta found", DELTAS, ("np.array(out)", "delta")),
    ("weight_gradients", "overwritten, not summed", WEIGHTS, ("w_ih +=", "w_ih ="), ("w_hh +=", "w_hh ="),
     ("b +=", "b =")),
    ("weight_gradients", "overwritten, not summed", BACKWARDS, ("w_ih +=", "w_ih ="), ("w_hh +=", "w_hh ="),
     ("b +=", "b =")),
    ("weight_gradients", "overwritten, not summed", WEIGHTS, ("w_hh +=", "w_hh =")),
    ("weight_gradients", "overwritten, not summed", BACKWARDS, ("w_hh +=", "w_hh =")),
    ("weight_gradients", "element-wise product in place of the outer product", WEIGHTS,
     ("delta[t].T @ states[t]", "(delta[t] * states[t]).sum(axis=0)")),
    ("weight_gradients", "h_t in place of h_{t-1}", WEIGHTS, ("states[t]", "states[t + 1]")),
    ("weight_gradients", "h_0 at every step", WEIGHTS, ("states[t]", "states[0]")),
    ("weight_gradients", "transposed", WEIGHTS,
     ('"weight_ih": w_ih, "weight_hh": w_hh', '"weight_ih": w_ih.T, "weight_hh": w_hh.T')),
    ("weight_gradients", "transposed", WEIGHTS, ("delta[t].T @ states[t]", "states[t].T @ delta[t]")),
    ("weight_gradients", "averaged over the batch", WEIGHTS,
     ("    T =", "    delta = delta / delta.shape[1]\n    T =")),
    ("weight_gradients", "averaged over the steps", WEIGHTS, ("    T =", "    delta = delta / len(x)\n    T =")),
    ("weight_gradients", "averaged over steps and batch", WEIGHTS,
     ("    T =", "    delta = delta / len(x) / x.shape[1]\n    T =")),
    ("weight_gradients", "bias gradient averaged over the batch", WEIGHTS, ("sum(axis=0)", "mean(axis=0)")),
    ("weight_gradients", "bias gradient averaged over steps and batch", WEIGHTS,
     ('"bias_ih": b', '"bias_ih": delta.mean(axis=(0, 1))')),
    ("weight_gradients", "bias gradient not summed over the batch", WEIGHTS,
     ('"bias_ih": b', '"bias_ih": delta.sum(axis=0)')),
    ("weight_gradients", "bias gradient not summed over the steps", WEIGHTS,
     ('"bias_ih": b', '"bias_ih": delta.sum(axis=1)')),
    ("weight_gradients", "bias gradient overwritten", WEIGHTS, ("b +=", "b =")),
    ("weight_gradients", "bias gradient overwritten", BACKWARDS, ("b +=", "b =")),
    ("weight_gradients", "first sequence of the batch only", WEIGHTS,
     ("    T =", "    x, states, delta = x[:, :1], states[:, :1], delta[:, :1]\n    T =")),
    ("weight_gradients", "last sequence of the batch only", WEIGHTS,
     ("    T =", "    x, states, delta = x[:, -1:], states[:, -1:], delta[:, -1:]\n    T =")),
    ("weight_gradients", "sequences of the batch mixed", WEIGHTS,
     ("delta[t].T @ x[t]", "np.outer(delta[t].sum(0), x[t].sum(0))"),
     ("delta[t].T @ states[t]", "np.outer(delta[t].sum(0), states[t].sum(0))")),
    ("weight_gradients", "steps mixed", WEIGHTS,
     ("        w_ih += delta[t].T @ x[t]\n        w_hh += delta[t].T @ states[t]\n", ""),
     ("    return", "    d = delta.sum(0).T\n    w_ih, w_hh = d @ x.sum(0), d @ states[:-1].sum(0)\n    return")),
    ("weight_gradients", "the last step left out", WEIGHTS, ("range(T)", "range(T - 1)")),
    ("weight_gradients", "the first step left out", WEIGHTS, ("range(T)", "range(1, T)")),
    ("clipped_gradient", "clipped before it is summed", CUT + CLIPPED,
     ("total + term", "total + limited(term, max_norm)"),
     ("if length > max_norm", "if False")),
    ("clipped_gradient", "clipped before it is summed", CUT + CLIPPED,
     ("total + term", "total + limited(term, max_norm)")),
    ("clipped_gradient", "clipped before it is summed", CUT + CLIPPED,
     ("total + term", "limited(total + term, max_norm)")),
    ("clipped_gradient", "clipped before it is summed", CUT + CLIPPED,
     ("total + term", "limited(total + term, max_norm)"),
     ("range(len(delta))", "reversed(range(len(delta)))")),
    ("clipped_gradient", "delta clipped", CUT + CLIPPED,
     ("np.outer(delta[t], ", "np.outer(limited(delta[t], max_norm), "),
     ("if length > max_norm", "if False")),
    ("clipped_gradient", "clipped by value", CLIPPED,
     ("total * (max_norm / length)", "np.clip(total, -max_norm, max_norm)")),
    ("clipped_gradient", "not clipped", CLIPPED, ("if length > max_norm", "if False")),
    ("clipped_gradient", "short gradients lengthened", CLIPPED, ("if length > max_norm", "if True")),
    ("clipped_gradient", "short ones changed, long ones left", CLIPPED,
     ("if length > max_norm", "if length < max_norm")),
    ("clipped_gradient", "mean of the squares in place of their sum", CLIPPED, ("np.sum(", "np.mean(")),
    ("clipped_gradient", "always divided by its length", CLIPPED, ("(max_norm / length)", "(1 / length)")),
    ("clipped_gradient", "multiplied by max_norm, not divided by the length", CLIPPED,
     ("(max_norm / length)", "max_norm")),
    ("clipped_gradient", "root missing in the length", CLIPPED, ("np.sqrt(np.sum(total ** 2))", "np.sum(total ** 2)")),
    ("clipped_gradient", "sum of absolute values taken for the length", CLIPPED,
     ("np.sqrt(np.sum(total ** 2))", "abs(total).sum()")),
    ("clipped_gradient", "largest entry taken for the length", CLIPPED,
     ("np.sqrt(np.sum(total ** 2))", "abs(total).max()")),
    ("clipped_gradient", "largest singular value taken for the length", CLIPPED,
     ("np.sqrt(np.sum(total ** 2))", "np.linalg.svd(total)[1][0]")),
    ("clipped_gradient", "each row clipped by itself", CLIPPED,
     ("np.sqrt(np.sum(total ** 2))", "np.linalg.norm(total, axis=1)"),
     ("    if length > max_norm:\n        total = total * (max_norm / length)\n    return total",
      "    return total * np.minimum(1, max_norm / np.maximum(length, 1e-9))[:, None]")),
    ("clipped_gradient", "h_t in place of h_{t-1}", CLIPPED, ("states[t]", "states[t + 1]")),
    ("clipped_gradient", "transposed", CLIPPED, ("np.outer(delta[t], states[t])", "np.outer(states[t], delta[t])")),
    ("clipped_gradient", "overwritten, not summed", CLIPPED, ("total + term", "term")),
    ("clipped_gradient", "overwritten, not summed", CLIPPED, ("total + term", "term"),
     ("range(len(delta))", "reversed(range(len(delta)))")),
    ("clipped_gradient", "averaged over the steps", CLIPPED, ("    length =", "    total /= len(delta)\n    length =")),
    ("truncated_gradients", "no cut", ONE_LOOP, ("t % window == 0", "False")),
    ("truncated_gradients", "cut at every step", ONE_LOOP, ("t % window == 0", "True")),
    ("truncated_gradients", "state reset at the border", TRUNCATED, ("h = states[-1]", "h = np.zeros_like(h_0)")),
    ("truncated_gradients", "h_0 given to every window", TRUNCATED, ("forward(x[a:b], h, ", "forward(x[a:b], h_0, ")),
    ("truncated_gradients", "state carried from one step too early", TRUNCATED, ("h = states[-1]", "h = states[-2]")),
    ("truncated_gradients", "windows overwritten, not summed", TRUNCATED, ("total + g", "g")),
    ("truncated_gradients", "windows overwritten, not summed", TRUNCATED, ("total + g", "g"), ("if a == 0", "if True")),
    ("truncated_gradients", "first window only", TRUNCATED, ("        h = states[-1]", "        break")),
    ("truncated_gradients", "averaged over the windows", TRUNCATED,
     ('"weight_hh": total', '"weight_hh": total / np.ceil(len(x) / window)')),
    ("truncated_gradients", "short last window left out", TRUNCATED,
     ("range(0, len(x), window)", "range(0, len(x) - window + 1, window)")),
    ("truncated_gradients", "windows counted from the end", ONE_LOOP,
     ("t % window == 0", "(len(x) - t) % window == 0")),
    ("truncated_gradients", "window one step too long", ONE_LOOP, ("t % window", "t % (window + 1)")),
    ("truncated_gradients", "window one step too short", ONE_LOOP, ("t % window", "t % max(window - 1, 1)")),
    ("truncated_gradients", "h_0's gradient from the last window", TRUNCATED, ("if a == 0", "if True")),
    ("truncated_gradients", "h_0's gradient summed over the windows", TRUNCATED,
     ("first, h = 0, None, h_0", "first, h = 0, 0, h_0"),
     ("if a == 0", "if True"), ('first = g["h_0"]', 'first = first + g["h_0"]')),
    ("truncated_gradients", "only the last step of each window has a loss", TRUNCATED,
     ("        grad_h, _", "        miss[:-1] = 0\n        grad_h, _")),
    ("truncated_gradients", "factor 2 of the square", ONE_LOOP, ("miss @ V", "2 * miss @ V")),
    ("truncated_gradients", "sign of the error turned", ONE_LOOP, ("miss @ V", "-miss @ V")),
    ("truncated_gradients", "mean in place of the sum in the loss", TRUNCATED,
     ("], miss, ", "], 2 * miss / miss.size, ")),
    ("truncated_gradients", "mean in place of the sum in the loss", TRUNCATED, ("], miss, ", "], miss / miss.size, ")),
    ("truncated_gradients", "mean in place of the sum in the loss", TRUNCATED,
     ("], miss, ", "], miss / target.size, ")),
    ("truncated_gradients", "h_t in place of h_{t-1}", ONE_LOOP, ("delta.T @ states[t]", "delta.T @ states[t + 1]")),
    ("truncated_gradients", "h_0's gradient without the last way back", ONE_LOOP, ('"h_0": back', '"h_0": delta')),
    ("truncated_gradients", "slope missing", ONE_LOOP, ("(1 - states[t + 1] ** 2) * ", "")),
    ("truncated_gradients", "handed back without the transpose", ONE_LOOP, ("delta @ U", "delta @ U.T")),
]
WRONG = WRONG_VALUES + [(name, mistake, rules.written(*code)) for name, mistake, *code in WRONG_CODE]


class TestBackward(rules.Rules):
    modules, notebook, right, wrong = ("e03_backpropagation",), "03-backpropagation-through-time.ipynb", RIGHT, WRONG


@pytest.mark.parametrize("name, mistake, fails", [
    ("all_deltas", "list of deltas aliased", "aliasing"), ("all_deltas", "slope missing", "gradient"),
    ("all_deltas", "deltas in reverse", "direction of time"),
    ("all_deltas", "from the first step to the last", "direction of time"),
    ("all_deltas", "only the last delta found", "shape"), ("weight_gradients", "transposed", "shape"),
    ("weight_gradients", "bias gradient not summed over the batch", "shape"),
     ("clipped_gradient", "not clipped", "gradient"),
    ("truncated_gradients", "no cut", "gradient"), ("differences", "finite differences in float32", "gradient"),
])
def test_a_mistake_breaks_the_property_that_is_named_first(name, mistake, fails):
    answer = next(answer for exercise, known, answer in WRONG if (exercise, known) == (name, mistake))
    assert rules.asked(EXERCISES[name], answer).fails == fails
