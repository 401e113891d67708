"""The stored notebooks are as they must be; and what checks them rejects broken ones.

nbval runs the course's own notebooks (every cell once); here is what can be told without running them, and the proof,
on one true small notebook broken in many ways, that neither checker is blind.
"""

import configparser
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


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_stored_notebook_keeps_every_rule(path):
    assert faults(path) == []


def test_true_notebook_keeps_every_rule():
    assert faults(TRUE) == []


# One way to break the true notebook each: a function changes it, and the fault that must be named.

def cell(notebook, cell_id):
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def printed(notebook, text, stream="stdout"):
    cell(notebook, "numbers").outputs.append(nbformat.v4.new_output("stream", name=stream, text=text))


def displayed(notebook, mimetype, data):
    cell(notebook, "numbers").outputs.append(nbformat.v4.new_output("display_data", {mimetype: data}))


def picture(notebook):
    return next(output for output in cell(notebook, "figure").outputs if "image/png" in output.data)


def alternative_text_missing(notebook):
    picture(notebook).metadata = {}


def alternative_text_is_no_sentence(notebook):
    picture(notebook).metadata["image/png"]["alt"] = "squares"


def caption_missing(notebook):
    del cell(notebook, "figure").outputs[1]


def caption_says_something_else(notebook):
    cell(notebook, "figure").outputs[1].data["text/markdown"] = "*The mean of the squares is 0.353.*"


def executed_out_of_order(notebook):
    cell(notebook, "numbers").execution_count, cell(notebook, "figure").execution_count = 3, 2


def executed_twice_in_one_kernel(notebook):
    cell(notebook, "explorer").execution_count = 9


def not_executed(notebook):
    cell(notebook, "numbers").update(execution_count=None, outputs=[])


def error_stored(notebook):
    cell(notebook, "numbers").outputs.append(
        nbformat.v4.new_output("error", ename="NameError", evalue="name 'y' is not defined", traceback=[]))


def warning_on_stderr(notebook):
    printed(notebook, "RuntimeWarning: overflow\n", "stderr")


def source_hidden(notebook):
    cell(notebook, "numbers").metadata["jupyter"] = {"source_hidden": True}


def tagged_to_be_skipped(notebook):
    cell(notebook, "numbers").metadata["tags"] = ["nbval-skip"]


def execution_times_stored(notebook):
    cell(notebook, "numbers").metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}


def marked_for_nbval(notebook):
    cell(notebook, "numbers").source += "\n# NBVAL_IGNORE_OUTPUT"


def widget_state_stored(notebook):
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}


def other_kernel(notebook):
    notebook.metadata["kernelspec"]["name"] = "conda-env-me-py"


def output_too_large(notebook):
    printed(notebook, "x" * OUTPUT_BYTES)


def notebook_too_large(notebook):
    for _ in range(6):
        displayed(notebook, "text/plain", "x" * (OUTPUT_BYTES - 1000))


def path_in_output(notebook):
    printed(notebook, "read /home/reader/course/data/sunspots.csv\n")


def drive_in_output(notebook):
    printed(notebook, "read C:\\Users\\reader\\sunspots.csv\n")


def address_in_output(notebook):
    displayed(notebook, "text/plain", "<function compute at 0x7f3a5c0d1e50>")


def time_in_output(notebook):
    printed(notebook, "done at 14:05:59\n")


def duration_in_output(notebook):
    printed(notebook, "one step takes 3.4 ms\n")


def widget_view_stored(notebook):
    displayed(notebook, "application/vnd.jupyter.widget-view+json", {"model_id": "1f"})


def script_stored(notebook):
    displayed(notebook, "text/html", "<script>alert(1)</script>")


def remote_picture_stored(notebook):
    displayed(notebook, "text/html", '<img src="https://example.org/rnn.png">')


def imports_star(notebook):
    cell(notebook, "imports").source += "\nfrom numpy import *"


def imports_in_a_later_cell(notebook):
    cell(notebook, "numbers").source = "import math\n" + cell(notebook, "numbers").source


def uses_pyplot(notebook):
    cell(notebook, "imports").source += "\nimport matplotlib.pyplot as plt"


def silences_warnings(notebook):
    cell(notebook, "imports").source += '\nimport warnings\nwarnings.filterwarnings("ignore")'


def changes_the_import_path(notebook):
    cell(notebook, "imports").source += '\nimport sys\nsys.path.append("..")'


def uses_a_magic(notebook):
    cell(notebook, "imports").source = "%matplotlib inline\n" + cell(notebook, "imports").source


def calls_the_shell(notebook):
    cell(notebook, "numbers").source = "!pip install numpy\n" + cell(notebook, "numbers").source


def calls_get_ipython(notebook):
    cell(notebook, "numbers").source += "\nget_ipython()"


def first_code_cell_imports_nothing(notebook):
    cell(notebook, "imports").source = "x = 1"


def cell_too_long(notebook):
    cell(notebook, "numbers").source += "\nx = x + 0" * CELL_LINES


def line_too_long(notebook):
    cell(notebook, "numbers").source += "\nx = x" + " + 0" * WIDTH


def ids_shared(notebook):
    cell(notebook, "numbers-text").id = "figure-text"


def id_at_random(notebook):
    cell(notebook, "numbers").id = "3f9a01bc"


def id_that_says_nothing(notebook):
    cell(notebook, "numbers").id = "s10"


def id_missing(notebook):
    del cell(notebook, "numbers")["id"]


def ids_of_an_older_format(notebook):
    notebook.nbformat_minor = 4
    for each in notebook.cells:
        del each["id"]


def raw_cell(notebook):
    notebook.cells.insert(2, nbformat.v4.new_raw_cell("x = 1", id="raw"))


def empty_cell(notebook):
    notebook.cells.insert(2, nbformat.v4.new_code_cell("", id="empty"))


def title_missing(notebook):
    cell(notebook, "title").source = "A notebook"


def last_section_missing(notebook):
    cell(notebook, "end").source = "## Summary"


def link_to_nothing(notebook):
    cell(notebook, "end").source += "\n\n[Next](02-a-notebook-that-is-not-there.ipynb)"


def script_in_the_text(notebook):
    cell(notebook, "end").source += "\n\n<script>alert(1)</script>"


def remote_picture_in_the_text(notebook):
    cell(notebook, "end").source += "\n\n![a network](https://example.org/rnn.png)"


STATIC = {
    alternative_text_missing: "Cell 'figure' shows a picture without alternative text",
    alternative_text_is_no_sentence: "Cell 'figure' shows a picture whose alternative text is no sentence",
    caption_missing: "Cell 'figure' shows a picture without its caption",
    caption_says_something_else: "Cell 'figure' shows a picture without its caption",
    executed_out_of_order: "Cell 'numbers' was executed as number 3; from top to bottom it is 2",
    executed_twice_in_one_kernel: "Cell 'explorer' was executed as number 9",
    not_executed: "Cell 'numbers' was not executed",
    error_stored: "Cell 'numbers' stores an error: NameError",
    warning_on_stderr: "Cell 'numbers' wrote to stderr: RuntimeWarning",
    source_hidden: "Cell 'numbers' carries metadata (jupyter)",
    tagged_to_be_skipped: "Cell 'numbers' carries metadata (tags)",
    execution_times_stored: "Cell 'numbers' carries metadata (execution)",
    marked_for_nbval: "Cell 'numbers' carries an nbval marker",
    widget_state_stored: "The notebook stores widget state",
    other_kernel: "metadata are not those that refresh writes",
    output_too_large: "Cell 'numbers' stores an output of",
    notebook_too_large: "bytes; 1000000 are allowed",
    path_in_output: "Cell 'numbers' stores a path of one machine",
    drive_in_output: "Cell 'numbers' stores a path of one machine",
    address_in_output: "Cell 'numbers' stores a memory address",
    time_in_output: "Cell 'numbers' stores a time of day",
    duration_in_output: "Cell 'numbers' stores a measured time",
    widget_view_stored: "Cell 'numbers' stores application/vnd.jupyter.widget-view+json",
    script_stored: "Cell 'numbers' stores a script",
    remote_picture_stored: "Cell 'numbers' stores a remote resource",
    imports_star: "Cell 'imports' imports * from numpy",
    imports_in_a_later_cell: "Cell 'numbers' imports; only the first",
    uses_pyplot: "Cell 'imports' uses pyplot",
    silences_warnings: "Cell 'imports' silences warnings",
    changes_the_import_path: "Cell 'imports' touches sys.path",
    uses_a_magic: "Cell 'imports' is not plain Python",
    calls_the_shell: "Cell 'numbers' is not plain Python",
    calls_get_ipython: "Cell 'numbers' calls get_ipython",
    first_code_cell_imports_nothing: "Cell 'imports' is the first code cell and imports nothing",
    cell_too_long: "Cell 'numbers' has 28 lines of code",
    line_too_long: "Cell 'numbers' has a line of 517 characters, 128 are allowed: x = x + 0",
    ids_shared: "'figure-text' shares its id",
    id_at_random: "Cell '3f9a01bc' needs an id that can be read",
    id_that_says_nothing: "Cell 's10' needs an id that can be read",
    id_missing: "not a valid notebook",
    ids_of_an_older_format: "A cell has no id",
    raw_cell: "Cell 'raw' is raw",
    empty_cell: "Cell 'empty' is empty",
    title_missing: "The first cell does not begin with a title",
    last_section_missing: "The last section is not",
    link_to_nothing: "links to 02-a-notebook-that-is-not-there.ipynb",
    script_in_the_text: "Cell 'end' holds a script",
    remote_picture_in_the_text: "Cell 'end' holds a remote resource",
}


def broken(folder, *mutations):
    """Write the true notebook, broken by these mutations, into the folder; return its path."""
    notebook = nbformat.v4.reads(TRUE.read_text(encoding="utf-8"))
    for mutation in mutations:
        mutation(notebook)
    path = folder / f"{'-'.join(mutation.__name__ for mutation in mutations)}.ipynb"
    path.write_text(nbformat.v4.writes(notebook) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("mutation", STATIC, ids=lambda mutation: mutation.__name__)
def test_rules_reject(mutation, tmp_path):
    found = faults(broken(tmp_path, mutation))
    assert any(STATIC[mutation] in fault for fault in found), found


def test_what_is_no_notebook_is_rejected(tmp_path):
    for content in ("", "{", "[]", '{"cells": 3}', '{"nbformat": 4}'):
        path = tmp_path / "bad.ipynb"
        path.write_text(content)
        assert "not a valid notebook" in faults(path)[0]
    assert "not a valid notebook" in faults(tmp_path / "none.ipynb")[0]


def test_command_line_of_the_rules(tmp_path, capsys):
    assert main([str(TRUE)]) == 0
    assert capsys.readouterr().out == ""
    command = [sys.executable, str(PROJECT / "tools" / "notebook_rules.py"), str(TRUE), str(broken(tmp_path, ids_shared))]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (run.returncode, run.stderr, run.stdout.count("\n")) == (1, "", 1)
    assert "ids_shared.ipynb: Cell 'figure-text' shares its id" in run.stdout


# What only shows when the notebook is run: nbval with the project's own conftest, once over all.

def one_digit_changed(notebook):
    output = cell(notebook, "numbers").outputs[0]
    output.text = output.text.replace("5.000", "5.001")


def picture_stale(notebook):
    source = cell(notebook, "figure").source
    cell(notebook, "figure").source = source.replace("ax.plot(x, x**2)", "ax.plot(x, x**2 - 0.05)")


def picture_of_an_explorer_stale(notebook):
    source = cell(notebook, "explorer-parts").source
    cell(notebook, "explorer-parts").source = source.replace("(x, x**exponent)", "(x, 0.95 * x**exponent)")


def notebook_deprecated(notebook):
    numbers = cell(notebook, "numbers")
    numbers.source = "import warnings\nwarnings.warn('old', DeprecationWarning)\n" + numbers.source


def helper_deprecated(notebook):
    warning = "import warnings; warnings.warn('old', DeprecationWarning)"
    explorer = cell(notebook, "explorer")
    explorer.source = f"import helpers.seed\nexec({warning!r}, vars(helpers.seed))\n" + explorer.source


REJECTED_BY_NBVAL = {
    one_digit_changed: ("Cell 1", "Cell outputs differ"),
    picture_stale: ("Cell 2", "Pictures differ: number 1: .* pixels stray"),
    picture_of_an_explorer_stale: ("Cell 4", "Pictures differ: number 1: .* pixels stray"),
    notebook_deprecated: ("Cell 1", "Unexpected output fields from running code: {'stderr'}"),
    helper_deprecated: ("Cell 4", r"caused an exception(?s:.*)DeprecationWarning\S*: old"),
}


def side_by_side():
    """Return the mutations in lists of those that break different cells: one kernel for each list, not for each mutation."""
    lists = []
    for mutation, (where, _) in REJECTED_BY_NBVAL.items():
        free = next((mutations for mutations in lists if where not in {REJECTED_BY_NBVAL[each][0] for each in mutations}), None)
        free.append(mutation) if free else lists.append([mutation])
    return lists


TOGETHER = side_by_side()


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Return `{notebook: {cell: message of its failure, or None}}` of one strict run over all."""
    folder = tmp_path_factory.mktemp("broken")
    paths = [broken(folder, *mutations) for mutations in TOGETHER]
    command = [sys.executable, "-m", "pytest", "-c", str(PROJECT / "pyproject.toml"), "--rootdir", str(folder),
               "-p", "conftest", "--numprocesses=0", "--color=no", f"--junitxml={folder / 'report.xml'}", *map(str, paths)]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 1, run.stdout + run.stderr
    found = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        failure = case.find("failure")
        found.setdefault(case.get("classname").removesuffix(".ipynb"), {})[case.get("name")] = None if failure is None else failure.text
    return found


@pytest.mark.parametrize("mutations", TOGETHER, ids=lambda mutations: "-".join(each.__name__ for each in mutations))
def test_nbval_rejects(mutations, verdicts):
    failed = {name: message for name, message in verdicts["-".join(each.__name__ for each in mutations)].items() if message}
    wanted = dict(REJECTED_BY_NBVAL[mutation] for mutation in mutations)
    assert failed.keys() == wanted.keys()
    for where, why in wanted.items():
        assert re.search(why, failed[where]), failed[where]


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
], ids=["redrawn", "one edge pixel", "one pixel lower", "one pixel to the right", "a shade darker"])
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
