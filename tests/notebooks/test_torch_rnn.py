"""What notebook 05 shows by a number, asserted: its own cells run as they are, on more cases than the notebook has."""

import itertools
from functools import cache

import nbformat
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from helpers.seed import set_seed
from tools.notebook_rules import PROJECT

CELLS = {cell.id: cell.source
         for cell in nbformat.read(PROJECT / "notebooks" / "05-torch-rnn.ipynb", as_version=4).cells}


THREADS, DTYPE = torch.get_num_threads(), torch.get_default_dtype()         # before a fixture of the module runs a cell


@pytest.fixture(autouse=True)
def as_before():
    """Leave torch's settings as they were."""
    yield
    torch.set_num_threads(THREADS)
    torch.set_default_dtype(DTYPE)


BASE = ("imports", "tensors", "module", "first-training", "state-dict", "same-states", "bridge")


@cache
def base():
    """Return the names that the cells of the first two sections define; what they made is shared by the tests."""
    return executed({}, BASE)


def run(*ids):
    """Return the names that the cells of the first two sections and then these define."""
    names = dict(base())
    torch.set_default_dtype(torch.float64)                  # as the cell "tensors" does
    return executed(names | {"rng": set_seed(5)}, ids)


def executed(names, ids):
    for cell_id in ids:
        exec(compile(CELLS[cell_id], cell_id, "exec"), names)
    return names


@pytest.fixture(scope="module")
def shapes_taught():
    return run("shape-rule", "shape-run")


def far(a, b):
    return (torch.as_tensor(a) - torch.as_tensor(b)).abs().max().item()


# Section 2

def test_pencil_network_and_four_gradients_agree():
    names = run("own-equation", "two-backward-passes", "four-gradients")
    assert far(names["output"], names["states"][1:]) < 1e-14 and far(names["h_n"], names["states"][-1:]) < 1e-14
    for name, ours in names["ours"].items():
        if name in names["recurrent"]:
            assert far(ours, getattr(names["pencil"].rnn, name + "_l0").grad) < 1e-14
            assert far(ours, names["leaves"][name].grad) < 1e-14
            assert far(ours, names["central_differences"](names["numpy_loss"], names["recurrent"][name])) < 1e-9


def test_kept_weights_bring_the_loss_back():
    names = run()
    assert names["curve"].values[0][0] == pytest.approx(0.1287, abs=1e-4) and names["curve"].values[0][-1] < 0.03
    assert names["loss"].item() == names["curve"].values[0][0]


# Sections 3 and 4

def test_layers_and_directions_are_single_networks():
    names = run("arg-sizes", "arg-bias-nonlinearity", "arg-layers-directions", "arg-batch-first")
    assert far(names["stacked"](names["x"])[0], names["above"]) < 1e-14
    assert far(names["both"](names["x"])[0], names["beside"]) < 1e-14
    assert far(names["output"], names["output_b"].transpose(0, 1)) < 1e-14


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


def test_last_states_sit_at_both_ends_of_output():
    names = run("arg-bias-nonlinearity", "slices", "seen")
    output, h_n = names["output"], names["h_n"]
    assert far(h_n[-2], output[-1, :, :4]) == far(h_n[-1], output[0, :, 4:]) == 0 < 0.1 < far(h_n[-1], output[-1, :, 4:])
    assert (names["seen"][0] == np.tri(6)).all() and (names["seen"][1] == np.tri(6).T).all()


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

def test_one_call_is_the_loop_and_squeeze_mixes_layers():
    names = run("output-loop", "one-call", "squeeze")
    assert far(names["looped"], names["at_once"]) < 1e-14
    assert names["answers"].shape == (2, 3, 1)                # two layers, the last turn of the loop
    assert (names["got"] - names["true"]).norm() > 0.5 * names["true"].norm()


def test_packing_gives_the_true_states_in_your_order():
    names = run("padding", "packing")
    assert far(names["h_n"][0], names["truth"]) < 1e-14
    assert far(names["pencil"].rnn(names["padded"])[1][0], names["truth"]) > 0.1
    exec(CELLS["permute"], names)
    assert far(names["permuted"], names["hidden"][:, names["back"]]) == 0
    assert far(names["permuted"], names["layer"](names["packed"])[1]) < 1e-14
    exec(CELLS["total-length"], names)
    assert [tuple(block.shape) for block in names["unpacked"]] == [(7, 5, 4), (8, 5, 4)]


def test_carried_rows_continue_themselves():
    names = run("carry-pair", "carry-order")
    assert far(names["continued"], names["whole"][10:]) < 1e-14
    assert far(names["mixed"], names["whole"][10:, names["shuffled"]]) > 0.03
    assert all(part.grad_fn is None for part in names["detached"](names["state"]))
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

def test_cell_loop_and_learned_start():
    names = run("output-loop", "squeeze", "refusals", "cell-loop",
                "learned-start")
    assert far(torch.stack(names["by_cell"]), names["rnn"](names["words"])[0]) < 1e-14
    started = names["started"]
    assert "h_0" in started.state_dict() and started.h_0.grad.norm() > 0
    for batch in (1, 7):
        assert started(torch.randn(5, batch, 10))[1].shape == (1, batch, 20)


def test_reduced_precision_is_as_coarse_as_the_text_says():
    names = run("output-loop", "squeeze", "reduced-precision",
                "precision-table")
    exact = names["exact"]
    errors = [far(states.double(), exact) for states in (names["single"](names["given"])[0], names["tf32"], names["low"])]
    assert names["low"].dtype == torch.bfloat16
    assert errors[0] < 1e-5 < 1e-4 < errors[1] < errors[2] < 0.1


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
    assert far(names["shifted"](names["input"], names["h0"])[0], names["output"]) < 1e-12
    assert far(rnn.bias_ih_l0.grad, rnn.bias_hh_l0.grad) < 1e-12
    before, grad = (rnn.bias_ih_l0 + rnn.bias_hh_l0).detach(), rnn.bias_ih_l0.grad
    torch.optim.SGD(rnn.parameters(), lr=0.01).step()
    assert far(before - (rnn.bias_ih_l0 + rnn.bias_hh_l0).detach(), 0.02 * grad) < 1e-12


def test_an_exported_network_keeps_its_length_but_not_its_batch(capsys):
    names = run("squeeze", "refusals")
    capsys.readouterr()
    exec(compile(CELLS["export"], "export", "exec"), names)
    said = capsys.readouterr().out
    assert "Guard failed" in said and "specialized it to be a constant (5)" in said
    assert far(names["any_batch"](names["other"])[0], names["rnn"](names["other"])[0]) < 1e-14


def test_first_nan_is_found_where_it_arises(capsys):
    names = run("first-nan", "first-nan-run", "anomaly")
    assert names["bad"][0].startswith("RNN, step ") and names["bad"][1] == names["bad"][0].replace("RNN", "Linear")
    assert "PowBackward0" in names["said"] and "nan" in names["said"] and not torch.is_anomaly_enabled()
