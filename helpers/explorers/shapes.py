"""Explorer "shapes": the network that torch.nn.RNN builds from its arguments, its tensors and its parameters."""

from functools import lru_cache

import numpy as np
import torch
from matplotlib.collections import LineCollection
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from helpers.explorers.engine import Explorer, checkbox, dropdown, slider
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import BLACK, BLUE, GRAY, ORANGE, SKY, VERMILLION, figure

MOST_LAYERS = 3
RIGHT = 5.0                                     # the last step stands here, the first one at 0
ASIDE = 0.17                                    # forward states stand so far below their layer's height, backward above
KINDS = ("batch", "one sequence", "packed batch")
DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}
PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
TENSORS = ("input", "h_0", "output", "h_n")
ENDS = tuple((layer, reverse) for layer in range(MOST_LAYERS) for reverse in (False, True))
GRID = {
    "input_size": [1, 4], "hidden_size": [1, 2, 3, 4, 5, 6, 8, 10, 12, 16], "num_layers": ..., "bias": ..., "batch_first": ...,
    "dropout": [0.0, 0.5], "bidirectional": ..., "kind": ...,
}
TRIES = (
    ({"bidirectional": True},),
    ({"num_layers": 2, "bidirectional": True}, {"num_layers": 2, "bidirectional": False}),
    ({"batch_first": False}, {"batch_first": True}),
)


def controls():
    """Return the thirteen controls by name: the arguments of nn.RNN, then what is given to it."""
    return {
        "input_size": slider("input_size", 4, 1, 16, 1),
        "hidden_size": slider("hidden_size", 6, 1, 16, 1),
        "num_layers": slider("num_layers", 2, 1, MOST_LAYERS, 1),
        "nonlinearity": dropdown("nonlinearity", "tanh", ("tanh", "relu")),
        "bias": checkbox("bias", True),
        "batch_first": checkbox("batch_first", False),
        "dropout": slider("dropout", 0.0, 0.0, 1.0, 0.1),
        "bidirectional": checkbox("bidirectional", True),
        "device": dropdown("device", "cpu", ("cpu", "meta")),
        "dtype": dropdown("dtype", "float32", DTYPES),
        "kind": dropdown("input is", "batch", KINDS),
        "seq_len": slider("seq_len", 5, 1, 6, 1),
        "batch": slider("batch", 3, 1, 5, 1),
    }


@lru_cache(maxsize=64)
def build(input_size, hidden_size, num_layers, nonlinearity, bias, batch_first, dropout, bidirectional, dtype):
    """Return the nn.RNN, and leave torch's random numbers to the notebook.

    torch warns of dropout with one layer, where it does nothing: it is left out then.
    """
    with torch.random.fork_rng(devices=[]):
        rnn = nn.RNN(input_size, hidden_size, num_layers, nonlinearity=nonlinearity, bias=bias, batch_first=batch_first,
                     dropout=dropout if num_layers > 1 else 0.0, bidirectional=bidirectional, dtype=DTYPES[dtype])
    return rnn.eval()


def tensors(rnn, kind, seq_len, batch):
    """Return what goes in and comes out, by name, from a run of the module; of a packed batch its `data`."""
    lengths = [max(1, seq_len - row) for row in range(batch)]
    sizes = (batch, seq_len) if rnn.batch_first else (seq_len, batch)
    given = torch.zeros((*((seq_len,) if kind == "one sequence" else sizes), rnn.input_size), dtype=rnn.weight_ih_l0.dtype)
    if kind == "packed batch":
        given = pack_padded_sequence(given, lengths, rnn.batch_first)
    with torch.no_grad():
        output, h_n = rnn(given)
        rnn(given, torch.zeros_like(h_n))       # torch itself confirms that h_0 has the shape of h_n
    if kind == "packed batch":
        given, output = given.data, output.data
    return {"input": given, "h_0": h_n, "output": output, "h_n": h_n}


def axis_names(kind, batch_first, num_layers, bidirectional):
    """Return what the axes of the four tensors count, in words."""
    steps = {"batch": "batch, seq_len" if batch_first else "seq_len, batch", "one sequence": "seq_len",
             "packed batch": "sum of the lengths"}[kind]
    states = f"{num_layers} layer{'s' * (num_layers > 1)} × {1 + bidirectional} direction{'s' * bidirectional}"
    states += "" if kind == "one sequence" else ", batch"
    width = "2 × hidden_size" if bidirectional else "hidden_size"
    return {"input": f"{steps}, input_size", "h_0": f"{states}, hidden_size", "output": f"{steps}, {width}",
            "h_n": f"{states}, hidden_size"}


def network(seq_len, num_layers, bidirectional):
    """Return where the nodes stand, and the lines between them, by kind.

    Shapes: nodes (n, 2); each line (2, 2), from where a number leaves to where it arrives.
    """
    across = np.linspace(0, RIGHT, seq_len) if seq_len > 1 else np.array([RIGHT / 2])
    directions = (False, True)[:1 + bidirectional]
    spots = {(layer, reverse): place(across, layer, reverse) for layer in range(num_layers) for reverse in directions}
    inputs = np.column_stack([across, np.zeros(seq_len)])
    outputs = np.column_stack([across, np.full(seq_len, num_layers + 1.0)])
    floors = [[inputs], *([spots[layer, reverse] for reverse in directions] for layer in range(num_layers)), [outputs]]
    up = [line for low, high in zip(floors, floors[1:]) for a in low for b in high for line in zip(a, b)]
    along = {False: [], True: []}
    for layer, reverse in spots:
        left, right = place(np.array([-0.85, RIGHT + 0.7]), layer, reverse)
        path = np.vstack([left, spots[layer, reverse], right])[::-1 if reverse else 1]
        along[reverse] += [part for a, b in zip(path, path[1:]) for part in arrow(a, b)]
    return {
        "inputs": inputs, "outputs": outputs, "up": up, "forward_lines": along[False], "backward_lines": along[True],
        "forward_nodes": np.vstack([spots[layer, False] for layer in range(num_layers)]),
        "backward_nodes": np.vstack([spots[layer, True] for layer in range(num_layers)]) if bidirectional else None,
    }


def place(across, layer, reverse):
    """Return the points of one layer and direction at the places `across`. Shapes: (n,) -> (n, 2)."""
    height = layer + 1 + (ASIDE if reverse else -ASIDE)
    return np.column_stack([across + ASIDE * reverse, np.full(len(across), height)])


def arrow(start, end):
    """Return a level line and the two strokes of its head, which stops short of the node. Shapes: three (2, 2)."""
    way = np.sign(end[0] - start[0])
    tip = end - [0.13 * way, 0]
    return [np.array([start, tip]), *(np.array([tip, tip + [-0.12 * way, height]]) for height in (0.07, -0.07))]


def compute(kind, seq_len, batch, device, **arguments):
    """Return all shapes, read from a module of torch and from one run of it, and the picture's lines and nodes.

    The run is on the CPU; its tensors go to the device afterwards. On "meta" torch spends a second on its first run.
    """
    num_layers, bidirectional = arguments["num_layers"], arguments["bidirectional"]
    directions = 1 + bidirectional
    rnn = build(**arguments)
    ran = {name: tensor.to(device) for name, tensor in tensors(rnn, kind, seq_len, batch).items()}
    axes = axis_names(kind, rnn.batch_first, num_layers, bidirectional)
    suffixes = [f"l{layer}{'_reverse' * reverse}" for layer in range(num_layers) for reverse in range(directions)]
    parameters = dict(rnn.named_parameters())
    table = {name: [parameters.get(f"{name}_{suffix}") for suffix in suffixes] for name in PARAMETERS}
    counts = [sum(p.numel() for p in row if p is not None) for row in zip(*table.values())]
    inner = ("W_ih below", "b_ih", "W_hh before", "b_hh") if rnn.bias else ("W_ih below", "W_hh before")
    numbers = network(seq_len, num_layers, bidirectional)
    numbers |= {name: "\n".join("—" if p is None else str(tuple(p.shape)) for p in column)
                for name, column in table.items()}
    numbers |= {f"end {layer} {reverse} {side}": _end(layer, reverse, side, num_layers, directions)
                for layer, reverse in ENDS for side in ("left", "right")}
    for layer in range(MOST_LAYERS):
        numbers[f"layer {layer}"] = f"layer {layer}" if layer < num_layers else None
        numbers[f"output {layer}"] = "output" if layer == num_layers - 1 else None
        dropped = rnn.dropout > 0 and layer < num_layers - 1
        numbers[f"dropout {layer}"] = f"dropout {rnn.dropout:.1f}" if dropped else None
    return numbers | {
        "step 0": "step 0" if seq_len > 1 else None, "step -1": f"step {seq_len - 1}" if seq_len > 1 else None,
        "only step": "step 0" if seq_len == 1 else None,
        "equation": f"each state = {rnn.nonlinearity}({' + '.join(inner)})",
        "shapes": "\n\n\n".join(str(tuple(ran[name].shape)) for name in TENSORS),
        "axes": "\n" + "\n\n\n".join(axes[name] for name in TENSORS),
        "suffixes": "\n".join(f"_{suffix}" for suffix in suffixes),
        "counts": "\n".join(map(str, counts)),
        "total": sum(counts), "bytes": sum(p.numel() * p.element_size() for p in parameters.values()),
        "dtype": str(ran["output"].dtype).removeprefix("torch."), "device": ran["output"].device.type, "kind": kind,
        "output": tuple(ran["output"].shape), "h_n": tuple(ran["h_n"].shape), "directions": directions,
        "num_layers": num_layers, "idle_dropout": arguments["dropout"] > 0 and num_layers == 1,
        "moved": rnn.batch_first and kind == "batch", "unmoved": rnn.batch_first and kind != "batch",
    }


def _end(layer, reverse, side, num_layers, directions):
    """Return which state of h_0 enters, or of h_n leaves, at this end of this layer and direction; None for none."""
    if layer >= num_layers or reverse >= directions:
        return None
    return f"{'h_0' if (side == 'left') != reverse else 'h_n'}[{directions * layer + reverse}]"


def draw(numbers):
    """Return the figure (network, tensors, parameters) and its artists."""
    fig, axes = figure(mosaic="AB;CC", width=9.0, height=5.3, width_ratios=(1.62, 1), height_ratios=(2.3, 1))
    for ax in axes.values():
        ax.axis("off")
    artists = _draw_network(axes["A"]) | _draw_tensors(axes["B"]) | _draw_parameters(axes["C"])
    return fig, artists


def _draw_network(ax):
    ax.set(xlim=(-3.0, RIGHT + 1.95), ylim=(-0.95, MOST_LAYERS + 1.25))
    lines = {"linewidths": 1.5, "zorder": 2}
    artists = {"up": ax.add_collection(LineCollection([], colors="#bdbdbd", linewidths=1.0, zorder=1)),
               "forward_lines": ax.add_collection(LineCollection([], colors=BLUE, **lines)),
               "backward_lines": ax.add_collection(LineCollection([], colors=VERMILLION, **lines))}
    for name, color, marker, size in (("inputs", SKY, "D", 45), ("outputs", ORANGE, "D", 45),
                                       ("forward_nodes", BLUE, "o", 60), ("backward_nodes", VERMILLION, "s", 50)):
        artists[name] = ax.scatter([], [], s=size, color=color, marker=marker, edgecolor=BLACK, linewidth=0.8,
                                   zorder=3)
    side = {"ha": "left", "va": "center", "color": GRAY}
    ax.text(-3.0, 0, "input", fontsize=9.5, **side)
    for layer in range(MOST_LAYERS):
        artists[f"layer {layer}"] = quick_text(ax, -3.0, layer + 1, **side)
        artists[f"output {layer}"] = quick_text(ax, -3.0, layer + 2, **side)
        artists[f"dropout {layer}"] = quick_text(ax, RIGHT + 1.95, layer + 1.5, **side | {"ha": "right"})
    for layer, reverse in ENDS:
        for name, across, aligned in (("left", -0.95, "right"), ("right", RIGHT + 0.8, "left")):
            [(x, y)] = place(np.array([across]), layer, reverse)
            artists[f"end {layer} {reverse} {name}"] = quick_text(ax, x, y, ha=aligned, va="center", family="monospace")
    for name, across in (("step 0", 0), ("only step", RIGHT / 2), ("step -1", RIGHT)):
        artists[name] = quick_text(ax, across, -0.28, ha="center", va="top")
    artists["equation"] = quick_text(ax, RIGHT / 2, -0.82, ha="center", va="center")
    return artists


def _draw_tensors(ax):
    ax.set(xlim=(0, 1), ylim=(0, 1))
    block = {"fontsize": 9.5, "va": "top", "linespacing": 1.35}
    ax.text(0, 0.98, "tensors, read from one run", weight="bold", **block)
    ax.text(0, 0.88, "\n\n\n".join(TENSORS), family="monospace", **block)
    return {"shapes": quick_text(ax, 0.2, 0.88, family="monospace", **block),
            "axes": quick_text(ax, 0, 0.88, color=GRAY, **block)}


def _draw_parameters(ax):
    ax.set(xlim=(0, 1), ylim=(0, 1))
    artists = {}
    titles = ("parameters", *(f"{name}…" for name in PARAMETERS), "numbers")
    for name, title, x in zip(("suffixes", *PARAMETERS, "counts"), titles, (0.0, 0.19, 0.37, 0.55, 0.71, 0.88)):
        ax.text(x, 1.0, title, weight="bold", fontsize=9.5, va="top")
        artists[name] = quick_text(ax, x, 0.86, va="top", linespacing=1.35, family="monospace")
    return artists


def summarize(numbers):
    """Say how many parameters there are, how wide output is, and which arguments have no effect here."""
    directions, num_layers, h_n = numbers["directions"], numbers["num_layers"], numbers["h_n"]
    size = f"{numbers['bytes']:,} bytes" if numbers["device"] != "meta" else "shapes only, no memory, on device meta"
    said = [f"{numbers['total']:,} parameters in {numbers['dtype']} ({size})."]
    if directions == 2:
        forward, backward = 2 * num_layers - 2, 2 * num_layers - 1
        said.append("output is twice as wide as hidden_size: it has the last layer's forward and backward states side by side. "
                    f"h_n[{forward}] leaves that layer at the last step, h_n[{backward}] at the first.")
    else:
        whose = "each layer" if num_layers > 1 else "the one layer"
        said.append(f"output holds the last layer alone, and h_n the last state of {whose}, "
                    f"so h_n[{num_layers - 1}] is output's last step.")
    if numbers["kind"] == "packed batch":
        said.append("Packed, input and output have one row for each step of each sequence.")
    if numbers["moved"]:
        said.append(f"batch_first moved the batch to the front of input and output, not of h_0 and h_n {h_n}.")
    if numbers["unmoved"]:
        said.append("batch_first changes nothing for this input.")
    if numbers["idle_dropout"]:
        said.append("dropout does nothing, because it acts between layers and there is only one.")
    return " ".join(said)


def shapes():
    return Explorer("shapes", controls(), compute, draw, summarize, grid=GRID, tries=TRIES)
