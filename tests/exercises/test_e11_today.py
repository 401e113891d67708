"""The exercises of notebook 11: other styles are right, every known mistake is named, and torch agrees with the solutions."""

import numpy as np
import pytest
import torch

from helpers.exercises.e11_today import doubling, predict_nu_log
from tests.support import exercise_rules as rules


def scan(a, b, h_0):
    states = [h_0]
    for a_t, b_t in zip(a, b):
        states.append(a_t * states[-1] + b_t)
    return np.array(states[1:])


def gradient(a, grad_h):
    g = grad_h.copy()
    for t in range(len(g) - 2, -1, -1):
        g[t] += a[t + 1] * g[t + 1]
    return g


def gradient_by_products(a, grad_h):
    T = len(a)
    return np.array([sum(np.prod(a[t + 1:s + 1], axis=0) * grad_h[s] for s in range(t, T)) for t in range(T)])


def attention(queries, keys, values):
    rows = []
    for t in range(len(queries)):
        seen = keys[:t + 1]
        match = seen @ queries[t] / queries.shape[1] ** 0.5
        match = np.exp(match - match.max())
        rows.append((match / match.sum()) @ values[:t + 1])
    return np.array(rows)


def attention_masked(queries, keys, values):
    d = queries.shape[-1]
    scores = np.einsum("td,sd->ts", queries,
                       keys) / np.float32(d ** 0.5) if queries.dtype == np.float32 else (queries @ keys.T) / d ** 0.5
    ahead = np.arange(len(keys))[None] > np.arange(len(keys))[:, None]
    scores[ahead] = -np.inf
    e = np.exp(scores - np.max(scores, 1)[:, None])
    return (e @ values) / e.sum(1)[:, None]


def by_autograd(a, grad_h):
    b, h, loss = torch.zeros(a.shape, dtype=torch.tensor(a).dtype, requires_grad=True), 1.0, 0.0
    for a_t, b_t, grad_t in zip(torch.tensor(a), b, torch.tensor(grad_h)):
        h = a_t * h + b_t
        loss = loss + (h * grad_t).sum()
    return torch.autograd.grad(loss, b)[0].numpy()


def by_torch(*given):
    queries, keys, values = (torch.tensor(array)[None] for array in given)
    return torch.nn.functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)[0].numpy()


RIGHT = {
    "pairs_by_hand": [{"a": -3 / 4, "b": 3, "h_4": -1.5}, {"a": np.float32(-0.75), "b": 3.0, "h_4": 3 - 0.75 * 6}],
    "predict_doubling": [(10, 9000), (10, 1000 * 10 - 1023)],
    "predict_nu_log": [-5, -4.97],
    "scan_from": [scan, doubling],
    "scan_gradient": [gradient, gradient_by_products, by_autograd],
    "causal_attention": [attention, attention_masked, by_torch],
}
WRONG = [
    ("pairs_by_hand", "start left out", {"a": -0.75, "b": 3, "h_4": 3}),
    ("pairs_by_hand", "the two steps swapped", {"a": -0.75, "b": 0, "h_4": -4.5}),
    ("pairs_by_hand", "only two of the four steps", {"a": 1.5, "b": 5, "h_4": 14}),
    ("predict_doubling", "every step in every round", (10, 10_000)),
    ("predict_doubling", "rounded down", (9, 9000)),
    ("predict_doubling", "the loop", (999, 999)),
    ("predict_nu_log", "lambda in place of its parameter", 0.993),
    ("predict_nu_log", "1/e in place of one half", -4.6),
    ("scan_from", "start left out", doubling, ("    h[0] += a[0] * h_0\n", "")),
    ("scan_from", "start not multiplied", doubling, ("a[0] * h_0", "h_0")),
    ("scan_from", "start in front", scan, ("states[1:]", "states")),
    ("scan_from", "states one step late", scan, ("states[1:]", "states[:-1]")),
    ("scan_from", "state not handed on", scan, ("states[-1]", "states[0]")),
    ("scan_gradient", "factor of the wrong step", gradient, ("a[t + 1] *", "a[t] *")),
    ("scan_gradient", "gradient not handed on", gradient, ("* g[t + 1]", "* grad_h[t + 1]")),
    ("scan_gradient", "factors left out", gradient, ("a[t + 1] * ", "")),
    ("causal_attention", "looks ahead", attention, ("keys[:t + 1]", "keys"), ("values[:t + 1]", "values")),
    ("causal_attention", "square root left out", attention, (" / queries.shape[1] ** 0.5", "")),
    ("causal_attention", "not normalized", attention, ("(match / match.sum())", "match")),
    ("causal_attention", "hidden by zeros", attention_masked, ("-np.inf", "0")),
]


class TestToday(rules.Rules):
    module, notebook, right, wrong = "e11_today", "11-recurrent-networks-today.ipynb", RIGHT, WRONG
    fails = [("scan_from", "read from the end", "direction of time"), ("scan_gradient", "factors left out", "gradient")]


def test_half_life_is_measured_where_it_is_predicted():
    assert np.exp(-np.exp(predict_nu_log.solution())) ** 100 == pytest.approx(0.5)
