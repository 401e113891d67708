"""The exercises of notebook 07: other styles are right, every known mistake is caught under its own name."""

import numpy as np
import pytest

from tests.support import exercise_rules as rules

EXERCISES = rules.exercises("e09_characters")

# One way to solve each function exercise as a learner would; the mistakes below are edits of it.

ENCODE = """
def answer(names, alphabet):
    lengths = [len(name) for name in names]
    steps = max(lengths)
    x = np.zeros((steps, len(names), len(alphabet)))
    for b, name in enumerate(names):
        for t in range(len(name)):
            x[t, b, alphabet.index(name[t])] = 1.0
    return x, lengths
"""
ENCODE_BY_EYE = """
def answer(names, alphabet):
    steps = max(map(len, names))
    rows = np.vstack([np.eye(len(alphabet)), np.zeros(len(alphabet))])
    index = [[alphabet.find(letter) for letter in name.ljust(steps)] for name in names]
    return rows[np.array(index)].transpose(1, 0, 2), np.array([len(name) for name in names])
"""
ENCODE_BY_COMPARING = """
def answer(names, alphabet):
    letters = np.array([list(name.ljust(max(map(len, names)))) for name in names]).T
    return (letters[:, :, None] == np.array(list(alphabet))).astype(float), tuple(len(name) for name in names)
"""
BELIEFS = """
def answer(output, lengths, weight_ho, bias_o):
    rows = []
    for b in range(len(lengths)):
        states = output[:, b]
        h = states[lengths[b] - 1]
        logits = weight_ho @ h + bias_o
        powers = np.exp(logits)
        rows.append(powers / powers.sum())
    return np.array(rows)
"""
BELIEFS_AT_ONCE = """
def answer(output, lengths, weight_ho, bias_o):
    logits = np.einsum("tbh,lh->tbl", output, weight_ho) + bias_o
    last = np.take_along_axis(logits, (lengths - 1)[None, :, None], axis=0)[0]
    p = np.exp(last)
    return p / p.sum(axis=1, keepdims=True)
"""
MEAN_F1 = """
def answer(labels, guesses, num_classes):
    scores = []
    for k in range(num_classes):
        right = ((labels == k) & (guesses == k)).sum()
        if right == 0:
            scores.append(0.0)
            continue
        P = right / (guesses == k).sum()
        R = right / (labels == k).sum()
        scores.append(2 * P * R / (P + R))
    return sum(scores) / len(scores)
"""
MEAN_F1_BY_TABLE = """
def answer(labels, guesses, num_classes):
    table = np.zeros((num_classes, num_classes))
    np.add.at(table, (labels, guesses), 1)
    return float((2 * np.diag(table) / (table.sum(0) + table.sum(1))).mean())
"""
PERPLEXITY = """
def answer(logits, targets, lengths):
    total, count = 0.0, 0
    for b in range(targets.shape[1]):
        for t in range(lengths[b]):
            powers = np.exp(logits[t, b])
            p = powers / powers.sum()
            total -= np.log(p[targets[t, b]])
            count += 1
    return np.exp(total / count)
"""
PERPLEXITY_AT_ONCE = """
def answer(logits, targets, lengths):
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    p = np.take_along_axis(p, targets[..., None], axis=2)[..., 0]
    real = np.arange(len(targets))[:, None] < lengths
    return 2 ** (-np.log2(p)[real].mean())
"""
PERPLEXITY_BY_ROOT = """
def answer(logits, targets, lengths):
    p = np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))
    chosen = np.concatenate([p[np.arange(n), b, targets[:n, b]] for b, n in enumerate(lengths)])
    return chosen.prod() ** (-1 / len(chosen))
"""
BAYES = """
def answer(names, labels, name, alphabet, num_classes):
    scores = []
    for k in range(num_classes):
        mine = [n for n, label in zip(names, labels) if label == k]
        letters = "".join(mine)
        score = len(mine) / len(names)
        for letter in name:
            score *= (letters.count(letter) + 1) / (len(letters) + len(alphabet))
        scores.append(score)
    scores = np.array(scores)
    return scores / scores.sum()
"""
BAYES_IN_LOGARITHMS = """
def answer(names, labels, name, alphabet, num_classes):
    counts = np.zeros((num_classes, len(alphabet)))
    for n, label in zip(names, labels):
        for letter in n:
            counts[label, alphabet.index(letter)] += 1
    log_p = np.log(counts + 1) - np.log(counts.sum(1, keepdims=True) + len(alphabet))
    seen = np.array([name.count(letter) for letter in alphabet])
    scores = np.log(np.bincount(labels, minlength=num_classes) / len(labels)) + log_p @ seen
    scores = np.exp(scores - scores.max())
    return scores / scores.sum()
"""
WRITE = """
def answer(logits, temperature, draws):
    name, symbol = [], 0
    for u in draws:
        scaled = logits[symbol] / temperature
        p = np.exp(scaled) / np.exp(scaled).sum()
        total = 0.0
        for symbol in range(len(p)):
            total += p[symbol]
            if total > u:
                break
        if symbol == 0:
            break
        name.append(symbol)
    return name
"""
WRITE_BY_SEARCH = """
def answer(logits, temperature, draws):
    p = np.exp(logits / temperature)
    p = p / p.sum(axis=1, keepdims=True)
    symbols, symbol = [], 0
    while len(symbols) < len(draws):
        symbol = int((np.cumsum(p[symbol]) <= draws[len(symbols)]).sum())
        if symbol == 0:
            break
        symbols.append(symbol)
    return np.array(symbols)
"""


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
    "one_hot_batch": [rules.written(ENCODE), rules.written(ENCODE_BY_EYE), rules.written(ENCODE_BY_COMPARING)],
    "own_beliefs": [rules.written(BELIEFS), rules.written(BELIEFS_AT_ONCE)],
    "macro_f1": [rules.written(MEAN_F1), rules.written(MEAN_F1_BY_TABLE)],
    "padded_perplexity": [rules.written(PERPLEXITY), rules.written(PERPLEXITY_AT_ONCE), rules.written(PERPLEXITY_BY_ROOT)],
    "letter_bayes": [rules.written(BAYES), rules.written(BAYES_IN_LOGARITHMS)],
    "write_name": [rules.written(WRITE), rules.written(WRITE_BY_SEARCH), Writer()],
}

WRONG_NUMBERS = {
    "predict_perplexity": [
        ("mean of the two perplexities", 8.5), ("half of the letters", 8), ("probabilities averaged", 1.88), ("bits per letter", 2),
        ("nats per letter", 1.386), ("two bases mixed", 7.39), ("two bases mixed", 2.61),
        ("only the uncertain letters counted", 16), ("upside down", 0.25), ("surprise added up, not averaged", 256)],
    "predict_temperature": [
        ("temperature multiplied, not divided", (0.667, 0.941)), ("odds divided by the temperature", (0.889, 0.667)),
        ("probabilities put into the softmax", (0.7685, 0.5744)), ("not made to add up to one", (0.64, 0.894)),
        ("temperature without effect", (0.8, 0.8)), ("the extremes", (1, 0.5)),
        ("probabilities divided by the temperature", (1.6, 0.4)),
        ("probabilities multiplied by the temperature", (0.4, 1.6)), ("the other letter", (0.059, 0.333)),
        ("odds in place of probabilities", (16, 2))],
}
SOFTMAX = "        rows.append(powers / powers.sum())\n"
WRONG_CODE = [
    ("one_hot_batch", ENCODE, [
        ("batch and time swapped", ("(steps, len(names), len", "(len(names), steps, len"), ("x[t, b,", "x[b, t,")),
        ("reshaped, not swapped", ("(steps, len(names), len", "(len(names), steps, len"), ("x[t, b,", "x[b, t,"),
         ("return x,", "return x.reshape(steps, len(names), -1),")),
        ("padding taken for a letter", ("range(len(name)):", "range(steps):"), ("alphabet.index(name[t])",
                                                                             "alphabet.index(name[t]) if t < len(name) else 0")),
        ("padding taken for a letter", ("range(len(name)):", "range(steps):"), ("alphabet.index(name[t])",
                                                                             "alphabet.find((name + ' ' * steps)[t])")),
        ("padding in front", ("x[t, b,", "x[steps - len(name) + t, b,")),
        ("cut to the shortest name", ("max(lengths)", "min(lengths)"), ("range(len(name))", "range(steps)")),
        ("one step too many", ("max(lengths)", "max(lengths) + 1")),
        ("one length for all", ("return x, lengths", "return x, [steps] * len(names)")),
        ("place of the last letter in place of the length", ("return x, lengths", "return x, [n - 1 for n in lengths]")),
        ("letters counted from 1", ("len(alphabet)))", "len(alphabet) + 1))"), ("name[t])]", "name[t]) + 1]")),
        ("a column too many", ("len(alphabet)))", "len(alphabet) + 1))")),
        ("a column for padding", ("len(alphabet)))", "len(alphabet) + 1))"),
         ("    return x", "    x[:, :, -1] = 1 - x.sum(axis=2)\n    return x")),
        ("a column for padding", ("len(alphabet)))", "len(alphabet) + 1))"), ("name[t])]", "name[t]) + 1]"),
         ("    return x", "    x[:, :, 0] = 1 - x.sum(axis=2)\n    return x")),
        ("last letter missing", ("range(len(name))", "range(len(name) - 1)")),
        ("last letter repeated", ("range(len(name))", "range(steps)"), ("name[t]", "name[min(t, len(name) - 1)]")),
        ("own alphabet", ("    steps =", "    alphabet = ''.join(sorted({a for name in names for a in name}))\n    steps =")),
        ("alphabet sorted", ("    steps =", "    alphabet = sorted(alphabet)\n    steps =")),
        ("names sorted by length", ("    lengths =", "    names = sorted(names, key=lambda n: -len(n))\n    lengths =")),
        ("names sorted by length", ("    lengths =", "    names = sorted(names, key=len)\n    lengths =")),
        ("index in place of one-hot", ("(steps, len(names), len(alphabet))", "(steps, len(names))"),
         ("x[t, b, alphabet.index(name[t])] = 1.0", "x[t, b] = alphabet.index(name[t])")),
        ("letters of a name heaped up", ("x[t, b,", "x[t:len(name), b,")),
        ("names read backward", ("name[t]", "name[-t - 1]")),
    ]),
    ("own_beliefs", BELIEFS, [
        ("last state taken of padding", ("lengths[b] - 1", "-1")),
        ("one letter too early", ("lengths[b] - 1", "lengths[b] - 2")),
        ("first letter in place of the last", ("lengths[b] - 1", "0")),
        ("counted from the end", ("lengths[b] - 1", "-lengths[b]")),
        ("one length for all", ("lengths[b] - 1", "min(lengths) - 1")),
        ("one length for all", ("lengths[b] - 1", "lengths[0] - 1")),
        ("batch and time swapped", ("output[:, b]", "output[b]")),
        ("logits divided by their sum", ("np.exp(logits)", "logits")), ("power of 2", ("np.exp(logits)", "2 ** logits")),
        ("weight transposed", ("weight_ho @ h", "h @ weight_ho")),
        ("mean over the letters", ("states[lengths[b] - 1]", "states[:lengths[b]].mean(0)")),
        ("mean over the padding too", ("states[lengths[b] - 1]", "states.mean(0)")),
        ("softmax over the batch", (SOFTMAX, "        rows.append(powers)\n"), ("np.array(rows)", "np.array(rows) / sum(rows)")),
        ("softmax over everything", (SOFTMAX, "        rows.append(powers)\n"), ("np.array(rows)", "np.array(rows) / np.sum(rows)")),
        ("softmax missing", (SOFTMAX, "        rows.append(logits)\n")),
        ("not made to add up to one", (SOFTMAX, "        rows.append(powers)\n")),
        ("logarithms of the beliefs", ("np.array(rows)", "np.log(rows)")),
        ("sigmoid in place of the softmax", ("powers / powers.sum()", "1 / (1 + np.exp(-logits))")),
        ("softmax taken twice", (SOFTMAX, "        powers = np.exp(powers / powers.sum())\n" + SOFTMAX)),
        ("bias left out", (" + bias_o", "")),
        ("languages in rows", ("np.array(rows)", "np.array(rows).T")),
        ("the likeliest language alone", ("np.array(rows)", "np.argmax(rows, axis=1)")),
    ]),
    ("own_beliefs", BELIEFS_AT_ONCE, [
        ("beliefs averaged over the letters",
         ("    last =", "    p = np.exp(logits) / np.exp(logits).sum(2, keepdims=True)\n"
                        "    return np.array([p[:n, b].mean(0) for b, n in enumerate(lengths)])\n    last =")),
    ]),
    ("macro_f1", MEAN_F1, [
        ("smaller one of precision and recall", ("2 * P * R / (P + R)", "min(P, R)")),
        ("those rightly left alone counted", ("        right =", "        scores.append(((labels == k) == (guesses == k)).mean())\n"
                                                           "        continue\n        right =")),
        ("classes weighted by their size", ("scores.append(2 * P * R / (P + R))",
                                            "scores.append(2 * P * R / (P + R) * np.mean(labels == k) * num_classes)")),
        ("mean precision", ("2 * P * R / (P + R)", "P")), ("mean recall", ("2 * P * R / (P + R)", "R")),
        ("plain mean of precision and recall", ("2 * P * R / (P + R)", "(P + R) / 2")),
        ("geometric mean of precision and recall", ("2 * P * R / (P + R)", "np.sqrt(P * R)")),
        ("product of precision and recall", ("2 * P * R / (P + R)", "P * R")),
        ("factor 2 missing", ("2 * P * R", "P * R")),
        ("classes left out that are never rightly guessed", ("            scores.append(0.0)\n", "")),
        ("never guessed counted as 1", ("scores.append(0.0)", "scores.append(0.0 if k in guesses else 1.0)")),
        ("right ones over all that is in either", ("2 * P * R / (P + R)", "right / ((labels == k) | (guesses == k)).sum()")),
        ("one class only", ("sum(scores) / len(scores)", "scores[1]")),
        ("one class only", ("sum(scores) / len(scores)", "scores[0]")),
        ("sum in place of the mean", (" / len(scores)", "")),
        ("one class too few", ("range(num_classes)", "range(1, num_classes)")),
        ("one class too few", ("range(num_classes)", "range(num_classes - 1)")),
        ("one error for each class", ("sum(scores)", "1 - sum(scores)")),
    ]),
    ("macro_f1", MEAN_F1_BY_TABLE, [
        ("accuracy", ("(2 * np.diag(table) / (table.sum(0) + table.sum(1))).mean()", "np.trace(table) / table.sum()")),
        ("F1 of the means", ("return float((2 * np.diag(table) / (table.sum(0) + table.sum(1))).mean())", """
    P = (np.diag(table) / np.maximum(table.sum(0), 1)).mean()
    R = (np.diag(table) / table.sum(1)).mean()
    return 2 / (1 / P + 1 / R)""".strip())),
    ]),
    ("padded_perplexity", PERPLEXITY, [
        ("padding counted", ("range(lengths[b])", "range(len(targets))")),
        ("one step of padding counted", ("range(lengths[b])", "range(min(lengths[b] + 1, len(targets)))")),
        ("symbol 0 taken for padding", ("range(lengths[b])", "np.flatnonzero(targets[:, b])")),
        ("symbol 0 taken for padding", ("            powers =", "            if not targets[t, b]: continue\n            powers =")),
        ("divided by the number of steps", ("total / count", "total / len(targets)")),
        ("two bases mixed", ("np.log(", "np.log10(")), ("two bases mixed", ("np.exp(total / count)", "10 ** (total / count)")),
        ("softmax over everything", ("powers.sum()", "np.exp(logits).sum()")),
        ("softmax taken twice", ("            total", "            p = np.exp(p) / np.exp(p).sum()\n            total")),
        ("targets one step early", ("targets[t, b]", "targets[(t + 1) % len(targets), b]")),
        ("padding counted as predicted without error", ("total / count", "total / targets.size")),
        ("end mark not counted", ("range(lengths[b])", "range(lengths[b] - 1)")),
        ("end mark counted in the division alone", ("range(lengths[b])", "range(lengths[b] - 1)"),
         ("total / count", "total / lengths.sum()")),
        ("end mark left out of the division", ("total / count", "total / (count - len(lengths))")),
        ("first letter not counted", ("range(lengths[b])", "range(1, lengths[b])")),
        ("names averaged, not symbols", ("p[targets[t, b]])", "p[targets[t, b]]) / lengths[b]"),
         ("total / count", "total / len(lengths)")),
        ("per name, not per symbol", ("total / count", "total / len(lengths)")),
        ("sum in place of the mean", ("total / count", "total")),
        ("cross-entropy, not perplexity", ("np.exp(total / count)", "total / count")),
        ("bits per symbol, not perplexity", ("np.log(", "np.log2("), ("np.exp(total / count)", "total / count")),
        ("two bases mixed", ("np.log(", "np.log2(")), ("two bases mixed", ("np.exp(total", "np.exp2(total")),
        ("upside down", ("total -=", "total +=")),
        ("softmax over the batch", ("powers = np.exp(logits[t, b])", "powers = np.exp(logits[t])"),
         ("powers / powers.sum()", "(powers / powers.sum(0))[b]")),
        ("softmax over time", ("powers = np.exp(logits[t, b])", "powers = np.exp(logits[:, b])"),
         ("powers / powers.sum()", "(powers / powers.sum(0))[t]")),
        ("softmax missing", ("powers / powers.sum()", "powers")),
        ("likeliest symbol in place of the right one", ("p[targets[t, b]]", "p.max()")),
        ("spread of the model's own probabilities", ("np.log(p[targets[t, b]])", "(p * np.log(p)).sum()")),
        ("targets one step late", ("targets[t, b]", "targets[t - 1, b]")),
    ]),
    ("padded_perplexity", PERPLEXITY_AT_ONCE, [
        ("perplexities averaged", ("2 ** (-np.log2(p)[real].mean())", "(1 / p[real]).mean()")),
        ("perplexities averaged", ("2 ** (-np.log2(p)[real].mean())",
                                   "np.mean([2 ** (-np.log2(p[:n, b]).mean()) for b, n in enumerate(lengths)])")),
        ("probabilities averaged", ("2 ** (-np.log2(p)[real].mean())", "1 / p[real].mean()")),
    ]),
    ("letter_bayes", BAYES, [
        ("share of the language left out", ("len(mine) / len(names)", "1.0")),
        ("share counted in letters", ("len(mine) / len(names)", "len(letters)")),
        ("share taken once for each letter", ("score *= (", "score *= len(mine) / len(names) * ("),
         ("        score = len(mine) / len(names)", "        score = 1.0")),
        ("nothing added to the counts", ("letters.count(letter) + 1", "letters.count(letter)"), (" + len(alphabet)", "")),
        ("one added above the fraction line alone", (" + len(alphabet)", "")),
        ("one added below in place of the alphabet's size", (" + len(alphabet)", " + 1")),
        ("seen letters counted in place of the alphabet", ("len(alphabet)", "len(set(letters))")),
        ("seen letters counted in place of the alphabet", ("len(alphabet)", "len(set(''.join(names)))")),
        ("shares of the names, not of the letters", ("(len(letters) +", "(len(mine) +")),
        ("one denominator for all languages", ("(len(letters) +", "(len(''.join(names)) +")),
        ("one added below the fraction line alone", (".count(letter) + 1", ".count(letter)")),
        ("one added to unseen letters only", ("letters.count(letter) + 1", "max(letters.count(letter), 1)")),
        ("names counted in place of letters", ("letters.count(letter)", "sum(letter in n for n in mine)")),
        ("largest made one", ("scores.sum()", "scores.max()")),
        ("softmax of the products", ("scores / scores.sum()", "np.exp(scores) / np.exp(scores).sum()")),
        ("one denominator for all languages", ("(len(letters) + len(alphabet))", "(''.join(names).count(letter) + num_classes)")),
        ("repeated letters counted once", ("in name:", "in set(name):")),
        ("only the last letter", ("in name:", "in name[-1:]:")), ("only the first letter", ("in name:", "in name[:1]:")),
        ("not made to add up to one", (" / scores.sum()", "")),
        ("logarithms in place of probabilities", ("scores / scores.sum()", "np.log(scores)")),
        ("logarithms in place of probabilities", ("scores / scores.sum()", "np.log(scores / scores.sum())")),
        ("logarithms divided by their sum", ("np.array(scores)", "np.log(scores)")),
        ("one added to the names too", ("len(mine) / len(names)", "(len(mine) + 1) / (len(names) + num_classes)")),
        ("the likeliest language alone", ("scores / scores.sum()", "scores.argmax()")),
        ("letters added up, not multiplied",
         ("        for letter in name:", "        total = 0 if name else 1\n        for letter in name:"),
         ("score *= (", "total += ("), ("append(score)", "append(score * total)")),
    ]),
    ("write_name", WRITE, [
        ("temperature multiplied, not divided", ("/ temperature", "* temperature")),
        ("temperature without effect", (" / temperature", "")),
        ("temperature without effect", (" / temperature", " - temperature")),
        ("temperature applied after the softmax", (" / temperature", ""), (".sum()\n", ".sum() / temperature\n")),
        ("probabilities put into the softmax", ("logits[symbol] / temperature",
                                                "np.exp(logits[symbol]) / np.exp(logits[symbol]).sum() / temperature")),
        ("softmax missing", ("np.exp(scaled) / np.exp(scaled).sum()", "scaled")),
        ("not made to add up to one", (" / np.exp(scaled).sum()", "")),
        ("symbols counted without the mark", ("append(symbol)", "append(symbol - 1)")),
        ("mark never drawn", ("range(len(p))", "range(1, len(p))")),
        ("mark never drawn", ("        total = 0.0", "        p = p * (np.arange(len(p)) > 0) / p[1:].sum()\n        total = 0.0")),
        ("softmax over the wrong axis", ("np.exp(scaled) / np.exp(scaled).sum()",
                                         "np.exp(scaled) / np.exp(logits / temperature).sum(axis=0)")),
        ("rows and columns swapped", ("logits[symbol]", "logits[:, symbol]")),
        ("the likeliest symbol", ("        if symbol == 0", "        symbol = np.argmax(p)\n        if symbol == 0")),
        ("start mark in the name", ("name, symbol = []", "name, symbol = [0]")),
        ("both marks in the name", ("name, symbol = []", "name, symbol = [0]"),
         ("        if symbol == 0:\n            break\n", "        if symbol == 0:\n            return name + [0]\n")),
        ("end mark in the name",
         ("        if symbol == 0:\n            break\n", "        if symbol == 0:\n            return name + [0]\n")),
        ("not stopped at the end mark", ("        if symbol == 0:\n            break\n", "")),
        ("not stopped at the end mark", ("            break\n        name", "            continue\n        name")),
        ("drawn symbol not fed back", ("logits[symbol]", "logits[0]")),
        ("one draw for all letters", ("total > u", "total > draws[0]")),
        ("first draw left out", ("in draws:", "in draws[1:]:")),
        ("counted from the other end", ("range(len(p))", "reversed(range(len(p)))")),
        ("one symbol too far", ("        if symbol == 0", "        symbol = min(symbol + 1, len(p) - 1)\n        if symbol == 0")),
        ("one symbol too early", ("        if symbol == 0", "        symbol = max(symbol - 1, 0)\n        if symbol == 0")),
        ("single probability compared with the draw", ("        total = 0.0\n", ""), ("total += p[symbol]", "total = p[symbol]"),
         ("                break\n", "                break\n        else:\n            symbol = 0\n")),
    ]),
]
WRONG = [(name, mistake, answer) for name, cases in WRONG_NUMBERS.items() for mistake, answer in cases]
WRONG += [(name, mistake, rules.written(source, *edits))
          for name, source, cases in WRONG_CODE for mistake, *edits in cases]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a learner's logits may overflow
class TestCharacters(rules.Rules):
    modules, notebook, right, wrong = ("e09_characters",), "09-characters.ipynb", RIGHT, WRONG


def test_a_class_that_is_guessed_but_never_rightly_is_asked_for():
    by_guesses = rules.written(MEAN_F1, ("right == 0", "(guesses == k).sum() == 0"))
    with np.errstate(invalid="ignore"):                                 # the answer divides 0 by 0, as the learner's would
        assert rules.asked(EXERCISES["macro_f1"], by_guesses).verdict == "wrong"


def test_a_mistake_breaks_the_property_that_is_named_first():
    def fails(name, mistake):
        answer = next(answer for other, its, answer in WRONG if (other, its) == (name, mistake))
        return rules.asked(EXERCISES[name], answer).fails

    assert fails("one_hot_batch", "names read backward") == "direction of time"
    assert fails("one_hot_batch", "batch and time swapped") == fails("own_beliefs", "languages in rows") == "shape"
    assert fails("padded_perplexity", "padding counted") == fails("letter_bayes", "share counted in letters") == "value"
    assert fails("write_name", "end mark in the name") == "number of results"
