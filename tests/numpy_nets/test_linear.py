"""The LRU, the minGRU and their scans against torch's autograd and a plain loop; what they refuse, and in which words."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.numpy_nets import linear
from helpers.numpy_nets.linear import SCANS, count_combinations, init_lru, init_mingru, scan_loop
from tests.numpy_nets.test_rnn import assert_same

many = settings(max_examples=200, deadline=None)


@st.composite
def sizes(draw, shortest=0):
    """Return a random generator, seq_len, batch (a tuple, perhaps empty), input_size, hidden_size, output_size."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    batch = draw(st.sampled_from([(), (1,), (2,), (5,)]))
    return rng, draw(st.integers(shortest, 17)), batch, *(draw(st.integers(1, high)) for high in (5, 7, 4))


def complex_normal(rng, shape, dtype):
    return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(np.result_type(dtype, np.complex64))


@st.composite
def lru_cases(draw, shortest=0, dtype=np.float64):
    """Return x, h_0 or None, grad_y, parameters of an LRU of some random shape."""
    rng, seq_len, batch, input_size, hidden_size, output_size = draw(sizes(shortest))
    r_min, r_max = draw(st.sampled_from([(0, 1), (0.9, 0.999), (0.1, 0.2)]))
    parameters = init_lru(input_size, hidden_size, output_size, rng=rng, r_min=r_min, r_max=r_max, dtype=dtype)
    x = rng.normal(size=(seq_len, *batch, input_size)).astype(dtype)
    h_0 = draw(st.sampled_from([None, complex_normal(rng, (*batch, hidden_size), dtype)]))
    return x, h_0, rng.normal(size=(seq_len, *batch, output_size)).astype(dtype), parameters


@st.composite
def mingru_cases(draw, shortest=0, dtype=np.float64):
    """Return x, h_0 or None, grad_output, parameters of a minGRU of some random shape."""
    rng, seq_len, batch, input_size, hidden_size, _ = draw(sizes(shortest))
    scale = draw(st.sampled_from([0.3, 1.0, 5.0]))                     # 5: gates near 0 and 1
    parameters = init_mingru(input_size, hidden_size, rng=rng, bias=draw(st.booleans()), dtype=dtype)
    parameters = {name: (scale * array).astype(dtype) for name, array in parameters.items()}
    x = rng.normal(size=(seq_len, *batch, input_size)).astype(dtype)
    h_0 = draw(st.sampled_from([None, rng.normal(size=(*batch, hidden_size)).astype(dtype)]))
    return x, h_0, rng.normal(size=(seq_len, *batch, hidden_size)).astype(dtype), parameters


def lru_loop(x, h, leaves):
    """Return y and h of every step of an LRU, written as a loop in torch."""
    eigenvalues = torch.exp(torch.complex(-torch.exp(leaves["nu_log"]), torch.exp(leaves["theta_log"])))
    B, C = (torch.complex(leaves[f"{name}_re"], leaves[f"{name}_im"]) for name in "BC")
    outputs, states = [], [h]
    for x_t in x:
        h = eigenvalues * h + torch.exp(leaves["gamma_log"]) * (x_t.to(B.dtype) @ B.T)
        outputs.append((h @ C.T).real + x_t @ leaves["D"].T)
        states.append(h)
    return outputs, states


def mingru_loop(x, h, leaves):
    """Return h of every step of a minGRU, twice, written as a loop in torch."""
    states = [h]
    for x_t in x:
        a_z, candidate = (x_t @ leaves["weight_ih"].T + leaves.get("bias_ih", 0)).chunk(2, dim=-1)
        h = (1 - torch.sigmoid(a_z)) * h + torch.sigmoid(a_z) * candidate
        states.append(h)
    return states[1:], states


def torchs(loop, x, h_0, grad, parameters):
    """Return outputs, states and gradients of a loop in torch, by autograd, as arrays by name."""
    leaves = {name: torch.tensor(a, requires_grad=True) for name, a in ({"x": x, "h_0": h_0} | parameters).items()}
    outputs, states = loop(leaves["x"], leaves["h_0"], leaves)
    loss = 0 * sum((leaf.abs() ** 2).sum() for leaf in leaves.values())  # so that every leaf has a gradient, if zero
    for output, grad_t in zip(outputs, grad):
        loss = loss + (output * torch.tensor(grad_t)).sum()
    loss.backward()
    result = {"outputs": torch.stack(outputs), "states": torch.stack(states)} if len(x) else {"states": torch.stack(states)}
    result = {name: tensor.detach().numpy() for name, tensor in result.items()}
    return result | {"grad " + name: leaf.grad.numpy() for name, leaf in leaves.items()}


def ours(kind, x, h_0, grad, parameters, scan):
    if kind == "lru":
        y, kept = linear.lru_forward(x, h_0, parameters, scan)
        result = {"outputs": y, "states": kept} if len(x) else {"states": kept}
        gradients = linear.lru_backward(x, kept, grad, parameters, scan)
    else:
        kept = linear.mingru_forward(x, h_0, parameters, scan)
        result = {"outputs": kept[0][1:], "states": kept[0]} if len(x) else {"states": kept[0]}
        gradients = linear.mingru_backward(x, kept, grad, parameters, scan)
    del gradients["states"]
    return result | {"grad " + name: gradient for name, gradient in gradients.items()}


def zeros_for_none(kind, x, h_0, parameters):
    if h_0 is not None:
        return h_0
    hidden_size = len(parameters["nu_log"]) if kind == "lru" else len(parameters["weight_ih"]) // 2
    return np.zeros((*x.shape[1:-1], hidden_size), np.result_type(x.dtype, np.complex64) if kind == "lru" else x.dtype)


LOOPS = {"lru": lru_loop, "mingru": mingru_loop}
scans = st.sampled_from(list(SCANS.values()))


@many
@given(lru_cases(), scans)
def test_lru_equals_autograd(case, scan):
    x, h_0, grad_y, parameters = case
    start = zeros_for_none("lru", x, h_0, parameters)
    assert_same(ours("lru", *case, scan), torchs(lru_loop, x, start, grad_y, parameters), 1e-11)


@many
@given(mingru_cases(), scans)
def test_mingru_equals_autograd(case, scan):
    x, h_0, grad_output, parameters = case
    start = zeros_for_none("mingru", x, h_0, parameters)
    assert_same(ours("mingru", *case, scan), torchs(mingru_loop, x, start, grad_output, parameters), 1e-11)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.tuples(st.just("lru"), lru_cases(dtype=np.float32)), st.tuples(st.just("mingru"), mingru_cases(dtype=np.float32))), scans)
def test_both_equal_autograd_in_float32(kind_and_case, scan):
    kind, (x, h_0, grad, parameters) = kind_and_case
    start = zeros_for_none(kind, x, h_0, parameters)
    assert_same(ours(kind, x, h_0, grad, parameters, scan), torchs(LOOPS[kind], x, start, grad, parameters), 1e-3)  # sums over steps that cancel


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.tuples(st.just("lru"), lru_cases(shortest=1)), st.tuples(st.just("mingru"), mingru_cases(shortest=1))))
def test_the_gradients_are_central_differences(kind_and_case):
    kind, (x, h_0, grad, parameters) = kind_and_case
    gradients = ours(kind, x, h_0, grad, parameters, scan_loop)

    def loss(**changed):
        x_now = changed.pop("x", x)
        if kind == "lru":
            return float((linear.lru_forward(x_now, h_0, parameters | changed)[0] * grad).sum())
        return float((linear.mingru_forward(x_now, h_0, parameters | changed)[0][1:] * grad).sum())

    rng = np.random.default_rng(0)
    for name, array in ({"x": x} | parameters).items():
        index = tuple(rng.integers(size) for size in array.shape)
        up, down = array.copy(), array.copy()
        up[index] += 1e-6
        down[index] -= 1e-6
        difference = (loss(**{name: up}) - loss(**{name: down})) / 2e-6
        assert gradients["grad " + name][index] == pytest.approx(difference, rel=1e-5, abs=1e-6)


@many
@given(st.one_of(st.tuples(st.just("lru"), lru_cases()), st.tuples(st.just("mingru"), mingru_cases())))
def test_the_loop_is_its_steps(kind_and_case):
    kind, (x, h_0, _, parameters) = kind_and_case
    h = zeros_for_none(kind, x, h_0, parameters)
    forward = linear.lru_forward if kind == "lru" else linear.mingru_forward
    first, second = forward(x, h_0, parameters)
    for t, x_t in enumerate(x):
        if kind == "lru":
            y_t, h = linear.lru_step(x_t, h, parameters)
            np.testing.assert_allclose(first[t], y_t, rtol=0, atol=1e-12)
        else:
            h = linear.mingru_step(x_t, h, parameters)
        np.testing.assert_allclose((second if kind == "lru" else first)[t + 1], h, rtol=0, atol=1e-12)


@settings(max_examples=400, deadline=None)
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


@pytest.mark.parametrize("seq_len", range(1, 300))
def test_rounds_and_work_keep_what_is_promised(seq_len):
    levels = int(np.ceil(np.log2(seq_len)))
    loop, doubling, tree = (count_combinations(kind, seq_len) for kind in SCANS)
    assert len(loop) == sum(loop) == seq_len - 1 and len(doubling) == levels
    assert sum(doubling) == seq_len * levels - 2**levels + 1
    assert len(tree) <= 2 * levels and sum(tree) < 2 * seq_len


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_torchs_own_scan_agrees(seed, seq_len):
    """torch 2.13 has one that is not public yet; on the CPU its generic form runs without compiling."""
    from torch._higher_order_ops.associative_scan import associative_scan

    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 1, (seq_len, 3)), rng.normal(size=(seq_len, 3))
    _, h = associative_scan(lambda first, then: (then[0] * first[0], then[0] * first[1] + then[1]),
                            (torch.tensor(a), torch.tensor(b)), dim=0, combine_mode="generic")
    for scan in SCANS.values():
        np.testing.assert_allclose(scan(a, b), h.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scan", SCANS.values())
def test_nothing_given_is_changed(dtype, scan):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 3, 2)).astype(dtype)
    lru, mingru = init_lru(2, 4, 5, rng=rng, dtype=dtype), init_mingru(2, 4, rng=rng, dtype=dtype)
    y, states = linear.lru_forward(x, None, lru, scan)
    kept = linear.mingru_forward(x, None, mingru, scan)
    assert y.dtype == dtype and states.dtype == np.result_type(dtype, np.complex64) and kept[0].dtype == kept[1].dtype == dtype
    given = [x, y, states, *kept, *lru.values(), *mingru.values()]
    before = [array.copy() for array in given]
    gradients = linear.lru_backward(x, states, y, lru, scan)
    assert all(gradients[name].dtype == dtype and gradients[name].shape == lru[name].shape for name in lru)
    gradients = linear.mingru_backward(x, kept, kept[0][1:], mingru, scan)
    assert all(gradients[name].dtype == dtype and gradients[name].shape == mingru[name].shape for name in mingru)
    assert all(np.array_equal(array, old) for array, old in zip(given, before))


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


def test_no_parameters_make_an_lru_explode():
    parameters = init_lru(1, 50, 1, rng=np.random.default_rng(0))
    parameters["nu_log"] = np.random.default_rng(1).normal(size=50) * 20
    assert abs(linear.lru_matrices(parameters)[0]).max() <= 1


def test_the_first_minGRU_is_drawn_as_torch_draws_a_linear_layer():
    made = init_mingru(16, 200, rng=np.random.default_rng(0), dtype=np.float32)
    assert {name: array.shape for name, array in made.items()} == {"weight_ih": (400, 16), "bias_ih": (400,)}
    for array in made.values():
        assert np.abs(array).max() <= 0.25 and array.std() == pytest.approx(0.25 / 3**0.5, rel=0.1) and array.dtype == np.float32
    assert list(init_mingru(16, 4, rng=np.random.default_rng(0), bias=False)) == ["weight_ih"]


def test_a_closed_gate_keeps_the_state_and_an_open_one_replaces_it():
    parameters = init_mingru(2, 3, rng=np.random.default_rng(0))
    x, h_0 = np.random.default_rng(1).normal(size=(50, 2)), np.array([1.0, -2.0, 3.0])
    for bias, expected in ((-60.0, h_0), (60.0, (x[-1] @ parameters["weight_ih"].T + parameters["bias_ih"])[3:])):
        changed = parameters | {"bias_ih": np.concatenate([np.full(3, bias), parameters["bias_ih"][3:]])}
        np.testing.assert_allclose(linear.mingru_forward(x, h_0, changed)[0][-1], expected, rtol=1e-12)


X, H, HC = np.zeros((5, 3, 2)), np.zeros((3, 4)), np.zeros((3, 4), complex)


def lru(**changed):
    return init_lru(2, 4, 3, rng=np.random.default_rng(0)) | changed


def mingru(**changed):
    return init_mingru(2, 4, rng=np.random.default_rng(0)) | changed


def without(parameters, name):
    return {key: array for key, array in parameters.items() if key != name}


RNG = np.random.default_rng(0)
KEPT = linear.mingru_forward(X, None, mingru())
STATES = linear.lru_forward(X, None, lru())[1]
REFUSED = {
    "a real start": (linear.lru_forward, (X, H, lru()), r"h_0: expected shape \(3, 4\) and complex128, got \(3, 4\) and float64"),
    "a start without batch": (linear.lru_forward, (X, HC[0], lru()), r"h_0: expected shape \(3, 4\) .*got \(4,\)"),
    "a list for a start": (linear.lru_forward, (X, [0], lru()), "h_0: expected .* got a list"),
    "a NaN in a start": (linear.lru_forward, (X, HC + np.nan, lru()), "h_0: expected finite numbers"),
    "a transposed B": (linear.lru_forward, (X, None, lru(B_im=np.zeros((2, 4)))),
                       r"B_im: expected shape \(4, 2\), got \(2, 4\): B_im looks transposed"),
    "a transposed C": (linear.lru_step, (X[0], HC, lru(C_im=np.zeros((4, 3)))),
                       r"C_im: expected shape \(3, 4\), got \(4, 3\): C_im looks transposed"),
    "a diagonal D": (linear.lru_forward, (X, None, lru(D=np.zeros(3))), r"D: expected shape \(3, 2\), got \(3,\)"),
    "a complex B": (linear.lru_forward, (X, None, lru(B_re=np.zeros((4, 2), complex))), "B_re: .*float.*complex128"),
    "no nu": (linear.lru_forward, (X, None, without(lru(), "nu_log")), "parameters: expected nu_log among them"),
    "an unknown name": (linear.lru_forward, (X, None, lru(weight_hh=H)), "parameters: expected the names nu_log, .*'weight_hh'"),
    "a GRU's weights": (linear.mingru_forward, (X, None, mingru(weight_hh=H)), "parameters: expected the names .*'weight_hh'"),
    "no dict": (linear.mingru_forward, (X, None, None), "parameters: expected a dict"),
    "no weights": (linear.mingru_forward, (X, None, {}), "parameters: expected weight_ih among them, got none"),
    "an odd number of rows": (linear.mingru_forward, (X, None, mingru(weight_ih=np.zeros((7, 2)))), "weight_ih: .*odd"),
    "a short bias": (linear.mingru_forward, (X, None, mingru(bias_ih=np.zeros(4))), r"bias_ih: expected shape \(8,\), got \(4,\)"),
    "too many features": (linear.mingru_forward, (np.zeros((5, 3, 3)), None, mingru()),
                          r"x: expected shape \(seq_len, batch, 2\) or \(seq_len, 2\), got \(5, 3, 3\)"),
    "a wrong rank": (linear.lru_forward, (np.zeros((1, 5, 3, 2)), None, lru()), r"x: expected shape .* got \(1, 5, 3, 2\)"),
    "whole numbers": (linear.lru_forward, (X.astype(int), None, lru()), "x: .*float32 or float64.*int64"),
    "a list": (linear.mingru_step, (X[0].tolist(), H, mingru()), "x_t: expected a NumPy array .* got a list"),
    "a NaN": (linear.lru_forward, (np.full_like(X, np.nan), None, lru()), "x: expected finite numbers, got nan"),
    "another dtype": (linear.mingru_forward, (X.astype(np.float32), None, mingru()), "weight_ih: .*float32, got .*float64"),
    "a state too wide": (linear.mingru_step, (X[0], np.zeros((3, 5)), mingru()), r"h: expected shape \(3, 4\), got \(3, 5\)"),
    "the states alone": (linear.mingru_backward, (X, KEPT[0], H, mingru()), "kept: expected what forward returned, .*ndarray"),
    "kept of a shorter run": (linear.mingru_backward, (X[:4], KEPT, KEPT[0][1:5], mingru()),
                              r"states: expected shape \(5, 3, 4\), got \(6, 3, 4\)"),
    "a gradient too long": (linear.mingru_backward, (X, KEPT, KEPT[0], mingru()),
                            r"grad_output: expected shape \(5, 3, 4\), got \(6, 3, 4\)"),
    "a gradient of the states": (linear.lru_backward, (X, STATES, np.zeros((5, 3, 4)), lru()),
                                 r"grad_y: expected shape \(5, 3, 3\), got \(5, 3, 4\)"),
    "real states": (linear.lru_backward, (X, STATES.real, np.zeros((5, 3, 3)), lru()), "states: .*complex128, got .*float64"),
    "a scan over a list": (scan_loop, (X, [1.0]), r"b: expected an array, time first, got \[1.0\]"),
    "one a for all": (scan_loop, (0.5, X), "a: expected 3 axes and 5 steps, as b has, got float"),
    "too few a": (linear.scan_doubling, (X[:4], X), r"a: expected 3 axes and 5 steps, as b has, got \(4, 3, 2\)"),
    "another width": (linear.scan_tree, (np.zeros((5, 3, 4)), X), r"a: expected shape \(5, 3, 2\), or 1 .* got \(5, 3, 4\)"),
    "an unknown scan": (count_combinations, ("pairs", 4), "kind: expected one of loop, doubling, tree, got 'pairs'"),
    "no steps to count": (count_combinations, ("tree", 0), "seq_len: expected a whole number, 1 or more, got 0"),
    "a ring inside out": (lambda: init_lru(2, 3, 1, rng=RNG, r_min=0.9, r_max=0.5), (), "r_min, r_max: .*got 0.9 and 0.5"),
    "a phase of nothing": (lambda: init_lru(2, 3, 1, rng=RNG, max_phase=0), (), "max_phase: expected .* got 0"),
    "a size of nothing": (lambda: init_lru(2, 0, 1, rng=RNG), (), "hidden_size: expected a whole number, 1 or more, got 0"),
    "a seed for a generator": (lambda: init_mingru(2, 3, rng=0), (), "rng: expected a NumPy generator"),
    "no generator at all": (lambda: init_lru(2, 3, 1, rng=np.random), (), "rng: expected a NumPy generator"),
    "an unknown dtype": (lambda: init_mingru(2, 3, rng=RNG, dtype=int), (), "dtype: expected float32 or float64, got int64"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_by_name(case):
    function, arguments, said = REFUSED[case]
    with pytest.raises(ValueError, match=said):
        function(*arguments)
