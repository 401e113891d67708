"""Explorer "inside the cell": one step at a time, every matrix and vector of the equation as a heat map."""

from functools import cache

import numpy as np
from matplotlib.patches import Rectangle

from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.numpy_nets import rnn
from helpers.pictures.fast_text import cell_name, quick_text
from helpers.pictures.style import BLACK, GRAY, VERMILLION, figure, soft_map

STEPS = 12
PENCIL = 2                                      # the pencil network's hidden size: its numbers are written out
UNITS = {"pencil: 2 units": PENCIL, "4 units": 4, "8 units": 8, "16 units": 16}
INPUTS = {
    "1, -0.5, 0.8, then 0": np.array([1.0, -0.5, 0.8] + [0.0] * (STEPS - 3)),
    "1, then 0": np.array([1.0] + [0.0] * (STEPS - 1)),
    "always 1": np.ones(STEPS),
    "1 and -1, alternating": np.resize([1.0, -1.0], STEPS),
}
EDGES = np.array([[-2.95, -1.95], [2.95, 1.95]])                # dots beyond are drawn at the edge, and counted
BRIGHTEST = 1.0                                 # the color scale's two ends; larger numbers keep the end's color

# Each block by the name of its numbers: the text above it, its left and bottom edge, its columns of cells when there
# are two units. All blocks of a row are equally high whatever the hidden size: a unit has one height in all of them.
HIGH, WIDE = 4.8, 2                             # of a block, of a column of cells
RIM = 0.06                                      # what a block's frame shows around it
UPPER, LOWER = 7.4, 0.2                         # bottom edges of the two rows of blocks
BLOCKS = {
    "weight_ih": (r"$W_{ih}$", 0.0, UPPER, 1),
    "x_t": (r"$x_t$", 2.9, UPPER, 1),
    "weight_hh": (r"$W_{hh}$", 5.8, UPPER, PENCIL),
    "h": (r"$h_{t-1}$", 10.7, UPPER, 1),
    "from_x": (r"$W_{ih}\,x_t$", 0.0, LOWER, 1),
    "bias_ih": (r"$b_{ih}$", 2.9, LOWER, 1),
    "from_h": (r"$W_{hh}\,h_{t-1}$", 5.8, LOWER, 1),
    "bias_hh": (r"$b_{hh}$", 8.7, LOWER, 1),
    "a_t": (r"$a_t$", 11.6, LOWER, 1),
    "h_t": (r"$h_t=\phi(a_t)$", 15.0, LOWER, 1),
}
SIGNS = (("·", 2.45, UPPER), ("·", 10.25, UPPER), ("+", 2.45, LOWER), ("+", 5.35, LOWER), ("+", 8.25, LOWER),
         ("=", 11.15, LOWER), (r"$\phi\!\rightarrow$", 14.3, LOWER))
GRID = {
    "t": ..., "network": ["pencil: 2 units", "16 units"], "inputs": ..., "nonlinearity": ...,
    "gain": [0.0, 0.2, 0.5, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0, 2.5],
}
TRIES = (
    ({"t": ...},),
    ({"gain": 0.0}, {"gain": 0.0, "t": 4}),
    ({"gain": 2.0, "inputs": "1, then 0", "t": ...},),
)


def controls():
    return {
        "t": slider("step t", 2, 1, STEPS, 1),
        "network": dropdown("network", "pencil: 2 units", UNITS),
        "inputs": dropdown("inputs", "1, -0.5, 0.8, then 0", INPUTS),
        "nonlinearity": dropdown("nonlinearity", "tanh", rnn.NONLINEARITIES),
        "gain": slider("gain (times W_hh)", 1.0, 0.0, 2.5, 0.1),
    }


@cache
def first_parameters(network):
    """Return the pencil network's parameters, or those of a network drawn as torch draws them (seed 0)."""
    if UNITS[network] == PENCIL:
        _, _, parameters, _ = rnn.pencil_network()
        return parameters
    return rnn.init_parameters(1, UNITS[network], rng=np.random.default_rng(0))


def compute(t, network, inputs, nonlinearity, gain):
    """Return every term of step t, the states up to it, and the numbers written into the cells of the pencil network."""
    parameters = first_parameters(network)
    parameters = parameters | {"weight_hh": gain * parameters["weight_hh"]}
    hidden_size = UNITS[network]
    x = INPUTS[inputs][:, None]                                     # (STEPS, input_size)
    states = rnn.forward(x, np.zeros(hidden_size), parameters, nonlinearity)
    x_t, h, h_t = x[t - 1], states[t - 1], states[t]
    numbers = parameters | {"x_t": x_t, "h": h, "h_t": h_t,
                            "from_x": parameters["weight_ih"] @ x_t, "from_h": parameters["weight_hh"] @ h}
    numbers["a_t"] = numbers["from_x"] + numbers["bias_ih"] + numbers["from_h"] + numbers["bias_hh"]
    for name in BLOCKS:
        numbers[name] = numbers[name].reshape(len(numbers[name]), -1)
    for name, index in cells():
        numbers[cell_name(name, index)] = written(numbers[name][index]) if hidden_size == PENCIL else None

    phi, _ = rnn.NONLINEARITIES[nonlinearity]
    grid = np.linspace(-3, 3, 121)
    dots = np.column_stack([numbers["a_t"], h_t])                   # (hidden_size, 2)
    so_far = np.zeros((hidden_size, STEPS + 1))
    so_far[:, :t + 1] = states[:t + 1].T
    ends = [(t + 0.5, 0), (STEPS + 0.5, 0), (STEPS + 0.5, 1), (t + 0.5, 1)]
    return numbers | {
        "title": f"Step {t} of {STEPS}: the input is {x_t[0]:g}",
        "curve": (grid, phi(grid)),
        "dots": np.clip(dots, *EDGES),
        "states": so_far,
        "to_come": np.array(ends) if t < STEPS else None,           # gray: not computed yet
        "cursor": ([t - 0.5, t + 0.5, t + 0.5, t - 0.5, t - 0.5], [0, 0, 1, 1, 0]),
        "outside": int(((dots < EDGES[0]) | (dots > EDGES[1])).any(axis=1).sum()),
        "t": t, "nonlinearity": nonlinearity, "hidden_size": hidden_size, "gain": gain,
    }


def cells():
    """Yield the block and the index of every number that is written out for the pencil network."""
    for name, (_, _, _, columns) in BLOCKS.items():
        for row in range(1 if name == "x_t" else PENCIL):
            for column in range(columns):
                yield name, (row, column)


def written(number):
    """Return a number as a cell shows it: two decimals, three digits in all where it is large."""
    return f"{number + 0.0:.2f}" if abs(number) < 99.995 else f"{number:.3g}"


def draw(numbers):
    """Return the figure and the artists that move: the blocks, their numbers, the curve's dots, the states so far."""
    fig, axes = figure(mosaic="AAB;AAC", width=10.0, height=5.0)
    sums, curve, states = (axes[letter] for letter in "ABC")
    colors = {"cmap": soft_map(), "vmin": -BRIGHTEST, "vmax": BRIGHTEST, "interpolation": "nearest"}
    artists = {}
    for name, (label, left, bottom, columns) in BLOCKS.items():
        low, high = (bottom + HIGH / 4, bottom + HIGH * 3 / 4) if name == "x_t" else (bottom, bottom + HIGH)
        right = left + WIDE * columns
        artists[name] = sums.imshow([[0.0]], extent=(left, right, low, high), **colors)
        width, height = right - left + 2 * RIM, high - low + 2 * RIM
        sums.add_patch(Rectangle((left - RIM, low - RIM), width, height, color=GRAY, zorder=-1))
        sums.text((left + right) / 2, high + 0.3, label, ha="center", va="bottom", fontsize=12)
    for name, (row, column) in cells():
        _, left, bottom, _ = BLOCKS[name]
        y = bottom + HIGH * (0.5 if name == "x_t" else 1 - (row + 0.5) / PENCIL)
        artists[cell_name(name, (row, column))] = quick_text(sums, left + WIDE * (column + 0.5), y, ha="center",
                                                             va="center", fontsize=10.5, zorder=5)
    for sign, x, bottom in SIGNS:
        sums.text(x, bottom + HIGH / 2, sign, ha="center", va="center", fontsize=13)
    artists["title"] = quick_text(sums, 0, 14.0, fontsize=12, va="center")
    sums.set(xlim=(-0.2, 17.2), ylim=(0, 14.4), aspect="auto")
    sums.set_axis_off()

    artists["curve"], = curve.plot([], [], color=GRAY, linestyle="-", linewidth=1.5)
    artists["dots"] = curve.scatter([], [], s=36, color=VERMILLION, zorder=4)
    curve.axhline(0, color=GRAY, linewidth=0.8)
    curve.axvline(0, color=GRAY, linewidth=0.8)
    curve.set(xlim=(-3, 3), ylim=(-2, 2), xlabel="sum $a_t$ of each unit", ylabel="state $h_t$")

    artists["states"] = states.imshow([[0.0]], extent=(-0.5, STEPS + 0.5, 0, 1), **colors)
    artists["to_come"] = states.fill([0, 0, 0], [0, 0, 0], color="#d9d9d9", zorder=3)[0]
    artists["cursor"], = states.plot([], [], color=BLACK, linestyle="-", linewidth=2, zorder=4)
    states.set(xlim=(-0.5, STEPS + 0.5), ylim=(0, 1), aspect="auto", xticks=range(0, STEPS + 1, 2), yticks=[],
               xlabel="step t (0: initial state)", ylabel="units, first on top")
    states.grid(False)
    bar = fig.colorbar(artists["a_t"], ax=states, extend="both", ticks=[-1, 0, 1], shrink=0.9, pad=0.03)
    bar.ax.tick_params(labelsize=9)
    return fig, artists


def summarize(numbers):
    """Write out the step's sums for the pencil network; for a larger one, compare the lengths of the parts."""
    parts = [numbers[name][:, 0] for name in ("from_x", "bias_ih", "from_h", "bias_hh", "a_t", "h_t")]
    said = f"Step {numbers['t']} of {STEPS}, gain {numbers['gain']:.1f}. "
    if numbers["outside"]:
        said += f"{numbers['outside']} of {numbers['hidden_size']} dots are off the plot of the curve. "
    if numbers["hidden_size"] == PENCIL:
        units = []
        for unit in range(PENCIL):
            *terms, a, h = (written(part[unit]) for part in parts)
            units.append(f"Unit {unit + 1}: {' + '.join(f'({term})' for term in terms)} = {a}; "
                         f"{numbers['nonlinearity']} gives {h}.")
        return said + " ".join(units)
    from_x, bias_ih, from_h, bias_hh, a_t, h_t = parts
    lengths = [written(np.linalg.norm(part)) for part in (from_x, from_h, bias_ih + bias_hh, h_t)]
    largest = np.abs(a_t).argmax()
    return said + ("Lengths of the parts of a_t: input {}, previous state {}, biases {}. The new state has length {}. "
                   "Unit {} has the largest sum, {}.").format(*lengths, largest + 1, written(a_t[largest]))


def inside_the_cell():
    return Explorer("inside the cell", controls(), compute, draw, summarize, play="t", grid=GRID, tries=TRIES)
