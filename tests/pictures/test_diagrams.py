"""The network's drawing: which nodes and arrows it holds, and what it refuses."""

import json
import re
from pathlib import Path

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, Polygon

from helpers.pictures.diagrams import NOTEBOOKS, UNWEIGHTED, course_map, gru_cell, lstm_cell, unrolled
from helpers.pictures.style import figure


def drawn(**options):
    """Return the symbols in the drawing and the number of its arrows."""
    _, ax = figure()
    unrolled(ax, **options)
    symbols = {text.get_text().strip("$").replace("{", "").replace("}", "") for text in ax.texts} - {""}
    return symbols, sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches)


@pytest.mark.parametrize("seq_len", [1, 2, 5])
def test_each_step_has_its_input_state_and_output_and_three_arrows(seq_len):
    symbols, arrows = drawn(seq_len=seq_len)
    steps = range(1, seq_len + 1)
    assert symbols == {"h_0", "W_ih", "W_hh", "W_ho"} | {f"{name}_{t}" for name in "xhy" for t in steps}
    assert arrows == 3 * seq_len


def test_inputs_and_outputs_that_a_task_does_not_use_are_left_out():
    symbols, arrows = drawn(seq_len=3, inputs=[1], outputs=[2, 3], weights=False)
    assert symbols == {"h_0", "h_1", "h_2", "h_3", "x_1", "y_2", "y_3"}
    assert arrows == 3 + 1 + 2


def test_every_copy_of_a_weight_looks_the_same_and_no_two_weights_do():
    _, ax = figure()
    unrolled(ax, 4)
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    looks = [(arrow.get_edgecolor(), arrow.get_linestyle()) for arrow in arrows]
    assert sorted(looks.count(look) for look in set(looks)) == [4, 4, 4]


@pytest.mark.parametrize("options, said", [
    ({"seq_len": 0}, "seq_len: expected 1 or more, got 0"),
    ({"seq_len": 2, "inputs": [3]}, r"inputs: expected steps from 1 to 2, got \[3\]"),
    ({"seq_len": 2, "outputs": [0]}, r"outputs: expected steps from 1 to 2, got \[0\]"),
])
def test_steps_that_are_not_there_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        drawn(**options)


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
    numbers = [name for name, *_ in NOTEBOOKS]
    assert numbers == [f"{number:02d}" for number in range(len(numbers))]
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    assert {path.name.split("-")[0] for path in folder.glob("*.ipynb")} <= set(numbers)
    for name, title, question, minutes in NOTEBOOKS:
        assert f"{name}  {title}" in written and question in written
        assert any(text.endswith(f"{minutes} min") for text in written)
        title_cell = json.loads(next(folder.glob(f"{name}-*.ipynb")).read_text(encoding="utf-8"))["cells"][0]
        assert minutes == int(re.search(r"(?:About |Minutes:\* )(\d+)", "".join(title_cell["source"]))[1])
