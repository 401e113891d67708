"""What the scripts of data/ share: one thread, files with their checksum, and what is finished once is not done again."""

import ast
import sys

import making
import numpy as np
import pytest

from helpers.datasets import DATA


@pytest.mark.parametrize("script", sorted(DATA.glob("make_*.py")), ids=lambda path: path.stem)
def test_the_number_of_threads_is_set_before_it_is_read(script):
    imports = [node for node in ast.parse(script.read_text(encoding="utf-8")).body if isinstance(node, (ast.Import, ast.ImportFrom))]
    modules = [node.names[0].name if isinstance(node, ast.Import) else node.module for node in imports]
    others = [name for name in modules if name not in sys.stdlib_module_names]
    assert others[0] == "making"


def test_lines_arrays_and_bytes_are_published(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "FOLDER", tmp_path)
    making.publish("table.csv", ["name,original", "garcia,García"])
    assert (tmp_path / "table.csv").read_bytes() == "name,original\ngarcia,García\n".encode()
    making.publish("arrays.npz", {"loss": np.arange(3.0)})
    with np.load(tmp_path / "arrays.npz") as stored:
        assert stored["loss"].tolist() == [0, 1, 2]
    making.publish("net.safetensors", b"\0")
    assert [line.split()[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()] == ["table.csv", "arrays.npz", "net.safetensors"]


def test_what_is_finished_is_computed_once(tmp_path):
    asked = []
    squares = making.Finished(tmp_path / "squares.part", lambda name, number: asked.append(number) or number**2)
    assert [squares["a", 3], squares["a", 3], squares["a", 4]] == [9, 9, 16] and asked == [3, 4]
    assert making.Finished(squares.path) == {("a", 3): 9, ("a", 4): 16}


def test_a_changed_script_begins_anew(tmp_path):
    script, other = tmp_path / "make_runs.py", tmp_path / "nets.py"
    for path in (script, other):
        path.write_text("UPDATES = 100\n")
    first = making.part_of(script, other)
    assert first.name.startswith("runs-") and first.suffix == ".part" and making.part_of(script, other) == first
    for path in (script, other):
        path.write_text("UPDATES = 200\n")
        assert making.part_of(script, other) != first
        path.write_text("UPDATES = 100\n")
