"""The exercises of notebook 05: other styles are accepted, every known mistake is caught under its own name."""

import copy

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e05_torch_rnn")

SHAPES = {"output": (4, 7, 16), "h_n": (6, 4, 8), "weight_ih_l1": (8, 16)}

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


def sorted_by_hand(module, x, lengths):
    order = torch.argsort(lengths, descending=True)
    _, h_n = module(pack_padded_sequence(x[:, order], lengths[order]))
    return h_n[-1][torch.argsort(order)]


def looked_up(module, x, lengths):
    output = module(x)[0]
    return torch.stack([output[n - 1, b] for b, n in enumerate(lengths)])


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


def by_hand(module, read, x, target, lr, max_norm):
    everything, h, losses = [*module.parameters(), *read.parameters()], None, []
    for x_s, target_s in zip(x, target):
        output, h = module(x_s, h)
        loss = nn.MSELoss()(read(output), target_s)
        for p in everything:
            p.grad = None
        loss.backward()
        nn.utils.clip_grad_norm_(everything, max_norm)
        with torch.no_grad():
            for p in everything:
                p -= lr * p.grad
        h = torch.tensor(h.tolist(), dtype=h.dtype)
        losses.append(float(loss))
    return losses


RIGHT = {
    "shapes_by_hand": [SHAPES, {name: torch.Size(shape) for name, shape in SHAPES.items()},
                       {name: list(shape) for name, shape in SHAPES.items()}],
    "predict_parameters": [3760, 3760.0],
    "predict_reach": [(4, 3, 6), [4, 3, 6], torch.tensor([4, 3, 6])],
    "same_as_numpy": [with_a_state_dict, with_a_cell],
    "both_ends": [from_both_ends_of_output, Viewed()],
    "last_states": [sorted_by_hand, looked_up],
    "train_on_segments": [Trainer(), by_hand],
}


# Wrong answers in a learner's own style.

def new_names(module, x, Wx, Wh, b):
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 = map(torch.tensor, (Wx.T, Wh.T, b, 0 * b))
    output, _ = module(torch.tensor(x))
    return output


WRONG = [
    ("shapes_by_hand", "batch_first taken to move h_n", SHAPES | {"h_n": [4, 6, 8]}),
    ("shapes_by_hand", "second layer taken to read one direction", SHAPES | {"weight_ih_l1": torch.Size((8, 8))}),
    ("predict_parameters", "second layer taken to read the input", 2560), ("predict_parameters", "one direction only", 1480.0),
    ("predict_parameters", "one direction only", 1880), ("predict_parameters", "biases left out", 3600),
    ("predict_reach", "the changed step itself left out", [3, 2, 3]), ("predict_reach", "directions swapped", (3, 4, 6)),
    ("predict_reach", "everything taken to be reached by one layer", torch.tensor([6, 6, 6])),
    ("same_as_numpy", "weight transposed", with_a_state_dict, ("Wh.T", "Wh")),
    ("same_as_numpy", "one bias copied twice", with_a_state_dict, ("b / 3,", "b,"), ("b - b / 3", "b")),
    ("same_as_numpy", "nothing copied", new_names),
    ("both_ends", "first layer in place of the last", lambda output, h_n: h_n[:2].permute(1, 0, 2).flatten(1)),
    ("both_ends", "not joined", lambda output, h_n: (h_n[-2], h_n[-1])),
    ("both_ends", "halves averaged", lambda output, h_n: sum(h_n[-2:]) / 2),
    ("both_ends", "sequences mixed by a reshape", lambda output, h_n: h_n[-2:].view(output.size(1), -1)),
    ("both_ends", "both directions read where they begin",
     lambda output, h_n: torch.hstack([half[k] for k, half in zip((0, -1), output.chunk(2, -1))])),
    ("last_states", "zero inputs taken for padding", looked_up,
     ("enumerate(lengths)", "enumerate(int(one.any(-1).nonzero().max()) + 1 for one in x.unbind(1))")),
    ("last_states", "order not restored", sorted_by_hand, ("[torch.argsort(order)]", "")),
    ("last_states", "mean over the steps",
     lambda module, x, lengths: torch.stack([module(x[:n, b])[0].mean(0) for b, n in enumerate(lengths)])),
    ("train_on_segments", "state not carried on", by_hand, ("module(x_s, h)", "module(x_s)")),
    ("train_on_segments", "output layer not trained",
     by_hand, ("[*module.parameters(), *read.parameters()]", "list(module.parameters())")),
    ("train_on_segments", "gradients never reset", by_hand, ("p.grad = None", "pass")),
    ("train_on_segments", "clipping without effect", by_hand, ("        nn.utils.clip_grad_norm_(everything, max_norm)\n", "")),
]


class TensorRules(rules.Rules):
    """The tests of exercises whose answers are functions of tensors."""

    def test_clumsy_functions_get_a_clear_answer(self, name, monkeypatch):
        exercise = self.exercises()[name]
        rules.asked(exercise, exercise.solution)  # torch's first call is slow, and the limit is short here
        super().test_clumsy_functions_get_a_clear_answer(name, monkeypatch)
        assert_clear_answers_with_tensors(exercise)


class TestTorchRnn(TensorRules):
    module, notebook, right, wrong = "e05_torch_rnn", "05-torch-rnn.ipynb", RIGHT, WRONG
    fails = [("both_ends", "backward direction read at the wrong end", "direction of time")]


def assert_clear_answers_with_tensors(exercise):
    """Tensors that are changed, that come as arrays or lists, or in another dtype get a clear answer of their own."""
    def changes_its_input(*arguments):
        result = copy.deepcopy(exercise.solution(*arguments))
        for argument in arguments:
            if isinstance(argument, torch.Tensor):
                argument += 1
        return result

    def says(function, verdict, part):
        answer = rules.asked(exercise, function)
        assert (answer.verdict, answer.fails, answer.mistake) == ("wrong", verdict, None), answer
        assert part in " ".join(answer.text.split()), answer

    given = exercise.examples()[0].values()
    if any(isinstance(argument, torch.Tensor) for argument in given):
        says(changes_its_input, "input", "changes what it was given")
    result = exercise.solution(*given)
    if isinstance(result, torch.Tensor) and result.ndim:
        other = torch.float32 if result.dtype == torch.float64 else torch.float64
        says(lambda *arguments: exercise.solution(*arguments).to(other), "dtype", str(other).removeprefix("torch."))
        says(lambda *arguments: exercise.solution(*arguments).detach().numpy(), "type", "a NumPy array")
        says(lambda *arguments: exercise.solution(*arguments).tolist(), "type", "a list or tuple")


def test_torch_complains_in_its_own_words():
    def kept(module, read, x, target, lr, max_norm):
        h = None
        for x_s, target_s in zip(x, target):
            output, h = module(x_s, h)
            (read(output) - target_s).square().mean().backward()

    said = rules.asked(EXERCISES["train_on_segments"], kept)
    assert (said.verdict, said.fails) == ("wrong", "error")
    assert "backward through the graph a second time" in " ".join(said.text.split())
    assert "retain_graph=True won't help here" in " ".join(said.text.split())


def test_a_shape_too_short_is_not_shown_with_a_shape_of_its_own():
    said = rules.asked(EXERCISES["shapes_by_hand"], SHAPES | {"h_n": (4, 8)})
    assert "h_n = [4, 8]: 2 numbers, and 3 are wanted." in said.text
