"""The exercises of notebook 04: other styles are right; wrong answers in a learner's own style are named."""

import numpy as np
import pytest

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e04_vanishing")

# One way to solve each function exercise as a learner would; some wrong answers below are edits of it.

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
    ("predict_lost", "loss added up in place of multiplied", 2.4),
    ("predict_lost", "one half per step", 20),
    ("predict_lost", "bound taken for what happens", float("inf")),
    ("predict_spectrum", "the two swapped", [5.8, 2.9]),
    ("predict_spectrum", "singular value taken equal to the radius", (2.9, 2.9)),
    ("predict_spectrum", "size left out", (0.29, 0.58)),
    ("predict_spectrum", "torch's own numbers", (0.577, 1.155)),
]
LARGEST = "np.linalg.svd(weight_hh)[1].max()"
WRONG_CODE = [
    ("worst_factor", "spectral radius in place of the largest singular value", FACTOR, (LARGEST, "max(abs(np.linalg.eigvals(weight_hh)))")),
    ("worst_factor", "slope left out", FACTOR, ("gamma * ", "")),
    ("worst_factor", "square of the singular value", FACTOR_BY_EIGENVALUES, ("np.sqrt", "")),
    ("worst_factor", "Frobenius norm", FACTOR, (LARGEST, "np.sqrt((weight_hh**2).sum())")),
    ("jacobian_product", "element-wise product", PRODUCT, ("np.eye(len(weight_hh))", "1.0"), ("weight_hh @ J", "weight_hh * J")),
    ("jacobian_product", "wrong order", PRODUCT_FROM_THE_END, ("states[:0:-1]", "states[1:]")),
    ("jacobian_product", "slope of the state before", PRODUCT, ("states[t]", "states[t - 1]")),
    ("jacobian_product", "slope on the wrong side", PRODUCT, ("np.diag(slope) @ weight_hh", "weight_hh @ np.diag(slope)")),
    ("clipped_gradient", "clipped before the sum", CLIP_EACH_STEP),
    ("clipped_gradient", "norm per parameter", CLIP_EACH_PARAMETER),
    ("clipped_gradient", "largest entry taken for the norm", CLIP, ("squares += np.sum(total[name] ** 2)",
                                                                    "squares = max(squares, np.max(total[name] ** 2))")),
    ("clipped_gradient", "first step counted twice", CLIP, ("total.get(name, 0)", "total.get(name, part[name])")),
    ("leaky_norms", "leak left out", LEAKY, ("g * delta + (1 - g)", "(1 - g)")),
    ("leaky_norms", "weight not transposed", LEAKY_BY_JACOBIANS, ("@ weight_hh))", "@ weight_hh.T))")),
    ("leaky_norms", "walked forward in time", LEAKY, ("reversed(range(len(candidates)))", "range(len(candidates))")),
    ("leaky_norms", "lag 0 left out", LEAKY_BY_JACOBIANS, ("linalg.norm(rows,", "linalg.norm(rows[1:],")),
]
WRONG = WRONG_VALUES + [(name, mistake, rules.written(*code)) for name, mistake, *code in WRONG_CODE]


class TestVanishing(rules.Rules):
    modules, notebook, right, wrong = ("e04_vanishing",), "04-vanishing-and-exploding.ipynb", RIGHT, WRONG


def test_a_mistake_breaks_the_property_that_is_named_first():
    said = {case[:2]: rules.asked(EXERCISES[case[0]], case[2]).fails for case in WRONG}
    assert said["jacobian_product", "element-wise product"] == "gradient"
    assert said["jacobian_product", "wrong order"] == said["leaky_norms", "walked forward in time"] == "direction of time"
    assert said["leaky_norms", "lag 0 left out"] == "shape"
    assert said["worst_factor", "slope left out"] == "value"


NOT_RIGHT = [
    ("worst_factor", rules.written(FACTOR, (LARGEST, "min(" + LARGEST + ", 5.0)"))),
    ("jacobian_product", rules.written(PRODUCT, ("weight_hh @ J", "weight_hh @ np.clip(J, -1, 1)"))),
    ("jacobian_product", rules.written(PRODUCT, ("weight_hh @ J", "weight_hh @ J / max(1, np.linalg.norm(J))"))),
    ("clipped_gradient", rules.written(CLIP, ("return total", "return {name: total[name].clip(-5, 5) for name in total}"))),
    ("clipped_gradient", rules.written(CLIP, ("np.sqrt(squares)", "np.sqrt(squares / 3)"))),
    ("leaky_norms", rules.written(LEAKY, ("(slope * delta)", "np.clip(slope * delta, -1, 1)"))),
    ("leaky_norms", rules.written(LEAKY, ("np.array(norms)", "np.sort(norms)[::-1]"))),
]


@pytest.mark.parametrize("name, answer", NOT_RIGHT)
def test_clipping_and_sorting_inside_is_wrong(name, answer):
    assert rules.asked(EXERCISES[name], answer).verdict == "wrong"
