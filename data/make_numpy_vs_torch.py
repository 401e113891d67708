"""Times our training step against torch.nn.RNN; writes numpy_vs_torch.csv and its line in SHA256SUMS.

Run as `python data/make_numpy_vs_torch.py`; another machine, and another run, give somewhat other numbers.

One training step: forward and backward, float32, arguments checked, no read-out and no optimizer on either side.
Each row is one hidden size:

    numpy_over_torch   time of ours / time of nn.RNN
    numpy_growth, torch_growth, multiplications
                       each in multiples of its own value in the first row

The two take turns, each on one thread; each time is processor time, which leaves out what other programs take, and the
shortest of many.
"""

import time

import making
import numpy as np
import torch

from helpers.numpy_nets.rnn import backward, forward, init_parameters
from helpers.with_torch.parameters import to_torch

SEQ_LEN, BATCH, INPUT_SIZE = 100, 32, 32
SIZES = (8, 16, 32, 64, 128, 256, 512)
ROUNDS = 25


def training_steps(hidden_size):
    """Return our training step and torch's, on the same numbers."""
    rng = np.random.default_rng(0)
    parameters = init_parameters(INPUT_SIZE, hidden_size, rng=rng, dtype=np.float32)
    x = rng.normal(size=(SEQ_LEN, BATCH, INPUT_SIZE)).astype(np.float32)
    h_0 = np.zeros((BATCH, hidden_size), np.float32)
    grad_output = rng.normal(size=(SEQ_LEN, BATCH, hidden_size)).astype(np.float32)
    module = to_torch([parameters], torch.nn.RNN(INPUT_SIZE, hidden_size))
    leaves = [torch.tensor(x, requires_grad=True), torch.tensor(h_0[None], requires_grad=True)]
    grad_torch = torch.tensor(grad_output)

    def numpy_step():
        backward(x, forward(x, h_0, parameters), grad_output, parameters)

    def torch_step():
        for leaf in (*leaves, *module.parameters()):
            leaf.grad = None
        module(*leaves)[0].backward(grad_torch)

    return numpy_step, torch_step


def seconds(function, calls):
    """Return the mean time of a call. A rest first: torch's threads keep a core busy for a while after their work."""
    time.sleep(0.02)
    function()
    return making.seconds(function, calls)


def multiplications(hidden_size):
    """Return how many one training step has per step and sequence: forward once, backward twice."""
    return 3 * hidden_size * (INPUT_SIZE + hidden_size)


def main():
    taken = {}
    for hidden_size in SIZES:
        steps = training_steps(hidden_size)
        calls = [max(1, round(0.02 / seconds(step, 1))) for step in steps]
        rounds = [[seconds(step, count) for step, count in zip(steps, calls)] for _ in range(ROUNDS)]
        taken[hidden_size] = [min(times) for times in zip(*rounds)]
    first_numpy, first_torch = taken[SIZES[0]]
    rows = ["hidden_size,numpy_over_torch,numpy_growth,torch_growth,multiplications"]
    for size, (ours, theirs) in taken.items():
        rows.append(f"{size},{ours / theirs:.3f},{ours / first_numpy:.2f},{theirs / first_torch:.2f},"
                    f"{multiplications(size) / multiplications(SIZES[0]):.2f}")
    making.publish("numpy_vs_torch.csv", rows)


if __name__ == "__main__":
    main()
