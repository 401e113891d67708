"""The exercises of notebook 12: states paired with the past, and an honest score."""

import numpy as np

from helpers.exercises.engine import function_exercise


def _series(seed, seq_len, units, lag, loud=1.0):
    rng = np.random.default_rng(seed)
    states, series = loud * rng.normal(size=(seq_len + 1, units)), loud * rng.normal(size=seq_len)
    if loud == 1:
        states, series = states.round(1), series.round(1)
    return states, series, lag


@function_exercise(
    lambda: [_series(0, 4, 2, 1), _series(1, 5, 3, 0), _series(2, 6, 1, 4), _series(3, 9, 9, 3, loud=40), _series(4, 1, 2, 0)],
    shown="The first `lag` states have no year that far back, so they drop out, and h_0 has seen nothing at all.",
    hints=("Leave out h_0 first, so that row t has seen series[t]. Which rows then have a year `lag` steps back?",
           "No state reads the last `lag` values: it would have to come later. Beware of [:-0], which is empty."),
    over_time=True)
def pairs(states, series, lag):
    """Return two arrays: the states after step t, (n, units), and series[t - lag], (n,), for every t that has one. states[0] is
    the state before the first input."""
    after = states[1:]
    n = len(series) - lag
    return after[lag:], series[:n]


pairs.knows(
    ("h_0 paired with the first input", "states[0] hasn't seen any input. Which state is the first to have seen series[0]?",
     ("states[1:]", "states[:-1]")),
    ("h_0 left in", "There's one state more than there are years, and it's still among yours.", ("states[1:]", "states")),
    ("lag in the wrong direction", "These states are paired with a year that comes later: that's a forecast, not a memory.",
     [("after[lag:]", "after[:n]"), ("series[:n]", "series[lag:]")]),
    ("lag off by one", "Each state is paired with the year before the one you want.", [("lag:", "lag + 1:"), (":n", ":n - 1")]),
    ("lag off by one", "Each state is paired with the year after the one you want.",
     [("after[lag:]", "after[max(lag - 1, 0):][:n]"), ("series[:n]", "series[:len(after[max(lag - 1, 0):][:n])]")]),
    ("lag ignored", "Each state is paired with its own year.", ("after[lag:]", "after[:n]")),
    ("wrapped around", "The first states are paired with the last years of the series, which come later.",
     [("after[lag:]", "after"), ("series[:n]", "np.roll(series, lag)")]),
    ("nothing left at lag 0", "At lag 0 there's a year for every state, but [:-0] is empty.", ("series[:n]", "series[:-lag]")),
    ("states not shifted", "The states and the values no longer have the same length.", ("after[lag:]", "after")),
    ("values not cut", "The states and the values no longer have the same length.", ("series[:n]", "series")),
    ("the two results swapped", "Both arrays are there, in the other order.",
     ("after[lag:], series[:n]", "series[:n], after[lag:]")))


def _rows(seed, rows, units, fitted, penalty, loud=1.0, noise=0.5, shift=0.0):
    """Return noisy sums of the features; with `shift` the level of the targets changes where the fitted rows end."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, units))
    targets = features @ rng.normal(size=units) + noise * rng.normal(size=rows) + 2 + 0.3 * np.arange(rows) / rows
    targets[fitted:] += shift
    features, targets = (array.round(1) if loud == 1 else loud * array for array in (features, targets))
    return features, targets, fitted, penalty


@function_exercise(
    lambda: [_rows(0, 8, 2, 5, 0.1), _rows(1, 40, 5, 25, 2.0), _rows(2, 30, 1, 10, 0.0), _rows(3, 24, 8, 12, 0.5, noise=8.0),
             _rows(4, 50, 3, 30, 20.0, loud=30), _rows(5, 30, 2, 20, 1.0, shift=9.0)],
    shown="Fitted on one part, scored on the other, and measured against the best constant of the scored part.",
    hints=("Append a column of ones. Solve (F^T F + penalty I) w = F^T targets with the fitted rows alone.",
           "R^2 is 1 minus the mean squared miss over the variance, both on the rows that weren't fitted. It can be negative."))
def score(features, targets, fitted, penalty):
    """Return R^2 on the rows from `fitted` on, of a ridge regression with a constant, fitted on the rows before; `penalty`
    multiplies the squares of all weights, the constant's too. `fitted` is a number of rows."""
    table = np.column_stack([features, np.ones(len(features))])
    known, new = table[:fitted], table[fitted:]
    gram = known.T @ known + penalty * np.eye(table.shape[1])
    weights = np.linalg.solve(gram, known.T @ targets[:fitted])
    misses = new @ weights - targets[fitted:]
    return 1 - np.mean(misses**2) / np.var(targets[fitted:])


score.knows(
    ("scored on the fitted rows", "This score is flattering: the output layer has seen these rows.",
     [("new @ weights - targets[fitted:]", "known @ weights - targets[:fitted]"), ("targets[fitted:]", "targets[:fitted]")]),
    ("scored on all rows", "Part of the rows in this score were fitted.",
     [("new @ weights - targets[fitted:]", "table @ weights - targets"), ("np.var(targets[fitted:])", "np.var(targets)")]),
    ("fitted on all rows", "The rows you score were in the fit.",
     [("gram = known.T @ known", "gram = table.T @ table"), ("known.T @ targets[:fitted]", "table.T @ targets")]),
    ("constant missing", "Without a constant, the fit can't match the mean.",
     ("np.column_stack([features, np.ones(len(features))])", "features")),
    ("penalty left out", "This is plain least squares.", (" + penalty * np.eye(table.shape[1])", "")),
    ("penalty squared", "The penalty multiplies the squares of the weights as it is.", ("penalty * np", "penalty**2 * np")),
    ("penalty times the number of rows", "Here the penalty grows with the rows. It's added to the sum of squares, not "
     "to their mean.", ("penalty * np", "fitted * penalty * np")),
    ("constant not penalized", "The task's penalty is on all weights, the constant's too.",
     ("np.eye(table.shape[1])", "np.diag([1.0] * features.shape[1] + [0.0])")),
    ("variance of the wrong rows", "The misses are those of the new rows. The variance should be too.",
     ("np.var(targets[fitted:])", "np.var(targets[:fitted])"), ("np.var(targets[fitted:])", "np.var(targets)")),
    ("compared with 0 instead of the mean", "You compared the misses with the size of the targets, not with their spread.",
     ("np.var(targets[fitted:])", "np.mean(targets[fitted:]**2)")),
    ("error instead of the score", "This is the unexplained share. R^2 is what remains.", ("1 - np", "np")),
    ("mean squared error", "This is an error in the targets' units, squared. Divide it by something.",
     ("1 - np.mean(misses**2) / np.var(targets[fitted:])", "np.mean(misses**2)")),
    ("sum instead of mean", "You compared a sum of squares with a variance, which is a mean.", ("np.mean", "np.sum")),
    ("variance left out", "An error has units. Divide it by the variance before you subtract it from 1.",
     (" / np.var(targets[fitted:])", "")),
    ("fraction upside down", "Which of the two belongs in the denominator?",
     ("np.mean(misses**2) / np.var(targets[fitted:])", "np.var(targets[fitted:]) / np.mean(misses**2)")),
    ("penalty added to every entry", "The penalty belongs on the diagonal, where each weight meets itself.",
     ("penalty * np.eye(table.shape[1])", "penalty")),
    ("root taken of the errors", "Compare mean squares, not their roots.",
     ("np.mean(misses**2) / np.var(targets[fitted:])", "np.sqrt(np.mean(misses**2)) / np.std(targets[fitted:])")),
    ("correlation squared", "A squared correlation forgives a wrong mean and a wrong scale. This score shouldn't.",
     ("1 - np.mean(misses**2) / np.var(targets[fitted:])", "np.corrcoef(new @ weights, targets[fitted:])[0, 1] ** 2")),
    ("negative scores raised to 0", "A score below 0 says that the mean would have been better. Why hide it?",
     ("1 - np.mean(misses**2) / np.var(targets[fitted:])", "max(0.0, 1 - np.mean(misses**2) / np.var(targets[fitted:]))")))
