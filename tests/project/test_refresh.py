"""Refreshing stores the same outputs every time, and whatever goes wrong leaves the notebook as it was."""

import asyncio
import contextlib
import errno
import os
import subprocess
import sys

import nbformat
import pytest

from tools import refresh

TRUE = refresh.PROJECT / "tests" / "fixtures" / "true.ipynb"


def small_notebook(folder, *sources, **metadata):
    """Write a notebook of code cells, never executed; return its path."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{number}", metadata=metadata) for number, source in enumerate(sources)]
    path = folder / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=nbformat.from_dict(refresh.METADATA)), path)
    return path


@contextlib.contextmanager
def left_as_it_was(path):
    """Fails unless a notebook is in the end what it was, and alone in its folder."""
    before = path.read_bytes()
    yield
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_what_a_run_leaves_behind_is_mended(tmp_path):
    """Outputs, counts, times, widget state, live views: all come out as from the clean notebook, in which there is none."""
    view = {refresh.LIVE_VIEW: {"model_id": "1f"}}
    path = small_notebook(tmp_path, "1 + 1", "", *(f"display({shown}, raw=True)" for shown in (view, view | {"text/plain": "a slider"})))
    refresh.refresh(path)
    clean = path.read_bytes()
    notebook = nbformat.v4.reads(clean.decode("utf-8"))
    assert [list(output.data) for cell in notebook.cells for output in cell.outputs] == [["text/plain"], ["text/plain"]]
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    notebook.metadata["language_info"]["version"] = "3.11.0"
    for number, cell in enumerate(notebook.cells):
        cell.execution_count = 40 - number
        cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text="old")]
        cell.metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    path.write_text(nbformat.v4.writes(notebook), encoding="utf-8")
    assert refresh.refresh(path) is True
    assert path.read_bytes() == clean
    assert os.listdir(tmp_path) == ["small.ipynb"]


def test_an_error_in_a_cell(tmp_path):
    """Whatever the cell's tags say: neither is it skipped, nor may it raise."""
    path = small_notebook(tmp_path, "x = 1", "print(x)\ny", tags=["raises-exception", "skip-execution"])
    with left_as_it_was(path), pytest.raises(refresh.RefreshError, match="in cell 'cell-1': NameError: name 'y' is not defined"):
        refresh.refresh(path)


def test_a_kernel_that_dies(tmp_path):
    path = small_notebook(tmp_path, "import os", "os._exit(3)")
    with left_as_it_was(path), pytest.raises(refresh.RefreshError, match="in cell 'cell-1': the kernel died"):
        refresh.refresh(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals to one process")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_interrupted_in_a_cell(tmp_path, name):
    started = tmp_path / "started"
    path = small_notebook(tmp_path, "import os, pathlib, signal, time\n"
                          f"pathlib.Path({str(started)!r}).write_text(str(os.getpid()))\n"
                          f"os.kill(os.getppid(), signal.{name})\ntime.sleep(60)")
    before = path.read_bytes()
    (tmp_path / "temporary").mkdir()
    code = f"from tools.refresh import refresh; refresh({str(path)!r})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=refresh.PROJECT,
                         env={**os.environ, "TMPDIR": str(tmp_path / "temporary")})
    assert "RefreshError: in cell 'cell-0': the kernel died or was interrupted" in run.stderr
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["small.ipynb", "started", "temporary"]
    assert os.listdir(tmp_path / "temporary") == []
    with pytest.raises(ProcessLookupError):                 # the kernel ended too
        os.kill(int(started.read_text()), 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_while_it_writes(tmp_path):
    """What was written aside stays there as a hidden .part, which git ignores; nothing else can be done by then."""
    path = small_notebook(tmp_path, "1 + 1")
    before = path.read_bytes()
    code = ("import os, signal; from tools import refresh\n"
            "refresh._execute = lambda notebook, path: notebook.cells.clear()\n"
            "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
            f"refresh.refresh({str(path)!r})")
    run = subprocess.run([sys.executable, "-c", code], cwd=refresh.PROJECT)
    assert run.returncode == -9
    assert path.read_bytes() == before


def test_what_others_saved_meanwhile_is_kept(tmp_path, monkeypatch):
    path = small_notebook(tmp_path, "1 + 1")

    def saved_by_an_editor(notebook, path):
        path.write_bytes(b"theirs")

    monkeypatch.setattr(refresh, "_execute", saved_by_an_editor)
    with pytest.raises(refresh.RefreshError, match="changed by someone else while it ran"):
        refresh.refresh(path)
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["small.ipynb"]


def test_two_at_once_that_agree(tmp_path, monkeypatch):
    """Each runs the whole notebook; who comes second finds its own result there."""
    path = small_notebook(tmp_path, "1 + 1")
    second = []

    def executed(notebook, path):
        notebook.cells[0].execution_count = 1
        if not second:
            second.append("runs")
            second.append(refresh.refresh(path))

    monkeypatch.setattr(refresh, "_execute", executed)
    assert refresh.refresh(path) is False
    assert second == ["runs", True]


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_full_disk(tmp_path, monkeypatch, where):
    path = small_notebook(tmp_path, "1 + 1")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(refresh, "_execute", lambda notebook, path: notebook.cells.clear())
    monkeypatch.setattr(refresh.os, where, full)
    with left_as_it_was(path), pytest.raises(OSError, match="No space left on device"):
        refresh.refresh(path)


def test_a_notebook_runs_in_its_own_folder_with_this_python_and_a_second_time_nothing_is_written(tmp_path):
    path = small_notebook(tmp_path, "import pathlib, sys\nprint(pathlib.Path().resolve().name, sys.executable)", "", "2")
    refresh.refresh(path)
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.execution_count for cell in cells] == [1, None, 2]
    assert cells[0].outputs[0].text == f"{tmp_path.name} {sys.executable}\n"
    written = path.stat()
    assert refresh.refresh(path) is False
    assert path.stat().st_mtime_ns == written.st_mtime_ns


def test_wrong_names(tmp_path, capsys):
    outside = small_notebook(tmp_path, "1")
    before = outside.read_bytes()
    for name, said in (("notebooks/none.ipynb", "There is no notebook notebooks/none.ipynb; notebooks/ holds 00-start-here, "),
                       ("README.md", "README.md is not a notebook"),
                       (str(outside), "lies outside the course")):
        assert refresh.main([str(TRUE), name]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""                  # nothing was run before all names were looked at
        assert said in shown.err and shown.err.count("\n") == 1
    assert outside.read_bytes() == before


@pytest.mark.parametrize("error, said", [
    (refresh.RefreshError("in cell 'numbers': NameError: y"), "in cell 'numbers': NameError: y."),
    (OSError(errno.ENOSPC, "No space left on device"), "No space left on device."),
    (KeyboardInterrupt(), "interrupted."),
    (asyncio.CancelledError(), "interrupted."),
])
def test_one_sentence_and_no_further_notebook(monkeypatch, capsys, error, said):
    def failing(path):
        raise error

    monkeypatch.setattr(refresh, "refresh", failing)
    assert refresh.main([str(TRUE), str(TRUE)]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("tests/fixtures/true.ipynb was not refreshed") and shown.err.endswith(f"{said}\n")
    assert shown.err.count("\n") == 1
    assert "[2/2]" not in shown.out


def test_what_is_no_notebook(tmp_path):
    path = tmp_path / "bad.ipynb"
    path.write_text("{")
    with left_as_it_was(path), pytest.raises(refresh.RefreshError, match="this is not a valid notebook: Expecting property name"):
        refresh.refresh(path)
