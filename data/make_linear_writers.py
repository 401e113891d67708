"""Trains an LRU, a minGRU and a GRU of equal size to write surnames: `python data/make_linear_writers.py`.

Names, batches, epochs and patience are those of make_surname_models.py; the nets have as many parameters as its GRU 128,
within 1 %. Of RATES each net gets the one with the best validation part over the seeds TRIED, and then all SEEDS are trained
at it. linear_writers.csv has a line for each run:

    net, units, parameters, lr, seed
    chosen                1 at the chosen rate, else 0
    epochs                after how many the state was best that was kept
    validation, test      perplexity per symbol

It may be stopped at any time: finished runs wait in a part file, which is this script's own until it changes.
"""

from functools import partial

import making
import numpy as np
import torch
from make_surname_models import BATCH_SIZE, EPOCHS, PATIENCE, parts
from torch import nn
from tqdm import tqdm

from helpers.names.language_model import teach
from helpers.names.linear_writer import LRU, MinGRU
from helpers.names.writer import NameWriter, name_batches, next_letter_loss
from helpers.seed import set_seed
from helpers.with_torch import training

NETS = {"GRU": (nn.GRU, 128), "LRU": (LRU, 88), "minGRU": (MinGRU, 159)}
RATES, TRIED, SEEDS = (0.001, 0.002, 0.004, 0.008), (0, 1), range(5)


def train(net, lr, seed, names):
    """Return (parameters, epochs, validation, test) of one run."""
    rng, (cell, units) = set_seed(seed), NETS[net]
    model = NameWriter(units, cell)
    held_out = {part: [torch.from_numpy(array) for array in teach(names[part])] for part in ("validation", "test")}
    history = training.fit(model, lambda epoch: name_batches(names["train"], BATCH_SIZE, rng), next_letter_loss,
                           lambda model: next_letter_loss(model, held_out["validation"]), epochs=EPOCHS, lr=lr, patience=PATIENCE)
    best = min(history, key=lambda row: row["validation"])["epoch"]
    losses = [training.evaluate(model.double(), lambda model, of=of: next_letter_loss(model, of)) for of in held_out.values()]
    return sum(p.numel() for p in model.parameters()), best, *(round(float(np.exp(loss)), 4) for loss in losses)


def main():
    done = making.Finished(making.part_of(__file__), partial(train, names=parts()))
    lines = ["net,units,parameters,lr,seed,chosen,epochs,validation,test"]
    for net in tqdm(NETS, desc="nets"):
        tried = {lr: [done[net, lr, seed] for seed in TRIED] for lr in tqdm(RATES, desc=f"{net}, rates")}
        best = min(RATES, key=lambda lr: np.mean([validation for *_, validation, _ in tried[lr]]))
        runs = {(lr, seed): row for lr in RATES for seed, row in zip(TRIED, tried[lr])}
        runs |= {(best, seed): done[net, best, seed] for seed in tqdm(SEEDS, desc=f"{net}, rate {best}")}
        lines += [",".join(map(str, (net, NETS[net][1], row[0], lr, seed, int(lr == best), *row[1:])))
                  for (lr, seed), row in sorted(runs.items())]
    making.publish("linear_writers.csv", lines)
    done.path.unlink()


if __name__ == "__main__":
    main()
