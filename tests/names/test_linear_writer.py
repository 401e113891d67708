"""The writer's LRU and minGRU in torch are the NumPy ones of notebook 11, forward and backward, also in two pieces."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.datasets import linear_writers
from helpers.names.language_model import SYMBOLS
from helpers.names.linear_writer import LRU, MinGRU
from helpers.names.writer import NameWriter
from helpers.numpy_nets.lags import MODELS

CELLS = {"LRU": LRU, "minGRU": MinGRU}


@settings(max_examples=100)
@given(st.sampled_from(list(CELLS)), st.integers(0, 2**31), st.integers(1, 20), st.integers(1, 4), st.integers(1, 5), st.integers(1, 6))
def test_they_are_the_numpy_stacks(net, seed, seq_len, batch, input_size, hidden_size):
    torch.manual_seed(seed)
    module, rng = CELLS[net](input_size, hidden_size).double(), np.random.default_rng(seed)
    parameters = {name: p.detach().numpy() for name, p in module.named_parameters()}
    x, grad_h = rng.normal(size=(seq_len, batch, input_size)), rng.normal(size=(seq_len, batch, hidden_size))
    output, _ = module(torch.from_numpy(x))
    (output * torch.from_numpy(grad_h)).sum().backward()
    h, kept = MODELS[net].forward(x, parameters)
    gradients = MODELS[net].backward(x, kept, grad_h, parameters)
    np.testing.assert_allclose(output.detach().numpy(), h, rtol=0, atol=1e-10)
    for name, p in module.named_parameters():
        np.testing.assert_allclose(p.grad.numpy(), gradients[name], rtol=1e-10, atol=1e-10)
    cut = int(rng.integers(seq_len + 1))
    first, state = module(torch.from_numpy(x[:cut])) if cut else (output[:0], None)
    rest, _ = module(torch.from_numpy(x[cut:]), state) if cut < seq_len else (output[:0], None)
    torch.testing.assert_close(torch.cat([first, rest]), output, rtol=0, atol=1e-10)


def of(net):
    table = linear_writers()
    return table[(table["net"] == net) & (table["chosen"] == 1)]


@pytest.mark.parametrize("net", CELLS)
def test_the_stored_writers_have_as_many_parameters_as_the_gru(net):
    wanted, [units] = of("GRU")["parameters"][0], set(of(net)["units"].tolist())
    found = sum(p.numel() for p in NameWriter(units, CELLS[net]).parameters())
    assert set(of(net)["parameters"].tolist()) == {found} and abs(found / wanted - 1) < 0.01 and len(SYMBOLS) == 30


@pytest.mark.parametrize("net", ["GRU", *CELLS])
def test_the_rate_is_the_best_on_the_validation_part_and_five_seeds_were_trained_at_it(net):
    table = linear_writers()
    tried = table[(table["net"] == net) & (table["seed"] < 2)]
    means = {lr: tried["validation"][tried["lr"] == lr].mean() for lr in set(tried["lr"].tolist())}
    assert len(means) == 4 and set(of(net)["lr"].tolist()) == {min(means, key=means.get)}
    assert of(net)["seed"].tolist() == [0, 1, 2, 3, 4]
