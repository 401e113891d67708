"""The exercises of notebook 08: other styles are right, wrong answers in a learner's own style are caught and named."""

import numpy as np

from helpers.exercises.e08_forecasting import at_once, by_view
from tests.support import exercise_rules as rules

# Ways to solve the function exercises as a learner would; the wrong answers below are edits of them.


def split(series, width, horizon, first_test):
    ends = [start + width for start in range(len(series) - width - horizon + 1)]
    parts = {"train": [end for end in ends if end + horizon - 1 < first_test],
             "test": [end for end in ends if end + horizon > first_test]}
    return {f"x_{part}": np.array([series[end - width:end] for end in ends]) for part, ends in parts.items()} | {
        f"y_{part}": np.array([series[end + horizon - 1] for end in ends]) for part, ends in parts.items()}


def skill(series, first_test, horizon, scaled):
    mean, std = series[:first_test].mean(), series[:first_test].std()
    test = series[first_test:]
    predicted = scaled * std + mean
    kept = series[first_test - horizon:-horizon]
    mine = ((predicted - test) ** 2).mean()
    theirs = ((kept - test) ** 2).mean()
    return 1 - mine / theirs


def skill_by_loop(series, first_test, horizon, scaled):
    train = series[:first_test]
    mean = sum(train) / len(train)
    std = (sum((value - mean) ** 2 for value in train) / len(train)) ** 0.5
    mine = theirs = 0
    for k in range(len(scaled)):
        t = first_test + k
        mine += (mean + std * scaled[k] - series[t]) ** 2
        theirs += (series[t - horizon] - series[t]) ** 2
    return (theirs - mine) / theirs


def interval_at_once(errors_a, errors_b, picks):
    difference = (errors_a ** 2 - errors_b ** 2)[picks]
    return np.quantile(difference.mean(-1), (0.025, 0.975))


def interval_by_counts(errors_a, errors_b, picks):
    counts = np.array([np.bincount(years, minlength=len(errors_a)) for years in picks])
    return list(np.percentile(counts @ (errors_a**2 - errors_b**2) / len(errors_a), [2.5, 97.5]))


def lags_by_normal_equations(series, order, first_test):
    X = np.lib.stride_tricks.sliding_window_view(series, order)[:-1]
    X = np.hstack([X, np.ones((len(X), 1))])
    A, b = X[:first_test - order], series[order:first_test]
    return X[first_test - order:] @ np.linalg.solve(A.T @ A, A.T @ b)


def lags_centered(series, order, first_test):
    X = np.array([series[t - order:t] for t in range(order, len(series))])
    y, n = series[order:], first_test - order
    weights = np.linalg.pinv(X[:n] - X[:n].mean(0)) @ (y[:n] - y[:n].mean())
    return y[:n].mean() + (X[n:] - X[:n].mean(0)) @ weights


RIGHT = {
    "predict_shared": [(12, 0, 8), [12, 0, 8], np.array([12, 0, 8])],
    "window_split": [split, by_view],
    "skill_score": [skill, skill_by_loop],
    "paired_interval": [at_once, interval_at_once, interval_by_counts],
    "lag_forecast": [lags_by_normal_equations, lags_centered],
}

WRONG = [
    ("predict_shared", "first two swapped", (0, 12, 8)), ("predict_shared", "past taken for clean", [12, 0, 0]),
    ("predict_shared", "training windows counted", np.array([39, 0, 8])),
    ("window_split", "window that reaches into the test years", by_view,
     ('x[:n], "y_train": y[:n]', 'x[:n + horizon], "y_train": y[:n + horizon]')),
    ("window_split", "window that reaches into the test years", by_view,
     ('x[:n], "y_train": y[:n]', 'x[:first_test - width], "y_train": y[:first_test - width]')),
    ("window_split", "latest window first", by_view, ("x[:n]", "x[:n][::-1]"), ("y[:n]", "y[:n][::-1]"),
     ("x[n:]", "x[n:][::-1]"), ("y[n:]", "y[n:][::-1]")),
    ("window_split", "targets in a column", by_view, ("horizon - 1:]", "horizon - 1:, None]")),
    ("skill_score", "persistence from the year before", skill_by_loop, ("series[t - horizon] -", "series[t - 1] -")),
    ("skill_score", "scaler fitted on everything", skill_by_loop, ("train = series[:first_test]", "train = series")),
    ("skill_score", "ratio upside down", skill_by_loop, ("/ theirs", "/ mine")),
    ("skill_score", "divided by n - 1 in the standard deviation", skill_by_loop,
     ("for value in train) / len(train)", "for value in train) / (len(train) - 1)")),
    ("paired_interval", "mean over the resamples", interval_at_once, ("mean(-1)", "mean(0)")),
    ("paired_interval", "nothing resampled", interval_at_once, ("[picks]", ""), (".mean(-1)", "")),
    ("paired_interval", "normal curve in place of the percentiles", interval_at_once, ("[picks]", ""),
     ("np.quantile(difference.mean(-1), (0.025, 0.975))",
      "difference.mean() + np.array([-1.96, 1.96]) * difference.std() / np.sqrt(len(difference))")),
    ("paired_interval", "sum in place of the mean", interval_by_counts, (" / len(errors_a)", "")),
    ("paired_interval", "a twentieth on either side", interval_by_counts, ("[2.5, 97.5]", "[5, 95]")),
    ("lag_forecast", "mean taken away in place of a constant", lags_centered,
     ("    X = np", "    mean = series.mean(); series = series - mean\n    X = np"),
     ("X[:n] - X[:n].mean(0)) @ (y[:n] - y[:n].mean())", "X[:n]) @ y[:n]"),
     ("y[:n].mean() + (X[n:] - X[:n].mean(0)) @ weights", "mean + X[n:] @ weights")),
    ("lag_forecast", "first test years left out", lags_centered, ("(X[n:] -", "(X[n + order:] -")),
    ("lag_forecast", "constant missing", lags_by_normal_equations, ("np.hstack([X, np.ones((len(X), 1))])", "X")),
    ("lag_forecast", "fitted on the first test year too", lags_by_normal_equations,
     ("X[:first_test - order], series[order:first_test]", "X[:first_test - order + 1], series[order:first_test + 1]")),
    ("lag_forecast", "fitted on everything", lags_by_normal_equations,
     ("X[:first_test - order], series[order:first_test]", "X, series[order:]")),
]


class TestForecasting(rules.Rules):
    module, notebook, right, wrong = "e08_forecasting", "08-forecasting.ipynb", RIGHT, WRONG
    fails = [("lag_forecast", "forecasts in reverse order", "direction of time")]
