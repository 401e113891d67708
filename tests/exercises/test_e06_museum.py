"""The museum of broken RNNs: every exhibit as found is named by its own defect, mends in other styles are accepted."""

import ast
import subprocess
import sys

import nbformat
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from tests.exercises.test_e05_torch_rnn import TensorRules
from tests.support import exercise_rules as rules
from tools.notebook_rules import PROJECT

EXERCISES = rules.exercises("e06_museum")
NOTEBOOK = "06-museum-of-broken-rnns.ipynb"
NAMES = {"torch": torch, "nn": nn, "cross_entropy": cross_entropy, "pad_sequence": pad_sequence,
         "pack_padded_sequence": pack_padded_sequence, "pad_packed_sequence": pad_packed_sequence}


CELLS = {cell.id: cell.source for cell in nbformat.read(PROJECT / "notebooks" / NOTEBOOK, as_version=4).cells}


def made(name, *edits):
    """Return an exhibit's function as its cell in the notebook has it, after these edits."""
    source, names = rules.edited(CELLS[f"{name.replace('_', '-')}-as-found"], *edits), dict(NAMES)
    exec(compile(source, "answer.py", "exec"), names)
    return names[ast.parse(source).body[-1].name]


# Mends: the least edit of what was found, as a list of edits, and another style.

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


class Mended:
    def __call__(self, cell, x):
        x.requires_grad_()
        h = None
        for x_t in x:
            h = cell(x_t, h)
        return torch.autograd.grad(h.sum(), x)[0]


def forward_half_beside_backward(module, x):
    output, size = module(x)[0], module.hidden_size
    return torch.hstack([output[:, -1, :size], output[:, 0, size:]])


RIGHT = {
    "company": [[("output[:, -1]", "output[torch.arange(len(x)), lengths - 1]")],
                lambda module, read, x, n: torch.stack([read(module(x[b, :n[b]])[1][-1]) for b in range(len(x))])],
    "half_memory": [[("output, _", "_, h_n"), ("output[:, -1]", "h_n.transpose(0, 1).flatten(1)")],
                    forward_half_beside_backward],
    "six_answers": [[("hidden.squeeze(0)", "hidden[-1]")], lambda module, read, x: read(module(x)[0])[-1]],
    "diary": [[("x.view(seq_len, batch, features)", "x.permute(1, 0, 2)")],
              lambda x: torch.stack([x[:, t] for t in range(x.shape[1])])],
    "neighbor": [[("module(x, h_0)", "module(x.transpose(0, 1), h_0)"), ("output[:, -1]", "output[-1]")],
                  lambda module, x: torch.stack([module(one)[1][0] for one in x])],
    "kind_loss": [[("((y - target) ** 2).mean()",
                    "torch.cat([((y - target) ** 2)[:n, b] for b, n in enumerate(lengths)]).mean()")],
                  lambda y, t, n: sum(((y[:n[b], b] - t[:n[b], b]) ** 2).sum() for b in range(len(n))) / sum(n)],
    "punished": [[(".softmax(", ".log_softmax(")],
                 lambda logits, labels: -logits.softmax(1)[range(len(labels)), labels].log().mean()],
    "never_back": [[("h.detach()", "h")], Mended()],
    "pendulum": [[("        loss.backward()\n", "        optimizer.zero_grad()\n        loss.backward()\n")],
                 gradients_asked_for],
    "seat_belt": [[("    optimizer.step()\n    nn.utils.clip_grad_norm_(everything, max_norm)\n",
                    "    nn.utils.clip_grad_norm_(everything, max_norm)\n    optimizer.step()\n")], scaled_by_hand],
    "stands_still": [[("torch.linspace(start, end, seq_len)", "torch.linspace(start, end, seq_len + 1)[:-1]")],
                     lambda number, n: torch.tensor([number * torch.pi + t * torch.pi / n for t in range(n)])],
    "prophet": [[("states[:train] @", "states[train:] @"), ("- target[:train]", "- target[train:]")],
                lambda s, t, n: (s[n:] @ torch.linalg.pinv(s[:n]) @ t[:n] - t[n:]).square().mean()],
    "witness": [[("randn", "zeros")], with_a_cell],
    "half_shut": [[("with torch", "module.eval()\n    with torch")],
                  lambda module, read, x: read(module.train(False)(x)[0][-1])],
}

# Mends that break something else, under the name that they should get; the defect itself is taken from the notebook.

BROKEN_OTHERWISE = [
    ("company", "zeros of the unpacked padding",
     ("output, _ = module(x)",
      "output, _ = pad_packed_sequence(module(pack_padded_sequence(x, lengths, True, False))[0], True)")),
    ("company", "order not restored", ("output, _ = module(x)",
     "order = lengths.argsort(descending=True); output = module("
     "pack_padded_sequence(x[order], lengths[order], True))[1].transpose(0, 1)")),
    ("company", "one step too early", ("[:, -1]", "[torch.arange(len(x)), lengths - 2]")),
    ("company", "mean over the padding", ("[:, -1]", ".mean(1)")),
    ("company", "zero inputs taken for padding",
     ("output[:, -1]", "torch.stack([o[s.any(-1)][-1] for o, s in zip(output, x.bool())])")),
    ("company", "one length for all", ("[:, -1]", "[:, lengths.min() - 1]")),
    ("half_memory", "the two halves swapped", ("output, _", "_, h_n"),
     ("output[:, -1]", "torch.hstack([h_n[1], h_n[0]])")),
    ("half_memory", "forward direction read at the wrong end", ("[:, -1]", "[:, 0]")),
    ("half_memory", "one direction alone", ("output[:, -1]", "output[:, 0, module.hidden_size:]")),
    ("half_memory", "sequences mixed by a reshape", ("output, _", "_, h_n"),
     ("output[:, -1]", "h_n.view(x.size(0), -1)")),
    ("six_answers", "first layer in place of the last", ("hidden.squeeze(0)", "hidden[0]")),
    ("six_answers", "layers averaged", ("hidden.squeeze(0)", "hidden.mean(0)")),
    ("six_answers", "second layer in place of the last", ("hidden.squeeze(0)", "hidden.unbind()[1]")),
    ("diary", "axes left as they are", ("view(seq_len, batch, features)", "view(batch, seq_len, features)")),
    ("diary", "time reversed", ("x.view(seq_len, batch, features)", "x.flip(1).transpose(0, 1)")),
    ("neighbor", "batch and time swapped", ("[:, -1]", "[-1]")),
    ("neighbor", "swapped on the way in only", ("module(x,", "module(x.transpose(0, 1),")),
    ("neighbor", "first step in place of the last", ("module(x,", "module(x.transpose(0, 1),"), ("[:, -1]", "[0]")),
    ("kind_loss", "cut at the longest", ("((y - target) ** 2)", "((y - target) ** 2)[:lengths.max()]")),
    ("kind_loss", "padding counted in the divisor",
     ("((y - target) ** 2).mean()",
      "((torch.arange(len(y))[:, None] < lengths) * ((y - target) ** 2)[..., 0]).mean()")),
    ("kind_loss", "every sequence weighted alike",
     ("((y - target) ** 2).mean()",
      "sum(((y - target) ** 2)[:n, b].mean() for b, n in enumerate(lengths)) / len(lengths)")),
    ("kind_loss", "zero targets taken for padding",
     ("((y - target) ** 2).mean()",
      "sum(m**2 for m, t in zip((y - target).flatten(), target.flatten()) if t) / target.count_nonzero()")),
    ("kind_loss", "squares summed, not averaged",
     ("((y - target) ** 2).mean()", "sum(((y - target) ** 2)[:n, b].sum() for b, n in enumerate(lengths))")),
    ("punished", "logarithm missing", ("cross_entropy(", "nn.functional.nll_loss(")),
    ("punished", "softmax over the batch", ("logits.softmax(dim=-1)", "logits.log_softmax(dim=0)"),
     ("cross_entropy(", "nn.functional.nll_loss(")),
    ("never_back", "all states summed", ("h.detach())", "h); total = total + h.sum() if t else h.sum(); t = 1"),
     ("    for x_t", "    t = 0\n    for x_t"), ("h.sum().backward()", "total.backward()")),
    ("pendulum", "gradients reset before they are used",
     ("        optimizer.step()", "        optimizer.zero_grad()\n        optimizer.step()")),
    ("pendulum", "read-out's gradients never reset",
     ("        loss.backward()", "        module.zero_grad()\n        loss.backward()")),
    ("seat_belt", "no update", ("    optimizer.step()\n", "")),
    ("seat_belt", "no update", ("    optimizer.step()\n", "    optimizer.zero_grad()\n    optimizer.step()\n")),
    ("seat_belt", "weights clipped, not gradients", ("    nn.utils.clip_grad_norm_(everything, max_norm)\n",
     "    for p in everything:\n        p.data.clamp_(-max_norm, max_norm)\n")),
    ("seat_belt", "clipping without effect", ("    nn.utils.clip_grad_norm_(everything, max_norm)\n", ""),
     ("    loss.backward()", "    nn.utils.clip_grad_norm_(everything, max_norm)\n    loss.backward()")),
    ("seat_belt", "clipped by value", ("    nn.utils.clip_grad_norm_(everything, max_norm)\n", ""),
     ("    optimizer.step()", "    nn.utils.clip_grad_value_(everything, max_norm)\n    optimizer.step()")),
    ("seat_belt", "norm taken per parameter", ("    nn.utils.clip_grad_norm_(everything, max_norm)\n", ""),
     ("    optimizer.step()",
      "    for p in everything:\n        nn.utils.clip_grad_norm_(p, max_norm)\n    optimizer.step()")),
    ("seat_belt", "read-out left out of the norm", ("    nn.utils.clip_grad_norm_(everything, max_norm)\n", ""),
     ("    optimizer.step()", "    nn.utils.clip_grad_norm_(module.parameters(), max_norm)\n    optimizer.step()")),
    ("stands_still", "one step too late",
     ("torch.linspace(start, end, seq_len)", "torch.linspace(start, end, seq_len + 1)[1:]")),
    ("stands_still", "every segment the same", ("start, end, seq_len)", "0, torch.pi, seq_len + 1)[:-1]")),
    ("stands_still", "one point too many", ("end, seq_len", "end, seq_len + 1")),
    ("prophet", "scored on everything", ("states[:train] @", "states @"), ("- target[:train]", "- target")),
    ("prophet", "fitted on everything", ("lstsq(states[:train], target[:train])", "lstsq(states, target)"),
     ("states[:train] @", "states[train:] @"), ("- target[:train]", "- target[train:]")),
    ("prophet", "every prediction compared with every target", ("states[:train] @ weights", "(states[train:] @ weights).ravel()"),
     ("- target[:train]", "- target[train:]")),
    ("prophet", "the two parts swapped",
     ("lstsq(states[:train], target[:train])", "lstsq(states[train:], target[train:])")),
    ("witness", "random h_0 at evaluation", ("randn", "rand")),
    ("witness", "ones in place of zeros", ("randn", "ones")),
    ("half_shut", "dropout left on", ("with torch", "read.eval()\n    with torch")),
    ("half_shut", "first layer in place of the last", ("with torch", "module.eval()\n    with torch"),
     ("h_n[-1]", "h_n[0]")),
]


RIGHT = {name: [made(name, *answer) if isinstance(answer, list) else answer for answer in answers] for name, answers in RIGHT.items()}
WRONG = [(name, exercise.mistakes[0].name, made(name)) for name, exercise in EXERCISES.items()]
WRONG += [(name, mistake, made(name, *edits)) for name, mistake, *edits in BROKEN_OTHERWISE]


class TestMuseum(TensorRules):
    modules, notebook, right, wrong = ("e06_museum",), NOTEBOOK, RIGHT, WRONG


def test_the_first_check_in_a_fresh_kernel_is_in_time():
    code = ("from helpers.exercises import engine, e06_museum, e05_torch_rnn; engine.TIME_LIMIT = 0.2\n"
            "for check in e06_museum.seat_belt, e06_museum.company, e05_torch_rnn.train_on_segments:\n"
            "    print(check(check.solution).verdict)")
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert run.stdout.split() == ["right"] * 3, run.stderr


def test_a_mend_that_fits_only_as_many_sequences_as_steps_is_not_right():
    swapped_first = made("neighbor", ("    h_0", "    x = x.transpose(0, 1)\n    h_0"), ("[:, -1]", "[-1]"))
    said = rules.asked(EXERCISES["neighbor"], swapped_first)
    assert (said.verdict, said.fails) == ("wrong", "error") and "Expected hidden size" in said.text, said


def test_the_updated_parameter_itself_is_right():
    right = [("    optimizer.step()\n    nn.utils.clip_grad_norm_(everything, max_norm)\n",
              "    nn.utils.clip_grad_norm_(everything, max_norm)\n    optimizer.step()\n"), (".detach().clone()", "")]
    assert rules.asked(EXERCISES["seat_belt"], made("seat_belt", *right)).verdict == "right"


def test_the_learners_random_numbers_stay():
    torch.manual_seed(7)
    wanted = torch.rand(3)
    for name in ("witness", "half_shut"):
        torch.manual_seed(7)
        rules.asked(EXERCISES[name], made(name))
        assert torch.equal(torch.rand(3), wanted)


def test_every_exhibit_is_there():
    assert len(EXERCISES) == len([name for name in CELLS if name.endswith("-as-found")]) == 14
