"""Measures what the NumPy cell costs, as ratios, and writes cell_costs.csv and its line in SHA256SUMS.

Run as `python data/make_cell_costs.py`; another machine, and another run, give somewhat other numbers.

Each row is the ratio of two times measured side by side in this run, each the best of many:

    inputs_together    weighting the inputs step by step / in one product for all steps (one sequence)
    inputs_calls       as many products of two single numbers, which are calls and next to no arithmetic / in one product
    batch_together     a loop over the sequences of a batch / the batch at once
    forward, products, activation, addition
                       the whole forward pass and three parts of it / its bare matrix products (one for all inputs,
                       one per step for the states); activation and addition are timed on the whole array at once

`products` is 1 by definition; what forward takes beyond the three is one call per operation and step, no arithmetic.
"""

import timeit

import making
import numpy as np

from helpers.numpy_nets import rnn

SEQ_LEN = 100
SIZES = (8, 16, 32, 64, 128, 256)
BATCHES = (1, 2, 4, 8, 16, 32, 64)
BATCH, HIDDEN_SIZE = 32, 32


def times(**functions):
    """Return the shortest time of one call of each function, in seconds; they take turns for 300 short rounds."""
    timers = {name: timeit.Timer(function) for name, function in functions.items()}
    calls = {name: max(1, round(0.0005 / min(timer.repeat(3, 1)))) for name, timer in timers.items()}
    rounds = [{name: timer.timeit(calls[name]) / calls[name] for name, timer in timers.items()} for _ in range(300)]
    return {name: min(one[name] for one in rounds) for name in functions}


def inputs_together(hidden_size, rng):
    """Return the two ratios of the inputs, by name, for input_size = hidden_size."""
    x = rng.normal(size=(SEQ_LEN, hidden_size))
    weight_ih = rng.normal(size=(hidden_size, hidden_size))
    out = np.empty((SEQ_LEN, hidden_size))

    def step_by_step():
        for t in range(SEQ_LEN):
            np.matmul(x[t], weight_ih.T, out=out[t])

    one, single = np.ones((1, 1)), np.empty((1, 1))

    def calls():
        for t in range(SEQ_LEN):
            np.matmul(one, one, out=single)

    took = times(step_by_step=step_by_step, calls=calls, together=lambda: np.matmul(x, weight_ih.T, out=out))
    return {"inputs_together": took["step_by_step"] / took["together"], "inputs_calls": took["calls"] / took["together"]}


def batch_together(batch, rng):
    """Return the ratio for a batch of this size."""
    x = rng.normal(size=(SEQ_LEN, batch, 1))
    parameters = rnn.init_parameters(1, HIDDEN_SIZE, rng=rng)

    def one_by_one():
        for b in range(batch):
            rnn.forward(x[:, b:b + 1], None, parameters)

    took = times(one_by_one=one_by_one, together=lambda: rnn.forward(x, None, parameters))
    return took["one_by_one"] / took["together"]


def forward_and_parts(hidden_size, rng):
    """Return the ratios of the forward pass and its parts, by name, for input_size = hidden_size."""
    x = rng.normal(size=(SEQ_LEN, BATCH, hidden_size))
    parameters = rnn.init_parameters(hidden_size, hidden_size, rng=rng)
    weight_ih, weight_hh = parameters["weight_ih"], parameters["weight_hh"]
    a = rng.normal(size=(SEQ_LEN + 1, BATCH, hidden_size))
    out = np.empty_like(a)
    bias = parameters["bias_ih"]

    def products():
        np.matmul(x.reshape(-1, hidden_size), weight_ih.T, out=out[1:].reshape(-1, hidden_size))
        for h in a[1:]:
            np.dot(h, weight_hh.T)

    def activation():
        np.tanh(a, out=out)

    def addition():
        np.add(a, bias, out=out)
        np.add(a, out, out=out)

    took = times(forward=lambda: rnn.forward(x, None, parameters), products=products, activation=activation,
                 addition=addition)
    return {name: time / took["products"] for name, time in took.items()}


def main():
    rng = np.random.default_rng(0)
    rows = ["quantity,size,ratio"]                                  # size: hidden_size, or batch for batch_together
    for size in SIZES:
        rows += [f"{name},{size},{ratio:.2f}" for name, ratio in inputs_together(size, rng).items()]
    rows += [f"batch_together,{batch},{batch_together(batch, rng):.2f}" for batch in BATCHES]
    for size in SIZES:
        rows += [f"{name},{size},{ratio:.2f}" for name, ratio in forward_and_parts(size, rng).items()]
    making.publish("cell_costs.csv", rows)


if __name__ == "__main__":
    main()
