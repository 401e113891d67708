"""A network that reads a name letter by letter and predicts its language."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from helpers.datasets import surname_reader
from helpers.names.alphabet import ALPHABET, LANGUAGES, check_names, encode


class NameReader(nn.Module):
    """Embedding, one recurrent layer (`network` is nn.RNN, nn.GRU or nn.LSTM), an output layer on the last state.

    Shapes: letters (seq_len, batch) whole numbers, padded with any letter; lengths (batch,), on the CPU
        -> logits (batch, classes).
    Raises: torch's errors, for a length of 0 or above seq_len and for a number that is no letter's.
    Shown in: notebook 09.
    """

    def __init__(self, network, classes, embedding_size=32, hidden_size=128, dropout=0.4):
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET), embedding_size)
        self.recurrent = network(embedding_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.read_out = nn.Linear(hidden_size, classes)

    def forward(self, letters, lengths):
        embedded = self.dropout(self.embedding(letters))           # (seq_len, batch, embedding_size)
        packed = pack_padded_sequence(embedded, lengths, enforce_sorted=False)
        _, last = self.recurrent(packed)
        h_n = last[0] if isinstance(last, tuple) else last         # nn.LSTM returns (h_n, c_n)
        return self.read_out(self.dropout(h_n[-1]))                # (batch, classes)


def pad(names):
    """Return the letters of several names side by side, shorter ones padded with 0, and the lengths of the names.

    Shapes: letters (seq_len, batch), lengths (batch,), both int64.
    Raises: ValueError as encode does.
    Shown in: notebook 09.
    """
    encoded = [torch.from_numpy(encode(name)) for name in names]
    return pad_sequence(encoded), torch.tensor([len(one) for one in encoded])


def shuffled_batches(names, labels, batch_size, rng):
    """Yield (letters, lengths, labels) batch by batch, in an order that `rng` draws; each name comes once.

    Shapes: names and labels (count,); see pad.
    Shown in: notebook 09.
    """
    order = rng.permutation(len(names))
    for start in range(0, len(order), batch_size):
        chosen = order[start:start + batch_size]
        yield *pad([names[i] for i in chosen]), torch.from_numpy(labels[chosen])


def log_probabilities(model, names):
    """Return log softmax of the model's logits for each name. Shapes: (len(names), classes), NumPy.

    Raises: ValueError when there is no name, when one is empty, and as encode does.
    Shown in: notebook 09.
    """
    check_names(names)
    if not all(len(name) for name in names):
        raise ValueError("names: expected at least one letter in each, got an empty one")
    with torch.no_grad():
        return model(*pad(names)).log_softmax(dim=-1).numpy()


def beliefs(model, name):
    """Return the probability of each class after each letter of one name, from the output layer at every state.

    Shapes: (len(name), classes), NumPy.
    Raises: ValueError when the name is empty, and as encode does.
    Shown in: notebook 09.
    """
    if not len(name):
        raise ValueError("name: expected at least one letter, got an empty name")
    with torch.no_grad():
        states, _ = model.recurrent(model.embedding(torch.from_numpy(encode(name))))     # (len(name), hidden_size)
        return model.read_out(states).softmax(dim=-1).numpy()


def stored_reader():
    """Return the network that data/make_surname_scores.py trained best, in float64 and in evaluation mode.

    Its classes are the languages in alphabetical order.

    Raises: FileNotFoundError, ValueError as datasets.surname_reader does.
    Source: data/README.md.
    """
    reader = NameReader(nn.LSTM, len(LANGUAGES))
    reader.load_state_dict({name: torch.from_numpy(array) for name, array in surname_reader().items()})
    return reader.double().eval()
