"""The exercises of notebook 07: other styles are right, wrong answers in a learner's own style are caught and named."""

import numpy as np
import torch

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e07_training")

# Ways to solve the function exercises as a learner would; the wrong answers below are edits of them.

SEGMENTS = """
def answer(module, read, x, target):
    h = None
    for s in range(len(x)):
        module.zero_grad()
        output, h = module(x[s], h)
        loss = ((read(output) - target[s]) ** 2).mean()
        loss.backward()
        h = h.detach()
    return module.weight_hh_l0.grad
"""
SEGMENTS_BY_HAND = """
import torch
def answer(module, read, x, target):
    weight_ih, weight_hh, bias_ih, bias_hh = module.parameters()
    h = torch.zeros(x.shape[1], len(weight_hh), dtype=x.dtype)
    for x_s, target_s in zip(x, target):
        h, guesses = h.detach(), []
        for t in range(x.shape[2]):
            h = torch.tanh(x_s[:, t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
            guesses.append(read(h))
        loss = torch.nn.functional.mse_loss(torch.stack(guesses, 1), target_s)
    return torch.autograd.grad(loss, weight_hh)[0]
"""
ROWS = """
def answer(series, batch, steps):
    n = len(series) // batch // steps
    pieces = np.split(series[:n * batch * steps], batch)
    out = np.zeros((n, batch, steps))
    for b, piece in enumerate(pieces):
        for s in range(n):
            out[s, b] = piece[s * steps:s * steps + steps]
    return out
"""
ROWS_AT_ONCE = """
def answer(series, batch, steps):
    n = len(series) // (batch * steps)
    return series[:n * batch * steps].reshape(batch, n, steps).swapaxes(0, 1)
"""


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
    "segment_gradient": [rules.written(SEGMENTS), rules.written(SEGMENTS_BY_HAND), Segments()],
    "continuing_rows": [rules.written(ROWS), rules.written(ROWS_AT_ONCE)],
}

WRONG_CODE = [
    ("segment_gradient", SEGMENTS, [
        ("gradients of all segments added up", ("        module.zero_grad()\n", "")),
        ("mean over all segments", ("        module.zero_grad()\n", ""), ("loss.backward()", "(loss / len(x)).backward()")),
        ("every guess compared with every target",
         ("(read(output) - target[s])", "(read(output).squeeze(-1) - target[s])")),
        ("batch and time swapped", ("h = None", "h = None; module.batch_first = False")),
        ("gradient clipped", ("    return", "    torch.nn.utils.clip_grad_norm_(module.weight_hh_l0, 1.0)\n    return")),
        ("gradient clipped", ("    return", "    torch.nn.utils.clip_grad_value_(module.weight_hh_l0, 5.0)\n    return")),
    ]),
    ("segment_gradient", SEGMENTS_BY_HAND, [
        ("state not detached", ("h.detach(), []", "h, []")),
        ("gradients of all segments added up", ("h, guesses = h.detach(), []", "guesses = []"),
         ("    for x_s, target_s", "    loss = 0\n    for x_s, target_s"), ("loss = torch", "loss = loss + torch")),
    ]),
    ("continuing_rows", ROWS, [
        ("rows that follow each other within a segment", ("piece[s * steps:s * steps + steps]",
                                                          "series[(s * batch + b) * steps:(s * batch + b + 1) * steps]")),
        ("values dealt out in turn", ("np.split(series[:n * batch * steps], batch)",
                                      "[series[b:n * batch * steps:batch] for b in range(batch)]")),
        ("last segment left out", ("np.zeros((n,", "np.zeros((n - 1,"), ("in range(n)", "in range(n - 1)")),
    ]),
    ("continuing_rows", ROWS_AT_ONCE, [
        ("rows first", (".swapaxes(0, 1)", "")),
        ("rows that follow each other within a segment", ("batch, n, steps).swapaxes(0, 1)", "n, batch, steps)")),
    ]),
]
WRONG = [("predict_reset", "each reset taken to cost the same", (0.2, 0)), ("predict_reset", "the two swapped", [0, 0.1]),
         ("predict_reset", "reset taken to cost nothing", np.zeros(2))]
WRONG += [(name, mistake, rules.written("import torch\n" + source, *edits))
          for name, source, cases in WRONG_CODE for mistake, *edits in cases]


class TestTraining(rules.Rules):
    modules, notebook, right, wrong = ("e07_training",), "07-training-on-sequences.ipynb", RIGHT, WRONG

    def test_manners(self, name, monkeypatch):
        rules.asked(self.exercises()[name], self.exercises()[name].solution)  # torch's first call is slow
        super().test_manners(name, monkeypatch)


def test_torch_complains_in_its_own_words():
    kept = rules.written(SEGMENTS, ("        h = h.detach()\n", ""))
    said = rules.asked(EXERCISES["segment_gradient"], kept)
    assert (said.verdict, said.fails) == ("wrong", "error")
    assert "backward through the graph a second time" in " ".join(said.text.split())


def test_a_mistake_breaks_the_property_that_is_named_first():
    said = rules.asked(EXERCISES["segment_gradient"], rules.written(SEGMENTS_BY_HAND, ("h.detach(), []", "h, []")))
    assert said.fails == "gradient"
    assert rules.asked(EXERCISES["continuing_rows"], rules.written(ROWS_AT_ONCE, (".swapaxes(0, 1)", ""))).fails == "shape"
