"""The exercises of notebook 02: a step by hand, one changed input, inputs in one product, leaks and gates."""

import numpy as np

from helpers.exercises.draws import draw_cell
from helpers.exercises.engine import ALIASING, DIRECTION, function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import sigmoid


@value_exercise(
    shown="One step of two units is two weighted sums and a tanh each, and the output is read from the new state.",
    hints=("Write each unit's a_t as a sum of five numbers: one from the input, two from the state, two biases.",
           "Row i of W_hh belongs to unit i: it multiplies the whole previous state. The output then uses the new state."))
def one_step():
    """Work out the new state, two numbers, and its output, to four decimals, and put them in place of the dots."""
    weight_ih, weight_hh = np.array([0.5, -0.3]), np.array([[0.4, -0.2], [0.3, 0.6]])
    bias_ih, bias_hh = np.array([0.1, -0.1]), np.array([0.2, 0.3])
    weight_ho, bias_o = np.array([0.7, -0.5]), 0.2
    h, x_t = np.array([0.6, -0.2]), -2.0
    h_t = np.tanh(weight_ih * x_t + bias_ih + weight_hh @ h + bias_hh)
    y_t = weight_ho @ h_t + bias_o
    return {"h_t": h_t, "y_t": y_t}


# Mistakes with a step's two biases, however the step is written.
BIAS_TWICE = (
    ("bias added twice", "One of the biases is in these numbers twice.",
     (" + bias_ih", " + 2 * bias_ih"), (" + bias_hh", " + 2 * bias_hh")),
    ("bias added twice", "One bias is in these numbers twice, and the other not at all.",
     (" + bias_hh", " + bias_ih"), (" + bias_ih", " + bias_hh")),
)

one_step.knows(
    ("weight transposed", "Each unit used a recurrent weight that belongs to the other. Which unit does a row of W_hh lead to?",
     ("weight_hh @ h", "weight_hh.T @ h")),
    ("each unit uses only its own state", "A unit receives both units of the previous step, each through its own weight.",
     ("weight_hh @ h", "np.diag(weight_hh) * h")),
    ("state left out", "This is what the input would do to a network whose state is 0.", ("weight_hh @ h", "0 * h")),
    ("state added without its weights", "The previous state doesn't enter the sum as it is.", ("weight_hh @ h", "h")),
    ("sign of the state lost", "The second number of the state is negative.",
     ("np.array([0.6, -0.2]), -2.0", "np.array([0.6, 0.2]), -2.0")),
    ("input left out", "This step has an input, and it isn't 0.", ("np.array([0.6, -0.2]), -2.0", "np.array([0.6, -0.2]), 0")),
    ("sign of the input lost", "The input is negative.", ("-2.0", "2.0")),
    ("one bias too few", "Each unit has two biases, and both are added.", (" + bias_hh", ""), (" + bias_ih", "")),
    ("biases left out", "Neither of the step's biases is in these numbers.", [(" + bias_hh", ""), (" + bias_ih", "")]),
    *BIAS_TWICE,
    ("no activation", "These are the sums a_t. One more thing turns them into a state.", ("np.tanh(", "(")),
    ("sigmoid in place of tanh", "These states come from another activation, whose values lie between 0 and 1.",
     ("np.tanh(", "sigmoid(")),
    ("output read from the previous state", "The state is right, but you read the output from the state that the "
     "step started with.", ("weight_ho @ h_t", "weight_ho @ h")),
    ("output read from the sums", "The state is right. The output is read from h_t, not from a_t.",
     ("weight_ho @ h_t", "weight_ho @ np.arctanh(h_t)")),
    ("sign of an output weight lost", "The state is right. One of the two output weights is negative.",
     ("weight_ho @ h_t", "abs(weight_ho) @ h_t")),
    ("output bias left out", "The state is right. The output layer has a bias too.", (" + bias_o", "")),
    ("activation on the output", "The state is right. The output is a plain weighted sum of it.",
     ("weight_ho @ h_t + bias_o", "np.tanh(weight_ho @ h_t + bias_o)")))


@prediction_exercise(
    shown="A change stays in its own sequence and shows from its own step to the end, in both units: 7 states of two numbers.",
    hints=("x[3] is the input of step 4. Which states depend on step 4, directly or through the state before them?",
           "`states` holds h_0 to h_10, for five sequences, two numbers each. In how many of the five can anything change?"),
    rtol=0.0, atol=0.5)
def predict_changed():
    """Put your prediction, how many of the 110 numbers of `states` change, in place of the dots. The cell then counts."""
    return 14


predict_changed.knows(
    ("change not handed on", "You counted one step. Its state goes into the next step.", 2),
    ("all sequences of the batch changed",
     "The sequences of a batch run side by side; nothing crosses from one row to another.", 70, 10),
    ("everything changed", "Neither the other sequences nor the earlier steps can depend on this input.", 110),
    ("earlier steps changed too",
     "Nothing travels back in time: whatever was computed before the changed input stays the same.", 22, 20),
    ("one step too early", "x[3] goes into h_4, not into h_3: the first of the states is h_0.", 16),
    ("one step too late", "The step that receives the changed input already produces a changed state.", 12),
    ("states counted, not numbers", "That's how many states change. Each of them holds one number per unit.", 7))


def _network(seed, seq_len, batch, input_size, hidden_size, **options):
    return draw_cell(seed, input_size, hidden_size, x=(seq_len, batch, input_size), h_0=(batch, hidden_size), **options)


def _inputs(*sizes, **options):
    given = _network(*sizes, **options)
    return {name: given[name] for name in ("x", "weight_ih", "bias_ih", "bias_hh")}


@function_exercise(
    lambda: [_inputs(0, 2, 3, 2, 2), _inputs(1, 3, 4, 2, 5), _inputs(2, 3, 3, 2, 2),
             _inputs(3, 1, 1, 3, 3, loud=30), _inputs(4, 5, 2, 1, 4, loud=30)],
    shown="The input's part needs no state, so one product serves all steps of all sequences, before any loop.",
    hints=("A product with @ works on the last axis of x. What has to be on its right so that input_size becomes hidden_size?",
           "Either x @ weight_ih.T directly, or all rows below each other, x.reshape(-1, input_size), "
           "reshaped back afterwards."), over_time=True)
def project_inputs(x, weight_ih, bias_ih, bias_hh):
    """Return W_ih x_t + b_ih + b_hh for all steps of all sequences, without a loop: x is (seq_len, batch, input_size), the
    result (seq_len, batch, hidden_size)."""
    seq_len, batch, input_size = x.shape
    rows = x.reshape(-1, input_size)
    return (rows @ weight_ih.T + bias_ih + bias_hh).reshape(seq_len, batch, -1)


project_inputs.knows(
    ("weight transposed", "Each unit used weights that aren't its own: a row of W_ih belongs to the unit it leads to.",
     ("weight_ih.T", "weight_ih")),
    ("reshaped in the wrong order", "The numbers are right, but laid out as if all steps of one sequence came first.",
     ("seq_len, batch, -1", "batch, seq_len, -1")),
    ("reshaped in the wrong order", "You computed the rows sequence by sequence and laid them out step by step, so each one "
     "is in another's place.", ("x.reshape(-1,", "x.swapaxes(0, 1).reshape(-1,")),
    ("reshaped in the wrong order", "reshape doesn't transpose an array: with input_size in front it cuts the numbers "
     "in other places.", ("x.reshape(-1, input_size)", "x.reshape(input_size, -1).T")),
    ("reshaped in the wrong order", "Your product was (hidden_size, rows). reshape doesn't transpose it.",
     ("rows @ weight_ih.T + bias_ih + bias_hh", "weight_ih @ rows.T + (bias_ih + bias_hh)[:, None]")),
    ("batch and time swapped", "Your first axis is the sequence. The course keeps time first.",
     ("batch, -1)", "batch, -1).swapaxes(0, 1)")),
    ("left as rows", "All rows are right, one below the other. The axes of time and batch are missing.",
     (".reshape(seq_len, batch, -1)", "")),
    ("one bias too few", "A step has two biases; one of them isn't in these numbers.", (" + bias_ih", ""), (" + bias_hh", "")),
    ("biases left out", "The product is right, but no bias has been added to it.", (" + bias_ih + bias_hh", "")),
    *BIAS_TWICE,
    ("bias added twice", "Both biases are in these numbers twice.", ("+ bias_hh", "+ bias_hh + bias_ih + bias_hh")),
    ("activation too early", "These numbers have been through an activation. The state's part must be added before it.",
     ("return (rows @ weight_ih.T + bias_ih + bias_hh)", "return np.tanh(rows @ weight_ih.T + bias_ih + bias_hh)")))


@prediction_exercise(
    shown="Each step keeps g of the old state and gets (1 - g) w of it back through the weight: 0.9 in all, ten times over.",
    hints=("Near 0, tanh(a) is almost a, so a step without input multiplies the state by a constant. Two parts add up to it.",
           "The kept part is g; the candidate is w h, and (1 - g) of it is taken. Then raise the sum to the tenth power."))
def predict_left():
    """Put your prediction, the share of the state that is left after ten steps, in place of the dots. The cell then measures
    it."""
    g, w = 0.8, 0.5
    return (g + (1 - g) * w) ** 10


predict_left.knows(
    ("recurrent weight left out", "This is the leak alone. The candidate depends on the old state as well.", (" * w", " * 0")),
    ("g and 1 - g swapped", "Which part of the old state does g keep, and how much of the candidate is taken?",
     ("g + (1 - g) * w", "(1 - g) + g * w")),
    ("g and the weight multiplied", "The old state reaches the new one along two paths. Paths add up.",
     ("g + (1 - g) * w", "g * w"), ("g + (1 - g) * w", "(1 - g) * w")),
    ("leak left out", "This is the plain cell, without the leak.", ("g + (1 - g) * w", "w")),
    ("factor 1 - g left out", "With this the state would grow. Only a part of the candidate is taken.", ("(1 - g) * w", "w")),
    ("one step instead of ten", "This is what's left after one step.", (" ** 10", "")),
    ("share lost instead of share left", "This is the share that has gone. How much is still there?", ("return", "return 1 -")),
    ("percent in place of a share", "Give the share as a number between 0 and 1.", 100 * 0.9**10),
    ("losses added instead of multiplied", "Each step loses its share of what is left, not of what there was at first.", 0.0))


def _leaky(seed, seq_len, batch, input_size, hidden_size, **options):
    given = _network(seed, seq_len, batch, input_size, hidden_size, **options)
    g = np.random.default_rng(seed).choice([0.2, 0.4, 0.7, 0.9], hidden_size, replace=False).astype(given["x"].dtype)
    return {"x": given.pop("x"), "h_0": given.pop("h_0"), "g": g} | given


@function_exercise(
    lambda: [_leaky(0, 2, 2, 1, 2), _leaky(1, 4, 3, 2, 3), _leaky(2, 3, 3, 1, 2), _leaky(3, 3, 2, 1, 2, dtype=np.float32),
             _leaky(4, 6, 1, 3, 2, loud=20), _leaky(5, 1, 4, 2, 4, loud=20)],
    shown="The leak adds one line to the loop, h_t = g h_{t-1} + (1 - g) h~_t, and each unit forgets at its own pace.",
    hints=("Start a list with h_0. In each pass compute the candidate from x[t] and the last state in the list, "
           "then the mixture.",
           "g has one number per unit, so it multiplies each row of the batch as it is. np.stack turns the list "
           "into one array."), over_time=True)
def leaky_states(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """Write the loop of the leaky cell for a batch, with a g for each unit, (hidden_size,): return all states, h_0 first, as
    one array (seq_len + 1, batch, hidden_size) in the dtype of x."""
    h, states = h_0, [h_0]
    for x_t in x:
        candidate = np.tanh(x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
        h = g * h + (1 - g) * candidate
        states.append(h)
    return np.stack(states)


# Mistakes of the leaky update and of its loop, with a constant g or a gate.
LEAK = (
    ("factor 1 - g left out", "The shares of the two parts of the new state don't add up to 1.", ("(1 - g) * ", "")),
    ("old state kept whole", "The whole old state is still there, with part of the candidate added. How much of the "
     "old one stays?", ("h = g * h", "h = h")),
    ("candidates kept instead of states", "The right states are handed on, but you return the candidates from "
     "before the mixture.", ("append(h)", "append(candidate)")),
    ("h_0 taken for zero", "The initial state is given, and it isn't 0.", ("h_0, [h_0]", "0 * h_0, [0 * h_0]")),
    ("h_0 taken for zero", "h_0 comes first in the result, but your first step started from zeros.", ("= h_0", "= 0 * h_0")),
    ("input of the previous step", "Step t used the input of step t - 1, and the first step used the last input.",
     ("in x:", "in np.roll(x, 1, axis=0):")),
    ("a step missing", "Your loop stops one step early, or starts one step late.", ("in x", "in x[:-1]"), ("in x", "in x[1:]")),
    ("old state left out", "Nothing of the old state is kept: only the candidate's share is there.", ("g * h + ", "")),
    ("g for both parts", "The shares of the two parts should add up to 1. Yours are g and g.", ("(1 - g) *", "g *")),
    ("h_0 not in front", "There is one state per step. The state before the first step is wanted too.", ("[h_0]", "[]")),
    ("h_0 given to every step", "Every step starts from the same state, so no step depends on the one before.",
     ("in x:", "in x:\n        h = h_0")),
    ("state of two steps ago", "From step 2 on, each step used the state of one step too early. If h_0 is states[0], where is "
     "the state before x[t]?", ("for x_t in x:", "for t, x_t in enumerate(x):\n        h = states[t - 1]")),
    ("read from the end", "Your loop went through the inputs from the last to the first.", ("in x:", "in x[::-1]:"), DIRECTION),
)

leaky_states.knows(
    *LEAK,
    ("g and 1 - g swapped", "You replaced what should be kept, and kept what should be replaced.",
     ("g * h + (1 - g) * candidate", "(1 - g) * h + g * candidate")),
    ("leak left out", "These are the states of the plain cell: nothing of the old state is kept.", ("g * h + (1 - g) * ", "")),
    ("leak inside the activation", "You mixed the old state in before the activation. The kept part shouldn't go through it.",
     [("np.tanh(", "("), ("g * h + (1 - g) * candidate", "np.tanh(g * h + (1 - g) * candidate)")]),
    ("no activation", "Your candidate is a plain sum. Something is missing between a_t and the candidate.", ("np.tanh(", "(")),
    ("sigmoid on the candidate", "The candidate has lost its sign: it went through another activation.",
     ("np.tanh(", "sigmoid(")),
    ("one state in place of a batch", "weight_hh @ h is for a single state, a column. Here each row of h is a state.",
     ("h @ weight_hh.T", "weight_hh @ h")),
    ("candidate handed on", "W_hh multiplied the last candidate. Which state does a step hand on?",
     [("[h_0]", "[h_0]\n    candidate = h_0"), ("h @ weight_hh", "candidate @ weight_hh")]),
    ("star in place of @", "`*` multiplies number by number; nothing is summed over the units that feed a unit.",
     ("h @ weight_hh.T", "h * weight_hh.T"), ("h @ weight_hh.T", "h * weight_hh")),
    ("candidate mixed with the last candidate", "You kept a part of the last candidate, not of the last state.",
     [("[h_0]", "[h_0]\n    last = h_0"),
      ("g * h + (1 - g) * candidate", "g * last + (1 - g) * candidate\n        last = candidate")]),
    ("state leaked before the candidate used it", "The candidate used g times the state. It uses all of it; the "
     "leak comes afterwards.", [("h = g * h +", "h = h +"), ("x:\n", "x:\n        h = g * h\n")]),
    ("one g for all units", "All your units forget at the same pace. g holds one number for each of them.",
     ("h, states", "g = g[0]\n    h, states"), ("h, states", "g = g.mean()\n    h, states")),
    ("state of two steps ago", "The first step used an entry that you hadn't filled yet, the last of the array. If h_0 is "
     "states[0], where is the state before x[t]?",
     [("h, states = h_0, [h_0]", "states = np.zeros((len(x) + 1, *h_0.shape), x.dtype)\n    states[0] = h_0"),
      ("x_t in x:", "t, x_t in enumerate(x):\n        h = states[t - 1]"),
      (".append(h)", "[t + 1] = h"), ("np.stack(states)", "states")]),
    ("states one place too early", "Entry 0 belongs to h_0, so the state after x[t] goes into entry t + 1.",
     [("[h_0]", "np.zeros((len(x) + 1, *h_0.shape), x.dtype)"),
      ("for x_t in x:", "for t, x_t in enumerate(x):"), ("states.append(h)", "states[t] = h"), ("np.stack(states)", "states")],
     [("h, states = h_0, [h_0]", "states = np.zeros((len(x) + 1, *h_0.shape), x.dtype)\n    states[0] = h_0"),
      ("for x_t in x:\n", "for t, x_t in enumerate(x):\n        h = states[t - 1]\n"),
      (".append(h)", "[t] = h"), ("np.stack(states)", "states")]),
    ("list of states aliased", "Every state equals the last one: the list holds the same array many times, changed in place.",
     [("h, states = h_0, [h_0]", "h = h_0.copy()\n    states = [h]"), ("h = g * h", "h[:] = g * h")], ALIASING),
    ("list of states aliased", "From h_1 on, every state equals the last one: they are the same array, changed in place.",
     [("h, states = h_0, [h_0]", "h, states = h_0.copy(), [h_0]"), ("h = g * h", "h[:] = g * h")], ALIASING),
    ("loop over the batch instead of time", "Your loop hands the state from one sequence to the next, not from one step to the "
     "next. Which axis is time?", ("in x:", "in x.swapaxes(0, 1):")),
    ("weight transposed", "For states in rows, the recurrent matrix goes on the right, transposed.", ("hh.T", "hh")),
    ("one bias too few", "A candidate has two biases; one of them isn't in these numbers.",
     (" + bias_ih", ""), (" + bias_hh", "")),
    ("biases left out", "No bias is in these numbers.", [(" + bias_ih", ""), (" + bias_hh", "")]),
    *BIAS_TWICE,
    ("bias added twice", "Both biases are in these numbers twice: perhaps once with the input and once with the state.",
     ("bias_hh)", "bias_hh + bias_ih + bias_hh)")),
    ("state left out of the candidate", "This candidate depends on the input and the biases alone.", ("+ h @ weight_hh.T", "")),
    ("input left out of the candidate", "This candidate doesn't depend on the input.", ("x_t @ weight_ih.T + ", "")),
    ("candidate uses h_0 at every step", "The candidate uses each new input, but always the initial state.", ("h @", "h_0 @")),
    ("only the last state", "This is the last state. You didn't keep the earlier ones.", ("np.stack(states)", "h")),
    ("states in reverse", "The states are right, but the last one comes first.", ("(states)", "(states[::-1])"), DIRECTION))


def _gated(seed, *sizes, **options):
    given, other = (_network(seed + more, *sizes, **options) for more in (0, 100))
    cell, gate = ({name: network[name] for name in list(network)[2:]} for network in (given, other))
    return {"x": given["x"], "h_0": given["h_0"], "cell": cell, "gate": gate}


def _total(x_t, h, weights):
    return x_t @ weights["weight_ih"].T + weights["bias_ih"] + h @ weights["weight_hh"].T + weights["bias_hh"]


def _without(weights, *names):
    return weights | {name: 0 * weights[name] for name in names}


def _turned(weights):
    return weights | {"weight_hh": weights["weight_hh"].T}


@function_exercise(
    lambda: [_gated(0, 2, 1, 1, 2), _gated(1, 4, 3, 2, 3), _gated(2, 3, 3, 1, 2), _gated(3, 5, 1, 2, 3, loud=3),
             _gated(4, 1, 2, 1, 2, loud=20)],
    shown="A gate is a cell of its own with a sigmoid on top: from the input and the state it decides, unit by unit and step "
          "by step, how much stays. That's the update gate of a GRU.",
    hints=("The gate's sum has the same form as the candidate's, with its own four arrays. Both use x_t and h_{t-1}.",
           "In each pass: g = 1 / (1 + np.exp(-...)), candidate = np.tanh(...), then the mixture. Keep g and the new state in "
           "two lists."),
    over_time=True)
def gated_states(x, h_0, cell, gate):
    """Let the network set its own leak: g_t = sigmoid(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh) with the gate's own four arrays
    and sigmoid(a) = 1 / (1 + e^-a), then the leaky update. `cell` and `gate` are dicts of weight_ih, weight_hh, bias_ih,
    bias_hh. Return two arrays, the states with h_0 first, (seq_len + 1, batch, hidden_size), and the gates, (seq_len, batch,
    hidden_size)."""
    h, states, gates = h_0, [h_0], []
    for x_t in x:
        g = sigmoid(_total(x_t, h, gate))
        candidate = np.tanh(_total(x_t, h, cell))
        h = g * h + (1 - g) * candidate
        states.append(h)
        gates.append(g)
    return np.stack(states), np.stack(gates)


gated_states.knows(
    *LEAK,
    ("leak left out", "Nothing of the old state is kept: each state is the candidate alone.",
     ("h = g * h + (1 - g) * candidate", "h = candidate")),
    ("g and 1 - g swapped", "The gates are right, but where one is close to 1 the state is replaced. What does g keep?",
     ("g * h + (1 - g) * candidate", "(1 - g) * h + g * candidate")),
    ("g and 1 - g swapped", "The states come from the right update, but the gates that you return are 1 - g.",
     ("append(g)", "append(1 - g)")),
    ("g and 1 - g swapped", "Your gates are 1 - g, and used that way: each says how much goes, not how much stays. Is the sign "
     "inside the sigmoid right?", ("sigmoid(", "sigmoid(-")),
    ("gate blind to the state", "This gate depends on the input alone.", ("x_t, h, gate", "x_t, 0 * h, gate")),
    ("gate blind to the input", "This gate depends on the state alone.", ("x_t, h, gate", "0 * x_t, h, gate")),
    ("gate computed once", "You used the gate of step 1 at every step, so it's a constant again.",
     ("x_t, h, gate", "x[0], h_0, gate")),
    ("gate uses h_0 at every step", "The gate uses each new input, but always the initial state.", ("h, gate", "h_0, gate")),
    ("gate uses the candidate", "The gate used the candidate, which it's supposed to decide about. It uses the previous state, "
     "as the candidate does.", ("x_t, h, gate", "x_t, np.tanh(_total(x_t, h, cell)), gate")),
    ("candidate uses the gated state", "The candidate used g times the state. A GRU has a gate for that too, but "
     "a different one.", ("x_t, h, cell", "x_t, g * h, cell")),
    ("tanh on the gate", "A share lies between 0 and 1. These gates can be negative.", ("sigmoid(", "np.tanh(")),
    ("no activation on the gate", "These gates are plain sums. A share lies between 0 and 1.", ("sigmoid(", "(")),
    ("sigmoid on the candidate", "The first gates are right, but the candidate has lost its sign: it went "
     "through another activation.", ("np.tanh(", "sigmoid(")),
    ("gate with the cell's weights", "The gate has its own arrays; you computed these gates with the cell's.",
     ("h, gate)", "h, cell)")),
    ("cell and gate swapped", "You computed each of the two with the arrays of the other.",
     [("h, gate)", "h, CELL)"), ("h, cell)", "h, gate)"), ("CELL", "cell")]),
    ("one gate for all units", "All your units share one gate. Each has its own.",
     ("sigmoid(_total(x_t, h, gate))", "sigmoid(_total(x_t, h, gate)).mean(axis=1, keepdims=True) + 0 * h")),
    ("weight transposed", "For states in rows, the cell's recurrent matrix goes on the right, transposed.",
     ("h, cell)", "h, _turned(cell))")),
    ("weight transposed", "For states in rows, the gate's recurrent matrix goes on the right, transposed.",
     ("h, gate)", "h, _turned(gate))")),
    ("weight transposed", "For states in rows, both recurrent matrices go on the right, transposed.",
     [("h, cell)", "h, _turned(cell))"), ("h, gate)", "h, _turned(gate))")]),
    ("candidate without its biases", "The first gates are right. The candidate has two biases as well.",
     ("h, cell)", 'h, _without(cell, "bias_ih", "bias_hh"))')),
    ("gate without its biases", "The gate has two biases as well.", ("h, gate)", 'h, _without(gate, "bias_ih", "bias_hh"))')),
    ("gate with one bias too few", "The gate has two biases; one of them isn't in these numbers.",
     ("h, gate)", 'h, _without(gate, "bias_hh"))'), ("h, gate)", 'h, _without(gate, "bias_ih"))')),
    ("list of states aliased", "Every state equals the last one: the list holds the same array many times, changed in place.",
     [("states, gates = h_0, [h_0], []", "gates = h_0.copy(), []\n    states = [h]"), ("h = g * h", "h[:] = g * h")], ALIASING),
    ("no activation on the candidate", "Your candidate is a plain sum. Something is missing between the sum and the candidate.",
     ("np.tanh(", "(")),
    ("candidate uses h_0 at every step", "The candidate uses each new input, but always the initial state.",
     ("h, cell)", "h_0, cell)")),
    ("the two results swapped", "Both arrays are there, in the other order.",
     ("np.stack(states), np.stack(gates)", "np.stack(gates), np.stack(states)")),
    ("states alone", "The states are right. The gates are wanted beside them.", (", np.stack(gates)", "")))
