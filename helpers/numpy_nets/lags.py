"""Ten small nets that learn to remember: trained at one lag or on random lags up to it, tested at lags nearby and far.

The tasks, and eight of the nets, are those of helpers.numpy_nets.memory_sweep; the LRU and the minGRU come from
helpers.numpy_nets.linear, two layers each, because what is linear between its steps gets its bends from its depth.
All nets have as many parameters as a plain one of PLAIN_SIZE units. No run is stopped by a count that suits one net: it
ends when its last BLOCK batches have skill ENOUGH, or when PATIENCE updates have passed without progress.
"""

from collections import namedtuple
from math import isfinite

import numpy as np

from helpers.numpy_nets import memory_sweep
from helpers.numpy_nets.checks import check_whole, checked_by
from helpers.numpy_nets.linear import init_lru, init_mingru, lru_backward, lru_forward, mingru_backward, mingru_forward
from helpers.numpy_nets.memory_sweep import TASKS, skill
from helpers.numpy_nets.optimize import adam_update, clip_by_norm, mean_squared_error, softmax_cross_entropy
from helpers.numpy_nets.rnn import draw_uniform, read_out, read_out_backward

BATCH, MAX_NORM, PLAIN_SIZE = 32, 1.0, 32
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

# start(input_size, hidden_size, output_size, rng=, dtype=) -> parameters; forward(x, parameters) -> (h, kept), h being what
# is read out, (seq_len, batch, hidden_size); backward(x, kept, grad_h, parameters) -> gradients by name
Model = namedtuple("Model", "start forward backward")


def _of_net(net):
    """Return a Net of memory_sweep as a Model."""
    def forward(x, parameters):
        kept = net.forward(x, None, parameters)
        return kept[0][1:], kept
    return Model(net.start, forward, net.backward)


def layer(parameters, number):
    """Return the parameters of one layer, named as a layer alone has them; in a stack they end in _l0, _l1, ..."""
    return {name[:-3]: array for name, array in parameters.items() if name.endswith(f"_l{number}")}


def _named(parameters, number):
    return {f"{name}_l{number}": array for name, array in parameters.items()}


def _init_read_out(hidden_size, output_size, rng, dtype):
    return {"weight_ho": draw_uniform((output_size, hidden_size), hidden_size, rng).astype(dtype),
            "bias_o": draw_uniform((output_size,), hidden_size, rng).astype(dtype)}


def init_lru_stack(input_size, hidden_size, output_size, *, rng, dtype=np.float64):
    """Return first parameters of two LRU layers, each followed by tanh(y + shift), and of the read-out.

    """
    parameters = {}
    for number, size in enumerate((input_size, hidden_size)):
        of_layer = init_lru(size, hidden_size, hidden_size, rng=rng, dtype=dtype)
        of_layer["shift"] = draw_uniform((hidden_size,), hidden_size, rng).astype(dtype)
        parameters |= _named(of_layer, number)
    return parameters | _init_read_out(hidden_size, output_size, rng, dtype)


def lru_stack_forward(x, parameters):
    """Return (h, kept) of two layers h = tanh(LRU(x) + shift).

    """
    kept, h = [], x
    for number in range(2):
        of_layer = layer(parameters, number)
        shift = of_layer.pop("shift")
        y, states = lru_forward(h, None, of_layer)
        bent = np.tanh(y + shift)
        kept.append((h, states, bent))
        h = bent
    return h, kept


def lru_stack_backward(x, kept, grad_h, parameters):
    """Return the gradients of all parameters of both layers by name.

    """
    gradients = {}
    for number in (1, 0):
        of_layer = layer(parameters, number)
        del of_layer["shift"]
        entered, states, bent = kept[number]
        grad_y = grad_h * (1 - bent * bent)
        of_gradients = lru_backward(entered, states, grad_y, of_layer)
        of_gradients["shift"] = grad_y.sum(axis=(0, 1))
        grad_h = of_gradients["x"]
        gradients |= _named(of_gradients, number)
    return gradients


def init_mingru_stack(input_size, hidden_size, output_size, *, rng, dtype=np.float64):
    """Return first parameters of two minGRU layers, the second fed with the states of the first, and of the read-out.

    """
    parameters = {}
    for number, size in enumerate((input_size, hidden_size)):
        parameters |= _named(init_mingru(size, hidden_size, rng=rng, dtype=dtype), number)
    return parameters | _init_read_out(hidden_size, output_size, rng, dtype)


def mingru_stack_forward(x, parameters):
    """Return (h, kept) of two minGRU layers.

    """
    kept, h = [], x
    for number in range(2):
        kept.append((h, mingru_forward(h, None, layer(parameters, number))))
        h = kept[-1][1][0][1:]
    return h, kept


def mingru_stack_backward(x, kept, grad_h, parameters):
    """Return the gradients of all parameters of both layers by name.

    """
    gradients = {}
    for number in (1, 0):
        of_gradients = mingru_backward(*kept[number], grad_h, layer(parameters, number))
        grad_h = of_gradients["x"]
        gradients |= _named(of_gradients, number)
    return gradients


MODELS = {name: _of_net(net) for name, net in memory_sweep.NETS.items()} | {
    "LRU": Model(init_lru_stack, lru_stack_forward, lru_stack_backward),
    "minGRU": Model(init_mingru_stack, mingru_stack_forward, mingru_stack_backward),
}


def parameter_count(net, hidden_size, task):
    """Return how many numbers a net of MODELS of this size has to learn for a task of TASKS, read-out included.

    Shown in: notebook 10.
    """
    task = TASKS[task]
    start = MODELS[net].start(task.input_size, hidden_size, task.output_size, rng=np.random.default_rng(0))
    return sum(array.size for array in start.values())


def equal_size(net, task):
    """Return the hidden size whose parameter_count is nearest to that of the plain net of PLAIN_SIZE units.

    Shown in: notebook 10.
    """
    wanted = parameter_count("tanh", PLAIN_SIZE, task)
    return min(range(1, PLAIN_SIZE + 1), key=lambda size: abs(parameter_count(net, size, task) - wanted))


def answer(model, task, parameters, x):
    """Return (y, h, kept): the answers of the last task.answers steps, (answers, batch, output_size), or the last alone."""
    h, kept = model.forward(x, parameters)
    asked = h[-task.answers:] if task.answers > 1 else h[-1]
    return read_out(asked, _read_out_of(parameters)), h, kept


def _read_out_of(parameters):
    return {name: parameters[name] for name in ("weight_ho", "bias_o")}


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
    asked = h[-task.answers:] if task.answers > 1 else h[-1]
    grad_h = np.zeros_like(h)
    grad_h[-task.answers:], gradients = read_out_backward(asked, grad_y, _read_out_of(parameters))
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
    """Return the skill at each of the lags that TESTED names, on new sequences, which one seed has in common for all nets.

    """
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
