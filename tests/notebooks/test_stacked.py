"""Notebook 05's own loop over layers and directions, forward and back, against nn.RNN; its cells run as they are."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from helpers.numpy_nets.rnn import backward, forward
from helpers.with_torch.parameters import from_torch, gradients_from_torch
from tests.support.cells import functions


@pytest.fixture(scope="module")
def taught():
    return functions("05-torch-rnn.ipynb", "stack", "stack-back", backward=backward)


CASES = st.tuples(
    st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.sampled_from(["tanh", "relu"]), st.booleans(),
    st.sampled_from([1, 2]), st.integers(1, 6), st.integers(1, 3), st.integers(0, 1000))


@settings(max_examples=100)
@given(case=CASES)
def test_the_loop_is_the_library(taught, case):
    input_size, hidden_size, num_layers, nonlinearity, bias, directions, seq_len, batch, seed = case
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    module = nn.RNN(input_size, hidden_size, num_layers, nonlinearity, bias, bidirectional=directions == 2,
                    dtype=torch.float64)
    x = rng.normal(size=(seq_len, batch, input_size))
    h_0 = rng.normal(size=(num_layers * directions, batch, hidden_size))
    layers = from_torch(module)

    run = partial(forward, nonlinearity=nonlinearity)
    output, runs = taught["stack"](x, h_0, layers, directions, run, np.concatenate)
    theirs, h_n = module(torch.from_numpy(x), torch.from_numpy(h_0))
    assert np.allclose(output, theirs.detach().numpy(), rtol=0, atol=1e-12)
    assert np.allclose([states[-1] for _, states in runs], h_n.detach().numpy(), rtol=0, atol=1e-12)

    grad_output = rng.normal(size=output.shape)
    theirs.backward(torch.from_numpy(grad_output))
    ours = taught["stack_back"](runs, grad_output, layers, directions, nonlinearity)
    for k, gradients in enumerate(gradients_from_torch(module)):
        for name, gradient in gradients.items():
            assert np.allclose(ours[k][name], gradient, rtol=0, atol=1e-10), (k, name)
