"""The torch network that writes names: module, batches, loss."""

import torch
from torch import nn

from helpers.names.language_model import SYMBOLS, teach


class NameWriter(nn.Module):
    """Read the symbols of names and predict after each what comes next: y_t = W_ho h_t + b_o; the loss has the softmax.

    Shapes: symbols (seq_len, batch) whole numbers; result y (seq_len, batch, len(SYMBOLS)) and h_n.
    Shown in: notebook 09.
    """

    def __init__(self, hidden_size, cell=nn.RNN):
        super().__init__()
        self.rnn = cell(len(SYMBOLS), hidden_size)
        self.read = nn.Linear(hidden_size, len(SYMBOLS))

    def forward(self, symbols, h_0=None):
        one_hot = nn.functional.one_hot(symbols, len(SYMBOLS)).to(self.read.weight)      # its dtype and device
        output, h_n = self.rnn(one_hot, h_0)
        return self.read(output), h_n


def name_batches(names, size, rng):
    """Yield (inputs, targets) of all names in batches of `size`, in a new order each time.

    Shapes: both (longest name of the batch + 1, size).
    Shown in: notebook 09.
    """
    order = rng.permutation(len(names))
    for start in range(0, len(names), size):
        inputs, targets = teach([names[place] for place in order[start:start + size]])
        yield torch.from_numpy(inputs), torch.from_numpy(targets)


def next_letter_loss(model, batch):
    """Return the mean surprise of the true next symbols, -log p as torch has it; padding, marked -1, is ignored.

    Units: nats; divide by log 2 for bits.
    Shown in: notebook 09.
    """
    inputs, targets = batch
    y, _ = model(inputs)
    return nn.functional.cross_entropy(y.flatten(0, 1), targets.flatten(), ignore_index=-1)
