"""The two-layer LRU and minGRU of helpers.numpy_nets.lags as torch modules, to take the place of nn.GRU in a NameWriter."""

import numpy as np
import torch
from torch import nn

from helpers.numpy_nets.lags import MODELS


def _scan(a, b, h):
    """Return h_t = a_t * h_{t-1} + b_t for all t: a loop, which over a name's few letters is faster than a scan in rounds.

    Shapes: a and b (seq_len, ...), h (...) or None for zeros -> (seq_len, ...).
    """
    h, states = torch.zeros_like(b[0]) if h is None else h, []
    for a_t, b_t in zip(a, b):
        h = a_t * h + b_t
        states.append(h)
    return torch.stack(states)


class _Stack(nn.Module):
    """Two layers with the parameters' names and first values of the NumPy stack, drawn from torch's generator.

    Shapes: x (seq_len, batch, input_size), h_0 (2, batch, hidden_size) or None -> the output (seq_len, batch, hidden_size), h_n.
    """

    def __init__(self, input_size, hidden_size):
        super().__init__()
        rng = np.random.default_rng(torch.randint(2**31, ()).item())
        for name, array in self.start(input_size, hidden_size, 1, rng=rng, dtype=np.float32).items():
            if name[-3:] in ("_l0", "_l1"):                             # the output layer is the writer's
                self.register_parameter(name, nn.Parameter(torch.from_numpy(array)))

    def forward(self, x, h_0=None):
        h_n = []
        for number in range(2):
            parameters = {name[:-3]: p for name, p in self.named_parameters() if name.endswith(f"_l{number}")}
            x, last = self.layer(x, None if h_0 is None else h_0[number], parameters)
            h_n.append(last)
        return x, torch.stack(h_n)


class LRU(_Stack):
    """h_t = lambda * h_{t-1} + gamma * (B x_t), y_t = Re(C h_t) + D x_t, and tanh(y_t + shift) after each layer; h_n is complex.

    Source: Orvieto et al. 2023.
    Its names are scored in notebook 11.
    """

    start = staticmethod(MODELS["LRU"].start)

    @staticmethod
    def layer(x, h_0, p):
        eigenvalues = torch.exp(torch.complex(-p["nu_log"].exp(), p["theta_log"].exp()))
        b = p["gamma_log"].exp() * torch.complex(x @ p["B_re"].T, x @ p["B_im"].T)
        h = _scan(eigenvalues.expand_as(b), b, h_0)
        y = h.real @ p["C_re"].T - h.imag @ p["C_im"].T + x @ p["D"].T
        return torch.tanh(y + p["shift"]), h[-1]


class MinGRU(_Stack):
    """z_t = sigma(W_z x_t + b_z), h_t = (1 - z_t) * h_{t-1} + z_t * (W_h x_t + b_h); the second layer reads the states of the first.

    Source: Feng et al. 2024.
    Its names are scored in notebook 11.
    """

    start = staticmethod(MODELS["minGRU"].start)

    @staticmethod
    def layer(x, h_0, p):
        a_z, candidate = nn.functional.linear(x, p["weight_ih"], p["bias_ih"]).chunk(2, dim=-1)
        h = _scan(torch.sigmoid(-a_z), torch.sigmoid(a_z) * candidate, h_0)
        return h, h[-1]
