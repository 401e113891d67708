"""Explorer "a fading memory": the smallest memory there is, one number that keeps a share of itself and takes impulses."""

import numpy as np

from helpers.explorers.engine import Explorer, slider
from helpers.pictures.style import BLACK, BLUE, GRAY, ORANGE, SKY, figure

SEQ_LEN = 60
GRID = {"kept": [share / 20 for share in range(21)], "impulses": ..., "t": ...}
TRIES = ()


def controls():
    return {
        "kept": slider("kept at each step", 0.9, 0.0, 1.0, 0.01),
        "impulses": slider("impulses", 3, 1, 5, 1),
        "t": slider("step", 32, 0, SEQ_LEN - 1, 1),
    }


def compute(kept, impulses, t):
    """Return the memory h_t = kept h_{t-1} + x_t over the steps, where an impulse, x_t = 1, arrives at every tenth step."""
    x = np.zeros(SEQ_LEN)
    x[5:5 + 10 * impulses:10] = 1
    h = np.empty(SEQ_LEN)
    before = 0.0
    for step in range(SEQ_LEN):
        before = h[step] = kept * before + x[step]
    steps = np.arange(SEQ_LEN)
    return {
        "memory": (steps, h), "now": np.array([[t, h[t]]]),
        "area": np.array([(0, 0), *zip(steps[:t + 1], h[:t + 1]), (t, 0)]),
        "x": np.array([(step, 0.0) for step in np.flatnonzero(x)]),
        "kept": kept, "t": t, "h_t": float(h[t]), "received": int(x[:t + 1].sum()),
    }


def draw(numbers):
    """Return the figure, with fixed limits, and the four artists that move."""
    fig, ax = figure(width=8.0, height=3.2)
    ax.set(xlim=(-1, SEQ_LEN), ylim=(-0.15, 5.3), xlabel="step $t$", ylabel="memory $h_t$")
    ax.axhline(1, color=GRAY, linestyle="--", linewidth=1)
    ax.annotate("one impulse", (-0.8, 1), xytext=(0, 4), textcoords="offset points", fontsize=9.5, color=GRAY)
    area, = ax.fill([], [], color=SKY, alpha=0.4, linewidth=0)
    memory, = ax.plot([], [], color=BLUE, linestyle="-", marker=".", markersize=4, label="memory")
    impulses = ax.scatter([], [], marker="^", s=70, color=BLACK, zorder=4, clip_on=False, label="impulse")
    now = ax.scatter([], [], s=80, color=ORANGE, edgecolor=BLACK, zorder=5, label="this step")
    ax.legend(loc="upper left", fontsize=9.5, ncols=3, frameon=False)
    return fig, {"area": area, "memory": memory, "x": impulses, "now": now}


def summarize(numbers):
    """Say what the memory holds at the step shown, and how long it takes to lose half of an impulse."""
    kept, received = numbers["kept"], numbers["received"]
    impulses = "1 impulse" if received == 1 else f"{received} impulses"
    said = f"At step {numbers['t']}, after {impulses}, the memory holds {numbers['h_t']:.2f}. "
    if kept == 1:
        return said + "It keeps everything, so no impulse ever fades."
    if kept == 0:
        return said + "It keeps nothing, so an impulse is gone one step later."
    return said + f"Half of an impulse is gone after {np.log(0.5) / np.log(kept):.1f} steps."


def fading_memory():
    return Explorer("a fading memory", controls(), compute, draw, summarize, play="t", grid=GRID, tries=TRIES)
