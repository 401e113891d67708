"""The curves of the museum: what a training of each broken network reports, and what it reports once it is repaired.

The networks are small and the tasks are toys, so that a curve takes well under a second. The defects themselves are taught
in notebook 06, where each exhibit has its code.
"""

import itertools

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from helpers.seed import set_seed

UPDATES = 80


def _train(loss_of, *modules, lr=0.02, report=None):
    """Return what each of the updates reports: the loss, or what `report` returns."""
    optimizer = torch.optim.Adam([parameter for module in modules for parameter in module.parameters()], lr=lr)
    reported = []
    for _ in range(UPDATES):
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        reported.append(report() if report else loss.item())
    return reported


def _network(input_size=1, hidden_size=16, output_size=1, **options):
    return nn.RNN(input_size, hidden_size, **options), nn.Linear(hidden_size * (1 + options.get("bidirectional", False)), output_size)


def _trained(lr=0.02, **options):
    """Return a decorator that makes of the loss of one batch the curve of a network with these options that is trained on it."""
    def decorate(loss_of):
        def train(repaired):
            module, read = _network(**options)
            return _train(lambda: loss_of(module, read, repaired), module, read, lr=lr)
        return train
    return decorate


@_trained(batch_first=True)
def _classify_padded(module, read, repaired):
    """Answer with the last true number of a padded sequence."""
    lengths = torch.randint(4, 11, (32,))
    x = torch.randn(32, 10, 1) * (torch.arange(10) < lengths[:, None])[..., None]
    steps = lengths - 1 if repaired else torch.full((32,), 9)
    return (read(module(x)[0][torch.arange(32), steps]) - x[torch.arange(32), lengths - 1]).square().mean()


@_trained(batch_first=True, bidirectional=True)
def _read_both_ways(module, read, repaired):
    """Answer with the sum of the first and the last number."""
    x = torch.randn(32, 9, 1)
    output, h_n = module(x)
    return (read(torch.cat([h_n[0], h_n[1]], dim=-1) if repaired else output[:, -1]) - x[:, 0] - x[:, -1]).square().mean()


@_trained(num_layers=2)
def _one_answer_each(module, read, repaired):
    """Answer with the last number but one, from two layers."""
    x = torch.randn(6, 32, 1)
    h_n = module(x)[1]
    return (read(h_n[-1] if repaired else h_n.squeeze(0)) - x[-2]).square().mean()


@_trained()
def _to_time_first(module, read, repaired):
    """Answer at each step with the number before it; the numbers of one sequence are alike."""
    x = torch.randn(16, 1, 1) + 0.5 * torch.randn(16, 10, 1)
    wanted = x.roll(1, dims=1).transpose(0, 1)[1:]
    x = x.transpose(0, 1) if repaired else x.view(10, 16, 1)
    return (read(module(x)[0])[1:] - wanted).square().mean()


@_trained()
def _last_state_of_each(module, read, repaired):
    """Answer with the mean of the last three numbers; as many sequences as steps."""
    x = torch.randn(16, 16, 1)
    states = module(x.transpose(0, 1))[0][-1] if repaired else module(x)[0][:, -1]
    return (read(states) - x[:, -3:].sum(dim=1)).square().mean()


@_trained()
def _padded_loss(module, read, repaired):
    """Answer with the number before, on sequences of which most is padding."""
    lengths = torch.randint(3, 8, (32,))
    true = (torch.arange(20)[:, None] < lengths)[..., None]
    x = torch.randn(20, 32, 1) * true
    wanted = x.roll(1, dims=0) * true
    errors = (read(module(x)[0]) - wanted).square()
    return errors[true].mean() if repaired else errors.mean()


@_trained(input_size=10, hidden_size=24, output_size=10)
def _class_loss(module, read, repaired):
    """Name the class, one of ten, that the first step shows."""
    labels = torch.randint(10, (64,))
    x = 0.1 * torch.randn(3, 64, 10)
    x[0] += nn.functional.one_hot(labels, 10)
    logits = read(module(x)[1][-1])
    return cross_entropy(logits if repaired else logits.softmax(dim=-1), labels)


@_trained(lr=0.03)
def _healthy(module, read, _):
    """Answer with the number of three steps ago, on small batches."""
    x = torch.randn(12, 8, 1)
    return (read(module(x)[0])[3:] - x[:-3]).square().mean()


def _input_gradient(repaired):
    """Answer with the number of five steps ago; the loop cuts the gradient at each step, or does not."""
    cell, read = nn.RNNCell(1, 16), nn.Linear(16, 1)

    def loss_of():
        x, h, states = torch.randn(12, 32, 1), torch.zeros(32, 16), []
        for x_t in x:
            h = cell(x_t, h if repaired else h.detach())
            states.append(h)
        return (read(torch.stack(states))[5:] - x[:-5]).square().mean()

    return _train(loss_of, cell, read)


def _descent(repaired):
    """Follow a sine, by plain gradient descent."""
    module, read = _network(hidden_size=8)
    optimizer = torch.optim.SGD([*module.parameters(), *read.parameters()], lr=0.02)
    x, losses = torch.linspace(0, 6, 20).sin()[:, None, None], []
    for _ in range(UPDATES):
        loss = (read(module(x)[0]) - 2 - x).square().mean()
        if repaired:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _clipped_update(repaired):
    """Report the error on a batch of ordinary size; one batch in twenty that is trained on has numbers ten times as large."""
    module, read = _network()
    everything = [*module.parameters(), *read.parameters()]
    optimizer, errors = torch.optim.SGD(everything, lr=0.1), []
    question = torch.randn(8, 32, 1)

    def error_on(x):
        return (read(module(x)[0])[1:] - x[1:] - x[:-1]).square().mean()

    for update in range(UPDATES):
        optimizer.zero_grad()
        error_on(torch.randn(8, 32, 1) * (10 if update % 20 == 19 else 1)).backward()
        if repaired:
            nn.utils.clip_grad_norm_(everything, 1.0)
        optimizer.step()
        errors.append(error_on(question).item())
    return errors


def _segment_angles(repaired):
    """Predict the cosine from the sine, segment by segment, with the state carried."""
    module, read = _network(hidden_size=32)
    share = torch.arange(10) / 10 if repaired else torch.linspace(0, 1, 10)
    numbers, h = itertools.count(), torch.zeros(1, 1, 32)

    def loss_of():
        nonlocal h
        angles = ((next(numbers) + share) * torch.pi)[:, None, None]
        output, h = module(angles.sin(), h.detach())
        return (read(output) - angles.cos()).square().mean()

    return _train(loss_of, module, read)


def _forecast_error(repaired):
    """Report the error on noise of an output layer that is fitted on 40 steps, from 1 unit up to 39."""
    module = nn.RNN(1, 39, dtype=torch.float64)
    states, noise = module(torch.randn(400, 1, dtype=torch.float64))[0].detach(), torch.randn(400, 20, dtype=torch.float64)
    scored, errors = slice(40, None) if repaired else slice(40), []
    for units in range(1, 40):
        weights = torch.linalg.lstsq(states[:40, :units], noise[:40]).solution
        errors.append((states[scored, :units] @ weights - noise[scored]).square().mean().item())
    return errors


def _ask_network(repaired):
    """Report the error on eight sequences of two steps, from a random state or from zeros."""
    module, read = _network()
    question = torch.randn(2, 8, 1)

    def error_on(x, h_0=None):
        return (read(module(x, h_0)[1][-1]) - x[0]).square().mean()

    return _train(lambda: error_on(torch.randn(2, 32, 1)), module, read,
                  report=lambda: error_on(question, None if repaired else torch.randn(1, 8, 16)).item())


def _examine_network(repaired):
    """Report the error on eight sequences of six steps, with dropout between the layers or without."""
    module, read = _network(num_layers=2, dropout=0.5)
    question = torch.randn(6, 8, 1)

    def error_on(x):
        return (read(module(x)[1][-1]) - x[-2]).square().mean()

    def examine():
        module.train(not repaired)
        error = error_on(question).item()
        module.train()
        return error

    return _train(lambda: error_on(torch.randn(6, 32, 1)), module, read, report=examine)


EXHIBITS = {
    "classify_padded": _classify_padded, "read_both_ways": _read_both_ways, "one_answer_each": _one_answer_each,
    "to_time_first": _to_time_first, "last_state_of_each": _last_state_of_each, "padded_loss": _padded_loss,
    "class_loss": _class_loss, "healthy": _healthy, "input_gradient": _input_gradient, "descent": _descent,
    "clipped_update": _clipped_update, "segment_angles": _segment_angles, "forecast_error": _forecast_error,
    "ask_network": _ask_network, "examine_network": _examine_network,
}


def curve(name, repaired=False):
    """Return the curve of one exhibit, a list of losses or errors.

    Raises: ValueError naming the exhibits for another name.
    Shown in: notebook 06.
    """
    if name not in EXHIBITS:
        raise ValueError(f"name: expected one of {', '.join(EXHIBITS)}, got {name!r}")
    set_seed(1)
    return EXHIBITS[name](repaired)
