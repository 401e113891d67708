"""Forecasting without looking ahead: windows, least squares, a small network, and the bootstrap of differences."""

import numpy as np
import torch
from torch import nn

from helpers.numpy_nets.checks import check_float, check_rng, check_whole, checked_by
from helpers.with_torch.training import fit


def _check_series(series, **counts):
    check_float("series", series, "(count,)")
    if np.ndim(series) != 1 or not np.isfinite(series).all():
        raise ValueError(f"series: expected one row of finite numbers, got shape {np.shape(series)}")
    for name, count in counts.items():
        check_whole(name, count)


def indices(years, first, last):
    """Return the positions of the years from `first` to `last`, both included.

    Shapes: years (count,) -> (number of years found,)
    Shown in: notebook 08.
    """
    return np.flatnonzero((years >= first) & (years <= last))


def _check_windows(series, length, horizon=1):
    _check_series(series, length=length, horizon=horizon)
    if len(series) < length + horizon:
        raise ValueError(f"series: expected at least {length + horizon} numbers for a window and its target, got {len(series)}")


@checked_by(_check_windows)
def windows(series, length, horizon=1):
    """Return every run of `length` consecutive numbers as x, and the same run `horizon` steps later as target.

    Shapes: series (count,) -> x and target (length, count - length - horizon + 1, 1), time first
    Raises: ValueError naming the argument.
    Shown in: notebook 08.
    """
    runs = np.lib.stride_tricks.sliding_window_view(series, length + horizon).T[..., None]
    return runs[:length], runs[horizon:]


def _check_before(series, targets, length, horizon=1):
    _check_series(series, length=length, horizon=horizon)
    if not len(targets):
        raise ValueError("targets: expected one position or more, got none")
    if not length + horizon - 1 <= min(targets) <= max(targets) < len(series):
        raise ValueError(f"targets: expected positions from {length + horizon - 1} to {len(series) - 1} "
                         f"({length} numbers before, horizon {horizon}), got {min(targets)} to {max(targets)}")


@checked_by(_check_before)
def before(series, targets, length, horizon=1):
    """Return what is known `horizon` steps before each target: the `length` numbers that end there.

    Shapes: series (count,), targets (targets,) positions -> (length, targets)
    Raises: ValueError naming the argument.
    Shown in: notebook 08.
    """
    return np.array([series[target - horizon - length + 1 : target - horizon + 1] for target in targets]).T


def _check_forecast(one_step, context, horizon):
    check_whole("horizon", horizon)
    if np.ndim(context) != 2:
        raise ValueError(f"context: expected shape (length, targets), got {np.shape(context)}")


@checked_by(_check_forecast)
def forecast(one_step, context, horizon):
    """Return the forecast `horizon` steps after the context; on the way each forecast is fed in as if it were observed.

    Shapes: context (length, targets), one_step(context) (targets,) -> (targets,)
    Raises: ValueError naming the argument.
    Shown in: notebook 08.
    """
    for _ in range(horizon):
        context = np.concatenate([context[1:], one_step(context)[None]])
    return context[-1]


def _check_fit_autoregression(series, order, horizon=1):
    _check_series(series, order=order, horizon=horizon)
    if len(series) < 2 * order + horizon:
        raise ValueError(f"series: expected at least {2 * order + horizon} numbers for order {order}, got {len(series)}")


@checked_by(_check_fit_autoregression)
def fit_autoregression(series, order, horizon=1):
    """Return (intercept, phi_1 ... phi_order) of x_t = intercept + sum_k phi_k x_{t-horizon+1-k}, by least squares.

    Shapes: series (count,) -> (1 + order,)
    Raises: ValueError naming the argument.
    Source: Yule 1927, who fitted order 2 to the sunspots.
    Shown in: notebook 08.
    """
    end = len(series) - horizon + 1
    lags = [series[order - k : end - k] for k in range(1, order + 1)]
    coefficients, *_ = np.linalg.lstsq(np.column_stack([np.ones(end - order), *lags]), series[order + horizon - 1 :])
    return coefficients


def autoregression(coefficients):
    """Return the function that forecasts one step by these coefficients; it takes a context of `order` steps or more.

    Shapes: coefficients (1 + order,)
    Shown in: notebook 08.
    """
    intercept, phi = coefficients[0], coefficients[1:]
    return lambda context: intercept + phi @ context[::-1][: len(phi)]        # the latest step first


class Forecaster(nn.Module):
    """A recurrent layer (nn.RNN, nn.GRU) with an output layer for one number at every step.

    Shapes: (seq_len, batch, 1) -> (seq_len, batch, 1)
    Shown in: notebook 08.
    """

    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.output_layer = nn.Linear(recurrent.hidden_size, 1)

    def forward(self, x):
        output, _ = self.recurrent(x)
        return self.output_layer(output)


def network(model):
    """Return the function that forecasts one step by this model, from a zero state at the start of the context.

    Shapes: the function takes (length, targets) and returns (targets,), NumPy arrays
    Shown in: notebook 08.
    """
    def one_step(context):
        with torch.no_grad():
            return model(torch.tensor(context[..., None], dtype=torch.float32))[-1, :, 0].numpy()
    return one_step


def _check_train_forecaster(model, x, target, validate, seed, epochs=150):
    check_whole("seed", seed, low=0)
    if np.ndim(x) != 3 or np.shape(x)[1:] != np.shape(target)[1:] or not 1 <= len(target) <= len(x):
        raise ValueError(f"target: expected the shape of x, {np.shape(x)}, or its last steps, got {np.shape(target)}")


@checked_by(_check_train_forecaster)
def train_forecaster(model, x, target, validate, seed, epochs=150):
    """Train by `fit` on the windows, in random batches of 16, at most 12 per epoch, and return its history.

    It ends after `epochs`, or 30 epochs after the lowest number that validate(model) returned. Where target is shorter
    than x, it stands for the last steps, and the loss is taken at these alone.

    Shapes: x (length, windows, 1), target (length or less, windows, 1)
    Raises: ValueError naming the argument.
    Shown in: notebook 08.
    """
    rng = np.random.default_rng(seed)
    x, target = (torch.tensor(array, dtype=torch.float32) for array in (x, target))

    def batches(epoch):
        order = rng.permutation(x.shape[1])[: 12 * 16]
        for start in range(0, len(order), 16):
            chosen = order[start : start + 16]
            yield x[:, chosen], target[:, chosen]

    def loss_of(model, batch):
        return nn.functional.mse_loss(model(batch[0])[-len(batch[1]) :], batch[1])

    return fit(model, batches, loss_of, validate, epochs=epochs, lr=0.005, patience=30)


def _check_rmse(forecasts, observed):
    check_float("forecasts", forecasts, "(..., years)")
    check_float("observed", observed, "(years,)")
    if np.ndim(observed) != 1 or np.shape(forecasts)[-1:] != np.shape(observed):    # NumPy would stretch (48, 1) to (48, 48)
        raise ValueError(f"forecasts: expected shape (..., years) for observed (years,), got {np.shape(forecasts)} "
                         f"for {np.shape(observed)}")


@checked_by(_check_rmse)
def rmse(forecasts, observed):
    """Return the root of the mean squared error over the last axis.

    Shapes: (..., years) and (years,) -> (...)
    Units: those of the series.
    Raises: ValueError naming the argument.
    Shown in: notebook 08.
    """
    return np.sqrt(np.mean((forecasts - observed) ** 2, axis=-1))


def _check_paired_bootstrap(errors, others, rng, block=1, draws=10_000):
    for name, array in {"errors": errors, "others": others}.items():
        check_float(name, array, "(runs, years)")
        if array.ndim != 2 or array.shape[1] != errors.shape[-1] or not array.size:
            raise ValueError(f"{name}: expected shape (runs, years), the same years in both, got {array.shape}")
    check_whole("draws", draws)
    check_whole("block", block)
    if block > errors.shape[1]:
        raise ValueError(f"block: expected at most the number of years, {errors.shape[1]}, got {block}")
    check_rng(rng)


@checked_by(_check_paired_bootstrap)
def paired_bootstrap(errors, others, rng, block=1, draws=10_000):
    """Return the differences of two methods' root mean squared errors, first minus second, one for each draw of years.

    A draw takes as many years as there are, with repetition, the same for both methods and all their runs: blocks of
    `block` consecutive years that begin anywhere (the last year is followed by the first). Of several runs the mean
    of their errors' roots counts.

    Shapes: errors (runs, years), others (runs, years) -> (draws,)
    Units: those of the errors.
    Raises: ValueError naming the argument.
    Source: Efron 1979 (bootstrap); Politis, Romano 1992 (circular blocks).
    Shown in: notebook 08.
    """
    count = errors.shape[1]
    starts = rng.integers(count, size=(draws, -(-count // block), 1))
    drawn = ((starts + np.arange(block)) % count).reshape(draws, -1)[:, :count]
    first, second = (np.sqrt(np.mean(array[:, drawn] ** 2, axis=-1)).mean(axis=0) for array in (errors, others))
    return first - second


def _check_diebold_mariano(errors, others, lags):
    _check_paired_bootstrap(errors, others, np.random.default_rng(0))
    check_whole("lags", lags, low=0)
    if lags >= errors.shape[1]:
        raise ValueError(f"lags: expected fewer than the number of years, {errors.shape[1]}, got {lags}")


@checked_by(_check_diebold_mariano)
def diebold_mariano(errors, others, lags):
    """Return how many standard errors the mean squared error of the first lies above that of the second.

    The standard error is that of a mean of correlated years, by the autocovariances of up to `lags` years with
    Bartlett's weights. Of several runs the mean of their squared errors counts.

    Shapes: errors (runs, years), others (runs, years) -> a number
    Raises: ValueError naming the argument.
    Source: Diebold, Mariano 1995; Newey, West 1987 (the weights).
    Shown in: notebook 08.
    """
    gain = np.mean(errors**2, axis=0) - np.mean(others**2, axis=0)
    count, centered = len(gain), gain - gain.mean()
    variance = centered @ centered / count
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * (centered[lag:] @ centered[:-lag]) / count
    return gain.mean() / np.sqrt(variance / count)
