"""The exercises of notebook 01: the equations, one unit, the loop, counting, superposition, many to one."""

import numpy as np

from helpers.exercises.engine import function_exercise, prediction_exercise, value_exercise
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
    return _unit()


def _unit(phi=np.tanh, w_ih=0.6, w_hh=-0.5, bias=0.3, x=(1.0, 0.5), h_0=0.4):
    h_1 = phi(w_ih * x[0] + w_hh * h_0 + bias)
    return {"h_1": h_1, "h_2": phi(w_ih * x[1] + w_hh * h_1 + bias)}


@two_steps.mistake("h_0 given to every step")
def _():
    """Step 2 has started from the same state as step 1. What is handed on?"""
    return _unit() | {"h_2": np.tanh(0.6 * 0.5 - 0.5 * 0.4 + 0.3)}


@two_steps.mistake("x_1 given to both steps")
def _():
    """Step 2 has heard the input of step 1. Each step has an input of its own."""
    return _unit(x=(1.0, 1.0))


@two_steps.mistake("h_0 taken for zero")
def _():
    """The state before step 1 is given, and it is not 0 here."""
    return _unit(h_0=0.0)


@two_steps.mistake("no activation")
def _():
    """These are the pre-activations a_1 and a_2. One thing more happens to them."""
    return _unit(phi=lambda a: a)


@two_steps.mistake("pre-activation handed on")
def _():
    """Step 2 has been given a_1. What is it that a step hands on?"""
    a_1 = 0.6 - 0.2 + 0.3
    return {"h_1": np.tanh(a_1), "h_2": np.tanh(0.3 - 0.5 * a_1 + 0.3)}


@two_steps.mistake("one bias too few")
def _():
    """Two biases are given, and each step adds both."""
    return _unit(bias=0.1)


@two_steps.mistake("one bias too few")
def _():
    """Two biases are given, and each step adds both."""
    return _unit(bias=0.2)


@two_steps.mistake("biases left out")
def _():
    """No bias is in these numbers."""
    return _unit(bias=0.0)


@two_steps.mistake("a bias added twice")
def _():
    """One of the two biases is in these numbers twice."""
    return _unit(bias=0.4)


@two_steps.mistake("a bias added twice")
def _():
    """One of the two biases is in these numbers twice."""
    return _unit(bias=0.5)


@two_steps.mistake("the two weights swapped")
def _():
    """Which weight belongs to the input, and which to the state? Read the name as "from, to"."""
    return _unit(w_ih=-0.5, w_hh=0.6)


@two_steps.mistake("sign of the recurrent weight lost")
def _():
    """The recurrent weight is negative: what the state brings is taken away."""
    return _unit(w_hh=0.5)


@two_steps.mistake("sign of the recurrent weight lost")
def _():
    """The recurrent weight is negative in step 2 as well."""
    h_1 = _unit()["h_1"]
    return {"h_1": h_1, "h_2": np.tanh(0.6 * 0.5 + 0.5 * h_1 + 0.3)}


@two_steps.mistake("sigmoid in place of tanh")
def _():
    """These numbers come out of another activation function, one whose values lie between 0 and 1."""
    return _unit(phi=sigmoid)


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


@predict_louder.mistake("0 taken to be in reach")
def _():
    """0 was reached with one remembered value. Here nothing is remembered."""
    return 0.0


@predict_louder.mistake("error taken to stay")
def _():
    """It would stay if only the inputs grew. The answers grow too."""
    return 0.5


@predict_louder.mistake("error taken to grow with the amplitude")
def _():
    """A miss by e costs e squared, not e."""
    return 1.5


@predict_louder.mistake("mean of the square taken for 1")
def _():
    """This would be the error if the cosine were at its height all the time."""
    return 9.0


@predict_louder.mistake("root taken of the error")
def _():
    """This is the size of a typical miss. The error is the mean of the squared misses."""
    return 3 / 2**0.5


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
    return _count(input_size, hidden_size, output_size, seq_len)


def _count(input_size, hidden_size, output_size, seq_len, biases=2, recurrent=None, read_out=True, bias_o=1):
    recurrent = hidden_size**2 if recurrent is None else recurrent
    shared = hidden_size * input_size + recurrent + biases * hidden_size
    shared += read_out * (output_size * hidden_size + bias_o * output_size)
    return shared, shared * seq_len


@count_parameters.mistake("one bias too few")
def _(*sizes):
    """Count the vectors in the table once more: a step has two of them beside x_t and h_t."""
    return _count(*sizes, biases=1)


@count_parameters.mistake("biases left out")
def _(*sizes):
    """Biases are learned as well, so they are parameters."""
    return _count(*sizes, biases=0, bias_o=0)


@count_parameters.mistake("read-out left out")
def _(*sizes):
    """What leads from the state to y has weights too."""
    return _count(*sizes, read_out=False)


@count_parameters.mistake("bias of the read-out left out")
def _(*sizes):
    """The weights of the read-out are in, its bias is not."""
    return _count(*sizes, bias_o=0)


@count_parameters.mistake("bias of the read-out of the wrong size")
def _(input_size, hidden_size, output_size, seq_len):
    """The read-out's bias is added to y, not to h."""
    shared, _ = _count(input_size, hidden_size, output_size, seq_len, bias_o=0)
    return shared + hidden_size, (shared + hidden_size) * seq_len


@count_parameters.mistake("recurrent weights left out")
def _(*sizes):
    """The state before takes part in each step, through weights of its own."""
    return _count(*sizes, recurrent=0)


@count_parameters.mistake("one recurrent weight per unit")
def _(input_size, hidden_size, output_size, seq_len):
    """Each unit hears all units of the step before, not only itself."""
    return _count(input_size, hidden_size, output_size, seq_len, recurrent=hidden_size)


@count_parameters.mistake("read-out shared all the same")
def _(input_size, hidden_size, output_size, seq_len):
    """In your second number the steps have weights of their own, but they still share one read-out."""
    shared, _ = _count(input_size, hidden_size, output_size, seq_len)
    read_out = output_size * hidden_size + output_size
    return shared, (shared - read_out) * seq_len + read_out


@count_parameters.mistake("the two numbers swapped")
def _(*sizes):
    """Both numbers are there, in the other order."""
    return _count(*sizes)[::-1]


@count_parameters.mistake("nothing shared")
def _(*sizes):
    """Your first number grows with the sequence. What is the same at every step is there once."""
    return (_count(*sizes)[1],) * 2


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


@predict_half_life.mistake("slope taken at 0")
def _():
    """That is the half-life without the bias. With it the unit no longer rests at 0."""
    return _half_life(0.95)


@predict_half_life.mistake("slope taken where the state is 0")
def _():
    """You took the slope at a = 0.1. There the unit begins; where does it come to rest?"""
    return _half_life(0.95 * (1 - np.tanh(0.1) ** 2))


@predict_half_life.mistake("recurrent weight left out of the slope")
def _():
    """One step multiplies a small distance by the slope of tanh and by something else."""
    return _half_life(1 - _fixed_point() ** 2)


@predict_half_life.mistake("mean life in place of the half-life")
def _():
    """After so many steps a share of 1/e is left, not one half."""
    return -1 / np.log(0.95 * (1 - _fixed_point() ** 2))


@predict_half_life.mistake("square missing in the slope")
def _():
    """The slope of tanh falls with the state, but not in proportion to it. Look at its table in section 7 once more."""
    return _half_life(0.95 * (1 - _fixed_point()))


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
    return _sum_of_terms(x, h_0, weight_ih, weight_hh)


def _linear(seed, seq_len, hidden_size, input_size=1):
    values = _sequence(seed, seq_len, hidden_size, input_size)
    return {name: values[name] for name in ("x", "h_0", "weight_ih", "weight_hh")}


def _sum_of_terms(x, h_0, weight_ih, weight_hh, power=np.linalg.matrix_power, later=0, of_h_0=0):
    """Return the sum; `later` more factors on every input's term, `of_h_0` more on that of h_0."""
    seq_len = len(x)
    terms = [power(weight_hh, seq_len - 1 - t + later) @ weight_ih @ x[t] for t in range(seq_len)]
    return sum(terms) + power(weight_hh, seq_len + of_h_0) @ h_0


@linear_last_state.mistake("h_0 left out")
def _(x, h_0, weight_ih, weight_hh):
    """This is the answer to the inputs alone. The network did not start from 0."""
    return _sum_of_terms(x, 0 * h_0, weight_ih, weight_hh)


@linear_last_state.mistake("h_0 not multiplied")
def _(x, h_0, weight_ih, weight_hh):
    """h_0 passes through every step, like all else that is remembered."""
    return _sum_of_terms(x, 0 * h_0, weight_ih, weight_hh) + h_0


@linear_last_state.mistake("powers in the wrong order", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh):
    """The latest input has the highest power here. Which input has passed through the most steps?"""
    return _sum_of_terms(x[::-1], h_0, weight_ih, weight_hh)


@linear_last_state.mistake("one power too many")
def _(x, h_0, weight_ih, weight_hh):
    """What comes in at the last step does not meet the recurrent weights at all."""
    return _sum_of_terms(x, h_0, weight_ih, weight_hh, later=1)


@linear_last_state.mistake("one power too few for h_0")
def _(x, h_0, weight_ih, weight_hh):
    """h_0 is there before step 1, so it goes through one step more than x_1 does."""
    return _sum_of_terms(x, h_0, weight_ih, weight_hh, of_h_0=-1)


@linear_last_state.mistake("last input left out")
def _(x, h_0, weight_ih, weight_hh):
    """The last input is not in these numbers. Does the loop reach it?"""
    return _sum_of_terms(x, h_0, weight_ih, weight_hh) - weight_ih @ x[-1]


@linear_last_state.mistake("stops after one step")
def _(x, h_0, weight_ih, weight_hh):
    """This is h_1. Does a `return` stand inside the loop?"""
    return weight_ih @ x[0] + weight_hh @ h_0


@linear_last_state.mistake("element-wise power")
def _(x, h_0, weight_ih, weight_hh):
    """`**` takes the power of each entry by itself. Two steps are a matrix product."""
    return _sum_of_terms(x, h_0, weight_ih, weight_hh, power=lambda matrix, n: matrix**n)


@linear_last_state.mistake("weight transposed")
def _(x, h_0, weight_ih, weight_hh):
    """The recurrent matrix acts from the wrong side, on rows in place of columns."""
    return _sum_of_terms(x, h_0, weight_ih, weight_hh.T)


@linear_last_state.mistake("activation left in")
def _(x, h_0, weight_ih, weight_hh):
    """There is a tanh in these numbers. This network has none."""
    h = h_0
    for x_t in x:
        h = np.tanh(weight_ih @ x_t + weight_hh @ h)
    return h


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
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)


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


def _states(x, h_0, weight_ih, weight_hh, bias, hand_on=True):
    """Return h_0 ... h_T, for one sequence or a batch; without `hand_on` each step starts from h_0."""
    states = [h_0]
    for x_t in x:
        states.append(np.tanh(x_t @ weight_ih.T + (states[-1] if hand_on else h_0) @ weight_hh.T + bias))
    return np.array(states)


def _answers(x, h_0, weight_ih, weight_hh, bias, weight_ho, bias_o, hand_on=True):
    return _states(x, h_0, weight_ih, weight_hh, bias, hand_on)[1:] @ weight_ho.T + bias_o


@all_answers.mistake("h_0 given to every step")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Every step starts from the same state, so that no step knows of the one before."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o, hand_on=False)


@all_answers.mistake("weight transposed")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Each unit hears the others through weights that are not its own: a row of W_hh belongs to the unit it leads to."""
    return _answers(x, h_0, weight_ih, weight_hh.T, bias_ih + bias_hh, weight_ho, bias_o)


@all_answers.mistake("list of states aliased", fails="aliasing")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Every answer is that of the last step: what was kept of each step is one and the same array, changed in place."""
    answers = _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)
    return np.broadcast_to(answers[-1], answers.shape)


@all_answers.mistake("one bias too few")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A step has two biases; one of them is not in these numbers."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih, weight_ho, bias_o)


@all_answers.mistake("one bias too few")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A step has two biases; one of them is not in these numbers."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_hh, weight_ho, bias_o)


@all_answers.mistake("biases left out")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """No bias of the step is in these numbers."""
    return _answers(x, h_0, weight_ih, weight_hh, 0.0, weight_ho, bias_o)


@all_answers.mistake("bias added twice")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A bias of the step is in these numbers twice."""
    return _answers(x, h_0, weight_ih, weight_hh, 2 * bias_ih, weight_ho, bias_o)


@all_answers.mistake("bias added twice")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A bias of the step is in these numbers twice."""
    return _answers(x, h_0, weight_ih, weight_hh, 2 * bias_hh, weight_ho, bias_o)


@all_answers.mistake("bias added twice")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Both biases of the step are in these numbers twice."""
    return _answers(x, h_0, weight_ih, weight_hh, 2 * (bias_ih + bias_hh), weight_ho, bias_o)


@all_answers.mistake("bias of the read-out left out")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The read-out has a bias of its own."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, 0.0)


@all_answers.mistake("activation on the read-out")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The tanh belongs to the state. The read-out of a quantity is left plain."""
    return np.tanh(_answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o))


@all_answers.mistake("no activation")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Nothing bends these states: something is missing between a_t and h_t."""
    h, answers = h_0, []
    for x_t in x:
        h = weight_ih @ x_t + weight_hh @ h + bias_ih + bias_hh
        answers.append(weight_ho @ h + bias_o)
    return np.array(answers)


@all_answers.mistake("pre-activation handed on")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The read-out sees h_t, but the next step is given a_t."""
    a, answers = h_0, []
    for x_t in x:
        a = weight_ih @ x_t + weight_hh @ a + bias_ih + bias_hh
        answers.append(weight_ho @ np.tanh(a) + bias_o)
    return np.array(answers)


@all_answers.mistake("read-out before the update", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Each answer comes from the state before its step, so it has not seen its own input: all answers come one step late."""
    return _states(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh)[:-1] @ weight_ho.T + bias_o


@all_answers.mistake("read from the end", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The loop has gone through the sequence from its last input to its first."""
    return _answers(x[::-1], h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)


@all_answers.mistake("read from the end", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The loop has gone through the sequence from its last input to its first."""
    return _answers(x[::-1], h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[::-1]


@all_answers.mistake("answers in reverse", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The answers are right, but the last step's stands first."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[::-1]


@all_answers.mistake("only the last answer")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """That is many to one: each pass of the loop has forgotten the answer of the one before."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1]


@all_answers.mistake("stops after one step")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Only the first answer came back. Does a `return` stand inside the loop?"""
    return _answers(x[:1], h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)


@all_answers.mistake("last step left out")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """One answer is missing, the last. Does the loop reach the last input?"""
    return _answers(x[:-1], h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)


@all_answers.mistake("h_0 ignored")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The network has started from zeros. It was given a state to start from."""
    return _answers(x, 0 * h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)


@all_answers.mistake("read-out of the pre-activation")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The state is handed on as it should, but the answers are made of something that has not been through tanh."""
    states = _states(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh)
    return np.arctanh(states[1:]) @ weight_ho.T + bias_o


@all_answers.mistake("an answer for h_0 too")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """There is one answer more than there are steps: h_0 is no step's result."""
    return _states(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh) @ weight_ho.T + bias_o


@all_answers.mistake("states in place of answers")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """These are the states. What makes an answer of a state?"""
    return _states(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh)[1:]


@all_answers.mistake("star in place of @")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """`*` multiplies number by number and spreads the state over the rows of the matrix."""
    h, answers = h_0, []
    for x_t in x:
        h = np.tanh(weight_ih @ x_t + weight_hh * h + bias_ih + bias_hh)
        answers.append(weight_ho @ h + bias_o)
    return np.array(answers)


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
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("loop over the batch in place of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The loop hands the state from one sequence to the next, not from one step to the next. Which axis is time?"""
    return _answers(x.swapaxes(0, 1), h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("last sequence in place of the last step")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """These are all answers of one sequence. The -1 stands at the batch's axis, not at that of time."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[:, -1]


@last_answers.mistake("an answer for every step")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """That is many to many. Only the last step's answer of each sequence is wanted."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)


@last_answers.mistake("answer of the first step", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """This answer has seen one input of each sequence only."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[0]


@last_answers.mistake("answer one step early", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The last input has not been seen by this answer."""
    return (_states(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh) @ weight_ho.T + bias_o)[-2]


@last_answers.mistake("read from the end", fails="direction of time")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The loop has gone through the sequences from their last input to their first."""
    return _answers(x[::-1], h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("mean over the steps")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """All steps' answers are mixed here. The last state alone is to be read."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o).mean(axis=0)


@last_answers.mistake("mean over the batch")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The sequences are mixed here. Each of them wants its own answer."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1].mean(axis=0)


@last_answers.mistake("h_0 ignored")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The network has started from zeros. Each sequence was given a state to start from."""
    return _answers(x, 0 * h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("weight transposed")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """For states in rows the recurrent matrix stands on the right, and has to be turned for it."""
    return _answers(x, h_0, weight_ih, weight_hh.T, bias_ih + bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("h_0 given to every step")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Every step starts from the same state, so that the answer has seen the last input alone."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o, hand_on=False)[-1]


@last_answers.mistake("one first state for all sequences")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Each sequence of the batch has a first state of its own, a row of h_0."""
    h_0 = np.broadcast_to(h_0[0], h_0.shape)
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("state not reset between sequences")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The second sequence has started from where the first one ended. They have nothing to do with each other."""
    h, answers = h_0[0], []
    for b in range(x.shape[1]):
        h = _states(x[:, b], h, weight_ih, weight_hh, bias_ih + bias_hh)[-1]
        answers.append(h @ weight_ho.T + bias_o)
    return np.array(answers)


@last_answers.mistake("one bias too few")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A step has two biases; one of them is not in these numbers."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih, weight_ho, bias_o)[-1]


@last_answers.mistake("one bias too few")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A step has two biases; one of them is not in these numbers."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("biases left out")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """No bias of the step is in these numbers."""
    return _answers(x, h_0, weight_ih, weight_hh, 0.0, weight_ho, bias_o)[-1]


@last_answers.mistake("bias added twice")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A bias of the step is in these numbers twice."""
    return _answers(x, h_0, weight_ih, weight_hh, 2 * bias_ih, weight_ho, bias_o)[-1]


@last_answers.mistake("bias added twice")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """A bias of the step is in these numbers twice."""
    return _answers(x, h_0, weight_ih, weight_hh, 2 * bias_hh, weight_ho, bias_o)[-1]


@last_answers.mistake("bias of the read-out left out")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The read-out has a bias of its own."""
    return _answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, 0.0)[-1]


@last_answers.mistake("activation on the read-out")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """The tanh belongs to the state. The read-out of a quantity is left plain."""
    return np.tanh(_answers(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)[-1])


@last_answers.mistake("no activation")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Nothing bends these states: something is missing between a_t and h_t."""
    for x_t in x:
        h_0 = x_t @ weight_ih.T + h_0 @ weight_hh.T + bias_ih + bias_hh
    return h_0 @ weight_ho.T + bias_o


@last_answers.mistake("last state in place of its answer")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """These are the right states. What makes an answer of a state?"""
    return _states(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh)[-1]
