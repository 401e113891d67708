"""What readers without a kernel get: each notebook as an HTML page, with every picture, its text and its caption."""

from functools import cache

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from tests.notebook_rules import PROJECT, notebooks
from tests.test_browser import MOVED, TYPED


@pytest.fixture(scope="module")
def page():
    """Return a function that converts a notebook's outputs, by the template of nbconvert that keeps alternative texts."""
    exporter = HTMLExporter(template_name="classic", exclude_input=True, exclude_markdown=True)
    return cache(lambda path: BeautifulSoup(exporter.from_filename(str(path))[0], "html.parser"))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_every_picture_is_on_the_page_with_text_and_caption(page, path):
    stored = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])
              if "image/png" in output.get("data", {})]
    shown = page(path)
    images = shown.find_all("img")
    assert [image["src"] for image in images] == [f"data:image/png;base64,{one.data['image/png']}" for one in stored]
    assert [image["alt"] for image in images] == [one.metadata["image/png"]["alt"] for one in stored]
    captions = [_plain(caption) for caption in shown.select(".output_markdown em")]
    for image in images:
        assert _plain(BeautifulSoup(image["alt"], "html.parser")) in captions


@pytest.mark.parametrize("name", MOVED)
def test_every_explorer_is_on_the_page_with_what_it_shows(page, name):
    images = page(PROJECT / "notebooks" / name).find_all("img")
    opened = [image["alt"].split("”")[0].removeprefix("Explorer “") for image in images if image["alt"].startswith("Explorer “")]
    assert sorted(opened) == sorted([*MOVED[name], *TYPED.get(name, ())])


def _plain(element):
    """The letters of a text, without blanks and Markdown's marks, which the page shows as form."""
    return "".join(letter for letter in element.get_text() if letter not in "*_`\\" and not letter.isspace())
