"""Every explorer at its controls' ends, corners and at random settings; and the engine by itself, on a tiny explorer.

An explorer is found by this rule: a function without arguments in helpers/explorers/, whose last line is `return Explorer(...)`.
What the picture shows is read back through matplotlib's getters and compared with what `compute` returns when it is asked again.
"""

import base64
import html
import io
import itertools
import re
import threading
from contextlib import contextmanager

import ipywidgets as widgets
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.container import BarContainer
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.text import Text
from PIL import Image

from helpers.explorers import engine as explorer_module
from helpers.explorers.engine import Explorer, _offered, checkbox, dropdown, parts, slider, text_box
from helpers.pictures import style
from tests.support.colors import faint_texts, lines_alike
from tests.support.pictures import difference
from tools.explorer_list import makers

pytestmark = pytest.mark.filterwarnings("error")

CORNERS = 32
RANDOM_SETTINGS, REDRAWN = {False: 10, True: 200}, {False: 0, True: 5}          # of each run, and with --long
OVERDRAWN = 1 / 500           # of the pixels: a live line lies over the frame or the guide that a full drawing draws above it
THREE_LINES = 450             # letters: what fits beside a notebook's prompt in a window of 1280 pixels
TYPED = ["", "  ", "a", "O'Brien-Ó Néill", "Müller", "Жук", "x" * 200, "<b>$_*\\", "-", "\u200b\n\t", "李\N{DOG}"]
VIEW = "application/vnd.jupyter.widget-view+json"

MAKERS, WITHOUT_EXPLORER = makers()


@pytest.fixture(scope="module", params=MAKERS)
def make(request):
    """Return the function that makes one of the course's explorers."""
    return MAKERS[request.param]


@pytest.fixture(scope="module")
def explorer_and_first_picture(make):
    explorer = make()
    return explorer, explorer.image.value


@pytest.fixture(scope="module")
def explorer(explorer_and_first_picture):
    return explorer_and_first_picture[0]


@pytest.fixture
def displayed(monkeypatch):
    """Return the list of what is displayed from now on: dicts with data and metadata, and Markdown objects."""
    shown = []

    def record(thing, raw=False, metadata=None):
        shown.append({"data": thing, "metadata": metadata} if raw else thing)

    monkeypatch.setattr(style, "display", record)
    monkeypatch.setattr(explorer_module, "display", record)
    return shown


# What a control offers.

def ends(control):
    """Return the values to try: a slider's two ends, every option, both states of a checkbox, what people may type."""
    if isinstance(control, widgets.Text):
        return TYPED
    return [control.min, control.max] if hasattr(control, "min") else _offered(control)


def somewhere(control, rng):
    """Return a value at random, as a reader could choose it."""
    if isinstance(control, widgets.Text) and rng.random() < 0.8:
        return "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyzAÅß '-"), size=rng.integers(1, 30)))
    offered = TYPED if isinstance(control, widgets.Text) else _offered(control)
    return offered[rng.integers(len(offered))]


def corners(explorer, rng):
    """Return settings with every slider at one of its ends: all of them if few, else some at random."""
    sliders = {name: ends(control) for name, control in explorer.controls.items() if hasattr(control, "min")}
    every = [dict(zip(sliders, corner, strict=True)) for corner in itertools.product(*sliders.values())]
    return every if len(every) <= CORNERS else [every[number] for number in rng.choice(len(every), CORNERS, replace=False)]


def at_random(explorer, rng, count=1):
    """Return settings of all controls, as readers could choose them."""
    return [{name: somewhere(control, rng) for name, control in explorer.controls.items()} for _ in range(count)]


# What an explorer shows.

def said(explorer):
    """Return the text of the summary on the page."""
    return html.unescape(re.sub("<[^>]*>", "", explorer.summary.value))


HELD = {
    Line2D: Line2D.get_data, PathCollection: PathCollection.get_offsets, LineCollection: LineCollection.get_segments,
    Polygon: Polygon.get_xy, AxesImage: AxesImage.get_array, Text: Text.get_text,
    BarContainer: lambda bars: [bar.get_height() for bar in bars],
}


def held(artist):
    """Return what an artist holds, as matplotlib gives it back, in the form in which `compute` returns it."""
    return next(get(artist) for kind, get in HELD.items() if isinstance(artist, kind))


def same(one, other):
    """Return whether two values of `numbers` are equal: numbers, texts, arrays, and tuples, lists and dicts of them."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) or one is None:
        return one == other
    return np.array_equal(one, other)


def shows(artist, data):
    """Return whether an artist holds the data, or is hidden where there are none."""
    seen = {part.get_visible() for part in parts(artist)}
    if data is None or seen != {True}:
        return data is None and seen == {False}
    now = held(artist)
    if isinstance(artist, Polygon):                          # matplotlib closes it: the first point once more
        return same(now[:len(data)], data) and same(now[len(data):], data[:len(now) - len(data)])
    return same(now, data)


def not_finite(numbers):
    """Return the names of numbers that hold NaN or an infinity."""
    def finite(value):
        if isinstance(value, dict):
            return all(map(finite, value.values()))
        if isinstance(value, (tuple, list)):
            return all(map(finite, value))
        array = np.ma.getdata(value)
        return array.dtype.kind not in "fc" or np.isfinite(array).all()
    return [name for name, value in numbers.items() if not finite(value)]


def assert_true_to(explorer, values):
    """The explorer shows exactly what `compute` says of its controls' values, and says so in a sentence."""
    numbers = explorer.compute(**values)
    assert same(explorer.numbers, numbers), f"compute is not a function of its arguments alone, at {values}"
    assert not not_finite(numbers) or numbers.get("reason"), f"{not_finite(numbers)} not finite and no reason, at {values}"
    wrong = [name for name, artist in explorer.artists.items() if not shows(artist, numbers[name])]
    assert not wrong, f"{wrong} do not show what compute returned, at {values}"
    sentence = explorer.summarize(numbers)
    assert sentence.strip().endswith((".", "?")) and len(sentence.split()) > 2, f"no sentence at {values}: {sentence!r}"
    assert len(sentence) <= THREE_LINES, f"longer than the room that the page has for it, at {values}: {sentence!r}"
    assert "nan" not in re.findall(r"\w+", sentence.lower()), f"at {values}: {sentence!r}"
    assert said(explorer) == sentence
    assert explorer.error.value == ""


def visit(explorer, settings):
    """Go from each setting to the next, all other controls at their defaults; return the pictures and sentences shown there."""
    shown = []
    for setting in settings:
        values = explorer.defaults | setting
        explorer.set(**values)
        assert explorer.values == values
        assert_true_to(explorer, values)
        shown.append((explorer.image.value, said(explorer)))
    return shown


# The course's explorers.

@pytest.mark.parametrize("make", [maker if place < 4 else pytest.param(maker, marks=pytest.mark.long) for place, maker in enumerate(MAKERS)],
                         indirect=True)                     # the first four have artists of every kind
def test_a_dense_screen_gets_as_many_pixels_and_the_notebook_as_before(explorer, long):
    size, before = (explorer.image.width, explorer.image.height), explorer.image.value
    still = explorer._still(explorer.numbers) if long else None
    try:
        explorer.ratio.value = 2.0
        sharp = explorer.image.value
        small, large = (Image.open(io.BytesIO(picture)).convert("RGB") for picture in (before, sharp))
        assert large.size == (2 * small.width, 2 * small.height)
        blur = np.abs(np.asarray(large.reduce(2), float) - np.asarray(small, float))
        assert blur.mean() < 6, "the same picture"
        assert (explorer.image.width, explorer.image.height) == size, "as large on the page"
        if still:
            assert explorer._still(explorer.numbers) == still, "what is stored does not depend on the screen"
            assert explorer.image.value == sharp, "and the live picture is sharp afterwards"
    finally:
        explorer.ratio.value = 1.0
    assert explorer.image.value == before


def test_every_module_has_an_explorer():
    assert MAKERS and not WITHOUT_EXPLORER


def test_every_control_does_something(explorer):
    """One of its ends changes the picture or the words; an end of one control at least, the picture."""
    (picture, words), = visit(explorer, [{}])
    pictures = set()
    for name, control in explorer.controls.items():
        shown = visit(explorer, [{name: value} for value in ends(control)])
        assert {*shown} != {(picture, words)}, f"{name} changes nothing that can be seen"
        pictures |= {one for one, _ in shown}
    assert pictures != {picture}


def test_corners(explorer):
    visit(explorer, corners(explorer, np.random.default_rng(0)))


def test_random_settings(explorer, long):
    """In the order of the last control, then of the one before it: settings that share stored work follow each other."""
    rng = np.random.default_rng(1)
    settings = at_random(explorer, rng, RANDOM_SETTINGS[long])
    visit(explorer, sorted(settings, key=lambda setting: [str(value) for value in reversed(setting.values())]))


def test_the_number_beside_a_slider_is_its_value(explorer):
    for name, control in explorer.controls.items():
        if hasattr(control, "step"):
            assert all(abs(float(format(value, control.readout_format)) - value) < 1e-9 for value in _offered(control)), name


def test_picture_depends_on_the_settings_alone(explorer_and_first_picture, make, long):
    """After a walk elsewhere, reset brings the first picture back; and a fresh explorer has the same picture everywhere."""
    explorer, first_picture = explorer_and_first_picture
    walk = at_random(explorer, np.random.default_rng(2), 1 + REDRAWN[long])
    explorer.set(**walk[0])
    explorer.reset()
    assert explorer.values == explorer.defaults
    assert_true_to(explorer, explorer.defaults)
    assert explorer.image.value == first_picture
    fresh = make() if long else None
    for values in walk[1:]:
        explorer.set(**values)
        fresh.set(**values)
        assert explorer.image.value == fresh.image.value, f"at {values}"


def test_live_picture_is_the_stored_one(explorer, long):
    """What is laid over the kept background is what matplotlib draws in full, and what a reader without a kernel sees."""
    rng = np.random.default_rng(3)
    for setting in [{}, *at_random(explorer, rng, REDRAWN[long])]:
        explorer.set(**explorer.defaults | setting)
        live = drawn(explorer)
        width, height = explorer.figure.canvas.get_width_height()
        assert difference(explorer._still(explorer.numbers), live, OVERDRAWN * width * height) is None, f"at {setting}"


def test_every_text_has_contrast(explorer, long):
    rng = np.random.default_rng(4)
    for setting in [{}, *at_random(explorer, rng)] if long else at_random(explorer, rng):
        explorer.set(**explorer.defaults | setting)
        with whole(explorer) as figure:
            assert faint_texts(figure) == [], f"at {setting}"


def test_lines_in_one_axes_are_told_apart_by_the_color_blind_too(explorer):
    assert [lines_alike(ax) for ax in explorer.figure.axes] == [[] for _ in explorer.figure.axes]


# The engine by itself.

def powers_at(exponent, shift, kind, mirrored, text):
    """Return y = x^exponent, times -1 if mirrored, as the tiny explorer shows it."""
    x = np.linspace(0, 1, 11)
    y = (-1 if mirrored else 1) * x**exponent + shift
    return {"curve": (x, y), "end": np.array([[1.0, y[-1]]]), "label": f"{kind} {text}", "exponent": exponent, "shift": shift}


def draw_powers(numbers):
    fig, ax = style.figure(width=3, height=2)
    ax.set(xlim=(0, 1), ylim=(-12, 12), xlabel="x", ylabel="y")
    return fig, {"curve": ax.plot([], [])[0], "end": ax.scatter([], []), "label": ax.text(0.5, 5, "", parse_math=False)}


def say_powers(numbers):
    return f"The exponent <x> is {numbers['exponent']:.1f}."


def power_explorer(compute=powers_at, summarize=say_powers):
    """Return a tiny explorer with a control of each kind."""
    controls = {"exponent": slider("exponent", 2.0, 0.5, 4.0, 0.5), "shift": slider("shift", 0, -10, 10, 1),
                "kind": dropdown("kind", "plain", ("plain", "fancy")), "mirrored": checkbox("mirrored"),
                "text": text_box("text", "first", "type")}
    return Explorer("powers", controls, compute, draw_powers, summarize, play="shift")


@contextmanager
def whole(explorer):
    """Give the explorer's figure with all that moves in it drawn as well."""
    changing = explorer._changing()
    for artist in changing:
        artist.set_animated(False)
    try:
        yield explorer.figure
    finally:
        for artist in changing:
            artist.set_animated(True)


def drawn(explorer):
    """Return the picture that stands on the explorer's canvas, as a PNG without loss."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(explorer.figure.canvas.buffer_rgba())[..., :3].copy()).save(buffer, "png")
    return buffer.getvalue()


def state(explorer):
    """Return all that must stay as it was when something is refused."""
    return (explorer.values, explorer.image.value, explorer.summary.value, explorer.error.value, repr(explorer.numbers),
            [repr(held(artist)) for artist in explorer.artists.values()])


@pytest.fixture
def powers():
    return power_explorer()


@pytest.fixture(scope="module")
def refusing():
    """One for all that it refuses: nothing of that may change it."""
    return power_explorer()


def test_several_values_are_drawn_once_and_reset_brings_everything_back_at_once(powers):
    drawings, first = [], state(powers)
    powers.image.observe(drawings.append, "value")
    values = {"exponent": 3.0, "shift": -2, "kind": "fancy", "mirrored": True, "text": "<b>$_"}
    powers.set(**values)
    assert powers.values == values and len(drawings) == 1
    assert_true_to(powers, values)
    powers.reset()
    assert state(powers) == first and len(drawings) == 2


def test_a_text_box_is_followed_letter_by_letter(powers):
    box, pictures = powers.controls["text"], [powers.image.value]
    assert (box.continuous_update, box.placeholder, box.description) == (True, "type", "text")
    for text in ("", "a", "ab", "<b>$x_", "ab"):
        box.value = text                               # the page sends the whole text at each key
        assert_true_to(powers, powers.defaults | {"text": text})
        pictures.append(powers.image.value)
    assert pictures[3] == pictures[-1] and len(set(pictures)) == 5
    powers.reset_button.click()
    assert (powers.values, powers.image.value) == (powers.defaults, pictures[0])
    assert repr(powers) == ("Explorer 'powers' (exponent 2.0, shift 0, kind plain, mirrored off, text “first”): "
                            "The exponent <x> is 2.0.")


def test_moving_a_control_by_hand_does_the_same(powers):
    other = power_explorer()
    other.set(exponent=3.0)
    powers.controls["exponent"].value = 3.0
    assert powers.image.value == other.image.value
    assert_true_to(powers, other.values)


def test_the_page_gets_what_was_drawn(powers):
    with Image.open(io.BytesIO(powers.image.value)) as sent, Image.open(io.BytesIO(drawn(powers))) as kept:
        assert sent.format.lower() == powers.image.format
        assert sent.size == (int(powers.image.width), int(powers.image.height)) == kept.size
        assert np.abs(np.asarray(sent.convert("RGB"), float) - np.asarray(kept, float)).mean() < 2


@pytest.mark.parametrize("values, named", [
    ({"power": 1}, ["power", "exponent, shift, kind, mirrored, text"]),
    ({"exponent": 4.5}, ["exponent", "0.5", "4.0", "4.5"]),
    ({"exponent": 0.4}, ["exponent", "0.5", "4.0", "0.4"]),
    ({"exponent": "2"}, ["exponent", "a number", "'2'"]),
    ({"exponent": True}, ["exponent", "a number", "True"]),
    ({"exponent": None}, ["exponent", "a number", "None"]),
    ({"exponent": float("nan")}, ["exponent", "0.5", "4.0", "nan"]),
    ({"exponent": [2.0]}, ["exponent", "a number", "[2.0]"]),
    ({"shift": 1.5}, ["shift", "a whole number", "-10", "10", "1.5"]),
    ({"shift": 11}, ["shift", "-10", "10", "11"]),
    ({"shift": False}, ["shift", "a whole number", "False"]),
    ({"kind": "simple"}, ["kind", "'plain', 'fancy'", "'simple'"]),
    ({"kind": None}, ["kind", "'plain', 'fancy'", "None"]),
    ({"kind": ["plain"]}, ["kind", "'plain', 'fancy'"]),
    ({"mirrored": 1}, ["mirrored", "True or False", "1"]),
    *(({"text": value}, ["text", "a string", repr(value)]) for value in (None, 3, True, b"ab", ["ab"])),
    ({"exponent": 3.0, "shift": 2, "kind": "simple"}, ["kind", "'plain', 'fancy'"]),
], ids=str)
def test_what_is_not_offered_is_refused(refusing, displayed, values, named):
    before = state(refusing)
    for move in (refusing.set, refusing.show_at):
        with pytest.raises(ValueError) as error:
            move(**values)
        assert all(part in str(error.value) for part in named), str(error.value)
        assert state(refusing) == before
    assert displayed == []


def failing(part):
    """Return a tiny explorer whose compute, summarize or picture goes wrong at shift 7 (and a function of its engine)."""
    def compute(**values):
        if part == "compute" and values["shift"] == 7:
            raise RuntimeError("seven <b>is</b> too much")
        numbers = powers_at(**values)
        if part == "update" and values["shift"] == 7:
            numbers["end"] = np.zeros((2, 3, 4))             # no scatter takes these; the curve is moved before
        return numbers

    def summarize(numbers):
        if part == "summarize" and numbers["shift"] == 7:
            raise RuntimeError("no words")
        return say_powers(numbers)

    return power_explorer(compute, summarize)


@pytest.mark.parametrize("part", ["compute", "summarize", "update"])
def test_set_raises_what_goes_wrong_and_all_stays(part):
    explorer = failing(part)
    explorer.set(exponent=3.0)
    before = state(explorer)
    with pytest.raises((RuntimeError, ValueError, TypeError, IndexError)):
        explorer.set(shift=7, mirrored=True)
    assert state(explorer) == before
    explorer.set(shift=6)
    assert_true_to(explorer, explorer.values)


@pytest.mark.parametrize("part", ["compute", "summarize", "update"])
def test_an_error_behind_a_slider_is_shown_and_the_good_picture_kept(part):
    explorer = failing(part)
    explorer.set(shift=6)
    good, words = explorer.image.value, explorer.summary.value
    explorer.controls["shift"].value = 7
    assert "Error" in explorer.error.value and 'role="alert"' in explorer.error.value
    assert (explorer.image.value, explorer.summary.value) == (good, words)
    explorer.controls["shift"].value = 8
    assert_true_to(explorer, explorer.values)
    explorer.controls["shift"].value = 7
    explorer.reset_button.click()
    assert explorer.values == explorer.defaults
    assert_true_to(explorer, explorer.values)


def test_texts_reach_the_page_as_text_not_as_markup_and_an_error_brings_its_own_ground():
    """JupyterLab's page may be dark; the color has contrast on white."""
    explorer = failing("compute")
    assert said(explorer) == "The exponent <x> is 2.0." and "<x>" not in explorer.summary.value
    explorer.controls["shift"].value = 7
    assert "RuntimeError: seven &lt;b&gt;is&lt;/b&gt; too much" in explorer.error.value
    assert f"background:white;color:{style.RED}" in explorer.error.value


def test_two_threads_that_move_controls(powers):
    """Whoever comes last, what is shown belongs to where the controls stand."""
    problems = []

    def move(name, values):
        try:
            for value in values:
                if name == "set":
                    powers.set(kind=value)
                else:
                    powers.controls[name].value = value
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=move, args=arguments) for arguments in (
        ("exponent", [1.0, 2.0, 3.0, 4.0] * 15), ("shift", [*range(-10, 11)] * 3), ("set", ["fancy", "plain"] * 20 + ["fancy"]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert powers.values == powers.defaults | {"exponent": 4.0, "shift": 10, "kind": "fancy"}
    assert_true_to(powers, powers.values)
    other = power_explorer()
    other.set(**powers.values)
    assert powers.image.value == other.image.value


def test_a_slow_drawing_never_covers_a_later_one():
    """While the picture for shift 1 is under way, another thread moves to shift 2: in the end 2 is seen."""
    under_way, later_is_drawn = threading.Event(), threading.Event()

    def compute(**values):
        if values["shift"] == 1:
            under_way.set()
            later_is_drawn.wait(timeout=0.3)                # in vain, where the later one must wait its turn
        return powers_at(**values)

    explorer = power_explorer(compute)

    def move(shift):
        explorer.controls["shift"].value = shift

    first = threading.Thread(target=move, args=(1,))
    first.start()
    assert under_way.wait(timeout=60)
    move(2)
    later_is_drawn.set()
    first.join()
    assert_true_to(explorer, explorer.defaults | {"shift": 2})


@pytest.mark.parametrize("numbers, said", [
    ((1 / 3, 0.0, 1.0, 0.1), "speed: expected value, low and step with 11 decimals at most, got 0.333"),
    ((5, 0, 3, 1), "speed, value: expected a number from 0 to 3, got 5"),
])
def test_a_slider_that_cannot_be_is_refused(numbers, said):
    with pytest.raises(ValueError, match=said):
        slider("speed", *numbers)


@pytest.mark.parametrize("play", ["exponent", "shft"])
def test_what_cannot_be_played_is_refused(play):
    controls = {"exponent": slider("exponent", 2.0, 0.5, 4.0, 0.5), "shift": slider("shift", 0, -10, 10, 1)}
    with pytest.raises(ValueError, match=f"play: expected the name of a slider of whole numbers, got {play!r}"):
        Explorer("powers", controls, None, None, None, play=play)


def test_show_at_leaves_the_explorer_as_it_was(powers, displayed):
    powers.set(shift=3)
    before = state(powers)
    powers.show_at(exponent=4.0, mirrored=True)
    assert state(powers) == before
    picture, caption = displayed
    finding = "exponent 4.0, mirrored on: The exponent <x> is 4.0."
    assert picture["metadata"] == {"image/png": {"alt": finding}} and finding in caption.data
    powers.set(exponent=4.0, mirrored=True)
    assert difference(base64.b64decode(picture["data"]["image/png"]), drawn(powers)) is None


def test_what_is_displayed(powers, displayed):
    """A live widget, and for whoever has no kernel the picture as it opens, with alternative text and caption."""
    powers._ipython_display_()
    live, picture, caption = displayed
    alt = picture["metadata"]["image/png"]["alt"]
    assert set(live["data"]) == {VIEW} and live["data"][VIEW]["model_id"] == powers.box.model_id
    assert VIEW not in picture["data"]
    assert difference(base64.b64decode(picture["data"]["image/png"]), drawn(powers)) is None
    assert "powers" in alt and alt.endswith("The exponent <x> is 2.0.") and picture["data"]["text/plain"] == alt
    assert alt in caption.data


def test_the_widget_holds_all_that_a_reader_needs(monkeypatch):
    links = []
    monkeypatch.setattr(widgets, "jslink", lambda *ends: links.append(ends))
    powers = power_explorer()

    def within(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from within(child)

    inside = list(within(powers.box))
    for part in (*powers.controls.values(), powers.image, powers.summary, powers.error, powers.reset_button):
        assert part in inside
    assert all(control.description for control in powers.controls.values())
    player, = (widget for widget in inside if isinstance(widget, widgets.Play))
    assert (player.min, player.max, player.step) == (-10, 10, 1)
    assert links == [((player, "value"), (powers.controls["shift"], "value"))]
    assert [widget._dom_classes for widget in (powers.box, powers.summary, powers.reset_button, powers.ratio)] == [
        ("explorer",), ("explorer-summary",), ("explorer-reset",), ("explorer-ratio",)]       # by which page.js finds them
    script, = powers.box.children[-1].outputs
    assert '"powers"' in script["data"]["application/javascript"]


ZOO = {
    "line": (np.arange(3.0), np.array([0.1, 0.5, 0.9])), "points": np.array([[0.5, 0.5], [1.0, 0.2]]),
    "segments": [np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])],
    "area": np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), "matrix": np.array([[0.0, 0.5], [0.75, 1.0]]),
    "words": "seen", "bars": [0.2, 0.4, 0.6],
}


def zoo(numbers_at):
    """Return an explorer with one artist of each kind; a dropdown chooses among the given numbers."""
    def draw(numbers):
        fig, ax = style.figure(width=3, height=2)
        matrix = ax.imshow([[0.0]], extent=(0, 2, 0, 1), vmin=0, vmax=1)
        ax.set(xlim=(0, 2), ylim=(0, 1), aspect="auto")
        return fig, {"line": ax.plot([], [])[0], "points": ax.scatter([], []), "words": ax.text(1, 0.5, ""),
                     "segments": ax.add_collection(LineCollection([])), "area": ax.fill([0, 0], [0, 0])[0],
                     "matrix": matrix, "bars": ax.bar([0, 1, 2], [0, 0, 0])}

    controls = {"at": dropdown("at", next(iter(numbers_at)), tuple(numbers_at))}
    return Explorer("zoo", controls, lambda at: numbers_at[at], draw, lambda numbers: "All kinds are here.")


def test_every_kind_of_artist_shows_its_numbers():
    other = {"line": (np.arange(2.0), np.ones(2)), "points": np.zeros((0, 2)), "segments": [], "area": ZOO["area"][::-1] / 2,
             "matrix": np.eye(3), "words": "", "bars": [0.0, 0.0, 1.0]}
    visit(zoo({"first": ZOO, "second": other}), [{"at": at} for at in ("first", "second", "first")])


def test_none_hides_an_artist_and_numbers_show_it_again():
    explorer = zoo({"all": ZOO} | {name: ZOO | {name: None} for name in ZOO})
    pictures = [picture for picture, _ in visit(explorer, [{"at": at} for name in ZOO for at in (name, "all")])]
    assert len(set(pictures[1::2])) == 1, "all are shown"
    assert len(set(pictures)) == 1 + len(ZOO), "and one is hidden in each other picture"


def test_the_tests_notice_an_artist_that_shows_something_else():
    artists = zoo({"all": ZOO}).artists
    changed = {"line": (np.arange(3.0), np.array([0.1, 0.5, 0.8])), "words": "unseen", "segments": ZOO["segments"][:1]}
    changed |= {name: np.asarray(ZOO[name]) * 0.5 for name in ("points", "area", "matrix", "bars")}
    assert [name for name in ZOO if not shows(artists[name], ZOO[name])] == []
    assert [name for name in ZOO if shows(artists[name], changed[name]) or shows(artists[name], None)] == []


@pytest.mark.parametrize("number", [np.nan, np.inf, np.array([1.0, np.nan]), (np.zeros(2), np.array([0.0, -np.inf])), [{"a": np.nan}]])
def test_the_tests_notice_what_is_not_finite(number):
    assert not_finite({"good": 1.0, "words": "nan", "none": None, "bad": number}) == ["bad"]
