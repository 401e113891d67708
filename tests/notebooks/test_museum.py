"""What notebook 06 claims: the damage of its defects, the curves of its gallery, and the poster as it is stored."""

import io

import nbformat
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from helpers.exercises import e06_museum as check
from helpers.pictures.poster import poster
from helpers.pictures.style import to_png
from helpers.seed import set_seed
from helpers.with_torch.broken_curves import EXHIBITS, curve
from tools.notebook_rules import PROJECT

CELLS = {cell.id: cell.source for cell in
         nbformat.read(PROJECT / "notebooks" / "06-museum-of-broken-rnns.ipynb", as_version=4).cells}
ENDS_LOWER = ("classify_padded", "read_both_ways", "to_time_first", "last_state_of_each", "class_loss", "input_gradient", "descent",
              "clipped_update", "ask_network", "examine_network")


def late(values):
    return sum(values[-20:]) / 20


@pytest.mark.parametrize("name", EXHIBITS)
def test_repaired_curves_end_lower_where_the_notebook_says_so(name):
    broken, repaired = curve(name), curve(name, repaired=True)
    if name in ENDS_LOWER:
        assert late(repaired) < 0.6 * late(broken)
    elif name == "healthy":
        assert broken == pytest.approx(repaired, rel=1e-6)
    elif name == "padded_loss":
        assert broken[0] < repaired[0] and late(repaired) < late(broken)
    elif name == "forecast_error":
        assert min(repaired) > 1 and broken == pytest.approx([1 - units / 40 for units in range(1, 40)], abs=0.05)
    else:
        assert late(repaired) == pytest.approx(late(broken), abs=0.02)


def test_a_curve_of_nothing_is_refused():
    with pytest.raises(ValueError, match="expected one of classify_padded"):
        curve("perpetual motion")


def test_the_error_of_the_fit_is_as_the_theory_says():
    errors = []
    for seed in range(30):
        set_seed(seed)
        states = nn.RNN(1, 30, dtype=torch.float64)(torch.randn(200, 1, dtype=torch.float64))[0].detach()
        noise = torch.randn(200, 1, dtype=torch.float64)
        errors.append(check.forecast_error.mistakes[0].function(states, noise, 40).item())
    assert np.mean(errors) == pytest.approx(1 - 30 / 40, abs=0.03)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_repairing_the_loss_alone_makes_the_script_worse(seed):
    names = {"torch": torch, "nn": nn, "set_seed": set_seed}
    exec(CELLS["script-data"], names)

    def worst(function):
        return max(function(*names["script_data"](seed), 0.15, 1.0, 40)[20:])

    versions = [{mistake.name: mistake.function for mistake in check.train_script.mistakes}[name]
                for name in ("three defects left", "two defects left, both after backward()")]
    found, loss_alone, repaired = map(worst, (*versions, check.train_script.solution))
    assert repaired < 0.2 < found < loss_alone


def test_changing_an_early_input_finds_exhibits_2_and_5():
    names = {"torch": torch}
    for exhibit in ("read-both-ways", "last-state-of-each"):
        exec(CELLS[f"{exhibit}-as-found"], names)
    set_seed(0)
    x = torch.randn(9, 9, 2)
    changed = x.clone()
    changed[0, 2] += 1
    for name, module, found in (
            ("read_both_ways", nn.RNN(2, 8, batch_first=True, bidirectional=True), [[True, False], *[[False, False]] * 8]),
            ("last_state_of_each", nn.RNN(2, 8), [[False]] * 9)):
        for function, expected in ((names[name], found), (getattr(check, name).solution, [[True] * len(found[0]), *found[1:]])):
            moved = (function(module, changed) - function(module, x)).reshape(9, -1, 8).norm(dim=-1) > 1e-6
            assert moved.tolist() == expected, (name, function)


def test_the_stored_poster_is_the_one_that_the_notebook_draws():
    names = {"poster": poster}
    exec(CELLS["poster-rows"], names)
    exec(CELLS["poster"].rsplit("\nshow", 1)[0], names)
    names["sheet"].set_dpi(200)
    drawn = Image.open(io.BytesIO(to_png(names["sheet"]))).convert("L")
    stored = Image.open(PROJECT / "notebooks" / "pictures" / "questions-poster.png").convert("L")
    assert stored.size == drawn.size == (1654, 2338)
    assert np.abs(np.asarray(stored, float) - np.asarray(drawn, float)).mean() < 2


def test_a_poster_without_questions_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        poster("title", [], "footer")
