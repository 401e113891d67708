"""Trains the networks that write surnames, and writes surname_models.csv and surname_writer.safetensors.

Run as `python data/make_surname_models.py` from the course's folder: 20 networks on one thread, some 14 minutes. It may be
stopped at any time; finished networks are kept in surname_models-*.part/ and not trained again, unless this
script has changed. Another machine, and another version of torch, give somewhat other networks.

surname_models.csv has a line for each model, seed, quantity and `at` (0 where nothing else is said):

    train_perplexity, validation_perplexity, test_perplexity     per symbol, each after the true letters before it
    epoch_perplexity       on the validation part, after epoch `at`, the first ten (tanh 64 alone)
    copies, unseen         of 2000 names written at temperature `at`: the share found in the training part; the share
                           found in the validation or the test part
    distinct, length       of the same names: how many different ones, as a share; mean number of letters

tanh 225 and GRU 128 have equally many parameters, within two percent; the rate of tanh 225 is the better one of 0.001 and 0.002
on the validation part. surname_writer.safetensors is the state_dict of tanh 128, seed 0.
"""

import shutil
from functools import partial

import making
import numpy as np
import torch
from safetensors.torch import save
from torch import nn
from tqdm import tqdm

from helpers.datasets import surnames
from helpers.names.language_model import LetterTables, perplexity, sample_names, teach
from helpers.names.writer import NameWriter, name_batches, next_letter_loss
from helpers.seed import set_seed
from helpers.with_torch import training

PART = making.part_of(__file__)
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
    """Train one network, write its checkpoint into PART and return its validation losses."""
    rng = set_seed(seed)
    cell, hidden_size, lr = NETWORKS[kind]
    model, held_out = NameWriter(hidden_size, cell), [torch.from_numpy(array) for array in teach(names["validation"])]
    history = training.fit(model, lambda epoch: name_batches(names["train"], BATCH_SIZE, rng), next_letter_loss,
                           lambda model: next_letter_loss(model, held_out), epochs=EPOCHS, lr=lr, patience=PATIENCE)
    training.save(model, PART / f"{kind}-{seed}.pt")
    return [row["validation"] for row in history]


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


def table(names, losses):
    """Yield the lines of surname_models.csv, as tuples, from the names of each part and the validation losses of each run."""
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
            yield from ((kind, seed, "epoch_perplexity", epoch, np.exp(loss))
                        for epoch, loss in enumerate(losses[kind, seed][:10], start=1))


def main():
    PART.mkdir(exist_ok=True)
    names = parts()
    trained = making.Finished(PART / "losses", partial(train, names=names))
    losses = {run: trained[run] for run in tqdm(RUNS, desc="networks")}
    lines = [f"{model},{seed},{quantity},{at:g},{value:.4f}"
             for model, seed, quantity, at, value in tqdm(table(names, losses), desc="lines")]
    making.publish("surname_models.csv", ["model,seed,quantity,at,value", *lines])
    making.publish("surname_writer.safetensors", save(training.load(NameWriter(128), PART / "tanh 128-0.pt").state_dict()))
    shutil.rmtree(PART)


if __name__ == "__main__":
    main()
