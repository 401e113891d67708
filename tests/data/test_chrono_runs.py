"""The chrono runs show which bias opens a gate for which lag."""

from helpers.datasets import chrono_runs
from helpers.numpy_nets.lags import SOLVED


def solved(net, bias, lag):
    """Return how many of the five seeds learned it."""
    table = chrono_runs()
    rows = table[(table["net"] == net) & (table["bias"] == bias) & (table["lag"] == lag)]
    assert sorted(rows["seed"].tolist()) == [0, 1, 2, 3, 4]
    return int((rows["same"] > SOLVED).sum())


def test_the_table_is_whole():
    assert len(chrono_runs()) == 100


def test_an_opened_gate_learns_what_a_gate_left_alone_does_not():
    for lag in (40, 80):
        for net in ("GRU", "LSTM"):
            assert solved(net, "5", lag) == solved(net, "chrono", lag) == 5
        assert solved("LSTM", "default", lag) == solved("LSTM", "1", lag) == 0


def test_what_holds_at_the_lag_holds_beside_it():
    table = chrono_runs()
    assert table["unseen"][table["same"] > SOLVED].min() > SOLVED
