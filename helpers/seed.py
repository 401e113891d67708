"""One seed for everything that a notebook draws at random."""

import sys

import numpy as np


def set_seed(seed):
    """Return a NumPy generator started from `seed`; torch gets the same seed where it is in use.

    torch is seeded only when something has imported it already, so that the NumPy notebooks run without it.

    Raises: ValueError when `seed` is not a whole number from 0 to 2**32 - 1.
    Used in: notebooks 01 to 10.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(f"seed: expected a whole number from 0 to 2**32 - 1, got {seed!r}")
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(int(seed))
    return np.random.default_rng(seed)
