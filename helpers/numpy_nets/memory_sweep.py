"""Three tasks that ask for a memory, eight small nets, one update of a net, and the score.

helpers.numpy_nets.lags trains these nets and two more; data/make_gradient_reach.py measures how far back they reach. The
score has one scale for all tasks, the skill: 1 - error / error of guessing, so that 0 is what guessing gives and 1 is
without a fault; what is worse than guessing has skill 0.
"""

from collections import namedtuple
from functools import partial
from math import isfinite

import numpy as np

from helpers.numpy_nets import gated, rnn
from helpers.numpy_nets.optimize import adam_update, clip_by_norm, mean_squared_error, softmax_cross_entropy
from helpers.numpy_nets.rnn import init_parameters, read_out, read_out_backward
from helpers.numpy_nets.toy_tasks import adding, copy_symbols, recall

BATCH, MAX_NORM, PLAIN_SIZE = 32, 1.0, 48   # PLAIN_SIZE: units of a plain net; the others get as many parameters
LEAK, OPEN = 0.95, 5.0                      # the leaky net's constant gate; the bias that opens a gate

# sequences(lag, batch, rng) returns x and the targets of the last `answers` steps; `guess` is the error of guessing.
Task = namedtuple("Task", "sequences input_size output_size answers guess updates")
TASKS = {
    "recall": Task(recall, 3, 2, 1, 1 / 2, 500),
    "adding": Task(adding, 2, 1, 1, 1 / 6, 4000),
    "copying": Task(partial(copy_symbols, length=5, symbols=4), 5, 4, 5, 3 / 4, 1500),
}


def init_identity(input_size, hidden_size, output_size, *, rng, dtype=np.float64):
    """Return the first parameters of the IRNN: the identity, no biases, and N(0, 0.001^2) into the net and out of it.

    Raises: ValueError as helpers.numpy_nets.rnn.init_parameters.
    Source: Le, Jaitly, Hinton 2015.
    Used by: helpers.numpy_nets.lags, data/make_gradient_reach.py.
    """
    parameters = init_parameters(input_size, hidden_size, output_size, rng=rng, recurrent="identity", dtype=dtype)
    for name, array in parameters.items():
        if name != "weight_hh":
            array[:] = 0 if name.startswith("bias") else 0.001 * rng.normal(size=array.shape)
    return parameters


def _plain_forward(x, h_0, parameters, nonlinearity):
    return (rnn.forward(x, h_0, parameters, nonlinearity),)


def _plain_backward(x, kept, grad_output, parameters, nonlinearity):
    return rnn.backward(x, *kept, grad_output, parameters, nonlinearity)


# blocks: matrices of the size of weight_hh. forward and backward have the calling form of helpers.numpy_nets.gated.
Net = namedtuple("Net", "blocks start forward backward")
_TANH, _RELU, _LEAKY, _GRU, _LSTM = (
    tuple(partial(function, **constants) for function in pair)
    for pair, constants in (
        ((_plain_forward, _plain_backward), {"nonlinearity": "tanh"}),
        ((_plain_forward, _plain_backward), {"nonlinearity": "relu"}),
        ((gated.leaky_forward, gated.leaky_backward), {"gate": LEAK}),
        ((gated.gru_forward, gated.gru_backward), {}),
        ((gated.lstm_forward, gated.lstm_backward), {}),
    )
)
NETS = {
    "tanh": Net(1, init_parameters, *_TANH),
    "tanh orthogonal": Net(1, partial(init_parameters, recurrent="orthogonal"), *_TANH),
    "ReLU identity": Net(1, init_identity, *_RELU),
    "leaky": Net(1, init_parameters, *_LEAKY),
    "GRU": Net(3, gated.init_gru, *_GRU),
    "LSTM": Net(4, gated.init_lstm, *_LSTM),
    "GRU open": Net(3, partial(gated.init_gru, update_bias=OPEN), *_GRU),
    "LSTM open": Net(4, partial(gated.init_lstm, forget_bias=OPEN), *_LSTM),
}


def parameter_count(blocks, hidden_size, task):
    """Return how many numbers a net of this size has to learn for a Task, read-out included.

    Used by: helpers.numpy_nets.lags, data/make_gradient_reach.py.
    """
    return blocks * hidden_size * (task.input_size + hidden_size + 2) + task.output_size * (hidden_size + 1)


def equal_size(blocks, task):
    """Return the hidden size whose parameter_count is nearest to that of a plain net of PLAIN_SIZE units.

    Used by: helpers.numpy_nets.lags, data/make_gradient_reach.py.
    """
    wanted = parameter_count(1, PLAIN_SIZE, task)
    return min(range(1, PLAIN_SIZE + 1), key=lambda size: abs(parameter_count(blocks, size, task) - wanted))


def skill(error, task):
    """Return 1 - error / error of guessing, or 0 where that is negative or no number. `error` may be an array: its mean.

    Used by: helpers.numpy_nets.lags, data/make_gradient_reach.py.
    """
    mean = np.mean(error)
    return max(0.0, 1 - float(mean) / task.guess) if isfinite(mean) else 0.0


def _loss(y, target):
    """Return the loss, dL/dy, and the error: wrong answers of symbols, squared error of numbers."""
    if np.issubdtype(target.dtype, np.integer):
        return *softmax_cross_entropy(y, target), np.mean(y.argmax(axis=-1) != target)
    loss, grad_y = mean_squared_error(y, target.astype(y.dtype))
    return loss, grad_y, loss


def update(net, task, parameters, moments, x, target, lr):
    """Return (parameters, moments, error) after one update of a Net on a batch of a Task, its gradient clipped.

    `moments` is what Adam remembers, None at first. The error is the batch's, before the update; it is nan where a
    number overflows, and then nothing is updated.

    Used by: data/make_gradient_reach.py.
    """
    kept = net.forward(x, None, parameters)
    h = _asked(kept, task)
    loss, grad_y, error = _loss(read_out(h, parameters), target)
    if not isfinite(loss):
        return parameters, moments, float("nan")
    grad_output = np.zeros_like(kept[0][1:])
    grad_output[-task.answers :], gradients = read_out_backward(h, grad_y, parameters)
    gradients |= net.backward(x, kept, grad_output, parameters)
    gradients, norm = clip_by_norm({name: gradients[name] for name in parameters}, MAX_NORM)
    if not isfinite(norm):
        return parameters, moments, float("nan")
    return *adam_update(parameters, gradients, moments, lr), error


def error_on(net, task, parameters, x, target):
    """Return the error of a Net on a batch of a Task: the share of wrong symbols, or the mean squared error.

    Used by: data/make_gradient_reach.py.
    """
    return _loss(read_out(_asked(net.forward(x, None, parameters), task), parameters), target)[2]


def _asked(kept, task):
    """Return the states of the steps that are asked for an answer."""
    return kept[0][-task.answers :] if task.answers > 1 else kept[0][-1]
