"""The memory horizon is measured fairly, a stopped sweep loses nothing, and its table is what a run today gives."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from helpers.datasets import memory_horizon
from helpers.numpy_nets import memory_sweep
from helpers.numpy_nets.memory_sweep import (
    NETS,
    SOLVED,
    TASKS,
    equal_size,
    init_identity,
    parameter_count,
    skill,
    train,
)

SCRIPT = Path(__file__).resolve().parents[2] / "data" / "make_memory_horizon.py"
JOBS = [("recall", net, 5, "measured", seed, (0.01,)) for net in ("tanh", "tanh orthogonal") for seed in range(3)]


@pytest.fixture
def script(monkeypatch):
    """Return the script as a module, found by name, so that the processes that it starts find it too."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    return importlib.import_module(SCRIPT.stem)


@pytest.mark.parametrize("task", TASKS)
def test_all_nets_have_as_many_parameters(task):
    counts = {}
    for name, net in NETS.items():
        size = equal_size(net.blocks, TASKS[task])
        start = net.start(TASKS[task].input_size, size, TASKS[task].output_size, rng=np.random.default_rng(0))
        counts[name] = sum(array.size for array in start.values())
        assert counts[name] == parameter_count(net.blocks, size, TASKS[task])   # as counted by formula
    assert max(counts.values()) / min(counts.values()) < 1.05


def test_unequal_sizes_stop_the_script(script, monkeypatch):
    script.check_equal_sizes()
    monkeypatch.setattr(script, "equal_size", lambda blocks, task: 48)
    with pytest.raises(ValueError, match="GRU, recall: expected 2642 parameters within 5 %, got 7"):
        script.check_equal_sizes()


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


@pytest.mark.parametrize("net", NETS)
def test_every_net_learns_the_shortest_recall_and_stops_when_it_has(net):
    reached, updates = train(net, "recall", 3, 0.01, 0)
    assert reached > 0.9 and 50 <= updates <= 200 and updates % 50 == 0


def test_one_seed_is_one_run():
    assert train("GRU", "copying", 5, 0.01, 1, updates=20) == train("GRU", "copying", 5, 0.01, 1, updates=20)
    assert train("GRU", "adding", 5, 0.01, 1, updates=20) != train("GRU", "adding", 5, 0.01, 2, updates=20)


def test_the_optimizer_is_the_one_that_is_named():
    assert train("tanh orthogonal", "recall", 5, 1.0, 0, 300, "sgd")[0] > 0.9
    assert train("tanh orthogonal", "recall", 5, 1e-6, 0, 100, "sgd")[0] < 0.5


def test_a_run_that_overflows_counts_as_unsolved():
    with np.errstate(over="ignore", invalid="ignore"):
        assert train("ReLU identity", "recall", 40, 1e4, 0, 100) == (0.0, 100)


@pytest.mark.parametrize(("arguments", "words"), [
    (("RNN", "recall", 5, 0.01, 0), ["net:", "tanh orthogonal", "'RNN'"]),
    (("tanh", "copy", 5, 0.01, 0), ["task:", "copying", "'copy'"]),
    (("tanh", "recall", 5, 0.0, 0), ["lr:", "positive", "0.0"]),
    (("tanh", "recall", 5, 0.01, 0, 0), ["updates:", "1 or more", "0"]),
    (("tanh", "recall", 5, 0.01, 0, 5, "rmsprop"), ["optimizer:", "adam, sgd", "'rmsprop'"]),
    (("tanh", "recall", -1, 0.01, 0), ["lag:", "0 or more", "-1"]),
    (("tanh", "copying", 3, 0.01, 0), ["lag:", "5 or more", "3"]),
])
def test_bad_input_is_named(arguments, words):
    with pytest.raises(ValueError) as caught:
        train(*arguments)
    for word in words:
        assert word in str(caught.value)


def test_the_best_rate_is_the_fastest_the_most_skilled_the_lowest_and_else_the_old_one(script):
    assert script.best_rate([(0.01, 500, 0.9), (0.003, 300, 0.96), (0.001, 300, 0.2)]) == 0.003
    assert script.best_rate([(0.01, 500, 0.1), (0.003, 500, 0.3), (0.001, 500, 0.2)]) == 0.003
    assert script.best_rate([(0.01, 100, 1.0), (0.003, 100, 1.0), (0.001, 100, 1.0)], 0.01) == 0.001
    assert script.best_rate([(0.01, 500, 0.02), (0.003, 500, 0.0), (0.001, 500, 0.03)], 0.003) == 0.003


def test_a_rate_that_cannot_win_any_more_ends(script):
    _, runs = script.run(("recall", "tanh", 5, "validation", 100, (0.0001, 0.01)))
    assert [lr for lr, _, _ in runs] == [0.01, 0.0001]
    assert runs[1][1] == runs[0][1] < TASKS["recall"].updates


def test_a_sweep_that_was_stopped_goes_on_and_does_nothing_twice(script, tmp_path, monkeypatch):
    part = tmp_path / "sweep.part"
    whole = script.sweep(JOBS, tmp_path / "whole.part", 1)
    script.sweep(JOBS[:2], part, 1)
    kept = part.read_text()
    part.write_text(kept + '[["recall", "tanh", 5, "meas')                # the machine went off while it was written
    assert script.sweep(JOBS, part, 2) == whole
    assert part.read_text().startswith(kept) and len(part.read_text().splitlines()) == 1 + len(JOBS)
    monkeypatch.setattr(script, "run", None)                              # nothing left to run
    assert script.sweep(JOBS, part, 1) == whole


STOPPED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)                  # who runs the tests may have it ignored
from pathlib import Path
import make_memory_horizon as script
jobs = [("recall", "tanh", 2, "measured", seed, (0.01,)) for seed in range(2)]
jobs += [("adding", "LSTM", 400, "measured", seed, (0.0001,)) for seed in range(2)]
script.sweep(jobs, Path(sys.argv[1]), 2)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a child process")
def test_ctrl_c_keeps_what_is_finished(tmp_path):
    part = tmp_path / "sweep.part"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (SCRIPT.parent, SCRIPT.parents[1])))}
    process = subprocess.Popen([sys.executable, "-c", STOPPED, part], stderr=subprocess.PIPE, start_new_session=True,
                               env=environment)
    try:
        deadline = time.monotonic() + 120
        while not part.exists() or part.read_text().count("\n") < 3:      # settings, two short jobs; two long ones go on
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the short jobs did not end in time"
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)                             # what Ctrl-C does: to all processes at once
        assert "KeyboardInterrupt" in process.communicate(timeout=60)[1].decode()
    finally:                                                              # else the long jobs would take both cores for minutes
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert part.read_text().count("\n") == 3 and part.read_text().endswith("\n")


def test_other_settings_are_refused(script, tmp_path, monkeypatch):
    part = tmp_path / "sweep.part"
    script.sweep([], part, 1)
    monkeypatch.setattr(memory_sweep, "BATCH", 16)
    with pytest.raises(ValueError, match='sweep.part: expected the settings .*"BATCH": 16.*"BATCH": 32.*delete'):
        script.sweep(JOBS, part, 1)


@pytest.mark.parametrize("processes", ["0", "-1", "two"])
def test_bad_processes_are_refused(processes):
    run = subprocess.run([sys.executable, SCRIPT, "--processes", processes], capture_output=True, text=True, check=False)
    assert run.returncode == 2 and "--processes" in run.stderr


def measured(task, net, lag):
    table = memory_horizon()
    return table[(table["task"] == task) & (table["net"] == net) & (table["lag"] == lag) & (table["role"] == "measured")]


def test_the_table_is_the_whole_sweep(script):
    table = memory_horizon()
    cells = [(task, net, lag) for task in script.LAGS for net in NETS for lag in script.LAGS[task]]
    assert Counter(zip(table["task"].tolist(), table["net"].tolist(), table["lag"].tolist(), table["role"].tolist())) == (
        Counter({(*cell, "validation"): 3 for cell in cells}) + Counter({(*cell, "measured"): 5 for cell in cells})
        + Counter({("recall", "tanh", lag, "other rate"): 10 for lag in script.LAGS["recall"]})
        + Counter({("adding", "ReLU identity", script.SGD_LAG, "sgd"): 5})
    )
    assert table["skill"].min() >= 0 and table["skill"].max() <= 1
    assert set(table["lr"].tolist()) == set(memory_sweep.RATES)
    for task in TASKS:
        assert table["updates"][(table["task"] == task) & (table["role"] != "sgd")].max() == TASKS[task].updates


def test_the_rates_in_the_table_are_those_that_validation_chose(script):
    table, chosen = memory_horizon(), None
    for job in script.first_jobs():
        task, net, lag, role, *_ = job
        of_cell = table[(table["task"] == task) & (table["net"] == net) & (table["lag"] == lag)]
        runs = [row[5:] for row in of_cell[of_cell["role"] == role].tolist()]
        chosen = script.best_rate(runs, None if lag == script.LAGS[task][0] else chosen)
        assert set(of_cell["lr"][of_cell["role"] == "measured"].tolist()) == {chosen}


@pytest.mark.parametrize("net", NETS)
def test_a_run_of_today_stands_where_the_table_has_it(net):
    """Only where all five seeds agree must another machine agree with them."""
    stored = measured("recall", net, 40)
    solved = stored["skill"] >= SOLVED
    if solved.all() or not solved.any():
        reached, _ = train(net, "recall", 40, float(stored["lr"][0]), 0)
        assert (reached >= SOLVED) == solved[0]
    else:
        assert net == "ReLU identity"                                     # the only one at its limit there


def median(task, net, lag):
    return np.median(measured(task, net, lag)["skill"])


def test_gates_remember_only_when_they_are_opened():
    for net in ("GRU", "LSTM"):
        assert max(median("recall", net, lag) for lag in (40, 80, 160, 320)) < 0.1 < SOLVED < median("recall", net, 20)
    for net in ("tanh orthogonal", "GRU open", "LSTM open"):
        assert min(median("recall", net, lag) for lag in (40, 80, 160)) > SOLVED


def test_no_plain_start_wins_both():
    for net, task, lag in (("tanh orthogonal", "copying", 40), ("ReLU identity", "adding", 40)):
        assert median(task, net, lag) > SOLVED
    for net, task, lag in (("ReLU identity", "copying", 10), ("tanh orthogonal", "adding", 40), ("tanh", "adding", 40),
                           ("tanh", "copying", 40), ("leaky", "copying", 10)):
        assert median(task, net, lag) < SOLVED


def test_the_rate_moves_the_cliff():
    table = memory_horizon()
    of_tanh = table[(table["task"] == "recall") & (table["net"] == "tanh") & (table["lag"] == 40) & (table["role"] != "validation")]
    middle = {rate: np.median(of_tanh["skill"][of_tanh["lr"] == rate]) for rate in memory_sweep.RATES}
    assert middle[0.003] < 0.2 and middle[0.01] > SOLVED


def test_the_published_optimizer_learns_nothing_in_this_time():
    table = memory_horizon()
    sgd = table[table["role"] == "sgd"]
    assert sgd["updates"].min() == 3 * TASKS["adding"].updates and sgd["skill"].max() < 0.1
