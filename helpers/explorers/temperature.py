"""Explorer "temperature": what the temperature does to the next letter's distribution, and to ten whole names."""

from functools import lru_cache

import numpy as np

from helpers.datasets import surname_writer, surnames
from helpers.explorers.engine import Explorer, dropdown, slider
from helpers.explorers.name_writer import in_words, spelt
from helpers.names.language_model import SYMBOLS, LetterNetwork, entropy, next_symbol, sample_names, with_temperature
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import BLUE, ORANGE, RED, figure

NOTHING = "(nothing yet)"
BEGINNINGS = (NOTHING, "a", "s", "sch", "mc", "o'", "van ", "kov", "gudm", "q", "xx")
COUNT, SHOWN = 10, 22                           # names written; letters of each that the picture has room for
COPY, REAL = "copy", "real, never shown"
GRID = {"temperature": ..., "beginning": ..., "seed": [0, 1, 2, 3, 4, 5]}
TRIES = (
    tuple({"beginning": "s", "temperature": temperature} for temperature in (1.0, 0.5, 0.1)),
    tuple({"temperature": 1.0, "beginning": beginning} for beginning in ("q", "xx")),
    tuple({"beginning": "gudm", "temperature": temperature} for temperature in (0.1, 0.5, 1.0, 1.5, 2.0, 3.0)),
)


def controls():
    return {
        "temperature": slider("temperature", 1.0, 0.1, 3.0, 0.1),
        "beginning": dropdown("the name begins", NOTHING, BEGINNINGS),
        "seed": slider("seed", 0, 0, 20, 1),
    }


@lru_cache(maxsize=1)
def writer():
    """Return the stored network, the names that it was trained on, and the other names."""
    table = surnames()
    trained = table["part"] == "train"
    return LetterNetwork(surname_writer()), set(table["name"][trained].tolist()), set(table["name"][~trained].tolist())


def compute(temperature, beginning, seed):
    """Return the next letter's distribution after the beginning, at temperature 1 and at this one, and ten names."""
    model, trained, others = writer()
    prefix = "" if beginning == NOTHING else beginning
    p = next_symbol(model, prefix)
    tempered = with_temperature(p, temperature)
    names = sample_names(model, COUNT, np.random.default_rng(seed), temperature, prefix)
    notes = [COPY if name in trained else REAL if name in others else "" for name in names]
    shown = [name if len(name) <= SHOWN else name[:SHOWN - 1] + "…" for name in names]
    return {
        "bars": tempered, "plain": (np.arange(len(SYMBOLS)), p),
        "names": "\n".join(shown), "notes": "\n".join(notes) if any(notes) else None,
        "temperature": temperature, "prefix": prefix, "entropy": float(entropy(tempered)),
        "likeliest": SYMBOLS[tempered.argmax()], "share": float(tempered.max()),
        "copies": notes.count(COPY), "others": notes.count(REAL), "different": len(set(names)),
    }


def root(p):
    """Return the square root; 0 below 0, which matplotlib asks for at an axis's margin."""
    return np.sqrt(np.maximum(p, 0))


def draw(numbers):
    """Return the figure (distribution, names) and the artists that move."""
    fig, (bars, names) = figure(1, 2, width=10.4, height=4.0, width_ratios=(1.5, 1))
    here = np.arange(len(SYMBOLS))
    artists = {"bars": bars.bar(here, np.zeros(len(here)), width=0.8, color=BLUE)}
    artists["plain"], = bars.plot([], [], color=ORANGE, linestyle="none", marker="D", markersize=4.5,
                                  markeredgecolor="black", markeredgewidth=0.6, label="at temperature 1")
    bars.legend(loc="upper right", fontsize=9.5)
    bars.set_yscale("function", functions=(root, np.square))        # so that small ones are seen beside large ones
    bars.set(xlim=(-0.7, len(here) - 0.3), ylim=(0, 1), yticks=(0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.7, 1), xticks=here,
             xticklabels=[spelt(symbol) for symbol in SYMBOLS], xlabel="next symbol",
             ylabel="probability (square-root axis)")
    bars.grid(False, axis="x")
    names.axis("off")
    names.set(xlim=(0, 1), ylim=(0, 1))
    names.text(0.06, 1, "ten names at this temperature", fontsize=11, va="top", weight="bold")
    look = {"va": "top", "family": "monospace", "fontsize": 10.5, "linespacing": 1.75}
    artists["names"] = quick_text(names, 0.06, 0.9, **look)
    artists["notes"] = quick_text(names, 0.6, 0.9, color=RED, **look)
    return fig, artists


def summarize(numbers):
    """Say how undecided the network is about the next letter, and how many of its names are real."""
    after = f"after “{numbers['prefix']}”" if numbers["prefix"] else "before any letter"
    return (f"At temperature {numbers['temperature']:.1f}, {after}, the next symbol has an entropy of {numbers['entropy']:.2f} bits, "
            f"like a choice among {2 ** numbers['entropy']:.1f} equally likely ones. The likeliest is {in_words(numbers['likeliest'])} with "
            f"{numbers['share']:.0%}. Of the ten names, {numbers['different']} are different, {numbers['copies']} are copies of "
            f"training names, and {numbers['others']} are real names that it was never shown.")


def temperature():
    return Explorer("temperature", controls(), compute, draw, summarize, grid=GRID, tries=TRIES)
