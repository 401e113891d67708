"""Trains the sine-to-cosine networks for notebook 07's question about clipping; writes sine_runs.csv and its line in SHA256SUMS.

Run as `python data/make_sine_runs.py`, about three minutes on one core. Network, waves and training loop are the notebook's
own, in float64. The runs are stored because one seed more or less decides nothing here and fifty take too long for a cell.

    lr, max_norm     of Adam and of the clipping (inf: none)
    seed             0 to 9; to 49 for the rates of DUEL
    training         mean loss of the last 100 of 300 updates
"""

import math

import making
import numpy as np
import torch
from torch import nn

from helpers.seed import set_seed
from helpers.with_torch.training import train_segments

UPDATES, SEEDS = 300, range(10)
RATES, NORMS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1), (math.inf, 1.0)
DUEL, MANY_SEEDS = (0.005, 0.02, 0.05), range(50)        # the first ten seeds raised the question, the others answer it


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(1, 32, batch_first=True)
        self.output_layer = nn.Linear(32, 1)

    def forward(self, x, h=None):
        output, h_n = self.rnn(x, h)
        return self.output_layer(output), h_n


def waves(angle):
    angle = torch.as_tensor(angle)[..., None]
    return angle.sin(), angle.cos()


def even(number):
    return waves(np.linspace(number * np.pi, (number + 1) * np.pi, 10, endpoint=False)[None])


def run(lr, max_norm, seed):
    """Return the loss of every update."""
    set_seed(seed)
    segments = (even(number) for number in range(UPDATES))
    return np.array([loss for loss, _ in train_segments(Network(), segments, lr, max_norm)])


def main():
    torch.set_default_dtype(torch.float64)
    rows = ["lr,max_norm,seed,training"]
    for lr in RATES:
        for max_norm in NORMS:
            ends = {seed: run(lr, max_norm, seed)[-100:].mean() for seed in (MANY_SEEDS if lr in DUEL else SEEDS)}
            rows += [f"{lr},{max_norm},{seed},{end:.8f}" for seed, end in ends.items()]
            print(f"lr {lr} max_norm {max_norm}: median {np.median(list(ends.values())):.5f} of {len(ends)}", flush=True)
    making.publish("sine_runs.csv", rows)


if __name__ == "__main__":
    main()
