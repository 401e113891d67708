"""Turns an explorer into one file for the player: what matplotlib would draw at every setting of its grid, as numbers."""

import base64
import gzip
import io
import itertools
import json
import math
import random

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_hex
from matplotlib.image import AxesImage
from matplotlib.path import Path
from matplotlib.text import Text
from PIL import Image

from helpers.explorers.engine import parts, readable, update

FINE = 8                        # a position is a whole number of eighths of a pixel
BREAK = -32768                  # in place of a position: the pen is lifted
FARTHEST = 32_000               # positions are kept within this many eighths
CAPS = {"butt": "butt", "round": "round", "projecting": "square"}


def within_reach(points):
    """Return the corners of a line in which those that are too far away for 16 bits are nearer, in the same direction.

    A far corner becomes two: one on the way from the corner before, one on the way to the corner after.
    """
    limit = FARTHEST / FINE
    if not (np.abs(points) > limit).any():
        return points
    near = []
    for at, point in enumerate(points):
        size = np.abs(point).max()
        if not size > limit:
            near.append(point)
            continue
        for other in (points[at - 1] if at else point, points[at + 1] if at + 1 < len(points) else point):
            start = np.clip(np.nan_to_num(other), -limit / 2, limit / 2)
            near.append(start + (point - start) * ((limit / 2) / max(np.abs(point - start).max(), 1)))
    return np.array(near)


class Recorder(RendererBase):
    """A renderer that writes down what it is told to draw, in the page's coordinates: y grows downward.

    `operations` is a list of `(style, x, y, rest)`: positions in eighths of a pixel, and of an image or a text also its content.
    """

    def __init__(self, figure):
        super().__init__()
        self.width, self.height = figure.canvas.get_width_height()
        self.dpi, self.operations = figure.dpi, []
        agg = RendererAgg(self.width, self.height, self.dpi)
        self.points_to_pixels, self.get_text_width_height_descent = agg.points_to_pixels, agg.get_text_width_height_descent

    def get_canvas_width_height(self):
        """Return the picture's size in pixels."""
        return self.width, self.height

    def _add(self, style, points, rest=()):
        style = {name: value for name, value in style.items() if value is not None}
        points = within_reach(np.asarray(points, float)) if "path" in style else points
        points = np.nan_to_num(np.asarray(points, float) * FINE, nan=BREAK, posinf=FARTHEST, neginf=-FARTHEST).round()
        x, y = np.where(points == BREAK, BREAK, points.clip(-FARTHEST, FARTHEST)).astype(np.int16).T
        if self.operations and "path" in style and self.operations[-1][0] == style:       # the same pen goes on
            _, x_before, y_before, _ = self.operations.pop()
            x, y = (np.concatenate([before, [np.int16(BREAK)], after]) for before, after in ((x_before, x), (y_before, y)))
        self.operations.append((style, x, y, rest))

    def _down(self, points):
        return np.asarray(points) * (1, -1) + (0, self.height)

    def _style(self, gc, face, **more):
        width = self.points_to_pixels(gc.get_linewidth())
        offset, dashes = gc.get_dashes()
        line = to_hex(gc.get_rgb(), keep_alpha=True) if width and gc.get_rgb()[3] > 0 else None
        alpha = gc.get_alpha() if gc.get_forced_alpha() else None
        return {"line": line, "width": round(width, 3), "cap": CAPS[gc.get_capstyle()], "join": gc.get_joinstyle(),
                "dash": [round(self.points_to_pixels(d), 6) for d in dashes] if dashes else None,
                "offset": round(self.points_to_pixels(offset or 0), 3) or None,
                "fill": to_hex((*face[:3], alpha if alpha is not None else (*face, 1)[3]), keep_alpha=True)
                if face is not None else None,
                "clip": self._box(gc.get_clip_rectangle()), **more}

    def _box(self, box):
        return None if box is None else [round(float(n), 3) for n in (box.x0, self.height - box.y1, box.width, box.height)]

    def _snap(self, gc, path):
        """Return 1 where Agg moves the corners to whole pixels: where it is told to, or all sides run along an axis."""
        told = gc.get_snap()
        straight = (np.abs(np.diff(path.vertices, axis=0)) < 1e-4).any(axis=1).all()
        curved = path.codes is not None and np.isin(path.codes, (Path.CURVE3, Path.CURVE4)).any()
        return 1 if told or told is None and straight and not curved and len(path.vertices) <= 1024 else None

    def draw_path(self, gc, path, transform, rgbFace=None):
        """Write down a line or an area: corners, with breaks between parts."""
        path = transform.transform_path(path)
        if rgbFace is None and gc.get_dashes()[1]:                     # as in Agg, dashes begin anew where a line comes back
            path = path.cleaned(clip=(0, 0, self.width, self.height))
            path = Path(path.vertices[:-1], path.codes[:-1])           # without the stop
        if not len(path.vertices):                                     # all of it is off the picture
            return
        if path.codes is not None and np.isin(path.codes, (Path.CURVE3, Path.CURVE4)).any():
            pieces = path.to_polygons(closed_only=False)
        else:
            codes = np.full(len(path.vertices), Path.LINETO) if path.codes is None else path.codes
            starts = np.flatnonzero(codes == Path.MOVETO)[1:]
            pieces = [np.vstack([part[:-1], part[:1]]) if codes_of_part[-1] == Path.CLOSEPOLY else part
                      for part, codes_of_part in zip(np.split(path.vertices, starts), np.split(codes, starts), strict=True)]
        for part in pieces:
            self._add(self._style(gc, rgbFace, path=1, snap=self._snap(gc, Path(part))), self._down(part))

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        """Write down one shape at many places."""
        shape, corners_of = "", marker_trans.transform_path(marker_path)
        for corners, code in corners_of.iter_segments(simplify=False, curves=True):
            numbers = " ".join(f"{n:.3f}" for n in (corners.reshape(-1, 2) * (1, -1)).ravel())
            shape += {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}.get(code, "Z")
            shape += numbers if code != Path.CLOSEPOLY else ""
        places = trans.transform(path.vertices)
        places = places[np.isfinite(places).all(axis=1)]
        if len(places):
            self._add(self._style(gc, rgbFace, marker=shape, snap=self._snap(gc, corners_of)), self._down(places))

    def add_image(self, image):
        """Write down an AxesImage by its two corners, the colors of its cells, and their number."""
        interpolation, (left, right, bottom, top) = image.get_interpolation(), image.get_extent()
        if interpolation not in ("auto", "antialiased", "nearest", "none"):
            raise ValueError(f"interpolation: expected an image of plain cells, got {interpolation!r}")
        (left, bottom), (right, top) = image.axes.transData.transform([(left, bottom), (right, top)])
        cells = image.to_rgba(image.get_array(), bytes=True)[:: 1 if image.origin == "upper" else -1]
        cells = cells[:: 1 if top > bottom else -1, :: 1 if right > left else -1]                # as they are on the page
        corners = self._down([(min(left, right), min(bottom, top)), (max(left, right), max(bottom, top))])
        self._add({"image": list(cells.shape[:2]), "clip": self._box(image.axes.bbox)}, corners, cells)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        """Write down a line of text by both ends of its base line."""
        if angle or ismath:
            raise ValueError(f"text: expected one without formulas and not turned, got {s!r}")
        style = {"font": f"{prop.get_weight()} {self.points_to_pixels(prop.get_size_in_points()):.2f}px "
                         f"course-{'mono' if 'mono' in prop.get_family()[0] else 'sans'}",
                 "fill": to_hex(gc.get_rgb(), keep_alpha=True), "clip": self._box(gc.get_clip_rectangle())}
        self._add(style, [(x, y), (x + self.get_text_width_height_descent(s, prop, False)[0], y)], s)


def drawn(artist, recorder):
    """Return the operations that draw an artist, which shows its numbers already."""
    recorder.operations = []
    for part in parts(artist):
        if isinstance(part, Text):
            Text.draw(part, recorder)                                  # a QuickText would lay down a picture
        elif isinstance(part, AxesImage) and part.get_visible():
            recorder.add_image(part)
        elif not isinstance(part, AxesImage):
            part.draw(recorder)
    return recorder.operations


class Pool:
    """Columns of 16-bit numbers, each kept once; one that another begins with costs two numbers."""

    def __init__(self):
        self.columns = {}

    def add(self, column):
        """Return the number of the column."""
        return numbered(self.columns, np.ascontiguousarray(column, "<i2").tobytes())

    def packed(self):
        """Return all numbers that need to be kept, and the start and the length of each column in them."""
        in_order = sorted(self.columns, reverse=True)                  # what begins with a column comes right before it
        starts, kept, length, whole = np.zeros(len(in_order), int), [], 0, b""
        for key in in_order:
            if not whole.startswith(key):
                kept.append(np.frombuffer(key, "<i2"))
                whole, length = key, length + len(key) // 2
            starts[self.columns[key]] = length - len(whole) // 2
        return kept, starts, np.array([len(key) // 2 for key in self.columns])


def planes(numbers, size):
    """Return the bytes of whole numbers, first all lowest bytes, then all second ones, and so on: they compress better."""
    return np.ascontiguousarray(numbers.astype(f"<u{size}")).view(np.uint8).reshape(-1, size).T.tobytes()


def numbered(table, thing):
    """Return the number of a thing in a table, which gets it as its next one if it is new."""
    return table.setdefault(thing, len(table))


def settings(explorer, sample=None):
    """Return the settings to compute, as `{place among all combinations of the grid: {control: value}}`, the last control fastest.

    sample : None for all; else the default, those of the tries and so many others, the same each time.
    """
    grid, defaults = explorer.grid, explorer.defaults
    if sample is None:
        return dict(enumerate(dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())))
    rng = random.Random(explorer.name)
    others = [defaults | {name: rng.choice(values) for name, values in grid.items()} for _ in range(sample)]
    chosen = [defaults, *(after(explorer, step) for item in explorer.tries for step in item), *others]
    return {place_of(explorer, values): values for values in chosen}


def after(explorer, step):
    """Return the setting that a step of the tries leads to; what plays is at its start."""
    return explorer.defaults | {name: explorer.grid[name][0] if value is ... else value for name, value in step.items()}


def place_of(explorer, values):
    """Return the place of a setting among all combinations of the grid."""
    place = 0
    for name, offered in explorer.grid.items():
        place = place * len(offered) + offered.index(values[name])
    return place


def export(explorer, sample=None):
    """Return the explorer as the bytes of one gzip file, and its backgrounds as two WebP files (1 and 2 pixels to one).

    With a sample of the settings (see `settings`) all others show what the first of them does.
    The file holds the length of a head, the head (JSON), and after it three runs of numbers whose lengths the head has: the
    columns of positions, where each column lies in them, and for each artist its drawings and which of them each setting shows.
    """
    recorder, pool, strings, styles, colors = Recorder(explorer.figure), Pool(), {}, {}, {}
    seen = [{} for _ in explorer.artists]
    drawings = [{} for _ in explorer.artists]

    def encoded(operation):
        style, x, y, rest = operation
        numbers = [numbered(styles, json.dumps(style)), pool.add(x), pool.add(y)]
        if "image" in style:
            packed = np.ascontiguousarray(rest).view("<u4").ravel()
            numbers.append(pool.add([numbered(colors, int(color)) for color in packed]))
        elif "font" in style:
            numbers.append(numbered(strings, rest))
        return numbers

    order = sorted(explorer.artists.items(), key=lambda pair: parts(pair[1])[0].zorder)
    table = np.zeros((len(order) + 1, math.prod(map(len, explorer.grid.values()))), int)
    for setting, values in settings(explorer, sample).items():
        numbers = explorer.compute(**values)
        for place, (name, artist) in enumerate(order):
            key = _key(numbers[name])
            if key not in seen[place]:
                update({name: artist}, numbers)
                code = tuple(itertools.chain.from_iterable(encoded(operation) for operation in drawn(artist, recorder)))
                seen[place][key] = numbered(drawings[place], code)
            table[place, setting] = seen[place][key]
        table[-1, setting] = numbered(strings, explorer.summarize(numbers))
    update(explorer.artists, explorer.numbers)

    kept, starts, lengths = pool.packed()
    drawing_numbers = [n for each in drawings for code in each for n in (len(code), *code)]
    runs = [starts, lengths, [len(each) for each in drawings], drawing_numbers, *table]
    whole = np.concatenate([np.diff(run, prepend=0) for run in runs])
    width, height = explorer.figure.canvas.get_width_height()
    head = {"name": explorer.name, "width": width, "height": height, "settings": table.shape[1], "artists": len(order),
            "positions": sum(map(len, kept)), "columns": len(lengths), "drawings": len(drawing_numbers), "numbers": len(whole),
            "styles": [json.loads(style) for style in styles], "colors": list(colors), "strings": list(strings),
            "controls": _controls(explorer), "play": explorer.play}
    head_bytes = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    positions = np.concatenate([np.diff(column.astype(int), prepend=0) for column in kept])
    payload = len(head_bytes).to_bytes(4, "little") + head_bytes + planes(positions, 2) + planes(whole, 4)
    backgrounds = [_webp(explorer.background(ratio)) for ratio in (1, 2)]
    return gzip.compress(payload, 9, mtime=0), backgrounds


def as_script(name, data):
    """Return a script that hands the file to the player: a page opened without a server may load scripts, and nothing else."""
    return f'explorers.receive({json.dumps(name)}, "{base64.b64encode(data).decode()}");\n'


def _key(data):
    """Return what stands for an artist's numbers: equal for equal ones."""
    if data is None or isinstance(data, str):
        return data
    if isinstance(data, (tuple, list)):
        return tuple(_key(part) for part in data)
    array = np.ma.asarray(data)
    return array.shape, array.dtype.char, array.filled(0).tobytes(), np.ma.getmaskarray(array).tobytes()


def _controls(explorer):
    said = []
    for name, values in explorer.grid.items():
        control = explorer.controls[name]
        kind = {"Dropdown": "list", "Text": "text", "Checkbox": "box"}.get(type(control).__name__, "slider")
        said.append({"name": name, "label": control.description, "kind": kind, "start": values.index(explorer.defaults[name]),
                     "values": [value if kind == "text" else readable(control, value) for value in values]})
    return said


def tries(explorer):
    """Return for each item its steps: what each changes, in words, and the place of each named control's value; -1 plays.

    `short` leaves out what all steps of the item change alike.
    """
    grid, said = explorer.grid, []
    for item in explorer.tries:
        steps, words = [], []
        for step in item:
            shown = [f"{explorer.controls[name].description} {readable(explorer.controls[name], value)}"
                     for name, value in step.items() if value is not ... and value != explorer.defaults[name]]
            words.append(shown + [f"play {explorer.controls[name].description}" for name, value in step.items() if value is ...])
            places = {name: -1 if value is ... else grid[name].index(value) for name, value in step.items()}
            steps.append({"label": ", ".join(words[-1]) or "as it opens", "places": places})
        alike = set(words[0]).intersection(*words[1:])
        for step, each in zip(steps, words, strict=True):
            step["short"] = ", ".join(word for word in each if word not in alike) or step["label"]
        said.append(steps)
    return said


def _webp(rgb):
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "webp", lossless=True, method=4)
    return buffer.getvalue()
