"""Trains the networks that tell a surname's language, and writes surname_scores.csv and surname_reader.safetensors.

Run as `python data/make_surname_scores.py` from the course's folder: 25 networks on one thread, some 13 minutes. It may
be stopped at any time; what is done is kept in surname_scores-*.part/ and not done again, unless this script has
changed. Another machine, and another version of torch, give somewhat other networks.

surname_scores.csv holds, for the majority class, naive Bayes on n-grams and each network: the validation part's
cross-entropy (nats; of the state that was kept) and accuracy, the test part's accuracy and macro-F1.
surname_reader.safetensors is the state_dict of the LSTM 128 of the lowest validation cross-entropy. Each network is evaluated in float64.
RNN 230, GRU 128 and LSTM 109 have equally many parameters, within one percent; the rate of RNN 230 is the better one of 0.001 and
0.002 on the validation part.
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
from helpers.names.naive_bayes import confusion_matrix, f1_per_class, fit_naive_bayes, naive_bayes_scores
from helpers.names.reader import NameReader, log_probabilities, pad, shuffled_batches
from helpers.seed import set_seed
from helpers.with_torch import training

PART = making.part_of(__file__)
SEEDS = range(5)
# Of each network: its cell, its hidden size, its learning rate.
NETWORKS = {"RNN 128": (nn.RNN, 128, 0.002), "RNN 230": (nn.RNN, 230, 0.001), "GRU 128": (nn.GRU, 128, 0.003),
            "LSTM 109": (nn.LSTM, 109, 0.003), "LSTM 128": (nn.LSTM, 128, 0.003)}
STORED = "LSTM 128"
BATCH_SIZE, EPOCHS, PATIENCE = 64, 24, 6
SMOOTHING = (0.01, 0.03, 0.1, 0.3, 1.0)         # naive Bayes takes the best of them on the validation part


def parts():
    """Return the number of classes, and of each part the names and their labels."""
    table = surnames()
    languages, labels = np.unique(table["language"], return_inverse=True)
    return len(languages), {part: (table["name"][table["part"] == part].tolist(), labels[table["part"] == part])
                            for part in ("train", "validation", "test")}


def row(model, seed, smoothing, log_p, labels, classes):
    """Return a line of the table from log probabilities (or scores) of the validation and the test names."""
    right = {part: log_p[part].argmax(axis=1) == labels[part] for part in log_p}
    cross_entropy = -np.mean(log_p["validation"][np.arange(len(labels["validation"])), labels["validation"]])
    confusion = confusion_matrix(labels["test"], log_p["test"].argmax(axis=1), classes)
    numbers = cross_entropy, right["validation"].mean(), right["test"].mean(), f1_per_class(confusion).mean()
    return [model, seed, smoothing, *(f"{number:.4f}" for number in numbers)]


def baselines(classes, data):
    """Yield the lines of the majority class and of naive Bayes on 1- to 4-grams."""
    labels = {part: data[part][1] for part in ("validation", "test")}
    shares = np.bincount(data["train"][1], minlength=classes) / len(data["train"][1])
    always = {part: np.tile(np.log(shares), (len(labels[part]), 1)) for part in labels}
    yield row("majority", 0, 0, always, labels, classes)
    for n in (1, 2, 3, 4):
        tried = []
        for smoothing in SMOOTHING:
            model = fit_naive_bayes(*data["train"], classes, n, smoothing)
            scores = {part: naive_bayes_scores(model, data[part][0]) for part in labels}
            log_p = {part: score - np.logaddexp.reduce(score, axis=1, keepdims=True) for part, score in scores.items()}
            tried.append(row(f"naive Bayes {n}", 0, smoothing, log_p, labels, classes))
        yield max(tried, key=lambda line: float(line[4]))


def train(kind, seed, classes, data):
    """Train one network, write its checkpoint into PART and return its line of the table."""
    rng = set_seed(seed)
    cell, hidden_size, lr = NETWORKS[kind]
    model = NameReader(cell, classes, hidden_size=hidden_size)
    letters, lengths = pad(data["validation"][0])
    labels = torch.from_numpy(data["validation"][1])
    training.fit(model, lambda epoch: shuffled_batches(*data["train"], BATCH_SIZE, rng),
                 lambda model, batch: nn.functional.cross_entropy(model(*batch[:2]), batch[2]),
                 lambda model: nn.functional.cross_entropy(model(letters, lengths), labels),
                 epochs=EPOCHS, lr=lr, patience=PATIENCE)
    training.save(model, PART / f"{kind}-{seed}.pt")
    model.double()
    log_p = {part: log_probabilities(model, data[part][0]) for part in ("validation", "test")}
    return row(kind, seed, 0, log_p, {part: data[part][1] for part in log_p}, classes)


def main():
    PART.mkdir(exist_ok=True)
    classes, data = parts()
    trained = making.Finished(PART / "lines", partial(train, classes=classes, data=data))
    lines = [trained[kind, seed] for kind in tqdm(NETWORKS, desc="networks") for seed in SEEDS]
    best = min((line for line in lines if line[0] == STORED), key=lambda line: float(line[3]))
    header = ["model", "seed", "smoothing", "validation_cross_entropy", "validation_accuracy", "accuracy", "macro_f1"]
    table = [",".join(map(str, line)) for line in (header, *baselines(classes, data), *lines)]
    making.publish("surname_scores.csv", table)
    reader = NameReader(NETWORKS[STORED][0], classes)
    making.publish("surname_reader.safetensors", save(training.load(reader, PART / f"{best[0]}-{best[1]}.pt").state_dict()))
    shutil.rmtree(PART)
    print(*table, f"surname_reader.safetensors: {best[0]}, seed {best[1]}", sep="\n")


if __name__ == "__main__":
    main()
