"""The NumPy RNN against torch.nn.RNN, autograd and central differences."""

import ast
import pkgutil
import subprocess
import sys
import warnings
from copy import deepcopy
from itertools import combinations, product

import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import with_torch
from helpers.numpy_nets.gradients import central_differences
from helpers.numpy_nets.rnn import (
    NONLINEARITIES,
    backward,
    forward,
    init_parameters,
    init_recurrent,
    read_out,
    read_out_backward,
    sigmoid,
    step,
)
from helpers.seed import set_seed
from helpers.with_torch.parameters import gradients_from_torch, to_torch
from tools.notebook_rules import notebooks

many, few = settings(max_examples=100), settings(max_examples=50)


@st.composite
def cases(draw, nonlinearities=tuple(NONLINEARITIES), shortest=0, dtype=np.float64):
    """Return x, h_0, grad_output, parameters, nonlinearity of some random shape."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    seq_len = draw(st.integers(shortest, 12))
    batch = draw(st.sampled_from([(), (1,), (2,), (5,)]))
    input_size, hidden_size = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    parameters = init_parameters(
        input_size,
        hidden_size,
        rng=rng,
        recurrent=draw(st.sampled_from(["uniform", "orthogonal", "identity"])),
        bias=draw(st.booleans()),
        dtype=dtype,
    )
    parameters["weight_hh"] *= draw(st.sampled_from([0.3, 1.0, 1.3]))
    x = rng.normal(size=(seq_len, *batch, input_size)).astype(dtype)
    h_0 = rng.normal(size=(*batch, hidden_size)).astype(dtype)
    grad_output = rng.normal(size=(seq_len, *batch, hidden_size)).astype(dtype)
    return x, h_0, grad_output, parameters, draw(st.sampled_from(nonlinearities))


def ours(x, h_0, grad_output, parameters, nonlinearity):
    states = forward(x, h_0, parameters, nonlinearity)
    gradients = backward(x, states, grad_output, parameters, nonlinearity)
    return {"output": states[1:], "h_n": states[-1]} | gradients


def torch_module(kind, x, start, grad_output, parameters, **options):
    """Return the same from a recurrent module of torch; start is (h_0,), or (h_0, c_0) for an LSTM."""
    hidden_size, bias = parameters["weight_hh"].shape[1], "bias_ih" in parameters
    module = kind(x.shape[-1], hidden_size, bias=bias, dtype=torch.tensor(x).dtype, **options)
    to_torch([parameters], module)
    x_leaf, *leaves = (torch.tensor(array, requires_grad=True) for array in (x, *(array[None] for array in start)))
    output, last = module(x_leaf, tuple(leaves) if len(leaves) > 1 else leaves[0])
    output.backward(torch.tensor(grad_output))
    result = {"output": output, "x": x_leaf.grad}
    result |= {name: end[0] for name, end in zip(("h_n", "c_n"), last if len(leaves) > 1 else (last,))}
    result |= {name: leaf.grad[0] for name, leaf in zip(("h_0", "c_0"), leaves)}
    return {name: value.detach().numpy() for name, value in result.items()} | gradients_from_torch(module)[0]


def autograd(loop, x, h_0, grad_output, parameters):
    """Return the same from a loop in torch: loop(x, h_0, parameters) gives every output and every state, h_0 first."""
    arrays = {"x": x, "h_0": h_0} | parameters
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in arrays.items()}
    outputs, states = loop(leaves["x"], leaves["h_0"], leaves)
    output = torch.stack(outputs) if outputs else torch.zeros_like(torch.tensor(grad_output))
    nothing = 0 * sum((leaf.abs() ** 2).sum() for leaf in leaves.values())  # so that every leaf has a gradient, if zero
    (nothing + (output * torch.tensor(grad_output)).sum()).backward()
    result = {"output": output, "h_n": states[-1]} | {name: leaf.grad for name, leaf in leaves.items()}
    return {name: value.detach().numpy() for name, value in result.items()}


def assert_same(found, expected, tolerance):
    """The largest difference is at most `tolerance` of the largest number, array by array."""
    assert found.keys() == expected.keys()
    for name in expected:
        assert found[name].shape == expected[name].shape, name
        assert found[name].dtype == expected[name].dtype, name
        largest = np.abs(expected[name]).max(initial=0)
        assert np.abs(found[name] - expected[name]).max(initial=0) <= tolerance * max(largest, 1), name


@pytest.mark.parametrize("dtype, examples, tolerance", [(np.float64, 200, 1e-12), (np.float32, 100, 1e-5)])
def test_equals_torch_rnn(dtype, examples, tolerance):
    @settings(max_examples=examples)
    @given(cases(["tanh", "relu"], shortest=1, dtype=dtype))
    def equal(case):
        x, h_0, grad_output, parameters, nonlinearity = case
        theirs = torch_module(torch.nn.RNN, x, (h_0,), grad_output, parameters, nonlinearity=nonlinearity)
        assert_same(ours(*case), theirs, tolerance)

    equal()


@many
@given(cases(["identity", "sigmoid"]))
def test_equals_autograd(case):
    *arrays, nonlinearity = case
    phi = {"identity": lambda a: a, "sigmoid": torch.sigmoid}[nonlinearity]

    def loop(x, h, parameters):
        states = [h]
        for x_t in x:
            a = x_t @ parameters["weight_ih"].T + states[-1] @ parameters["weight_hh"].T
            states.append(phi(a + parameters.get("bias_ih", 0) + parameters.get("bias_hh", 0)))
        return states[1:], states

    assert_same(ours(*case), autograd(loop, *arrays), 1e-12)


def assert_central_differences(gradients, output, grad_output, arrays):
    """Each gradient of `(output() * grad_output).sum()` is what small changes of its array make."""
    for name, array in arrays.items():
        expected = central_differences(lambda: np.sum(grad_output * output()), array, 1e-5)
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-6, atol=1e-6, err_msg=name)


@settings(max_examples=30)
@given(cases())
def test_equals_central_differences(case):
    x, h_0, grad_output, parameters, nonlinearity = case
    assert_central_differences(ours(*case), lambda: forward(x, h_0, parameters, nonlinearity)[1:], grad_output,
                               {"x": x, "h_0": h_0} | parameters)


@many
@given(cases())
def test_the_loop_is_its_steps(case):
    x, h_0, _, parameters, nonlinearity = case
    states = forward(x, h_0, parameters, nonlinearity)
    assert len(states) == len(x) + 1
    assert np.array_equal(states[0], h_0)
    for t, x_t in enumerate(x):
        np.testing.assert_allclose(states[t + 1], step(x_t, states[t], parameters, nonlinearity), rtol=1e-13, atol=1e-14)


@many
@given(cases())
def test_a_batch_is_its_members(case):
    x, h_0, grad_output, parameters, nonlinearity = case
    if x.ndim == 2:
        x, h_0, grad_output = x[:, None], h_0[None], grad_output[:, None]
    together = ours(x, h_0, grad_output, parameters, nonlinearity)
    alone = [ours(x[:, b], h_0[b], grad_output[:, b], parameters, nonlinearity) for b in range(len(h_0))]
    for name in together:
        parts = [one[name] for one in alone]
        if name in ("output", "x"):
            expected = np.stack(parts, axis=1)
        elif name in ("h_n", "h_0"):
            expected = np.stack(parts)
        else:
            expected = sum(parts)  # a parameter serves every member
        assert_same({name: together[name]}, {name: expected}, 1e-12)


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_inputs_stay_as_they_are_and_results_are_new(nonlinearity, dtype):
    rng = np.random.default_rng(0)
    parameters = init_parameters(3, 4, 2, rng=rng, dtype=dtype)
    shapes = {"x": (5, 2, 3), "h_0": (2, 4), "grad_output": (5, 2, 4), "grad_y": (6, 2, 2)}
    inputs = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()} | parameters
    inputs["states"] = states = forward(inputs["x"], inputs["h_0"], parameters, nonlinearity)
    before = deepcopy(inputs)
    results = [forward(inputs["x"], inputs["h_0"], parameters, nonlinearity), read_out(states, parameters),
               step(inputs["x"][0], inputs["h_0"], parameters, nonlinearity)]
    results += backward(inputs["x"], states, inputs["grad_output"], parameters, nonlinearity).values()
    grad_h, gradients = read_out_backward(states, inputs["grad_y"], parameters)
    results += [grad_h, *gradients.values()]
    np.testing.assert_equal(inputs, before)
    assert all(result.dtype == dtype for result in results)
    assert not any(np.shares_memory(*pair) for pair in product(inputs.values(), results))
    assert not any(np.shares_memory(*pair) for pair in combinations(results, 2))


@few
@given(cases(shortest=1))
def test_memory_layout_does_not_matter(case):
    x, h_0, grad_output, parameters, nonlinearity = case
    fortran = {name: np.asfortranarray(value) for name, value in parameters.items()}
    reversed_x = np.ascontiguousarray(x[::-1])[::-1]
    found = ours(reversed_x, np.asfortranarray(h_0), np.asfortranarray(grad_output), fortran, nonlinearity)
    assert_same(found, ours(*case), 1e-13)
    states = forward(x, h_0, parameters, nonlinearity)
    expected = backward(x, states, grad_output, parameters, nonlinearity)
    assert_same(backward(x, np.asfortranarray(states), grad_output, parameters, nonlinearity), expected, 1e-13)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_no_h_0_is_zeros(batch):
    rng = np.random.default_rng(0)
    parameters = init_parameters(2, 4, rng=rng)
    x = rng.normal(size=(5, *batch, 2))
    assert np.array_equal(forward(x, None, parameters), forward(x, np.zeros((*batch, 4)), parameters))


def test_one_bias_alone():
    rng = np.random.default_rng(0)
    parameters = init_parameters(2, 4, rng=rng)
    both = parameters["bias_ih"] + parameters["bias_hh"]
    one = {name: parameters[name] for name in ("weight_ih", "weight_hh")} | {"bias_ih": both}
    x, grad_output = rng.normal(size=(5, 3, 2)), rng.normal(size=(5, 3, 4))
    states = forward(x, None, one)
    np.testing.assert_allclose(states, forward(x, None, parameters), rtol=1e-14)
    gradients = backward(x, states, grad_output, one)
    assert "bias_hh" not in gradients
    np.testing.assert_allclose(gradients["bias_ih"], backward(x, states, grad_output, parameters)["bias_ih"], rtol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("leading", [(), (3,), (5, 3)])
def test_read_out_equals_torch_linear(leading, bias):
    rng = np.random.default_rng(0)
    parameters = init_parameters(2, 4, 3, rng=rng, bias=bias)
    h, grad_y = rng.normal(size=(*leading, 4)), rng.normal(size=(*leading, 3))
    arrays = {"h": h} | {name: parameters[name] for name in ("weight_ho", "bias_o") if name in parameters}
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}
    y = torch.nn.functional.linear(*leaves.values())
    y.backward(torch.tensor(grad_y))
    grad_h, gradients = read_out_backward(h, grad_y, parameters)
    expected = {"y": y.detach().numpy()} | {name: leaf.grad.numpy() for name, leaf in leaves.items()}
    assert_same({"y": read_out(h, parameters), "h": grad_h} | gradients, expected, 1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_does_not_overflow(dtype):
    a = np.array([-1e4, -800, -1, 0, 2, 800, 1e4], dtype)
    with np.errstate(all="raise"):
        h = sigmoid(a)
    assert h.dtype == dtype
    np.testing.assert_allclose(h, [0, 0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-2)), 1, 1], rtol=1e-6)


def test_an_overflow_on_the_way_is_passed_on():
    parameters = {"weight_ih": np.ones((1, 1)), "weight_hh": np.full((1, 1), 1e200)}
    with np.errstate(over="ignore"):
        states = forward(np.ones((4, 1)), None, parameters, "relu")
    assert np.array_equal(states[:, 0], [0, 1, 1e200, np.inf, np.inf])


def test_large_finite_numbers_are_not_taken_for_infinite():
    parameters = {"weight_ih": np.full((1, 1), 1e-30, np.float32), "weight_hh": np.zeros((1, 1), np.float32)}
    x = np.full((2, 1), 1e30, np.float32)  # x . x overflows
    with warnings.catch_warnings(action="error"):
        states = forward(x, None, parameters)
    np.testing.assert_allclose(states[1:], np.tanh(1), rtol=1e-6)


# First parameters


def test_parameters_are_drawn_as_torch_draws_them():
    parameters = init_parameters(30, 100, 40, rng=np.random.default_rng(0))
    module, linear = torch.nn.RNN(30, 100), torch.nn.Linear(100, 40)
    theirs = {name: getattr(module, name + "_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    theirs |= {"weight_ho": linear.weight, "bias_o": linear.bias}
    assert {name: array.shape for name, array in parameters.items()} == {
        name: tuple(value.shape) for name, value in theirs.items()
    }
    for name, array in parameters.items():
        assert array.dtype == np.float64
        assert np.abs(array).max() <= 0.1
        assert abs(array.mean()) < 0.3 * 0.1
        assert 0.8 < array.std() / (0.1 / np.sqrt(3)) < 1.2, name


def test_parameters_may_do_without_biases_and_read_out():
    rng = np.random.default_rng(0)
    assert list(init_parameters(2, 3, rng=rng, bias=False)) == ["weight_ih", "weight_hh"]
    assert list(init_parameters(2, 3, 1, rng=rng, bias=False)) == ["weight_ih", "weight_hh", "weight_ho"]


def test_float32_parameters_are_the_float64_ones_rounded():
    exact = init_parameters(2, 3, 1, rng=np.random.default_rng(0))
    rounded = init_parameters(2, 3, 1, rng=np.random.default_rng(0), dtype=np.float32)
    for name in exact:
        assert rounded[name].dtype == np.float32
        assert np.array_equal(rounded[name], exact[name].astype(np.float32))


def test_kinds_of_recurrent_matrix():
    rng = np.random.default_rng(0)
    assert not init_recurrent("zeros", 5, rng).any()
    assert np.array_equal(init_recurrent("identity", 5, rng), np.eye(5))
    assert 0.009 < init_recurrent("normal", 200, rng).std() < 0.011
    orthogonal = init_recurrent("orthogonal", 200, rng)
    np.testing.assert_allclose(orthogonal.T @ orthogonal, np.eye(200), atol=1e-13)
    draws = [init_recurrent("orthogonal", 2, rng) for _ in range(400)]  # without the signs the corner is never positive
    assert 0.4 < np.mean([draw[0, 0] > 0 for draw in draws]) < 0.6
    assert 0.4 < np.mean([np.linalg.det(draw) > 0 for draw in draws]) < 0.6


def test_seed():
    torch.manual_seed(1)
    first = set_seed(7).normal(), torch.rand(1).item()
    assert first == (set_seed(7).normal(), torch.rand(1).item())
    assert first[0] == np.random.default_rng(7).normal()
    assert first[1] != (set_seed(8), torch.rand(1).item())[1]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1", None, True])
def test_bad_seed(seed):
    with pytest.raises(ValueError, match="seed: expected a whole number"):
        set_seed(seed)


# torch is needed only where it is the subject

TORCH_IS_THE_SUBJECT = {
    "helpers.names.reader", "helpers.names.writer", "helpers.names.linear_writer",
    "helpers.explorers.type_a_name", "helpers.explorers.shapes", "helpers.explorers.packing",
    "helpers.exercises.draws_torch", "helpers.exercises.e05_torch_rnn", "helpers.exercises.e06_museum", "helpers.exercises.e07_training",
} | {f"helpers.with_torch.{module.name}" for module in pkgutil.iter_modules(with_torch.__path__)}

WITHOUT_TORCH = """
import importlib, pkgutil, sys
sys.modules["torch"] = None  # from here on `import torch` raises ImportError
import helpers
names = {module.name for module in pkgutil.walk_packages(helpers.__path__, "helpers.")} - set(sys.argv[1:])
for name in sorted(names):
    importlib.import_module(name)
from helpers.seed import set_seed
set_seed(1)
print(*sorted(names))
"""


def test_the_numpy_side_runs_without_torch():
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *TORCH_IS_THE_SUBJECT], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert {"helpers.numpy_nets.rnn", "helpers.numpy_nets.gradients", "helpers.numpy_nets.toy_tasks", "helpers.datasets"} <= set(run.stdout.split())


@pytest.mark.parametrize("path", [path for path in notebooks() if path.name[:2] < "05"], ids=lambda path: path.stem)
def test_notebooks_00_to_04_import_nothing_that_needs_torch(path):
    imported = set()
    for cell in nbformat.read(path, as_version=4).cells:
        for node in ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    assert {name for name in imported if name.split(".")[0] == "torch" or name in TORCH_IS_THE_SUBJECT} == set()
