"""A curve that is drawn while a network trains, and then stays as a picture with its caption."""

import time

import ipywidgets as widgets
from IPython import get_ipython
from IPython.display import display

from helpers.pictures.style import DRAWING, figure, label_line, show, to_jpeg

PAUSE = 0.1                                     # seconds between two frames: drawing costs a few milliseconds each


class LiveCurve:
    """Losses, gradient norms or whatever a training reports, drawn as they come.

        curve = LiveCurve("loss", updates=300, limits=(1e-4, 2))
        for update in range(300):
            ...
            curve.add(loss)
        curve.show("The loss falls below 0.01 within 150 updates.")

    names : one name, or several for as many curves in one Axes, which `add` then takes as many numbers for.
    updates, limits : the fixed ends of the axes; the vertical one is logarithmic unless `log` is False, and a number beyond
        its ends is drawn at the end. `**axes` goes to Axes.set: xlabel is "update" and ylabel the first name if not given.
    figure, ax : matplotlib's, to add guides to before the first `add`, or notes before `show`.

    Outside of a notebook nothing is displayed while it runs. Raises: ValueError from `add` for another number of curves.
    Shown in: notebook 01.
    """

    def __init__(self, *names, updates, limits, log=True, height=3.0, **axes):
        self.names, self.limits = names, limits
        self.figure, self.ax = figure(height=height)
        self.ax.set(**{"xlim": (0, updates), "ylim": limits, "yscale": "log" if log else "linear",
                       "xlabel": "update", "ylabel": names[0]} | axes)
        self.lines = [self.ax.plot([], [], label=name)[0] for name in names]
        self.values = [[] for _ in names]
        self._live = self._background = None
        self._last = 0.0

    def add(self, *numbers):
        """Add the next number of each curve; the picture follows, at most ten times a second."""
        if len(numbers) != len(self.names):
            raise ValueError(f"numbers: expected {len(self.names)}, one for each of {', '.join(self.names)}, got {len(numbers)}")
        for values, number in zip(self.values, numbers):
            values.append(float(number))
        if get_ipython() is not None and time.monotonic() - self._last > PAUSE:
            self._draw()
            self._last = time.monotonic()

    def show(self, finding, labels=True):
        """Put the finished picture with its caption in the place of the live one; `labels` names the curves at their ends."""
        if self._live is not None:
            self._live.close()
        self._update()
        for line, name in zip(self.lines, self.names):
            line.set_animated(False)
            if labels and len(self.names) > 1:
                label_line(line, name)
        show(self.figure, finding)

    def _update(self):
        low, high = self.limits
        for line, values in zip(self.lines, self.values):
            line.set_data(range(1, len(values) + 1), [min(max(value, low), high) for value in values])

    def _draw(self):
        with DRAWING:
            canvas = self.figure.canvas
            if self._live is None:
                for line in self.lines:
                    line.set_animated(True)
                canvas.draw()
                self._background = canvas.copy_from_bbox(self.figure.bbox)
                width, height = canvas.get_width_height()
                self._live = widgets.Image(format="jpeg", width=width, height=height,
                                           layout={"max_width": "100%", "height": "auto", "object_fit": "contain"})
                view = "application/vnd.jupyter.widget-view+json"
                display({view: {"version_major": 2, "version_minor": 0, "model_id": self._live.model_id}}, raw=True)
            self._update()
            canvas.restore_region(self._background)
            for line in self.lines:
                self.ax.draw_artist(line)
            self._live.value = to_jpeg(canvas)
