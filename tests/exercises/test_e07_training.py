"""The exercises of notebook 07: other styles are right, wrong answers in a learner's own style are caught and named."""

import numpy as np
import torch

from helpers.exercises.e07_training import by_hand
from tests.exercises.test_e05_torch_rnn import TensorRules
from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e07_training")

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


class Segments:
    """A run that keeps its state in itself."""

    h = None

    def __call__(self, module, read, x, target):
        for x_s in x[:-1]:
            with torch.no_grad():
                _, self.h = module(x_s, self.h)
        loss = (read(module(x[-1], self.h)[0]) - target[-1]).square().mean()
        self.h = None
        loss.backward()
        return module.weight_hh_l0.grad.clone()


RIGHT = {
    "predict_reset": [(0.1, 0), [0.1, 0.0], np.array([0.099, 0.001])],
    "segment_gradient": [segments, by_hand, Segments(), from_written_zeros],
    "continuing_rows": [rows, rows_at_once],
}

WRONG_CODE = [
    ("segment_gradient", segments, [
        ("gradients of all segments added up", ("        module.zero_grad()\n", "")),
        ("mean over all segments", ("        module.zero_grad()\n", ""), ("loss.backward()", "(loss / len(x)).backward()")),
        ("every guess compared with every target",
         ("(read(output) - target[s])", "(read(output).squeeze(-1) - target[s])")),
        ("batch and time swapped", ("h = None", "h = None; module.batch_first = False")),
        ("gradient clipped", ("    return", "    torch.nn.utils.clip_grad_norm_(module.weight_hh_l0, 1.0)\n    return")),
        ("gradient clipped", ("    return", "    torch.nn.utils.clip_grad_value_(module.weight_hh_l0, 5.0)\n    return")),
    ]),
    ("segment_gradient", by_hand, [
        ("state not detached", ("h.detach(), []", "h, []")),
        ("gradients of all segments added up", ("h, guesses = h.detach(), []", "guesses = []"),
         ("    for x_s, target_s", "    loss = 0\n    for x_s, target_s"), ("loss = ((torch", "loss = loss + ((torch")),
    ]),
    ("continuing_rows", rows, [
        ("rows that follow each other within a segment", ("piece[s * steps:s * steps + steps]",
                                                          "series[(s * batch + b) * steps:(s * batch + b + 1) * steps]")),
        ("values dealt out in turn", ("np.split(series[:n * batch * steps], batch)",
                                      "[series[b:n * batch * steps:batch] for b in range(batch)]")),
        ("each row's own end dropped", ("np.split(series[:n * batch * steps], batch)",
                                        "np.split(series[:len(series) // batch * batch], batch)")),
        ("last segment left out", ("np.zeros((n,", "np.zeros((n - 1,"), ("in range(n)", "in range(n - 1)")),
    ]),
    ("continuing_rows", rows_at_once, [
        ("rows first", (".swapaxes(0, 1)", "")),
        ("rows that follow each other within a segment", ("batch, n, steps).swapaxes(0, 1)", "n, batch, steps)")),
    ]),
]
WRONG = [("predict_reset", "each reset taken to cost the same", (0.2, 0)), ("predict_reset", "the two swapped", [0, 0.1]),
         ("predict_reset", "reset taken to cost nothing", np.zeros(2))]
WRONG += [(name, mistake, source, *edits)
          for name, source, cases in WRONG_CODE for mistake, *edits in cases]


class TestTraining(TensorRules):
    module, notebook, right, wrong = "e07_training", "07-training-on-sequences.ipynb", RIGHT, WRONG
    fails = [("segment_gradient", "state not detached", "gradient"), ("continuing_rows", "rows first", "shape")]


def test_torch_complains_in_its_own_words():
    kept = rules.edited_answer(segments, ("        h = h.detach()\n", ""))
    said = rules.asked(EXERCISES["segment_gradient"], kept)
    assert (said.verdict, said.fails) == ("wrong", "error")
    assert "backward through the graph a second time" in " ".join(said.text.split())
