"""Training a torch module: the loop with clipping, the best state kept, and checkpoints on disk."""

import copy
import io
import math
import pickle
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import nn

from helpers.files import put_in_place
from helpers.numpy_nets.checks import check_positive, check_whole, checked_by
from helpers.pictures.progress import progress


def detached(state):
    """Return a carried state as numbers alone, cut off from the graph: one tensor, or a tuple of them, as an LSTM's (h, c).

    Shown in: notebook 05.
    """
    if isinstance(state, torch.Tensor):
        return state.detach()
    return tuple(detached(part) for part in state)


def train_segments(model, segments, lr, max_norm=math.inf, carry=True):
    """Yield the loss and the gradient's norm of each update by Adam, one update per segment (x, target).

    model(x, h) returns the prediction and the last state, a tensor or a tuple of tensors. With `carry` that state starts the
    next segment, as numbers alone: detach cuts the graph, so that the gradient ends at the segment's first step. Without, each
    starts at zeros.

    Shapes: x and target as the model takes and returns them.
    max_norm: the gradient is scaled down to this Euclidean norm over all parameters, where it is longer.
    Source: Williams, Peng 1990 (truncation); Pascanu, Mikolov, Bengio 2013 (clipping); Kingma, Ba 2015 (Adam).
    Shown in: notebook 07.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr)
    h = None
    for x, target in segments:
        prediction, h = model(x, h)
        loss = nn.functional.mse_loss(prediction, target)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        h = detached(h) if carry else None
        yield loss.item(), norm.item()


def train_epoch(model, batches, loss_of, optimizer, max_norm):
    """Make one update per batch; return the means of the loss and of the gradient's norm before clipping, NaN for no batch.

    Shown in: notebook 07.
    """
    model.train()
    losses, norms = [], []
    for batch in batches:
        loss = loss_of(model, batch)
        optimizer.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), max_norm).item())
        optimizer.step()
        losses.append(loss.item())
    return np.mean(losses), np.mean(norms)


def evaluate(model, validate):
    """Return validate(model) as a number: dropout off, no graph kept. The model is left in evaluation mode.

    Shown in: notebook 07.
    """
    model.eval()
    with torch.no_grad():
        return float(validate(model))


def _check_fit(model, batches, loss_of, validate, *, epochs, lr, max_norm=1.0, patience=None, label="training"):
    for name, number in {"epochs": epochs, "patience": 1 if patience is None else patience}.items():
        check_whole(name, number)
    for name, number in {"lr": lr, "max_norm": max_norm}.items():
        check_positive(name, number)


@checked_by(_check_fit)
def fit(model, batches, loss_of, validate, *, epochs, lr, max_norm=1.0, patience=None, label="training"):
    """Train by Adam, leave the model in its best state, and return one dict per epoch.

    batches(epoch) gives the epoch's batches, anew at each call (of a generator that is used up nothing is left, the loss is
    NaN and nothing is learned), loss_of(model, batch) a scalar tensor, validate(model) a number, lower is
    better. After each epoch the model is validated; the state of the lowest number is copied, and loaded at the end.
    Training ends after `epochs`, after `patience` epochs without a lower number, or when it is interrupted, which is
    then said in words. In a notebook a bar shows the epochs and the loss.

    The dicts hold "epoch" (from 1), "loss" and "grad_norm" (means over the batches, the norm before clipping) and
    "validation". The model is left in evaluation mode.

    Raises: ValueError naming the argument.
    Source: Prechelt 1998 (early stopping); Pascanu, Mikolov, Bengio 2013 (clipping); Kingma, Ba 2015 (Adam).
    Shown in: notebook 07.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr)
    history, best, best_state = [], {"epoch": 0, "validation": math.inf}, copy.deepcopy(model.state_dict())
    epochs_shown = progress(range(1, epochs + 1), epochs, label, "epochs at most", lambda: f"loss {loss:.4f}")
    try:
        for epoch in epochs_shown:
            loss, grad_norm = train_epoch(model, batches(epoch), loss_of, optimizer, max_norm)
            validation = evaluate(model, validate)
            history.append({"epoch": epoch, "loss": loss, "grad_norm": grad_norm, "validation": validation})
            if validation < best["validation"]:
                best, best_state = history[-1], copy.deepcopy(model.state_dict())
            if patience is not None and epoch - best["epoch"] >= patience:
                break
    except KeyboardInterrupt:
        print(f"Interrupted in epoch {len(history) + 1}: the model keeps its best state, that of epoch {best['epoch']}.")
    model.load_state_dict(best_state)
    model.eval()
    return history


def save(model, path):
    """Write the model's state_dict: names and tensors, no code. It is written aside and put in place at once.

    Raises: OSError when the file cannot be written; what was there before is then still there.
    Shown in: notebook 07.
    """
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    put_in_place(Path(path), buffer.getvalue())


def load(model, path):
    """Copy the tensors of a file that `save` wrote into the model, and return the model; all of them or none.

    The file is read with weights_only=True: it can hold tensors, never code.

    Raises: FileNotFoundError when there is no such file; ValueError when it is damaged or no checkpoint, or when it
        does not fit, with the names that are missing, unknown, or of another shape.
    Source: PyTorch documentation of torch.load.
    Shown in: notebook 07.
    """
    name = Path(path).name
    try:
        content = io.BytesIO(Path(path).read_bytes())
        with zipfile.ZipFile(content) as archive:          # torch.load does not compare the checksums that zip keeps
            sound = archive.testzip() is None
        content.seek(0)
        stored = torch.load(content, map_location="cpu", weights_only=True) if sound else None
    except FileNotFoundError:
        raise FileNotFoundError(f"{name}: expected a checkpoint, found no file") from None
    except (zipfile.BadZipFile, zlib.error, pickle.UnpicklingError, RuntimeError, EOFError, ValueError,
            OverflowError) as error:
        raise ValueError(f"{name}: expected a checkpoint, got a file that is damaged or no checkpoint") from error
    if not sound:
        raise ValueError(f"{name}: expected a checkpoint, got a damaged file")
    if not isinstance(stored, dict) or not all(isinstance(value, torch.Tensor) for value in stored.values()):
        raise ValueError(f"{name}: expected a dict of tensors by name, got a {type(stored).__name__}")
    differences = _differences(stored, model.state_dict())
    if differences:
        raise ValueError(f"{name} does not fit the model: {'; '.join(differences)}")
    model.load_state_dict(stored)
    return model


def _differences(stored, expected):
    shapes = [f"{name} has shape {tuple(stored[name].shape)}, expected {tuple(expected[name].shape)}"
              for name in expected if name in stored and stored[name].shape != expected[name].shape]
    missing = [f"{name} is missing" for name in expected if name not in stored]
    return missing + [f"{name} is unknown" for name in stored if name not in expected] + shapes
