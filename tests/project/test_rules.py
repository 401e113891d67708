"""The rules that ruff and import-linter hold: the code keeps them, and they bite. README and CONTRIBUTING name what is there."""

import ast
import json
import re
import subprocess
import sys

import pytest
from importlinter import api

from tools.notebook_rules import PROJECT

RUFF = [sys.executable, "-m", "ruff", "check", "--quiet", "--output-format=concise"]
TEXT = {name: (PROJECT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")}
CELLS = {path.name[:2]: json.loads(path.read_text(encoding="utf-8"))["cells"] for path in (PROJECT / "notebooks").glob("*.ipynb")}
WORDS = {number: set(re.findall(r"\w+", " ".join("".join(cell["source"]) for cell in cells))) for number, cells in CELLS.items()}
DANGERS = {
    "import pickle": "TID251", "from pickle import loads": "TID251", "import torch\ntorch.load('a')": "TID251",
    "import numpy\nnumpy.load('a', allow_pickle=True)": "TID251", "from torch.hub import load": "TID251", "import requests": "TID251",
    "import urllib.request": "TID251", "from numpy import load": "TID251", "import numpy as np\nnp.load('a')": "TID251",
    "import shelve": "TID251", "eval('1')": "S307", "exec('1')": "S102", "import os\nos.system('ls')": "S605",
    "import subprocess\nsubprocess.run('ls', shell=True)": "S602", "import yaml\nyaml.load('a')": "S506",
}


def test_the_code_keeps_ruffs_rules():
    run = subprocess.run(RUFF, cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", ["helpers/names/new.py", "notebooks/new.py", "data/make_new.py"])
def test_what_runs_stored_data_or_reaches_for_the_network_is_refused(name):
    sources = [source.replace("\n", "; ") for source in DANGERS]                   # a line each
    run = subprocess.run([*RUFF, f"--stdin-filename={name}", "-"], input="\n".join(sources), cwd=PROJECT, capture_output=True, text=True)
    found = set(re.findall(r":(\d+):\d+: (\w+) ", run.stdout))
    assert [source for line, source in enumerate(DANGERS, 1) if (str(line), DANGERS[source]) not in found] == []


def test_imports_go_one_way():
    run = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"],
                         cwd=PROJECT, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout


def test_every_folder_of_the_helpers_has_a_layer():
    layers = api.read_configuration(str(PROJECT / "pyproject.toml"))["contracts_options"][0]["layers"]
    named = {name.strip() for line in layers for name in line.split("|")}
    assert named == {path.stem for path in (PROJECT / "helpers").glob("[!_.]*") if path.suffix in ("", ".py")}


@pytest.mark.parametrize("name", TEXT)
def test_readme_and_contributing_name_every_folder(name):
    folders = [path for top in ("helpers", "tests") for path in (PROJECT / top).iterdir() if path.is_dir() and path.name[0] not in "_."]
    top = [PROJECT / name for name in ("notebooks", "helpers", "tools", "data", "tests")]
    parts = top + [path for path in folders if path.parent.name == "helpers" or name == "CONTRIBUTING.md"]
    assert [path.name for path in parts if f"{path.name}/" not in TEXT[name]] == []


@pytest.mark.parametrize("path", sorted((PROJECT / "helpers").rglob("[!_]*.py")), ids=lambda path: path.stem)
def test_docstrings_name_notebooks_that_name_what_they_belong_to(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            for line in re.findall(r"(?:Shown|Used) in: (.*)", ast.get_docstring(node) or ""):
                for first, last in re.findall(r"\b(\d\d)(?: to (\d\d))?\b", line):
                    for number in {first, last or first}:
                        assert node.name in WORDS[number], f"{node.name} is nowhere in notebook {number}"
