"""Trains the networks that write surnames, and writes surname_models.csv and surname_writer.safetensors.

Run as `python data/make_surname_models.py` from the course's folder: 20 networks on one thread, some 14 minutes. It may be
stopped at any time; finished networks are kept in surname_models-*.part/ and not trained again, unless this
script has changed. Another machine, and another version of torch, give somewhat other networks. `--keep` leaves
surname_models-*.part/ there at the end.

surname_models.csv has a line for each model, seed, quantity and `at` (0 where nothing else is said):

    train_perplexity, validation_perplexity, test_perplexity     per symbol, each after the true letters before it
    epoch_perplexity       on the validation part, after epoch `at`, the first ten (tanh 64 alone)
    copies, unseen         of 2000 names written at temperature `at`: the share found in the training part; the share
                           found in the validation or the test part
    distinct, length       of the same names: how many different ones, as a share; mean number of letters

tanh 225 and GRU 128 have equally many parameters, within two percent; the rate of tanh 225 is the better one of 0.001 and 0.002
on the validation part. surname_writer.safetensors is the state_dict of tanh 128, seed 0.
"""

import argparse
import json
import os
import platform
import shutil
import sys
import zlib
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"             # read when torch is imported
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import save  # noqa: E402
from torch import nn  # noqa: E402
from tqdm import tqdm  # noqa: E402

from helpers.datasets import surnames  # noqa: E402
from helpers.files import publish  # noqa: E402
from helpers.names.language_model import LetterTables, perplexity, sample_names, teach  # noqa: E402
from helpers.names.writer import NameWriter, name_batches, next_letter_loss  # noqa: E402
from helpers.seed import set_seed  # noqa: E402
from helpers.with_torch import training  # noqa: E402

FOLDER = Path(__file__).resolve().parent
# Named after this very script: once it has been changed, nothing from before is taken over.
PART = FOLDER / f"surname_models-{zlib.crc32(Path(__file__).read_bytes()):08x}.part"
SEEDS = range(5)
# Of each network: its cell, its hidden size, its learning rate.
NETWORKS = {"tanh 64": (nn.RNN, 64, 0.004), "tanh 128": (nn.RNN, 128, 0.002), "tanh 225": (nn.RNN, 225, 0.001),
            "GRU 128": (nn.GRU, 128, 0.004)}
RUNS = [(kind, seed) for kind in NETWORKS for seed in SEEDS]
BATCH_SIZE, EPOCHS, PATIENCE = 64, 30, 5
ORDERS, WRITING = range(1, 8), (2, 3, 5)        # of the n-grams: all are measured, some write
TEMPERATURES, WRITTEN = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2), 2000


def parts():
    """Return the names of each part, each once: which language it is of does not matter here."""
    table = surnames()
    return {part: sorted(set(table["name"][table["part"] == part].tolist())) for part in ("train", "validation", "test")}


def train(kind, seed, names):
    """Train one network; write its validation losses and its checkpoint into PART."""
    rng = set_seed(seed)
    cell, hidden_size, lr = NETWORKS[kind]
    model, held_out = NameWriter(hidden_size, cell), [torch.from_numpy(array) for array in teach(names["validation"])]
    history = training.fit(model, lambda epoch: name_batches(names["train"], BATCH_SIZE, rng), next_letter_loss,
                           lambda model: next_letter_loss(model, held_out), epochs=EPOCHS, lr=lr, patience=PATIENCE)
    (PART / f"{kind}-{seed}.json").write_text(json.dumps([row["validation"] for row in history]))
    training.save(model, PART / f"{kind}-{seed}.pt")


class Running:
    """A NameWriter as a model of helpers/names/language_model.py: it starts, and reads one symbol at a time."""

    def __init__(self, kind, seed):
        cell, hidden_size, _ = NETWORKS[kind]
        self.network = training.load(NameWriter(hidden_size, cell), PART / f"{kind}-{seed}.pt").double()

    def start(self, count):
        return None

    def read(self, symbols, state):
        with torch.no_grad():
            y, h = self.network(torch.from_numpy(symbols)[None], state)
        return y[0].softmax(-1).numpy(), h


def written(model, seed, names):
    """Yield (quantity, at, value) of what the model writes."""
    known, unseen = set(names["train"]), set(names["validation"]) | set(names["test"])
    for temperature in TEMPERATURES:
        wrote = sample_names(model, WRITTEN, np.random.default_rng(seed), temperature)
        yield "copies", temperature, np.mean([name in known for name in wrote])
        yield "unseen", temperature, np.mean([name in unseen for name in wrote])
        yield "distinct", temperature, len(set(wrote)) / WRITTEN
        yield "length", temperature, np.mean([len(name) for name in wrote])


def read(model, names):
    """Yield (quantity, at, value): the model's perplexity on each part."""
    for part, of_part in names.items():
        yield f"{part}_perplexity", 0, perplexity(model, of_part)


def table(names):
    """Yield the lines of surname_models.csv, as tuples."""
    for order in ORDERS:
        model = LetterTables(names["train"], names["validation"], order)
        yield from ((f"{order}-gram", 0, *line) for line in read(model, names))
        if order in WRITING:
            for seed in SEEDS:
                yield from ((f"{order}-gram", seed, *line) for line in written(model, seed, names))
    for kind, seed in RUNS:
        model = Running(kind, seed)
        yield from ((kind, seed, *line) for line in (*read(model, names), *written(model, seed, names)))
        if kind == "tanh 64":
            losses = json.loads((PART / f"{kind}-{seed}.json").read_text())
            yield from ((kind, seed, "epoch_perplexity", epoch, np.exp(loss)) for epoch, loss in enumerate(losses[:10], start=1))


def main():
    """Train what is not trained yet, measure, and write both files."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--keep", action="store_true", help=f"leave the trained networks in {PART.name}/")
    keep = options.parse_args().keep
    torch.set_num_threads(1)
    PART.mkdir(exist_ok=True)
    names = parts()
    with tqdm(RUNS, desc="networks") as bar:
        for kind, seed in bar:
            bar.set_postfix_str(f"{kind}, seed {seed}")
            if not (PART / f"{kind}-{seed}.pt").exists():
                train(kind, seed, names)
    lines = [f"{model},{seed},{quantity},{at:g},{value:.4f}\n"
             for model, seed, quantity, at, value in tqdm(table(names), desc="lines")]
    publish(FOLDER / "surname_models.csv", "".join(["model,seed,quantity,at,value\n", *lines]).encode("ascii"))
    publish(FOLDER / "surname_writer.safetensors", save(training.load(NameWriter(128), PART / "tanh 128-0.pt").state_dict()))
    if not keep:
        shutil.rmtree(PART)
    print(f"{len(lines)} lines; Python {platform.python_version()}, NumPy {np.__version__}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
