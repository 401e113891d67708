"""The exercises of notebook 05: shapes, parameters, weights moved in, both ends, different lengths, training by segments."""

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: F401 (the second in edits)

from helpers.exercises.draws import draw
from helpers.exercises.draws_torch import draw_module, draw_tensor, load_optimizers
from helpers.exercises.engine import DIRECTION, function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import pencil_network
from helpers.with_torch.parameters import to_torch


@value_exercise(
    shown="output has one row per step, as wide as all directions together; h_n has one row per layer and direction; and "
          "a second layer reads both directions of the first.",
    hints=("output has the axes of the input, and only its last axis has another length. h_n has no steps: which of its axes "
           "counts the runs over the sequence?",
           "batch_first moves the batch in output and nowhere else. There are 3 layers and 2 directions: how many runs is "
           "that, and how wide is what the second layer reads?"))
def shapes_by_hand():
    """Put the three shapes in place of the dots, each as a tuple, before you run anything."""
    return shapes()


def shapes(output=(4, 7, 16), h_n=(6, 4, 8), weight_ih_l1=(8, 16)):
    return {"output": np.array(output), "h_n": np.array(h_n), "weight_ih_l1": np.array(weight_ih_l1)}


shapes_by_hand.knows(
    ("batch_first taken to move h_n",
     "The batch comes first in the data. Does it come first in the states of layers and directions?", shapes(h_n=(4, 6, 8))),
    ("batch_first forgotten", "Which axis of the data comes first in this module?", shapes(output=(7, 4, 16))),
    ("directions left out of output", "Two networks read the sequence, and at each step output holds the states of both.",
     shapes(output=(4, 7, 8))),
    ("directions left out of h_n", "Each layer runs in two directions, and each run has a last state.", shapes(h_n=(3, 4, 8))),
    ("directions left out everywhere", "These are the shapes of a network that reads the sequence in one direction only.",
     shapes((4, 7, 8), (3, 4, 8), (8, 8))),
    ("layers left out of h_n", "output shows the last layer alone. h_n holds the last states of all layers.",
     shapes(h_n=(2, 4, 8))),
    ("h_n of a single run", "That is the h_n of one layer and one direction.", shapes(h_n=(1, 4, 8))),
    ("directions side by side in h_n", "In output the directions lie side by side. In h_n each direction has a row of its own.",
     shapes(h_n=(3, 4, 16))),
    ("layers side by side in output", "output has the states of one layer. Which one?", shapes(output=(4, 7, 48))),
    ("steps in h_n", "h_n is what each run leaves behind after its last step, so no axis counts steps.", shapes(h_n=(6, 7, 8))),
    ("second layer taken to read the input", "The second layer does not see the input. What does it read instead?",
     shapes(weight_ih_l1=(8, 5))),
    ("second layer taken to read one direction", "The second layer reads the whole output of the first.",
     shapes(weight_ih_l1=(8, 8))),
    ("weight transposed", "Row i of a weight holds what goes into unit i. How many rows are there, then?",
     shapes(weight_ih_l1=(16, 8))))


@prediction_exercise(
    shown="The second layer is the larger one: it reads 2 * 20 numbers at each step, the first one only 10.",
    hints=("Count the runs one by one: H (I + H + 2), where I is how many numbers this run reads at each step.",
           "There are four runs. The two of the second layer read both directions of the first."), rtol=0)
def predict_parameters():
    """Put your prediction of the number of parameters in place of the dots. The cell then asks the module."""
    return count()


def count(second=40, biases=2, directions=2, layers=2, first=10, units=20):
    widths = (first, second)[:layers]
    return directions * sum(units * (width + units + biases) for width in widths)


predict_parameters.knows(
    ("second layer taken to read one direction",
     "At each step the second layer reads the whole output of the first, and that is wider.", count(second=20)),
    ("second layer taken to read the input", "The second layer does not see the input; it reads the states of the first layer.",
     count(second=10)),
    ("one bias too few", "Each run has two biases, although one would do.", count(biases=1)),
    ("biases left out", "Biases are parameters too, and each run has two vectors of them.", count(biases=0)),
    ("one direction only", "The backward direction has weights of its own.", count(second=20, directions=1)),
    ("one direction only", "This is half of it: the backward direction has weights of its own, in both layers.",
     count(directions=1)),
    ("one layer only", "This is the first layer with both directions. A second layer sits on top of it.", count(layers=1)),
    ("one direction only in the second layer", "The second layer reads in both directions as well.",
     count(layers=1) + count(directions=1) - count(layers=1, directions=1)))


@prediction_exercise(
    shown="One layer splits the sequence at the changed step. A second layer reaches every state: the early steps of its "
          "forward half read the backward half below, which has already seen the change.",
    hints=("The forward half at step t has read steps 0 to t. The backward half has read from the other end.",
           "Each direction of the second layer reads both halves of the first layer's output. Does the forward half of the "
           "second layer at step 0 know anything about step 2?"), rtol=0)
def predict_reach():
    """Put your three predictions in place of the dots. The cell then changes step 2 and counts."""
    return 4, 3, 6


predict_reach.knows(
    ("second layer taken to read its own direction only",
     "The first two are right. But what does the forward direction of a second layer read?", (4, 3, 4)),
    ("the changed step itself left out", "The state at a step has read the input of that step, in both directions.",
     (3, 2, 6), (3, 2, 3)),
    ("the changed step itself left out", "You counted the changed step in one half and not in the other. Each state has read "
     "the input of its own step.", (4, 2, 6), (3, 3, 6)),
    ("directions swapped", "Which states come after the changed step, and which before it? The two counts differ.", (3, 4, 6)),
    ("backward half taken to read forward", "The backward half is not a copy of the forward half: it comes from the other end.",
     (4, 4, 4), (4, 4, 6)),
    ("everything taken to be reached by one layer",
     "Side by side the two halves know everything. Each by itself has read one side of the sequence.", (6, 6, 6)),
    ("only the changed step taken to be reached", "That would be a network without recurrence. States are handed on.",
     (1, 1, 1)),
    ("counted from step 1", "You took step 2 for the second of six. Counting begins with step 0.", (5, 2, 6)))


@function_exercise(
    lambda: [_pencil_in_rows(), _numpy_network(1, 4, 2, 3, 2), _numpy_network(2, 3, 2, 3, 3), _numpy_network(3, 2, 2, 2, 2),
             _numpy_network(4, 1, 5, 2, 4), _numpy_network(5, 6, 3, 4, 5, size=2.0)],
    shown="torch stores each weight as (to, from), the other way round, and adds two biases, of which only the sum counts.",
    hints=("Write the two equations one below the other: h @ Wh in NumPy, weight_hh @ h in torch, for one sequence. What has "
           "to happen to Wh? A square matrix fits either way, and no error tells you.",
           "`with torch.no_grad(): module.weight_ih_l0.copy_(torch.from_numpy(...))`, and so on for four parameters. The "
           "module's own biases are not zero; when you are done, their sum should be b."), over_time=True)
def same_as_numpy(module, x, Wx, Wh, b):
    """The NumPy network h = tanh(x[t] @ Wx + h @ Wh + b) starts from zeros. Load it into `module`, an nn.RNN of the right sizes
    in float64 with random weights, and return the module's states for all steps of x: (seq_len, batch, hidden_size)."""
    with torch.no_grad():
        module.weight_ih_l0.copy_(torch.from_numpy(Wx.T))
        module.weight_hh_l0.copy_(torch.from_numpy(Wh.T))
        module.bias_ih_l0.copy_(torch.from_numpy(b))
        module.bias_hh_l0.zero_()
    output, h_n = module(torch.from_numpy(x))
    return output.detach()


def _pencil_in_rows():
    x, _, p, _ = pencil_network()
    return draw_module(nn.RNN, 1, 2), x, p["weight_ih"].T.copy(), p["weight_hh"].T.copy(), p["bias_ih"] + p["bias_hh"]


def _numpy_network(seed, seq_len, batch, input_size, hidden_size, size=1.0):
    """Return a module with weights that do not matter, and a network in rows."""
    shapes = (seq_len, batch, input_size), (input_size, hidden_size), (hidden_size, hidden_size), (hidden_size,)
    return draw_module(nn.RNN, input_size, hidden_size), *(size * draw(seed + n, *shape) for n, shape in enumerate(shapes))


same_as_numpy.knows(
    ("weight transposed", "Wh is square, so it fits either way. In torch, row i of a weight holds what goes into unit i.",
     ("Wh.T", "Wh")),
    ("weight transposed", "With as many inputs as units both matrices fit either way. Row i of a weight holds what goes "
     "into unit i.", [("Wx.T", "Wx"), ("Wh.T", "Wh")], ("Wx.T", "Wx")),
    ("axes of the weight reshaped, not swapped", "The shape is right, but the numbers of a weight have been dealt out row by "
     "row into another shape.", ("Wx.T", "Wx.reshape(Wx.shape[::-1])"), [("Wx.T", "Wx.reshape(Wx.shape[::-1])"), (".T", "")]),
    ("one bias copied twice", "The module adds both of its biases. What is their sum now?",
     ("hh_l0.zero_()", "hh_l0.copy_(torch.from_numpy(b))")),
    ("a bias left as it was", "The module has two biases, and one of them still holds random numbers.",
     ("module.bias_hh_l0.zero_()", "pass"), [("bias_ih_l0.copy_", "bias_hh_l0.copy_"), ("module.bias_hh_l0.zero_()", "pass")]),
    ("biases left as they were", "Both biases of the module still hold random numbers.",
     [("module.bias_ih_l0.copy_(torch.from_numpy(b))", "pass"), ("module.bias_hh_l0.zero_()", "pass")]),
    ("recurrent weight left as it was", "The module has a weight for the state as well, and it still holds random numbers.",
     ("module.weight_hh_l0.copy_(torch.from_numpy(Wh.T))", "pass")),
    ("input weight left as it was", "The module has a weight for the input as well, and it still holds random numbers.",
     ("module.weight_ih_l0.copy_(torch.from_numpy(Wx.T))", "pass")),
    ("nothing copied", "The module still has all of its random weights. Binding a name to a new array does not change what the "
     "name stood for.", ("module.weight_ih_l0.copy_(torch.from_numpy(Wx.T))\n", "return module(torch.from_numpy(x))[0]\n")),
    ("b left out", "The module's biases are zero. b has to be in their sum.", ("copy_(torch.from_numpy(b))", "zero_()")),
    ("h_n in place of output", "That is the state after the last step. The task asks for all steps.",
     ("return output", "return h_n")),
    ("batch and time swapped", "The state has been handed from one sequence to the next. Which axis of x is time, and what "
     "does the module expect?", ("from_numpy(x)", "from_numpy(x).transpose(0, 1)"),
     [("from_numpy(x)", "from_numpy(x).transpose(0, 1)"), ("return output", "return output.transpose(0, 1)")]))


@function_exercise(
    lambda: [_both_ways(3, 2, 1, 1), _both_ways(4, 3, 2, 2), _both_ways(3, 2, 3, 3), _both_ways(1, 4, 2, 1),
             _both_ways(6, 4, 2, 2, "relu", size=30.0)],
    shown="The forward run ends at the last step and the backward run at the first: two ends, and h_n has both.",
    hints=("Which two rows of h_n belong to the last layer? Row num_directions * layer + direction belongs to that layer and "
           "direction.",
           "Each of these rows is (batch, hidden_size). torch.cat joins tensors along an axis: which axis makes each "
           "sequence's row twice as wide?"))
def both_ends(output, h_n):
    """A bidirectional nn.RNN (time first, one layer or several) has returned these. Return for each sequence the last layer's
    last forward state and, beside it, its last backward state: shape (batch, 2 * hidden_size)."""
    return torch.cat([h_n[-2], h_n[-1]], dim=1)


def _both_ways(seq_len, batch, hidden_size, num_layers, nonlinearity="tanh", size=1.0):
    module = draw_module(nn.RNN, 2, hidden_size, num_layers, nonlinearity, seed=num_layers, bidirectional=True)
    return [found.detach() for found in module(size * draw_tensor(num_layers, seq_len, batch, 2))]


ENDS = "torch.cat([h_n[-2], h_n[-1]], dim=1)"
both_ends.knows(
    ("backward direction read at the wrong end", "At the last step the backward half has read one input only. Where has "
     "it read all of them?", (ENDS, "output[-1]"), DIRECTION),
    ("forward direction read at the wrong end", "At the first step the forward half has read one input only.",
     (ENDS, "output[0]"), DIRECTION),
    ("both directions read where they begin", "You took each half from the step at which it has read one input only.",
     ("h_n[-2], h_n[-1]", "output[0].chunk(2, -1)[0], output[-1].chunk(2, -1)[1]"), DIRECTION),
    ("first layer in place of the last", "These two rows of h_n belong to the lowest layer. With one layer that "
     "is also the last.", ("h_n[-2], h_n[-1]", "h_n[0], h_n[1]")),
    ("layers and directions of h_n mixed up",
     "One of the two rows belongs to another layer. In h_n the direction changes from row to row, the layer every second row.",
     ("h_n[-2]", "h_n[len(h_n) // 2 - 1]"), ("h_n[-2]", "h_n[0]"), ("h_n[-1]", "h_n[0]"), ("h_n[-1]", "h_n[1]")),
    ("sequences mixed by a reshape", "A row of this holds two sequences. reshape keeps the numbers in their order in memory, "
     "and there the batch does not come first.", (ENDS, "h_n[-2:].reshape(h_n.shape[1], -1)")),
    ("sequences mixed by a reshape", "A row of this holds several sequences. reshape keeps the numbers in their order in "
     "memory, and there the batch does not come first.", (ENDS, "h_n.reshape(h_n.shape[1], -1)")),
    ("forward direction alone", "One half is missing: what the other direction has read.", (ENDS, "h_n[-2]")),
    ("backward direction alone", "The last row of h_n is one direction of the last layer. Its other direction is missing.",
     (ENDS, "h_n[-1]")),
    ("one direction twice", "Both halves are the same direction. Which two rows belong to the last layer?",
     ("h_n[-1]", "h_n[-2]"), ("h_n[-2]", "h_n[-1]")),
    ("the two halves swapped", "Both halves are right, but forward should come first.", ("[-2], h_n[-1]", "[-1], h_n[-2]")),
    ("halves added", "You made one number out of the two halves. Side by side, both can still be told apart.",
     (ENDS, "h_n[-2] + h_n[-1]")),
    ("halves averaged", "You made one number out of the two halves. Side by side, both can still be told apart.",
     (ENDS, "(h_n[-2] + h_n[-1]) / 2")),
    ("one below the other", "The halves lie one below the other, as if there were twice as many sequences. Along which axis "
     "do they belong?", ("dim=1", "dim=0")),
    ("not joined", "Both halves are there, one after the other (as two tensors, or along a new axis). They belong side by side "
     "in each row.", (ENDS, "h_n[-2:]"), ("cat", "stack")),
    ("squeeze takes nothing away", "squeeze(0) drops the first axis only if it has length 1. Here it counts "
     "at least two directions.", (ENDS, "h_n.squeeze(0)")),
    ("both halves at both ends", "Each row is twice as wide as it should be: it holds both halves of both ends, and at either "
     "end one of them has only just begun.",
     ("h_n[-2], h_n[-1]", "output[-1], output[0]"), ("h_n[-2], h_n[-1]", "output[0], output[-1]")),
    ("all layers", "These are the last states of every layer. The task asks for the last layer.",
     (ENDS, "torch.cat(list(h_n), dim=1)")),
    ("last sequence in place of the last step", "These are all steps of one sequence. Which axis of output is time?",
     (ENDS, "output[:, -1]")),
    ("mean over the steps", "All steps are mixed here. The task asks for one state of each direction.",
     (ENDS, "output.mean(dim=0)")))


@function_exercise(
    lambda: [_pencil_padded(), _different_lengths((2, 4, 1, 3), 6, layers=2), _different_lengths((3, 5, 2, 2, 4), 5),
             _different_lengths((1,), 1), _different_lengths((4, 6, 3), 7, nonlinearity="relu", size=30.0)],
    shown="Each sequence is read up to its own end, and its state comes back in its own row.",
    hints=("output[n - 1, b] is the last layer's state of sequence b after n steps. Or let torch stop in time: "
           "pack_padded_sequence with enforce_sorted=False.",
           "Without packing: output[lengths - 1, torch.arange(batch)] picks one step for each sequence. With packing, h_n "
           "comes back in your order. Which of its rows is the last layer?"))
def last_states(module, x, lengths):
    """x is a padded batch, (seq_len, batch, input_size), sequence b has lengths[b] steps; module is an nn.RNN, time first, one
    direction, one layer or more. Return the last layer's state after each sequence's own last step: (batch, hidden_size)."""
    packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
    output, h_n = module(packed)
    return h_n[-1].detach()


def _pencil_padded():
    """Return the pencil network with three beginnings of its sequence."""
    x, _, parameters, _ = pencil_network()
    recurrent = {name: parameters[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    return _padded(to_torch([recurrent], draw_module(nn.RNN, 1, 2)), torch.from_numpy(x).repeat(1, 3, 1), (2, 3, 1))


def _different_lengths(lengths, seq_len, layers=1, nonlinearity="tanh", size=1.0):
    x = size * draw_tensor(layers, seq_len, len(lengths), 2)
    x[lengths[0] - 1, 0] *= lengths[0] == 1  # a true step may be zero as well
    return _padded(draw_module(nn.RNN, 2, 3, layers, nonlinearity, seed=layers), x, lengths)


def _padded(module, x, lengths):
    lengths = torch.tensor(lengths)
    ended = torch.arange(len(x))[:, None] >= lengths
    return module, x.masked_fill(ended[..., None], 0.0), lengths


def picked(module, x, lengths):
    output, h_n = module(x)
    return output[lengths - 1, torch.arange(len(lengths))]


def one_by_one(module, x, lengths):
    h, found = None, []
    for b, length in enumerate(lengths):
        output, h = module(x[:length, b:b + 1], h)
        found.append(h[-1, 0])
    return torch.stack(found)


LAST = "h_n[-1].detach()"
last_states.knows(
    ("last column of a padded batch", "The network has read on through the padding: a zero is an input like any other.",
     [picked, ("lengths - 1, torch.arange(len(lengths))", "-1")]),
    ("one length for all", "Every sequence has been read as far as the longest one.",
     [picked, ("lengths - 1, torch.arange(len(lengths))", "max(lengths) - 1")]),
    ("one length for all", "Every sequence has been read as far as the shortest one.",
     [picked, ("lengths - 1, torch.arange(len(lengths))", "min(lengths) - 1")]),
    ("first step in place of the last", "Each of these states has read one step only.",
     [picked, ("lengths - 1, torch.arange(len(lengths))", "0")], DIRECTION),
    ("zero inputs taken for padding", "You looked for the ends where the input is zero. A true step may be zero; the "
     "lengths are given.", [picked, ("lengths - 1", "(x != 0).any(dim=-1).sum(dim=0) - 1")]),
    ("zeros of the unpacked padding", "For the shorter sequences this is what unpacking fills in: not states, but zeros.",
     (LAST, "pad_packed_sequence(output)[0][-1]"), (LAST, "pad_packed_sequence(output, total_length=len(x))[0][-1]")),
    ("order not restored", "The states are right, but they are in the order of the lengths, not in the order in which "
     "the sequences came.", ("h_n[-1]", "h_n[-1][torch.argsort(lengths, descending=True)]")),
    ("order restored the wrong way",
     "You moved the rows by the permutation that sorts where its inverse was needed, or once more than needed.",
     ("h_n[-1]", "h_n[-1][packed.sorted_indices][packed.sorted_indices]"), ("h_n[-1]", "h_n[-1][packed.unsorted_indices]")),
    ("one step too early", "The last input of each sequence has not been seen. Which index does the n-th step have?",
     [picked, ("lengths - 1", "lengths - 2")]),
    ("one step too late", "One step of padding has been read, or there is none left. Which index does the n-th step have?",
     [picked, ("lengths - 1", "lengths.clamp(max=len(x) - 1)")], [picked, ("lengths - 1", "lengths")]),
    ("counted from the end", "A negative index counts from the end of the block, padding included.",
     [picked, ("lengths - 1", "-lengths")]),
    ("first layer in place of the last", "With one layer this row of h_n is the last layer too. With two it is not.",
     ("h_n[-1]", "h_n[0]")),
    ("squeeze takes nothing away", "squeeze(0) drops the first axis only if it has length 1. Here that axis counts the layers.",
     ("h_n[-1]", "h_n.squeeze(0)")),
    ("h_n as it comes", "The right states are in there. h_n has one more axis, which counts the layers.", ("h_n[-1]", "h_n")),
    ("batch and time swapped", "The state has been handed from one sequence to the next. The module expects time first, and "
     "x comes that way.", [picked, ("module(x)", "module(x.transpose(0, 1))"),
      ("lengths - 1, torch.arange(len(lengths))", "torch.arange(len(lengths)), lengths - 1")]),
    ("batch and time swapped", "The two indices are in the order of a batch that comes first. Which axis of output is time?",
     [picked, ("lengths - 1, torch.arange(len(lengths))", "torch.arange(len(lengths)), lengths - 1")]),
    ("state not reset between sequences",
     "Each sequence has started from where the one before it ended. They have nothing to do with each other.", one_by_one),
    ("mean over the steps", "All steps of a sequence are mixed here. The task asks for its last state.",
     (LAST, "pad_packed_sequence(output)[0].sum(dim=0) / lengths[:, None]")),
    ("mean over the padding", "All steps are mixed here, including those of the padding. The task asks for the "
     "last true state.", [picked, ("output[lengths - 1, torch.arange(len(lengths))]", "output.mean(dim=0)")]))


@function_exercise(
    lambda: [_segments(2), _segments(2, 2, 2, 1e4, size=30.0, lr=0.002), _segments(2, 1, 3, 0.2), _segments(3, 4, 2, 0.3),
             _segments(3, 3, 2, 0.7, size=30.0, lr=0.05)],
    shown="The state's numbers cross from segment to segment, the gradient does not; and one factor for all parameters keeps "
          "the direction of a gradient that is too long.",
    hints=("In each pass: run the module from h, apply the output layer, compute the loss, reset the gradients, backward, "
           "clip, step, and `h = h.detach()` for the next segment. Three of these lines have to come in a certain order.",
           "nn.utils.clip_grad_norm_ takes all parameters at once, those of the output layer too, and belongs between "
           "backward() and step(). torch.optim.SGD([*module.parameters(), *read.parameters()], lr=lr)."), rtol=1e-5)
def train_on_segments(module, read, x, target, lr, max_norm):
    """x and target are (segments, seq_len, batch, 1). For each segment: one update of plain gradient descent on the mean
    squared error of read(output), for all parameters, their common norm clipped to max_norm. The state is carried on to the
    next segment, the gradient is not carried back. Return the list of losses, each taken before its update."""
    everything = [*module.parameters(), *read.parameters()]
    optimizer = torch.optim.SGD(everything, lr=lr)
    h, losses = None, []
    for x_s, target_s in zip(x, target):
        output, h = module(x_s, h)
        loss = ((read(output) - target_s) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(everything, max_norm)
        optimizer.step()
        h = h.detach()
        losses.append(loss.item())
    return losses


def _segments(segments, seq_len=2, batch=1, max_norm=0.5, size=2.0, lr=0.4):
    load_optimizers()
    x, target = (draw_tensor(segments + seed, segments, seq_len, batch, 1) for seed in (0, 10))
    return draw_module(nn.RNN, 1, 2), draw_module(nn.Linear, 2, 1), x, size * target, lr, max_norm


CLIP = "nn.utils.clip_grad_norm_(everything, max_norm)"
CLAMPS = [f"nn.utils.clip_grad_value_(everything, {end})" for end in (1.0, 5.0)]
MSE = "((read(output) - target_s) ** 2).mean()"
train_on_segments.knows(
    ("clipped by value", "You cut each number by itself, which changes the gradient's direction. Limit the length "
     "of the whole.", ("clip_grad_norm_", "clip_grad_value_")),
    ("clamped at a fixed number", "Each number of the gradient has been clamped at a fixed size. The limit is max_norm, and "
     "it applies to the length of the whole.",
     *((CLIP, f"{clamp}\n        {CLIP}") for clamp in CLAMPS), *((CLIP, f"{CLIP}\n        {clamp}") for clamp in CLAMPS)),
    ("norm taken per parameter", "You gave each parameter a limit of its own. There is one gradient, which "
     "all parameters share.", (CLIP, "[nn.utils.clip_grad_norm_([parameter], max_norm) for parameter in everything]")),
    ("norm taken per module", "You clipped the network and its output layer separately. There is one gradient, which "
     "all parameters share.", (CLIP, "[nn.utils.clip_grad_norm_(part.parameters(), max_norm) for part in (module, read)]")),
    ("output layer left out of the norm", "You clipped the gradient of the nn.RNN alone. Which other parameters are updated?",
     ("norm_(everything", "norm_(module.parameters()")),
    ("largest entry in place of the norm", "You limited the largest entry. The norm is the root of the sum of all squares.",
     ("max_norm)", "max_norm, norm_type=torch.inf)")),
    ("stretched as well as clipped", "A gradient that was short enough has been made longer.",
     (CLIP, "norm = torch.cat([parameter.grad.flatten() for parameter in everything]).norm()\n"
      "        for parameter in everything: parameter.grad *= max_norm / norm")),
    ("clipping without effect",
     "The updates use gradients that nothing has clipped. When are gradients made, and when are they used?", (CLIP, "pass")),
    ("gradients never reset", "backward() adds to what is there. From the second update on, the gradients of all segments so "
     "far are in it.", ("optimizer.zero_grad()", "pass")),
    ("state not carried on", "Each segment has started from zeros, as if the one before had never been.", ("x_s, h", "x_s")),
    ("detach at every step",
     "The gradient ends at each step, not only at the segment's edge, so no step learns to leave something for later.",
     ("output, h = module(x_s, h)\n", "states = []\n        for x_t in x_s:\n            state, h = module(x_t[None], h)\n"
      "            h = h.detach()\n            states.append(state)\n        output = torch.cat(states)\n")),
    ("output layer not trained", "The weights of the output layer have stayed as they were.",
     [("SGD(everything", "SGD(module.parameters()"), ("optimizer.zero_grad()", "module.zero_grad(); read.zero_grad()")],
     ("everything = [*module.parameters(), *read.parameters()]", "everything = [*module.parameters()]")),
    ("only the output layer trained", "The weights of the recurrent network have stayed as they were.",
     [("SGD(everything", "SGD(read.parameters()"), ("optimizer.zero_grad()", "module.zero_grad(); read.zero_grad()")]),
    ("no update between the segments", "All of these losses are those of the network as it was handed over. Is there a step "
     "in each pass of the loop, and does it find a gradient?", ("optimizer.step()", "pass")),
    ("squares summed, not averaged", "The loss grows with the number of steps. Take a mean.", (".mean()", ".sum()")),
    ("error not squared", "The differences have not been squared. The task asks for the mean of their squares.",
     (MSE, "(read(output) - target_s).mean()"), (MSE, "(read(output) - target_s).abs().mean()")),
    ("last segment left out", "There is one loss too few. Does the loop reach the last segment?", ("x, ", "x[:-1], ")),
    ("half of the mean", "Here the loss is half of the mean squared error.", (MSE, MSE + " / 2")),
    ("loss taken after the update", "These losses are what the update has left. The task asks for those before it.",
     [("output, h = module", "start = h\n        output, h = module"),
      ("h = h.detach()", "h, loss = h.detach(), ((read(module(x_s, start)[0]) - target_s) ** 2).mean()")]),
    ("only the last step used", "The loss has seen one step of each segment. Every step has a target.",
     (MSE, "((read(output)[-1] - target_s[-1]) ** 2).mean()")),
    ("uphill", "The parameters have followed the gradient uphill. In which direction does the loss fall?",
     ("lr=lr", "lr=lr, maximize=True")))
