"""The exercises of notebook 01: the equations, one unit, the loop, counting, superposition, many to one."""

import numpy as np

from helpers.exercises.draws import draw, draw_cell
from helpers.exercises.engine import ALIASING, DIRECTION, function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import sigmoid  # noqa: F401 (used by edits)


@value_exercise(
    shown="A step is two products, two biases and a tanh, and what step 1 left behind takes part in step 2.",
    hints=("Write down a_1 first: the input times its weight, plus the previous state times its weight, plus both biases.",
           "h_1 = tanh(a_1). In step 2 the previous state is no longer h_0: it's the h_1 you just computed."))
def two_steps():
    """Work out h_1 and h_2 of the one unit, to four decimals, and put them in place of the dots."""
    w_ih, w_hh, bias_ih, bias_hh = 0.6, -0.5, 0.1, 0.2
    h_0, x_1, x_2 = 0.4, 1.0, 0.5
    h_1 = np.tanh(w_ih * x_1 + bias_ih + w_hh * h_0 + bias_hh)
    h_2 = np.tanh(w_ih * x_2 + bias_ih + w_hh * h_1 + bias_hh)
    return {"h_1": h_1, "h_2": h_2}


two_steps.knows(
    ("h_0 given to every step", "Your step 2 starts from the same state as step 1. What does step 1 hand on?",
     ("w_hh * h_1", "w_hh * h_0")),
    ("x_1 given to both steps", "Your step 2 uses the input of step 1. Each step has its own input.", ("* x_2", "* x_1")),
    ("h_0 taken for zero", "The state before step 1 is given, and it isn't 0 here.", ("= 0.4", "= 0.0")),
    ("no activation", "These are the pre-activations a_1 and a_2. One more thing happens to them.",
     [("h_1 = np.tanh", "h_1 = "), ("h_2 = np.tanh", "h_2 = ")]),
    ("no activation in step 2", "Your h_2 is still the sum a_2. One more thing happens to it.",
     ("h_2 = np.tanh", "h_2 = ")),
    ("pre-activation handed on", "Your step 2 starts from a_1. What does a step really hand on?",
     ("w_hh * h_1", "w_hh * np.arctanh(h_1)")),
    ("one bias too few", "There are two biases, and each step adds both.", ("0.1, 0.2", "0.1, 0.0"), ("0.1, 0.2", "0.0, 0.2")),
    ("biases left out", "These numbers contain no bias at all.", ("0.1, 0.2", "0.0, 0.0")),
    ("a bias added twice", "These numbers contain one of the two biases twice.", ("0.1, ", "0.2, "), ("0.1, 0.2", "0.1, 0.4")),
    ("the two weights swapped", "Which weight belongs to the input, and which to the state? Read the name as \"from, to\".",
     ("0.6, -0.5", "-0.5, 0.6")),
    ("sign of the recurrent weight lost", "The recurrent weight is negative: it subtracts what the previous state brings.",
     ("-0.5", "0.5")),
    ("sign of the recurrent weight lost", "The recurrent weight is negative in step 2 as well.", ("w_hh * h_1", "-w_hh * h_1")),
    ("sigmoid in place of tanh", "These numbers come from another activation function, one with values between 0 and 1.",
     [("h_1 = np.tanh", "h_1 = sigmoid"), ("h_2 = np.tanh", "h_2 = sigmoid")]))


@prediction_exercise(
    shown="The best memoryless answer stays 0, so its error is the mean square of the target, which grows with the square "
          "of the amplitude.",
    hints=("What is the best answer in the table now, for each input? And what does each miss cost?",
           "At amplitude 1 the error was the mean of the squared cosine. What becomes of a factor of 3 when you square it?"))
def predict_louder():
    """Put your prediction of the error in place of the dots. The cell then measures it."""
    return 3**2 / 2


predict_louder.knows(
    ("0 taken to be in reach", "One remembered value reached 0. Here nothing is remembered.", 0.0),
    ("error taken to stay", "It would stay if only the inputs grew. The targets grow too.", 0.5),
    ("error taken to grow with the amplitude", "A miss by e costs e squared, not e.", 1.5),
    ("mean of the square taken for 1", "That would be the error if the cosine stayed at its peak all the time.", 9.0),
    ("root taken of the error", "This is the size of a typical miss. The error is the mean of the squared misses.", 3 / 2**0.5))


@function_exercise(
    lambda: [(1, 2, 1, 3), (3, 5, 4, 7), (2, 32, 10, 100), (4, 3, 2, 1)],
    shown="With shared weights the count doesn't depend on the length of the sequence. With separate weights for each step, "
          "it grows with the length.",
    hints=("Take the table of shapes in section 5 and multiply out each shape. How many biases does a step have?",
           "The output layer works at every step too. It is either shared, or needed once for each step."))
def count_parameters(input_size, hidden_size, output_size, seq_len):
    """Return two numbers. First, how many parameters the network has in all: a step with its two biases, and the output layer
    with its one. Second, how many it would have if each of the seq_len steps had its own copy of everything."""
    into = hidden_size * input_size
    recurrent = hidden_size * hidden_size
    biases = hidden_size + hidden_size
    out = output_size * hidden_size + output_size
    shared = into + recurrent + biases + out
    own = seq_len * (into + recurrent + biases + out)
    return shared, own


count_parameters.knows(
    ("one bias too few", "Count the bias vectors in the table once more: a step has two.", (" + hidden_size", "")),
    ("biases left out", "Biases are learned as well, so they are parameters.",
     [("hidden_size + hidden_size", "0"), (" + output_size\n", "\n")]),
    ("output layer left out", "The layer that leads from the state to y has weights too.",
     ("out = output_size * hidden_size + output_size", "out = 0")),
    ("bias of the output layer left out", "You counted the weights of the output layer, but not its bias.",
     (" + output_size\n", "\n")),
    ("bias of the output layer of the wrong size", "The output layer's bias is added to y, not to h.",
     (" + output_size\n", " + hidden_size\n")),
    ("input weights left out", "The input reaches the units through weights of its own.", ("hidden_size * input_size", "0")),
    ("recurrent weights left out", "The previous state takes part in each step, through weights of its own.",
     ("hidden_size * hidden_size\n    b", "0\n    b")),
    ("one recurrent weight per unit", "Each unit is connected to all units of the previous step, not only to itself.",
     ("hidden_size * hidden_size\n    b", "hidden_size\n    b")),
    ("output layer shared all the same", "In your second number each step has its own weights, but all steps still share "
     "one output layer.", ("biases + out)", "biases) + out")),
    ("the two numbers swapped", "You have both numbers, in the other order.", ("shared, own\n", "own, shared\n")),
    ("nothing shared", "Your first number grows with the sequence. What all steps share counts once.",
     ("return shared", "return own")),
    ("everything shared", "Your second number doesn't grow with the sequence. Here no two steps share anything.",
     ("own = seq_len * ", "own = ")))


@prediction_exercise(
    shown="The constant input pushes the unit to where tanh is flatter, and the half-life is set by the slope there: a memory "
          "of 13.5 steps becomes one of less than two.",
    hints=("The half-life depends on the slope at the fixed point, and with a bias the fixed point is no longer 0. To find it, "
           "put any h into tanh(0.95 h + 0.1), put the result in again, and go on until it stops changing.",
           "The slope there is m = 0.95 (1 - h*^2), and the half-life is log(1/2) / log(m)."), rtol=0.0, atol=0.1)
def predict_half_life():
    """Put your prediction of the half-life, in steps, in place of the dots. The cell then measures it."""
    h = 0.5
    for _ in range(200):
        h = np.tanh(0.95 * h + 0.1)
    slope = 0.95 * (1 - h**2)
    return np.log(0.5) / np.log(slope)


predict_half_life.knows(
    ("slope taken at 0", "That's the half-life without the bias. With it the unit no longer rests at 0.", ("(1 - h**2)", "1")),
    ("slope taken where the state is 0", "You took the slope at a = 0.1, where the unit starts. Where does it come to rest?",
     ("(1 - h**2)", "(1 - np.tanh(0.1) ** 2)")),
    ("recurrent weight left out of the slope",
     "One step multiplies a small distance by the slope of tanh, and by one other factor.", ("slope = 0.95 * ", "slope = ")),
    ("mean life in place of the half-life", "After that many steps a share of 1/e is left, not one half.",
     ("np.log(0.5)", "-1")),
    ("square missing in the slope", "The slope of tanh falls as the state grows, but not in proportion to it. Look it up in "
     "the table of section 8.", ("h**2", "h")))


@function_exercise(
    lambda: [_linear(0, 2, 2), _linear(1, 4, 3, input_size=2), _linear(2, 1, 2), _linear(3, 6, 3, loud=10.0)],
    shown="In a linear network each input meets W_ih once and W_hh at every later step, and all contributions, that of h_0 "
          "included, simply add up: superposition.",
    hints=("Take two steps with a pencil and substitute h_1 into h_2. Which matrices multiply x_1, x_2 and h_0?",
           "np.linalg.matrix_power(weight_hh, n) is the product of n copies. How many steps follow step t?"))
def linear_last_state(x, h_0, weight_ih, weight_hh):
    """Return h_T of a network whose activation is the identity and which has no bias, as a sum of one term for each input and
    one for h_0."""
    T = len(x)
    h = np.linalg.matrix_power(weight_hh, T) @ h_0
    for t in range(1, T + 1):
        h = h + np.linalg.matrix_power(weight_hh, T - t) @ (weight_ih @ x[t - 1])
    return h


def step_by_step(x, h_0, weight_ih, weight_hh):
    for x_t in x:
        h_0 = weight_ih @ x_t + weight_hh @ h_0
    return h_0


def _linear(seed, seq_len, hidden_size, **sizes):
    return list(_sequence(seed, seq_len, hidden_size, **sizes).values())[:4]  # no bias, no output layer


linear_last_state.knows(
    ("h_0 left out", "This is the response to the inputs alone. The network didn't start from 0.",
     ("@ h_0", "@ np.zeros(len(h_0))")),
    ("h_0 not multiplied", "h_0 passes through every step, like everything else that is remembered.",
     ("np.linalg.matrix_power(weight_hh, T) @ h_0", "h_0")),
    ("powers in the wrong order", "Here the latest input gets the highest power. Which input has passed through "
     "the most steps?", ("T - t)", "t - 1)"), DIRECTION),
    ("one power too many", "The last input never meets the recurrent weights.", ("T - t)", "T - t + 1)")),
    ("one power too few for h_0", "h_0 is there before step 1, so it passes through one step more than x_1 does.",
     ("weight_hh, T)", "weight_hh, T - 1)")),
    ("one power too many for h_0", "h_0 passes through as many steps as there are inputs.", (", T)", ", T + 1)")),
    ("powers left out", "Each input counts the same here, whenever it came. What happened to it on its way to the last step?",
     ("np.linalg.matrix_power(weight_hh, T - t) @ (", "("), ("np.linalg.matrix_power(weight_hh, T - t) @ (", "weight_hh @ (")),
    ("last input left out", "The last input is missing from these numbers. Does the loop reach it?", ("(1, T + 1)", "(1, T)")),
    ("first input left out", "The first input is missing from these numbers. Where does the loop start?", ("1, T +", "2, T +")),
    ("stops after one step", "This is h_1. Is the `return` inside the loop?", [step_by_step, ("    return", "        return")]),
    ("element-wise power", "`**` raises each entry to the power by itself. Two steps are a matrix product.",
     [("np.linalg.matrix_power(weight_hh, T)", "weight_hh**T"),
      ("np.linalg.matrix_power(weight_hh, T - t)", "weight_hh**(T - t)")]),
    ("weight transposed", "The recurrent matrix acts from the wrong side, on rows instead of columns.",
     [step_by_step, ("weight_hh @", "weight_hh.T @")],
     ("np.linalg.matrix_power(weight_hh, T) @ h_0", "h_0 @ np.linalg.matrix_power(weight_hh, T)")),
    ("activation left in", "There's a tanh in these numbers. This network has none.",
     [step_by_step, ("weight_ih @ x_t + weight_hh @ h_0", "np.tanh(weight_ih @ x_t + weight_hh @ h_0)")]))


@function_exercise(
    lambda: [_sequence(0, 2, 2), _sequence(1, 3, 3, input_size=2, output_size=2), _sequence(5, 4, 2),
             _sequence(6, 4, 3, input_size=2, loud=10.0), _sequence(7, 1, 2, loud=10.0)],
    shown="The loop hands the state on, and the output layer turns the new state of every step into an answer: many to many.",
    hints=("Start with `h = h_0`. In each pass of the loop, compute a new h from x_t and h, then a y from the new h, and "
           "collect the y.",
           "Both biases go into a. Nothing goes on top of the output layer: y = W_ho h + b_o. np.array turns a list "
           "into one array."), over_time=True)
def all_answers(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Write the loop with its output layer: return every y_t, as one array of shape (seq_len, output_size)."""
    h = h_0
    ys = []
    for x_t in x:
        a = weight_ih @ x_t + bias_ih + weight_hh @ h + bias_hh
        h = np.tanh(a)
        ys.append(weight_ho @ h + bias_o)
    return np.array(ys)


def _sequence(seed, seq_len, hidden_size, input_size=1, output_size=1, batch=(), loud=1.0):
    """Return a sequence, a first state and parameters. `loud` multiplies inputs and output weights: what clips shows."""
    given = draw_cell(seed, input_size, hidden_size, x=(seq_len, *batch, input_size), h_0=(*batch, hidden_size))
    output_layer = {"weight_ho": loud * draw(seed + 100, output_size, hidden_size), "bias_o": draw(seed + 200, output_size)}
    return given | output_layer | {"x": loud * given["x"]}


# Mistakes of a step and its output layer, for one sequence or a batch.
STEP = (
    ("one bias too few", "A step has two biases. One of them is missing here.", (" + bias_hh", ""), (" + bias_ih", "")),
    ("biases left out", "The step's biases are missing here.", [(" + bias_hh", ""), (" + bias_ih", "")]),
    ("bias added twice", "These numbers contain a bias of the step twice.", (" + bias_hh", " + bias_ih"),
     (" + bias_ih", " + bias_hh"), (" + bias_hh", " + 2 * bias_hh"), (" + bias_ih", " + 2 * bias_ih")),
    ("bias of the output layer left out", "The output layer has a bias of its own.", (" + bias_o", "")),
    ("no activation", "These states were never squashed. What is missing between a_t and h_t?", ("np.tanh(", "(")),
    ("sigmoid in place of tanh", "These numbers come from another activation function, one with values between 0 and 1.",
     ("np.tanh(", "sigmoid(")),
)

all_answers.knows(
    *STEP,
    ("h_0 given to every step", "Every step starts from the same state, so no step knows about the one before.",
     ("weight_hh @ h ", "weight_hh @ h_0 ")),
    ("weight transposed", "Row i of W_hh holds the weights that lead to unit i. Here the columns take that place.",
     ("weight_hh @ h ", "h @ weight_hh ")),
    ("list of states aliased", "Every answer is the one of the last step: your list holds the same array over and over, and "
     "each step changes it in place.", [("h = h_0\n", "h = h_0.copy()\n"), ("h = np.tanh(a)", "h[:] = np.tanh(a)"),
      ("(weight_ho @ h + bias_o)", "(h)"), ("np.array(ys)", "np.array(ys) @ weight_ho.T + bias_o")], ALIASING),
    ("bias added twice", "These numbers contain both biases of the step twice.", (".tanh(a)", ".tanh(a + bias_ih + bias_hh)")),
    ("activation on the output layer", "The tanh belongs to the state. An answer that is a quantity stays as it is.",
     ("ys.append(weight_ho @ h + bias_o)", "ys.append(np.tanh(weight_ho @ h + bias_o))")),
    ("input left out", "The inputs have no part in these numbers.", ("weight_ih @ x_t + ", "")),
    ("previous state left out", "Each answer comes from its own input alone. What does a step get from the one before?",
     ("weight_hh @ h + ", "")),
    ("pre-activation handed on", "The output layer sees h_t, but the next step gets a_t.",
     [("h = np.tanh(a)", "h = a"), ("weight_ho @ h", "weight_ho @ np.tanh(h)")]),
    ("answer before the update", "Each answer comes from the state before its step and hasn't seen its own input: all answers "
     "come one step late.", [("        a = ", "        ys.append(weight_ho @ h + bias_o)\n        a = "),
      ("np.tanh(a)\n        ys.append(weight_ho @ h + bias_o)", "np.tanh(a)")], DIRECTION),
    ("read from the end", "The loop runs through the sequence from its last input to its first.",
     ("in x:", "in x[::-1]:"), [("in x:", "in reversed(x):"), ("ys.append(", "ys.insert(0, ")], DIRECTION),
    ("answers in reverse", "The answers are right, but the last step's comes first.", (".append(", ".insert(0, "), DIRECTION),
    ("only the last answer", "That's many to one: each pass of the loop overwrites the answer of the one before.",
     ("ys.append(weight_ho @ h + bias_o)", "ys = weight_ho @ h + bias_o")),
    ("stops after one step", "Only the first answer came back. Is the `return` inside the loop?",
     ("    return", "        return")),
    ("last step left out", "The last answer is missing. Does the loop reach the last input?", ("in x:", "in x[:-1]:")),
    ("h_0 ignored", "The network started from zeros. You were given a state to start from.", ("= h_0", "= np.zeros(len(h_0))")),
    ("state of two steps ago", "From step 2 on, each step used the state of one step too early. If h_0 is states[0], where is "
     "the state before x[t]?", [("h = h_0\n", "states = [h_0]\n"),
      ("for x_t in x:\n", "for t, x_t in enumerate(x):\n        h = states[t - 1]\n"),
      ("ys.append(", "states.append(h)\n        ys.append(")]),
    ("output of the pre-activation", "The state is handed on as it should be, but the answers come from something that hasn't "
     "been through tanh.", ("weight_ho @ h", "weight_ho @ a")),
    ("an answer for h_0 too", "There's one answer more than there are steps: no step produced h_0.",
     ("ys = []", "ys = [weight_ho @ h_0 + bias_o]")),
    ("states in place of answers", "These are the states. What turns a state into an answer?", ("weight_ho @ h + bias_o", "h")),
    ("star in place of @", "`*` multiplies number by number and spreads the state over the rows of the matrix.",
     ("weight_hh @ h", "weight_hh * h"), ("weight_ih @ x_t", "weight_ih * x_t"), ("weight_ho @ h", "weight_ho * h")))


@function_exercise(
    lambda: [_sequence(9, 2, 2, batch=(2,)), _sequence(7, 3, 3, input_size=2, output_size=2, batch=(4,)),
             _sequence(8, 3, 3, batch=(3,)), _sequence(4, 5, 2, input_size=3, batch=(2,), loud=10.0),
             _sequence(3, 1, 2, batch=(1,), loud=10.0)],
    shown="One loop over time serves a whole batch, and many to one turns the state after the last step into one answer "
          "for each sequence.",
    hints=("x[t] holds step t of all sequences, (batch, input_size). Loop over t, and let all sequences move side by side.",
           "With one sequence per row the products turn around: x_t @ weight_ih.T + h @ weight_hh.T. Where is the last state?"))
def last_answers(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Many to one for a batch: x is (seq_len, batch, input_size), h_0 (batch, hidden_size). Return, for each sequence, the
    answer after its last step: shape (batch, output_size)."""
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
    *STEP,
    ("loop over the batch in place of time", "Your loop hands the state from one sequence to the next instead of from one step "
     "to the next. Which axis is time?", [("x.shape[0]", "x.shape[1]"), ("x[t]", "x[:, t]")]),
    ("last sequence in place of the last step",
     "These are all the answers of one sequence: the -1 picks from the batch axis, not from time.", ("[-1]", "[:, -1]")),
    ("an answer for every step", "That's many to many. Here you want only the last step's answer for each sequence.",
     ("[-1]", "")),
    ("answer of the first step", "This answer has seen only one input of each sequence.", ("[-1]", "[0]"), DIRECTION),
    ("answer one step early", "This answer hasn't seen the last input.", ("(x.shape[0])", "(x.shape[0] - 1)"), DIRECTION),
    ("read from the end", "The loop runs through the sequences from their last input to their first.",
     ("range(x.shape[0])", "reversed(range(x.shape[0]))"), DIRECTION),
    ("mean over the steps", "This averages the answers of all steps. Only the last state counts.",
     ("np.array(ys)[-1]", "np.mean(ys, axis=0)")),
    ("mean over the batch", "This averages over the sequences. Each of them gets its own answer.", ("[-1]", "[-1].mean(0)")),
    ("h_0 ignored", "The network started from zeros. Each sequence came with a state to start from.",
     [one_by_one, ("h_0[b]", "np.zeros(h_0.shape[1])")]),
    ("weight transposed", "With states in rows the recurrent matrix goes on the right, and has to be transposed for that.",
     ("h @ weight_hh.T", "h @ weight_hh")),
    ("one state in place of a batch", "weight_hh @ h is for a single state, a column. Here each row of h is a state.",
     ("h @ weight_hh.T", "weight_hh @ h")),
    ("h_0 given to every step", "Every step starts from the same state, so the answer has seen only the last input.",
     ("h @ weight_hh", "h_0 @ weight_hh")),
    ("one first state for all sequences", "Each sequence of the batch has its own first state, a row of h_0.",
     [one_by_one, ("h_0[b]", "h_0[0]")]),
    ("state not reset between sequences", "Your second sequence starts where the first one ended, but the two have nothing to "
     "do with each other.", [one_by_one, ("ys = []", "ys, h = [], h_0[0]"), ("        h = h_0[b]\n", "")]),
    ("activation on the output layer", "The tanh belongs to the state. An answer that is a quantity stays as it is.",
     ("np.array(ys)[-1]", "np.tanh(ys[-1])")),
    ("input left out", "The inputs have no part in these numbers.", ("x[t] @ weight_ih.T + ", "")),
    ("previous state left out", "These answers come from the last input alone. What does a step get from the one before?",
     ("h @ weight_hh.T + ", "")),
    ("star in place of @", "`*` multiplies number by number, and lines up the batch with the units where they happen to "
     "be as many.", ("h @ weight_hh.T", "h * weight_hh.T"), ("h @ weight_ho.T", "h * weight_ho.T")),
    ("last state in place of its answer", "These are the right states. What turns a state into an answer?",
     ("np.array(ys)[-1]", "h")))
