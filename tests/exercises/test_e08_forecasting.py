"""The exercises of notebook 08: other styles are right, wrong answers in a learner's own style are caught and named."""

import numpy as np

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e08_forecasting")

# Ways to solve the function exercises as a learner would; the wrong answers below are edits of them.

SPLIT = """
def answer(series, width, horizon, first_test):
    parts = {"x_train": [], "y_train": [], "x_test": [], "y_test": []}
    for start in range(0, len(series)):
        end = start + width
        place = end + horizon - 1
        if place >= len(series):
            break
        part = "train" if place < first_test else "test"
        parts["x_" + part].append(series[start:end])
        parts["y_" + part].append(series[place])
    return {name: np.array(rows) for name, rows in parts.items()}
"""
SPLIT_BY_VIEW = """
def answer(series, width, horizon, first_test):
    x = np.lib.stride_tricks.sliding_window_view(series, width)[:len(series) - width - horizon + 1]
    y = series[width + horizon - 1:]
    n = first_test - width - horizon + 1
    return dict(x_train=x[:n], y_train=y[:n], x_test=x[n:], y_test=y[n:])
"""
SKILL = """
def answer(series, first_test, horizon, scaled):
    mean, std = series[:first_test].mean(), series[:first_test].std()
    test = series[first_test:]
    predicted = scaled * std + mean
    kept = series[first_test - horizon:-horizon]
    mine = ((predicted - test) ** 2).mean()
    theirs = ((kept - test) ** 2).mean()
    return 1 - mine / theirs
"""
SKILL_BY_LOOP = """
def answer(series, first_test, horizon, scaled):
    train = series[:first_test]
    mean = sum(train) / len(train)
    std = (sum((value - mean) ** 2 for value in train) / len(train)) ** 0.5
    mine = theirs = 0
    for k in range(len(scaled)):
        t = first_test + k
        mine += (mean + std * scaled[k] - series[t]) ** 2
        theirs += (series[t - horizon] - series[t]) ** 2
    return (theirs - mine) / theirs
"""
INTERVAL = """
def answer(errors_a, errors_b, picks):
    differences = []
    for years in picks:
        a = np.mean(errors_a[years] ** 2)
        b = np.mean(errors_b[years] ** 2)
        differences.append(a - b)
    return np.percentile(differences, 2.5), np.percentile(differences, 97.5)
"""
INTERVAL_AT_ONCE = """
def answer(errors_a, errors_b, picks):
    difference = (errors_a ** 2 - errors_b ** 2)[picks]
    return np.quantile(difference.mean(-1), (0.025, 0.975))
"""
INTERVAL_BY_COUNTS = """
def answer(errors_a, errors_b, picks):
    counts = np.array([np.bincount(years, minlength=len(errors_a)) for years in picks])
    return list(np.percentile(counts @ (errors_a**2 - errors_b**2) / len(errors_a), [2.5, 97.5]))
"""
LAGS = """
def answer(series, order, first_test):
    def row(t):
        return [1.0, *series[t - order:t]]
    train = range(order, first_test)
    X = np.array([row(t) for t in train])
    y = np.array([series[t] for t in train])
    weights = np.linalg.lstsq(X, y)[0]
    return np.array([row(t) @ weights for t in range(first_test, len(series))])
"""
LAGS_BY_NORMAL_EQUATIONS = """
def answer(series, order, first_test):
    X = np.lib.stride_tricks.sliding_window_view(series, order)[:-1]
    X = np.hstack([X, np.ones((len(X), 1))])
    A, b = X[:first_test - order], series[order:first_test]
    return X[first_test - order:] @ np.linalg.solve(A.T @ A, A.T @ b)
"""
LAGS_CENTERED = """
def answer(series, order, first_test):
    X = np.array([series[t - order:t] for t in range(order, len(series))])
    y, n = series[order:], first_test - order
    weights = np.linalg.pinv(X[:n] - X[:n].mean(0)) @ (y[:n] - y[:n].mean())
    return y[:n].mean() + (X[n:] - X[:n].mean(0)) @ weights
"""

RIGHT = {
    "predict_shared": [(12, 0, 8), [12, 0, 8], np.array([12, 0, 8])],
    "window_split": [rules.written(SPLIT), rules.written(SPLIT_BY_VIEW)],
    "skill_score": [rules.written(SKILL), rules.written(SKILL_BY_LOOP)],
    "paired_interval": [rules.written(INTERVAL), rules.written(INTERVAL_AT_ONCE), rules.written(INTERVAL_BY_COUNTS)],
    "lag_forecast": [rules.written(LAGS), rules.written(LAGS_BY_NORMAL_EQUATIONS), rules.written(LAGS_CENTERED)],
}

WRONG_CODE = [
    ("window_split", SPLIT_BY_VIEW, [
        ("window that reaches into the test years", ("x_train=x[:n], y_train=y[:n]",
                                                     "x_train=x[:n + horizon], y_train=y[:n + horizon]")),
        ("window that reaches into the test years", ("x_train=x[:n], y_train=y[:n]",
                                                     "x_train=x[:first_test - width], y_train=y[:first_test - width]")),
        ("latest window first", ("x_train=x[:n], y_train=y[:n], x_test=x[n:], y_test=y[n:]",
                                 "x_train=x[:n][::-1], y_train=y[:n][::-1], x_test=x[n:][::-1], y_test=y[n:][::-1]")),
        ("targets in a column", ("y = series[width + horizon - 1:]", "y = series[width + horizon - 1:, None]")),
    ]),
    ("skill_score", SKILL_BY_LOOP, [
        ("persistence from the year before", ("series[t - horizon] -", "series[t - 1] -")),
        ("scaler fitted on everything", ("train = series[:first_test]", "train = series")),
        ("ratio upside down", ("/ theirs", "/ mine")),
        ("divided by n - 1 in the standard deviation", ("for value in train) / len(train)", "for value in train) / (len(train) - 1)")),
    ]),
    ("paired_interval", INTERVAL_AT_ONCE, [
        ("mean over the resamples", ("mean(-1)", "mean(0)")),
        ("nothing resampled", ("[picks]", ""), (".mean(-1)", "")),
        ("normal curve in place of the percentiles", ("[picks]", ""), (
            "np.quantile(difference.mean(-1), (0.025, 0.975))",
            "difference.mean() + np.array([-1.96, 1.96]) * difference.std() / np.sqrt(len(difference))")),
    ]),
    ("paired_interval", INTERVAL_BY_COUNTS, [
        ("sum in place of the mean", (" / len(errors_a)", "")),
        ("a twentieth on either side", ("[2.5, 97.5]", "[5, 95]")),
    ]),
    ("lag_forecast", LAGS_CENTERED, [
        ("mean taken away in place of a constant", ("    X = np", "    mean = series.mean(); series = series - mean\n    X = np"),
         ("X[:n] - X[:n].mean(0)) @ (y[:n] - y[:n].mean())", "X[:n]) @ y[:n]"),
         ("y[:n].mean() + (X[n:] - X[:n].mean(0)) @ weights", "mean + X[n:] @ weights")),
        ("first test years left out", ("(X[n:] -", "(X[n + order:] -")),
    ]),
    ("lag_forecast", LAGS_BY_NORMAL_EQUATIONS, [
        ("constant missing", ("np.hstack([X, np.ones((len(X), 1))])", "X")),
        ("fitted on the first test year too", ("A, b = X[:first_test - order], series[order:first_test]",
                                               "A, b = X[:first_test - order + 1], series[order:first_test + 1]")),
        ("fitted on everything", ("A, b = X[:first_test - order], series[order:first_test]", "A, b = X, series[order:]")),
    ]),
]
WRONG = [("predict_shared", "first two swapped", (0, 12, 8)), ("predict_shared", "past taken for clean", [12, 0, 0]),
         ("predict_shared", "training windows counted", np.array([39, 0, 8]))]
WRONG += [(name, mistake, rules.written(source, *edits))
          for name, source, cases in WRONG_CODE for mistake, *edits in cases]


class TestForecasting(rules.Rules):
    modules, notebook, right, wrong = ("e08_forecasting",), "08-forecasting.ipynb", RIGHT, WRONG


def test_a_mistake_breaks_the_property_that_is_named_first():
    def fails(name, source, *edits):
        return rules.asked(EXERCISES[name], rules.written(source, *edits)).fails

    assert fails("window_split", SPLIT, (">= len(series)", ">= len(series) - 1")) == "shape"
    assert fails("window_split", SPLIT, ("series[place]", "[series[place]]")) == "shape"
    assert fails("paired_interval", INTERVAL, ("a - b", "b - a")) == "value"
    assert fails("lag_forecast", LAGS, ("[1.0, *series[t - order:t]]", "series[t - order:t]")) == "value"
