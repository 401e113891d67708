"""The numbers in the text are numbers of the cells, or of a calculation that comes out right: no claim that nothing shows.

The rule: a number with a decimal point or a per cent sign that stands in a Markdown cell stands in the code or in a text
output of the same notebook, digit for digit but for zeros at its end (0.9 where 0.90 is printed), or in a calculation of the
text itself: what it says is equal is computed here, and has to be. Whole numbers are free (years, counts, chapters), and so
are addresses of links and of preprints.
"""

import functools
import itertools
import re

import nbformat
import numpy as np
import pytest
from lark import Tree
from sympy.parsing.latex import parse_latex_lark

from tools.notebook_rules import notebooks

NUMBER = re.compile(r"(?<![\w.])\d[\d,]*\.\d+(?![\w.]*\w)|(?<![\w.])\d+(?:\.\d+)?(?=\s?\\?%)")
NOT_PROSE = re.compile(r"\]\([^)]*\)|arXiv[: ]\S+|https?://\S+")
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
MATRIX = re.compile(r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}", re.DOTALL)
ROW = re.compile(r"\(([^()&]+,[^()&]+)\)")                                  # (0.7, -0.5)
SPACE = re.compile(r"\\[ ,]|\\(?:begin|end)\{aligned\}|\\underbrace|_\{\\delta[^}]*\}")
NEXT = re.compile(r"\\\\|\\q?quad|\\approx|&(?!=)|\.\s|,\s(?!-?\d)")                     # what ends one chain of equals signs
NUMERIC = re.compile(r"(?:[-+*/^(){}&,\d.\s]|\\\\|\\(?:cdot|t?frac|sqrt|tanh|log|ln|(?:begin|end)\{pmatrix\}))+")


def numbers_in(text):
    """Return the numbers with a decimal point or a per cent sign; 12 % and 12% both give '12 %'."""
    found = set()
    for match in NUMBER.finditer(text):
        per_cent = re.match(r"\s?\\?%", text[match.end():])
        found.add(match[0] + " %" if per_cent else match[0])
    return found


def calculations(text):
    """Yield `(left, right)`, in TeX, for what a text says is equal, where both are numbers and nothing else."""
    for formula in FORMULA.finditer(text):
        formula = formula[1] or formula[2]
        matrices = iter(MATRIX.findall(formula))                # put aside: what separates rows ends chains as well
        for chain in NEXT.split(SPACE.sub(" ", MATRIX.sub("@", formula))):
            sides = [re.sub("@", lambda _: next(matrices), side).strip(" ,.&\n") for side in chain.split("=")]  # noqa: B023
            yield from (pair for pair in itertools.pairwise(sides) if all(map(NUMERIC.fullmatch, pair)))


@functools.cache
def meanings(side):
    """Return what TeX may mean, as arrays: several where its grammar leaves it open (`\\tanh 0.6`: tan of h times 0.6)."""
    if re.fullmatch(r"-?[\d.]+", side):
        return [np.array(float(side))]
    side = ROW.sub(lambda row: r"\begin{pmatrix}" + row[1].replace(",", "&") + r"\end{pmatrix}", side)
    parsed = parse_latex_lark(re.sub(r"\\sqrt\s?(\d)", r"\\sqrt{\1}", side.replace(r"\tfrac", r"\frac")))
    found = []
    for meaning in parsed.children if isinstance(parsed, Tree) else [parsed]:
        try:
            found.append(np.array(meaning.doit().evalf().tolist() if hasattr(meaning, "shape") else meaning.evalf(), float))
        except TypeError:                                       # not a number, so not what is meant
            continue
    return found


def agree(left, right):
    """Tell whether two sides are equal to a unit of the last decimal: a pencil that carries four may be off by one."""
    digits = [len(digits) for digits in re.findall(r"\.(\d+)", right)] or [12]
    return any(a.shape == b.shape and np.abs(a - b).max() <= 1.001 * 10.0**-max(digits)
               for a in meanings(left) for b in meanings(right))


def unproved(notebook):
    """Return `(cell id, number)` for every number of the text that no code, no output and no calculation holds."""
    shown = set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown |= numbers_in(cell.source)
            for output in cell.outputs:
                texts = [output.get("text", "")]
                texts += [part for kind, part in output.get("data", {}).items() if kind.startswith("text/")]
                shown |= numbers_in("\n".join(texts))
    shown |= {number.rstrip("0") for number in shown}
    return [(cell.id, number) for cell in notebook.cells if cell.cell_type == "markdown"
            for number in sorted(numbers_in(NOT_PROSE.sub(" ", cell.source)) - shown - computed(cell.source))]


def computed(text):
    """Return the numbers of the calculations in a text."""
    return {number for pair in calculations(text) for side in pair for number in numbers_in(side)}


def wrong(notebook):
    """Return `(cell id, left, right)` for every calculation in the text whose sides are not equal."""
    return [(cell.id, left, right) for cell in notebook.cells if cell.cell_type == "markdown"
            for left, right in calculations(cell.source) if not agree(left, right)]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_every_number_in_the_text_is_in_a_cell_or_in_a_calculation_that_comes_out_right(path):
    notebook = nbformat.read(path, as_version=4)
    assert unproved(notebook) == []
    assert wrong(notebook) == []


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


RIGHT = (r"$$a_1 &= 0.4\cdot 0.5 - 0.1 = 0.2 - 0.1 = 0.1\\ h_1 &= \tanh 0.1 = 0.0997$$", r"$1/\sqrt3 = 0.577$, $0.9^{10} = 0.35$",
         r"$\delta = \begin{pmatrix} 0.7\cdot 0.2\\ 1 - 0.3^2\end{pmatrix} = \begin{pmatrix} 0.14\\ 0.91\end{pmatrix},\qquad x = 4$",
         r"$\underbrace{0.1\begin{pmatrix} 1 & 2\end{pmatrix}}_{\delta_1h_0} = \begin{pmatrix} 0.1 & 0.2\end{pmatrix}$",
         r"$(0.7, -0.5)\cdot 0.3 = (0.21, -0.15)$")


@pytest.mark.parametrize("text", RIGHT)
def test_calculations_prove_their_numbers(text):
    assert list(calculations(text)) and unproved(made(text)) == wrong(made(text)) == []


@pytest.mark.parametrize("text", RIGHT)
def test_a_changed_result_is_wrong(text):
    result = re.findall(r"\d\.\d+", text)[-1]
    before, _, after = text.rpartition(result)
    assert wrong(made(f"{before}7{result[1:]}{after}"))


def test_a_number_with_zeros_at_its_end_shows_the_shorter_one():
    assert unproved(made("0.9 and 1 %", output="0.90, 0.9000")) == [("text", "1 %")]


def test_numbers_of_figures_captions_count():
    notebook = made("the share is 0.77", output="")
    caption = nbformat.v4.new_output("display_data", {"image/png": "", "text/markdown": "*It is 0.77.*"})
    assert unproved(notebook)
    notebook.cells[1].outputs.append(caption)
    assert not unproved(notebook)
