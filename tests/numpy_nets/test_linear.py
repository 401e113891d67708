"""The LRU, the minGRU and their scans against torch's autograd and scan, central differences and a plain loop."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._higher_order_ops.associative_scan import associative_scan

from helpers.numpy_nets import linear
from helpers.numpy_nets.linear import SCANS, count_combinations, init_lru, init_mingru
from tests.numpy_nets.test_rnn import assert_central_differences, assert_same, autograd

scans = st.sampled_from(list(SCANS.values()))


@st.composite
def cases(draw, kind, dtype=np.float64):
    """Return x, h_0, grad_output, parameters of a net of some random shape; the LRU's output has another size than its state."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    seq_len, batch = draw(st.integers(0, 17)), draw(st.sampled_from([(), (1,), (2,), (5,)]))
    input_size, hidden_size, output_size = (draw(st.integers(1, high)) for high in (5, 7, 4))
    h_0 = rng.normal(size=(*batch, hidden_size)).astype(dtype)
    if kind == "lru":
        r_min, r_max = draw(st.sampled_from([(0, 1), (0.9, 0.999), (0.1, 0.2)]))
        parameters = init_lru(input_size, hidden_size, output_size, rng=rng, r_min=r_min, r_max=r_max, dtype=dtype)
        h_0 = h_0 + 1j * rng.normal(size=h_0.shape).astype(dtype)
    else:
        scale = draw(st.sampled_from([0.3, 1.0, 5.0]))                 # 5: gates near 0 and 1
        parameters = init_mingru(input_size, hidden_size, rng=rng, bias=draw(st.booleans()), dtype=dtype)
        parameters = {name: (scale * array).astype(dtype) for name, array in parameters.items()}
        output_size = hidden_size
    x, grad_output = (rng.normal(size=(seq_len, *batch, size)).astype(dtype) for size in (input_size, output_size))
    return x, h_0, grad_output, parameters


def lru_loop(x, h, leaves):
    """Return every output and every state of an LRU, written as a loop in torch."""
    eigenvalues = torch.exp(torch.complex(-torch.exp(leaves["nu_log"]), torch.exp(leaves["theta_log"])))
    B, C = (torch.complex(leaves[f"{name}_re"], leaves[f"{name}_im"]) for name in "BC")
    outputs, states = [], [h]
    for x_t in x:
        h = eigenvalues * h + torch.exp(leaves["gamma_log"]) * (x_t.to(B.dtype) @ B.T)
        outputs.append((h @ C.T).real + x_t @ leaves["D"].T)
        states.append(h)
    return outputs, states


def mingru_loop(x, h, leaves):
    """Return every state of a minGRU after the first, and every state, written as a loop in torch."""
    states = [h]
    for x_t in x:
        a_z, candidate = (x_t @ leaves["weight_ih"].T + leaves.get("bias_ih", 0)).chunk(2, dim=-1)
        h = (1 - torch.sigmoid(a_z)) * h + torch.sigmoid(a_z) * candidate
        states.append(h)
    return states[1:], states


def ours(kind, x, h_0, grad_output, parameters, scan):
    if kind == "lru":
        output, states = linear.lru_forward(x, h_0, parameters, scan)
        gradients = linear.lru_backward(x, states, grad_output, parameters, scan)
    else:
        states, gates = linear.mingru_forward(x, h_0, parameters, scan)
        output, gradients = states[1:], linear.mingru_backward(x, (states, gates), grad_output, parameters, scan)
    del gradients["states"]
    return {"output": output, "h_n": states[-1]} | gradients


@pytest.mark.parametrize("kind, loop", [("lru", lru_loop), ("mingru", mingru_loop)])
@pytest.mark.parametrize("dtype, examples, tolerance", [(np.float64, 200, 1e-11), (np.float32, 30, 1e-3)])  # sums that cancel
def test_equals_autograd(kind, loop, dtype, examples, tolerance):
    @settings(max_examples=examples)
    @given(cases(kind, dtype), scans)
    def equal(case, scan):
        assert_same(ours(kind, *case, scan), autograd(loop, *case), tolerance)

    equal()


@settings(max_examples=15)
@given(cases("lru"), cases("mingru"))
def test_the_gradients_are_central_differences(lru, mingru):
    for kind, (x, h_0, grad_output, parameters) in (("lru", lru), ("mingru", mingru)):
        def output(kind=kind, x=x, h_0=h_0, parameters=parameters):
            return linear.lru_forward(x, h_0, parameters)[0] if kind == "lru" else linear.mingru_forward(x, h_0, parameters)[0][1:]

        gradients = ours(kind, x, h_0, grad_output, parameters, linear.scan_loop)
        assert_central_differences(gradients, output, grad_output, {"x": x} | parameters)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_torchs_own_scan_agrees(seed, seq_len):
    """torch 2.13 has one that is not public yet; on the CPU its generic form runs without compiling."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 1, (seq_len, 3)), rng.normal(size=(seq_len, 3))
    _, h = associative_scan(lambda first, then: (then[0] * first[0], then[0] * first[1] + then[1]),
                            (torch.tensor(a), torch.tensor(b)), dim=0, combine_mode="generic")
    for scan in SCANS.values():
        np.testing.assert_allclose(scan(a, b), h.numpy(), rtol=0, atol=1e-12)


@settings(max_examples=100)
@given(cases("lru"), cases("mingru"))
def test_each_loop_is_its_steps(lru, mingru):
    x, h, _, parameters = lru
    y, states = linear.lru_forward(x, h, parameters)
    for t, x_t in enumerate(x):
        y_t, h = linear.lru_step(x_t, h, parameters)
        np.testing.assert_allclose(y[t], y_t, rtol=0, atol=1e-12)
        np.testing.assert_allclose(states[t + 1], h, rtol=0, atol=1e-12)
    x, h, _, parameters = mingru
    states, _ = linear.mingru_forward(x, h, parameters)
    for t, x_t in enumerate(x):
        h = linear.mingru_step(x_t, h, parameters)
        np.testing.assert_allclose(states[t + 1], h, rtol=0, atol=1e-12)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_no_start_is_zeros(batch):
    rng = np.random.default_rng(0)
    x, zeros = rng.normal(size=(5, *batch, 2)), np.zeros((*batch, 4))
    for forward, parameters, start in ((linear.lru_forward, init_lru(2, 4, 3, rng=rng), zeros.astype(complex)),
                                       (linear.mingru_forward, init_mingru(2, 4, rng=rng), zeros)):
        np.testing.assert_equal(forward(x, None, parameters), forward(x, start, parameters))


@settings(max_examples=400)
@given(st.integers(0, 2**32 - 1), st.integers(1, 70), st.sampled_from([(), (3,), (2, 5)]), st.booleans(), st.booleans())
def test_every_scan_is_the_loop(seed, seq_len, shape, shared, complex_numbers):
    rng = np.random.default_rng(seed)
    a = rng.uniform(-1.1, 1.1, (seq_len, *(1 if shared else size for size in shape)))
    b = rng.normal(size=(seq_len, *shape))
    if complex_numbers:
        a, b = a * np.exp(1j * rng.uniform(0, 6, a.shape)), b + 1j * rng.normal(size=b.shape)
    before, h = (a.copy(), b.copy()), b[0]
    expected = [h := a_t * h + b_t if t else h for t, (a_t, b_t) in enumerate(zip(a, b))]
    scale = np.abs(expected).max()
    for scan in SCANS.values():
        np.testing.assert_allclose(scan(a, b), expected, rtol=0, atol=1e-12 * scale)
        assert np.array_equal(a, before[0]) and np.array_equal(b, before[1])
        in_place = b.copy()
        assert scan(a, in_place, in_place=True) is in_place and np.array_equal(in_place, scan(a, b))


class Counted:
    """A number that counts the sums it takes part in: each combination makes one, b' + a' b."""

    sums = 0

    def __init__(self, value):
        self.value = value

    def __mul__(self, other):
        return Counted(self.value * other.value)

    def __add__(self, other):
        Counted.sums += 1
        return Counted(self.value + other.value)


@pytest.mark.parametrize("kind", SCANS)
@pytest.mark.parametrize("seq_len", [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100])
def test_the_combinations_are_those_that_are_made(kind, seq_len):
    a, b = (np.array([Counted(1) for _ in range(seq_len)], dtype=object) for _ in range(2))
    Counted.sums = 0
    h = SCANS[kind](a, b)
    assert [number.value for number in h] == list(range(1, seq_len + 1))
    assert sum(count_combinations(kind, seq_len)) == Counted.sums


def test_rounds_and_work_keep_what_is_promised():
    for seq_len in range(1, 300):
        levels = int(np.ceil(np.log2(seq_len)))
        loop, doubling, tree = (count_combinations(kind, seq_len) for kind in SCANS)
        assert len(loop) == sum(loop) == seq_len - 1 and len(doubling) == levels
        assert sum(doubling) == seq_len * levels - 2**levels + 1
        assert len(tree) <= 2 * levels and sum(tree) < 2 * seq_len


@pytest.mark.parametrize("scan", SCANS.values())
def test_nothing_given_is_changed(scan):
    rng = np.random.default_rng(0)
    lru, mingru, x = init_lru(2, 4, 5, rng=rng), init_mingru(2, 4, rng=rng), rng.normal(size=(6, 3, 2))
    y, states = linear.lru_forward(x, None, lru, scan)
    kept = linear.mingru_forward(x, None, mingru, scan)
    given = x, lru, mingru, y, states, kept
    before = deepcopy(given)
    linear.lru_forward(x, None, lru, scan)
    linear.mingru_forward(x, None, mingru, scan)
    linear.lru_backward(x, states, y, lru, scan)
    linear.mingru_backward(x, kept, kept[0][1:], mingru, scan)
    np.testing.assert_equal(given, before)


def test_the_first_eigenvalues_lie_on_the_ring():
    made = init_lru(3, 4000, 2, rng=np.random.default_rng(0), r_min=0.5, r_max=0.9, max_phase=1.0)
    eigenvalues, gamma, B, C = linear.lru_matrices(made)
    radii, phases = abs(eigenvalues), np.angle(eigenvalues)
    assert 0.5 <= radii.min() < 0.51 and 0.89 < radii.max() <= 0.9 and 0 <= phases.min() and 0.99 < phases.max() <= 1
    assert np.mean(radii**2) == pytest.approx((0.25 + 0.81) / 2, abs=0.01)             # uniform in area
    np.testing.assert_allclose(gamma, np.sqrt(1 - radii**2), rtol=1e-12)
    assert np.mean(abs(B) ** 2) == pytest.approx(1 / 3, rel=0.05) and np.mean(abs(C) ** 2) == pytest.approx(2 / 4000, rel=0.05)
    assert made["D"].shape == (2, 3)


def test_gamma_keeps_the_size_of_white_noise():
    parameters = init_lru(4, 300, 1, rng=np.random.default_rng(0), r_min=0.5, r_max=0.99)
    _, states = linear.lru_forward(np.random.default_rng(1).normal(size=(1500, 4)), None, parameters)
    assert np.mean(abs(states[500:]) ** 2) == pytest.approx(1, rel=0.1)


def test_the_first_minGRU_is_drawn_as_torch_draws_a_linear_layer():
    made = init_mingru(16, 200, rng=np.random.default_rng(0), dtype=np.float32)
    assert {name: array.shape for name, array in made.items()} == {"weight_ih": (400, 16), "bias_ih": (400,)}
    for array in made.values():
        assert np.abs(array).max() <= 0.25 and array.std() == pytest.approx(0.25 / 3**0.5, rel=0.1) and array.dtype == np.float32
    assert list(init_mingru(16, 4, rng=np.random.default_rng(0), bias=False)) == ["weight_ih"]
