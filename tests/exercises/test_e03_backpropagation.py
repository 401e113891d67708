"""The exercises of notebook 03: answers in other styles are right, and wrong ones in a learner's own style are named."""

import numpy as np

from helpers.exercises.e03_backpropagation import in_one_loop
from helpers.numpy_nets.rnn import backward, forward, read_out, read_out_backward
from tests.support import exercise_rules as rules

# Answers as a learner would write them, in another style than the course's solutions. The wrong ones below are edits of them.


def one_place(loss, array, step):
    array = array.astype(float)
    out = []
    for place in range(array.size):
        moved = np.zeros(array.size, array.dtype)
        moved[place] = step
        moved = moved.reshape(array.shape)
        out.append((loss(array + moved) - loss(array - moved)) / (2 * step))
    return np.array(out, float).reshape(array.shape)


def in_two_arrays(loss, array, step):
    result = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        up, down = array.astype(float), array.astype(float)
        up[index] += step
        down[index] -= step
        result[index] = (loss(up) - loss(down)) / (2 * step)
    return result


def appended(states, grad_output, weight_hh):
    found = []
    delta = np.zeros(grad_output.shape[1:])
    for h, g in zip(states[:0:-1], grad_output[::-1]):
        delta[:] = (1 - h * h) * (g + delta @ weight_hh)
        found.append(delta.copy())
    return np.array(found[::-1])


def einsum(x, states, delta):
    return {"bias_ih": np.einsum("tbh->h", delta), "weight_ih": np.einsum("tbh,tbi->hi", delta, x),
            "weight_hh": np.einsum("tbh,tbk->hk", delta, states[:-1])}


def at_once(delta, states, max_norm):
    gradient = delta.T @ states[:-1]
    return gradient / max(1.0, np.linalg.norm(gradient) / max_norm)


def lists(x, h_0, target, parameters, window):
    pieces = [slice(a, a + window) for a in range(0, len(x), window)]
    found, h = [], h_0
    for piece in pieces:
        states = forward(x[piece], h, parameters)
        miss = read_out(states[1:], parameters) - target[piece]
        found.append(backward(x[piece], states, read_out_backward(states[1:], miss, parameters)[0], parameters))
        h = states[-1]
    return {"weight_hh": sum(part["weight_hh"] for part in found), "h_0": found[0]["h_0"]}


def deltas_one_sequence_at_a_time(states, grad_output, weight_hh):
    result = np.empty(grad_output.shape)
    for b in range(grad_output.shape[1]):
        delta = np.zeros(len(weight_hh))
        for t in range(len(grad_output), 0, -1):
            delta = (1 - states[t, b] ** 2) * (grad_output[t - 1, b] + weight_hh.T @ delta)
            result[t - 1, b] = delta
    return result


def gradients_by_tensordot(x, states, delta):
    both = (0, 1), (0, 1)
    return {"weight_ih": np.tensordot(delta, x, both), "weight_hh": np.tensordot(delta, states[:-1], both),
            "bias_ih": delta.reshape(-1, delta.shape[2]).sum(0)}


def clipped_by_a_running_sum(delta, states, max_norm):
    total = sum(d[:, None] * h[None, :] for d, h in zip(delta, states))
    return total * min(1.0, max_norm / np.sqrt((total**2).sum()))


RIGHT = {
    "two_deltas": [{"delta_2": 0.36, "delta_1": 0.1408, "grad_w_hh": 0.2864},
                   {"delta_2": np.float64(0.36), "delta_1": 0.141, "grad_w_hh": np.array(0.2864)}],
    "predict_one_sided": [100, 97.0],
    "predict_reached": [3, 3.0],
    "differences": [one_place, in_two_arrays],
    "all_deltas": [deltas_one_sequence_at_a_time, appended],
    "weight_gradients": [einsum, gradients_by_tensordot],
    "clipped_gradient": [at_once, clipped_by_a_running_sum],
    "truncated_gradients": [lists, in_one_loop],
}


def by_hand(delta_2, delta_1, grad_w_hh):
    return {"delta_2": delta_2, "delta_1": delta_1, "grad_w_hh": grad_w_hh}


WRONG = [
    ("two_deltas", "slope missing", by_hand(0.36, 0.22, 0.326)),
    ("two_deltas", "delta not handed back", by_hand(0.36, 0.256, 0.344)),
    ("two_deltas", "own output forgotten", by_hand(0.36, -0.1152, 0.1584)),
    ("two_deltas", "h_t in place of h_{t-1}", by_hand(0.36, 0.1408, 0.3725)),
    ("two_deltas", "the two states swapped", by_hand(0.36, 0.1408, 0.2645)),
    ("predict_one_sided", "taken for a central difference", 1e4),
    ("predict_one_sided", "factor turned round", 1e-4),
    ("predict_reached", "always a whole window back", 8),
    ("predict_reached", "the inputs that get none", 17),
    ("differences", "one-sided difference", one_place, ("loss(array - moved)", "loss(array)"), ("(2 * step)", "step")),
    ("differences", "both nudges in one array", in_two_arrays, ("up, down = array.astype(float), ", "up = down = ")),
    ("differences", "rows moved at once", in_two_arrays, ("np.ndindex(array.shape)", "range(len(array))")),
    ("differences", "finite differences in float32", one_place, ("array.astype(float)", "array")),
    ("differences", "divided by 2, then multiplied by the step", one_place, ("(2 * step)", "2 * step")),
    ("differences", "step scaled with the weight", in_two_arrays,
     ("        up[index]", "        h = step * max(1, abs(array[index]))\n        up[index]"),
     ("+= step", "+= h"), ("-= step", "-= h"), ("(2 * step)", "(2 * h)")),
    ("all_deltas", "list of deltas aliased", appended, ("delta.copy()", "delta")),
    ("all_deltas", "handed back without the transpose", appended, ("@ weight_hh", "@ weight_hh.T")),
    ("all_deltas", "deltas in reverse", appended, ("found[::-1]", "found")),
    ("all_deltas", "own output forgotten", appended, ("g + delta", "delta")),
    ("weight_gradients", "h_t in place of h_{t-1}", einsum, ("states[:-1]", "states[1:]")),
    ("weight_gradients", "transposed", einsum, ("tbh,tbk->hk", "tbh,tbk->kh")),
    ("weight_gradients", "bias gradient not summed over the batch", einsum, ("tbh->h", "tbh->bh")),
    ("weight_gradients", "clipped by value",
     lambda *given: {name: np.clip(gradient, -5, 5) for name, gradient in einsum(*given).items()}),
    ("clipped_gradient", "short gradients lengthened", at_once, ("max(1.0, ", "(")),
    ("clipped_gradient", "largest singular value taken for the length", at_once, ("norm(gradient)", "norm(gradient, 2)")),
    ("clipped_gradient", "transposed", at_once, ("delta.T @ states[:-1]", "states[:-1].T @ delta")),
    ("truncated_gradients", "state reset at the border", lists, ("h = states[-1]", "h = 0 * h_0")),
    ("truncated_gradients", "h_0's gradient from the last window", lists, ("found[0]", "found[-1]")),
    ("truncated_gradients", "factor 2 of the square", lists, ("[1:], miss", "[1:], 2 * miss")),
    ("truncated_gradients", "clipped by value",
     lists, ('sum(part["weight_hh"] for part in found)', 'np.clip(sum(part["weight_hh"] for part in found), -1, 1)')),
]


FAILS = [
    ("all_deltas", "list of deltas aliased", "aliasing"), ("all_deltas", "slope missing", "gradient"),
    ("all_deltas", "deltas in reverse", "direction of time"),
    ("all_deltas", "from the first step to the last", "direction of time"),
    ("clipped_gradient", "not clipped", "gradient"), ("truncated_gradients", "no cut", "gradient"),
    ("differences", "finite differences in float32", "gradient"),
]


class TestBackward(rules.Rules):
    module, notebook, right, wrong = "e03_backpropagation", "03-backpropagation-through-time.ipynb", RIGHT, WRONG
    fails = FAILS
