"""Times the three scans of helpers/numpy_nets/linear.py and writes scan_costs.csv: `python data/make_scan_costs.py`.

h_t = a_t * h_{t-1} + b_t in float32, on one core, with an a of its own for every step and channel. Columns:

    scan       doubling or tree
    seq_len    number of steps
    channels   recurrences side by side: batch times hidden size
    ratio      its time in multiples of that of the loop over the same numbers, measured in turns

Times are processor time, which leaves out what other programs take, and the shortest of many rounds.
"""

import os
import platform
import time
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"                     # read once, when NumPy is loaded

import numpy as np  # noqa: E402

from helpers.files import publish  # noqa: E402
from helpers.numpy_nets.linear import SCANS  # noqa: E402

LENGTHS = (16, 64, 256, 1024, 4096)
CHANNELS = (1, 16, 64, 256, 1024)
ROUNDS, SECONDS = 40, 0.002                     # as many calls in a row as fill SECONDS, so that the clock is fine enough


def seconds(scan, a, b, calls):
    """Return the processor time of one of so many calls."""
    start = time.process_time()
    for _ in range(calls):
        scan(a, b)
    return (time.process_time() - start) / calls


def shortest(seq_len, channels, rng):
    """Return {scan: processor time of one call}."""
    a = rng.uniform(0.5, 1, (seq_len, channels)).astype(np.float32)
    b = rng.normal(size=(seq_len, channels)).astype(np.float32)
    calls = {name: max(1, round(SECONDS / max(seconds(scan, a, b, 1), 1e-6))) for name, scan in SCANS.items()}
    best = dict.fromkeys(SCANS, np.inf)
    for _ in range(ROUNDS):
        for name, scan in SCANS.items():
            best[name] = min(best[name], seconds(scan, a, b, calls[name]))
    return best


def main():
    """Measure and write the table and its line in SHA256SUMS."""
    rng, rows = np.random.default_rng(0), ["scan,seq_len,channels,ratio"]
    for channels in CHANNELS:
        for seq_len in LENGTHS:
            best = shortest(seq_len, channels, rng)
            loop = best.pop("loop")
            rows += [f"{name},{seq_len},{channels},{taken / loop:.3g}" for name, taken in best.items()]
    path = Path(__file__).with_name("scan_costs.csv")
    publish(path, ("\n".join(rows) + "\n").encode("ascii"))
    print(f"{path.name}: {len(rows) - 1} ratios; Python {platform.python_version()}, numpy {np.__version__}, one thread")


if __name__ == "__main__":
    main()
