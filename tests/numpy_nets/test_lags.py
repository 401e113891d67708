"""The ten nets that learn to remember: equal in size, right in their gradients, stopped by one rule, tested at other lags."""

from functools import partial

import numpy as np
import pytest

from helpers.numpy_nets import lags
from helpers.numpy_nets.gated import init_gru
from helpers.numpy_nets.lags import (
    MODELS,
    TASKS,
    TESTED,
    TRAININGS,
    UNSEEN,
    equal_size,
    init_identity,
    parameter_count,
    skill,
    skills,
    train,
    unseen,
)


@pytest.mark.parametrize("task", TASKS)
def test_all_nets_have_as_many_parameters(task):
    counts = [parameter_count(net, equal_size(net, task), task) for net in MODELS]
    assert max(counts) / min(counts) < 1.08 and max(abs(count / counts[0] - 1) for count in counts) < 0.05


def test_the_starts_are_what_they_are_called():
    first = {name: net.start(3, 24, 2, rng=np.random.default_rng(0)) for name, net in MODELS.items()}
    assert abs(first["tanh"]["weight_hh"]).max() <= 24**-0.5
    orthogonal = first["tanh orthogonal"]["weight_hh"]
    np.testing.assert_allclose(orthogonal @ orthogonal.T, np.eye(24), atol=1e-12)
    assert np.array_equal(first["ReLU identity"]["weight_hh"], np.eye(24))
    assert not first["ReLU identity"]["bias_ih"].any() and abs(first["ReLU identity"]["weight_ih"]).max() < 0.01
    for name in ("GRU", "LSTM"):                                # rows 24 to 47: the update gate, the forget gate
        both = [sum(first[f"{name}{kind}"][bias] for bias in ("bias_ih", "bias_hh")) for kind in ("", " open")]
        assert abs(both[0]).max() < 1 and np.allclose(both[1][24:48], lags.OPEN)
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


@pytest.mark.parametrize("net", MODELS)
@pytest.mark.parametrize("task", TASKS)
def test_the_gradients_are_central_differences(net, task):
    model, made, rng = MODELS[net], TASKS[task], np.random.default_rng(1)
    parameters = model.start(made.input_size, 5, made.output_size, rng=rng, dtype=np.float64)
    parameters = {name: array + 0.1 * rng.normal(size=array.shape) for name, array in parameters.items()}  # off ReLU's kink
    x, target = made.sequences(7, 4, rng)
    loss, gradients, _ = lags.loss_and_gradients(model, made, parameters, x, target)
    assert gradients.keys() == parameters.keys() and np.isfinite(loss)
    for name, array in parameters.items():
        index = tuple(rng.integers(size) for size in array.shape)
        at = []
        for step in (1e-6, -1e-6):
            moved = array.copy()
            moved[index] += step
            at.append(lags.loss_and_gradients(model, made, parameters | {name: moved}, x, target)[0])
        assert gradients[name].shape == array.shape
        assert gradients[name][index] == pytest.approx((at[0] - at[1]) / 2e-6, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("net", MODELS)
def test_every_net_learns_the_shortest_recall_and_stops_when_it_has(net):
    parameters, updates, ending, curve = train(net, "recall", 3, "random lags", 0.009, 0)
    assert ending == "solved" and updates % lags.BLOCK == 0 and len(curve) == updates // lags.BLOCK
    assert curve[-1] >= lags.ENOUGH and all(array.dtype == np.float32 for array in parameters.values())
    found = skills(net, "recall", 3, parameters, 0, sequences=200)
    assert found.keys() == TESTED.keys() and found["same"] > 0.9


def test_one_seed_is_one_run(monkeypatch):
    monkeypatch.setattr(lags, "LIMIT", 20)
    runs = [train("LRU", "copying", 8, "random lags", 0.003, seed)[0]["D_l0"] for seed in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1]) and not np.array_equal(runs[0], runs[2])


def test_a_run_without_progress_ends_after_its_patience(monkeypatch):
    monkeypatch.setattr(lags, "PATIENCE", 300)
    _, updates, ending, curve = train("tanh", "recall", 10, "one lag", 1e-9, 0)
    assert ending == "no progress" and updates == 300 and max(curve) < 0.2


def test_a_run_that_overflows_says_so():
    with np.errstate(over="ignore", invalid="ignore"):
        parameters, _, ending, _ = train("ReLU identity", "recall", 40, "one lag", 1e4, 0)
    assert ending == "overflow" and all(array.shape for array in parameters.values())


def test_the_limit_is_the_last_word(monkeypatch):
    monkeypatch.setattr(lags, "LIMIT", 60)
    assert train("tanh", "recall", 10, "one lag", 1e-9, 0)[1:3] == (60, "limit")


def test_random_lags_are_those_up_to_the_lag(monkeypatch):
    asked, original = [], TASKS["recall"].sequences

    def sequences(lag, batch, rng):
        asked.append(lag)
        return original(lag, batch, rng)

    monkeypatch.setitem(lags.TASKS, "recall", TASKS["recall"]._replace(sequences=sequences))
    monkeypatch.setattr(lags, "LIMIT", 120)
    train("tanh", "recall", 6, "random lags", 1e-9, 0)
    assert set(asked) == {1, 2, 3, 4, 5, 6}
    asked.clear()
    train("tanh", "recall", 6, "one lag", 1e-9, 0)
    assert set(asked) == {6}


def test_another_start_is_used(monkeypatch):
    monkeypatch.setattr(lags, "LIMIT", 1)
    parameters = train("GRU", "recall", 20, "one lag", 1e-9, 0, partial(init_gru, update_bias=4))[0]
    size = equal_size("GRU", "recall")
    np.testing.assert_allclose((parameters["bias_ih"] + parameters["bias_hh"])[size : 2 * size], 4, atol=1e-6)


def test_the_score_that_ranks_leaves_out_what_was_trained():
    found = dict.fromkeys(TESTED, 1.0) | {"same": 0.0}
    assert unseen(found, "one lag") == unseen(found, "random lags") == 1
    assert unseen(dict.fromkeys(TESTED, 0.0) | {"half": 1.0}, "random lags") == 0
    assert set(UNSEEN) == set(TRAININGS) and [at(20) for at in TESTED.values()] == [10, 18, 19, 20, 21, 22, 40]


def top_eigenvalue(net, training, lr, seed):
    """Return the largest eigenvalue of weight_hh after training on recall at lag 40, the upper one of a pair."""
    parameters, _, ending, _ = train(net, "recall", 40, training, lr, seed)
    assert ending == "solved"
    eigenvalues = np.linalg.eigvals(parameters["weight_hh"].astype(float))
    return eigenvalues[np.argmax(abs(eigenvalues) + 1e-6 * eigenvalues.imag)]


@pytest.mark.parametrize("seed", range(4))
def test_one_lag_makes_a_clock_and_random_lags_a_latch(seed):
    """What notebook 10 shows: the clock's largest eigenvalue turns or flips, the latch's is real and positive."""
    assert abs(np.angle(top_eigenvalue("tanh orthogonal", "one lag", 0.003, seed))) > 0.1
    latch = top_eigenvalue("tanh orthogonal", "random lags", 0.003, seed)
    assert abs(latch.imag) < 1e-6 and latch.real > 1
