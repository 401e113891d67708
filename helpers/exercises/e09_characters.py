"""The exercises of notebook 07: perplexity, temperature, encoding, beliefs, macro-F1, padding, naive Bayes, writing."""

import numpy as np

from helpers.exercises.engine import function_exercise, prediction_exercise


@prediction_exercise(
    shown="What is averaged is the surprise in bits, here 0 and 4: 2 on average, so 4 letters to choose from.",
    hints=(
        "A letter of probability p surprises by -log2 p bits. How many bits is that for the two kinds of letter, "
        "how many on average?",
        "The perplexity is 2 to the power of the average bits.",
    ),
    rtol=0,
    atol=0.01,
)
def predict_perplexity():
    """Put your prediction of the perplexity in place of the dots. The cell then measures it."""
    return 4.0


@predict_perplexity.mistake("mean of the two perplexities")
def _():
    """Letter by letter the perplexities are 1 and 16, and this is their mean. What is averaged is the surprise."""
    return 8.5


@predict_perplexity.mistake("probabilities averaged")
def _():
    """This is one over the mean probability. A mean of probabilities hardly notices the letters that were guessed
    badly."""
    return 1 / np.mean([1, 1 / 16])


@predict_perplexity.mistake("bits per letter")
def _():
    """This is the average surprise in bits. The perplexity is one step further."""
    return 2.0


@predict_perplexity.mistake("nats per letter")
def _():
    """This is the average surprise by the natural logarithm. The perplexity is one step further."""
    return np.log(4)


@predict_perplexity.mistake("two bases mixed")
def _():
    """The logarithm has one base and the power the other."""
    return np.exp(2)


@predict_perplexity.mistake("two bases mixed")
def _():
    """The logarithm has one base and the power the other."""
    return 2 ** np.log(4)


@predict_perplexity.mistake("only the uncertain letters counted")
def _():
    """This is the perplexity of every second letter. The others count as well, though they cost nothing."""
    return 16.0


@predict_perplexity.mistake("half of the letters")
def _():
    """This is 16 divided by 2. What is halved is the number of bits."""
    return 8.0


@predict_perplexity.mistake("upside down")
def _():
    """This is the typical probability of a letter. A perplexity is never below 1."""
    return 0.25


@predict_perplexity.mistake("surprise added up, not averaged")
def _():
    """Here the surprises of several letters have been added up. A perplexity is for one letter."""
    return 256.0


@prediction_exercise(
    shown="Odds of 4 to 1 become 4 to the power 1/T: 16 to 1 at one half, 2 to 1 at two.",
    hints=(
        "Dividing the logits by T raises each probability to the power 1/T; then they are made to add up to one again.",
        "Think in odds: 0.8 against 0.2 is 4 to 1. Which power of 4 belongs to T = 1/2, which to T = 2?",
    ),
    rtol=0,
    atol=0.005,
)
def predict_temperature():
    """Put your two predictions in place of the dots: the likelier letter's probability at temperature 1/2 and at 2. The
    cell then computes both."""
    return 16 / 17, 2 / 3


@predict_temperature.mistake("temperature multiplied, not divided")
def _():
    """Both numbers are there, swapped. Which temperature makes bold, which makes careful?"""
    return 2 / 3, 16 / 17


@predict_temperature.mistake("odds divided by the temperature")
def _():
    """You have divided the odds by the temperature. It is their logarithm that is divided."""
    return 8 / 9, 2 / 3


@predict_temperature.mistake("probabilities put into the softmax")
def _():
    """The softmax takes logits, that is logarithms. These numbers come out when it is given probabilities."""
    return 1 / (1 + np.exp(-0.6 * 2)), 1 / (1 + np.exp(-0.6 / 2))


@predict_temperature.mistake("not made to add up to one")
def _():
    """The powers are right. Do the two letters' numbers still add up to one?"""
    return 0.64, 0.8**0.5


@predict_temperature.mistake("temperature without effect")
def _():
    """Dividing all probabilities by one number and making them add up to one again does nothing. Logits are divided."""
    return 0.8, 0.8


@predict_temperature.mistake("the extremes")
def _():
    """This is where it ends when the temperature goes to 0, and when it grows without limit."""
    return 1.0, 0.5


@predict_temperature.mistake("probabilities divided by the temperature")
def _():
    """A probability cannot be above 1. What is divided by the temperature are the logits."""
    return 1.6, 0.4


@predict_temperature.mistake("probabilities multiplied by the temperature")
def _():
    """A probability cannot be above 1. What the temperature acts on are the logits, and it divides."""
    return 0.4, 1.6


@predict_temperature.mistake("odds in place of probabilities")
def _():
    """These are odds, so many to one. The probability is the share of the one letter in both."""
    return 16.0, 2.0


@predict_temperature.mistake("the other letter")
def _():
    """These are the probabilities of the less likely letter."""
    return 1 / 17, 1 / 3


@function_exercise(
    lambda: [
        {"names": ["cab", "b"], "alphabet": "abc"},
        {"names": ["a", "dad", "cc", "d"], "alphabet": "abcd"},
        {"names": ["ba", "bead", "a"], "alphabet": "edcba"},
    ],
    shown="One letter, one 1; after a name's end nothing but zeros, and the lengths remember where that is.",
    hints=(
        "Begin with np.zeros((longest, how many names, how many letters)). Time comes first, then the batch.",
        "For letter number t of name number b, a single entry becomes 1: alphabet.index(letter) says which.",
    ),
    over_time=True,
)
def one_hot_batch(names, alphabet):
    """Return (x, lengths): x is one-hot and time-first, shape (longest length, len(names), len(alphabet)) in float64,
    with zeros after a name's end; lengths holds the number of letters of each name. The names keep their order."""
    return _encoded(names, alphabet), _lengths(names)


def _lengths(names):
    return tuple(map(len, names))


def _encoded(names, alphabet, size=None, steps=None, shift=0, fill=None):
    x = np.zeros((steps or max(map(len, names)), len(names), size or len(alphabet)))
    if fill is not None:
        x[:, :, fill] = 1
    for b, name in enumerate(names):
        for t, letter in enumerate(name[:len(x)]):
            x[t, b] = 0
            x[t, b, (alphabet.index(letter) + shift) % x.shape[2]] = 1
    return x


@one_hot_batch.mistake("batch and time swapped")
def _(names, alphabet):
    """The first axis counts the names. The course, and torch by default, has time first."""
    return _encoded(names, alphabet).swapaxes(0, 1), _lengths(names)


@one_hot_batch.mistake("reshaped, not swapped")
def _(names, alphabet):
    """The shape is right, but letters of one name stand in another. A reshape deals the numbers out anew."""
    x = _encoded(names, alphabet)
    return x.swapaxes(0, 1).reshape(x.shape), _lengths(names)


@one_hot_batch.mistake("padding taken for a letter")
def _(names, alphabet):
    """After its end a name goes on with the alphabet's first letter."""
    return _encoded(names, alphabet, fill=0), _lengths(names)


@one_hot_batch.mistake("padding taken for a letter")
def _(names, alphabet):
    """After its end a name goes on with the alphabet's last letter: an index of -1 is a valid one."""
    return _encoded(names, alphabet, fill=-1), _lengths(names)


@one_hot_batch.mistake("padding in front")
def _(names, alphabet):
    """All names end at the same step here. They should begin at the same step."""
    longest = max(map(len, names))
    columns = [np.vstack([np.zeros((longest - len(name), len(alphabet))), _encoded([name], alphabet)[:, 0]])
               for name in names]
    return np.stack(columns, axis=1), _lengths(names)


@one_hot_batch.mistake("cut to the shortest name")
def _(names, alphabet):
    """The longer names have lost their ends."""
    return _encoded(names, alphabet, steps=min(map(len, names))), _lengths(names)


@one_hot_batch.mistake("one step too many")
def _(names, alphabet):
    """Even the longest name has a step of padding."""
    return _encoded(names, alphabet, steps=max(map(len, names)) + 1), _lengths(names)


@one_hot_batch.mistake("one length for all")
def _(names, alphabet):
    """Every name has been given the length of the longest. Then the network reads padding."""
    return _encoded(names, alphabet), (max(map(len, names)),) * len(names)


@one_hot_batch.mistake("place of the last letter in place of the length")
def _(names, alphabet):
    """Each length is one too small: it is the place of the last letter, counted from 0."""
    return _encoded(names, alphabet), tuple(len(name) - 1 for name in names)


@one_hot_batch.mistake("letters counted from 1")
def _(names, alphabet):
    """There is one column more than letters: the first one stays empty."""
    return _encoded(names, alphabet, size=len(alphabet) + 1, shift=1), _lengths(names)


@one_hot_batch.mistake("a column too many")
def _(names, alphabet):
    """There is one column more than letters: the last one stays empty. Padding needs no column."""
    return _encoded(names, alphabet, size=len(alphabet) + 1), _lengths(names)


@one_hot_batch.mistake("a column for padding")
def _(names, alphabet):
    """There is one column more than letters. Padding needs none: it is all zeros."""
    return _encoded(names, alphabet, size=len(alphabet) + 1, fill=-1), _lengths(names)


@one_hot_batch.mistake("a column for padding")
def _(names, alphabet):
    """There is one column more than letters. Padding needs none: it is all zeros."""
    return _encoded(names, alphabet, size=len(alphabet) + 1, shift=1, fill=0), _lengths(names)


@one_hot_batch.mistake("last letter missing")
def _(names, alphabet):
    """Each name ends one letter too early."""
    x = _encoded(names, alphabet)
    return x * (np.arange(len(x))[:, None, None] < np.array(_lengths(names))[:, None] - 1), _lengths(names)


@one_hot_batch.mistake("last letter repeated")
def _(names, alphabet):
    """After its end a name goes on with its last letter."""
    longest = max(map(len, names))
    return _encoded([name.ljust(longest, name[-1]) for name in names], alphabet), _lengths(names)


@one_hot_batch.mistake("own alphabet")
def _(names, alphabet):
    """The columns are those of the letters that these names happen to have. Other names would get other columns."""
    own = "".join(sorted(set("".join(names))))
    return _encoded(names, own), _lengths(names)


@one_hot_batch.mistake("alphabet sorted")
def _(names, alphabet):
    """The columns follow the order a, b, c. The order is the one of `alphabet`."""
    return _encoded(names, "".join(sorted(alphabet))), _lengths(names)


@one_hot_batch.mistake("names sorted by length")
def _(names, alphabet):
    """The names have changed places, and their labels stay where they were."""
    ordered = sorted(names, key=len, reverse=True)
    return _encoded(ordered, alphabet), _lengths(ordered)


@one_hot_batch.mistake("names sorted by length")
def _(names, alphabet):
    """The names have changed places, and their labels stay where they were."""
    ordered = sorted(names, key=len)
    return _encoded(ordered, alphabet), _lengths(ordered)


@one_hot_batch.mistake("index in place of one-hot")
def _(names, alphabet):
    """These are the letters' numbers. A network would take the last letter for the largest."""
    x = _encoded(names, alphabet)
    return x.argmax(axis=-1).astype(float), _lengths(names)


@one_hot_batch.mistake("letters of a name heaped up")
def _(names, alphabet):
    """Each step still holds the letters before it."""
    x = np.minimum(np.cumsum(_encoded(names, alphabet), axis=0), 1)
    return x * (np.arange(len(x))[:, None, None] < np.array(_lengths(names))[:, None]), _lengths(names)


@one_hot_batch.mistake("names read backward", fails="direction of time")
def _(names, alphabet):
    """The last letter stands first."""
    return _encoded([name[::-1] for name in names], alphabet), _lengths(names)


@function_exercise(
    lambda: [
        {"output": np.array([[[0.5], [0.2]], [[-0.4], [0.6]]]), "lengths": np.array([2, 1]),
         "weight_ho": np.array([[1.0], [-2.0], [0.5]]), "bias_o": np.array([0.0, 0.5, -0.5])},
        _read(0, (3, 1, 4), 2, 2), _read(1, (2, 5, 4), 3, 3), _read(2, (4, 2, 2, 1), 2, 4),
    ],
    shown="Each name is judged by the state at its own last letter, and its beliefs add up to one.",
    hints=(
        "Which row of output[:, b] is the state after the last letter of name b?",
        "Read out weight_ho @ h + bias_o, one number for each language, then a softmax over the languages of one name.",
    ),
)
def own_beliefs(output, lengths, weight_ho, bias_o):
    """output (seq_len, batch, hidden_size) holds the states of a padded batch; name b has lengths[b] letters. Read out
    each name's state after its own last letter and return the probabilities of the languages, (batch, languages)."""
    return _softmax(_logits(_own(output, lengths), weight_ho, bias_o))


def _read(seed, lengths, hidden_size, languages):
    rng = np.random.default_rng(seed)
    output = rng.uniform(-0.9, 0.9, (max(lengths), len(lengths), hidden_size)).round(1)
    return {"output": output, "lengths": np.array(lengths),
            "weight_ho": rng.choice([-2.0, -1.0, 0.5, 1.0, 3.0], (languages, hidden_size)),
            "bias_o": rng.uniform(-1, 1, languages).round(1)}


def _softmax(logits, axis=-1):
    powers = np.exp(logits)
    return powers / powers.sum(axis, keepdims=True)


def _logits(h, weight_ho, bias_o):
    return h @ weight_ho.T + bias_o


def _own(output, lengths, pick=lambda states, n: states[n - 1]):
    return np.array([pick(output[:, b], n) for b, n in enumerate(lengths)])


@own_beliefs.mistake("last state taken of padding")
def _(output, lengths, weight_ho, bias_o):
    """All names are judged at the last step of the batch. The shorter ones have been reading padding by then."""
    return _softmax(_logits(output[-1], weight_ho, bias_o))


@own_beliefs.mistake("one letter too early")
def _(output, lengths, weight_ho, bias_o):
    """The last letter has not been read yet. With a name of one letter this is even the state of the padding."""
    return _softmax(_logits(_own(output, lengths, lambda states, n: states[n - 2]), weight_ho, bias_o))


@own_beliefs.mistake("first letter in place of the last")
def _(output, lengths, weight_ho, bias_o):
    """Each name is judged after one letter."""
    return _softmax(_logits(output[0], weight_ho, bias_o))


@own_beliefs.mistake("counted from the end")
def _(output, lengths, weight_ho, bias_o):
    """The lengths have been counted from the end of the padded batch."""
    return _softmax(_logits(_own(output, lengths, lambda states, n: states[-n]), weight_ho, bias_o))


@own_beliefs.mistake("one length for all")
def _(output, lengths, weight_ho, bias_o):
    """All names are judged after as many letters as the shortest has."""
    return _softmax(_logits(output[min(lengths) - 1], weight_ho, bias_o))


@own_beliefs.mistake("one length for all")
def _(output, lengths, weight_ho, bias_o):
    """All names are judged after as many letters as the first one has."""
    return _softmax(_logits(output[lengths[0] - 1], weight_ho, bias_o))


@own_beliefs.mistake("batch and time swapped")
def _(output, lengths, weight_ho, bias_o):
    """The first axis has been taken for the batch. It counts the steps."""
    return _softmax(_logits(_own(output.swapaxes(0, 1), lengths), weight_ho, bias_o))


@own_beliefs.mistake("beliefs averaged over the letters")
def _(output, lengths, weight_ho, bias_o):
    """The beliefs after all letters of a name have been averaged. Those after the last one are asked for."""
    beliefs = _softmax(_logits(output, weight_ho, bias_o))
    return _own(beliefs, lengths, lambda states, n: states[:n].mean(0))


@own_beliefs.mistake("mean over the letters")
def _(output, lengths, weight_ho, bias_o):
    """The states of a name's letters have been averaged. The last one has read them all."""
    return _softmax(_logits(_own(output, lengths, lambda states, n: states[:n].mean(0)), weight_ho, bias_o))


@own_beliefs.mistake("mean over the padding too")
def _(output, lengths, weight_ho, bias_o):
    """The states have been averaged, those of the padding among them."""
    return _softmax(_logits(output.mean(0), weight_ho, bias_o))


@own_beliefs.mistake("softmax over the batch")
def _(output, lengths, weight_ho, bias_o):
    """For one language the names add up to one. It should be the languages, for one name."""
    return _softmax(_logits(_own(output, lengths), weight_ho, bias_o), axis=0)


@own_beliefs.mistake("softmax over everything")
def _(output, lengths, weight_ho, bias_o):
    """All names and languages together add up to one. Each name should by itself."""
    return _softmax(_logits(_own(output, lengths), weight_ho, bias_o), axis=(0, 1))


@own_beliefs.mistake("softmax missing")
def _(output, lengths, weight_ho, bias_o):
    """These are logits: any number can be among them, and they do not add up to one."""
    return _logits(_own(output, lengths), weight_ho, bias_o)


@own_beliefs.mistake("not made to add up to one")
def _(output, lengths, weight_ho, bias_o):
    """These are the powers of e. They do not add up to one."""
    return np.exp(_logits(_own(output, lengths), weight_ho, bias_o))


@own_beliefs.mistake("logarithms of the beliefs")
def _(output, lengths, weight_ho, bias_o):
    """These are logarithms of probabilities: good for a loss, but here the probabilities are wanted."""
    return np.log(_softmax(_logits(_own(output, lengths), weight_ho, bias_o)))


@own_beliefs.mistake("sigmoid in place of the softmax")
def _(output, lengths, weight_ho, bias_o):
    """Each language has been judged by itself. They are to share one whole."""
    return 1 / (1 + np.exp(-_logits(_own(output, lengths), weight_ho, bias_o)))


@own_beliefs.mistake("softmax taken twice")
def _(output, lengths, weight_ho, bias_o):
    """The beliefs have been through a softmax once more, and it has made them nearly equal."""
    return _softmax(_softmax(_logits(_own(output, lengths), weight_ho, bias_o)))


@own_beliefs.mistake("logits divided by their sum")
def _(output, lengths, weight_ho, bias_o):
    """The powers are missing: logits can be negative, and so can what you return."""
    logits = _logits(_own(output, lengths), weight_ho, bias_o)
    return logits / logits.sum(1, keepdims=True)


@own_beliefs.mistake("power of 2")
def _(output, lengths, weight_ho, bias_o):
    """The softmax takes powers of e."""
    return _softmax(_logits(_own(output, lengths), weight_ho, bias_o) * np.log(2))


@own_beliefs.mistake("weight transposed")
def _(output, lengths, weight_ho, bias_o):
    """Row k of weight_ho belongs to language k. With as many languages as units both ways fit."""
    return _softmax(_own(output, lengths) @ weight_ho + bias_o)


@own_beliefs.mistake("bias left out")
def _(output, lengths, weight_ho, bias_o):
    """The read-out has a bias."""
    return _softmax(_logits(_own(output, lengths), weight_ho, 0))


@own_beliefs.mistake("languages in rows")
def _(output, lengths, weight_ho, bias_o):
    """Each row is a language. Asked is one row for each name."""
    return _softmax(_logits(_own(output, lengths), weight_ho, bias_o)).T


@own_beliefs.mistake("the likeliest language alone")
def _(output, lengths, weight_ho, bias_o):
    """This names the likeliest language. How sure the network is has been lost."""
    return _logits(_own(output, lengths), weight_ho, bias_o).argmax(1)


@function_exercise(
    lambda: [
        {"labels": np.array([0, 0, 0, 1]), "guesses": np.array([0, 0, 1, 1]), "num_classes": 2},
        {"labels": np.array([0, 0, 0, 0, 1, 1, 2]), "guesses": np.array([0, 0, 1, 0, 1, 0, 0]), "num_classes": 3},
        {"labels": np.array([0, 1, 1, 2, 2, 2, 3, 3]), "guesses": np.array([0, 1, 2, 2, 2, 1, 3, 0]), "num_classes": 4},
        {"labels": np.array([0, 0, 1, 2]), "guesses": np.array([0, 1, 0, 2]), "num_classes": 3},
    ],
    shown="Every language counts the same, however few names it has, and one that is never guessed counts as 0.",
    hints=(
        "For one class: right ones R, guessed G times, there L times. Precision is R / G, recall R / L, and F1 "
        "their harmonic mean, 2 R / (G + L).",
        "One F1 for each class, from 0 to num_classes - 1, then their plain mean. The form 2 R / (G + L) has no "
        "trouble with a class that is never guessed.",
    ),
)
def macro_f1(labels, guesses, num_classes):
    """Return the macro-F1: the plain mean over the classes of F1, the harmonic mean of precision and recall. Every
    class occurs among the labels; a class that is never guessed, or never rightly, has an F1 of 0."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (2 * right / (guessed + there)).mean()


def _counts(labels, guesses, num_classes):
    """Return for each class how often it was rightly guessed, guessed, and there."""
    classes = np.arange(num_classes)[:, None]
    guessed, there = guesses == classes, labels == classes
    return (guessed & there).sum(1), guessed.sum(1), there.sum(1)


def _precision_and_recall(labels, guesses, num_classes):
    right, guessed, there = _counts(labels, guesses, num_classes)
    return right / np.maximum(guessed, 1), right / there


@macro_f1.mistake("classes weighted by their size")
def _(labels, guesses, num_classes):
    """A large class counts more than a small one here."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (2 * right / (guessed + there) * there).sum() / len(labels)


@macro_f1.mistake("accuracy")
def _(labels, guesses, num_classes):
    """This is the share of right guesses: counts added up over the classes first give nothing else."""
    return (labels == guesses).mean()


@macro_f1.mistake("mean precision")
def _(labels, guesses, num_classes):
    """How often a guess is right: that is one half of F1."""
    return _precision_and_recall(labels, guesses, num_classes)[0].mean()


@macro_f1.mistake("mean recall")
def _(labels, guesses, num_classes):
    """How much of each class is found: that is one half of F1."""
    return _precision_and_recall(labels, guesses, num_classes)[1].mean()


@macro_f1.mistake("F1 of the means")
def _(labels, guesses, num_classes):
    """Precision and recall have been averaged over the classes first. F1 is taken for each class, and then averaged."""
    precision, recall = (part.mean() for part in _precision_and_recall(labels, guesses, num_classes))
    return 2 * precision * recall / (precision + recall)


@macro_f1.mistake("plain mean of precision and recall")
def _(labels, guesses, num_classes):
    """The harmonic mean lies nearer to the smaller of the two."""
    return np.mean(_precision_and_recall(labels, guesses, num_classes))


@macro_f1.mistake("geometric mean of precision and recall")
def _(labels, guesses, num_classes):
    """This is the root of the product. The harmonic mean is another one."""
    precision, recall = _precision_and_recall(labels, guesses, num_classes)
    return np.sqrt(precision * recall).mean()


@macro_f1.mistake("product of precision and recall")
def _(labels, guesses, num_classes):
    """The product alone is missing its denominator."""
    precision, recall = _precision_and_recall(labels, guesses, num_classes)
    return (precision * recall).mean()


@macro_f1.mistake("factor 2 missing")
def _(labels, guesses, num_classes):
    """Even a perfect guesser would get one half."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (right / (guessed + there)).mean()


@macro_f1.mistake("classes left out that are never rightly guessed")
def _(labels, guesses, num_classes):
    """A class without a right guess counts too, as 0. Left out, it would flatter whoever ignores it."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (2 * right / (guessed + there))[right > 0].mean()


@macro_f1.mistake("never guessed counted as 1")
def _(labels, guesses, num_classes):
    """A class that is never guessed has no wrong guess, but it has not been found either."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return np.where(guessed == 0, 1, 2 * right / (guessed + there)).mean()


@macro_f1.mistake("right ones over all that is in either")
def _(labels, guesses, num_classes):
    """This is the overlap of guessed and there, R / (G + L - R). F1 counts the right ones twice, above and below."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (right / (guessed + there - right)).mean()


@macro_f1.mistake("those rightly left alone counted")
def _(labels, guesses, num_classes):
    """For each class, names of other languages that were not taken for it count as right. They are most names."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (1 - (guessed + there - 2 * right) / len(labels)).mean()


@macro_f1.mistake("smaller one of precision and recall")
def _(labels, guesses, num_classes):
    """The harmonic mean lies near the smaller one of the two, but not at it."""
    return np.minimum(*_precision_and_recall(labels, guesses, num_classes)).mean()


@macro_f1.mistake("one class only")
def _(labels, guesses, num_classes):
    """This is the F1 of class 1, as if there were only yes and no."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return 2 * right[1] / (guessed + there)[1]


@macro_f1.mistake("one class only")
def _(labels, guesses, num_classes):
    """This is the F1 of class 0."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return 2 * right[0] / (guessed + there)[0]


@macro_f1.mistake("sum in place of the mean")
def _(labels, guesses, num_classes):
    """The F1 of the classes have been added up."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (2 * right / (guessed + there)).sum()


@macro_f1.mistake("one class too few")
def _(labels, guesses, num_classes):
    """Classes count from 0. One of them has not been looked at."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (2 * right / (guessed + there))[1:].mean()


@macro_f1.mistake("one class too few")
def _(labels, guesses, num_classes):
    """The last class has not been looked at."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return (2 * right / (guessed + there))[:-1].mean()


@macro_f1.mistake("one error for each class")
def _(labels, guesses, num_classes):
    """This is one minus the score."""
    right, guessed, there = _counts(labels, guesses, num_classes)
    return 1 - (2 * right / (guessed + there)).mean()


@function_exercise(
    lambda: [
        {"logits": np.log([[[0.5, 0.5], [0.25, 0.75]], [[0.75, 0.25], [0.5, 0.5]]]),
         "targets": np.array([[1, 0], [1, 0]]), "lengths": np.array([2, 1])},
        _scored(0, (3, 1, 2), 3), _scored(1, (2, 4), 4), _scored(2, (1, 3, 2, 2), 3),
    ],
    shown="Padding is no letter and the end mark is one: the mean goes over all that the model had to predict.",
    hints=(
        "First a softmax over the symbols of each step, then the probability of the target alone: one number for "
        "each step of each name. Which of these steps are padding?",
        "Take the natural logarithm of those that count, the mean over all of them in one heap, change the sign, and "
        "np.exp takes the logarithm back.",
    ),
)
def padded_perplexity(logits, targets, lengths):
    """logits (seq_len, batch, symbols) and targets (seq_len, batch), the number of the right symbol, belong to a padded
    batch; name b has lengths[b] targets, its end mark among them, and after them targets mean nothing. Return the
    perplexity per symbol of the whole batch."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)].mean())


def _scored(seed, lengths, symbols):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, symbols, (max(lengths), len(lengths)))
    targets[~_real(targets, np.array(lengths))] = 0
    logits = rng.normal(0, 1.5, (*targets.shape, symbols)).round(1)
    return {"logits": logits, "targets": targets, "lengths": np.array(lengths)}


def _real(targets, lengths):
    """Return which steps are no padding, (seq_len, batch)."""
    return np.arange(len(targets))[:, None] < lengths


def _of_targets(values, targets):
    return np.take_along_axis(values, targets[:, :, None], axis=2)[:, :, 0]


def _surprises(logits, targets, axis=2):
    return -np.log(_of_targets(_softmax(logits, axis), targets))


@padded_perplexity.mistake("padding counted")
def _(logits, targets, lengths):
    """The steps after a name's end have been scored as well."""
    return np.exp(_surprises(logits, targets).mean())


@padded_perplexity.mistake("one step of padding counted")
def _(logits, targets, lengths):
    """The end mark stands within the length already. One step behind it has been scored."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths + 1)].mean())


@padded_perplexity.mistake("symbol 0 taken for padding")
def _(logits, targets, lengths):
    """Targets that are 0 have been left out. Here 0 is a symbol like any other; the lengths say where padding
    begins."""
    return np.exp(_surprises(logits, targets)[targets != 0].mean())


@padded_perplexity.mistake("symbol 0 taken for padding")
def _(logits, targets, lengths):
    """Within the names, targets that are 0 have been left out. Here 0 is a symbol like any other."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths) & (targets != 0)].mean())


@padded_perplexity.mistake("divided by the number of steps")
def _(logits, targets, lengths):
    """The surprise of all names has been divided by the length of the longest."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)].sum() / len(targets))


@padded_perplexity.mistake("padding counted as predicted without error")
def _(logits, targets, lengths):
    """The padding's surprise is 0, but its steps are still in the number that the sum is divided by."""
    return np.exp((_surprises(logits, targets) * _real(targets, lengths)).mean())


@padded_perplexity.mistake("end mark not counted")
def _(logits, targets, lengths):
    """The last target of each name is its end mark, and to end was a prediction as well."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths - 1)].mean())


@padded_perplexity.mistake("end mark counted in the division alone")
def _(logits, targets, lengths):
    """The sum leaves the end marks out, and what it is divided by counts them."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths - 1)].sum() / lengths.sum())


@padded_perplexity.mistake("end mark left out of the division")
def _(logits, targets, lengths):
    """The sum counts the end marks, and what it is divided by leaves them out."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)].sum() / (lengths - 1).sum())


@padded_perplexity.mistake("first letter not counted")
def _(logits, targets, lengths):
    """The first letter was a prediction too: from the start mark."""
    return np.exp(_surprises(logits, targets)[1:][_real(targets, lengths)[1:]].mean())


@padded_perplexity.mistake("names averaged, not symbols")
def _(logits, targets, lengths):
    """Each name counts the same here, however long. The perplexity is one per symbol."""
    return np.exp(((_surprises(logits, targets) * _real(targets, lengths)).sum(0) / lengths).mean())


@padded_perplexity.mistake("perplexities averaged")
def _(logits, targets, lengths):
    """Each name's perplexity has been averaged. What is averaged are surprises, and the power comes last."""
    return np.exp((_surprises(logits, targets) * _real(targets, lengths)).sum(0) / lengths).mean()


@padded_perplexity.mistake("perplexities averaged")
def _(logits, targets, lengths):
    """Each symbol's 1/p has been averaged. What is averaged are surprises, and the power comes last."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)]).mean()


@padded_perplexity.mistake("probabilities averaged")
def _(logits, targets, lengths):
    """This is one over the mean probability. The mean belongs between the logarithm and the power."""
    return 1 / np.exp(-_surprises(logits, targets)[_real(targets, lengths)]).mean()


@padded_perplexity.mistake("per name, not per symbol")
def _(logits, targets, lengths):
    """The surprise has been added up within each name. Longer names would then always be worse."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)].sum() / len(lengths))


@padded_perplexity.mistake("sum in place of the mean")
def _(logits, targets, lengths):
    """This is one over the probability of the whole batch: the surprise has been added up, not averaged."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)].sum())


@padded_perplexity.mistake("cross-entropy, not perplexity")
def _(logits, targets, lengths):
    """This is the mean surprise. The perplexity is one step further."""
    return _surprises(logits, targets)[_real(targets, lengths)].mean()


@padded_perplexity.mistake("bits per symbol, not perplexity")
def _(logits, targets, lengths):
    """This is the mean surprise in bits. The perplexity is one step further."""
    return _surprises(logits, targets)[_real(targets, lengths)].mean() / np.log(2)


@padded_perplexity.mistake("two bases mixed")
def _(logits, targets, lengths):
    """The logarithm has one base and the power the other."""
    return 2 ** _surprises(logits, targets)[_real(targets, lengths)].mean()


@padded_perplexity.mistake("two bases mixed")
def _(logits, targets, lengths):
    """The logarithm has one base and the power the other."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)].mean() / np.log(2))


@padded_perplexity.mistake("two bases mixed")
def _(logits, targets, lengths):
    """The logarithm has one base and the power the other."""
    return np.exp(_surprises(logits, targets)[_real(targets, lengths)].mean() / np.log(10))


@padded_perplexity.mistake("two bases mixed")
def _(logits, targets, lengths):
    """The logarithm has one base and the power the other."""
    return 10 ** _surprises(logits, targets)[_real(targets, lengths)].mean()


@padded_perplexity.mistake("upside down")
def _(logits, targets, lengths):
    """This is below 1. A sign is missing: surprise is the negative logarithm."""
    return np.exp(-_surprises(logits, targets)[_real(targets, lengths)].mean())


@padded_perplexity.mistake("softmax over the batch")
def _(logits, targets, lengths):
    """For one symbol the names add up to one. It should be the symbols, at one step of one name."""
    return np.exp(_surprises(logits, targets, axis=1)[_real(targets, lengths)].mean())


@padded_perplexity.mistake("softmax over time")
def _(logits, targets, lengths):
    """For one symbol the steps add up to one. It should be the symbols, at one step of one name."""
    return np.exp(_surprises(logits, targets, axis=0)[_real(targets, lengths)].mean())


@padded_perplexity.mistake("softmax over everything")
def _(logits, targets, lengths):
    """All symbols at all steps of all names together add up to one. Those of each single step should."""
    p = np.exp(logits) / np.exp(logits).sum()
    return np.exp(-np.log(_of_targets(p, targets))[_real(targets, lengths)].mean())


@padded_perplexity.mistake("softmax taken twice")
def _(logits, targets, lengths):
    """The probabilities have been through a softmax once more, and it has made them nearly equal."""
    return np.exp(_surprises(_softmax(logits), targets)[_real(targets, lengths)].mean())


@padded_perplexity.mistake("softmax missing")
def _(logits, targets, lengths):
    """Logits have been taken for logarithms of probabilities. In general their powers do not add up to one."""
    return np.exp(-_of_targets(logits, targets)[_real(targets, lengths)].mean())


@padded_perplexity.mistake("likeliest symbol in place of the right one")
def _(logits, targets, lengths):
    """This scores the symbol that the model likes best, whatever the target is."""
    return np.exp(_surprises(logits, logits.argmax(2))[_real(targets, lengths)].mean())


@padded_perplexity.mistake("spread of the model's own probabilities")
def _(logits, targets, lengths):
    """This says how undecided the model is. The targets take no part in it."""
    p = _softmax(logits)
    return np.exp(-(p * np.log(p)).sum(2)[_real(targets, lengths)].mean())


@padded_perplexity.mistake("targets one step early")
def _(logits, targets, lengths):
    """Each step has been scored with the target of the step after it. The targets are shifted already."""
    return np.exp(_surprises(logits, np.roll(targets, -1, axis=0))[_real(targets, lengths)].mean())


@padded_perplexity.mistake("targets one step late")
def _(logits, targets, lengths):
    """Each step has been scored with the target of the step before."""
    return np.exp(_surprises(logits, np.roll(targets, 1, axis=0))[_real(targets, lengths)].mean())


@function_exercise(
    lambda: [
        {"names": ["aab", "b"], "labels": np.array([0, 1]), "name": "a", "alphabet": "ab", "num_classes": 2},
        {"names": ["abba", "ca", "cc", "bac", "a"], "labels": np.array([0, 1, 1, 0, 1]), "name": "cca",
         "alphabet": "abcd", "num_classes": 2},
        {"names": ["aaab", "bd", "dcd", "c", "ba", "ad"], "labels": np.array([0, 1, 2, 2, 0, 1]), "name": "aadda",
         "alphabet": "abcd", "num_classes": 3},
        {"names": ["ab", "b", "aab"], "labels": np.array([0, 1, 0]), "name": "", "alphabet": "ab", "num_classes": 2},
    ],
    shown="Counts, one added to each, and a product: this is the opponent of the network, and it trains in one pass.",
    hints=(
        "For each language: its share of the names, times, for each letter of the name, the letter's share among "
        "all letters of the language, one added to each count.",
        "The language's letters, N in all, get one more of each letter of the alphabet: (count + 1) / (N + "
        "len(alphabet)). At the end divide by the sum over the languages.",
    ),
)
def letter_bayes(names, labels, name, alphabet, num_classes):
    """Naive Bayes over single letters: names and their labels train, then return the probability of each language for
    `name`, shape (num_classes,). P(language) is its share of the names; P(letter | language) is counted over all
    letters of its names, with one added to the count of each letter of the alphabet."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1))


def _learned(names, labels, alphabet, num_classes):
    """Return each class's share of the names, and the counts of the letters in them, (classes, letters)."""
    texts = ["".join(name for name, label in zip(names, labels, strict=True) if label == k) for k in range(num_classes)]
    counts = np.array([[text.count(letter) for letter in alphabet] for text in texts])
    return np.bincount(labels, minlength=num_classes) / len(labels), counts


def _shares(counts, more, add=1):
    return (counts + add) / (counts.sum(1, keepdims=True) + more)


def _indices(name, alphabet):
    return [alphabet.index(letter) for letter in name]


def _to_one(scores):
    return scores / scores.sum()


@letter_bayes.mistake("share of the language left out")
def _(names, labels, name, alphabet, num_classes):
    """A rare language is taken to be as likely beforehand as a frequent one."""
    _, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(_shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("share counted in letters")
def _(names, labels, name, alphabet, num_classes):
    """The share of a language is taken from its letters. It is one of names."""
    _, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(counts.sum(1) * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("share taken once for each letter")
def _(names, labels, name, alphabet, num_classes):
    """The language's share belongs into the product once, not with each letter."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one((prior[:, None] * _shares(counts, len(alphabet))[:, _indices(name, alphabet)]).prod(1))


@letter_bayes.mistake("nothing added to the counts")
def _(names, labels, name, alphabet, num_classes):
    """A letter that a language has never shown forbids the language for good."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, 0, add=0)[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("one added above the fraction line alone")
def _(names, labels, name, alphabet, num_classes):
    """The shares of a language's letters now add up to more than one. What is added above is added below as well."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, 0)[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("one added below the fraction line alone")
def _(names, labels, name, alphabet, num_classes):
    """A letter that a language has never shown still forbids the language: its count above the line is 0."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, len(alphabet), add=0)[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("one added to unseen letters only")
def _(names, labels, name, alphabet, num_classes):
    """Letters that have been seen get one more as well; else a letter seen once is as rare as one never seen."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    shares = np.maximum(counts, 1) / (counts.sum(1, keepdims=True) + len(alphabet))
    return _to_one(prior * shares[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("names counted in place of letters")
def _(names, labels, name, alphabet, num_classes):
    """A letter that comes twice in a training name has been counted once."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    _, there = _learned(["".join(set(other)) for other in names], labels, alphabet, num_classes)
    shares = (there + 1) / (counts.sum(1, keepdims=True) + len(alphabet))
    return _to_one(prior * shares[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("one added below in place of the alphabet's size")
def _(names, labels, name, alphabet, num_classes):
    """One is added to each letter's count. By how much does their sum grow?"""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, 1)[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("seen letters counted in place of the alphabet")
def _(names, labels, name, alphabet, num_classes):
    """Below the line stands the number of different letters that the language has shown. All letters got one more."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, (counts > 0).sum(1, keepdims=True))[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("seen letters counted in place of the alphabet")
def _(names, labels, name, alphabet, num_classes):
    """Below the line stands the number of letters seen in any name. All letters of the alphabet got one more."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, (counts.sum(0) > 0).sum())[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("shares of the names, not of the letters")
def _(names, labels, name, alphabet, num_classes):
    """The letters' counts are divided by numbers of names."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    there = np.bincount(labels, minlength=num_classes)[:, None]
    return _to_one(prior * ((counts + 1) / (there + len(alphabet)))[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("one denominator for all languages")
def _(names, labels, name, alphabet, num_classes):
    """The counts of all languages are divided by the same. For each single language the letters should add up to
    one."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    shares = (counts + 1) / (counts + 1).sum(0)
    return _to_one(prior * shares[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("repeated letters counted once")
def _(names, labels, name, alphabet, num_classes):
    """A letter that comes twice in the name is evidence twice."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, len(alphabet))[:, _indices(sorted(set(name)), alphabet)].prod(1))


@letter_bayes.mistake("letters added up, not multiplied")
def _(names, labels, name, alphabet, num_classes):
    """The letters' probabilities have been added up. Taken as independent, they multiply."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    shares = _shares(counts, len(alphabet))[:, _indices(name, alphabet)]
    return _to_one(prior * shares.sum(1)) if name else prior


@letter_bayes.mistake("only the last letter")
def _(names, labels, name, alphabet, num_classes):
    """One letter of the name is left of the evidence."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, len(alphabet))[:, _indices(name[-1:], alphabet)].prod(1))


@letter_bayes.mistake("only the first letter")
def _(names, labels, name, alphabet, num_classes):
    """One letter of the name is left of the evidence."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(prior * _shares(counts, len(alphabet))[:, _indices(name[:1], alphabet)].prod(1))


@letter_bayes.mistake("not made to add up to one")
def _(names, labels, name, alphabet, num_classes):
    """The products are right. As probabilities of the languages they have to add up to one."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1)


@letter_bayes.mistake("largest made one")
def _(names, labels, name, alphabet, num_classes):
    """The likeliest language has got a 1. It is the sum that should be 1."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    scores = prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1)
    return scores / scores.max()


@letter_bayes.mistake("softmax of the products")
def _(names, labels, name, alphabet, num_classes):
    """A softmax takes logarithms. These are probabilities already, and only their sum is not one."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _softmax(prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("logarithms in place of probabilities")
def _(names, labels, name, alphabet, num_classes):
    """These are logarithms. They are what to add up, not what to hand back."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return np.log(prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("logarithms in place of probabilities")
def _(names, labels, name, alphabet, num_classes):
    """These are logarithms. They are what to add up, not what to hand back."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return np.log(_to_one(prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1)))


@letter_bayes.mistake("logarithms divided by their sum")
def _(names, labels, name, alphabet, num_classes):
    """The logarithms have been made to add up to one: the likeliest language now comes out last. Take them back
    first."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return _to_one(np.log(prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1)))


@letter_bayes.mistake("one added to the names too")
def _(names, labels, name, alphabet, num_classes):
    """One has been added to the number of names of each language as well. Asked is their plain share."""
    _, counts = _learned(names, labels, alphabet, num_classes)
    prior = np.bincount(labels, minlength=num_classes) + 1
    return _to_one(prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1))


@letter_bayes.mistake("the likeliest language alone")
def _(names, labels, name, alphabet, num_classes):
    """This names the likeliest language. How likely all of them are is asked for."""
    prior, counts = _learned(names, labels, alphabet, num_classes)
    return (prior * _shares(counts, len(alphabet))[:, _indices(name, alphabet)].prod(1)).argmax()


@function_exercise(
    lambda: [
        {"logits": np.log([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.6, 0.3, 0.1]]), "temperature": 1.0,
         "draws": np.array([0.8, 0.65, 0.55])},
        *(_table(*case) for case in ((0, 0.5), (1, 2.0), (2, 0.7), (3, 1.5), (4, 1.0))),
    ],
    shown="Each letter is drawn from the softmax of logits divided by the temperature, and what was drawn is what "
          "comes in next.",
    hints=(
        "Begin with row 0. Softmax of this row divided by the temperature; np.cumsum of it; the first place where "
        "it is above the draw is the next symbol.",
        "Is it symbol 0, the name is done. If not, note it and go on with its row and the next draw. Are the draws "
        "used up, the name ends as well.",
    ),
)
def write_name(logits, temperature, draws):
    """logits[i, j] is the logit of symbol j after symbol i; symbol 0 is the mark before and after each name. From the
    mark on, draw symbol after symbol at this temperature: with u = draws[0], draws[1], ..., the first symbol whose
    cumulative probability is above u. Stop at the mark, or when the draws are used up. Return the list of the symbols
    drawn, without marks."""
    return _written(logits, temperature, draws)


def _table(seed, temperature, symbols=5, length=12):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.2, (symbols, symbols)).round(1)
    logits[:, 0] -= 1.5  # longer names
    return {"logits": logits, "temperature": temperature, "draws": rng.integers(1, 100, length) / 100}


def _cold(row, temperature):
    return _softmax(row / temperature)


def _first_above(p, u):
    above = np.cumsum(p) > u
    return int(above.argmax()) if above.any() else len(p) - 1


def _written(logits, temperature, draws, probabilities=_cold, choose=_first_above, fed_back=lambda last: last,
             goes_on=False, keeps=True):
    symbol, name = 0, []
    for u in draws:
        symbol = choose(probabilities(logits[fed_back(symbol)], temperature), u)
        if symbol == 0 and not goes_on:
            break
        if symbol or keeps:
            name.append(symbol)
    return tuple(name)


@write_name.mistake("temperature multiplied, not divided")
def _(logits, temperature, draws):
    """A high temperature makes your names more careful. It should make them bolder."""
    return _written(logits, temperature, draws, lambda row, T: _softmax(row * T))


@write_name.mistake("temperature without effect")
def _(logits, temperature, draws):
    """The names are the same at every temperature. Dividing probabilities that are then made to add up to one again, or
    subtracting from all logits, does nothing either."""
    return _written(logits, temperature, draws, lambda row, T: _softmax(row))


@write_name.mistake("temperature applied after the softmax")
def _(logits, temperature, draws):
    """Probabilities have been divided, and no longer add up to one. What is divided are the logits."""
    return _written(logits, temperature, draws, lambda row, T: _softmax(row) / T)


@write_name.mistake("probabilities put into the softmax")
def _(logits, temperature, draws):
    """The softmax has been given probabilities. It takes logits."""
    return _written(logits, temperature, draws, lambda row, T: _softmax(_softmax(row) / T))


@write_name.mistake("softmax missing")
def _(logits, temperature, draws):
    """The logits themselves have been added up. They are no probabilities."""
    return _written(logits, temperature, draws, lambda row, T: row / T)


@write_name.mistake("not made to add up to one")
def _(logits, temperature, draws):
    """The powers have been compared with the draws as they are. Divide by their sum first."""
    return _written(logits, temperature, draws, lambda row, T: np.exp(row / T))


@write_name.mistake("softmax over the wrong axis")
def _(logits, temperature, draws):
    """The columns add up to one: that is how likely each symbol comes BEFORE a given one."""
    return _written(_softmax(logits / temperature, axis=0), temperature, draws, lambda row, T: row)


@write_name.mistake("rows and columns swapped")
def _(logits, temperature, draws):
    """The row is the symbol that was, the column the one that comes."""
    return _written(logits.T, temperature, draws)


@write_name.mistake("the likeliest symbol")
def _(logits, temperature, draws):
    """The draws take no part. It would write the same name for ever."""
    return _written(logits, temperature, draws, choose=lambda p, u: int(p.argmax()))


@write_name.mistake("end mark in the name")
def _(logits, temperature, draws):
    """The mark says that the name is done. It is no part of it."""
    name = _written(logits, temperature, draws)
    return name + (0,) * (len(name) < len(draws))


@write_name.mistake("symbols counted without the mark")
def _(logits, temperature, draws):
    """Each number is one too small: the mark is symbol 0, so the first letter is symbol 1."""
    return tuple(symbol - 1 for symbol in _written(logits, temperature, draws))


@write_name.mistake("mark never drawn")
def _(logits, temperature, draws):
    """Your names never end by themselves. The mark is a symbol like the others, and may be drawn at any step."""
    return _written(logits, temperature, draws, lambda row, T: _softmax(np.concatenate([[-np.inf], row[1:]]) / T))


@write_name.mistake("mark never drawn")
def _(logits, temperature, draws):
    """Your names never end by themselves. The mark is a symbol like the others, and may be drawn at any step."""
    return _written(logits, temperature, draws, lambda row, T: _softmax(row / T) * (np.arange(len(row)) > 0))


@write_name.mistake("start mark in the name")
def _(logits, temperature, draws):
    """The name begins with the mark. It was there before the name."""
    return (0, *_written(logits, temperature, draws))


@write_name.mistake("both marks in the name")
def _(logits, temperature, draws):
    """The marks stand before and after the name. They are no part of it."""
    name = _written(logits, temperature, draws)
    return (0, *name) + (0,) * (len(name) < len(draws))


@write_name.mistake("not stopped at the end mark")
def _(logits, temperature, draws):
    """After the end mark the next name has begun, and it hangs on to this one."""
    return _written(logits, temperature, draws, goes_on=True)


@write_name.mistake("not stopped at the end mark")
def _(logits, temperature, draws):
    """After the end mark the next name has begun, and it hangs on to this one."""
    return _written(logits, temperature, draws, goes_on=True, keeps=False)


@write_name.mistake("drawn symbol not fed back")
def _(logits, temperature, draws):
    """Each letter is drawn as if it were the first."""
    return _written(logits, temperature, draws, fed_back=lambda last: 0)


@write_name.mistake("one draw for all letters")
def _(logits, temperature, draws):
    """Each letter needs a draw of its own."""
    return _written(logits, temperature, np.full(len(draws), draws[0]))


@write_name.mistake("first draw left out")
def _(logits, temperature, draws):
    """The first letter has been drawn with the second draw."""
    return _written(logits, temperature, draws[1:])


@write_name.mistake("counted from the other end")
def _(logits, temperature, draws):
    """The cumulative probabilities have been counted from the last symbol on."""
    return _written(logits, temperature, draws, choose=lambda p, u: len(p) - 1 - _first_above(p[::-1], u))


@write_name.mistake("one symbol too far")
def _(logits, temperature, draws):
    """Wanted is the first symbol whose cumulative probability is above the draw, not the one after it."""
    return _written(logits, temperature, draws, choose=lambda p, u: min(_first_above(p, u) + 1, len(p) - 1))


@write_name.mistake("one symbol too early")
def _(logits, temperature, draws):
    """This is the last symbol whose cumulative probability is below the draw. The next one is meant."""
    return _written(logits, temperature, draws, choose=lambda p, u: max(_first_above(p, u) - 1, 0))


@write_name.mistake("single probability compared with the draw")
def _(logits, temperature, draws):
    """The draw has been compared with each symbol's own probability. They have to be added up on the way."""
    return _written(logits, temperature, draws, choose=lambda p, u: int((p > u).argmax()))
