"""The exercise of notebook 00: other styles are right, every known mistake is caught under its own name."""

import numpy as np

from tests.support import exercise_rules as rules

H_3 = [
    ("loss subtracted, not multiplied", 0.8), ("loss subtracted, not multiplied", 1 - 3 * 0.1),
    ("one step too many", 0.729), ("one step too few", 0.9), ("kept and lost mixed up", 0.01), ("lost in place of left", 0.19),
    ("an impulse at every step", 2.71), ("times in place of to the power of", 1.8), ("the impulse never fades", 1),
    *((None, number) for number in (0.8049, 0.82, -0.81, 81, 0, [0.9, 0.81])),
]


class TestStart(rules.Rules):
    module = "e00_start"
    right = {"one_impulse": [{"h_3": 0.81}, {"h_3": np.float64(0.9) ** 2}, {"h_3": np.array(0.81)}]}
    wrong = [("one_impulse", mistake, {"h_3": number}) for mistake, number in H_3]
    # What is tried with functions, where this exercise takes a number.
    test_saboteurs_are_refused = test_clumsy_functions_get_a_clear_answer = None
    test_a_mistake_breaks_the_property_that_is_named_first = None

    def test_notebook_is_unsolved_and_solutions_are_right(self):
        """Notebook 00 has no solutions; it shows a check not tried and one wrong answer."""
        untried, wrong = rules.stored("00-start-here.ipynb")
        assert untried == ("one_impulse",
                           "Not tried yet. Work out what the memory holds after step 3, and put it in place of the dots.")
        assert wrong[0] == "one_impulse" and "It looks like this: loss subtracted, not multiplied." in wrong[1]
