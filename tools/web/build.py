"""Builds the course's web site into site/: pages by Sphinx from the stored notebooks, explorers from their own Python.

    python3 course.py site [--serve] [--check-links] [--out FOLDER] [--sample N]
"""

import argparse
import hashlib
import importlib
import io
import json
import multiprocessing
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import files, version
from pathlib import Path

import grimp
import matplotlib
import nbformat
import numpy as np
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from sphinx.cmd.build import main as sphinx_build

from helpers.pictures.style import BLACK, GRAY, figure
from tools.exercise_list import exercises, modules
from tools.explorer_list import makers, places
from tools.notebook_rules import PROJECT, notebooks
from tools.web import run_it_yourself
from tools.web.compare import served
from tools.web.export import as_script, export, settings, tries
from tools.web.pages import Live, picture_of, still, to_repository, write_page

WEB = Path(__file__).parent
CACHE = PROJECT / ".cache" / "web"
EXPORTS = CACHE / "explorers"
PARTS = {"Part I, by hand": range(5), "Part II, with PyTorch": range(5, 10), "Part III, memory": range(10, 13)}
FONTS = {"course-sans-normal": "DejaVuSans", "course-sans-bold": "DejaVuSans-Bold",
         "course-mono-normal": "DejaVuSansMono", "course-mono-bold": "DejaVuSansMono-Bold"}
LETTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x391, 0x3CA), *range(0x2010, 0x2028), *range(0x2070, 0x2090),
           *range(0x2190, 0x21A0), *range(0x2200, 0x2300), 0x2423, *range(0x25A0, 0x2600)]


def main(arguments):
    """Build the site, and serve it or check its links if asked to; return the exit code."""
    parser = argparse.ArgumentParser(prog="course.py site", description=__doc__.split("\n")[0])
    parser.add_argument("--serve", action="store_true", help="open it on this machine once it is built")
    parser.add_argument("--check-links", action="store_true", help="ask whether the links to elsewhere still answer")
    parser.add_argument("--out", type=Path, default=PROJECT / "site", metavar="FOLDER", help="where to (site/)")
    parser.add_argument("--sample", type=int, metavar="N", help="compute only so many settings of each explorer, to see pages sooner")
    options = parser.parse_args(arguments)
    if options.check_links and not online():
        print("There is no network here, so the links were not checked.")
        return 0
    code = build(options.out.resolve(), options.sample, "linkcheck" if options.check_links else "html")
    if options.serve and code == 0:
        serve(options.out)
    return code


def online():
    """Return whether another host can be reached."""
    try:
        socket.create_connection(("github.com", 443), timeout=10).close()
    except OSError:
        return False
    return True


def build(out, sample=None, builder="html"):
    """Write the site to the folder `out`, whose earlier content goes; return Sphinx's exit code.

    A folder that is neither empty nor an earlier site stays as it is.
    """
    if out.exists() and any(out.iterdir()) and not (out / "objects.inv").exists():
        raise SystemExit(f"--out: expected a new or empty folder or an earlier site, got {out}")
    started = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        source, built = Path(work) / "source", Path(work) / "built"
        pages = write_source(source, sample)
        if builder == "linkcheck":                                     # texts that are no pages have links, too
            for name in ("README.md", "CONTRIBUTING.md", "data/README.md"):
                text = (PROJECT / name).read_text(encoding="utf-8")
                (source / name.replace("/", "-")).write_text(f"---\norphan: true\n---\n{to_repository(text, Path(name).parent)}", encoding="utf-8")
        code = sphinx_build(["-q", "-W", "--keep-going", "-j", "2", "-b", builder, "-d", str(Path(work) / "doctrees"), str(source), str(built)])
        if builder == "html" and code == 0:
            without_icon_script(built)
            (built / ".nojekyll").touch()                              # or GitHub leaves out folders that begin with _
            shutil.rmtree(out, ignore_errors=True)
            shutil.move(built, out)
            size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
            print(f"{out.name}/: {len(pages)} notebooks, {size / 1e6:.1f} MB, {time.monotonic() - started:.0f} s")
    return code


def write_source(source, sample=None):
    """Write all that Sphinx reads into the new folder `source`; return the pages of the notebooks."""
    static = source / "_static"
    static.mkdir(parents=True)
    for name in ("player.js", "site.css", "favicon.svg"):
        shutil.copy(WEB / name, static)
    shutil.copy(WEB / "conf.py", source)
    write_fonts(static / "fonts")
    write_mathjax(static / "mathjax")
    versions = write_explorers(static / "explorers", sample)
    pages = write_pages(source, versions)
    write_front_page(source, pages, versions)
    return pages


def write_explorers(folder, sample=None):
    """Write each explorer's script and backgrounds into `folder`; return `{name: version}`.

    What was computed before is kept in .cache/web/explorers, by a fingerprint of all that it was computed from.
    """
    EXPORTS.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    graph, versions, new = grimp.build_graph("helpers"), {}, []
    for maker in makers()[0]:
        module, name = maker.split(".")
        versions[name] = fingerprint(graph, f"helpers.explorers.{module}", sample)
        if not (EXPORTS / f"{name}.{versions[name]}.js").exists():
            new.append((maker, versions[name], sample))
    if new:
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            for line in pool.map(write_explorer, *zip(*new, strict=True)):
                print(line)
    for name, made_from in versions.items():
        for end in (".js", "-1.webp", "-2.webp"):
            shutil.copy(EXPORTS / f"{name}.{made_from}{end}", folder / f"{name}{end}")
    return versions


def write_explorer(maker, version, sample):
    """Export one explorer into the cache; return a line that says what it took."""
    module, name = maker.split(".")
    started = time.monotonic()
    explorer = getattr(importlib.import_module(f"helpers.explorers.{module}"), name)()
    data, backgrounds = export(explorer, sample)
    target = EXPORTS / f"{name}.{version}.js"
    target.with_suffix(".json").write_text(json.dumps(tries(explorer)), encoding="utf-8")
    for ratio, webp in enumerate(backgrounds, 1):
        target.with_name(f"{target.stem}-{ratio}.webp").write_bytes(webp)
    half = target.with_suffix(".part")
    half.write_text(as_script(name, data))
    half.replace(target)                                               # last and at once: what is there is whole
    return f"{name}: {len(settings(explorer, sample))} settings, {len(data) / 1000:.0f} kB, {time.monotonic() - started:.1f} s"


def fingerprint(graph, module, sample):
    """Return a hash of the code that an explorer needs, of the data, of the packages that compute and draw, and of the export."""
    modules = {module, *graph.find_upstream_modules(module)}
    code = [PROJECT / f"{name.replace('.', '/')}.py" for name in modules]
    sources = sorted(path for path in [*code, *(PROJECT / "data").iterdir(), WEB / "export.py"] if path.is_file())
    digest = hashlib.sha256(repr((sample, matplotlib.__version__, np.__version__, version("torch"))).encode())
    for path in sources:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def write_fonts(folder):
    """Write the letters of matplotlib's own fonts that the explorers and the course need, as WOFF."""
    folder.mkdir()
    for ours, name in FONTS.items():
        font = TTFont(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", recalcTimestamp=False)
        cutter = subset.Subsetter(subset.Options(layout_features=["kern"], hinting=False, drop_tables=["FFTM"]))
        cutter.populate(unicodes=LETTERS)
        cutter.subset(font)
        font.flavor = "woff"
        font.save(folder / f"{ours}.woff")


def write_mathjax(folder):
    """Copy MathJax 3 with its fonts: Sphinx would load it from another host."""
    for path in files("sphinx-mathjax-offline"):
        inside = str(path).partition("static/mathjax/")[2]
        if inside == "tex-chtml.js" or inside.startswith("output/chtml/fonts/woff"):
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path.locate(), folder / inside)


def write_pages(source, versions):
    """Write the notebook of each page, the teachers' page and the table of contents; return the pages."""
    on_page = {}
    for maker, place in places().items():
        name = maker.split(".")[1]
        on_page.setdefault(place.notebook, {})[name] = Live(place, versions[name], things_to_try(name, versions))
    pages = []
    for path in notebooks():
        inside = path.relative_to(PROJECT)
        pages.append(write_page(inside, source, on_page.get(path, {})))
        (source / "_extra" / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, source / "_extra" / inside)
    shutil.copytree(PROJECT / "notebooks" / "pictures", source / "notebooks" / "pictures")
    teaching = PROJECT / "docs" / "teaching.md"
    (source / "docs").mkdir()
    (source / "docs" / teaching.name).write_text(to_repository(teaching.read_text(encoding="utf-8"), Path("docs")), encoding="utf-8")
    lines = ["# Contents", ""]
    for part, numbers in PARTS.items():
        lines += _toctree(part, [page.address for page in pages if not page.solutions and page.number in numbers])
    lines += _toctree("More", ["docs/teaching"]) + _toctree("Solutions", [page.address for page in pages if page.solutions])
    (source / "index.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return pages


def things_to_try(name, versions):
    """Return the steps of an explorer's things to try, as its export left them."""
    return json.loads((EXPORTS / f"{name}.{versions[name]}.json").read_text(encoding="utf-8"))


def _toctree(caption, addresses):
    return ["```{toctree}", f":caption: {caption}", ":hidden:", "", *addresses, "```", ""]


def write_front_page(source, pages, versions):
    """Write what the template of the front page needs to know, and the picture that a link to the site shows elsewhere."""
    maker = "watch_gradients_vanish.watch_gradients_vanish"
    place, repository = places()[maker], run_it_yourself.repository()
    steps = things_to_try(maker.split(".")[1], versions)
    cell = next(cell for cell in nbformat.read(place.notebook, as_version=4).cells if cell.id == place.cell)
    (source / "front.json").write_text(json.dumps({
        "parts": {part: [page._asdict() for page in pages if not page.solutions and page.number in numbers] for part, numbers in PARTS.items()},
        "versions": versions, "steps": [step | {"short": step["label"]} for step in (steps[0][3], steps[1][0])],
        "still": still(picture_of(cell), source, ""),
        "exercises": sum(map(len, map(exercises, modules()))), "elsewhere": run_it_yourself.ELSEWHERE, "address": run_it_yourself.address(),
        "clone": f"https://github.com/{repository}.git", "folder": repository.split("/")[1], "repository": f"https://github.com/{repository}",
    }), encoding="utf-8")
    fig, ax = figure(width=12, height=6.3)
    ax.imshow(Image.open(io.BytesIO(makers()[0][maker]().image.value)))
    ax.axis("off")
    fig.suptitle("Recurrent neural networks, from the equation to real data", fontsize=26, color=BLACK)
    fig.supxlabel("read it, drag it, solve it: a course of notebooks", fontsize=17, color=GRAY)
    fig.savefig(source / "_static" / "preview.png")


def without_icon_script(built):
    """Take the theme's icons as a script (1.6 MB) out of every page: it brings the same icons as a font."""
    for page in built.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r'<script[^>]*fontawesome\.js[^>]*></script>|<link[^>]*fontawesome\.js[^>]*>', "", text), encoding="utf-8")
    for script in built.rglob("fontawesome.js*"):
        script.unlink()


def serve(folder):
    """Serve the site on this machine alone, and open it, until Ctrl+C."""
    with served(folder) as address:
        print(f"{address}  (Ctrl+C ends it)", flush=True)
        webbrowser.open(address)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
