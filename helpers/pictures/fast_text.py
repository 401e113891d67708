"""Text that an explorer can redraw at every move: the picture of each string is kept, and laid down again."""

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

KEPT = 64                                       # pictures per text; the oldest goes first
RIM = 2                                         # pixels that a letter may reach beyond its text's box


class QuickText(Text):
    """A matplotlib Text that forms its letters once per string; drawn again, it costs as much as a small image.

    For texts that change by `set_text` alone, stay in their place, and are drawn by Agg, as everything here is.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._pictures = {}

    def draw(self, renderer):
        """Draw the string as it was drawn before, or for the first time."""
        if not self.get_visible() or not self.get_text():
            return
        key = (self.get_text(), renderer.dpi)
        if key not in self._pictures:
            if len(self._pictures) >= KEPT:
                del self._pictures[next(iter(self._pictures))]
            self._pictures[key] = self._form(renderer)
        left, bottom, picture = self._pictures[key]
        self._renderer = renderer               # what the text is measured by: after the resolution has changed, another one
        gc = renderer.new_gc()
        renderer.draw_image(gc, left, bottom, picture)
        gc.restore()
        self.stale = False

    def _form(self, renderer):
        """Return where the picture's lower left corner stands, and its pixels, on a transparent ground."""
        page = RendererAgg(int(renderer.width), int(renderer.height), renderer.dpi)
        super().draw(page)
        box = self.get_window_extent(page)
        self._renderer = renderer               # matplotlib's Text keeps the last one, and this page is two megabytes
        left, bottom = max(0, int(box.x0) - RIM), max(0, int(box.y0) - RIM)
        pixels = np.asarray(page.buffer_rgba())[::-1]                   # row 0 at the bottom, as the box counts
        return left, bottom, pixels[bottom:int(box.y1) + RIM + 1, left:int(box.x1) + RIM + 1].copy()


def quick_text(ax, x, y, **options):
    """Return an empty QuickText at a point of the Axes, in data coordinates; `options` are those of ax.text."""
    text = QuickText(x, y, "", **{"fontsize": 9.5} | options)
    ax.add_artist(text)
    return text


def cell_name(name, index):
    """Return the name under which an explorer has the text in one cell of the matrix `name`: "weight_hh[0,1]"."""
    return f"{name}[{index[0]},{index[1]}]"
