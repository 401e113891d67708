"""Trains networks on the sunspots past their best and writes sunspot_training.npz and its line in SHA256SUMS.

Run as `python data/make_sunspot_training.py`, about two minutes. These are the checkpoints of notebook 07's explorer; the
protocol is the notebook's (training years 1700 to 1920, validation 1921 to 1960, no test year), but nothing stops early.

    rates       (3,)             learning rates of Adam
    seeds       (3,)
    epochs      (31,)            number of epochs after which a checkpoint was kept, 0 among them
    training    (3, 3, 150)      by rate, seed, epoch: root of the mean squared error of the epoch's batches, in sunspots
    validation  (3, 3, 150)      root of the mean squared error one year ahead, 1921 to 1960, in sunspots
    grad_norm   (3, 3, 150)      mean norm of the gradient before clipping
    NAME        (3, 3, 31, ...)  parameter NAME of the checkpoints, by the names of helpers/numpy_nets/rnn.py
"""

import making
import numpy as np
import torch
from torch import nn

from helpers.datasets import sunspots
from helpers.seed import set_seed
from helpers.with_torch.forecasting import Forecaster, before, indices, network, rmse, windows
from helpers.with_torch.parameters import from_torch
from helpers.with_torch.training import fit

HIDDEN_SIZE, LENGTH, EPOCHS, EVERY = 16, 40, 150, 5
RATES, SEEDS = (0.001, 0.005, 0.03), range(3)


def parameters(model):
    """Return copies of the model's parameters by the names of helpers/numpy_nets/rnn.py."""
    arrays = from_torch(model.recurrent)[0]
    output_layer = {"weight_ho": model.output_layer.weight, "bias_o": model.output_layer.bias}
    return arrays | {name: tensor.detach().numpy().copy() for name, tensor in output_layer.items()}


def run(lr, seed, epochs=EPOCHS):
    """Return the history of one training, and the parameters at the start and after every fifth epoch."""
    years, numbers = sunspots()
    train, validation = indices(years, 1700, 1920), indices(years, 1921, 1960)
    mean, deviation = numbers[train].mean(), numbers[train].std()
    series = (numbers - mean) / deviation
    x, target = (torch.tensor(part, dtype=torch.float32) for part in windows(series[train], LENGTH))
    context = before(series, validation, LENGTH)
    rng = set_seed(seed)
    model = Forecaster(nn.RNN(1, HIDDEN_SIZE))
    states = [parameters(model)]

    def batches(epoch):
        order = rng.permutation(x.shape[1])
        for start in range(0, len(order), 16):
            yield x[:, order[start:start + 16]], target[:, order[start:start + 16]]

    def validate(model):
        states.append(parameters(model))
        return rmse(network(model)(context) * deviation + mean, numbers[validation])

    history = fit(model, batches, lambda model, batch: nn.functional.mse_loss(model(batch[0]), batch[1]), validate,
                  epochs=epochs, lr=lr)
    for row in history:
        row["training"] = deviation * row["loss"] ** 0.5
    return history, states[::EVERY]


def main():
    """Train every network, write the file and its checksum, and say what it shows."""
    runs = [[run(lr, seed) for seed in SEEDS] for lr in RATES]
    stored = {"rates": np.array(RATES), "seeds": np.array(SEEDS), "epochs": np.arange(0, EPOCHS + 1, EVERY)}
    for name in ("training", "validation", "grad_norm"):
        stored[name] = np.array([[[row[name] for row in history] for history, _ in of_rate] for of_rate in runs])
    for name in runs[0][0][1][0]:
        stored[name] = np.array([[[state[name] for state in states] for _, states in of_rate] for of_rate in runs])
    making.publish("sunspot_training.npz", {name: array.astype(np.float32) if array.ndim > 1 else array
                                            for name, array in stored.items()})
    for lr, curves in zip(RATES, stored["validation"]):
        print(f"lr {lr}: best validation {curves.min(axis=1).round(1)} at epoch {1 + curves.argmin(axis=1)}, last "
              f"{curves[:, -1].round(1)}")


if __name__ == "__main__":
    main()
