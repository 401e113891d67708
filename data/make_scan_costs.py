"""Times the three scans of helpers/numpy_nets/linear.py and writes scan_costs.csv: `python data/make_scan_costs.py`.

h_t = a_t * h_{t-1} + b_t in float32, on one core, with an a of its own for every step and channel. Columns:

    scan       doubling or tree
    seq_len    number of steps
    channels   recurrences side by side: batch times hidden size
    ratio      its time in multiples of that of the loop over the same numbers, measured in turns

Times are processor time, which leaves out what other programs take, and the shortest of many rounds.
"""

from functools import partial

import making
import numpy as np

from helpers.numpy_nets.linear import SCANS

LENGTHS = (16, 64, 256, 1024, 4096)
CHANNELS = (1, 16, 64, 256, 1024)
ROUNDS, SECONDS = 40, 0.002                     # as many calls in a row as fill SECONDS, so that the clock is fine enough


def shortest(seq_len, channels, rng):
    """Return {scan: processor time of one call}."""
    a = rng.uniform(0.5, 1, (seq_len, channels)).astype(np.float32)
    b = rng.normal(size=(seq_len, channels)).astype(np.float32)
    scans = {name: partial(scan, a, b) for name, scan in SCANS.items()}
    calls = {name: max(1, round(SECONDS / max(making.seconds(scan), 1e-6))) for name, scan in scans.items()}
    rounds = [{name: making.seconds(scan, calls[name]) for name, scan in scans.items()} for _ in range(ROUNDS)]
    return {name: min(taken[name] for taken in rounds) for name in scans}


def main():
    rng, rows = np.random.default_rng(0), ["scan,seq_len,channels,ratio"]
    for channels in CHANNELS:
        for seq_len in LENGTHS:
            best = shortest(seq_len, channels, rng)
            loop = best.pop("loop")
            rows += [f"{name},{seq_len},{channels},{taken / loop:.3g}" for name, taken in best.items()]
    making.publish("scan_costs.csv", rows)


if __name__ == "__main__":
    main()
