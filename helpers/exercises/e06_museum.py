"""The exercises of the museum: fourteen broken networks, each with one defect that runs without an error.

The first known mistake of each exercise is the exhibit's own defect. Examples are built once and kept: the checker
hands out copies.
"""

import functools

import torch
from torch import nn
from torch.nn.functional import cross_entropy, nll_loss
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from helpers.exercises.e05_torch_rnn import drawn, made, optimizers_loaded
from helpers.exercises.engine import function_exercise


@function_exercise(
    lambda: [_classifier(1, 2, (2, 1)), _classifier(2, 3, (4, 2, 3, 1)), _classifier(2, 3, (2, 4, 1, 3), extra=2)],
    shown="A sequence's answer depends on its own steps alone, whoever it shares the batch with.",
    hints=(
        "What does the network read after the end of a short sequence? And whose state stands in the last column?",
        "Either pick for each sequence the step lengths[b] - 1, or pack with enforce_sorted=False and take h_n.",
    ),
)
def company(module, read, x, lengths):
    """Mend the classifier: return read(...) of the state after each sequence's own last step, shape (batch, 1)."""
    _, h_n = module(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    return read(h_n[-1]).detach()


@functools.cache
def _classifier(input_size, hidden_size, lengths, extra=0):
    """Return a network with batch_first, its read-out and a padded batch."""
    lengths = torch.tensor(lengths)
    x = drawn(hidden_size, len(lengths), int(lengths.max()) + extra, input_size).float()
    x[0, lengths[0] - 1] = 0.0  # a true step may be zero as well
    ended = torch.arange(x.shape[1]) >= lengths[:, None]
    module = made(nn.RNN, input_size, hidden_size, batch_first=True).float()
    return {"module": module, "read": made(nn.Linear, hidden_size, 1).float(),
            "x": x.masked_fill(ended[..., None], 0.0), "lengths": lengths}


@company.mistake("last column of a padded batch")
def _(module, read, x, lengths):
    """What is read out is what is left of a short sequence after so much padding."""
    return read(module(x)[0][:, -1])


@company.mistake("zeros of the unpacked padding")
def _(module, read, x, lengths):
    """The padding is no longer read. But what stands in the last column of a short sequence after unpacking?"""
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    return read(pad_packed_sequence(module(packed)[0], batch_first=True)[0][:, -1])


@company.mistake("order not restored")
def _(module, read, x, lengths):
    """The answers are right, but they stand in the order of the lengths: each is given to another sequence."""
    return company.solution(module, read, x, lengths)[torch.argsort(lengths, descending=True)]


@company.mistake("one step too early")
def _(module, read, x, lengths):
    """The last input of each sequence has not been read. Which index does the n-th step have?"""
    return read(module(x)[0][torch.arange(len(x)), lengths - 2])


@company.mistake("zero inputs taken for padding")
def _(module, read, x, lengths):
    """The ends have been looked for where the input is zero. A true step may be zero; the lengths are given."""
    return read(module(x)[0][torch.arange(len(x)), (x != 0).any(dim=-1).sum(dim=1) - 1])


@company.mistake("mean over the padding")
def _(module, read, x, lengths):
    """All steps are mixed here, those of the padding too: a longer neighbor still changes the answer."""
    return read(module(x)[0].mean(dim=1))


@company.mistake("one length for all")
def _(module, read, x, lengths):
    """Every sequence has been read as far as the shortest one, and so the company still counts."""
    return read(module(x)[0][:, min(lengths) - 1])


@function_exercise(
    lambda: [_both_ways(1, 1, 2, 3), _both_ways(2, 3, 4, 3)],
    shown="Each direction is read where it ends, so each half has seen the whole sequence.",
    hints=(
        "At which step has the backward direction read only one input, and at which all of them?",
        "h_n holds each direction's state after its own last step: h_n[0] forward, h_n[1] backward, each "
        "(batch, hidden_size).",
    ),
)
def half_memory(module, x):
    """Mend the reader: return each direction's state after it has read everything, forward beside backward, shape
    (batch, 2 * hidden_size)."""
    _, h_n = module(x)
    return torch.cat([h_n[0], h_n[1]], dim=-1).detach()


@functools.cache
def _both_ways(input_size, hidden_size, batch, seq_len):
    module = made(nn.RNN, input_size, hidden_size, batch_first=True, bidirectional=True).float()
    return {"module": module, "x": drawn(7, batch, seq_len, input_size).float()}


@half_memory.mistake("backward direction read at the wrong end", fails="direction of time")
def _(module, x):
    """The second half knows one step only, the last."""
    return module(x)[0][:, -1]


@half_memory.mistake("forward direction read at the wrong end", fails="direction of time")
def _(module, x):
    """Now the second half has read everything, and the first half knows one step only."""
    return module(x)[0][:, 0]


@half_memory.mistake("one direction alone")
def _(module, x):
    """One half is missing."""
    return module(x)[1][-1]


@half_memory.mistake("the two halves swapped")
def _(module, x):
    """Both halves have read everything now, but forward should come first."""
    return torch.cat([module(x)[1][1], module(x)[1][0]], dim=-1)


@half_memory.mistake("sequences mixed by a reshape")
def _(module, x):
    """A row of this holds states of two sequences: in h_n the batch does not come first."""
    return module(x)[1].reshape(len(x), -1)


@function_exercise(
    lambda: [_layers(2, 1, 1, 3, 2), _layers(3, 2, 3, 3, 4), _layers(1, 2, 2, 4, 3)],
    shown="h_n[-1] is the last layer for any number of layers.",
    hints=(
        "How long is the first axis of h_n with two layers, and what does squeeze(0) do with an axis of that length?",
        "The layers stand in h_n from the lowest to the last.",
    ),
)
def six_answers(module, read, x):
    """Mend the network: return one answer for each sequence, from the last layer's last state, shape (batch, 1)."""
    _, h_n = module(x)
    return read(h_n[-1]).detach()


@functools.cache
def _layers(num_layers, input_size, hidden_size, batch, seq_len):
    module = made(nn.RNN, input_size, hidden_size, num_layers).float()
    return {"module": module, "read": made(nn.Linear, hidden_size, 1).float(),
            "x": drawn(8, seq_len, batch, input_size).float()}


@six_answers.mistake("squeeze takes nothing away")
def _(module, read, x):
    """Two sets of answers come out, one for each layer. An axis of length 2 is not dropped."""
    return read(module(x)[1].squeeze(0))


@six_answers.mistake("first layer in place of the last")
def _(module, read, x):
    """One answer for each sequence, but of the layer below."""
    return read(module(x)[1][0])


@six_answers.mistake("second layer in place of the last")
def _(module, read, x):
    """With two layers this is the last one. With three it is not, and with one there is none."""
    return read(module(x)[1][1])


@six_answers.mistake("layers averaged")
def _(module, read, x):
    """Both layers are mixed in these answers."""
    return read(module(x)[1].mean(dim=0))


@function_exercise(
    lambda: [{"x": torch.tensor([[[0.0], [1.0], [2.0]], [[10.0], [11.0], [12.0]]])}, {"x": drawn(1, 4, 3, 2)},
             {"x": drawn(2, 3, 3, 1)}],
    shown="Swapping two axes moves numbers; giving the same numbers another shape does not.",
    hints=(
        "view and reshape leave the numbers in the order in which they lie in memory, and cut that row into "
        "new pieces.",
        "torch has a method that swaps two axes.",
    ),
)
def diary(x):
    """Mend the conversion: x is (batch, seq_len, features); return it as (seq_len, batch, features), every sequence
    whole."""
    return x.transpose(0, 1)


@diary.mistake("view in place of transpose")
def _(x):
    """The shape is right, and every sequence is made of pieces of several."""
    return x.reshape(x.shape[1], x.shape[0], x.shape[2])


@diary.mistake("axes left as they are")
def _(x):
    """Nothing has moved: the batch still comes first."""
    return x


@diary.mistake("time reversed", fails="direction of time")
def _(x):
    """Every sequence is whole, but it begins with its end."""
    return x.transpose(0, 1).flip(0)


@function_exercise(
    lambda: [_batch_first(1, 2, 3, 3), _batch_first(2, 3, 4, 4), _batch_first(2, 3, 2, 4)],
    shown="Only the data knew which axis was time, and with equal sizes no shape could object.",
    hints=(
        "The module was made without batch_first. What does it take the first axis of x for? And what else fits only "
        "because there are as many sequences as steps?",
        "Swap the axes of x on the way in. Then either h_n, or the last step of output: which axis is that now?",
    ),
)
def neighbor(module, x):
    """Mend the reader: x is (batch, seq_len, features), module an nn.RNN without batch_first. Return each sequence's
    last state, shape (batch, hidden_size)."""
    return module(x.transpose(0, 1))[1][0].detach()


@functools.cache
def _batch_first(input_size, hidden_size, batch, seq_len):
    return {"module": made(nn.RNN, input_size, hidden_size).float(), "x": drawn(9, batch, seq_len, input_size).float()}


def _as_found(module, x):
    """Return the output for an h_0 as in the exhibit; it fits where there are as many sequences as steps."""
    return module(x, torch.zeros(1, len(x), module.hidden_size))[0]


@neighbor.mistake("batch and time swapped")
def _(module, x):
    """The state is handed from one sequence to the next, and nothing passes from step to step."""
    return module(x)[0][:, -1]


@neighbor.mistake("batch and time swapped")
def _(module, x):
    """The state is handed from one sequence to the next, and nothing passes from step to step."""
    return module(x)[0][-1]


@neighbor.mistake("batch and time swapped")
def _(module, x):
    """The state is handed from one sequence to the next, and nothing passes from step to step."""
    return _as_found(module, x)[:, -1]


@neighbor.mistake("batch and time swapped")
def _(module, x):
    """The state is handed from one sequence to the next, and nothing passes from step to step."""
    return _as_found(module, x)[-1]


@neighbor.mistake("swapped on the way in only")
def _(module, x):
    """The module is now given what it expects. But its output has the axes in its own order too."""
    return module(x.transpose(0, 1))[0][:, -1]


@neighbor.mistake("first step in place of the last", fails="direction of time")
def _(module, x):
    """No neighbor counts any more, but each of these states has read one step only."""
    return module(x.transpose(0, 1))[0][0]


@function_exercise(
    lambda: [_padded_answers((2, 1), 3), _padded_answers((4, 2, 3), 5)],
    shown="A mean over the true steps: more padding changes nothing.",
    hints=(
        "Which entries of y and target are padding, and which share of the mean do they have?",
        "A mask: torch.arange(seq_len)[:, None] < lengths is True at the true steps. Divide by the number of those.",
    ),
)
def kind_loss(y, target, lengths):
    """Mend the loss: the mean of (y - target)**2 over the true steps of all sequences; y and target are (seq_len,
    batch, 1), and what stands in their padding is not always zero."""
    true = torch.arange(len(y))[:, None] < lengths
    return ((y - target)[true] ** 2).mean()


@functools.cache
def _padded_answers(lengths, seq_len):
    lengths = torch.tensor(lengths)
    ended = (torch.arange(seq_len)[:, None] >= lengths)[..., None]
    y, target = (drawn(seed, seq_len, len(lengths), 1).masked_fill(ended, 0.0) for seed in (3, 4))
    target[0, 0] = 0.0  # a true target may be zero as well
    return {"y": y + 0.1 * ended, "target": target, "lengths": lengths}


@kind_loss.mistake("loss over padding")
def _(y, target, lengths):
    """Answers to no question are among those averaged."""
    return ((y - target) ** 2).mean()


@kind_loss.mistake("zero targets taken for padding")
def _(y, target, lengths):
    """Steps whose target is zero have been left out. A true target may be zero; the lengths say where padding begins."""
    return ((y - target)[target != 0] ** 2).mean()


@kind_loss.mistake("padding counted in the divisor")
def _(y, target, lengths):
    """The padding is no longer in the sum. It is still in what the sum is divided by."""
    return kind_loss.solution(y, target, lengths) * lengths.sum() / y.numel()


@kind_loss.mistake("cut at the longest")
def _(y, target, lengths):
    """What is behind the longest sequence is gone. Behind the shorter ones there is still padding."""
    return ((y - target) ** 2)[: max(lengths)].mean()


@kind_loss.mistake("every sequence weighted alike")
def _(y, target, lengths):
    """Each sequence has a mean of its own here, so a step of a short one counts more than a step of a long one."""
    true = (torch.arange(len(y))[:, None] < lengths)[..., None]
    return ((((y - target) * true) ** 2).sum(dim=(0, 2)) / lengths).mean()


@kind_loss.mistake("squares summed, not averaged")
def _(y, target, lengths):
    """The right entries, but their sum."""
    return kind_loss.solution(y, target, lengths) * lengths.sum()


@function_exercise(
    lambda: [{"logits": torch.tensor([[2.0, 0.0], [0.0, 1.0]]), "labels": torch.tensor([0, 1])},
             {"logits": 3 * drawn(5, 4, 3), "labels": torch.tensor([0, 2, 1, 1])}],
    shown="cross_entropy takes logits: the softmax is inside, and a network that is sure and right pays nothing.",
    hints=(
        "What does torch's cross_entropy expect: probabilities, or the numbers before them?",
        "A softmax of a softmax: its inputs lie between 0 and 1, so its outputs are never far apart.",
    ),
)
def punished(logits, labels):
    """Mend the loss: the mean of -log(probability of the right class), the probabilities being softmax(logits)."""
    return cross_entropy(logits, labels)


@punished.mistake("softmax before cross_entropy")
def _(logits, labels):
    """The softmax has been taken twice, once by you and once inside."""
    return cross_entropy(logits.softmax(dim=-1), labels)


@punished.mistake("logarithm missing")
def _(logits, labels):
    """Despite its name, this loss takes no logarithm: it expects to be given one."""
    return nll_loss(logits.softmax(dim=-1), labels)


@punished.mistake("softmax over the batch")
def _(logits, labels):
    """The probabilities of each class add up to 1 over the examples. Over what should they?"""
    return nll_loss(logits.log_softmax(dim=0), labels)


@function_exercise(
    lambda: [_steps(1, 2, 3, 1), _steps(2, 3, 4, 2)],
    shown="The gradient passes through every step, as far back as the first input.",
    hints=(
        "Which line hands the state on, and what does it hand on: numbers only, or how they came about as well?",
        "detach() belongs where a segment ends. How many segments are there here?",
    ),
    over_time=True,
    what="gradient",
)
def never_back(cell, x):
    """Mend the loop: return the gradient of h_T.sum() with respect to all of x, (seq_len, batch, features); h_T is
    the state after the last step, the first step starts from zeros."""
    return _input_gradient(cell, x)


@functools.cache
def _steps(input_size, hidden_size, seq_len, batch):
    return {"cell": made(nn.RNNCell, input_size, hidden_size).float(),
            "x": drawn(6, seq_len, batch, input_size).float()}


def _input_gradient(cell, x, cut=False, every=False):
    x, h, total = x.clone().requires_grad_(), torch.zeros(x.shape[1], cell.hidden_size), 0
    for x_t in x:
        h = cell(x_t, h.detach() if cut else h)
        total = total + h.sum()
    (total if every else h.sum()).backward()
    return x.grad


@never_back.mistake("detach at every step")
def _(cell, x):
    """The last input alone has a gradient: all others are cut off."""
    return _input_gradient(cell, x, cut=True)


@never_back.mistake("all states summed")
def _(cell, x):
    """The gradient reaches back now. But it is that of all states' sum, not of the last one's."""
    return _input_gradient(cell, x, every=True)


@function_exercise(
    lambda: [_regression(1, 3, 1), _regression(3, 5, 2)],
    shown="Each update uses its own gradient, and no gradient of the past.",
    hints=(
        "What does backward() do with a gradient that is already there?",
        "Something has to happen between two calls of backward(), and not between backward() and the update.",
    ),
    rtol=1e-4,
)
def pendulum(module, read, x, target, lr, updates):
    """Mend the training: return the list of losses of `updates` steps of plain gradient descent on the mean squared
    error, each loss before its update."""
    return _descend(module, read, x, target, lr, updates)


@functools.cache
def _regression(hidden_size, seq_len, batch):
    optimizers_loaded()
    return {"module": made(nn.RNN, 1, hidden_size).float(), "read": made(nn.Linear, hidden_size, 1).float(),
            "x": drawn(1, seq_len, batch, 1).float(), "target": drawn(2, seq_len, batch, 1).float(),
            "lr": 0.2, "updates": 5}


def _descend(module, read, x, target, lr, updates, reset="before"):
    optimizer = torch.optim.SGD([*module.parameters(), *read.parameters()], lr=lr)
    losses = []
    for _ in range(updates):
        loss = ((read(module(x)[0]) - target) ** 2).mean()
        if reset == "before":
            optimizer.zero_grad()
        elif reset == "network":
            module.zero_grad()
        loss.backward()
        if reset == "after":
            optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.detach())
    return losses


@pendulum.mistake("gradients never reset")
def _(*given):
    """Each update is made with the sum of all gradients so far, so it goes on after it has passed the bottom."""
    return _descend(*given, reset="never")


@pendulum.mistake("gradients reset before they are used")
def _(*given):
    """The loss stays what it was: when the update comes, there is nothing to update with."""
    return _descend(*given, reset="after")


@pendulum.mistake("read-out's gradients never reset")
def _(*given):
    """The network's gradients are its own each time. Those of the read-out still add up."""
    return _descend(*given, reset="network")


@function_exercise(
    lambda: [_one_update(2, 2, 1, 0.1), _one_update(3, 4, 2, 0.2), _one_update(3, 4, 2, 100.0)],
    shown="The gradient is clipped when it is there and before it is used: the update is never longer than lr "
          "times max_norm.",
    hints=(
        "Put the four lines in order of time: gradients come into being, are clipped, are used, are forgotten.",
        "Which two of the lines stand the wrong way round?",
    ),
    rtol=1e-4,
)
def seat_belt(module, read, x, target, lr, max_norm):
    """Mend the update: one step of plain gradient descent on the mean squared error, with the common norm of all
    parameters' gradients clipped to max_norm. Return module.weight_hh_l0 after it."""
    return _update(module, read, x, target, lr, max_norm, nn.utils.clip_grad_norm_)


@functools.cache
def _one_update(hidden_size, seq_len, batch, max_norm):
    optimizers_loaded()
    return {"module": made(nn.RNN, 1, hidden_size).float(), "read": made(nn.Linear, hidden_size, 1).float(),
            "x": drawn(4, seq_len, batch, 1).float(), "target": 5 * drawn(5, seq_len, batch, 1).float(), "lr": 0.5,
            "max_norm": max_norm}


def _update(module, read, x, target, lr, max_norm, clip):
    everything = [*module.parameters(), *read.parameters()]
    ((read(module(x)[0]) - target) ** 2).mean().backward()
    clip(everything, max_norm)
    torch.optim.SGD(everything, lr=lr).step()
    return module.weight_hh_l0.detach().clone()


@seat_belt.mistake("clipping without effect")
def _(*given):
    """The update has been as long as the gradient was. Clipping came at a time when it could change nothing."""
    return _update(*given, clip=lambda everything, max_norm: None)


@seat_belt.mistake("clipped by value")
def _(*given):
    """Each number has been cut by itself, so the direction has changed. The length was to be limited."""
    return _update(*given, clip=nn.utils.clip_grad_value_)


@seat_belt.mistake("norm taken per parameter")
def _(*given):
    """Each parameter has a limit of its own. Together they are one gradient."""
    return _update(*given, clip=lambda everything, limit: [nn.utils.clip_grad_norm_([p], limit) for p in everything])


@seat_belt.mistake("read-out left out of the norm")
def _(module, *given):
    """Only the network's own gradient has been measured. The read-out's belongs to the same step."""
    return _update(module, *given, clip=lambda _, max_norm: nn.utils.clip_grad_norm_(module.parameters(), max_norm))


@seat_belt.mistake("no update")
def _(module, *given):
    """The weights are what they were: the step is missing, or it has found no gradient."""
    return module.weight_hh_l0.detach().clone()


@seat_belt.mistake("weights clipped, not gradients")
def _(module, read, x, target, lr, max_norm):
    """The weights themselves have been cut off. It was the gradient that was to be shortened."""
    return _update(module, read, x, target, lr, max_norm, lambda everything, limit: None).clamp(-max_norm, max_norm)


@function_exercise(
    lambda: [{"number": 0, "seq_len": 4}, {"number": 1, "seq_len": 4}, {"number": 3, "seq_len": 10}],
    shown="Each segment ends one step before the next one begins: time runs evenly across the border.",
    hints=(
        "Write down the last angle of segment 0 and the first of segment 1.",
        "A segment of 10 steps that covers pi has steps of pi/10. linspace with both ends makes steps of pi/9.",
    ),
    over_time=True,
)
def stands_still(number, seq_len):
    """Mend the grid: return the angles of segment `number`, seq_len of them in float32, evenly spaced, from number * pi
    on, so that the next segment begins one step after the last angle."""
    return (number + torch.arange(seq_len) / seq_len) * torch.pi


@stands_still.mistake("end point twice")
def _(number, seq_len):
    """The last angle of a segment is the first of the next: there, time stands still for one step."""
    return torch.linspace(number * torch.pi, (number + 1) * torch.pi, seq_len)


@stands_still.mistake("one step too late")
def _(number, seq_len):
    """Evenly spaced now, and no point comes twice. But where does a segment begin?"""
    return (number + torch.arange(1, seq_len + 1) / seq_len) * torch.pi


@stands_still.mistake("every segment the same")
def _(number, seq_len):
    """The steps are right, but this is segment 0 again. Where does segment `number` begin?"""
    return torch.arange(seq_len) / seq_len * torch.pi


@stands_still.mistake("one point too many")
def _(number, seq_len):
    """The steps are right. How many angles are there?"""
    return torch.linspace(number * torch.pi, (number + 1) * torch.pi, seq_len + 1)


@function_exercise(
    lambda: [_noise(8, 2, 5), _noise(30, 4, 20)],
    shown="The error on steps that had no part in the fit: of noise, nothing can be foretold.",
    hints=(
        "On which steps was the read-out fitted, and on which is it scored?",
        "The fit is as it should be. The steps from `train` on have not been touched.",
    ),
    rtol=1e-5,
)
def prophet(states, target, train):
    """Mend the score: fit the read-out by least squares on the first `train` steps, and return the mean squared error
    on those that follow."""
    return _score(states, target, slice(train), slice(train, None))


@functools.cache
def _noise(steps, hidden_size, train):
    return {"states": drawn(1, steps, hidden_size), "target": drawn(2, steps, 1), "train": train}


def _score(states, target, fitted, scored):
    weights = torch.linalg.lstsq(states[fitted], target[fitted]).solution
    return ((states[scored] @ weights - target[scored]) ** 2).mean()


@prophet.mistake("scored on its training segment")
def _(states, target, train):
    """These are the steps that the read-out has been fitted to. It has seen the answers."""
    return _score(states, target, slice(train), slice(train))


@prophet.mistake("every prediction compared with every target")
def _(states, target, train):
    """The prediction or the target has lost its axis of length 1. Subtracted, they broadcast to a square."""
    weights = torch.linalg.lstsq(states[:train], target[:train]).solution
    return ((states[train:] @ weights - target[train:, 0]) ** 2).mean()


@prophet.mistake("scored on everything")
def _(states, target, train):
    """Among the steps that are scored are those that the read-out has been fitted to."""
    return _score(states, target, slice(train), slice(None))


@prophet.mistake("fitted on everything")
def _(states, target, train):
    """The right steps are scored, but the fit has seen them too."""
    return _score(states, target, slice(None), slice(train, None))


@prophet.mistake("the two parts swapped")
def _(states, target, train):
    """Fitted on what comes later, scored on what came before."""
    return _score(states, target, slice(train, None), slice(train))


@function_exercise(
    lambda: _from_the_same_seed(made(nn.RNN, 1, 2).float(), made(nn.RNN, 2, 3).float()),
    shown="The same question gets the same answer.",
    hints=(
        "Call it twice. What in it can differ between the two calls?",
        "What does nn.RNN start from when it is not given any h_0?",
    ),
)
def witness(module, read, x):
    """Mend the evaluation: return read(last state), shape (batch, 1), of a network that has been trained from a state
    of zeros."""
    return read(module(x)[1][-1]).detach()


def _from_the_same_seed(*modules):
    """Return examples for these modules; torch's random numbers start anew, so that a random one is recognized."""
    torch.default_generator.manual_seed(0)
    return [{"module": module, "read": made(nn.Linear, module.hidden_size, 1).float(),
             "x": drawn(3, 3, size, module.input_size).float()} for size, module in enumerate(modules, 1)]


@witness.mistake("random h_0 at evaluation")
def _(module, read, x):
    """The network starts from another state at each call."""
    return read(module(x, torch.randn(1, x.shape[1], module.hidden_size))[1][-1])


@witness.mistake("random h_0 at evaluation")
def _(module, read, x):
    """The network starts from another state at each call."""
    return read(module(x, torch.rand(1, x.shape[1], module.hidden_size))[1][-1])


@witness.mistake("ones in place of zeros")
def _(module, read, x):
    """The same at each call, but the network has not been trained from this start."""
    return read(module(x, torch.ones(1, x.shape[1], module.hidden_size))[1][-1])


@function_exercise(
    lambda: _from_the_same_seed(*(made(nn.RNN, 2, 4, 2, dropout=0.5).float() for _ in range(2))),
    shown="Dropout is for training; in use every unit takes part.",
    hints=(
        "The network has dropout between its layers. When should it act, and how does the module know?",
        "A module has two modes. torch.no_grad() is not one of them: it stops the recording, not the dropout.",
    ),
)
def half_shut(module, read, x):
    """Mend the evaluation: return read(last state), shape (batch, 1), of the network as it is meant to be used
    once it has been trained."""
    return read(module.eval()(x)[1][-1]).detach()


@half_shut.mistake("dropout left on")
def _(module, read, x):
    """Half of the first layer's numbers are set to zero, others at each call."""
    return read(module(x)[1][-1])


@half_shut.mistake("first layer in place of the last")
def _(module, read, x):
    """Nothing random is left. But which layer is this?"""
    return read(module.eval()(x)[1][0])
