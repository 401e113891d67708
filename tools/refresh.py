"""Executes notebooks from a fresh kernel and stores their outputs: the only writer of outputs.

`python -m tools.refresh [NOTEBOOK ...]`; without an argument, every notebook under notebooks/.
"""

import asyncio
import os
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from helpers.files import put_in_place
from tools.notebook_rules import METADATA, PROJECT, notebooks, parsed

LIVE_VIEW = "application/vnd.jupyter.widget-view+json"      # its model id is random, and dead without a kernel
INTERRUPTED = (KeyboardInterrupt, asyncio.CancelledError)     # the second while a kernel starts


class RefreshError(Exception):
    """Says in which cell a notebook could not be refreshed, and why."""


def refresh(path):
    """Execute one notebook from a fresh kernel and store its outputs; return whether the file changed.

    The notebook is written aside and then put in place at once: on any failure the one on disk stays as it was.
    Raises: RefreshError naming the cell and the error, or when someone else changed the notebook meanwhile; OSError when
        the file cannot be read or written.
    """
    path = Path(path).resolve()
    before = path.read_bytes()
    try:
        notebook = parsed(before)
    except ValueError as error:
        raise RefreshError(f"this is not a valid notebook: {error}") from error
    _execute(notebook, path)
    after = (nbformat.v4.writes(_normalized(notebook)).rstrip("\n") + "\n").encode("utf-8")
    found = path.read_bytes()               # the run took its time: an editor or a second refresh may have saved meanwhile
    if found not in (before, after):
        raise RefreshError("it was changed by someone else while it ran, and that change was kept")
    if found != after:
        put_in_place(path, after)
    return found != after


def _execute(notebook, path):
    """Run every code cell in order; no tag of a cell makes it skipped or its error allowed."""
    current = "before the first cell"

    def remember(cell, cell_index):
        nonlocal current
        current = f"in cell {cell.get('id', cell_index)!r}"

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None       # an empty cell is not run and would keep its old ones
    try:
        client(notebook, path.parent, record_timing=False, coalesce_streams=True, force_raise_errors=True, skip_cells_with_tag="",
               on_cell_execute=remember).execute()
    except CellExecutionError as error:
        raise RefreshError(f"{current}: {error.ename}: {_first_line(error.evalue)}") from error
    except DeadKernelError as error:
        raise RefreshError(f"{current}: the kernel died or was interrupted") from error
    except RuntimeError as error:
        raise RefreshError(f"{current}: {_first_line(error)}") from error


def client(notebook, folder, **settings):
    """Return nbclient's client that runs a notebook in a folder, on a kernel of this interpreter, whatever else is installed."""
    specs = KernelSpecManager(kernel_dirs=[])
    return NotebookClient(
        notebook, km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs), timeout=None, store_widget_state=False,
        resources={"metadata": {"path": str(folder)}}, extra_arguments=["--log-level=CRITICAL"], **settings)


def _normalized(notebook):
    """Drop what differs between two runs or two machines."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        for name in ("execution", "ExecuteTime"):
            cell.metadata.pop(name, None)
        for output in cell.get("outputs", []):
            for part in (output.get("data", {}), output.get("metadata", {})):
                part.pop(LIVE_VIEW, None)
        if "outputs" in cell:                                    # an explorer's live view is an output of its own
            cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
    return notebook


def _first_line(error):
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no message"


def _checked(name):
    """Return the path of a notebook: a path, or a name in notebooks/; raise ValueError saying why it cannot be refreshed."""
    folder = PROJECT / "notebooks"
    path = next((path.resolve() for path in (Path(name), folder / name, folder / f"{name}.ipynb") if path.is_file()), None)
    if path is None:
        raise ValueError(f"There is no notebook {name}; notebooks/ holds {', '.join(sorted(path.stem for path in folder.glob('*.ipynb')))}.")
    if path.suffix != ".ipynb":
        raise ValueError(f"{name} is not a notebook: its name does not end in .ipynb.")
    if not path.is_relative_to(PROJECT):
        raise ValueError(f"{name} lies outside the course: only its own notebooks are refreshed.")
    return path


def main(names):
    """Refresh the named notebooks, or all; return the exit code: 0 done, 1 failed at a notebook, 2 wrong names."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))     # these helpers
    os.environ.setdefault("OMP_NUM_THREADS", "1")       # as in the tests: for small matrices threads only get in each other's way
    try:
        paths = [_checked(name) for name in names] or notebooks()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if not paths:
        print("There is no notebook under notebooks/.", file=sys.stderr)
        return 2
    for number, path in enumerate(paths, 1):
        name = path.relative_to(PROJECT).as_posix()
        print(f"[{number}/{len(paths)}] {name}: ", end="", flush=True)
        try:
            print("stored" if refresh(path) else "unchanged", flush=True)
        except (RefreshError, OSError, *INTERRUPTED) as error:
            print("left as it was", flush=True)
            why = "interrupted" if isinstance(error, INTERRUPTED) else getattr(error, "strerror", None) or error
            print(f"{name} was not refreshed, nor any after it: {why}.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
