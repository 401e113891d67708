"""Models of the next letter of a name: n-gram tables, a recurrent network; their perplexity, and sampling from them.

A model reads MARK first, then the letters of a name, and should predict MARK after the last one. The symbols are the
letters of names.alphabet.ALPHABET and MARK, each given by its place in SYMBOLS. A model is an object with two methods:

    start(count)         -> state                     for `count` names, before anything is read
    read(symbols, state) -> (probabilities, state)    of the next symbol, after one more is read: symbols (count,),
                                                      probabilities (count, len(SYMBOLS))
"""

from collections import defaultdict

import numpy as np

from helpers.names.alphabet import ALPHABET, check_names, encode
from helpers.numpy_nets import rnn
from helpers.numpy_nets.checks import check_finite_number, check_positive, check_whole, checked_by

MARK = "|"                      # before a name it means start, after it end
SYMBOLS = ALPHABET + MARK
PLACE = {symbol: place for place, symbol in enumerate(SYMBOLS)}
LONGEST = 40                    # letters after which a sampled name is cut; no surname of the course is longer
STRENGTHS = tuple(2.0**power for power in range(-3, 12))


@checked_by(check_names)
def teach(names):
    """Return the inputs that a model reads from these names, and its targets: the same symbols, one step earlier.

    After the end of a name, the inputs are padded with MARK and the targets with -1, which the loss ignores.

    Shapes: both (longest name + 1, len(names)), whole numbers.
    Raises: ValueError when there is no name, or one holds characters outside the alphabet.
    Source: Williams, Zipser 1989 (teacher forcing).
    Shown in: notebook 09.
    """
    inputs = np.full((max(map(len, names)) + 1, len(names)), PLACE[MARK])
    targets = np.full_like(inputs, -1)
    for column, name in enumerate(names):
        inputs[1:len(name) + 1, column] = targets[:len(name), column] = encode(name)
        targets[len(name), column] = PLACE[MARK]
    return inputs, targets


def _check_count_letters(names, order):
    check_names(names)
    check_whole("order", order)


@checked_by(_check_count_letters)
def count_letters(names, order):
    """Return a list of `order` tables; table k holds, for each context of k symbols, how often each symbol came next.

    Shapes: each count (len(SYMBOLS),).
    Raises: ValueError when `order` is not a positive whole number, or a name holds characters outside the alphabet.
    Used by: LetterTables.
    """
    tables = [defaultdict(lambda: np.zeros(len(SYMBOLS))) for _ in range(order)]
    for name in names:
        text = MARK * (order - 1) + name
        for here, symbol in enumerate([*encode(name), PLACE[MARK]], start=order - 1):
            for k, table in enumerate(tables):
                table[text[here - k:here]][symbol] += 1
    return [dict(table) for table in tables]


def _check_blend(counts, strengths):
    if len(counts) != len(strengths):
        raise ValueError(f"strengths: expected one for each of the {len(counts)} contexts, got {len(strengths)}")


@checked_by(_check_blend)
def blend(counts, strengths):
    """Return the probabilities of the next symbol from its counts after ever longer contexts: interpolation.

    p_k = (count_k + s_k p_{k-1}) / (total_k + s_k), up from p_{-1} = 1 / len(SYMBOLS): the shorter context's
    prediction counts as s_k observations of the longer one.

    Shapes: counts (order, ..., len(SYMBOLS)), strengths (order,); the result (..., len(SYMBOLS)).
    Raises: ValueError when there are not as many strengths as contexts.
    Source: MacKay, Peto 1995.
    Shown in: notebook 09.
    """
    p = np.full(len(SYMBOLS), 1 / len(SYMBOLS))
    for count, strength in zip(counts, strengths):
        p = (count + strength * p) / (count.sum(axis=-1, keepdims=True) + strength)
    return p


class LetterTables:
    """An n-gram model: it predicts the next letter from the last `order - 1` symbols, by counting; see `blend`.

    Each strength is the one in STRENGTHS with the lowest perplexity on the `validation` names. They are chosen one at a
    time, from the shortest context to the longest, twice.

    Raises: ValueError when `order` is not a positive whole number, or there are no names.
    Shown in: notebook 09.
    """

    def __init__(self, names, validation, order):
        self.order, self.tables, self._known = order, count_letters(names, order), {}
        _, targets = teach(validation)
        wanted = targets.T[targets.T >= 0]                              # name by name, as the contexts below
        counts = np.array([self._counts((MARK * (order - 1) + name)[here:here + order - 1])
                           for name in validation for here in range(len(name) + 1)]).transpose(1, 0, 2)
        self.strengths = [STRENGTHS[len(STRENGTHS) // 2]] * order

        def surprise(k, strength):
            p = blend(counts, [*self.strengths[:k], strength, *self.strengths[k + 1:]])
            return -np.log(p[np.arange(len(wanted)), wanted]).mean()

        for k in (*range(order), *range(order)):
            self.strengths[k] = min(STRENGTHS, key=lambda strength: surprise(k, strength))

    def _counts(self, context):
        nothing = np.zeros(len(SYMBOLS))
        return [table.get(context[len(context) - k:], nothing) for k, table in enumerate(self.tables)]

    def after(self, context):
        """Return the probabilities of the next symbol after the last `order - 1` symbols. Shapes: (len(SYMBOLS),)."""
        if context not in self._known:
            self._known[context] = blend(self._counts(context), self.strengths)
        return self._known[context]

    def start(self, count):
        """Return the contexts before the first letter."""
        return [MARK * (self.order - 1)] * count

    def read(self, symbols, state):
        """Return the probabilities of the next symbol, and the contexts."""
        contexts = [(context + SYMBOLS[symbol])[len(context) + 1 - (self.order - 1):]
                    for context, symbol in zip(state, symbols)]
        return np.array([self.after(context) for context in contexts]), contexts


class LetterNetwork:
    """A tanh network and its output layer in NumPy, from the state_dict of `names.writer.NameWriter` (names as in nn.RNN).

    Raises: ValueError that names what is missing, unknown, or of another shape.
    Shown in: notebooks 00 and 09.
    """

    NAMES = {"weight_ih": "rnn.weight_ih_l0", "weight_hh": "rnn.weight_hh_l0", "bias_ih": "rnn.bias_ih_l0",
             "bias_hh": "rnn.bias_hh_l0", "weight_ho": "read.weight", "bias_o": "read.bias"}

    def __init__(self, state_dict):
        differences = [f"{name} is missing" for name in self.NAMES.values() if name not in state_dict]
        differences += [f"{name} is unknown" for name in state_dict if name not in self.NAMES.values()]
        if not differences:
            size = len(state_dict["rnn.weight_hh_l0"][0])
            shapes = (size, len(SYMBOLS)), (size, size), (size,), (size,), (len(SYMBOLS), size), (len(SYMBOLS),)
            differences = [f"{name} has shape {tuple(state_dict[name].shape)}, expected {shape}"
                           for name, shape in zip(self.NAMES.values(), shapes, strict=True)
                           if tuple(state_dict[name].shape) != shape]
        if differences:
            raise ValueError(f"state_dict does not fit a tanh network: {'; '.join(differences)}")
        self.parameters = {ours: np.asarray(state_dict[theirs], np.float64) for ours, theirs in self.NAMES.items()}

    def start(self, count):
        """Return h_0. Shapes: (count, hidden_size)."""
        return np.zeros((count, len(self.parameters["weight_hh"])))

    def read(self, symbols, state):
        """Return the probabilities of the next symbol, and the next state."""
        h = rnn.step(np.eye(len(SYMBOLS))[symbols], state, self.parameters)
        y = rnn.read_out(h, self.parameters)
        p = np.exp(y - y.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True), h


def next_symbol(model, beginning):
    """Return the probabilities of the next symbol after MARK and the beginning of a name.

    Shapes: (len(SYMBOLS),).
    Raises: ValueError when `beginning` holds characters outside the alphabet.
    Shown in: notebooks 00 and 09.
    """
    state = model.start(1)
    for symbol in (PLACE[MARK], *encode(beginning)):
        p, state = model.read(np.array([symbol]), state)
    return p[0]


def surprises(model, names):
    """Return -log2 p of every letter and of every end, each given the true letters before it; NaN after the end of a name.

    Shapes: (longest name + 1, len(names)).
    Units: bits.
    Source: Shannon 1951.
    Shown in: notebook 09.
    """
    inputs, targets = teach(names)
    state, found = model.start(len(names)), np.full(inputs.shape, np.nan)
    for t, (symbols, wanted) in enumerate(zip(inputs, targets)):
        p, state = model.read(symbols, state)
        there = wanted >= 0
        found[t, there] = -np.log2(p[there, wanted[there]])
    return found


def perplexity(model, names):
    """Return 2 to the power of the mean surprise in bits: the number of equally likely symbols among which the model, in effect, has to guess.

    Shown in: notebook 09.
    """
    return float(2 ** np.nanmean(surprises(model, names)))


def _check_temperature(p, temperature):
    check_positive("temperature", temperature)
    check_finite_number("temperature", temperature)


@checked_by(_check_temperature)
def with_temperature(p, temperature):
    """Return p^(1 / temperature), scaled to sum 1; the same as softmax(y / temperature) of the logits y.

    Shapes: as p, whose last axis sums to 1.
    Raises: ValueError when `temperature` is not a positive number.
    Source: Ackley, Hinton, Sejnowski 1985.
    Shown in: notebook 09.
    """
    log_p = np.log(p, where=p > 0, out=np.full(np.shape(p), -np.inf))
    raised = np.exp((log_p - log_p.max(axis=-1, keepdims=True)) / temperature)
    return raised / raised.sum(axis=-1, keepdims=True)


def entropy(p):
    """Return the entropy over the last axis, -sum p log2 p.

    Units: bits.
    Shown in: notebook 09.
    """
    return 0.0 - np.sum(p * np.log2(p, where=p > 0, out=np.zeros(np.shape(p))), axis=-1)


def _check_sample_names(model, count, rng, temperature=1.0, prefix=""):
    check_whole("count", count)
    _check_temperature(None, temperature)
    if not isinstance(prefix, str) or len(prefix) > LONGEST or set(prefix) - set(ALPHABET):
        raise ValueError(f"prefix: expected at most {LONGEST} letters of the alphabet {ALPHABET!r}, got {prefix!r}")


@checked_by(_check_sample_names)
def sample_names(model, count, rng, temperature=1.0, prefix=""):
    """Return `count` names that the model writes, each letter drawn from the probabilities after the letters before it.

    All begin with `prefix`. A name ends when MARK is drawn, or after LONGEST letters. Each step draws one number for every
    name, finished ones too, so that the same rng gives each name the same numbers at any temperature.

    Raises: ValueError when `count` is not a positive whole number, `temperature` not a positive number, `prefix` has a
        letter outside the alphabet or more than LONGEST.
    Shown in: notebook 09.
    """
    state, names = model.start(count), [prefix] * count
    for symbol in (PLACE[MARK], *encode(prefix)):
        p, state = model.read(np.full(count, symbol), state)
    going = np.full(count, len(prefix) < LONGEST)
    while going.any():
        drawn = draw_symbols(with_temperature(p, temperature), rng)
        going &= drawn != PLACE[MARK]
        names = [name + SYMBOLS[symbol] if goes else name for name, symbol, goes in zip(names, drawn, going)]
        going &= np.array([len(name) < LONGEST for name in names])
        p, state = model.read(drawn, state)
    return names


def draw_symbols(p, rng):
    """Return one place per row of p, drawn with these probabilities. Shapes: p (count, size); the result (count,).

    Used by: sample_names.
    """
    u = rng.random(len(p))
    return np.minimum((np.cumsum(p, axis=1) < u[:, None]).sum(axis=1), p.shape[1] - 1)
