"""The stored sine-to-cosine runs, and what notebook 07 says about training: recomputed here, on other seeds where that is cheap."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from data import make_sine_runs as script
from helpers.datasets import sine_runs
from helpers.seed import set_seed
from helpers.with_torch.training import train_segments
from tests.notebooks.test_same_code import defined_in, disagreements
from tools.notebook_rules import PROJECT

NOTEBOOK = PROJECT / "notebooks" / "07-training-on-sequences.ipynb"
TAUGHT = ("Network", "waves", "even")


@pytest.fixture(autouse=True)
def float64():
    """The notebook's default."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def ends(lr, max_norm, seeds):
    """Return the stored losses of these runs."""
    runs = sine_runs()
    return runs["training"][(runs["lr"] == lr) & (runs["max_norm"] == max_norm) & np.isin(runs["seed"], seeds)]


def both_ends(number):
    return script.waves(np.linspace(number * np.pi, (number + 1) * np.pi, 10)[None])


def trained(seed, grid=script.even, updates=200, carry=True):
    set_seed(seed)
    model = script.Network()
    losses = [loss for loss, _ in train_segments(model, (grid(n) for n in range(updates)), lr=0.02, carry=carry)]
    return model, np.array(losses)


def errors_of(model, segments, h=None, first=0):
    """Return the error in each segment of a run with the weights fixed."""
    x, target = (torch.cat(part, dim=1) for part in zip(*(script.even(first + n) for n in range(segments))))
    with torch.no_grad():
        return (model(x, h)[0] - target).square().reshape(segments, -1).mean(dim=1).numpy()


def test_every_run_is_there_once():
    runs = sine_runs()
    keys = list(zip(*(runs[name] for name in ("lr", "max_norm", "seed"))))
    assert len(keys) == len(set(keys)) == 360


@pytest.mark.long
def test_a_run_made_now_is_the_stored_one():
    for lr, max_norm, seed in ((0.005, 1.0, 12), (0.02, np.inf, 3)):
        assert script.run(lr, max_norm, seed)[-100:].mean() == pytest.approx(ends(lr, max_norm, [seed])[0], rel=1e-3)


def test_the_best_rate_is_one_step_below_the_disaster():
    medians = {lr: np.median(ends(lr, np.inf, script.SEEDS)) for lr in script.RATES}
    assert min(medians, key=medians.get) == 0.02 and medians[0.05] > 0.1 and medians[0.1] > 0.5


def test_clipping_harms_at_one_rate_and_at_the_others_nothing_shows():
    worse = {lr: np.sum(ends(lr, 1.0, range(10, 50)) > ends(lr, np.inf, range(10, 50))) for lr in script.DUEL}
    assert worse[0.02] > 28 and 12 < worse[0.005] < 28 and 12 < worse[0.05] < 28      # coins: 95 in 100 lie between
    assert np.median(ends(0.002, 1.0, script.SEEDS)) > np.median(ends(0.002, np.inf, script.SEEDS))


@pytest.mark.long
def test_the_weights_that_chased_each_segment_drift_once_they_are_frozen():
    set_seed(2)
    model, states = script.Network(), []
    model.register_forward_hook(lambda module, inputs, output: states.append(output[1]))
    losses = [loss for loss, _ in train_segments(model, (script.even(n) for n in range(200)), lr=0.02)]
    frozen = errors_of(model, 60, states[-1], first=200)
    assert losses[-1] < 3e-4 and frozen[0] < 1e-3 and frozen[-20:].mean() > 0.1
    last, final = (np.array(of) for of in zip(*((losses[-1], errors_of(model, 300)[-20:].mean())
                                                for model, losses in (trained(seed, updates=300) for seed in range(10)))))
    assert np.median(last) < 3e-4 and final.max() < 0.02


@pytest.mark.long
def test_the_repeated_end_point_makes_every_training_jump():
    for seed in range(10):
        assert trained(seed, both_ends)[1][100:].max() > 0.3 > 3 * trained(seed)[1][100:].max()


def test_a_reset_costs_the_first_position_and_nothing_else():
    x, target = (torch.cat(part) for part in zip(script.even(0), script.even(1)))
    for seed in (0, 7):
        model, _ = trained(seed, updates=300, carry=False)
        with torch.no_grad():
            errors = (model(x)[0] - target).square()[..., 0].mean(dim=0).numpy()
        assert errors[0] == pytest.approx(1, abs=0.02) and errors[1:].max() < 0.01


@pytest.mark.long
def test_shuffled_rows_are_worse_than_a_reset():
    def last_losses(seed, shuffle, carry):
        rng = set_seed(seed)
        model, starts = script.Network(), 3.3 * np.arange(8)[:, None]
        rows = (np.pi / 10 * (np.arange(10) + 10 * n + starts)[rng.permutation(8) if shuffle else np.arange(8)] for n in range(300))
        return np.mean([loss for loss, _ in train_segments(model, map(script.waves, rows), 0.02, carry=carry)][-50:])

    for seed in (3, 4):
        assert last_losses(seed, False, True) < 0.01 < last_losses(seed, False, False) < 0.08 < last_losses(seed, True, True)


@pytest.mark.long
def test_what_was_missing_was_other_data():
    """Trained on one frequency a network fails at half of it, where two fixed weights do; trained on many it does not."""
    def squared_error(model, frequency):
        angles = frequency * np.pi / 10 * np.arange(100) + np.pi / 10 * (np.arange(20)[:, None] + 0.5) / 20
        x, target = script.waves(angles)
        with torch.no_grad():
            return (model(x)[0] - target).square()[:, 20:].mean().item()

    rng = set_seed(3)
    many = script.Network()
    optimizer = torch.optim.Adam(many.parameters(), lr=0.005)
    for _ in range(400):
        frequency, phase = rng.uniform(0.5, 1.5, (16, 1)), rng.uniform(0, 2 * np.pi, (16, 1))
        x, target = script.waves(frequency * np.pi / 10 * np.arange(40) + phase)
        optimizer.zero_grad()
        nn.functional.mse_loss(many(x)[0][:, 5:], target[:, 5:]).backward()
        nn.utils.clip_grad_norm_(many.parameters(), 1.0)
        optimizer.step()
    one, _ = trained(3, updates=300)
    for frequency in (0.5, 1.5):
        assert squared_error(many, frequency) < 0.03 < 0.08 < squared_error(one, frequency)


def test_one_step_after_all_segments_has_the_full_gradient():
    """The text says so: losses added up and one backward pass go through every border."""
    set_seed(0)
    model = script.Network()
    parts = [script.even(n) for n in range(3)]
    h, total = None, 0
    for x, target in parts:
        prediction, h = model(x, h)
        total = total + nn.functional.mse_loss(prediction, target)
    whole = model(torch.cat([x for x, _ in parts], dim=1))[0]
    at_once = 3 * nn.functional.mse_loss(whole, torch.cat([target for _, target in parts], dim=1))
    for one, other in zip(torch.autograd.grad(total, model.parameters()), torch.autograd.grad(at_once, model.parameters())):
        torch.testing.assert_close(one, other)


def test_the_notebook_trains_what_was_stored():
    assert disagreements(NOTEBOOK, [Path(script.__file__)]) == []
    source = NOTEBOOK.read_text(encoding="utf-8")
    for name in TAUGHT:
        assert name in defined_in(Path(script.__file__).read_text(encoding="utf-8"))
        assert f"def {name}(" in source or f"class {name}(" in source
