"""Explorer "scrub the training": a network on the sunspots, epoch by epoch, past the best one."""

from functools import lru_cache

import numpy as np

from helpers.datasets import sunspot_training, sunspots
from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.numpy_nets import rnn
from helpers.pictures.style import BLACK, BLUE, GRAY, VERMILLION, figure

LENGTH = 40                                                    # years before a forecast that the network has read
FIRST, BORDER, LAST = 1881, 1920, 1960                         # shown: 40 training years, 40 validation years
KEPT = 5                                                       # epochs between two checkpoints
PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ho", "bias_o")
LOWEST, HIGHEST = 4.5, 50.0                                    # the axis of the errors (log)
SMALL, LARGE = 0.05, 3.0                                       # the axis of the gradient's norm (log)
GRID = {"epoch": ..., "lr": ..., "seed": ...}
TRIES = (
    ({"epoch": ...},),
    ({"epoch": 150},),
    (*({"lr": 0.03, "seed": seed, "epoch": 150} for seed in (0, 1, 2)), {"lr": 0.001, "epoch": 100}, {"lr": 0.001, "epoch": 150}),
)


def controls():
    stored = sunspot_training()
    rates = [round(float(rate), 6) for rate in stored["rates"]]
    return {
        "epoch": slider("epochs done", 25, 0, int(stored["epochs"][-1]), KEPT),
        "lr": dropdown("learning rate", rates[1], rates),
        "seed": slider("seed", 0, 0, len(stored["seeds"]) - 1, 1),
    }


@lru_cache(maxsize=1)
def data():
    """Return the stored run, the years shown, the observed numbers, the scaled contexts, and mean and deviation."""
    years, numbers = sunspots()
    training = numbers[years <= BORDER]
    mean, deviation = training.mean(), training.std()
    shown = np.flatnonzero((years >= FIRST) & (years <= LAST))
    scaled = (numbers - mean) / deviation
    context = np.stack([scaled[year - LENGTH : year] for year in shown], axis=1)[..., None]      # (length, years, 1)
    return sunspot_training(), years[shown], numbers[shown], context, mean, deviation


def compute(epoch, lr, seed):
    """Return the forecasts of the checkpoint, one year ahead, its two errors, and the curves so far."""
    stored, years, observed, context, mean, deviation = data()
    run = int(np.argmin(np.abs(stored["rates"] - lr))), seed
    parameters = {name: stored[name][run][epoch // KEPT].astype(float) for name in PARAMETERS}
    forecast = rnn.read_out(rnn.forward(context, None, parameters)[-1], parameters)[:, 0] * deviation + mean
    late = years > BORDER
    error = np.sqrt(np.mean((forecast - observed)[late] ** 2))
    on_training = np.sqrt(np.mean((forecast - observed)[~late] ** 2))
    epochs = np.arange(1, stored["training"].shape[-1] + 1)
    curves = {name: np.clip(stored[name][run].astype(float), LOWEST, HIGHEST) for name in ("training", "validation")}
    norm = np.clip(stored["grad_norm"][run].astype(float), SMALL, LARGE)
    best = int(stored["validation"][run].argmin())
    last = max(epoch, 1)
    return {
        "forecast": (years, np.clip(forecast, -60, 220)),
        "whole_training": (epochs, curves["training"]), "whole_validation": (epochs, curves["validation"]),
        "training": (epochs[:last], curves["training"][:last]), "validation": (epochs[:last], curves["validation"][:last]),
        "here": np.array([[last, curves["validation"][last - 1]]]),
        "best": np.array([[best + 1, curves["validation"][best]]]),
        "whole_norm": (epochs, norm), "norm": (epochs[:last], norm[:last]),
        "here_norm": np.array([[last, norm[last - 1]]]),
        "epoch": epoch, "error": float(error), "on_training": float(on_training),
        "best_epoch": best + 1, "best_error": float(stored["validation"][run][best]),
        "grad_norm": float(stored["grad_norm"][run][last - 1]),
    }


def draw(numbers):
    """Return the figure (forecasts above; errors and gradient's norm below) and the artists that move."""
    _, years, observed, *_ = data()
    fig, axes = figure(width=10.0, height=5.4, mosaic="AA;BC", height_ratios=(1.1, 1))
    series, curve, norm = axes["A"], axes["B"], axes["C"]
    series.plot(years, observed, color=BLACK, linestyle="-", linewidth=2, label="observed")
    forecast, = series.plot([], [], color=BLUE, linestyle="-", marker="o", markersize=3, label="forecast, one year ahead")
    series.axvline(BORDER + 0.5, color=GRAY, linestyle="-", linewidth=1)
    series.text(BORDER - 0.5, 196, "training years", fontsize=9.5, color=GRAY, ha="right", va="top")
    series.text(BORDER + 1.5, 196, "validation years", fontsize=9.5, color=GRAY, ha="left", va="top")
    series.set(xlim=(FIRST - 1, LAST + 1), ylim=(-60, 220), xlabel="year", ylabel="sunspot number")
    series.legend(loc="lower right", ncols=2, fontsize=9.5)
    epochs = len(numbers["whole_norm"][0])
    whole_training, = curve.plot([], [], color="#c4c4c4", linestyle="--", linewidth=1)
    whole_validation, = curve.plot([], [], color="#c4c4c4", linestyle="-", linewidth=1)
    training, = curve.plot([], [], color=VERMILLION, linestyle="--", linewidth=1.4, label="training")
    validation, = curve.plot([], [], color=BLUE, linestyle="-", linewidth=1.4, label="validation")
    best = curve.scatter([], [], s=110, facecolors="none", edgecolors=BLACK, linewidths=1.5, zorder=4, label="best")
    here = curve.scatter([], [], s=45, color=BLUE, zorder=5)
    curve.set(xlim=(0, epochs * 1.02), ylim=(LOWEST, HIGHEST), yscale="log", xlabel="epoch", ylabel="RMSE (log)")
    curve.set_yticks([5, 10, 20, 40], ["5", "10", "20", "40"])
    curve.minorticks_off()
    curve.legend(loc="upper right", ncols=3, fontsize=9.5)
    whole_norm, = norm.plot([], [], color="#c4c4c4", linestyle="-", linewidth=1)
    norm_line, = norm.plot([], [], color=BLUE, linestyle="-", linewidth=1.2)
    here_norm = norm.scatter([], [], s=45, color=BLUE, zorder=5)
    norm.axhline(1, color=GRAY, linestyle="--", linewidth=1)
    norm.text(epochs, 1.1, "clipped above 1", fontsize=9.5, color=GRAY, ha="right", va="bottom")
    norm.set(xlim=(0, epochs * 1.02), ylim=(SMALL, LARGE), yscale="log", xlabel="epoch", ylabel="gradient's norm (log)")
    return fig, {"forecast": forecast, "whole_training": whole_training, "whole_validation": whole_validation,
                 "training": training, "validation": validation, "best": best, "here": here,
                 "whole_norm": whole_norm, "norm": norm_line, "here_norm": here_norm}


def summarize(numbers):
    """Say how wrong the checkpoint is on both parts, and where the best one was."""
    said = (f"After {numbers['epoch']} epochs the forecasts one year ahead are off by {numbers['error']:.1f} sunspots on the "
            f"validation years and by {numbers['on_training']:.1f} on the training years shown (root of the mean squared "
            f"error); mean norm of the gradient in epoch {max(numbers['epoch'], 1)}: {numbers['grad_norm']:.2f}.")
    away = numbers["epoch"] - numbers["best_epoch"]
    side = "still to come" if away < 0 else "this one" if away == 0 else f"{away} epoch{'s' * (away > 1)} ago"
    return said + f" Best: {numbers['best_error']:.1f}, epoch {numbers['best_epoch']}, {side}."


def scrub_the_sunspots():
    return Explorer("scrub the training", controls(), compute, draw, summarize, play="epoch", grid=GRID, tries=TRIES)
