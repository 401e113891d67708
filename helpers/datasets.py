"""What is in data/, read only when its checksum is right."""

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[1] / "data"


def sunspots():
    """Return the years 1700 to 2008 and the yearly mean sunspot number of each.

    Shapes: years (309,), numbers (309,), both float64.
    Units: sunspot number (no unit; counted groups and spots, old scale: see data/README.md).
    Raises: FileNotFoundError when data/sunspots.csv is not there, ValueError when it is not the file that was
        published; both say how to get it back.
    Source: National Geophysical Data Center, by way of statsmodels.
    Shown in: notebook 04.
    """
    table = np.loadtxt(BytesIO(_read("sunspots.csv")), delimiter=",", skiprows=1)
    years, numbers = table.T.copy()
    return years, numbers


def echo_runs():
    """Return (windows, losses, parameters) of the echo networks that were trained with truncated gradients.

    losses[i, seed] holds the mean squared error of window windows[i] in blocks of 30 updates; parameters[window, seed]
    are the last parameters, for windows 10 and 20.

    Shapes: windows (5,), losses (5, 5, 50).
    Units: squared standard deviations of the input; 1 is what a network without memory has.
    Raises: FileNotFoundError when data/echo_runs.npz is not there, ValueError when it is not the file that was
        published; both say how to get it back.
    Source: data/make_echo_runs.py.
    Shown in: notebook 03.
    """
    with np.load(BytesIO(_read("echo_runs.npz"))) as stored:
        arrays = dict(stored)
    windows, losses = arrays.pop("windows"), arrays.pop("losses")
    parameters = {}
    for key, of_seeds in arrays.items():
        name, window = key.rsplit("_", 1)
        for seed, array in enumerate(of_seeds):
            parameters.setdefault((int(window), seed), {})[name] = array
    return windows, losses, parameters


def surnames():
    """Return the surnames as a dict of arrays of strings: "name" (in the course's alphabet), "original" (as spelt),
    "language" and "part" ("train", "validation" or "test"), one entry for each row of the file.

    A name that several languages have stands once for each of them, always in the same part.

    Shapes: each (7594,).
    Raises: FileNotFoundError when data/surnames.csv is not there, ValueError when it is not the file that was
        published; both say how to get it back.
    Source: Faker 40.54.0, by way of data/make_surnames.py.
    Shown in: notebook 07.
    """
    rows = [line.split(",") for line in _read("surnames.csv").decode().splitlines()]
    return {column[0]: np.array(column[1:]) for column in zip(*rows, strict=True)}


def sine_runs():
    """Return (runs, losses, parameters) of the sine-to-cosine networks that were trained in four ways and at many rates.

    runs is a dict of columns, one entry for each run: what was run ("grid", "state", "lr", "max_norm", "seed") and its
    mean squared errors (see data/make_sine_runs.py). losses[grid, state] has a row for each seed, at lr 0.02 without
    clipping; parameters[grid] is the state_dict of seed 0 with the state carried, as arrays.

    Shapes: each column (130,); losses[grid, state] (10, 300).
    Raises: FileNotFoundError when data/sine_runs.csv or data/sine_runs.npz is not there, ValueError when it is not the
        file that was published; both say how to get it back.
    Source: data/make_sine_runs.py.
    Shown in: notebook 06.
    """
    rows = [line.split(",") for line in _read("sine_runs.csv").decode().splitlines()]
    runs = {name: np.array(values) for name, *values in zip(*rows, strict=True)}
    runs = {name: values if name in ("grid", "state") else values.astype(float) for name, values in runs.items()}
    with np.load(BytesIO(_read("sine_runs.npz"))) as stored:
        arrays = dict(stored)
    grids = ("both ends", "even")
    ways = [(grid, state) for grid in grids for state in ("carried", "reset")]
    losses = dict(zip(ways, arrays.pop("losses"), strict=True))
    return runs, losses, {grid: {name: both[i] for name, both in arrays.items()} for i, grid in enumerate(grids)}


def _read(name):
    """Return the bytes of data/<name>, which must have the checksum that data/SHA256SUMS gives."""
    expected = _published_checksum(name)
    restore = f"restore it with: git checkout -- data/{name}"
    try:
        content = (DATA / name).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"data/{name}: expected SHA-256 {expected}, found no file; {restore}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ValueError(f"data/{name}: expected SHA-256 {expected}, found {found}; {restore}")
    return content


def _published_checksum(name):
    restore = "restore it with: git checkout -- data/SHA256SUMS"
    try:
        lines = (DATA / "SHA256SUMS").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        raise FileNotFoundError(f"data/SHA256SUMS: expected the checksum of {name}, found no file; {restore}") from None
    for line in lines:
        if line.endswith(f"  {name}"):
            return line.split()[0]
    raise ValueError(f"data/SHA256SUMS: expected a line for {name}, found none; {restore}")
