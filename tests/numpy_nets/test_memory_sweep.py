"""The eight small nets are what they are called and of equal size, and the score is 0 for guessing and 1 without a fault."""

import numpy as np
import pytest

from helpers.numpy_nets import memory_sweep
from helpers.numpy_nets.memory_sweep import NETS, TASKS, equal_size, init_identity, parameter_count, skill


@pytest.mark.parametrize("task", TASKS)
def test_all_nets_have_as_many_parameters(task):
    counts = {}
    for name, net in NETS.items():
        size = equal_size(net.blocks, TASKS[task])
        start = net.start(TASKS[task].input_size, size, TASKS[task].output_size, rng=np.random.default_rng(0))
        counts[name] = sum(array.size for array in start.values())
        assert counts[name] == parameter_count(net.blocks, size, TASKS[task])   # as counted by formula
    assert max(counts.values()) / min(counts.values()) < 1.05


def test_the_starts_are_what_they_are_called():
    first = {name: net.start(3, 24, 2, rng=np.random.default_rng(0)) for name, net in NETS.items()}
    assert abs(first["tanh"]["weight_hh"]).max() <= 24**-0.5
    orthogonal = first["tanh orthogonal"]["weight_hh"]
    np.testing.assert_allclose(orthogonal @ orthogonal.T, np.eye(24), atol=1e-12)
    assert np.array_equal(first["ReLU identity"]["weight_hh"], np.eye(24))
    assert not first["ReLU identity"]["bias_ih"].any() and abs(first["ReLU identity"]["weight_ih"]).max() < 0.01
    for name in ("GRU", "LSTM"):                                # rows 24 to 47: the update gate, the forget gate
        both = [sum(first[f"{name}{kind}"][bias] for bias in ("bias_ih", "bias_hh")) for kind in ("", " open")]
        assert abs(both[0]).max() < 1 and np.allclose(both[1][24:48], memory_sweep.OPEN)
        assert np.array_equal(np.delete(both[0], range(24, 48)), np.delete(both[1], range(24, 48)))


def test_init_identity_draws_what_is_small():
    start = init_identity(200, 50, 200, rng=np.random.default_rng(0), dtype=np.float32)
    for name in ("weight_ih", "weight_ho"):
        assert start[name].dtype == np.float32 and start[name].std() == pytest.approx(0.001, rel=0.05)
    assert not start["bias_o"].any() and not start["bias_hh"].any()


@pytest.mark.parametrize(("error", "expected"), [(0.5, 0.0), (0.0, 1.0), (0.125, 0.75), (0.7, 0.0), (np.nan, 0.0),
                                                 (np.inf, 0.0), ([0.0, 0.25], 0.75)])
def test_skill_is_0_for_guessing_and_1_without_a_fault(error, expected):
    assert skill(error, TASKS["recall"]) == expected


@pytest.mark.parametrize("task", TASKS)
def test_guessing_has_the_error_that_the_task_says(task):
    task = TASKS[task]
    _, target = task.sequences(20, 20_000, np.random.default_rng(0))
    guesses = target == 1 if target.dtype.kind == "i" else (target - 1) ** 2  # always the same symbol; always the mean
    error = 1 - guesses.mean() if target.dtype.kind == "i" else guesses.mean()
    assert error == pytest.approx(task.guess, abs=0.01)
