"""Explorer "write a name": a stored network continues what you type, letter by letter, its hidden state beside it."""

from collections import Counter
from functools import lru_cache

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Patch

from helpers.datasets import surname_writer, surnames
from helpers.explorers.engine import Explorer, slider, text_box
from helpers.names.alphabet import normalize
from helpers.names.language_model import MARK, PLACE, SYMBOLS, LetterNetwork, draw_symbols, teach
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import BLACK, BLUE, GRAY, ORANGE, SIGNED_MAP, SKY, figure

LONGEST = 18                    # letters of a whole name; the picture has a column for each, and one for the start
TYPED = 12                      # letters of yours that are read, so that there is room for the network's
TOLD = 3                        # next letters that the summary names
SHOWN = 12                      # of the 128 units, the slowest, and as many of the fastest; a free row between them
ROWS = 2 * SHOWN + 1
PLACES = np.append(np.arange(len(SYMBOLS) - 1), len(SYMBOLS) - 0.2)        # of the bars: "end" needs more room
MENTIONED = ("emma", "rnn", "botti", "dotti", "emmandsdotti", "o'", "mc")     # by the notebook; and two more
OFTEN = {1: 26, 2: 50, 3: 60}                   # letters of a beginning, and how many of the commonest the web site offers
TRIES = (
    ({"later": ...},),
    tuple({"variation": variation} for variation in range(4)),
    ({"later": 9},),
)


def controls():
    return {
        "beginning": text_box("your first letters", "emma", "type a few letters"),
        "later": slider("letters after yours", 0, 0, LONGEST, 1),
        "variation": slider("variation", 0, 0, 20, 1),
    }


def beginnings():
    """Return what the web site offers in place of a box to type in: how most training names begin, and what is mentioned."""
    names = [name for name, part in writer()[2].items() if part == "train" and len(name) > max(OFTEN)]
    chosen = {letters for length, count in OFTEN.items()
              for letters, _ in Counter(name[:length] for name in names if name[:length].isalpha()).most_common(count)}
    return sorted(chosen.union(MENTIONED))


@lru_cache(maxsize=1)
def writer():
    """Return the stored network, its units from the slowest to the fastest, and all names by the part that they are in.

    A slow unit is one whose value resembles its value one letter before: the correlation of the two on some test names.
    """
    table = surnames()
    names = dict(zip(table["name"].tolist(), table["part"].tolist(), strict=True))
    network = LetterNetwork(surname_writer())
    inputs, targets = teach([name for name, part in names.items() if part == "test"][::8])
    state, states = network.start(inputs.shape[1]), []
    for symbols in inputs:
        _, state = network.read(symbols, state)
        states.append(state)
    states, there = np.array(states), targets >= 0
    before, after = (part - part.mean(axis=0) for part in (states[:-1][there[1:]], states[1:][there[1:]]))
    correlation = (before * after).mean(axis=0) / (before.std(axis=0) * after.std(axis=0))
    return network, np.argsort(-correlation, kind="stable"), names


def tidy(beginning):
    """Return the letters that are read, in the course's alphabet, those left out, and how many are too many."""
    whole, left_out = normalize(beginning)
    whole += " " * (bool(whole) and beginning[-1:].isspace())          # "van " goes on differently from "van"
    return whole[:TYPED], "".join(dict.fromkeys(left_out)), max(0, len(whole) - TYPED)


@lru_cache(maxsize=64)
def written(beginning, variation):
    """Return the whole name; and after the start and each letter the state, the probabilities, the symbol taken next.

    Variation 0 takes the likeliest letter each time; any other is the seed by which letters are drawn.
    """
    network, rng = writer()[0], np.random.default_rng(variation) if variation else None
    name, symbol, state, states, after, taken = "", PLACE[MARK], network.start(1), [], [], []
    while True:
        p, state = network.read(np.array([symbol]), state)
        if len(name) < len(beginning):
            symbol = PLACE[beginning[len(name)]]
        else:
            symbol = int(p[0].argmax() if rng is None else draw_symbols(p, rng)[0])
        states.append(state[0])
        after.append(p[0])
        taken.append(symbol)
        if symbol == PLACE[MARK] or len(name) == LONGEST:
            return name, np.array(states), np.array(after), taken
        name += SYMBOLS[symbol]


def compute(beginning, later, variation):
    """Return the name that the network writes, its states, and the probabilities of the letter after the framed one."""
    _, slowest_first, names = writer()
    read, left_out, unread = tidy(beginning)
    name, states, after, taken = written(read, variation)
    at = min(len(read) + later, len(name))
    cells = np.ma.array(np.zeros((ROWS, LONGEST + 1)), mask=True)
    cells[:SHOWN, :len(states)] = states.T[slowest_first[:SHOWN]]
    cells[-SHOWN:, :len(states)] = states.T[slowest_first[-SHOWN:]]
    columns = [np.array([(place, 0), (place, height)]) for place, height in zip(PLACES, after[at], strict=True)]
    letters = {f"{who} {place}": None for who in ("yours", "its") for place in range(1, LONGEST + 1)}
    letters |= {f"{'yours' if place <= len(read) else 'its'} {place}": letter.replace(" ", "␣")
                for place, letter in enumerate(name, start=1)}
    return letters | {
        "cells": cells, "bars": columns, "chosen": [columns[taken[at]]], "here": frame(at),
        "read": read, "name": name, "so_far": name[:at], "p": after[at], "taken": SYMBOLS[taken[at]],
        "by_chance": variation > 0, "part": names.get(name), "left_out": left_out, "unread": unread,
    }


def frame(at):
    """Return the corners of the frame around a column of states and its letter."""
    left, right, low, high = at + 0.02, at + 0.98, ROWS, -2.6
    return np.array([(left, low), (left, high), (right, high), (right, low)])


def spelt(symbol):
    """Return how a symbol is written below its bar."""
    return {MARK: "end", " ": "␣"}.get(symbol, symbol)


def in_words(symbol):
    """Return how a sentence names a symbol."""
    return {MARK: "the end", " ": "a blank"}.get(symbol, f"“{symbol}”")


def draw(numbers):
    """Return the figure (the name above its states, the next letter's probabilities) and the artists that change."""
    fig, (left, right) = figure(1, 2, width=10.6, height=4.3, width_ratios=(1.25, 1))
    cells = left.imshow(np.zeros((ROWS, LONGEST + 1)), cmap=SIGNED_MAP, vmin=-1, vmax=1, aspect="auto",
                        interpolation="nearest", extent=(0, LONGEST + 1, ROWS, 0))
    left.set(xlim=(-0.1, LONGEST + 1.1), ylim=(ROWS + 0.2, -3), xticks=[],
             yticks=(SHOWN / 2, ROWS - SHOWN / 2))
    left.set_yticklabels((f"its {SHOWN}\nslowest\nunits", f"its {SHOWN}\nfastest\nunits"), fontsize=10)
    left.tick_params(length=0)
    left.set_title("the name, and what the network holds after each letter", fontsize=11)
    left.grid(False)
    left.spines[:].set_visible(False)
    left.text(0.5, -1.3, "▸", ha="center", va="center", fontsize=12, color=GRAY)
    bar = fig.colorbar(cells, ax=left, fraction=0.03, pad=0.01, ticks=(-1, 0, 1))
    bar.outline.set_visible(False)
    right.set(xlim=(-0.8, PLACES[-1] + 1), ylim=(0, 1), xticks=PLACES, yticks=(0, 0.25, 0.5, 0.75, 1),
              yticklabels=("0", "25%", "50%", "75%", "100%"))
    right.set_xticklabels([spelt(symbol) for symbol in SYMBOLS], fontsize=10)
    right.set_title("what comes after the framed letter?", fontsize=11)
    right.grid(False, axis="x")
    artists = {"cells": cells}
    for name, color in (("bars", SKY), ("chosen", BLUE)):             # one artist of thick lines: half the time of 30 bars
        artists[name] = right.add_collection(LineCollection([], colors=color, linewidths=7.5, capstyle="butt"))
    right.legend([Patch(color=BLUE), Patch(color=SKY)], ["the letter it takes", "the others"], loc="upper center",
                 fontsize=9.5, ncols=2, frameon=False)
    artists["here"], = left.fill([], [], facecolor="none", edgecolor=ORANGE, linewidth=2.5, zorder=5)
    for who, color in (("yours", BLACK), ("its", BLUE)):
        for place in range(1, LONGEST + 1):
            artists[f"{who} {place}"] = quick_text(left, place + 0.5, -1.3, ha="center", va="center", fontsize=15,
                                                   color=color, family="monospace", weight="bold")
    return fig, artists


def summarize(numbers):
    """Say what the network made of the beginning, and which letters it found likeliest at the place looked at."""
    said = ""
    if numbers["left_out"]:
        said += f"Not in its alphabet, so left out: {' '.join(numbers['left_out'][:10])}. "
    if numbers["unread"]:
        said += f"It reads your first {TYPED} letters. "
    said += f"From “{numbers['read']}” " if numbers["read"] else "From nothing "
    known = {None: "", "train": ", a name from its training data", "validation": ", a real name that it never saw",
             "test": ", a real name that it never saw"}[numbers["part"]]
    said += f"the network writes “{numbers['name']}”{known}. "
    p = numbers["p"]
    top = [f"{in_words(SYMBOLS[place])} {100 * p[place]:.0f}%" for place in np.argsort(-p, kind="stable")[:TOLD]]
    said += f"After “{numbers['so_far']}” it expects {', '.join(top)}" if numbers["so_far"] else f"First it expects {', '.join(top)}"
    taken = in_words(numbers["taken"])
    if numbers["so_far"] != numbers["name"] or numbers["taken"] == MARK:
        return said + (f", and the dice give {taken}." if numbers["by_chance"] else f", and takes {taken}.")
    return said + f". Names are cut after {LONGEST} letters."


def name_writer():
    grid = {"beginning": beginnings(), "later": ..., "variation": [0, 1, 2, 3]}
    return Explorer("write a name", controls(), compute, draw, summarize, play="later", grid=grid, tries=TRIES)
