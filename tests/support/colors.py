"""Colors as people see them, the color-blind too: contrast of letters, difference of lines. For the tests."""

import itertools

import numpy as np
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.text import Text

from helpers.pictures import style

CONTRAST = 4.5          # least contrast of text (WCAG 2.2, success criterion 1.4.3)
BEHIND = 0.95           # share of the pixels behind a text where it must have it: a grid line or a spine may cross
APART = 15              # least difference of two colors of the palette (CIE 1976 L*a*b*); 2.3 is just noticeable
LINES_APART = 25        # the same for two lines in one Axes, unless they differ in dash, marker or width as well
TWICE = 1.8             # lines that differ by this factor in width look different
PALETTE = {name: getattr(style, name) for name in
           ("BLACK", "ORANGE", "SKY", "GREEN", "YELLOW", "BLUE", "VERMILLION", "PURPLE", "GRAY", "RED")}
# Source: Machado, Oliveira & Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009,
# severity 1.0; for linear RGB.
SEEN = {
    "normal vision": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])


def linear(colors):
    """Return sRGB levels from 0 to 1 as linear ones. Source: IEC 61966-2-1, 1999."""
    colors = np.asarray(colors, float)
    return np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)


def lab(colors):
    """Return L*a*b* (CIE 1976) of linear RGB (..., 3)."""
    ratio = colors @ TO_XYZ.T / TO_XYZ.sum(1)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def seen_with(vision, colors):
    """Return L*a*b* of sRGB colors (..., 3), as somebody with that vision sees them."""
    return lab(np.clip(linear(colors) @ np.transpose(SEEN[vision]), 0, 1))


def apart(one, other, vision):
    """Return the difference of two colors in L*a*b* (CIE 1976), for somebody with that vision."""
    return float(np.linalg.norm(seen_with(vision, to_rgb(one)) - seen_with(vision, to_rgb(other))))


def contrast(one, other):
    """Return the contrast of two sRGB colors (..., 3), from 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    one, other = (linear(colors) @ TO_XYZ[1] + 0.05 for colors in (one, other))
    return np.maximum(one, other) / np.minimum(one, other)


def faint_texts(fig):
    """Return `(text, share)` for each text whose contrast is too low: the share of the pixels behind it where it is not."""
    canvas, texts = fig.canvas, [text for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]
    canvas.draw()
    fig.set_layout_engine("none")                                           # hidden letters would leave room to the Axes
    boxes = [text.get_window_extent() for text in texts]
    for text in texts:
        text.set_visible(False)
    canvas.draw()
    page = np.asarray(canvas.buffer_rgba())[::-1, :, :3] / 255              # row 0 at the bottom, as boxes count
    found = []
    for text, box in zip(texts, boxes, strict=True):
        text.set_visible(True)
        left, bottom, right, top = (max(0, round(edge)) for edge in box.extents)
        behind = page[bottom:top + 1, left:right + 1]
        if not behind.size:                                                 # a tick beyond the Axes' limits
            continue
        *color, opacity = to_rgba(text.get_color(), text.get_alpha())
        share = np.mean(contrast(np.multiply(color, opacity) + (1 - opacity) * behind, behind) >= CONTRAST)
        if share < BEHIND:
            found.append((text.get_text(), round(float(share), 3)))
    return found


def look(line):
    """Return what a line has beside its color: dash, marker, width."""
    return line._unscaled_dash_pattern, line.get_marker(), line.get_linewidth()


def alike(one, other, vision):
    """Return whether two lines could be taken for one another."""
    (dash, marker, width), (other_dash, other_marker, other_width) = look(one), look(other)
    if dash != other_dash or marker != other_marker or max(width, other_width) >= TWICE * min(width, other_width):
        return False
    return apart(one.get_color(), other.get_color(), vision) < LINES_APART


def lines_alike(ax):
    """Return `(vision, label, label)` for the lines of different colors in an Axes that somebody could confuse."""
    return [(vision, one.get_label(), other.get_label()) for one, other in itertools.combinations(ax.get_lines(), 2)
            for vision in SEEN if to_rgb(one.get_color()) != to_rgb(other.get_color()) and alike(one, other, vision)]
