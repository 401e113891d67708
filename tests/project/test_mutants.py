"""The authors' tool that changes a solution: each change is Python and single, and those that have a name are not listed."""

import subprocess
import sys

import numpy as np
import pytest

from helpers.exercises.engine import function_exercise
from tools import mutants
from tools.notebook_rules import PROJECT


def make_exercise():
    @function_exercise(lambda: [{"x": np.array([[1.0, 2.0], [3.0, -5.0]]), "weight_hh": np.array([[0.5, -1.0], [2.0, 0.25]])}],
                       shown="Done.", hints=("One.", "Two."))
    def last_state(x, weight_hh):
        """Return the last state."""
        h = np.zeros(2)
        for t in range(len(x)):
            h = np.tanh(x[t] + weight_hh @ h)
        return h

    last_state.knows(("no activation", "Something happens to the sum.",
                      ("np.tanh(x[t] + weight_hh @ h)", "x[t] + weight_hh @ h")))
    return last_state


def test_it_lists_what_is_wrong_without_a_name_and_leaves_out_what_has_one():
    wrong_ones, found = mutants.unnamed(make_exercise())
    lines = [line for _, line in found]
    assert "h = np.tanh(x[t] + weight_hh.T @ h)" in lines and "h = np.tanh(x[t] - weight_hh @ h)" in lines
    assert "h = x[t] + weight_hh @ h" not in lines, "it has a name"
    assert "for t in range(len(x) - 1):" in lines and "h = np.sin(x[t] + weight_hh @ h)" in lines
    assert wrong_ones > len(found) > 5


def test_each_mutant_is_one_change_of_the_solution():
    every = list(mutants.mutants(make_exercise().solution))
    assert len(every) > 15 and all(callable(function) for _, _, function in every)
    assert len({what for what, _, _ in every}) > 6


def test_its_command_line(capsys):
    assert mutants.main(["linear_last_state"]) == 0
    assert capsys.readouterr().out.startswith("e01_equations.linear_last_state: ")
    assert mutants.main(["nothing_of_that_name"]) == 1


@pytest.mark.long
def test_it_starts_as_a_script():
    run = subprocess.run([sys.executable, "tools/mutants.py", "linear_last_state"], cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.startswith("e01_equations.linear_last_state: "), run.stderr
