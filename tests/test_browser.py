"""The explorers in a real JupyterLab, driven by the keyboard in Chromium: they follow, and nothing else moves."""

import pytest

from tests.browser import NotebookPage, chromium, find_browser, jupyterlab
from tests.notebook_rules import PROJECT

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium or Chrome found; set CHROMIUM to its path")

# By notebook: an explorer, and the slider whose keys are pressed: one whose every move changes picture and summary.
MOVED = {
    "00-start-here.ipynb": ("a fading memory", "kept at each step"),
    "01-the-equations.ipynb": ("one unit", "recurrent weight"),
    "04-vanishing-and-exploding.ipynb": ("watch gradients vanish", "spectral radius"),
}


@pytest.fixture(scope="module")
def address():
    with jupyterlab([PROJECT / "notebooks" / name for name in MOVED]) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module", params=MOVED)
def notebook(request, browser, address):
    """A notebook in JupyterLab in which every cell was run."""
    page = NotebookPage(browser, address, request.param)
    try:
        page.run_all()
        yield page
    finally:
        page.close()


@pytest.fixture
def explorer(notebook, label):
    """The explorer as it opens; each test leaves it so for the next one."""
    explorer = notebook.explorer(MOVED[notebook.name][0])
    value, summary = explorer.value(label), explorer.summary()
    yield explorer
    if explorer.value(label) != value:
        moved = explorer.summary()
        explorer.reset()
        assert explorer.wait_until(explorer.summary, differs_from=moved) == summary


@pytest.fixture
def label(notebook):
    return MOVED[notebook.name][1]


def test_nothing_is_red_after_running(notebook):
    assert notebook.red() == []
    assert notebook.console == []


def test_no_page_asks_another_machine(notebook):
    assert notebook.strangers == []


def test_picture_summary_and_readout_follow_each_key(notebook, explorer, label):
    for key in ("ArrowRight", "PageUp", "End", "ArrowLeft", "PageDown", "Home"):
        value, readout = explorer.value(label), explorer.readout(label)
        summary, frame = explorer.summary(), explorer.frame()
        explorer.press(label, key)
        explorer.wait_until(explorer.summary, differs_from=summary)
        assert explorer.readout(label) != readout, key
        rose = explorer.value(label) > value
        assert rose == (key in ("ArrowRight", "PageUp", "End")), key
        assert explorer.frame() != frame, f"{key}: another picture, but it looks the same"
    assert notebook.red() == []
    assert notebook.console == []


def test_reset_by_keyboard_restores_everything(explorer, label):
    value, readout = explorer.value(label), explorer.readout(label)
    summary, frame = explorer.summary(), explorer.frame()
    explorer.press(label, "End")
    explorer.wait_until(explorer.summary, differs_from=summary)
    moved = explorer.summary()
    explorer.reset()
    assert explorer.wait_until(explorer.summary, differs_from=moved) == summary
    assert (explorer.value(label), explorer.readout(label)) == (value, readout)
    assert explorer.frame() == frame


def test_nothing_moves_on_the_page(explorer, label):
    before = explorer.places()
    for key in ("End", "Home", "PageUp"):
        summary = explorer.summary()
        explorer.press(label, key)
        explorer.wait_until(explorer.summary, differs_from=summary)
        assert explorer.places() == before, key
