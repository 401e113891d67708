"""Explorer "one unit": the trajectory of one hidden unit, its cobweb diagram with fixed points, the half-life of its memory."""

import numpy as np

from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.numpy_nets.rnn import NONLINEARITIES
from helpers.pictures.style import BLACK, BLUE, DOTS_PER_INCH, GRAY, GREEN, ORANGE, PURPLE, VERMILLION, figure

SEQ_LEN = 40
EDGE = 2.0                                      # both axes of the state end here; what leaves them is said in words
INPUTS = {
    "impulse": np.eye(SEQ_LEN)[0],
    "step": np.ones(SEQ_LEN),
    "sine": np.round(np.sin(2 * np.pi * np.arange(1, SEQ_LEN + 1) / 20), 12),
    "noise": np.clip(np.random.default_rng(0).standard_normal(SEQ_LEN), -2, 2),
}
FAINT = "#a6a6a6"                               # the rest of the run, behind the steps so far
TWO_PIXELS = 2 * 72 / DOTS_PER_INCH             # in points; on whole pixels a side drawn twice is as bold as one drawn once
EVEN = 1e-9                                     # a slope this near to 1 counts as 1: distances neither shrink nor grow
GRID = {
    "weight_hh": [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.5, 2.0],
    "bias": [0.0, 0.5], "nonlinearity": ..., "input": ..., "t": [1, 2, 3, 5, 10, 20, 30, 40],
}
TRIES = (
    tuple({"weight_hh": weight} for weight in (0.8, 0.95, 1.0, 1.05, 1.2, 1.5)),
    ({"weight_hh": -1.5},),
    tuple({"nonlinearity": "relu", "weight_hh": weight} for weight in (0.9, 1.0, 1.1)),
)


def controls():
    return {
        "weight_hh": slider("recurrent weight", 0.8, -2.0, 2.0, 0.05),
        "weight_ih": slider("input weight", 1.0, -2.0, 2.0, 0.1),
        "bias": slider("bias", 0.0, -2.0, 2.0, 0.1),
        "h_0": slider("initial state", 0.0, -1.5, 1.5, 0.1),
        "nonlinearity": dropdown("activation", "tanh", NONLINEARITIES),
        "input": dropdown("input", "impulse", INPUTS),
        "t": slider("step to look at", SEQ_LEN, 1, SEQ_LEN, 1),
    }


def compute(weight_hh, weight_ih, bias, h_0, nonlinearity, input, t):
    """Return the trajectory, the map h -> phi(weight_hh h + drive) at step t, its fixed points and the half-life.

    The map, its fixed points and the half-life are those of the input x_t held forever: drive = weight_ih x_t + bias.
    """
    phi, _ = NONLINEARITIES[nonlinearity]
    x = INPUTS[input]
    weight_hh = round(weight_hh, 12)                            # a slider's 1.0000000000000002 means 1
    states = np.empty(SEQ_LEN + 1)
    states[0] = h_0
    for step in range(SEQ_LEN):
        states[step + 1] = phi(weight_hh * states[step] + weight_ih * x[step] + bias)

    drive = float(round(weight_ih * x[t - 1] + bias, 12))
    points = fixed_points(weight_hh, drive, nonlinearity)
    slopes = slope_at(points, weight_hh, drive, nonlinearity)
    stable, unstable = np.abs(slopes) < 1 - EVEN, np.abs(slopes) > 1 + EVEN
    border = ~stable & ~unstable
    slope, half_life, reason = memory(float(states[t]), weight_hh, drive, nonlinearity, points, slopes)

    steps = np.arange(SEQ_LEN + 1)
    inside = np.clip(states, -2 * EDGE, 2 * EDGE)              # the line leaves the picture; it need not go to 1e12
    h = np.linspace(-EDGE, EDGE, 161)
    corners = np.repeat(inside[:t + 1], 2)                      # (h_0, h_0), (h_0, h_1), (h_1, h_1), (h_1, h_2), ...
    on_map, seen = np.column_stack([points, points]), np.abs(points) <= EDGE
    return {
        "states": (steps[:t + 1], inside[:t + 1]), "rest": (steps[t:], inside[t:]),
        "now": np.array([[t, inside[t]]]), "now_on_map": np.array([[inside[t - 1], inside[t]]]),
        "x": (steps[1:], x), "x_now": np.array([[t, x[t - 1]]]),
        "map": (h, np.clip(phi(weight_hh * h + drive), -2 * EDGE, 2 * EDGE)),
        "cobweb": (corners[:-1], corners[1:]),
        "stable": on_map[stable & seen], "unstable": on_map[unstable & seen], "border": on_map[border & seen],
        "slope": slope, "half_life": half_life, "reason": reason,
        "h_t": float(states[t]), "x_t": float(x[t - 1]), "t": t, "input": input,
        "counts": {"stable": int(stable.sum()), "borderline": int(border.sum()), "unstable": int(unstable.sum())},
        "leaves": next((int(step) for step in steps if abs(states[step]) > EDGE), None),
    }


def fixed_points(weight_hh, drive, nonlinearity):
    """Return every h with h = phi(weight_hh h + drive), rising; none where each h from 0 up is one (identity, ReLU at weight 1).

    Found where phi(weight_hh h + drive) - h changes its sign; for the straight lines, solved.
    """
    if nonlinearity in ("identity", "relu"):
        on_line = [drive / (1 - weight_hh)] if weight_hh != 1 else []
        if nonlinearity == "identity":
            return np.array(on_line)
        off = [0.0] if drive < 0 or drive == 0 and weight_hh != 1 else []
        return np.array(sorted({*off, *(h for h in on_line if h > 0)}))
    phi, _ = NONLINEARITIES[nonlinearity]
    grid = np.linspace(-1.001, 1.001, 2003)                     # no grid point but 0 is a likely solution
    above = phi(weight_hh * grid + drive) > grid
    falls = np.flatnonzero(above[:-1] != above[1:])
    low, high, first = grid[falls], grid[falls + 1], above[falls]
    for _ in range(50):
        middle = (low + high) / 2
        same = (phi(weight_hh * middle + drive) > middle) == first
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.where(np.abs(high) < 1e-12, 0.0, high)


def slope_at(h, weight_hh, drive, nonlinearity):
    """Return d h_t / d h_{t-1} = weight_hh phi'(weight_hh h + drive): what a small distance is multiplied by.

    At ReLU's kink it is the slope on the side of larger h, since no state of a ReLU unit is negative.
    """
    phi, slope = NONLINEARITIES[nonlinearity]
    a = weight_hh * np.asarray(h, dtype=float) + drive
    if nonlinearity == "relu":
        return np.where((a > 0) | ((a == 0) & (weight_hh > 0)), weight_hh, 0.0)
    return weight_hh * slope(phi(a))


def memory(h, weight_hh, drive, nonlinearity, points, slopes):
    """Return (slope, half-life, reason) at the fixed point to which h goes, or (None, None, why there is no half-life).

    Units: half-life in steps, log(1/2) / log|slope|; 0 where the slope is 0.
    """
    phi, _ = NONLINEARITIES[nonlinearity]
    if weight_hh == 1 and nonlinearity in ("identity", "relu"):         # the curve runs beside the diagonal, or on it
        if drive == 0:
            return None, None, f"every state {'from 0 up ' if nonlinearity == 'relu' else ''}stays where it is forever"
        if nonlinearity == "identity" or drive > 0:
            return None, None, f"the state moves by {drive:+.2f} at every step, forever"
        if h > 0:
            return None, None, f"the state moves by {drive:+.2f} at every step until it is 0"
    for _ in range(1000):
        h = float(phi(weight_hh * h + drive))
        if abs(h) > 1e6:
            return None, None, "the state grows without bound"
    h_next = float(phi(weight_hh * h + drive))
    near = int(np.abs(points - h).argmin())                     # from here on there is a fixed point, always
    if abs(points[near] - h) > 0.05:
        low, high = sorted((h, h_next))
        return None, None, f"the state doesn't settle, it flips between {low:.2f} and {high:.2f}"
    slope = float(slopes[near])
    if abs(slope) > 1 + EVEN:
        return None, None, "the state sits on an unstable fixed point, and the slightest push drives it away"
    if abs(slope) >= 1 - EVEN:
        return None, None, f"the slope is {slope:.0f}, so distances shrink more and more slowly, if at all"
    return slope, float(np.log(0.5) / np.log(abs(slope))) if slope else 0.0, None


def draw(numbers):
    """Return the figure (state, input, cobweb; fixed limits) and the artists that move."""
    fig, axes = figure(mosaic="AB;CB", width=9.0, height=4.7, width_ratios=(1.1, 1), height_ratios=(2.6, 1))
    trajectory, cobweb, drive = (axes[letter] for letter in "ABC")
    trajectory.set(xlim=(-1, SEQ_LEN + 1), ylim=(-EDGE, EDGE), ylabel="state $h_t$")
    drive.set(xlim=(-1, SEQ_LEN + 1), ylim=(-2.2, 2.2), xlabel="step $t$", ylabel="input $x_t$")
    trajectory.tick_params(labelbottom=False)
    for ax in (trajectory, drive):
        ax.axhline(0, color=GRAY, linestyle="-", linewidth=0.8)
    rest, = trajectory.plot([], [], color=FAINT, linestyle="-", linewidth=1.2)
    states, = trajectory.plot([], [], color=BLUE, linestyle="-", marker=".", markersize=5)
    now = trajectory.scatter([], [], s=60, color=ORANGE, edgecolor=BLACK, zorder=5)
    x, = drive.plot([], [], color=PURPLE, linestyle="-", marker=".", markersize=4)
    x_now = drive.scatter([], [], s=40, color=ORANGE, edgecolor=BLACK, zorder=5)

    cobweb.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), aspect="equal", xlabel="state before the step, $h_{t-1}$",
               ylabel="state after the step, $h_t$")
    cobweb.plot([-EDGE, EDGE], [-EDGE, EDGE], color=GRAY, linestyle="--", linewidth=1, label="after = before")
    path, = cobweb.plot([], [], color=BLUE, linestyle="-", linewidth=TWO_PIXELS)
    curve, = cobweb.plot([], [], color=BLACK, linestyle="-", linewidth=2, label="the step, at input $x_t$")
    stable = cobweb.scatter([], [], s=80, marker="o", color=GREEN, edgecolor=BLACK, zorder=4, label="fixed, stable")
    unstable = cobweb.scatter([], [], s=75, marker="X", color=VERMILLION, edgecolor=BLACK, zorder=4,
                              label="fixed, unstable")
    border = cobweb.scatter([], [], s=80, marker="o", color="white", edgecolor=BLACK, zorder=4, label="fixed, borderline")
    now_on_map = cobweb.scatter([], [], s=40, color=ORANGE, edgecolor=BLACK, zorder=5, label="step shown")
    cobweb.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=9.5, frameon=False,
                  handlelength=1.6, columnspacing=1.0)
    return fig, {"rest": rest, "states": states, "now": now, "x": x, "x_now": x_now, "cobweb": path, "map": curve,
                 "stable": stable, "unstable": unstable, "border": border, "now_on_map": now_on_map}


def summarize(numbers):
    """Say where the state is, which fixed points there are, and the half-life of the memory or why it has none."""
    parts = [f"After step {numbers['t']} the state is {_short(numbers['h_t'])}."]
    if numbers["leaves"] is not None:
        parts.append(f"It leaves the picture (beyond ±{EDGE:.0f}) at step {numbers['leaves']}.")
    held = "Without input" if numbers["x_t"] == 0 else f"With the input held at {numbers['x_t']:.2f}"
    parts.append(f"{held}: {_count(numbers['counts'])}.")
    if numbers["reason"]:
        parts.append(f"No half-life: {numbers['reason']}.")
    elif numbers["slope"] == 0:
        parts.append("One step forgets everything: half-life 0 (slope 0 at the fixed point).")
    else:
        parts.append(f"The memory's half-life is {numbers['half_life']:.1f} steps "
                     f"(slope {numbers['slope']:.3f} at the fixed point).")
    if numbers["counts"]["stable"] > 1:
        parts.append("Which of them the state is near is remembered as long as the input stays as it is.")
    return " ".join(parts)


def one_unit():
    return Explorer("one unit", controls(), compute, draw, summarize, play="t", grid=GRID, tries=TRIES)


def _short(number):
    return f"{number:.2f}" if abs(number) < 1000 else f"{number:.1e}"


def _count(counts):
    words = ("no", "one", "two", "three")
    found = [f"{words[number]} {kind} fixed point{'s' if number > 1 else ''}" for kind, number in counts.items() if number]
    return " and ".join(found) or "no isolated fixed point"
