"""Trains the sunspot networks of notebook 07; writes sunspot_scores.csv, sunspot_forecasts.csv and their checksums.

Run as `python data/make_sunspot_scores.py`, about ten minutes; when it is stopped, it goes on where it was.

sunspot_scores.csv: model, hidden_size, seed, epochs (trained), kept (the epoch of the lowest validation error) and
validation (that error, one year ahead, in sunspots). Five seeds for each of two models in four sizes; none was shown a
test year.

sunspot_forecasts.csv: protocol, model, hidden_size, seed, horizon, year (a test year), forecast (in sunspots). Under
"clean", for each model only the size of the lowest mean validation error, at both horizons. Then the leakage lab, one
small network, one year ahead, everything but the leak as in "clean":

    stopping      the best epoch is chosen on the test years
    scaler        mean and standard deviation are those of all years
    overlap       every window that begins before the test years trains
    random        windows of all years are dealt at random into five folds; a year is forecast by the network that did
                  not train on the window that ends with it; 32 windows of the others serve as validation
    clean-last, random-last   the same two with the loss taken at the last step of each window alone
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

FOLDER = Path(__file__).resolve().parent
# What is done so far, one JSON line per training. Named after this very script: once it has been changed, nothing from
# before is taken over. (A change of helpers/forecasting.py is not noticed: delete the file.)
PART = FOLDER / f"sunspot_scores-{zlib.crc32(Path(__file__).read_bytes()):08x}.part"
LENGTH, SEEDS, SIZES, LAB_SIZE, FOLDS = 40, range(5), (4, 8, 16, 32), 8, 5
MODELS = {"RNN": nn.RNN, "GRU": nn.GRU}
LEAKS = ("stopping", "scaler", "overlap", "random", "clean-last", "random-last")
YEARS, NUMBERS = sunspots()
TRAIN, VALIDATION, TEST = indices(YEARS, 1700, 1920), indices(YEARS, 1921, 1960), indices(YEARS, 1961, 2008)


class Scaled:
    """The series in units of the standard deviation of some of its years, and the way back."""

    def __init__(self, of):
        self.mean, self.deviation = NUMBERS[of].mean(), NUMBERS[of].std()
        self.series = (NUMBERS - self.mean) / self.deviation

    def forecasts(self, model, targets, horizon=1):
        """Return the model's forecasts of these years in sunspots."""
        context = before(self.series, targets, LENGTH, horizon)
        return forecast(network(model), context, horizon) * self.deviation + self.mean

    def error(self, targets):
        """Return the function that says how far a model is off, one year ahead."""
        return lambda model: rmse(self.forecasts(model, targets), NUMBERS[targets])


def start(model, hidden_size, seed):
    set_seed(seed)
    return Forecaster(MODELS[model](1, hidden_size))


def clean(model, hidden_size, seed, of=TRAIN, chosen_on=VALIDATION, last=None, steps=LENGTH):
    """Return the trained model, its scaled series and its history; the arguments after the seed open a leak."""
    scaled = Scaled(of)
    x, target = windows(scaled.series[: TRAIN[-1] + 1 if last is None else last], LENGTH)
    trained = start(model, hidden_size, seed)
    history = train_forecaster(trained, x, target[-steps:], scaled.error(chosen_on), seed)
    return trained, scaled, history


def random_windows(model, hidden_size, seed, steps=LENGTH):
    """Return the forecast of each test year by the one of five networks that did not train on its window."""
    scaled, rng = Scaled(TRAIN), np.random.default_rng(1000 + seed)
    x, target = windows(scaled.series, LENGTH)           # the window at position i ends with the target at i + LENGTH
    dealt, forecasts = rng.permutation(x.shape[1]), np.full(len(YEARS), np.nan)
    for fold in range(FOLDS):
        tested = dealt[fold::FOLDS]
        others = rng.permutation(np.setdiff1d(dealt, tested))
        trained = start(model, hidden_size, seed)
        error = scaled.error(others[:32] + LENGTH)
        train_forecaster(trained, x[:, others[32:]], target[-steps:, others[32:]], error, seed)
        forecasts[tested + LENGTH] = scaled.forecasts(trained, tested + LENGTH)
    return forecasts[TEST]


def lab(protocol, seed):
    """Return the forecasts of the test years under a protocol of the leakage lab, by horizon."""
    steps = 1 if protocol.endswith("-last") else LENGTH
    if protocol.startswith("random"):
        return {1: random_windows("RNN", LAB_SIZE, seed, steps)}
    changed = {"clean": {}, "clean-last": {"steps": steps}, "stopping": {"chosen_on": TEST},
               "scaler": {"of": slice(None)},
               "overlap": {"last": TEST[0] + LENGTH}}    # the last of these windows begins in the year before the test
    trained, scaled, _ = clean("RNN", LAB_SIZE, seed, **changed[protocol])
    return {1: scaled.forecasts(trained, TEST)}


def validated(model, hidden_size, seed):
    """Return how long a model was trained, and its lowest validation error."""
    _, _, history = clean(model, hidden_size, seed)
    best = min(history, key=lambda epoch: epoch["validation"])
    return {"epochs": len(history), "kept": best["epoch"], "validation": best["validation"]}


def tested(model, hidden_size, seed):
    """Return the forecasts of the test years at both horizons."""
    trained, scaled, _ = clean(model, hidden_size, seed)
    return {horizon: scaled.forecasts(trained, TEST, horizon) for horizon in (1, 10)}


def in_turn(jobs, label):
    """Return the results of the jobs by name; what the file of parts has already is not computed again."""
    lines = PART.read_text().splitlines() if PART.exists() else []
    done = {tuple(name): result for name, result in map(json.loads, lines)}
    for name, job in tqdm(jobs.items(), label):
        if name not in done:
            result = job()
            if "validation" not in result:
                result = {str(horizon): [round(float(one), 2) for one in values] for horizon, values in result.items()}
            with PART.open("a") as part:
                part.write(json.dumps([name, result]) + "\n")
            done[name] = result
    return {name: done[name] for name in jobs}


def write(name, rows):
    """Write a table and its checksum; return the checksum."""
    return publish(FOLDER / name, "".join(row + "\n" for row in rows).encode("ascii"))


def main():
    """Choose sizes on the validation years, forecast the test years, open the leaks, write both tables."""
    torch.set_num_threads(1)
    combinations = [(model, size, seed) for model in MODELS for size in SIZES for seed in SEEDS]
    scores = in_turn({("validated", *which): lambda which=which: validated(*which) for which in combinations}, "sizes")
    jobs = {}
    for model in MODELS:
        mean = {size: np.mean([scores["validated", model, size, seed]["validation"] for seed in SEEDS])
                for size in SIZES}
        size = min(mean, key=mean.get)
        print(model, {size: round(float(error), 2) for size, error in mean.items()}, "chosen:", size)
        jobs |= {("clean", model, size, seed): lambda which=(model, size, seed): tested(*which) for seed in SEEDS}
    for protocol in ("clean", *LEAKS):
        for seed in SEEDS:
            jobs.setdefault((protocol, "RNN", LAB_SIZE, seed), lambda which=(protocol, seed): lab(*which))
    forecasts = in_turn(jobs, "test years")
    rows = [",".join(map(str, [*name[1:], result["epochs"], result["kept"], f"{result['validation']:.3f}"]))
            for name, result in scores.items()]
    sums = [write("sunspot_scores.csv", ["model,hidden_size,seed,epochs,kept,validation", *rows])]
    rows = [",".join(map(str, [*name, horizon, int(year), value])) for name, result in forecasts.items()
            for horizon, values in result.items() for year, value in zip(YEARS[TEST], values, strict=True)]
    sums += [write("sunspot_forecasts.csv", ["protocol,model,hidden_size,seed,horizon,year,forecast", *rows])]
    PART.unlink()
    print(f"numpy {np.__version__}, torch {torch.__version__}, SHA-256", *sums)


if __name__ == "__main__":
    main()
