"""The stored sine-to-cosine runs: complete, with the findings that notebook 07 draws from them, and like a run made now."""

from pathlib import Path

import numpy as np
import pytest
import torch

from data import make_sine_runs as script
from helpers.datasets import sine_runs
from tests.notebooks.test_same_code import defined_in, disagreements
from tools.notebook_rules import PROJECT

NOTEBOOK = PROJECT / "notebooks" / "07-training-on-sequences.ipynb"
TAUGHT = ("Network", "waves", "both_ends", "even", "squared_errors")
POSITIONS = [f"position_{p}" for p in range(10)]


def chosen(grid, state, lr=0.02, max_norm=np.inf, seeds=10):
    """Return the columns of the runs made in this way."""
    runs, _, _ = sine_runs()
    mask = (runs["grid"] == grid) & (runs["state"] == state) & (runs["lr"] == lr) & (runs["max_norm"] == max_norm)
    mask &= runs["seed"] < seeds
    return {name: column[mask] for name, column in runs.items()}


def test_every_run_is_there_once():
    runs, losses, _ = sine_runs()
    keys = list(zip(*(runs[name] for name in ("grid", "state", "lr", "max_norm", "seed"))))
    assert len(keys) == len(set(keys)) == 290
    assert {curve.shape for curve in losses.values()} == {(10, 300)}
    for (grid, state), curves in losses.items():
        of_runs = chosen(grid, state)
        assert of_runs["seed"].tolist() == list(range(10))
        np.testing.assert_allclose(curves[:, -1], of_runs["own_segment"], atol=1e-5)
        np.testing.assert_allclose(curves[:, -100:].mean(axis=1), of_runs["training"], atol=1e-5)


@pytest.mark.parametrize("grid", ["both ends", "even"])
def test_a_reset_costs_the_first_position_and_nothing_else(grid):
    errors = np.array([chosen(grid, "reset")[name] for name in POSITIONS])           # (positions, seeds)
    np.testing.assert_allclose(errors[0], 1, atol=0.02)
    assert errors[1:].max() < 0.02


def test_the_repeated_end_point_costs():
    even, both = chosen("even", "carried"), chosen("both ends", "carried")
    for name in ("training", "highest", "phase"):
        assert even[name].mean() < 0.2 * both[name].mean(), name


@pytest.mark.parametrize("lr", script.DUEL)
def test_clipping_harms_at_the_large_rates(lr):
    free, clipped = (chosen("even", "carried", lr, max_norm, seeds=50)["training"] for max_norm in script.NORMS)
    assert len(free) == len(clipped) == 50 and np.sum(clipped > free) > 32          # fifty coins: once in a hundred times


def test_a_run_made_now_is_like_the_stored_ones():
    _, losses, _ = sine_runs()
    for grid in ("both ends", "even"):
        _, now = script.run(grid, "carried", script.LR, np.inf, 0)
        np.testing.assert_allclose(now[:15], losses[grid, "carried"][0, :15], rtol=0.02)
    model, now = script.run("even", "reset", script.LR, np.inf, 1)
    stored = chosen("even", "reset")
    numbers = dict(zip(script.MEASURES, script.measures(model, now, "even", "reset"), strict=True))
    for name in ("training", *POSITIONS):
        assert stored[name].min() - 0.02 < numbers[name] < stored[name].max() + 0.02, name


@pytest.mark.parametrize("grid", ["both ends", "even"])
def test_stored_parameters_are_those_of_the_stored_errors(grid):
    _, _, parameters = sine_runs()
    model = script.Network()
    model.load_state_dict({name: torch.tensor(array) for name, array in parameters[grid].items()})
    assert script.held_out(model, grid, "carried", 1.0) == pytest.approx(chosen(grid, "carried")["phase"][0], rel=1e-2, abs=1e-5)


def test_the_notebook_trains_what_was_stored():
    assert disagreements(NOTEBOOK, [script.__file__]) == []
    source = NOTEBOOK.read_text(encoding="utf-8")
    for name in TAUGHT:
        assert name in defined_in(Path(script.__file__).read_text(encoding="utf-8"))
        assert f"def {name}(" in source or f"class {name}(" in source
