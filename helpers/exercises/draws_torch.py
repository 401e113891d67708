"""Modules and tensors for the exercises' examples, as draws.py has arrays: the same at each start."""

import numpy as np
import torch

from helpers.exercises.draws import draw


def draw_tensor(seed, *shape):
    """Return a float64 tensor of numbers with one decimal."""
    return torch.from_numpy(draw(seed, *shape))


def draw_module(kind, *sizes, seed=0, **options):
    """Return a module of torch in float64 whose weights depend on the seed alone."""
    module, rng = kind(*sizes, dtype=torch.float64, **options), np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(rng.uniform(-0.7, 0.7, parameter.shape)))
    return module


def load_optimizers():
    """Let torch load what its optimizers need: that takes seconds on a slow machine, which are not the learner's."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
