"""Toy sequences: a pair of input and target for each question that the notebooks ask."""

import numpy as np

from helpers.numpy_nets.checks import check_finite_number, check_rng, check_whole


def _check(rng, **sizes):
    """Refuse what is no generator, and every size that is no whole number from its smallest on: name=(size, smallest)."""
    check_rng(rng)
    for name, (size, smallest) in sizes.items():
        check_whole(name, size, smallest)


def sine_to_cosine(seq_len, step=np.pi / 10, phase=0.0):
    """Return x_t = sin(t * step + phase) and y_t, the cosine of the same angle, for t = 0, 1, ...

    The grid is uniform: the segment that follows has the phase advanced by seq_len * step, no end point comes twice.
    Another frequency is another step.

    Shapes: x, y (seq_len, 1, 1).
    Units: step and phase in radians.
    Raises: ValueError when seq_len is no whole number, 0 or more.
    Used in: notebooks 01 and 03.
    """
    check_whole("seq_len", seq_len, low=0)
    check_finite_number("step", step)
    check_finite_number("phase", phase)
    angle = step * np.arange(seq_len) + phase
    angle = angle.reshape(seq_len, 1, 1)
    return np.sin(angle), np.cos(angle)


def echo(seq_len, batch, delay, rng):
    """Return noise x_t ~ N(0, 1), and y_t = x_{t - delay}, which is 0 for the first `delay` steps.

    Shapes: x, y (seq_len, batch, 1).
    Raises: ValueError when an argument is no whole number, or delay is not between 0 and seq_len.
    Shown in: notebooks 01 and 03.
    """
    _check(rng, seq_len=(seq_len, 0), batch=(batch, 1), delay=(delay, 0))
    if delay > seq_len:
        raise ValueError(f"delay: expected at most {seq_len}, the number of steps, got {delay!r}")
    x = rng.normal(size=(seq_len, batch, 1))
    y = np.zeros_like(x)
    y[delay:] = x[: seq_len - delay]
    return x, y


def last_pulse(seq_len, batch, rng, rate=0.05):
    """Return rare pulses x_t (+1 or -1 with probability `rate`, else 0), and y_t, the last pulse so far: 0 before the first.

    Shapes: x, y (seq_len, batch, 1).
    Raises: ValueError when seq_len or batch is no whole number, or rate is no number from 0 to 1.
    Source: after the latching task of Bengio, Simard, Frasconi 1994.
    Shown in: notebook 03.
    """
    _check(rng, seq_len=(seq_len, 0), batch=(batch, 1))
    check_finite_number("rate", rate)
    if not 0 <= rate <= 1:
        raise ValueError(f"rate: expected a probability from 0 to 1, got {rate!r}")
    x = rng.choice([-1.0, 0.0, 1.0], p=[rate / 2, 1 - rate, rate / 2], size=(seq_len, batch, 1))
    steps = np.arange(seq_len)[:, None, None]
    last = np.maximum.accumulate(np.where(x != 0, steps, 0), axis=0)  # before the first pulse: step 0, where x is 0
    return x, np.take_along_axis(x, last, axis=0)


def recall(lag, batch, rng):
    """Return sequences whose first step shows one of two symbols, and which symbol it was.

    Channels 0 and 1 hold the cue, one-hot at t = 0 and 0 afterwards; channel 2 is a distraction, N(0, 1) at every step.
    The answer is due at t = lag, the last step.

    Shapes: x (lag + 1, batch, 3), labels (batch,) of 0 and 1.
    Raises: ValueError when an argument is no whole number, or lag is negative.
    Source: after the latching task of Bengio, Simard, Frasconi 1994.
    Shown in: notebook 04.
    """
    _check(rng, lag=(lag, 0), batch=(batch, 1))
    labels = rng.integers(2, size=batch)
    x = np.zeros((lag + 1, batch, 3))
    x[0, np.arange(batch), labels] = 1
    x[:, :, 2] = rng.normal(size=(lag + 1, batch))
    return x, labels


def adding(seq_len, batch, rng):
    """Return sequences of numbers of which two are marked, and the sum of these two.

    Channel 0 holds the numbers, U(0, 1) at every step; channel 1 is 1 at one step of the first half (the first
    seq_len // 2 steps) and at one of the second, and 0 elsewhere. The sum is due at the last step. Always answering 1,
    the mean, costs a mean squared error of 1/6.

    Shapes: x (seq_len, batch, 2), target (batch, 1).
    Raises: ValueError when an argument is no whole number, or seq_len is below 2 (one step for each of the two marks).
    Source: after Hochreiter, Schmidhuber 1997, with the numbers of Le, Jaitly, Hinton 2015.
    Shown in: notebook 10.
    """
    _check(rng, seq_len=(seq_len, 2), batch=(batch, 1))
    x = np.zeros((seq_len, batch, 2))
    x[:, :, 0] = rng.uniform(size=(seq_len, batch))
    half = seq_len // 2
    for first, last in ((0, half), (half, seq_len)):
        x[rng.integers(first, last, size=batch), np.arange(batch), 1] = 1
    return x, (x[:, :, 0] * x[:, :, 1]).sum(axis=0)[:, None]


def copy_symbols(lag, batch, rng, length=5, symbols=4):
    """Return sequences that begin with `length` symbols, and these symbols, each of which is due `lag` steps later.

    The first `symbols` channels hold the symbols, one-hot at t = 0 ... length - 1 and 0 afterwards. The last channel
    says "now": it is 1 at t = lag, where the first symbol is due, and 0 elsewhere. Symbol t is due at step lag + t, so
    that the answers are the last `length` steps. A guess is right once in `symbols`.

    Shapes: x (lag + length, batch, symbols + 1), labels (length, batch) of 0 ... symbols - 1.
    Raises: ValueError when an argument is no whole number, lag is below length, length is below 1, or symbols below 2.
    Source: after Hochreiter, Schmidhuber 1997, and the copying problem of Arjovsky, Shah, Bengio 2016.
    Used by: helpers.numpy_nets.lags.
    """
    _check(rng, batch=(batch, 1), length=(length, 1), symbols=(symbols, 2), lag=(lag, 0))
    if lag < length:
        raise ValueError(f"lag: expected {length} or more, so that all symbols are shown before the first is due, got {lag!r}")
    labels = rng.integers(symbols, size=(length, batch))
    x = np.zeros((lag + length, batch, symbols + 1))
    np.put_along_axis(x[:length], labels[:, :, None], 1, axis=-1)
    x[lag, :, symbols] = 1
    return x, labels


def key_value_pairs(pairs, batch, rng, keys=8, values=2):
    """Return sequences that show `pairs` pairs of a key and a value and then one of the keys, and the value that it had.

    The first `keys` channels hold the key, one-hot, the others the value, one-hot, and zeros at the last step, which asks.
    No key comes twice. A guess is right once in `values`.

    Shapes: x (pairs + 1, batch, keys + values), labels (batch,) of 0 ... values - 1.
    Raises: ValueError when an argument is no whole number, pairs is not from 1 to keys, or values is below 2.
    Source: after the associative recall of Graves, Wayne, Danihelka 2014, and of Ba et al. 2016.
    Shown in: notebook 11.
    """
    _check(rng, batch=(batch, 1), pairs=(pairs, 1), keys=(keys, 1), values=(values, 2))
    if pairs > keys:
        raise ValueError(f"pairs: expected at most {keys}, the number of keys, got {pairs!r}")
    shown = rng.permuted(np.tile(np.arange(keys), (batch, 1)), axis=1)[:, :pairs].T  # (pairs, batch)
    meant = rng.integers(values, size=(pairs, batch))
    asked, each = rng.integers(pairs, size=batch), np.arange(batch)
    x = np.zeros((pairs + 1, batch, keys + values))
    np.put_along_axis(x[:-1, :, :keys], shown[:, :, None], 1, axis=-1)
    np.put_along_axis(x[:-1, :, keys:], meant[:, :, None], 1, axis=-1)
    x[-1, each, shown[asked, each]] = 1
    return x, meant[asked, each]
