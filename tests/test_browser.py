"""The explorers in a real JupyterLab, driven by the keyboard in Chromium: they follow, and nothing else moves."""

import pytest

from tests.browser import NotebookPage, chromium, find_browser, jupyterlab
from tests.notebook_rules import PROJECT

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no Chromium or Chrome found; set CHROMIUM to its path")

# By notebook: its explorers, and of each the slider whose keys are pressed: one whose every move changes picture and
# summary.
MOVED = {
    "00-start-here.ipynb": {"a fading memory": "kept at each step"},
    "01-the-equations.ipynb": {"one unit": "recurrent weight"},
    "02-a-numpy-cell.ipynb": {"inside the cell": "gain (times W_hh)"},
    "03-backpropagation-through-time.ipynb": {"forward and back": "gain (times W_hh)", "scrub the training": "updates done"},
    "04-vanishing-and-exploding.ipynb": {"watch gradients vanish": "spectral radius", "the cliff": "updates made"},
    "05-torch-rnn.ipynb": {"shapes": "hidden_size", "packing": "length of a"},
    "06-training-on-sequences.ipynb": {"scrub the training": "epochs done"},
    "07-characters.ipynb": {"temperature": "temperature"},
    "08-longer-memory.ipynb": {"gates": "forget gate's bias"},
}
# The same for explorers with a text box: its label, and what is typed.
TYPED = {
    "07-characters.ipynb": {"type a name": ("name", "O'Brien-Жö")},
}
UP, DOWN = ("ArrowRight", "PageUp", "End"), ("ArrowLeft", "PageDown", "Home")


@pytest.fixture(scope="module")
def address():
    with jupyterlab([PROJECT / "notebooks" / name for name in MOVED]) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def opened(browser, address):
    """Return a function that gives a notebook in JupyterLab in which every cell was run; each is opened once."""
    pages = {}

    def open_once(name):
        if name not in pages:
            pages[name] = NotebookPage(browser, address, name)
            pages[name].run_all()
        return pages[name]

    yield open_once
    for page in pages.values():
        page.close()


@pytest.fixture(params=MOVED)
def notebook(request, opened):
    return opened(request.param)


@pytest.fixture(params=[(name, *pair) for name, pairs in MOVED.items() for pair in pairs.items()],
                ids=lambda moved: moved[1].replace(" ", "-"))
def moved(request, opened):
    """An explorer as it opens, and the label of its slider; each test leaves it so for the next one."""
    name, title, label = request.param
    explorer = opened(name).explorer(title)
    value, summary = explorer.value(label), explorer.summary()
    yield explorer, label
    if explorer.value(label) != value:
        last = explorer.summary()
        explorer.reset()
        assert explorer.wait_until(explorer.summary, differs_from=last) == summary
    assert opened(name).red() == []
    assert opened(name).console == []


def test_every_explorer_is_moved(opened):
    for name, pairs in MOVED.items():
        explorers = [explorer.name for explorer in opened(name).explorers()]
        assert sorted(explorers) == sorted([*pairs, *TYPED.get(name, {})]), name


def test_nothing_is_red_after_running(notebook):
    assert notebook.red() == []
    assert notebook.console == []


def test_no_page_asks_another_machine(notebook):
    assert notebook.strangers == []


def test_picture_summary_and_readout_follow_each_key(moved):
    explorer, label = moved
    pressed = 0
    for key in (*UP, *DOWN) if explorer.value(label) < explorer.ends(label)[1] else (*DOWN, *UP):
        value, readout = explorer.value(label), explorer.readout(label)
        if value == explorer.ends(label)[key in UP]:                # nowhere left to go
            continue
        summary, frame = explorer.summary(), explorer.frame()
        explorer.press(label, key)
        explorer.wait_until(explorer.summary, differs_from=summary)
        assert explorer.readout(label) != readout, key
        assert (explorer.value(label) > value) == (key in UP), key
        assert explorer.frame() != frame, f"{key}: another picture, but it looks the same"
        pressed += 1
    assert pressed >= 4


def test_reset_by_keyboard_restores_everything(moved):
    explorer, label = moved
    value, readout = explorer.value(label), explorer.readout(label)
    summary, frame = explorer.summary(), explorer.frame()
    explorer.press(label, "Home")
    last = explorer.wait_until(explorer.summary, differs_from=summary)
    explorer.reset()
    assert explorer.wait_until(explorer.summary, differs_from=last) == summary
    assert (explorer.value(label), explorer.readout(label)) == (value, readout)
    assert explorer.frame() == frame


def test_nothing_moves_on_the_page(moved):
    explorer, label = moved
    before = explorer.places()
    for key in ("Home", "End", "PageDown"):
        summary = explorer.summary()
        explorer.press(label, key)
        explorer.wait_until(explorer.summary, differs_from=summary)
        assert explorer.places() == before, key


@pytest.fixture(params=[(name, *pair) for name, pairs in TYPED.items() for pair in pairs.items()],
                ids=lambda typed: typed[1].replace(" ", "-"))
def typed(request, opened):
    """An explorer with a text box as it opens, the box's label, and what is to be typed."""
    name, title, (label, text) = request.param
    yield opened(name).explorer(title), label, text
    assert opened(name).red() == []
    assert opened(name).console == []


def test_picture_and_summary_follow_each_letter(typed):
    explorer, label, text = typed
    first, summary, frame, places = explorer.text(label), explorer.summary(), explorer.frame(), explorer.places()
    seen = {summary}
    for number, letter in enumerate(text):
        last = explorer.summary()
        explorer.type(label, letter, over=number == 0)
        seen.add(explorer.wait_until(explorer.summary, differs_from=last))
        assert explorer.text(label) == text[:number + 1]
        assert explorer.places() == places, letter
    assert len(seen) == len(text) + 1
    assert explorer.frame() != frame
    last = explorer.summary()
    explorer.reset()
    assert explorer.wait_until(explorer.summary, differs_from=last) == summary
    assert (explorer.text(label), explorer.frame()) == (first, frame)
