"""The museum of broken RNNs: every exhibit as found is named by its own defect, repairs in other styles are accepted."""

import ast
import copy
import subprocess
import sys

import nbformat
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from tests.exercises.test_e05_torch_rnn import TensorRules
from tests.support import exercise_rules as rules
from tools.notebook_rules import PROJECT

EXERCISES = rules.exercises("e06_museum")
NOTEBOOK = "06-museum-of-broken-rnns.ipynb"
NAMES = {"torch": torch, "nn": nn, "cross_entropy": cross_entropy, "pad_sequence": pad_sequence,
         "pack_padded_sequence": pack_padded_sequence}
CELLS = {cell.id: cell.source for cell in nbformat.read(PROJECT / "notebooks" / NOTEBOOK, as_version=4).cells}


def exhibit(name, *edits):
    """Return an exhibit's function as its cell in the notebook has it, after these edits."""
    source, names = rules.edited(CELLS[f"{name.replace('_', '-')}-as-found"], *edits), dict(NAMES)
    exec(compile(source, "answer.py", "exec"), names)
    return names[ast.parse(source).body[-1].name]


# Repairs: the least edit of what was found, as a list of edits, and another style.

def with_a_cell(module, read, x):
    h, (weight_ih, weight_hh, bias_ih, bias_hh) = torch.zeros(x.shape[1], module.hidden_size), module.parameters()
    for x_t in x:
        h = torch.tanh(x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
    return read(h)


def gradients_asked_for(module, read, x, target, lr, updates):
    everything, losses = [*module.parameters(), *read.parameters()], []
    for _ in range(updates):
        losses.append(nn.functional.mse_loss(read(module(x)[0]), target))
        for parameter, gradient in zip(everything, torch.autograd.grad(losses[-1], everything)):
            parameter.data -= lr * gradient
    return losses


def scaled_by_hand(module, read, x, target, lr, max_norm):
    everything = [*module.parameters(), *read.parameters()]
    gradients = torch.autograd.grad(((read(module(x)[0]) - target) ** 2).mean(), everything)
    norm = sum((g**2).sum() for g in gradients) ** 0.5
    return module.weight_hh_l0.detach() - lr * gradients[1] * min(1.0, max_norm / norm)


def script_by_hand(module, read, sequences, targets, lr, max_norm, epochs):
    everything, errors = [*module.parameters(), *read.parameters()], []

    def error_on(pairs):
        return torch.cat([read(module(one)[0]) - wanted for one, wanted in pairs]).square().mean()

    pairs = list(zip(sequences, targets))
    for _ in range(epochs):
        for first in range(0, len(pairs) - 2, 4):
            gradients = torch.autograd.grad(error_on(pairs[first:-2][:4]), everything)
            norm = sum((g**2).sum() for g in gradients) ** 0.5
            for parameter, gradient in zip(everything, gradients):
                parameter.data -= lr * gradient * min(1.0, max_norm / norm)
        errors.append(error_on(pairs[-2:]))
    return errors


def from_no_state(cell, x):
    x.requires_grad_()
    h = None
    for x_t in x:
        h = cell(x_t, h)
    return torch.autograd.grad(h.sum(), x)[0]


def forward_half_beside_backward(module, x):
    output, size = module(x)[0], module.hidden_size
    return torch.hstack([output[:, -1, :size], output[:, 0, size:]])


STEP, CLIP = "optimizer.step()\n", "nn.utils.clip_grad_norm_(everything, max_norm)\n"
LATE = "    " + STEP + "    " + CLIP  # as it was found
INDENT, SQUARES = 12 * " ", "((answers - y[:, batch]) ** 2)"  # of the script
SCRIPT_REPAIRS = {
    "loss": (SQUARES, "((answers - y[:, batch])[torch.arange(len(x))[:, None] < lengths[batch]] ** 2)"),
    "gradient": ("loss.backward()", "optimizer.zero_grad()\n" + INDENT + "loss.backward()"),
    "length": (STEP + INDENT + CLIP, CLIP + INDENT + STEP),
}
RIGHT = {
    "classify_padded": [[("output[:, -1]", "output[torch.arange(len(x)), lengths - 1]")],
                lambda module, read, x, n: torch.stack([read(module(x[b, :n[b]])[1][-1]) for b in range(len(x))])],
    "read_both_ways": [[("output, _", "_, h_n"), ("output[:, -1]", "h_n.transpose(0, 1).flatten(1)")],
                    forward_half_beside_backward],
    "one_answer_each": [[("hidden.squeeze(0)", "hidden[-1]")], lambda module, read, x: read(module(x)[0])[-1]],
    "to_time_first": [[("x.view(seq_len, batch, features)", "x.permute(1, 0, 2)")],
              lambda x: torch.stack([x[:, t] for t in range(x.shape[1])])],
    "last_state_of_each": [[("module(x, h_0)", "module(x.transpose(0, 1), h_0)"), ("output[:, -1]", "output[-1]")],
                  lambda module, x: torch.stack([module(one)[1][0] for one in x])],
    "padded_loss": [[("((y - target) ** 2).mean()",
                    "torch.cat([((y - target) ** 2)[:n, b] for b, n in enumerate(lengths)]).mean()")],
                  lambda y, t, n: sum(((y[:n[b], b] - t[:n[b], b]) ** 2).sum() for b in range(len(n))) / sum(n)],
    "class_loss": [[(".softmax(", ".log_softmax(")],
                 lambda logits, labels: -logits.softmax(1)[range(len(labels)), labels].log().mean()],
    "input_gradient": [[("h.detach()", "h")], from_no_state],
    "descent": [[("        loss.backward()\n", "        optimizer.zero_grad()\n        loss.backward()\n")],
                 gradients_asked_for],
    "clipped_update": [[(LATE, "    " + CLIP + "    " + STEP), (".detach().clone()", "")], scaled_by_hand],
    "segment_angles": [[("torch.linspace(start, end, seq_len)", "torch.linspace(start, end, seq_len + 1)[:-1]")],
                     lambda number, n: torch.tensor([number * torch.pi + t * torch.pi / n for t in range(n)])],
    "forecast_error": [[("states[:train] @", "states[train:] @"), ("- target[:train]", "- target[train:]")],
                lambda s, t, n: (s[n:] @ torch.linalg.pinv(s[:n]) @ t[:n] - t[n:]).square().mean()],
    "ask_network": [[("randn", "zeros")], with_a_cell],
    "examine_network": [[("with torch", "was = module.training\n    module.eval()\n    with torch"),
                         ("module(x)\n", "module(x)\n        module.train(was)\n")],
                        lambda module, read, x: read(copy.deepcopy(module).train(False)(x)[0][-1])],
    "train_script": [[*SCRIPT_REPAIRS.values()], script_by_hand],
}

# Repairs that break something else, under the name that they should get; the defect itself is taken from the notebook.

BROKEN_OTHERWISE = [
    ("classify_padded", "order not restored", ("output, _ = module(x)",
     "order = lengths.argsort(descending=True); output = module("
     "pack_padded_sequence(x[order], lengths[order], True))[1].transpose(0, 1)")),
    ("classify_padded", "zero inputs taken for padding",
     ("output[:, -1]", "torch.stack([o[s.any(-1)][-1] for o, s in zip(output, x.bool())])")),
    ("read_both_ways", "one direction alone", ("output[:, -1]", "output[:, 0, module.hidden_size:]")),
    ("one_answer_each", "second layer in place of the last", ("hidden.squeeze(0)", "hidden.unbind()[1]")),
    ("to_time_first", "time reversed", ("x.view(seq_len, batch, features)", "x.flip(1).transpose(0, 1)")),
    ("last_state_of_each", "swapped on the way in only", ("module(x,", "module(x.transpose(0, 1),")),
    ("last_state_of_each", "view in place of transpose", ("    h_0", "    x = x.view(x.size(1), x.size(0), -1)\n    h_0"),
     ("x.size(0), module", "x.size(1), module"), ("[:, -1]", "[-1]")),
    ("padded_loss", "every sequence weighted alike",
     ("((y - target) ** 2).mean()",
      "sum(((y - target) ** 2)[:n, b].mean() for b, n in enumerate(lengths)) / len(lengths)")),
    ("padded_loss", "zero targets taken for padding",
     ("((y - target) ** 2).mean()",
      "sum(m**2 for m, t in zip((y - target).flatten(), target.flatten()) if t) / target.count_nonzero()")),
    ("class_loss", "logarithm missing", ("cross_entropy(", "nn.functional.nll_loss(")),
    ("input_gradient", "all states summed", ("h.detach())", "h); total = total + h.sum() if t else h.sum(); t = 1"),
     ("    for x_t", "    t = 0\n    for x_t"), ("h.sum().backward()", "total.backward()")),
    ("descent", "gradients reset before they are used",
     ("        optimizer.step()", "        optimizer.zero_grad()\n        optimizer.step()")),
    ("clipped_update", "no update", (STEP, "optimizer.zero_grad()\n    " + STEP)),
    ("clipped_update", "weights clipped, not gradients",
     (CLIP, "for p in everything:\n        p.data.clamp_(-max_norm, max_norm)\n")),
    ("clipped_update", "norm taken per parameter", ("everything, max_norm", "module.weight_hh_l0, max_norm"),
     ("    loss.backward()\n    optimizer.step()\n", "    loss.backward()\n"),
     ("    return", "    optimizer.step()\n    return")),
    ("clipped_update", "output layer left out of the norm",
     (LATE, "    for part in (module, read):\n        nn.utils.clip_grad_norm_(part.parameters(), max_norm)\n    " + STEP)),
    ("segment_angles", "one step too late",
     ("torch.linspace(start, end, seq_len)", "torch.linspace(start, end, seq_len + 1)[1:]")),
    ("segment_angles", "the number of points left to rounding",
     ("torch.linspace(start, end, seq_len)", "torch.arange(start, end, torch.pi / seq_len)")),
    ("forecast_error", "every prediction compared with every target",
     ("states[:train] @ weights", "(states[train:] @ weights).ravel()"),
     ("- target[:train]", "- target[train:]")),
    ("ask_network", "random h_0 at evaluation", ("randn", "rand")),
    ("ask_network", "random h_0 at evaluation", ("    h_0", "    torch.manual_seed(7)\n    h_0")),
    ("ask_network", "ones in place of zeros", ("randn", "ones")),
    ("examine_network", "first layer in place of the last", ("with torch", "module.eval()\n    with torch"),
     ("        return read(h_n[-1])", "    module.train()\n    return read(h_n[0])")),
    ("train_script", "zero targets taken for padding",
     (STEP + INDENT + CLIP, CLIP + INDENT + STEP + INDENT + "optimizer.zero_grad()\n"),
     (SQUARES + ".mean()", f"({SQUARES} * (y[:, batch] != 0)).sum() / (y[:, batch] != 0).sum()")),
]


RIGHT = {name: [exhibit(name, *answer) if isinstance(answer, list) else answer for answer in answers] for name,
         answers in RIGHT.items()}
WRONG = [(name, exercise.mistakes[0].name, exhibit(name)) for name, exercise in EXERCISES.items()]
WRONG += [(name, mistake, exhibit(name, *edits)) for name, mistake, *edits in BROKEN_OTHERWISE]


class TestMuseum(TensorRules):
    module, notebook, right, wrong = "e06_museum", NOTEBOOK, RIGHT, WRONG
    fails = [("to_time_first", "time reversed", "direction of time")]


@pytest.mark.long
def test_the_first_check_in_a_fresh_kernel_is_in_time():
    code = ("from helpers.exercises import engine, e06_museum, e05_torch_rnn; engine.TIME_LIMIT = 0.2\n"
            "for check in e06_museum.clipped_update, e06_museum.classify_padded, e05_torch_rnn.train_on_segments:\n"
            "    print(check(check.solution).verdict)")
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert run.stdout.split() == ["right"] * 3, run.stderr


def test_a_repair_that_fits_only_as_many_sequences_as_steps_is_not_right():
    swapped_first = exhibit("last_state_of_each", ("    h_0", "    x = x.transpose(0, 1)\n    h_0"), ("[:, -1]", "[-1]"))
    said = rules.asked(EXERCISES["last_state_of_each"], swapped_first)
    assert (said.verdict, said.fails) == ("wrong", "error") and "Expected hidden size" in said.text, said


def test_every_exhibit_is_there():
    assert len(EXERCISES) == len([name for name in CELLS if name.endswith("-as-found")]) == 15


@pytest.mark.parametrize("name, changed, edits", [
    ("examine_network", "module.training", [("with torch", "module.eval()\n    with torch")]),
    ("examine_network", "module.training", [("with torch", "module.eval()\n    with torch"),  # whatever mode it was in
                                            ("module(x)\n", "module(x)\n        module.train()\n")]),
    ("examine_network", "module.dropout", [("with torch", "module.dropout = 0\n    with torch")]),
    ("last_state_of_each", "module.batch_first", [("    h_0", "    module.batch_first = True\n    h_0")]),
])
def test_a_module_whose_settings_are_left_changed_is_not_right(name, changed, edits):
    said = rules.asked(EXERCISES[name], exhibit(name, *edits))
    assert (said.verdict, said.fails) == ("wrong", "input"), said
    assert f"The result is right, but the function changes what it was given: {changed}." in said.text, said


@pytest.mark.parametrize("done, left", [
    (("loss",), "two defects left, both after backward()"),
    (("gradient",), "two defects left, in the loss and in the update's length"),
    (("length",), "two defects left, in the loss and in the gradient"),
    (("loss", "gradient"), "one defect left, in the update's length"),
    (("loss", "length"), "one defect left, in the gradient"),
    (("gradient", "length"), "one defect left, in the loss"),
])
def test_each_repair_of_the_script_leaves_what_its_mistake_says(done, left):
    answer = exhibit("train_script", *(SCRIPT_REPAIRS[part] for part in done))
    assert rules.asked(EXERCISES["train_script"], answer).mistake == left
