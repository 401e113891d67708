"""The numbers in the text of notebooks 05b to 08 are numbers of their cells: no claim without a cell that shows it.

The rule: a number with a decimal point or a per cent sign that stands in a Markdown cell stands, digit for digit, in the
code or in a text output of the same notebook. Whole numbers are free (years, counts, chapters), and so are addresses of
links and of preprints.
"""

import re

import nbformat
import pytest

from tests.notebook_rules import notebooks

NOTEBOOKS = [path for path in notebooks() if path.name[:3] in ("05b", "06-", "07-", "08-")]     # their solutions too
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*\.\d+(?![\w.]*\w)|(?<![\w.])\d+(?:\.\d+)?(?=\s?\\?%)")
NOT_PROSE = re.compile(r"\]\([^)]*\)|arXiv:\S+|https?://\S+")


def numbers_in(text):
    """Return the numbers with a decimal point or a per cent sign; 12 % and 12% both give '12 %'."""
    found = set()
    for match in NUMBER.finditer(text):
        per_cent = re.match(r"\s?\\?%", text[match.end():])
        found.add(match[0] + " %" if per_cent else match[0])
    return found


def unproved(notebook):
    """Return `(cell id, number)` for every number of the text that neither code nor output of the notebook holds."""
    shown = set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown |= numbers_in(cell.source)
            for output in cell.outputs:
                texts = [output.get("text", "")]
                texts += [part for kind, part in output.get("data", {}).items() if kind.startswith("text/")]
                shown |= numbers_in("\n".join(texts))
    return [(cell.id, number) for cell in notebook.cells if cell.cell_type == "markdown"
            for number in sorted(numbers_in(NOT_PROSE.sub(" ", cell.source)) - shown)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_in_the_text_is_in_a_cell(path):
    assert unproved(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("text, numbers", [
    ("an error of 0.17, or 0.5.", {"0.17", "0.5"}),
    ("within 1,234.5 of -0.25 (±0.1)", {"1,234.5", "0.25", "0.1"}),
    (r"95 % of 3.5% and $12\,\%$, $7\%$", {"95 %", "3.5 %", "7 %"}),
    ("years 1700 to 2008, version 2.13.0, section 1.", set()),
    ("$0.59^k$ and `lr=0.02`", {"0.59", "0.02"}),
])
def test_what_counts_as_a_number(text, numbers):
    assert numbers_in(text) == numbers


def made(text, source="x = 0.5", output="loss 0.17 and 43 %\n"):
    """Return a notebook with one text, one cell and its output."""
    cell = nbformat.v4.new_code_cell(source, id="cell", outputs=[nbformat.v4.new_output("stream", text=output)])
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text, id="text"), cell])


@pytest.mark.parametrize("text", ["0.17", "0.5 and 43%", "17 years", "[it](arXiv-1.2.html)", "see [it](a-9.9.ipynb)"])
def test_proved_text_passes(text):
    assert unproved(made(text)) == []


@pytest.mark.parametrize("text, number", [("0.18", "0.18"), ("0.170", "0.170"), ("44 %", "44 %"), ("0.50", "0.50")])
def test_a_changed_digit_is_found(text, number):
    assert unproved(made(text)) == [("text", number)]


def test_numbers_of_figures_captions_count():
    notebook = made("the share is 0.77", output="")
    caption = nbformat.v4.new_output("display_data", {"image/png": "", "text/markdown": "*It is 0.77.*"})
    assert unproved(notebook)
    notebook.cells[1].outputs.append(caption)
    assert not unproved(notebook)
