"""The exercises of notebook 06: other styles are right, every known mistake is caught under its own name."""

import numpy as np
import torch

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e07_training")

# One way to solve each function exercise as a learner would; the mistakes below are edits of it.

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
SEGMENTS = """
def answer(module, read, x, target):
    h = None
    for s in range(len(x)):
        module.zero_grad()
        output, h = module(x[s], h)
        loss = ((read(output) - target[s]) ** 2).mean()
        loss.backward()
        h = h.detach()
    return module.weight_hh_l0.grad
"""
SEGMENTS_BY_HAND = """
import torch
def answer(module, read, x, target):
    weight_ih, weight_hh, bias_ih, bias_hh = module.parameters()
    h = torch.zeros(x.shape[1], len(weight_hh), dtype=x.dtype)
    for x_s, target_s in zip(x, target):
        h, guesses = h.detach(), []
        for t in range(x.shape[2]):
            h = torch.tanh(x_s[:, t] @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
            guesses.append(read(h))
        loss = torch.nn.functional.mse_loss(torch.stack(guesses, 1), target_s)
    return torch.autograd.grad(loss, weight_hh)[0]
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


class Segments:
    """A run that keeps its state in itself."""

    h = None

    def __call__(self, module, read, x, target):
        for x_s in x[:-1]:
            with torch.no_grad():
                _, self.h = module(x_s, self.h)
        loss = (read(module(x[-1], self.h)[0]) - target[-1]).square().mean()
        self.h = None
        loss.backward()
        return module.weight_hh_l0.grad.clone()


RIGHT = {
    "predict_reset": [(0.1, 0), [0.1, 0.0], np.array([0.099, 0.001])],
    "predict_shared": [(12, 0, 8), [12, 0, 8], np.array([12, 0, 8])],
    "window_split": [rules.written(SPLIT), rules.written(SPLIT_BY_VIEW)],
    "skill_score": [rules.written(SKILL), rules.written(SKILL_BY_LOOP)],
    "segment_gradient": [rules.written(SEGMENTS), rules.written(SEGMENTS_BY_HAND), Segments()],
    "paired_interval": [rules.written(INTERVAL), rules.written(INTERVAL_AT_ONCE), rules.written(INTERVAL_BY_COUNTS)],
    "lag_forecast": [rules.written(LAGS), rules.written(LAGS_BY_NORMAL_EQUATIONS), rules.written(LAGS_CENTERED)],
}

WRONG_NUMBERS = {
    "predict_reset": [
        ("each reset taken to cost the same", (0.2, 0.05)), ("each reset taken to cost the same", (0.2, 0)),
        ("a full period taken to begin anyhow", (0.1, 0.05)), ("a full period taken to begin anyhow", (0.1, 0.025)),
        ("length of the segment left out", (0.1, 0.1)), ("more resets taken to cost less", (0.05, 0.2)),
        ("memory taken to be lost at all steps", (0.5, 0.5)), ("error of a first step, not of all steps", (0.5, 0)),
        ("error of a first step, not of all steps", (1, 1)), ("error of a first step, not of all steps", (1, 0)),
        ("reset taken to cost nothing", (0, 0)), ("the two swapped", (0, 0.1))],
    "predict_shared": [
        ("last window overlooked", (13, 0, 8)), ("windows taken to share nothing", (0, 0, 0)),
        ("windows taken to share nothing", (0, 0, 8)), ("past taken for clean", (12, 0, 0)),
        ("inputs counted where targets were asked", (12, 8, 8)),
        ("all test windows by time taken to overlap", (12, 0, 13)), ("one window off", (12, 0, 7)),
        ("one window off", (12, 0, 9)), ("share of training windows taken for the chance", (10, 0, 8)),
        ("training windows counted", (39, 0, 8)), ("first two swapped", (0, 12, 8)),
        *[("last window overlooked", case) for case in ((13, 8, 8), (13, 0, 13), (13, 0, 0), (13, 0, 7), (13, 0, 9))]],
}
WRONG_CODE = [
    ("window_split", SPLIT, [
        ("window that reaches into the test years", ('if place < first', 'if end - 1 < first')),
        ("window that reaches into the test years", ('if place < first', 'if start < first')),
        ("window that reaches into the test years", ('if place < first', 'if end < first')),
        ("horizon left out", ("end + horizon - 1", "end")),
        ("off by one horizon", ("end + horizon - 1", "end + horizon")),
        ("off by one horizon", ("end + horizon - 1", "end + horizon - 2")),
        ("horizon counted from the first input",
         ("        part =", "        place = start + horizon\n        part =")),
        ("test windows kept to the test years",
         ("        parts[\"x_\"", "        if start < first_test <= place:\n            continue\n        parts[\"x_\"")),
        ("test windows kept to the test years",
         ("        parts[\"x_\"", "        if end - 1 < first_test <= place:\n            continue\n        parts[\"x_\"")),
        ("last window missing", (">= len(series)", ">= len(series) - 1")),
        ("first test year among the training targets", ("place < first", "place <= first")),
        ("windows side by side", ("range(0, len(series))", "range(0, len(series), width)")),
        ("inputs in reverse order", ("append(series[start:end])", "append(series[start:end][::-1])")),
        ("one input too many", ("start + width", "start + width + 1")),
        ("one input too few", ("start + width", "start + width - 1")),
        ("all values up to the horizon as target", ("series[place]", "series[end:place + 1]")),
        ("target among the inputs", ("append(series[start:end])", "append(series[start:place + 1])")),
        ("targets in a column", ("series[place]", "[series[place]]")),
        ("windows in columns", ("np.array(rows)", "np.array(rows).T")),
        ("latest window first", ("np.array(rows)", "np.array(rows[::-1])")),
        ("training and test part swapped", ("place < first", "place >= first")),
    ]),
    ("window_split", SPLIT_BY_VIEW, [
        ("window that reaches into the test years", ("x_train=x[:n], y_train=y[:n]",
                                                     "x_train=x[:n + horizon], y_train=y[:n + horizon]")),
        ("window that reaches into the test years", ("x_train=x[:n], y_train=y[:n]",
                                                     "x_train=x[:first_test], y_train=y[:first_test]")),
        ("window that reaches into the test years", ("x_train=x[:n], y_train=y[:n]",
                                                     "x_train=x[:first_test - width], y_train=y[:first_test - width]")),
    ]),
    ("skill_score", SKILL, [
        ("scaler fitted on everything", ("series[:first_test].mean(), series[:first_test].std()",
                                         "series.mean(), series.std()")),
        ("scaler fitted on the test part", ("series[:first_test].mean(), series[:first_test].std()",
                                            "series[first_test:].mean(), series[first_test:].std()")),
        ("mean not added back", (" * std + mean", " * std")),
        ("standard deviation not multiplied back", (" * std + mean", " + mean")),
        ("undone in the wrong order", ("scaled * std + mean", "(scaled + mean) * std")),
        ("predictions left scaled", ("scaled * std + mean", "scaled")),
        ("predictions scaled once more", ("scaled * std + mean", "(scaled - mean) / std")),
        ("errors in two units", ("(predicted - test)", "(scaled - (test - mean) / std)")),
        ("variance in place of the standard deviation", ("std()", "var()")),
        ("divided by n - 1 in the standard deviation", ("std()", "std(ddof=1)")),
        ("scale from smallest to largest", ("series[:first_test].mean(), series[:first_test].std()",
                                            "series[:first_test].min(), np.ptp(series[:first_test])")),
        ("persistence off by one", ("series[first_test - horizon:-horizon]",
                                    "series[first_test - horizon - 1:-horizon - 1]")),
        ("persistence from the year before", ("series[first_test - horizon:-horizon]", "series[first_test - 1:-1]")),
        ("persistence that never learns", ("series[first_test - horizon:-horizon]", "series[first_test - 1]")),
        ("persistence without the first test years", ("(kept - test)", "(test[horizon:] - test[:-horizon])")),
        ("mean in place of persistence", ("(kept - test)", "(mean - test)")),
        ("mean in place of persistence", ("(kept - test)", "(test.mean() - test)")),
        ("roots of the errors", ("1 - mine / theirs", "1 - np.sqrt(mine) / np.sqrt(theirs)")),
        ("absolute errors", ("((predicted - test) ** 2)", "abs(predicted - test)"), ("((kept - test) ** 2)", "abs(kept - test)")),
        ("ratio not taken from 1", ("1 - mine", "mine")),
        ("sign turned round", ("1 - mine / theirs", "mine / theirs - 1")),
        ("ratio upside down", ("mine / theirs", "theirs / mine")),
        ("ratio upside down", ("1 - mine / theirs", "(theirs - mine) / mine")),
        ("difference in place of the ratio", ("1 - mine / theirs", "theirs - mine")),
    ]),
    ("segment_gradient", SEGMENTS, [
        ("state reset, not carried", ("module(x[s], h)", "module(x[s])")),
        ("gradients of all segments added up", ("        module.zero_grad()\n", "")),
        ("mean over all segments", ("        module.zero_grad()\n", ""), ("loss.backward()", "(loss / len(x)).backward()")),
        ("first segment in place of the last", ("        h = h.detach()\n", "        break\n")),
        ("segments in reverse order", ("range(len(x))", "reversed(range(len(x)))")),
        ("every guess compared with every target",
         ("(read(output) - target[s])", "(read(output).squeeze(-1) - target[s])")),
        ("squares summed, not averaged", (".mean()", ".sum()")),
        ("half of the mean", (".mean()", ".mean() / 2")),
        ("absolute errors", ("((read(output) - target[s]) ** 2)", "abs(read(output) - target[s])")),
        ("root of the mean square", (".mean()", ".mean().sqrt()")),
        ("only the last step scored", ("(read(output) - target[s])", "(read(output[:, -1]) - target[s][:, -1])")),
        ("batch and time swapped", ("module(x[s], h)", "module(x[s].swapaxes(0, 1), h)"), ("target[s]", "target[s].swapaxes(0, 1)")),
        ("batch and time swapped", ("h = None", "h = None; module.batch_first = False")),
        ("one segment too few", ("range(len(x))", "range(len(x) - 1)")),
    ]),
    ("segment_gradient", SEGMENTS_BY_HAND, [
        ("state not detached", ("h.detach(), []", "h, []")),
        ("detach at every step", ("h @ weight_hh", "h.detach() @ weight_hh")),
        ("gradients of all segments added up", ("h, guesses = h.detach(), []", "guesses = []"),
         ("    for x_s, target_s", "    loss = 0\n    for x_s, target_s"), ("loss = torch", "loss = loss + torch")),
        ("mean over all segments", ("h, guesses = h.detach(), []", "guesses = []"),
         ("    for x_s, target_s", "    loss = 0\n    for x_s, target_s"), ("loss = torch", "loss = loss + 1 / len(x) * torch")),
        ("state not handed on from the second segment", ("h, guesses = h.detach(), []", "h, guesses = kept, []"),
         ("    for x_s, target_s", "    kept = module(x[0])[1][0].detach()\n    for x_s, target_s")),
        ("last segment run twice", ("zip(x, target)", "zip([*x, x[-1]], [*target, target[-1]])")),
    ]),
    ("paired_interval", INTERVAL, [
        ("resampled apart", ("for years in picks:", "for years, others in zip(picks, picks[::-1]):"),
         ("errors_b[years]", "errors_b[others]")),
        ("resampled apart", ("for years in picks:", "for k, years in enumerate(picks):"),
         ("errors_b[years]", "errors_b[picks[k - 1]]")),
        ("only one model resampled", ("errors_b[years]", "errors_b")),
        ("only one model resampled", ("errors_a[years]", "errors_a")),
        ("b minus a", ("a - b", "b - a")),
        ("errors not squared", ("errors_a[years] ** 2", "errors_a[years]"), ("errors_b[years] ** 2", "errors_b[years]")),
        ("absolute errors", ("errors_a[years] ** 2", "abs(errors_a[years])"), ("errors_b[years] ** 2", "abs(errors_b[years])")),
        ("roots taken", ("a - b", "np.sqrt(a) - np.sqrt(b)")),
        ("errors subtracted before squaring", ("a - b", "np.mean((errors_a[years] - errors_b[years]) ** 2)")),
        ("ratio in place of the difference", ("a - b", "a / b")), ("sign thrown away", ("a - b", "abs(a - b)")),
        ("sum in place of the mean", ("a = np.mean", "a = np.sum"), ("b = np.mean", "b = np.sum")),
        ("a twentieth on either side", (" 2.5)", " 5)"), ("97.5", "95")),
        ("per cent taken for a share", (" 2.5)", " 0.025)"), ("97.5", "0.975")),
        ("smallest and largest", ("np.percentile(differences, 2.5)", "min(differences)"),
         ("np.percentile(differences, 97.5)", "max(differences)")),
        ("middle half", (" 2.5)", " 25)"), ("97.5", "75")),
        ("normal curve in place of the percentiles", ("np.percentile(differences, 2.5), np.percentile(differences, 97.5)",
                                                      "(m := np.mean(differences)) - (s := 1.96 * np.std(differences)), m + s")),
        ("normal curve in place of the percentiles", ("np.percentile(differences, 2.5), np.percentile(differences, 97.5)",
                                                      "(m := np.mean(differences)) - (s := 2 * np.std(differences)), m + s")),
        ("low and high swapped", ("    return np.percentile(differences, 2.5), ", "    low = np.percentile(differences, 2.5)\n    return "),
         (", 97.5)", ", 97.5), low")),
        ("nothing resampled", ("in picks", "in range(len(errors_a))")),
    ]),
    ("paired_interval", INTERVAL_AT_ONCE, [
        ("mean over the resamples", ("mean(-1)", "mean(0)")),
        ("single years, not resampled means", (".mean(-1)", "")),
        ("nothing resampled", ("[picks]", ""), (".mean(-1)", "")),
        ("normal curve in place of the percentiles", ("[picks]", ""), (
            "np.quantile(difference.mean(-1), (0.025, 0.975))",
            "difference.mean() + np.array([-1.96, 1.96]) * difference.std() / np.sqrt(len(difference))")),
    ]),
    ("paired_interval", """
def answer(errors_a, errors_b, picks):
    a = np.percentile((errors_a[picks] ** 2).mean(1), [2.5, 97.5])
    b = np.percentile((errors_b[picks] ** 2).mean(1), [2.5, 97.5])
    return a - b
""", [
        ("an interval for each model",),
        ("an interval for each model", ("a - b", "a - b[::-1]")),
    ]),
    ("lag_forecast", LAGS, [
        ("fitted on everything", ("range(order, first_test)", "range(order, len(series))")),
        ("fitted on the first test year too", ("range(order, first_test)", "range(order, first_test + 1)")),
        ("fitted on the test part", ("range(order, first_test)", "range(first_test, len(series))")),
        ("window that reaches into the test years", ("range(order, first_test)", "range(order, min(first_test + order, len(series)))")),
        ("last training year not used", ("range(order, first_test)", "range(order, first_test - 1)")),
        ("first training year not used", ("range(order, first_test)", "range(order + 1, first_test)")),
        ("constant missing", ("[1.0, *series[t - order:t]]", "series[t - order:t]")),
        ("own forecasts read, not the true values", ("    return np.array([row(t) @ weights for", """
    series = list(series[:first_test]) + [0] * (len(series) - first_test)
    for t in range(first_test, len(series)):
        series[t] = row(t) @ weights
    return np.array([series[t] for""")),
        ("two steps ahead", ("series[t - order:t]", "series[t - order - 1:t - 1]"), ("range(order, f", "range(order + 1, f")),
        ("answer among the inputs", ("series[t - order:t]", "series[t - order + 1:t + 1]")),
        ("forecasts one year late", ("(first_test, len(series))", "(first_test - 1, len(series) - 1)")),
        ("forecasts one year early", ("(first_test, len(series))", "(first_test + 1, len(series) + 1)")),
        ("one value too many", ("    def row", "    order += 1\n    def row")),
        ("one value too few", ("    def row", "    order -= 1\n    def row")),
        ("only the latest value read", ("*series[t - order:t]", "series[t - 1]")),
        ("only the oldest value read", ("*series[t - order:t]", "series[t - order]")),
        ("zeros before the first year", ("*series[t - order:t]", "*[series[k] if k >= 0 else 0 for k in range(t - order, t)]"),
         ("range(order, first_test)", "range(first_test)")),
        ("values in opposite orders", ("row(t) @ weights", "row(t) @ np.array([weights[0], *weights[:0:-1]])")),
        ("forecasts for the training years too", ("(first_test, len(series))", "(order, len(series))")),
        ("first test years left out", ("(first_test, len(series))", "(first_test + order, len(series))")),
        ("fitted anew for each year", ("    train = range(order, first_test)", "    def one(n):\n      train = range(order, n)"),
         ("    X = np", "      X = np"), ("    y = np", "      y = np"),
         ("    weights = np.linalg.lstsq(X, y)[0]", "      return row(n) @ np.linalg.lstsq(X, y)[0]"), ("row(t) @ weights", "one(t)")),
        ("last value repeated", ("row(t) @ weights", "series[t - 1]")),
        ("errors in place of the forecasts", ("row(t) @ weights", "series[t] - row(t) @ weights")),
    ]),
    ("lag_forecast", LAGS_CENTERED, [
        ("mean taken away in place of a constant", ("    X = np", "    mean = series.mean(); series = series - mean\n    X = np"),
         ("X[:n] - X[:n].mean(0)) @ (y[:n] - y[:n].mean())", "X[:n]) @ y[:n]"),
         ("y[:n].mean() + (X[n:] - X[:n].mean(0)) @ weights", "mean + X[n:] @ weights")),
        ("mean taken away in place of a constant", ("    X = np", "    mean = series[:first_test].mean(); series = series - mean\n    X = np"),
         ("X[:n] - X[:n].mean(0)) @ (y[:n] - y[:n].mean())", "X[:n]) @ y[:n]"),
         ("y[:n].mean() + (X[n:] - X[:n].mean(0)) @ weights", "mean + X[n:] @ weights")),
    ]),
]
WRONG = [(name, mistake, answer) for name, cases in WRONG_NUMBERS.items() for mistake, answer in cases]
WRONG += [(name, mistake, rules.written(source, *edits))
          for name, source, cases in WRONG_CODE for mistake, *edits in cases]


class TestTraining(rules.Rules):
    modules, notebook, right, wrong = ("e07_training",), "07-training-on-sequences.ipynb", RIGHT, WRONG

    def test_manners(self, name, monkeypatch):
        rules.asked(self.exercises()[name], self.exercises()[name].solution)  # torch's first call is slow
        super().test_manners(name, monkeypatch)


def test_torch_complains_in_its_own_words():
    kept = rules.written(SEGMENTS, ("        h = h.detach()\n", ""))
    said = rules.asked(EXERCISES["segment_gradient"], kept)
    assert (said.verdict, said.fails) == ("wrong", "error")
    assert "backward through the graph a second time" in " ".join(said.text.split())


def test_a_mistake_breaks_the_property_that_is_named_first():
    def fails(name, mistake):
        answer = next(answer for other, its, answer in WRONG if (other, its) == (name, mistake))
        return rules.asked(EXERCISES[name], answer).fails

    assert fails("window_split", "last window missing") == fails("window_split", "targets in a column") == "shape"
    assert fails("segment_gradient", "state not detached") == "gradient"
    assert fails("paired_interval", "b minus a") == fails("lag_forecast", "constant missing") == "value"
