"""What readers without a kernel get: each notebook as an HTML page, with every picture, its text and its caption."""

from functools import cache

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from tests.notebooks.test_browser import MOVED, TYPED
from tools.notebook_rules import notebooks


@cache
def exporter(template):
    """Return what converts a notebook's outputs by a template; classic keeps alternative texts, lab none."""
    return HTMLExporter(template_name=template, exclude_input=True, exclude_markdown=True, optimistic_validation=True)


@cache
def page(path, template="classic"):
    return BeautifulSoup(exporter(template).from_filename(str(path))[0], "html.parser")


def stored_pictures(path):
    """Return the address and the alternative text of each picture that the notebook stores."""
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]
    return [(f"data:image/png;base64,{output.data['image/png']}", output.metadata["image/png"]["alt"])
            for output in outputs if "image/png" in output.get("data", {})]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_every_picture_is_on_the_page_with_text_and_caption(path):
    shown = page(path)
    images = shown.find_all("img")
    assert [(image["src"], image["alt"]) for image in images] == stored_pictures(path)
    captions = [_plain(caption) for caption in shown.select(".output_markdown em")]
    for image in images:
        assert _plain(BeautifulSoup(image["alt"], "html.parser")) in captions


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_by_the_usual_template_every_picture_has_its_caption_right_below(path):
    """That template drops alternative texts, as JupyterLab does: the caption says the same to whoever cannot see."""
    for image, (source, alt) in zip(page(path, "lab").find_all("img"), stored_pictures(path), strict=True):
        assert image["src"] == source
        below = image.find_next(class_="jp-OutputArea-output")
        assert below.find("em") and _plain(below) == _plain(BeautifulSoup(alt, "html.parser"))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_every_explorer_is_on_the_page_with_what_it_shows_and_is_moved_in_the_browser(path):
    texts = [image["alt"] for image in page(path).find_all("img")]
    opened = [text.removeprefix("Explorer “").split("”")[0] for text in texts if text.startswith("Explorer “")]
    assert sorted(opened) == sorted([*MOVED.get(path.name, ()), *TYPED.get(path.name, ())])


def _plain(element):
    """The letters of a text, without blanks and Markdown's marks, which the page shows as form."""
    return "".join(letter for letter in element.get_text() if letter not in "*_`\\" and not letter.isspace())
