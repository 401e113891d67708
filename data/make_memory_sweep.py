"""Trains the ten nets of helpers/numpy_nets/lags.py and writes memory_sweep.csv:
`python data/make_memory_sweep.py [--processes N]`.

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

Ctrl-C stops; the same command goes on from there. Each run is one line of the part file as soon as it is finished; the
table is written when all are there.
"""

import argparse
import os
import signal
import time
from multiprocessing import Pool
from statistics import mean

import making
import numpy as np
from tqdm import tqdm

from helpers.numpy_nets import lags
from helpers.numpy_nets.lags import MODELS, TESTED, TRAININGS, skills, train, unseen

CELLS = (("recall", 40), ("adding", 40), ("copying", 10))
RATES = (0.001, 0.003, 0.009)
VALIDATION_SEEDS, SEEDS = (100, 101), range(5)
KEYS = ("task", "lag", "training", "net", "role", "seed", "lr")
COLUMNS = (*KEYS, "updates", "ending", "reached", *TESTED, "unseen", "seconds")


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


def sweep(wanted, part, processes):
    """Do what is missing of all cells that are wanted; return their rows in that order."""
    done, rows = making.Finished(part), {cell: [] for cell in wanted}

    def finish(keys):
        missing = [key for key in keys if key not in done]
        for row in tqdm(pool.imap_unordered(run, missing), total=len(missing)):
            done[tuple(row[name] for name in KEYS)] = row
        for *cell, role, seed, lr in keys:
            rows[tuple(cell)].append(done[*cell, role, seed, lr])

    with Pool(processes, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        finish([(*cell, "validation", seed, lr) for cell in wanted for lr in RATES for seed in VALIDATION_SEEDS])
        finish([(*cell, "measured", seed, best_rate(rows[cell])) for cell in wanted for seed in SEEDS])
    return [row for cell in wanted for row in rows[cell]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many runs at a time (all cores)")
    processes, part = parser.parse_args().processes, making.part_of(__file__, lags.__file__)
    if processes < 1:
        parser.error(f"--processes: expected 1 or more, got {processes}")
    try:
        rows = sweep(cells(), part, processes)
    except KeyboardInterrupt:
        raise SystemExit(f"\nStopped. {part.name} holds what is finished; the same command goes on from there.") from None
    making.publish("memory_sweep.csv", [",".join(COLUMNS), *(",".join(str(row[name]) for name in COLUMNS) for row in rows)])
    part.unlink()
    print(f"{len(rows)} runs; {sum(row['seconds'] for row in rows) / 60:.0f} minutes of processor time")


if __name__ == "__main__":
    main()
