"""The exercises of notebook 04: other styles are right; wrong answers in a learner's own style are named."""

import numpy as np

from tests.support import exercise_rules as rules

# One way to solve each function exercise as a learner would; some wrong answers below are edits of it.


def factor(weight_hh, nonlinearity):
    gamma = 0.25 if nonlinearity == "sigmoid" else 1.0
    return gamma * np.linalg.svd(weight_hh)[1].max()


def factor_by_eigenvalues(weight_hh, nonlinearity):
    slopes = {"tanh": 1, "relu": 1, "sigmoid": 1 / 4}
    return slopes[nonlinearity] * float(np.sqrt(np.linalg.eigvalsh(weight_hh.T @ weight_hh)[-1]))


def product(states, weight_hh):
    J = np.eye(len(weight_hh))
    for t in range(1, len(states)):
        slope = 1 - states[t] ** 2
        J = np.diag(slope) @ weight_hh @ J
    return J


def product_from_the_end(states, weight_hh):
    J = np.eye(len(weight_hh))
    for h in states[:0:-1]:
        J = J @ ((1 - h * h)[:, None] * weight_hh)
    return J


def clip(per_step, max_norm):
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


def clip_as_one_vector(per_step, max_norm):
    total = {name: np.sum([part[name] for part in per_step], axis=0) for name in per_step[0]}
    norm = np.linalg.norm(np.concatenate([gradient.ravel() for gradient in total.values()]))
    return {name: gradient / max(1, norm / max_norm) for name, gradient in total.items()}


def leaky_by_jacobians(candidates, grad_h_n, weight_hh, g):
    rows = [grad_h_n]
    for c in candidates[::-1]:
        rows.append(rows[-1] @ (g * np.eye(len(c)) + (1 - g) * np.diag(1 - c * c) @ weight_hh))
    return np.linalg.norm(rows, axis=1)


def leaky_in_one_array(candidates, grad_h_n, weight_hh, g):
    grads = np.empty((len(candidates) + 1, len(grad_h_n)))
    grads[0] = grad_h_n
    for lag, c in enumerate(np.flip(candidates, axis=0)):
        grads[lag + 1] = g * grads[lag] + (1 - g) * ((1 - c**2) * grads[lag]) @ weight_hh
    return np.sqrt((grads**2).sum(axis=1))


RIGHT = {
    "predict_lost": [26, 26.2, 25, 27],
    "worst_factor": [factor, factor_by_eigenvalues],
    "predict_spectrum": [(2.89, 5.77), [3, 6], np.array([2.9, 5.6])],
    "jacobian_product": [product, product_from_the_end],
    "clipped_gradient": [clip, clip_as_one_vector],
    "leaky_norms": [leaky_by_jacobians, leaky_in_one_array],
}

WRONG = [
    ("predict_lost", "two kinds of logarithm mixed", 11.4),
    ("predict_lost", "loss added up in place of multiplied", 2.4),
    ("predict_lost", "one half per step", 20),
    ("predict_lost", "bound taken for what happens", float("inf")),
    ("predict_spectrum", "the two swapped", [5.8, 2.9]),
    ("predict_spectrum", "singular value taken equal to the radius", (2.9, 2.9)),
    ("predict_spectrum", "size left out", (0.29, 0.58)),
    ("predict_spectrum", "torch's own numbers", (0.577, 1.155)),
    ("worst_factor", "spectral radius in place of the largest singular value", factor,
     ("np.linalg.svd(weight_hh)[1].max()", "max(abs(np.linalg.eigvals(weight_hh)))")),
    ("worst_factor", "slope left out", factor, ("gamma * ", "")),
    ("worst_factor", "square of the singular value", factor_by_eigenvalues, ("np.sqrt", "")),
    ("worst_factor", "Frobenius norm", factor, ("np.linalg.svd(weight_hh)[1].max()", "np.sqrt((weight_hh**2).sum())")),
    ("jacobian_product", "element-wise product", product, ("np.eye(len(weight_hh))", "1.0"),
     ("weight_hh @ J", "weight_hh * J")),
    ("jacobian_product", "wrong order", product_from_the_end, ("states[:0:-1]", "states[1:]")),
    ("jacobian_product", "slope of the state before", product, ("states[t]", "states[t - 1]")),
    ("jacobian_product", "slope on the wrong side", product, ("np.diag(slope) @ weight_hh", "weight_hh @ np.diag(slope)")),
    ("clipped_gradient", "clipped before the sum",
     lambda per_step, max_norm: clip([clip([part], max_norm) for part in per_step], np.inf)),
    ("clipped_gradient", "norm per parameter", clip_as_one_vector, ("norm / max_norm", "np.linalg.norm(gradient) / max_norm")),
    ("clipped_gradient", "largest entry taken for the norm", clip, ("squares += np.sum(total[name] ** 2)",
                                                                    "squares = max(squares, np.max(total[name] ** 2))")),
    ("clipped_gradient", "first step counted twice", clip, ("total.get(name, 0)", "total.get(name, part[name])")),
    ("leaky_norms", "leak left out", leaky_by_jacobians, ("g * np.eye(len(c)) + ", "")),
    ("leaky_norms", "weight not transposed", leaky_by_jacobians, ("@ weight_hh))", "@ weight_hh.T))")),
    ("leaky_norms", "walked forward in time", leaky_by_jacobians, ("candidates[::-1]", "candidates")),
    ("leaky_norms", "lag 0 left out", leaky_by_jacobians, ("linalg.norm(rows,", "linalg.norm(rows[1:],")),
    ("worst_factor", None, factor, ("np.linalg.svd(weight_hh)[1].max()", "min(np.linalg.svd(weight_hh)[1].max(), 5.0)")),
    ("clipped_gradient", None, clip, ("return total", "return {name: total[name].clip(-5, 5) for name in total}")),
    ("clipped_gradient", None, clip, ("np.sqrt(squares)", "np.sqrt(squares / 3)")),
]
FAILS = [
    ("jacobian_product", "element-wise product", "gradient"), ("jacobian_product", "wrong order", "direction of time"),
    ("leaky_norms", "walked forward in time", "direction of time"), ("worst_factor", "slope left out", "value"),
]


class TestVanishing(rules.Rules):
    module, notebook, right, wrong = "e04_vanishing", "04-vanishing-and-exploding.ipynb", RIGHT, WRONG
    fails = FAILS
