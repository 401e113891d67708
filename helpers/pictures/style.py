"""Palette, figure and caption: the one way in which the course draws and shows a picture."""

import base64
import io
import threading

import numpy as np
from IPython.display import Markdown, display
from matplotlib import colormaps, rcParams, rcParamsDefault
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from PIL import Image

# Okabe & Ito (2008), "Color Universal Design": told apart under every common form of color blindness.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GRAY = "#595959"                   # notes and guides: contrast 7 on white
RED = "#B00020"                    # words that warn: contrast 7 on white, where VERMILLION has 3.9
SIZE_MAP, SIGNED_MAP = "cividis", "RdBu_r"
DOTS_PER_INCH = 100
WINDOWS = ("backend", "interactive", "toolbar", "webagg", "tk.", "timezone", "savefig.directory")    # matplotlib's settings of no picture
# matplotlib lays out text with machinery that two threads must not enter at once (an explorer draws beside a cell).
DRAWING = threading.RLock()

# Color never stands alone: each line of a cycle has its own dash as well.
LINE_COLORS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, BLACK)
LINE_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))


def figure(rows=1, columns=1, width=8.5, height=3.4, mosaic=None, **subplots):
    """Return `(figure, axes)`, drawn on the Agg canvas and never known to pyplot, so that nothing is shown by accident.

    `axes` is one Axes for a 1x1 grid, an array of them for another, and a dict by letter for a mosaic such as "AAB;AAC";
    `subplots` goes to `Figure.subplots` or `Figure.subplot_mosaic`.
    What a user's matplotlibrc sets is undone first, so that a picture is the same everywhere: not by a context around the
    drawing, since the lines of a figure are drawn by the cells.
    Units: width and height in inches, at 100 dots per inch.
    """
    dict.update(rcParams, {name: value for name, value in rcParamsDefault.items() if not name.startswith(WINDOWS)})
    fig = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(fig)
    axes = fig.subplot_mosaic(mosaic, **subplots) if mosaic else fig.subplots(rows, columns, **subplots)
    for ax in fig.axes:
        ax.set_prop_cycle(color=LINE_COLORS, linestyle=LINE_DASHES)
        ax.grid(True, color="#e6e6e6", linewidth=0.8)
        ax.set_axisbelow(True)
        ax.tick_params(labelsize=9.5)
        ax.spines[["top", "right"]].set_visible(False)
    return fig, axes


def soft_map():
    """Return the course's signed map without its darkest ends, so that black numbers are legible on every color."""
    return ListedColormap(colormaps[SIGNED_MAP](np.linspace(0.18, 0.82, 256)))


def label_line(line, text, at=-1, dx=5, dy=0, **text_options):
    """Write `text` beside point number `at` of a line (dark, since thin colored letters lack contrast); return it.

    Units: `dx`, `dy` in points from that point of the line.
    """
    x, y = line.get_xdata()[at], line.get_ydata()[at]
    options = {"va": "center", "fontsize": 9.5, "annotation_clip": False} | text_options
    return line.axes.annotate(text, (x, y), xytext=(dx, dy), textcoords="offset points", **options)


def to_png(fig):
    """Return the figure as PNG bytes that depend on nothing but its content (no date, no version inside).

    256 well-spread colors make it a quarter of the size, so that a notebook full of figures stays small; on the
    course's figures no pixel moves by more than 9 of 255.
    """
    with DRAWING:
        fig.canvas.draw()
        picture = Image.fromarray(np.asarray(fig.canvas.buffer_rgba())[..., :3])
    buffer = io.BytesIO()
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def to_jpeg(canvas):
    """Return what an Agg canvas shows as a JPEG without color subsampling: less than a third of a PNG's time.

    Pillow reads the canvas where it lies, four bytes a pixel. Measured by `python3 course.py bench`. What is stored in
    a notebook is a PNG.
    """
    picture = Image.frombuffer("RGBX", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBX", 0, 1)
    buffer = io.BytesIO()
    picture.save(buffer, "jpeg", quality=90, subsampling=0)
    return buffer.getvalue()


def show(fig, finding):
    """Display the figure, with its finding as alternative text, and the finding below it as the caption.

    `finding` is one sentence that says what is to be seen, with the number that proves it: strict nbval compares it.
    Raises: ValueError as show_picture.
    """
    show_picture(to_png(fig), finding)


def show_picture(png, finding):
    """Display PNG bytes with `finding` as alternative text, and as caption below.

    Raises: ValueError when `finding` does not end as a sentence does, in . or ? or :, or is no string.
    """
    if not isinstance(finding, str) or not finding.strip().endswith((".", "?", ":")):
        raise ValueError(f"finding: expected a sentence that says what the figure shows, got {finding!r}")
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": finding}
    display(data, raw=True, metadata={"image/png": {"alt": finding}})
    display(Markdown(f"*{finding}*"))
