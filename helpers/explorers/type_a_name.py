"""Explorer "type a name": which language a stored network takes a name for after each letter, and naive Bayes beside it."""

from functools import lru_cache

import numpy as np

from helpers.datasets import surname_scores, surnames
from helpers.explorers.engine import Explorer, text_box
from helpers.names.alphabet import LANGUAGES, normalize
from helpers.names.naive_bayes import fit_naive_bayes, naive_bayes_scores
from helpers.names.reader import beliefs, stored_reader
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import BLACK, BLUE, GRAY, ORANGE, SIZE_MAP, VERMILLION, figure

LONGEST = 15                                    # letters that are read; one name of a hundred is longer
SHOWN_FROM = 0.02                               # a language with less gets no mark
WHO = {"network": (BLUE, "o", 90), "naive Bayes": (ORANGE, "s", 60), "both": (BLACK, "D", 26)}
TOLD = 3                                        # languages that the summary names
OPENING = "Helgesson"                           # the judges disagree about it
MENTIONED = (OPENING, "Schwarzenegger", "Martin", "Martini", "Martinez", "Martinsson", "qqq", "hello",     # by the notebook's list,
             "Schumacher", "Novakova", "Jonsdottir", "O'Brien", "Nkomo", "Ek")                     # and by the rest of it
EACH = 42                                       # names of a language that the web site offers
TRIES = (
    ({"name": "Schwarzenegger"},),
    tuple({"name": name} for name in ("Martin", "Martini", "Martinez", "Martinsson")),
    ({"name": "qqq"}, {"name": "hello"}),
)


def controls():
    return {"name": text_box("name", OPENING, "type a surname")}


def offered():
    """Return the names that the web site offers in place of a box to type in: those mentioned, and of each language some that
    no judge was trained on, from the whole alphabet, as people there spell them.
    """
    table, chosen = surnames(), set(MENTIONED)
    for language in LANGUAGES:
        unseen = table["original"][(table["language"] == language) & (table["part"] == "test")]
        chosen.update(unseen[np.linspace(0, len(unseen) - 1, EACH).astype(int)].tolist())
    return sorted(chosen, key=lambda name: (normalize(name)[0], name))


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
    """Return the network's beliefs after each letter, and of the whole name those of naive Bayes and of both together.

    Rows are in the order of LANGUAGES. What isn't in the alphabet is left out, and letters after the 15th aren't read. When
    there is nothing to read, `reason` says so.
    """
    reader, bayes, languages, known = judges()
    whole, left_out = normalize(name)
    read = whole[:LONGEST].rstrip()
    cells = np.ma.array(np.zeros((len(languages), LONGEST)), mask=True)
    said = {"name": name, "read": read, "left_out": "".join(dict.fromkeys(left_out)),
            "unread": max(0, len(whole) - LONGEST), "known": known.get(read, [])}
    letters = {f"below column {place}": read[place].replace(" ", "_") if place < len(read) else None for place in range(LONGEST)}
    if not read:
        return said | letters | {"cells": cells, "choices": None, "reason": "no letter to read"} | dict.fromkeys(WHO)
    order = [languages.index(language) for language in LANGUAGES]
    after = beliefs(reader, read)[:, order].T                      # (languages, letters)
    scores = naive_bayes_scores(bayes, [read])[0][order]
    cells[:, :len(read)] = after
    counted = np.exp(scores - np.logaddexp.reduce(scores))
    whole_name = {"network": after[:, -1], "naive Bayes": counted, "both": (after[:, -1] + counted) / 2}
    top = after.argmax(axis=0)
    settled = len(top) - np.argmax(np.append(top[::-1] != top[-1], True))
    return said | letters | {who: points(p) for who, p in whole_name.items()} | {
        "cells": cells, "reason": None, "beliefs": whole_name, "settled": int(settled) + 1,
        "choices": np.column_stack([np.arange(len(top)) + 0.5, top + 0.5]),
    }


def points(p):
    """Return (probability, row) of each language that got at least two percent."""
    rows = np.flatnonzero(p >= SHOWN_FROM)
    return np.column_stack([p[rows], rows + 0.5])


def draw(numbers):
    """Return the figure (languages by letters, and what each judge says of the whole name) and the artists that change."""
    fig, (ax, beside) = figure(1, 2, width=10.0, height=5.0, width_ratios=(1.9, 1), sharey=True)
    rows = len(LANGUAGES)
    cells = ax.imshow(np.zeros((rows, LONGEST)), cmap=SIZE_MAP, vmin=0, vmax=1, aspect="auto",
                      interpolation="nearest", extent=(0, LONGEST, rows, 0))
    ax.set(xlim=(0, LONGEST), ylim=(rows + 2.6, 0), yticks=np.arange(rows) + 0.5, yticklabels=LANGUAGES, xticks=[])
    ax.set_title("the network's belief after each letter", fontsize=10.5)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    bar = fig.colorbar(cells, ax=ax, label="probability", fraction=0.04, pad=0.02)
    bar.outline.set_visible(False)
    ax.text(0, rows + 2.5, "letters read, one after the other", color=GRAY, fontsize=9.5, va="bottom")
    dots = {"s": 26, "color": VERMILLION, "edgecolors": "white", "linewidths": 0.8, "zorder": 4}
    artists = {"cells": cells, "choices": ax.scatter([], [], **dots)}
    for place in range(LONGEST):
        artists[f"below column {place}"] = quick_text(ax, place + 0.5, rows + 0.1, ha="center", va="top", fontsize=12,
                                                      color=BLACK, family="monospace")
    beside.set_title("the whole name", fontsize=10.5)
    beside.set(xlim=(-0.04, 1.06), xticks=(0, 0.5, 1), xlabel="probability")
    beside.hlines(np.arange(rows + 1), 0, 1, color="#e6e6e6", linewidth=0.8)
    beside.grid(False, axis="y")
    beside.tick_params(axis="y", length=0)
    for who, (color, marker, size) in WHO.items():
        artists[who] = beside.scatter([], [], s=size, color=color, marker=marker, edgecolors="white", linewidths=0.8, label=who,
                                      clip_on=False, zorder=3)
    beside.legend(loc="lower center", fontsize=9.5, ncols=3, frameon=False, columnspacing=0.7, handletextpad=0.0, borderpad=0.1)
    return fig, artists


def summarize(numbers):
    """Say what was read, what the network, naive Bayes and both together say, and since when the network's answer leads."""
    said = ""
    if numbers["left_out"]:
        said += f"Not in the alphabet, and left out: {' '.join(numbers['left_out'])}. "
    if numbers["reason"]:
        return said + "There is no letter to read, so there is nothing to believe: type a surname."
    if numbers["unread"]:
        said += f"The first {LONGEST} letters are read, {numbers['unread']} more are not. "
    belief, counted, both = numbers["beliefs"].values()
    first = np.argsort(-belief, kind="stable")[:TOLD]
    top = LANGUAGES[first[0]]
    named = ", ".join(f"{LANGUAGES[row]} {belief[row]:.0%}" for row in first)
    said += f"After {numbers['read']!r} the network says {named}; {top} leads from letter {numbers['settled']} on. "
    said += f"Naive Bayes says {likeliest(counted)}, and both together say {likeliest(both)}."
    if numbers["known"]:
        said += f" This name is in the training part: {', '.join(numbers['known'])}."
    return said


def likeliest(p):
    """Return the likeliest language and its probability in words."""
    return f"{LANGUAGES[int(np.argmax(p))]} {p.max():.0%}"


def type_a_name():
    return Explorer("type a name", controls(), compute, draw, summarize, grid={"name": offered()}, tries=TRIES)
