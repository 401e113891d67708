"""Trains the ten nets of helpers/numpy_nets/lags.py and writes memory_sweep.csv: `python data/make_memory_sweep.py
[--processes N] [--part FILE]`.

Every net learns every task of CELLS twice, at one lag and on random lags up to it, and is tested at its lag, one and two
steps beside it, at half and at double. Its learning rate, one of RATES, is the one with the best score on the lags it has
not seen, as the mean of two seeds that serve nothing else; among equals (to two decimals) the one with the best skill at
the lag itself, and then the one with the fewest updates. Then come the five seeds that are measured. Columns:

    task, lag, training ("one lag", "random lags"), net, role ("validation", "measured"), seed, lr
    updates, ending      how many updates were made, and why no more: see lags.train
    reached              the best skill of 50 training batches in a row
    half ... double      the skill at each tested lag
    unseen               the mean skill at those that the training has not seen
    seconds              of processor time

Ctrl-C stops; the same command goes on from there. Each run is one line of the part file as soon as it is finished, with
the settings on its first line; the table is written when all are there.
"""

import argparse
import json
import os
import platform
import signal
import time
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from statistics import mean

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"                     # read once, when NumPy is loaded: the processes share the cores

import numpy as np  # noqa: E402
from tqdm import tqdm  # noqa: E402

from helpers.files import publish  # noqa: E402
from helpers.numpy_nets import lags  # noqa: E402
from helpers.numpy_nets.lags import MODELS, TESTED, TRAININGS, equal_size, parameter_count, skills, train, unseen  # noqa: E402

FOLDER = Path(__file__).resolve().parent
CELLS = (("recall", 40), ("adding", 40), ("copying", 10))
RATES = (0.001, 0.003, 0.009)
VALIDATION_SEEDS, SEEDS = (100, 101), range(5)
KEYS = ("task", "lag", "training", "net", "role", "seed", "lr")
COLUMNS = (*KEYS, "updates", "ending", "reached", *TESTED, "unseen", "seconds")


def settings():
    """Return all that decides a run and is not written beside it, as one line of text."""
    names = ("BATCH", "MAX_NORM", "PLAIN_SIZE", "BLOCK", "ENOUGH", "PROGRESS", "PATIENCE", "LIMIT", "SHORTEST")
    return json.dumps({name: getattr(lags, name) for name in names})


def check_equal_sizes():
    """Raise ValueError unless all nets have the same number of parameters for a task, within 5 %."""
    for task in dict.fromkeys(task for task, _ in CELLS):
        wanted = parameter_count("tanh", lags.PLAIN_SIZE, task)
        for net in MODELS:
            count = parameter_count(net, equal_size(net, task), task)
            if not abs(count / wanted - 1) <= 0.05:
                raise ValueError(f"{net}, {task}: expected {wanted} parameters within 5 %, got {count}")


def cells():
    """Return (task, lag, training, net) of everything that is trained, in the order in which it is begun."""
    return [(task, lag, training, net) for task, lag in CELLS for net in MODELS for training in TRAININGS]


def run(key):
    """Return the row of one run, as a dict by COLUMNS; `key` holds its values of KEYS."""
    task, lag, training, net, _, seed, lr = key
    start = time.process_time()
    with np.errstate(over="ignore", invalid="ignore"):          # some rates make some nets overflow; the row says so
        parameters, updates, ending, curve = train(net, task, lag, training, lr, seed)
        found = skills(net, task, lag, parameters, seed)
    numbers = {"reached": max(curve, default=0.0), **found, "unseen": unseen(found, training)}
    return (dict(zip(KEYS, key)) | {"updates": updates, "ending": ending}
            | {name: round(float(number), 4) for name, number in numbers.items()}
            | {"seconds": round(time.process_time() - start, 2)})


def best_rate(rows):
    """Return the rate with the best unseen score; among equals the best at the lag itself, then the fewest updates."""
    def score(lr):
        of_rate = [row for row in rows if row["lr"] == lr]
        unseen_score, same, updates = (mean(row[name] for row in of_rate) for name in ("unseen", "same", "updates"))
        return round(unseen_score, 2), round(same, 2), -updates
    return max(sorted({row["lr"] for row in rows}), key=score)


def finish_cell(cell, part, done):
    """Run what is missing of a cell and append each row to the part file; return the rows of the whole cell."""
    def rows_of(role, seeds, rates):
        rows = []
        for key in [(*cell, role, seed, lr) for lr in rates for seed in seeds]:
            if key not in done:
                done[key] = run(key)
                append(part, done[key])
            rows.append(done[key])
        return rows

    validation = rows_of("validation", VALIDATION_SEEDS, RATES)
    return validation + rows_of("measured", SEEDS, (best_rate(validation),))


def append(part, row):
    """Write one row at the end of the part file, in one piece, so that two processes do not mix their lines."""
    with part.open("ab", buffering=0) as file:
        file.write((json.dumps(row) + "\n").encode("ascii"))


def read_part(part):
    """Return what an earlier start has finished, {key: row}; a last line that was cut off is taken out of the file.

    Raises: ValueError when the file was begun with other settings, or is none of ours.
    """
    if not part.exists():
        part.write_text(settings() + "\n", encoding="ascii", newline="\n")
    text = part.read_text(encoding="ascii")
    lines = text[: text.rfind("\n") + 1].splitlines()
    if not lines or lines[0] != settings():
        raise ValueError(f"{part.name}: expected the settings {settings()}, got {lines[0] if lines else 'none'}; "
                         f"delete the file to begin anew")
    if not text.endswith("\n"):
        part.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
    return {tuple(row[name] for name in KEYS): row for row in map(json.loads, lines[1:])}


def sweep(wanted, part, processes):
    """Finish all cells that are wanted; return their rows in that order."""
    work, finished = partial(finish_one, part=part, done=read_part(part)), {}
    with Pool(processes, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        for cell, rows in tqdm(pool.imap_unordered(work, wanted), total=len(wanted)):
            finished[cell] = rows
    return [row for cell in wanted for row in finished[cell]]


def finish_one(cell, part, done):
    """Return a cell and its rows."""
    return cell, finish_cell(cell, part, done)


def main():
    """Do what is missing and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many runs at a time (all cores)")
    parser.add_argument("--part", type=Path, default=FOLDER / "memory_sweep.part", help="where finished runs are kept")
    arguments = parser.parse_args()
    if arguments.processes < 1:
        parser.error(f"--processes: expected 1 or more, got {arguments.processes}")
    check_equal_sizes()
    try:
        rows = sweep(cells(), arguments.part, arguments.processes)
    except KeyboardInterrupt:
        raise SystemExit(f"\nStopped. {arguments.part.name} holds what is finished; the same command goes on from there.") from None
    lines = [",".join(COLUMNS), *(",".join(str(row[name]) for name in COLUMNS) for row in rows)]
    publish(FOLDER / "memory_sweep.csv", ("\n".join(lines) + "\n").encode("ascii"))
    print(f"{len(rows)} runs; {sum(row['seconds'] for row in rows) / 60:.0f} minutes of processor time; "
          f"Python {platform.python_version()}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
