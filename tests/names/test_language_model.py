"""Models of the next letter: counting by hand, perplexity, temperature, sampling; the stored table against what runs now."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helpers import datasets
from helpers.explorers import temperature as explorer
from helpers.names import language_model, writer
from helpers.names.language_model import (
    LONGEST,
    MARK,
    PLACE,
    SYMBOLS,
    LetterNetwork,
    LetterTables,
    blend,
    count_letters,
    draw_symbols,
    entropy,
    next_symbol,
    perplexity,
    sample_names,
    surprises,
    teach,
    with_temperature,
)
from helpers.seed import set_seed
from helpers.with_torch import training

SIZE = len(SYMBOLS)
NAMES, VALIDATION = ["anna", "hanna", "hans", "an"], ["anna", "han", "jo"]


class Says:
    """A model that says the same whatever it has read; `p` by symbol, the rest shared evenly."""

    def __init__(self, **p):
        rest = (1 - sum(p.values())) / (SIZE - len(p))
        self.p = np.array([p.get(symbol if symbol != MARK else "end", rest) for symbol in SYMBOLS])

    def start(self, count):
        return None

    def read(self, symbols, state):
        return np.tile(self.p, (len(symbols), 1)), state


class Spells:
    """A model that is sure of one word: its state is how many symbols it has read."""

    def __init__(self, word):
        self.word = word + MARK

    def start(self, count):
        return 0

    def read(self, symbols, state):
        p = np.zeros((len(symbols), SIZE))
        p[:, PLACE[self.word[min(state, len(self.word) - 1)]]] = 1
        return p, state + 1


@pytest.fixture(scope="module")
def network():
    set_seed(1)
    return writer.NameWriter(8).double()


@pytest.fixture(scope="module")
def numpy_network(network):
    return LetterNetwork(network.state_dict())


@pytest.fixture(scope="module")
def tables():
    return LetterTables(NAMES, VALIDATION, 3)


# Names as sequences.

def test_inputs_are_the_targets_one_step_later():
    inputs, targets = teach(["ab", "c"])
    a, b, c, mark = (PLACE[symbol] for symbol in ("a", "b", "c", MARK))
    assert inputs.tolist() == [[mark, mark], [a, c], [b, mark]]
    assert targets.tolist() == [[a, c], [b, mark], [mark, -1]]


def test_the_empty_name_is_an_end_alone():
    inputs, targets = teach([""])
    assert inputs.tolist() == targets.tolist() == [[PLACE[MARK]]]


def test_as_many_strengths_as_contexts():
    with pytest.raises(ValueError, match="strengths: expected one for each of the 3 contexts, got 2"):
        language_model.blend(np.ones((3, len(SYMBOLS))), [1.0, 1.0])


def test_names_may_be_an_array():
    assert teach(np.array(["ab", "c"]))[0].tolist() == teach(["ab", "c"])[0].tolist()


@pytest.mark.parametrize("names, said", [
    ([], "names: .* got none"), ("ab", "names: .* got the string 'ab'"), (["ab", "Ä"], "'Ä' in 'Ä'"), (["a|b"], r"'\|' in 'a\|b'")])
def test_what_is_no_list_of_names_is_refused(names, said):
    with pytest.raises(ValueError, match=said):
        teach(names)


# Tables.

def test_bigrams_of_three_names_by_hand():
    """ab, ab, ba between marks: |ab|, |ab|, |ba|."""
    single, pairs = count_letters(["ab", "ab", "ba"], 2)
    assert {SYMBOLS[i]: n for i, n in enumerate(single[""]) if n} == {"a": 3, "b": 3, MARK: 3}
    by_hand = {MARK: {"a": 2, "b": 1}, "a": {"b": 2, MARK: 1}, "b": {"a": 1, MARK: 2}}
    assert {context: {SYMBOLS[i]: n for i, n in enumerate(count) if n} for context, count in pairs.items()} == by_hand


def test_the_longest_context_of_the_first_letter_is_marks():
    assert set(count_letters(["ab"], 3)[2]) == {MARK + MARK, MARK + "a", "ab"}


def test_back_off_by_hand():
    """Uniform 1/30, worth 3: after 9 symbols a stands 3 times; then 2 of 3 after the mark, and what was before worth 1."""
    counts = [table[context] for table, context in zip(count_letters(["ab", "ab", "ba"], 2), ("", MARK))]
    p = blend(counts, [3, 1])
    first = (3 + 3 / SIZE) / (9 + 3)
    assert p[PLACE["a"]] == pytest.approx((2 + first) / (3 + 1), rel=1e-14)
    assert p[PLACE["z"]] == pytest.approx((3 / SIZE / 12) / 4, rel=1e-14)


def test_without_any_count_back_off_says_uniform():
    assert np.array_equal(blend(np.zeros((3, SIZE)), [1, 2, 3]), np.full(SIZE, 1 / SIZE))


@pytest.mark.parametrize("context", ["||", "|a", "an", "zq", "nn", "' "])
def test_probabilities_after_any_context_sum_to_1(tables, context):
    p = tables.after(context)
    assert p.min() > 0 and p.sum() == pytest.approx(1, abs=1e-12)


def test_strengths_are_the_best_of_those_offered_when_one_is_changed(tables):
    best = perplexity(tables, VALIDATION)
    other = LetterTables(NAMES, VALIDATION, 3)
    for strength in language_model.STRENGTHS:
        other.strengths[-1], other._known = strength, {}             # the last one tuned: nothing was moved after it
        assert perplexity(other, VALIDATION) >= best - 1e-12
    assert best < min(perplexity(LetterTables(NAMES, VALIDATION, order), VALIDATION) for order in (1, 2))


@pytest.mark.parametrize("order", [0, -1, 2.0, True, "2", None])
def test_an_order_that_is_none_is_refused(order):
    with pytest.raises(ValueError, match="order: expected a whole number, 1 or more, got"):
        count_letters(["ab"], order)


# Perplexity.

def test_perplexity_of_a_uniform_model_is_the_number_of_symbols():
    assert perplexity(Says(), ["anna", "o'neill", ""]) == pytest.approx(SIZE, rel=1e-12)


def test_perplexity_of_a_model_that_knows_the_name_is_1():
    assert perplexity(Spells("anna"), ["anna", "anna"]) == 1


def test_perplexity_by_hand():
    """p(a) = 1/2 and p(end) = 1/8: aa has surprises of 1, 1 and 3 bits, whose mean is 5/3."""
    assert perplexity(Says(a=0.5, end=0.125), ["aa"]) == pytest.approx(2 ** (5 / 3), rel=1e-12)


def test_surprises_stand_where_the_letters_stand(tables):
    found = surprises(tables, ["anna", "jo"])
    assert found.shape == (5, 2) and np.isnan(found[3:, 1]).all() and np.isfinite(found[:, 0]).all()
    assert found[1, 0] == pytest.approx(-math.log2(tables.after(MARK + "a")[PLACE["n"]]), rel=1e-12)


def test_names_beside_each_other_do_not_mix(numpy_network, tables):
    names = ["anna", "o", "van der berg"]
    for model in (tables, numpy_network):
        together = surprises(model, names)
        for column, name in enumerate(names):
            assert np.allclose(together[:len(name) + 1, column], surprises(model, [name])[:, 0], atol=1e-12, rtol=0)


def test_the_next_symbol_is_that_after_the_whole_beginning(tables):
    assert np.array_equal(next_symbol(tables, "ha"), tables.after("ha"))
    assert np.array_equal(next_symbol(tables, ""), tables.after(MARK * 2))
    assert next_symbol(Spells("kay"), "ka")[PLACE["y"]] == 1
    with pytest.raises(ValueError, match="alphabet"):
        next_symbol(tables, "Ü")


# Temperature.

def test_temperature_is_softmax_of_the_read_out_over_temperature():
    y = torch.randn(4, SIZE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert np.allclose(with_temperature(y.softmax(-1).numpy(), 1.7), (y / 1.7).softmax(-1).numpy(), atol=1e-14, rtol=0)


def test_temperature_limits():
    p = np.array([0.5, 0.3, 0.2, 0.0])
    assert np.array_equal(with_temperature(p, 1e-300), [1, 0, 0, 0])
    assert np.allclose(with_temperature(p, 1e-3), [1, 0, 0, 0], atol=1e-12)
    assert np.allclose(with_temperature(p, 1), p, atol=1e-15)
    assert np.allclose(with_temperature(p, 1e9), [1 / 3, 1 / 3, 1 / 3, 0], atol=1e-8)      # what cannot be stays so
    assert np.array_equal(with_temperature(np.array([0.4, 0.4, 0.2]), 1e-6), [0.5, 0.5, 0])   # a draw stays a draw


@given(arrays(float, (3, 6), elements=st.floats(1e-6, 1)), st.floats(0.01, 50), st.floats(1.1, 4))
def test_temperature_keeps_the_sum_and_the_order_and_raises_the_entropy(weights, temperature, factor):
    p = weights / weights.sum(axis=1, keepdims=True)
    cooler, warmer = with_temperature(p, temperature), with_temperature(p, temperature * factor)
    for row, raised in zip(p, cooler):
        assert raised.sum() == pytest.approx(1, abs=1e-12)
        assert (np.diff(raised[np.argsort(row, kind="stable")]) >= -1e-12).all()
    assert (entropy(warmer) >= entropy(cooler) - 1e-9).all()


@pytest.mark.parametrize("temperature", [0, 0.0, -1, math.nan, math.inf, "1", None, True])
def test_a_temperature_that_is_none_is_refused(temperature):
    said = f"temperature: expected a {'finite' if temperature == math.inf else 'positive'} number, got {temperature!r}"
    with pytest.raises(ValueError, match=said):
        with_temperature(np.array([0.5, 0.5]), temperature)
    with pytest.raises(ValueError, match=said):
        sample_names(Says(end=0.5), 1, np.random.default_rng(0), temperature)


def test_entropy_counts_questions():
    assert entropy(np.full(8, 1 / 8)) == 3
    assert str(entropy(np.array([1.0, 0.0]))) == "0.0"
    assert entropy(np.array([[0.5, 0.5], [0.5, 0.25]])).tolist() == [1, 1]


# Sampling.

def test_what_is_drawn_has_the_given_frequencies():
    p, count = np.array([0.5, 0.2, 0.0, 0.3]), 40_000
    found = np.bincount(draw_symbols(np.tile(p, (count, 1)), np.random.default_rng(0)), minlength=4)
    assert found[2] == 0
    assert (np.abs(found - count * p) <= 4 * np.sqrt(count * p * (1 - p))).all()


def test_rounding_never_draws_beyond_the_last():
    class Highest:
        def random(self, count):
            return np.full(count, np.nextafter(1, 0))
    assert draw_symbols(np.full((2, 3), 0.333), Highest()).tolist() == [2, 2]


@pytest.mark.parametrize("end", [0.5, 0.05])
def test_every_name_ends(end):
    names = sample_names(Says(end=end), 500, np.random.default_rng(0))
    assert len(names) == 500 and MARK not in "".join(names)
    lengths = [len(name) for name in names]
    mean = sum((1 - end) ** n for n in range(1, LONGEST + 1))                # cut at LONGEST
    assert max(lengths) <= LONGEST and abs(np.mean(lengths) - mean) < 4 * np.std(lengths) / 500**0.5


def test_a_model_that_never_ends_is_cut_and_one_that_always_does_writes_nothing():
    rng = np.random.default_rng(0)
    assert sample_names(Says(a=1.0), 3, rng) == ["a" * LONGEST] * 3
    assert sample_names(Says(end=1.0), 3, rng) == ["", "", ""]
    assert sample_names(Says(a=1.0), 2, rng, prefix="b" * LONGEST) == ["b" * LONGEST] * 2


def test_a_model_that_is_sure_writes_what_it_knows():
    assert sample_names(Spells("o'neill"), 4, np.random.default_rng(0)) == ["o'neill"] * 4
    assert sample_names(Spells("o'neill"), 1, np.random.default_rng(0), prefix="o'n") == ["o'neill"]


def test_near_zero_temperature_takes_the_likeliest_letter_each_time(numpy_network):
    name, state, symbol = "", numpy_network.start(1), PLACE[MARK]
    while len(name) < LONGEST:
        p, state = numpy_network.read(np.array([symbol]), state)
        symbol = int(p.argmax())
        if symbol == PLACE[MARK]:
            break
        name += SYMBOLS[symbol]
    assert sample_names(numpy_network, 5, np.random.default_rng(3), 1e-6) == [name] * 5


def test_names_start_with_the_prefix_and_the_seed_decides(numpy_network):
    names, again, others = (sample_names(numpy_network, 20, np.random.default_rng(seed), 1.0, "mc") for seed in (3, 3, 4))
    assert all(name.startswith("mc") for name in names) and len(set(names)) > 10
    assert names == again and names != others


def test_the_same_numbers_meet_the_same_names_whatever_the_others_do(numpy_network):
    """A name's draws depend on its place alone, so that a change of temperature changes no more than it must."""
    warm, warmer = (sample_names(numpy_network, 200, np.random.default_rng(0), temperature) for temperature in (1.0, 1.0001))
    assert np.mean([a == b for a, b in zip(warm, warmer)]) > 0.95


@pytest.mark.parametrize("arguments, said", [
    ({"count": 0}, "count: expected a whole number, 1 or more, got 0"),
    ({"count": 2.0}, "count: .* got 2.0"),
    ({"prefix": "Ü"}, "prefix: .* got 'Ü'"),
    ({"prefix": "a|"}, "prefix: .* got 'a[|]'"),
    ({"prefix": None}, "prefix: .* got None"),
    ({"prefix": "a" * (LONGEST + 1)}, f"prefix: expected at most {LONGEST} letters"),
])
def test_what_cannot_be_sampled_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        sample_names(Says(end=0.5), **{"count": 1, "rng": np.random.default_rng(0)} | arguments)


# The network.

def test_the_numpy_network_is_torchs(network, numpy_network):
    names = ["anna", "o'neill", "van der berg"]
    inputs, targets = (torch.from_numpy(array) for array in teach(names))
    with torch.no_grad():
        log_p = network(inputs)[0].log_softmax(-1)
        loss = writer.next_letter_loss(network, (inputs, targets))
    ours = surprises(numpy_network, names)
    there = targets >= 0
    theirs = -log_p[there][torch.arange(int(there.sum())), targets[there]] / math.log(2)
    assert np.abs(ours[there.numpy()] - theirs.numpy()).max() < 1e-12
    assert np.nanmean(ours) == pytest.approx(loss.item() / math.log(2), rel=1e-12)


def test_a_state_dict_of_another_module_is_refused(network):
    state = network.state_dict()
    gru = writer.NameWriter(8, torch.nn.GRU).state_dict()
    for wrong, said in ((dict(list(state.items())[:-1]), "read.bias is missing"), (state | {"more": state["read.bias"]}, "more is unknown"),
                        ({}, "rnn.weight_ih_l0 is missing; .*read.bias is missing"),
                        (gru, r"rnn.weight_ih_l0 has shape \(24, 30\), expected \(8, 30\)"),
                        (state | {"read.bias": state["read.bias"][1:]}, r"read.bias has shape \(29,\), expected \(30,\)")):
        with pytest.raises(ValueError, match=f"state_dict does not fit a tanh network: {said}"):
            LetterNetwork(wrong)


def test_batches_hold_every_name_once():
    names = ["anna", "bo", "carl", "d", "eva"]
    found = []
    for inputs, targets in writer.name_batches(names, 2, np.random.default_rng(0)):
        assert inputs.shape == targets.shape
        found += ["".join(SYMBOLS[symbol] for symbol in column[1:] if symbol != PLACE[MARK]) for column in inputs.T]
    assert sorted(found) == names


# What is stored in data/.

@pytest.fixture(scope="module")
def names():
    table = datasets.surnames()
    return {part: sorted(set(table["name"][table["part"] == part].tolist())) for part in ("train", "validation", "test")}


@pytest.fixture(scope="module")
def stored():
    return datasets.surname_models()


@pytest.fixture(scope="module")
def stored_writer():
    return LetterNetwork(datasets.surname_writer())


@pytest.mark.parametrize("order", [1, 3])
def test_tables_counted_now_have_the_stored_perplexity(names, stored, order):
    tables = LetterTables(names["train"], names["validation"], order)
    for part in names:
        at, values = stored[f"{order}-gram", f"{part}_perplexity"]
        assert at.tolist() == [0] and values.shape == (1, 1)
        assert perplexity(tables, names[part]) == pytest.approx(values[0, 0], abs=2e-4)


def test_the_stored_network_has_the_stored_perplexity(names, stored, stored_writer):
    for part in names:
        _, values = stored["tanh 128", f"{part}_perplexity"]
        assert perplexity(stored_writer, names[part]) == pytest.approx(values[0, 0], abs=2e-4)


def test_what_the_stored_network_writes_is_copied_as_often_as_stored(names, stored, stored_writer):
    """Other draws than those of the table: 4 standard deviations of a share of 400 names."""
    at, copies = stored["tanh 128", "copies"]
    wrote = sample_names(stored_writer, 400, np.random.default_rng(99), 0.5)
    share = copies[0, at == 0.5].item()
    known = set(names["train"])
    assert abs(np.mean([name in known for name in wrote]) - share) < 4 * (share * (1 - share) / 400) ** 0.5


def test_training_now_goes_as_the_stored_training_went(names, stored):
    """One epoch of 64 tanh units on other seeds' spread; the rest of the notebook's run is the same, twice more."""
    rng = set_seed(0)
    model, held_out = writer.NameWriter(64), [torch.from_numpy(array) for array in teach(names["validation"])]
    history = training.fit(model, lambda epoch: writer.name_batches(names["train"], 64, rng), writer.next_letter_loss,
                           lambda model: writer.next_letter_loss(model, held_out), epochs=1, lr=0.004)
    at, epochs = stored["tanh 64", "epoch_perplexity"]
    assert at.tolist() == list(range(1, 11)) and epochs.shape == (5, 10)
    reached = math.exp(history[0]["validation"])
    assert epochs[:, 0].min() - 0.5 < reached < epochs[:, 0].max() + 0.5
    assert (np.diff(epochs[:, [0, 2, 5, 9]], axis=1) < 0).all()


def test_shares_are_shares(stored):
    for (model, quantity), (_, values) in stored.items():
        if quantity in ("copies", "unseen", "distinct"):
            assert 0 <= values.min() and values.max() <= 1, (model, quantity)


# The explorer.

def test_the_explorers_bars_are_the_networks_next_symbol(stored_writer):
    numbers = explorer.compute(temperature=0.5, beginning="mc", seed=3)
    p = next_symbol(stored_writer, "mc")
    assert np.allclose(numbers["bars"], p**2 / (p**2).sum(), atol=1e-12, rtol=0)
    assert np.array_equal(numbers["plain"][1], p)
    assert all(name.startswith("mc") for name in numbers["names"].split("\n"))


def test_the_explorer_marks_copies_and_names_never_shown(names):
    numbers = [explorer.compute(temperature=0.3, beginning=explorer.NOTHING, seed=seed) for seed in range(21)]
    seen = set()
    for one in numbers:
        written, notes = one["names"].split("\n"), (one["notes"] or "\n" * 9).split("\n")
        assert len(written) == len(notes) == 10
        for name, note in zip(written, notes):
            if len(name) <= explorer.SHOWN and "…" not in name:
                expected = explorer.COPY if name in names["train"] else \
                    explorer.REAL if name in names["validation"] + names["test"] else ""
                assert note == expected
                seen.add(note)
        assert one["copies"] == notes.count(explorer.COPY) and one["others"] == notes.count(explorer.REAL)
    assert seen == {"", explorer.COPY, explorer.REAL}


# What notebook 09 says.

def test_at_equal_parameters_the_gru_wins_and_tanh_ties_with_the_table(stored):
    """The claims of the text, on all seeds: whatever is stored next must bear them out, or the text must change."""
    sizes = [sum(parameter.numel() for parameter in model.parameters())
             for model in (writer.NameWriter(225), writer.NameWriter(128, torch.nn.GRU))]
    assert sizes == [64605, 65310]
    test = {model: values for (model, quantity), (_, values) in stored.items() if quantity == "test_perplexity"}
    assert [len(test[model]) for model in ("tanh 128", "tanh 225", "GRU 128")] == [5, 5, 5]
    table = test["5-gram"].item()
    assert table < min(test[f"{order}-gram"].item() for order in (1, 2, 3, 4, 6, 7))
    assert test["GRU 128"].max() < min(table, test["tanh 225"].min(), test["tanh 128"].min())
    assert abs(test["tanh 128"].mean() - table) < 2 * test["tanh 128"].std()              # a tie
    assert test["tanh 225"].mean() > max(table, test["tanh 128"].mean())


def test_the_table_of_five_letters_copies_most(stored):
    copies = {model: values[:, at == 1] for (model, quantity), (at, values) in stored.items() if quantity == "copies"}
    assert copies["5-gram"].min() > max(copies[model].max() for model in ("2-gram", "3-gram", "tanh 64", "tanh 128", "tanh 225", "GRU 128"))


def test_a_table_forgets_what_the_network_remembers(stored_writer):
    tables = LetterTables(["dottir", "emmandsdottir"], ["dottir"], 5)
    r = [[next_symbol(model, beginning)[PLACE["r"]] for beginning in ("dotti", "emmandsdotti")] for model in (tables, stored_writer)]
    assert r[0][0] == r[0][1] and r[1][1] > r[1][0] + 0.5


def test_after_xx_the_network_is_surer_than_before_any_letter(stored_writer):
    assert entropy(next_symbol(stored_writer, "xx")) < entropy(next_symbol(stored_writer, "")) - 1
