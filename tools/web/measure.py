"""Measures the built site for the benchmark: key press to picture beside JupyterLab, pixels, bytes, the first picture."""

import random
import statistics
import tempfile
import time
from pathlib import Path

import nbformat

from tools.browser import NotebookPage, chromium, jupyterlab
from tools.explorer_list import makers, places
from tools.web import build
from tools.web.compare import SitePage, allowed, difference, served
from tools.web.export import settings

PRESSES, SETTINGS, OPENINGS = 60, 200, 5
PYTHON = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}       # or JupyterLab asks for one
# From the key's own time stamp until the canvas can be read; in JupyterLab until the new picture has come and is painted.
ON_THE_SITE = """name => new Promise(done => addEventListener("input", ({timeStamp}) => {
    document.querySelector(`[data-explorer="${name}"] canvas`).getContext("2d").getImageData(0, 0, 1, 1);
    done(performance.now() - pressed);
}, {once: true}))"""
IN_JUPYTERLAB = """name => new Promise(done => {
    const image = document.querySelector(`.explorer[aria-label="Explorer ${name}"] img`), before = image.src;
    const observer = new MutationObserver(() => {
        if (image.src === before) return;
        observer.disconnect();
        image.decode().then(() => done(performance.now() - pressed));
    });
    observer.observe(image, {attributes: true, attributeFilter: ["src"]});
})"""
NOTE_KEYS = "() => addEventListener('keydown', event => { window.pressed = event.timeStamp; }, true)"


def measure(ratio):
    """Return the site's ratios, each made by `ratio(what, value, limit, times)`; prints a line per explorer."""
    found = makers()[0]
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        if build.build(site):
            raise RuntimeError("the site could not be built")
        notebook = Path(folder) / "explorers.ipynb"
        cells = [nbformat.v4.new_code_cell(f"from helpers.explorers.{maker.split('.')[0]} import {maker.split('.')[1]} as make\nmake()")
                 for maker in found]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": PYTHON}), notebook)
        with served(site) as address, chromium() as browser, jupyterlab([notebook]) as lab:
            page = NotebookPage(browser, lab, notebook)
            page.run_all()
            page.page.evaluate(NOTE_KEYS)
            ratios = [row for maker, place in places().items()
                      for row in _explorer(ratio, maker.split(".")[1], found[maker](), place, site, browser, address, page.page)]
            page.close()
            return ratios + _openings(ratio, browser, address) + _bytes(ratio, site, browser, address)


def _explorer(ratio, name, explorer, place, site, browser, address, lab):
    page = SitePage(browser, f"{address}notebooks/{place.notebook.stem}.html")
    slider = page.explorer(name).locator("input[type=range]")
    page.page.evaluate(NOTE_KEYS)
    here, there = [], []
    if slider.count():
        moved = lab.locator(f'.explorer[aria-label="Explorer {explorer.name}"]').get_by_role("slider").first
        for start in (slider.first, moved):
            start.press("Home")
        for number in range(PRESSES):                                  # to and fro: every press moves
            key = "ArrowLeft" if number % 2 else "ArrowRight"
            here.append(_press(page.page, slider.first, key, ON_THE_SITE, name))
            if number % 5 == 0:                                        # the slower one not as often
                there.append(_press(lab, moved, key, IN_JUPYTERLAB, explorer.name))
    else:                                                              # a text box: each choice is a key's work
        values = explorer.grid[next(iter(explorer.grid))]
        here = page.page.evaluate("""async ([name, values]) => {
            const box = document.querySelector(`[data-explorer="${name}"] input`), times = [];
            for (const value of values) {
                await new Promise(requestAnimationFrame);
                const start = performance.now();
                box.value = value;
                box.dispatchEvent(new Event("input"));
                document.querySelector(`[data-explorer="${name}"] canvas`).getContext("2d").getImageData(0, 0, 1, 1);
                times.push(performance.now() - start);
            }
            return times;
        }""", [name, values[:PRESSES]])
    chosen = list(settings(explorer).values())
    compared = [difference(page, name, explorer, values) for values in random.Random(name).sample(chosen, min(SETTINGS, len(chosen)))]
    page.close()
    far, wrong = max(share for share, _ in compared), sum(not same for _, same in compared)
    p50, p95 = statistics.median(here), statistics.quantiles(here, n=20)[-1]
    beside = f", JupyterLab {statistics.median(there):.0f}" if there else ""
    size = (site / "_static" / "explorers" / f"{name}.js").stat().st_size / 1000
    times = f"{len(chosen)} settings, {size:.0f} kB, p50 {p50:.1f}{beside} ms, {wrong} of {len(compared)} sentences differ"
    return [ratio(f"{name}: key to picture, p95 ms", p95, 16.7, times),
            ratio(f"{name}: pixels that differ, % (sentences: 100)", 100 * (far + wrong), 100 * allowed(explorer), "the worst")]


def _press(page, slider, key, listen, name):
    slider.focus()
    page.evaluate(f"name => {{ window.answered = ({listen})(name); }}", name)
    page.keyboard.press(key)
    return page.evaluate("() => answered")


def _openings(ratio, browser, address):
    """Return how much longer than a bare page of the theme one with an explorer takes to its first picture."""
    times = {name: [] for name in ("genindex.html", "notebooks/04-vanishing-and-exploding.html")}
    for _ in range(OPENINGS):
        for name, taken in times.items():
            context = browser.new_context()
            page, start = context.new_page(), time.perf_counter()
            page.goto(address + name, wait_until="commit")
            page.wait_for_function("() => [...document.querySelectorAll('main img')].some(image => image.complete && image.naturalWidth)"
                                   if "notebooks" in name else "() => document.querySelector('main h1')")
            taken.append(time.perf_counter() - start)
            context.close()
    bare, full = (statistics.median(taken) for taken in times.values())
    return [ratio("04's first picture, s over a bare page", full - bare, 1, f"{full:.2f} - {bare:.2f} s")]


def _bytes(ratio, site, browser, address):
    page = SitePage(browser, address)
    page.page.wait_for_load_state("networkidle")                       # its explorer has come, too
    front = sum(page.loaded.values()) / 1000
    page.close()
    whole = sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) / 1e6
    return [ratio("the front page, kB", front, 600, f"{len(page.loaded)} files"), ratio("the whole site, MB", whole, 40, "")]
