"""The exercises of notebook 12: other styles are right, every known mistake is caught under its own name."""

import numpy as np

from tests.support import exercise_rules as rules


def pairs(states, series, lag):
    chosen, values = [], []
    for t in range(lag, len(series)):
        chosen.append(states[t + 1])
        values.append(series[t - lag])
    return np.array(chosen), np.array(values)


def score(X, y, n, penalty):
    X = np.hstack([X, np.ones((len(X), 1))])
    top = np.vstack([X[:n], np.sqrt(penalty) * np.eye(X.shape[1])])
    w, *_ = np.linalg.lstsq(top, np.concatenate([y[:n], np.zeros(X.shape[1])]), rcond=None)
    rest = y[n:] - X[n:] @ w
    return 1 - (rest @ rest) / ((y[n:] - y[n:].mean()) ** 2).sum()


def pairs_by_index(states, series, lag):
    t = np.arange(lag, len(series))
    return [states[t + 1], series[t - lag]]


def score_by_normal_equations(features, targets, fitted, penalty):
    table = np.c_[features, np.ones(len(features))]
    inverse = np.linalg.inv(table[:fitted].T @ table[:fitted] + penalty * np.eye(table.shape[1]))
    answers = table @ (inverse @ table[:fitted].T @ targets[:fitted])
    return float(1 - np.square(answers - targets)[fitted:].sum() / (len(targets) - fitted) / np.var(targets[fitted:]))


RIGHT = {"pairs": [pairs_by_index, pairs], "score": [score_by_normal_equations, score]}
WRONG = [
    ("pairs", "h_0 paired with the first input", pairs, ("states[t + 1]", "states[t]")),
    ("pairs", "wrapped around", pairs, ("range(lag, len(series))", "range(len(series))")),
    ("pairs", "the two results swapped", pairs, ("np.array(chosen), np.array(values)", "np.array(values), np.array(chosen)")),
    ("score", "penalty squared", score, ("np.sqrt(penalty)", "penalty")),
    ("score", "scored on the fitted rows", score, ("y[n:] - X[n:] @ w", "y[:n] - X[:n] @ w"),
     ("(y[n:] - y[n:].mean())", "(y[:n] - y[:n].mean())")),
    ("score", "compared with 0 instead of the mean", score, ("(y[n:] - y[n:].mean())", "y[n:]")),
]


class TestReservoir(rules.Rules):
    module, notebook, right, wrong = "e12_reservoir", "12-a-reservoir.ipynb", RIGHT, WRONG
    fails = [("pairs", "h_0 left in", "shape"), ("score", "penalty squared", "value")]
