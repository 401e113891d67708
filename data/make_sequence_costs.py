"""Times four ways to read a sequence, and writes sequence_costs.csv: `python data/make_sequence_costs.py`.

Forward and backward, float32, torch on one thread, 64 features in and 64 out, batches of 8:

    RNN, LSTM      torch.nn.RNN, torch.nn.LSTM
    convolution    torch.nn.Conv1d, 3 steps wide, seeing no later step
    attention      scaled dot product, one head, seeing no later step

Columns: layer, pass (forward, or both: forward and backward), seq_len, ratio: the time in multiples of that of the RNN,
forward, at the shortest length. Times are processor time, which leaves out what other programs take, and the shortest of
many rounds in which all take turns.
"""

from functools import partial

import making
import torch
from torch import nn
from torch.nn.functional import pad, scaled_dot_product_attention

FEATURES, BATCH = 64, 8
LENGTHS = (50, 100, 200, 400, 800, 1600, 3200, 6400)
ROUNDS = 8


class Attention(nn.Module):
    """Every step asks all steps up to itself: one head, with the four projections of nn.MultiheadAttention."""

    def __init__(self):
        super().__init__()
        self.project, self.out = nn.Linear(FEATURES, 3 * FEATURES), nn.Linear(FEATURES, FEATURES)

    def forward(self, x):
        query, key, value = self.project(x)[:, None].chunk(3, dim=-1)  # (batch, 1 head, seq_len, features)
        return self.out(scaled_dot_product_attention(query, key, value, is_causal=True)[:, 0])


class Convolution(nn.Module):
    """Every step sees itself and the two steps before it."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(FEATURES, FEATURES, 3)

    def forward(self, x):
        return self.convolution(pad(x.transpose(1, 2), (2, 0))).transpose(1, 2)


def layers():
    """Return the four layers by name, each mapping (batch, seq_len, features) to the same shape."""
    rnn, lstm = nn.RNN(FEATURES, FEATURES, batch_first=True), nn.LSTM(FEATURES, FEATURES, batch_first=True)
    return {"RNN": lambda x: rnn(x)[0], "LSTM": lambda x: lstm(x)[0], "convolution": Convolution(), "attention": Attention()}


def read(layer, x, both):
    """Read the sequences: forward and backward, or forward alone, without gradients."""
    if both:
        layer(x).sum().backward()
    else:
        with torch.no_grad():
            layer(x)


def main():
    torch.manual_seed(0)
    best = {}
    for seq_len in LENGTHS:
        x, named = torch.randn(BATCH, seq_len, FEATURES), layers()
        for _ in range(ROUNDS):
            for name, layer in named.items():
                for both in (False, True):
                    taken = making.seconds(partial(read, layer, x, both))
                    key = name, "both" if both else "forward", seq_len
                    best[key] = min(taken, best.get(key, taken))
    unit = best["RNN", "forward", LENGTHS[0]]
    rows = ["layer,pass,seq_len,ratio"]
    rows += [",".join((*map(str, key), f"{taken / unit:.4g}")) for key, taken in sorted(best.items())]
    making.publish("sequence_costs.csv", rows)
    print(f"the unit is {unit * 1000:.2f} ms")


if __name__ == "__main__":
    main()
