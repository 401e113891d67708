"""Explorer "packing": how torch sorts and packs a batch of sequences of different lengths, and puts the states back in order."""

from itertools import zip_longest
from textwrap import wrap

import numpy as np
import torch
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from torch.nn.utils.rnn import pack_padded_sequence

from helpers.explorers.engine import Explorer, checkbox, slider
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import BLACK, BLUE, GRAY, GREEN, ORANGE, PURPLE, RED, SKY, figure

LETTERS = "abcde"
COLORS = (BLUE, ORANGE, GREEN, SKY, PURPLE)
LONGEST = 9
NOWHERE, PADDING, FIRST = 0, 1, 2               # what a cell of a picture shows: nothing, padding, else a sequence
YOURS, PACKED, STATES = 0, 14, 28               # first columns of the two grids, and the column of final states
TOP, BOTTOM = 7.6, 8.5                          # of the strip that shows the packed data
ENTRIES = LONGEST * len(LETTERS)                # at most so many are packed
CELL = (STATES + 1) / ENTRIES                   # the width of one in the strip
AFTER_PACKING = ("data", "cuts", "there", "back", "sorted_indices", "unsorted_indices")
GRID = {
    "length_a": ..., "length_b": [1, 5, 7], "length_c": [1, 2, 5], "length_d": [1, 5], "length_e": [1, 5, 7],
    "padded_length": [5, 8, 9], "enforce_sorted": ...,
}


def _lengths(*lengths):
    return {f"length_{letter}": length for letter, length in zip(LETTERS, lengths, strict=True)}


TRIES = (
    (_lengths(5, 5, 5, 5, 5),),
    (_lengths(9, 1, 1, 1, 1) | {"padded_length": 9},),
    ({"enforce_sorted": True}, _lengths(8, 7, 5, 5, 1) | {"enforce_sorted": True}, {"enforce_sorted": True, "length_a": 0}),
)


def controls():
    """Return the controls by name: each sequence's length, the padded length, and whether to refuse other orders."""
    lengths = {f"length_{letter}": slider(f"length of {letter}", length, 0, LONGEST, 1)
               for letter, length in zip(LETTERS, (4, 7, 2, 5, 7))}
    return lengths | {
        "padded_length": slider("padded length", 8, 1, LONGEST, 1),
        "enforce_sorted": checkbox("enforce_sorted", False),
    }


def pack(lengths, padded_length, enforce_sorted=False):
    """Return torch's PackedSequence of a padded batch in which step t of sequence i holds the number 100 i + t.

    Shapes: the padded batch (padded_length, len(lengths)); the packed data (sum of lengths,).
    Raises: ValueError when a length is not between 1 and padded_length (torch itself refuses 0, and packs too long
        a one into something broken), or when enforce_sorted is set and the lengths rise anywhere.
    Source: PyTorch documentation of torch.nn.utils.rnn.pack_padded_sequence.
    """
    for letter, length in zip(LETTERS, lengths):
        if not 1 <= length <= padded_length:
            reason = "nothing to read" if length < 1 else "the padded batch has no more steps"
            raise ValueError(f"length of sequence {letter}: expected 1 to {padded_length}, got {length}: {reason}.")
    if enforce_sorted and any(a < b for a, b in zip(lengths, lengths[1:])):
        raise ValueError(f"enforce_sorted: expected lengths that never rise, got {', '.join(map(str, lengths))}.")
    steps = torch.arange(padded_length)[:, None] + 100 * torch.arange(len(lengths))
    return pack_padded_sequence(steps, torch.tensor(lengths), enforce_sorted=enforce_sorted)


def compute(padded_length, enforce_sorted, **lengths):
    """Return the pictures of the padded and the packed batch, the two permutations, and what padding wastes.

    For lengths that cannot be packed: the padded batch as it was wanted, and `reason`, a sentence.
    """
    lengths = list(lengths.values())
    cells = np.full((len(lengths), STATES + 1), NOWHERE)
    cells[:, YOURS:YOURS + padded_length] = PADDING
    for i, length in enumerate(lengths):
        cells[i, YOURS:YOURS + length] = FIRST + i
    try:
        packed = pack(lengths, padded_length, enforce_sorted)
    except ValueError as error:
        return dict.fromkeys(AFTER_PACKING) | {
            "cells": cells, "grid": grid(), "reason": str(error), "refusal": "\n".join(wrap(f"Refused: {error}", 36)),
        } | words(range(padded_length))
    owners, batch_sizes = (packed.data // 100).numpy(), packed.batch_sizes.tolist()
    order = list(range(len(lengths))) if packed.sorted_indices is None else packed.sorted_indices.tolist()
    places = [order.index(i) for i in range(len(order))]            # where each sequence went
    for place, i in enumerate(order):
        cells[place, PACKED:PACKED + lengths[i]] = FIRST + i
        cells[i, STATES] = FIRST + i
    data = np.full((1, ENTRIES), NOWHERE)
    data[0, :len(owners)] = FIRST + owners
    ends = np.cumsum(batch_sizes)
    sizes = dict(zip([0, *ends], map(str, batch_sizes)))            # below the first entry of each step
    return {
        "cells": cells, "data": data, "grid": grid(), "reason": None, "refusal": None,
        "cuts": [np.array([[end * CELL, TOP - 0.15], [end * CELL, BOTTOM + 0.15]]) for end in ends],
        "there": [curve(YOURS + LONGEST, i, PACKED - 1.7, place) for i, place in enumerate(places)],
        "back": [curve(PACKED + LONGEST, place, STATES, i) for i, place in enumerate(places)],
        "batch_sizes": batch_sizes,
        "sorted_indices": f"sorted_indices {_listed(packed.sorted_indices)}",
        "unsorted_indices": f"unsorted_indices {_listed(packed.unsorted_indices)}",
        "steps": len(owners), "padded_steps": len(lengths) * padded_length, "padded_length": padded_length,
        "order": order,
    } | words(range(padded_length), range(len(batch_sizes)), [f"{LETTERS[i]}: {lengths[i]}" for i in order],
              [LETTERS[owner] for owner in owners], [sizes.get(entry) for entry in range(len(owners))])


def words(padded_steps=(), packed_steps=(), rows=(), entries=(), sizes=()):
    """Return every short text of the picture by name, None for those that are not there now."""
    given = (("padded step", padded_steps, LONGEST), ("packed step", packed_steps, LONGEST), ("row", rows, len(LETTERS)),
             ("entry", entries, ENTRIES), ("size", sizes, ENTRIES))
    return {f"{name} {place}": None if said is None else str(said)
            for name, texts, count in given for place, (said, _) in enumerate(zip_longest(texts, range(count)))}


def _listed(indices):
    return "None" if indices is None else str(indices.tolist())


def curve(x, row, to_x, to_row):
    """Return a smooth line from the right edge of one row to the left edge of another. Shapes: (20, 2)."""
    along = np.linspace(0, 1, 20)
    eased = along**2 * (3 - 2 * along)
    return np.column_stack([x + 0.2 + along * (to_x - x - 0.4), row + 0.5 + eased * (to_row - row)])


def grid():
    """Return the lines between the cells of all pictures, which are drawn over them. Shapes: each (2, 2)."""
    rows = len(LETTERS)
    lines = []
    for left, count in ((YOURS, LONGEST), (PACKED, LONGEST), (STATES, 1)):
        lines += [((left, row), (left + count, row)) for row in range(1, rows)]
        lines += [((left + cell, 0), (left + cell, rows)) for cell in range(1, count)]
    return np.array(lines, dtype=float)


def draw(numbers):
    """Return the figure (your order, torch's order, the states; below them the packed data) and its artists."""
    fig, ax = figure(width=8.8, height=4.0)
    ax.axis("off")
    rows = len(LETTERS)
    ax.set(xlim=(-1.6, STATES + 2.6), ylim=(rows + 5.5, -1.4))
    looks = {"cmap": ListedColormap(["white", "#dcdcdc", *COLORS]), "vmin": NOWHERE, "vmax": FIRST + rows - 1,
             "aspect": "auto", "interpolation": "nearest"}
    blank = np.zeros((1, 1))
    artists = {"cells": ax.imshow(blank, extent=(0, STATES + 1, rows, 0), **looks),
               "data": ax.imshow(blank, extent=(0, STATES + 1, BOTTOM, TOP), **looks)}
    artists["grid"] = ax.add_collection(LineCollection([], colors="white", linewidths=1.8, zorder=3))
    for name in ("there", "back"):
        artists[name] = ax.add_collection(LineCollection([], colors=COLORS, linewidths=2.5))
    artists["cuts"] = ax.add_collection(LineCollection([], colors=BLACK, linewidths=2.5, zorder=4))
    title = {"fontsize": 9.5, "va": "bottom", "weight": "bold"}
    ax.text(YOURS, -0.3, "padded (gray), in your order", **title)
    ax.text(PACKED, -0.3, "packed: longest first", **title)
    ax.text(STATES + 1, -0.3, "h_n, your order", ha="right", **title)
    ax.text(0, rows + 2.4, "data, as torch stores it: step 0 of all, then step 1 of those that have one, …", **title)
    ax.text(0, rows + 5.5, "Below each entry is its sequence, and below the first entry of each step its batch_size.", fontsize=9.5, va="bottom", color=GRAY)
    for i, letter in enumerate(LETTERS):
        ax.text(YOURS - 0.3, i + 0.5, letter, fontsize=10.5, ha="right", va="center")
        ax.text(STATES + 1.3, i + 0.5, letter, fontsize=10.5, ha="left", va="center")
        artists[f"row {i}"] = quick_text(ax, PACKED - 0.2, i + 0.5, fontsize=10, ha="right", va="center")
    artists["refusal"] = quick_text(ax, PACKED, 0.2, va="top", color=RED, fontsize=10.5)
    mono = {"va": "bottom", "family": "monospace"}
    below = {"ha": "center", "va": "top"}
    for step in range(LONGEST):
        for name, left in (("padded", YOURS), ("packed", PACKED)):
            artists[f"{name} step {step}"] = quick_text(ax, left + step + 0.5, rows + 0.12, color=GRAY, **below)
    for entry in range(ENTRIES):
        artists[f"entry {entry}"] = quick_text(ax, (entry + 0.5) * CELL, BOTTOM + 0.25, **below)
        artists[f"size {entry}"] = quick_text(ax, (entry + 0.5) * CELL, BOTTOM + 0.88, weight="bold", **below)
    for name, middle in (("sorted_indices", 11.5), ("unsorted_indices", 25.2)):
        artists[name] = quick_text(ax, middle, rows + 1.2, ha="center", **mono)
    return fig, artists


def summarize(numbers):
    """Say what padding would waste, how torch ordered the sequences, and what brings h_n back into your order; or why it refused."""
    if numbers["reason"]:
        return f"Refused: {numbers['reason']}"
    steps, padded_steps, sizes = numbers["steps"], numbers["padded_steps"], numbers["batch_sizes"]
    said = (f"Padded to {numbers['padded_length']}, the batch has {padded_steps} steps, and {steps} of them are real: "
            f"{100 * (1 - steps / padded_steps):.0f}% is wasted. Packed, torch runs {len(sizes)} steps, with "
            f"{', '.join(map(str, sizes))} sequences in them. ")
    first = numbers["order"][0]
    if numbers["order"] == sorted(numbers["order"]):
        return said + "Your order already has the longest first, so nothing is permuted."
    return said + (f"{numbers['sorted_indices']}: row 0 of the packed batch is your sequence {first} "
                   f"({LETTERS[first]}); {numbers['unsorted_indices']} puts h_n back.")


def packing():
    return Explorer("packing", controls(), compute, draw, summarize, grid=GRID, tries=TRIES)
