"""What notebook 05 quotes from torch's messages, and explains, is what the installed torch says."""

import re

import nbformat
import pytest
import torch

from tools.notebook_rules import PROJECT

CELLS = nbformat.read(PROJECT / "notebooks" / "05-torch-rnn.ipynb", as_version=4).cells
SOURCE = {cell.id: cell.source for cell in CELLS}
QUOTE = re.compile("“`([^`]+)`”")
SETTINGS = ("imports", "tensors", "bridge")             # the last has the function message
DTYPE = torch.get_default_dtype()


@pytest.fixture(autouse=True)
def as_before():
    """Leave torch's default dtype as it was."""
    yield
    torch.set_default_dtype(DTYPE)


def run(*ids):
    """Return the names that these cells define."""
    names = {}
    for cell_id in (*SETTINGS, *ids):
        exec(compile(SOURCE[cell_id], cell_id, "exec"), names)
    return names


def unsaid(text, said):
    """Return the quotations in a Markdown text that are not in what was said."""
    return [quote for quote in QUOTE.findall(text) if quote not in said]


@pytest.mark.parametrize("cells, text", [
    (("complaints",), "read-complaints"), (("carry-pair", "carry-order", "carry-last-batch"), "after-carry")])
def test_the_text_after_mistakes_quotes_their_messages(cells, text, capsys):
    assert QUOTE.search(SOURCE[text]), f"nothing is quoted in {text}"
    names = run()
    names["largest_difference"] = lambda a, b: (a - b).abs().max().item()
    capsys.readouterr()
    for cell_id in cells:
        exec(compile(SOURCE[cell_id], cell_id, "exec"), names)
    assert not unsaid(SOURCE[text], capsys.readouterr().out)


def test_every_quotation_is_checked():
    assert {cell.id for cell in CELLS if QUOTE.search(cell.source)} == {"read-complaints", "after-carry"}


def test_four_refusals_are_torchs_own(capsys):
    names = run()
    names["words"] = names["torch"].randn(5, 3, 10)
    capsys.readouterr()
    exec(compile(SOURCE["refusals"], "refusals", "exec"), names)
    for number, (line, part) in enumerate(zip(capsys.readouterr().out.splitlines(), (
            "must be Tensor, not tuple", "should be a 1D CPU int64 tensor", "only supported for LSTM", "does not support RNN"),
            strict=True), 1):
        assert line.startswith(f"{number} ") and part in line


def test_a_changed_message_is_noticed():
    text = SOURCE["after-carry"]
    said = "RuntimeError: Expected hidden size (1, 3, 4), got [1, 8, 4]"
    assert unsaid(text, said) == []
    for change in ("hx of shape (1, 3, 4), got [1, 8, 4]", said.replace("[1, 8, 4]", "(1, 8, 4)"), ""):
        assert unsaid(text, change) == ["Expected hidden size (1, 3, 4), got [1, 8, 4]"]
