"""Trains the echo networks of notebook 03 and writes echo_runs.npz and its line in SHA256SUMS.

Run as `python data/make_echo_runs.py`. The notebook trains some of them again. The runs are stored because training on
fresh noise amplifies the last digit: another machine, or another version of NumPy, gives other curves with the same edge.

The task is the echo of delay 10. Window 5 of delay 8 is trained as well, for a picture.

    windows     (9,)         steps of one segment
    losses      (9, 5, 50)   by window, seed and block of 30 updates: the mean of the segments' mean squared errors
    NAME_WINDOW (5, ...)     parameter NAME after training with windows 10 and 20, and with window 5 at delay 8, by seed
"""

import making
import numpy as np

from helpers.numpy_nets.optimize import train
from helpers.numpy_nets.rnn import init_parameters
from helpers.numpy_nets.toy_tasks import echo
from helpers.seed import set_seed

DELAY, BATCH, HIDDEN_SIZE, UPDATES, LR = 10, 16, 24, 1500, 0.005
WINDOWS, SEEDS, KEPT, BLOCK = (2, 5, 8, 9, 10, 11, 12, 15, 20), range(5), (10, 20), 30
SHORT_WINDOW, SHORT_DELAY = 5, 8


def run(window, seed, delay=DELAY):
    """Return the loss of every update, and the last parameters."""
    rng = set_seed(seed)
    first = init_parameters(1, HIDDEN_SIZE, 1, rng=rng)
    x, target = echo(window * UPDATES, BATCH, delay, rng)
    segments = ((x[start:start + window], target[start:start + window]) for start in range(0, len(x), window))
    losses = []
    for loss, parameters in train(first, segments, LR):
        losses.append(loss)
    return losses, parameters


def main():
    """Train every network, write the file and its checksum, and say what it shows."""
    runs = {(window, seed): run(window, seed) for window in WINDOWS for seed in SEEDS}
    losses = np.array([[runs[window, seed][0] for seed in SEEDS] for window in WINDOWS])
    stored = {"windows": np.array(WINDOWS), "losses": losses.reshape(len(WINDOWS), len(SEEDS), -1, BLOCK).mean(axis=-1)}
    kept = {window: [runs[window, seed][1] for seed in SEEDS] for window in KEPT}
    kept[SHORT_WINDOW] = [run(SHORT_WINDOW, seed, SHORT_DELAY)[1] for seed in SEEDS]
    for window, of_seeds in kept.items():
        for name in of_seeds[0]:
            stored[f"{name}_{window}"] = np.array([parameters[name] for parameters in of_seeds])
    making.publish("echo_runs.npz", stored)
    for window, of_window in zip(WINDOWS, losses):
        print(f"window {window:2}: mean of the last 100 losses {of_window[:, -100:].mean(axis=1).round(3)}")


if __name__ == "__main__":
    main()
