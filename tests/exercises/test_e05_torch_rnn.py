"""The exercises of notebook 05: other styles are accepted, every known mistake is caught under its own name."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from helpers.exercises import engine
from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e05_torch_rnn")

SHAPES = {"output": (4, 7, 16), "h_n": (6, 4, 8), "weight_ih_l1": (8, 16)}

LOAD = """
import torch
def answer(module, x, Wx, Wh, b):
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.from_numpy(Wx.T))
        module.weight_hh_l0.copy_(torch.from_numpy(Wh.T))
        module.bias_ih_l0.copy_(torch.from_numpy(b))
        module.bias_hh_l0.zero_()
    output, h_n = module(torch.from_numpy(x))
    return output
"""

ENDS = """
import torch
def answer(output, h_n):
    return torch.cat([h_n[-2], h_n[-1]], dim=1)
"""

LAST = """
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
def answer(module, x, lengths):
    order = torch.argsort(lengths, descending=True)
    packed = pack_padded_sequence(x[:, order], lengths[order])
    output, h_n = module(packed)
    back = torch.argsort(order)
    return h_n[-1][back]
"""

INDEXED = """
import torch
def answer(module, x, lengths):
    output, h_n = module(x)
    return torch.stack([output[n - 1, b] for b, n in enumerate(lengths)])
"""

TRAIN = """
import torch
from torch import nn
def answer(module, read, x, target, lr, max_norm):
    both = [*module.parameters(), *read.parameters()]
    optimizer = torch.optim.SGD(both, lr=lr)
    h, losses = None, []
    for x_s, target_s in zip(x, target):
        output, h = module(x_s, h)
        loss = nn.functional.mse_loss(read(output), target_s)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(both, max_norm)
        optimizer.step()
        h = h.detach()
        losses.append(loss.item())
    return losses
"""


# Right answers in other styles than the course's own.

def with_a_state_dict(module, x, Wx, Wh, b):
    arrays = {"weight_ih_l0": Wx.T, "weight_hh_l0": Wh.T, "bias_ih_l0": b / 3, "bias_hh_l0": b - b / 3}
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return module(torch.tensor(x))[0].detach()


def with_a_cell(module, x, Wx, Wh, b):
    cell = nn.RNNCell(*Wx.shape, bias=False, dtype=torch.float64)
    cell.weight_ih.data, cell.weight_hh.data = torch.tensor(Wx.T), torch.tensor(Wh.T)
    h, states = torch.zeros(x.shape[1], len(b), dtype=torch.float64), []
    for x_t in torch.tensor(x):
        h = torch.tanh(torch.atanh(cell(x_t, h)) + torch.tensor(b))
        states.append(h)
    return torch.stack(states)


def from_both_ends_of_output(output, h_n):
    size = h_n.shape[-1]
    return torch.cat((output[-1, :, :size], output[0, :, size:]), 1)


class Viewed:
    def __call__(self, output, h_n):
        _, batch, size = h_n.shape
        last = h_n.view(-1, 2, batch, size)[-1]
        return last.permute(1, 0, 2).reshape(batch, 2 * size)


def packed_in_my_order(module, x, lengths):
    return module(pack_padded_sequence(x, lengths, enforce_sorted=False))[1][-1]


def one_by_one(module, x, lengths):
    return torch.stack([module(x[:n, b])[1][-1] for b, n in enumerate(lengths.tolist())])


class Trainer:
    """No optimizer, no clipping by the library, a loop over the steps, the gradient asked for directly."""

    def __call__(self, module, read, x, target, lr, max_norm):
        everything, losses = [*module.parameters(), *read.parameters()], []
        h = torch.zeros(1, x.shape[2], 2, dtype=x.dtype)
        for s in range(len(x)):
            h, missed = h.detach(), 0
            for t in range(x.shape[1]):
                state, h = module(x[s, t][None], h)
                missed = missed + ((read(state[0]) - target[s, t]) ** 2).sum()
            losses.append(missed / target[s].numel())
            gradients = torch.autograd.grad(losses[-1], everything)
            factor = min(1.0, max_norm / torch.cat([g.flatten() for g in gradients]).norm())
            for parameter, gradient in zip(everything, gradients):
                parameter.data -= lr * factor * gradient
        return torch.stack(losses)


RIGHT = {
    "shapes_by_hand": [SHAPES, {name: torch.Size(shape) for name, shape in SHAPES.items()},
                       {name: list(shape) for name, shape in SHAPES.items()}],
    "predict_parameters": [3760, 3760.0],
    "predict_reach": [(4, 3, 6), [4, 3, 6], torch.tensor([4, 3, 6])],
    "same_as_numpy": [rules.written(LOAD), with_a_state_dict, with_a_cell],
    "both_ends": [rules.written(ENDS), from_both_ends_of_output, Viewed()],
    "last_states": [rules.written(LAST), rules.written(INDEXED), packed_in_my_order, one_by_one],
    "train_on_segments": [rules.written(TRAIN), Trainer()],
}


# Wrong answers as a learner writes them, under the name that they should get: one edit of a right one, or new numbers.

WRONG_SHAPES = [
    ("batch_first taken to move h_n", {"h_n": (4, 6, 8)}),
    ("batch_first forgotten", {"output": (7, 4, 16)}),
    ("directions left out of output", {"output": (4, 7, 8)}),
    ("directions left out of h_n", {"h_n": (3, 4, 8)}),
    ("directions left out everywhere", {"output": (4, 7, 8), "h_n": (3, 4, 8), "weight_ih_l1": (8, 8)}),
    ("layers left out of h_n", {"h_n": (2, 4, 8)}),
    ("h_n of a single run", {"h_n": [1, 4, 8]}),
    ("directions side by side in h_n", {"h_n": (3, 4, 16)}),
    ("layers side by side in output", {"output": (4, 7, 48)}),
    ("steps in h_n", {"h_n": (6, 7, 8)}),
    ("second layer taken to read the input", {"weight_ih_l1": (8, 5)}),
    ("second layer taken to read one direction", {"weight_ih_l1": (8, 8)}),
    ("weight transposed", {"weight_ih_l1": (16, 8)}),
]
WRONG_NUMBERS = {
    "predict_parameters": [
        ("second layer taken to read one direction", 2960), ("second layer taken to read the input", 2560),
        ("one bias too few", 3680), ("biases left out", 3600), ("one direction only", 1480),
        ("one direction only", 1880), ("one layer only", 1280),
        ("one direction only in the second layer", 2520)],
    "predict_reach": [
        ("second layer taken to hear its own direction only", (4, 3, 4)),
        ("the changed step itself left out", (3, 2, 6)),
        ("the changed step itself left out", (3, 2, 3)), ("the changed step itself left out", (4, 2, 6)),
        ("the changed step itself left out", (3, 3, 6)), ("directions swapped", (3, 4, 6)),
        ("backward half taken to read forward", (4, 4, 4)), ("backward half taken to read forward", (4, 4, 6)),
        ("everything taken to be reached by one layer", (6, 6, 6)),
        ("only the changed step taken to be reached", (1, 1, 1)),
        ("counted from step 1", (5, 2, 6))],
}
WRONG_CODE = [
    ("same_as_numpy", LOAD, [
        ("weight transposed", ("Wh.T", "Wh")),
        ("weight transposed", ("Wx.T", "Wx"), ("Wh.T", "Wh")),
        ("weight transposed", ("Wx.T", "Wx")),
        ("axes of the weight reshaped, not swapped", ("Wx.T", "Wx.reshape(Wx.shape[1], Wx.shape[0])")),
        ("one bias copied twice", ("hh_l0.zero_()", "hh_l0.copy_(torch.from_numpy(b))")),
        ("a bias left as it was", ("        module.bias_hh_l0.zero_()\n", "")),
        ("a bias left as it was", ("module.bias_hh_l0.zero_()", "pass"), ("bias_ih_l0", "bias_hh_l0")),
        ("biases left as they were", ("        module.bias_hh_l0.zero_()\n", ""),
         ("        module.bias_ih_l0.copy_(torch.from_numpy(b))\n", "")),
        ("recurrent weight left as it was", ("        module.weight_hh_l0.copy_(torch.from_numpy(Wh.T))\n", "")),
        ("nothing copied",
         ("with torch.no_grad():", "with torch.no_grad():\n        import copy; kept = copy.deepcopy(module)"),
         ("h_n = module(", "h_n = kept(")),
        ("b left out", ("ih_l0.copy_(torch.from_numpy(b))", "ih_l0.zero_()")),
        ("h_n in place of output", ("return output", "return h_n")),
        ("batch and time swapped", ("torch.from_numpy(x)", "torch.from_numpy(x).transpose(0, 1)")),
        ("batch and time swapped", ("output, h_n", "module.batch_first = True\n    output, h_n")),
    ]),
    ("both_ends", ENDS, [
        ("backward direction read at the wrong end", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "output[-1]")),
        ("forward direction read at the wrong end", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "output[0]")),
        ("both directions read where they begin",
         ("h_n[-2], h_n[-1]", "*[o[k] for k, o in zip((0, -1), output.chunk(2, -1))]")),
        ("first layer in place of the last", ("h_n[-2], h_n[-1]", "h_n[0], h_n[1]")),
        ("layers and directions of h_n mixed up",
         ("h_n[-2], h_n[-1]", "*h_n.view(2, -1, *h_n.shape[1:])[:, -1]")),
        ("layers and directions of h_n mixed up", ("h_n[-2]", "h_n[0]")),
        ("sequences mixed by a reshape",
         ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "h_n[-2:].reshape(output.size(1), -1)")),
        ("sequences mixed by a reshape", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "h_n.view(output.shape[1], -1)")),
        ("forward direction alone", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "output[-1, :, :h_n.size(-1)]")),
        ("backward direction alone", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "h_n[-1]")),
        ("the two halves swapped", ("h_n[-2], h_n[-1]", "h_n[-1], h_n[-2]")),
        ("halves added", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "h_n[-2:].sum(0)")),
        ("halves averaged", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "h_n[-2:].mean(0)")),
        ("one below the other", (", dim=1", "")),
        ("stacked along a new axis", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "torch.stack([h_n[-2], h_n[-1]])")),
        ("stacked along a new axis", ("torch.cat", "torch.stack")),
        ("squeeze takes nothing away", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "h_n.squeeze(0)")),
        ("both halves at both ends", ("h_n[-2], h_n[-1]", "output[-1], output[0]")),
        ("both halves at both ends", ("h_n[-2], h_n[-1]", "output[0], output[-1]")),
        ("all layers", ("[h_n[-2], h_n[-1]]", "list(h_n)")),
        ("last sequence in place of the last step", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "output[:, -1, :]")),
        ("mean over the steps", ("torch.cat([h_n[-2], h_n[-1]], dim=1)", "output.mean(0)")),
    ]),
    ("last_states", INDEXED, [
        ("last column of a padded batch", ("output[n - 1, b]", "output[-1, b]")),
        ("one length for all", ("output[n - 1, b]", "output[lengths.max() - 1, b]")),
        ("one length for all", ("output[n - 1, b]", "output[lengths.min() - 1, b]")),
        ("first step in place of the last", ("output[n - 1, b]", "output[0, b]")),
        ("zero inputs taken for padding",
         ("output[n - 1, b]", "output[max(t for t in range(len(x)) if x[t, b].any()), b]")),
        ("one step too early", ("n - 1", "n - 2")),
        ("one step too late", ("n - 1", "n")),
        ("counted from the end", ("n - 1", "-n")),
        ("batch and time swapped", ("n - 1, b", "b, n - 1")),
        ("batch and time swapped", ("module(x)", "module(x.transpose(0, 1))"), ("n - 1, b", "b, n - 1")),
        ("state not reset between sequences", ("    output, h_n = module(x)\n", "    h, found = None, []\n"), (
            "    return torch.stack([output[n - 1, b] for b, n in enumerate(lengths)])",
            "    for b in range(len(lengths)):\n        out, h = module(x[:lengths[b], b], h)\n"
            "        found += [h[-1]]\n"
            "    return torch.stack(found)")),
        ("mean over the steps", ("output[n - 1, b]", "output[:n, b].mean(0)")),
        ("mean over the padding", ("output[n - 1, b]", "output[:, b].mean(0)")),
    ]),
    ("last_states", LAST, [
        ("order not restored", ("[back]", "")),
        ("order restored the wrong way", ("[back]", "[order]")),
        ("order restored the wrong way", ("x[:, order], lengths[order]", "x, lengths, enforce_sorted=False")),
        ("zeros of the unpacked padding", ("h_n[-1][back]", "pad_packed_sequence(output)[0][-1][back]")),
        ("zeros of the unpacked padding",
         ("h_n[-1][back]", "pad_packed_sequence(output, total_length=len(x))[0][-1][back]")),
        ("first layer in place of the last", ("h_n[-1][back]", "h_n[0, back]")),
        ("squeeze takes nothing away", ("h_n[-1][back]", "(h_n.squeeze(0)[back] if len(h_n) == 1 else h_n[:, back])")),
        ("h_n as it comes", ("h_n[-1][back]", "h_n[:, back]")),
    ]),
    ("train_on_segments", TRAIN, [
        ("clipped by value", ("clip_grad_norm_", "clip_grad_value_")),
        ("norm taken per parameter", ("        nn.utils.clip_grad_norm_(both, max_norm)",
                                      "        for p in both:\n            nn.utils.clip_grad_norm_(p, max_norm)")),
        ("norm taken per module", ("        nn.utils.clip_grad_norm_(both, max_norm)",
                                   "        for p in module, read:\n"
                                   "            nn.utils.clip_grad_norm_(p.parameters(), max_norm)")),
        ("read-out left out of the norm", ("norm_(both", "norm_(module.parameters()")),
        ("largest entry in place of the norm", (", max_norm)\n", ", max_norm, norm_type=float('inf'))\n")),
        ("stretched as well as clipped", ("nn.utils.clip_grad_norm_(both, max_norm)",
                                          "norm = torch.cat([p.grad.flatten() for p in both]).norm()\n"
                                          "        for p in both:\n            p.grad *= max_norm / norm")),
        ("clipping without effect", ("        nn.utils.clip_grad_norm_(both, max_norm)\n", "")),
        ("clipping without effect", ("        nn.utils.clip_grad_norm_(both, max_norm)\n        optimizer.step()\n",
                                     "        optimizer.step()\n        nn.utils.clip_grad_norm_(both, max_norm)\n")),
        ("clipping without effect", ("        nn.utils.clip_grad_norm_(both, max_norm)\n", ""),
         ("        loss.backward()\n", "        nn.utils.clip_grad_norm_(both, max_norm)\n        loss.backward()\n")),
        ("gradients never reset", ("        optimizer.zero_grad()\n", "")),
        ("state not carried on", ("module(x_s, h)", "module(x_s)")),
        ("detach at every step", ("        output, h = module(x_s, h)\n", """
        states = []
        for x_t in x_s:
            state, h = module(x_t[None], h)
            h = h.detach()
            states.append(state)
        output = torch.cat(states)
""")),
        ("read-out not trained", ("SGD(both", "SGD(module.parameters()"),
         ("optimizer.zero_grad()", "module.zero_grad(); read.zero_grad()")),
        ("only the read-out trained", ("SGD(both", "SGD(read.parameters()"),
         ("optimizer.zero_grad()", "module.zero_grad(); read.zero_grad()")),
        ("no update between the segments", ("        optimizer.step()\n", "")),
        ("no update between the segments", ("        optimizer.step()\n", ""),
         ("    return losses", "    optimizer.step()\n    return losses")),
        ("no update between the segments",
         ("        loss.backward()\n", "        loss.backward()\n        optimizer.zero_grad()\n")),
        ("squares summed, not averaged", (", target_s)", ", target_s, reduction='sum')")),
        ("half of the mean", ("target_s)\n", "target_s) / 2\n")),
        ("loss taken after the update",
         ("output, h = module(x_s, h)", "before = h\n        output, h = module(x_s, h)"), (
            "h = h.detach()", "h = h.detach(); loss = nn.functional.mse_loss(read(module(x_s, before)[0]), target_s)")),
        ("only the last step read out", ("read(output), target_s", "read(output[-1]), target_s[-1]")),
        ("uphill", ("lr=lr", "lr=lr, maximize=True")),
    ]),
]
WRONG = [("shapes_by_hand", name, SHAPES | change) for name, change in WRONG_SHAPES]
WRONG += [(name, mistake, answer) for name, cases in WRONG_NUMBERS.items() for mistake, answer in cases]
WRONG += [(name, mistake, rules.written(source, *edits))
          for name, source, cases in WRONG_CODE for mistake, *edits in cases]


class TensorRules(rules.Rules):
    """The tests of exercises whose answers are functions of tensors."""

    def test_manners(self, name, monkeypatch):
        exercise = self.exercises()[name]
        rules.asked(exercise, exercise.solution)  # torch's first call is slow, and the limit is short here
        super().test_manners(name, monkeypatch)
        assert_manners_with_tensors(exercise)


class TestTorchRnn(TensorRules):
    modules, notebook, right, wrong = ("e05_torch_rnn",), "05-torch-rnn.ipynb", RIGHT, WRONG


def assert_manners_with_tensors(exercise):
    """Tensors that are changed, that come as arrays or lists, or in another dtype get a clear answer of their own."""
    def tensors(value):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else [value]
        return [part for part in parts if isinstance(part, torch.Tensor)]

    def changes_its_input(*arguments):
        result = copy.deepcopy(exercise.solution(*arguments))
        for tensor in tensors(arguments):
            tensor += 1
        return result

    def says(function, verdict, part):
        answer = rules.asked(exercise, function)
        assert (answer.verdict, answer.fails, answer.mistake) == ("wrong", verdict, None), answer
        assert part in " ".join(answer.text.split()), answer

    if tensors(exercise.examples()[0]):
        says(changes_its_input, "input", "changes what it was given")
    result = exercise.solution(*exercise.examples()[0].values())
    if isinstance(result, torch.Tensor) and result.ndim:
        other = torch.float32 if result.dtype == torch.float64 else torch.float64
        says(lambda *arguments: exercise.solution(*arguments).to(other), "dtype", str(other).removeprefix("torch."))
        says(lambda *arguments: exercise.solution(*arguments).detach().numpy(), "type", "a NumPy array")
        says(lambda *arguments: exercise.solution(*arguments).tolist(), "type", "a list or tuple")


def test_torch_complains_in_its_own_words():
    kept = rules.written(TRAIN, ("        h = h.detach()\n", ""))
    said = rules.asked(EXERCISES["train_on_segments"], kept)
    assert (said.verdict, said.fails) == ("wrong", "error")
    assert "backward through the graph a second time" in " ".join(said.text.split())


@pytest.mark.parametrize("seed", [0, 7])
def test_the_courses_random_numbers_stay(seed):
    torch.manual_seed(seed)
    before = torch.get_rng_state()
    for exercise in EXERCISES.values():
        if type(exercise) is engine.FunctionExercise:
            rules.asked(exercise, exercise.mistakes[0].function)
    assert torch.equal(torch.get_rng_state(), before)
