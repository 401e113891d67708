"""Turns a stored notebook into the notebook that Sphinx makes a page of: explorers, alternative texts, hints, ways to run it."""

import base64
import hashlib
import html
import importlib
import io
import json
import re
from typing import NamedTuple

import nbformat
from PIL import Image

from tools.explorer_list import Place
from tools.notebook_rules import PROJECT
from tools.web import run_it_yourself

ALONE = "The download needs the course's folder around it."
READ_ONLY = "*On this page the exercises are for reading. To have an answer checked, run the notebook yourself.*"


class Page(NamedTuple):
    """A notebook's page: where it is, and what the front page says of it."""

    address: str
    number: int
    title: str
    question: str
    minutes: int
    solutions: bool


class Live(NamedTuple):
    """An explorer on a page: its place in the notebook, the version of its file, and the steps of its things to try."""

    place: Place
    version: str
    tries: list


def write_page(inside, source, explorers):
    """Write the page of a stored notebook (`inside`, its path in the project) below the folder `source`; return the Page.

    explorers : `{name: Live}`, those that are on this page
    """
    notebook = nbformat.read(PROJECT / inside, as_version=4)
    up = "../" * (len(inside.parts) - 1)
    check, cells = _checker(notebook), []
    shown = {live.place.cell: (name, live.version) for name, live in explorers.items()}
    for cell in notebook.cells:
        for name, live in explorers.items():
            if cell.id == live.place.text:
                cell.source = _with_buttons(cell.source, name, live)
        if cell.cell_type == "markdown":
            if re.match(r"## (\d+ )?Exercises", cell.source):
                cell.source += f"\n\n{READ_ONLY}"
            cell.source = to_repository(cell.source, inside.parent)
        elif cell.id in shown:
            cell.outputs = [_html(_live(*shown[cell.id], picture_of(cell), source, up))]
        else:
            cell.outputs = [_html(still(output, source, up, "lazy")) if "image/png" in output.get("data", {}) else output
                            for output in cell.outputs]
        cells.append(cell)
        exercises = _exercises(cell, check)
        if exercises:
            cell.metadata.tags = ["check"]                             # its output is a sentence, which may be long
        cells += [nbformat.v4.new_markdown_cell(_hints(exercise)) for exercise in exercises]
    cells.insert(1, nbformat.v4.new_markdown_cell(_run_it(inside, up, bool(explorers))))
    notebook.cells = cells
    (source / inside).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, source / inside)
    return _page(inside, notebook)


def _page(inside, notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    title = text.partition("\n")[0].lstrip("# ")
    number, _, title = title.partition(" ")
    question, minutes = re.search(r"\*\*(.+?)\*\*", text), re.search(r"(?:About |Minutes:\* )(\d+)", text)
    return Page(inside.with_suffix("").as_posix(), int(inside.name[:2]), title, question[1] if question else "",
                int(minutes[1]) if minutes else 0, "solutions" in inside.parts)


def _html(text):
    return nbformat.v4.new_output("display_data", data={"text/html": text, "text/plain": ""})


def _live(name, version, picture, source, up):
    """Return an explorer's place on the page: with JavaScript the player takes it over, without it shows the stored picture."""
    return (f'<div class="explorer" data-explorer="{name}" data-folder="{up}_static/explorers/" data-version="{version}">'
            f'{still(picture, source, up)}<p class="explorer-summary">{html.escape(picture.metadata["image/png"]["alt"])}</p></div>')


def picture_of(cell):
    """Return the first output of a cell that has a picture."""
    return next(output for output in cell.outputs if "image/png" in output.get("data", {}))


def still(output, source, up, loading="eager"):
    """Return the HTML of a stored picture, which becomes a file of the site, with the alternative text that MyST-NB would drop."""
    png = base64.b64decode(output.data["image/png"])
    width, height = Image.open(io.BytesIO(png)).size
    file = source / "_static" / "pictures" / f"{hashlib.sha256(png).hexdigest()[:16]}.png"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(png)
    return (f'<img class="picture" src="{up}_static/pictures/{file.name}" alt="{html.escape(output.metadata["image/png"]["alt"])}" '
            f'width="{width}" height="{height}" loading="{loading}">')


def _with_buttons(text, name, live):
    """Return the Markdown of a list of things to try, each item followed by the buttons that do it."""
    lines = text.split("\n")
    for line, steps in zip(live.place.items, live.tries, strict=True):
        data = html.escape(json.dumps(steps, ensure_ascii=False))
        lines[line] += f' <span class="try" data-for="{name}" data-steps="{data}"></span>'
    return "\n".join(lines)


def _checker(notebook):
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    module = re.search(r"from helpers\.exercises import (\w+) as check", code)
    return importlib.import_module(f"helpers.exercises.{module[1]}") if module else None


def _exercises(cell, check):
    if cell.cell_type != "code" or check is None or not re.search("^exercise|-repair$", cell.id):
        return []
    return [getattr(check, name) for name in dict.fromkeys(re.findall(r"check\.(\w+)\(", cell.source))]


def _hints(exercise):
    hints = "".join(f"<details class='hint'><summary>Hint {number}</summary><p>{_with_code(hint)}</p></details>"
                    for number, hint in enumerate(exercise.hints, 1))
    return f'<div class="hints">{hints}</div>'


def _with_code(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _run_it(inside, up, moves):
    ways = run_it_yourself.ways(inside)
    links = " · ".join(f'<a href="{html.escape(address if "://" in address else up + address)}"'
                       f'{" download" if "://" not in address else ""}>{name}</a>' for name, address in ways.items())
    return f'<p class="run-it">Here the code has already run{", and the explorers move" * moves}. Run it yourself: {links}. {ALONE}</p>'


def to_repository(text, folder):
    """Return Markdown in which links to what is no page of the site lead to the repository; `folder` is its own in the project."""
    def address_of(file, image):
        return None if file.suffix == ".ipynb" or "pictures" in file.parts else run_it_yourself.in_repository(file)
    return run_it_yourself.with_links(text, folder, address_of)
