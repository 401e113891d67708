"""The exercise of notebook 00: other styles are right, every known mistake is caught under its own name."""

import numpy as np
import pytest

from tests.support import exercise_rules as rules

ONE_IMPULSE = rules.exercises("e00_start")["one_impulse"]
RIGHT = [{"h_3": 0.81}, {"h_3": np.float64(0.9) ** 2}, {"h_3": np.array(0.81)}, {"h_3": 81 / 100}]
WRONG = [
    ("loss subtracted, not multiplied", 0.8), ("loss subtracted, not multiplied", 1 - 3 * 0.1),
    ("one step too many", 0.729), ("one step too few", 0.9), ("kept and lost mixed up", 0.01), ("lost in place of left", 0.19),
    ("an impulse at every step", 2.71), ("times in place of to the power of", 1.8), ("the impulse never fades", 1),
]


@pytest.mark.parametrize("answer", RIGHT, ids=str)
def test_other_styles_are_right(answer):
    assert rules.asked(ONE_IMPULSE, answer).verdict == "right"


@pytest.mark.parametrize("name, h_3", WRONG)
def test_mistake_is_named(name, h_3):
    said = rules.asked(ONE_IMPULSE, {"h_3": h_3})
    assert (said.verdict, said.mistake) == ("wrong", name), said


@pytest.mark.parametrize("h_3", [0.8, 0.8049, 0.82, -0.81, 81, 0, [0.9, 0.81]], ids=str)
def test_no_other_number_is_right(h_3):
    assert rules.asked(ONE_IMPULSE, {"h_3": h_3}).verdict == "wrong"


def test_each_known_mistake_is_wrong_and_answers_to_its_name_alone():
    rules.assert_told_apart(ONE_IMPULSE)


def test_well_made():
    rules.assert_well_made(ONE_IMPULSE)


def test_notebook_00_shows_a_check_not_tried_and_one_wrong_answer():
    untried, wrong = rules.stored("00-start-here.ipynb")
    assert untried == ("one_impulse",
                       "Not tried yet. Work out what the memory holds after step 3, and put it in place of the dots.")
    assert wrong[0] == "one_impulse" and "It looks like this: loss subtracted, not multiplied." in wrong[1]
