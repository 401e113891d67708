"""The exercises of notebook 07: other styles are right, wrong answers in a learner's own style are caught and named."""

import numpy as np
import torch

from helpers.exercises.e07_training import by_hand
from tests.exercises.test_e05_torch_rnn import TensorRules

# Ways to solve the function exercises as a learner would; the wrong answers below are edits of them.


def segments(module, read, x, target):
    h = None
    for s in range(len(x)):
        module.zero_grad()
        output, h = module(x[s], h)
        loss = ((read(output) - target[s]) ** 2).mean()
        loss.backward()
        h = h.detach()
    return module.weight_hh_l0.grad


def from_written_zeros(module, read, x, target):
    h = torch.zeros(1, x.shape[1], module.hidden_size)
    for x_s, target_s in zip(x, target):
        output, h = module(x_s, h.detach())
    return torch.autograd.grad(((read(output) - target_s) ** 2).mean(), module.weight_hh_l0)[0]


def rows(series, batch, steps):
    n = len(series) // batch // steps
    pieces = np.split(series[:n * batch * steps], batch)
    out = np.zeros((n, batch, steps))
    for b, piece in enumerate(pieces):
        for s in range(n):
            out[s, b] = piece[s * steps:s * steps + steps]
    return out


def rows_at_once(series, batch, steps):
    n = len(series) // (batch * steps)
    return series[:n * batch * steps].reshape(batch, n, steps).swapaxes(0, 1)


RIGHT = {
    "predict_reset": [(0.1, 0), [0.1, 0.0], np.array([0.099, 0.001])],
    "segment_gradient": [segments, by_hand, from_written_zeros],
    "continuing_rows": [rows, rows_at_once],
}

WRONG = [
    ("predict_reset", "each reset taken to cost the same", (0.2, 0)), ("predict_reset", "the two swapped", [0, 0.1]),
    ("predict_reset", "reset taken to cost nothing", np.zeros(2)),
    ("segment_gradient", "gradients of all segments added up", segments, ("        module.zero_grad()\n", "")),
    ("segment_gradient", "mean over all segments", segments, ("        module.zero_grad()\n", ""),
     ("loss.backward()", "(loss / len(x)).backward()")),
    ("segment_gradient", "every guess compared with every target", segments, ("read(output)", "read(output).squeeze(-1)")),
    ("segment_gradient", "batch and time swapped", segments, ("h = None", "h = None; module.batch_first = False")),
    ("segment_gradient", "gradient clipped", segments,
     ("    return", "    torch.nn.utils.clip_grad_norm_(module.weight_hh_l0, 1.0)\n    return")),
    ("segment_gradient", "gradient clipped", segments,
     ("    return", "    torch.nn.utils.clip_grad_value_(module.weight_hh_l0, 5.0)\n    return")),
    ("segment_gradient", "state not detached", by_hand, ("h.detach(), []", "h, []")),
    ("segment_gradient", "gradients of all segments added up", by_hand, ("h, guesses = h.detach(), []", "guesses = []"),
     ("    for x_s, target_s", "    loss = 0\n    for x_s, target_s"), ("loss = ((torch", "loss = loss + ((torch")),
    ("continuing_rows", "rows that follow each other within a segment", rows,
     ("piece[s * steps:s * steps + steps]", "series[(s * batch + b) * steps:(s * batch + b + 1) * steps]")),
    ("continuing_rows", "values dealt out in turn", rows,
     ("np.split(series[:n * batch * steps], batch)", "[series[b:n * batch * steps:batch] for b in range(batch)]")),
    ("continuing_rows", "each row's own end dropped", rows, ("n * batch * steps]", "len(series) // batch * batch]")),
    ("continuing_rows", "last segment left out", rows,
     ("np.zeros((n,", "np.zeros((n - 1,"), ("in range(n)", "in range(n - 1)")),
    ("continuing_rows", "rows first", rows_at_once, (".swapaxes(0, 1)", "")),
]


class TestTraining(TensorRules):
    module, notebook, right, wrong = "e07_training", "07-training-on-sequences.ipynb", RIGHT, WRONG
    fails = [("segment_gradient", "state not detached", "gradient")]
