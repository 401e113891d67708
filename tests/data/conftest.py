"""The scripts of data/ find `making` beside them, as they do when they are started."""

import sys

from helpers.datasets import DATA

sys.path.insert(0, str(DATA))
