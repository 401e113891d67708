"""Trains the networks that notebook 08 sets against autoregressions; writes sunspot_refits.csv and its line in SHA256SUMS.

Run as `python data/make_sunspot_refits.py`, about four minutes on one idle core. Everything is chosen on the validation years (1921 to
1960) by networks trained up to 1920: for each model the scale (the sunspot numbers or their square roots) and the number of units
by the error one year ahead, and the number of epochs, for one and for ten years ahead. Then five networks are trained up to 1960
for so many epochs, as the autoregressions are fitted up to 1960, and forecast the test years.

    part             "validation" (trained up to 1920, best epoch kept) or "test" (trained up to 1960)
    model, scale, hidden_size
    way              "recursive": trained for the next year, its forecasts fed in for longer horizons;
                     "direct": trained for the horizon itself
    seed, horizon, year, forecast (in sunspots)
    epochs           how many the network was trained for, or in the part "validation" which epoch was kept
"""

import itertools

import making
import numpy as np
from torch import nn

from helpers.datasets import sunspots
from helpers.seed import set_seed
from helpers.with_torch.forecasting import (
    Forecaster,
    before,
    forecast,
    indices,
    network,
    rmse,
    train_forecaster,
    windows,
)

LENGTH, SEEDS, SIZES, FAR = 40, range(5), (8, 16, 32), 10
MODELS = {"RNN": nn.RNN, "GRU": nn.GRU}
SCALES = {"numbers": (lambda numbers: numbers, lambda values: values),
          "roots": (np.sqrt, lambda values: np.maximum(values, 0) ** 2)}
YEARS, NUMBERS = sunspots()
VALIDATION, TEST = indices(YEARS, 1921, 1960), indices(YEARS, 1961, 2008)


class Scaled:
    """The series up to some year, transformed, in units of its standard deviation; and the way back."""

    def __init__(self, scale, last):
        there, self.back = SCALES[scale]
        values = there(NUMBERS)
        known = values[YEARS <= last]
        self.mean, self.deviation, self.count = known.mean(), known.std(), len(known)
        self.series = (values - self.mean) / self.deviation

    def forecasts(self, model, targets, horizon, direct):
        """Return the model's forecasts of these years in sunspots."""
        context = before(self.series, targets, LENGTH, horizon)
        values = network(model)(context) if direct else forecast(network(model), context, horizon)
        return self.back(values * self.deviation + self.mean)


def trained(kind, scale, size, seed, direct=False, epochs=None):
    """Return a network trained up to 1920, best epoch kept, or up to 1960 for so many epochs; its scaled series, and the epoch."""
    scaled = Scaled(scale, 1920 if epochs is None else 1960)
    horizon = FAR if direct else 1
    x, target = windows(scaled.series[:scaled.count], LENGTH, horizon)
    set_seed(seed)
    model, later = Forecaster(MODELS[kind](1, size)), itertools.count()

    def validate(model):
        if epochs is not None:
            return -next(later)                                    # the last epoch is the best one
        return rmse(scaled.forecasts(model, VALIDATION, horizon, direct), NUMBERS[VALIDATION])

    history = train_forecaster(model, x, target, validate, seed, epochs=epochs or 150)
    return model, scaled, min(history, key=lambda epoch: epoch["validation"])["epoch"]


def rows_of(part, kind, scale, size, seed, direct, epochs=None):
    """Return the rows of one network, and the epoch that was kept."""
    model, scaled, kept = trained(kind, scale, size, seed, direct, epochs)
    rows, targets = [], TEST if part == "test" else VALIDATION
    for horizon in (FAR,) if direct else (1, FAR):
        values = scaled.forecasts(model, targets, horizon, direct)
        rows += [f"{part},{kind},{scale},{size},{'direct' if direct else 'recursive'},{seed},{horizon},{year:.0f},{value:.2f},{kept}"
                 for year, value in zip(YEARS[targets], values, strict=True)]
    error = rmse(scaled.forecasts(model, targets, FAR if direct else 1, direct), NUMBERS[targets])
    return rows, kept, error


def main():
    rows = ["part,model,scale,hidden_size,way,seed,horizon,year,forecast,epochs"]
    for kind in MODELS:
        runs = {(scale, size): [rows_of("validation", kind, scale, size, seed, False) for seed in SEEDS]
                for scale in SCALES for size in SIZES}
        errors = {which: np.mean([error for _, _, error in of]) for which, of in runs.items()}
        print(kind, {which: round(float(error), 2) for which, error in errors.items()}, flush=True)
        scale, size = min(errors, key=errors.get)
        direct = [rows_of("validation", kind, scale, size, seed, True) for seed in SEEDS]
        for of in (*runs.values(), direct):
            rows += [row for part, _, _ in of for row in part]
        for of, ahead in ((runs[scale, size], False), (direct, True)):
            epochs = round(np.mean([kept for _, kept, _ in of]))
            again = [rows_of("test", kind, scale, size, seed, ahead, epochs) for seed in SEEDS]
            rows += [row for part, _, _ in again for row in part]
            print("  ", kind, scale, size, "direct" if ahead else "recursive", epochs, "epochs; validation",
                  np.round([error for _, _, error in of], 1), "test", np.round([error for _, _, error in again], 1), flush=True)
    making.publish("sunspot_refits.csv", rows)


if __name__ == "__main__":
    main()
