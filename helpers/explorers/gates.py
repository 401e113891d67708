"""Explorer "gates": what the biases of an LSTM's gates do to its memory and its gradient, beside a plain network."""

from functools import lru_cache, partial

import numpy as np

from helpers.explorers.engine import Explorer, slider
from helpers.numpy_nets import gated, rnn
from helpers.numpy_nets.gradients import fit_factor
from helpers.pictures.style import BLACK, BLUE, GRAY, GREEN, ORANGE, SKY, VERMILLION, figure

HIDDEN_SIZE, INPUT_SIZE, LONGEST = 32, 8, 100
LOWEST, HIGHEST = 1e-15, 1e5                    # the log axis; what leaves it is said in words
SETTLED = 10                                    # lags before this one still show the last step's own direction
GRID = {
    "forget_bias": [half / 2 for half in range(-6, 13)], "input_bias": [-4.0, -2.0, 0.0, 2.0], "gain": [0.0, 1.0, 2.0, 3.0],
    "lag": [1, 5, 10, 20, 30, 40, 50, 60, 80, 100],
}
TRIES = (
    tuple({"forget_bias": bias} for bias in (-3.0, 0.0, 1.0, 2.0, 2.5, 6.0)),
    tuple({"forget_bias": 5.0, "seed": 0, "input_bias": bias} for bias in (0.0, -2.0, -4.0)),
    tuple({"forget_bias": 0.0, "lag": 40, "gain": gain} for gain in (3.0, 2.0)),
)


def controls():
    return {
        "forget_bias": slider("forget gate's bias", 1.0, -3.0, 6.0, 0.25),
        "input_bias": slider("input gate's bias", 0.0, -4.0, 4.0, 0.25),
        "output_bias": slider("output gate's bias", 0.0, -4.0, 4.0, 0.25),
        "gain": slider("gain (times W_hh)", 1.0, 0.0, 3.0, 0.1),
        "input_strength": slider("input strength", 0.1, 0.0, 2.0, 0.1),
        "lag": slider("lag k", 40, 1, LONGEST, 1),
        "seed": slider("seed", 0, 0, 20, 1),
    }


@lru_cache(maxsize=32)
def drawn(seed):
    """Return what the seed decides: an LSTM, a plain network, noise, and a direction of length 1."""
    rng = np.random.default_rng([seed, 8])
    lstm = gated.init_lstm(INPUT_SIZE, HIDDEN_SIZE, rng=rng)
    plain = rnn.init_parameters(INPUT_SIZE, HIDDEN_SIZE, rng=rng)
    noise = rng.standard_normal((LONGEST, 1, INPUT_SIZE))
    direction = rng.standard_normal(HIDDEN_SIZE)
    return lstm, plain, noise, direction / np.linalg.norm(direction)


def with_biases(lstm, gain, **biases):
    """Return the LSTM with its recurrent weights times `gain`, and the biases of some gates at these sums."""
    bias_ih, bias_hh = lstm["bias_ih"].copy(), lstm["bias_hh"].copy()
    for block, value in biases.items():
        rows = "ifgo".index(block) * HIDDEN_SIZE + np.arange(HIDDEN_SIZE)
        bias_ih[rows], bias_hh[rows] = value, 0
    return lstm | {"weight_hh": gain * lstm["weight_hh"], "bias_ih": bias_ih, "bias_hh": bias_hh}


def measure(forward, backward, x, parameters, direction, memory):
    """Return what forward kept, the gradient's norm at each lag, and how far apart the two runs stay, 1 at first.

    The two members of the batch differ by an impulse at the first step; `memory` picks states (0) or cells (1).
    """
    kept = forward(x, None, parameters)
    grad_output = np.zeros_like(kept[0][1:])
    grad_output[-1, 0] = direction
    gradients = backward(x, kept, grad_output, parameters)
    handed_on = [gradients[name] for name in ("states", "cells") if name in gradients]
    norms = np.sqrt(sum(np.square(stream).sum(axis=(1, 2)) for stream in handed_on))
    apart = np.linalg.norm(kept[memory][1:, 0] - kept[memory][1:, 1], axis=-1)
    return kept, norms[::-1], apart


@lru_cache(maxsize=16)
def both_networks(forget_bias, input_bias, output_bias, gain, input_strength, seed):
    """Return what the lag doesn't change: of the LSTM the gradient's norms, how far apart two runs stay, the norms along the
    forget gates alone and the mean gates; of the plain network the first two.
    """
    lstm, plain, noise, direction = drawn(seed)
    lstm = with_biases(lstm, gain, i=input_bias, f=forget_bias, o=output_bias)
    plain = plain | {"weight_hh": gain * plain["weight_hh"]}
    x = np.tile(input_strength * noise, (1, 2, 1))
    x[0, 1] += 1
    kept, norms, apart = measure(gated.lstm_forward, gated.lstm_backward, x, lstm, direction, 1)
    leak = {"gate": 0.0}                        # the plain network is a leaky one without a leak
    _, plain_norms, plain_apart = measure(
        partial(gated.leaky_forward, **leak), partial(gated.leaky_backward, **leak), x, plain, direction, 0)

    _, cells, by_gate = kept
    i, f, _, o = np.split(by_gate[:, 0], 4, axis=-1)
    grad_c_n = direction * o[-1] * (1 - np.tanh(cells[-1, 0]) ** 2)
    along_the_cells = np.linalg.norm(grad_c_n * np.cumprod(f[::-1], axis=0), axis=1)
    return norms, apart, along_the_cells, np.array([i.mean(), f.mean(), o.mean()]), plain_norms, plain_apart


def compute(lag, **others):
    """Return gradients, memories and gates of the LSTM, and gradient and memory of the plain network."""
    norms, apart, along_the_cells, opened, plain_norms, plain_apart = both_networks(**others)
    lags = np.arange(LONGEST + 1)
    half = half_life(apart)
    share, plain_share = apart / max(apart[0], 1e-300), plain_apart / plain_apart[0]
    return {
        "norms": (lags, on_axis(norms)), "plain": (lags, on_axis(plain_norms)),
        "additive": (lags[1:], on_axis(along_the_cells)),
        "lag": ([lag, lag], [LOWEST, HIGHEST]),
        "memory": (lags[:-1], np.minimum(share, 2)), "plain_memory": (lags[:-1], np.minimum(plain_share, 2)),
        "half": None if half is None else ([half, half], [0, 0.5]),
        "open": opened,
        "k": lag, "left": norms[lag], "plain_left": plain_norms[lag], "additive_left": along_the_cells[lag - 1],
        "factor": fit_factor(np.maximum(norms, 1e-300), SETTLED, LONGEST), "half_life": half,
        "plain_half_life": half_life(plain_apart),
    }


def half_life(apart):
    """Return after how many steps at most half of the first distance is left, or None."""
    below = np.flatnonzero(apart <= apart[0] / 2)
    return int(below[0]) if len(below) else None


def on_axis(norms):
    """Return the norms, moved just outside the log axis where they are beyond it."""
    return np.clip(norms, LOWEST / 10, HIGHEST * 10)


def draw(numbers):
    """Return the figure (three panels with fixed limits) and the eight artists that move."""
    fig, axes = figure(mosaic="AB;AC", width=9.0, height=4.8, width_ratios=(1.7, 1), height_ratios=(1.4, 1))
    main, memory, gate = (axes[letter] for letter in "ABC")
    main.set(xlim=(0, LONGEST), yscale="log", ylim=(LOWEST, HIGHEST), xlabel="lag: steps back from the end",
             ylabel="norm of the gradient (log)")
    main.axhline(1, color=GRAY, linewidth=0.8, linestyle="-")
    plain, = main.plot([], [], color=VERMILLION, linestyle="--", label="plain tanh network")
    additive, = main.plot([], [], color=ORANGE, linestyle=":", linewidth=2.5, label="LSTM, forget gates alone")
    norms, = main.plot([], [], color=BLUE, linestyle="-", label="LSTM, all paths")
    lag, = main.plot([], [], color=BLACK, linestyle="-", linewidth=1)
    fig.legend(handles=[norms, additive, plain], loc="outside upper left", ncols=3, fontsize=10, frameon=False)
    memory.axhline(0.5, color=GRAY, linewidth=0.8, linestyle="-")
    plain_memory, = memory.plot([], [], color=VERMILLION, linestyle="--")
    of_cell, = memory.plot([], [], color=BLUE, linestyle="-")
    half, = memory.plot([], [], color=BLACK, linestyle="-", linewidth=1)
    memory.set(xlim=(0, LONGEST), ylim=(0, 1.5), xlabel="steps after an impulse", ylabel="share of it left")
    bars = gate.bar(["input", "forget", "output"], np.zeros(3), color=[SKY, ORANGE, GREEN], width=0.6)
    gate.set(ylim=(0, 1), ylabel="gate, mean")
    return fig, {"plain": plain, "additive": additive, "norms": norms, "lag": lag, "plain_memory": plain_memory,
                 "memory": of_cell, "half": half, "open": bars}


def summarize(numbers):
    """Say how much gradient is left at the lag, by which path, how long the cell remembers, and how it was written."""
    factor, k = numbers["factor"], numbers["k"]
    if factor < 0.98:
        verdict = f"Vanishes: half of the gradient is lost every {np.log(0.5) / np.log(factor):.1f} steps"
    elif factor > 1.02:
        verdict = f"Explodes: the gradient doubles every {np.log(2) / np.log(factor):.1f} steps"
    else:
        verdict = "Holds"
    beside = f"the plain network has {numbers['plain_left']:.0e}"
    additive = f"the forget gates alone would leave {numbers['additive_left']:.0e}"
    opened, forget, _ = numbers["open"]
    return (f"{verdict} (factor {factor:.3f} per step). At lag {k} the LSTM has {numbers['left']:.0e} of the gradient left; "
            f"{additive}, and {beside}. The cell keeps half of an impulse for {_steps(numbers['half_life'])}, the plain "
            f"network for {_steps(numbers['plain_half_life'])}. A forget gate of {forget:.3f} alone would keep half for "
            f"{np.log(0.5) / np.log(forget):.1f} steps. The input gates let in {opened:.0%}.")


def _steps(half):
    return f"more than {LONGEST - 1} steps" if half is None else f"{half} step{'s' if half != 1 else ''}"


def gates_explorer():
    return Explorer("gates", controls(), compute, draw, summarize, grid=GRID, tries=TRIES)
