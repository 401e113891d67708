"""The exercises of the museum: broken networks, whose defects run without an error. The first mistake is the exhibit's own."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy, nll_loss  # noqa: F401 (the second in edits)
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence  # noqa: F401 (the second in edits)

from helpers.exercises.draws_torch import draw_module, draw_tensor, load_optimizers
from helpers.exercises.engine import DIRECTION, function_exercise


def _tensor(seed, *shape):
    return draw_tensor(seed, *shape).float()


def _module(kind, *sizes, gain=1.0, **options):
    """Return a module in float32, its weights multiplied by gain."""
    module = draw_module(kind, *sizes, **options).float()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter *= gain
    return module


def _given(seed, input_size, hidden_size, *shape, layers=1, gain=1.0, loud=1.0, **options):
    """Return a network, its output layer, `loud` times as strong, and an input of this shape."""
    module = _module(nn.RNN, input_size, hidden_size, layers, gain=gain, **options)
    return module, _module(nn.Linear, hidden_size, 1, gain=loud), _tensor(seed, *shape, input_size)


def _training(seed, hidden_size, seq_len, batch, size, *rest):
    """Return a network, its output layer, inputs, targets of this size, and the rest."""
    load_optimizers()
    return *_given(seed, 1, hidden_size, seq_len, batch), size * _tensor(seed + 1, seq_len, batch, 1), *rest


@function_exercise(
    lambda: [_classifier(1, 2, (2, 1)), _classifier(1, 2, (3, 1), loud=0.01), _classifier(2, 3, (4, 2, 3, 1)),
             _classifier(2, 3, (2, 4, 1, 3), extra=2, loud=200.0)],
    shown="A sequence's answer now depends on its own steps alone, whatever else is in the batch.",
    hints=("What does the network read after the end of a short sequence? Which sequence does the last column belong to?",
           "Either pick step lengths[b] - 1 of each sequence, or use nn.utils.rnn.pack_padded_sequence with batch_first=True "
           "and enforce_sorted=False, and h_n."))
def classify_padded(module, read, x, lengths):
    """Repair the classifier: return read(...) of the state after each sequence's own last step, shape (batch, 1)."""
    _, h_n = module(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    return read(h_n[-1]).detach()


def _classifier(input_size, hidden_size, lengths, extra=0, loud=1.0):
    """Return a network with batch_first, its output layer and a padded batch."""
    shape, lengths = (len(lengths), max(lengths) + extra), torch.tensor(lengths)
    module, read, x = _given(hidden_size, input_size, hidden_size, *shape, loud=loud, batch_first=True)
    x[0, lengths[0] - 1] = 0.0  # a true step may be zero as well
    ended = torch.arange(x.shape[1]) >= lengths[:, None]
    return module, read, x.masked_fill(ended[..., None], 0.0), lengths


def _padded_output(module, read, x, lengths):
    output, _ = module(x)
    return read(output[torch.arange(len(x)), lengths - 1])


OWN = "output[torch.arange(len(x)), lengths - 1]"
classify_padded.knows(
    ("last column of a padded batch", "You read what is left of a short sequence after so much padding.",
     [_padded_output, (OWN, "output[:, -1]")]),
    ("zeros of the unpacked padding", "You don't read the padding any more. But what does the last column of a short sequence "
     "hold after unpacking?", [("_, h_n = module(pack_", "output = pad_packed_sequence(module(pack_"),
      ("=False))", "=False))[0], batch_first=True)[0]"), ("h_n[-1]", "output[:, -1]")]),
    ("order not restored", "The answers are right, but they come in the order of the lengths, so each goes "
     "to another sequence.", ("h_n[-1]", "h_n[-1][torch.argsort(lengths, descending=True)]")),
    ("one step too early", "The last input of each sequence has not been read. Which index does the n-th step have?",
     [_padded_output, ("lengths - 1", "lengths - 2")]),
    ("zero inputs taken for padding", "You looked for the ends where the input is zero. A true step may be zero; "
     "use the lengths.", [_padded_output, ("lengths - 1", "(x != 0).any(dim=-1).sum(dim=1) - 1")]),
    ("mean over the padding", "You average all steps, those of the padding too, so a longer neighbor still changes the answer.",
     [_padded_output, (OWN, "output.mean(dim=1)")]),
    ("one length for all", "You read every sequence only as far as the shortest one, so the rest of the batch still matters.",
     [_padded_output, (OWN, "output[:, min(lengths) - 1]")]))


@function_exercise(
    lambda: [(_module(nn.RNN, size, hidden_size, batch_first=True, bidirectional=True), _tensor(7, batch, seq_len, size))
             for size, hidden_size, batch, seq_len in ((1, 1, 2, 3), (2, 3, 4, 3), (3, 2, 1, 5))],
    shown="You read each direction where it ends, so each half has seen the whole sequence.",
    hints=("At which step has the backward direction read only one input, and at which all of them?",
           "h_n holds each direction's state after its own last step: h_n[0] forward, h_n[1] backward, "
           "each (batch, hidden_size)."))
def read_both_ways(module, x):
    """Repair the reader: return each direction's state after it has read everything, forward beside backward, shape (batch, 2 *
    hidden_size)."""
    _, h_n = module(x)
    return torch.cat([h_n[0], h_n[1]], dim=-1).detach()


HALVES = "torch.cat([h_n[0], h_n[1]], dim=-1)"
read_both_ways.knows(
    ("backward direction read at the wrong end", "The second half knows one step only, the last.",
     [("_, h_n", "output, _"), (HALVES, "output[:, -1]")], DIRECTION),
    ("forward direction read at the wrong end", "Now the second half has read everything, and the first half knows "
     "one step only.", [("_, h_n", "output, _"), (HALVES, "output[:, 0]")], DIRECTION),
    ("one direction alone", "One half is missing.", (HALVES, "h_n[-1]")),
    ("the two halves swapped", "Both halves have read everything now, but forward should come first.",
     ("[h_n[0], h_n[1]]", "[h_n[1], h_n[0]]")),
    ("sequences mixed by a reshape", "Each row of this holds states of two sequences: in h_n the batch does not come first.",
     (HALVES, "h_n.reshape(len(x), -1)")))


@function_exercise(
    lambda: [_given(8, 1, 1, 2, 3, layers=2), _given(8, 2, 3, 4, 3, layers=3), _given(8, 2, 2, 3, 4, loud=30.0),
             _given(8, 1, 2, 1, 1, layers=2)],
    shown="h_n[-1] is the last layer for any number of layers.",
    hints=("How long is the first axis of h_n with two layers, and what does squeeze(0) do with an axis of that length?",
           "h_n lists the layers from the lowest to the last."))
def one_answer_each(module, read, x):
    """Repair the network: return one answer for each sequence, from the last layer's last state, shape (batch, 1)."""
    _, h_n = module(x)
    return read(h_n[-1]).detach()


one_answer_each.knows(
    ("squeeze takes nothing away", "Two sets of answers come out, one for each layer. squeeze doesn't drop an axis "
     "of length 2.", ("h_n[-1]", "h_n.squeeze(0)")),
    ("first layer in place of the last", "One answer for each sequence, but it comes from the layer below.", ("[-1]", "[0]")),
    ("second layer in place of the last",
     "With two layers this is the last one. With three it is not, and with one there is none.", ("h_n[-1]", "h_n[1]")),
    ("layers averaged", "These answers mix both layers.", ("h_n[-1]", "h_n.mean(dim=0)")))


@function_exercise(
    lambda: [{"x": torch.tensor([[[0.0], [1.0], [2.0]], [[10.0], [11.0], [12.0]]])}, {"x": draw_tensor(1, 4, 3, 2)},
             {"x": draw_tensor(2, 3, 3, 1)}, {"x": 100 * draw_tensor(3, 1, 5, 2)}],
    shown="Swapping two axes moves numbers; giving the same numbers another shape does not.",
    hints=("view and reshape keep the numbers in the order in which memory holds them, and cut that row into new pieces.",
           "torch has a method that swaps two axes."))
def to_time_first(x):
    """Repair the conversion: x is (batch, seq_len, features); return it as (seq_len, batch, features), with every sequence
    whole."""
    return x.transpose(0, 1)


to_time_first.knows(
    ("view in place of transpose", "The shape is right, but every sequence is made of pieces of several.",
     ("transpose(0, 1)", "reshape(x.shape[1], x.shape[0], x.shape[2])")),
    ("axes left as they are", "Nothing has moved: the batch still comes first.", (".transpose(0, 1)", "")),
    ("time reversed", "Every sequence is whole, but it begins with its end.", ("(0, 1)", "(0, 1).flip(0)"), DIRECTION))


@function_exercise(
    lambda: [(_module(nn.RNN, size, hidden_size), _tensor(9, batch, seq_len, size))
             for size, hidden_size, batch, seq_len in ((1, 2, 3, 3), (2, 3, 4, 4), (2, 3, 2, 4), (1, 2, 1, 1))],
    shown="Only the data knew which axis was time, and with equal sizes no shape could object.",
    hints=("The module was made without batch_first. What does it take the first axis of x for? And what else fits only "
           "because there are as many sequences as steps?",
           "Swap the axes of x before you call the module. Then use h_n, or the last step of output: which axis is that now?"))
def last_state_of_each(module, x):
    """Repair the reader: x is (batch, seq_len, features), module an nn.RNN without batch_first. Return each sequence's last
    state, shape (batch, hidden_size)."""
    return module(x.transpose(0, 1))[1][0].detach()


START = ", torch.zeros(1, len(x), module.hidden_size)"  # it fits where there are as many sequences as steps
last_state_of_each.knows(
    ("batch and time swapped", "The module hands the state from one sequence to the next, and nothing from step to step.",
     *(("(x.transpose(0, 1))[1][0]", f"(x{start})[0]{last}") for start in ("", START) for last in ("[:, -1]", "[-1]"))),
    ("view in place of transpose", "Every sequence is now made of pieces of several. Exhibit 4 has this defect.",
     ("x.transpose(0, 1)", "x.reshape(x.shape[1], x.shape[0], -1)")),
    ("swapped on the way in only", "The module now gets what it expects. But its output has the axes in its own order too.",
     ("[1][0]", "[0][:, -1]")),
    ("first step in place of the last", "No neighbor counts any more, but each of these states has read one step only.",
     ("[1][0]", "[0][0]"), DIRECTION))


@function_exercise(
    lambda: [_padded_answers((2, 1), 3), _padded_answers((4, 2, 3), 5), _padded_answers((1, 3), 3, size=10.0),
             _padded_answers((2, 1), 2, size=0.01)],
    shown="You average over the true steps, so more padding changes nothing.",
    hints=("Which entries of y and target are padding, and which share of the mean do they have?",
           "A mask helps: torch.arange(seq_len)[:, None] < lengths is True at the true steps. Divide by the number of those."))
def padded_loss(y, target, lengths):
    """Repair the loss: return the mean of (y - target)**2 over the true steps of all sequences. y and target are (seq_len,
    batch, 1), and their padding is not always zero."""
    true = torch.arange(len(y))[:, None] < lengths
    return ((y - target)[true] ** 2).mean()


def _padded_answers(lengths, seq_len, size=1.0):
    lengths = torch.tensor(lengths)
    ended = (torch.arange(seq_len)[:, None] >= lengths)[..., None]
    y, target = (size * draw_tensor(seed, seq_len, len(lengths), 1).masked_fill(ended, 0.0) for seed in (3, 4))
    target[0, 0] = 0.0  # a true target may be zero as well
    return y + 0.1 * size * ended, target, lengths


padded_loss.knows(
    ("loss over padding", "You average over answers to questions that nobody asked.", ("[true]", "")),
    ("zero targets taken for padding", "You left out the steps whose target is zero. A true target may be zero; the lengths "
     "say where padding begins.", ("[true]", "[target != 0]")),
    ("padding counted in the divisor", "The sum no longer has the padding in it. The number that you divide by still does.",
     (".mean()", ".sum() / y.numel()")),
    ("cut at the longest", "You cut off what comes after the longest sequence. The shorter ones still have padding.",
     ("[true]", "[: max(lengths)]")),
    ("every sequence weighted alike",
     "Each sequence has a mean of its own here, so a step of a short one counts more than a step of a long one.",
     ("((y - target)[true] ** 2).mean()", "((((y - target) * true[..., None]) ** 2).sum(dim=(0, 2)) / lengths).mean()")),
    ("squares summed, not averaged", "You have the right entries, but their sum.", ("mean", "sum")),
    ("one step of padding kept", "One step too many of each shorter sequence counts. Steps are numbered from 0.",
     ("[:, None] < lengths", "[:, None] <= lengths")),
    ("root taken", "That is the root of the mean square. The task asks for the mean square.", (".mean()", ".mean().sqrt()")))


@function_exercise(
    lambda: [(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1])),
             (3 * draw_tensor(5, 4, 3), torch.tensor([0, 2, 1, 1])), (100 * draw_tensor(6, 3, 4), torch.tensor([3, 0, 1])),
             (torch.tensor([[9.0, 0.0, 0.0]]), torch.tensor([0]))],
    shown="cross_entropy takes logits: the softmax is inside, and a network that is sure and right pays nothing.",
    hints=("What does torch's cross_entropy expect: probabilities, or the numbers before them?",
           "This is a softmax of a softmax: its inputs lie between 0 and 1, so its outputs are never far apart."))
def class_loss(logits, labels):
    """Repair the loss: return the mean of -log(probability of the right class), where the probabilities are softmax(logits)."""
    return cross_entropy(logits, labels)


class_loss.knows(
    ("softmax before cross_entropy", "You take the softmax twice, once yourself and once inside.",
     ("(logits,", "(logits.softmax(dim=-1),")),
    ("logarithm missing", "Despite its name, this loss takes no logarithm: it expects that you have taken it.",
     ("cross_entropy(logits,", "nll_loss(logits.softmax(dim=-1),")),
    ("softmax over the batch", "Your probabilities of each class add up to 1 over the examples. Over what should they?",
     ("cross_entropy(logits,", "nll_loss(logits.log_softmax(dim=0),")),
    ("summed over the batch", "You have the right terms, but their sum.", ("labels)", "labels, reduction='sum')")))


@function_exercise(
    lambda: [_steps(1, 2, 3, 1), _steps(2, 3, 4, 2), _steps(1, 2, 1, 2), _steps(1, 3, 3, 2, gain=30.0)],
    shown="The gradient passes through every step, as far back as the first input.",
    hints=("Which line hands the state on, and what does it hand on: numbers only, or how they came about as well?",
           "detach() belongs where a segment ends. How many segments are there here?"), over_time=True, what="gradient")
def input_gradient(cell, x):
    """Repair the loop: return the gradient of h_T.sum() with respect to all of x, (seq_len, batch, features). h_T is the state
    after the last step; the first step starts from zeros."""
    x = x.clone().requires_grad_()
    h = torch.zeros(x.shape[1], cell.hidden_size)
    for x_t in x:
        h = cell(x_t, h)
    h.sum().backward()
    return x.grad


def _steps(input_size, hidden_size, seq_len, batch, gain=1.0):
    """Return a cell and its input; a gain makes the input small and its weights large, so that the gradient is large."""
    cell = _module(nn.RNNCell, input_size, hidden_size)
    with torch.no_grad():
        cell.weight_ih *= gain
    return cell, _tensor(6, seq_len, batch, input_size) / gain


input_gradient.knows(
    ("detach at every step", "The last input alone has a gradient: all others are cut off.", ("(x_t, h)", "(x_t, h.detach())")),
    ("all states summed", "The gradient reaches back now. But it is that of all states' sum, not of the last one's.",
     [(".hidden_size)", ".hidden_size)\n    total = 0"),
      ("cell(x_t, h)", "cell(x_t, h)\n        total = total + h.sum()"), ("    h.sum().backward", "    total.backward")]),
    ("gradient clamped", "You cut off large numbers of the gradient. Nobody asked for a limit here.",
     *(("x.grad", f"x.grad.clamp(-{end}, {end})") for end in (1, 5))))


@function_exercise(
    lambda: [_training(1, 1, 3, 1, 1.0, 0.2, 5), _training(1, 3, 5, 2, 1.0, 0.2, 5), _training(1, 2, 4, 1, 10.0, 0.002, 5),
             _training(1, 2, 1, 1, 0.1, 0.2, 5)],
    shown="Each update uses its own gradient, and no gradient of the past.",
    hints=("What does backward() do with a gradient that is already there?",
           "Something has to happen between two calls of backward(), and not between backward() and the update."), rtol=1e-4)
def descent(module, read, x, target, lr, updates):
    """Repair the training: return the list of losses of `updates` steps of plain gradient descent on the mean squared error,
    each loss before its update."""
    optimizer = torch.optim.SGD([*module.parameters(), *read.parameters()], lr=lr)
    losses = []
    for _ in range(updates):
        loss = ((read(module(x)[0]) - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


RESET = "        optimizer.zero_grad()\n"
descent.knows(
    ("gradients never reset",
     "Each update uses the sum of all gradients so far, so it keeps going after it has passed the bottom.", (RESET, "")),
    ("gradients reset before they are used", "The loss stays what it was: when the update comes, there is nothing "
     "to update with.", [(RESET, ""), ("backward()\n", "backward()\n" + RESET)]),
    ("output layer's gradients never reset", "The network's gradients are fresh each time. Those of the output layer "
     "still add up.", ("optimizer.zero_grad()", "module.zero_grad()")),
    ("squares summed, not averaged", "Each loss is the sum of the squares here, and so each update is larger too.",
     (".mean()", ".sum()")))


@function_exercise(
    lambda: [_training(4, 2, 2, 1, 5.0, 0.5, 0.1), _training(4, 3, 4, 2, 5.0, 0.5, 0.2), _training(4, 3, 4, 2, 5.0, 0.5, 100.0),
             _training(4, 2, 3, 1, 50.0, 0.5, 20.0)],
    shown="You clip the gradient after it is computed and before it is used, so the update is never longer than "
          "lr times max_norm.",
    hints=("Put the four lines in order of time: a gradient is computed, clipped, used, forgotten.",
           "Which two of the lines come in the wrong order?"), rtol=1e-4)
def clipped_update(module, read, x, target, lr, max_norm):
    """Repair the update: take one step of plain gradient descent on the mean squared error, with the common norm of all
    parameters' gradients clipped to max_norm. Return module.weight_hh_l0 after it."""
    everything = [*module.parameters(), *read.parameters()]
    optimizer = torch.optim.SGD(everything, lr=lr)
    optimizer.zero_grad()
    loss = ((read(module(x)[0]) - target) ** 2).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(everything, max_norm)
    optimizer.step()
    return module.weight_hh_l0.detach().clone()


CLIP, STEP = "    nn.utils.clip_grad_norm_(everything, max_norm)\n", "    optimizer.step()\n"
clipped_update.knows(
    ("clipping without effect",
     "The update was as long as the gradient. Your clipping came at a time when it could change nothing.", (CLIP, "")),
    ("clipped by value", "You cut each number by itself, which changes the direction. Limit the length.",
     ("clip_grad_norm_", "clip_grad_value_")),
    ("norm taken per parameter", "Your limit isn't on the common norm: this parameter was measured by itself.",
     (CLIP, "    for p in everything:\n        nn.utils.clip_grad_norm_([p], max_norm)\n")),
    ("output layer left out of the norm", "The network's gradient was measured without the output layer's. One "
     "limit belongs to both together.", ("norm_(everything,", "norm_(module.parameters(),")),
    ("no update", "The weights are what they were: the step is missing, or it found no gradient.", (STEP, "")),
    ("weights clipped, not gradients", "You cut off the weights themselves. The task is to shorten the gradient.",
     [(CLIP, ""), (".detach().clone()", ".detach().clamp(-max_norm, max_norm)")]))


@function_exercise(
    lambda: [(0, 4), (1, 4), (3, 10), (11, 4), (21, 11), (-3, 5), (2, 1)],
    shown="Each segment ends one step before the next one begins: time runs evenly across the border.",
    hints=("Write down the last angle of segment 0 and the first of segment 1.",
           "A segment of 10 steps that covers pi has steps of pi/10. linspace with both ends makes steps of pi/9."),
    over_time=True)
def segment_angles(number, seq_len):
    """Repair the grid: return the angles of segment `number`, seq_len of them in float32, evenly spaced from number * pi on, so
    that the next segment begins one step after the last angle."""
    return (number + torch.arange(seq_len) / seq_len) * torch.pi


ANGLES, ENDS = "(number + torch.arange(seq_len) / seq_len) * torch.pi", "number * torch.pi, (number + 1) * torch.pi"
segment_angles.knows(
    ("end point twice", "The last angle of a segment is the first of the next, so time stands still for one step.",
     (ANGLES, f"torch.linspace({ENDS}, seq_len)")),
    ("one step too late", "Evenly spaced now, and no point comes twice. But where does a segment begin?",
     ("torch.arange(seq_len)", "torch.arange(1, seq_len + 1)")),
    ("every segment the same", "The steps are right, but this is segment 0 again. Where does segment `number` begin?",
     ("number + ", "")),
    ("one point too many", "The steps are right. How many angles are there?", (".arange(seq_len)", ".arange(seq_len + 1)")),
    ("the number of points left to rounding", "Most segments are right. In some of them a rounded step fits in once more. "
     "Count them for number 11 and seq_len 4, and find a way that fixes their number.",
     (ANGLES, f"torch.arange({ENDS}, torch.pi / seq_len)"),
     (ANGLES, f"torch.arange({ENDS}, ((number + 1) * torch.pi - number * torch.pi) / seq_len)")))


@function_exercise(
    lambda: [(draw_tensor(1, steps, width), size * draw_tensor(2, steps, 1), train)
             for steps, width, train, size in ((8, 2, 5, 1.0), (30, 4, 20, 1.0), (9, 2, 6, 10.0), (7, 1, 3, 0.1))],
    shown="The error on steps that had no part in the fit tells the truth: nobody can predict noise.",
    hints=("On which steps is the output layer fitted, and on which is it scored?",
           "The fit is as it should be. Nothing has used the steps from `train` on."), rtol=1e-5)
def forecast_error(states, target, train):
    """Repair the score: fit the output layer by least squares on the first `train` steps, and return the mean squared error on
    those that follow."""
    weights = torch.linalg.lstsq(states[:train], target[:train]).solution
    prediction = states[train:] @ weights
    return ((prediction - target[train:]) ** 2).mean()


forecast_error.knows(
    ("scored on its training segment", "You score the steps that the output layer was fitted to. It has seen the answers.",
     [("states[train:] @", "states[:train] @"), ("- target[train:]", "- target[:train]")]),
    ("every prediction compared with every target", "The prediction or the target has lost its axis of length 1. Subtracted, "
     "they broadcast to a square.", ("- target[train:]", "- target[train:, 0]")),
    ("scored on everything", "The steps that you score include those that the output layer was fitted to.",
     [("states[train:] @", "states @"), ("- target[train:]", "- target")]),
    ("fitted on everything", "You score the right steps, but the fit has seen them too.",
     ("(states[:train], target[:train])", "(states, target)")),
    ("the two parts swapped", "You fit on what comes later and score what came before.",
     [("(states[:train], target[:train])", "(states[train:], target[train:])"),
      ("states[train:] @", "states[:train] @"), ("- target[train:]", "- target[:train]")]),
    ("squares summed, not averaged", "You have the right entries, but their sum.", (".mean()", ".sum()")))


@function_exercise(
    lambda: [_given(3, 1, 2, 3, 1), _given(3, 2, 3, 3, 2), _given(3, 2, 3, 3, 3, gain=0.1, loud=50.0)],
    shown="The same question gets the same answer.",
    hints=("Call it twice. What in it can differ between the two calls?",
           "What does nn.RNN start from when you don't give it any h_0?"))
def ask_network(module, read, x):
    """Repair the evaluation: return read(last state), shape (batch, 1), of a network that was trained from a state of zeros."""
    return read(module(x)[1][-1]).detach()


ask_network.knows(
    ("random h_0 at evaluation", "The network starts from random numbers, but it was trained from zeros. A fixed seed doesn't "
     "change that.",
     *(("module(x)", f"module(x, torch.{kind}(1, x.shape[1], module.hidden_size))") for kind in ("randn", "rand")),
     *([("    return", f"    torch.manual_seed({seed})\n    return"),
        ("module(x)", "module(x, torch.randn(1, x.shape[1], module.hidden_size))")] for seed in (1, 7, 42))),
    ("ones in place of zeros", "The answer is the same at each call, but the network was not trained from this start.",
     ("module(x)", "module(x, torch.ones(1, x.shape[1], module.hidden_size))")))


@function_exercise(
    lambda: [(module.train(training), read, x) for batch, loud, training in ((1, 1.0, True), (2, 200.0, True), (2, 1.0, False))
             for module, read, x in [_given(3, 2, 4, 3, batch, layers=2, loud=loud, dropout=0.5)]],
    shown="Dropout is for training; in use every unit takes part, and afterwards the training goes on as before.",
    hints=("The network has dropout between its layers. When should it act, and how does the module know?",
           "A module has two modes. torch.no_grad() is not one of them: it stops the recording, not the dropout. "
           "module.training says which mode is on."))
def examine_network(module, read, x):
    """Repair the evaluation: return read(last state), shape (batch, 1), of the network as it is meant to be used once it has
    been trained. Leave the module as you found it: its training may go on."""
    training = module.training
    module.eval()
    with torch.no_grad():
        answers = read(module(x)[1][-1])
    module.train(training)
    return answers


examine_network.knows(
    ("dropout left on", "Half of the first layer's numbers are set to zero, different ones at each call.",
     ("    module.eval()\n", "")),
    ("first layer in place of the last", "Nothing random is left. But which layer is this?", ("[-1]", "[0]")))


@function_exercise(
    lambda: [_script(), _script((3, 1, 4, 2, 2, 1, 3), 8.0, max_norm=20.0), _script((1, 1, 1, 5, 2, 3, 1, 4), 1.0, 3, 0.2)],
    shown="Three defects, and each one hid another. Now an update is what it claims to be.",
    hints=("Follow one batch with a pencil. Which numbers does the loss average, which gradients does the update use, and how "
           "long may the update be?",
           "You know all three defects: exhibits 6, 9 and 10. The evaluation is right as it is."), rtol=1e-4)
def train_script(module, read, sequences, targets, lr, max_norm, epochs):
    """Repair the script: return the error on the last two sequences after each epoch. Each batch of four makes one step of
    plain gradient descent on the mean squared error over its true steps, with the common norm of all gradients clipped to
    max_norm."""
    x, y = pad_sequence(sequences), pad_sequence(targets)
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    everything = [*module.parameters(), *read.parameters()]
    optimizer = torch.optim.SGD(everything, lr=lr)
    errors = []
    for _ in range(epochs):
        for first in range(0, len(sequences) - 2, 4):
            batch = slice(first, min(first + 4, len(sequences) - 2))
            true = torch.arange(len(x))[:, None] < lengths[batch]
            answers = read(module(x[:, batch])[0])
            loss = ((answers - y[:, batch])[true] ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(everything, max_norm)
            optimizer.step()
        with torch.no_grad():
            squares = [(read(module(one)[0]) - wanted) ** 2 for one, wanted in zip(sequences[-2:], targets[-2:])]
            errors.append(torch.cat(squares).mean().item())
    return errors


def _script(lengths=(2, 2, 2, 2), size=2.0, hidden_size=2, lr=0.1, max_norm=0.5):
    load_optimizers()
    sequences = [_tensor(seed, length, 1) for seed, length in enumerate(lengths)]
    targets = [size + size * _tensor(seed + 50, length, 1) for seed, length in enumerate(lengths)]
    targets[0][0] = 0.0  # a true target may be zero as well
    return _module(nn.RNN, 1, hidden_size), _module(nn.Linear, hidden_size, 1), sequences, targets, lr, max_norm, 2


LOSS = ("[true] ** 2", " ** 2")
ADDS = ("            optimizer.zero_grad()\n", "")
LATE = ("            nn.utils.clip_grad_norm_(everything, max_norm)\n            optimizer.step()\n",
         "            optimizer.step()\n            nn.utils.clip_grad_norm_(everything, max_norm)\n")
train_script.knows(
    ("three defects left", "This gives the numbers of the script as found.", [LOSS, ADDS, LATE]),
    ("two defects left, both after backward()", "The loss is right. Compare what an update does with what it should do: it is "
     "longer than it may be, and it isn't made of this batch's gradient alone.", [ADDS, LATE]),
    ("two defects left, in the loss and in the update's length",
     "Each update now uses its own gradient. Is it the gradient of the right number? And how long is it?", [LOSS, LATE]),
    ("two defects left, in the loss and in the gradient", "No update is too long now. But which numbers does the loss average, "
     "and whose gradients does an update use?", [LOSS, ADDS]),
    ("one defect left, in the loss", "Every update does what it should with the gradient that it gets. It gets the gradient "
     "of another loss: count the numbers that it averages.", LOSS),
    ("one defect left, in the gradient",
     "Loss and length are right. From the second batch on the gradient is not that of the batch.", ADDS),
    ("one defect left, in the update's length", "Loss and gradient are right. Measure how far one update moves the weights, "
     "and compare that with lr times max_norm.", LATE, ("            nn.utils.clip_grad_norm_(everything, max_norm)\n", "")),
    ("gradients reset before they are used", "The errors never change: when the update comes, there is nothing to update with.",
     [ADDS, ("loss.backward()\n", "loss.backward()\n            optimizer.zero_grad()\n")]),
    ("zero targets taken for padding", "You left out steps whose target is zero. A true target may be zero; the lengths say "
     "where padding begins.", ("[true] ** 2", "[y[:, batch] != 0] ** 2")),
    ("squares summed, not averaged", "The loss of a batch is the sum of its squares here. The task asks for their mean.",
     ("[true] ** 2).mean()", "[true] ** 2).sum()")),
    ("every sequence weighted alike", "Each sequence has a mean of its own here, so a step of a short one counts more than a "
     "step of a long one.", ("((answers - y[:, batch])[true] ** 2).mean()",
      "((((answers - y[:, batch])[..., 0] * true) ** 2).sum(dim=0) / lengths[batch]).mean()")))
