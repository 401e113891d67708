"""Finds every exercise of the course, by its module and its name."""

import importlib

from helpers.exercises.engine import FunctionExercise
from tools.notebook_rules import PROJECT


def modules():
    """Return the names of the modules with exercises, one for each notebook, in order."""
    return sorted(path.stem for path in (PROJECT / "helpers" / "exercises").glob("e[0-9]*.py"))


def exercises(module):
    """Return a module's exercises by name."""
    found = vars(importlib.import_module(f"helpers.exercises.{module}"))
    return {name: value for name, value in found.items() if isinstance(value, FunctionExercise)}
