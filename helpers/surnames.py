"""Names as letters: one alphabet, names written in it, n-grams, and naive Bayes on them."""

import unicodedata

import numpy as np

from helpers.rnn import checked_by

ALPHABET = "abcdefghijklmnopqrstuvwxyz '-"
# The languages of data/surnames.csv, related ones beside each other: the order of rows in pictures.
FAMILIES = ("English", "Irish", "Dutch", "German", "Swedish", "Icelandic", "French", "Italian", "Spanish", "Portuguese",
            "Croatian", "Slovak", "Polish", "Finnish", "Estonian", "Indonesian", "Zulu")
# Letters that Unicode does not take apart into a Latin letter and a mark, and the apostrophes that people type.
_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
                        "\u2019": "'", "\u2018": "'", "\u02bb": "'", "\u02bc": "'", "\u00b4": "'", "`": "'",
                        "\u2010": "-", "\u2011": "-", "\u2013": "-"})


def normalise(name):
    """Return a name in the course's alphabet, and a string of the characters that had to be left out.

    Capitals become small, marks are dropped (é is e, ß is ss, ø is o), blanks at the ends and doubled blanks go.

    Raises: ValueError when `name` is no string.
    Shown in: notebook 07.
    """
    if not isinstance(name, str):
        raise ValueError(f"name: expected a string, got {name!r}")
    parts = unicodedata.normalize("NFKD", name.lower().translate(_SPELT))
    letters = [" " if part.isspace() else part for part in parts if not unicodedata.combining(part)]
    kept = "".join(letter for letter in letters if letter in ALPHABET)
    left_out = "".join(letter for letter in letters if letter not in ALPHABET)
    return " ".join(kept.split()), left_out


def encode(name):
    """Return the number of each letter: its place in ALPHABET.

    Shapes: (len(name),), int64; an empty name gives an empty array.
    Raises: ValueError when `name` is no string, or holds characters outside the alphabet (named in the message).
    Shown in: notebook 07.
    """
    if not isinstance(name, str):
        raise ValueError(f"name: expected a string, got {name!r}")
    strangers = "".join(sorted(set(name) - set(ALPHABET)))
    if strangers:
        raise ValueError(f"name: expected letters of the alphabet {ALPHABET!r}, got {strangers!r} in {name!r}; "
                         "normalise(name) writes a name in this alphabet")
    return np.array([ALPHABET.index(letter) for letter in name], dtype=np.int64)


def ngrams(name, n):
    """Return every run of n letters of a name, with marks for its beginning (^, n - 1 times) and its end ($).

    Source: Cavnar, Trenkle 1994.
    Shown in: notebook 07.
    """
    marked = "^" * (n - 1) + name + "$"
    return [marked[place:place + n] for place in range(len(marked) - n + 1)]


def _check_naive_bayes(names, labels, classes, n, smoothing):
    per_class = np.bincount(labels, minlength=classes)
    if len(per_class) != classes or not per_class.all():
        raise ValueError(f"labels: expected each of the {classes} classes at least once, got {per_class} names")
    if not smoothing > 0:
        raise ValueError(f"smoothing: expected a positive number, got {smoothing!r}")


@checked_by(_check_naive_bayes)
def fit_naive_bayes(names, labels, classes, n, smoothing):
    """Return what naive Bayes needs to know, as a dict: how often each n-gram occurs in each class.

    log_likelihood[c, g] = log((count(c, g) + smoothing) / (count(c) + smoothing * (n-grams + 1)));
    the last column is for every n-gram that was never seen. log_prior[c] = log of the class's share of the names.

    Shapes: labels (len(names),) whole numbers; log_likelihood (classes, n-grams + 1), log_prior (classes,).
    Raises: ValueError when a class has no name, or smoothing is not positive.
    Source: McCallum, Nigam 1998.
    Shown in: notebook 07.
    """
    per_class = np.bincount(labels, minlength=classes)
    column = {gram: place for place, gram in enumerate(sorted({gram for name in names for gram in ngrams(name, n)}))}
    counts = np.full((classes, len(column) + 1), float(smoothing))
    for name, label in zip(names, labels, strict=True):
        np.add.at(counts[label], [column[gram] for gram in ngrams(name, n)], 1)
    log_likelihood = np.log(counts / counts.sum(axis=1, keepdims=True))
    return {"n": n, "column": column, "log_likelihood": log_likelihood, "log_prior": np.log(per_class / len(labels))}


def naive_bayes_scores(model, names):
    """Return log prior + sum of the n-grams' log likelihoods, for each name and class: the highest is the answer.

    Shapes: (len(names), classes).
    Shown in: notebook 07.
    """
    unseen = len(model["column"])
    rows = [[model["column"].get(gram, unseen) for gram in ngrams(name, model["n"])] for name in names]
    return np.array([model["log_prior"] + model["log_likelihood"][:, row].sum(axis=1) for row in rows])


def confusion_matrix(labels, answers, classes):
    """Return how often a name of class i (row) got the answer j (column). Shapes: (classes, classes).

    Shown in: notebook 07.
    """
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (labels, answers), 1)
    return counts


def f1_per_class(confusion):
    """Return F1 = 2 right / (asked + answered) of each class; 0 for a class never answered. Shapes: (classes,).

    It is the harmonic mean of recall (right / asked) and precision (right / answered).

    Shown in: notebook 07.
    """
    return 2 * confusion.diagonal() / (confusion.sum(axis=1) + confusion.sum(axis=0))
