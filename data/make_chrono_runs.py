"""Asks which bias opens a gate for which lag, and writes chrono_runs.csv: `python data/make_chrono_runs.py`.

GRU and LSTM of helpers/numpy_nets/lags.py learn to recall at one lag, from gates that are left as drawn ("default"), that
all have the bias 1, 3 or 5, or a chrono bias each ("chrono": helpers/numpy_nets/gated.py, longest memory = the lag). Adam at
rate LR, the one that validation chose for the GRU in memory_sweep.csv, five seeds. Columns:

    net, bias, lag, seed
    updates, ending      as in memory_sweep.csv
    same, unseen         the skill at the lag, and the mean skill on the lags not trained for, as in memory_sweep.csv

It may be stopped at any time: finished runs wait in a part file.
"""

from functools import partial

import making
import numpy as np

from helpers.numpy_nets.gated import chrono_bias, init_gru, init_lstm
from helpers.numpy_nets.lags import skills, train, unseen

LAGS, BIASES, LR, SEEDS = (40, 80), ("default", 1, 3, 5, "chrono"), 0.009, range(5)


def start_of(net, bias, lag):
    """Return start(input_size, hidden_size, output_size, rng=, dtype=) of a net with this bias."""
    if bias == "default":
        return init_gru if net == "GRU" else init_lstm
    if bias != "chrono":
        return partial(init_gru, update_bias=bias) if net == "GRU" else partial(init_lstm, forget_bias=bias)

    def start(input_size, hidden_size, output_size, *, rng, dtype):
        keeps = chrono_bias(hidden_size, lag, np.random.default_rng(rng.integers(2**32)))
        if net == "GRU":
            return init_gru(input_size, hidden_size, output_size, rng=rng, update_bias=keeps, dtype=dtype)
        return init_lstm(input_size, hidden_size, output_size, rng=rng, forget_bias=keeps, input_bias=-keeps, dtype=dtype)

    return start


def run(net, bias, lag, seed):
    """Return the row of one run."""
    parameters, updates, ending, _ = train(net, "recall", lag, "one lag", LR, seed, start_of(net, bias, lag))
    found = skills(net, "recall", lag, parameters, seed)
    return net, bias, lag, seed, updates, ending, round(found["same"], 4), round(unseen(found, "one lag"), 4)


def main():
    runs, rows = making.Finished(making.part_of(__file__), run), ["net,bias,lag,seed,updates,ending,same,unseen"]
    for key in [(net, bias, lag, seed) for lag in LAGS for net in ("GRU", "LSTM") for bias in BIASES for seed in SEEDS]:
        rows.append(",".join(map(str, runs[key])))
    making.publish("chrono_runs.csv", rows)
    runs.path.unlink()


if __name__ == "__main__":
    main()
