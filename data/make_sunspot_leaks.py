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

import making
import numpy as np
from torch import nn
from tqdm import tqdm

from helpers.datasets import sunspots
from helpers.seed import set_seed
from helpers.with_torch.forecasting import Forecaster, before, indices, network, rmse, train_forecaster, windows

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
    runs = making.Finished(making.part_of(__file__), lambda *which: [round(float(value), 2) for value in lab(*which)])
    rows = ["protocol,seed,year,forecast"]
    for protocol, seed in tqdm([(protocol, seed) for protocol in PROTOCOLS for seed in SEEDS]):
        rows += [f"{protocol},{seed},{year:.0f},{value}" for year, value in zip(YEARS[TEST], runs[protocol, seed], strict=True)]
    making.publish("sunspot_leaks.csv", rows)
    runs.path.unlink()


if __name__ == "__main__":
    main()
