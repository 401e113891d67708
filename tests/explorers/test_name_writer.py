"""The explorer "write a name": what it shows is what the stored network computes, and what it drops is said."""

import numpy as np
import pytest

from helpers.datasets import surname_writer
from helpers.explorers.name_writer import LONGEST, PLACES, SHOWN, TYPED, compute, summarize, tidy, writer
from helpers.names.language_model import PLACE, SYMBOLS, LetterNetwork, next_symbol, sample_names


@pytest.fixture(scope="module")
def network():
    return LetterNetwork(surname_writer())


@pytest.mark.parametrize("beginning", ["", "gud", "van ", "o'", "x"])
@pytest.mark.parametrize("variation", [1, 2, 20])
def test_a_variation_is_what_the_network_writes_from_that_seed(network, beginning, variation):
    name, = sample_names(network, 1, np.random.default_rng(variation), 1.0, beginning)
    assert compute(beginning, 0, variation)["name"] == name[:LONGEST]


@pytest.mark.parametrize("beginning", ["", "emma", "van ", "o'b", "rnn"])
def test_variation_0_takes_the_likeliest_letter_each_time(network, beginning):
    name = beginning
    while len(name) < LONGEST and (letter := SYMBOLS[next_symbol(network, name).argmax()]) != "|":
        name += letter
    assert compute(beginning, 0, 0)["name"] == name


@pytest.mark.parametrize("later", [0, 1, 5, LONGEST])
def test_bars_are_what_the_network_expects_after_the_framed_letter(network, later):
    numbers = compute("emma", later, 0)
    assert numbers["so_far"] == "emmandsdottir"[:4 + later]
    p = next_symbol(network, numbers["so_far"])
    assert np.allclose([column[1, 1] for column in numbers["bars"]], p, atol=1e-12, rtol=0)
    assert [column[0, 0] for column in numbers["bars"]] == PLACES.tolist()
    chosen, = numbers["chosen"]
    assert np.array_equal(chosen, numbers["bars"][PLACE[numbers["taken"]]])
    assert numbers["here"][:, 0].mean() == pytest.approx(len(numbers["so_far"]) + 0.5)


def test_columns_are_the_states_of_the_slowest_and_the_fastest_units(network):
    cells = compute("emma", 0, 0)["cells"]
    state = network.start(1)
    _, slowest_first, _ = writer()
    for column, letter in enumerate("|emmandsdottir"):
        _, state = network.read(np.array([PLACE[letter]]), state)
        assert np.allclose(cells[:SHOWN, column], state[0][slowest_first[:SHOWN]], atol=1e-12, rtol=0)
        assert np.allclose(cells[-SHOWN:, column], state[0][slowest_first[-SHOWN:]], atol=1e-12, rtol=0)
    assert sorted(slowest_first) == list(range(128)) and cells.mask[:, 14:].all() and cells.mask[SHOWN].all()


def test_slow_units_change_less_from_letter_to_letter_than_fast_ones_do():
    """What the picture says of its two blocks, on names that the order was not made from."""
    changes = []
    for beginning in ("emma", "kowal", "van de", "garci", "mc", "sch"):
        cells = compute(beginning, 0, 0)["cells"]
        change = np.abs(np.diff(cells, axis=1)).mean(axis=1)
        changes.append((change[:SHOWN].mean(), change[-SHOWN:].mean()))
    slow, fast = np.mean(changes, axis=0)
    assert slow < 0.75 * fast


@pytest.mark.parametrize("typed, read", [
    ("Emma", "emma"), ("van ", "van "), ("  ", ""), ("", ""), ("O'Brien", "o'brien"), ("Müller ", "muller "), ("Жук", ""),
    ("x" * 30, "x" * TYPED),
])
def test_what_is_typed_is_read_in_the_alphabet_with_its_last_blank(typed, read):
    assert tidy(typed)[0] == compute(typed, 0, 0)["read"] == read


def test_what_is_left_out_and_whose_name_it_is_are_said():
    assert "Not in its alphabet, so left out: ж у к. From nothing" in summarize(compute("Жук", 0, 0))
    assert f"It reads your first {TYPED} letters." in summarize(compute("x" * 30, 0, 0))
    assert "“andersson”, a name from its training data." in summarize(compute("ander", 0, 0))
    assert "“olsson”, a real name that it never saw." in summarize(compute("ols", 0, 0))
    assert summarize(compute("emma", 0, 0)).startswith("From “emma” the network writes “emmandsdottir”. After “emma” it expects “n” 38%")
    assert "and the dice give" in summarize(compute("emma", 0, 1))


def test_the_examples_of_notebook_00_hold(network):
    """What its text says of the stored network: whatever is stored next must bear it out, or the text must change."""
    assert compute("rnn", 0, 0)["name"] == "rnnarsson" and compute("emma", 0, 0)["name"] == "emmandsdottir"
    r = {beginning: next_symbol(network, beginning)[PLACE["r"]] for beginning in ("botti", "dotti", "emmandsdotti")}
    assert r["botti"] < 0.1 and 0.2 < r["dotti"] < 0.3 and r["emmandsdotti"] > 0.98
    likeliest = [SYMBOLS[next_symbol(network, beginning).argmax()] for beginning in r]
    assert likeliest == ["n", "n", "r"]


@pytest.mark.parametrize("one, other, shared", [("o costa", "da costa", 6), ("o giolla", "mac giolla", 7), ("mcdonald", "macdonald", 6)])
def test_the_open_experiment_of_notebook_00_has_answers(network, one, other, shared):
    """Beginnings that share their last letters, six or more, and are continued by different ones."""
    assert one[-shared:] == other[-shared:]
    assert next_symbol(network, one).argmax() != next_symbol(network, other).argmax()
