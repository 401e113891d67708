"""The exercises of notebook 02: a step by hand, one changed input, inputs in one product, leaks and gates."""

import numpy as np

from helpers.exercises.engine import function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import pencil_network, sigmoid

ONE_DECIMAL = (-0.9, -0.8, -0.7, -0.4, -0.3, 0.2, 0.3, 0.5, 0.6, 0.8)
LEAKS = (0.2, 0.4, 0.7, 0.9)


@value_exercise(
    shown="One step of two units is two weighted sums and a tanh each, and the read-out is taken from what the step "
          "made.",
    hints=(
        "Write a_t of each unit as a sum of five numbers: one from the input, two from the state, two biases.",
        "Row i of W_hh belongs to unit i: it multiplies the whole state before. The read-out then takes the new state.",
    ),
)
def one_step():
    """Work out the next state, two numbers, and its answer, to four decimals, and put them in place of the dots."""
    return _one_step()


def _one_step(x_t=-2.0, hear=np.matmul, biases=(1, 1), phi=np.tanh, of=None, read=lambda y: y, bias_o=0.2):
    """Return the values; `biases` says how often each of the two is added, `of` reads another state than the new
    one."""
    parameters = pencil_network()[2] | {"bias_hh": np.array([0.2, 0.3])}
    h = np.array([0.6, -0.2])
    a = parameters["weight_ih"] @ [x_t] + hear(parameters["weight_hh"], h)
    h_t = phi(a + biases[0] * parameters["bias_ih"] + biases[1] * parameters["bias_hh"])
    return {"h_t": h_t, "y_t": read((parameters["weight_ho"] @ (of(h) if of else h_t))[0] + bias_o)}


@one_step.mistake("weight transposed")
def _():
    """Each unit has heard the other through a weight that is not its own. Which unit does a row of W_hh lead to?"""
    return _one_step(hear=lambda weight_hh, h: weight_hh.T @ h)


@one_step.mistake("each unit hears itself alone")
def _():
    """A unit hears both units of the step before, each through a weight of its own."""
    return _one_step(hear=lambda weight_hh, h: np.diag(weight_hh) * h)


@one_step.mistake("state left out")
def _():
    """This is what the input would do to a network at rest in 0."""
    return _one_step(hear=lambda weight_hh, h: 0 * h)


@one_step.mistake("state added without its weights")
def _():
    """The state before does not enter the sum as it is."""
    return _one_step(hear=lambda weight_hh, h: h)


@one_step.mistake("input left out")
def _():
    """The network hears something at this step."""
    return _one_step(x_t=0.0)


@one_step.mistake("sign of the input lost")
def _():
    """The input is negative."""
    return _one_step(x_t=2.0)


@one_step.mistake("one bias too few")
def _():
    """Each unit has two biases, and both are added."""
    return _one_step(biases=(1, 0))


@one_step.mistake("one bias too few")
def _():
    """Each unit has two biases, and both are added."""
    return _one_step(biases=(0, 1))


@one_step.mistake("biases left out")
def _():
    """No bias of the step is in these numbers."""
    return _one_step(biases=(0, 0))


@one_step.mistake("bias added twice")
def _():
    """One of the biases is in these numbers twice."""
    return _one_step(biases=(2, 1))


@one_step.mistake("bias added twice")
def _():
    """One of the biases is in these numbers twice."""
    return _one_step(biases=(1, 2))


@one_step.mistake("bias added twice")
def _():
    """One bias is in these numbers twice, and the other not at all."""
    return _one_step(biases=(2, 0))


@one_step.mistake("no activation")
def _():
    """These are the sums a_t. One thing more makes a state of them."""
    return _one_step(phi=lambda a: a)


@one_step.mistake("sigmoid in place of tanh")
def _():
    """These states come out of another activation, whose values lie between 0 and 1."""
    return _one_step(phi=sigmoid)


@one_step.mistake("answer read from the state before")
def _():
    """The state is right, but the answer has been read from the one that the step began with."""
    return _one_step(of=lambda h: h)


@one_step.mistake("sign of a read-out weight lost")
def _():
    """The state is right. One of the two read-out weights is negative."""
    return _one_step() | {"y_t": 0.7 * np.tanh(-0.42) + 0.5 * np.tanh(0.86) + 0.2}


@one_step.mistake("bias of the read-out left out")
def _():
    """The state is right. The read-out has a bias too."""
    return _one_step(bias_o=0.0)


@one_step.mistake("activation on the read-out")
def _():
    """The state is right. The answer is a plain weighted sum of it."""
    return _one_step(read=np.tanh)


@prediction_exercise(
    shown="A change is felt in its own sequence, from its own step to the end, in both units: 7 states of two numbers.",
    hints=(
        "x[3] is the input of step 4. Which states have heard step 4, directly or through the state before?",
        "`states` holds h_0 to h_10, for five sequences, two numbers each. In how many of the five can anything "
        "change?",
    ),
    rtol=0.0,
    atol=0.5,
)
def predict_changed():
    """Put your prediction, how many of the 110 numbers of `states` change, in place of the dots. The cell then
    counts."""
    return 14


@predict_changed.mistake("change not handed on")
def _():
    """You counted one step. Its state goes into the next step."""
    return 2


@predict_changed.mistake("all sequences of the batch changed")
def _():
    """The sequences of a batch stand side by side; nothing crosses from one row to another."""
    return 70


@predict_changed.mistake("all sequences of the batch changed")
def _():
    """The sequences of a batch stand side by side; nothing crosses from one row to another."""
    return 10


@predict_changed.mistake("everything changed")
def _():
    """Neither the other sequences nor the steps before can know of it."""
    return 110


@predict_changed.mistake("steps before changed too")
def _():
    """Nothing travels back in time: what was computed before the changed input stays."""
    return 22


@predict_changed.mistake("steps before changed too")
def _():
    """Nothing travels back in time: what was computed before the changed input stays."""
    return 20


@predict_changed.mistake("one step too early")
def _():
    """x[3] goes into h_4, not into h_3: the states have h_0 in front."""
    return 16


@predict_changed.mistake("one step too late")
def _():
    """The step that hears the changed input makes a changed state already."""
    return 12


@predict_changed.mistake("states counted, not numbers")
def _():
    """So many states change. Each of them holds one number per unit."""
    return 7


@function_exercise(
    lambda: [_inputs(0, 2, 3, 2, 2), _inputs(1, 3, 4, 2, 5), _inputs(2, 3, 3, 2, 2)],
    shown="No state is needed for the input's part, so one product serves all steps of all sequences, before any loop.",
    hints=(
        "A product with @ works on the last axis of x. What has to stand on its right so that input_size becomes "
        "hidden_size?",
        "Either x @ weight_ih.T as it is, or all rows below each other, x.reshape(-1, input_size), and back "
        "afterwards.",
    ),
    over_time=True,
)
def project_inputs(x, weight_ih, bias_ih, bias_hh):
    """Return W_ih x_t + b_ih + b_hh for all steps of all sequences, without a loop: x is (seq_len, batch, input_size),
    the result (seq_len, batch, hidden_size)."""
    return x @ weight_ih.T + bias_ih + bias_hh


def _inputs(seed, seq_len, batch, input_size, hidden_size):
    given = _network(seed, seq_len, batch, input_size, hidden_size)
    return {name: given[name] for name in ("x", "weight_ih", "bias_ih", "bias_hh")}


def _network(seed, seq_len, batch, input_size, hidden_size, dtype=np.float64):
    """Return inputs, a first state and a cell's parameters, with one decimal so that a step can be redone by hand."""
    rng = np.random.default_rng(seed)
    shapes = {"x": (seq_len, batch, input_size), "h_0": (batch, hidden_size), "weight_ih": (hidden_size, input_size),
              "weight_hh": (hidden_size, hidden_size), "bias_ih": (hidden_size,), "bias_hh": (hidden_size,)}
    return {name: rng.choice(ONE_DECIMAL, shape).astype(dtype) for name, shape in shapes.items()}


@project_inputs.mistake("weight transposed")
def _(x, weight_ih, bias_ih, bias_hh):
    """Each unit has got weights that are not its own: a row of W_ih belongs to the unit it leads to."""
    return x @ weight_ih + bias_ih + bias_hh


@project_inputs.mistake("reshaped in the wrong order")
def _(x, weight_ih, bias_ih, bias_hh):
    """The numbers were computed rightly, and then laid out as if all steps of one sequence stood together."""
    seq_len, batch, _ = x.shape
    return project_inputs.solution(x, weight_ih, bias_ih, bias_hh).reshape(batch, seq_len, -1)


@project_inputs.mistake("reshaped in the wrong order")
def _(x, weight_ih, bias_ih, bias_hh):
    """The rows were computed sequence by sequence and laid out step by step: each stands at another one's place."""
    by_sequence = project_inputs.solution(x.swapaxes(0, 1), weight_ih, bias_ih, bias_hh)
    return by_sequence.reshape(*x.shape[:2], -1)


@project_inputs.mistake("reshaped in the wrong order")
def _(x, weight_ih, bias_ih, bias_hh):
    """reshape does not turn an array round: with input_size in front the numbers are cut in other places."""
    rows = x.reshape(x.shape[2], -1).T
    return (rows @ weight_ih.T + bias_ih + bias_hh).reshape(*x.shape[:2], -1)


@project_inputs.mistake("reshaped in the wrong order")
def _(x, weight_ih, bias_ih, bias_hh):
    """The result of the product was (hidden_size, rows). reshape does not turn it round."""
    columns = weight_ih @ x.reshape(-1, x.shape[2]).T + (bias_ih + bias_hh)[:, None]
    return columns.reshape(*x.shape[:2], -1)


@project_inputs.mistake("batch and time swapped")
def _(x, weight_ih, bias_ih, bias_hh):
    """The sequences stand first here. The course keeps time first."""
    return project_inputs.solution(x, weight_ih, bias_ih, bias_hh).swapaxes(0, 1)


@project_inputs.mistake("left as rows")
def _(x, weight_ih, bias_ih, bias_hh):
    """All rows are right, one below the other. The axes of time and batch are wanted back."""
    return project_inputs.solution(x, weight_ih, bias_ih, bias_hh).reshape(-1, len(weight_ih))


@project_inputs.mistake("one bias too few")
def _(x, weight_ih, bias_ih, bias_hh):
    """A step has two biases; one of them is not in these numbers."""
    return x @ weight_ih.T + bias_ih


@project_inputs.mistake("one bias too few")
def _(x, weight_ih, bias_ih, bias_hh):
    """A step has two biases; one of them is not in these numbers."""
    return x @ weight_ih.T + bias_hh


@project_inputs.mistake("biases left out")
def _(x, weight_ih, bias_ih, bias_hh):
    """The product is right, and no bias has been added to it."""
    return x @ weight_ih.T


@project_inputs.mistake("bias added twice")
def _(x, weight_ih, bias_ih, bias_hh):
    """One bias is in these numbers twice, and the other not at all."""
    return x @ weight_ih.T + 2 * bias_ih


@project_inputs.mistake("bias added twice")
def _(x, weight_ih, bias_ih, bias_hh):
    """One bias is in these numbers twice, and the other not at all."""
    return x @ weight_ih.T + 2 * bias_hh


@project_inputs.mistake("bias added twice")
def _(x, weight_ih, bias_ih, bias_hh):
    """Both biases are in these numbers twice."""
    return x @ weight_ih.T + 2 * (bias_ih + bias_hh)


@project_inputs.mistake("activation too early")
def _(x, weight_ih, bias_ih, bias_hh):
    """These numbers are bent already. The state's part has still to be added before the activation."""
    return np.tanh(x @ weight_ih.T + bias_ih + bias_hh)


@prediction_exercise(
    shown="The step keeps g of the old state and gives back (1 - g) w of it through the weight: 0.9 in all, ten "
          "times over.",
    hints=(
        "Near 0 the tanh does nothing, so one silent step multiplies the state by a constant. Two things add up in it.",
        "The part kept is g; the candidate is w h, and (1 - g) of it is taken. Then raise the sum to the tenth power.",
    ),
)
def predict_left():
    """Put your prediction, the share of the state that is left after ten steps, in place of the dots. The cell then
    measures it."""
    return _left(0.8 + 0.2 * 0.5)


def _left(factor):
    return factor**10


@predict_left.mistake("recurrent weight left out")
def _():
    """This is the leak alone. The candidate hears the old state as well."""
    return _left(0.8)


@predict_left.mistake("g and 1 - g swapped")
def _():
    """Which part of the old state does g keep, and how much of the candidate is taken?"""
    return _left(0.2 + 0.8 * 0.5)


@predict_left.mistake("g and the weight multiplied")
def _():
    """The old state reaches the new one on two ways. Two ways add up."""
    return _left(0.8 * 0.5)


@predict_left.mistake("g and the weight multiplied")
def _():
    """The old state reaches the new one on two ways. Two ways add up."""
    return _left(0.2 * 0.5)


@predict_left.mistake("leak left out")
def _():
    """This is the plain cell, without the leak."""
    return _left(0.5)


@predict_left.mistake("factor 1 - g left out")
def _():
    """By this the state would grow. The candidate is not taken whole."""
    return _left(0.8 + 0.5)


@predict_left.mistake("one step in place of ten")
def _():
    """This is left after one step."""
    return 0.9


@predict_left.mistake("what is lost in place of what is left")
def _():
    """This share is gone. How much is still there?"""
    return 1 - _left(0.9)


@predict_left.mistake("losses added up in place of multiplied")
def _():
    """Each step takes its share of what is left, not of what there was at first."""
    return 0.0


@function_exercise(
    lambda: [_leaky(0, 2, 2, 1, 2), _leaky(1, 4, 3, 2, 3), _leaky(2, 3, 3, 1, 2), _leaky(3, 3, 2, 1, 2, np.float32)],
    shown="The leak is one more line of the loop: h_t = g h_{t-1} + (1 - g) h~_t, and each unit forgets at its own "
          "pace.",
    hints=(
        "Start a list with h_0. In each pass: the candidate from x[t] and the last state in the list, then the "
        "mixture.",
        "g has one number per unit, so it multiplies each row of the batch as it is. np.stack makes one array of the "
        "list.",
    ),
    over_time=True,
)
def leaky_states(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """Write the loop of the leaky cell for a batch, with a g for each unit, (hidden_size,): return all states, h_0
    first, as one array (seq_len + 1, batch, hidden_size) in the dtype of x."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)


def _leaky(seed, seq_len, batch, input_size, hidden_size, dtype=np.float64):
    given = _network(seed, seq_len, batch, input_size, hidden_size, dtype)
    g = np.random.default_rng(seed).choice(LEAKS, hidden_size, replace=False).astype(dtype)
    return {"x": given.pop("x"), "h_0": given.pop("h_0"), "g": g} | given


def _mixed(h, candidate, g):
    return g * h + (1 - g) * candidate


def _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias, phi=np.tanh, mix=_mixed, hand_on=True):
    """Return all states; `mix` makes h_t of h_{t-1} and phi(a_t). Without `hand_on` each step starts from h_0."""
    states = [h_0]
    for x_t in x:
        h = states[-1] if hand_on else h_0
        states.append(mix(h, phi(x_t @ weight_ih.T + h @ weight_hh.T + bias), g))
    return np.stack(states)


@leaky_states.mistake("g and 1 - g swapped")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """What should be kept is written anew, and what should be new is kept."""
    return _leaky_loop(x, h_0, 1 - g, weight_ih, weight_hh, bias_ih + bias_hh)


@leaky_states.mistake("factor 1 - g left out")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The two parts of the new state do not add up to one whole."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh, mix=lambda h, new, g: g * h + new)


@leaky_states.mistake("old state kept whole")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The whole old state is still there, and a part of the candidate on top of it. How much of the old one stays?"""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh, mix=lambda h, new, g: h + (1 - g) * new)


@leaky_states.mistake("leak left out")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """These are the states of the plain cell: nothing of the old state is kept as it was."""
    return _leaky_loop(x, h_0, 0 * g, weight_ih, weight_hh, bias_ih + bias_hh)


@leaky_states.mistake("leak inside the activation")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The old state was mixed in before the activation. What is kept should stay as it was."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh, phi=lambda a: a,
                       mix=lambda h, a, g: np.tanh(_mixed(h, a, g)))


@leaky_states.mistake("no activation")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The candidate is a plain sum here: something is missing between a_t and it."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh, phi=lambda a: a)


@leaky_states.mistake("sigmoid on the candidate")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The candidate has lost its sign: its activation is another one."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh, phi=sigmoid)


@leaky_states.mistake("candidate handed on")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """W_hh has heard the last candidate. What is the state that a step hands on?"""
    states, candidate = [h_0], h_0
    for x_t in x:
        candidate = np.tanh(x_t @ weight_ih.T + candidate @ weight_hh.T + bias_ih + bias_hh)
        states.append(_mixed(states[-1], candidate, g))
    return np.stack(states)


@leaky_states.mistake("candidates kept in place of states")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The right states are handed on, but what you return are the candidates, from before the mixture."""
    states = _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)
    return np.concatenate([states[:1], (states[1:] - g * states[:-1]) / (1 - g)])


@leaky_states.mistake("h_0 taken for zero")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The state before the first step is given, and it is not 0."""
    return _leaky_loop(x, 0 * h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)


@leaky_states.mistake("h_0 taken for zero")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """h_0 stands in front, but the first step has started from zeros."""
    states = _leaky_loop(x, 0 * h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)
    return np.concatenate([h_0[None], states[1:]])


@leaky_states.mistake("star in place of @")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """`*` multiplies number by number; nothing is added up over the units that a unit hears."""
    states = [h_0]
    for x_t in x:
        candidate = np.tanh(x_t @ weight_ih.T + states[-1] * weight_hh.T + bias_ih + bias_hh)
        states.append(_mixed(states[-1], candidate, g))
    return np.stack(states)


@leaky_states.mistake("star in place of @")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """`*` multiplies number by number; nothing is added up over the units that a unit hears."""
    states = [h_0]
    for x_t in x:
        candidate = np.tanh(x_t @ weight_ih.T + states[-1] * weight_hh + bias_ih + bias_hh)
        states.append(_mixed(states[-1], candidate, g))
    return np.stack(states)


@leaky_states.mistake("candidate mixed with the last candidate")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """What is kept is a part of the last candidate here, not of the last state."""
    states, candidate = [h_0], h_0
    for x_t in x:
        new = np.tanh(x_t @ weight_ih.T + states[-1] @ weight_hh.T + bias_ih + bias_hh)
        states.append(_mixed(candidate, new, g))
        candidate = new
    return np.stack(states)


@leaky_states.mistake("state leaked before the candidate has heard it")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The candidate has heard g times the state. It hears the whole of it; the leak comes afterwards."""
    states = [h_0]
    for x_t in x:
        leaked = g * states[-1]
        states.append(leaked + (1 - g) * np.tanh(x_t @ weight_ih.T + leaked @ weight_hh.T + bias_ih + bias_hh))
    return np.stack(states)


@leaky_states.mistake("one g for all units")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """All units forget at the same pace here. g holds a number for each of them."""
    return _leaky_loop(x, h_0, g[0], weight_ih, weight_hh, bias_ih + bias_hh)


@leaky_states.mistake("one g for all units")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """All units forget at the same pace here. g holds a number for each of them."""
    return _leaky_loop(x, h_0, g.mean(), weight_ih, weight_hh, bias_ih + bias_hh)


@leaky_states.mistake("h_0 given to every step")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """Every step starts from the same state, so that no step knows of the one before."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh, hand_on=False)


@leaky_states.mistake("list of states aliased", fails="aliasing")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """Every state is that of the last step: the list holds one and the same array many times, changed in place."""
    states = _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)
    return np.broadcast_to(states[-1], states.shape)


@leaky_states.mistake("list of states aliased", fails="aliasing")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """From h_1 on every state is that of the last step: one and the same array, changed in place."""
    states = _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)
    states[1:] = states[-1]
    return states


@leaky_states.mistake("loop over the batch in place of time")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The loop hands the state from one sequence to the next, not from one step to the next. Which axis is time?"""
    return _leaky_loop(x.swapaxes(0, 1), h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)


@leaky_states.mistake("weight transposed")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """For states in rows the recurrent matrix stands on the right, and has to be turned for it."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh.T, bias_ih + bias_hh)


@leaky_states.mistake("one bias too few")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """A candidate has two biases; one of them is not in these numbers."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih)


@leaky_states.mistake("one bias too few")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """A candidate has two biases; one of them is not in these numbers."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_hh)


@leaky_states.mistake("biases left out")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """No bias is in these numbers."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, 0 * bias_ih)


@leaky_states.mistake("bias added twice")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """One bias is in these numbers twice, and the other not at all."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, 2 * bias_ih)


@leaky_states.mistake("bias added twice")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """One bias is in these numbers twice, and the other not at all."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, 2 * bias_hh)


@leaky_states.mistake("bias added twice")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """Both biases are in these numbers twice: perhaps once with the input and once with the state."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, 2 * (bias_ih + bias_hh))


@leaky_states.mistake("h_0 not in front")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """There is one state per step. The state before the first step is wanted too."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)[1:]


@leaky_states.mistake("only the last state")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """This is the last state. Those before it have not been kept."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)[-1]


@leaky_states.mistake("read from the end", fails="direction of time")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The loop has gone through the inputs from the last to the first."""
    return _leaky_loop(x[::-1], h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)


@leaky_states.mistake("states in reverse", fails="direction of time")
def _(x, h_0, g, weight_ih, weight_hh, bias_ih, bias_hh):
    """The states are right, but the last stands first."""
    return _leaky_loop(x, h_0, g, weight_ih, weight_hh, bias_ih + bias_hh)[::-1]


@function_exercise(
    lambda: [_gated(0, 2, 1, 1, 2), _gated(1, 4, 3, 2, 3), _gated(2, 3, 3, 1, 2)],
    shown="A gate is a cell of its own with a sigmoid on top: it looks at input and state and says, unit by unit and "
          "step "
          "by step, how much stays. That is the update gate of a GRU.",
    hints=(
        "The gate's sum has the same form as the candidate's, with its own four arrays. Both hear x_t and h_{t-1}.",
        "In each pass: g = sigmoid(...), candidate = tanh(...), then the mixture; keep g and the new state in two "
        "lists.",
    ),
    over_time=True,
)
def gated_states(x, h_0, cell, gate):
    """Let the leak see: g_t = sigmoid(W x_t + b + U h_{t-1} + c) with the gate's own arrays, then the leaky update.
    `cell` and `gate` are dicts of weight_ih, weight_hh, bias_ih, bias_hh. Return two arrays, the states with h_0 first,
    (seq_len + 1, batch, hidden_size), and the gates, (seq_len, batch, hidden_size)."""
    return _gated_loop(x, h_0, cell, gate)


def _gated(seed, seq_len, batch, input_size, hidden_size):
    given, other = (_network(seed + more, seq_len, batch, input_size, hidden_size) for more in (0, 100))
    cell, gate = ({name: network[name] for name in list(network)[2:]} for network in (given, other))
    return {"x": given["x"], "h_0": given["h_0"], "cell": cell, "gate": gate}


def _sum(x_t, h, weights):
    return x_t @ weights["weight_ih"].T + weights["bias_ih"] + h @ weights["weight_hh"].T + weights["bias_hh"]


def _gated_loop(x, h_0, cell, gate, see=_sum, squash=sigmoid, mix=_mixed, phi=np.tanh, hand_on=True):
    """Return states and gates; `see` makes the gate's sum, `mix` the new state."""
    states, gates = [h_0], []
    for x_t in x:
        h = states[-1] if hand_on else h_0
        gates.append(squash(see(x_t, h, gate)))
        states.append(mix(h, phi(_sum(x_t, h, cell)), gates[-1]))
    return np.stack(states), np.stack(gates)


@gated_states.mistake("g and 1 - g swapped")
def _(x, h_0, cell, gate):
    """The gates are right, but where one is close to 1 the state is written anew. What does g keep?"""
    return _gated_loop(x, h_0, cell, gate, mix=lambda h, new, g: _mixed(h, new, 1 - g))


@gated_states.mistake("g and 1 - g swapped")
def _(x, h_0, cell, gate):
    """These are the states of the right update, but the gates that you return are 1 - g."""
    states, gates = _gated_loop(x, h_0, cell, gate)
    return states, 1 - gates


@gated_states.mistake("factor 1 - g left out")
def _(x, h_0, cell, gate):
    """The two parts of the new state do not add up to one whole."""
    return _gated_loop(x, h_0, cell, gate, mix=lambda h, new, g: g * h + new)


@gated_states.mistake("g and 1 - g swapped")
def _(x, h_0, cell, gate):
    """Your gates are 1 - g, and used as such: each says how much goes, not how much stays. Is the sigmoid the right
    way up?"""
    states, gates = _gated_loop(x, h_0, cell, gate, squash=lambda a: sigmoid(-a))
    return states, gates


@gated_states.mistake("old state kept whole")
def _(x, h_0, cell, gate):
    """The whole old state is still there, and a part of the candidate on top of it. How much of the old one stays?"""
    return _gated_loop(x, h_0, cell, gate, mix=lambda h, new, g: h + (1 - g) * new)


@gated_states.mistake("candidates kept in place of states")
def _(x, h_0, cell, gate):
    """The right states are handed on, but what you return are the candidates, from before the mixture."""
    states, gates = _gated_loop(x, h_0, cell, gate)
    return np.concatenate([states[:1], (states[1:] - gates * states[:-1]) / (1 - gates)]), gates


@gated_states.mistake("gate blind to the state")
def _(x, h_0, cell, gate):
    """This gate has heard the input alone."""
    return _gated_loop(x, h_0, cell, gate, see=lambda x_t, h, gate: _sum(x_t, 0 * h, gate))


@gated_states.mistake("gate blind to the input")
def _(x, h_0, cell, gate):
    """This gate has heard the state alone."""
    return _gated_loop(x, h_0, cell, gate, see=lambda x_t, h, gate: _sum(0 * x_t, h, gate))


@gated_states.mistake("gate computed once")
def _(x, h_0, cell, gate):
    """The gate of step 1 has been used at every step: that is a constant again."""
    return _gated_loop(x, h_0, cell, gate, see=lambda x_t, h, gate: _sum(x[0], h_0, gate))


@gated_states.mistake("gate hears h_0 at every step")
def _(x, h_0, cell, gate):
    """The gate hears each new input, but the state it hears is always the first."""
    return _gated_loop(x, h_0, cell, gate, see=lambda x_t, h, gate: _sum(x_t, h_0, gate))


@gated_states.mistake("gate hears the candidate")
def _(x, h_0, cell, gate):
    """The gate has heard what it is to decide about. It hears the state before the step, as the candidate does."""
    def see(x_t, h, gate):
        return _sum(x_t, np.tanh(_sum(x_t, h, cell)), gate)
    return _gated_loop(x, h_0, cell, gate, see=see)


@gated_states.mistake("candidate hears the gated state")
def _(x, h_0, cell, gate):
    """The candidate has heard g times the state. A GRU has a gate for that too, but another one."""
    states, gates = [h_0], []
    for x_t in x:
        gates.append(sigmoid(_sum(x_t, states[-1], gate)))
        states.append(_mixed(states[-1], np.tanh(_sum(x_t, gates[-1] * states[-1], cell)), gates[-1]))
    return np.stack(states), np.stack(gates)


@gated_states.mistake("tanh on the gate")
def _(x, h_0, cell, gate):
    """A part of a whole lies between 0 and 1. These gates can be negative."""
    return _gated_loop(x, h_0, cell, gate, squash=np.tanh)


@gated_states.mistake("no activation on the gate")
def _(x, h_0, cell, gate):
    """These gates are plain sums. A part of a whole lies between 0 and 1."""
    return _gated_loop(x, h_0, cell, gate, squash=lambda a: a)


@gated_states.mistake("sigmoid on the candidate")
def _(x, h_0, cell, gate):
    """The gates begin rightly, but the candidate has lost its sign: its activation is another one."""
    return _gated_loop(x, h_0, cell, gate, phi=sigmoid)


@gated_states.mistake("gate with the cell's weights")
def _(x, h_0, cell, gate):
    """The gate has arrays of its own; these gates come out of the cell's."""
    return _gated_loop(x, h_0, cell, cell)


@gated_states.mistake("cell and gate swapped")
def _(x, h_0, cell, gate):
    """Each of the two has been computed with the arrays of the other."""
    return _gated_loop(x, h_0, gate, cell)


@gated_states.mistake("one gate for all units")
def _(x, h_0, cell, gate):
    """All units share one gate here. Each has its own."""
    def squash(a):
        return np.broadcast_to(sigmoid(a).mean(axis=-1, keepdims=True), a.shape)
    return _gated_loop(x, h_0, cell, gate, squash=squash)


@gated_states.mistake("h_0 given to every step")
def _(x, h_0, cell, gate):
    """Every step starts from the same state, so that no step knows of the one before."""
    return _gated_loop(x, h_0, cell, gate, hand_on=False)


@gated_states.mistake("weight transposed")
def _(x, h_0, cell, gate):
    """The cell's recurrent matrix stands on the right of a row, and has to be turned for it."""
    return _gated_loop(x, h_0, cell | {"weight_hh": cell["weight_hh"].T}, gate)


@gated_states.mistake("weight transposed")
def _(x, h_0, cell, gate):
    """The gate's recurrent matrix stands on the right of a row, and has to be turned for it."""
    return _gated_loop(x, h_0, cell, gate | {"weight_hh": gate["weight_hh"].T})


@gated_states.mistake("weight transposed")
def _(x, h_0, cell, gate):
    """Both recurrent matrices stand on the right of a row, and have to be turned for it."""
    return _gated_loop(x, h_0, *(part | {"weight_hh": part["weight_hh"].T} for part in (cell, gate)))


@gated_states.mistake("candidate without its biases")
def _(x, h_0, cell, gate):
    """The gates begin rightly. The candidate has two biases as well."""
    return _gated_loop(x, h_0, cell | {name: 0 * cell[name] for name in ("bias_ih", "bias_hh")}, gate)


@gated_states.mistake("h_0 taken for zero")
def _(x, h_0, cell, gate):
    """The state before the first step is given, and it is not 0."""
    return _gated_loop(x, 0 * h_0, cell, gate)


@gated_states.mistake("h_0 taken for zero")
def _(x, h_0, cell, gate):
    """h_0 stands in front, but the first step has started from zeros."""
    states, gates = _gated_loop(x, 0 * h_0, cell, gate)
    return np.concatenate([h_0[None], states[1:]]), gates


@gated_states.mistake("gate without its biases")
def _(x, h_0, cell, gate):
    """The gate has two biases as well."""
    return _gated_loop(x, h_0, cell, gate, see=lambda x_t, h, gate: x_t @ gate["weight_ih"].T + h @ gate["weight_hh"].T)


@gated_states.mistake("gate with one bias too few")
def _(x, h_0, cell, gate):
    """The gate has two biases; one of them is not in these numbers."""
    return _gated_loop(x, h_0, cell, gate | {"bias_hh": 0 * gate["bias_hh"]})


@gated_states.mistake("gate with one bias too few")
def _(x, h_0, cell, gate):
    """The gate has two biases; one of them is not in these numbers."""
    return _gated_loop(x, h_0, cell, gate | {"bias_ih": 0 * gate["bias_ih"]})


@gated_states.mistake("list of states aliased", fails="aliasing")
def _(x, h_0, cell, gate):
    """Every state is that of the last step: the list holds one and the same array many times, changed in place."""
    states, gates = _gated_loop(x, h_0, cell, gate)
    return np.broadcast_to(states[-1], states.shape), gates


@gated_states.mistake("h_0 not in front")
def _(x, h_0, cell, gate):
    """There is one state per step. The state before the first step is wanted too."""
    states, gates = _gated_loop(x, h_0, cell, gate)
    return states[1:], gates


@gated_states.mistake("the two results swapped")
def _(x, h_0, cell, gate):
    """Both arrays are there, in the other order."""
    return _gated_loop(x, h_0, cell, gate)[::-1]


@gated_states.mistake("states alone")
def _(x, h_0, cell, gate):
    """The states are right. The gates are wanted beside them."""
    return _gated_loop(x, h_0, cell, gate)[0]
