"""The exercises of notebook 04: spectra, Jacobians, what is left after k steps, clipping, a leaky cell."""

import numpy as np

from helpers.exercises.engine import DIRECTION, function_exercise, prediction_exercise


@prediction_exercise(
    shown="Each step keeps the same share, so the lag is a quotient of two logarithms, and a wider network doesn't change it.",
    hints=("torch's default multiplies the gradient by about 0.59 at each step back. What is left after two steps? After k?",
           "Solve 0.59^k = 10^-6 for k: take the logarithm of both sides."))
def predict_lost():
    """Put your prediction of the lag in place of the dots. The cell then measures it."""
    return np.log(1e-6) / np.log(0.59)


predict_lost.knows(
    ("two kinds of logarithm mixed", "The logarithms above and below the fraction line have different bases.",
     ("np.log(1e-6)", "np.log10(1e-6)"), ("np.log(0.59)", "np.log10(0.59)")),
    ("loss added up in place of multiplied", "Each step takes a share of what is left, not of what you started with.",
     ("np.log(1e-6) / np.log(0.59)", "1 / (1 - 0.59)")),
    ("one half per step", "You'd get this with a factor of 0.5. torch's default loses less than that at each step.",
     ("0.59", "0.5")),
    ("one power of ten per step", "You'd get this with a factor of 0.1. torch's default loses less than that at each step.",
     ("0.59", "0.1")),
    ("factor left out", "This is how often you can divide a million by e. By how much does one step divide?",
     ("np.log(1e-6) / np.log(0.59)", "np.log(1e6)")),
    ("bound taken for what happens", "The largest singular value is above 1, so the bound never gets that low. Does the "
     "gradient do all that the bound allows?", np.inf))


@function_exercise(
    lambda: [(np.array(matrix), nonlinearity) for matrix, nonlinearity in (
        ([[0.5, 1.0], [0.0, -0.6]], "tanh"), ([[0.5, 1.0], [0.0, -0.6]], "sigmoid"), ([[-7.0]], "tanh"),
        ([[0.2, -0.7, 0.1], [0.9, -0.4, 0.3], [-0.5, 0.8, 0.6]], "relu"), ([[30.0, -4.0], [-8.0, 2.0]], "sigmoid"),
        ([[0.012, -0.003], [0.007, 0.004]], "relu"))],
    shown="The bound is the steepest slope times the largest singular value. Below 1 it forces the gradient to vanish; above "
          "1 it forces nothing.",
    hints=("One step back multiplies by W_hh^T and by the slopes. By how much can each of the two lengthen a vector at most?",
           "The largest stretch of a matrix is its largest singular value, np.linalg.norm(matrix, 2). The steepest slope of "
           "tanh and ReLU is 1; for the sigmoid, see the table of activations in notebook 01."))
def worst_factor(weight_hh, nonlinearity):
    """Return the largest factor by which one step back can lengthen a gradient, whatever the states are; nonlinearity is
    "tanh", "relu" or "sigmoid"."""
    steepest = 0.25 if nonlinearity == "sigmoid" else 1.0
    return steepest * np.linalg.norm(weight_hh, 2)


LARGEST = "np.linalg.norm(weight_hh, 2)"
worst_factor.knows(
    ("spectral radius in place of the largest singular value", "The spectral radius is the factor in the long run. A single "
     "step can lengthen a vector by more than that.", (LARGEST, "np.abs(np.linalg.eigvals(weight_hh)).max()")),
    ("spectral radius in place of the largest singular value", "The spectral radius is the factor in the long run. A single "
     "step can lengthen a vector by more than that. You've also left out the slope.",
     ("steepest * " + LARGEST, "np.abs(np.linalg.eigvals(weight_hh)).max()")),
    ("slope left out", "The matrix is right. But each step also multiplies by the slope of the activation, and not every "
     "activation reaches a slope of 1.", ("steepest * ", "")),
    ("steepest slope of the sigmoid taken for one half", "At 0 the sigmoid's value is one half. How steep is it there?",
     ("0.25", "0.5")),
    ("slopes of the activations swapped", "You gave the sigmoid's slope to the other two. Which of the three is the flattest?",
     ("nonlinearity ==", "nonlinearity !=")),
    ("largest eigenvalue", "An eigenvalue tells you what happens to its own eigenvector. Other vectors may stretch more.",
     (LARGEST, "np.linalg.eigvals(weight_hh).max()"), (LARGEST, "np.linalg.eigvals(weight_hh).real.max()")),
    ("Frobenius norm", "This is the length of all entries taken as one vector. The matrix stretches no vector that much.",
     (LARGEST, "np.linalg.norm(weight_hh)")),
    ("largest entry", "A vector has more than one component, and several entries act on it together.",
     (LARGEST, "np.abs(weight_hh).max()")),
    ("largest sum of a row or column", "This measures vectors by another length than the square root of the sum of squares.",
     (LARGEST, "np.linalg.norm(weight_hh, np.inf)"), (LARGEST, "np.linalg.norm(weight_hh, 1)")),
    ("square of the singular value", "The eigenvalues of W^T W are the squares of the singular values.",
     (LARGEST, LARGEST + " ** 2")),
    ("smallest singular value", "This is the smallest factor, not the largest.", ("weight_hh, 2)", "weight_hh, -2)")),
    ("determinant", "The determinant tells you what happens to an area or a volume. A length can grow while "
     "the volume shrinks.", (LARGEST, "abs(np.linalg.det(weight_hh))")))


@prediction_exercise(
    shown="Both numbers grow with the standard deviation of an entry times the square root of the size. The largest singular "
          "value is about twice the spectral radius: one step and the long run are that far apart.",
    hints=("What is the variance of a number drawn evenly between -0.5 and 0.5? The section on torch's default gives "
           "the variance of U(-c, c).",
           "Write the variance as s^2 / H with H = 100. The radius is about s, the largest singular value about 2 s."))
def predict_spectrum():
    """Put your two predictions in place of the dots: first the spectral radius, then the largest singular value. The cell then
    measures both."""
    s = (100 * 0.5**2 / 3) ** 0.5
    return s, 2 * s


predict_spectrum.knows(
    ("the two swapped", "You have both numbers, in the other order. Which of the two can never be smaller than the other?",
     ("s, 2 * s", "2 * s, s")),
    ("singular value taken equal to the radius", "The radius is right. In one step a random matrix can stretch a vector "
     "by more than it does in the long run.", ("2 * s", "s")),
    ("bound taken for the standard deviation", "0.5 is the largest entry. Most are smaller: what is the standard deviation?",
     (" / 3", "")),
    ("variance of half the interval", "The interval goes from -0.5 to 0.5, so its width is 1.", (" / 3", " / 12")),
    ("size left out", "This is the standard deviation of one entry. Each row adds up a hundred of them.", ("100 * ", "")),
    ("torch's own numbers", "These belong to torch's default, whose entries shrink as the hidden size grows. These don't.",
     ("100 * 0.5**2", "1.0")),
    ("variance in place of the standard deviation", "You added up the variances without taking the square root.",
     (" ** 0.5", "")))


@function_exercise(
    lambda: [_tanh_states(0, 2, 2), _tanh_states(1, 3, 3), _tanh_states(2, 4, 2), _tanh_states(3, 1, 1), _tanh_states(4, 1, 3),
             _tanh_states(5, 3, 4, loud=10)],
    shown="There is one Jacobian for each step, with the slopes of the state that this step makes, and the latest is "
          "on the left.",
    hints=("One step: row i of W_hh times the slope of unit i, 1 - h_t[i]^2. There are len(states) - 1 steps.",
           "Start with the identity and go forward in time. Each step's Jacobian goes to the left of what you have: "
           "J @ product."), what="gradient")
def jacobian_product(states, weight_hh):
    """Return dh_T / dh_0 of a tanh network. states holds h_0 ... h_T, shape (seq_len + 1, hidden_size); the result has shape
    (hidden_size, hidden_size)."""
    product = np.eye(len(weight_hh))
    for h in states[1:]:
        slopes = 1 - h**2
        product = slopes[:, None] * weight_hh @ product
    return product


def _tanh_states(seed, seq_len, hidden_size, loud=1):
    """Return the states of a small tanh network, and its recurrent matrix."""
    rng = np.random.default_rng(seed)
    weight_hh = rng.choice([-0.9, -0.7, -0.4, 0.3, 0.5, 0.6, 0.8, 1.2], (hidden_size, hidden_size))
    states = [rng.choice([-0.5, -0.2, 0.3, 0.6], hidden_size)]
    for x_t in rng.choice([-0.5, 0.4, 0.7], (seq_len, hidden_size)):
        states.append(np.tanh(weight_hh @ states[-1] + x_t))
    return np.array(states).round(2), loud * weight_hh


jacobian_product.knows(
    ("element-wise product", "`*` multiplies entry by entry. It loses a nudge that unit 1 gives to unit 2 and unit 2 gives "
     "back to unit 1.", [("np.eye(len(weight_hh))", "1.0"), ("@ product", "* product")], ("@ product", "* product")),
    ("wrong order", "You put the first step's Jacobian on the left. A nudge of h_0 meets it first: on which side is that?",
     ("slopes[:, None] * weight_hh @ product", "product @ (slopes[:, None] * weight_hh)"), DIRECTION),
    ("factor 1 - h^2 missing", "These are powers of W_hh alone. Between two of them comes the activation.",
     ("slopes[:, None] * ", "")),
    ("factor taken at the pre-activation", "The slope of tanh is 1 - h^2 with h = tanh(a). You used a^2 in place of h^2.",
     ("h**2", "np.arctanh(h) ** 2")),
    ("tanh taken twice", "The states have already been through tanh. You applied it once more before squaring.",
     ("h**2", "np.tanh(h) ** 2")),
    ("square missing in the slope", "The slope of tanh is the same for a state and its opposite. Yours isn't.", ("h**2", "h")),
    ("1 minus missing in the slope", "At h = 0 the slope of tanh is at its largest. Yours is 0 there.", ("1 - h**2", "h**2")),
    ("sign of the slope turned", "tanh never falls, so its slope is never negative. Yours is.", ("1 - h**2", "h**2 - 1")),
    ("doubled in place of squared", "You subtracted 2h from 1 in place of the square of h.", ("h**2", "2 * h")),
    ("slope on the wrong side", "The slope of unit i belongs to what arrives at unit i, a row. You multiplied a column by it.",
     ("slopes[:, None] * weight_hh", "(slopes * weight_hh)")),
    ("slope of the state before", "You gave each step the slopes of the state it starts from. Which state has just "
     "been through tanh?", ("states[1:]", "states[:-1]")),
    ("weight transposed", "Row i tells you what moves unit i. Your rows tell what unit i moves.",
     ("weight_hh @ product", "weight_hh.T @ product")),
    ("result transposed", "Everything is there, with rows and columns exchanged. Yours multiplies a gradient; the task asks "
     "for what moves a state.", ("return product", "return product.T")),
    ("one Jacobian too few", "One step is missing: this is dh_T / dh_1.", ("states[1:]", "states[2:]")),
    ("one Jacobian too few", "One step is missing, the last one: this is dh_{T-1} / dh_0.", ("states[1:]", "states[1:-1]")),
    ("a Jacobian for h_0", "You have one factor more than there are steps. No step made h_0.", ("states[1:]", "states")),
    ("sum in place of product", "The steps follow one another, and the chain rule multiplies what follows one another.",
     [("np.eye(len(weight_hh))", "np.zeros_like(weight_hh)"), ("weight_hh @ product", "weight_hh + product")]))


@function_exercise(
    lambda: [([{name: np.array(part) for name, part in zip("wb", parts)} for parts in per_step], max_norm)
             for per_step, max_norm in (([([3.0, 0.0], [1.0]), ([0.0, 4.0], [11.0])], 1.0),
                                        ([([0.3, 0.0], [0.2]), ([0.0, 0.4], [-0.1])], 1.0),
                                        ([([[1.0, -2.0], [0.5, 0.0]], [0.5, 0.0])] * 3, 2.0),
                                        ([([-20.0, 70.0], [9.0])], 40.0), ([([8.0, -6.0, 0.0], [-7.0])] * 2, 100.0))],
    shown="First the sum over the steps, then one norm over all parameters, then one factor for all: the direction stays.",
    hints=("A shared weight has one gradient, the sum of its parts over the steps. Do this first.",
           "The norm is the square root of the sum of the squares of all entries of all parameters. If it is above max_norm, "
           "multiply everything by max_norm / norm. If not, change nothing."), what="gradient")
def clipped_gradient(per_step, max_norm):
    """per_step holds, for each step, a dict with the gradient's part for each parameter. Return one dict: the gradient of each
    shared parameter, clipped so that the norm over all parameters together is at most max_norm."""
    total = {name: sum(part[name] for part in per_step) for name in per_step[0]}
    norm = np.sqrt(sum((gradient**2).sum() for gradient in total.values()))
    factor = min(1.0, max_norm / norm)
    return {name: factor * gradient for name, gradient in total.items()}


def _clipped_before_the_sum(per_step, max_norm):
    clipped = [clipped_gradient.solution([part], max_norm) for part in per_step]
    return {name: sum(part[name] for part in clipped) for name in per_step[0]}


clipped_gradient.knows(
    ("clipped by value", "You cut each entry by itself, which turns the gradient into another direction.",
     ("factor * gradient", "np.clip(gradient, -max_norm, max_norm)")),
    ("norm per parameter", "You scaled each parameter by a factor of its own, so their proportions are lost.",
     ("factor * gradient", "min(1.0, max_norm / np.linalg.norm(gradient)) * gradient")),
    ("clipped before the sum", "You clipped each step's part. The update only ever sees the sum, so its length counts.",
     _clipped_before_the_sum),
    ("small gradients lengthened", "Clipping leaves a gradient alone that is shorter than max_norm.",
     ("min(1.0, max_norm / norm)", "max_norm / norm")),
    ("norms added up", "You added the lengths of the parameters. Put end to end they are one vector: how long is that?",
     ("np.sqrt(sum((gradient**2).sum() for gradient in total.values()))", "sum(map(np.linalg.norm, total.values()))")),
    ("mean in the norm", "You averaged the squares. A length adds them up.", ("(gradient**2).sum()", "(gradient**2).mean()")),
    ("squares missing in the norm", "You added the entries as they are, so that negative ones cancel positive ones.",
     ("np.sqrt(sum((gradient**2).sum() for gradient in total.values()))",
      "abs(sum(gradient.sum() for gradient in total.values()))")),
    ("root missing in the norm", "This is the square of the length.", ("np.sqrt(", "(")),
    ("largest entry taken for the norm", "You scale all parameters alike, but by the largest entry. A norm uses all entries.",
     ("np.sqrt(sum((gradient**2).sum() for", "max((np.abs(gradient).max() for")),
    ("gradient overwritten, not summed", "Only one step's part is left. A shared weight is used at every step.",
     ("sum(part[name] for part in per_step)", "per_step[-1][name]"),
     ("sum(part[name] for part in per_step)", "per_step[0][name]")),
    ("mean in place of the sum", "You averaged the parts. The chain rule adds them up.",
     ("in per_step) for", "in per_step) / len(per_step) for")),
    ("factor upside down", "A long gradient comes out longer. Which of the two, norm or max_norm, goes above "
     "the fraction line?", ("min(1.0, max_norm / norm)", "max(1.0, norm / max_norm)"), ("max_norm / norm", "norm / max_norm")),
    ("comparison turned round", "You change short gradients and leave long ones alone.", ("min(1.0", "max(1.0")),
    ("first step counted twice", "Your sum starts with the first step's part, and then adds the first step's part.",
     ("sum(part[name] for part in per_step)", "sum((part[name] for part in per_step), per_step[0][name])")),
    ("length 1 in place of max_norm", "The direction is right, but the length is 1 whatever max_norm says.",
     ("max_norm / norm", "1.0 / norm")),
    ("not clipped", "This is the sum over the steps, as long as it was.", ("factor * gradient", "gradient")))


@function_exercise(
    lambda: [(np.array([[0.6, -0.2], [0.5, 0.8]]), np.array([1.0, 0.5]), np.array([[0.4, -0.2], [0.3, 0.6]]), 0.9),
             _leaky(0, 4, 3, 0.7), _leaky(1, 3, 2, 0.2), _leaky(2, 1, 1, 0.5), _leaky(3, 5, 3, 0.6, loud=12)],
    shown="The gradient comes back on two paths, and on the leak's path it is multiplied by g alone: no matrix, no slope.",
    hints=("h_{t-1} reaches h_t on two paths: directly, through the leak, and through tanh. The gradient goes back on both, "
           "and at h_{t-1}, where the paths meet, you add the two.",
           "One step back: g times the gradient, plus (1 - g) times what a plain tanh step gives, W_hh^T (slope * gradient), "
           "with the slope 1 - candidate^2. Go from the last step to the first and note the norm after each."),
    what="gradient", over_time=True)
def leaky_norms(candidates, grad_h_n, weight_hh, g):
    """A leaky cell, h_t = g h_{t-1} + (1 - g) c_t with the candidate c_t = tanh(W_hh h_{t-1} + what comes from the input).
    candidates holds c_1 ... c_T, shape (seq_len, hidden_size), and grad_h_n is dL/dh_T. Return |dL/dh_{T-k}| for the lags k = 0
    ... T: shape (seq_len + 1,)."""
    grad_h = grad_h_n
    norms = [np.linalg.norm(grad_h)]
    for c in candidates[::-1]:
        slope = 1 - c**2
        grad_h = g * grad_h + (1 - g) * weight_hh.T @ (slope * grad_h)
        norms.append(np.linalg.norm(grad_h))
    return np.array(norms)


def _leaky(seed, seq_len, hidden_size, g, loud=1):
    rng = np.random.default_rng(seed)
    candidates = rng.choice([-0.8, -0.5, -0.2, 0.3, 0.6, 0.7], (seq_len, hidden_size))
    grad_h_n = loud * rng.choice([-1.0, 0.5, 2.0], hidden_size)
    return candidates, grad_h_n, rng.choice([-0.9, -0.4, 0.3, 0.5, 0.8, 1.2], (hidden_size, hidden_size)), g


NEW = "(1 - g) * weight_hh.T @ (slope * grad_h)"
leaky_norms.knows(
    ("leak left out", "Only the path through tanh is in these numbers.", ("g * grad_h + ", "")),
    ("leak left out", "This is a plain tanh network: g plays no part in it.", ("g * grad_h + (1 - g) * ", "")),
    ("only the leak", "Only the direct path is in these numbers. The candidate depends on the previous state too.",
     (" + " + NEW, "")),
    ("share of the candidate left out", "The candidate enters the state with a share. So does its gradient.",
     ("(1 - g) * ", "")),
    ("share of the leak left out", "Your direct path hands back the whole gradient. The cell keeps only a share "
     "of the previous state.", ("g * grad_h + ", "grad_h + ")),
    ("g and 1 - g swapped", "Which share does the previous state keep, and which one does the candidate get?",
     ("g * grad_h + (1 - g)", "(1 - g) * grad_h + g")),
    ("g on both paths", "You gave both paths the share g. What is left for the candidate?", ("(1 - g)", "g")),
    ("path through tanh subtracted", "The two paths meet at h_{t-1}. What does the chain rule do where paths meet?",
     ("g * grad_h + (1", "g * grad_h - (1")),
    ("weight left out", "The path through tanh goes through W_hh as well.", ("weight_hh.T @ ", "")),
    ("1 minus missing in the slope", "At c = 0 the slope of tanh is at its largest. Yours is 0 there.", ("1 - c**2", "c**2")),
    ("factor 1 - c^2 missing", "The path through tanh has a slope on it.", ("slope * grad_h", "grad_h")),
    ("square missing in the slope", "The slope of tanh is the same for a candidate and its opposite. Yours isn't.",
     ("c**2", "c")),
    ("tanh taken twice", "The candidates have already been through tanh.", ("c**2", "np.tanh(c) ** 2")),
    ("weight not transposed", "In the forward pass W_hh leads from h_{t-1} to h_t. The gradient goes the other way.",
     ("weight_hh.T", "weight_hh")),
    ("slope after the weights", "In the backward pass the gradient meets tanh first and the weights after it.",
     ("weight_hh.T @ (slope * grad_h)", "slope * (weight_hh.T @ grad_h)")),
    ("slope on the leak too", "The leak hands the state on without tanh, so that path has no slope.", ("g * ", "g * slope * ")),
    ("walked forward in time", "Your gradient of the last state met the first step's slopes first.", ("[::-1]", ""), DIRECTION),
    ("norms in the order of time", "The norms are right, but the one of lag 0 comes last.",
     ("np.array(norms)", "np.array(norms[::-1])"), DIRECTION),
    ("lag 0 left out", "Your list begins one step back. What is the norm before any step back?", ("(norms)", "(norms[1:])")),
    ("last lag left out", "Your list ends one lag too early. How far back is h_0?", (".array(norms)", ".array(norms[:-1])")),
    ("squares of the norms", "These are sums of squares.", ("np.array(norms)", "np.array(norms) ** 2")),
    ("sum of absolute values in place of the norm", "The norm here is the straight-line length of a vector.",
     [("norms = [np.linalg.norm(grad_h)]", "norms = [np.abs(grad_h).sum()]"), (".linalg.norm(grad_h)", ".abs(grad_h).sum()")]),
    ("gradient not handed on", "Each of your steps starts from dL/dh_T again, so no number reflects more than one step back.",
     ("g * grad_h + " + NEW, "g * grad_h_n + (1 - g) * weight_hh.T @ (slope * grad_h_n)")))
