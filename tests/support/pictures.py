"""Compares a stored picture with the same picture drawn anew, up to what another machine may round differently."""

import base64
import io

import numpy as np
from PIL import Image

SLACK = 16               # of 255 levels
STRAYS_ALLOWED = 4       # pixels of the two pictures together


def difference(stored, drawn, strays_allowed=STRAYS_ALLOWED):
    """Return a sentence that says how two PNG pictures (bytes) differ, or None when they show the same.

    A pixel strays when one of its colors leaves, by more than SLACK levels, the range that the other picture has in the
    3 x 3 pixels around it. So a line or letter may move by one pixel, and its edge be smoothed otherwise, since both
    happen where rounding differs. Strays are counted from either picture to the other; so many of them are allowed.

    Measured on a figure of 500 x 300 pixels with two lines and a title of 12 pt: moved by one pixel as a whole, 0 strays;
    one white pixel turned black, 1; another last digit in the title, 6 (6 for 8) to 30 and more; a line moved by 1.5 pixels,
    676, by 3 % of the height, 3120; the colors of the two lines swapped, 3855.
    At 9 pt a 6 for an 8 or an 8 for a 9 may leave 4 strays and pass: numbers that matter stand in the caption,
    which is compared letter by letter.
    """
    if stored == drawn:
        return None
    stored, drawn = _pixels(stored), _pixels(drawn)
    if stored.shape != drawn.shape:
        return f"the stored picture has {_size(stored)} pixels, the new one {_size(drawn)}"
    strays = np.stack([_strays(stored, drawn), _strays(drawn, stored)])
    count = np.count_nonzero(strays)
    if count <= strays_allowed:
        return None
    _, rows, columns = np.nonzero(strays)
    return (f"{count} pixels stray of {strays[0].size} ({strays_allowed} may), within columns {columns.min()} to "
            f"{columns.max()} and rows {rows.min()} to {rows.max()}, counted from the upper left")


def pictures(outputs):
    """Return `(png, alt)` for every PNG among a cell's outputs, in order; alt is None where there is none."""
    return [(base64.b64decode(output["data"]["image/png"]), output["metadata"].get("image/png", {}).get("alt"))
            for output in outputs if "image/png" in output.get("data", {})]


def _pixels(png):
    """Return (height, width, 3) levels, transparent parts as the white page behind them."""
    with Image.open(io.BytesIO(png)) as image:
        image = image.convert("RGBA")
        page = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(page, image).convert("RGB")).astype(np.int16)


def _strays(one, other):
    """Return, for each pixel, whether `one` leaves the range of `other` around it."""
    height, width, _ = other.shape
    padded = np.pad(other, ((1, 1), (1, 1), (0, 0)), mode="edge")
    around = [padded[row:row + height, column:column + width] for row in range(3) for column in range(3)]
    low, high = np.minimum.reduce(around), np.maximum.reduce(around)
    return ((one < low - SLACK) | (one > high + SLACK)).any(axis=-1)


def _size(pixels):
    return f"{pixels.shape[1]} x {pixels.shape[0]}"
