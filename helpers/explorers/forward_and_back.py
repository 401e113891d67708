"""Explorer "forward and back": states fill from left to right, deltas from right to left, and the gradients add up."""

from functools import lru_cache

import numpy as np
from matplotlib.collections import LineCollection

from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.explorers.inside_the_cell import PENCIL, UNITS
from helpers.numpy_nets import rnn
from helpers.pictures.fast_text import cell_name, quick_text
from helpers.pictures.style import BLACK, BLUE, GRAY, figure, soft_map

# The slider runs over 12 positions forward and 12 back. Three steps have four each (the stages below), six steps have
# two, twelve have one: a pass takes equally long, and ends where the slider ends, whatever the network.
POSITIONS = 12
STAGES = 4
X, SUM, STATE, ERROR = range(1, STAGES + 1)              # forward: the input, a_t, h_t, y_t and its error
FROM_ABOVE, WHOLE, DELTA, TERMS = range(1, STAGES + 1)   # back: W_ho^T dL/dy_t, dL/dh_t, delta_t, the gradients' terms
PENCIL_STEPS = 3                                         # the pencil network's numbers are written out
STEPS = (3, 6, 12)
LOSSES = ("at every step", "at the last step only")
NOT_YET = 9.0                                            # beyond the color scale: gray

# A block is a heat map. The blocks over time: label, bottom edge, height. The gradients: label, left, bottom, size.
WIDE = 12.0
OVER_TIME = {
    "error": (r"$e_t=\partial L/\partial y_t$", 14.0, 1),
    "h": (r"$h_t$", 11.8, 2),
    "a": (r"$a_t$", 9.6, 2),
    "x": (r"$x_t$", 8.4, 1),
    "above": (r"$W_{ho}^\top e_t$", 5.8, 2),
    "grad_h": (r"$\partial L/\partial h_t$", 3.6, 2),
    "delta": (r"$\delta_t=\partial L/\partial a_t$", 1.4, 2),
}
UNSCALED = ("x", "a", "h")                               # shown as they are, gradients relative to their largest
HIGHEST_BAR = 1.2
FORWARD_ROWS, BACKWARD_ROWS = (8.3, 15.1), (-0.1, 7.9)
GRADIENTS = {
    "weight_hh": (r"$\partial L/\partial W_{hh}$", 0.0, 5.6, 2, 2),
    "weight_ih": (r"$\partial L/\partial W_{ih}$", 2.5, 5.6, 1, 2),
    "bias_ih": (r"$\partial L/\partial b_{ih}$", 4.0, 5.6, 1, 2),
    "weight_ho": (r"$\partial L/\partial W_{ho}$", 0.0, 2.3, 2, 1),
    "bias_o": (r"$\partial L/\partial b_o$", 2.5, 2.3, 1, 1),
    "h_0": (r"$\partial L/\partial h_0$", 4.0, 1.3, 1, 2),
}
GRID = {"position": ..., "network": ..., "seq_len": ..., "loss": ..., "gain": [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]}
_LARGE = {"network": "16 units", "seq_len": 12, "loss": LOSSES[1], "position": 2 * POSITIONS}
TRIES = (
    ({"position": ...},),
    ({"loss": LOSSES[1], "position": 2 * POSITIONS},),
    (_LARGE, _LARGE | {"gain": 2.5}),
)


def controls():
    return {
        "position": slider("along the pass", 19, 0, 2 * POSITIONS, 1),
        "network": dropdown("network", "pencil: 2 units", UNITS),
        "seq_len": dropdown("steps", 3, STEPS),
        "loss": dropdown("loss", LOSSES[0], LOSSES),
        "gain": slider("gain (times W_hh)", 1.0, 0.0, 2.5, 0.1),
    }


@lru_cache(maxsize=256)
def whole_pass(network, seq_len, loss, gain):
    """Return what the pass computes: each step as a column by name, each gradient's terms by step, and dL/dh_0."""
    x, h_0, parameters, target = rnn.pencil_network()
    if UNITS[network] != PENCIL:
        parameters = rnn.init_parameters(1, UNITS[network], 1, rng=np.random.default_rng(0))
        h_0 = np.zeros((1, UNITS[network]))
    parameters = parameters | {"weight_hh": gain * parameters["weight_hh"]}
    x, target = np.resize(x, (seq_len, 1, 1)), np.resize(target, (seq_len, 1, 1))
    states = rnn.forward(x, h_0, parameters)
    error = rnn.read_out(states[1:], parameters) - target
    if loss == LOSSES[1]:
        error[:-1] = 0
    from_x = x @ parameters["weight_ih"].T + parameters["bias_ih"] + parameters["bias_hh"]
    from_h = states[:-1] @ parameters["weight_hh"].T
    from_above = error @ parameters["weight_ho"]
    delta, from_later = np.empty_like(from_above), np.zeros((seq_len + 1, *h_0.shape))
    for t in reversed(range(seq_len)):                       # from_later[t] is what h_t gets from the step after it
        delta[t] = (1 - states[t + 1] ** 2) * (from_above[t] + from_later[t + 1])
        from_later[t] = delta[t] @ parameters["weight_hh"]
    terms = {                                                # (seq_len, rows, columns), shaped as in the picture
        "weight_hh": np.einsum("tbi,tbj->tij", delta, states[:-1]),
        "weight_ih": np.einsum("tbi,tbj->tij", delta, x),
        "bias_ih": delta.transpose(0, 2, 1),
        "weight_ho": np.einsum("tbi,tbj->tij", error, states[1:]),
        "bias_o": error,
    }
    columns = {
        "x": x, "h": states[1:], "error": error, "grad_h": from_above + from_later[1:], "delta": delta,
        "h_before": states[:-1], "from_x": from_x, "from_h": from_h, "a": from_x + from_h,
        "above": from_above, "later": from_later[1:],
        "y": rnn.read_out(states[1:], parameters), "target": target,
    }
    return {name: array[:, 0].T for name, array in columns.items()}, terms, from_later[0].T


def where(stages, seq_len):
    """Return (forward or not, step from 1, stage from 1) after so many stages; step 0 before anything has been computed."""
    forward = stages <= seq_len * STAGES
    step, stage = (stages + STAGES - 1) // STAGES, (stages - 1) % STAGES + 1
    return forward, step if forward else 2 * seq_len + 1 - step, stage


def compute(position, network, seq_len, loss, gain):
    """Return every block as far as the pass has come, the cells' texts, and the size of each step's term."""
    columns, terms, grad_h_0 = whole_pass(network, seq_len, loss, gain)
    stages = position * seq_len * STAGES // POSITIONS         # so far, forward and back
    forward, step, stage = where(stages, seq_len)
    t = np.arange(1, seq_len + 1)
    reached = {name: (t - 1) * STAGES + at <= stages
               for name, at in (("x", X), ("a", SUM), ("h", STATE), ("error", ERROR))}
    reached |= {name: (2 * seq_len - t) * STAGES + at <= stages
                for name, at in (("above", FROM_ABOVE), ("grad_h", WHOLE), ("delta", DELTA), ("terms", TERMS))}
    finished = bool(reached["terms"].all())
    spelled_out = UNITS[network] == PENCIL and seq_len == PENCIL_STEPS
    known, scales = {}, {}                                    # NaN where nothing has been computed yet
    for name in OVER_TIME:
        known[name] = np.where(reached[name], columns[name], np.nan)
        scales[name] = 1.0 if name in UNSCALED else np.abs(columns[name]).max()
    for name, each in terms.items():
        so_far, whole = each[reached["terms"]].sum(axis=0), each.sum(axis=0)
        known[name] = np.where(reached["terms"].any(), so_far, np.nan)
        scales[name] = max(np.abs(whole).max(), np.abs(so_far).max()) or np.nan
    known["h_0"], scales["h_0"] = np.where(finished, grad_h_0, np.nan), np.abs(grad_h_0).max() or 1.0
    numbers = {name: np.nan_to_num(np.clip(known[name] / scales[name], -1, 1), nan=NOT_YET) for name in known}
    for name, index in cells():
        number = known[name][index] if spelled_out else np.nan
        numbers[cell_name(name, index)] = None if np.isnan(number) else f"{number + 0.0:.4f}"
    for count in STEPS:
        label = "t = {}" if count < 12 else "{}"
        numbers |= {f"t = {i} of {count}": label.format(i) if count == seq_len else None for i in range(1, count + 1)}

    sizes = np.linalg.norm(terms["weight_hh"], axis=(1, 2))
    heights = np.where(reached["terms"], sizes / (sizes.max() or 1.0), 0.0)
    edges = np.linspace(0, WIDE, seq_len + 1)
    left, right = (edges[step - 1], edges[step]) if step else (0.0, 0.0)
    low, high = FORWARD_ROWS if forward else BACKWARD_ROWS
    said = "Nothing computed yet" if not step else "Forward" if forward else "Backward"
    return numbers | {
        "frames over time": [frame(0, bottom, WIDE, rows) for _, bottom, rows in OVER_TIME.values()],
        "frames of the gradients": [frame(*block) for _, *block in GRADIENTS.values()],
        "bars": outline(edges, HIGHEST_BAR * heights),
        "cursor": ([left, right, right, left, left], [low, low, high, high, low]) if step and not finished else None,
        "title": "The pass is complete" if finished else f"{said}: step {step} of {seq_len}" if step else said,
        "forward": forward, "step": step, "stage": stage, "finished": finished, "spelled_out": spelled_out,
        "seq_len": seq_len, "sizes": sizes, "reach": float(np.linalg.norm(grad_h_0)),
        "looked_at": loss == LOSSES[0] or step == seq_len,
        "this step": {name: array[:, max(step, 1) - 1] for name, array in columns.items()},
    }


def frame(left, bottom, columns, rows):
    """Return the outline of a block: drawn anew with each picture, so that it lies on top of the block."""
    across, up = [0, columns, columns, 0, 0], [0, 0, rows, rows, 0]
    return np.column_stack([across, up]) + (left, bottom)


def outline(edges, heights):
    """Return the corners of bars that stand side by side, each a little narrower than its column, as one polygon."""
    corners = []
    for left, right, height in zip(edges[:-1], edges[1:], heights):
        rim = 0.12 * (right - left)
        corners += [(left + rim, 0), (left + rim, height), (right - rim, height), (right - rim, 0)]
    return np.array(corners)


def cells():
    """Yield the block and the index of every number that is written out for the pencil network."""
    for name, (_, _, rows) in OVER_TIME.items():
        yield from ((name, index) for index in np.ndindex(rows, PENCIL_STEPS))
    for name, (_, _, _, columns, rows) in GRADIENTS.items():
        yield from ((name, index) for index in np.ndindex(rows, columns))


def draw(numbers):
    """Return the figure and the artists that move: the blocks, their numbers, the bars, the cursor."""
    fig, (time, sums) = figure(1, 2, width=10.0, height=6.4, width_ratios=(1.85, 1))
    look = {"cmap": soft_map().with_extremes(over="#d9d9d9"), "vmin": -1, "vmax": 1, "interpolation": "nearest"}
    artists = {}

    def block(ax, name, left, bottom, width, height):
        artists[name] = ax.imshow([[0.0]], extent=(left, left + width, bottom, bottom + height), **look)

    for name, ax in (("frames over time", time), ("frames of the gradients", sums)):
        artists[name] = ax.add_collection(LineCollection([], colors=GRAY, linewidths=1, zorder=4))
    for name, (label, bottom, rows) in OVER_TIME.items():
        block(time, name, 0, bottom, WIDE, rows)
        time.text(-0.2, bottom + rows / 2, label, ha="right", va="center", fontsize=12)
    time.text(-0.2, HIGHEST_BAR / 2, r"$\|\delta_t h_{t-1}^\top\|$", ha="right", va="center", fontsize=12)
    time.plot([0, WIDE], [0, 0], color=GRAY, linestyle="-", linewidth=1)
    for count in STEPS:
        for i in range(1, count + 1):
            artists[f"t = {i} of {count}"] = quick_text(time, (i - 0.5) * WIDE / count, 15.25, ha="center",
                                                            fontsize=10)
    artists["bars"] = time.fill([0, 0, 0], [0, 0, 0], facecolor=BLUE, edgecolor="none", zorder=3)[0]
    artists["cursor"], = time.plot([], [], color=BLACK, linestyle="-", linewidth=2.5, zorder=6)
    artists["title"] = quick_text(time, 0, 16.1, fontsize=12.5, weight="bold")
    time.set(xlim=(-2.9, WIDE + 0.1), ylim=(-0.2, 16.6), aspect="auto")

    for name, (label, left, bottom, columns, rows) in GRADIENTS.items():
        block(sums, name, left, bottom, columns, rows)
        sums.text(left + columns / 2, bottom + rows + 0.15, label, ha="center", va="bottom", fontsize=12)
    sums.text(0, 9.35, "The gradients so far", fontsize=12.5, weight="bold")
    sums.text(0, 0.3, "Gray is not computed yet, blue is negative, red positive.\n"
              "Gradients are colored relative to their largest.", fontsize=9.5, color=GRAY, va="top")
    sums.set(xlim=(-0.1, 5.1), ylim=(-0.6, 9.7), aspect="auto")
    for name, (row, column) in cells():
        if name in OVER_TIME:
            ax, (_, bottom, rows), left, wide = time, OVER_TIME[name], 0.0, WIDE / PENCIL_STEPS
        else:
            ax, (_, left, bottom, _, rows), wide = sums, GRADIENTS[name], 1.0
        artists[cell_name(name, (row, column))] = quick_text(
            ax, left + wide * (column + 0.5), bottom + rows - row - 0.5, ha="center", va="center", fontsize=10, zorder=5)
    for ax in (time, sums):
        ax.set_axis_off()
    return fig, artists


def summarize(numbers):
    """Say what this stage computes: in numbers for the pencil network of three steps, in words otherwise."""
    seq_len, sizes = numbers["seq_len"], numbers["sizes"]
    if not numbers["step"]:
        return f"The pass will go {seq_len} steps forward, then {seq_len} steps backward. Move the slider, or press play."
    if not numbers["finished"]:
        words = _forward_words if numbers["forward"] else _backward_words
        return words(numbers, numbers["this step"])
    if not sizes.any():
        return "The pass is complete. Every term of the gradient of W_hh is 0."
    return (f"The pass is complete. The gradient of W_hh is the sum of {seq_len} terms. The largest comes from step "
            f"{sizes.argmax() + 1}, and step 1 adds nothing because h_0 is 0. "
            f"The gradient that arrives at h_0 has length {numbers['reach']:.2g}.")


def _forward_words(numbers, step):
    stage, start = numbers["stage"], f"Forward, step {numbers['step']}: "
    if stage == X:
        return start + f"the input {step['x'][0]:g} arrives. The state so far is {_list(step['h_before'])}."
    if stage == SUM:
        if numbers["spelled_out"]:
            return start + f"a = (input and biases) + W_hh h; {_units(step['from_x'], '+', step['from_h'])}."
        return start + "each unit's pre-activation a adds up the input, the biases and the last state."
    if stage == STATE:
        return start + f"the new state is h = tanh(a) = {_list(step['h'])}."
    if not numbers["looked_at"]:
        return start + f"the state is {_list(step['h'])}. The loss ignores this step's output."
    y, target, error = step["y"][0], step["target"][0], step["error"][0]
    return start + f"the output is y = {y:.4f}, the target is {target:g}, so dL/dy = y − target = {error:.4f}."


def _backward_words(numbers, step):
    stage, start = numbers["stage"], f"Backward, step {numbers['step']}: "
    if stage == FROM_ABOVE:
        return start + f"its own output sends W_ho^T dL/dy = {_list(step['above'])}."
    if numbers["spelled_out"]:
        if stage == WHOLE:
            if numbers["step"] == numbers["seq_len"]:
                return start + f"no step comes after it, so dL/dh is what its output sent, {_list(step['grad_h'])}."
            return start + f"dL/dh = (from its output) + W_hh^T delta; {_units(step['above'], '+', step['later'])}."
        if stage == DELTA:
            return start + f"delta = (1 − h²) · dL/dh; {_units(1 - step['h'] ** 2, '·', step['grad_h'])}."
        return start + (f"delta times the state before, {_list(step['h_before'])}, is this step's term of the gradient "
                        "of W_hh. It is added to the sum so far, and the other weights work the same way.")
    above, later, delta = (np.linalg.norm(step[name]) for name in ("above", "later", "delta"))
    if stage in (WHOLE, DELTA):
        return start + (f"dL/dh gets a part of length {above:.2g} from the step's own output and one of length "
                        f"{later:.2g} from the step after. Times the slopes of tanh, delta has length {delta:.2g}.")
    sizes = numbers["sizes"]
    share = sizes[numbers["step"] - 1] / sizes.max() if sizes.any() else 0.0
    return start + (f"delta has length {delta:.2g}, and this step's term of the gradient of W_hh is "
                    f"{100 * share:.0f}% as large as the largest.")


def _units(left, sign, right):
    """Return 'unit 1: left + right = result; unit 2: ...' in four decimals."""
    result = left + right if sign == "+" else left * right
    return "; ".join(f"unit {i + 1}: {left[i]:.4f} {sign} {_bracketed(right[i])} = {result[i]:.4f}"
                     for i in range(PENCIL))


def _bracketed(number):
    return f"({number:.4f})" if number < 0 else f"{number:.4f}"


def _list(vector):
    if len(vector) > PENCIL:
        return f"a vector of length {np.linalg.norm(vector):.2g}"
    return "(" + ", ".join(f"{number + 0.0:.4f}" for number in vector) + ")"


def forward_and_back():
    return Explorer("forward and back", controls(), compute, draw, summarize, play="position", grid=GRID, tries=TRIES)
