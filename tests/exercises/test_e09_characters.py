"""The exercises of notebook 09: other styles are right, wrong answers in a learner's own style are caught under their names."""

from collections import Counter

import numpy as np

from tests.support import exercise_rules as rules


def encode_by_eye(names, alphabet):
    steps = max(map(len, names))
    rows = np.vstack([np.eye(len(alphabet)), np.zeros(len(alphabet))])
    index = [[alphabet.find(letter) for letter in name.ljust(steps)] for name in names]
    return rows[np.array(index)].transpose(1, 0, 2), np.array([len(name) for name in names])


def encode_by_comparing(names, alphabet):
    letters = np.array([list(name.ljust(max(map(len, names)))) for name in names]).T
    return (letters[:, :, None] == np.array(list(alphabet))).astype(float), tuple(len(name) for name in names)


def beliefs_at_once(output, lengths, weight_ho, bias_o):
    logits = np.einsum("tbh,lh->tbl", output, weight_ho) + bias_o
    last = np.take_along_axis(logits, (lengths - 1)[None, :, None], axis=0)[0]
    p = np.exp(last)
    return p / p.sum(axis=1, keepdims=True)


def beliefs_by_index(output, lengths, weight_ho, bias_o):
    h = output[np.asarray(lengths) - 1, np.arange(len(lengths))]
    logits = h @ weight_ho.T + bias_o
    return np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))


def mean_f1_by_table(labels, guesses, num_classes):
    table = np.zeros((num_classes, num_classes))
    np.add.at(table, (labels, guesses), 1)
    return float((2 * np.diag(table) / (table.sum(0) + table.sum(1))).mean())


def mean_f1_by_counts(labels, guesses, num_classes):
    pairs = list(zip(labels.tolist(), guesses.tolist()))
    total = 0
    for k in range(num_classes):
        tp = sum(a == b == k for a, b in pairs)
        fp = sum(a != k and b == k for a, b in pairs)
        fn = sum(a == k and b != k for a, b in pairs)
        total += tp / (tp + (fp + fn) / 2)
    return total / num_classes


def perplexity_at_once(logits, targets, lengths):
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    p = np.take_along_axis(p, targets[..., None], axis=2)[..., 0]
    real = np.arange(len(targets))[:, None] < lengths
    return 2 ** (-np.log2(p)[real].mean())


def perplexity_by_root(logits, targets, lengths):
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))
    chosen = np.concatenate([p[np.arange(n), b, targets[:n, b]] for b, n in enumerate(lengths)])
    return chosen.prod() ** (-1 / len(chosen))


def bayes_in_logarithms(names, labels, name, alphabet, num_classes):
    counts = np.zeros((num_classes, len(alphabet)))
    for n, label in zip(names, labels):
        for letter in n:
            counts[label, alphabet.index(letter)] += 1
    log_p = np.log(counts + 1) - np.log(counts.sum(1, keepdims=True) + len(alphabet))
    seen = np.array([name.count(letter) for letter in alphabet])
    scores = np.log(np.bincount(labels, minlength=num_classes) / len(labels)) + log_p @ seen
    scores = np.exp(scores - scores.max())
    return scores / scores.sum()


def bayes_by_counter(names, labels, name, alphabet, num_classes):
    seen = [Counter(alphabet) for _ in range(num_classes)]
    how_many = Counter(labels.tolist())
    for other, label in zip(names, labels):
        seen[label].update(other)
    p = [how_many[k] * np.prod([seen[k][letter] / seen[k].total() for letter in name]) for k in range(num_classes)]
    return np.array(p) / sum(p)


def write_by_search(logits, temperature, draws):
    p = np.exp(logits / temperature)
    p = p / p.sum(axis=1, keepdims=True)
    symbols, symbol = [], 0
    while len(symbols) < len(draws):
        symbol = int((np.cumsum(p[symbol]) <= draws[len(symbols)]).sum())
        if symbol == 0:
            break
        symbols.append(symbol)
    return np.array(symbols)


class Writer:
    """A writer that remembers its last symbol."""

    def __call__(self, logits, temperature, draws):
        self.last, self.powers = 0, np.exp(logits) ** (1 / temperature)
        symbols = [self.symbol(u) for u in draws]
        return tuple(symbols[:symbols.index(0)] if 0 in symbols else symbols)

    def symbol(self, u):
        cumulative = np.cumsum(self.powers[self.last])
        self.last = int(np.searchsorted(cumulative, u * cumulative[-1], side="right"))
        return self.last


RIGHT = {
    "predict_perplexity": [4, 4.0, np.exp(np.log(16) / 2)],
    "predict_temperature": [(0.94, 0.667), [16 / 17, 2 / 3], np.array([0.941, 0.667])],
    "one_hot_batch": [encode_by_eye, encode_by_comparing],
    "own_beliefs": [beliefs_at_once, beliefs_by_index],
    "macro_f1": [mean_f1_by_table, mean_f1_by_counts],
    "padded_perplexity": [perplexity_at_once, perplexity_by_root],
    "letter_bayes": [bayes_in_logarithms, bayes_by_counter],
    "write_name": [write_by_search, Writer()],
}
WRONG = [
    ("predict_perplexity", "bits per letter", 2), ("predict_perplexity", "nats per letter", 1.386),
    ("predict_perplexity", "two bases mixed", 7.39), ("predict_perplexity", "probabilities averaged", 1.88),
    ("predict_temperature", "temperature multiplied, not divided", (0.667, 0.941)),
    ("predict_temperature", "not made to add up to one", (0.64, 0.894)),
    ("predict_temperature", "odds in place of probabilities", (16, 2)),
    ("one_hot_batch", "padding taken for a letter", encode_by_eye,
     ("np.vstack([np.eye(len(alphabet)), np.zeros(len(alphabet))])", "np.eye(len(alphabet))")),
    ("one_hot_batch", "padding in front", encode_by_eye, ("name.ljust(steps)", "name.rjust(steps)")),
    ("one_hot_batch", "batch and time swapped", encode_by_eye, (".transpose(1, 0, 2)", "")),
    ("one_hot_batch", "reshaped, not swapped", encode_by_eye, (".transpose(1, 0, 2)", ".reshape(steps, len(names), -1)")),
    ("own_beliefs", "last state taken of padding", beliefs_by_index,
     ("np.asarray(lengths) - 1, np.arange(len(lengths))", "-1")),
    ("own_beliefs", "one letter too early", beliefs_by_index, ("lengths) - 1", "lengths) - 2")),
    ("own_beliefs", "softmax over the batch", beliefs_by_index, ("axis=-1", "axis=0")),
    ("own_beliefs", "first letter in place of the last", beliefs_at_once, ("(lengths - 1)", "(lengths * 0)")),
    ("macro_f1", "accuracy", mean_f1_by_table,
     ("(2 * np.diag(table) / (table.sum(0) + table.sum(1))).mean()", "np.trace(table) / table.sum()")),
    ("macro_f1", "factor 2 missing", mean_f1_by_table, ("2 * ", "")),
    ("macro_f1", "sum in place of the mean", mean_f1_by_table, (".mean()", ".sum()")),
    ("macro_f1", "mean recall", mean_f1_by_table, ("2 * np", "np"), ("table.sum(0) + table.sum(1)", "table.sum(1)")),
    ("macro_f1", "right ones over all that is in either", mean_f1_by_counts, ("(fp + fn) / 2", "fp + fn")),
    ("padded_perplexity", "padding counted", perplexity_at_once, ("[real]", "")),
    ("padded_perplexity", "two bases mixed", perplexity_at_once, ("2 ** (", "np.exp(")),
    ("padded_perplexity", "end mark not counted", perplexity_at_once, ("< lengths", "< lengths - 1")),
    ("padded_perplexity", "a small number added to the probability", perplexity_at_once, ("np.log2(p)", "np.log2(p + 1e-10)")),
    ("padded_perplexity", "sum in place of the mean", perplexity_by_root, ("-1 / len(chosen)", "-1")),
    ("letter_bayes", "one added above the fraction line alone", bayes_in_logarithms, (" + len(alphabet))", ")")),
    ("letter_bayes", "share of the language left out", bayes_in_logarithms,
     ("np.log(np.bincount(labels, minlength=num_classes) / len(labels)) + ", "")),
    ("letter_bayes", "repeated letters counted once", bayes_in_logarithms, ("name.count(letter)", "int(letter in name)")),
    ("letter_bayes", "not made to add up to one", bayes_by_counter, ("sum(p)", "len(labels)")),
    ("write_name", "temperature multiplied, not divided", write_by_search, ("/ temperature", "* temperature")),
    ("write_name", "one symbol too far", write_by_search, ("draws[len(symbols)]).sum())", "draws[len(symbols)]).sum()) + 1"),
     ("        if symbol == 0", "        symbol = min(symbol, len(p) - 1)\n        if symbol == 0")),
    ("write_name", "drawn symbol not fed back", write_by_search, ("p[symbol]", "p[0]")),
    # right on tame examples, wrong in general: refused, with or without a name
    ("one_hot_batch", None, encode_by_eye, ("len(name) for name", "min(len(name), 5) for name")),
    ("own_beliefs", None, beliefs_by_index, ("+ bias_o", "+ bias_o\n    logits = np.clip(logits, -5, 5)")),
    ("own_beliefs", None, beliefs_by_index, ("+ bias_o", "+ bias_o\n    logits = abs(logits)")),
    ("macro_f1", None, mean_f1_by_table, ("table.sum(0) + table.sum(1)", "2 * np.maximum(table.sum(0), table.sum(1))")),
    # a class that is guessed, but never rightly
    ("macro_f1", None, mean_f1_by_counts, ("tp / (tp + (fp + fn) / 2)", "1 / (0.5 * ((tp + fp) / tp + (tp + fn) / tp))")),
    ("padded_perplexity", None, perplexity_at_once,
     ("    p = np.exp(", "    logits = np.clip(logits, -5, 5)\n    p = np.exp(")),
    ("padded_perplexity", None, perplexity_at_once, ("-np.log2(p)[real]", "np.minimum(-np.log2(p)[real], 30)")),
    ("letter_bayes", None, bayes_in_logarithms, ("[name.count(letter)", "[min(name.count(letter), 2)")),
    ("write_name", None, write_by_search,
     ("    p = np.exp(logits", "    logits = np.clip(logits, -5, 5)\n    p = np.exp(logits")),
    ("write_name", None, write_by_search, ("/ temperature", "/ max(temperature, 1)")),
]


class TestCharacters(rules.Rules):
    module, notebook, right, wrong = "e09_characters", "09-characters.ipynb", RIGHT, WRONG
    fails = [("one_hot_batch", "names read backward", "direction of time")]
