"""The stored sunspot trainings: their checkpoints give their curves, a run made now is like them, they show what is said."""

import numpy as np
import pytest

from data import make_sunspot_training as script
from helpers.datasets import sunspot_training
from helpers.explorers.scrub_the_sunspots import compute, controls, summarize


def test_curves_and_checkpoints_are_complete():
    stored = sunspot_training()
    rates, seeds, epochs = len(stored["rates"]), len(stored["seeds"]), len(stored["epochs"])
    assert stored["epochs"].tolist() == list(range(0, script.EPOCHS + 1, script.EVERY))
    for name in ("training", "validation", "grad_norm"):
        assert stored[name].shape == (rates, seeds, script.EPOCHS) and np.isfinite(stored[name]).all()
    assert stored["weight_hh"].shape == (rates, seeds, epochs, script.HIDDEN_SIZE, script.HIDDEN_SIZE)


@pytest.mark.parametrize("rate, seed, checkpoint", [(0, 0, 1), (0, 2, 30), (1, 1, 14), (2, 0, 30)])
def test_a_checkpoint_makes_the_error_of_its_epoch(rate, seed, checkpoint):
    stored = sunspot_training()
    epoch = int(stored["epochs"][checkpoint])
    numbers = compute(epoch, float(stored["rates"][rate]), seed)
    assert numbers["error"] == pytest.approx(stored["validation"][rate, seed, epoch - 1], rel=1e-4)
    assert f"off by {numbers['error']:.1f} sunspots" in summarize(numbers)


@pytest.mark.long
def test_a_run_made_now_is_like_the_stored_ones():
    stored = sunspot_training()
    history, states = script.run(script.RATES[1], 0, epochs=script.EVERY)
    for name in ("training", "validation", "grad_norm"):
        np.testing.assert_allclose([row[name] for row in history], stored[name][1, 0, :script.EVERY], rtol=0.02)
    for name, array in states[-1].items():
        np.testing.assert_allclose(array, stored[name][1, 0, 1], atol=0.01, err_msg=name)


def test_longer_is_not_better():
    """Training goes on helping on the training years alone: what the explorer is there to show."""
    stored = sunspot_training()
    fast = stored["validation"][1:]
    assert (fast.min(axis=-1) < fast[..., -1] - 0.3).all()
    assert (stored["training"][..., -1] < stored["training"][..., 20]).all()


def test_the_slider_stops_at_every_checkpoint_and_nowhere_else():
    stored, epoch = sunspot_training(), controls()["epoch"]
    assert stored["epochs"].tolist() == list(range(epoch.min, epoch.max + 1, epoch.step))
