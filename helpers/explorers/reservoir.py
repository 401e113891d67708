"""Explorer "read the past": what a linear output layer can still read from an untrained state about the input k years ago."""

from functools import lru_cache

import numpy as np

from helpers.datasets import sunspots
from helpers.explorers.engine import Explorer, checkbox, dropdown, slider
from helpers.numpy_nets.rnn import forward, init_recurrent
from helpers.pictures.style import BLACK, BLUE, GRAY, ORANGE, SIGNED_MAP, figure
from helpers.seed import set_seed

UNITS, LAGS, PENALTY = 32, np.arange(31), 0.01
FITTED, SCORED = np.arange(40, 209), np.arange(209, 309)
LOWEST, HIGHEST = -0.3, 1.05                                   # the axis of R^2
GOOD = 0.5                                                     # the summary counts the lags above
GRID = {
    "lag": ..., "gain": [0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.5], "into": ..., "shuffled": ...,
}
TRIES = (
    ({"gain": 0.0}, {"gain": 0.0, "shuffled": True}),
    tuple({"shuffled": True, "gain": gain, "lag": lag} for lag in (11, 0) for gain in (0.95, 1.1)),
    tuple({"shuffled": True, "gain": 0.95, "into": into} for into in (0.1, 1.0)),
)


def controls():
    return {
        "lag": slider("years back", 11, 0, int(LAGS[-1]), 1),
        "gain": slider("gain", 0.5, 0.0, 1.5, 0.05),
        "into": dropdown("input strength", 0.1, [0.01, 0.03, 0.1, 0.3, 1.0]),
        "shuffled": checkbox("years shuffled"),
    }


@lru_cache(maxsize=2)
def series_of(shuffled):
    """Return the sunspot numbers, scaled, in order or shuffled."""
    _, numbers = sunspots()
    spots = (numbers - numbers.mean()) / numbers.std()
    return set_seed(0).permutation(spots) if shuffled else spots


@lru_cache(maxsize=16)
def readings(gain, into, shuffled):
    """Return the states, the value of each lag as it is read in the scored years, and R^2 of each lag."""
    rng, series = set_seed(0), series_of(shuffled)
    weights = {"weight_ih": into * rng.normal(size=(UNITS, 1))}
    weights["weight_hh"] = gain * init_recurrent("orthogonal", UNITS, rng)
    states = forward(series[:, None, None], np.zeros((1, UNITS)), weights)[1:, 0]
    features = np.column_stack([states, np.ones(len(states))])
    gram = features[FITTED].T @ features[FITTED] + PENALTY * np.eye(UNITS + 1)
    output = np.linalg.solve(gram, features[FITTED].T @ series[FITTED[:, None] - LAGS])
    read, wanted = features[SCORED] @ output, series[SCORED[:, None] - LAGS]
    return states, read, 1 - np.mean((read - wanted) ** 2, axis=0) / wanted.var(axis=0)


def compute(lag, gain, into, shuffled):
    """Return what is asked for and what is read at one lag, the states, and the curve over all lags."""
    states, read, score = readings(gain, into, shuffled)
    shown = np.clip(score, LOWEST + 0.04, HIGHEST)
    bad = np.flatnonzero(score < GOOD)
    return {
        "wanted": (SCORED + 1, series_of(shuffled)[SCORED - lag]),
        "read": (SCORED + 1, np.clip(read[:, lag], -2.4, 4.4)),
        "states": states[SCORED].T, "score": (LAGS, shown), "here": np.array([[lag, shown[lag]]]),
        "lag": lag, "shuffled": shuffled, "at_lag": float(score[lag]),
        "until": int(bad[0]) if len(bad) else len(LAGS), "largest": float(np.abs(states[SCORED]).max()),
    }


def draw(numbers):
    """Return the figure (readings above; states and scores below) and the artists that move."""
    fig, axes = figure(width=10.0, height=5.2, mosaic="AA;BC", height_ratios=(1.1, 1))
    past, image, scores = axes["A"], axes["B"], axes["C"]
    wanted, = past.plot([], [], color=ORANGE, linestyle="-", linewidth=4, label="the number k years before")
    read, = past.plot([], [], color=BLUE, linestyle="-", linewidth=1.2, marker="o", markersize=3, label="read from the state")
    past.set(xlim=(209, 310), ylim=(-2.5, 4.5), xlabel="year of the series (the last hundred, not fitted)",
             ylabel="sunspots, scaled")
    past.legend(loc="upper left", ncols=2, fontsize=9.5)
    states = image.imshow(numbers["states"], cmap=SIGNED_MAP, vmin=-1, vmax=1, aspect="auto",
                          extent=(209.5, 309.5, UNITS + 0.5, 0.5))
    image.set(xlabel="year of the series", ylabel="unit")
    image.grid(False)
    fig.colorbar(states, ax=image, label="state")
    score, = scores.plot([], [], color=BLUE, linestyle="-", marker=".")
    here = scores.scatter([], [], s=80, color=ORANGE, edgecolor=BLACK, zorder=5)
    scores.axhline(0, color=GRAY, linestyle="-", linewidth=0.8)
    scores.text(0.2, -0.04, "no better than the mean", fontsize=9.5, color=GRAY, va="top")
    scores.set(xlim=(-0.8, LAGS[-1] + 0.8), ylim=(LOWEST, HIGHEST), xlabel="years back, k", ylabel="$R^2$ of the reading")
    return fig, {"wanted": wanted, "read": read, "states": states, "score": score, "here": here}


def summarize(numbers):
    """Say how well the chosen lag is read, how far back readings are good, and how large the states get."""
    lag, until = numbers["lag"], numbers["until"]
    ago = "this year's number" if lag == 0 else f"the number of {lag} year{'s' * (lag > 1)} before"
    order = "shuffled" if numbers["shuffled"] else "in order"
    reach = ("even this year's number is read with less than 0.5" if until == 0 else
             f"R² first falls below 0.5 at {until} year{'s' * (until > 1)} back" if until < len(LAGS) else
             "R² stays above 0.5 for all 30 years")
    score = f"{numbers['at_lag']:.2f}" if numbers["at_lag"] > -1 else "below -1"
    return (f"Years {order}: the output layer reads {ago} with R² {score.replace('-0.00', '0.00')}, and {reach}. "
            f"The largest state is {numbers['largest']:.2f} (tanh ends at 1).")


def reservoir():
    return Explorer("read the past", controls(), compute, draw, summarize, play="lag", grid=GRID, tries=TRIES)
