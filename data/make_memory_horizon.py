"""Trains the nets of notebook 10 and writes memory_horizon.csv: `python data/make_memory_horizon.py [--processes N]`.

Every net of helpers/memory_sweep.py, every task, lags that double. The learning rate of each net, task and lag is chosen on a
seed of its own: the rate that needs the fewest updates; among equals, as where none is enough, the one with the highest
skill, and then the lowest; where all of them only guess, the rate of the next shorter lag. (A rate that has used up as
many updates as another one needed cannot win any more and ends there.) Then come the five seeds that are measured.
Columns: task, net, lag, role, seed, lr, updates, skill; the roles are

    validation   one of the three rates on the seed that chooses
    measured     a run with the rate chosen
    other rate   the same seeds with the rates that were not chosen, for the plain tanh net on recall
    sgd          gradient descent as published for the IRNN, three times the updates

Ctrl-C stops; the same command goes on from there. Each finished job is one line of memory_horizon.part, with the
settings on its first line; the table is written when all are there.
"""

import argparse
import json
import os
import platform
import signal
import time
from multiprocessing import Pool
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"                     # read once, when NumPy is loaded: the processes share the cores

import numpy as np  # noqa: E402
from tqdm import tqdm  # noqa: E402

from helpers.files import publish  # noqa: E402
from helpers.numpy_nets import memory_sweep  # noqa: E402
from helpers.numpy_nets.memory_sweep import NETS, PLAIN_SIZE, RATES, TASKS, equal_size, parameter_count, train  # noqa: E402

FOLDER = Path(__file__).resolve().parent
LAGS = {"recall": (10, 20, 40, 80, 160, 320), "adding": (10, 20, 40, 80), "copying": (5, 10, 20, 40)}
VALIDATION_SEED, SEEDS, NOWHERE = 100, range(5), 0.1
SGD_LR, SGD_LAG, SGD_UPDATES = 0.01, 80, 12_000
COLUMNS = "task,net,lag,role,seed,lr,updates,skill"


def settings():
    """Return all that decides a run and is not written beside it, as one line of text."""
    names = ("BATCH", "MAX_NORM", "PLAIN_SIZE", "BLOCK", "ENOUGH", "LEAK", "OPEN")
    values = {name: getattr(memory_sweep, name) for name in names}
    return json.dumps(values | {name: task.updates for name, task in TASKS.items()} | {"sgd": SGD_UPDATES})


def check_equal_sizes():
    """Raise ValueError unless all nets have the same number of parameters for a task, within 5 %."""
    for name, task in TASKS.items():
        wanted = parameter_count(1, PLAIN_SIZE, task)
        for net, (blocks, *_) in NETS.items():
            count = parameter_count(blocks, equal_size(blocks, task), task)
            if not abs(count / wanted - 1) <= 0.05:
                raise ValueError(f"{net}, {name}: expected {wanted} parameters within 5 %, got {count}")


def run(job):
    """Return the job, and (lr, updates, skill) for each of its rates; the highest rate goes first."""
    task, net, lag, role, seed, rates = job
    updates, optimizer = (SGD_UPDATES, "sgd") if role == "sgd" else (TASKS[task].updates, "adam")
    runs = []
    for lr in sorted(rates, reverse=True):
        skill, used = train(net, task, lag, lr, seed, updates, optimizer)
        runs.append((lr, used, round(skill, 4)))
        updates = min(updates, used)
    return job, runs


def best_rate(runs, shorter=None):
    """Return the rate with the fewest updates; among equals that with the highest skill, and then the lowest.

    Where none of them got anywhere there is nothing to choose from: the rate of the next `shorter` lag stays.
    """
    if shorter is not None and max(skill for *_, skill in runs) < NOWHERE:
        return shorter
    return min(runs, key=lambda run: (run[1], -run[2], run[0]))[0]


def first_jobs():
    """Return the jobs that choose the rates."""
    return [(task, net, lag, "validation", VALIDATION_SEED, RATES) for task in LAGS for net in NETS for lag in LAGS[task]]


def second_jobs(done):
    """Return the jobs that need to know the rates chosen."""
    jobs, chosen = [], None
    for job in first_jobs():
        task, net, lag, *_ = job
        chosen = best_rate(done[job], None if lag == LAGS[task][0] else chosen)
        jobs += [(task, net, lag, "measured", seed, (chosen,)) for seed in SEEDS]
        if (task, net) == ("recall", "tanh"):
            others = [lr for lr in RATES if lr != chosen]
            jobs += [(task, net, lag, "other rate", seed, (lr,)) for lr in others for seed in SEEDS]
    return jobs + [("adding", "ReLU identity", SGD_LAG, "sgd", seed, (SGD_LR,)) for seed in SEEDS]


def read_part(part):
    """Return what an earlier start has finished, {job: runs}; a last line that was cut off is taken out of the file.

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
    done = {}
    for line in lines[1:]:
        (*job, rates), runs = json.loads(line)
        done[*job, tuple(rates)] = [tuple(one) for one in runs]
    return done


def sweep(jobs, part, processes):
    """Do the jobs that are not in the file yet, short ones first; write each when it is finished; return {job: runs}."""
    done = read_part(part)
    wanted = [job for job in jobs if job not in done]
    wanted.sort(key=lambda job: job[2] * TASKS[job[0]].updates)
    with Pool(processes, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool, part.open("a", newline="\n") as file:
        for job, runs in tqdm(pool.imap_unordered(run, wanted), total=len(jobs), initial=len(jobs) - len(wanted)):
            file.write(json.dumps([job, runs]) + "\n")          # at once, so that nothing finished is ever lost
            file.flush()
            done[job] = runs
    return done


def write_table(done, path):
    """Write one line for each run, in the order of the jobs, and the file's line in SHA256SUMS."""
    rows = [COLUMNS]
    for (*job, _), runs in done.items():
        rows += [",".join(map(str, (*job, *one))) for one in runs]
    publish(path, ("\n".join(rows) + "\n").encode("ascii"))


def main():
    """Do what is missing and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many runs at a time (all cores)")
    processes = parser.parse_args().processes
    if processes < 1:
        parser.error(f"--processes: expected 1 or more, got {processes}")
    check_equal_sizes()
    start, part = time.monotonic(), FOLDER / "memory_horizon.part"
    try:
        done = sweep(first_jobs(), part, processes)
        jobs = first_jobs() + second_jobs(done)
        done = sweep(jobs, part, processes)
    except KeyboardInterrupt:
        raise SystemExit(f"\nStopped. {part.name} holds what is finished; the same command goes on from there.") from None
    write_table({job: done[job] for job in jobs}, FOLDER / "memory_horizon.csv")
    part.unlink()
    print(f"{len(jobs)} jobs; {(time.monotonic() - start) / 60:.0f} minutes since this start; {processes} processes, "
          f"Python {platform.python_version()}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
