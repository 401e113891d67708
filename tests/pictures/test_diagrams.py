"""The network's drawing: which nodes and arrows it holds, and what it refuses."""

import json
import re
from pathlib import Path

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Polygon

from helpers.pictures.diagrams import PARTS, UNWEIGHTED, course_map, gru_cell, lstm_cell, unrolled
from helpers.pictures.style import figure


@pytest.mark.parametrize("seq_len", [1, 4])
@pytest.mark.parametrize("weights", [True, False])
def test_each_step_has_its_input_state_and_output_and_the_arrows_of_each_weight_look_the_same(seq_len, weights):
    _, ax = figure()
    unrolled(ax, seq_len, weights)
    symbols = {text.get_text().strip("$").replace("{", "").replace("}", "") for text in ax.texts} - {""}
    states = {"h_0"} | {f"{name}_{t}" for name in "xhy" for t in range(1, seq_len + 1)}
    assert symbols == states | ({"W_ih", "W_hh", "W_ho"} if weights else set())
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    looks = [(arrow.get_edgecolor(), arrow.get_linestyle()) for arrow in arrows]
    assert [looks.count(look) for look in set(looks)] == [seq_len] * 3


def test_no_step_at_all_is_refused():
    with pytest.raises(ValueError, match="seq_len: expected 1 or more, got 0"):
        unrolled(figure()[1], 0)


@pytest.mark.parametrize("cell, symbols", [
    (gru_cell, "h_{t-1} h_t + h_{t-1} n_t x_t W_{hn} W_{in} update_z_t 1-z_t reset_r_t"),
    (lstm_cell, "c_{t-1} c_t + h_{t-1} g_t x_t W_{hg} W_{ig} forget_f_t input_i_t tanh output_o_t h_t"),
])
def test_a_gated_cell_has_its_symbols_three_valves_and_a_thick_path_without_a_matrix(cell, symbols):
    _, ax = figure()
    cell(ax)
    written = [text.get_text().replace("$", "").replace(" ", "_") for text in ax.texts]
    assert sorted(text for text in written if text) == sorted(symbols.split())
    assert sum(isinstance(patch, Polygon) for patch in ax.patches) == 3
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    thick = [arrow for arrow in arrows if arrow.get_linewidth() > 4]
    unweighted = [arrow for arrow in arrows if to_hex(arrow.get_edgecolor()) == UNWEIGHTED[0]]
    assert len(thick) == 2 and set(thick) <= set(unweighted)
    assert len(arrows) - len(unweighted) == sum(text.startswith("W_") for text in written)


def test_the_map_names_every_notebook_once_in_order():
    written = [text.get_text() for text in course_map().axes[0].texts]
    notebooks = [notebook for _, _, notebooks in PARTS for notebook in notebooks]
    numbers = [name for name, *_ in notebooks]
    assert numbers == [f"{number:02d}" for number in range(len(numbers))]
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    assert {path.name.split("-")[0] for path in folder.glob("*.ipynb")} <= set(numbers)
    for name, title, question, minutes in notebooks:
        assert f"{name}  {title}" in written and question in written
        assert any(text.endswith(f"{minutes} min") for text in written)
        title_cell = json.loads(next(folder.glob(f"{name}-*.ipynb")).read_text(encoding="utf-8"))["cells"][0]
        assert minutes == int(re.search(r"(?:About |Minutes:\* )(\d+)", "".join(title_cell["source"]))[1])
