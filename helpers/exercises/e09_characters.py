"""The exercises of notebook 09: perplexity, temperature, encoding, beliefs, macro-F1, padding, naive Bayes, writing."""

import numpy as np

from helpers.exercises.engine import DIRECTION, function_exercise, prediction_exercise


@prediction_exercise(
    shown="You average the surprise in bits, here 0 and 4. That's 2 bits a letter, so the model chooses among 4 letters.",
    hints=("A letter of probability p surprises by -log2 p bits. How many bits is that for each kind of letter, and how "
           "many on average?",
           "The perplexity is 2 to the power of the average number of bits."), rtol=0, atol=0.01)
def predict_perplexity():
    """Put your prediction of the perplexity in place of the dots. The cell then measures it."""
    bits = (np.log2(1) + np.log2(16)) / 2
    return 2**bits


predict_perplexity.knows(
    ("mean of the two perplexities",
     "Letter by letter the perplexities are 1 and 16, and this is their mean. Average the surprise instead.", 8.5),
    ("probabilities averaged", "This is one over the mean probability. A mean of probabilities hardly notices the letters that "
     "were guessed badly.", 1 / np.mean([1, 1 / 16])),
    ("bits per letter", "This is the average surprise in bits. The perplexity is one step further.", ("2**bits", "bits")),
    ("nats per letter", "This is the average surprise by the natural logarithm. The perplexity is one step further.",
     ("2**bits", "bits * np.log(2)")),
    ("two bases mixed", "You took the logarithm to one base and the power to another.",
     ("2**bits", "np.exp(bits)"), ("2**bits", "2 ** np.log(4)")),
    ("only the uncertain letters counted",
     "This is the perplexity of every second letter. The others count too, though they cost nothing.", 16.0),
    ("half of the letters", "This is 16 divided by 2. The number of bits is what gets halved.", 8.0),
    ("upside down", "This is the typical probability of a letter. A perplexity is never below 1.", ("2**bits", "2**-bits")),
    ("surprise added up, not averaged", "You added up the surprises of several letters. A perplexity is for one letter.", 256))


@prediction_exercise(
    shown="Odds of 4 to 1 become 4 to the power 1/T, which is 16 to 1 at one half and 2 to 1 at two.",
    hints=("Dividing the logits by T raises each probability to the power 1/T. Then they're scaled to add up to one again.",
           "Think in odds: 0.8 against 0.2 is 4 to 1. Which power of 4 belongs to T = 1/2, and which to T = 2?"),
    rtol=0, atol=0.005)
def predict_temperature():
    """Put your two predictions in place of the dots: the likelier letter's probability at temperature 1/2 and at 2. The cell
    then computes both."""
    return 16 / 17, 2 / 3


predict_temperature.knows(
    ("temperature multiplied, not divided", "You have both numbers, swapped. Which temperature makes the letters bold, and "
     "which makes them careful?", (2 / 3, 16 / 17)),
    ("odds divided by the temperature", "You divided the odds by the temperature. It's their logarithm that gets divided.",
     (8 / 9, 2 / 3)),
    ("probabilities put into the softmax", "The softmax takes logits, which are logarithms. You gave it probabilities.",
     (1 / (1 + np.exp(-0.6 * 2)), 1 / (1 + np.exp(-0.6 / 2)))),
    ("not made to add up to one", "The powers are right. Do the numbers of the two letters still add up to one?",
     (0.64, 0.8**0.5)),
    ("temperature without effect", "Dividing all probabilities by one number and scaling them to add up to one again does "
     "nothing. Divide the logits.", (0.8, 0.8)),
    ("the extremes", "This is where it ends when the temperature goes to 0, and when it grows without limit.", (1.0, 0.5)),
    ("probabilities divided by the temperature", "A probability can't be above 1. The temperature divides the logits.",
     (1.6, 0.4)),
    ("probabilities multiplied by the temperature",
     "A probability can't be above 1. The temperature acts on the logits, and it divides them.", (0.4, 1.6)),
    ("odds in place of probabilities",
     "These are odds, so many to one. The probability is the share of one letter in the two together.", (16.0, 2.0)),
    ("the other letter", "These are the probabilities of the less likely letter.", (1 / 17, 1 / 3)))


@function_exercise(
    lambda: [(["cab", "b"], "abc"), (["a", "dad", "cc", "d"], "abcd"), (["ba", "bead", "a"], "edcba"), (["z"], "xyz"),
             (["aaaabbbb", "-", "ba-ab", "b"], "ab-'")],
    shown="Each letter is a single 1. After the end of a name there are only zeros, and the lengths say where that is.",
    hints=("Begin with np.zeros((longest, how many names, how many letters)). Time comes first, then the batch.",
           "For letter number t of name number b, a single entry becomes 1, and alphabet.index(letter) says which."),
    over_time=True)
def one_hot_batch(names, alphabet):
    """Return (x, lengths): x is one-hot and time-first, shape (longest length, len(names), len(alphabet)) in float64, with
    zeros after a name's end; lengths holds the number of letters of each name. The names keep their order."""
    lengths = [len(name) for name in names]
    steps = max(lengths)
    x = np.zeros((steps, len(names), len(alphabet)))
    for b, name in enumerate(names):
        for t in range(len(name)):
            x[t, b, alphabet.index(name[t])] = 1
    return x, tuple(lengths)


SHAPE, LETTER, ALL_STEPS = "steps, len(names), len(alphabet)", "alphabet.index(name[t])", ("(len(name))", "(steps)")
WIDER = (SHAPE, SHAPE + " + 1")
BATCH_FIRST = (SHAPE, "len(names), steps, len(alphabet)"), ("x[t, b,", "x[b, t,")
one_hot_batch.knows(
    ("batch and time swapped", "Your first axis counts the names. The course, and torch by default, put time first.",
     [*BATCH_FIRST]),
    ("reshaped, not swapped", "The shape is right, but letters of one name have landed in another. A reshape deals the "
     "numbers out anew.", [*BATCH_FIRST, ("return x,", "return x.reshape(steps, len(names), -1),")]),
    ("padding taken for a letter", "After its end, a name goes on with the alphabet's first letter.",
     [ALL_STEPS, (LETTER, LETTER + " if t < len(name) else 0")]),
    ("padding taken for a letter", "After its end, a name goes on with the alphabet's last letter: -1 is a valid index.",
     [ALL_STEPS, (LETTER, "alphabet.find((name + ' ' * steps)[t])")]),
    ("padding in front", "Your names all end at the same step. They should begin at the same step.",
     ("x[t, b,", "x[steps - len(name) + t, b,")),
    ("cut to the shortest name", "The longer names have lost their ends.", [("max(lengths)", "min(lengths)"), ALL_STEPS]),
    ("one step too many", "Even the longest name has a step of padding.", ("max(lengths)", "max(lengths) + 1")),
    ("one length for all", "You gave every name the length of the longest. Then the network reads padding.",
     ("tuple(lengths)", "(steps,) * len(names)")),
    ("place of the last letter in place of the length", "Each length is one too small: it's the place of the last letter, "
     "counted from 0.", ("tuple(lengths)", "tuple(n - 1 for n in lengths)")),
    ("letters counted from 1", "You have one column more than letters, and the first one stays empty.",
     [WIDER, (LETTER, LETTER + " + 1")]),
    ("a column too many", "You have one column more than letters, and the last one stays empty. Padding needs no column.",
     WIDER),
    ("a column for padding", "You have one column more than letters. Padding needs none, because it is all zeros.",
     [WIDER, ("return x,", "x[:, :, -1] = 1 - x.sum(axis=2)\n    return x,")],
     [WIDER, (LETTER, LETTER + " + 1"), ("return x,", "x[:, :, 0] = 1 - x.sum(axis=2)\n    return x,")]),
    ("last letter missing", "Each name ends one letter too early.", ("range(len(name))", "range(len(name) - 1)")),
    ("last letter repeated", "After its end, a name goes on with its last letter.",
     [ALL_STEPS, ("name[t]", "name[min(t, len(name) - 1)]")]),
    ("own alphabet", "Your columns are the letters that these names happen to have. Other names would get other columns.",
     ("steps = max", "alphabet = ''.join(sorted(set(''.join(names))))\n    steps = max")),
    ("alphabet sorted", "Your columns follow the order a, b, c. They should follow `alphabet`.",
     ("steps = max", "alphabet = sorted(alphabet)\n    steps = max")),
    ("names sorted by length", "The names have changed places, but their labels haven't moved with them.",
     ("lengths = [", "names = sorted(names, key=len, reverse=True)\n    lengths = ["),
     ("lengths = [", "names = sorted(names, key=len)\n    lengths = [")),
    ("index in place of one-hot", "These are the letters' numbers. A network would take the last letter for the largest.",
     [(SHAPE, "steps, len(names)"), ("x[t, b, alphabet.index(name[t])] = 1", "x[t, b] = alphabet.index(name[t])")]),
    ("letters of a name heaped up", "Each of your steps still holds the letters before it.", ("x[t, b,", "x[t:len(name), b,")),
    ("names read backward", "Your names begin with their last letter.", ("name[t]", "name[-t - 1]"), DIRECTION))


@function_exercise(
    lambda: [tuple(map(np.array, ([[[0.5], [0.2]], [[-0.4], [0.6]]], [2, 1], [[1.0], [-2.0], [0.5]], [0.0, 0.5, -0.5]))),
             _read(0, (3, 1, 4), 2, 2), _read(1, (2, 5, 4), 3, 3), _read(2, (4, 2, 2, 1), 2, 4), _read(3, (1,), 1, 2),
             _read(4, (5, 3, 1), 4, 3, loud=6)],
    shown="Each name is judged by the state at its own last letter, and its beliefs add up to one.",
    hints=("Which row of output[:, b] is the state after the last letter of name b?",
           "Apply the output layer, weight_ho @ h + bias_o, one number for each language. Then take a softmax over the "
           "languages of one name."))
def own_beliefs(output, lengths, weight_ho, bias_o):
    """output (seq_len, batch, hidden_size) holds the states of a padded batch; name b has lengths[b] letters. Apply the output
    layer to each name's state after its own last letter and return the probabilities of the languages, (batch, languages)."""
    rows = []
    for b in range(len(lengths)):
        states = output[:, b]
        h = states[lengths[b] - 1]
        logits = weight_ho @ h + bias_o
        powers = np.exp(logits - logits.max())
        rows.append(powers / powers.sum())
    return np.array(rows)


def _read(seed, lengths, hidden_size, languages, loud=1):
    """Return a padded batch of states with an output layer whose logits are `loud` times as large."""
    rng = np.random.default_rng(seed)
    output = rng.uniform(-0.9, 0.9, (max(lengths), len(lengths), hidden_size)).round(1)
    weight_ho = rng.choice([-2.0, -1.0, 0.5, 1.0, 3.0], (languages, hidden_size))
    return output, np.array(lengths), loud * weight_ho, loud * rng.uniform(-1, 1, languages).round(1)


LAST, POWERS, SHARE = "lengths[b] - 1", "np.exp(logits - logits.max())", "powers / powers.sum()"
own_beliefs.knows(
    ("last state taken of padding",
     "You judged all names at the last step of the batch. By then the shorter ones have been reading padding.", (LAST, "-1")),
    ("one letter too early", "The last letter hasn't been read yet. For a name of one letter, this is even the state "
     "of the padding.", (LAST, "lengths[b] - 2")),
    ("first letter in place of the last", "You judged each name after one letter.", (LAST, "0")),
    ("counted from the end", "You counted the lengths from the end of the padded batch.", (LAST, "-lengths[b]")),
    ("one length for all", "You judged all names after as many letters as the shortest has.", (LAST, "min(lengths) - 1")),
    ("one length for all", "You judged all names after as many letters as the first one has.", (LAST, "lengths[0] - 1")),
    ("batch and time swapped", "You took the first axis for the batch. It counts the steps.", ("output[:, b]", "output[b]")),
    ("beliefs averaged over the letters", "You averaged the beliefs after all letters of a name. The task asks for those after "
     "the last one.", [(f"states[{LAST}]", "states[:lengths[b]]"),
      ("weight_ho @ h", "h @ weight_ho.T"), (SHARE, "(powers / powers.sum(1, keepdims=True)).mean(0)")]),
    ("mean over the letters", "You averaged the states of a name's letters. The last state has read all of them.",
     (f"states[{LAST}]", "states[:lengths[b]].mean(0)")),
    ("mean over the padding too", "You averaged the states, including those of the padding.", ("[lengths[b] - 1]", ".mean(0)")),
    ("softmax over the batch", "For one language, your names add up to one. For one name, the languages should.",
     [(POWERS, "np.exp(logits)"), (SHARE, "powers"), ("np.array(rows)", "np.array(rows) / sum(rows)")]),
    ("softmax over everything", "All names and languages together add up to one. Each name should by itself.",
     [(POWERS, "np.exp(logits)"), (SHARE, "powers"), ("np.array(rows)", "np.array(rows) / np.sum(rows)")]),
    ("softmax missing", "These are logits: they can be any number, and they don't add up to one.", (SHARE, "logits")),
    ("not made to add up to one", "These are the powers of e. They don't add up to one.",
     [(POWERS, "np.exp(logits)"), (SHARE, "powers")]),
    ("logarithms of the beliefs", "These are logarithms of probabilities, good for a loss. The task asks "
     "for the probabilities.", ("np.array(rows)", "np.log(rows)")),
    ("sigmoid in place of the softmax", "You judged each language by itself. Together they should share one whole.",
     (SHARE, "1 / (1 + np.exp(-logits))")),
    ("softmax taken twice", "Your beliefs went through a softmax once more, and it made them nearly equal.",
     (f"rows.append({SHARE})", f"powers = np.exp({SHARE})\n        rows.append({SHARE})")),
    ("logits divided by their sum", "The powers are missing. Logits can be negative, and then so can your result.",
     (POWERS, "logits")),
    ("powers divided by the sum of the logits", "You divided the powers by a sum of logits. Divide them by the sum "
     "of the powers.", (SHARE, "powers / logits.sum()"), (SHARE, "np.exp(logits) / logits.sum()")),
    ("power of 2", "The softmax takes powers of e.", (POWERS, "2**logits")),
    ("weight transposed", "Row k of weight_ho belongs to language k. With as many languages as units, both ways fit.",
     ("weight_ho @ h", "h @ weight_ho")),
    ("bias left out", "The output layer has a bias.", (" + bias_o", "")),
    ("bias added twice", "You added the bias of the output layer twice.", ("+ bias_o", "+ 2 * bias_o")),
    ("languages in rows", "Each of your rows is a language. The task asks for one row for each name.", ("(rows)", "(rows).T")),
    ("the likeliest language alone", "This names the likeliest language. It has lost how sure the network is.",
     ("np.array(rows)", "np.argmax(rows, axis=1)")))


@function_exercise(
    lambda: [(np.array(labels), np.array(guesses), max(labels) + 1) for labels, guesses in (
        ([0, 0, 0, 1], [0, 0, 1, 1]), ([0, 0, 0, 0, 1, 1, 2], [0, 0, 1, 0, 1, 0, 0]),
        ([0, 1, 1, 2, 2, 2, 3, 3], [0, 1, 2, 2, 2, 1, 3, 0]), ([0, 0, 1, 2], [0, 1, 0, 2]),
        (np.repeat(np.arange(6), (1, 2, 5, 9, 4, 3)), np.arange(24) * 7 % 6), ([0], [0]))],
    shown="Every language counts the same, however few names it has, and one that is never guessed counts as 0.",
    hints=("For one class, count the right ones R, how often it was guessed, G, and how often it occurs, L. Precision is R / "
           "G, recall is R / L, and F1 is their harmonic mean, 2 R / (G + L).",
           "Compute one F1 for each class from 0 to num_classes - 1, then their plain mean. The form 2 R / (G + L) has no "
           "trouble with a class that is never guessed."))
def macro_f1(labels, guesses, num_classes):
    """Return the macro-F1: the plain mean over the classes of F1, the harmonic mean of precision and recall. Every class occurs
    among the labels; a class that is never guessed, or never rightly, has an F1 of 0."""
    scores = []
    for k in range(num_classes):
        right = ((labels == k) & (guesses == k)).sum()
        if right == 0:
            scores.append(0.0)
            continue
        precision = right / (guesses == k).sum()
        recall = right / (labels == k).sum()
        scores.append(2 * precision * recall / (precision + recall))
    return sum(scores) / len(scores)


def _f1_of_the_means(labels, guesses, num_classes):
    right, guessed, there = (np.bincount(of, minlength=num_classes) for of in (labels[labels == guesses], guesses, labels))
    precision, recall = (right / np.maximum(guessed, 1)).mean(), (right / there).mean()
    return 2 * precision * recall / (precision + recall)


F1, MEAN = "2 * precision * recall / (precision + recall)", "sum(scores) / len(scores)"
macro_f1.knows(
    ("classes weighted by their size", "A large class counts more than a small one in your mean.",
     (F1, F1 + " * np.mean(labels == k) * num_classes")),
    ("accuracy", "This is the share of right guesses. Adding the counts up over the classes first gives just that.",
     (MEAN, "np.mean(labels == guesses)")),
    ("mean precision", "This says how often a guess is right. That's one half of F1.", (F1, "precision")),
    ("mean recall", "This says how much of each class is found. That's one half of F1.", (F1, "recall")),
    ("F1 of the means", "You averaged precision and recall over the classes first. Take F1 for each class, then average.",
     _f1_of_the_means),
    ("plain mean of precision and recall", "The harmonic mean lies nearer to the smaller of the two.",
     (F1, "(precision + recall) / 2")),
    ("geometric mean of precision and recall", "This is the root of the product. The harmonic mean is another one.",
     (F1, "np.sqrt(precision * recall)")),
    ("product of precision and recall", "This is the product alone. Its denominator is missing.", (F1, "precision * recall")),
    ("harmonic mean upside down", "This is one over the harmonic mean: no precision or recall is above 1, but your result is.",
     (F1, "(precision + recall) / (2 * precision * recall)")),
    ("factor 2 missing", "With this, even a perfect guesser would get one half.", ("2 * precision", "precision")),
    ("classes left out that are never rightly guessed", "A class without a right guess counts too, as 0. Leaving it out would "
     "flatter a guesser that ignores it.", ("            scores.append(0.0)\n", "")),
    ("never guessed counted as 1", "A class that is never guessed has no wrong guess, but nobody found it either.",
     ("append(0.0)", "append(0.0 if k in guesses else 1.0)")),
    ("right ones over all that is in either", "This is the overlap of guessed and there, R / (G + L - R). F1 counts the right "
     "ones twice, above and below.", (F1, "right / ((labels == k) | (guesses == k)).sum()")),
    ("those rightly left alone counted",
     "For each class, you count names of other languages as right when they weren't taken for it. Most names are like that.",
     ("right = (", "scores.append(((labels == k) == (guesses == k)).mean())\n        continue\n        right = (")),
    ("smaller one of precision and recall", "The harmonic mean lies near the smaller one of the two, but not at it.",
     (F1, "min(precision, recall)")),
    ("one class only", "This is the F1 of class 1, as if there were only yes and no.", (MEAN, "scores[1]")),
    ("one class only", "This is the F1 of class 0.", (MEAN, "scores[0]")),
    ("sum in place of the mean", "You added up the F1 of the classes.", (MEAN, "sum(scores)")),
    ("one class too few", "Classes count from 0. You skipped one of them.", ("range(num_classes)", "range(1, num_classes)")),
    ("one class too few", "You skipped the last class.", ("range(num_classes)", "range(num_classes - 1)")),
    ("one error for each class", "This is one minus the score.", (MEAN, "1 - " + MEAN)))


@function_exercise(
    lambda: [(np.log([[[0.5, 0.5], [0.25, 0.75]], [[0.75, 0.25], [0.5, 0.5]]]), np.array([[1, 0], [1, 0]]), np.array([2, 1])),
             _scored(0, (3, 1, 2), 3), _scored(1, (2, 4), 4), _scored(2, (1, 3, 2, 2), 3), _scored(3, (1, 4, 2), 6, loud=5),
             _scored(4, (1, 2), 2), (np.array([[[0.0, 100.0]]] * 2), np.array([[0]] * 2), np.array([2]))],
    shown="Padding is no letter and the end mark is one: the mean goes over everything that the model had to predict.",
    hints=("Start with a softmax over the symbols of each step, then pick the probability of the target: one number for each "
           "step of each name. Which of these steps are padding?",
           "Take the logarithm of those that count, the mean over all of them together, and change the sign. A power with the "
           "same base undoes the logarithm."))
def padded_perplexity(logits, targets, lengths):
    """logits (seq_len, batch, symbols) and targets (seq_len, batch), the number of the right symbol, belong to a padded batch;
    name b has lengths[b] targets, its end mark among them, and after them targets mean nothing. Return the perplexity per
    symbol of the whole batch."""
    total, count = 0.0, 0
    for b in range(targets.shape[1]):
        for t in range(lengths[b]):
            powers = np.exp(logits[t, b])
            p = powers / powers.sum()
            total -= np.log(p[targets[t, b]])
            count += 1
    return np.exp(total / count)


def _scored(seed, lengths, symbols, loud=1.5):
    """Return the logits, of this standard deviation, and the targets of a padded batch; padding is 0."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, symbols, (max(lengths), len(lengths)))
    targets[np.arange(len(targets))[:, None] >= lengths] = 0
    return rng.normal(0, loud, (*targets.shape, symbols)).round(1), targets, np.array(lengths)


STEPS, AVERAGE, TARGET = "range(lengths[b])", "total / count", "np.log(p[targets[t, b]])"
RESULT, ONE = f"np.exp({AVERAGE})", "powers / powers.sum()"
padded_perplexity.knows(
    ("padding counted", "You scored the steps after a name's end too.", (STEPS, "range(len(targets))")),
    ("one step of padding counted", "The length includes the end mark already. You scored one step after it.",
     (STEPS, "range(min(lengths[b] + 1, len(targets)))")),
    ("symbol 0 taken for padding", "You left out targets that are 0. Here 0 is a symbol like any other; the lengths say "
     "where padding begins.", (STEPS, "np.flatnonzero(targets[:, b])")),
    ("symbol 0 taken for padding", "Within the names, you left out targets that are 0. Here 0 is a symbol like any other.",
     ("powers = ", "if not targets[t, b]: continue\n            powers = ")),
    ("divided by the number of steps", "You divided the surprise of all names by the length of the longest.",
     (AVERAGE, "total / len(targets)")),
    ("padding counted as predicted without error",
     "The padding's surprise is 0, but you still count its steps when you divide.", (AVERAGE, "total / targets.size")),
    ("end mark not counted", "The last target of each name is its end mark, and ending was a prediction too.",
     (STEPS, "range(lengths[b] - 1)")),
    ("end mark counted in the division alone", "Your sum leaves the end marks out, but you count them when you divide.",
     [(STEPS, "range(lengths[b] - 1)"), (AVERAGE, "total / lengths.sum()")]),
    ("end mark left out of the division", "Your sum includes the end marks, but you don't count them when you divide.",
     (AVERAGE, "total / (count - len(lengths))")),
    ("first letter not counted", "The first letter was a prediction too, made after the start mark.",
     (STEPS, "range(1, lengths[b])")),
    ("names averaged, not symbols", "Each name counts the same, however long. The perplexity is per symbol.",
     [(TARGET, TARGET + " / lengths[b]"), (AVERAGE, "total / len(lengths)")]),
    ("steps averaged, not symbols", "You averaged over the names at each step, then over the steps. At late steps few names "
     "are left, and they'd count more.", [("for b in range(targets.shape[1]):", "for t in range(max(lengths)):"),
      ("for t in range(lengths[b]):", "for b in np.flatnonzero(lengths > t):"),
      (TARGET, TARGET + " / (lengths > t).sum()"), (AVERAGE, "total / max(lengths)")]),
    ("a small number added to the probability", "You added something to the probability, or set a floor to it. The logarithm "
     "of a tiny probability is large, but it's right.",
     *((TARGET, f"np.log(p[targets[t, b]] + {small})") for small in ("1e-12", "1e-10", "1e-9", "1e-8", "1e-6")),
     (TARGET, "np.log(max(p[targets[t, b]], 1e-12))")),
    ("perplexities averaged", "You averaged the names' perplexities. Average the surprise, and take the power last.",
     [("total, count = 0.0, 0\n", "each = []\n"), ("for t", "total, count = 0.0, 0\n        for t"),
      ("count += 1\n", "count += 1\n        each.append(np.exp(total / count))\n"),
      ("return np.exp(total / count)", "return np.mean(each)")]),
    ("perplexities averaged", "You averaged 1/p over the symbols. Average the surprise, and take the power last.",
     [("total -= " + TARGET, "total += 1 / p[targets[t, b]]"), (RESULT, AVERAGE)]),
    ("probabilities averaged", "This is one over the mean probability. The mean belongs between the logarithm and the power.",
     [("total -= " + TARGET, "total += p[targets[t, b]]"), (RESULT, "count / total")]),
    ("per name, not per symbol", "You added up the surprise within each name. Longer names would then always be worse.",
     (AVERAGE, "total / len(lengths)")),
    ("sum in place of the mean", "This is one over the probability of the whole batch. You added up the surprise and "
     "didn't average it.", (AVERAGE, "total")),
    ("cross-entropy, not perplexity", "This is the mean surprise. The perplexity is one step further.", (RESULT, AVERAGE)),
    ("bits per symbol, not perplexity", "This is the mean surprise in bits. The perplexity is one step further.",
     [("np.log(", "np.log2("), (RESULT, AVERAGE)]),
    ("two bases mixed", "You took the logarithm to one base and the power to another.",
     (RESULT, f"2 ** ({AVERAGE})"), ("np.log(", "np.log2("), ("np.log(", "np.log10("), (RESULT, f"10 ** ({AVERAGE})")),
    ("logarithm left out", "You averaged the probabilities themselves. The surprise is the negative logarithm "
     "of the probability.", (TARGET, "p[targets[t, b]]")),
    ("upside down", "This is below 1. A sign is missing, because surprise is the negative logarithm.", ("total -", "total +")),
    ("softmax over the batch", "For one symbol, your names add up to one. At one step of one name, the symbols should.",
     [("logits[t, b]", "logits[t]"), (ONE, "(powers / powers.sum(0))[b]")]),
    ("softmax over time", "For one symbol, your steps add up to one. At one step of one name, the symbols should.",
     [("logits[t, b]", "logits[:, b]"), (ONE, "(powers / powers.sum(0))[t]")]),
    ("softmax over everything", "All symbols at all steps of all names add up to one. Those of each single step should.",
     ("powers.sum()", "np.exp(logits).sum()")),
    ("softmax taken twice", "Your probabilities went through a softmax once more, and it made them nearly equal.",
     ("total -=", "p = np.exp(p) / np.exp(p).sum()\n            total -=")),
    ("softmax missing", "You took logits for logarithms of probabilities. In general their powers don't add up to one.",
     (ONE, "powers")),
    ("likeliest symbol in place of the right one", "This scores the symbol that the model likes best, whatever the target is.",
     ("p[targets[t, b]]", "p.max()")),
    ("spread of the model's own probabilities", "This says how undecided the model is. The targets take no part in it.",
     (TARGET, "(p * np.log(p)).sum()")),
    ("targets one step early", "You scored each step with the target of the step after it. The targets are shifted already.",
     ("targets[t, b]", "targets[(t + 1) % len(targets), b]")),
    ("targets one step late", "You scored each step with the target of the step before.", ("targets[t,", "targets[t - 1,")))


@function_exercise(
    lambda: [(names, np.array(labels), name, alphabet, max(labels) + 1) for names, labels, name, alphabet in (
        (["aab", "b"], [0, 1], "a", "ab"), (["abba", "ca", "cc", "bac", "a"], [0, 1, 1, 0, 1], "cca", "abcd"),
        (["aaab", "bd", "dcd", "c", "ba", "ad"], [0, 1, 2, 2, 0, 1], "aadda", "abcd"),
        (["ab", "b", "aab"], [0, 1, 0], "", "ab"), (["abcabcddd", "b", "caac", "a"], [0, 1, 0, 1], "abcdab", "abcde"))],
    shown="You count, add one to each count, and multiply. This is the network's baseline, and it trains in one pass.",
    hints=("For each language, take its share of the names. Multiply it, for each letter of the name, by the letter's share "
           "among all letters of the language, with one added to each count.",
           "The language's letters, N in all, get one more of each letter of the alphabet: (count + 1) / (N + len(alphabet)). "
           "At the end, divide by the sum over the languages."))
def letter_bayes(names, labels, name, alphabet, num_classes):
    """Naive Bayes over single letters: names and their labels train, then return the probability of each language for `name`,
    shape (num_classes,). P(language) is its share of the names; P(letter | language) is counted over all letters of its names,
    with one added to the count of each letter of the alphabet."""
    scores = []
    for k in range(num_classes):
        mine = [other for other, label in zip(names, labels, strict=True) if label == k]
        letters = "".join(mine)
        score = len(mine) / len(names)
        for letter in name:
            score *= (letters.count(letter) + 1) / (len(letters) + len(alphabet))
        scores.append(score)
    scores = np.array(scores)
    return scores / scores.sum()


PRIOR, TO_ONE = "len(mine) / len(names)", "scores / scores.sum()"
letter_bayes.knows(
    ("share of the language left out", "You take a rare language to be as likely beforehand as a frequent one.", (PRIOR, "1")),
    ("share counted in letters", "You took a language's share from its letters. It's a share of names.",
     (PRIOR, "len(letters)")),
    ("share taken once for each letter", "The language's share goes into the product once, not with each letter.",
     [(f"score = {PRIOR}", "score = 1.0"), ("score *= (", f"score *= {PRIOR} * (")]),
    ("nothing added to the counts", "A letter that a language has never shown rules the language out for good.",
     [("(letter) + 1", "(letter)"), (" + len(alphabet)", "")]),
    ("one added above the fraction line alone", "The shares of a language's letters now add up to more than one. What you add "
     "above, add below as well.", (" + len(alphabet)", "")),
    ("one added below the fraction line alone", "A letter that a language has never shown still rules the language out: its "
     "count above the line is 0.", ("(letter) + 1", "(letter)")),
    ("one added to unseen letters only", "Letters that were seen get one more too. Otherwise a letter seen once is as rare as "
     "one never seen.", ("letters.count(letter) + 1", "max(letters.count(letter), 1)")),
    ("names counted in place of letters", "You counted a letter once when it comes twice in a training name.",
     ("letters.count(letter)", "sum(letter in other for other in mine)")),
    ("one added below in place of the alphabet's size", "You add one to each letter's count. By how much does their sum grow?",
     ("len(alphabet)", "1")),
    ("seen letters counted in place of the alphabet", "Below the line you count the different letters that the language has "
     "shown. All letters got one more.", ("len(alphabet)", "len(set(letters))")),
    ("seen letters counted in place of the alphabet", "Below the line you count the letters seen in any name. All letters of "
     "the alphabet got one more.", ("len(alphabet)", "len(set(''.join(names)))")),
    ("shares of the names, not of the letters", "You divided the letters' counts by numbers of names.", ("letters)", "mine)")),
    ("one denominator for all languages", "You divided the counts of all languages by the same number. Within each language "
     "the letters should add up to one.", ("(len(letters) + len(alphabet))", "(''.join(names).count(letter) + num_classes)"),
     ("(len(letters) +", "(len(''.join(names)) +")),
    ("repeated letters counted once", "A letter that comes twice in the name is evidence twice.", ("in name", "in set(name)")),
    ("letters added up, not multiplied", "You added up the letters' probabilities. Independent probabilities multiply.",
     [("for letter", "total = 0 if name else 1\n        for letter"), ("score *", "total +"), ("(score)", "(score * total)")]),
    ("only the last letter", "Only one letter of the name is left as evidence.", ("in name:", "in name[-1:]:")),
    ("only the first letter", "Only one letter of the name is left as evidence.", ("in name:", "in name[:1]:")),
    ("not made to add up to one", "The products are right. As probabilities of the languages they have to add up to one.",
     (TO_ONE, "scores")),
    ("largest made one", "You made the likeliest language 1. The sum should be 1.", ("scores.sum()", "scores.max()")),
    ("softmax of the products", "A softmax takes logarithms. These are probabilities already, and only their sum isn't one.",
     (TO_ONE, "np.exp(scores) / np.exp(scores).sum()")),
    ("logarithms in place of probabilities", "These are logarithms. Add them up, but don't hand them back.",
     (TO_ONE, "np.log(scores)"), (TO_ONE, f"np.log({TO_ONE})")),
    ("logarithms divided by their sum", "You made the logarithms add up to one, so the likeliest language now comes out last. "
     "Undo the logarithm first.", ("np.array(scores)", "np.log(scores)")),
    ("one added to the names too", "You added one to the number of names of each language as well. Use their plain share.",
     (PRIOR, "(len(mine) + 1) / (len(names) + num_classes)")),
    ("the likeliest language alone", "This names the likeliest language. The task asks how likely all of them are.",
     (TO_ONE, "scores.argmax()")))


@function_exercise(
    lambda: [(np.log([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.6, 0.3, 0.1]]), 1.0, np.array([0.8, 0.65, 0.55])),
             _table(0, 0.5), _table(1, 2.0), _table(2, 0.7), _table(3, 1.5), _table(4, 1.0), _table(5, 8.0, 20, 15.0),
             _table(6, 1.0, 3, 1.2, 1)],
    shown="You draw each letter from the softmax of logits divided by the temperature, and you feed back what you drew.",
    hints=("Begin with row 0. Take the softmax of this row divided by the temperature, then its np.cumsum. The first place "
           "where the sum is above the draw is the next symbol.",
           "If it is symbol 0, the name is done. If not, add it to the name and go on with its row and the next draw. The name "
           "also ends when the draws are used up."))
def write_name(logits, temperature, draws):
    """logits[i, j] is the logit of symbol j after symbol i; symbol 0 is the mark before and after each name. From the mark on,
    draw symbol after symbol at this temperature: with u = draws[0], draws[1], ..., the first symbol whose cumulative
    probability is above u. Stop at the mark, or when the draws are used up. Return the list of the symbols drawn, without
    marks."""
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
    return tuple(name)


def _table(seed, temperature, symbols=5, spread=1.2, length=12):
    """Return random logits of this standard deviation, and the draws."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, spread, (symbols, symbols)).round(1)
    logits[:, 0] -= 1.5  # longer names
    return logits, temperature, rng.integers(1, 100, length) / 100


ENDS, P, END_TEST = "        if symbol == 0:\n            break\n", "np.exp(scaled) / np.exp(scaled).sum()", "if symbol == 0"
write_name.knows(
    ("temperature multiplied, not divided", "A high temperature makes your names more careful. It should make them bolder.",
     ("/ temperature", "* temperature")),
    ("temperature without effect", "Your names are the same at every temperature. Dividing probabilities that are then scaled "
     "to add up to one again, or subtracting from all logits, does nothing either.",
     (" / temperature", ""), (" / temperature", " - temperature")),
    ("temperature applied twice", "You divided by the temperature, and then once more.", ("/ temperature", "/ temperature**2")),
    ("temperature applied after the softmax", "You divided probabilities, and they no longer add up to one. Divide the logits.",
     [(" / temperature", ""), (P, P + " / temperature")]),
    ("probabilities put into the softmax", "You gave the softmax probabilities. It takes logits.",
     ("logits[symbol] / temperature", "np.exp(logits[symbol]) / np.exp(logits[symbol]).sum() / temperature")),
    ("softmax missing", "You added up the logits themselves. They are no probabilities.", (P, "scaled")),
    ("not made to add up to one", "You compared the powers with the draws as they are. Divide by their sum first.",
     (P, "np.exp(scaled)")),
    ("powers divided by the sum of the logits",
     "You divided the powers by a sum of logits. Divide them by the sum of the powers.", (P, "np.exp(scaled) / scaled.sum()")),
    ("softmax over the wrong axis", "Your columns add up to one: that's how likely each symbol comes BEFORE a given one.",
     (P, "np.exp(scaled) / np.exp(logits / temperature).sum(axis=0)")),
    ("rows and columns swapped", "The row is the symbol that came before, the column the one that comes next.",
     ("logits[symbol]", "logits[:, symbol]")),
    ("the likeliest symbol", "Your draws take no part. This would write the same name forever.",
     (END_TEST, f"symbol = int(np.argmax(p))\n        {END_TEST}")),
    ("end mark in the name", "The mark says that the name is done. It is no part of it.",
     (ENDS, "        if symbol == 0:\n            return (*name, 0)\n")),
    ("symbols counted without the mark", "Each number is one too small. The mark is symbol 0, so the first letter is symbol 1.",
     ("append(symbol)", "append(symbol - 1)")),
    ("mark never drawn", "Your names never end by themselves. The mark is a symbol like the others, and may be drawn at any "
     "step.", ("len(p)", "1, len(p)"), ("total = 0.0", "p = p * (np.arange(len(p)) > 0) / p[1:].sum()\n        total = 0.0")),
    ("start mark in the name", "Your name begins with the mark. The mark comes before the name.",
     ("name, symbol = []", "name, symbol = [0]")),
    ("both marks in the name", "The marks come before and after the name. They are no part of it.",
     [("name, symbol = []", "name, symbol = [0]"), (ENDS, "        if symbol == 0:\n            return (*name, 0)\n")]),
    ("not stopped at the end mark", "After the end mark, the next name begins. You attached it to this one.",
     (ENDS, ""), (ENDS, ENDS.replace("break", "continue"))),
    ("drawn symbol not fed back", "You draw each letter as if it were the first.", ("logits[symbol]", "logits[0]")),
    ("one draw for all letters", "Each letter needs a draw of its own.", ("total > u", "total > draws[0]")),
    ("first draw left out", "You drew the first letter with the second draw.", ("in draws:", "in draws[1:]:")),
    ("counted from the other end", "You counted the cumulative probabilities from the last symbol on.",
     ("range(len(p))", "reversed(range(len(p)))")),
    ("one symbol too far", "Take the first symbol whose cumulative probability is above the draw, not the one after it.",
     (END_TEST, f"symbol = min(symbol + 1, len(p) - 1)\n        {END_TEST}")),
    ("one symbol too early", "This is the last symbol whose cumulative probability is below the draw. Take the next one.",
     (END_TEST, f"symbol = max(symbol - 1, 0)\n        {END_TEST}")),
    ("single probability compared with the draw", "You compared the draw with each symbol's own probability. Add the "
     "probabilities up as you go.", [("total = 0.0\n", "\n"), ("total += p[symbol]", "total = p[symbol]"),
      ("                break\n", "                break\n        else:\n            symbol = 0\n")]))
