"""Explorer "type a name": which language a stored network takes a name for, after each letter."""

from functools import lru_cache

import numpy as np

from helpers.datasets import surname_scores, surnames
from helpers.explorers.engine import Explorer, text_box
from helpers.names.alphabet import LANGUAGES, normalize
from helpers.names.naive_bayes import fit_naive_bayes, naive_bayes_scores
from helpers.names.reader import beliefs, stored_reader
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import BLACK, GRAY, SIZE_MAP, VERMILLION, figure

LONGEST = 20                                    # letters that are read; eight of the course's names are longer
COLUMNS = LONGEST + 2                           # one is free after the letters, then naive Bayes
TOLD = 3                                        # languages that the summary names


def controls():
    """Return the one control by name."""
    return {"name": text_box("name", "Schumacher", "type a surname")}


@lru_cache(maxsize=1)
def judges():
    """Return the stored network, naive Bayes on trigrams, the languages by label, and those of each training name."""
    table = surnames()
    languages, labels = np.unique(table["language"], return_inverse=True)
    train = table["part"] == "train"
    names = table["name"][train].tolist()
    known = {}
    for name, language in zip(names, table["language"][train], strict=True):
        known.setdefault(name, []).append(str(language))
    scores = surname_scores()
    smoothing = scores["smoothing"][scores["model"] == "naive Bayes 3"][0]
    bayes = fit_naive_bayes(names, labels[train], len(languages), 3, smoothing)
    return stored_reader(), bayes, [str(language) for language in languages], known


def compute(name):
    """Return the beliefs after each letter and what naive Bayes says of the whole, rows in the order of LANGUAGES.

    What is not in the alphabet is left out, letters after the 20th are not read; nothing to read is the `reason`.
    """
    reader, bayes, languages, known = judges()
    whole, left_out = normalize(name)
    read = whole[:LONGEST].rstrip()
    cells = np.ma.array(np.zeros((len(languages), COLUMNS)), mask=True)
    said = {"name": name, "read": read, "left_out": "".join(dict.fromkeys(left_out)),
            "unread": max(0, len(whole) - LONGEST), "known": known.get(read, [])}
    letters = dict.fromkeys(f"below column {place}" for place in range(COLUMNS))
    letters |= {f"below column {place}": letter.replace(" ", "_") for place, letter in enumerate(read)}
    if not read:
        return said | letters | {"cells": cells, "choices": None, "bayes choice": None, "reason": "no letter to read"}
    order = [languages.index(language) for language in LANGUAGES]
    beside = len(read) + 1                                         # the column of naive Bayes
    after = beliefs(reader, read)[:, order].T                      # (languages, letters)
    scores = naive_bayes_scores(bayes, [read])[0][order]
    cells[:, :len(read)] = after
    cells[:, beside] = np.exp(scores - np.logaddexp.reduce(scores))
    top = after.argmax(axis=0)
    settled = len(top) - np.argmax(np.append(top[::-1] != top[-1], True))
    return said | letters | {f"below column {beside}": "naive\nBayes"} | {
        "cells": cells, "reason": None, "belief": after[:, -1], "bayes": cells[:, beside].data,
        "choices": np.column_stack([np.arange(len(top)) + 0.5, top + 0.5]),
        "bayes choice": np.array([[beside + 0.5, scores.argmax() + 0.5]]), "settled": int(settled) + 1,
    }


def draw(numbers):
    """Return the figure (languages by letters, naive Bayes beside them) and the artists that change."""
    fig, ax = figure(width=9.4, height=5.2)
    rows = len(LANGUAGES)
    cells = ax.imshow(np.zeros((rows, COLUMNS)), cmap=SIZE_MAP, vmin=0, vmax=1, aspect="auto",
                      interpolation="nearest", extent=(0, COLUMNS, rows, 0))
    ax.set(xlim=(-0.1, COLUMNS + 0.6), ylim=(rows + 2.6, 0), yticks=np.arange(rows) + 0.5, yticklabels=LANGUAGES,
           xticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    bar = fig.colorbar(cells, ax=ax, label="probability", fraction=0.03, pad=0.02)
    bar.outline.set_visible(False)
    ax.text(0, rows + 2.5, "letters read, one after the other", color=GRAY, fontsize=9.5, va="bottom")
    dots = {"s": 26, "color": VERMILLION, "edgecolors": "white", "linewidths": 0.8, "zorder": 4}
    artists = {"cells": cells, "choices": ax.scatter([], [], **dots), "bayes choice": ax.scatter([], [], **dots)}
    for place in range(COLUMNS):
        artists[f"below column {place}"] = quick_text(ax, place + 0.5, rows + 0.1, ha="center", va="top", fontsize=12,
                                                      color=BLACK, family="monospace")
    return fig, artists


def summarize(numbers):
    """Say what was read, what the network and naive Bayes believe after the last letter, and since when."""
    said = ""
    if numbers["left_out"]:
        said += f"Not in the alphabet, and left out: {' '.join(numbers['left_out'])}. "
    if numbers["reason"]:
        return said + "There is no letter to read, so there is nothing to believe: type a surname."
    if numbers["unread"]:
        said += f"The first {LONGEST} letters are read, {numbers['unread']} more are not. "
    belief = numbers["belief"]
    first = np.argsort(-belief, kind="stable")[:TOLD]
    top = LANGUAGES[first[0]]
    named = ", ".join(f"{LANGUAGES[row]} {100 * belief[row]:.0f} %" for row in first)
    said += f"After {numbers['read']!r}: {named}; {top} leads from letter {numbers['settled']} on. "
    choice = int(np.argmax(numbers["bayes"]))
    said += f"Naive Bayes: {LANGUAGES[choice]} {100 * numbers['bayes'][choice]:.0f} %."
    if numbers["known"]:
        said += f" It is in the training part: {', '.join(numbers['known'])}."
    return said


def type_a_name():
    """Return the explorer."""
    return Explorer("type a name", controls(), compute, draw, summarize)
