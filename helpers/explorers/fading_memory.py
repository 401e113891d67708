"""Explorer "a fading memory": the smallest memory there is, which keeps a share of what it holds and hears knocks."""

import numpy as np

from helpers.explorers.engine import Explorer, slider
from helpers.pictures.style import BLACK, BLUE, GRAY, ORANGE, SKY, figure

SEQ_LEN = 60


def controls():
    """Return the three controls by name."""
    return {
        "kept": slider("kept at each step", 0.9, 0.0, 1.0, 0.01),
        "knocks": slider("knocks", 3, 1, 5, 1),
        "t": slider("moment", 32, 0, SEQ_LEN - 1, 1),
    }


def compute(kept, knocks, t):
    """Return the memory h_t = kept h_{t-1} + x_t over the steps, where a knock is x_t = 1 at every tenth step."""
    x = np.zeros(SEQ_LEN)
    x[5:5 + 10 * knocks:10] = 1
    h = np.empty(SEQ_LEN)
    before = 0.0
    for step in range(SEQ_LEN):
        before = h[step] = kept * before + x[step]
    steps = np.arange(SEQ_LEN)
    return {
        "memory": (steps, h), "now": np.array([[t, h[t]]]),
        "area": np.array([(0, 0), *zip(steps[:t + 1], h[:t + 1]), (t, 0)]),
        "x": np.array([(step, 0.0) for step in np.flatnonzero(x)]),
        "kept": kept, "t": t, "h_t": float(h[t]), "heard": int(x[:t + 1].sum()),
    }


def draw(numbers):
    """Return the figure, with fixed limits, and the four artists that move."""
    fig, ax = figure(width=8.0, height=3.2)
    ax.set(xlim=(-1, SEQ_LEN), ylim=(-0.15, 5.3), xlabel="step $t$", ylabel="memory $h_t$")
    ax.axhline(1, color=GRAY, linestyle="--", linewidth=1)
    ax.annotate("one knock", (-0.8, 1), xytext=(0, 4), textcoords="offset points", fontsize=9.5, color=GRAY)
    area, = ax.fill([], [], color=SKY, alpha=0.4, linewidth=0)
    memory, = ax.plot([], [], color=BLUE, linestyle="-", marker=".", markersize=4, label="memory")
    knocks = ax.scatter([], [], marker="^", s=70, color=BLACK, zorder=4, clip_on=False, label="knock")
    now = ax.scatter([], [], s=80, color=ORANGE, edgecolor=BLACK, zorder=5, label="moment")
    ax.legend(loc="upper left", fontsize=9.5, ncols=3, frameon=False)
    return fig, {"area": area, "memory": memory, "x": knocks, "now": now}


def summarize(numbers):
    """Say what the memory holds at the moment shown, and how long half a knock lasts."""
    kept, heard = numbers["kept"], numbers["heard"]
    knocks = "1 knock" if heard == 1 else f"{heard} knocks"
    said = f"At step {numbers['t']}, after {knocks}, the memory holds {numbers['h_t']:.2f}. "
    if kept == 1:
        return said + "It keeps everything: no knock ever fades."
    if kept == 0:
        return said + "It keeps nothing: a knock is gone one step later."
    return said + f"Half of a knock is gone after {np.log(0.5) / np.log(kept):.1f} steps."


def fading_memory():
    """Return the explorer."""
    return Explorer("a fading memory", controls(), compute, draw, summarize, play="t")
