"""Finds every explorer of the course, where its notebook shows it, and where that notebook says what to try with it."""

import ast
import importlib
import json
import re
from pathlib import Path
from typing import NamedTuple

from tools.notebook_rules import PROJECT

ENGINE = ("engine", "page_script")
NEAR = (-1, 1, -2, 2)                           # cells from the explorer to where its list may be, the likeliest first
ITEM = re.compile(r"(\d+\.|[-*]) ")


class Place(NamedTuple):
    """Where a notebook shows an explorer; `text` is the id of the Markdown cell with its list of things to try, or None.

    `items` are the lines of that cell's source on which the list's items are, counted from 0: an item is one line.
    """

    notebook: Path
    cell: str
    text: str | None
    items: tuple[int, ...]


def makers():
    """Return `{module.function: function}` for every explorer of the course, and the modules that have none."""
    functions = _functions()
    found = {f"{module}.{name}": getattr(importlib.import_module(f"helpers.explorers.{module}"), name)
             for module, names in functions.items() for name in names}
    return found, [f"{module}.py" for module, names in functions.items() if not names]


def _functions():
    """Return for each module of helpers/explorers its functions without arguments that end in `return Explorer(...)`."""
    paths = sorted((PROJECT / "helpers" / "explorers").glob("[!_]*.py"))
    return {path.stem: [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body
                        if isinstance(node, ast.FunctionDef) and not ast.unparse(node.args) and isinstance(node.body[-1], ast.Return)
                        and ast.unparse(node.body[-1]).startswith("return Explorer(")]
            for path in paths if path.stem not in ENGINE}


def places():
    """Return `{module.function: Place}`, in the order of the course: the cell that calls the function is where the explorer is."""
    found, known = {}, {f"{module}.{name}" for module, names in _functions().items() for name in names}
    for path in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources, called = ["".join(cell["source"]) for cell in cells], {}
        for at, cell in enumerate(cells):
            for node in ast.walk(ast.parse(sources[at])) if cell["cell_type"] == "code" else ():
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers.explorers."):
                    module = node.module.removeprefix("helpers.explorers.")
                    called |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
                elif isinstance(node, ast.Call) and called.get(ast.unparse(node.func)) in known:
                    near = (at + step for step in NEAR if 0 <= at + step < len(cells))
                    lists = {cells[i]["id"]: items_to_try(sources[i]) for i in near if cells[i]["cell_type"] == "markdown"}
                    text = next((cell_id for cell_id, items in lists.items() if items), None)
                    found.setdefault(called[ast.unparse(node.func)], Place(path, cell["id"], text, lists.get(text, ())))
    return found


def items_to_try(source):
    """Return the lines, counted from 0, of the first list of a Markdown cell that comes after a line with the word "try"."""
    items, announced = [], False
    for number, line in enumerate(source.splitlines()):
        if announced and ITEM.match(line):
            items.append(number)
        elif items and line.strip():
            break
        announced = announced or bool(re.search(r"\btry\b", line, re.IGNORECASE))
    return tuple(items)
