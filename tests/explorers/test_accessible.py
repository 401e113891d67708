"""Letters have contrast, colors stay apart for the color-blind, and every explorer brings what a screen reader needs.

The texts and lines of each explorer are looked at in test_explorers.py, names and keys in the browser in test_browser.py.
"""

import ast
import itertools
import json

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from helpers.explorers.page_script import page_script
from helpers.pictures import style
from helpers.pictures.diagrams import course_map, folded, gru_cell, lstm_cell, unrolled
from tests.support.colors import (
    APART,
    CONTRAST,
    PALETTE,
    SEEN,
    alike,
    apart,
    contrast,
    faint_texts,
    lab,
    linear,
    lines_alike,
    look,
    seen_with,
)
from tools.notebook_rules import PROJECT, notebooks

vision = pytest.mark.parametrize("vision", SEEN)


# Letters.

@pytest.mark.parametrize("color, ground, alpha, good", [
    ("black", "white", None, True), (style.GRAY, "white", None, True), (style.RED, "white", None, True),
    (style.BLUE, "white", None, True), (style.VERMILLION, "white", None, False), (style.GREEN, "white", None, False),
    ("black", "white", 0.3, False), ("white", style.BLUE, None, True), ("white", style.SKY, None, False),
    (style.GRAY, style.BLUE, None, False),
])
def test_the_tests_notice_faint_letters(color, ground, alpha, good):
    fig, ax = style.figure(width=3, height=2)
    ax.set_facecolor(ground)
    ax.text(0.2, 0.5, "letters", color=color, alpha=alpha)
    assert [text for text, _ in faint_texts(fig)] == ([] if good else ["letters"])


@pytest.mark.parametrize("draw", [folded, lambda ax: unrolled(ax, 3), gru_cell, lstm_cell], ids=["folded", "unrolled", "GRU", "LSTM"])
def test_every_text_in_a_diagram_has_contrast(draw):
    fig, ax = style.figure(width=6, height=5)
    draw(ax)
    assert faint_texts(fig) == []


def test_every_text_in_the_map_has_contrast():
    assert faint_texts(course_map()) == []


WRITES = {"text", "annotate", "label_line", "quick_text", "set_title", "set_xlabel", "set_ylabel", "suptitle", "bar_label"}


def word_colors():
    """Return `{place: color}` for every color that a notebook or helper names in a call that writes words."""
    sources = {f"{path.stem} {cell['id']}": "".join(cell["source"]) for path in notebooks()
               for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"}
    sources |= {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "helpers").rglob("*.py")}
    found = []
    for place, source in sources.items():
        for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
            if ast.unparse(call.func).rpartition(".")[2] in WRITES:
                for value in (keyword.value for keyword in call.keywords if keyword.arg == "color"):
                    for node in ast.walk(value):
                        if isinstance(node, ast.Name) and node.id in PALETTE:
                            found.append((place, PALETTE[node.id]))
                        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                            found.append((place, node.value))
    return found


def test_words_are_written_in_colors_that_have_contrast():
    """On white, that is; white itself is for dark grounds."""
    named = word_colors()
    assert len(named) > 10
    assert [(place, color) for place, color in named
            if color != "white" and contrast(to_rgb(color), to_rgb("white")) < CONTRAST] == []


# Colors.

def test_lab_and_contrast_are_those_of_the_standards():
    assert lab(linear([1.0, 1, 1])) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab(linear([1.0, 0, 0])) == pytest.approx([53.24, 80.09, 67.20], abs=0.01)         # sRGB's red
    assert contrast(to_rgb("black"), to_rgb("white")) == pytest.approx(21)
    assert contrast(to_rgb("#767676"), to_rgb("white")) == pytest.approx(4.54, abs=0.005)    # the lightest legible gray


def test_the_simulation_leaves_white_and_confuses_what_is_confused():
    """Red and green of the same lightness are far apart for most people, near for the red- and the green-blind."""
    distance = {vision: apart("#cc3b3b", "#6b7a00", vision) for vision in SEEN}
    assert distance["normal vision"] > 60
    assert max(distance["protanopia"], distance["deuteranopia"]) < distance["normal vision"] / 2
    for matrix in SEEN.values():
        assert np.asarray(matrix) @ np.ones(3) == pytest.approx(np.ones(3), abs=1e-5)


@vision
def test_palette_stays_apart(vision):
    distance = {pair: apart(*map(PALETTE.get, pair), vision) for pair in itertools.combinations(PALETTE, 2)}
    assert {pair: found for pair, found in distance.items() if found < APART} == {}


def test_the_palette_is_that_of_the_course():
    colors = {name: value for name, value in vars(style).items() if name.isupper() and str(value).startswith("#")}
    assert colors == PALETTE


@vision
def test_line_cycle_stays_apart_in_color_and_in_dash(vision):
    _, ax = style.figure()
    lines = [ax.plot([0, 1], [number, number])[0] for number in range(len(style.LINE_COLORS))]
    for one, other in itertools.combinations(lines, 2):
        assert look(one)[0] != look(other)[0]
        assert apart(one.get_color(), other.get_color(), vision) >= APART


def test_the_tests_notice_lines_that_look_alike():
    green, purple = Line2D([], [], color=style.GREEN), Line2D([], [], color=style.PURPLE)
    assert alike(green, purple, "deuteranopia") and not alike(green, purple, "normal vision")
    for other in ({"linestyle": "--"}, {"marker": "o"}, {"linewidth": 4}):
        assert not alike(green, Line2D([], [], color=style.PURPLE, **other), "deuteranopia")
    _, ax = style.figure()
    for number, color in enumerate((style.GREEN, style.PURPLE, style.GREEN)):
        ax.plot([0, 1], [number, number], color=color, linestyle="-", label=str(number))
    assert lines_alike(ax) == [("deuteranopia", "0", "1"), ("deuteranopia", "1", "2")]


@vision
def test_size_map_grows_lighter_and_signed_map_has_two_dark_ends(vision):
    sizes = seen_with(vision, colormaps[style.SIZE_MAP](np.linspace(0, 1, 256))[:, :3])
    assert (np.diff(sizes[:, 0]) > 0).all() and np.ptp(sizes[:, 0]) >= 70
    low, middle, high = seen_with(vision, colormaps[style.SIGNED_MAP]([0.0, 0.5, 1.0])[:, :3])
    assert middle[0] - max(low[0], high[0]) >= 60
    assert np.linalg.norm(low - high) >= 30


# The script in the page.

@pytest.mark.parametrize("title", ["the cliff", 'a "quoted" \\ name', "</script> 名", "TITLE"])
def test_the_script_is_given_the_name_as_it_is(title):
    output, = page_script(title).outputs
    first, rest = output["data"]["application/javascript"].lstrip().split("\n", 1)
    assert ast.literal_eval(first.removeprefix("const title = ").removesuffix(";")) == title
    assert "TITLE" not in rest
