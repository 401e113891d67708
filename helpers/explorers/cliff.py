"""Explorer "the cliff": gradient descent on the error surface of one unit, with and without clipping."""

from functools import lru_cache
from math import hypot, tanh

import numpy as np

from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.numpy_nets import rnn
from helpers.pictures.style import BLACK, BLUE, GRAY, SIZE_MAP, VERMILLION, YELLOW, figure

UPDATES = 200
WEIGHTS, BIASES = (3.9, 5.2), (-3.4, -1.8)      # the window that the map shows
THROWN = 5                                      # a gradient of at least this norm throws the path instead of moving it
FLAT = 0.09                                     # squared error where the last output is stuck near 1: (1 - 0.7)^2


def loss_and_gradient(weight, bias, seq_len=50, h_0=0.5, target=0.7):
    """Return L = (s(h_T) - target)^2 for h_t = w s(h_{t-1}) + b, s the sigmoid, T = seq_len; and dL/dw, dL/db.

    Source: the unit of Pascanu, Mikolov, Bengio 2013, section 2.3.
    Shown in: notebook 04.
    """
    outputs, h = [], h_0
    for _ in range(seq_len):
        outputs.append(sigmoid(h))
        h = weight * outputs[-1] + bias
    y = sigmoid(h)
    grad_h = 2 * (y - target) * y * (1 - y)
    grad_weight = grad_bias = 0.0
    for output in reversed(outputs):
        grad_weight += grad_h * output
        grad_bias += grad_h
        grad_h *= weight * output * (1 - output)
    return (y - target) ** 2, grad_weight, grad_bias


def sigmoid(h):
    """Return rnn.sigmoid(h) of one Python float: a path takes ten thousand of them, and NumPy is slow at single numbers."""
    return 0.5 + 0.5 * tanh(0.5 * h)


@lru_cache(maxsize=128)
def descend(weight, bias, lr, max_norm=None, updates=200):
    """Return the path (updates + 1, 2), the losses and the gradient norms of gradient descent from (weight, bias).

    `max_norm` None leaves the gradient as it is; otherwise it is scaled down to that norm where it is longer.

    Shown in: notebook 04; tests/notebooks/test_same_code.py holds the two equal, as loss_and_gradient.
    """
    path, losses, norms = [], [], []
    for _ in range(updates + 1):
        loss, *gradient = loss_and_gradient(weight, bias)
        norm = hypot(*gradient)
        path.append((weight, bias))
        losses.append(loss)
        norms.append(norm)
        scale = 1.0 if max_norm is None or norm <= max_norm else max_norm / norm
        weight, bias = weight - lr * scale * gradient[0], bias - lr * scale * gradient[1]
    return np.array(path), np.array(losses), np.array(norms)


@lru_cache(maxsize=1)
def surface(points=201):
    """Return L on a grid over the window of the map. Shapes: (points, points), biases by weights."""
    weight, bias = np.meshgrid(np.linspace(*WEIGHTS, points), np.linspace(*BIASES, points))
    h = np.full_like(weight, 0.5)
    for _ in range(50):
        h = weight * rnn.sigmoid(h) + bias
    return (rnn.sigmoid(h) - 0.7) ** 2
GRID = {
    "weight": [4.4, 4.7, 5.0], "bias": [-3.2, -3.0], "lr": [0.02, 0.04, 0.1, 0.2, 0.4], "clipping": ...,
    "updates": [*range(0, 100, 5), *range(100, 201, 20)],
}
TRIES = (
    ({"updates": ...},),
    (*({"clipping": clipping} for clipping in ("0.1", "0.5", "5")),
     *({"weight": 5.0, "bias": -3.2, "clipping": clipping} for clipping in ("0.1", "0.5", "5"))),
    tuple({"clipping": "none", "lr": lr} for lr in (0.2, 0.1, 0.04, 0.02)),
)


def controls():
    return {
        "weight": slider("start: weight w", 4.7, 4.0, 5.1, 0.05),
        "bias": slider("start: bias b", -3.0, -3.3, -2.0, 0.05),
        "lr": slider("learning rate", 0.2, 0.02, 0.5, 0.02),
        "clipping": dropdown("clip the norm at", "none", ("none", "0.1", "0.5", "1", "5")),
        "updates": slider("updates made", UPDATES, 0, UPDATES, 1),
    }


def compute(weight, bias, lr, clipping, updates):
    """Return the path so far, where it is now, its losses and gradient norms, and the step that left the map, if one did."""
    max_norm = None if clipping == "none" else float(clipping)
    path, losses, norms = descend(weight, bias, lr, max_norm, UPDATES)
    steps = np.arange(updates + 1)
    so_far, met = path[:updates + 1], norms[:updates + 1]
    outside = [not on_map(*place) for place in so_far]
    fatal = outside.index(True) - 1 if any(outside) else None     # the last place on the map before the first excursion
    return {
        "path": so_far.T, "here": path[[updates]], "start": path[[0]],
        "losses": (steps, np.maximum(losses[:updates + 1], 1e-7)),
        "norms": (steps, np.clip(met, 1e-7, 1e4)),
        "threshold": None if max_norm is None else ([0, UPDATES], [max_norm] * 2),
        "fatal": None if fatal is None else path[[fatal]],
        "note": None if fatal is None else _label(fatal, met[fatal]),
        "outside": outside[-1], "was_outside": any(outside), "updates": updates,
        "push": 0.0 if fatal is None else met[fatal],
        "loss": losses[updates], "worst": losses[max(0, updates - 50):updates + 1].max(),
        "norm": norms[updates], "steepest": met.max(),
    }


def _label(update, norm):
    """Return what the picture says beside the step that left the map."""
    how = f"gradient norm {norm:.3g}\nthrows the path off the map" if norm > THROWN else "the path walks off the map"
    return f"× update {update}: {how}"


def on_map(weight, bias):
    """Return whether the point lies in the window that the map shows."""
    return WEIGHTS[0] <= weight <= WEIGHTS[1] and BIASES[0] <= bias <= BIASES[1]


def draw(numbers):
    """Return the figure (map, loss, gradient norm) and the artists that move."""
    fig, axes = figure(mosaic="AAB;AAC", width=9.0, height=4.8)
    plan, loss, norm = (axes[letter] for letter in "ABC")
    plan.grid(False)
    shades = plan.imshow(surface(), extent=(*WEIGHTS, *BIASES), origin="lower", aspect="auto", cmap=SIZE_MAP,
                         interpolation="bilinear")
    fig.colorbar(shades, ax=plan, label="loss", pad=0.02)
    plan.set(xlim=WEIGHTS, ylim=BIASES, xlabel="recurrent weight w", ylabel="bias b")
    path, = plan.plot([], [], color="white", linestyle="-", marker=".", markersize=3, linewidth=1)
    start = plan.scatter([], [], s=50, color="white", edgecolor=BLACK, marker="s", zorder=3)
    fatal = plan.scatter([], [], s=170, color=YELLOW, edgecolor=BLACK, marker="X", zorder=5)
    note = plan.text(0.03, 0.04, "", color=BLACK, ha="left", va="bottom", fontsize=11, transform=plan.transAxes)
    here = plan.scatter([], [], s=90, color=VERMILLION, edgecolor="white", zorder=4)
    losses, = loss.plot([], [], color=BLUE, linestyle="-")
    loss.axhline(FLAT, color=GRAY, linewidth=0.8)
    loss.set(xlim=(0, UPDATES), yscale="log", ylim=(1e-6, 1), ylabel="loss (log)", xlabel="updates")
    norms, = norm.plot([], [], color=BLUE, linestyle="-")
    threshold, = norm.plot([], [], color=VERMILLION, linestyle="--")
    norm.set(xlim=(0, UPDATES), yscale="log", ylim=(1e-5, 1e3), ylabel="gradient norm (log)", xlabel="updates")
    return fig, {"path": path, "start": start, "here": here, "losses": losses, "norms": norms, "threshold": threshold,
                 "fatal": fatal, "note": note}


def summarize(numbers):
    """Say where the descent is and what it met; in powers of ten, since the path beyond the cliff is chaotic."""
    updates, push = numbers["updates"], numbers["push"]
    if not numbers["outside"]:
        back = " again, after an excursion" if numbers["was_outside"] else ""
        lately = f" in the last {min(50, updates)}" if updates else ""
        said = f"the path is on the map{back}, with a loss below {_power_of_ten(numbers['worst'], np.ceil)}{lately}."
    elif push > THROWN:
        said = f"the path is off the map. A gradient with a norm over {_power_of_ten(push, np.floor)} threw it there (×)."
    else:
        said = "the path is off the map. It walked there in small steps (× marks the last one)."
    if numbers["outside"] and numbers["norm"] < 1e-3:
        said += f" It is stuck at a loss of {numbers['loss']:.4f}, where the gradient is close to 0."
    return (f"After {updates} updates {said} "
            f"The steepest gradient on the way had a norm over {_power_of_ten(numbers['steepest'], np.floor)}.")


def _power_of_ten(number, rounding):
    return f"{10.0 ** rounding(np.log10(max(number, 1e-7))):g}"


def the_cliff():
    return Explorer("the cliff", controls(), compute, draw, summarize, play="updates", grid=GRID, tries=TRIES)
