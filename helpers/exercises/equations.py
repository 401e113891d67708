"""The exercises of notebook 01: the equations, one unit, the loop, counting, superposition, many to one."""

import numpy as np

from helpers.exercises.checker import function_exercise, prediction_exercise, value_exercise
from helpers.rnn import sigmoid


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


@two_steps.mistake("sigmoid in place of tanh")
def _():
    """These numbers come out of another activation function, one whose values lie between 0 and 1."""
    return _unit(phi=sigmoid)


@function_exercise(
    lambda: [_sequence(0, 2, 2), _sequence(1, 3, 3, input_size=2, output_size=2), _sequence(2, 0, 2)],
    shown="The loop hands the state on, and the read-out is taken from every state that a step has made: many to many.",
    hints=(
        "Start with `h = h_0`. In each pass of the loop: a new h from x_t and h, then a y from this new h; collect the y.",
        "Both biases go into a. Nothing goes on top of the read-out: y = W_ho h + b_o. np.array makes one array of a list.",
    ),
    over_time=True,
)
def all_answers(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Write the loop with its read-out: return every y_t, as one array of shape (seq_len, output_size)."""
    return _loop(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o)


def _sequence(seed, seq_len, hidden_size, input_size=1, output_size=1):
    """Return a sequence, a first state and parameters with one decimal, so that a step can be redone by hand."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return rng.choice([-0.9, -0.7, -0.6, -0.4, -0.3, 0.2, 0.3, 0.5, 0.6, 0.8], shape)

    return {
        "x": draw(seq_len, input_size), "h_0": draw(hidden_size), "weight_ih": draw(hidden_size, input_size),
        "weight_hh": draw(hidden_size, hidden_size), "bias_ih": draw(hidden_size), "bias_hh": draw(hidden_size),
        "weight_ho": draw(output_size, hidden_size), "bias_o": draw(output_size),
    }


def _loop(x, h_0, weight_ih, weight_hh, bias, weight_ho, bias_o, hand_on=True, early=False, top=lambda y: y):
    """Return all y_t; the last three arguments make it wrong."""
    h, answers = h_0, np.empty((len(x), len(bias_o)))
    for t, x_t in enumerate(x):
        before = h if hand_on else h_0
        h = np.tanh(weight_ih @ x_t + weight_hh @ before + bias)
        answers[t] = top(weight_ho @ (before if early else h) + bias_o)
    return answers


@all_answers.mistake("h_0 given to every step")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Every step starts from the same state, so that no step knows of the one before."""
    return _loop(x, h_0, weight_ih, weight_hh, bias_ih + bias_hh, weight_ho, bias_o, hand_on=False)


@all_answers.mistake("weight transposed")
def _(x, h_0, weight_ih, weight_hh, bias_ih, bias_hh, weight_ho, bias_o):
    """Each unit hears the others through weights that are not its own: a row of W_hh belongs to the unit it leads to."""
    return _loop(x, h_0, weight_ih, weight_hh.T, bias_ih + bias_hh, weight_ho, bias_o)
