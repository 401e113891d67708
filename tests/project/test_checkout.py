"""A second checkout tests itself, whatever is installed: kernels take the helpers that lie beside the notebooks."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from tools.notebook_rules import PROJECT


@pytest.fixture
def second(tmp_path):
    """A copy of what tests and refresh need, whose helpers say that they are others; the environment has the first one's."""
    for name in ("helpers", "tools", "tests/support"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path)
    (tmp_path / "tests" / "__init__.py").touch()
    with open(tmp_path / "helpers" / "seed.py", "a", encoding="utf-8") as file:
        file.write('\nCHECKOUT = "second"\n')
    (tmp_path / "notebooks").mkdir()
    cell = nbformat.v4.new_code_cell("from helpers import seed\n\nseed.CHECKOUT", id="which-checkout")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "notebooks" / "00-which.ipynb")
    return tmp_path


def run(folder, *arguments):
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}     # that of these tests names the first
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=variables, capture_output=True, text=True, encoding="utf-8")


def test_refresh_and_nbval_take_the_helpers_beside_them(second):
    refreshed = run(second, "-m", "tools.refresh")
    assert refreshed.returncode == 0, refreshed.stderr
    stored = nbformat.read(second / "notebooks" / "00-which.ipynb", as_version=4).cells[0].outputs
    assert stored[0].data["text/plain"] == "'second'"
    tested = run(second, "-m", "pytest", "-n0", "-p", "no:cacheprovider", "notebooks")
    assert tested.returncode == 0 and "1 passed" in tested.stdout, tested.stdout
