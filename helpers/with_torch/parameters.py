"""Carries parameters and gradients between the NumPy networks and the modules of torch, for every layer and direction.

torch keeps all layers and directions of one nn.RNN, nn.LSTM or nn.GRU in one module and tells them apart by a suffix:
_l0, _l0_reverse, _l1, ... Here they are a list of dicts as helpers.numpy_nets.rnn and helpers.numpy_nets.gated take them, in the order of h_0
and h_n: the entry of `layer` and `direction` is number num_directions * layer + direction. A cell has one entry.
"""

import numpy as np
import torch
from torch import nn

LAYERS, CELLS = (nn.RNN, nn.LSTM, nn.GRU), (nn.RNNCell, nn.LSTMCell, nn.GRUCell)


def to_torch(parameters, module):
    """Copy the arrays into the module, in place, and return the module; nothing is copied unless everything fits.

    Shapes: a list with one dict for every layer and direction, in the order of h_n;
        weight_ih (rows, input_size), from the second layer on (rows, num_directions * hidden_size); weight_hh (rows,
        hidden_size); bias_ih, bias_hh (rows,), both or neither, as the module has them. rows is hidden_size for an
        nn.RNN, 4 times that for an nn.LSTM (gates i, f, g, o), 3 times for an nn.GRU (r, z, n).
    Raises: ValueError naming the parameter as torch does, what was expected and what came: another number of dicts, a
        name missing or unknown, another shape or dtype, another kind of module.
    Source: PyTorch documentation of torch.nn.RNN, LSTM, GRU and their cells.
    Shown in: notebook 05.
    """
    places = _places(module)
    if not isinstance(parameters, (list, tuple)) or len(parameters) != len(places):
        got = len(parameters) if isinstance(parameters, (list, tuple)) else f"a {type(parameters).__name__}"
        raise ValueError(f"parameters: expected a list of {len(places)}, one dict per layer and direction, got {got}")
    for number, (arrays, place) in enumerate(zip(parameters, places)):
        _check(number, arrays, place)
    with torch.no_grad():
        for arrays, place in zip(parameters, places):
            for name, tensor in place.items():
                tensor.copy_(torch.tensor(arrays[name]))
    return module


def from_torch(module):
    """Return copies of the module's parameters, as the list of dicts that to_torch takes.

    Shapes: see to_torch.
    Raises: ValueError when the module is of another kind, or its numbers are not float32 or float64 in memory.
    Source: PyTorch documentation of torch.nn.RNN, LSTM, GRU and their cells.
    Shown in: notebooks 05 and 10.
    """
    return [{name: _array(name, tensor) for name, tensor in place.items()} for place in _places(module)]


def gradients_from_torch(module):
    """Return copies of the gradients that autograd has left in the module, in the form of from_torch.

    Shapes: each gradient has the shape of its parameter.
    Raises: ValueError when a parameter has no gradient, and as from_torch does.
    Shown in: notebook 05.
    """
    places = _places(module)
    for number, place in enumerate(places):
        for name, tensor in place.items():
            if tensor.grad is None:
                raise ValueError(f"{name}, entry {number}: expected a gradient, got None: call backward() first")
    return [{name: _array(name, tensor.grad) for name, tensor in place.items()} for place in places]


def _places(module):
    """Return one dict of torch's own tensors by NumPy name for every layer and direction, in the order of h_n."""
    if type(module) in LAYERS and module.proj_size == 0:
        directions = ("", "_reverse") if module.bidirectional else ("",)
        suffixes = [f"_l{layer}{direction}" for layer in range(module.num_layers) for direction in directions]
    elif type(module) in CELLS:
        suffixes = [""]
    else:
        projected = " with proj_size" if getattr(module, "proj_size", 0) else ""
        raise ValueError("module: expected an nn.RNN, nn.LSTM, nn.GRU or a cell of these, "
                         f"got a {type(module).__name__}{projected}")
    names = ["weight_ih", "weight_hh"] + (["bias_ih", "bias_hh"] if module.bias else [])
    return [{name: getattr(module, name + suffix) for name in names} for suffix in suffixes]


def _check(number, arrays, place):
    if not isinstance(arrays, dict) or set(arrays) != set(place):
        got = ", ".join(map(str, arrays)) if isinstance(arrays, dict) else f"a {type(arrays).__name__}"
        raise ValueError(f"parameters[{number}]: expected the names {', '.join(place)}, got {got or 'none'}")
    for name, tensor in place.items():
        array, shape = arrays[name], tuple(tensor.shape)
        dtype = str(tensor.dtype).removeprefix("torch.")
        if not isinstance(array, np.ndarray):
            raise ValueError(f"parameters[{number}][{name!r}]: expected a NumPy array, got a {type(array).__name__}")
        if array.shape != shape:
            hint = f": {name} looks transposed" if array.ndim == 2 and array.T.shape == shape else ""
            raise ValueError(f"parameters[{number}][{name!r}]: expected shape {shape}, got {array.shape}{hint}")
        if str(array.dtype) != dtype:
            raise ValueError(f"parameters[{number}][{name!r}]: expected dtype {dtype}, got {array.dtype}")


def _array(name, tensor):
    if tensor.device.type == "meta" or tensor.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{name}: expected float32 or float64 numbers, got {tensor.dtype} on device {tensor.device}")
    return tensor.detach().cpu().numpy().copy()
