"""The exercises of notebook 03: deltas, shared weights, finite differences, clipping, what a window cuts off."""

import numpy as np

from helpers.exercises.engine import function_exercise, prediction_exercise, value_exercise
from helpers.numpy_nets.rnn import backward, forward, read_out, read_out_backward

ONE_DECIMAL = (-0.9, -0.8, -0.7, -0.4, -0.3, 0.2, 0.3, 0.5, 0.6, 0.8)


@value_exercise(
    shown="Backwards, each step is one sum and one slope, and the shared weight collects a term from each step.",
    hints=(
        "Begin at the end: nothing comes back to h_2 but its own 1.0. delta_2 is that times the slope of tanh at "
        "step 2.",
        "h_1 gets 0.4 directly, and what comes back from step 2 through w_hh. A term of the sum is delta_t h_{t-1}.",
    ),
    what="gradient",
)
def two_deltas():
    """Work out delta_2, delta_1 and dL/dw_hh, to four decimals, and put them in place of the dots."""
    return _two_deltas()


def _two_deltas(slopes=(1 - 0.6**2, 1 - 0.8**2), back=lambda delta_2: -0.5 * delta_2, before=(0.5, 0.6), share=1.0):
    """Return the values; `back` makes what h_1 gets from step 2, `before` multiplies the deltas in the sum."""
    delta_2 = 1.0 * slopes[1]
    delta_1 = (0.4 + back(delta_2)) * slopes[0]
    return {"delta_2": delta_2, "delta_1": delta_1, "grad_w_hh": share * (delta_1 * before[0] + delta_2 * before[1])}


@two_deltas.mistake("slope missing")
def _():
    """These are gradients of the states. delta belongs to a_t, on the other side of the tanh."""
    return _two_deltas(slopes=(1.0, 1.0))


@two_deltas.mistake("slope missing")
def _():
    """delta_2 is right. delta_1 is still the gradient of h_1: it has a tanh to cross as well."""
    return _two_deltas(slopes=(1.0, 1 - 0.8**2))


@two_deltas.mistake("slope missing")
def _():
    """delta_2 is still the gradient of h_2: it has a tanh to cross as well."""
    return _two_deltas(slopes=(1 - 0.6**2, 1.0))


@two_deltas.mistake("slope taken at the pre-activation")
def _():
    """The slope of tanh is written with what came out of it, not with what went in."""
    return _two_deltas(slopes=(1 - 0.6931**2, 1 - 1.0986**2))


@two_deltas.mistake("square missing in the slope")
def _():
    """At h = 0 and at h = 1 this slope is right, between them it is not."""
    return _two_deltas(slopes=(0.4, 0.2))


@two_deltas.mistake("slope of the wrong step")
def _():
    """Each delta has been given the slope of the step before."""
    return _two_deltas(slopes=(1 - 0.5**2, 1 - 0.6**2))


@two_deltas.mistake("slope of the wrong step")
def _():
    """delta_2 is right, and its slope has been used for step 1 as well."""
    return _two_deltas(slopes=(1 - 0.8**2, 1 - 0.8**2))


@two_deltas.mistake("slope of the wrong step")
def _():
    """The two slopes have changed places."""
    return _two_deltas(slopes=(1 - 0.8**2, 1 - 0.6**2))


@two_deltas.mistake("delta not handed back")
def _():
    """delta_1 knows of its own output only. On what else does h_1 act?"""
    return _two_deltas(back=lambda delta_2: 0.0)


@two_deltas.mistake("handed back without the weight")
def _():
    """What comes back to h_1 has crossed the recurrent connection; something stands on it."""
    return _two_deltas(back=lambda delta_2: delta_2)


@two_deltas.mistake("sign of the recurrent weight lost")
def _():
    """The recurrent weight is negative."""
    return _two_deltas(back=lambda delta_2: 0.5 * delta_2)


@two_deltas.mistake("gradient of h handed back in place of delta")
def _():
    """On its way from h_2 back to h_1 the gradient crosses the tanh of step 2 first."""
    return _two_deltas(back=lambda delta_2: -0.5 * 1.0)


@two_deltas.mistake("own output forgotten")
def _():
    """delta_1 knows of step 2 only. The loss looks at h_1 directly as well."""
    return _two_deltas() | {"delta_1": -0.18 * 0.64, "grad_w_hh": -0.18 * 0.64 * 0.5 + 0.36 * 0.6}


@two_deltas.mistake("h_t in place of h_{t-1}")
def _():
    """The deltas are right. Which state did w_hh multiply when a_t was made?"""
    return _two_deltas(before=(0.6, 0.8))


@two_deltas.mistake("overwritten, not summed")
def _():
    """The deltas are right. The weight was used twice, and only one of its uses has been counted."""
    return _two_deltas(before=(0.5, 0.0))


@two_deltas.mistake("overwritten, not summed")
def _():
    """The deltas are right. The weight was used twice, and only one of its uses has been counted."""
    return _two_deltas(before=(0.0, 0.6))


@two_deltas.mistake("averaged over the steps")
def _():
    """The deltas are right. The uses of a shared weight are added, not averaged."""
    return _two_deltas(share=0.5)


@two_deltas.mistake("deltas summed without the states")
def _():
    """The deltas are right. Their plain sum is the gradient of the bias."""
    return _two_deltas(before=(1.0, 1.0))


@prediction_exercise(
    shown="A one-sided difference is wrong in proportion to the step, so a hundredth of the step leaves a hundredth of "
          "the error. The central one gains with the square.",
    hints=(
        "Write Taylor's series of L(w + s) and subtract L(w). What is the first term too many, after division by s?",
        "In the central difference the terms in s cancel, and s^2 is left. Here nothing cancels: the error goes with "
        "s.",
    ),
)
def predict_one_sided():
    """Put your prediction, how many times smaller the error becomes, in place of the dots. The cell then measures
    it."""
    return 100.0


@predict_one_sided.mistake("taken for a central difference")
def _():
    """That would be the second order. What makes the terms in s cancel in a central difference, and is it here?"""
    return 10000.0


@predict_one_sided.mistake("one power of ten in place of two")
def _():
    """From 0.001 to 0.00001 are two powers of ten."""
    return 10.0


@predict_one_sided.mistake("rounding taken for the larger error")
def _():
    """The error grows with smaller steps only where rounding rules, and that is further down."""
    return 0.01


@predict_one_sided.mistake("error taken to stay")
def _():
    """A flat line would mean that the gradient is wrong. Here the formula is only coarse."""
    return 1.0


@predict_one_sided.mistake("factor turned round")
def _():
    """Asked is how many times smaller the error becomes; your number says what is left of it, or less."""
    return 0.0001


@function_exercise(
    lambda: [{"loss": _cubic, "array": np.array([1.0, 2.0]), "step": 0.1},
             {"loss": _waves, "array": _drawn(0, 2, 3), "step": 0.01},
             {"loss": _waves, "array": _drawn(1, 3).astype(np.float32), "step": 1e-7}],
    shown="One entry at a time, up and down, and everything put back: a referee that knows nothing of the chain rule.",
    hints=(
        "np.ndindex(array.shape) runs over all places of an array of any shape. Keep the value of a place before you "
        "move it.",
        "Work on a copy in float64, array.astype(float): in float32 a step of 1e-7 is as small as the gap between "
        "two numbers.",
    ),
    what="gradient",
)
def differences(loss, array, step):
    """Return, for each entry of `array` and in its shape, the central difference: the loss with this entry raised by
    `step`, minus the loss with it lowered by `step`, divided by 2 step. loss(array) returns a number. `array` may come
    in float32: the result is float64, and precise, all the same. The check's losses are w[0]**3 * w[1], and for arrays
    of any shape np.sum(np.sin(3 * w)) * np.sum(np.exp(w))."""
    return _differences(loss, array.astype(float), step)


def _cubic(array):
    return array[0] ** 3 * array[1]


def _waves(array):
    return np.sum(np.sin(3 * array)) * np.sum(np.exp(array))


def _drawn(seed, *shape):
    return np.random.default_rng(seed).choice(ONE_DECIMAL, shape)


def _differences(loss, array, step, up=1, down=1, divisor=2, back=lambda value, step: value):
    """Return difference quotients, computed in the dtype of `array`; `up` and `down` say how far each side is moved."""
    array, gradient = array.copy(), np.empty_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + up * step
        above = loss(array)
        array[index] = value - down * step
        gradient[index] = (above - loss(array)) / (divisor * step)
        array[index] = back(value, step)
    return gradient


@differences.mistake("one-sided difference")
def _(loss, array, step):
    """Only one side has been looked at. On a curve the chord to one side leans."""
    return _differences(loss, array.astype(float), step, down=0, divisor=1)


@differences.mistake("one-sided difference")
def _(loss, array, step):
    """Only one side has been looked at. On a curve the chord to one side leans."""
    return _differences(loss, array.astype(float), step, up=0, divisor=1)


@differences.mistake("second nudge only undoes the first")
def _(loss, array, step):
    """The loss below was taken where the array stood before, so half of the way is missing."""
    return _differences(loss, array.astype(float), step, down=0)


@differences.mistake("divided by one step in place of two")
def _(loss, array, step):
    """Twice the gradient. How far are the two points apart?"""
    return _differences(loss, array.astype(float), step, divisor=1)


@differences.mistake("not divided by the step")
def _(loss, array, step):
    """These are differences of the loss, not yet per unit of the weight."""
    return _differences(loss, array.astype(float), step, divisor=1 / step)


@differences.mistake("divided by two, not by the step")
def _(loss, array, step):
    """The difference has been halved, but not divided by how far the weight was moved."""
    return _differences(loss, array.astype(float), step, divisor=2 / step)


@differences.mistake("divided by 2, then multiplied by the step")
def _(loss, array, step):
    """In Python `a / 2 * step` divides by 2 alone."""
    return _differences(loss, array.astype(float), step, divisor=2 / step**2)


@differences.mistake("half a step to each side")
def _(loss, array, step):
    """A central difference, but with half the step: here each side is a whole step away."""
    return _differences(loss, array.astype(float), step, up=0.5, down=0.5, divisor=1)


@differences.mistake("above and below swapped")
def _(loss, array, step):
    """Every sign is turned round."""
    return -_differences(loss, array.astype(float), step)


@differences.mistake("all entries moved at once")
def _(loss, array, step):
    """Each number here is the sum of all: the whole array has been moved, not one entry after the other."""
    array = array.astype(float)
    return np.full(array.shape, (loss(array + step) - loss(array - step)) / (2 * step))


@differences.mistake("entries not put back")
def _(loss, array, step):
    """The first entry is right. When the next is moved, the one before has not come back to its place."""
    return _differences(loss, array.astype(float), step, back=lambda value, step: value - step)


@differences.mistake("entries not put back")
def _(loss, array, step):
    """The first entry is right. When the next is moved, the one before has not come back to its place."""
    return _differences(loss, array.astype(float), step, back=lambda value, step: value + step)


@differences.mistake("finite differences in float32")
def _(loss, array, step):
    """With seven digits a step of 1e-7 is lost in the rounding, and what is divided by it is noise."""
    return _differences(loss, array, step)


@differences.mistake("finite differences in float32")
def _(loss, array, step):
    """With seven digits a step of 1e-7 is lost in the rounding, and what is divided by it is noise."""
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        moved = np.zeros_like(array)
        moved[index] = step
        gradient[index] = (loss(array + moved) - loss(array - moved)) / (2 * step)
    return gradient


@prediction_exercise(
    shown="The state crosses the border of a window, the gradient does not: the loss of step 19 reaches back to the "
          "start "
          "of its own window, step 17.",
    hints=(
        "Write down the windows: the first holds steps 1 to 8. In which one is step 19, and where does that one begin?",
        "Back from step 19 the gradient goes as far as the first step of that window. Count both ends.",
    ),
    rtol=0.0,
    atol=0.5,
)
def predict_reached():
    """Put your prediction, how many of the 20 inputs get a gradient, in place of the dots. The cell then counts."""
    return 3


@predict_reached.mistake("the state taken for the gradient")
def _():
    """All these inputs have acted on step 19, for the state is carried over. But does the gradient cross a border?"""
    return 19


@predict_reached.mistake("always a whole window back")
def _():
    """The windows lie where they lie: step 19 is not the last of one."""
    return 8


@predict_reached.mistake("steps after the loss counted")
def _():
    """What comes after step 19 cannot have acted on its loss."""
    return 4


@predict_reached.mistake("steps after the loss counted")
def _():
    """What comes after step 19 cannot have acted on its loss."""
    return 20


@predict_reached.mistake("one step too few")
def _():
    """Count both ends: the step of the loss, and the first of its window."""
    return 2


@predict_reached.mistake("cut at every step")
def _():
    """That would be a window of one step."""
    return 1


@predict_reached.mistake("one window too many")
def _():
    """You went on into the window before."""
    return 11


@predict_reached.mistake("the inputs that get none")
def _():
    """These are cut off. How many are not?"""
    return 17


@function_exercise(
    lambda: [_pass_back(0, 3, 1, 2), _pass_back(1, 4, 3, 3), _pass_back(2, 3, 3, 3), _pass_back(3, 1, 2, 2)],
    shown="From the last step to the first: own gradient plus what comes back through the weights, times the slope. "
          "This "
          "loop is all of backpropagation through time that has to go step by step.",
    hints=(
        "The loop runs over reversed(range(seq_len)). It keeps what comes back from the step after; at the end that "
        "is 0.",
        "states[t + 1] came out of step x[t], so its slope is 1 - states[t + 1]**2. For rows, W^T delta is delta @ W.",
    ),
    what="gradient",
    over_time=True,
)
def all_deltas(states, grad_output, weight_hh):
    """Return delta_t = dL/da_t of all steps, (seq_len, batch, hidden_size), for tanh. `states` has h_0 first,
    (seq_len + 1, batch, hidden_size); `grad_output` is what each step gets from its own output, (seq_len, batch,
    hidden_size)."""
    return _deltas(states, grad_output, weight_hh)


def _pass_back(seed, seq_len, batch, hidden_size):
    return {"states": _drawn(seed, seq_len + 1, batch, hidden_size),
            "grad_output": _drawn(seed + 50, seq_len, batch, hidden_size),
            "weight_hh": _drawn(seed + 100, hidden_size, hidden_size)}


def _tanh_slope(h):
    return 1 - h**2


def _deltas(states, grad_output, weight_hh, slope=_tanh_slope, back=None, slopes=None):
    """Return all deltas; `slopes` are those of all steps, `back` makes what a step hands back of its delta."""
    slopes = slope(states[1:]) if slopes is None else slopes
    back = back or (lambda delta: delta @ weight_hh)
    deltas, from_later = np.zeros(grad_output.shape), 0.0
    for t in reversed(range(len(grad_output))):
        deltas[t] = slopes[t] * (grad_output[t] + from_later)
        from_later = back(deltas[t])
    return deltas


@all_deltas.mistake("slope missing")
def _(states, grad_output, weight_hh):
    """These are the gradients of the states. delta belongs to a_t, on the other side of the tanh."""
    return _deltas(states, grad_output, weight_hh, slope=np.ones_like)


@all_deltas.mistake("slope taken at the pre-activation")
def _(states, grad_output, weight_hh):
    """The slope of tanh is written with what came out of it, not with what went in."""
    return _deltas(states, grad_output, weight_hh, slope=lambda h: 1 - np.arctanh(h) ** 2)


@all_deltas.mistake("slope taken at the pre-activation")
def _(states, grad_output, weight_hh):
    """The tanh has been taken once more of a state, which has its tanh behind it."""
    return _deltas(states, grad_output, weight_hh, slope=lambda h: 1 - np.tanh(h) ** 2)


@all_deltas.mistake("square missing in the slope")
def _(states, grad_output, weight_hh):
    """This slope is above 1 where a state is negative. That of tanh never is."""
    return _deltas(states, grad_output, weight_hh, slope=lambda h: 1 - h)


@all_deltas.mistake("1 minus missing in the slope")
def _(states, grad_output, weight_hh):
    """At h = 0 the slope of tanh is at its largest. Yours is 0 there."""
    return _deltas(states, grad_output, weight_hh, slope=np.square)


@all_deltas.mistake("averaged over the batch")
def _(states, grad_output, weight_hh):
    """With one sequence these deltas are right. With more, each sequence still has deltas of its own: nothing is shared
    or averaged here."""
    return _deltas(states, grad_output, weight_hh) / grad_output.shape[1]


@all_deltas.mistake("slope of the sigmoid")
def _(states, grad_output, weight_hh):
    """This is the slope of another activation."""
    return _deltas(states, grad_output, weight_hh, slope=lambda h: h * (1 - h))


@all_deltas.mistake("slope of the wrong step")
def _(states, grad_output, weight_hh):
    """The slope is that of the state before the step. `states` has h_0 in front."""
    return _deltas(states, grad_output, weight_hh, slopes=_tanh_slope(states[:-1]))


@all_deltas.mistake("delta not handed back")
def _(states, grad_output, weight_hh):
    """The last step is right. Each of the others knows of its own output only: credit stops after one step."""
    return _deltas(states, grad_output, weight_hh, back=lambda delta: 0.0)


@all_deltas.mistake("handed back without the transpose")
def _(states, grad_output, weight_hh):
    """The last step is right. On the way back a unit collects from all that it led to: along a column, not a row."""
    return _deltas(states, grad_output, weight_hh, back=lambda delta: delta @ weight_hh.T)


@all_deltas.mistake("handed back without the weights")
def _(states, grad_output, weight_hh):
    """The last step is right. What goes back crosses the recurrent connections; they carry weights."""
    return _deltas(states, grad_output, weight_hh, back=lambda delta: delta)


@all_deltas.mistake("each unit hands back to itself alone")
def _(states, grad_output, weight_hh):
    """The last step is right. Only the diagonal of the recurrent matrix is in what comes back."""
    return _deltas(states, grad_output, weight_hh, back=lambda delta: delta * np.diag(weight_hh))


@all_deltas.mistake("gradient of h handed back in place of delta")
def _(states, grad_output, weight_hh):
    """The last step is right. On its way to the state before, the gradient crosses the tanh of this step first."""
    whole = _deltas(states, grad_output, weight_hh, slope=np.ones_like)
    return _tanh_slope(states[1:]) * whole


@all_deltas.mistake("what comes back added up over the steps")
def _(states, grad_output, weight_hh):
    """The last two steps are right. A step hears from the next one alone; what came from later has gone into that
    already."""
    deltas, from_later = np.zeros(grad_output.shape), 0.0
    for t in reversed(range(len(grad_output))):
        deltas[t] = _tanh_slope(states[t + 1]) * (grad_output[t] + from_later)
        from_later = from_later + deltas[t] @ weight_hh
    return deltas


@all_deltas.mistake("last output counted twice")
def _(states, grad_output, weight_hh):
    """What comes back to the last step is not 0 here: its own output's gradient is in it a second time."""
    return _deltas(states, np.concatenate([grad_output[:-1], 2 * grad_output[-1:]]), weight_hh)


@all_deltas.mistake("slope twice on the way back")
def _(states, grad_output, weight_hh):
    """The last step is right. What comes back has been multiplied by one and the same slope twice."""
    own, deltas, from_later = _tanh_slope(states[1:]), np.zeros(grad_output.shape), 0.0
    for t in reversed(range(len(grad_output))):
        deltas[t] = own[t] * (grad_output[t] + own[t] * from_later)
        from_later = deltas[t] @ weight_hh
    return deltas


@all_deltas.mistake("slope twice on the way back")
def _(states, grad_output, weight_hh):
    """The last step is right. What comes back has been multiplied by one and the same slope twice."""
    own, deltas, from_later = _tanh_slope(states[1:]), np.zeros(grad_output.shape), 0.0
    for t in reversed(range(len(grad_output))):
        deltas[t] = own[t] * (grad_output[t] + from_later)
        from_later = (own[t] * deltas[t]) @ weight_hh
    return deltas


@all_deltas.mistake("slope on one of the two parts only")
def _(states, grad_output, weight_hh):
    """What a state gets from its output and what it gets from the next step both cross the tanh."""
    deltas, from_later = np.zeros(grad_output.shape), 0.0
    for t in reversed(range(len(grad_output))):
        deltas[t] = _tanh_slope(states[t + 1]) * grad_output[t] + from_later
        from_later = deltas[t] @ weight_hh
    return deltas


@all_deltas.mistake("slope on one of the two parts only")
def _(states, grad_output, weight_hh):
    """What a state gets from its output and what it gets from the next step both cross the tanh."""
    deltas, from_later = np.zeros(grad_output.shape), 0.0
    for t in reversed(range(len(grad_output))):
        deltas[t] = grad_output[t] + _tanh_slope(states[t + 1]) * from_later
        from_later = deltas[t] @ weight_hh
    return deltas


@all_deltas.mistake("from the first step to the last", fails="direction of time")
def _(states, grad_output, weight_hh):
    """The loop has gone forward in time: here the first step knows of itself only, and the last of all."""
    return _deltas(np.concatenate([states[:1], states[:0:-1]]), grad_output[::-1], weight_hh)[::-1]


@all_deltas.mistake("deltas in reverse", fails="direction of time")
def _(states, grad_output, weight_hh):
    """The deltas are right, but the last step's stands first: in the order in which they were found."""
    return _deltas(states, grad_output, weight_hh)[::-1]


@all_deltas.mistake("list of deltas aliased", fails="aliasing")
def _(states, grad_output, weight_hh):
    """Every delta is that of step 1: one and the same array has been kept for each step, and changed in place."""
    deltas = _deltas(states, grad_output, weight_hh)
    return np.broadcast_to(deltas[0], deltas.shape)


@all_deltas.mistake("only the last delta found")
def _(states, grad_output, weight_hh):
    """This is delta_1, the last that the loop finds. The others have not been kept."""
    return _deltas(states, grad_output, weight_hh)[0]


@function_exercise(
    lambda: [_terms(0, 2, 1, 1, 2), _terms(1, 4, 3, 2, 3), _terms(2, 3, 3, 2, 2)],
    shown="A shared weight collects a term from each step and each member of the batch, and a product of two long "
          "arrays "
          "does all of the adding.",
    hints=(
        "Which number did W_ih multiply when a_t was made, and which did W_hh? The biases were multiplied by 1.",
        "For one step of a batch the term of W_hh is delta[t].T @ (the state before), which also adds up the batch. "
        "Then add up the steps.",
    ),
    what="gradient",
)
def weight_gradients(x, states, delta):
    """Return a dict with the gradients of weight_ih, weight_hh and bias_ih, given delta_t = dL/da_t of all steps:
    x is (seq_len, batch, input_size), states (seq_len + 1, batch, hidden_size), delta (seq_len, batch, hidden_size)."""
    return _gradients(x, states[:-1], delta)


def _terms(seed, seq_len, batch, input_size, hidden_size):
    return {"x": _drawn(seed, seq_len, batch, input_size), "states": _drawn(seed + 50, seq_len + 1, batch, hidden_size),
            "delta": _drawn(seed + 100, seq_len, batch, hidden_size)}


def _gradients(x, before, delta, share=1.0):
    return {"weight_ih": share * np.einsum("tbh,tbi->hi", delta, x),
            "weight_hh": share * np.einsum("tbh,tbk->hk", delta, before), "bias_ih": share * delta.sum(axis=(0, 1))}


@weight_gradients.mistake("overwritten, not summed")
def _(x, states, delta):
    """Only the last step is in these gradients; what the steps before gave has been overwritten."""
    return _gradients(x[-1:], states[:-1][-1:], delta[-1:])


@weight_gradients.mistake("overwritten, not summed")
def _(x, states, delta):
    """Only the first step is in these gradients, the last that a loop backwards comes to: the others were
    overwritten."""
    return _gradients(x[:1], states[:-1][:1], delta[:1])


@weight_gradients.mistake("overwritten, not summed")
def _(x, states, delta):
    """weight_hh holds the term of the last step alone; what the steps before gave has been overwritten."""
    last = _gradients(x[-1:], states[:-1][-1:], delta[-1:])
    return _gradients(x, states[:-1], delta) | {"weight_hh": last["weight_hh"]}


@weight_gradients.mistake("overwritten, not summed")
def _(x, states, delta):
    """weight_hh holds the term of the first step alone: in a loop backwards the others have been overwritten."""
    first = _gradients(x[:1], states[:-1][:1], delta[:1])
    return _gradients(x, states[:-1], delta) | {"weight_hh": first["weight_hh"]}


@weight_gradients.mistake("element-wise product in place of the outer product")
def _(x, states, delta):
    """All rows of weight_hh are the same: delta_i has met h_i only, not each h_j."""
    product = (delta * states[:-1]).sum(axis=(0, 1))
    return _gradients(x, states[:-1], delta) | {"weight_hh": np.tile(product, (len(product), 1))}


@weight_gradients.mistake("h_t in place of h_{t-1}")
def _(x, states, delta):
    """Which state did W_hh multiply when a_t was made? `states` has h_0 in front."""
    return _gradients(x, states[1:], delta)


@weight_gradients.mistake("h_0 at every step")
def _(x, states, delta):
    """Every term of the recurrent gradient has been made with the first state."""
    return _gradients(x, np.broadcast_to(states[0], delta.shape), delta)


@weight_gradients.mistake("transposed")
def _(x, states, delta):
    """Row and column have changed places: row i of a weight matrix leads to unit i, and so does row i of its
    gradient."""
    right = _gradients(x, states[:-1], delta)
    return right | {"weight_ih": right["weight_ih"].T, "weight_hh": right["weight_hh"].T}


@weight_gradients.mistake("transposed")
def _(x, states, delta):
    """Row and column of the recurrent gradient have changed places: row i of a weight matrix leads to unit i."""
    right = _gradients(x, states[:-1], delta)
    return right | {"weight_hh": right["weight_hh"].T}


@weight_gradients.mistake("averaged over the batch")
def _(x, states, delta):
    """If the loss were a mean over the batch, delta would have that share in it already. The terms are added."""
    return _gradients(x, states[:-1], delta, share=1 / x.shape[1])


@weight_gradients.mistake("averaged over the steps")
def _(x, states, delta):
    """The uses of a shared weight are added over the steps, not averaged."""
    return _gradients(x, states[:-1], delta, share=1 / len(x))


@weight_gradients.mistake("averaged over steps and batch")
def _(x, states, delta):
    """The terms are added, over the steps and over the batch."""
    return _gradients(x, states[:-1], delta, share=1 / (len(x) * x.shape[1]))


@weight_gradients.mistake("bias gradient averaged over the batch")
def _(x, states, delta):
    """The weights' gradients are right. The bias is added for each member of the batch, so each adds to its
    gradient."""
    right = _gradients(x, states[:-1], delta)
    return right | {"bias_ih": right["bias_ih"] / x.shape[1]}


@weight_gradients.mistake("bias gradient averaged over steps and batch")
def _(x, states, delta):
    """The weights' gradients are right. The bias is used at each step, by each member of the batch."""
    right = _gradients(x, states[:-1], delta)
    return right | {"bias_ih": right["bias_ih"] / (len(x) * x.shape[1])}


@weight_gradients.mistake("bias gradient not summed over the batch")
def _(x, states, delta):
    """There is one bias for the whole batch, and here is a gradient for each member of it."""
    return _gradients(x, states[:-1], delta) | {"bias_ih": delta.sum(axis=0)}


@weight_gradients.mistake("bias gradient not summed over the steps")
def _(x, states, delta):
    """There is one bias for all steps, and here is a gradient for each step."""
    return _gradients(x, states[:-1], delta) | {"bias_ih": delta.sum(axis=1)}


@weight_gradients.mistake("bias gradient overwritten")
def _(x, states, delta):
    """The weights' gradients are right. The bias is shared over the steps too."""
    return _gradients(x, states[:-1], delta) | {"bias_ih": delta[-1:].sum(axis=(0, 1))}


@weight_gradients.mistake("bias gradient overwritten")
def _(x, states, delta):
    """The weights' gradients are right. The bias is shared over the steps too."""
    return _gradients(x, states[:-1], delta) | {"bias_ih": delta[:1].sum(axis=(0, 1))}


@weight_gradients.mistake("first sequence of the batch only")
def _(x, states, delta):
    """All sequences of the batch use the same weights; only one of them is in these gradients."""
    return _gradients(x[:, :1], states[:-1, :1], delta[:, :1])


@weight_gradients.mistake("last sequence of the batch only")
def _(x, states, delta):
    """All sequences of the batch use the same weights; only one of them is in these gradients."""
    return _gradients(x[:, -1:], states[:-1, -1:], delta[:, -1:])


@weight_gradients.mistake("sequences of the batch mixed")
def _(x, states, delta):
    """The deltas of one sequence have met the inputs and states of the others: each has been added up by itself
    first."""
    summed = [array.sum(axis=1, keepdims=True) for array in (x, states[:-1], delta)]
    return _gradients(*summed)


@weight_gradients.mistake("steps mixed")
def _(x, states, delta):
    """The deltas of one step have met the inputs and states of the others: each has been added up by itself first."""
    summed = [array.sum(axis=0, keepdims=True) for array in (x, states[:-1], delta)]
    return _gradients(*summed)


@weight_gradients.mistake("the last step left out")
def _(x, states, delta):
    """The loop has ended one step too early."""
    return _gradients(x[:-1], states[:-1][:-1], delta[:-1])


@weight_gradients.mistake("the first step left out")
def _(x, states, delta):
    """Step 1 is a step like the others. It is left out here."""
    return _gradients(x[1:], states[:-1][1:], delta[1:])


@function_exercise(
    lambda: [dict(zip(("delta", "states", "max_norm"), arguments)) for arguments in (
        (np.array([[1.0, -2.0], [2.0, 1.0]]), np.array([[0.5, 1.0], [-0.5, 1.0], [0.2, 0.3]]), 1.0),
        (_drawn(0, 4, 3), _drawn(1, 5, 3), 0.5),
        (0.1 * _drawn(2, 3, 2), _drawn(3, 4, 2), 1.0))],
    shown="First the sum over the steps, then one factor for the whole matrix: its length is bounded, its direction "
          "kept.",
    hints=(
        "Without any clipping: the sum of the terms delta_t h_{t-1}^T, a matrix. What is its length, all entries "
        "together?",
        "If the length is above max_norm, one factor brings it down to max_norm exactly; if not, nothing happens.",
    ),
    what="gradient",
)
def clipped_gradient(delta, states, max_norm):
    """Return the gradient of weight_hh of one sequence, clipped: the sum of the terms delta_t h_{t-1}^T, and if its
    length (the root of the sum of all squared entries) is above max_norm, shortened to max_norm without turning it.
    delta is (seq_len, hidden_size), states (seq_len + 1, hidden_size)."""
    return _shortened(delta.T @ states[:-1], max_norm)


def _shortened(gradient, max_norm, length=np.linalg.norm):
    size = length(gradient)
    return gradient * max_norm / size if size > max_norm else gradient


def _step_terms(delta, states):
    return [np.outer(delta_t, h) for delta_t, h in zip(delta, states)]


@clipped_gradient.mistake("clipped before it is summed")
def _(delta, states, max_norm):
    """Each step's term has been clipped by itself. That turns the sum, and the sum can still be too long."""
    return sum(_shortened(term, max_norm) for term in _step_terms(delta, states))


@clipped_gradient.mistake("clipped before it is summed")
def _(delta, states, max_norm):
    """Each step's term has been clipped by itself, and then the sum once more. The first clipping has turned it."""
    return _shortened(sum(_shortened(term, max_norm) for term in _step_terms(delta, states)), max_norm)


@clipped_gradient.mistake("clipped before it is summed")
def _(delta, states, max_norm):
    """The running sum has been clipped at every step, so the steps that were added last count for more."""
    total = 0.0
    for term in _step_terms(delta, states)[::-1]:
        total = _shortened(total + term, max_norm)
    return total


@clipped_gradient.mistake("clipped before it is summed")
def _(delta, states, max_norm):
    """The running sum has been clipped at every step, so the steps that were added last count for more."""
    total = 0.0
    for term in _step_terms(delta, states):
        total = _shortened(total + term, max_norm)
    return total


@clipped_gradient.mistake("delta clipped")
def _(delta, states, max_norm):
    """What has been clipped is each delta, not the gradient."""
    return np.stack([_shortened(delta_t, max_norm) for delta_t in delta]).T @ states[:-1]


@clipped_gradient.mistake("clipped by value")
def _(delta, states, max_norm):
    """Each entry has been cut off at max_norm by itself. That turns the gradient."""
    return np.clip(delta.T @ states[:-1], -max_norm, max_norm)


@clipped_gradient.mistake("not clipped")
def _(delta, states, max_norm):
    """The sum is right, and longer than max_norm."""
    return delta.T @ states[:-1]


@clipped_gradient.mistake("short gradients lengthened")
def _(delta, states, max_norm):
    """A gradient that is short enough stays as it is."""
    gradient = delta.T @ states[:-1]
    return gradient / np.linalg.norm(gradient) * max_norm


@clipped_gradient.mistake("short ones changed, long ones left")
def _(delta, states, max_norm):
    """It is the other way round: which gradients are to be shortened?"""
    gradient = delta.T @ states[:-1]
    length = np.linalg.norm(gradient)
    return gradient * max_norm / length if length < max_norm else gradient


@clipped_gradient.mistake("always divided by its length")
def _(delta, states, max_norm):
    """A long gradient comes out with length 1 here. Which length is asked?"""
    gradient = delta.T @ states[:-1]
    return gradient / np.linalg.norm(gradient) if np.linalg.norm(gradient) > max_norm else gradient


@clipped_gradient.mistake("multiplied by max_norm, not divided by the length")
def _(delta, states, max_norm):
    """How much shorter it becomes has to depend on how long it was."""
    gradient = delta.T @ states[:-1]
    return gradient * max_norm if np.linalg.norm(gradient) > max_norm else gradient


@clipped_gradient.mistake("root missing in the length")
def _(delta, states, max_norm):
    """The sum of the squares is not yet a length."""
    return _shortened(delta.T @ states[:-1], max_norm, lambda gradient: np.sum(gradient**2))


@clipped_gradient.mistake("mean of the squares in place of their sum")
def _(delta, states, max_norm):
    """This is the size of a typical entry. The length grows with the number of entries."""
    return _shortened(delta.T @ states[:-1], max_norm, lambda gradient: np.sqrt(np.mean(gradient**2)))


@clipped_gradient.mistake("sum of absolute values taken for the length")
def _(delta, states, max_norm):
    """The length goes with squares, as for an arrow."""
    return _shortened(delta.T @ states[:-1], max_norm, lambda gradient: np.abs(gradient).sum())


@clipped_gradient.mistake("largest entry taken for the length")
def _(delta, states, max_norm):
    """All entries together make the length."""
    return _shortened(delta.T @ states[:-1], max_norm, lambda gradient: np.abs(gradient).max())


@clipped_gradient.mistake("largest singular value taken for the length")
def _(delta, states, max_norm):
    """Of a matrix there are several norms. This one says how far it can stretch a state."""
    return _shortened(delta.T @ states[:-1], max_norm, lambda gradient: np.linalg.norm(gradient, 2))


@clipped_gradient.mistake("each row clipped by itself")
def _(delta, states, max_norm):
    """One factor for the whole matrix keeps the direction. Here each row has its own."""
    return np.stack([_shortened(row, max_norm) for row in delta.T @ states[:-1]])


@clipped_gradient.mistake("h_t in place of h_{t-1}")
def _(delta, states, max_norm):
    """Which state did W_hh multiply when a_t was made? `states` has h_0 in front."""
    return _shortened(delta.T @ states[1:], max_norm)


@clipped_gradient.mistake("transposed")
def _(delta, states, max_norm):
    """Row and column have changed places: row i belongs to the unit that row i of W_hh leads to."""
    return _shortened(states[:-1].T @ delta, max_norm)


@clipped_gradient.mistake("overwritten, not summed")
def _(delta, states, max_norm):
    """Only the last step is in this gradient."""
    return _shortened(_step_terms(delta, states)[-1], max_norm)


@clipped_gradient.mistake("overwritten, not summed")
def _(delta, states, max_norm):
    """Only the first step is in this gradient, the last that a loop backwards comes to."""
    return _shortened(_step_terms(delta, states)[0], max_norm)


@clipped_gradient.mistake("averaged over the steps")
def _(delta, states, max_norm):
    """The terms of the steps are added, not averaged."""
    return _shortened(delta.T @ states[:-1] / len(delta), max_norm)


@function_exercise(
    lambda: [_to_cut(0, 4, 1, 1, 2, 2), _to_cut(1, 7, 2, 2, 3, 3)],
    shown="Truncated backpropagation through time: the state is carried over each border, the gradient is not, and "
          "h_0 hears "
          "from the first window alone.",
    hints=(
        "One loop over range(0, len(x), window): forward through the window from the carried state, then back "
        "through it.",
        "forward, read_out, read_out_backward and backward do the work for one window. Add up weight_hh over the "
        "windows; "
        "of h_0's gradients only that of the first window belongs to the h_0 that was given.",
    ),
    what="gradient",
)
def truncated_gradients(x, h_0, target, parameters, window):
    """Return a dict with the gradients of weight_hh, added up over all windows, and of h_0, for the loss
    L = 1/2 sum (y_t - target_t)^2. The state is carried from window to window, the gradient stops at each border; the
    last window may be shorter. x is (seq_len, batch, input_size), `parameters` those of the network with read-out."""
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window)))


def _to_cut(seed, seq_len, batch, input_size, hidden_size, window):
    shapes = {"x": (seq_len, batch, input_size), "h_0": (batch, hidden_size), "target": (seq_len, batch, 1),
              "weight_ih": (hidden_size, input_size), "weight_hh": (hidden_size, hidden_size),
              "bias_ih": (hidden_size,), "bias_hh": (hidden_size,), "weight_ho": (1, hidden_size), "bias_o": (1,)}
    rng = np.random.default_rng(seed)
    given = {name: rng.choice(ONE_DECIMAL, shape) for name, shape in shapes.items()}
    arguments = {name: given.pop(name) for name in ("x", "h_0", "target")}
    return arguments | {"parameters": given, "window": window}


def _misses(y, target):
    return y - target


def _carried(states, h_0):
    return states[-1]


def _windows(x, h_0, target, parameters, borders, miss=_misses, start=_carried, way_back=backward):
    """Return the gradients of each window by name; `borders` are the windows' first steps.

    `start` picks the state that the next window begins with.
    """
    borders, h, windows = list(borders), h_0, []
    for first, end in zip(borders, [*borders[1:], len(x)]):
        states = forward(x[first:end], h, parameters)
        grad_y = miss(read_out(states[1:], parameters), target[first:end])
        grad_output, _ = read_out_backward(states[1:], grad_y, parameters)
        windows.append(way_back(x[first:end], states, grad_output, parameters))
        h = start(states, h_0)
    return windows


def _added(windows):
    return {"weight_hh": sum(part["weight_hh"] for part in windows), "h_0": windows[0]["h_0"]}


@truncated_gradients.mistake("no cut")
def _(x, h_0, target, parameters, window):
    """This is the full gradient. Nothing stops at the borders of the windows."""
    return _added(_windows(x, h_0, target, parameters, [0]))


@truncated_gradients.mistake("cut at every step")
def _(x, h_0, target, parameters, window):
    """No error has gone back a single step. Inside a window the gradient is handed back as always."""
    return _added(_windows(x, h_0, target, parameters, range(len(x))))


@truncated_gradients.mistake("state reset at the border")
def _(x, h_0, target, parameters, window):
    """Each window has started from zeros. Only the gradient is to be cut there; the state goes on."""
    borders = range(0, len(x), window)
    return _added(_windows(x, h_0, target, parameters, borders, start=lambda states, h_0: 0 * h_0))


@truncated_gradients.mistake("h_0 given to every window")
def _(x, h_0, target, parameters, window):
    """Each window has started from h_0 again. Where does the second one go on from?"""
    borders = range(0, len(x), window)
    return _added(_windows(x, h_0, target, parameters, borders, start=lambda states, h_0: h_0))


@truncated_gradients.mistake("state carried from one step too early")
def _(x, h_0, target, parameters, window):
    """The next window has started from the last state but one, so that a step is missing between them."""
    borders = range(0, len(x), window)
    return _added(_windows(x, h_0, target, parameters, borders, start=lambda states, h_0: states[-2]))


@truncated_gradients.mistake("windows overwritten, not summed")
def _(x, h_0, target, parameters, window):
    """The shared weights collect from all windows; only the last one is in this gradient."""
    windows = _windows(x, h_0, target, parameters, range(0, len(x), window))
    return {"weight_hh": windows[-1]["weight_hh"], "h_0": windows[0]["h_0"]}


@truncated_gradients.mistake("windows overwritten, not summed")
def _(x, h_0, target, parameters, window):
    """Both gradients are those of the last window alone; what the others gave has been overwritten."""
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window))[-1:])


@truncated_gradients.mistake("first window only")
def _(x, h_0, target, parameters, window):
    """The shared weights collect from all windows; the loop has ended after the first."""
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window))[:1])


@truncated_gradients.mistake("averaged over the windows")
def _(x, h_0, target, parameters, window):
    """The uses of a shared weight are added, also over windows."""
    windows = _windows(x, h_0, target, parameters, range(0, len(x), window))
    return {"weight_hh": sum(part["weight_hh"] for part in windows) / len(windows), "h_0": windows[0]["h_0"]}


@truncated_gradients.mistake("short last window left out")
def _(x, h_0, target, parameters, window):
    """Where the length is no multiple of the window, the last steps are missing from the sum."""
    whole = len(x) // window * window
    return _added(_windows(x[:whole], h_0, target[:whole], parameters, range(0, whole, window)))


@truncated_gradients.mistake("windows counted from the end")
def _(x, h_0, target, parameters, window):
    """The short window stands first here. The windows are cut from the beginning."""
    rest = len(x) % window
    return _added(_windows(x, h_0, target, parameters, [0] * bool(rest) + list(range(rest, len(x), window))))


@truncated_gradients.mistake("window one step too long")
def _(x, h_0, target, parameters, window):
    """Each window has a step more than was asked. Python's slices leave their end out."""
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window + 1)))


@truncated_gradients.mistake("window one step too short")
def _(x, h_0, target, parameters, window):
    """Each window has a step less than was asked. Python's slices leave their end out already."""
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), max(window - 1, 1))))


@truncated_gradients.mistake("h_0's gradient from the last window")
def _(x, h_0, target, parameters, window):
    """weight_hh is right. The last window begins with a carried state; which window begins with h_0?"""
    windows = _windows(x, h_0, target, parameters, range(0, len(x), window))
    return _added(windows) | {"h_0": windows[-1]["h_0"]}


@truncated_gradients.mistake("h_0's gradient summed over the windows")
def _(x, h_0, target, parameters, window):
    """weight_hh is right. The windows share their weights, but not the state that they begin with."""
    windows = _windows(x, h_0, target, parameters, range(0, len(x), window))
    return _added(windows) | {"h_0": sum(part["h_0"] for part in windows)}


@truncated_gradients.mistake("only the last step of each window has a loss")
def _(x, h_0, target, parameters, window):
    """All steps have a target. Here only one error in each window is sent back."""
    def miss(y, target):
        return (y - target) * (np.arange(len(y)) == len(y) - 1)[:, None, None]
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), miss))


@truncated_gradients.mistake("factor 2 of the square")
def _(x, h_0, target, parameters, window):
    """All numbers are twice too large. What is the one half in the loss for?"""
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), lambda y, target: 2 * (y - target)))


@truncated_gradients.mistake("sign of the error turned")
def _(x, h_0, target, parameters, window):
    """All signs are turned round."""
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), lambda y, target: target - y))


@truncated_gradients.mistake("mean in place of the sum in the loss")
def _(x, h_0, target, parameters, window):
    """The loss is a sum; this is the gradient of a mean over the entries of each window."""
    def miss(y, target):
        return 2 * (y - target) / y.size
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), miss))


@truncated_gradients.mistake("mean in place of the sum in the loss")
def _(x, h_0, target, parameters, window):
    """The loss is a sum; this gradient has been divided by the number of entries of each window."""
    def miss(y, target):
        return (y - target) / y.size
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), miss))


@truncated_gradients.mistake("mean in place of the sum in the loss")
def _(x, h_0, target, parameters, window):
    """The loss is a sum; this gradient has been divided by the number of all entries."""
    def miss(y, all_targets):
        return (y - all_targets) / target.size
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), miss))


@truncated_gradients.mistake("slope missing")
def _(x, h_0, target, parameters, window):
    """On its way from h_t to a_t the gradient crosses the tanh."""
    def way_back(*given):
        return backward(*given, "identity")
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), way_back=way_back))


@truncated_gradients.mistake("handed back without the transpose")
def _(x, h_0, target, parameters, window):
    """On the way back a unit collects from all that it led to: along a column of W_hh, not a row."""
    def way_back(x, states, grad_output, parameters):
        return backward(x, states, grad_output, parameters | {"weight_hh": parameters["weight_hh"].T})
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), way_back=way_back))


@truncated_gradients.mistake("h_t in place of h_{t-1}")
def _(x, h_0, target, parameters, window):
    """Which state did W_hh multiply when a_t was made? The states of a window begin with the one before its first
    step."""
    def way_back(x, states, grad_output, parameters):
        delta = _deltas(states, grad_output, parameters["weight_hh"])
        return {"weight_hh": np.einsum("tbh,tbk->hk", delta, states[1:]), "h_0": delta[0] @ parameters["weight_hh"]}
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), way_back=way_back))


@truncated_gradients.mistake("h_0's gradient without the last way back")
def _(x, h_0, target, parameters, window):
    """weight_hh is right, and h_0's gradient is delta_1: it has not yet gone back from a_1 to h_0."""
    def way_back(x, states, grad_output, parameters):
        delta = _deltas(states, grad_output, parameters["weight_hh"])
        return backward(x, states, grad_output, parameters) | {"h_0": delta[0]}
    return _added(_windows(x, h_0, target, parameters, range(0, len(x), window), way_back=way_back))
