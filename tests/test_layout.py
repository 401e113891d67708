"""README and CONTRIBUTING name every module in one order, imports keep to it, every test is in the table, and the notebooks
that a docstring names do name what it belongs to."""

import ast
import json
import re
from fnmatch import fnmatch

import pytest

from tests.notebook_rules import PROJECT

MODULES = {path.name for path in (PROJECT / "helpers").glob("[!_]*.py")} | {"explorers/", "exercises/"}
TEXT = {name: (PROJECT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")}
CELLS = {path.name[:3]: json.loads(path.read_text(encoding="utf-8"))["cells"] for path in (PROJECT / "notebooks").glob("*.ipynb")}
WORDS = {start: set(re.findall(r"\w+", " ".join("".join(cell["source"]) for cell in cells))) for start, cells in CELLS.items()}
LAYOUT = {
    "README.md": TEXT["README.md"].split("\n    helpers/ ")[1].split("\n    data/")[0],
    "CONTRIBUTING.md": "\n".join(line.split("|")[1] for line in TEXT["CONTRIBUTING.md"].splitlines() if "| `helpers/" in line),
}


def order(name):
    """Return the modules and folders of helpers/ in the order in which a text names them."""
    return [word for word in re.findall(r"\w+(?:\.py|/)", LAYOUT[name]) if word in MODULES]


def imported(path):
    """Return what of helpers/ a file imports, in a function or at its head, as the texts name it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "helpers":
            names = [node.module] if node.module != "helpers" else [f"helpers.{alias.name}" for alias in node.names]
            found |= {name.split(".")[1] for name in names}
    return {name + "/" if name + "/" in MODULES else name + ".py" for name in found}


@pytest.mark.parametrize("name", LAYOUT)
def test_every_module_is_named_once(name):
    assert sorted(order(name)) == sorted(MODULES)


@pytest.mark.parametrize("name", LAYOUT)
def test_imports_go_one_way(name):
    place = {module: number for number, module in enumerate(order(name))}
    against = [f"{path.relative_to(PROJECT)} imports {module}, which {name} names after it"
               for path in sorted((PROJECT / "helpers").rglob("[!_]*.py")) for module in sorted(imported(path))
               if place[module] > place[path.name if path.parent.name == "helpers" else path.parent.name + "/"]]
    assert not against, "\n".join(against)


@pytest.mark.parametrize("test", sorted((PROJECT / "tests").glob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_is_in_the_table(test):
    assert any(fnmatch(test.name, pattern) for pattern in re.findall(r"test_[\w*]+\.py", TEXT["CONTRIBUTING.md"]))


@pytest.mark.parametrize("path", sorted((PROJECT / "helpers").rglob("[!_]*.py")), ids=lambda path: path.stem)
def test_docstrings_name_notebooks_that_name_what_they_belong_to(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            for line in re.findall(r"(?:Shown|Used) in: (.*)", ast.get_docstring(node) or ""):
                for first, last in re.findall(r"\b(\d\d)(?: to (\d\d))?\b", line):
                    for number in range(int(first), int(last or first) + 1):
                        assert node.name in WORDS[f"{number:02}-"], f"{node.name} is nowhere in notebook {number:02}"
