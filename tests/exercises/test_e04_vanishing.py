"""The exercises of notebook 04: other styles are right, every known mistake is caught under its own name."""

import numpy as np

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e04_vanishing")

# One way to solve each function exercise as a learner would; the mistakes below are edits of it.

FACTOR = """
def answer(weight_hh, nonlinearity):
    gamma = 0.25 if nonlinearity == "sigmoid" else 1.0
    return gamma * np.linalg.svd(weight_hh)[1].max()
"""
FACTOR_BY_EIGENVALUES = """
def answer(weight_hh, nonlinearity):
    slopes = {"tanh": 1, "relu": 1, "sigmoid": 1 / 4}
    return slopes[nonlinearity] * float(np.sqrt(np.linalg.eigvalsh(weight_hh.T @ weight_hh)[-1]))
"""
PRODUCT = """
def answer(states, weight_hh):
    J = np.eye(len(weight_hh))
    for t in range(1, len(states)):
        slope = 1 - states[t] ** 2
        J = np.diag(slope) @ weight_hh @ J
    return J
"""
PRODUCT_FROM_THE_END = """
def answer(states, weight_hh):
    J = np.eye(len(weight_hh))
    for h in states[:0:-1]:
        J = J @ ((1 - h * h)[:, None] * weight_hh)
    return J
"""
PRODUCT_AT_ONCE = """
def answer(states, weight_hh):
    jacobians = np.einsum("ti,ij->tij", 1 - states[1:] ** 2, weight_hh)
    return np.linalg.multi_dot([np.eye(len(weight_hh)), *jacobians[::-1]])
"""
CLIP = """
def answer(per_step, max_norm):
    total = {}
    for part in per_step:
        for name in part:
            total[name] = total.get(name, 0) + part[name]
    squares = 0
    for name in total:
        squares += np.sum(total[name] ** 2)
    norm = np.sqrt(squares)
    if norm > max_norm:
        total = {name: total[name] * max_norm / norm for name in total}
    return total
"""
CLIP_AS_ONE_VECTOR = """
def answer(per_step, max_norm):
    total = {name: np.sum([part[name] for part in per_step], axis=0) for name in per_step[0]}
    norm = np.linalg.norm(np.concatenate([gradient.ravel() for gradient in total.values()]))
    return {name: gradient / max(1, norm / max_norm) for name, gradient in total.items()}
"""
CLIP_EACH_STEP = """
def answer(per_step, max_norm):
    total = {}
    for part in per_step:
        norm = np.sqrt(sum(np.sum(part[name] ** 2) for name in part))
        for name in part:
            total[name] = total.get(name, 0) + part[name] * min(1, max_norm / norm)
    return total
"""
CLIP_EACH_PARAMETER = """
def answer(per_step, max_norm):
    total = {name: sum(part[name] for part in per_step) for name in per_step[0]}
    return {name: gradient * min(1, max_norm / np.linalg.norm(gradient)) for name, gradient in total.items()}
"""
LEAKY = """
def answer(candidates, grad_h_n, weight_hh, g):
    delta = grad_h_n
    norms = [np.sqrt(np.sum(delta ** 2))]
    for t in reversed(range(len(candidates))):
        slope = 1 - candidates[t] ** 2
        delta = g * delta + (1 - g) * weight_hh.T @ (slope * delta)
        norms.append(np.sqrt(np.sum(delta ** 2)))
    return np.array(norms)
"""
LEAKY_BY_JACOBIANS = """
def answer(candidates, grad_h_n, weight_hh, g):
    rows = [grad_h_n]
    for c in candidates[::-1]:
        rows.append(rows[-1] @ (g * np.eye(len(c)) + (1 - g) * np.diag(1 - c * c) @ weight_hh))
    return np.linalg.norm(rows, axis=1)
"""


class Leaky:
    """A backward pass that keeps its gradient in itself."""

    def __call__(self, candidates, grad_h_n, weight_hh, g):
        self.grad_h, self.weight_hh, self.g = grad_h_n, weight_hh, g
        return np.array([np.linalg.norm(self.grad_h), *(self.back(c) for c in np.flip(candidates, axis=0))])

    def back(self, c):
        self.grad_h = self.g * self.grad_h + (1 - self.g) * ((1 - c**2) * self.grad_h) @ self.weight_hh
        return np.linalg.norm(self.grad_h)


RIGHT = {
    "predict_lost": [26, 26.2, 25, 27],
    "worst_factor": [rules.written(FACTOR), rules.written(FACTOR_BY_EIGENVALUES),
                     lambda weight, name: np.linalg.norm(weight, 2) * (0.25 if name == "sigmoid" else 1)],
    "predict_spectrum": [(2.89, 5.77), [3, 6], np.array([2.9, 5.6])],
    "jacobian_product": [rules.written(PRODUCT), rules.written(PRODUCT_FROM_THE_END), rules.written(PRODUCT_AT_ONCE)],
    "clipped_gradient": [rules.written(CLIP), rules.written(CLIP_AS_ONE_VECTOR)],
    "leaky_norms": [rules.written(LEAKY), rules.written(LEAKY_BY_JACOBIANS), Leaky()],
}

WRONG_VALUES = [
    ("predict_lost", "two kinds of logarithm mixed", 11.4),
    ("predict_lost", "two kinds of logarithm mixed", 60),
    ("predict_lost", "loss added up in place of multiplied", 2.4),
    ("predict_lost", "one half per step", 20),
    ("predict_lost", "one power of ten per step", 6),
    ("predict_lost", "factor left out", 13.8),
    ("predict_lost", "bound taken for what happens", float("inf")),
    ("predict_spectrum", "the two swapped", (5.77, 2.89)),
    ("predict_spectrum", "singular value taken equal to the radius", (2.9, 2.9)),
    ("predict_spectrum", "bound taken for the standard deviation", (5, 10)),
    ("predict_spectrum", "variance of half the interval", (1.44, 2.89)),
    ("predict_spectrum", "size left out", (0.29, 0.58)),
    ("predict_spectrum", "torch's own numbers", (0.577, 1.155)),
    ("predict_spectrum", "variance in place of the standard deviation", (8.3, 16.7)),
]
WRONG_CODE = [
    ("worst_factor", "spectral radius in place of the largest singular value", FACTOR,
     ("np.linalg.svd(weight_hh)[1].max()", "np.abs(np.linalg.eigvals(weight_hh)).max()")),
    ("worst_factor", "spectral radius in place of the largest singular value", FACTOR, ("gamma * ", ""),
     ("np.linalg.svd(weight_hh)[1].max()", "np.abs(np.linalg.eigvals(weight_hh)).max()")),
    ("worst_factor", "slope left out", FACTOR, ("gamma * ", "")),
    ("worst_factor", "steepest slope of the sigmoid taken for one half", FACTOR, ("0.25", "0.5")),
    ("worst_factor", "largest eigenvalue", FACTOR, ("np.linalg.svd(weight_hh)[1].max()", "np.linalg.eigvals(weight_hh).max()")),
    ("worst_factor", "largest eigenvalue", FACTOR, ("np.linalg.svd(weight_hh)[1].max()", "np.linalg.eigvals(weight_hh).real.max()")),
    ("worst_factor", "Frobenius norm", FACTOR, ("np.linalg.svd(weight_hh)[1].max()", "np.sqrt((weight_hh**2).sum())")),
    ("worst_factor", "largest entry", FACTOR, ("np.linalg.svd(weight_hh)[1].max()", "abs(weight_hh).max()")),
    ("worst_factor", "largest sum of a row or column", FACTOR, ("np.linalg.svd(weight_hh)[1].max()", "abs(weight_hh).sum(axis=1).max()")),
    ("worst_factor", "largest sum of a row or column", FACTOR, ("np.linalg.svd(weight_hh)[1].max()", "abs(weight_hh).sum(axis=0).max()")),
    ("worst_factor", "square of the singular value", FACTOR_BY_EIGENVALUES, ("np.sqrt", "")),
    ("worst_factor", "smallest singular value", FACTOR, (".max()", "[-1]")),
    ("worst_factor", "determinant", FACTOR, ("np.linalg.svd(weight_hh)[1].max()", "abs(np.linalg.det(weight_hh))")),
    ("jacobian_product", "element-wise product", PRODUCT, ("np.eye(len(weight_hh))", "1.0"), ("weight_hh @ J", "weight_hh * J")),
    ("jacobian_product", "wrong order", PRODUCT, ("np.diag(slope) @ weight_hh @ J", "J @ np.diag(slope) @ weight_hh")),
    ("jacobian_product", "factor 1 - h^2 missing", PRODUCT, ("np.diag(slope) @ ", "")),
    ("jacobian_product", "factor taken at the pre-activation", PRODUCT, ("states[t] ** 2", "np.arctanh(states[t]) ** 2")),
    ("jacobian_product", "tanh taken twice", PRODUCT, ("states[t] ** 2", "np.tanh(states[t]) ** 2")),
    ("jacobian_product", "square missing in the slope", PRODUCT, ("states[t] ** 2", "states[t]")),
    ("jacobian_product", "1 minus missing in the slope", PRODUCT, ("1 - states[t] ** 2", "states[t] ** 2")),
    ("jacobian_product", "slope on the wrong side", PRODUCT, ("np.diag(slope) @ weight_hh", "weight_hh @ np.diag(slope)")),
    ("jacobian_product", "slope of the state before", PRODUCT, ("states[t]", "states[t - 1]")),
    ("jacobian_product", "weight transposed", PRODUCT, ("weight_hh @ J", "weight_hh.T @ J")),
    ("jacobian_product", "result transposed", PRODUCT, ("return J", "return J.T")),
    ("jacobian_product", "one Jacobian too few", PRODUCT, ("range(1, ", "range(2, ")),
    ("jacobian_product", "one Jacobian too few", PRODUCT, ("len(states))", "len(states) - 1)")),
    ("jacobian_product", "a Jacobian for h_0", PRODUCT, ("range(1, ", "range(0, ")),
    ("jacobian_product", "sum in place of product", PRODUCT, ("np.eye(len(weight_hh))", "0"), ("weight_hh @ J", "weight_hh + J")),
    ("clipped_gradient", "clipped by value", CLIP, ("total[name] * max_norm / norm for", "total[name].clip(-max_norm, max_norm) for")),
    ("clipped_gradient", "norm per parameter", CLIP_EACH_PARAMETER),
    ("clipped_gradient", "clipped before the sum", CLIP_EACH_STEP),
    ("clipped_gradient", "small gradients lengthened", CLIP, ("norm > max_norm", "norm > 0")),
    ("clipped_gradient", "norms added up", CLIP, ("np.sum(total[name] ** 2)", "np.linalg.norm(total[name])"), ("np.sqrt(squares)", "squares")),
    ("clipped_gradient", "root missing in the norm", CLIP, ("np.sqrt(squares)", "squares")),
    ("clipped_gradient", "largest entry taken for the norm", CLIP, ("squares += np.sum(total[name] ** 2)", "squares = max(squares, np.max(total[name] ** 2))")),
    ("clipped_gradient", "gradient overwritten, not summed", CLIP, ("total.get(name, 0) + part[name]", "part[name]")),
    ("clipped_gradient", "gradient overwritten, not summed", CLIP, ("in per_step:", "in per_step[:1]:")),
    ("clipped_gradient", "mean in place of the sum", CLIP, ("+ part[name]", "+ part[name] / len(per_step)")),
    ("clipped_gradient", "factor upside down", CLIP, ("* max_norm / norm", "* norm / max_norm")),
    ("clipped_gradient", "comparison turned round", CLIP, ("norm > max_norm", "norm < max_norm")),
    ("clipped_gradient", "first step counted twice", CLIP, ("total.get(name, 0)", "total.get(name, part[name])")),
    ("clipped_gradient", "length 1 in place of max_norm", CLIP, ("norm > max_norm", "norm > 1"), ("* max_norm / norm", "/ norm")),
    ("clipped_gradient", "not clipped", CLIP, ("return total", "return {name: sum(part[name] for part in per_step) for name in total}")),
    ("leaky_norms", "leak left out", LEAKY, ("g * delta + (1 - g)", "(1 - g)")),
    ("leaky_norms", "leak left out", LEAKY, ("g * delta + (1 - g) * ", "")),
    ("leaky_norms", "only the leak", LEAKY, (" + (1 - g) * weight_hh.T @ (slope * delta)", "")),
    ("leaky_norms", "share of the candidate left out", LEAKY, ("(1 - g) * ", "")),
    ("leaky_norms", "share of the leak left out", LEAKY, ("g * delta + (1 - g)", "delta + (1 - g)")),
    ("leaky_norms", "g and 1 - g swapped", LEAKY, ("g * delta + (1 - g)", "(1 - g) * delta + g")),
    ("leaky_norms", "factor 1 - c^2 missing", LEAKY, ("slope * delta", "delta")),
    ("leaky_norms", "square missing in the slope", LEAKY, ("candidates[t] ** 2", "candidates[t]")),
    ("leaky_norms", "tanh taken twice", LEAKY, ("candidates[t] ** 2", "np.tanh(candidates[t]) ** 2")),
    ("leaky_norms", "weight not transposed", LEAKY, ("weight_hh.T", "weight_hh")),
    ("leaky_norms", "slope after the weights", LEAKY, ("weight_hh.T @ (slope * delta)", "slope * (weight_hh.T @ delta)")),
    ("leaky_norms", "slope on the leak too", LEAKY, ("g * delta +", "g * slope * delta +")),
    ("leaky_norms", "walked forward in time", LEAKY, ("reversed(range(len(candidates)))", "range(len(candidates))")),
    ("leaky_norms", "norms in the order of time", LEAKY, ("np.array(norms)", "np.array(norms[::-1])")),
    ("leaky_norms", "lag 0 left out", LEAKY, ("[np.sqrt(np.sum(delta ** 2))]", "[]")),
    ("leaky_norms", "last lag left out", LEAKY, ("reversed(range(len(candidates)))", "range(len(candidates) - 1, 0, -1)")),
    ("leaky_norms", "squares of the norms", LEAKY, ("np.array(norms)", "np.array(norms) ** 2")),
    ("leaky_norms", "sum of absolute values in place of the norm", LEAKY, ("[np.sqrt(np.sum(delta ** 2))]", "[abs(delta).sum()]"),
     ("append(np.sqrt(np.sum(delta ** 2)))", "append(abs(delta).sum())")),
    ("leaky_norms", "gradient not handed on", LEAKY, ("delta = g * delta + (1 - g) * weight_hh.T @ (slope * delta)",
                                                     "delta = g * grad_h_n + (1 - g) * weight_hh.T @ (slope * grad_h_n)")),
]
WRONG = WRONG_VALUES + [(name, mistake, rules.written(*code)) for name, mistake, *code in WRONG_CODE]


class TestVanishing(rules.Rules):
    modules, notebook, right, wrong = ("e04_vanishing",), "04-vanishing-and-exploding.ipynb", RIGHT, WRONG


def test_a_mistake_breaks_the_property_that_is_named_first():
    said = {case[:2]: rules.asked(EXERCISES[case[0]], case[2]).fails for case in WRONG}
    assert said["jacobian_product", "element-wise product"] == "gradient"
    assert said["jacobian_product", "wrong order"] == said["leaky_norms", "norms in the order of time"] == "direction of time"
    assert said["leaky_norms", "lag 0 left out"] == "shape"
    assert said["worst_factor", "slope left out"] == "value"
