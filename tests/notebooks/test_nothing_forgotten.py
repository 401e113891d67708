"""Whoever adds a notebook or an exercise is told what lacks. Explorers: test_readers.py; data: test_datasets.py."""

import nbformat
import pytest

from tools.notebook_rules import PROJECT

LESSONS = {path.name: nbformat.read(path, as_version=4) for path in sorted((PROJECT / "notebooks").glob("*.ipynb"))}
EXERCISES = sorted(path.stem for path in (PROJECT / "helpers" / "exercises").glob("e[0-9]*.py"))


@pytest.mark.parametrize("name", LESSONS)
def test_readme_and_another_notebook_lead_to_it(name):
    assert f"(notebooks/{name})" in (PROJECT / "README.md").read_text(encoding="utf-8")
    assert any(f"({name})" in cell.source for other in LESSONS if other != name for cell in LESSONS[other].cells)


@pytest.mark.parametrize("name", EXERCISES)
def test_exercises_have_tests(name):
    tests = [path.read_text(encoding="utf-8") for path in (PROJECT / "tests" / "exercises").glob("test_e*.py")]
    assert any(f'"{name}"' in text for text in tests)
