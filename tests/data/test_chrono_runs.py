"""The chrono runs show which bias opens a gate for which lag, and one of them trained again ends as it is stored."""

import pytest

from data import make_chrono_runs as script
from helpers.datasets import chrono_runs
from helpers.numpy_nets.lags import SOLVED


def runs(net, bias, lag):
    table = chrono_runs()
    rows = table[(table["net"] == net) & (table["bias"] == bias) & (table["lag"] == lag)]
    assert sorted(rows["seed"].tolist()) == [0, 1, 2, 3, 4]
    return rows


def solved(net, bias, lag):
    """Return how many of the five seeds learned it."""
    return int((runs(net, bias, lag)["same"] > SOLVED).sum())


def test_the_table_is_whole():
    assert len(chrono_runs()) == 100


def test_an_opened_gate_learns_what_a_gate_left_alone_does_not():
    for lag in (40, 80):
        for net in ("GRU", "LSTM"):
            assert solved(net, "5", lag) == solved(net, "chrono", lag) == 5
            assert runs(net, "chrono", lag)["updates"].max() <= 150
        assert solved("LSTM", "default", lag) == solved("LSTM", "1", lag) == 0
    assert solved("LSTM", "3", 80) < 5 and runs("LSTM", "5", 80)["updates"].max() > 1000


def test_what_holds_at_the_lag_holds_beside_it():
    table = chrono_runs()
    assert table["unseen"][table["same"] > SOLVED].min() > SOLVED


@pytest.mark.parametrize("net", ["GRU", "LSTM"])
def test_a_chrono_run_of_today_learns_as_fast(net):
    *_, updates, ending, same, unseen = script.run(net, "chrono", 40, 0)
    assert ending == "solved" and updates <= 300 and min(same, unseen) > SOLVED
