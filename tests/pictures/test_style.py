"""Figures look as the course's do, are known to nobody else, and none is shown without its finding."""

import base64
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from IPython.display import Markdown
from matplotlib.colors import to_rgb
from PIL import Image

from helpers.pictures import style
from tests.support.colors import contrast
from tools.notebook_rules import PROJECT

SMALLEST = 9                                    # points


@pytest.fixture
def displayed(monkeypatch):
    """Return the list of `(thing, metadata)` displayed from now on."""
    shown = []
    monkeypatch.setattr(style, "display", lambda thing, raw=False, metadata=None: shown.append((thing, metadata)))
    return shown


@pytest.mark.parametrize("options, kind, count", [
    ({}, "axes", 1), ({"rows": 2}, np.ndarray, 2), ({"rows": 2, "columns": 3}, np.ndarray, 6), ({"mosaic": "AAB;AAC"}, dict, 3),
])
def test_figure_returns_its_axes(options, kind, count):
    fig, axes = style.figure(**options)
    assert len(fig.axes) == count
    assert hasattr(axes, "plot") if kind == "axes" else isinstance(axes, kind)


def test_every_axes_is_tidy():
    fig, axes = style.figure(2, 2)
    for ax in axes.flat:
        assert not ax.spines["top"].get_visible() and not ax.spines["right"].get_visible()
        assert ax.get_axisbelow() is True
        sizes = [label.get_fontsize() for label in (*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label)]
        assert min(sizes) >= SMALLEST


def test_gray_is_legible_on_white():
    assert contrast(to_rgb(style.GRAY), to_rgb("white")) >= 7


def test_label_stands_beside_its_point():
    _, ax = style.figure()
    line, = ax.plot([0, 1, 2], [5, 6, 7])
    for at, point in ((-1, (2, 7)), (0, (0, 5))):
        label = style.label_line(line, "seven", at=at, dx=8)
        assert (label.xy, label.get_text(), label.get_position()) == (point, "seven", (8, 0))
        assert label.get_fontsize() >= SMALLEST


def test_png_has_the_asked_size_and_nothing_but_the_picture():
    fig, ax = style.figure(width=5, height=3)
    ax.plot([0, 1], [0, 1])
    png = style.to_png(fig)
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (5 * style.DOTS_PER_INCH, 3 * style.DOTS_PER_INCH)
        assert set(image.info) <= {"dpi"}
    assert style.to_png(fig) == png


def test_png_shows_what_was_drawn():
    """256 colors are enough: for lines, for a map of sizes, for letters and their smooth edges."""
    fig, (ax, plan) = style.figure(1, 2)
    for number in range(6):
        ax.plot([0, 1], [number, 5 - number], alpha=1 - number / 10)
    plan.imshow(np.outer(np.linspace(0, 1, 40), np.linspace(0, 1, 40)), cmap=style.SIZE_MAP)
    with Image.open(io.BytesIO(style.to_png(fig))) as image:
        seen = np.asarray(image.convert("RGB")).astype(int)
    drawn = np.asarray(fig.canvas.buffer_rgba())[..., :3].astype(int)
    assert np.abs(seen - drawn).max() <= 16


def test_show_displays_picture_alternative_text_and_caption(displayed):
    fig, _ = style.figure(width=3, height=2)
    style.show(fig, "The norm falls by 0.59 per step.")
    (picture, metadata), (caption, _) = displayed
    assert base64.b64decode(picture["image/png"]) == style.to_png(fig)
    assert picture["text/plain"] == "The norm falls by 0.59 per step."
    assert metadata == {"image/png": {"alt": "The norm falls by 0.59 per step."}}
    assert isinstance(caption, Markdown) and caption.data == "*The norm falls by 0.59 per step.*"


@pytest.mark.parametrize("finding", ["", "the norm falls", None, ["A list."]])
def test_show_refuses_what_is_no_sentence(displayed, finding):
    fig, _ = style.figure(width=3, height=2)
    with pytest.raises(ValueError, match="finding: expected a sentence"):
        style.show(fig, finding)
    assert displayed == []


def test_no_figure_is_known_to_pyplot():
    """Else a notebook would show it a second time, and keep it for ever."""
    code = "import sys\nfrom helpers.pictures import style\nstyle.figure()\nassert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


HOSTILE = """
text.usetex: True
font.size: 30
font.family: serif
mathtext.fontset: stix
axes.facecolor: black
axes.grid: True
axes.unicode_minus: False
axes.prop_cycle: cycler('color', ['r'])
axes.spines.top: False
axes.xmargin: 0.4
figure.dpi: 20
figure.facecolor: red
figure.autolayout: True
image.origin: lower
image.cmap: jet
image.interpolation: bicubic
lines.linewidth: 10
lines.marker: o
legend.frameon: False
path.sketch: 1, 100, 2
xtick.top: True
xtick.direction: in
text.hinting: none
savefig.dpi: 30
"""
DRAW = """
import hashlib, numpy as np
from helpers.explorers.fading_memory import fading_memory
from helpers.pictures.style import figure, label_line, to_png
fig, axes = figure(1, 2)
line, = axes[0].plot([0, 1, 2], [-1, 2, 3], label="$W_{hh}$")
label_line(line, "a line")
axes[0].legend()
axes[1].imshow(np.arange(6).reshape(2, 3))
axes[1].set(title="$\\\\delta_t$", xlabel="step")
explorer = fading_memory()
print(hashlib.sha256(to_png(fig) + explorer._still(explorer.numbers) + explorer.image.value).hexdigest())
"""


@pytest.mark.long
def test_pictures_do_not_depend_on_the_users_settings(tmp_path):
    home, here, config = (tmp_path / name for name in ("home", "here", "config"))
    for folder in (home / ".config" / "matplotlib", here, config):
        folder.mkdir(parents=True)
        (folder / "matplotlibrc").write_text(HOSTILE)
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*"):             # else each run makes this list
        shutil.copy(fonts, config)
    empty = tmp_path / "empty"
    empty.mkdir()
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "MATPLOTLIB", "XDG_"))}
    plain |= {"HOME": str(empty), "PYTHONPATH": str(PROJECT), "XDG_CACHE_HOME": str(Path(matplotlib.get_cachedir()).parent)}
    cases = {"plain": (empty, {}), "home": (empty, {"HOME": str(home)}), "working directory": (here, {"MPLBACKEND": "svg"}),
             "MPLCONFIGDIR": (empty, {"MPLCONFIGDIR": str(config)}), "MATPLOTLIBRC": (empty, {"MATPLOTLIBRC": str(here / "matplotlibrc")})}
    runs = {name: subprocess.Popen([sys.executable, "-c", DRAW], cwd=folder, env=plain | more, stdout=subprocess.PIPE, text=True)
            for name, (folder, more) in cases.items()}
    drawn = {name: run.communicate()[0] for name, run in runs.items()}
    assert len(drawn["plain"]) == 65
    assert {name: picture == drawn["plain"] for name, picture in drawn.items()} == dict.fromkeys(cases, True)
