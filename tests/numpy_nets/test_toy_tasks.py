"""Each toy sequence is the question that its docstring says it is."""

import numpy as np
import pytest

from helpers.numpy_nets.toy_tasks import adding, copy_symbols, echo, key_value_pairs, last_pulse, recall, sine_to_cosine


def test_sine_to_cosine_lies_on_the_circle_of_a_uniform_grid():
    x, y = sine_to_cosine(20)
    assert x.shape == y.shape == (20, 1, 1)
    np.testing.assert_allclose(x**2 + y**2, 1, rtol=1e-14)
    np.testing.assert_allclose(np.diff(np.unwrap(np.arctan2(x, y).ravel())), np.pi / 10, rtol=1e-12)
    assert (x[0, 0, 0], y[0, 0, 0]) == (0, 1)


def test_sine_to_cosine_has_the_answer_that_one_remembered_value_gives():
    angle = 0.51
    x, y = (array.ravel() for array in sine_to_cosine(50, angle, 0.4))  # cos t = (cos d sin t - sin(t - d)) / sin d
    np.testing.assert_allclose(y[1:], (np.cos(angle) * x[1:] - x[:-1]) / np.sin(angle), atol=1e-13)


def test_segments_join():
    long, _ = sine_to_cosine(20, 0.6, 0.1)
    second, _ = sine_to_cosine(10, 0.6, 0.1 + 10 * 0.6)
    np.testing.assert_allclose(second, long[10:], atol=1e-14)


@pytest.mark.parametrize("delay", [0, 1, 5, 12])
def test_echo_repeats_what_came_before(delay):
    x, y = echo(12, 3, delay, np.random.default_rng(0))
    assert x.shape == y.shape == (12, 3, 1)
    assert not y[:delay].any()
    assert np.array_equal(y[delay:], x[: 12 - delay])
    assert not np.shares_memory(x, y)


def test_echo_is_noise_of_unit_variance():
    x, _ = echo(100, 100, 1, np.random.default_rng(0))
    assert abs(x.mean()) < 0.05
    assert abs(x.std() - 1) < 0.05


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.5, 1.0])
def test_last_pulse_is_held_until_the_next(rate):
    x, y = last_pulse(300, 4, np.random.default_rng(0), rate)
    held = np.zeros((4, 1))
    for x_t, y_t in zip(x, y):
        held = np.where(x_t != 0, x_t, held)
        assert np.array_equal(y_t, held)
    assert set(np.unique(x)) <= {-1.0, 0.0, 1.0} and abs(np.mean(x != 0) - rate) < 0.05
    assert last_pulse(0, 2, np.random.default_rng(0))[1].shape == (0, 2, 1)


@pytest.mark.parametrize("lag", [0, 1, 20])
def test_recall_shows_the_answer_once(lag):
    x, labels = recall(lag, 200, np.random.default_rng(0))
    assert x.shape == (lag + 1, 200, 3)
    assert np.array_equal(x[0, :, :2], np.eye(2)[labels])
    assert not x[1:, :, :2].any()
    assert set(labels) == {0, 1}
    assert 0.35 < labels.mean() < 0.65


def test_recall_distracts_at_every_step():
    x, labels = recall(50, 400, np.random.default_rng(0))
    noise = x[:, :, 2]
    assert abs(noise.std() - 1) < 0.05
    assert abs(np.corrcoef(noise.mean(axis=0), labels)[0, 1]) < 0.15  # and says nothing about the answer


@pytest.mark.parametrize("seq_len", [2, 3, 20, 51])
def test_adding_marks_one_number_of_each_half(seq_len):
    x, target = adding(seq_len, 300, np.random.default_rng(0))
    assert x.shape == (seq_len, 300, 2) and target.shape == (300, 1)
    numbers, marks = x[:, :, 0], x[:, :, 1]
    assert set(np.unique(marks)) <= {0, 1}
    assert (marks[: seq_len // 2].sum(axis=0) == 1).all() and (marks[seq_len // 2 :].sum(axis=0) == 1).all()
    assert marks.any(axis=1).all()                                          # every step is marked now and then
    for member in range(300):
        assert target[member, 0] == pytest.approx(numbers[marks[:, member] == 1, member].sum(), abs=1e-15)


def test_adding_has_the_error_that_its_docstring_says():
    x, target = adding(20, 40_000, np.random.default_rng(0))
    assert 0 <= x.min() and x.max() < 1.0001
    assert np.mean((target - 1) ** 2) == pytest.approx(1 / 6, abs=0.004)
    assert abs(np.corrcoef(x[:, :, 0].mean(axis=0), target[:, 0])[0, 1]) < 0.4   # the mean of all does not tell the sum


@pytest.mark.parametrize(("lag", "length", "symbols"), [(1, 1, 2), (5, 5, 8), (20, 5, 8), (12, 3, 4)])
def test_copy_shows_each_symbol_once_and_asks_for_it_after_the_lag(lag, length, symbols):
    x, labels = copy_symbols(lag, 200, np.random.default_rng(0), length, symbols)
    assert x.shape == (lag + length, 200, symbols + 1) and labels.shape == (length, 200)
    assert np.array_equal(x[:length, :, :symbols], np.eye(symbols)[labels])
    assert not x[length:, :, :symbols].any()
    assert np.array_equal(np.flatnonzero(x[:, 0, symbols]), [lag]) and (x[lag, :, symbols] == 1).all()
    assert set(labels.ravel()) == set(range(symbols))


def test_the_seed_decides():
    tasks = (
        lambda rng: echo(9, 2, 3, rng),
        lambda rng: recall(9, 2, rng),
        lambda rng: adding(9, 2, rng),
        lambda rng: copy_symbols(9, 2, rng),
    )
    for task in tasks:
        first, again, other = (task(np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert np.array_equal(first[0], again[0])
        assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("pairs", [1, 3, 6])
def test_the_key_that_is_asked_for_was_shown_with_its_value(pairs):
    x, labels = key_value_pairs(pairs, 200, np.random.default_rng(0), keys=6, values=3)
    assert x.shape == (pairs + 1, 200, 9) and labels.shape == (200,)
    assert (x[:, :, :6].sum(axis=-1) == 1).all() and (x[:-1, :, 6:].sum(axis=-1) == 1).all() and not x[-1, :, 6:].any()
    assert x[:-1, :, :6].sum(axis=0).max() == 1                              # no key twice
    same = (x[:-1, :, :6] * x[-1, :, :6]).sum(axis=-1)                       # where the key stood: once
    assert (same.sum(axis=0) == 1).all()
    assert np.array_equal((same[:, :, None] * x[:-1, :, 6:]).sum(axis=0).argmax(axis=-1), labels)
    assert set(labels.tolist()) == {0, 1, 2} and len(set(same.argmax(axis=0).tolist())) == pairs
