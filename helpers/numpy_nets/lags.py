"""Ten small nets that learn to remember: trained at one lag or on random lags up to it, tested at lags nearby and far.

The score has one scale for all tasks, the skill: 1 - error / error of guessing, so that 0 is what guessing gives and 1 is
without a fault; what is worse than guessing has skill 0. All nets have as many parameters as a plain one of PLAIN_SIZE units.
The LRU and the minGRU have two layers, because what is linear between its steps gets its bends from its depth. No run is
stopped by a count that suits one net: it ends when its last BLOCK batches have skill ENOUGH, or when PATIENCE updates have
passed without progress.
"""

from collections import namedtuple
from functools import partial
from math import isfinite

import numpy as np

from helpers.numpy_nets import gated, rnn
from helpers.numpy_nets.checks import check_whole, checked_by
from helpers.numpy_nets.linear import init_lru, init_mingru, lru_backward, lru_forward, mingru_backward, mingru_forward
from helpers.numpy_nets.optimize import adam_update, clip_by_norm, mean_squared_error, softmax_cross_entropy
from helpers.numpy_nets.rnn import draw_uniform, init_parameters, read_out, read_out_backward
from helpers.numpy_nets.toy_tasks import adding, copy_symbols, recall

BATCH, MAX_NORM, PLAIN_SIZE = 32, 1.0, 32
LEAK, OPEN = 0.95, 5.0                      # the leaky net's constant gate; the bias that opens a gate
BLOCK, ENOUGH, SOLVED = 50, 0.95, 0.8       # SOLVED: the skill from which on we call a lag solved
PROGRESS, PATIENCE, LIMIT = 0.1, 3000, 15_000  # progress: a tenth less error than in the best block before
TRAININGS = ("one lag", "random lags")
SHORTEST = {"recall": 1, "adding": 2, "copying": 5}
TESTED = {"half": lambda lag: lag // 2, "minus_2": lambda lag: lag - 2, "minus_1": lambda lag: lag - 1,
          "same": lambda lag: lag, "plus_1": lambda lag: lag + 1, "plus_2": lambda lag: lag + 2,
          "double": lambda lag: 2 * lag}
# The lags among them that a training has not seen: the score that ranks is the mean skill there.
UNSEEN = {"one lag": ("half", "minus_2", "minus_1", "plus_1", "plus_2", "double"),
          "random lags": ("plus_1", "plus_2", "double")}

# sequences(lag, batch, rng) returns x and the targets of the last `answers` steps; `guess` is the error of guessing.
Task = namedtuple("Task", "sequences input_size output_size answers guess")
TASKS = {
    "recall": Task(recall, 3, 2, 1, 1 / 2),
    "adding": Task(adding, 2, 1, 1, 1 / 6),
    "copying": Task(partial(copy_symbols, length=5, symbols=4), 5, 4, 5, 3 / 4),
}

# start(input_size, hidden_size, output_size, rng=, dtype=) -> parameters; forward(x, parameters) -> (h, kept), h being what
# is read out, (seq_len, batch, hidden_size); backward(x, kept, grad_h, parameters) -> gradients by name
Model = namedtuple("Model", "start forward backward")


def init_identity(input_size, hidden_size, output_size, *, rng, dtype=np.float64):
    """Return the first parameters of the IRNN: the identity, no biases, and N(0, 0.001^2) into the net and out of it.

    Raises: ValueError as helpers.numpy_nets.rnn.init_parameters.
    Source: Le, Jaitly, Hinton 2015.
    """
    parameters = init_parameters(input_size, hidden_size, output_size, rng=rng, recurrent="identity", dtype=dtype)
    for name, array in parameters.items():
        if name != "weight_hh":
            array[:] = 0 if name.startswith("bias") else 0.001 * rng.normal(size=array.shape)
    return parameters


def _plain(start, nonlinearity):
    """Return a plain network as a Model."""
    def forward(x, parameters):
        states = rnn.forward(x, None, parameters, nonlinearity)
        return states[1:], (states,)
    return Model(start, forward, lambda x, kept, grad_h, parameters: rnn.backward(x, *kept, grad_h, parameters, nonlinearity))


def _gated(start, forward, backward, **constants):
    """Return a network of helpers.numpy_nets.gated as a Model."""
    def states_first(x, parameters):
        kept = forward(x, None, parameters, **constants)
        return kept[0][1:], kept
    return Model(start, states_first, partial(backward, **constants))


def _two_layers(init, forward, backward):
    """Return two equal layers and an output layer as a Model; the parameters of the layers end in _l0 and _l1.

    init(input_size, hidden_size, rng=, dtype=) -> parameters; forward(x, parameters) -> (h, kept) and
    backward(kept, grad_h, parameters) -> gradients are those of one layer.
    """
    def start(input_size, hidden_size, output_size, *, rng, dtype=np.float64):
        layers = [init(size, hidden_size, rng=rng, dtype=dtype) for size in (input_size, hidden_size)]
        parameters = {f"{name}_l{number}": array for number, layer in enumerate(layers) for name, array in layer.items()}
        shapes = {"weight_ho": (output_size, hidden_size), "bias_o": (output_size,)}
        return parameters | {name: draw_uniform(shape, hidden_size, rng).astype(dtype) for name, shape in shapes.items()}

    def of_layer(number, parameters):
        return {name[:-3]: array for name, array in parameters.items() if name.endswith(f"_l{number}")}

    def upwards(x, parameters):
        h_0, kept_0 = forward(x, of_layer(0, parameters))
        h_1, kept_1 = forward(h_0, of_layer(1, parameters))
        return h_1, (kept_0, kept_1)

    def downwards(x, kept, grad_h, parameters):
        gradients = {}
        for number in (1, 0):
            layer = backward(kept[number], grad_h, of_layer(number, parameters))
            grad_h = layer["x"]
            gradients |= {f"{name}_l{number}": gradient for name, gradient in layer.items()}
        return gradients

    return Model(start, upwards, downwards)


def _init_lru_layer(input_size, hidden_size, *, rng, dtype):
    made = init_lru(input_size, hidden_size, hidden_size, rng=rng, dtype=dtype)
    return made | {"shift": draw_uniform((hidden_size,), hidden_size, rng).astype(dtype)}


def _lru_layer(x, parameters):
    """Return (h, kept) of h = tanh(LRU(x) + shift)."""
    lru = {name: array for name, array in parameters.items() if name != "shift"}
    y, states = lru_forward(x, None, lru)
    h = np.tanh(y + parameters["shift"])
    return h, (x, states, h, lru)


def _lru_layer_backward(kept, grad_h, parameters):
    x, states, h, lru = kept
    grad_y = grad_h * (1 - h * h)
    return lru_backward(x, states, grad_y, lru) | {"shift": grad_y.sum(axis=(0, 1))}


def _mingru_layer(x, parameters):
    kept = mingru_forward(x, None, parameters)
    return kept[0][1:], (x, kept)


def _mingru_layer_backward(kept, grad_h, parameters):
    return mingru_backward(*kept, grad_h, parameters)


MODELS = {
    "tanh": _plain(init_parameters, "tanh"),
    "tanh orthogonal": _plain(partial(init_parameters, recurrent="orthogonal"), "tanh"),
    "ReLU identity": _plain(init_identity, "relu"),
    "leaky": _gated(init_parameters, gated.leaky_forward, gated.leaky_backward, gate=LEAK),
    "GRU": _gated(gated.init_gru, gated.gru_forward, gated.gru_backward),
    "LSTM": _gated(gated.init_lstm, gated.lstm_forward, gated.lstm_backward),
    "GRU open": _gated(partial(gated.init_gru, update_bias=OPEN), gated.gru_forward, gated.gru_backward),
    "LSTM open": _gated(partial(gated.init_lstm, forget_bias=OPEN), gated.lstm_forward, gated.lstm_backward),
    "LRU": _two_layers(_init_lru_layer, _lru_layer, _lru_layer_backward),
    "minGRU": _two_layers(init_mingru, _mingru_layer, _mingru_layer_backward),
}


def parameter_count(net, hidden_size, task):
    """Return how many numbers a net of MODELS of this size has to learn for a task of TASKS, read-out included.

    Shown in: notebook 10.
    """
    task = TASKS[task]
    start = MODELS[net].start(task.input_size, hidden_size, task.output_size, rng=np.random.default_rng(0))
    return sum(array.size for array in start.values())


def equal_size(net, task, plain_size=PLAIN_SIZE):
    """Return the hidden size whose parameter_count is nearest to that of the plain net of plain_size units.

    Shown in: notebook 10.
    """
    wanted = parameter_count("tanh", plain_size, task)
    return min(range(1, plain_size + 1), key=lambda size: abs(parameter_count(net, size, task) - wanted))


def skill(error, task):
    """Return 1 - error / error of guessing, or 0 where that is negative or no number. `error` may be an array: its mean."""
    mean = np.mean(error)
    return max(0.0, 1 - float(mean) / task.guess) if isfinite(mean) else 0.0


def _asked(h, task):
    """Return the states of the steps that are asked for an answer."""
    return h[-task.answers:] if task.answers > 1 else h[-1]


def _read_out_of(parameters):
    return {name: parameters[name] for name in ("weight_ho", "bias_o")}


def answer(model, task, parameters, x):
    """Return (y, h, kept): the answers of the last task.answers steps, (answers, batch, output_size), or the last alone."""
    h, kept = model.forward(x, parameters)
    return read_out(_asked(h, task), _read_out_of(parameters)), h, kept


def _loss(y, target):
    """Return the loss, dL/dy, and the error: wrong answers of symbols, squared error of numbers."""
    if np.issubdtype(target.dtype, np.integer):
        return *softmax_cross_entropy(y, target), np.mean(y.argmax(axis=-1) != target)
    loss, grad_y = mean_squared_error(y, target.astype(y.dtype))
    return loss, grad_y, loss


def loss_and_gradients(model, task, parameters, x, target):
    """Return the loss, the gradients of all parameters by name, and the error of a batch.

    Shown in: notebook 11.
    """
    y, h, kept = answer(model, task, parameters, x)
    loss, grad_y, error = _loss(y, target)
    if not isfinite(loss):
        return loss, {}, float("nan")
    grad_h = np.zeros_like(h)
    grad_h[-task.answers:], gradients = read_out_backward(_asked(h, task), grad_y, _read_out_of(parameters))
    gradients |= model.backward(x, kept, grad_h, parameters)
    return loss, {name: gradients[name] for name in parameters}, error


def _check_train(net, task, lag, training, lr, seed, start=None):
    for name, value, known in (("net", net, MODELS), ("task", task, TASKS), ("training", training, TRAININGS)):
        if value not in known:
            raise ValueError(f"{name}: expected one of {', '.join(known)}, got {value!r}")
    check_whole("lag", lag, SHORTEST[task] + 2)
    if not (lr > 0 and isfinite(lr)):
        raise ValueError(f"lr: expected a positive number, got {lr!r}")


@checked_by(_check_train)
def train(net, task, lag, training, lr, seed, start=None):
    """Return (parameters, updates, ending, curve) of a net of MODELS trained on a task of TASKS in float32, by Adam.

    "one lag": every batch has this lag. "random lags": each batch has one, drawn from the shortest of the task up to lag.
    `ending` is "solved" (the last BLOCK batches have skill ENOUGH), "no progress" (for PATIENCE updates no
    block had an error smaller by the share PROGRESS than the best before), "limit" (LIMIT updates) or "overflow" (a number is inf: what was before it is
    returned). `curve` holds the skill of each block. One seed has the same sequences for all nets. With `start` the net
    begins with other parameters, start(input_size, hidden_size, output_size, rng=, dtype=).

    Raises: ValueError naming the argument, what was expected and what came.
    Shown in: notebook 10.
    """
    model, made = MODELS[net], TASKS[task]
    draws, noise = (np.random.default_rng([seed, stream]) for stream in range(2))
    sizes = made.input_size, equal_size(net, task), made.output_size
    parameters, moments = (start or model.start)(*sizes, rng=draws, dtype=np.float32), None
    errors, curve, best, best_at = [], [], 0.0, 0
    for done in range(1, LIMIT + 1):
        now = lag if training == "one lag" else int(noise.integers(SHORTEST[task], lag + 1))
        x, target = made.sequences(now, BATCH, noise)
        _, gradients, error = loss_and_gradients(model, made, parameters, x.astype(np.float32), target)
        clipped, norm = clip_by_norm(gradients, MAX_NORM) if gradients else ({}, np.inf)
        if not isfinite(norm):
            return parameters, done, "overflow", curve
        parameters, moments = adam_update(parameters, clipped, moments, lr)
        errors.append(error)
        if done % BLOCK:
            continue
        curve.append(skill(errors[-BLOCK:], made))
        if curve[-1] >= ENOUGH:
            return parameters, done, "solved", curve
        if 1 - curve[-1] <= (1 - PROGRESS) * (1 - best):
            best, best_at = curve[-1], done
        if done - best_at >= PATIENCE:
            return parameters, done, "no progress", curve
    return parameters, LIMIT, "limit", curve


def skills(net, task, lag, parameters, seed, sequences=1000):
    """Return the skill at each of the lags that TESTED names, on new sequences, which one seed has in common for all nets."""
    model, made, found = MODELS[net], TASKS[task], {}
    for number, (name, at) in enumerate(TESTED.items()):
        x, target = made.sequences(at(lag), sequences, np.random.default_rng([seed, 2, number]))
        y, _, _ = answer(model, made, parameters, x.astype(np.float32))
        found[name] = skill(_loss(y, target)[2], made)
    return found


def unseen(found, training):
    """Return the mean skill on the lags that a training has not seen: the score that ranks.

    Shown in: notebook 10.
    """
    return float(np.mean([found[name] for name in UNSEEN[training]]))
