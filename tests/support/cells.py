"""A notebook's own cells and functions, for tests that ask more of them than the notebook shows."""

import ast
import json
from functools import cache

from tools.notebook_rules import PROJECT


@cache
def sources(notebook, kind="code"):
    """Return what stands in each cell of a kind, by its id."""
    cells = json.loads((PROJECT / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == kind}


def run(notebook, *ids, **given):
    """Return the names that a notebook's imports and these cells define, run in the notebook's order; they see what is given."""
    cells = sources(notebook)
    assert not set(ids) - set(cells)
    for cell_id in cells:
        if cell_id in ("imports", *ids):
            exec(compile(cells[cell_id], f"{notebook}, cell {cell_id}", "exec"), given)
    return given


def functions(notebook, *ids, **given):
    """Return a notebook's imports, and the functions that these cells define, or all cells; they see what is given."""
    names = run(notebook) | given
    for cell_id in ids or sources(notebook):
        defined = [node for node in ast.parse(sources(notebook)[cell_id]).body if isinstance(node, ast.FunctionDef)]
        exec(compile(ast.Module(defined, []), f"{notebook}, cell {cell_id}", "exec"), names)
    return names
