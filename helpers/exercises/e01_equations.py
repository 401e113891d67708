"""The exercises of notebook 01: the equations, one unit, the loop, counting, superposition, many to one."""

import numpy as np

from helpers.exercises.engine import edits, function_exercise, prediction_exercise, value_exercise, wrong
from helpers.numpy_nets.rnn import sigmoid


@value_exercise(
    shown="One step is two products, two biases and a tanh; what the first step left behind takes part in the second.",
    hints=(
        "Write down a_1 first: the input times its weight, the state before times its weight, and the two biases.",
        "h_1 = tanh(a_1). In step 2 the state before is no longer h_0; it is what step 1 has just given.",
    ),
)
def two_steps():
    """Work out h_1 and h_2 of the one unit, to four decimals, and put them in place of the dots."""
    w_ih, w_hh, bias_ih, bias_hh = 0.6, -0.5, 0.1, 0.2
    h_0, x_1, x_2 = 0.4, 1.0, 0.5
    h_1 = np.tanh(w_ih * x_1 + bias_ih + w_hh * h_0 + bias_hh)
    h_2 = np.tanh(w_ih * x_2 + bias_ih + w_hh * h_1 + bias_hh)
    return {"h_1": h_1, "h_2": h_2}


two_steps.knows(
    wrong("h_0 given to every step", "Step 2 has started from the same state as step 1. What is handed on?",
          ("w_hh * h_1", "w_hh * h_0")),
    wrong("x_1 given to both steps", "Step 2 has heard the input of step 1. Each step has an input of its own.",
          ("w_ih * x_2", "w_ih * x_1")),
    wrong("h_0 taken for zero", "The state before step 1 is given, and it is not 0 here.", ("= 0.4", "= 0.0")),
    wrong("no activation", "These are the pre-activations a_1 and a_2. One thing more happens to them.",
          edits(("h_1 = np.tanh", "h_1 = "), ("h_2 = np.tanh", "h_2 = "))),
    wrong("pre-activation handed on", "Step 2 has been given a_1. What is it that a step hands on?",
          ("w_hh * h_1", "w_hh * np.arctanh(h_1)")),
    wrong("one bias too few", "Two biases are given, and each step adds both.",
          ("0.1, 0.2", "0.1, 0.0"), ("0.1, 0.2", "0.0, 0.2")),
    wrong("biases left out", "No bias is in these numbers.", ("0.1, 0.2", "0.0, 0.0")),
    wrong("a bias added twice", "One of the two biases is in these numbers twice.",
          ("0.1, 0.2", "0.2, 0.2"), ("0.1, 0.2", "0.1, 0.4")),
    wrong("the two weights swapped", "Which weight belongs to the input, and which to the state? Read the name as \"from, to\".",
          ("0.6, -0.5", "-0.5, 0.6")),
    wrong("sign of the recurrent weight lost", "The recurrent weight is negative: what the state brings is taken away.",
          ("-0.5", "0.5")),
    wrong("sign of the recurrent weight lost", "The recurrent weight is negative in step 2 as well.",
          ("w_hh * h_1", "-w_hh * h_1")),
    wrong("sigmoid in place of tanh", "These numbers come out of another activation function, one whose values lie between 0 and 1.",
          edits(("h_1 = np.tanh", "h_1 = sigmoid"), ("h_2 = np.tanh", "h_2 = sigmoid"))),
)


@prediction_exercise(
    shown="The best memoryless answer stays 0, so its error is the mean square of the answer, which grows with the "
          "square of the amplitude.",
    hints=(
        "What does the best table answer now, for each input? And what, then, does a miss cost?",
        "The error at amplitude 1 was the mean of the squared cosine. What does a factor of 3 in front become when squared?",
    ),
)
def predict_louder():
    """Put your prediction of the error in place of the dots. The cell then measures it."""
    return 3**2 / 2


predict_louder.knows(
    wrong("0 taken to be in reach", "0 was reached with one remembered value. Here nothing is remembered.", 0.0),
    wrong("error taken to stay", "It would stay if only the inputs grew. The answers grow too.", 0.5),
    wrong("error taken to grow with the amplitude", "A miss by e costs e squared, not e.", 1.5),
    wrong("mean of the square taken for 1", "This would be the error if the cosine were at its height all the time.",
          9.0),
    wrong("root taken of the error", "This is the size of a typical miss. The error is the mean of the squared misses.",
          3 / 2 ** 0.5),
)


@function_exercise(
    lambda: [dict(zip(("input_size", "hidden_size", "output_size", "seq_len"), sizes))
             for sizes in ((1, 2, 1, 3), (3, 5, 4, 7), (2, 32, 10, 100))],
    shown="Shared, the number does not know how long the sequence is; with own weights for each step it grows with it.",
    hints=(
        "Take the table of shapes in section 4 and multiply each shape out. How many biases does a step have?",
        "The read-out is used at every step as well: it is shared too, or has to be there once for each step.",
    ),
)
def count_parameters(input_size, hidden_size, output_size, seq_len):
    """Return two numbers: how many parameters the network with its read-out has, two biases in the step and one in the
    read-out; and how many it would have with weights of their own, read-out included, for each of the seq_len steps."""
    into = hidden_size * input_size
    recurrent = hidden_size * hidden_size
    biases = hidden_size + hidden_size
    out = output_size * hidden_size + output_size
    shared = into + recurrent + biases + out
    own = seq_len * (into + recurrent + biases + out)
    return shared, own


count_parameters.knows(
    wrong("one bias too few", "Count the vectors in the table once more: a step has two of them beside x_t and h_t.",
          ("hidden_size + hidden_size", "hidden_size")),
    wrong("biases left out", "Biases are learned as well, so they are parameters.",
          edits(("hidden_size + hidden_size", "0"), (" + output_size\n", "\n"))),
    wrong("read-out left out", "What leads from the state to y has weights too.",
          ("out = output_size * hidden_size + output_size", "out = 0")),
    wrong("bias of the read-out left out", "The weights of the read-out are in, its bias is not.",
          (" + output_size\n", "\n")),
    wrong("bias of the read-out of the wrong size", "The read-out's bias is added to y, not to h.",
          (" + output_size\n", " + hidden_size\n")),
    wrong("recurrent weights left out", "The state before takes part in each step, through weights of its own.",
          ("hidden_size * hidden_size\n    b", "0\n    b")),
    wrong("one recurrent weight per unit", "Each unit hears all units of the step before, not only itself.",
          ("hidden_size * hidden_size\n    b", "hidden_size\n    b")),
    wrong("read-out shared all the same", "In your second number the steps have weights of their own, but they still share one read-out.",
          ("biases + out)", "biases) + out")),
    wrong("the two numbers swapped", "Both numbers are there, in the other order.",
          ("shared, own\n", "own, shared\n")),
    wrong("nothing shared", "Your first number grows with the sequence. What is the same at every step is there once.",
          ("return shared", "return own")),
)


@prediction_exercise(
    shown="The constant input moves the unit to where tanh is flatter, and the half-life is that of the slope there: "
          "a memory of 13.5 steps becomes one of less than two.",
    hints=(
        "The half-life belongs to the slope at the fixed point, and with a bias the fixed point is no longer 0. "
        "Find it: take any h, put it into tanh(0.95 h + 0.1), and what comes out in again, until it stays.",
        "The slope there is m = 0.95 (1 - h*^2), and the half-life log(1/2) / log(m).",
    ),
    rtol=0.0,
    atol=0.1,
)
def predict_half_life():
    """Put your prediction of the half-life, in steps, in place of the dots. The cell then measures it."""
    return _half_life(0.95 * (1 - _fixed_point() ** 2))


def _fixed_point():
    h = 0.5
    for _ in range(200):
        h = np.tanh(0.95 * h + 0.1)
    return h


def _half_life(slope):
    return np.log(0.5) / np.log(slope)


predict_half_life.knows(
    wrong("slope taken at 0", "That is the half-life without the bias. With it the unit no longer rests at 0.",
          _half_life(0.95)),
    wrong("slope taken where the state is 0", "You took the slope at a = 0.1. There the unit begins; where does it come to rest?",
          _half_life(0.95 * (1 - np.tanh(0.1) ** 2))),
    wrong("recurrent weight left out of the slope", "One step multiplies a small distance by the slope of tanh and by something else.",
          _half_life(1 - _fixed_point() ** 2)),
    wrong("mean life in place of the half-life", "After so many steps a share of 1/e is left, not one half.",
          -1 / np.log(0.95 * (1 - _fixed_point() ** 2))),
    wrong("square missing in the slope", "The slope of tanh falls with the state, but not in proportion to it. Look at its table in section 7 once"
          " more.", _half_life(0.95 * (1 - _fixed_point()))),
)


@function_exercise(
    lambda: [_linear(0, 2, 2), _linear(1, 4, 3, input_size=2), _linear(2, 1, 2)],
    shown="Without a bend each input meets W_ih once and W_hh at each later step, and all contributions, that of h_0 too, "
          "just add up: superposition.",
    hints=(
        "Take two steps with a pencil and put h_1 into h_2. Which matrices stand before x_1, before x_2, before h_0?",
        "np.linalg.matrix_power(weight_hh, n) is the product of n copies. How many steps follow after step t?",
    ),
)
def linear_last_state(x, h_0, weight_ih, weight_hh):
    """Return h_T of a network whose activation is the identity and which has no bias, as a sum of one term for each
    input and one for h_0."""
    T = len(x)
    h = np.linalg.matrix_power(weight_hh, T) @ h_0
    for t in range(1, T + 1):
        h = h + np.linalg.matrix_power(weight_hh, T - t) @ (weight_ih @ x[t - 1])
    return h


def _linear(seed, seq_len, hidden_size, input_size=1):
    values = _sequence(seed, seq_len, hidden_size, input_size)
    return {name: values[name] for name in ("x", "h_0", "weight_ih", "weight_hh")}


def step_by_step(x, h_0, weight_ih, weight_hh):
    for x_t in x:
        h_0 = weight_ih @ x_t + weight_hh @ h_0
    return h_0


linear_last_state.knows(
    wrong("h_0 left out", "This is the answer to the inputs alone. The network did not start from 0.",
          ("@ h_0", "@ np.zeros(len(h_0))")),
    wrong("h_0 not multiplied", "h_0 passes through every step, like all else that is remembered.",
          ("np.linalg.matrix_power(weight_hh, T) @ h_0", "h_0")),
    wrong("powers in the wrong order", "The latest input has the highest power here. Which input has passed through the most steps?",
          ("T - t)", "t - 1)"), fails="direction of time"),
    wrong("one power too many", "What comes in at the last step does not meet the recurrent weights at all.",
          ("T - t)", "T - t + 1)")),
    wrong("one power too few for h_0", "h_0 is there before step 1, so it goes through one step more than x_1 does.",
          ("weight_hh, T)", "weight_hh, T - 1)")),
    wrong("last input left out", "The last input is not in these numbers. Does the loop reach it?",
          ("range(1, T + 1)", "range(1, T)")),
    wrong("stops after one step", "This is h_1. Does a `return` stand inside the loop?",
          edits(("    return h_0", "        return h_0"), of=step_by_step)),
    wrong("element-wise power", "`**` takes the power of each entry by itself. Two steps are a matrix product.",
          edits(("np.linalg.matrix_power(weight_hh, T)", "weight_hh**T"), ("np.linalg.matrix_power(weight_hh, T - t)", "weight_hh**(T - t)"))),
    wrong("weight transposed", "The recurrent matrix acts from the wrong side, on rows in place of columns.",
          edits(("weight_hh @", "weight_hh.T @"), of=step_by_step)),
    wrong("activation left in", "There is a tanh in these numbers. This network has none.",
          edits(("weight_ih @ x_t + weight_hh @ h_0", "np.tanh(weight_ih @ x_t + weight_hh @ h_0)"), of=step_by_step)),
)


@function_exercise(
    lambda: [_sequence(0, 2, 2), _sequence(1, 3, 3, input_size=2, output_size=2), _sequence(5, 4, 2)],
    shown="The loop hands the state on, and the read-out is taken from every state that a step has made: many to many.",
    hints=(
        "Start with `h = h_0`. In each pass of the loop: a new h from x_t and h, then a y from this new h; collect the y.",
        "Both biases go into a. Nothing goes on top of the read-out: y = W_ho h + b_o. np.array makes one array of a list.",
    ),
    over_time=True,
)
def all_answers(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Write the loop with its read-out: return every y_t, as one array of shape (seq_len, output_size)."""
    h = h_0
    ys = []
    for x_t in x:
        a = weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh
        h = np.tanh(a)
        ys.append(weight_ho @ h + bias_o)
    return np.array(ys)


def _sequence(seed, seq_len, hidden_size, input_size=1, output_size=1, batch=()):
    """Return a sequence, a first state and parameters with one decimal, so that a step can be redone by hand."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return rng.choice([-0.9, -0.7, -0.6, -0.4, -0.3, 0.2, 0.3, 0.5, 0.6, 0.8], shape)

    return {
        "x": draw(seq_len, *batch, input_size), "h_0": draw(*batch, hidden_size),
        "weight_ih": draw(hidden_size, input_size), "weight_hh": draw(hidden_size, hidden_size),
        "bias_ih": draw(hidden_size), "bias_hh": draw(hidden_size),
        "weight_ho": draw(output_size, hidden_size), "bias_o": draw(output_size),
    }


def kept_in_a_list(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    h = h_0.copy()
    states = []
    for x_t in x:
        h[:] = np.tanh(weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh)
        states.append(h)
    return np.array([weight_ho @ h + bias_o for h in states])


all_answers.knows(
    wrong("h_0 given to every step", "Every step starts from the same state, so that no step knows of the one before.",
          ("weight_hh @ h ", "weight_hh @ h_0 ")),
    wrong("weight transposed", "Each unit hears the others through weights that are not its own: a row of W_hh belongs to the unit it "
          "leads to.", ("weight_hh @ h ", "h @ weight_hh ")),
    wrong("list of states aliased", "Every answer is that of the last step: what was kept of each step is one and the same array, changed in "
          "place.", kept_in_a_list, fails="aliasing"),
    wrong("one bias too few", "A step has two biases; one of them is not in these numbers.",
          (" + bias_hh\n", "\n"), (" + bias_ih", "")),
    wrong("biases left out", "No bias of the step is in these numbers.",
          ("weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh", "weight_ih @ x_t + weight_hh @ h")),
    wrong("bias added twice", "A bias of the step is in these numbers twice.", (" + bias_hh\n", " + bias_ih\n")),
    wrong("bias added twice", "A bias of the step is in these numbers twice.", (" + bias_ih", " + bias_hh")),
    wrong("bias added twice", "Both biases of the step are in these numbers twice.",
          ("np.tanh(a)", "np.tanh(a + bias_ih + bias_hh)")),
    wrong("bias of the read-out left out", "The read-out has a bias of its own.", (" + bias_o)", ")")),
    wrong("activation on the read-out", "The tanh belongs to the state. The read-out of a quantity is left plain.",
          ("ys.append(weight_ho @ h + bias_o)", "ys.append(np.tanh(weight_ho @ h + bias_o))")),
    wrong("no activation", "Nothing bends these states: something is missing between a_t and h_t.",
          ("np.tanh(a)", "a")),
    wrong("pre-activation handed on", "The read-out sees h_t, but the next step is given a_t.",
          edits(("h = np.tanh(a)", "h = a"), ("weight_ho @ h", "weight_ho @ np.tanh(h)"))),
    wrong("read-out before the update", "Each answer comes from the state before its step, so it has not seen its own input: all answers come one"
          " step late.",
          edits(("        a = ", "        ys.append(weight_ho @ h + bias_o)\n        a = "), ("np.tanh(a)\n        ys.append(weight_ho @ h + bias_o)", "np.tanh(a)")),
          fails="direction of time"),
    wrong("read from the end", "The loop has gone through the sequence from its last input to its first.",
          ("in x:", "in x[::-1]:"), edits(("in x:", "in reversed(x):"), ("ys.append(", "ys.insert(0, ")),
          fails="direction of time"),
    wrong("answers in reverse", "The answers are right, but the last step's stands first.",
          ("ys.append(", "ys.insert(0, "), fails="direction of time"),
    wrong("only the last answer", "That is many to one: each pass of the loop has forgotten the answer of the one before.",
          ("ys.append(weight_ho @ h + bias_o)", "ys = weight_ho @ h + bias_o")),
    wrong("stops after one step", "Only the first answer came back. Does a `return` stand inside the loop?",
          ("    return", "        return")),
    wrong("last step left out", "One answer is missing, the last. Does the loop reach the last input?",
          ("in x:", "in x[:-1]:")),
    wrong("h_0 ignored", "The network has started from zeros. It was given a state to start from.",
          ("h = h_0", "h = np.zeros(len(h_0))")),
    wrong("read-out of the pre-activation", "The state is handed on as it should, but the answers are made of something that has not been through "
          "tanh.", ("weight_ho @ h", "weight_ho @ a")),
    wrong("an answer for h_0 too", "There is one answer more than there are steps: h_0 is no step's result.",
          ("ys = []", "ys = [weight_ho @ h_0 + bias_o]")),
    wrong("states in place of answers", "These are the states. What makes an answer of a state?",
          ("weight_ho @ h + bias_o", "h")),
    wrong("star in place of @", "`*` multiplies number by number and spreads the state over the rows of the matrix.",
          ("weight_hh @ h", "weight_hh * h")),
)


@function_exercise(
    lambda: [_sequence(9, 2, 2, batch=(2,)), _sequence(7, 3, 3, input_size=2, output_size=2, batch=(4,)),
             _sequence(8, 3, 3, batch=(3,))],
    shown="One loop over time serves a whole batch, and many to one reads the state that the last step has left, once "
          "for each sequence.",
    hints=(
        "x[t] holds step t of all sequences, (batch, input_size). The loop goes over t, all sequences side by side.",
        "For rows side by side the products turn round: x_t @ weight_ih.T + h @ weight_hh.T. Where is the last state?",
    ),
)
def last_answers(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Many to one for a batch: x is (seq_len, batch, input_size), h_0 (batch, hidden_size). Return, for each sequence,
    the answer after its last step: shape (batch, output_size)."""
    h = h_0
    ys = []
    for t in range(x.shape[0]):
        h = np.tanh(x[t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
        ys.append(h @ weight_ho.T + bias_o)
    return np.array(ys)[-1]


def one_by_one(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    ys = []
    for b in range(x.shape[1]):
        h = h_0[b]
        for t in range(x.shape[0]):
            h = np.tanh(weight_ih @ x[t, b] + bias_ih + weight_hh @ h + bias_hh)
        ys.append(weight_ho @ h + bias_o)
    return np.array(ys)


last_answers.knows(
    wrong("loop over the batch in place of time", "The loop hands the state from one sequence to the next, not from one step to the next. Which axis is "
          "time?", edits(("x.shape[0]", "x.shape[1]"), ("x[t]", "x[:, t]"))),
    wrong("last sequence in place of the last step", "These are all answers of one sequence. The -1 stands at the batch's axis, not at that of time.",
          ("[-1]", "[:, -1]")),
    wrong("an answer for every step", "That is many to many. Only the last step's answer of each sequence is wanted.",
          ("[-1]", "")),
    wrong("answer of the first step", "This answer has seen one input of each sequence only.",
          ("[-1]", "[0]"), fails="direction of time"),
    wrong("answer one step early", "The last input has not been seen by this answer.",
          ("range(x.shape[0])", "range(x.shape[0] - 1)"), fails="direction of time"),
    wrong("read from the end", "The loop has gone through the sequences from their last input to their first.",
          ("range(x.shape[0])", "reversed(range(x.shape[0]))"), fails="direction of time"),
    wrong("mean over the steps", "All steps' answers are mixed here. The last state alone is to be read.",
          ("np.array(ys)[-1]", "np.mean(ys, axis=0)")),
    wrong("mean over the batch", "The sequences are mixed here. Each of them wants its own answer.",
          ("[-1]", "[-1].mean(axis=0)")),
    wrong("h_0 ignored", "The network has started from zeros. Each sequence was given a state to start from.",
          edits(("h_0[b]", "np.zeros(h_0.shape[1])"), of=one_by_one)),
    wrong("weight transposed", "For states in rows the recurrent matrix stands on the right, and has to be turned for it.",
          ("h @ weight_hh.T", "h @ weight_hh")),
    wrong("h_0 given to every step", "Every step starts from the same state, so that the answer has seen the last input alone.",
          ("h @ weight_hh", "h_0 @ weight_hh")),
    wrong("one first state for all sequences", "Each sequence of the batch has a first state of its own, a row of h_0.",
          edits(("h_0[b]", "h_0[0]"), of=one_by_one)),
    wrong("state not reset between sequences", "The second sequence has started from where the first one ended. They have nothing to do with each other.",
          edits(("ys = []", "ys, h = [], h_0[0]"), ("        h = h_0[b]\n", ""), of=one_by_one)),
    wrong("one bias too few", "A step has two biases; one of them is not in these numbers.",
          (" + bias_ih", ""), (" + bias_hh)", ")")),
    wrong("biases left out", "No bias of the step is in these numbers.",
          ("x[t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh", "x[t] @ weight_ih.T + h @ weight_hh.T")),
    wrong("bias added twice", "A bias of the step is in these numbers twice.",
          (" + bias_hh)", " + bias_ih)"), (" + bias_ih", " + bias_hh")),
    wrong("bias of the read-out left out", "The read-out has a bias of its own.",
          edits((" + bias_o)", ")"), of=one_by_one)),
    wrong("activation on the read-out", "The tanh belongs to the state. The read-out of a quantity is left plain.",
          ("np.array(ys)[-1]", "np.tanh(ys[-1])")),
    wrong("no activation", "Nothing bends these states: something is missing between a_t and h_t.",
          edits(("np.tanh(", "("), of=one_by_one)),
    wrong("last state in place of its answer", "These are the right states. What makes an answer of a state?",
          ("np.array(ys)[-1]", "h")),
)
