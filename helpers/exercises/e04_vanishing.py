"""The exercises of notebook 04: spectra, Jacobians, what is left after k steps, clipping, a leaky cell."""

import numpy as np

from helpers.exercises.engine import function_exercise, prediction_exercise
from helpers.numpy_nets.gradients import largest_singular_value, spectral_radius


@prediction_exercise(
    shown="A constant share is lost at each step, so the lag is a quotient of logarithms, and no wider network moves it.",
    hints=(
        "The default start multiplies the gradient by about 0.59 at each step back. What is it after two steps, after k?",
        "Solve 0.59^k = 10^-6 for k by taking logarithms on both sides.",
    ),
)
def predict_lost():
    """Put your prediction of the lag in place of the dots. The cell then measures it."""
    return np.log(1e-6) / np.log(0.59)


@predict_lost.mistake("two kinds of logarithm mixed")
def _():
    """Above and below the fraction line stand logarithms to different bases."""
    return np.log10(1e-6) / np.log(0.59)


@predict_lost.mistake("two kinds of logarithm mixed")
def _():
    """Above and below the fraction line stand logarithms to different bases."""
    return np.log(1e-6) / np.log10(0.59)


@predict_lost.mistake("loss added up in place of multiplied")
def _():
    """Each step takes away a share of what is left, not of what there was."""
    return 1 / (1 - 0.59)


@predict_lost.mistake("one half per step")
def _():
    """This belongs to a factor of 0.5. The default start loses less than that at each step."""
    return np.log(1e-6) / np.log(0.5)


@predict_lost.mistake("one power of ten per step")
def _():
    """This belongs to a factor of 0.1. The default start loses less than that at each step."""
    return 6.0


@predict_lost.mistake("factor left out")
def _():
    """This is how often a million can be divided by e. By what does one step divide?"""
    return np.log(1e6)


@predict_lost.mistake("bound taken for what happens")
def _():
    """The largest singular value is above 1, so the bound never gets there. Does the gradient do as the bound allows?"""
    return np.inf


@function_exercise(
    lambda: [{"weight_hh": np.array(matrix), "nonlinearity": nonlinearity} for matrix, nonlinearity in (
        ([[0.5, 1.0], [0.0, -0.6]], "tanh"), ([[0.5, 1.0], [0.0, -0.6]], "sigmoid"),
        ([[0.2, -0.7, 0.1], [0.9, -0.4, 0.3], [-0.5, 0.8, 0.6]], "relu"),
    )],
    shown="The bound is the steepest slope times the largest singular value: below 1 it forces the gradient to vanish, "
          "above 1 it forces nothing.",
    hints=(
        "One step back multiplies by W_hh^T and by the slopes. By how much can each of the two lengthen a vector at most?",
        "The largest stretch of a matrix is its largest singular value, np.linalg.norm(matrix, 2). The steepest slope of "
        "tanh and ReLU is 1, that of the sigmoid stands in the table of notebook 01, section 7.",
    ),
)
def worst_factor(weight_hh, nonlinearity):
    """Return the largest factor by which one step back can lengthen a gradient, whatever the states are;
    nonlinearity is "tanh", "relu" or "sigmoid"."""
    return _steepest(nonlinearity) * largest_singular_value(weight_hh)


def _steepest(nonlinearity):
    return 0.25 if nonlinearity == "sigmoid" else 1.0


@worst_factor.mistake("spectral radius in place of the largest singular value")
def _(weight_hh, nonlinearity):
    """The spectral radius is the factor in the long run. A single step can lengthen a vector by more than that."""
    return _steepest(nonlinearity) * spectral_radius(weight_hh)


@worst_factor.mistake("spectral radius in place of the largest singular value")
def _(weight_hh, nonlinearity):
    """The spectral radius is the factor in the long run. A single step can lengthen a vector by more than that. And
    the slope is missing."""
    return spectral_radius(weight_hh)


@worst_factor.mistake("slope left out")
def _(weight_hh, nonlinearity):
    """The matrix is right. The activation's slope shrinks each step as well, and not every activation reaches 1."""
    return largest_singular_value(weight_hh)


@worst_factor.mistake("steepest slope of the sigmoid taken for one half")
def _(weight_hh, nonlinearity):
    """At 0 the sigmoid's value is one half. How steep is it there?"""
    return (0.5 if nonlinearity == "sigmoid" else 1.0) * largest_singular_value(weight_hh)


@worst_factor.mistake("largest eigenvalue")
def _(weight_hh, nonlinearity):
    """An eigenvalue says what becomes of its own eigenvector in the long run. Other vectors may be stretched more."""
    return _steepest(nonlinearity) * np.linalg.eigvals(weight_hh).max()


@worst_factor.mistake("largest eigenvalue")
def _(weight_hh, nonlinearity):
    """An eigenvalue says what becomes of its own eigenvector in the long run. Other vectors may be stretched more."""
    return _steepest(nonlinearity) * np.linalg.eigvals(weight_hh).real.max()


@worst_factor.mistake("Frobenius norm")
def _(weight_hh, nonlinearity):
    """This is the length of all entries taken as one vector. No vector is stretched as much by the matrix."""
    return _steepest(nonlinearity) * np.linalg.norm(weight_hh)


@worst_factor.mistake("largest entry")
def _(weight_hh, nonlinearity):
    """A vector has more than one component: several entries work together."""
    return _steepest(nonlinearity) * np.abs(weight_hh).max()


@worst_factor.mistake("largest sum of a row or column")
def _(weight_hh, nonlinearity):
    """This measures vectors by another length than the square root of the sum of squares."""
    return _steepest(nonlinearity) * np.linalg.norm(weight_hh, np.inf)


@worst_factor.mistake("largest sum of a row or column")
def _(weight_hh, nonlinearity):
    """This measures vectors by another length than the square root of the sum of squares."""
    return _steepest(nonlinearity) * np.linalg.norm(weight_hh, 1)


@worst_factor.mistake("square of the singular value")
def _(weight_hh, nonlinearity):
    """The eigenvalues of W^T W are the squares of the singular values."""
    return _steepest(nonlinearity) * largest_singular_value(weight_hh) ** 2


@worst_factor.mistake("smallest singular value")
def _(weight_hh, nonlinearity):
    """This is the least factor, not the largest."""
    return _steepest(nonlinearity) * np.linalg.norm(weight_hh, -2)


@worst_factor.mistake("determinant")
def _(weight_hh, nonlinearity):
    """The determinant says what becomes of an area or a volume. A length can grow while the volume shrinks."""
    return _steepest(nonlinearity) * abs(np.linalg.det(weight_hh))


@prediction_exercise(
    shown="Both grow with the standard deviation of an entry times the root of the size, and the largest singular value "
          "is about twice the spectral radius: that is how far one step and the long run are apart.",
    hints=(
        "What is the variance of a number drawn evenly between -0.5 and 0.5? The section on torch's start derives it for c.",
        "Write the variance as s^2 / H with H = 100. The radius is about s, the largest singular value about 2 s.",
    ),
)
def predict_spectrum():
    """Put your two predictions in place of the dots: the spectral radius, and the largest singular value. The cell then
    measures both."""
    return _spectrum(0.5 * (100 / 3) ** 0.5)


def _spectrum(s):
    return s, 2 * s


@predict_spectrum.mistake("the two swapped")
def _():
    """Both numbers are there, in the other order. Which of the two can never be below the other?"""
    return _spectrum(0.5 * (100 / 3) ** 0.5)[::-1]


@predict_spectrum.mistake("singular value taken equal to the radius")
def _():
    """The radius is right. For a random matrix the largest stretch in one step is larger than that of the long run."""
    return (0.5 * (100 / 3) ** 0.5,) * 2


@predict_spectrum.mistake("bound taken for the standard deviation")
def _():
    """0.5 is the largest entry. Most are smaller: what is the standard deviation?"""
    return _spectrum(0.5 * 10)


@predict_spectrum.mistake("variance of half the interval")
def _():
    """The interval goes from -0.5 to 0.5, so its width is 1."""
    return _spectrum(0.5 * (100 / 12) ** 0.5)


@predict_spectrum.mistake("size left out")
def _():
    """This is the standard deviation of one entry. A hundred of them add up in each row."""
    return _spectrum(0.5 / 3**0.5)


@predict_spectrum.mistake("torch's own numbers")
def _():
    """These belong to torch's default, whose entries shrink with the hidden size. Here they do not."""
    return _spectrum(1 / 3**0.5)


@predict_spectrum.mistake("variance in place of the standard deviation")
def _():
    """Here the variance has been added up and the root not taken."""
    return _spectrum(0.5**2 * 100 / 3)


@function_exercise(
    lambda: [_tanh_states(0, 2, 2), _tanh_states(1, 3, 3), _tanh_states(2, 4, 2)],
    shown="One Jacobian for each step, each with the slopes of the state that the step makes, the latest on the left.",
    hints=(
        "One step: row i of W_hh times the slope of unit i, 1 - h_t[i]^2. There are len(states) - 1 steps.",
        "Start with the identity and go forward in time; each step's Jacobian comes to the left of what you have: J @ product.",
    ),
    what="gradient",
)
def jacobian_product(states, weight_hh):
    """Return dh_T / dh_0 of a tanh network. states holds h_0 ... h_T, shape (seq_len + 1, hidden_size); the result has
    shape (hidden_size, hidden_size)."""
    return _product(_jacobians(states, weight_hh))


def _tanh_states(seed, seq_len, hidden_size):
    """Return the states of a small tanh network, and its recurrent matrix."""
    rng = np.random.default_rng(seed)
    weight_hh = rng.choice([-0.9, -0.7, -0.4, 0.3, 0.5, 0.6, 0.8, 1.2], (hidden_size, hidden_size))
    states = [rng.choice([-0.5, -0.2, 0.3, 0.6], hidden_size)]
    for x_t in rng.choice([-0.5, 0.4, 0.7], (seq_len, hidden_size)):
        states.append(np.tanh(weight_hh @ states[-1] + x_t))
    return {"states": np.array(states).round(2), "weight_hh": weight_hh}


def _jacobians(states, weight_hh, slope=lambda h: 1 - h**2):
    return [slope(h)[:, None] * weight_hh for h in states[1:]]


def _product(jacobians):
    product = np.eye(len(jacobians[0]))
    for jacobian in jacobians:
        product = jacobian @ product
    return product


@jacobian_product.mistake("element-wise product")
def _(states, weight_hh):
    """`*` multiplies entry by entry. A nudge that unit 1 gives to unit 2 and unit 2 to unit 1 is lost in it."""
    return np.prod(_jacobians(states, weight_hh), axis=0)


@jacobian_product.mistake("wrong order", fails="direction of time")
def _(states, weight_hh):
    """The first step's Jacobian stands on the left. A nudge of h_0 passes through it first: on which side is that?"""
    return _product(_jacobians(states, weight_hh)[::-1])


@jacobian_product.mistake("factor 1 - h^2 missing")
def _(states, weight_hh):
    """These are powers of W_hh alone. Between two of them stands the activation."""
    return np.linalg.matrix_power(weight_hh, len(states) - 1)


@jacobian_product.mistake("factor taken at the pre-activation")
def _(states, weight_hh):
    """The slope of tanh is 1 - h^2 with h = tanh(a); a^2 stands here in place of h^2."""
    return _product(_jacobians(states, weight_hh, lambda h: 1 - np.arctanh(h) ** 2))


@jacobian_product.mistake("tanh taken twice")
def _(states, weight_hh):
    """The states have been through tanh already; to them it has been applied once more before squaring."""
    return _product(_jacobians(states, weight_hh, lambda h: 1 - np.tanh(h) ** 2))


@jacobian_product.mistake("square missing in the slope")
def _(states, weight_hh):
    """The slope of tanh is the same for a state and its opposite. Yours is not."""
    return _product(_jacobians(states, weight_hh, lambda h: 1 - h))


@jacobian_product.mistake("1 minus missing in the slope")
def _(states, weight_hh):
    """At h = 0 the slope of tanh is at its largest. Yours is 0 there."""
    return _product(_jacobians(states, weight_hh, lambda h: h**2))


@jacobian_product.mistake("slope on the wrong side")
def _(states, weight_hh):
    """The slope of unit i belongs to what arrives at unit i, a row. Here it multiplies a column."""
    return _product([(1 - h**2) * weight_hh for h in states[1:]])


@jacobian_product.mistake("slope of the state before")
def _(states, weight_hh):
    """Each step has been given the slopes of the state that it starts from. Which state has just been through tanh?"""
    return _product(_jacobians(np.vstack([states[:1], states[:-1]]), weight_hh))


@jacobian_product.mistake("weight transposed")
def _(states, weight_hh):
    """Row i says what moves unit i. Your rows say what unit i moves."""
    return _product(_jacobians(states, weight_hh.T))


@jacobian_product.mistake("result transposed")
def _(states, weight_hh):
    """All is there, with rows and columns exchanged: this is what multiplies a gradient, not what moves a state."""
    return _product(_jacobians(states, weight_hh)).T


@jacobian_product.mistake("one Jacobian too few")
def _(states, weight_hh):
    """One step is missing: this is dh_T / dh_1."""
    return _product(_jacobians(states[1:], weight_hh))


@jacobian_product.mistake("one Jacobian too few")
def _(states, weight_hh):
    """One step is missing, the last: this is dh_{T-1} / dh_0."""
    return _product(_jacobians(states[:-1], weight_hh))


@jacobian_product.mistake("a Jacobian for h_0")
def _(states, weight_hh):
    """There is one factor more than there are steps: no step has made h_0."""
    return _product(_jacobians(np.vstack([states[:1], states]), weight_hh))


@jacobian_product.mistake("sum in place of product")
def _(states, weight_hh):
    """The steps come one after the other, and the chain rule multiplies what comes one after the other."""
    return np.sum(_jacobians(states, weight_hh), axis=0)


@function_exercise(
    lambda: [
        {"per_step": [{"w": np.array([3.0, 0.0]), "b": np.array([1.0])}, {"w": np.array([0.0, 4.0]), "b": np.array([11.0])}],
         "max_norm": 1.0},
        {"per_step": [{"w": np.array([0.3, 0.0]), "b": np.array([0.2])}, {"w": np.array([0.0, 0.4]), "b": np.array([-0.1])}],
         "max_norm": 1.0},
        {"per_step": [{"w": np.array([[1.0, -2.0], [0.5, 0.0]]), "b": np.array([0.5, 0.0])} for _ in range(3)],
         "max_norm": 2.0},
    ],
    shown="First the sum over the steps, then one norm over all parameters, then one factor for all: the direction stays.",
    hints=(
        "A shared weight has one gradient: the sum of its parts over the steps. Do this first.",
        "The norm is the root of the sum of the squares of all entries of all parameters. Is it above max_norm, everything "
        "is multiplied by max_norm / norm; if not, nothing changes.",
    ),
    what="gradient",
)
def clipped_gradient(per_step, max_norm):
    """per_step holds, for each step, a dict with the gradient's part for each parameter. Return one dict: the gradient of
    each shared parameter, clipped so that the norm over all parameters together is at most max_norm."""
    return _clipped(_summed(per_step), max_norm)


def _summed(per_step):
    return {name: sum(part[name] for part in per_step) for name in per_step[0]}


def _norm(gradients):
    return np.sqrt(sum((gradient**2).sum() for gradient in gradients.values()))


def _clipped(gradients, max_norm, norm=_norm):
    return {name: min(1.0, max_norm / norm(gradients)) * gradient for name, gradient in gradients.items()}


@clipped_gradient.mistake("clipped by value")
def _(per_step, max_norm):
    """Each entry has been cut by itself. That turns the gradient into another direction."""
    return {name: np.clip(gradient, -max_norm, max_norm) for name, gradient in _summed(per_step).items()}


@clipped_gradient.mistake("norm per parameter")
def _(per_step, max_norm):
    """Each parameter has been scaled by a factor of its own, so they no longer keep their proportion."""
    return {name: _clipped({name: gradient}, max_norm)[name] for name, gradient in _summed(per_step).items()}


@clipped_gradient.mistake("clipped before the sum")
def _(per_step, max_norm):
    """Each step's part has been clipped. The length of the sum is what the update sees."""
    return _summed([_clipped(part, max_norm) for part in per_step])


@clipped_gradient.mistake("small gradients lengthened")
def _(per_step, max_norm):
    """A gradient shorter than max_norm is none of clipping's business."""
    gradients = _summed(per_step)
    return {name: max_norm / _norm(gradients) * gradient for name, gradient in gradients.items()}


@clipped_gradient.mistake("norms added up")
def _(per_step, max_norm):
    """The parameters' lengths have been added. Put end to end they are one vector: how long is that?"""
    return _clipped(_summed(per_step), max_norm, lambda gradients: sum(map(np.linalg.norm, gradients.values())))


@clipped_gradient.mistake("root missing in the norm")
def _(per_step, max_norm):
    """This is the square of the length."""
    return _clipped(_summed(per_step), max_norm, lambda gradients: _norm(gradients) ** 2)


@clipped_gradient.mistake("largest entry taken for the norm")
def _(per_step, max_norm):
    """All parameters are scaled alike, but by the largest entry. A norm knows all entries."""
    return _clipped(_summed(per_step), max_norm, lambda gradients: max(np.abs(part).max() for part in gradients.values()))


@clipped_gradient.mistake("gradient overwritten, not summed")
def _(per_step, max_norm):
    """Only one step's part is left. A shared weight is used at every step."""
    return _clipped(per_step[-1], max_norm)


@clipped_gradient.mistake("gradient overwritten, not summed")
def _(per_step, max_norm):
    """Only one step's part is left. A shared weight is used at every step."""
    return _clipped(per_step[0], max_norm)


@clipped_gradient.mistake("mean in place of the sum")
def _(per_step, max_norm):
    """The parts are averaged here. The chain rule adds them up."""
    return _clipped({name: gradient / len(per_step) for name, gradient in _summed(per_step).items()}, max_norm)


@clipped_gradient.mistake("factor upside down")
def _(per_step, max_norm):
    """A long gradient comes out longer. Which of the two, norm and max_norm, stands above the fraction line?"""
    gradients = _summed(per_step)
    factor = max(1.0, _norm(gradients) / max_norm)
    return {name: factor * gradient for name, gradient in gradients.items()}


@clipped_gradient.mistake("comparison turned round")
def _(per_step, max_norm):
    """Short gradients are changed and long ones are not."""
    gradients = _summed(per_step)
    return {name: max(1.0, max_norm / _norm(gradients)) * gradient for name, gradient in gradients.items()}


@clipped_gradient.mistake("first step counted twice")
def _(per_step, max_norm):
    """The sum begins with the first step's part, and then the first step's part is added."""
    return _clipped(_summed([per_step[0], *per_step]), max_norm)


@clipped_gradient.mistake("length 1 in place of max_norm")
def _(per_step, max_norm):
    """The direction is right, the length is 1 whatever max_norm says."""
    return _clipped(_summed(per_step), 1.0)


@clipped_gradient.mistake("not clipped")
def _(per_step, max_norm):
    """This is the sum over the steps, as long as it was."""
    return _summed(per_step)


@function_exercise(
    lambda: [
        {"candidates": np.array([[0.6, -0.2], [0.5, 0.8]]), "grad_h_n": np.array([1.0, 0.5]),
         "weight_hh": np.array([[0.4, -0.2], [0.3, 0.6]]), "g": 0.9},
        _leaky(0, 4, 3, 0.7), _leaky(1, 3, 2, 0.2),
    ],
    shown="The gradient comes back on two roads, and on the leak's it is multiplied by g alone: no matrix, no slope.",
    hints=(
        "h_{t-1} reaches h_t on two roads: directly, by the leak, and through tanh. The gradient goes back on both, and "
        "where the roads meet, at h_{t-1}, the two are added.",
        "One step back: g times the gradient, plus (1 - g) times what a plain tanh step gives, W_hh^T (slope * gradient), with "
        "the slope 1 - candidate^2. From the last step to the first, the norm noted after each.",
    ),
    what="gradient",
    over_time=True,
)
def leaky_norms(candidates, grad_h_n, weight_hh, g):
    """A leaky cell, h_t = g h_{t-1} + (1 - g) c_t with the candidate c_t = tanh(W_hh h_{t-1} + what comes from the input).
    candidates holds c_1 ... c_T, shape (seq_len, hidden_size), grad_h_n is dL/dh_T. Return |dL/dh_{T-k}| for the lags
    k = 0 ... T: shape (seq_len + 1,)."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g), axis=1)


def _leaky(seed, seq_len, hidden_size, g):
    rng = np.random.default_rng(seed)
    return {
        "candidates": rng.choice([-0.8, -0.5, -0.2, 0.3, 0.6, 0.7], (seq_len, hidden_size)),
        "grad_h_n": rng.choice([-1.0, 0.5, 2.0], hidden_size),
        "weight_hh": rng.choice([-0.9, -0.4, 0.3, 0.5, 0.8, 1.2], (hidden_size, hidden_size)),
        "g": g,
    }


def _leaky_gradients(candidates, grad_h_n, weight_hh, g, new=None, slope=lambda c: 1 - c**2):
    """Return dL/dh_{T-k} for all lags; `g` is the share on the leak's road, `new` that through tanh, 1 - g as a rule."""
    new = 1 - g if new is None else new
    gradients = [grad_h_n]
    for c in candidates[::-1]:
        gradients.append(g * gradients[-1] + new * weight_hh.T @ (slope(c) * gradients[-1]))
    return np.array(gradients)


@leaky_norms.mistake("leak left out")
def _(candidates, grad_h_n, weight_hh, g):
    """Only the road through tanh is in these numbers."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, 0.0, 1 - g), axis=1)


@leaky_norms.mistake("leak left out")
def _(candidates, grad_h_n, weight_hh, g):
    """This is a plain tanh network: g takes no part in it."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, 0.0), axis=1)


@leaky_norms.mistake("only the leak")
def _(candidates, grad_h_n, weight_hh, g):
    """Only the direct road is in these numbers. The candidate hears of the state before as well."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g, 0.0), axis=1)


@leaky_norms.mistake("share of the candidate left out")
def _(candidates, grad_h_n, weight_hh, g):
    """The candidate enters the state with a share. So does its gradient."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g, 1.0), axis=1)


@leaky_norms.mistake("share of the leak left out")
def _(candidates, grad_h_n, weight_hh, g):
    """The direct road hands the whole gradient back here. The state before is kept with a share."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, 1.0, 1 - g), axis=1)


@leaky_norms.mistake("g and 1 - g swapped")
def _(candidates, grad_h_n, weight_hh, g):
    """Which share does the state before keep, and which one does the candidate get?"""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, 1 - g), axis=1)


@leaky_norms.mistake("factor 1 - c^2 missing")
def _(candidates, grad_h_n, weight_hh, g):
    """The road through tanh has a slope on it."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g, slope=np.ones_like), axis=1)


@leaky_norms.mistake("square missing in the slope")
def _(candidates, grad_h_n, weight_hh, g):
    """The slope of tanh is the same for a candidate and its opposite. Yours is not."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g, slope=lambda c: 1 - c), axis=1)


@leaky_norms.mistake("tanh taken twice")
def _(candidates, grad_h_n, weight_hh, g):
    """The candidates have been through tanh already."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g, slope=lambda c: 1 - np.tanh(c) ** 2), axis=1)


@leaky_norms.mistake("weight not transposed")
def _(candidates, grad_h_n, weight_hh, g):
    """On the way forward W_hh leads from h_{t-1} to h_t. The gradient goes the other way."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh.T, g), axis=1)


@leaky_norms.mistake("slope after the weights")
def _(candidates, grad_h_n, weight_hh, g):
    """On the way back the gradient meets tanh first and the weights after it."""
    gradients = [grad_h_n]
    for c in candidates[::-1]:
        gradients.append(g * gradients[-1] + (1 - g) * (1 - c**2) * (weight_hh.T @ gradients[-1]))
    return np.linalg.norm(gradients, axis=1)


@leaky_norms.mistake("slope on the leak too")
def _(candidates, grad_h_n, weight_hh, g):
    """The leak hands the state on without tanh, so no slope stands on that road."""
    gradients = [grad_h_n]
    for c in candidates[::-1]:
        before = (1 - c**2) * gradients[-1]
        gradients.append(g * before + (1 - g) * weight_hh.T @ before)
    return np.linalg.norm(gradients, axis=1)


@leaky_norms.mistake("walked forward in time", fails="direction of time")
def _(candidates, grad_h_n, weight_hh, g):
    """The gradient of the last state has met the first step's slopes first."""
    return np.linalg.norm(_leaky_gradients(candidates[::-1], grad_h_n, weight_hh, g), axis=1)


@leaky_norms.mistake("norms in the order of time", fails="direction of time")
def _(candidates, grad_h_n, weight_hh, g):
    """The norms are right, but that of lag 0 stands last."""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g), axis=1)[::-1]


@leaky_norms.mistake("lag 0 left out")
def _(candidates, grad_h_n, weight_hh, g):
    """The list begins one step back. What is the norm before any step back?"""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g), axis=1)[1:]


@leaky_norms.mistake("last lag left out")
def _(candidates, grad_h_n, weight_hh, g):
    """The list ends one lag too early: how far back is h_0?"""
    return np.linalg.norm(_leaky_gradients(candidates, grad_h_n, weight_hh, g), axis=1)[:-1]


@leaky_norms.mistake("squares of the norms")
def _(candidates, grad_h_n, weight_hh, g):
    """These are sums of squares."""
    return (_leaky_gradients(candidates, grad_h_n, weight_hh, g) ** 2).sum(axis=1)


@leaky_norms.mistake("sum of absolute values in place of the norm")
def _(candidates, grad_h_n, weight_hh, g):
    """The norm meant is the length of a vector, as the crow flies."""
    return np.abs(_leaky_gradients(candidates, grad_h_n, weight_hh, g)).sum(axis=1)


@leaky_norms.mistake("gradient not handed on")
def _(candidates, grad_h_n, weight_hh, g):
    """Each step has started from dL/dh_T again, so that no number knows of more than one step back."""
    steps = [_leaky_gradients(c[None], grad_h_n, weight_hh, g)[-1] for c in candidates[::-1]]
    return np.linalg.norm([grad_h_n, *steps], axis=1)
