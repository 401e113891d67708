"""Numbers for the exercises' examples: one decimal each, so that a step can be redone by hand, and the same at each start."""

import numpy as np

ONE_DECIMAL = (-0.9, -0.8, -0.7, -0.4, -0.3, 0.2, 0.3, 0.5, 0.6, 0.8)


def draw(seed, *shape):
    """Return an array of this shape."""
    return np.random.default_rng(seed).choice(ONE_DECIMAL, shape)


def draw_cell(seed, input_size, hidden_size, blocks=1, dtype=np.float64, loud=1.0, **given):
    """Return by name what a cell is given, its shapes by keyword, and the cell's parameters in this many blocks.

    With `loud`, what it is given is that many times as large, and not round.
    """
    rng, rows = np.random.default_rng(seed), blocks * hidden_size
    shapes = given | {"weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size), "bias_ih": (rows,), "bias_hh": (rows,)}
    arrays = {name: rng.choice(ONE_DECIMAL, shape).astype(dtype) for name, shape in shapes.items()}
    return arrays | ({name: loud * rng.normal(size=shape) for name, shape in given.items()} if loud != 1 else {})
