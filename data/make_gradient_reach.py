"""Trains the nets of notebook 10 to recall; writes three files and their lines in SHA256SUMS.

Run as `python data/make_gradient_reach.py`: a minute on one core. How far back does a net's gradient reach, before and
after training? Each of NETS, nets of helpers.numpy_nets.lags at equal size, learns to recall one symbol over LAG steps: UPDATES updates
by Adam at rate LR, batches of 32, the gradient's norm clipped at 1, float64, SEEDS seeds. Then a gradient of length 1
is sent back, in a random direction, from the last state of SEQUENCES new sequences of STEPS steps. gradient_reach.csv:

    net      its name in helpers.numpy_nets.lags
    learned  number of seeds with more than 95 % right answers in the last 50 batches
    when     before or after training
    lag      steps back from the last state
    low, median, high   of the gradient's norm over the seeds

latching.csv has a row for each net and seed: the share of right answers in the last 50 batches (`learned`), the
gradient's norm at lag LAG after training (`left`), and the share of right answers on 500 new sequences over ten times
the lag that was learned (`later`) and over one step more (`one_later`). latching.npz has the parameters NAME_SEED of
the plain tanh net after training, for the seeds KEPT.
"""

import making
import numpy as np
from tqdm import tqdm

from helpers.numpy_nets.gradients import gradient_norm_per_lag
from helpers.numpy_nets.lags import BATCH, MAX_NORM, MODELS, TASKS, answer, equal_size, loss_and_gradients
from helpers.numpy_nets.optimize import adam_update, clip_by_norm

TASK, NETS, PLAIN_SIZE = TASKS["recall"], [net for net in MODELS if net not in ("LRU", "minGRU")], 48
LAG, UPDATES, LR, SEEDS = 20, 500, 0.003, range(5)
SEQUENCES, STEPS, LAGS, KEPT = 32, 60, 50, (0, 1)


def first(name, seed):
    """Return the first parameters of a net, float64."""
    sizes = TASK.input_size, equal_size(name, "recall", PLAIN_SIZE), TASK.output_size
    return MODELS[name].start(*sizes, rng=np.random.default_rng([seed, 0]), dtype=np.float64)


def trained(name, seed):
    """Return the parameters after training, and the share of right answers in the last 50 batches."""
    parameters, moments, errors = first(name, seed), None, []
    rng = np.random.default_rng([seed, 1])
    for _ in range(UPDATES):
        _, gradients, error = loss_and_gradients(MODELS[name], TASK, parameters, *TASK.sequences(LAG, BATCH, rng))
        parameters, moments = adam_update(parameters, clip_by_norm(gradients, MAX_NORM)[0], moments, LR)
        errors.append(error)
    return parameters, 1 - float(np.mean(errors[-50:]))


def reach(name, parameters, seed):
    """Return the gradient's norm at lag 0 ... LAGS: of random directions of length 1, the root of the mean square.

    For the LSTM it is the norm of the gradient of h and c together, since both are handed on.
    """
    model, rng = MODELS[name], np.random.default_rng([seed, 2])
    x, _ = TASK.sequences(STEPS - 1, SEQUENCES, rng)
    h, kept = model.forward(x, parameters)
    direction = rng.standard_normal(h[-1].shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) * np.sqrt(SEQUENCES)
    if len(kept) == 1:
        nonlinearity = "relu" if name == "ReLU identity" else "tanh"
        return gradient_norm_per_lag(kept[0], direction, parameters["weight_hh"], nonlinearity)[: LAGS + 1]
    grad_h = np.zeros_like(h)
    grad_h[-1] = direction
    gradients = model.backward(x, kept, grad_h, parameters)
    handed_on = [gradients[stream] for stream in ("states", "cells") if stream in gradients]
    return np.sqrt(sum(np.square(stream).sum(axis=(1, 2)) for stream in handed_on))[::-1][: LAGS + 1]


def right_after(lag, name, parameters, seed):
    """Return the share of right answers over another lag."""
    x, symbols = TASK.sequences(lag, 500, np.random.default_rng([seed, 3]))
    return np.mean(answer(MODELS[name], TASK, parameters, x)[0].argmax(axis=-1) == symbols)


def main():
    lines, seeds = ["net,learned,when,lag,low,median,high"], ["net,seed,learned,left,later,one_later"]
    for name in tqdm(NETS, desc="nets"):
        runs = [trained(name, seed) for seed in SEEDS]
        learned = sum(accuracy > 0.95 for _, accuracy in runs)
        norms = {"before": [reach(name, first(name, seed), seed) for seed in SEEDS]}
        norms["after"] = [reach(name, parameters, seed) for seed, (parameters, _) in zip(SEEDS, runs)]
        for when, of_seeds in norms.items():
            for lag, values in enumerate(np.quantile(of_seeds, (0, 0.5, 1), axis=0).T):
                lines.append(",".join([name, str(learned), when, str(lag), *(f"{value:.2e}" for value in values)]))
        for seed, (parameters, accuracy) in zip(SEEDS, runs):
            later, one_later = (right_after(10 * LAG + more, name, parameters, seed) for more in (0, 1))
            left = norms["after"][seed][LAG]
            seeds.append(f"{name},{seed},{accuracy:.3f},{left:.2e},{later:.3f},{one_later:.3f}")
        if name == "tanh":
            kept = {f"{key}_{seed}": array for seed in KEPT for key, array in runs[seed][0].items()}
    making.publish("latching.npz", kept)
    making.publish("gradient_reach.csv", lines)
    making.publish("latching.csv", seeds)


if __name__ == "__main__":
    main()
