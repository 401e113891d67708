"""Explorer "scrub the training": what the network answers after so many updates, beside its loss until then."""

from functools import lru_cache

import numpy as np

from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.numpy_nets import rnn
from helpers.numpy_nets.optimize import train
from helpers.numpy_nets.toy_tasks import sine_to_cosine
from helpers.pictures.style import BLUE, GRAY, ORANGE, VERMILLION, figure

HIDDEN_SIZE, SEGMENT, UPDATES, BETWEEN = 32, 10, 250, 5        # the notebook trains on: a new seed is to answer at once
STEP = np.pi / 10
SHOWN = 40                                                     # steps of the sequence that the network is tried on
SETTLED = 10                                                   # steps after which the start from zeros is forgotten
LOWEST, HIGHEST = 1e-7, 10.0                                   # the loss axis (log)
GRID = {"update": ..., "phase": [0.0, 0.3, 0.5, 1.0, 5.0, 10.5], "lr": ..., "seed": [0, 1, 2, 3]}
TRIES = (
    ({"update": ...},),
    ({"update": 155}, {"seed": 2, "update": 160}),
    tuple({"lr": 0.05, "seed": seed, "update": UPDATES} for seed in (0, 2)),
)


def controls():
    return {
        "update": slider("updates done", 100, 0, UPDATES, BETWEEN),
        "phase": slider("phase (grid steps)", 0.5, 0.0, 20.0, 0.1),
        "lr": dropdown("learning rate", 0.005, (0.0005, 0.005, 0.05)),
        "seed": slider("seed", 0, 0, 9, 1),
    }


@lru_cache(maxsize=16)
def run(seed, lr):
    """Train once; return the loss at every update, and the parameters after every 5th, those at the start first."""
    parameters = rnn.init_parameters(1, HIDDEN_SIZE, 1, rng=np.random.default_rng(seed))
    segments = (sine_to_cosine(SEGMENT, STEP, phase=number * SEGMENT * STEP) for number in range(UPDATES))
    losses, checkpoints = [], [parameters]
    for loss, parameters in train(parameters, segments, lr):
        losses.append(loss)
        if len(losses) % BETWEEN == 0:
            checkpoints.append(parameters)
    return np.array(losses), checkpoints


def compute(update, phase, lr, seed):
    """Return the target, the prediction of the checkpoint after `update` updates, its error, and the losses so far."""
    losses, checkpoints = run(seed, lr)
    parameters = checkpoints[update // BETWEEN]
    x, target = sine_to_cosine(SHOWN, STEP, phase=phase * STEP)
    y = rnn.read_out(rnn.forward(x, None, parameters)[1:], parameters)
    steps, wrong = np.arange(1, SHOWN + 1), ((y - target) ** 2)[:, 0, 0]
    counts = np.arange(1, UPDATES + 1)
    drawn = np.clip(losses, LOWEST, HIGHEST)
    last = max(update, 1)
    return {
        "target": (steps, target[:, 0, 0]),
        "prediction": (steps, np.clip(y[:, 0, 0], -1.9, 1.9)),
        "whole": (counts, drawn),
        "so_far": (counts[:last], drawn[:last]) if update else None,
        "here": np.array([[last, drawn[last - 1]]]),
        "update": update, "loss": float(losses[last - 1]), "first_error": float(wrong[0]),
        "error": float(wrong[SETTLED:].mean()), "highest_later": float(losses[last - 1:].max()),
        "in_training": bool(np.isclose(phase, round(phase))),
    }


def draw(numbers):
    """Return the figure (prediction, loss) and the five artists that move."""
    fig, (series, curve) = figure(1, 2, width=10.0, height=3.8, width_ratios=(1.4, 1))
    target, = series.plot([], [], color=ORANGE, linestyle="-", linewidth=4, label="target: cosine")
    prediction, = series.plot([], [], color=BLUE, linestyle="-", marker="o", markersize=3.5, label="prediction")
    series.set(xlim=(0, SHOWN + 1), ylim=(-2, 2), xlabel="step t", ylabel="$y_t$")
    series.legend(loc="upper right", ncols=2, fontsize=9.5)
    whole, = curve.plot([], [], color="#c4c4c4", linestyle="-", linewidth=1)
    so_far, = curve.plot([], [], color=BLUE, linestyle="-", linewidth=1.2)
    here = curve.scatter([], [], s=60, color=VERMILLION, zorder=4)
    curve.axhline(0.5, color=GRAY, linestyle="--", linewidth=1)
    curve.text(UPDATES, 1.3, "no memory: 0.5", fontsize=9.5, color=GRAY, ha="right", va="bottom")
    curve.set(xlim=(0, UPDATES * 1.02), ylim=(LOWEST, HIGHEST), yscale="log", xlabel="update",
              ylabel="loss of the segment (log)")
    return fig, {"target": target, "prediction": prediction, "whole": whole, "so_far": so_far, "here": here}


def summarize(numbers):
    """Say how wrong the checkpoint is on the sequence shown, and whether that one was trained on."""
    known = "a phase it was trained on" if numbers["in_training"] else "a held-out phase"
    said = (f"After {numbers['update']} updates, on {known}, the mean squared error is {numbers['error']:.4f} from step "
            f"{SETTLED + 1} on (0.5 without memory). At the first step, which has nothing to remember, the squared error is "
            f"{numbers['first_error']:.2f}.")
    if numbers["update"] and numbers["highest_later"] > 20 * numbers["loss"] and numbers["highest_later"] > 0.01:
        said += f" It isn't settled. The loss will climb back to {numbers['highest_later']:.2g}."
    return said


def scrub_the_training():
    return Explorer("scrub the training", controls(), compute, draw, summarize, play="update", grid=GRID, tries=TRIES)
