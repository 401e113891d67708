"""The explorers in a real JupyterLab, driven by the keyboard in Chromium: they follow, have names, and nothing else moves.

One notebook, WHOLE, is opened and run as it is. Explorers are moved in a notebook that holds nothing else: the cells that
make them. In each run these are those that together have every kind of control; with --long it is all of them, every control
goes to its ends, and every notebook is opened, run whole, run again, saved and opened without its kernel.
"""

import ast
import itertools
import os
import re

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.colors import CONTRAST, contrast
from tools.browser import MOVE, SIZE, NotebookPage, chromium, find_browser, jupyterlab
from tools.notebook_rules import PROJECT, notebooks

# Not skipped where CI is set, as on the machines of .github/workflows and by .ci/run: there a browser is promised.
pytestmark = pytest.mark.skipif(find_browser() is None and not os.environ.get("CI"),
                                reason="no Chromium or Chrome found; set CHROMIUM to its path")

# By notebook: its explorers, and of each the slider whose keys are pressed: one whose every move changes picture and
# summary.
MOVED = {
    "00-start-here.ipynb": {"a fading memory": "kept at each step"},
    "01-the-equations.ipynb": {"one unit": "recurrent weight"},
    "02-a-numpy-cell.ipynb": {"inside the cell": "gain (times W_hh)"},
    "03-backpropagation-through-time.ipynb": {"forward and back": "gain (times W_hh)", "scrub the training": "updates done"},
    "04-vanishing-and-exploding.ipynb": {"watch gradients vanish": "spectral radius", "the cliff": "updates made"},
    "05-torch-rnn.ipynb": {"shapes": "hidden_size", "packing": "length of a"},
    "07-training-on-sequences.ipynb": {"scrub the training": "epochs done"},
    "08-forecasting.ipynb": {"rolling origin": "last known year"},
    "09-characters.ipynb": {"temperature": "temperature"},
    "10-longer-memory.ipynb": {"gates": "forget gate's bias"},
    "11-recurrent-networks-today.ipynb": {"the scan": "sequence length"},
    "12-a-reservoir.ipynb": {"read the past": "years back"},
}
# The same for explorers with a text box: its label, and what is typed.
TYPED = {
    "00-start-here.ipynb": {"write a name": ("your first letters", "O'Brien-Жö")},
    "09-characters.ipynb": {"type a name": ("name", "O'Brien-Жö")},
}
WHOLE = "00-start-here.ipynb"
# The notebooks whose explorers are on one page; no two of them have the same name.
FIRST, SECOND = "first.ipynb", "second.ipynb"
PAGES = {FIRST: [name for name in MOVED if name[:2] in ("00", "01", "03", "05", "12")]}
PAGES[SECOND] = [name for name in MOVED if name not in PAGES[FIRST]]
UP, DOWN = ("ArrowRight", "PageUp", "End"), ("ArrowLeft", "PageDown", "Home")


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """A browser's tab with a notebook in JupyterLab."""
    folder = tmp_path_factory.mktemp("notebooks")
    notebook = nbformat.read(PROJECT / "notebooks" / WHOLE, as_version=4)
    for page, names in PAGES.items():
        notebook.cells = [nbformat.v4.new_code_cell(cell) for name in names for cell in explorers_cells(PROJECT / "notebooks" / name)]
        nbformat.write(notebook, folder / page)
    with jupyterlab([*notebooks(), *folder.iterdir()]) as address, chromium() as browser:
        yield NotebookPage(browser, address, FIRST)


def explorers_cells(path):
    """Return of a notebook what its cells say: the imports of its explorers, and then each cell that shows one."""
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    imports = [ast.unparse(line) for line in ast.parse(code[0].source).body
               if isinstance(line, ast.ImportFrom) and line.module.startswith("helpers.explorers.")]
    return ["\n".join(imports), *(cell.source for cell in code if any(
        output.get("data", {}).get("text/plain", "").startswith("Explorer “") for output in cell.outputs))]


@pytest.fixture(scope="module", params=[FIRST, pytest.param(SECOND, marks=pytest.mark.long)])
def notebook(request, tab):
    """A notebook in which the explorers are alive. pytest runs all tests of one before it turns to the next."""
    return run(tab, request.param)


@pytest.fixture(scope="module")
def whole(tab):
    """A notebook as it is, run on a screen with two pixels for each of the page's."""
    set_pixels(tab, 2)
    return run(tab, WHOLE)


def run(tab, name):
    if tab.name != name:
        tab.open(name)
    tab.run_all()
    return tab


@pytest.fixture(autouse=True)
def nothing_goes_wrong_unseen(tab):
    """Whatever a test does with a notebook: nothing on the page gets red, the console stays empty, no other machine is asked."""
    yield
    assert (tab.red(), tab.console, tab.strangers) == ([], [], [])


def listed(notebook, table):
    """Return what MOVED or TYPED says of the explorers on a page."""
    return {title: what for name in PAGES.get(notebook.name, [notebook.name]) for title, what in table.get(name, {}).items()}


def explorers(notebook):
    """Yield every explorer of the notebook, by the names in MOVED and TYPED."""
    for title in (*listed(notebook, MOVED), *listed(notebook, TYPED)):
        yield notebook.explorer(title)


def shown(explorer, label):
    return explorer.value(label), explorer.readout(label), explorer.summary(), explorer.pixels()


def moved(notebook):
    """Yield each explorer with the label of its slider; once it was moved, reset by keyboard restores everything."""
    for title, label in listed(notebook, MOVED).items():
        explorer = notebook.explorer(title)
        first = shown(explorer, label)
        yield explorer, label
        last = explorer.summary()
        explorer.reset()
        explorer.wait_until(explorer.summary, differs_from=last)
        assert shown(explorer, label) == first, title


only_the_first = pytest.mark.parametrize("notebook", [FIRST], indirect=True)


def test_every_explorer_is_moved(notebook):
    found = [explorer.name for explorer in notebook.explorers()]
    assert sorted(found) == sorted(explorer.name for explorer in explorers(notebook))


def test_picture_summary_and_readout_follow_each_key_nothing_else_moves_and_reset_restores_everything(notebook):
    for explorer, label in moved(notebook):
        pressed, picture, places = 0, explorer.pixels(), explorer.places()
        for key in (*UP, *DOWN) if explorer.value(label) < explorer.ends(label)[1] else (*DOWN, *UP, *DOWN):
            value, readout, why = explorer.value(label), explorer.readout(label), (explorer.name, key)
            if value == explorer.ends(label)[key in UP]:                # nowhere left to go
                continue
            summary, last = explorer.summary(), picture
            explorer.press(label, key)
            explorer.wait_until(explorer.summary, differs_from=summary)
            assert explorer.readout(label) != readout, why
            assert (explorer.value(label) > value) == (key in UP), why
            picture = explorer.pixels()
            assert picture != last, f"{why}: another picture, but it looks the same"
            assert explorer.places() == places, why
            pressed += 1
        assert pressed >= 4, explorer.name


def test_picture_and_summary_follow_each_letter(notebook):
    for title, (label, text) in listed(notebook, TYPED).items():
        explorer = notebook.explorer(title)
        box, picture, places = explorer.part("textbox", label), explorer.pixels(), explorer.places()
        first, seen = box.input_value(), [explorer.summary()]
        box.select_text()
        for number, letter in enumerate(text, 1):
            box.press_sequentially(letter)
            seen.append(explorer.wait_until(explorer.summary, differs_from=seen[-1]))
            assert box.input_value() == text[:number]
            assert explorer.places() == places, letter
        assert len(set(seen)) == len(text) + 1
        expect(explorer.box.get_by_role("status")).to_have_text(seen[-1], timeout=MOVE)
        assert explorer.pixels() != picture
        explorer.reset()
        assert explorer.wait_until(explorer.summary, differs_from=seen[-1]) == seen[0]
        assert (box.input_value(), explorer.pixels()) == (first, picture)


# What a screen reader and a keyboard meet.

ROLES = "slider|textbox|combobox|checkbox|button|img|spinbutton|radio|switch"
# What takes the keyboard within an explorer, in the order in which it is seen: row by row, from left to right.
SEEN_ORDER = """box => {
    const parts = [...box.querySelectorAll('[tabindex="0"], button, input, select, textarea, [contenteditable=true]')];
    const place = part => part.getBoundingClientRect();
    return parts.filter(part => part.offsetParent).sort((a, b) =>
        place(a).bottom <= place(b).top ? -1 : place(b).bottom <= place(a).top ? 1 : place(a).left - place(b).left);
}"""


def test_every_part_has_a_name_of_its_own(notebook):
    for explorer in explorers(notebook):
        snapshot = explorer.box.aria_snapshot()
        assert snapshot.startswith(f'- group "Explorer {explorer.name}"')
        assert re.findall(rf"^ *- '?(?:{ROLES})(?! \").*", snapshot, re.MULTILINE) == [], explorer.name
        named = re.findall(rf"^ *- '?(?:{ROLES}) (\".*?\")", snapshot, re.MULTILINE)
        parts = explorer.box.evaluate(f"box => ({SEEN_ORDER})(box).length") + 1                                     # the picture
        assert len(set(named)) == len(named) == parts, explorer.name


def test_axe_finds_nothing_serious(notebook):
    """axe-core (Deque), which comes with axe-playwright-python: WCAG 2 A and AA on all explorers of the page."""
    found = Axe().run(notebook.page, context=".explorer", options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.response["passes"], "it has looked at something"
    serious = [(fault["id"], node["html"][:200]) for fault in found.response["violations"] if fault["impact"] in ("serious", "critical")
               for node in fault["nodes"]]
    assert serious == []


def test_alternative_text_states_the_finding(notebook):
    for explorer in explorers(notebook):
        assert explorer.picture.get_attribute("alt") == f"Picture of the explorer {explorer.name}. {explorer.summary()}"


def test_tab_reaches_every_control_in_the_order_seen(notebook):
    page = notebook.page
    for explorer in explorers(notebook):
        explorer.box.evaluate(f"""box => {{
            window.wanted = ({SEEN_ORDER})(box);
            panel.content.activeCellIndex = panel.content.widgets.findIndex(cell => cell.node.contains(box));
            panel.content.mode = "command";
            panel.content.activeCell.node.focus();
        }}""")
        wanted = list(range(page.evaluate("() => wanted.length")))

        def pressed(key):
            """Return what has the focus after the key: a number of `wanted`, -1 for what is not in the explorer."""
            page.keyboard.press(key)
            return page.evaluate("() => wanted.indexOf(document.activeElement)")

        before = list(itertools.takewhile(lambda at: at < 0, (pressed("Tab") for _ in range(10))))
        assert len(before) < 10, explorer.name
        assert [0, *(pressed("Tab") for _ in wanted)] == [*wanted, -1], explorer.name     # the last Tab leaves it: no trap
        page.evaluate("() => wanted.at(-1).focus()")
        assert [pressed("Shift+Tab") for _ in wanted] == [*reversed(wanted[:-1]), -1], explorer.name


def test_summary_is_read_out_politely_by_a_region_that_stays_and_is_empty_after_a_while(notebook):
    """Else a screen reader that walks through the page meets each summary twice."""
    regions = []
    for explorer, label in moved(notebook):
        region = explorer.box.get_by_role("status")
        assert region.get_attribute("aria-live") in (None, "polite"), explorer.name     # polite is the role's own
        regions.append(region.evaluate_handle("""region => {
            region.heard = [];
            new MutationObserver(() => region.heard.push(region.textContent)).observe(region, {childList: true});
            return region;
        }"""))
        summary = explorer.summary()
        explorer.press(label, UP[0] if explorer.value(label) < explorer.ends(label)[1] else DOWN[0])
        explorer.wait_until(explorer.summary, differs_from=summary)
    for explorer, region in zip(map(notebook.explorer, listed(notebook, MOVED)), regions, strict=True):
        notebook.page.wait_for_function("([region, summary]) => region.heard.includes(summary)", timeout=MOVE,
                                        arg=[region, explorer.summary()])
        assert region.evaluate("region => region.isConnected"), explorer.name
    notebook.page.wait_for_function("region => !region.textContent", arg=regions[0], timeout=MOVE)


def test_letters_are_no_commands_to_the_notebook(notebook):
    """Else, with the focus on a slider, `b` adds a cell and `d d` deletes the explorer."""
    page = notebook.page
    cells = "() => [panel.content.activeCellIndex, ...panel.content.widgets.map(cell => cell.model.id + cell.model.type)]"
    for explorer in explorers(notebook):
        explorer.box.get_by_role("slider").or_(explorer.box.get_by_role("textbox")).first.focus()
        before, summary = page.evaluate(cells), explorer.summary()
        for part in explorer.box.locator("[role=slider], button, [type=checkbox], select").all():
            part.focus()
            offered = part.locator("option").all_text_contents()        # in a dropdown a letter goes to the first that it begins
            for key in ("b", "d", "d"):
                if not any(option.lower().startswith(key) for option in offered):
                    page.keyboard.press(key)
        page.evaluate("() => new Promise(requestAnimationFrame)")
        assert page.evaluate(cells) == before, explorer.name
        assert explorer.summary() == summary, explorer.name


# What is the same for all explorers, tried on the first.

@only_the_first
def test_commands_to_the_notebook_work_from_within_an_explorer(notebook):
    page, title = notebook.page, next(iter(MOVED[WHOLE]))
    page.evaluate("() => { panel.model.dirty = true; }")
    notebook.explorer(title).box.get_by_role("slider").first.press("ControlOrMeta+s")
    page.wait_for_function("() => !panel.model.dirty", timeout=MOVE)
    before = notebook.explorer(title).box.evaluate("""box => {
        window.cell = panel.content.widgets.find(cell => cell.node.contains(box));
        return cell.model.executionCount;
    }""")
    notebook.explorer(title).box.get_by_role("slider").first.press("Shift+Enter")
    page.wait_for_function("before => cell.model.executionCount > before", arg=before, timeout=MOVE)
    assert notebook.explorer(title).summary()


@only_the_first
def test_words_beside_the_picture_have_contrast_in_both_themes(notebook):
    explorer = notebook.explorer(next(iter(MOVED[WHOLE])))
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        notebook.page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        notebook.page.wait_for_function("() => !document.querySelector('#jupyterlab-splash')", timeout=MOVE)    # it fades away
        colors = explorer.box.evaluate("""box => [...box.querySelectorAll(".widget-label, .widget-readout, button, p")]
            .filter(part => part.offsetParent && part.textContent.trim()).map(part => {
                let ground = part;
                while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
                return [part, ground].map((at, place) => getComputedStyle(at)[place ? "backgroundColor" : "color"]);
            })""")
        assert len(colors) >= 8
        for color, ground in colors:
            (*color, opacity), (*ground, _) = ([*map(float, re.findall(r"[\d.]+", said)), 1.0][:4] for said in (color, ground))
            ground = np.array(ground) / 255
            assert contrast(opacity * np.array(color) / 255 + (1 - opacity) * ground, ground) >= CONTRAST, theme


def set_pixels(tab, scale):
    """Give the tab's screen as many pixels for each of the page's, in both directions, whenever a view is made."""
    tab.page.context.new_cdp_session(tab.page).send(
        "Emulation.setDeviceMetricsOverride", SIZE | {"deviceScaleFactor": scale, "mobile": False})


def test_a_dense_screen_gets_a_sharp_picture_of_the_same_size(whole):
    def sizes(scale):
        picture = whole.explorer(next(iter(MOVED[WHOLE]))).picture
        whole.page.wait_for_function("([img, scale]) => img.complete && Math.floor(img.naturalWidth / 800) == scale", timeout=MOVE,
                                     arg=[picture.element_handle(), scale])
        return picture.evaluate("img => [img.naturalWidth, img.naturalHeight, img.clientWidth, img.clientHeight]")

    width, height, *on_page = sizes(2)
    set_pixels(whole, 1)
    whole.run_all()
    assert [width / 2, height / 2, *on_page] == sizes(1)


def test_a_saved_notebook_shows_the_pictures_when_the_kernel_is_gone(whole):
    """And one picture, not two, as long as an explorer is alive."""
    count = len([*explorers(whole)])
    assert len(whole.explorers()) == count and whole.still_explorers() == 0
    whole.save()
    whole.shut_down()
    whole.reload()
    assert whole.still_explorers() == count
    whole.console.clear()        # JupyterLab's own complaints of the kernel that is gone


# With --long: what takes minutes.

# Notes in box.notes when picture or a key last came, and the frames: a blank one did not load or is of one color.
WATCH = """box => {
    const image = box.querySelector("img.widget-image");
    const ink = new OffscreenCanvas(64, 32).getContext("2d", {willReadFrequently: true});
    const notes = box.notes = {last: 0, frames: 0, blank: 0};
    image.addEventListener("load", () => {
        ink.drawImage(image, 0, 0, 64, 32);
        const pixels = new Uint32Array(ink.getImageData(0, 0, 64, 32).data.buffer);
        notes.frames += 1;
        notes.blank += pixels.every(pixel => pixel === pixels[0]);
        notes.last = performance.now();
    });
    image.addEventListener("error", () => { notes.blank += 1; });
    document.addEventListener("keydown", () => { notes.last = performance.now(); }, true);
}"""
# True once ipywidgets, seconds after the page, has said of every saved view that its kernel is gone.
VIEWS_ARE_GONE = """() => {
    const outputs = panel.content.widgets.flatMap(cell => cell.model.outputs?.toJSON() ?? []);
    const views = outputs.filter(output => output.data?.["application/vnd.jupyter.widget-view+json"]);
    const said = [...panel.node.querySelectorAll(".jupyter-widgets")].filter(view => view.textContent.includes("model not found"));
    return said.length === views.length;
}"""
TRAINING = """
import itertools, time
from helpers.explorers.scrub_the_training import run
end = time.monotonic() + 30
for seed in itertools.takewhile(lambda seed: time.monotonic() < end, itertools.count(100)):
    run(seed, 0.005)
"""


def settled(explorer):
    """Wait until the kernel is idle and neither a key nor a frame has come for half a second; return the notes."""
    explorer.page.wait_for_function("box => panel.sessionContext.session.kernel.status === 'idle' && performance.now() - box.notes.last > 500",
                                    arg=explorer.box.element_handle(), timeout=MOVE)
    return explorer.box.evaluate("box => box.notes")


def moved_to_their_ends(explorer):
    """Yield the name of each control with each key that has moved it."""
    for role, keys in (("slider", ("Home", "End")), ("combobox", ("Home", "End")), ("checkbox", ("Space", "Space"))):
        for label, key in itertools.product(explorer.labels(role), keys):
            explorer.part(role, label).press(key)
            yield label, key
            if role == "slider":
                end = explorer.ends(label)[key == "End"]                # the handle says them with one digit
                assert abs(explorer.value(label) - end) <= 0.05, (explorer.name, label)


def nudge(explorer):
    """Press one key on an explorer's first slider, or in its text box, and wait for another picture."""
    before, sliders = explorer.source(), explorer.labels("slider")
    if sliders:
        at_start = explorer.value(sliders[0]) == explorer.ends(sliders[0])[0]
        explorer.slider(sliders[0]).press("ArrowRight" if at_start else "ArrowLeft")
    else:
        explorer.box.get_by_role("textbox").first.press_sequentially("a")
    explorer.wait_for_picture(before)


@pytest.mark.long
def test_every_control_at_its_ends_a_held_key_and_play_leave_no_blank_frame_and_nothing_else_moves(notebook):
    for explorer in explorers(notebook):
        explorer.box.evaluate(WATCH)
        first, places = (explorer.pixels(), explorer.summary()), explorer.places()
        for why in moved_to_their_ends(explorer):
            settled(explorer)
            assert explorer.places() == places, (explorer.name, *why)
        for label in explorer.labels("slider")[:1]:
            explorer.slider(label).press("Home")
            frames = settled(explorer)["frames"]
            for _ in range(60):
                notebook.page.keyboard.down("ArrowRight")           # down again and again: the key repeats
                notebook.page.wait_for_timeout(33)
            notebook.page.keyboard.up("ArrowRight")
            assert settled(explorer)["frames"] > frames
        for button in explorer.box.get_by_role("button", name="Play or pause:").all():
            explorer.slider(button.get_attribute("aria-label").partition(": ")[2]).press("Home")
            frames = settled(explorer)["frames"]
            button.press("Enter")
            notebook.page.wait_for_timeout(2000)
            button.press("Enter")
            assert settled(explorer)["frames"] > frames + 1, explorer.name
        explorer.part("button", f"Reset {explorer.name}").press("Enter")
        assert settled(explorer)["blank"] == 0 and explorer.places() == places, explorer.name
        assert (explorer.pixels(), explorer.summary()) == first, explorer.name


@pytest.mark.long
@only_the_first
def test_an_explorer_that_was_moved_answers_while_a_cell_trains(notebook):
    """Moved before: JupyterLab asks for the kernel's second thread with the first message."""
    nudge(next(explorers(notebook)))
    notebook.page.evaluate("""async code => {
        panel.content.activeCellIndex = panel.content.widgets.length - 1;
        await jupyterapp.commands.execute("notebook:insert-cell-below");
        panel.content.activeCell.model.sharedModel.setSource(code);
        window.training = true;
        jupyterapp.commands.execute("notebook:run-cell").finally(() => { window.training = false; });
    }""", TRAINING)
    for _ in range(3):
        nudge(next(explorers(notebook)))
        assert notebook.page.evaluate("() => training")
    notebook.page.wait_for_function("() => !training", timeout=10 * MOVE)
    notebook.page.evaluate("() => panel.model.sharedModel.deleteCell(panel.content.widgets.length - 1)")


@pytest.mark.long
@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_runs_whole_and_again_is_saved_and_opened_without_its_kernel(tab, path):
    tab.open(path.name)
    tab.console.clear()             # JupyterLab's own complaints of the kernel that went with the notebook before
    count = len(listed(tab, MOVED)) + len(listed(tab, TYPED)) if path.name in MOVED else 0

    def look(live=True):
        if live:
            for explorer in explorers(tab) if count else ():
                nudge(explorer)
        assert (len(tab.explorers()), tab.still_explorers()) == ((count, 0) if live else (0, count))
        # JupyterLab's own complaint of a kernel that ended before its debugger was asked
        tab.console[:] = [said for said in tab.console if not said.startswith("Could not restore the debugger state")]
        assert tab.red() == tab.console == tab.strangers == []

    assert tab.still_explorers() == count
    tab.run_all()
    assert tab.misset() == []
    look()
    tab.restart_and_run_all()
    look()
    tab.save()
    tab.reload()
    look()
    tab.shut_down()
    tab.reload()
    tab.page.wait_for_function(VIEWS_ARE_GONE, timeout=MOVE)
    tab.console.clear()             # JupyterLab's own complaints of the kernel and of the views that went with it
    look(live=False)
