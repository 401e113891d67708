"""A table of questions as a poster: one sheet of A4 that can be printed and read from a step away."""

import textwrap

from matplotlib.patches import FancyBboxPatch

from helpers.pictures.style import BLACK, BLUE, GRAY, figure

A4 = (8.27, 11.69)  # inches
TOP, BOTTOM, SIDE = 0.885, 0.04, 0.06


def poster(title, rows, footer):
    """Return a figure of A4 size: for each row (question, what should come out, exhibits) a box.

    Raises: ValueError where there is no row.
    Shown in: notebook 06.
    """
    if not rows:
        raise ValueError("rows: expected at least one (question, answer, exhibits)")
    fig, ax = figure(width=A4[0], height=A4[1])
    fig.set_layout_engine("none")
    ax.set(xlim=(0, 1), ylim=(0, 1), position=(0, 0, 1, 1))
    ax.axis("off")
    ax.text(0.5, 0.97, title, ha="center", va="top", fontsize=22, fontweight="bold", color=BLACK, linespacing=1.25)
    height = (TOP - BOTTOM) / len(rows)
    for number, (question, answer, exhibits) in enumerate(rows):
        middle = TOP - (number + 0.5) * height
        ax.add_patch(FancyBboxPatch((SIDE, middle - 0.4 * height), 1 - 2 * SIDE, 0.8 * height, boxstyle="round,pad=0.006",
                                    facecolor="#f4f7fb", edgecolor=BLUE, linewidth=1.5))
        ax.text(SIDE + 0.05, middle, str(number + 1), ha="center", va="center", fontsize=28, fontweight="bold", color=BLUE)
        question, answer = textwrap.fill(question, 46), textwrap.fill(answer, 50)
        first = middle + 0.011 * (question.count("\n") + answer.count("\n") + 2)
        ax.text(SIDE + 0.11, first, question, va="top", fontsize=16, fontweight="bold", color=BLACK)
        ax.text(SIDE + 0.11, first - 0.023 * (question.count("\n") + 1), answer, va="top", fontsize=14, color=BLACK)
        ax.text(1 - SIDE - 0.005, middle - 0.36 * height, exhibits, ha="right", va="bottom", fontsize=10.5, color=GRAY)
    ax.text(0.5, 0.022, footer, ha="center", va="center", fontsize=10.5, color=GRAY)
    return fig
