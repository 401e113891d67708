"""What the explorers offer on the web: enough settings, all that the notebooks' lists of things to try ask for, and no others."""

import json
import re
import sys
from math import prod

import pytest

from helpers.explorers.engine import Explorer, _offered, checkbox, dropdown, slider, text_box
from tools.explorer_list import ITEM, items_to_try, makers, places

ENOUGH, MOST = 500, 12_000                      # settings of one explorer
FINE = 10                                       # values of the control that matters most
NUMBER = r"(?<![\w.\[])-?\d+(?:\.\d+)?"
NUMBERS = rf"{NUMBER}(?:(?:,| and| to|, then to) {NUMBER})*"
NO_SETTINGS = ("The inputs stop after step 3", "The outputs of steps 1 and 2", "from step 11 on")     # numbers in items all the same

MAKERS, PLACES = makers()[0], places()


class Offer(Explorer):
    """An explorer's controls, grid and tries, without its picture."""

    def __init__(self, name, controls, *parts, play=None, grid=None, tries=()):
        self.name, self.controls, self.play, self.tries = name, controls, play, tries
        self.defaults = self.values
        self.grid = self._full_grid(grid or {})


@pytest.fixture(scope="module")
def offers():
    """Return what each explorer offers, by the name of its function."""
    with pytest.MonkeyPatch.context() as patch:
        for make in MAKERS.values():
            patch.setattr(sys.modules[make.__module__], "Explorer", Offer)
        return {key: make() for key, make in MAKERS.items()}


@pytest.fixture(params=MAKERS)
def key(request):
    return request.param


@pytest.fixture
def offer(offers, key):
    return offers[key]


def source(notebook, cell_id):
    """Return the source of one cell."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["id"] == cell_id)


def items(key):
    """Return the texts of the things to try with an explorer, without their numbers."""
    place = PLACES[key]
    lines = source(place.notebook, place.text).splitlines() if place.text else []
    return [ITEM.sub("", lines[number], count=1) for number in place.items]


def values_of(offer, steps):
    """Return `{control: values}` of all that the steps set; a step that plays sets the first value."""
    found = {}
    for name, value in (pair for step in steps for pair in step.items()):
        found.setdefault(name, []).append(offer.grid[name][0] if value is ... else value)
    return found


def says(text, words):
    """Return whether the words, or their plural, occur in a text."""
    return re.search(rf"(?<!\w){re.escape(words.removesuffix('s'))}s?(?!\w)", text, re.IGNORECASE)


def numbers_in(values):
    """Return the numbers among values, and those that are strings in a dropdown."""
    return {float(value) for value in values if not isinstance(value, bool) and re.fullmatch(r"-?\d+\.?\d*", str(value))}


def problems(item, steps, offer):
    """Return what an item's text asks for and its steps don't do: controls, options, numbers, the play button; and the reverse."""
    text = re.sub(r"\$[^$]*\$", " ", item).replace("−", "-")
    for phrase in NO_SETTINGS:
        text = text.replace(phrase, " ")
    text = re.sub(r"[*`“”\"]", "", text)
    done, found = values_of(offer, steps), []
    values = [value for some in done.values() for value in some]
    labels = {name: control.description.split(" (")[0] for name, control in offer.controls.items()}
    for option in (option for control in offer.controls.values() for option in getattr(control, "options", ())):
        if isinstance(option, str) and len(option) > 3 and says(text, option):
            found += [f"no step has {option!r}"] * (option not in values)
            text = text.replace(option, " ")
    found += [f"{words!r} is not set" for name in labels for words in {name, labels[name]}
              if len(words) > 2 and says(text, words) and name not in done]
    found += [f"no step has {number}" for number in re.findall(NUMBER, text) if float(number) not in numbers_in(values)]
    for word in {word for words in labels.values() for word in words.split() if len(word) > 2}:
        meant = [value for name, words in labels.items() if word in words.split() for value in done.get(name, ())]
        for some in re.findall(rf"\b{word.removesuffix('s')}s?(?: (?:to|at|of|from|up|slowly))* ({NUMBERS})", text, re.IGNORECASE):
            found += [f"{word}: no step has {number}" for number in re.findall(NUMBER, some)
                      if float(number) not in numbers_in(meant)]
    if bool(re.search(r"\bplay\b", text, re.IGNORECASE)) != any(value is ... for step in steps for value in step.values()):
        found.append("play")
    return found


def test_there_are_enough_settings_and_not_too_many(offer):
    count = prod(map(len, offer.grid.values()))
    assert count <= MOST
    assert count >= ENOUGH or offer.grid == {name: _offered(control) for name, control in offer.controls.items()}
    assert max(map(len, offer.grid.values())) >= FINE


def test_values_are_different_and_such_as_the_slider_has(offer):
    for name, values in offer.grid.items():
        assert len(set(values)) == len(values), name
        if hasattr(offer.controls[name], "step"):
            assert set(values) <= set(_offered(offer.controls[name])), name


def test_each_explorer_has_its_place_and_each_item_its_steps(key, offer):
    assert source(PLACES[key].notebook, PLACES[key].cell)
    assert len(items(key)) == len(offer.tries)
    for steps in offer.tries:
        assert isinstance(steps, tuple) and 1 <= len(steps) <= 6
        assert all(isinstance(step, dict) and step for step in steps)
        assert all(steps.count(step) == 1 for step in steps)


def test_steps_do_what_the_items_say(key, offer):
    for item, steps in zip(items(key), offer.tries, strict=True):
        assert problems(item, steps, offer) == [], item


def test_no_phrase_is_left_over():
    texts = " ".join(item for key in PLACES for item in items(key))
    assert [phrase for phrase in NO_SETTINGS if phrase not in texts] == []


@pytest.mark.parametrize("key, item, steps, said", [
    ("reservoir.reservoir", "Raise the *gain* to 0.95, then to 1.1.", ({"gain": 0.95},), "gain: no step has 1.1"),
    ("reservoir.reservoir", "Raise the gain to 0.95.", ({"gain": 0.5, "into": 0.1}, {"gain": 0.9}), "no step has 0.95"),
    ("reservoir.reservoir", "Raise the gain to 1.", ({"gain": 0.5, "into": 1.0},), "gain: no step has 1"),
    ("reservoir.reservoir", "Tick *years shuffled*.", ({"gain": 0.5},), "'years shuffled' is not set"),
    ("one_unit.one_unit", "Set it to −1.5.", ({"weight_hh": 1.5},), "no step has -1.5"),
    ("one_unit.one_unit", "Press play.", ({"t": 1},), "play"),
    ("one_unit.one_unit", "Look at step 1.", ({"t": ...},), "play"),
    ("one_unit.one_unit", "Switch to ReLU.", ({"nonlinearity": "tanh"},), "no step has 'relu'"),
    ("cliff.the_cliff", "Clip the norm at 0.1 and 5.", ({"clipping": "0.1"},), "no step has 5"),
    ("inside_the_cell.inside_the_cell", "Choose “1, then 0”.", ({"inputs": "always 1"},), "no step has '1, then 0'"),
    ("scrub_the_training.scrub_the_training", "Compare seeds 0 and 2.", ({"seed": 0}, {"seed": 1}), "seed: no step has 2"),
    ("shapes.shapes", "`num_layers` 2.", ({"bias": False},), "'num_layers' is not set"),
])
def test_the_test_notices_steps_that_do_something_else(offers, key, item, steps, said):
    assert said in problems(item, steps, offers[key])


@pytest.mark.parametrize("key", ["name_writer.name_writer", "type_a_name.type_a_name", "temperature.temperature"])
def test_every_name_in_an_item_is_one_of_its_steps(offers, key):
    labels = [control.description for control in offers[key].controls.values()]
    for item, steps in zip(items(key), offers[key].tries, strict=True):
        names = {str(value).lower() for step in steps for value in step.values()}
        assert {word for word in re.findall(r"\*([^*]+)\*", item) if word not in ("Look for", "Play", *labels)} <= names, item


def test_the_names_that_the_notebooks_mention_are_offered(offers):
    written, typed = offers["name_writer.name_writer"].grid["beginning"], offers["type_a_name.type_a_name"].grid["name"]
    first, judged = PLACES["name_writer.name_writer"].notebook, PLACES["type_a_name.type_a_name"].notebook
    assert set(re.findall('"([a-z]+otti)"', source(first, "three-beginnings"))) <= set(written)
    assert set(re.findall(r"\*(rnn|emma)\*", source(first, "write-a-name"))) <= set(written)
    names = re.findall(r'"(schumacher|novakova|jonsdottir)"', source(judged, "beliefs"))
    assert len(names) == 3 and set(names) <= {name.lower() for name in typed}
    assert len(typed) >= 600 and 120 <= len(written) <= 200 and set("abcdefghijklmnopqrstuvwxyz") <= set(written)


# The engine, given a grid.

CONTROLS = {"gain": slider("gain", 0.5, 0.0, 1.0, 0.25), "count": slider("count", 2, 1, 3, 1), "kind": dropdown("kind", "a", ("b", "a")),
            "on": checkbox("on"), "name": text_box("name", "x")}


def test_a_grid_has_every_control_the_defaults_and_an_order():
    offer = Offer("", CONTROLS, grid={"gain": [1.0, 0.0], "count": ..., "kind": ["b"], "on": ..., "name": ["z", "y"]})
    assert offer.grid == {"gain": [0.0, 0.5, 1.0], "count": [1, 2, 3], "kind": ["b", "a"], "on": [False, True], "name": ["z", "y", "x"]}
    assert Offer("", CONTROLS).grid == {"gain": [0.5], "count": [2], "kind": ["a"], "on": [False], "name": ["x"]}


@pytest.mark.parametrize("grid, tries, said", [
    ({"gian": [0.5]}, (), "gian: no such control; this explorer has gain, count, kind, on, name"),
    ({"gian": ...}, (), "gian: no such control"),
    ({"gain": [0.5, 1.5]}, (), "gain: expected a number from 0.0 to 1.0, got 1.5"),
    ({"count": [1.5]}, (), "count: expected a whole number from 1 to 3, got 1.5"),
    ({"kind": ["c"]}, (), "kind: expected one of 'b', 'a', got 'c'"),
    ({"on": [1]}, (), "on: expected True or False, got 1"),
    ({"name": [3]}, (), "name: expected a string, got 3"),
    ({"name": ...}, (), "grid, name: expected a list of values, got Ellipsis"),
    ({"name": "xyz"}, (), "grid, name: expected a list of values, got 'xyz'"),
    ({"gain": 0.5}, (), "grid, gain: expected a list of values or ..., got 0.5"),
    ({}, (({"gian": 0.5},),), "gian: no such control"),
    ({"gain": [0.0]}, (({"gain": 0.25},),), r"tries, gain: expected one of the grid's values \[0.0, 0.5\], got 0.25"),
    ({"gain": ...}, (({"gain": ...},),), "gain: expected a number from 0.0 to 1.0, got Ellipsis"),
], ids=str)
def test_a_grid_with_something_that_is_not_offered_is_refused(grid, tries, said):
    with pytest.raises(ValueError, match=said):
        Offer("", CONTROLS, play="count", grid=grid, tries=tries)


@pytest.mark.parametrize("text, lines", [
    ("Try it:\n\n1. one\n2. two\n\nEnd.\n\n1. three", (2, 3)), ("*Try*\n* one\n\n* two", (1, 3)), ("1. one\n2. two\nNow try.", ()),
    ("- one\n\nNow try.\n\n- two", (4,)), ("Country:\n\n1. one", ()),
])
def test_a_list_of_things_to_try_is_found_by_the_word_before_it(text, lines):
    assert items_to_try(text) == lines
