"""Toy sequences: a pair of input and target for each question that the notebooks ask."""

import numpy as np


def sine_to_cosine(seq_len, step=np.pi / 10, phase=0.0, frequency=1.0):
    """Return x_t = sin(frequency * t * step + phase) and y_t, the cosine of the same angle, for t = 0, 1, ...

    The grid is uniform: the segment that follows has the phase advanced by frequency * seq_len * step, no end point
    comes twice.

    Shapes: x, y (seq_len, 1, 1).
    Units: step in time, phase in radians, frequency in radians per unit of time.
    Shown in: notebooks 01 and 03.
    """
    angle = frequency * step * np.arange(seq_len) + phase
    angle = angle.reshape(seq_len, 1, 1)
    return np.sin(angle), np.cos(angle)


def echo(seq_len, batch, delay, rng):
    """Return noise x_t ~ N(0, 1), and y_t = x_{t - delay}, which is 0 for the first `delay` steps.

    Shapes: x, y (seq_len, batch, 1).
    Raises: ValueError when delay is not between 0 and seq_len.
    Shown in: notebooks 01 and 03.
    """
    if not 0 <= delay <= seq_len:
        raise ValueError(f"delay: expected a number from 0 to {seq_len}, got {delay!r}")
    x = rng.normal(size=(seq_len, batch, 1))
    y = np.zeros_like(x)
    y[delay:] = x[: seq_len - delay]
    return x, y


def recall(lag, batch, rng):
    """Return sequences whose first step shows one of two symbols, and which symbol it was.

    Channels 0 and 1 hold the cue, one-hot at t = 0 and 0 afterwards; channel 2 is a distraction, N(0, 1) at every step.
    The answer is due at t = lag, the last step.

    Shapes: x (lag + 1, batch, 3), labels (batch,) of 0 and 1.
    Raises: ValueError when lag is negative.
    Source: after the latching task of Bengio, Simard, Frasconi 1994.
    Shown in: notebook 04.
    """
    if lag < 0:
        raise ValueError(f"lag: expected 0 or more, got {lag!r}")
    labels = rng.integers(2, size=batch)
    x = np.zeros((lag + 1, batch, 3))
    x[0, np.arange(batch), labels] = 1
    x[:, :, 2] = rng.normal(size=(lag + 1, batch))
    return x, labels
