"""Where the course is published, the addresses that run one of its notebooks elsewhere, and the copies for Colab.

    python -m tools.web.run_it_yourself FOLDER

writes the copies into FOLDER, as they lie in the repository. Colab opens notebooks from a branch of a repository on GitHub
alone, and GitHub's Pages are no branch: .github/workflows/pages.yml pushes the copies to the branch COLAB_BRANCH, whose one
commit it replaces each time.
"""

import os
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat
from packaging.requirements import Requirement

from tools.notebook_rules import PROJECT, notebooks

_PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
BRANCH = _PYPROJECT["tool"]["course"]["branch"]
COLAB_BRANCH = "colab"
ELSEWHERE = "Binder, Codespaces or Colab"        # for the front page
# What Colab's own page and kernel are made of, and what a JupyterLab needs: none of it is asked for.
LEFT_TO_COLAB = {"ipykernel", "ipywidgets", "jsonschema", "jupyter_client", "jupyterlab", "nbclient", "nbformat"}

_COLAB_TEXT = """\
**This is a copy for Google Colab.** Run the cell below first. It fetches the course onto the machine that Colab lends you,
installs the packages that Colab lacks, and takes a few seconds.

A few things differ here. Colab has its own versions of PyTorch, NumPy and the sliders, so notebook 00 may tell you that a
package is older than the course wants, and a trained network may differ in its last digits. You can carry on. Below each
explorer you'll also see the picture of its opening state. Colab forgets the machine after a few hours: to keep your
answers, choose *File*, then *Save a copy in Drive*."""
_COLAB_CODE = """\
import os
import subprocess
import sys

if not os.path.exists("{place}"):
    subprocess.run("git clone --quiet --depth 1 --branch {branch} {origin} {place}".split(), check=True)
%pip install --quiet {packages}
%cd {place}/{folder}
sys.path.insert(0, "{place}")"""


def repository():
    """Return "OWNER/NAME" on GitHub: of the repository whose workflow runs this, else the setting in pyproject.toml.

    Raises: ValueError when it has another form.
    """
    named = os.environ.get("GITHUB_REPOSITORY") or _PYPROJECT["tool"]["course"]["repository"]
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", named):
        raise ValueError(f"repository: expected OWNER/NAME, got {named!r}")
    return named


def address():
    """Return the site's address on GitHub's Pages, with a slash at its end."""
    owner, name = repository().split("/")
    return f"https://{owner.lower()}.github.io/{name}/"


def in_repository(path):
    """Return the address of a file of the project (its path in the project) in the repository."""
    return f"https://github.com/{repository()}/blob/{BRANCH}/{quote(path.as_posix())}"


def on_colab(path):
    """Return the address that opens a notebook's copy (the notebook's path in the project) in Colab."""
    return f"https://colab.research.google.com/github/{repository()}/blob/{COLAB_BRANCH}/{quote(path.as_posix())}"


def ways(path):
    """Return `{name: address}`, the ways to run a notebook (its path in the project); an address without :// is in the site."""
    return {
        "Download": path.as_posix(),
        "Binder": f"https://mybinder.org/v2/gh/{repository()}/{BRANCH}?urlpath={quote(f'lab/tree/{path.as_posix()}', safe='')}",
        "Colab": on_colab(path),
        "Codespaces": f"https://codespaces.new/{repository()}/tree/{BRANCH}",
    }


def colab_copy(path):
    """Return a copy of a notebook (its path in the project) for Colab.

    It starts with a text and a cell that fetch the course, and its links to files of the project are addresses.
    """
    notebook = nbformat.read(PROJECT / path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _with_addresses(cell.source, path)
    code = _COLAB_CODE.format(place=f"/content/{repository().split('/')[1]}", branch=BRANCH, folder=path.parent.as_posix(),
                              origin=f"https://github.com/{repository()}", packages=" ".join(colab_packages()))
    notebook.cells = [nbformat.v4.new_markdown_cell(_COLAB_TEXT, id="about-this-copy"),
                      nbformat.v4.new_code_cell(code, id="fetch-the-course"), *notebook.cells]
    return notebook


def colab_packages():
    """Return the names of what the notebooks need beyond LEFT_TO_COLAB.

    They go to pip without a version: what Colab has stays as it is, since a newer one would need another session.
    """
    names = [Requirement(line).name for line in _PYPROJECT["project"]["dependencies"]]
    return [name for name in names if name not in LEFT_TO_COLAB]


def _with_addresses(text, path):
    """Return Markdown whose links to files beside the notebook `path` are addresses."""
    def address_of(inside, image):
        return on_colab(inside) if inside.suffix == ".ipynb" else in_repository(inside) + ("?raw=true" if image else "")
    return with_links(text, path.parent, address_of)


def with_links(text, folder, address_of):
    """Return Markdown in which links to files of the project, seen from `folder` in it, go where `address_of(file, image)` says.

    `file` is the path in the project, `image` whether it is shown and not linked; None leaves the link as it is.
    """
    def changed(match):
        image, words, link, anchor = match.groups()
        file = Path(os.path.normpath(PROJECT / folder / link))
        if not file.exists():                    # an address, or no link at all: formulas have brackets, too
            return match[0]
        place = address_of(file.relative_to(PROJECT), bool(image))
        return match[0] if place is None else f"{image}{words}({place}{'' if image else anchor})"
    return re.sub(r"(!?)(\[[^\]]*\])\(([^)\s#]+)(#[^)\s]*|)\)", changed, text)


def main(arguments):
    """Write the copies for Colab of all notebooks into the folder that is named; return the exit code."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m tools.web.run_it_yourself FOLDER")
    for file in notebooks():
        inside = file.relative_to(PROJECT)
        (Path(arguments[0]) / inside.parent).mkdir(parents=True, exist_ok=True)
        nbformat.write(colab_copy(inside), Path(arguments[0]) / inside)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
