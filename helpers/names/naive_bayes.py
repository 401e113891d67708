"""A classifier that counts, naive Bayes on the n-grams of a name, and the scores of any classifier."""

import numpy as np

from helpers.names.alphabet import check_names
from helpers.numpy_nets.checks import check_positive, check_whole, checked_by


@checked_by(lambda name, n: check_whole("n", n))
def ngrams(name, n):
    """Return every run of n letters of a name, with marks for its beginning (^, n - 1 times) and its end ($).

    Raises: ValueError when `n` is not a positive whole number.
    Source: Cavnar, Trenkle 1994.
    Shown in: notebook 09.
    """
    marked = "^" * (n - 1) + name + "$"
    return [marked[place:place + n] for place in range(len(marked) - n + 1)]


def _check_labels(name, labels, classes):
    labels = np.asarray(labels)
    inside = labels.dtype.kind in "iu" and (labels.size == 0 or 0 <= labels.min() <= labels.max() < classes)
    if labels.ndim != 1 or not inside:
        raise ValueError(f"{name}: expected a row of whole numbers from 0 to {classes - 1}, got {np.unique(labels)}")


def _check_naive_bayes(names, labels, classes, n, smoothing):
    _check_labels("labels", labels, classes)
    if len(names) != len(labels):
        raise ValueError(f"labels: expected one for each of the {len(names)} names, got {len(labels)}")
    per_class = np.bincount(labels, minlength=classes)
    if not per_class.all():
        raise ValueError(f"labels: expected each of the {classes} classes at least once, got {per_class} names")
    check_positive("smoothing", smoothing)


@checked_by(_check_naive_bayes)
def fit_naive_bayes(names, labels, classes, n, smoothing):
    """Return the fitted naive Bayes as a dict, from how often each n-gram occurs in each class.

    log_likelihood[c, g] = log((count(c, g) + smoothing) / (count(c) + smoothing * (n-grams + 1)));
    the last column is for all n-grams never seen. log_prior[c] = log of the class's share of the names.

    Shapes: labels (len(names),) whole numbers; log_likelihood (classes, n-grams + 1), log_prior (classes,).
    Raises: ValueError when a label is missing or is no class, a class has no name, or smoothing is not positive.
    Source: McCallum, Nigam 1998.
    Shown in: notebook 09.
    """
    per_class = np.bincount(labels, minlength=classes)
    column = {gram: place for place, gram in enumerate(sorted({gram for name in names for gram in ngrams(name, n)}))}
    counts = np.full((classes, len(column) + 1), float(smoothing))
    for name, label in zip(names, labels, strict=True):
        np.add.at(counts[label], [column[gram] for gram in ngrams(name, n)], 1)
    log_likelihood = np.log(counts / counts.sum(axis=1, keepdims=True))
    return {"n": n, "column": column, "log_likelihood": log_likelihood, "log_prior": np.log(per_class / len(labels))}


@checked_by(lambda model, names: check_names(names))
def naive_bayes_scores(model, names):
    """Return log prior + sum of the n-grams' log likelihoods, for each name and class: the highest is the answer.

    Shapes: (len(names), classes).
    Raises: ValueError when there are no names.
    Shown in: notebook 09.
    """
    unseen = len(model["column"])
    rows = [[model["column"].get(gram, unseen) for gram in ngrams(name, model["n"])] for name in names]
    return np.array([model["log_prior"] + model["log_likelihood"][:, row].sum(axis=1) for row in rows])


def _check_confusion(labels, answers, classes):
    _check_labels("labels", labels, classes)
    _check_labels("answers", answers, classes)
    if len(labels) != len(answers):
        raise ValueError(f"answers: expected one for each of the {len(labels)} labels, got {len(answers)}")


@checked_by(_check_confusion)
def confusion_matrix(labels, answers, classes):
    """Return how often a name of class i (row) got the answer j (column).

    Shapes: labels and answers (count,), whole numbers below classes -> (classes, classes).
    Raises: ValueError naming the argument, what was expected and what it got.
    Shown in: notebook 09.
    """
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (labels, answers), 1)
    return counts


def _check_f1(confusion):
    unseen = np.flatnonzero(confusion.sum(axis=1) + confusion.sum(axis=0) == 0)
    if unseen.size:
        raise ValueError(f"confusion: expected each class to be asked for or answered, got neither of {unseen}")


@checked_by(_check_f1)
def f1_per_class(confusion):
    """Return F1 = 2 correct / (labels + answers) for each class; 0 for a class that is never answered.

    It is the harmonic mean of recall (correct / labels) and precision (correct / answers).

    Shapes: confusion (classes, classes) -> (classes,).
    Raises: ValueError when a class has neither labels nor answers, and so no F1.
    Shown in: notebook 09.
    """
    return 2 * confusion.diagonal() / (confusion.sum(axis=1) + confusion.sum(axis=0))
