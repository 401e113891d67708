"""Adam, the pass forward and back, and the training loop, against torch."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from helpers.numpy_nets.optimize import adam_update, loss_and_gradients, train
from helpers.numpy_nets.rnn import init_parameters, pencil_network
from helpers.numpy_nets.toy_tasks import echo


class Network(torch.nn.Module):
    """torch.nn.RNN with a linear read-out, made from our parameters."""

    def __init__(self, parameters):
        super().__init__()
        hidden_size, input_size = parameters["weight_ih"].shape
        self.rnn = torch.nn.RNN(input_size, hidden_size, dtype=torch.float64)
        self.out = torch.nn.Linear(hidden_size, len(parameters["weight_ho"]), dtype=torch.float64)
        with torch.no_grad():
            for name, tensor in self.tensors().items():
                tensor.copy_(torch.from_numpy(parameters[name]))

    def tensors(self):
        recurrent = {name.removesuffix("_l0"): parameter for name, parameter in self.rnn.named_parameters()}
        return recurrent | {"weight_ho": self.out.weight, "bias_o": self.out.bias}


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("lr, betas, eps", [(0.01, (0.9, 0.999), 1e-8), (0.3, (0.5, 0.7), 1e-3), (0.1, (0.0, 0.0), 1e-8)])
def test_adam_takes_the_steps_of_torch(rng, lr, betas, eps):
    parameters = {"a": rng.normal(size=(4, 3)), "b": rng.normal(size=5)}
    theirs = {name: torch.nn.Parameter(torch.from_numpy(value.copy())) for name, value in parameters.items()}
    optimizer = torch.optim.Adam(theirs.values(), lr=lr, betas=betas, eps=eps)
    moments = None
    for _ in range(20):
        gradients = {name: rng.normal(size=value.shape) for name, value in parameters.items()}
        for name, tensor in theirs.items():
            tensor.grad = torch.from_numpy(gradients[name].copy())
        parameters, moments = adam_update(parameters, gradients, moments, lr, betas, eps)
        optimizer.step()
        for name, tensor in theirs.items():
            np.testing.assert_allclose(parameters[name], tensor.detach().numpy(), rtol=0, atol=1e-12)


def test_adam_changes_nothing_that_it_was_given(rng):
    parameters, gradients = {"a": rng.normal(size=3)}, {"a": rng.normal(size=3)}
    _, moments = adam_update(parameters, gradients, None, 0.1)
    before = deepcopy((parameters, gradients, moments))
    adam_update(parameters, gradients, moments, 0.1)
    np.testing.assert_equal((parameters, gradients, moments), before)


def test_adam_leaves_other_gradients_alone():
    parameters = {"a": np.zeros(2)}
    updated, moments = adam_update(parameters, {"a": np.ones(2), "h_0": np.ones(7)}, None, 0.1)
    assert set(updated) == {"a"} and set(moments[1]) == {"a"}


def test_loss_and_gradients_are_those_of_autograd(rng):
    parameters = init_parameters(2, 5, 3, rng=rng)
    x, h_0, target = rng.normal(size=(7, 4, 2)), rng.normal(size=(4, 5)), rng.normal(size=(7, 4, 3))
    loss, gradients, h_n = loss_and_gradients(x, h_0, target, parameters)
    network = Network(parameters)
    theirs = {"x": torch.from_numpy(x.copy()).requires_grad_(), "h_0": torch.from_numpy(h_0.copy()).requires_grad_()}
    output, their_h_n = network.rnn(theirs["x"], theirs["h_0"][None])
    their_loss = torch.nn.functional.mse_loss(network.out(output), torch.from_numpy(target))
    their_loss.backward()
    assert loss == pytest.approx(their_loss.item(), abs=1e-13)
    np.testing.assert_allclose(h_n, their_h_n[0].detach().numpy(), rtol=0, atol=1e-13)
    theirs |= network.tensors()
    assert set(gradients) == set(theirs)
    for name, tensor in theirs.items():
        np.testing.assert_allclose(gradients[name], tensor.grad.numpy(), rtol=0, atol=1e-12, err_msg=name)


def test_training_is_that_of_torch_with_the_state_detached(rng):
    parameters = init_parameters(1, 6, 1, rng=rng)
    x, target = echo(60, 3, 2, rng)
    segments = [(x[start:start + 5], target[start:start + 5]) for start in range(0, 60, 5)]
    network, h, losses = Network(parameters), None, []
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for x_part, target_part in segments:
        output, h = network.rnn(torch.from_numpy(x_part), h)
        h = h.detach()
        loss = torch.nn.functional.mse_loss(network.out(output), torch.from_numpy(target_part))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    ours = list(train(parameters, segments, lr=0.02))
    np.testing.assert_allclose([loss for loss, _ in ours], losses, rtol=0, atol=1e-10)
    for name, tensor in network.tensors().items():
        np.testing.assert_allclose(ours[-1][1][name], tensor.detach().numpy(), rtol=0, atol=1e-10, err_msg=name)


def test_training_trains_and_leaves_the_first_parameters_alone():
    x, _, parameters, target = pencil_network()
    before = {name: value.copy() for name, value in parameters.items()}
    losses = [loss for loss, _ in train(parameters, [(x, target)] * 200, lr=0.02)]
    assert losses[-1] < losses[0] / 100
    for name, value in before.items():
        np.testing.assert_array_equal(parameters[name], value)


def test_training_on_nothing_yields_nothing():
    _, _, parameters, _ = pencil_network()
    assert list(train(parameters, [], lr=0.1)) == []
