"""What notebook 05 says beyond the numbers that its cells print and nbval compares: the same cells on more cases."""

import itertools
import re
from functools import cache

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from helpers.seed import set_seed
from tests.support import cells

NOTEBOOK = "05-torch-rnn.ipynb"
THREADS, DTYPE = torch.get_num_threads(), torch.get_default_dtype()         # before a fixture of the module runs a cell


@pytest.fixture(autouse=True)
def as_before():
    """Leave torch's settings as they were."""
    yield
    torch.set_num_threads(THREADS)
    torch.set_default_dtype(DTYPE)


@cache
def base():
    """Return the names that the cells of the first two sections define; what they made is shared by the tests."""
    return cells.run(NOTEBOOK, "tensors", "module", "first-training", "state-dict", "same-states", "bridge")


def run(*ids):
    """Return the names that the cells of the first two sections and then these define."""
    names = dict(base())
    torch.set_default_dtype(torch.float64)                  # as the cell "tensors" does
    return cells.run(NOTEBOOK, *ids, **names | {"rng": set_seed(5)})


@pytest.fixture(scope="module")
def shapes_taught():
    return run("shape-rule", "shape-run")


def far(a, b):
    return (torch.as_tensor(a) - torch.as_tensor(b)).abs().max().item()


# Sections 3 and 4

@pytest.mark.parametrize("kind, batch_first, num_layers, directions", list(itertools.product(
    ("one sequence", "batch", "packed"), (False, True), (1, 2, 3), (1, 2))))
def test_shape_rule_holds_in_all_36_combinations(shapes_taught, kind, batch_first, num_layers, directions):
    rule, case = shapes_taught["rule"], (batch_first, num_layers, directions)
    if kind != "packed":
        assert shapes_taught["measured"](kind, *case) == rule(kind, *case)
        return
    given, h_0, output, h_n = rule("batch", *case)
    lengths = [9, 7, 6, 5, 3, 2, 1]
    module = nn.RNN(5, 11, num_layers, batch_first=batch_first, bidirectional=directions == 2)
    packed = pack_padded_sequence(torch.zeros(given), lengths, batch_first)
    out, h = module(packed, torch.zeros(h_0))
    assert out.data.shape == (sum(lengths), output[-1]) and h.shape == h_n
    assert pad_packed_sequence(out, batch_first)[0].shape == output


@pytest.mark.parametrize("num_layers, directions", list(itertools.product((1, 2, 3), (1, 2))))
def test_parameters_have_the_shapes_that_the_text_says(num_layers, directions):
    module = nn.RNN(5, 11, num_layers, bidirectional=directions == 2)
    for name, parameter in module.named_parameters():
        below = 5 if "_l0" in name else 11 * directions
        assert parameter.shape == {"weight_ih": (11, below), "weight_hh": (11, 11)}.get(name[:9], (11,))
    assert sum(p.numel() for p in module.parameters()) == sum(
        directions * 11 * ((5 if layer == 0 else 11 * directions) + 11 + 2) for layer in range(num_layers))


def test_dropout_acts_between_layers_alone():
    names = run("arg-bias-nonlinearity")
    layer = nn.RNN(3, 4, num_layers=2, dropout=0.5, nonlinearity="relu")
    with torch.no_grad():                                   # the second layer passes its input on
        layer.weight_ih_l1.copy_(torch.eye(4))
        for zero in (layer.weight_hh_l1, layer.bias_ih_l1, layer.bias_hh_l1):
            zero.zero_()
    dropped, whole = layer.train()(names["x"])[0], layer.eval()(names["x"])[0]
    assert set((dropped[whole > 0] / whole[whole > 0]).round(decimals=6).tolist()) == {0.0, 2.0}


# Sections 5 to 7

def test_the_rows_that_are_kept_continue_themselves():
    names = run("carry-pair", "carry-order")
    last = torch.randn(10, 3, 1)
    kept = names["layer"](last, names["h"][:, :3])[0]
    alone = torch.cat([names["layer"](last[:, b:b + 1], names["h"][:, b:b + 1])[0] for b in range(3)], dim=1)
    assert far(kept, alone) < 1e-14


# Section 8

def test_orthogonal_start_reaches_every_layer_and_direction():
    names = run("bridge-class")
    rnn = names["Recaller"](3, 8, 2, num_layers=3, bidirectional=True, orthogonal=True).rnn
    for name, parameter in rnn.named_parameters():
        if "weight_hh" in name:
            assert far(parameter.detach() @ parameter.detach().T, torch.eye(8)) < 1e-12


@pytest.mark.parametrize("orthogonal, seed, options", [
    (False, 3, {}), (True, 3, {}), (False, 0, {"lr": 0.3}),
    *(pytest.param(*case, marks=pytest.mark.long) for case in ((False, 4, {}), (True, 4, {}), (False, 1, {"lr": 0.3}))),
])
def test_default_guesses_at_lag_40_at_three_times_the_rate_as_well_and_orthogonal_solves_it(orthogonal, seed, options):
    names = run("bridge-class", "bridge-train", "bridge-accuracy")
    rng = set_seed(seed)
    network = names["Recaller"](3, 32, 2, orthogonal=orthogonal)
    for _ in names["updates"]([network], [rng], 250, **options):
        pass
    assert 0.9 < names["accuracy"](network, rng) if orthogonal else names["accuracy"](network, rng) < 0.6


# Section 9

def test_a_learned_start_fits_every_batch():
    started = run("output-loop", "squeeze", "refusals", "cell-loop", "learned-start")["started"]
    assert "h_0" in started.state_dict() and started.h_0.grad.norm() > 0
    for batch in (1, 7):
        assert started(torch.randn(5, batch, 10))[1].shape == (1, batch, 20)


def test_imitated_tf32_keeps_ten_bits():
    names = run("output-loop", "squeeze", "reduced-precision")
    numbers = torch.randn(1000, dtype=torch.float32)
    coarse = names["rounded_to_tf32"](numbers)
    assert ((coarse - numbers).abs() <= numbers.abs() * 2.0**-11 * 1.001).all()
    assert (coarse.view(torch.int32) & 0x1FFF == 0).all()


# For the curious

def test_two_biases_share_one_gradient_so_their_sum_moves_twice_as_fast():
    names = run("old-pages", "two-biases")
    rnn = names["rnn"]
    before, grad = (rnn.bias_ih_l0 + rnn.bias_hh_l0).detach(), rnn.bias_ih_l0.grad
    torch.optim.SGD(rnn.parameters(), lr=0.01).step()
    assert far(before - (rnn.bias_ih_l0 + rnn.bias_hh_l0).detach(), 0.02 * grad) < 1e-12


# What the text quotes from torch's messages, and explains, is what the installed torch says

QUOTE = re.compile("“`([^`]+)`”")
TEXTS = cells.sources(NOTEBOOK, "markdown")


@pytest.mark.parametrize("ids, text", [
    (("complaints",), "read-complaints"), (("carry-pair", "carry-order", "carry-last-batch"), "after-carry")])
def test_the_text_after_mistakes_quotes_their_messages(ids, text, capsys):
    run(*ids)
    said = capsys.readouterr().out
    for quote in QUOTE.findall(TEXTS[text]):
        assert quote in said


def test_every_quotation_is_checked():
    assert {name for name, text in TEXTS.items() if QUOTE.search(text)} == {"read-complaints", "after-carry"}


def test_four_refusals_are_torchs_own(capsys):
    run("output-loop", "squeeze", "refusals")
    for number, (line, part) in enumerate(zip(capsys.readouterr().out.splitlines()[-4:], (
            "must be Tensor, not tuple", "should be a 1D CPU int64 tensor", "only supported for LSTM", "does not support RNN"),
            strict=True), 1):
        assert line.startswith(f"{number} ") and part in line
