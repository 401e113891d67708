"""Trains the networks of notebook 08's leakage lab; writes sunspot_leaks.csv and its line in SHA256SUMS.

Run as `python data/make_sunspot_leaks.py`, about five minutes on one core; when it is stopped, it goes on where it was.

sunspot_leaks.csv: protocol, seed, year (a test year), forecast (in sunspots, one year ahead). The network is nn.RNN(1, 8)
throughout, trained on 1700 to 1920 with 1921 to 1960 for validation under "clean", and otherwise

    stopping      the best epoch is chosen on the test years
    scaler        mean and standard deviation are those of all years
    overlap       every window that begins before the test years trains
    random        windows of all years are dealt at random into five folds; a year is forecast by the network that did
                  not train on the window that ends with it; 32 windows of the others serve as validation
    clean-last, random-last   "clean" and "random" with the loss taken at the last step of each window alone
    up-to-1960    no leak: all windows that end before the test years train, so 1921 to 1960 as well, as in "overlap"
"""

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from helpers.datasets import sunspots
from helpers.files import publish
from helpers.seed import set_seed
from helpers.with_torch.forecasting import Forecaster, before, indices, network, rmse, train_forecaster, windows

FOLDER = Path(__file__).resolve().parent
# What is done so far, one JSON line per training. Named after this very script: once it has been changed, nothing from
# before is taken over. (A change of helpers/with_torch/forecasting.py is not noticed: delete the file.)
PART = FOLDER / f"sunspot_leaks-{zlib.crc32(Path(__file__).read_bytes()):08x}.part"
LENGTH, SEEDS, HIDDEN_SIZE, FOLDS = 40, range(5), 8, 5
PROTOCOLS = ("clean", "stopping", "scaler", "overlap", "random", "clean-last", "random-last", "up-to-1960")
YEARS, NUMBERS = sunspots()
TRAIN, VALIDATION, TEST = indices(YEARS, 1700, 1920), indices(YEARS, 1921, 1960), indices(YEARS, 1961, 2008)


class Scaled:
    """The series in units of the standard deviation of some of its years, and the way back."""

    def __init__(self, of):
        self.mean, self.deviation = NUMBERS[of].mean(), NUMBERS[of].std()
        self.series = (NUMBERS - self.mean) / self.deviation

    def forecasts(self, model, targets):
        """Return the model's forecasts of these years, one year ahead, in sunspots."""
        return network(model)(before(self.series, targets, LENGTH)) * self.deviation + self.mean

    def error(self, targets):
        """Return the function that says how far a model is off."""
        return lambda model: rmse(self.forecasts(model, targets), NUMBERS[targets])


def start(seed):
    set_seed(seed)
    return Forecaster(nn.RNN(1, HIDDEN_SIZE))


def clean(seed, of=TRAIN, chosen_on=VALIDATION, last=TRAIN[-1] + 1, steps=LENGTH):
    """Return the trained model, its scaled series and its history; the arguments after the seed open a leak."""
    scaled = Scaled(of)
    x, target = windows(scaled.series[:last], LENGTH)
    trained = start(seed)
    history = train_forecaster(trained, x, target[-steps:], scaled.error(chosen_on), seed)
    return trained, scaled, history


def random_windows(seed, steps=LENGTH):
    """Return the forecast of each test year by the one of five networks that did not train on its window."""
    scaled, rng = Scaled(TRAIN), np.random.default_rng(1000 + seed)
    x, target = windows(scaled.series, LENGTH)           # the window at position i ends with the target at i + LENGTH
    dealt, forecasts = rng.permutation(x.shape[1]), np.full(len(YEARS), np.nan)
    for fold in range(FOLDS):
        tested = dealt[fold::FOLDS]
        others = rng.permutation(np.setdiff1d(dealt, tested))
        trained = start(seed)
        error = scaled.error(others[:32] + LENGTH)
        train_forecaster(trained, x[:, others[32:]], target[-steps:, others[32:]], error, seed)
        forecasts[tested + LENGTH] = scaled.forecasts(trained, tested + LENGTH)
    return forecasts[TEST]


def lab(protocol, seed):
    """Return the forecasts of the test years under a protocol."""
    steps = 1 if protocol.endswith("-last") else LENGTH
    if protocol.startswith("random"):
        return random_windows(seed, steps)
    changed = {"clean": {}, "clean-last": {"steps": steps}, "stopping": {"chosen_on": TEST},
               "scaler": {"of": slice(None)}, "up-to-1960": {"last": TEST[0]},
               "overlap": {"last": TEST[0] + LENGTH}}    # the last of these windows begins in the year before the test
    trained, scaled, _ = clean(seed, **changed[protocol])
    return scaled.forecasts(trained, TEST)


def main():
    """Open each leak with every seed and write the table; what the file of parts has already is not computed again."""
    torch.set_num_threads(1)
    lines = PART.read_text().splitlines() if PART.exists() else []
    done = {tuple(name): values for name, values in map(json.loads, lines)}
    rows = ["protocol,seed,year,forecast"]
    for which in tqdm([(protocol, seed) for protocol in PROTOCOLS for seed in SEEDS]):
        if which not in done:
            done[which] = [round(float(value), 2) for value in lab(*which)]
            with PART.open("a") as part:
                part.write(json.dumps([which, done[which]]) + "\n")
        rows += [f"{which[0]},{which[1]},{year:.0f},{value}" for year, value in zip(YEARS[TEST], done[which], strict=True)]
    publish(FOLDER / "sunspot_leaks.csv", "".join(row + "\n" for row in rows).encode("ascii"))
    PART.unlink()
    print(f"numpy {np.__version__}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
