"""The stored notebooks are as they must be; and what checks them rejects broken ones.

nbval runs the course's own notebooks (every cell once); here is what can be told without running them, and the proof,
on one true small notebook broken in many ways, that neither checker is blind.
"""

import configparser
import functools
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import nbformat
import numpy as np
import pytest
from PIL import Image

from conftest import picture_fault
from helpers.pictures.style import BLUE, VERMILLION, figure, to_png
from tests.support.pictures import difference
from tools.notebook_rules import CELL_LINES, OUTPUT_BYTES, PROJECT, WIDTH, faults, main, notebooks

TRUE = PROJECT / "tests" / "fixtures" / "true.ipynb"


def test_there_are_notebooks():
    assert notebooks()


def test_nbval_is_strict(pytestconfig):
    option = pytestconfig.option
    assert option.nbval and not option.nbval_lax and option.nbval_sanitize_with == "tests/support/round_off.cfg"


@pytest.mark.parametrize("one, other, alike", [
    ("largest difference 3e-16", "largest difference 0e+00", True),
    ("largest difference 3e-16", "largest difference 3e-12", False),
    ("difference to torch: 2.1e-15", "difference to torch: 8e-14", True),
    ("gradient 3e-16", "gradient 4e-16", False),
    ("hidden_size 32: largest difference 3e-16", "hidden_size 64: largest difference 3e-16", False),
])
def test_only_a_difference_that_is_round_off_may_differ(one, other, alike):
    config = configparser.ConfigParser()
    config.read(PROJECT / "tests" / "support" / "round_off.cfg", encoding="utf-8")
    assert config.sections() == ["round-off"]
    rule = config["round-off"]
    assert (re.sub(rule["regex"], rule["replace"], one) == re.sub(rule["regex"], rule["replace"], other)) is alike


@pytest.mark.parametrize("path", [*notebooks(), TRUE], ids=lambda path: path.stem)
def test_stored_notebook_keeps_every_rule(path):
    assert faults(path) == []


# Ways to break the true notebook: a function that changes it, and the fault that must be named.

def cell(notebook, cell_id):
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def added(cell_id, text):
    """Return a change that writes a text to a cell's end."""
    def change(notebook):
        cell(notebook, cell_id).source += text
    return change


def put_before(cell_id, text):
    def change(notebook):
        cell(notebook, cell_id).source = text + cell(notebook, cell_id).source
    return change


def given(cell_id, **values):
    """Return a change that sets attributes of a cell."""
    return lambda notebook: cell(notebook, cell_id).update(values)


def marked(name, value):
    """Return a change that puts metadata on the cell of numbers."""
    return lambda notebook: cell(notebook, "numbers").metadata.update({name: value})


def output(kind, *data, **more):
    """Return a change that stores one more output in the cell of numbers."""
    return lambda notebook: cell(notebook, "numbers").outputs.append(nbformat.v4.new_output(kind, *data, **more))


def printed(text, stream="stdout"):
    return output("stream", name=stream, text=text)


def displayed(mimetype, data):
    return output("display_data", {mimetype: data})


def picture(notebook):
    return next(output for output in cell(notebook, "figure").outputs if "image/png" in output.data)


def notebook_too_large(notebook):
    for _ in range(6):
        displayed("text/plain", "x" * (OUTPUT_BYTES - 1000))(notebook)


def ids_of_an_older_format(notebook):
    notebook.nbformat_minor = 4
    for each in notebook.cells:
        del each["id"]


SCRIPT, REMOTE = "<script>alert(1)</script>", "https://example.org/rnn.png"
STATIC = {
    "alternative text missing": (lambda notebook: picture(notebook).update(metadata={}),
                                 "Cell 'figure' shows a picture without alternative text"),
    "alternative text is no sentence": (lambda notebook: picture(notebook).metadata["image/png"].update(alt="squares"),
                                        "Cell 'figure' shows a picture whose alternative text is no sentence"),
    "caption missing": (lambda notebook: cell(notebook, "figure").outputs.pop(1), "Cell 'figure' shows a picture without its caption"),
    "caption says something else": (
        lambda notebook: cell(notebook, "figure").outputs[1].data.update({"text/markdown": "*The mean of the squares is 0.353.*"}),
        "Cell 'figure' shows a picture without its caption"),
    "executed out of order": (given("numbers", execution_count=3), "Cell 'numbers' was executed as number 3; from top to bottom it is 2"),
    "executed twice in one kernel": (given("explorer", execution_count=9), "Cell 'explorer' was executed as number 9"),
    "not executed": (given("numbers", execution_count=None, outputs=[]), "Cell 'numbers' was not executed"),
    "error stored": (output("error", ename="NameError", evalue="name 'y' is not defined", traceback=[]),
                     "Cell 'numbers' stores an error: NameError"),
    "warning on stderr": (printed("RuntimeWarning: overflow\n", "stderr"), "Cell 'numbers' wrote to stderr: RuntimeWarning"),
    "source hidden": (marked("jupyter", {"source_hidden": True}), "Cell 'numbers' carries metadata (jupyter)"),
    "tagged to be skipped": (marked("tags", ["nbval-skip"]), "Cell 'numbers' carries metadata (tags)"),
    "execution times stored": (marked("execution", {"iopub.execute_input": "2026-01-01T00:00:00Z"}),
                               "Cell 'numbers' carries metadata (execution)"),
    "marked for nbval": (added("numbers", "\n# NBVAL_IGNORE_OUTPUT"), "Cell 'numbers' carries an nbval marker"),
    "widget state stored": (
        lambda notebook: notebook.metadata.update(widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}}),
        "The notebook stores widget state"),
    "other kernel": (lambda notebook: notebook.metadata["kernelspec"].update(name="conda-env-me-py"),
                     "metadata are not those that refresh writes"),
    "output too large": (printed("x" * OUTPUT_BYTES), "Cell 'numbers' stores an output of"),
    "notebook too large": (notebook_too_large, "bytes; 1000000 are allowed"),
    "path in output": (printed("read /home/reader/course/data/sunspots.csv\n"), "Cell 'numbers' stores a path of one machine"),
    "drive in output": (printed("read C:\\Users\\reader\\sunspots.csv\n"), "Cell 'numbers' stores a path of one machine"),
    "address in output": (displayed("text/plain", "<function compute at 0x7f3a5c0d1e50>"), "Cell 'numbers' stores a memory address"),
    "time in output": (printed("done at 14:05:59\n"), "Cell 'numbers' stores a time of day"),
    "duration in output": (printed("one step takes 3.4 ms\n"), "Cell 'numbers' stores a measured time"),
    "widget view stored": (displayed("application/vnd.jupyter.widget-view+json", {"model_id": "1f"}),
                           "Cell 'numbers' stores application/vnd.jupyter.widget-view+json"),
    "script stored": (displayed("text/html", SCRIPT), "Cell 'numbers' stores a script"),
    "remote picture stored": (displayed("text/html", f'<img src="{REMOTE}">'), "Cell 'numbers' stores a remote resource"),
    "imports star": (added("imports", "\nfrom numpy import *"), "Cell 'imports' imports * from numpy"),
    "imports in a later cell": (put_before("numbers", "import math\n"), "Cell 'numbers' imports; only the first"),
    "uses pyplot": (added("imports", "\nimport matplotlib.pyplot as plt"), "Cell 'imports' uses pyplot"),
    "silences warnings": (added("imports", '\nimport warnings\nwarnings.filterwarnings("ignore")'), "Cell 'imports' silences warnings"),
    "changes the import path": (added("imports", '\nimport sys\nsys.path.append("..")'), "Cell 'imports' touches sys.path"),
    "uses a magic": (put_before("imports", "%matplotlib inline\n"), "Cell 'imports' is not plain Python"),
    "calls the shell": (put_before("numbers", "!pip install numpy\n"), "Cell 'numbers' is not plain Python"),
    "calls get_ipython": (added("numbers", "\nget_ipython()"), "Cell 'numbers' calls get_ipython"),
    "first code cell imports nothing": (given("imports", source="x = 1"), "Cell 'imports' is the first code cell and imports nothing"),
    "cell too long": (added("numbers", "\nx = x + 0" * CELL_LINES), "Cell 'numbers' has 28 lines of code"),
    "line too long": (added("numbers", "\nx = x" + " + 0" * WIDTH),
                      "Cell 'numbers' has a line of 517 characters, 128 are allowed: x = x + 0"),
    "ids shared": (given("numbers-text", id="figure-text"), "'figure-text' shares its id"),
    "id at random": (given("numbers", id="3f9a01bc"), "Cell '3f9a01bc' needs an id that can be read"),
    "id that says nothing": (given("numbers", id="s10"), "Cell 's10' needs an id that can be read"),
    "id missing": (lambda notebook: cell(notebook, "numbers").pop("id"), "not a valid notebook"),
    "ids of an older format": (ids_of_an_older_format, "A cell has no id"),
    "raw cell": (lambda notebook: notebook.cells.insert(2, nbformat.v4.new_raw_cell("x = 1", id="raw")), "Cell 'raw' is raw"),
    "empty cell": (lambda notebook: notebook.cells.insert(2, nbformat.v4.new_code_cell("", id="empty")), "Cell 'empty' is empty"),
    "title missing": (given("title", source="A notebook"), "The first cell does not begin with a title"),
    "last section missing": (given("end", source="## Summary"), "The last section is not"),
    "link to nothing": (added("end", "\n\n[Next](02-a-notebook-that-is-not-there.ipynb)"), "links to 02-a-notebook-that-is-not-there.ipynb"),
    "script in the text": (added("end", "\n\n" + SCRIPT), "Cell 'end' holds a script"),
    "remote picture in the text": (added("end", f"\n\n![a network]({REMOTE})"), "Cell 'end' holds a remote resource"),
}


def broken(folder, name, *changes):
    """Write the true notebook, broken by these changes, into the folder; return its path."""
    notebook = nbformat.v4.reads(TRUE.read_text(encoding="utf-8"))
    for change in changes:
        change(notebook)
    path = folder / f"{name}.ipynb"
    path.write_text(nbformat.v4.writes(notebook) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("change, said", STATIC.values(), ids=STATIC)
def test_rules_reject(change, said, tmp_path):
    found = faults(broken(tmp_path, "broken", change))
    assert any(said in fault for fault in found), found


def test_what_is_no_notebook_is_rejected(tmp_path):
    for content in (b"", b"{", b"\xff\xfe", b"[]", b'{"cells": 3}', b'{"nbformat": 4}', b'{"cells": [], "metadata": {}, "nbformat": 4}'):
        path = tmp_path / "bad.ipynb"
        path.write_bytes(content)
        assert "not a valid notebook" in faults(path)[0]
    assert "not a valid notebook" in faults(tmp_path / "none.ipynb")[0]


def test_command_line_of_the_rules(tmp_path, capsys):
    assert main([str(TRUE)]) == 0
    assert capsys.readouterr().out == ""
    command = [sys.executable, str(PROJECT / "tools" / "notebook_rules.py"), str(TRUE), str(broken(tmp_path, "shared", STATIC["ids shared"][0]))]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (run.returncode, run.stderr, run.stdout.count("\n")) == (1, "", 1)
    assert "shared.ipynb: Cell 'figure-text' shares its id" in run.stdout


# What only shows when the notebook is run.

def replaced(cell_id, old, new):
    """Return a change of a cell's code."""
    def change(notebook):
        assert old in cell(notebook, cell_id).source
        cell(notebook, cell_id).source = cell(notebook, cell_id).source.replace(old, new)
    return change


def one_digit_changed(notebook):
    output = cell(notebook, "numbers").outputs[0]
    output.text = output.text.replace("5.000", "5.001")


# Two notebooks, so two kernels: by cell what is changed, and what nbval, with the project's own conftest, must say of it.
REJECTED_BY_NBVAL = {"first": {
    "Cell 1": (one_digit_changed, "Cell outputs differ"),
    "Cell 2": (replaced("figure", "ax.plot(x, x**2)", "ax.plot(x, x**2 - 0.05)"), "Pictures differ: number 1: .* pixels stray"),
    "Cell 4": (replaced("explorer-parts", "(x, x**exponent)", "(x, 0.95 * x**exponent)"), "Pictures differ: number 1: .* pixels stray"),
}, "second": {
    "Cell 1": (put_before("numbers", "import warnings\nwarnings.warn('old', DeprecationWarning)\n"),
               "Unexpected output fields from running code: {'stderr'}"),
    "Cell 4": (put_before("explorer", "import helpers.seed\nexec(\"import warnings; warnings.warn('old', DeprecationWarning)\", "
                          "vars(helpers.seed))\n"), r"caused an exception(?s:.*)DeprecationWarning\S*: old"),
}}


@pytest.mark.long
def test_nbval_rejects(tmp_path):
    """Each cell that was changed, for what was changed, and no other."""
    paths = [broken(tmp_path, name, *(change for change, _ in cells.values())) for name, cells in REJECTED_BY_NBVAL.items()]
    command = [sys.executable, "-m", "pytest", "-c", str(PROJECT / "pyproject.toml"), "--rootdir", str(tmp_path),
               "-p", "conftest", "--numprocesses=0", "--color=no", f"--junitxml={tmp_path / 'report.xml'}", *map(str, paths)]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 1, run.stdout + run.stderr
    cases = list(ElementTree.parse(tmp_path / "report.xml").iter("testcase"))
    failed = {(case.get("classname").removesuffix(".ipynb"), case.get("name")): case.find("failure").text
              for case in cases if case.find("failure") is not None}
    wanted = {(name, where): said for name, cells in REJECTED_BY_NBVAL.items() for where, (_, said) in cells.items()}
    assert len(cases) == 10 and failed.keys() == wanted.keys()
    for where, said in wanted.items():
        assert re.search(said, failed[where]), failed[where]


# The comparison of pictures by itself.

@pytest.mark.parametrize("stored, anew, said", [
    ([("a", "A.")], [], "1 stored, 0 drawn anew"),
    ([], [("a", "A.")], "0 stored, 1 drawn anew"),
    ([("a", "A.")], [("a", "B.")], "alternative text of number 1: stored 'A.', now 'B.'"),
    ([("a", "A."), ("b", "B.")], [("a", "A."), ("c", "B.")], "number 2: the stored picture has 500 x 200 pixels, the new one 500 x 300"),
])
def test_pictures_of_a_cell_that_differ(stored, anew, said):
    heights = {"a": 3, "b": 2, "c": 3}
    stored, anew = ([(drawn(height=heights[name]), alt) for name, alt in pictures] for pictures in (stored, anew))
    assert picture_fault(stored, stored) is None and picture_fault(stored, anew).startswith(said)


@functools.cache
def drawn(offset=0.0, digit=0, colors=(BLUE, VERMILLION), height=3):
    """Return a PNG with two lines and a title; `offset` moves the first, in parts of the axis."""
    fig, ax = figure(width=5, height=height)
    x = np.linspace(0, 1, 50)
    for y, color in zip((0.8 * x**2 + offset, 0.9 - 0.8 * x), colors, strict=True):
        ax.plot(x, y, color=color)
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="x", ylabel="y", title=f"squares up to 1.{digit}")
    return to_png(fig)


def edited(change):
    """Return the plain picture's PNG with its pixels changed by a function of the array."""
    with Image.open(io.BytesIO(drawn())) as image:
        pixels = np.array(image.convert("RGB"))
    buffer = io.BytesIO()
    Image.fromarray(change(pixels)).save(buffer, "png")
    return buffer.getvalue()


def one_edge_pixel_smoothed_otherwise(pixels):
    edges = np.argwhere((pixels[..., 0] > 60) & (pixels[..., 0] < 200))
    row, column = edges[len(edges) // 2]
    pixels[row, column] = np.minimum(pixels[row, column] + 40, 255)
    return pixels


@pytest.mark.parametrize("change", [
    lambda pixels: pixels,
    one_edge_pixel_smoothed_otherwise,
    lambda pixels: np.roll(pixels, 1, axis=0),
    lambda pixels: np.roll(pixels, 1, axis=1),
    lambda pixels: pixels - (pixels > 100) * np.uint8(10),
], ids=["written anew", "one edge pixel", "one pixel lower", "one pixel to the right", "a shade darker"])
def test_pictures_that_show_the_same(change):
    assert difference(drawn(), edited(change)) is None


@pytest.mark.parametrize("changed", [
    {"offset": 0.03}, {"offset": -0.01}, {"colors": (VERMILLION, BLUE)}, {"height": 2.9},
    *[{"digit": digit} for digit in range(1, 10)],
], ids=str)
def test_pictures_that_differ(changed):
    assert difference(drawn(), drawn(**changed))


def test_a_hole_in_a_picture_is_seen_from_either_side():
    def whitened(pixels):
        pixels[100:110, 100:110] = 255
        pixels[150:153, 150:153] = 0
        return pixels
    assert difference(drawn(), edited(whitened)) and difference(edited(whitened), drawn())
