"""Trains the recall networks of notebook 04; writes recall_runs.csv and its line in SHA256SUMS.

Run as `python data/make_recall_runs.py`: about a minute on one core. Each network (32 units, tanh, float32) learns to name one of
two symbols that it saw LAG steps ago, from fresh batches of 32, the gradient's norm clipped at 1. Gradient descent (rate 0.3
from torch's default initialization, 0.1 from the orthogonal one), or Adam (rate 0.02) on some parameters and gradient
descent (0.3) on the others. recall_runs.csv:

    recurrent  the initialization of weight_hh: uniform (torch's default) or orthogonal
    adam       what Adam updates: one of the names of ADAM
    lag, seed  which task, which network
    updates    how many of them were made
    accuracy   share of right answers on 2000 new sequences
    radius     spectral radius of weight_hh
"""

import making
import numpy as np
from tqdm import tqdm

from helpers.numpy_nets import optimize, rnn, toy_tasks
from helpers.numpy_nets.gradients import spectral_radius

RATES = {"uniform": 0.3, "orthogonal": 0.1}     # of gradient descent, by initialization
ADAM_RATE, SEEDS, HIDDEN, BATCH = 0.02, range(10), 32, 32
EVERY = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_ho", "bias_o")
# What Adam updates. The symbol's columns, 0 and 1 of weight_ih, are told apart from its noise, column 2.
ADAM = {
    "nothing": (),
    "everything": ("symbol", "noise", *EVERY[1:]),
    "symbol columns": ("symbol",),
    "all but symbol columns": ("noise", *EVERY[1:]),
    "symbol columns frozen": ("noise", *EVERY[1:]),
    "weight_hh": ("weight_hh",),
    "all but weight_hh": ("symbol", "noise", "bias_ih", "bias_hh", "weight_ho", "bias_o"),
}
SETTINGS = (
    [("uniform", "nothing", lag, (300, 1500)) for lag in range(8, 17)]
    + [("uniform", "nothing", lag, (300,)) for lag in (5, 20, 30, 40)]
    + [("orthogonal", "nothing", lag, (300,)) for lag in (5, 8, 11, 14, 20, 30, 40)]
    + [("uniform", adam, lag, (300,)) for adam in ADAM if adam != "nothing" for lag in (20, 40)]
)


def clipped_gradient(parameters, lag, rng):
    """Return the gradient of the loss on a new batch, clipped at a norm of 1; the symbol's columns by themselves."""
    x, labels = toy_tasks.recall(lag, BATCH, rng)
    x = x.astype(np.float32)
    states = rnn.forward(x, None, parameters)
    _, grad_y = optimize.softmax_cross_entropy(rnn.read_out(states[-1], parameters), labels)
    grad_output = np.zeros_like(states[1:])
    grad_output[-1], gradients = rnn.read_out_backward(states[-1], grad_y, parameters)
    gradients |= rnn.backward(x, states, grad_output, parameters)
    return optimize.clip_by_norm({name: gradients[name] for name in EVERY}, 1.0)[0]


def apart(values):
    """Return parameters or gradients with weight_ih in two parts."""
    rest = {name: values[name] for name in EVERY[1:]}
    return {"symbol": values["weight_ih"][:, :2], "noise": values["weight_ih"][:, 2:], **rest}


def together(values):
    """Return what `apart` took apart."""
    rest = {name: values[name] for name in EVERY[1:]}
    return {"weight_ih": np.hstack([values["symbol"], values["noise"]]), **rest}


def trained(recurrent, adam, lag, seed, milestones):
    """Yield the number of updates and the parameters at each milestone."""
    rng, moments = np.random.default_rng(seed), None
    parameters = rnn.init_parameters(3, HIDDEN, 2, rng=rng, recurrent=recurrent, dtype=np.float32)
    for update in range(1, max(milestones) + 1):
        parts, gradients = apart(parameters), apart(clipped_gradient(parameters, lag, rng))
        if adam == "symbol columns frozen":
            gradients["symbol"] = np.zeros_like(gradients["symbol"])
        chosen = {name: parts[name] for name in ADAM[adam]}
        by_adam, moments = optimize.adam_update(chosen, gradients, moments, ADAM_RATE)
        others = {name: value for name, value in parts.items() if name not in chosen}
        parameters = together({**optimize.sgd_update(others, gradients, RATES[recurrent]), **by_adam})
        if update in milestones:
            yield update, parameters


def accuracy(parameters, lag, seed):
    """Return the share of right answers on 2000 new sequences."""
    x, labels = toy_tasks.recall(lag, 2000, np.random.default_rng([seed, 1]))
    answers = rnn.read_out(rnn.forward(x.astype(np.float32), None, parameters)[-1], parameters).argmax(axis=-1)
    return np.mean(answers == labels)


def main():
    lines = ["recurrent,adam,lag,seed,updates,accuracy,radius"]
    for recurrent, adam, lag, milestones in tqdm(SETTINGS, desc="settings"):
        for seed in SEEDS:
            for updates, parameters in trained(recurrent, adam, lag, seed, milestones):
                right, radius = accuracy(parameters, lag, seed), spectral_radius(parameters["weight_hh"])
                lines.append(f'{recurrent},{adam},{lag},{seed},{updates},{right:.3f},{radius:.2f}')
    making.publish("recall_runs.csv", lines)


if __name__ == "__main__":
    main()
