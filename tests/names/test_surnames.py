"""Names: the alphabet, naive Bayes and scores; the network that reads them, and what is stored of it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from helpers import datasets
from helpers.explorers import type_a_name
from helpers.names import alphabet
from helpers.names.alphabet import ALPHABET, encode, normalize
from helpers.names.naive_bayes import confusion_matrix, f1_per_class, fit_naive_bayes, naive_bayes_scores, ngrams
from helpers.names.reader import NameReader, beliefs, log_probabilities, pad, shuffled_batches, stored_reader

names_in_the_alphabet = st.text(ALPHABET, min_size=1, max_size=12)
CLASSES = 4


@pytest.fixture
def reader():
    torch.manual_seed(0)
    return NameReader(nn.GRU, CLASSES, embedding_size=3, hidden_size=5).double().eval()


# The alphabet.

@pytest.mark.parametrize("spelt, name, left_out", [
    ("Müller", "muller", ""), ("O’Brien", "o'brien", ""), ("Ó Súilleabháin", "o suilleabhain", ""),
    ("Łukasz", "lukasz", ""), ("Bjørn", "bjorn", ""), ("Weiß", "weiss", ""), ("GROẞ", "gross", ""),
    ("Þórsdóttir", "thorsdottir", ""), ("Guðjónsson", "gudjonsson", ""), ("Đurić", "duric", ""),
    ("St-Onge", "st-onge", ""), ("  van   den\tBerg ", "van den berg", ""), ("ﬁsher", "fisher", ""),
    ("Жук", "", "жук"), ("Zoë 2", "zoe", "2"), ("", "", ""), ("   ", "", ""), ("a" * 200, "a" * 200, ""),
    ("Mu\u0308ller", "muller", ""), ("李", "", "李"), ("e\u200bk", "ek", "\u200b"),
])
def test_normalize(spelt, name, left_out):
    assert normalize(spelt) == (name, left_out)


@settings(max_examples=200)
@given(st.text(max_size=30))
def test_whatever_is_typed_ends_in_the_alphabet(text):
    name, _ = normalize(text)
    assert set(name) <= set(ALPHABET)
    assert normalize(name) == (name, "")
    assert encode(name).shape == (len(name),)


@pytest.mark.parametrize("function", [normalize, encode])
@pytest.mark.parametrize("value", [None, 3, b"ek", ["e", "k"]], ids=repr)
def test_only_strings_are_names(function, value):
    with pytest.raises(ValueError, match="name: expected a string, got"):
        function(value)


@given(st.text(ALPHABET, max_size=30))
def test_encode_gives_places_in_the_alphabet(name):
    numbers = encode(name)
    assert numbers.dtype == np.int64
    assert "".join(ALPHABET[number] for number in numbers) == name


def test_encode_names_the_letters_that_it_does_not_know():
    with pytest.raises(ValueError) as error:
        encode("Müller")
    for part in ("'Mü'", "'Müller'", repr(ALPHABET), "normalize"):
        assert part in str(error.value)


# Naive Bayes, against a count by hand and against the sum over all outcomes.

def test_ngrams_by_hand():
    assert ngrams("ek", 1) == ["e", "k", "$"]
    assert ngrams("ek", 2) == ["^e", "ek", "k$"]
    assert ngrams("ek", 3) == ["^^e", "^ek", "ek$"]
    assert ngrams("", 2) == ["^$"]


def test_whole_numbers_of_numpy_are_whole_numbers():
    assert ngrams("ek", np.int64(1)) == ngrams("ek", 1)


@pytest.mark.parametrize("n", [0, -1, 1.0, True, "2", None], ids=repr)
def test_ngrams_of_no_length_are_refused(n):
    with pytest.raises(ValueError, match=f"n: expected a whole number, 1 or more, got {n!r}"):
        ngrams("ek", n)


def test_naive_bayes_by_hand():
    """Class 0 has aa and ab, class 1 has b: 1-grams a a $ a b $, and b $; with smoothing 1 and 3 + 1 columns."""
    model = fit_naive_bayes(["aa", "ab", "b"], np.array([0, 0, 1]), 2, n=1, smoothing=1.0)
    scores = naive_bayes_scores(model, ["ba", "zz"])
    zero = math.log(2 / 3) + math.log(2 / 10) + math.log(4 / 10) + math.log(3 / 10)      # b, a, $
    one = math.log(1 / 3) + math.log(2 / 6) + math.log(1 / 6) + math.log(2 / 6)
    assert scores[0] == pytest.approx([zero, one])
    unseen = [math.log(2 / 3) + 2 * math.log(1 / 10) + math.log(3 / 10),
              math.log(1 / 3) + 2 * math.log(1 / 6) + math.log(2 / 6)]
    assert scores[1] == pytest.approx(unseen)


@given(st.lists(names_in_the_alphabet, min_size=2, max_size=8), st.integers(1, 4), st.floats(0.01, 2))
def test_naive_bayes_knows_probabilities(names, n, smoothing):
    labels = np.arange(len(names)) % 2
    model = fit_naive_bayes(names, labels, 2, n, smoothing)
    assert np.exp(model["log_likelihood"]).sum(axis=1) == pytest.approx([1, 1])
    assert np.exp(model["log_prior"]).sum() == pytest.approx(1)


def test_confusion_and_f1_by_hand():
    confusion = confusion_matrix(np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 1, 0]), 3)
    assert confusion.tolist() == [[2, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert f1_per_class(confusion) == pytest.approx([4 / 6, 2 / 3, 0])


@pytest.mark.parametrize("call, said", [
    (lambda: confusion_matrix(np.array([0]), np.array([-1]), 3), r"answers: .* from 0 to 2, got \[-1\]"),
    (lambda: confusion_matrix(np.array([3]), np.array([0]), 3), r"labels: .* from 0 to 2, got \[3\]"),
    (lambda: confusion_matrix(np.array([0]), np.array([0, 1]), 3), "answers: expected one for each of the 1"),
    (lambda: f1_per_class(np.diag([1, 0])), r"confusion: .* got neither of \[1\]"),
    (lambda: fit_naive_bayes(["a"], np.array([0, 0]), 1, 1, 1.0), "labels: expected one for each of the 1"),
    (lambda: fit_naive_bayes(["a", "b"], np.array([0, 0]), 2, 1, 1.0), "labels: expected each of the 2 classes"),
    (lambda: fit_naive_bayes(["a", "b"], np.array([0, 2]), 2, 1, 1.0), "labels: expected a row of whole numbers"),
    (lambda: fit_naive_bayes(["a"], np.array([0]), 1, 1, 0.0), "smoothing: expected a positive number, got 0.0"),
    (lambda: fit_naive_bayes(["a"], np.array([0]), 1, 1, math.nan), "smoothing: expected a positive number, got nan"),
    (lambda: naive_bayes_scores({}, []), "names: .* got none"),
])
def test_what_cannot_be_scored_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


# The network.

@settings(max_examples=25)
@given(st.lists(names_in_the_alphabet, min_size=1, max_size=6), st.sampled_from([nn.RNN, nn.GRU, nn.LSTM]))
def test_a_name_gets_the_same_answer_alone_and_in_any_company(names, network):
    torch.manual_seed(1)
    model = NameReader(network, CLASSES, 3, 5).double().eval()
    together = log_probabilities(model, names)
    for number, name in enumerate(names):
        assert np.allclose(log_probabilities(model, [name])[0], together[number], atol=1e-12)
        assert np.allclose(np.log(beliefs(model, name)[-1]), together[number], atol=1e-9)
    assert np.exp(together).sum(axis=1) == pytest.approx(np.ones(len(names)))


def test_the_belief_after_a_letter_is_that_of_the_name_until_there(reader):
    after = beliefs(reader, "o'brien")
    assert after.shape == (7, CLASSES)
    for length in range(1, 8):
        assert np.allclose(np.log(after[length - 1]), log_probabilities(reader, ["o'brien"[:length]])[0], atol=1e-12)


def test_pad_puts_names_side_by_side():
    letters, lengths = pad(["ek", "o'neill"])
    assert (letters.shape, lengths.tolist()) == ((7, 2), [2, 7])
    assert letters[:2, 0].tolist() == encode("ek").tolist()
    assert letters[:, 1].tolist() == encode("o'neill").tolist()


def test_every_name_is_in_one_batch(reader):
    names, labels = list("abcdefg"), np.arange(7)
    batches = list(shuffled_batches(names, labels, 3, np.random.default_rng(0)))
    assert [len(batch[1]) for batch in batches] == [3, 3, 1]
    seen = [(ALPHABET[letter], label) for letters, _, answers in batches
            for letter, label in zip(letters[0].tolist(), answers.tolist(), strict=True)]
    assert seen != list(zip(names, range(7)))
    assert sorted(seen) == list(zip(names, range(7)))


def test_nothing_to_read_is_refused_in_words(reader):
    with pytest.raises(ValueError, match="name: expected at least one letter"):
        beliefs(reader, "")
    with pytest.raises(ValueError, match="names: expected at least one letter in each"):
        log_probabilities(reader, ["ek", ""])
    with pytest.raises(ValueError, match="names: expected one name or more, got none"):
        log_probabilities(reader, [])
    for function in (beliefs, lambda model, name: log_probabilities(model, [name])):
        with pytest.raises(ValueError, match="alphabet"):
            function(reader, "жук")


def test_two_hundred_letters_are_read(reader):
    assert beliefs(reader, "x" * 200).shape == (200, CLASSES)


# What is stored.

@pytest.fixture(scope="module")
def data():
    """Return the table of names, the languages, and the label of each row."""
    table = datasets.surnames()
    languages, labels = np.unique(table["language"], return_inverse=True)
    return table, languages, labels


def test_pictures_know_every_language(data):
    assert sorted(alphabet.LANGUAGES) == data[1].tolist()


def test_the_stored_network_is_the_best_of_the_table(data):
    """Its numbers are those of the LSTM 128 with the lowest validation loss, all four, as far as they are written."""
    table, languages, labels = data
    stored = datasets.surname_scores()
    networks = stored["model"] == "LSTM 128"
    best = np.flatnonzero(networks)[stored["validation_cross_entropy"][networks].argmin()]
    log_p = {part: log_probabilities(stored_reader(), table["name"][table["part"] == part].tolist())
             for part in ("validation", "test")}
    asked = {part: labels[table["part"] == part] for part in log_p}
    right = {part: np.mean(log_p[part].argmax(axis=1) == asked[part]) for part in log_p}
    f1 = f1_per_class(confusion_matrix(asked["test"], log_p["test"].argmax(axis=1), len(languages)))
    surprise = -log_p["validation"][np.arange(len(asked["validation"])), asked["validation"]].mean()
    written = [stored[column][best] for column in ("validation_cross_entropy", "validation_accuracy", "accuracy", "macro_f1")]
    assert [surprise, right["validation"], right["test"], f1.mean()] == pytest.approx(written, abs=6e-5)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_naive_bayes_in_the_table_is_naive_bayes_now(data, n):
    table, languages, labels = data
    train, test = table["part"] == "train", table["part"] == "test"
    stored = datasets.surname_scores()
    row = np.flatnonzero(stored["model"] == f"naive Bayes {n}")[0]
    model = fit_naive_bayes(table["name"][train], labels[train], len(languages), n, stored["smoothing"][row])
    answers = naive_bayes_scores(model, table["name"][test]).argmax(axis=1)
    f1 = f1_per_class(confusion_matrix(labels[test], answers, len(languages)))
    written = stored["accuracy"][row], stored["macro_f1"][row]
    assert (np.mean(answers == labels[test]), f1.mean()) == pytest.approx(written, abs=6e-5)


def test_five_seeds_of_each_network_and_equal_parameters():
    stored = datasets.surname_scores()
    for model in ("RNN 128", "RNN 230", "GRU 128", "LSTM 109", "LSTM 128"):
        assert stored["seed"][stored["model"] == model].tolist() == [0, 1, 2, 3, 4]
    sizes = [sum(parameter.numel() for parameter in NameReader(network, 17, hidden_size=size).parameters())
             for network, size in ((nn.RNN, 230), (nn.GRU, 128), (nn.LSTM, 109))]
    assert sizes == [65575, 65329, 65146]


# The explorer: what people type.

@pytest.mark.parametrize("typed, words", [
    ("Müller", "After 'muller'"), ("", "no letter to read"), ("   ", "no letter to read"),
    ("Жук", "left out: ж у к. There is no letter to read"), ("Zoë 22", "left out: 2. After 'zoe'"),
    ("x" * 200, "The first 15 letters are read, 185 more are not"), ("O'Brien", 'After "o\'brien"'),
])
def test_whatever_is_typed_gets_an_answer(typed, words):
    assert words in type_a_name.summarize(type_a_name.compute(typed))


def test_the_explorer_says_what_it_was_trained_on(data):
    table = data[0]
    for part, known in (("train", True), ("test", False)):
        name = str(table["name"][table["part"] == part][0])
        assert ("training part" in type_a_name.summarize(type_a_name.compute(name))) == known


def test_the_leader_is_dated_from_where_it_stays():
    numbers = type_a_name.compute("Schumacher")
    rows = (numbers["choices"][:, 1] - 0.5).astype(int)
    first = numbers["settled"] - 1
    assert set(rows[first:]) == {rows[-1]}
    assert rows[first - 1] != rows[-1]
    network, counted, both = numbers["beliefs"].values()
    assert np.allclose(network, numbers["cells"][:, len(rows) - 1])
    assert numbers["cells"].data.sum(axis=0)[[0, len(rows) - 1]] == pytest.approx([1, 1])
    assert [counted.sum(), both.sum()] == pytest.approx([1, 1]) and np.allclose(both, (network + counted) / 2)


# What notebook 09 says.

@pytest.fixture(scope="module")
def answers(data):
    """Return who is right on which test names: the stored network, naive Bayes, and the mean of their probabilities."""
    table, _, labels = data
    test = table["part"] == "test"
    network, bayes, *_ = type_a_name.judges()
    scores = naive_bayes_scores(bayes, table["name"][test])
    log_p = [log_probabilities(network, table["name"][test].tolist()), scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)]
    log_p.append(np.logaddexp(*log_p) - math.log(2))
    return [of_names.argmax(axis=1) == labels[test] for of_names in log_p]


def test_the_ensemble_gains_57_names_and_loses_18(answers):
    network, counted, both = answers
    assert (np.sum(both & ~counted), np.sum(~both & counted)) == (57, 18)
    assert (np.sum(network & ~counted), np.sum(~network & counted)) == (158, 161)
    assert both.mean() - 0.02 > max(network.mean(), counted.mean())
    p_value = 2 * sum(math.comb(75, k) for k in range(19)) / 2**75
    assert 7.2e-6 < p_value < 7.3e-6


def test_at_equal_parameters_gates_tie_with_counting_and_the_plain_network_is_behind():
    stored = datasets.surname_scores()
    accuracy = {model: stored["accuracy"][stored["model"] == model] for model in np.unique(stored["model"])}
    on_validation = {model: stored["validation_accuracy"][stored["model"] == model].mean() for model in accuracy}
    error = (0.68 * 0.32 / 1484) ** 0.5
    for model in ("GRU 128", "LSTM 109"):
        assert abs(accuracy[model].mean() - accuracy["naive Bayes 3"][0]) < error
        assert 0.03 < on_validation["naive Bayes 3"] - on_validation[model] < 0.05
    assert accuracy["RNN 230"].max() < accuracy["naive Bayes 3"][0] - 2 * error
    assert abs(accuracy["RNN 230"].mean() - accuracy["RNN 128"].mean()) < error


def test_changing_the_last_letter_changes_the_networks_answer_most(data):
    """Half again as often as another letter; naive Bayes doesn't care which one it is."""
    table, _, _ = data
    network, bayes, *_ = type_a_name.judges()
    names = [str(name) for name in table["name"][table["part"] == "test"] if len(name) >= 6][::2]
    rng = np.random.default_rng(1)

    def changed(at):
        def other(letter):
            return rng.choice([one for one in ALPHABET[:26] if one != letter])
        wrong = [name[:at(name)] + other(name[at(name)]) + name[at(name) + 1:] for name in names]
        return [np.mean(answer(wrong) != answer(names)) for answer in (
            lambda names: log_probabilities(network, names).argmax(axis=1),
            lambda names: naive_bayes_scores(bayes, names).argmax(axis=1))]

    (first, by_counts), (last, at_the_end) = changed(lambda name: 0), changed(lambda name: len(name) - 1)
    assert last > 1.5 * first and abs(by_counts - at_the_end) < 0.08
