"""Explorer "watch gradients vanish": the gradient's norm against the lag, and what the recurrent matrix alone would predict."""

from functools import lru_cache

import numpy as np

from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.numpy_nets import rnn
from helpers.numpy_nets.gradients import fit_factor, gradient_norm_per_lag
from helpers.pictures.style import BLUE, GRAY, GREEN, ORANGE, VERMILLION, figure

LONGEST = 100
LOWEST, HIGHEST = 1e-15, 1e9                    # the log axis; the summary tells what leaves it
SMALLEST_SINGULAR_VALUE, LARGEST_SINGULAR_VALUE = 1e-3, 10.0
SETTLED = 5                                     # lags before this one still show the last step's own direction
STEEPEST_SLOPE = {"tanh": 1.0, "relu": 1.0, "identity": 1.0, "sigmoid": 0.25}
KINDS = ("uniform (torch)", "normal", "orthogonal", "identity", "triangular (non-normal)")


def on_axis(norms):
    """Return the norms, moved just outside the log axis where they are beyond it."""
    return np.clip(norms, LOWEST / 10, HIGHEST * 10)
GRID = {
    "spectral_radius": [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.25, 1.5, 2.0, 3.0],
    "kind": ..., "nonlinearity": ..., "input_strength": [0.0, 0.1, 0.5, 1.0, 2.0, 3.0], "bias": [-0.5, 0.0],
}
_IDENTITY = {"kind": "identity", "nonlinearity": "relu", "spectral_radius": 1.0, "input_strength": 0.0}
TRIES = (
    (*({"kind": KINDS[0], "spectral_radius": radius} for radius in (0.6, 0.9, 1.0, 1.25)),
     *({"kind": KINDS[0], "spectral_radius": radius, "input_strength": 0.0} for radius in (1.0, 1.05))),
    tuple({"kind": "orthogonal", "spectral_radius": 1.0, "input_strength": strength} for strength in (0.0, 0.5, 1.0, 2.0, 3.0)),
    (_IDENTITY, _IDENTITY | {"bias": -0.5}),
)


def controls():
    return {
        "spectral_radius": slider("spectral radius", 0.6, 0.1, 3.0, 0.05),
        "kind": dropdown("recurrent matrix", "uniform (torch)", KINDS),
        "nonlinearity": dropdown("nonlinearity", "tanh", STEEPEST_SLOPE),
        "seq_len": slider("sequence length", 60, 10, LONGEST, 1),
        "hidden_size": slider("hidden size", 32, 2, 64, 1),
        "input_strength": slider("input strength", 0.1, 0.0, 3.0, 0.1),
        "bias": slider("bias of every unit", 0.0, -2.0, 2.0, 0.1),
        "seed": slider("seed", 0, 0, 20, 1),
    }


@lru_cache(maxsize=64)
def unit_radius(kind, hidden_size, seed):
    """Return a recurrent matrix of spectral radius 1, its eigenvalues and its singular values (falling)."""
    rng = np.random.default_rng([seed, hidden_size])
    if kind == "triangular (non-normal)":
        matrix = np.eye(hidden_size) + np.triu(np.ones((hidden_size, hidden_size)), 1) / np.sqrt(hidden_size)
    else:
        matrix = rnn.init_recurrent(kind.split()[0], hidden_size, rng)
    eigenvalues = np.linalg.eigvals(matrix)
    radius = np.abs(eigenvalues).max()
    return matrix / radius, eigenvalues / radius, np.linalg.svd(matrix, compute_uv=False) / radius


def compute(spectral_radius, kind, nonlinearity, seq_len, hidden_size, input_strength, bias, seed):
    """Return the gradient's norm at each lag, its bound, its fitted factor, the spectra and the units' states."""
    matrix, eigenvalues, singular_values = unit_radius(kind, hidden_size, seed)
    rng = np.random.default_rng([seed, hidden_size, 1])
    parameters = {"weight_ih": np.eye(hidden_size), "weight_hh": spectral_radius * matrix,
                  "bias_ih": np.full(hidden_size, bias), "bias_hh": np.zeros(hidden_size)}
    x = input_strength * rng.standard_normal((LONGEST, hidden_size))[:seq_len]
    h_0 = 0.1 * rng.standard_normal(hidden_size)
    grad_h_n = rng.standard_normal(hidden_size)
    states = rnn.forward(x, h_0, parameters, nonlinearity)
    norms = gradient_norm_per_lag(states, grad_h_n / np.linalg.norm(grad_h_n), parameters["weight_hh"], nonlinearity)

    lags = np.arange(seq_len + 1)
    alive = int(np.argmin(norms > 1e-150)) if norms[-1] <= 1e-150 else seq_len + 1  # below, the squares in a norm underflow
    factor, fit, steady = 0.0, None, True
    if alive > SETTLED + 2:
        factor = fit_factor(norms, SETTLED, alive - 1)
        fitted = lags[SETTLED:alive]
        logs = np.log(norms[fitted]).mean() + np.log(factor) * (fitted - fitted.mean())
        fit = (fitted, on_axis(np.exp(logs)))
        steady = bool(np.abs(logs - np.log(norms[fitted])).max() < np.log(10))
    per_step = STEEPEST_SLOPE[nonlinearity] * spectral_radius * singular_values[0]
    edges = np.linspace(-1, 1, 21)
    counts = np.histogram(np.clip(states[1:], -1, 1), edges)[0] / states[1:].size
    return {
        "norms": (lags[:alive], on_axis(norms[:alive])),
        "bound": (lags, on_axis(per_step ** lags)),
        "fit": fit,
        "eigenvalues": spectral_radius * np.column_stack([eigenvalues.real, eigenvalues.imag]),
        "singular_values": (np.linspace(0, 1, hidden_size), np.clip(spectral_radius * singular_values, SMALLEST_SINGULAR_VALUE, LARGEST_SINGULAR_VALUE)),
        "counts": counts,
        "factor": factor, "per_step": per_step, "spectral_radius": spectral_radius, "alive": alive, "seq_len": seq_len, "last": float(norms[-1]),
        "steady": steady, "units": describe_units(states[1:], nonlinearity), "nonlinearity": nonlinearity,
    }


def describe_units(states, nonlinearity):
    """Return a sentence on how many states are where the nonlinearity's slope is close to 0."""
    if nonlinearity == "tanh":
        return f"{np.mean(np.abs(states) > 0.95):.0%} of the states are beyond ±0.95."
    if nonlinearity == "sigmoid":
        return f"{np.mean(np.abs(states - 0.5) > 0.45):.0%} of the states are below 0.05 or above 0.95."
    return f"{np.mean(states == 0):.0%} of the states are 0: those units are off." if nonlinearity == "relu" else ""


def draw(numbers):
    """Return the figure (four panels with fixed limits) and the six artists that move."""
    fig, axes = figure(mosaic="AB;AB;AC;AD", width=9.0, height=5.6, width_ratios=(2.3, 1))
    main, plane, singular, states = (axes[letter] for letter in "ABCD")
    main.set(xlim=(0, LONGEST), yscale="log", ylim=(LOWEST, HIGHEST), xlabel="lag: steps back from the end",
             ylabel="norm of the gradient (log)")
    main.axhline(1, color=GRAY, linewidth=0.8)
    bound, = main.plot([], [], color=VERMILLION, linestyle="--", label="bound: (γ σ_max)^k")
    fit, = main.plot([], [], color=ORANGE, linestyle=":", linewidth=2.5, label="fit: one factor for all steps")
    norms, = main.plot([], [], color=BLUE, linestyle="-", marker=".", markersize=4, label="measured")
    fig.legend(handles=[norms, fit, bound], loc="outside upper left", ncols=3, fontsize=10, frameon=False)

    angle = np.linspace(0, 2 * np.pi, 200)
    plane.plot(np.cos(angle), np.sin(angle), color=GRAY, linestyle="-", linewidth=1)
    eigenvalues = plane.scatter([], [], s=12, color=BLUE)
    plane.set(xlim=(-3.1, 3.1), ylim=(-3.1, 3.1), aspect="equal", xlabel="eigenvalues, and the unit circle")
    singular.axhline(1, color=GRAY, linewidth=1)
    singular_values, = singular.plot([], [], color=GREEN, linestyle="-", marker=".")
    singular.set(xlim=(-0.03, 1.03), yscale="log", ylim=(SMALLEST_SINGULAR_VALUE, LARGEST_SINGULAR_VALUE), xticks=[], yticks=(1e-3, 1e-1, 10), xlabel="singular values, sorted (log)")
    bars = states.bar(np.linspace(-0.95, 0.95, 20), np.zeros(20), width=0.09, color=BLUE)
    states.set(xlim=(-1.02, 1.02), ylim=(0, 1), xlabel="states of the units (share)")
    return fig, {"bound": bound, "fit": fit, "norms": norms, "eigenvalues": eigenvalues,
                 "singular_values": singular_values, "counts": bars}


def summarize(numbers):
    """Say whether the gradient vanishes, holds or explodes, how fast, and how that compares with the bound."""
    factor, seq_len, last = numbers["factor"], numbers["seq_len"], numbers["last"]
    if numbers["alive"] <= seq_len:
        return (f"From lag {numbers['alive']} on nothing is left: every path back met a unit with slope 0, "
                "or what is left is too small for the computer's numbers.")
    if not (last < 1 if factor < 0.98 else last > 1 if factor > 1.02 else 0.1 < last < 10):
        verdict = "The gradient goes up and down"
    elif factor < 0.98:
        verdict = f"The gradient vanishes: it halves every {np.log(0.5) / np.log(factor):.1f} steps"
    elif factor <= 1.02:
        verdict = "The gradient holds"
    elif numbers["spectral_radius"] < 1 and numbers["nonlinearity"] == "identity":
        verdict = "The gradient grows for now. Every eigenvalue is inside the unit circle, so it must fall in the end"
    else:
        verdict = f"The gradient explodes: it doubles every {np.log(2) / np.log(factor):.1f} steps"
    fits = "" if numbers["steady"] else ", though no single factor fits"
    return (f"{verdict} (factor {factor:.3f} per step{fits}; the bound allows {numbers['per_step']:.3f}). "
            f"After {seq_len} steps {last:.1e} of the gradient is left. {numbers['units']}").strip()


def watch_gradients_vanish():
    return Explorer("watch gradients vanish", controls(), compute, draw, summarize, grid=GRID, tries=TRIES)
