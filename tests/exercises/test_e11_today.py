"""The exercises of notebook 11: other styles are right, every known mistake is named, and torch agrees with the solutions."""

import numpy as np
import pytest
import torch

from helpers.numpy_nets.linear import scan_tree
from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e11_today")

FROM = """
def answer(a, b, h_0):
    states = [h_0]
    for a_t, b_t in zip(a, b):
        states.append(a_t * states[-1] + b_t)
    return np.array(states[1:])
"""
FROM_DOUBLING = """
def answer(a, b, h_0):
    a, h, reach = a.copy(), b.copy(), 1
    h[0] += a[0] * h_0
    while reach < len(h):
        h[reach:] += a[reach:] * h[:-reach]
        a[reach:] *= a[:-reach]
        reach *= 2
    return h
"""
GRADIENT = """
def answer(a, grad_h):
    g = grad_h.copy()
    for t in range(len(g) - 2, -1, -1):
        g[t] += a[t + 1] * g[t + 1]
    return g
"""
GRADIENT_BY_PRODUCTS = """
def answer(a, grad_h):
    T = len(a)
    return np.array([sum(np.prod(a[t + 1:s + 1], axis=0) * grad_h[s] for s in range(t, T)) for t in range(T)])
"""
ATTENTION = """
def answer(queries, keys, values):
    rows = []
    for t in range(len(queries)):
        seen = keys[:t + 1]
        match = seen @ queries[t] / queries.shape[1] ** 0.5
        match = np.exp(match - match.max())
        rows.append((match / match.sum()) @ values[:t + 1])
    return np.array(rows)
"""
ATTENTION_MASKED = """
def answer(queries, keys, values):
    d = queries.shape[-1]
    scores = np.einsum("td,sd->ts", queries, keys) / np.float32(d ** 0.5) if queries.dtype == np.float32 else (queries @ keys.T) / d ** 0.5
    ahead = np.arange(len(keys))[None] > np.arange(len(keys))[:, None]
    scores[ahead] = -np.inf
    e = np.exp(scores - np.max(scores, 1)[:, None])
    return (e @ values) / e.sum(1)[:, None]
"""
RIGHT = {
    "pairs_by_hand": [{"a": -3 / 4, "b": 3, "h_4": -1.5}, {"a": np.float32(-0.75), "b": 3.0, "h_4": 3 - 0.75 * 6}],
    "predict_doubling": [(10, 9000), (10, 1000 * 10 - 1023)],
    "predict_nu_log": [-5, -4.97],
    "scan_from": [rules.written(FROM), rules.written(FROM_DOUBLING)],
    "scan_gradient": [rules.written(GRADIENT), rules.written(GRADIENT_BY_PRODUCTS)],
    "causal_attention": [rules.written(ATTENTION), rules.written(ATTENTION_MASKED)],
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
    ("scan_from", "start left out", rules.written(FROM_DOUBLING, ("    h[0] += a[0] * h_0\n", ""))),
    ("scan_from", "start not multiplied", rules.written(FROM_DOUBLING, ("a[0] * h_0", "h_0"))),
    ("scan_from", "start in front", rules.written(FROM, ("states[1:]", "states"))),
    ("scan_from", "states one step late", rules.written(FROM, ("states[1:]", "states[:-1]"))),
    ("scan_from", "state not handed on", rules.written(FROM, ("states[-1]", "states[0]"))),
    ("scan_gradient", "factor of the wrong step", rules.written(GRADIENT, ("a[t + 1] *", "a[t] *"))),
    ("scan_gradient", "gradient not handed on", rules.written(GRADIENT, ("* g[t + 1]", "* grad_h[t + 1]"))),
    ("scan_gradient", "factors left out", rules.written(GRADIENT, ("a[t + 1] * ", ""))),
    ("scan_gradient", "factor of the wrong step", rules.written(GRADIENT_BY_PRODUCTS, ("a[t + 1:s + 1]", "a[t:s]"))),
    ("causal_attention", "looks ahead", rules.written(ATTENTION, ("keys[:t + 1]", "keys"), ("values[:t + 1]", "values"))),
    ("causal_attention", "square root left out", rules.written(ATTENTION, (" / queries.shape[1] ** 0.5", ""))),
    ("causal_attention", "not normalized", rules.written(ATTENTION, ("(match / match.sum())", "match"))),
    ("causal_attention", "hidden by zeros", rules.written(ATTENTION_MASKED, ("-np.inf", "0"))),
]


class TestToday(rules.Rules):
    modules, notebook, right, wrong = ("e11_today",), "11-recurrent-networks-today.ipynb", RIGHT, WRONG


@pytest.mark.parametrize("example", range(7))
def test_scan_from_is_the_tree_with_the_start_put_into_the_first_step(example):
    a, b, h_0 = EXERCISES["scan_from"].examples()[example].values()
    b_with_start = b.copy()
    b_with_start[0] += a[0] * h_0
    wanted = scan_tree(a, b_with_start)
    assert np.allclose(EXERCISES["scan_from"].solution(a, b, h_0), wanted, rtol=1e-5 if b.dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("example", range(6))
def test_scan_gradient_is_autograds(example):
    a, grad_h = (torch.tensor(array) for array in EXERCISES["scan_gradient"].examples()[example].values())
    b, h, loss = torch.zeros_like(a, requires_grad=True), torch.ones_like(a[0]), 0.0
    for a_t, b_t, grad_t in zip(a, b, grad_h):
        h = a_t * h + b_t
        loss = loss + (h * grad_t).sum()
    loss.backward()
    assert np.allclose(EXERCISES["scan_gradient"].solution(a.numpy(), grad_h.numpy()), b.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("example", range(7))
def test_causal_attention_is_torchs(example):
    queries, keys, values = (torch.tensor(array) for array in EXERCISES["causal_attention"].examples()[example].values())
    wanted = torch.nn.functional.scaled_dot_product_attention(queries[None], keys[None], values[None], is_causal=True)[0]
    found = EXERCISES["causal_attention"].solution(queries.numpy(), keys.numpy(), values.numpy())
    assert np.allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_half_life_is_measured_where_it_is_predicted():
    nu_log = EXERCISES["predict_nu_log"].solution()
    assert np.exp(-np.exp(nu_log)) ** 100 == pytest.approx(0.5)
