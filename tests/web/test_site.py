"""The web site, built from a sample of each explorer's settings and opened in Chromium: whole, local, legible, and alive.

With --long all settings are computed, and 200 random ones of each explorer are compared.
"""

import functools
import os
import random
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from tools.browser import chromium, find_browser
from tools.explorer_list import makers, places
from tools.notebook_rules import PROJECT, notebooks
from tools.web import build
from tools.web.compare import SitePage, allowed, difference, served
from tools.web.export import after, place_of, settings

pytestmark = pytest.mark.skipif(find_browser() is None and not os.environ.get("CI"),
                                reason="no Chromium or Chrome found; set CHROMIUM to its path")

SAMPLE = 4
FRONT, NOTEBOOK, SOLUTIONS, TEACHERS = ("index.html", "notebooks/04-vanishing-and-exploding.html",
                                        "notebooks/solutions/01-the-equations-solutions.html", "docs/teaching.html")
SHORT = "notebooks/12-a-reservoir.html"
PLACES = {maker.split(".")[1]: (maker, place) for maker, place in places().items()}
# In each run those that together have every kind of control and artist, with --long all of them.
EACH_RUN = {"watch_gradients_vanish", "forward_and_back", "name_writer", "packing", "shapes", "the_scan", "type_a_name"}


@pytest.fixture(scope="module")
def site(tmp_path_factory, long):
    """The folder of the site, built without a warning (Sphinx's -W makes an error of each)."""
    folder = tmp_path_factory.mktemp("web") / "site"
    assert build.build(folder, None if long else SAMPLE) == 0
    return folder


@pytest.fixture(scope="module")
def web(site):
    """The browser, and the address of the site on loopback, in a folder of its host as on GitHub's Pages."""
    with served(site.parent) as address, chromium() as browser:
        yield browser, f"{address}{site.name}/"


@pytest.fixture
def visit(web):
    """A function that opens a page of the site; at the end no script failed, and nothing came from elsewhere."""
    opened = []

    def open_page(page, **context):
        opened.append(SitePage(web[0], web[1] + page, **context))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()
        assert (page.faults, page.strangers) == ([], [])


def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def address_of(name):
    return f"notebooks/{PLACES[name][1].notebook.stem}.html"


@pytest.fixture(scope="module")
def explorer():
    """A function that returns an explorer of the course by its name, made once."""
    return functools.cache(lambda name: makers()[0][PLACES[name][0]]())


# What is there.

def test_every_notebook_is_a_page_and_can_be_downloaded_as_it_is(site):
    for path in notebooks():
        inside = path.relative_to(PROJECT)
        assert (site / inside.with_suffix(".html")).exists()
        assert (site / inside).read_bytes() == path.read_bytes()


def _tags(text):
    """Return `[(tag, its attributes), ...]` of a page: a tree of them all takes three times as long."""
    found, parser = [], HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(text)
    return found


def test_every_link_and_picture_of_the_site_exists(site):
    pages = {path: _tags(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if "_static" not in path.parts}
    ids = {path: {part["id"] for _, part in page if "id" in part} for path, page in pages.items()}
    missing = []
    for path, page in pages.items():
        for name, tag, part in [(kind, tag, part) for kind in ("href", "src") for tag, part in page if kind in part]:
            target = part[name]
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                loads = name == "src" or tag == "link" and part.get("rel") != "canonical"
                if loads or not target.startswith(("https://", "data:", "mailto:")):
                    missing.append((path.name, target))
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            file = file / "index.html" if file.is_dir() else file
            if not file.exists() or parts.fragment and file in ids and unquote(parts.fragment) not in ids[file]:
                missing.append((path.name, target))
    assert missing == []
    assert len(pages) > len(list(notebooks()))


def test_what_search_engines_and_links_elsewhere_need(site):
    assert f"{build.run_it_yourself.address()}{NOTEBOOK}" in (site / "sitemap.xml").read_text(encoding="utf-8")
    for name in (FRONT, NOTEBOOK):
        page = soup(site / name)
        told = {meta["property"]: meta["content"] for meta in page.find_all("meta", property=True)}
        assert {"og:title", "og:description", "og:image", "og:url"} <= set(told)
        assert (site / told["og:image"].removeprefix(build.run_it_yourself.address())).exists()
        canonical = page.find("link", rel="canonical")["href"].removesuffix("index.html")
        assert canonical == build.run_it_yourself.address() + ("" if name == FRONT else name)
        assert page.find("link", rel="icon")


def test_the_site_is_small(site, visit):
    assert sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) < 40e6
    page = visit(FRONT)
    page.page.wait_for_load_state("networkidle")
    assert sum(page.loaded.values()) < 600e3
    heaviest = max(site.glob("notebooks/*.html"), key=lambda path: path.stat().st_size)
    page = visit(heaviest.relative_to(site).as_posix())
    page.page.wait_for_load_state("networkidle")
    before = {address: size for address, size in page.loaded.items() if "/explorers/" not in address}
    assert 500e3 < sum(before.values()) < 3e6


def test_exercises_are_for_reading_with_folded_hints(site):
    page = soup(site / "notebooks" / "01-the-equations.html")
    from helpers.exercises import e01_equations as check
    hints = page.select("details.hint")
    assert [hint.p.get_text() for hint in hints][:2] == list(check.two_steps.hints)
    assert len(hints) >= 12 and not any(hint.has_attr("open") for hint in hints)
    assert len(page.select(".tag_check .cell_output")) >= 7
    assert page.select("details.hint code") and "`" not in "".join(hint.get_text() for hint in hints)
    museum = soup(site / "notebooks" / "06-museum-of-broken-rnns.html")
    assert museum.select("details.hint")
    for each in (soup(site / "notebooks" / "00-start-here.html"), page, museum):
        assert "To have an answer checked, run the notebook yourself" in each.get_text()
    assert page.find("a", href="solutions/01-the-equations-solutions.html")


@pytest.mark.parametrize("page, arrows", [(SHORT, ["11 Recurrent networks today"]), (TEACHERS, []), (SOLUTIONS, ["02 A NumPy cell: solutions"])])
def test_the_arrows_at_the_end_of_a_page_stay_in_its_part(site, page, arrows):
    found = soup(site / page).select(".prev-next-area .prev-next-title")
    assert [arrow.get_text().strip() for arrow in found] == arrows


def test_a_folder_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "letters").write_text("dear", encoding="utf-8")
    with pytest.raises(SystemExit, match="--out: expected a new or empty folder or an earlier site"):
        build.build(tmp_path, SAMPLE)
    assert (tmp_path / "letters").read_text(encoding="utf-8") == "dear"


# How it is seen.

@pytest.mark.parametrize("kind, scheme", [
    (FRONT, "light"), (FRONT, "dark"), (SHORT, "dark"), (SOLUTIONS, "dark"), (TEACHERS, "light"),
    pytest.param(SHORT, "light", marks=pytest.mark.long), pytest.param(NOTEBOOK, "light", marks=pytest.mark.long), pytest.param(NOTEBOOK, "dark", marks=pytest.mark.long)])
def test_nothing_keeps_people_from_using_a_page(visit, kind, scheme):
    page = visit(kind, formulas=False, color_scheme=scheme)            # MathJax sees to its own
    for name in page.page.locator("[data-explorer]").evaluate_all("boxes => boxes.map(box => box.dataset.explorer)"):
        page.explorer(name)
    found = Axe().run(page.page, options={"preload": False, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found.response["violations"]
            if each["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("kind", (FRONT, NOTEBOOK, SOLUTIONS, TEACHERS), ids=("front", "notebook", "solutions", "teachers"))
def test_nothing_is_cut_off_on_a_phone(visit, kind):
    page = visit(kind, viewport={"width": 390, "height": 844}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate("""() => [...document.querySelectorAll("main img, main canvas, main .explorer *, main p, .front *")]
        .filter(part => part.checkVisibility() && !part.closest(".explorer-status, pre, .highlight, mjx-container, .pst-scrollable-table-container"))
        .filter(part => part.getBoundingClientRect().right > 391).map(part => part.outerHTML.slice(0, 120))""")
    assert wide == []


def test_on_a_phone_the_menu_opens_and_a_picture_can_be_made_larger(visit):
    site_page = visit(SHORT, formulas=False, viewport={"width": 390, "height": 844})
    page, box = site_page.page, site_page.explorer("reservoir")
    box.get_by_role("button", name="Larger").click()
    assert box.locator("canvas").evaluate("canvas => canvas.clientWidth") > 700
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("button.primary-toggle:visible").click()
    page.get_by_role("dialog").get_by_role("link", name="04 Vanishing and exploding gradients", exact=True).click()
    page.wait_for_url(f"**/{NOTEBOOK}")


def test_in_the_dark_figures_stay_white_and_paper_is_light(visit):
    page = visit(SHORT, formulas=False, color_scheme="dark").page
    looks = page.locator("img.picture").evaluate_all("images => images.map(image => getComputedStyle(image).filter + "
                                                    "getComputedStyle(image).backgroundColor + getComputedStyle(image).padding)")
    assert set(looks) == {"nonergb(255, 255, 255)0px"}
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    for event, theme in (("beforeprint", "light"), ("afterprint", "dark")):
        page.evaluate("event => window.dispatchEvent(new Event(event))", event)
        assert page.evaluate("document.documentElement.dataset.theme") == theme


def test_without_scripts_the_stored_picture_and_its_sentence_are_there(visit):
    page = visit(NOTEBOOK, java_script_enabled=False).page
    for box in page.locator(".explorer").all():
        assert box.locator("img").is_visible() and "Explorer" in box.locator("img").get_attribute("alt")
        assert box.locator("p").inner_text().startswith("Explorer “")


def test_it_can_be_read_and_moved_without_a_server(site, web):
    context = web[0].new_context()
    page = context.new_page()
    page.goto((site / NOTEBOOK).as_uri())
    page.evaluate("explorers.load(document.querySelector('.explorer')).then(() => null)")
    assert page.locator(".explorer-summary").first.inner_text().startswith("The gradient vanishes")
    assert page.locator("img.picture").evaluate_all("images => images.every(image => image.loading === 'lazy' || image.naturalWidth)")
    context.close()


# The explorers.

@pytest.mark.parametrize("name", [name if name in EACH_RUN else pytest.param(name, marks=pytest.mark.long) for name in PLACES])
def test_an_explorer_is_the_one_of_jupyterlab_and_its_buttons_do_what_their_text_asks_for(visit, explorer, name, long):
    own, page = explorer(name), visit(address_of(name), formulas=False, reduced_motion="reduce")
    box = page.explorer(name)
    chosen = settings(own, None if long else SAMPLE)
    assert place_of(own, own.defaults) in chosen
    for place in random.Random(name).sample(sorted(chosen), min(200 if long else 3, len(chosen))):
        pixels, same = difference(page, name, own, chosen[place])
        assert same, chosen[place]
        assert pixels <= allowed(own), (pixels, chosen[place])
    note = box.locator(".explorer-note").all_inner_texts()
    for control, values in own.grid.items():                            # what only JupyterLab has is said
        assert (f"{own.controls[control].description} (here" in "".join(note)) == (len(values) == 1), control

    items = page.page.locator(f'.try[data-for="{name}"]').all()
    for item, steps in zip(items, own.tries, strict=True):
        for button, step in zip(item.get_by_role("button").all(), steps, strict=True):
            button.press("Enter")
            expect(box.locator(".explorer-summary")).to_have_text(own.summarize(own.compute(**after(own, step))))
        top, bottom, height = box.locator("canvas").evaluate("""async canvas => {
            await new Promise(requestAnimationFrame);
            return [canvas.getBoundingClientRect().top, canvas.getBoundingClientRect().bottom, innerHeight];
        }""")
        assert 0 <= top < bottom <= height
    several = next((steps for steps in own.tries if len(steps) > 1), None)
    if several:                                                        # the list is off the screen now: its steps lie beside the picture
        item, beside = items[own.tries.index(several)], box.locator(".explorer-try button")
        item.get_by_role("button").first.press("Enter")
        assert beside.all_inner_texts() == item.get_by_role("button").all_inner_texts()
        beside.last.click()
        assert box.locator(".explorer-summary").inner_text() == own.summarize(own.compute(**after(own, several[-1])))
        assert beside.evaluate_all("all => all.map(each => each.ariaPressed)") == [None] * (len(several) - 1) + ["true"]


def test_the_keyboard_moves_an_explorer_and_a_screen_reader_is_told(visit, explorer):
    site_page = visit(NOTEBOOK, formulas=False, reduced_motion="reduce")
    box, page = site_page.explorer("watch_gradients_vanish"), site_page.page
    assert page.get_by_role("group", name="Explorer: watch gradients vanish").count() == 1
    slider = box.get_by_role("slider", name="spectral radius")
    slider.focus()
    picture, said = box.locator("canvas").evaluate("canvas => canvas.toDataURL()"), box.locator(".explorer-summary").inner_text()
    own = explorer("watch_gradients_vanish")                           # to a value that is asked for, so in the sample
    radii, target = own.grid["spectral_radius"], own.tries[0][1]["spectral_radius"]
    for _ in range(radii.index(target) - radii.index(own.defaults["spectral_radius"])):
        page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == f"{target:.2f}"
    assert box.get_by_role("status").text_content() == ""
    page.wait_for_function("() => document.querySelector('.explorer-status').textContent !== ''")
    assert box.get_by_role("status").text_content() == box.locator(".explorer-summary").inner_text() != said
    assert box.locator("canvas").evaluate("canvas => canvas.toDataURL()") != picture
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "3.00"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    box.get_by_role("button", name="Reset watch gradients vanish").press("Enter")
    assert box.locator("canvas").evaluate("canvas => canvas.toDataURL()") == picture
    assert box.locator(".explorer-summary").inner_text() == said
    assert said in box.locator("canvas").get_attribute("aria-label")


def test_play_walks_on_and_waits_for_those_who_want_less_motion(visit):
    label, page = "step to look at", visit(address_of("one_unit"), formulas=False)
    box = page.explorer("one_unit")
    slider = box.get_by_role("slider", name=label)
    slider.press("Home")
    box.get_by_role("button", name=f"Play {label}").click()
    pause = box.get_by_role("button", name=f"Pause {label}")
    page.page.wait_for_function("() => document.querySelector('#one_unit-t').value > 1")
    page.page.emulate_media(reduced_motion="reduce")
    pause.click()
    assert pause.count() == 0
    slider.press("Home")
    box.get_by_role("button", name=f"Next {label}").click()
    assert slider.input_value() == "1"
    assert pause.count() == 0


def test_a_name_that_the_page_does_not_know_is_said_and_the_picture_stays(visit):
    box = visit(address_of("type_a_name"), formulas=False).explorer("type_a_name")
    name, trouble = box.get_by_role("combobox", name="name"), box.locator(".explorer-trouble")
    before = box.locator(".explorer-summary").inner_text()
    name.fill("Xyzzy")
    assert "“Xyzzy” is not among the" in trouble.inner_text()
    assert box.locator(".explorer-summary").inner_text() == before
    name.fill(" ")                                                     # nothing yet: nothing to complain of
    assert trouble.text_content() == ""
    name.fill("MÁRTIN")                                                # capitals and accents do not matter
    assert trouble.text_content() == ""
    assert "martin" in box.locator(".explorer-summary").inner_text()
    writer = visit(address_of("name_writer"), formulas=False).explorer("name_writer")  # knows every first letter
    writer.get_by_role("combobox", name="your first letters").fill("Zzzz")
    assert "so you see “z”" in writer.locator(".explorer-trouble").inner_text()


def test_a_dense_screen_gets_a_dense_picture(visit):
    box = visit(address_of("fading_memory"), formulas=False, device_scale_factor=2).explorer("fading_memory")
    ground = box.locator(".explorer-picture img")
    assert box.locator("canvas").evaluate("canvas => canvas.width / 2") == float(ground.get_attribute("width"))
    assert "-2.webp" in ground.evaluate("image => image.decode().then(() => image.currentSrc)")


# What it is computed from.

def test_an_export_is_made_anew_only_when_something_that_it_is_computed_from_has_changed(tmp_path, monkeypatch):
    graph = build.grimp.build_graph("helpers")
    gates, scan = "helpers.explorers.gates", "helpers.explorers.scan"
    before = [build.fingerprint(graph, module, None) for module in (gates, scan)]
    assert before == [build.fingerprint(graph, module, None) for module in (gates, scan)]
    assert before[0] != build.fingerprint(graph, gates, SAMPLE)
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "gated.py"))
    after = [build.fingerprint(graph, module, None) for module in (gates, scan)]
    assert after[0] != before[0] and after[1] == before[1]
