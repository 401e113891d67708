"""The exercises of notebook 05: shapes, parameters, weights moved in, both ends, unlike lengths, training by segments.

Examples are built once and kept: the checker hands out copies.
"""

import functools

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from helpers.exercises.engine import function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import pencil_network
from helpers.with_torch.parameters import to_torch


@value_exercise(
    shown="Steps and the width of all directions in output, one row per layer and direction in h_n; and a second layer "
          "reads both directions of the first.",
    hints=(
        "output has the axes of the input, and only its last axis is another. h_n has no steps. Which of its "
        "axes counts the runs over the sequence?",
        "batch_first moves the batch in output and nowhere else. There are 3 layers and 2 directions: how many runs in "
        "all, and how wide is what the second layer reads?",
    ),
)
def shapes_by_hand():
    """Put the three shapes in place of the dots, each as a tuple, before you run anything."""
    return _shapes()


def _shapes(output=(4, 7, 16), h_n=(6, 4, 8), weight_ih_l1=(8, 16)):
    return {"output": np.array(output), "h_n": np.array(h_n), "weight_ih_l1": np.array(weight_ih_l1)}


@shapes_by_hand.mistake("batch_first taken to move h_n")
def _():
    """The batch stands first in the data. Does it in the states of layers and directions?"""
    return _shapes(h_n=(4, 6, 8))


@shapes_by_hand.mistake("batch_first forgotten")
def _():
    """Which axis of the data comes first in this module?"""
    return _shapes(output=(7, 4, 16))


@shapes_by_hand.mistake("directions left out of output")
def _():
    """Two networks read the sequence, and at each step output holds the states of both."""
    return _shapes(output=(4, 7, 8))


@shapes_by_hand.mistake("directions left out of h_n")
def _():
    """Each layer is run in two directions, and each run has a last state."""
    return _shapes(h_n=(3, 4, 8))


@shapes_by_hand.mistake("directions left out everywhere")
def _():
    """These are the shapes of a network that reads the sequence from its beginning only."""
    return _shapes((4, 7, 8), (3, 4, 8), (8, 8))


@shapes_by_hand.mistake("layers left out of h_n")
def _():
    """output knows the last layer alone. h_n holds the last states of all of them."""
    return _shapes(h_n=(2, 4, 8))


@shapes_by_hand.mistake("h_n of a single run")
def _():
    """That is h_n of one layer and one direction."""
    return _shapes(h_n=(1, 4, 8))


@shapes_by_hand.mistake("directions side by side in h_n")
def _():
    """In output the directions lie side by side. In h_n each has a row of its own."""
    return _shapes(h_n=(3, 4, 16))


@shapes_by_hand.mistake("layers side by side in output")
def _():
    """output has the states of one layer. Which one?"""
    return _shapes(output=(4, 7, 48))


@shapes_by_hand.mistake("steps in h_n")
def _():
    """h_n is what each run has left behind after its last step: no axis counts steps."""
    return _shapes(h_n=(6, 7, 8))


@shapes_by_hand.mistake("second layer taken to read the input")
def _():
    """The second layer does not see the input. What does it read in its place?"""
    return _shapes(weight_ih_l1=(8, 5))


@shapes_by_hand.mistake("second layer taken to read one direction")
def _():
    """The second layer reads what stands in the output of the first, all of it."""
    return _shapes(weight_ih_l1=(8, 8))


@shapes_by_hand.mistake("weight transposed")
def _():
    """Row i of a weight holds what unit i listens to. How many rows are there, then?"""
    return _shapes(weight_ih_l1=(16, 8))


@prediction_exercise(
    shown="The second layer is the larger one: it reads 2 * 20 numbers at each step, the first one only 10.",
    hints=(
        "Count one run after the other: H (I + H + 2), with what this run reads for I.",
        "There are four runs. The two of the second layer read both directions of the first.",
    ),
    rtol=0,
)
def predict_parameters():
    """Put your prediction of the number of parameters in place of the dots. The cell then asks the module."""
    return _count()


def _count(second=40, biases=2, directions=2, layers=2, first=10, units=20):
    widths = (first, second)[:layers]
    return directions * sum(units * (width + units + biases) for width in widths)


@predict_parameters.mistake("second layer taken to read one direction")
def _():
    """What the second layer reads at each step is the whole output of the first, and that is wider."""
    return _count(second=20)


@predict_parameters.mistake("second layer taken to read the input")
def _():
    """The second layer does not see the input; it reads what the first one says."""
    return _count(second=10)


@predict_parameters.mistake("one bias too few")
def _():
    """Each run has two biases, though one would do."""
    return _count(biases=1)


@predict_parameters.mistake("biases left out")
def _():
    """Biases are parameters too, and here are two vectors of them in each run."""
    return _count(biases=0)


@predict_parameters.mistake("one direction only")
def _():
    """The backward direction has weights of its own."""
    return _count(second=20, directions=1)


@predict_parameters.mistake("one direction only")
def _():
    """This is half of it: the backward direction has weights of its own, in both layers."""
    return _count(directions=1)


@predict_parameters.mistake("one layer only")
def _():
    """This is the first layer, both directions. Another stands on top of it."""
    return _count(layers=1)


@predict_parameters.mistake("one direction only in the second layer")
def _():
    """The second layer reads in both directions as well."""
    return _count(layers=1) + _count(directions=1) - _count(layers=1, directions=1)


@prediction_exercise(
    shown="One layer splits the sequence at the changed step. On top of it everything is reached: whoever "
          "comes too early for the forward half hears of it from the backward half below.",
    hints=(
        "The forward half at step t has read the steps 0 to t. The backward half has read from the other end.",
        "Both halves of a first layer's output are read by each direction of the second. Does the forward half of the "
        "second layer at step 0 know anything of step 2?",
    ),
    rtol=0,
)
def predict_reach():
    """Put your three predictions in place of the dots. The cell then changes step 2 and counts."""
    return 4, 3, 6


@predict_reach.mistake("second layer taken to hear its own direction only")
def _():
    """The first two are right. But what does the forward direction of a second layer read?"""
    return 4, 3, 4


@predict_reach.mistake("the changed step itself left out")
def _():
    """The state at a step has read the input of that step, in both directions."""
    return 3, 2, 6


@predict_reach.mistake("the changed step itself left out")
def _():
    """The state at a step has read the input of that step, in both directions."""
    return 3, 2, 3


@predict_reach.mistake("the changed step itself left out")
def _():
    """One half has counted the changed step, the other has not. Each state has read the input of its own step."""
    return 4, 2, 6


@predict_reach.mistake("the changed step itself left out")
def _():
    """One half has counted the changed step, the other has not. Each state has read the input of its own step."""
    return 3, 3, 6


@predict_reach.mistake("directions swapped")
def _():
    """Which states has a step still before it, and which behind it? The two are not the same many."""
    return 3, 4, 6


@predict_reach.mistake("backward half taken to read forward")
def _():
    """The backward half is not a copy of the forward half: it comes from the other end."""
    return 4, 4, 4


@predict_reach.mistake("backward half taken to read forward")
def _():
    """The backward half is not a copy of the forward half: it comes from the other end."""
    return 4, 4, 6


@predict_reach.mistake("everything taken to be reached by one layer")
def _():
    """Side by side the halves know all. Each by itself has read one side of the sequence."""
    return 6, 6, 6


@predict_reach.mistake("only the changed step taken to be reached")
def _():
    """That would be a network without recurrence. States are handed on."""
    return 1, 1, 1


@predict_reach.mistake("counted from step 1")
def _():
    """You took step 2 for the second of six. Counting begins with step 0."""
    return 5, 2, 6


@function_exercise(
    lambda: [_numpy_network(3, 1, 1, 2), _numpy_network(4, 2, 3, 2, seed=1), _numpy_network(3, 2, 3, 3, seed=2),
             _numpy_network(2, 2, 2, 2, seed=3)],
    shown="torch keeps each weight as (to, from), the other way round, and adds two biases, whose sum alone counts.",
    hints=(
        "Write both equations below each other: h @ Wh in NumPy, weight_hh @ h in torch, for one sequence. "
        "What has to be done to Wh? A square matrix fits either way, and no error tells you.",
        "`with torch.no_grad(): module.weight_ih_l0.copy_(torch.from_numpy(...))`, and so on for four parameters. The "
        "module's own biases are not zero; after you, their sum should be b.",
    ),
    over_time=True,
)
def same_as_numpy(module, x, Wx, Wh, b):
    """The NumPy network h = tanh(x[t] @ Wx + h @ Wh + b) starts from zeros. Load it into `module`, an nn.RNN of the
    right sizes in float64 with random weights, and return the module's states for all steps of x: (seq_len, batch,
    hidden_size)."""
    return _loaded(module, Wx.T, Wh.T, b, 0 * b)(_tensor(x))[0].detach()


@functools.cache
def _numpy_network(seq_len, batch, input_size, hidden_size, seed=None):
    """Return a module with weights that do not matter, and a network in rows; without a seed it is the pencil
    network."""
    if seed is None:
        x, _, p, _ = pencil_network()
        arrays = (x, p["weight_ih"].T.copy(), p["weight_hh"].T.copy(), p["bias_ih"] + p["bias_hh"])
    else:
        arrays = [_draw(seed + place, *shape) for place, shape in enumerate((
            (seq_len, batch, input_size), (input_size, hidden_size), (hidden_size, hidden_size), (hidden_size,)))]
    return {"module": made(nn.RNN, input_size, hidden_size)} | dict(zip(("x", "Wx", "Wh", "b"), arrays, strict=True))


def made(kind, *sizes, seed=0, **options):
    """Return a module of torch in float64 whose weights depend on the seed alone; torch's own random numbers stay
    unused."""
    with torch.random.fork_rng(devices=[]):  # not by way of the meta device: to leave it torch loads all of sympy
        module = kind(*sizes, dtype=torch.float64, **options)
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(rng.uniform(-0.7, 0.7, parameter.shape)))
    return module


def _draw(seed, *shape):
    return np.random.default_rng(seed).choice([-0.9, -0.7, -0.6, -0.4, -0.3, 0.2, 0.3, 0.5, 0.6, 0.8], shape)


def drawn(seed, *shape):
    """Return a float64 tensor of numbers with one decimal, so that a step can be redone by hand."""
    return _tensor(_draw(seed, *shape))


def _tensor(array):
    return torch.from_numpy(np.ascontiguousarray(array))


def _loaded(module, *arrays):
    """Copy what is given, in torch's order, into the module; None leaves a parameter as it is."""
    with torch.no_grad():
        for parameter, array in zip(module.parameters(), arrays, strict=True):
            if array is not None:
                parameter.copy_(_tensor(array))
    return module


@same_as_numpy.mistake("weight transposed")
def _(module, x, Wx, Wh, b):
    """Wh is square, so it fits either way. In torch, row i of a weight holds what unit i listens to."""
    return _loaded(module, Wx.T, Wh, b, 0 * b)(_tensor(x))[0]


@same_as_numpy.mistake("weight transposed")
def _(module, x, Wx, Wh, b):
    """With as many inputs as units both matrices fit either way. Row i of a weight holds what unit i listens to."""
    return _loaded(module, Wx, Wh, b, 0 * b)(_tensor(x))[0]


@same_as_numpy.mistake("weight transposed")
def _(module, x, Wx, Wh, b):
    """With as many inputs as units both matrices fit either way. Row i of a weight holds what unit i listens to."""
    return _loaded(module, Wx, Wh.T, b, 0 * b)(_tensor(x))[0]


@same_as_numpy.mistake("axes of the weight reshaped, not swapped")
def _(module, x, Wx, Wh, b):
    """The shape is right, but the numbers of a weight have been dealt out row by row into another shape."""
    return _loaded(module, Wx.reshape(Wx.shape[::-1]), Wh.T, b, 0 * b)(_tensor(x))[0]


@same_as_numpy.mistake("one bias copied twice")
def _(module, x, Wx, Wh, b):
    """The module adds both of its biases. What is their sum now?"""
    return _loaded(module, Wx.T, Wh.T, b, b)(_tensor(x))[0]


@same_as_numpy.mistake("a bias left as it was")
def _(module, x, Wx, Wh, b):
    """The module has two biases, and one of them still holds random numbers."""
    return _loaded(module, Wx.T, Wh.T, b, None)(_tensor(x))[0]


@same_as_numpy.mistake("a bias left as it was")
def _(module, x, Wx, Wh, b):
    """The module has two biases, and one of them still holds random numbers."""
    return _loaded(module, Wx.T, Wh.T, None, b)(_tensor(x))[0]


@same_as_numpy.mistake("biases left as they were")
def _(module, x, Wx, Wh, b):
    """Both biases of the module still hold random numbers."""
    return _loaded(module, Wx.T, Wh.T, None, None)(_tensor(x))[0]


@same_as_numpy.mistake("recurrent weight left as it was")
def _(module, x, Wx, Wh, b):
    """The module has a weight for the state as well, and it still holds random numbers."""
    return _loaded(module, Wx.T, None, b, 0 * b)(_tensor(x))[0]


@same_as_numpy.mistake("nothing copied")
def _(module, x, Wx, Wh, b):
    """The module still has all of its random weights. A name bound to a new array does not change what it stood for."""
    return module(_tensor(x))[0]


@same_as_numpy.mistake("b left out")
def _(module, x, Wx, Wh, b):
    """The module's biases are zero. b belongs into their sum."""
    return _loaded(module, Wx.T, Wh.T, 0 * b, 0 * b)(_tensor(x))[0]


@same_as_numpy.mistake("h_n in place of output")
def _(module, x, Wx, Wh, b):
    """That is the state after the last step. All steps are wanted."""
    return _loaded(module, Wx.T, Wh.T, b, 0 * b)(_tensor(x))[1]


@same_as_numpy.mistake("batch and time swapped")
def _(module, x, Wx, Wh, b):
    """The state has been handed from one sequence to the next. Which axis of x is time, and what does the module
    expect?"""
    return _loaded(module, Wx.T, Wh.T, b, 0 * b)(_tensor(x.swapaxes(0, 1)))[0]


@same_as_numpy.mistake("batch and time swapped")
def _(module, x, Wx, Wh, b):
    """The state has been handed from one sequence to the next. Which axis of x is time, and what does the module
    expect?"""
    return _loaded(module, Wx.T, Wh.T, b, 0 * b)(_tensor(x.swapaxes(0, 1)))[0].transpose(0, 1)


@function_exercise(
    lambda: [_both_ways(3, 2, 1, 1), _both_ways(4, 3, 2, 2), _both_ways(3, 2, 3, 3)],
    shown="The forward run ends at the last step, the backward run at the first: two ends, and h_n has both.",
    hints=(
        "Which two rows of h_n belong to the last layer? Row num_directions * layer + direction.",
        "Each of these rows is (batch, hidden_size). torch.cat joins tensors along an axis: which one makes each "
        "sequence's row twice as wide?",
    ),
)
def both_ends(output, h_n):
    """A bidirectional nn.RNN (time first, one layer or several) has returned these. Return for each sequence the last
    layer's last forward state and, beside it, its last backward state: shape (batch, 2 * hidden_size)."""
    return torch.cat([h_n[-2], h_n[-1]], dim=-1)


@functools.cache
def _both_ways(seq_len, batch, hidden_size, num_layers):
    module = made(nn.RNN, 2, hidden_size, num_layers, seed=num_layers, bidirectional=True)
    output, h_n = module(drawn(num_layers, seq_len, batch, 2))
    return {"output": output.detach(), "h_n": h_n.detach()}


def _halves(output):
    return output.unflatten(-1, (2, -1)).unbind(-2)


@both_ends.mistake("backward direction read at the wrong end", fails="direction of time")
def _(output, h_n):
    """At the last step the backward half has read one input only. Where has it read all of them?"""
    return output[-1]


@both_ends.mistake("forward direction read at the wrong end", fails="direction of time")
def _(output, h_n):
    """At the first step the forward half has read one input only."""
    return output[0]


@both_ends.mistake("both directions read where they begin", fails="direction of time")
def _(output, h_n):
    """Each half is taken from the step at which it has read one input only."""
    there, back = _halves(output)
    return torch.cat([there[0], back[-1]], dim=-1)


@both_ends.mistake("first layer in place of the last")
def _(output, h_n):
    """These two rows of h_n belong to the lowest layer. With one layer that is also the last."""
    return torch.cat([h_n[0], h_n[1]], dim=-1)


@both_ends.mistake("layers and directions of h_n mixed up")
def _(output, h_n):
    """One of the two rows belongs to another layer. In h_n the direction changes from row to row, the layer every
    second row."""
    layers = len(h_n) // 2
    return torch.cat([h_n[layers - 1], h_n[-1]], dim=-1)


@both_ends.mistake("layers and directions of h_n mixed up")
def _(output, h_n):
    """One of the two rows belongs to another layer. In h_n the direction changes from row to row, the layer every
    second row."""
    return torch.cat([h_n[0], h_n[-1]], dim=-1)


@both_ends.mistake("sequences mixed by a reshape")
def _(output, h_n):
    """A row of this holds two sequences. reshape keeps the numbers in the order in which they lie, and the batch does
    not lie first."""
    return h_n[-2:].reshape(h_n.shape[1], -1)


@both_ends.mistake("sequences mixed by a reshape")
def _(output, h_n):
    """A row of this holds several sequences. reshape keeps the numbers in the order in which they lie, and the batch
    does not lie first."""
    return h_n.reshape(h_n.shape[1], -1)


@both_ends.mistake("forward direction alone")
def _(output, h_n):
    """One half is missing: what the other direction has read."""
    return h_n[-2]


@both_ends.mistake("backward direction alone")
def _(output, h_n):
    """The last row of h_n is one direction of the last layer. Its other direction is missing."""
    return h_n[-1]


@both_ends.mistake("the two halves swapped")
def _(output, h_n):
    """Both halves are right, but forward should come first."""
    return torch.cat([h_n[-1], h_n[-2]], dim=-1)


@both_ends.mistake("halves added")
def _(output, h_n):
    """The two halves are one number here. Side by side, both can still be told apart."""
    return h_n[-2] + h_n[-1]


@both_ends.mistake("halves averaged")
def _(output, h_n):
    """The two halves are one number here. Side by side, both can still be told apart."""
    return (h_n[-2] + h_n[-1]) / 2


@both_ends.mistake("one below the other")
def _(output, h_n):
    """The halves stand one below the other, as if there were twice as many sequences. Along which axis do they
    belong?"""
    return torch.cat([h_n[-2], h_n[-1]], dim=0)


@both_ends.mistake("stacked along a new axis")
def _(output, h_n):
    """There is an axis too many, one that counts directions."""
    return h_n[-2:]


@both_ends.mistake("stacked along a new axis")
def _(output, h_n):
    """There is an axis too many, one that counts directions."""
    return h_n[-2:].transpose(0, 1)


@both_ends.mistake("squeeze takes nothing away")
def _(output, h_n):
    """squeeze(0) drops the first axis only where it has length 1. Here it counts at least two directions."""
    return h_n.squeeze(0)


@both_ends.mistake("both halves at both ends")
def _(output, h_n):
    """Each row is twice as wide as wanted: of either end it holds both halves, and one of them has only just begun."""
    return torch.cat([output[-1], output[0]], dim=-1)


@both_ends.mistake("both halves at both ends")
def _(output, h_n):
    """Each row is twice as wide as wanted: of either end it holds both halves, and one of them has only just begun."""
    return torch.cat([output[0], output[-1]], dim=-1)


@both_ends.mistake("all layers")
def _(output, h_n):
    """These are the last states of every layer. The last layer is wanted."""
    return h_n.transpose(0, 1).reshape(h_n.shape[1], -1)


@both_ends.mistake("last sequence in place of the last step")
def _(output, h_n):
    """These are all steps of one sequence. Which axis of output is time?"""
    return output[:, -1]


@both_ends.mistake("mean over the steps")
def _(output, h_n):
    """All steps are mixed here. One state of each direction is wanted."""
    return output.mean(dim=0)


@function_exercise(
    lambda: [_unlike_lengths(), _unlike_lengths((2, 4, 1, 3), 6, layers=2),
             _unlike_lengths((3, 5, 2, 2, 4), 5, layers=1)],
    shown="Each sequence is read up to its own end, and its row of the answer is its own again.",
    hints=(
        "output[n - 1, b] is the last layer's state of sequence b after n steps. Or let torch stop in time: "
        "pack_padded_sequence with enforce_sorted=False.",
        "Without packing: output[lengths - 1, torch.arange(batch)] picks one step for each sequence. With "
        "packing: h_n, in your order; which of its rows is the last layer?",
    ),
)
def last_states(module, x, lengths):
    """x is a padded batch, (seq_len, batch, input_size), sequence b has lengths[b] steps; module is an nn.RNN, time
    first, one direction, one layer or more. Return the last layer's state after each sequence's own last step:
    (batch, hidden_size)."""
    return module(_packed(x, lengths))[1][-1].detach()


@functools.cache
def _unlike_lengths(lengths=None, seq_len=None, layers=1):
    """Return a module and a padded batch; without lengths the pencil network and three beginnings of its sequence."""
    if lengths is None:
        x, _, _, _ = pencil_network()
        module, lengths = _pencil_module(), torch.tensor([2, 3, 1])
        x = _tensor(x).repeat(1, 3, 1)
    else:
        module, lengths = made(nn.RNN, 2, 3, layers, seed=layers), torch.tensor(lengths)
        x = drawn(layers, seq_len, len(lengths), 2)
        x[lengths[0] - 1, 0] = 0.0  # a true step may be zero as well
    ended = torch.arange(len(x))[:, None] >= lengths
    return {"module": module, "x": x.masked_fill(ended[..., None], 0.0), "lengths": lengths}


def _pencil_module():
    _, _, parameters, _ = pencil_network()
    recurrent = {name: parameters[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    return to_torch([recurrent], made(nn.RNN, 1, 2))


def _packed(x, lengths):
    return pack_padded_sequence(x, lengths, enforce_sorted=False)


def _at(module, x, lengths):
    """Return the states after `lengths` steps, one row for each sequence."""
    return module(x)[0][lengths - 1, torch.arange(len(lengths))]


@last_states.mistake("last column of a padded batch")
def _(module, x, lengths):
    """The network has read on through the padding: a zero is an input like any other."""
    return module(x)[0][-1]


@last_states.mistake("one length for all")
def _(module, x, lengths):
    """Every sequence has been read as far as the longest one."""
    return module(x)[0][max(lengths) - 1]


@last_states.mistake("one length for all")
def _(module, x, lengths):
    """Every sequence has been read as far as the shortest one."""
    return module(x)[0][min(lengths) - 1]


@last_states.mistake("first step in place of the last", fails="direction of time")
def _(module, x, lengths):
    """Each of these states has read one step only."""
    return module(x)[0][0]


@last_states.mistake("zero inputs taken for padding")
def _(module, x, lengths):
    """The ends have been looked for where the input is zero. A true step may be zero; the lengths are given."""
    return _at(module, x, (x != 0).any(dim=-1).sum(dim=0))


@last_states.mistake("zeros of the unpacked padding")
def _(module, x, lengths):
    """For the shorter sequences this is what unpacking has filled up with: no state at all, but zeros."""
    return pad_packed_sequence(module(_packed(x, lengths))[0])[0][-1]


@last_states.mistake("zeros of the unpacked padding")
def _(module, x, lengths):
    """For the shorter sequences this is what unpacking has filled up with: no state at all, but zeros."""
    return pad_packed_sequence(module(_packed(x, lengths))[0], total_length=len(x))[0][-1]


@last_states.mistake("order not restored")
def _(module, x, lengths):
    """The states are right, but they stand in the order of the lengths, not in the order in which the sequences
    came."""
    return last_states.solution(module, x, lengths)[torch.argsort(lengths, descending=True)]


@last_states.mistake("order restored the wrong way")
def _(module, x, lengths):
    """The rows have been moved by the permutation that sorts where its inverse was due, or once more than needed."""
    order = torch.argsort(lengths, descending=True)
    return last_states.solution(module, x, lengths)[order][order]


@last_states.mistake("order restored the wrong way")
def _(module, x, lengths):
    """The rows have been moved by the permutation that sorts where its inverse was due, or once more than needed."""
    return last_states.solution(module, x, lengths)[torch.argsort(torch.argsort(lengths, descending=True))]


@last_states.mistake("one step too early")
def _(module, x, lengths):
    """The last input of each sequence has not been seen. Which index does the n-th step have?"""
    return _at(module, x, lengths - 1)


@last_states.mistake("one step too late")
def _(module, x, lengths):
    """One step of padding has been read, or there is none left. Which index does the n-th step have?"""
    return _at(module, x, lengths + 1)


@last_states.mistake("counted from the end")
def _(module, x, lengths):
    """A negative index counts from the end of the block, padding included."""
    return module(x)[0][-lengths, torch.arange(len(lengths))]


@last_states.mistake("first layer in place of the last")
def _(module, x, lengths):
    """With one layer this row of h_n is the last layer too. With two it is not."""
    return module(_packed(x, lengths))[1][0]


@last_states.mistake("squeeze takes nothing away")
def _(module, x, lengths):
    """squeeze(0) drops the first axis only where it has length 1. It counts the layers."""
    return module(_packed(x, lengths))[1].squeeze(0)


@last_states.mistake("h_n as it comes")
def _(module, x, lengths):
    """The right states are in there. h_n has one axis more, which counts the layers."""
    return module(_packed(x, lengths))[1]


@last_states.mistake("batch and time swapped")
def _(module, x, lengths):
    """The state has been handed from one sequence to the next. The module expects time first, and so x comes."""
    return module(x.transpose(0, 1))[0][torch.arange(len(lengths)), lengths - 1]


@last_states.mistake("batch and time swapped")
def _(module, x, lengths):
    """The two indices are in the order of a batch that comes first. Which axis of output is time?"""
    return module(x)[0][torch.arange(len(lengths)), lengths - 1]


@last_states.mistake("state not reset between sequences")
def _(module, x, lengths):
    """Each sequence has started from where the one before it ended. They have nothing to do with each other."""
    h, found = None, []
    for b, length in enumerate(lengths):
        _, h = module(x[:length, b:b + 1], h)
        found.append(h[-1, 0])
    return torch.stack(found)


@last_states.mistake("mean over the steps")
def _(module, x, lengths):
    """All steps of a sequence are mixed here. Its last state is wanted."""
    return pad_packed_sequence(module(_packed(x, lengths))[0])[0].sum(dim=0) / lengths[:, None]


@last_states.mistake("mean over the padding")
def _(module, x, lengths):
    """All steps are mixed here, those of the padding too. The last true state is wanted."""
    return module(x)[0].mean(dim=0)


@function_exercise(
    lambda: [_segments(), _segments(3, 4, 2, max_norm=0.3), _segments(3, 3, 2, max_norm=100.0)],
    shown="The state's numbers cross from segment to segment, the gradient does not; and one factor for all parameters "
          "keeps its direction when it is too long.",
    hints=(
        "In each pass: run the module from h, read out, loss, gradients reset, backward, clip, step, and "
        "h.detach() for the next segment. Three of these lines stand in an order that matters.",
        "nn.utils.clip_grad_norm_ takes all parameters at once, those of the read-out too, and stands between "
        "backward() and step(). torch.optim.SGD([*module.parameters(), *read.parameters()], lr=lr).",
    ),
    rtol=1e-5,
)
def train_on_segments(module, read, x, target, lr, max_norm):
    """x and target are (segments, seq_len, batch, 1). For each segment: one update of plain gradient descent on the
    mean squared error of read(output), for all parameters, their common norm clipped to max_norm. The state is
    carried on to the next segment, the gradient is not carried back. Return the list of losses, each taken before its
    update."""
    return _train(module, read, x, target, lr, max_norm)


@functools.cache
def optimizers_loaded():
    """Let torch load what its optimizers need: that takes seconds on a slow machine, which are not the learner's."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


@functools.cache
def _segments(segments=3, seq_len=2, batch=1, max_norm=0.5):
    """Return the pencil network with its read-out, segments of numbers with one decimal, a rate and a threshold."""
    optimizers_loaded()
    _, _, parameters, _ = pencil_network()
    read = made(nn.Linear, 2, 1)
    with torch.no_grad():
        read.weight.copy_(_tensor(parameters["weight_ho"]))
        read.bias.copy_(_tensor(parameters["bias_o"]))
    shape = (segments, seq_len, batch, 1)
    return {"module": _pencil_module(), "read": read, "x": drawn(segments, *shape),
            "target": 2 * drawn(segments + 10, *shape), "lr": 0.4, "max_norm": max_norm}


def _train(module, read, x, target, lr, max_norm, clip="norm", carry=True, reset=True, cut=False, learned=None,
           error=torch.mean, late=False, states_of=lambda states: states):
    """Return the losses; the options are what can go wrong, one each."""
    h, losses = None, []
    everything = [*module.parameters(), *read.parameters()]
    for x_s, target_s in zip(x, target):
        states = []
        start = h if carry else None
        if cut:                                              # step by step, so that each one can be cut off
            for x_t in x_s:
                state, start = module(x_t[None], None if start is None else start.detach())
                states.append(state)
            output, h = torch.cat(states), start
        else:
            output, h = module(x_s, start)
        loss = error((states_of(read(output)) - states_of(target_s)) ** 2)
        if reset:
            module.zero_grad()
            read.zero_grad()
        loss.backward()
        _clip(clip, module, everything, max_norm)
        with torch.no_grad():
            for parameter in everything if learned is None else learned(module, read):
                parameter -= lr * parameter.grad
            if late:
                loss = error((read(module(x_s, start)[0]) - target_s) ** 2)
        h = h.detach()
        losses.append(loss.detach())
    return losses


def _clip(how, module, everything, max_norm):
    if how == "norm":
        nn.utils.clip_grad_norm_(everything, max_norm)
    elif how == "value":
        nn.utils.clip_grad_value_(everything, max_norm)
    elif how == "each":
        for parameter in everything:
            nn.utils.clip_grad_norm_([parameter], max_norm)
    elif how == "recurrent":
        nn.utils.clip_grad_norm_(module.parameters(), max_norm)
    elif how == "apart":
        nn.utils.clip_grad_norm_(everything[:4], max_norm)
        nn.utils.clip_grad_norm_(everything[4:], max_norm)
    elif how == "always":
        norm = torch.sqrt(sum((parameter.grad**2).sum() for parameter in everything))
        for parameter in everything:
            parameter.grad *= max_norm / norm
    elif how == "largest":
        nn.utils.clip_grad_norm_(everything, max_norm, norm_type=torch.inf)


@train_on_segments.mistake("clipped by value")
def _(*given):
    """Each number has been cut by itself, and with that the direction changes. The length of the whole was to be
    limited."""
    return _train(*given, clip="value")


@train_on_segments.mistake("norm taken per parameter")
def _(*given):
    """Each parameter has a limit of its own here. There is one gradient, which all parameters share."""
    return _train(*given, clip="each")


@train_on_segments.mistake("norm taken per module")
def _(*given):
    """The network and its read-out have been clipped each by itself. There is one gradient, which all parameters
    share."""
    return _train(*given, clip="apart")


@train_on_segments.mistake("read-out left out of the norm")
def _(*given):
    """What has been clipped is the gradient of the nn.RNN alone. Which other parameters are updated?"""
    return _train(*given, clip="recurrent")


@train_on_segments.mistake("largest entry in place of the norm")
def _(*given):
    """The limit has been set to the largest entry. The norm is the root of the sum of all squares."""
    return _train(*given, clip="largest")


@train_on_segments.mistake("stretched as well as clipped")
def _(*given):
    """A gradient that was short enough has been made longer."""
    return _train(*given, clip="always")


@train_on_segments.mistake("clipping without effect")
def _(*given):
    """The updates are made with gradients that nothing has clipped. When do they come into being, and when are they
    used?"""
    return _train(*given, clip="none")


@train_on_segments.mistake("gradients never reset")
def _(*given):
    """backward() adds to what is there. From the second update on, the gradients of all segments so far are in it."""
    return _train(*given, reset=False)


@train_on_segments.mistake("state not carried on")
def _(*given):
    """Each segment has started from zeros, as if the one before had not been."""
    return _train(*given, carry=False)


@train_on_segments.mistake("detach at every step")
def _(*given):
    """The gradient ends at each step, not only at the segment's edge, so no step learns to leave something for
    later."""
    return _train(*given, cut=True)


@train_on_segments.mistake("read-out not trained")
def _(*given):
    """The weights of the read-out have stayed as they were."""
    return _train(*given, learned=lambda module, read: module.parameters())


@train_on_segments.mistake("only the read-out trained")
def _(*given):
    """The weights of the recurrent network have stayed as they were."""
    return _train(*given, learned=lambda module, read: read.parameters())


@train_on_segments.mistake("no update between the segments")
def _(*given):
    """All of these losses are those of the network as it was handed over. Is there a step in each pass of the loop, and
    does it find a gradient?"""
    return _train(*given, learned=lambda module, read: ())


@train_on_segments.mistake("squares summed, not averaged")
def _(*given):
    """The loss grows with the number of steps. A mean is wanted."""
    return _train(*given, error=torch.sum)


@train_on_segments.mistake("half of the mean")
def _(*given):
    """Here the loss is half of the mean squared error."""
    return _train(*given, error=lambda squares: squares.mean() / 2)


@train_on_segments.mistake("loss taken after the update")
def _(*given):
    """These losses are those that the update has left. Wanted are those before it."""
    return _train(*given, late=True)


@train_on_segments.mistake("only the last step read out")
def _(*given):
    """The loss has seen one step of each segment. Every step has a target."""
    return _train(*given, states_of=lambda states: states[-1:])


@train_on_segments.mistake("uphill")
def _(module, read, x, target, lr, max_norm):
    """The parameters have gone along the gradient. In which direction does the loss fall?"""
    return _train(module, read, x, target, -lr, max_norm)
