"""What notebook 05 quotes from torch's messages, and explains, is what the installed torch says."""

import re

import nbformat
import pytest

from tools.notebook_rules import PROJECT

CELLS = nbformat.read(PROJECT / "notebooks" / "05-torch-rnn.ipynb", as_version=4).cells
NUMBER = {cell.id: number for number, cell in enumerate(CELLS)}
MISTAKES = [cell.id for cell in CELLS if cell.cell_type == "code" and cell.id.startswith("error-")]
QUOTE = re.compile("“`([^`]+)`”")


def run(*ids):
    """Return the names that the import cell, the two tools and then these cells define."""
    names = {}
    for cell_id in ("imports", "two-tools", *ids):
        exec(compile(CELLS[NUMBER[cell_id]].source, cell_id, "exec"), names)
    return names


def unsaid(text, said):
    """Return the quotations in a Markdown text that are not in what was said."""
    return [quote for quote in QUOTE.findall(text) if quote not in said]


def test_the_five_mistakes_are_there():
    kinds = ("rank", "feature-size", "h-0", "batch-first", "dtype")
    assert [f"error-{kind}" for kind in kinds] == [name for name in MISTAKES if name != "error-dtype-h-0"]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_text_after_a_mistake_quotes_its_message(mistake, capsys):
    text = CELLS[NUMBER[mistake] + 1]
    assert text.cell_type == "markdown" and QUOTE.search(text.source), f"nothing is quoted after {mistake}"
    run("error-rank")
    capsys.readouterr()
    run("error-rank", mistake)
    assert not unsaid(text.source, capsys.readouterr().out)


def test_every_quotation_is_checked():
    checked = {NUMBER[mistake] + 1 for mistake in MISTAKES}
    assert {number for number, cell in enumerate(CELLS) if QUOTE.search(cell.source)} == checked


def test_the_graph_freed_too_early_is_said_to_be_kept_by_retain_graph(capsys):
    names = run("carried")
    assert "retain_graph=True" in names["message"](lambda: names["carry"](lambda h: h))


def test_a_changed_message_is_noticed():
    text = CELLS[NUMBER["error-h-0"] + 1].source
    said = "RuntimeError: Expected hidden size (2, 3, 8), got [1, 3, 8]"
    assert unsaid(text, said) == []
    for change in ("hx of shape (2, 3, 8), got [1, 3, 8]", said.replace("[1, 3, 8]", "(1, 3, 8)"), ""):
        assert unsaid(text, change) == ["Expected hidden size (2, 3, 8), got [1, 3, 8]"]
