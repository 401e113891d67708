"""Trains the sine-to-cosine networks of notebook 07; writes sine_runs.csv, sine_runs.npz and their lines in SHA256SUMS.

Run as `python data/make_sine_runs.py`, about two minutes. Network, waves and the two grids are the notebook's own. The runs
are stored because training amplifies the last digit: another machine gets other curves with the same findings.

sine_runs.csv has one row per run:

    grid, state      "both ends" or "even"; "carried" or "reset"
    lr, max_norm     of Adam and of the clipping (inf: none)
    seed             0 to 9; to 49 for the two rates of DUEL, carried on the even grid, with and without clipping
    own_segment      loss of the last segment trained on, as the usual version reports it
    training         mean loss of the last 100 updates
    highest          highest loss of the last 200 updates
    phase            error on 20 held-out phases of an even grid of the same step
    frequency_F      error on the same phases at F times the frequency
    position_P       error at position P (from 0) of the segments that follow the training

Carried networks are tried on 100 steps of which the first 20 do not count, those with reset on segments of ten from zeros.

sine_runs.npz has, for the four combinations of grid and state in the order of the csv, at lr 0.02 without clipping:

    losses   (4, 10, 300)   by combination, seed, update
    NAME     (2, ...)       the parameters of seed 0, trained on both ends and on the even grid with the state carried
"""

import math
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import nn

from helpers.files import publish
from helpers.seed import set_seed
from helpers.with_torch.training import train_segments

FOLDER = Path(__file__).resolve().parent
UPDATES, LR, SEEDS = 300, 0.02, range(10)
RATES, NORMS = (0.002, 0.005, 0.02, 0.05, 0.1), (math.inf, 1.0)
DUEL, MANY_SEEDS = (0.02, 0.05), range(50)               # does clipping harm? ten seeds do not tell
FREQUENCIES = (0.5, 0.9, 1.1, 1.5)
STEPS = {"both ends": np.pi / 9, "even": np.pi / 10}
PHASES = (np.arange(20) + 0.5) / 20                      # in steps: between the points of the training grid
MEASURES = ["own_segment", "training", "highest", "phase", *(f"frequency_{f}" for f in FREQUENCIES),
            *(f"position_{p}" for p in range(10))]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(1, 32, batch_first=True)
        self.read_out = nn.Linear(32, 1)

    def forward(self, x, h=None):
        output, h_n = self.rnn(x, h)
        return self.read_out(output), h_n


def waves(angle):
    angle = torch.as_tensor(angle, dtype=torch.float32)[..., None]
    return angle.sin(), angle.cos()


def both_ends(number):
    return waves(np.linspace(number * np.pi, (number + 1) * np.pi, 10)[None])


def even(number):
    return waves(np.linspace(number * np.pi, (number + 1) * np.pi, 10, endpoint=False)[None])


def squared_errors(model, x, target):
    with torch.no_grad():
        prediction, _ = model(x)
    return (prediction - target).square()[..., 0].numpy()


GRIDS = {"both ends": both_ends, "even": even}


def run(grid, state, lr, max_norm, seed):
    """Return the trained network and the loss of every update."""
    set_seed(seed)
    model = Network()
    segments = (GRIDS[grid](number) for number in range(UPDATES))
    losses = [loss for loss, _ in train_segments(model, segments, lr, max_norm, carry=state == "carried")]
    return model, np.array(losses)


def held_out(model, grid, state, frequency):
    """Return the mean error on phases that were not trained on."""
    step = frequency * STEPS[grid]
    angles = step * (np.arange(100) + PHASES[:, None])   # (phases, steps)
    if state == "carried":
        return squared_errors(model, *waves(angles))[:, 20:].mean()
    return squared_errors(model, *waves(angles.reshape(-1, 10))).mean()


def by_position(model, grid, state):
    """Return the mean error at each position of twenty segments; with the state carried the first two do not count."""
    x, target = (torch.cat(part) for part in zip(*(GRIDS[grid](number) for number in range(20))))
    if state == "reset":
        return squared_errors(model, x, target).mean(axis=0)
    whole = squared_errors(model, x.reshape(1, -1, 1), target.reshape(1, -1, 1))
    return whole.reshape(20, 10)[2:].mean(axis=0)


def measures(model, losses, grid, state):
    """Return the numbers of one row, in the order of MEASURES."""
    frequencies = [held_out(model, grid, state, frequency) for frequency in FREQUENCIES]
    return [losses[-1], losses[-100:].mean(), losses[-200:].max(), held_out(model, grid, state, 1.0), *frequencies,
            *by_position(model, grid, state)]


def main():
    """Train every network, write both files, and say what they show."""
    torch.set_num_threads(1)
    schemes = [(grid, state, LR, math.inf) for grid in GRIDS for state in ("carried", "reset")]
    sweep = [("even", "carried", lr, max_norm) for lr in RATES for max_norm in NORMS]
    duel = [scheme for scheme in sweep if scheme[2] in DUEL]
    rows, losses, parameters = [], [], {}
    for scheme in schemes + [scheme for scheme in sweep if scheme not in schemes]:
        seeds = MANY_SEEDS if scheme in duel else SEEDS
        runs = [run(*scheme, seed) for seed in seeds]
        numbers = np.array([measures(model, curve, *scheme[:2]) for model, curve in runs])
        for seed, row in zip(seeds, numbers, strict=True):
            rows.append(",".join([*map(str, (*scheme, seed)), *(f"{number:.6f}" for number in row)]))
        if scheme in schemes:
            losses.append([curve for _, curve in runs[:len(SEEDS)]])
            if scheme[1] == "carried":
                for name, tensor in runs[0][0].state_dict().items():
                    parameters.setdefault(name, []).append(tensor.numpy())
        print(*scheme, *(f"{name} {mean:.4f}" for name, mean in zip(MEASURES[:8], numbers.mean(axis=0))))
    header = ",".join(["grid", "state", "lr", "max_norm", "seed", *MEASURES])
    publish(FOLDER / "sine_runs.csv", "\n".join([header, *rows, ""]).encode())
    buffer = BytesIO()
    arrays = {name: np.array(both) for name, both in parameters.items()}
    np.savez_compressed(buffer, losses=np.array(losses, dtype=np.float32), **arrays)
    publish(FOLDER / "sine_runs.npz", buffer.getvalue())
    print(f"torch {torch.__version__}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
