"""Asks how many pairs a state of fixed size can hold, and writes pair_recall.csv: `python data/make_pair_recall.py`.

Sequences of 1 to 8 pairs of a key and a value (helpers/numpy_nets/toy_tasks.py, key_value_pairs: 8 keys, 2 values), then a key:
which value had it? Recurrent nets, whose whole past is a state of 8 or 32 numbers, beside one head of attention, which
keeps a key and a value of 32 numbers each for every step. All are trained alike: Adam at 0.01, batches of 64 with a
random number of pairs, the gradient's norm clipped at 1, until the last 300 batches are right but for 0.5 %, or
UPDATES updates; five seeds. Columns:

    net          GRU, LRU, minGRU (two layers each of the last two, as in helpers/numpy_nets/lags.py), attention
    state        numbers in the recurrent state, all layers together; 0 for attention
    parameters, seed, updates
    pairs        how many are shown; each net is tested on 1000 new sequences with each number from 1 to 8
    accuracy     the share of right answers; a guess has 0.5
"""

import making
import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from helpers.numpy_nets.lags import MODELS, Task, answer, loss_and_gradients
from helpers.numpy_nets.optimize import adam_update, clip_by_norm
from helpers.numpy_nets.toy_tasks import key_value_pairs

KEYS, VALUES, UNITS, LR, BATCH, UPDATES, SEEDS = 8, 2, 32, 0.01, 64, 4000, range(5)
TASK = Task(key_value_pairs, KEYS + VALUES, VALUES, 1, 1 / 2)
PER_UNIT = {"GRU": 1, "LRU": 4, "minGRU": 2}    # numbers of state for each unit of hidden_size: layers times real numbers


class Attention(nn.Module):
    """The last step asks all steps: y = W softmax(q . k) v."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(KEYS + VALUES, UNITS) for _ in range(3))
        self.out = nn.Linear(UNITS, VALUES)

    def forward(self, x):
        match = (self.key(x) * self.query(x[-1])).sum(dim=-1) / UNITS**0.5       # (seq_len, batch)
        return self.out((torch.softmax(match, dim=0)[..., None] * self.value(x)).sum(dim=0))


def batches(seed):
    """Yield (x, labels), each batch with a random number of pairs."""
    rng = np.random.default_rng([seed, 1])
    while True:
        x, labels = key_value_pairs(int(rng.integers(1, KEYS + 1)), BATCH, rng)
        yield x.astype(np.float32), labels


def train_recurrent(net, state, seed):
    """Return (answer to x, parameters, updates) of a trained net of MODELS."""
    model, moments, errors = MODELS[net], None, []
    sizes = KEYS + VALUES, state // PER_UNIT[net], VALUES
    parameters = model.start(*sizes, rng=np.random.default_rng([seed, 0]), dtype=np.float32)
    for done, (x, labels) in enumerate(batches(seed), start=1):
        _, gradients, error = loss_and_gradients(model, TASK, parameters, x, labels)
        gradients, _ = clip_by_norm(gradients, 1.0)
        parameters, moments = adam_update(parameters, gradients, moments, LR)
        errors.append(error)
        if finished(errors):
            break
    count = sum(array.size for array in parameters.values())
    return lambda x: answer(model, TASK, parameters, x)[0], count, done


def train_attention(seed):
    """Return the same for attention."""
    torch.manual_seed(seed)
    net, errors = Attention(), []
    optimizer = torch.optim.Adam(net.parameters(), LR)
    for done, (x, labels) in enumerate(batches(seed), start=1):
        y, labels = net(torch.tensor(x)), torch.tensor(labels)
        optimizer.zero_grad()
        nn.functional.cross_entropy(y, labels).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        errors.append(float((y.argmax(dim=-1) != labels).float().mean()))
        if finished(errors):
            break
    return lambda x: net(torch.tensor(x)).detach().numpy(), sum(p.numel() for p in net.parameters()), done


def finished(errors):
    """Say whether the last 300 batches are right but for 0.5 %, or the updates used up."""
    return len(errors) >= UPDATES or len(errors) >= 300 and np.mean(errors[-300:]) <= 0.005


def main():
    rows = ["net,state,parameters,seed,updates,pairs,accuracy"]
    for net, state in tqdm([(net, state) for net in PER_UNIT for state in (8, 32)] + [("attention", 0)]):
        for seed in SEEDS:
            reply, count, updates = train_recurrent(net, state, seed) if state else train_attention(seed)
            for pairs in range(1, KEYS + 1):
                x, labels = key_value_pairs(pairs, 1000, np.random.default_rng([seed, 2, pairs]))
                accuracy = np.mean(reply(x.astype(np.float32)).argmax(axis=-1) == labels)
                rows.append(f"{net},{state},{count},{seed},{updates},{pairs},{accuracy:.3f}")
    making.publish("pair_recall.csv", rows)


if __name__ == "__main__":
    main()
