"""The slider engine: controls that redraw one matplotlib figure in place, and a sentence that says what is seen."""

import html
import threading
from contextlib import contextmanager
from numbers import Integral, Real

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.container import BarContainer
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.text import Text

from helpers.explorers.page_script import page_script
from helpers.pictures.style import DOTS_PER_INCH, DRAWING, RED, show_picture, to_jpeg, to_png

_LOOK = {"style": {"description_width": "10.5em"}, "layout": {"width": "27em"}}
_THREE_LINES = "4.4em"                         # room for every summary, so that nothing below it moves
PLAYING = 12_000                               # milliseconds that the play button takes from end to end


def slider(label, value, low, high, step):
    """Return a slider from `low` to `high`: of whole numbers when all four numbers are, of real ones otherwise.

    Raises: ValueError when `value` lies outside, or a number has more decimals than a slider can show.
    """
    if not low <= value <= high:
        raise ValueError(f"{label}, value: expected a number from {low} to {high}, got {value!r}")
    whole = all(isinstance(number, int) for number in (value, low, high, step))
    digits = next((digits for digits in range(12) if all(round(x, digits) == x for x in (value, low, step))), None)
    if digits is None:
        raise ValueError(f"{label}: expected value, low and step with 11 decimals at most, got {value!r}, {low!r}, {step!r}")
    make = widgets.IntSlider if whole else widgets.FloatSlider
    return make(value=value, min=low, max=high, step=step, description=label,
                readout_format="d" if whole else f".{digits}f", **_LOOK)


def dropdown(label, value, options):
    """Return a dropdown of the given options (strings or numbers)."""
    return widgets.Dropdown(value=value, options=list(options), description=label, **_LOOK)


def checkbox(label, value=False):
    """Return a checkbox."""
    return widgets.Checkbox(value=value, description=label, **_LOOK)


def text_box(label, value, hint=""):
    """Return a box to type in, which the picture follows letter by letter; `hint` is seen in it while it is empty."""
    return widgets.Text(value=value, placeholder=hint, description=label, **_LOOK)


class Explorer:
    """Controls, one figure that follows them, and one sentence in words.

    An explorer is three functions of plain values, so that each can be tested without a browser:

        compute(**values)     -> numbers   a dict of arrays, numbers and strings; pure; `values` are the controls' by name
        draw(numbers)         -> (figure, artists)   once: the figure with all that never changes, and a dict of the
                                 artists that do; `artists[name]` shows `numbers[name]`
        summarize(numbers)    -> str       what is seen, in words

    What `numbers[name]` must hold for an artist: a line `(x, y)`; a scatter an array `(n, 2)`; a collection of lines a
    list of `(n, 2)` arrays; a polygon `(n, 2)`; an image its matrix; a text a string; bars their heights. None hides it.
    Axes limits are fixed in `draw`: only the artists named are redrawn, on top of a stored background.

    The page tells the kernel once how many of the screen's pixels make one of its own, and the live picture is drawn with as
    many; what is stored in a notebook has one for one.

    play : the name of a whole-number slider that gets a play button.
    grid : `{control: values}`, what the explorer offers on the web, where no kernel computes: every combination of these
        values is computed beforehand. A control that is missing stays at its default; `...` offers all of its values; the
        default is always among them. `Explorer.grid` has every control, with its values in order.
    tries : for each item of the notebook's list of things to try a tuple of settings `{control: value}`, one after the other;
        the controls that a setting does not name are at their defaults. `{play's name: ...}` plays from the first value on.
    Raises: ValueError when `play` names no such slider, and for unknown names and values that a control does not offer, from
        `set`, `show_at`, in `grid` and in `tries`, where the values must also be in the grid.
    Source: the drawing follows matplotlib's "Faster rendering by using blitting" page.
    """

    def __init__(self, name, controls, compute, draw, summarize, play=None, grid=None, tries=()):
        if play is not None and not isinstance(controls.get(play), widgets.IntSlider):
            raise ValueError(f"play: expected the name of a slider of whole numbers, got {play!r}")
        self.name, self.controls, self.play, self.tries = name, controls, play, tries
        self.compute, self.summarize = compute, summarize
        self.defaults = self.values
        self.grid = self._full_grid(grid or {})
        self._lock = threading.RLock()         # controls call back from a thread of the kernel's own
        self._holding = False
        self.numbers = compute(**self.values)
        with DRAWING:
            self.figure, self.artists = draw(self.numbers)
            self._keep_background()
        width, height = self.figure.canvas.get_width_height()
        self.image = widgets.Image(format="jpeg", width=width, height=height,
                                   layout={"max_width": "100%", "height": "auto", "object_fit": "contain"})
        self.summary = widgets.HTML(layout={"min_height": _THREE_LINES}).add_class("explorer-summary")
        self.error = widgets.HTML(layout={"min_height": "1.6em"})
        self.reset_button = widgets.Button(description="Reset", tooltip=f"Reset {name}", icon="undo")
        self.reset_button.add_class("explorer-reset")
        self.reset_button.on_click(lambda _: self.reset())
        self.ratio = widgets.BoundedFloatText(value=1.0, min=1.0, max=3.0, step=0.25, layout={"display": "none"})
        self.ratio.add_class("explorer-ratio").observe(self._on_ratio, "value")
        self._show(self.numbers)
        for control in controls.values():
            control.observe(self._on_change, "value")
        self.box = widgets.VBox([widgets.Box(self._rows(), layout={"flex_flow": "row wrap"}),
                                 self.image, self.summary, self.error, self.ratio, page_script(name)]).add_class("explorer")

    @property
    def values(self):
        """The controls' present values, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values):
        """Move controls and redraw once; on any error everything stays as it was, and the error is raised."""
        for name, value in values.items():
            self._check(name, value)
        with self._lock:
            before = self.values
            try:
                self._assign(values)
                self._show(self.compute(**self.values))
            except BaseException:
                self._assign(before)
                raise

    def reset(self):
        """Bring every control back to where it stood when the explorer was made."""
        with self._lock:
            self._assign(self.defaults)
            self._on_change()

    def show_at(self, **values):
        """Display a picture of the explorer at these values, with what it says there; the controls stay where they are."""
        for name, value in values.items():
            self._check(name, value)
        with self._lock:
            numbers = self.compute(**self.values | values)
            png = self._still(numbers)
        show_picture(png, f"{self._settings(values)}: {self.summarize(numbers)}")

    def background(self, ratio):
        """Return the picture without all that changes, `ratio` pixels for one: RGB, `(height, width, 3)`."""
        with self._lock, DRAWING:
            self._draw_background(ratio)
            pixels = np.array(self.figure.canvas.buffer_rgba())[..., :3]
            self._draw_background(self.ratio.value)
        return pixels

    def frame(self, numbers):
        """Return the picture of `numbers` as it is drawn while a control moves: RGB, `(height, width, 3)`."""
        with self._lock:
            self._frame(numbers)
            return np.array(self.figure.canvas.buffer_rgba())[..., :3]

    def __repr__(self):
        return f"Explorer {self.name!r} ({self._settings(self.values)}): {self.summarize(self.numbers)}"

    def _ipython_display_(self):
        with self._lock:
            png = self._still(self.numbers)
            finding = f"Explorer “{self.name}” as it opens ({self._settings(self.values)}): {self.summarize(self.numbers)}"
        view = "application/vnd.jupyter.widget-view+json"
        # Two outputs: JupyterLab saves both, and when the kernel is gone it shows the picture, not the view in its place.
        # While the view is alive its script hides the picture.
        display({view: {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}}, raw=True)
        show_picture(png, finding)

    def _full_grid(self, wanted):
        """Return `{control: values in order}` for every control, once all that `wanted` and the tries ask for was checked."""
        full = {}
        for name in wanted:
            self._check(name, self.defaults.get(name))
        for name, control in self.controls.items():
            default, values = self.defaults[name], wanted.get(name, ())
            if values is ... and not isinstance(control, widgets.Text):
                values = _offered(control)
            elif not isinstance(values, (list, tuple)):
                raise ValueError(f"grid, {name}: expected a list of values{'' if isinstance(control, widgets.Text) else ' or ...'}, "
                                 f"got {values!r}")
            for value in values:
                self._check(name, value)
            values = [*values, *[default] * (default not in values)]
            full[name] = sorted(values) if hasattr(control, "step") else list(values)
        for name, value in (pair for steps in self.tries for step in steps for pair in step.items()):
            if value is ... and name == self.play:
                continue
            self._check(name, value)
            if value not in full[name]:
                raise ValueError(f"tries, {name}: expected one of the grid's values {full[name]}, got {value!r}")
        return full

    def _rows(self):
        rows = []
        for name, control in self.controls.items():
            if name == self.play:
                moves = (control.max - control.min) // control.step
                player = widgets.Play(value=control.value, min=control.min, max=control.max, step=control.step,
                                      interval=min(600, PLAYING // max(1, moves)), description=f"Play {control.description}")
                widgets.jslink((player, "value"), (control, "value"))
                control = widgets.HBox([control, player])
            rows.append(control)
        return [*rows, self.reset_button]

    def _check(self, name, value):
        if name not in self.controls:
            raise ValueError(f"{name}: no such control; this explorer has {', '.join(self.controls)}")
        control = self.controls[name]
        if isinstance(control, widgets.Dropdown):
            good, offered = value in control.options, f"one of {', '.join(map(repr, control.options))}"
        elif isinstance(control, widgets.Checkbox):
            good, offered = isinstance(value, bool), "True or False"
        elif isinstance(control, widgets.Text):
            good, offered = isinstance(value, str), "a string"
        else:
            number, kind = (Integral, "a whole number") if isinstance(control, widgets.IntSlider) else (Real, "a number")
            good = isinstance(value, number) and not isinstance(value, bool) and control.min <= value <= control.max
            offered = f"{kind} from {control.min} to {control.max}"
        if not good:
            raise ValueError(f"{name}: expected {offered}, got {value!r}")

    def _assign(self, values):
        self._holding = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._holding = False

    def _on_change(self, change=None):
        with self._lock:
            if self._holding:
                return
            try:
                self._show(self.compute(**self.values))
            except Exception as error:         # a callback's exception reaches nobody: it is shown on the page instead
                said = html.escape(f"{type(error).__name__}: {error}")
                self.error.value = (f'<span role="alert" style="background:white;color:{RED}">{said} '
                                    "The picture is the last good one.</span>")

    def _on_ratio(self, change):
        """Draw at the screen's resolution from here on; on the page the picture stays as large as it was."""
        with self._lock, DRAWING:
            self._draw_background(change["new"])
            self.image.value = self._frame(self.numbers)

    def _show(self, numbers):
        said = html.escape(self.summarize(numbers))
        self.image.value = self._frame(numbers)
        self.summary.value = f'<p style="margin:0;line-height:1.4">{said}</p>'
        self.error.value = ""
        self.numbers = numbers

    def _changing(self):
        return sorted((part for artist in self.artists.values() for part in parts(artist)), key=lambda part: part.zorder)

    def _keep_background(self):
        """Draw all that does not change, once, and fix the layout."""
        self.figure.get_layout_engine().execute(self.figure)
        self.figure.set_layout_engine("none")
        for artist in self._changing():
            artist.set_animated(True)
        self._draw_background(1)

    def _draw_background(self, ratio):
        self.figure.set_dpi(DOTS_PER_INCH * ratio)
        self.figure.canvas.draw()
        self._background = self.figure.canvas.copy_from_bbox(self.figure.bbox)

    @contextmanager
    def _showing(self, numbers):
        """Make the artists show `numbers`; where that or what follows fails, they go back to the last good ones."""
        with DRAWING:
            try:
                update(self.artists, numbers)
                yield self._changing()
            except BaseException:
                update(self.artists, self.numbers)
                raise

    def _frame(self, numbers):
        with self._showing(numbers) as changing:
            canvas = self.figure.canvas
            canvas.restore_region(self._background)
            for artist in changing:
                artist.axes.draw_artist(artist)
            return to_jpeg(canvas)

    def _still(self, numbers):
        """A picture for the saved notebook: of `numbers`, drawn in full; the live picture stays as it is."""
        with self._showing(numbers) as changing:
            for artist in changing:
                artist.set_animated(False)
            try:
                self.figure.set_dpi(DOTS_PER_INCH)
                return to_png(self.figure)
            finally:
                for artist in changing:
                    artist.set_animated(True)
                update(self.artists, self.numbers)
                if self.ratio.value != 1:
                    self._draw_background(self.ratio.value)

    def _settings(self, values):
        return ", ".join(f"{self.controls[name].description} {readable(self.controls[name], value)}"
                         for name, value in values.items())


def _offered(control):
    """Return all the values of a control: options, off and on, or the slider's steps."""
    if isinstance(control, widgets.Checkbox):
        return [False, True]
    if isinstance(control, widgets.Dropdown):
        return list(control.options)
    count = round((control.max - control.min) / control.step) + 1
    return [round(control.min + place * control.step, 11) for place in range(count)]


def readable(control, value):
    """Return a control's value as the learner reads it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(control, widgets.Text):
        return f"“{value}”"
    return format(value, control.readout_format) if hasattr(control, "readout_format") else str(value)


def parts(artist):
    """Return what matplotlib draws of an artist: its bars, or the artist itself."""
    return artist.patches if isinstance(artist, BarContainer) else [artist]


def _set_heights(bars, heights):
    for bar, height in zip(bars, heights, strict=True):
        bar.set_height(height)


_SETTERS = {
    Line2D: lambda line, data: line.set_data(*data), PathCollection: PathCollection.set_offsets,
    LineCollection: LineCollection.set_segments, Polygon: Polygon.set_xy, AxesImage: AxesImage.set_data, Text: Text.set_text,
    BarContainer: _set_heights,
}


def update(artists, numbers):
    """Make every artist show its numbers (see Explorer for what each kind takes)."""
    for name, artist in artists.items():
        data = numbers[name]
        for part in parts(artist):
            part.set_visible(data is not None)
        if data is None:
            continue
        show = next((show for kind, show in _SETTERS.items() if isinstance(artist, kind)), None)
        if show is None:
            raise TypeError(f"artists[{name!r}]: the explorer cannot update a {type(artist).__name__}")
        show(artist, data)
