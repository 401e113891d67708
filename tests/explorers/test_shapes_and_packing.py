"""What the explorers of notebook 05 say is so: refusals, permutations, shapes; and their quick text looks like text."""

import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from torch.nn.utils.rnn import pad_packed_sequence

from helpers.explorers import packing, shapes
from helpers.pictures import fast_text
from helpers.pictures.fast_text import quick_text
from helpers.pictures.style import figure, to_png

LENGTHS = st.lists(st.integers(1, packing.LONGEST), min_size=5, max_size=5)


def packed_numbers(lengths, padded_length, enforce_sorted=False):
    named = {f"length_{letter}": length for letter, length in zip(packing.LETTERS, lengths, strict=True)}
    return packing.compute(padded_length=padded_length, enforce_sorted=enforce_sorted, **named)


@settings(max_examples=100)
@given(LENGTHS)
def test_the_packed_rows_are_your_sequences_longest_first_and_come_back(lengths):
    numbers = packed_numbers(lengths, packing.LONGEST)
    order = numbers["order"]
    assert sorted(order) == list(range(5))
    assert [lengths[i] for i in order] == sorted(lengths, reverse=True)
    assert numbers["batch_sizes"] == [sum(length > t for length in lengths) for t in range(max(lengths))]
    assert numbers["steps"] == sum(lengths)
    cells = numbers["cells"]
    for row, i in enumerate(order):
        assert np.count_nonzero(cells[row, packing.PACKED:packing.STATES] == packing.FIRST + i) == lengths[i]
    assert list(cells[:, packing.STATES]) == [packing.FIRST + i for i in range(5)]
    back, lengths_back = pad_packed_sequence(packing.pack(lengths, packing.LONGEST))
    assert lengths_back.tolist() == lengths
    for i, length in enumerate(lengths):
        assert torch.equal(back[:length, i], 100 * i + torch.arange(length))


@pytest.mark.parametrize("lengths, padded_length, enforce_sorted, said", [
    ((0, 3, 3, 3, 3), 5, False, "length of sequence a: expected 1 to 5, got 0: nothing to read."),
    ((3, 3, 6, 3, 3), 5, False, "length of sequence c: expected 1 to 5, got 6: the padded batch has no more steps."),
    ((3, 4, 3, 3, 3), 5, True, "enforce_sorted: expected lengths that never rise, got 3, 4, 3, 3, 3."),
])
def test_impossible_lengths_are_refused_with_a_sentence(lengths, padded_length, enforce_sorted, said):
    with pytest.raises(ValueError) as caught:
        packing.pack(lengths, padded_length, enforce_sorted)
    assert str(caught.value) == said
    numbers = packed_numbers(lengths, padded_length, enforce_sorted)
    assert packing.summarize(numbers) == f"Refused: {said}"
    assert numbers["refusal"].replace("\n", " ") == f"Refused: {said}"
    assert numbers["data"] is None and numbers["there"] is None


def test_sorted_lengths_pass_where_sorting_is_enforced():
    numbers = packed_numbers((5, 5, 3, 2, 1), 5, enforce_sorted=True)
    assert numbers["sorted_indices"] == "sorted_indices None"
    assert numbers["order"] == [0, 1, 2, 3, 4]


def test_the_shapes_explorer_leaves_the_random_numbers_alone():
    torch.manual_seed(0)
    wanted = torch.rand(3)
    torch.manual_seed(0)
    explorer = shapes.shapes()
    for values in ({"dropout": 0.5, "num_layers": 3}, {"device": "meta"}, {"kind": "packed batch"}):
        explorer.set(**values)
    assert torch.equal(torch.rand(3), wanted)


@pytest.mark.parametrize("kind", ["batch", "one sequence", "packed batch"])
def test_a_run_on_meta_has_the_shapes_of_the_run_on_the_cpu(kind):
    """The explorer moves the tensors there afterwards, since torch is slow there at first."""
    arguments = {name: control.value for name, control in shapes.controls().items()} | {"kind": kind}
    size = {name: arguments.pop(name) for name in ("kind", "seq_len", "batch")}
    del arguments["device"]
    ran = shapes.tensors(shapes.build(**arguments), **size)
    with torch.device("meta"):
        there = shapes.tensors(shapes.build.__wrapped__(**arguments), **size)
    assert {name: tensor.device.type for name, tensor in there.items()} == dict.fromkeys(ran, "meta")
    assert {name: (tensor.shape, tensor.dtype) for name, tensor in there.items()} == {
        name: (tensor.shape, tensor.dtype) for name, tensor in ran.items()}


def test_the_names_of_the_ends_are_the_rows_of_h_n():
    values = {name: control.value for name, control in shapes.controls().items()}
    numbers = shapes.compute(**values | {"num_layers": 3, "bidirectional": True})
    names = {numbers[f"end {layer} {reverse} {side}"] for layer, reverse in shapes.ENDS for side in ("left", "right")}
    assert names == {f"{name}[{k}]" for name in ("h_0", "h_n") for k in range(numbers["h_n"][0])}
    assert numbers["end 2 True left"] == "h_n[5]"           # the backward run ends where the sequence begins
    assert numbers["end 2 False right"] == "h_n[4]"


@pytest.mark.parametrize("options", [{}, {"ha": "right", "va": "top"}, {"family": "monospace", "linespacing": 1.5}])
def test_quick_text_looks_like_text(options):
    pictures = []
    for quick in (False, True):
        fig, ax = figure(width=4, height=2)
        fig.set_layout_engine("none")
        text = quick_text(ax, 0.4, 0.6, **options) if quick else ax.text(0.4, 0.6, "", **{"fontsize": 9.5} | options)
        for string in ("one\ntwo", "", " ", "three", "one\ntwo"):
            text.set_text(string)
            fig.canvas.draw()
            pictures.append(np.array(fig.canvas.buffer_rgba(), int))
    slow, quick = np.split(np.array(pictures), 2)
    assert np.abs(slow - quick).max() <= 2                   # of 255 levels: the letters are laid down on what is behind them
    assert (quick[0] == quick[4]).all()                      # taken from what was kept
    assert (quick[0] != quick[1]).any() and (quick[1] != quick[3]).any() and (quick[0] != quick[3]).any()


def test_quick_text_keeps_no_page_but_the_figures_own(monkeypatch):
    pages = []

    def page(*size):
        made = RendererAgg(*size)
        pages.append(weakref.ref(made))
        return made

    monkeypatch.setattr(fast_text, "RendererAgg", page)
    fig, ax = figure(width=2, height=1)
    texts = [quick_text(ax, place, place) for place in (0.2, 0.4, 0.6)]
    for text in texts:
        text.set_text("three")
    to_png(fig)
    assert [page() for page in pages] == [None, None, None]
