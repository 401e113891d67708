"""The exercise checker itself, on two small exercises: what it says to all that a learner may hand over."""

import re
import subprocess
import sys
import threading
import time
import warnings
from decimal import Decimal
from fractions import Fraction

import matplotlib
import numpy as np
import pytest
import torch

from helpers.exercises import engine
from helpers.exercises.e01_equations import all_answers
from helpers.exercises.engine import NOT_TRIED, RIGHT, WRONG, function_exercise, prediction_exercise, value_exercise
from tools.notebook_rules import PROJECT

HINTS = ("Look at the first step.", "Look at the second step.")


@pytest.fixture
def running_sum():
    """A fresh exercise: the running sum of x over time, in two units."""
    @function_exercise(
        lambda: [{"x": np.array([[1.0, 2.0], [3.0, 5.0], [4.0, -1.0]])}, {"x": np.array([[0.5], [0.25]])}],
        shown="Sums run.", hints=HINTS, over_time=True,
    )
    def running_sum(x):
        """Return the sum of all rows up to each row."""
        return x.cumsum(axis=0)

    running_sum.knows(
        ("running product", "Something is multiplied.", ("cumsum", "cumprod")),
        ("started from the end", "The last row came first.", ("x.cumsum", "x[::-1].cumsum"), engine.DIRECTION),
        ("sum over the units", "The wrong axis is added up.", ("cumsum(axis=0)", "sum(axis=1)")),
    )
    return running_sum


@pytest.fixture
def by_hand():
    @value_exercise(shown="Two numbers.", hints=HINTS)
    def by_hand():
        """Work out both."""
        return {"a": 0.25, "h": np.array([0.5, -0.5])}

    by_hand.knows(("sign lost", "A sign is missing.", ("-0.5", "0.5")),
                  ("half a percent too much", "Near.", ("0.25", "0.2513")))
    return by_hand


@pytest.fixture
def predict():
    @prediction_exercise(shown="It doubles.", hints=HINTS)
    def predict():
        """Predict the number."""
        return 2.0

    predict.knows(("halved", "It does not become less.", 0.5))
    return predict


def blank(x):
    """Return the sum of all rows up to each row."""
    ...


class Blank:
    def __call__(self, x):
        ...


@pytest.mark.parametrize("placeholder", [blank, ..., Blank(), Blank().__call__, lambda x: ...])
def test_function_not_tried_yet(running_sum, placeholder):
    said = running_sum(placeholder)
    assert said.verdict == NOT_TRIED
    assert repr(said) == said.text == "Not tried yet. Return the sum of all rows up to each row."


class Running:
    def __call__(self, x):
        return np.add.accumulate(x)


@pytest.mark.parametrize("answer", [
    lambda x: np.array([x[:t + 1].sum(axis=0) for t in range(len(x))]), lambda x: np.tri(len(x)) @ x,
    lambda numbers: np.einsum("st,tu->su", np.tri(len(numbers)), numbers), Running(), Running().__call__,
    lambda x: x.cumsum(axis=0) + 1e-9,
])
def test_right_in_any_style(running_sum, answer):
    assert running_sum(answer).verdict == RIGHT and running_sum(answer).text == "Right. Sums run."


def inverse(matrix):
    return np.linalg.inv(matrix)


def singular(x):
    return inverse(np.zeros((2, 2)))


def again(x):
    return again(x)


@pytest.mark.parametrize("answer, fails, mistake, said", [
    (lambda x: np.cumprod(x, axis=0), "value", "running product",
     "It looks like this: running product. Something is multiplied."),
    (lambda x: np.array([x[-1], x[-1] + x[-2], x.sum(axis=0)])[-len(x):] if len(x) > 2 else x[::-1].cumsum(axis=0),
     "direction of time", "started from the end", "wanted = [[1., 2.]"),
    (lambda x: x.sum(axis=1), "shape", "sum over the units", "shape (3,)"),
    (lambda x: x.cumprod(axis=0).tolist(), "value", "running product", "Something is multiplied."),
    (lambda x: x.cumprod(axis=0).astype(np.float32), "value", "running product", "Something is multiplied."),
    (lambda x: np.cumprod(x, axis=0, out=x), "value", "running product", "It also changes what it was given: x."),
    (lambda x: np.cumsum(x, axis=0, out=x), "input", None, "The result is right, but the function changes what it was given: x."),
    (lambda x: np.add(x, 1, out=x).cumsum(axis=0), "input", None,
     "shape (3, 2) The numbers are wrong, and the function changes what it was given: x. Repair that first"),
    (lambda x: x.cumsum(axis=0)[::-1], "direction of time", None, "found = [[8., 6.]"),
    (lambda x: x.cumsum(axis=0)[[-1] * len(x)], "aliasing", None, "all steps hold the same numbers"),
    (lambda x: np.zeros_like(x), "value", None, "found = [[0., 0.]"),
    (lambda x: x[[0] * len(x)], "value", None, "found = [[1., 2.]"),
    (lambda x: x.cumsum(axis=0).T, "shape", None, "shape (2, 3)"),
    (lambda x: x, "value", None, "x = [[ 1., 2.]"),
    (lambda x: x.cumsum(axis=0) + 3e-6, "value", None, "1.000003"),
    (lambda x: x.cumsum(axis=0) * np.nan, "nan", None, "nan means"),
    (lambda x: x.cumsum(axis=0) + np.where(x < 0, np.nan, 0), "nan", None, "What fails: there is a nan in the result."),
    (lambda x: x.cumsum(axis=0).astype(np.float32), "dtype", None, "float32 instead of float64"),
    (lambda x: x.cumsum(axis=0) + 0j, "dtype", None, "complex128"),
    (lambda x: x.cumsum(axis=0).tolist(), "type", None, "list or tuple instead of one array of shape (3, 2)"),
    (lambda x: list(x.cumsum(axis=0)), "type", None, "The numbers are right"),
    (lambda x: [[1, 2], [3]], "type", None, "found[0] = [1, 2]"),
    (lambda x: "8, 6", "type", None, "The check expected a NumPy array of shape (3, 2); it found a word."),
    (lambda x: object(), "type", None, "found: an object"),
    (lambda x: {"sum": x}, "type", None, "found['sum']"),
    (lambda x: (row for row in x), "type", None, "generator"),
    (lambda x: print(end=""), "result", None, "returns None"),
    (lambda x: torch.tensor(x).grad, "result", None, "the .grad of a tensor that no gradient has reached"),
    (lambda x: x[7], "error", None, "`(lambda x: x[7], \"error\", None,"),
    (singular, "error", None, "`return np.linalg.inv(matrix)`, raises LinAlgError: Singular matrix."),
    (again, "error", None, "RecursionError"),
    (lambda: 3, "error", None, "Called with (x), your function raises TypeError"),
    (lambda x: sys.exit("enough"), "error", None, "SystemExit: enough"),
    (lambda x: x.cumsum(axis=1) @ np.zeros(9), "error", None, "ValueError"),
    (3.0, "type", None, "this is a number. Pass the function itself"),
    (None, "type", None, "this is None"),
    (np.zeros((2, 2)), "type", None, "a NumPy array of shape (2, 2)"),
    ("running", "type", None, "a word"),
    (np.sin, "value", None, "found"),
    (dict, "type", None, "found['3.0']"),
])
def test_what_is_said_to_a_wrong_function(running_sum, answer, fails, mistake, said):
    found = running_sum(answer)
    assert (found.verdict, found.fails, found.mistake) == (WRONG, fails, mistake), found
    assert said in " ".join(found.text.split()), found
    assert found.text.startswith("Not right yet. What fails: ")
    assert max(map(len, found.text.split("\n"))) <= 130


def test_the_course_s_own_example_stays_as_it_was(running_sum):
    def wipe(x):
        x[:] = 0
        return x

    running_sum(wipe)
    assert running_sum(lambda x: x.cumsum(axis=0)).verdict == RIGHT


# Time.

def endless(x):
    while True:
        pass


def endless_though_it_catches(x):
    while True:
        try:
            x = x + 0
        except Exception:
            x = 0


def endless_though_it_catches_everything(x):
    while True:
        try:
            pass
        except:  # noqa: E722
            pass


def sleeping(x):
    time.sleep(60)


class Endless:
    def __call__(self, x):
        n = 0
        while n < 1:
            n -= 1


@pytest.mark.parametrize("function, lines", [
    (endless, ["while True:", "pass"]), (Endless(), ["while n < 1:", "n -= 1"]), (sleeping, ["time.sleep(60)"]),
    (endless_though_it_catches, ["while True:", "try:", "x = x + 0", "except Exception:", "x = 0"]),
    (endless_though_it_catches_everything, ["while True:", "try:", "pass"]),
])
def test_endless_function_is_named_where_it_was_and_ended(running_sum, function, lines, monkeypatch):
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.2)
    before = set(threading.enumerate())
    said = running_sum(function)
    assert (said.verdict, said.fails) == (WRONG, "time")
    text = " ".join(said.text.split())
    assert "no result within 0.2 seconds" in text and any(f"`{line}`" in text for line in lines), said
    if function is not sleeping:                                    # that one is left behind
        for thread in set(threading.enumerate()) - before:
            thread.join(timeout=30)
            assert not thread.is_alive()
    assert running_sum(lambda x: x.cumsum(axis=0)).verdict == RIGHT


def test_endless_from_another_thread(running_sum, monkeypatch):
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.2)
    said = []
    thread = threading.Thread(target=lambda: said.append(running_sum(endless)))
    thread.start()
    thread.join(timeout=30)
    assert said[0].fails == "time"


def test_the_limit_is_two_seconds():
    assert engine.TIME_LIMIT == 2.0


def test_a_busy_machine_is_waited_for_but_not_for_ever(running_sum, monkeypatch):
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.5)
    said = running_sum(lambda x: time.sleep(0.4) or x.cumsum(axis=0))       # 0.8 s for two examples, nearly none computed in
    assert said.verdict == RIGHT
    monkeypatch.setattr(engine, "PATIENCE", 1)
    assert running_sum(lambda x: time.sleep(0.4) or x.cumsum(axis=0)).fails == "time"


# Values, predictions, hints.

def test_values(by_hand):
    assert by_hand(a=..., h=[0.5, ...]).verdict == NOT_TRIED
    assert by_hand(a=0.2501, h=(0.5, -0.4998)).verdict == by_hand(a=np.float64(0.25), h=np.array([0.5, -0.5])).verdict == RIGHT
    said = by_hand(a=0.25, h=[0.5, 0.5])
    assert (said.fails, said.mistake) == ("value",
                                          "sign lost") and "1 of 2 numbers are right" in said.text and "a: right" in said.text
    assert "-0.5" not in said.text                                  # the wanted number is not told
    assert "close, but not close enough" in by_hand(a=0.25, h=[0.5, -0.505]).text
    said = by_hand(a=0.2513, h=[0.5, -0.5])                         # a mistake that is known is not merely close
    assert said.mistake == "half a percent too much" and "a = 0.2513: the answer is a different number." in said.text
    for h, about in ((0.5, "h = 0.5: give a tuple of 2 numbers."), ([0.5], "h = [0.5]: 1 number, and 2 are wanted."),
                     ((1, 2, 3), "h = [1, 2, 3]: 3 numbers, and 2 are wanted."), ("0.5, -0.5", "give a tuple of 2 numbers."),
                     (((0.5, -0.5),), "h[0] = [ 0.5, -0.5]: give a tuple of 2 numbers.")):
        said = by_hand(a=0.25, h=h)
        assert about in said.text and said.fails == ("type" if isinstance(h, str) else "shape"), said
    assert "nan means" in by_hand(a=np.nan, h=[0.5, -0.5]).text
    assert by_hand(a="quarter", h=[0.5, -0.5]).fails == "type"
    assert "a = '0.25': the check expected a number" in by_hand(a="0.25", h=[0.5, -0.5]).text
    said = by_hand(a=(0, 25), h=[0.5, -0.5])                        # 0,25 with a comma
    assert said.fails == "shape" and "with a decimal point and without brackets" in said.text
    assert by_hand(a=None, h=[0.5, -0.5]).fails == "type"
    assert by_hand(a=0.7, h=[0.5, -0.5]).mistake is None
    assert [answer.fails for answer in (by_hand(0.25), by_hand(a=1), by_hand(b=1), by_hand())] == 4 * ["call"]


def test_prediction_is_kept_and_compared(predict):
    assert predict(..., 2.0).verdict == NOT_TRIED and "2" not in predict(..., 2.0).text     # nothing is told beforehand
    said = predict(0.5, 2.0)
    assert (said.fails, said.mistake) == ("prediction", "halved") and "You predicted 0.5; measured: 2." in said.text
    said = predict(7, 2.0)
    assert said.mistake is None and "That's 3.5 times as much." in said.text
    assert "The measured number is 2.5 times as large." in predict(0.8, 2.0).text
    assert "That's 100 times as much." in predict(200, 2.0).text and "12,000 times as large." in predict(1 / 6000, 2.0).text
    exact = prediction_exercise(shown="Counted.", hints=HINTS, rtol=0)(lambda: 3760)
    assert "That's close, but not close enough." in exact(3801, 3760).text
    said = predict(2.1, 2.0)
    assert said.verdict == RIGHT and "(Your first prediction was 0.5.)" in said.text and "It doubles." in said.text


@pytest.mark.parametrize("number, shown", [((10, 10000), "(10, 10,000)"), (12345.678, "12,346"), (9999, "9,999"),
                                           (-2.5e4, "-25,000"), (1e12, "1e+12"), (0.00012345, "0.0001234"), (np.inf, "inf")])
def test_numbers_are_shown_without_an_exponent_where_a_learner_would_write_none(number, shown):
    exercise = prediction_exercise(shown="Counted.", hints=HINTS)(lambda: number)
    assert f"You predicted {shown}; measured: {shown}." in exercise(number, number).text


def test_a_dtype_is_shown_for_numbers_alone():
    names_and_x = function_exercise(lambda: [(["cab", "b"], np.ones(2))], shown="Done.", hints=HINTS)(lambda names, x: x)
    said = names_and_x(lambda names, x: x.astype(np.float32)).text
    assert "names = ['cab', 'b']   shape (2,)\n" in said and "x = [1., 1.]   shape (2,), float64\n" in said, said


def test_arguments_that_cannot_be_shown_can_be_had():
    @function_exercise(lambda: [(torch.nn.Linear(1, 1), 1.0), (torch.nn.Linear(1, 1), 2.0)], shown="Done.", hints=HINTS)
    def doubled(module, x):
        """Double x."""
        return 2 * x

    said = doubled(lambda module, x: 2.0)
    assert "\nTo try it yourself: your_function(*check.doubled.examples()[1].values())\n" in said.text, said
    assert doubled.solution(*doubled.examples()[1].values()) == 4.0


def test_prediction_and_measurement_of_a_wrong_kind(predict):
    assert [predict(answer, 2.0).fails for answer in ("two", [1, 2], None, np.zeros(2))] == 4 * ["type"]
    assert predict(np.nan, 2.0).fails == "nan" and predict.first is None
    assert [predict(2, measured).fails for measured in (3.0, None, "two", ...)] == 4 * ["measurement"]
    assert [answer.fails for answer in (predict(2), predict(), predict(prediction=2))] == 3 * ["call"]


def test_prediction_of_several_numbers_and_of_a_word():
    pair = prediction_exercise(shown="Two.", hints=HINTS)(lambda: (1.0, 10.0))
    assert pair((..., ...), [1, 10]).verdict == NOT_TRIED
    assert pair((1.05, 9.5), np.array([1, 10])).verdict == RIGHT
    assert pair((10, 1), (1, 10)).fails == "prediction" and pair(3, (1, 10)).fails == "type"
    word = prediction_exercise(shown="A word.", hints=HINTS)(lambda: "grows")
    assert word("grows", "grows").verdict == RIGHT and word("shrinks", "grows").fails == "prediction"
    assert word(3, "grows").fails == "type"


def test_hints_come_one_after_the_other(running_sum):
    assert running_sum.hint().text == "Hint 1. Look at the first step.\nThere's one more: call check.running_sum.hint() again."
    both = "Hint 1. Look at the first step.\nHint 2. Look at the second step."
    assert [running_sum.hint().text, running_sum.hint().text] == [both, both]


def test_a_hint_is_offered_while_there_is_one(running_sum):
    assert "For a hint: check.running_sum.hint()" in running_sum(lambda x: x).text
    running_sum.hint(), running_sum.hint()
    assert "hint" not in running_sum(lambda x: x).text


# Structures: dicts and tuples of arrays, numbers, flags.

def exercise_of(solution):
    return function_exercise(lambda: [{}], shown="Done.", hints=HINTS)(solution)


@pytest.mark.parametrize("wanted, right, wrong", [
    ({"w": np.ones(2), "b": 3.0}, {"b": 3, "w": np.ones(2)},
     {"names": [{"w": np.ones(2)}], "value": [{"w": np.zeros(2), "b": 3}], "shape": [{"w": np.ones(3), "b": 3}],
      "type": [{"w": [1, 1], "b": 3}, 3.0, ({"w": np.ones(2), "b": 3}, 3.0)]}),
    ((np.ones(2), 3.0), [np.ones(2), np.array(3.0)],
     {"number of results": [(np.ones(2),), 3.0, {"a": 1}], "value": [(np.ones(2), 4.0)], "shape": [(np.ones((2, 1)), 3.0)]}),
    ((4, 8), np.array([4, 8]), {"value": [(8, 4)], "length": [np.array([4]), (4,)], "number of results": [4]}),
    (3.0, np.float32(3), {"value": [4], "shape": [np.array([3.0])], "type": [True, "3"]}),
    (True, np.bool_(True), {"value": [False]}),
    (0.5, torch.tensor(0.5, dtype=torch.float64), {"shape": [torch.tensor([0.5])], "type": [torch.tensor(True)]}),
    (0.5, Fraction(1, 2), {}),
    (0.5, Decimal("0.5"), {}),
    (torch.ones(2), torch.nn.Parameter(torch.ones(2)), {}),
    (torch.ones(2, requires_grad=True), torch.ones(2),
     {"dtype": [torch.ones(2, dtype=torch.float64)], "type": [np.ones(2, np.float32)]}),
    (np.ones(2, np.float32), np.float32([1, 1.00001]), {"value": [np.float32([1, 1.001])]}),  # in its own precision
])
def test_structures(wanted, right, wrong):
    exercise = exercise_of(lambda: wanted)
    assert exercise(lambda: right).verdict == RIGHT, exercise(lambda: right)
    for fails, answers in wrong.items():
        for answer in answers:
            said = exercise(lambda: answer)
            assert (said.verdict, said.fails) == (WRONG, fails), (answer, said)


@pytest.mark.parametrize("wanted, answer, said", [
    ({"w": np.ones(2), "b": 3.0}, {"w": None, "b": 3.0}, "The check expected a NumPy array of shape (2,); it found None."),
    ((np.ones(2), 3.0), (np.ones(2), None), "The check expected a number; it found None."),
    ((4, 8), {"a": 4, "b": 8}, "The check expected 2 values; it found a dict of a, b."),
    ({"w": 1.0, "b": 3.0}, {"W": 1.0, "b": 3.0}, "The check expected a dict of w, b; it found a dict of W, b."),
    ((4, 8), {4, 8}, "The check expected 2 values; it found a set."),
    ((4, 8), 4, "The check expected 2 values; it found a number."),
    ((4, 8), [4], "The check expected 2 numbers; it found 1."),
    ((4,), np.ones(3), "The check expected 1 number; it found 3."),
    (("a", "b"), ("a",), "The check expected 2 values; it found a list or tuple of one value."),
    (np.ones(2), (np.ones(2),), "it found a list or tuple of one value."),
    (np.ones(2), np.ones(2, bool), "it found a NumPy array of shape (2,), of True and False."),
    (torch.ones(2), [1, 1], "instead of one Tensor of shape (2,)."),
    (torch.ones(2), np.ones(2, np.float32), "a NumPy array of shape (2,) instead of a Tensor of shape (2,)."),
    ((np.ones(2), np.zeros(2)), (np.ones(2), np.ones(2)), "wanted[0] = [1., 1.] shape (2,) wanted[1] = [0., 0.] shape (2,) "
     "found[0] = [1., 1.] shape (2,) found[1] = [1., 1.]"),
])
def test_what_is_wanted_and_what_is_found_in_words(wanted, answer, said):
    assert said in " ".join(exercise_of(lambda: wanted)(lambda: answer).text.split())


def test_the_dtype_of_what_was_given_is_shown_where_the_dtype_fails():
    exercise = function_exercise(lambda: [{"x": np.ones(2, np.float32)}], shown="Done.", hints=HINTS)(lambda x: x + 1)
    assert "shape (2,), float32" in exercise(lambda x: np.full(2, 2.0)).text
    assert "float32" not in exercise(lambda x: x).text


class Hostile:
    """Returns nothing but trouble."""

    def __array__(self, *_):
        raise RuntimeError("no array")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __repr__(self):
        raise RuntimeError("no text")

    @property
    def detach(self):
        raise RuntimeError("no tensor")


@pytest.mark.parametrize("answer", [Hostile, lambda x: Hostile(), lambda x: [Hostile()], lambda x: {"x": Hostile()}])
def test_even_hostile_objects_get_an_answer(running_sum, by_hand, answer):
    assert running_sum(answer).verdict == WRONG
    assert by_hand(a=Hostile(), h=[Hostile()]).verdict == WRONG
    assert running_sum(Hostile()).verdict == WRONG


def test_two_mistakes_with_one_name_are_one_mistake(running_sum):
    running_sum.knows(("running product", "Something is multiplied.", ("x.cumsum", "-x.cumprod")))
    assert {running_sum(lambda x: sign * x.cumprod(axis=0)).mistake for sign in (1, -1)} == {"running product"}


def test_a_mistake_is_run_once_and_no_further_than_the_first_example_that_tells(running_sum):
    seen = []

    running_sum.knows(("noted", "This one notes what it is given.", lambda x: seen.append(len(x)) or x - 1))
    assert running_sum(lambda x: x.cumsum(axis=0) + 1).mistake is None
    assert seen == [3]
    for _ in range(2):
        assert running_sum(lambda x: x - 1).mistake == "noted"
        assert seen == [3, 2]


def test_a_word_is_a_value_too_and_what_holds_itself_is_none():
    @value_exercise(shown="A word.", hints=HINTS)
    def word():
        """Say which gate."""
        return {"gate": "reset"}

    endless = []
    endless.append(endless)
    assert word(gate="reset").verdict == RIGHT
    for answer in ("update", 3, True, None, ["reset"], endless):
        assert word(gate=answer).verdict == WRONG


# The state that the learner has set decides nothing, and is the learner's again afterwards.

STATES = {
    "no gradients": lambda: torch.set_grad_enabled(False),
    "float64 by default": lambda: torch.set_default_dtype(torch.float64),
    "meta by default": lambda: torch.set_default_device("meta"),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "anomaly detection": lambda: torch.autograd.set_detect_anomaly(True),
    "warnings are errors": lambda: warnings.simplefilter("error"),
    "NumPy raises": lambda: np.seterr(all="raise"),
    "NumPy calls": lambda: (np.seterrcall(lambda kind, flag: 1 / 0), np.seterr(all="call")),
    "printing short": lambda: np.set_printoptions(precision=1, threshold=2, edgeitems=1,
                                                  formatter={"float": lambda number: "?"}),
    "matplotlib": lambda: matplotlib.rcParams.update({"text.usetex": True, "backend": "svg", "figure.dpi": 10}),
    "random numbers": lambda: (np.random.seed(3), torch.manual_seed(3)),
    "no recursion": lambda: sys.setrecursionlimit(400),
}


def state():
    """Return what the states above set, to be compared."""
    return (torch.is_grad_enabled(), torch.get_default_dtype(), str(torch.get_default_device()), torch.is_anomaly_enabled(),
            torch.are_deterministic_algorithms_enabled(), warnings.filters[:], np.geterr(), str(np.get_printoptions()),
            dict(matplotlib.rcParams), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(), sys.getrecursionlimit())


@pytest.fixture
def restored():
    limit = sys.getrecursionlimit()
    with (warnings.catch_warnings(), np.printoptions(), np.errstate(), torch.enable_grad(),
          torch.autograd.set_detect_anomaly(False), matplotlib.rc_context()):
        yield
    torch.set_default_dtype(torch.float32)
    torch.set_default_device("cpu")
    torch.use_deterministic_algorithms(False)
    sys.setrecursionlimit(limit)


def make_gradient():
    """Return an exercise in torch that needs gradients, one of them nan, float32 by default, and a division that NumPy warns of."""

    @function_exercise(lambda: [{"module": torch.nn.RNN(1, 2), "x": torch.ones(3, 1)}], shown="Done.", hints=HINTS,
                       what="gradient")
    def gradient(module, x):
        """Return the gradient of the squared state, and 1 over 0."""
        (module(x)[0] ** 2).sum().backward()
        (0 * torch.zeros(1, requires_grad=True).sqrt()).backward()
        return module.weight_hh_l0.grad, torch.tensor(0.5).dtype == torch.float32, np.ones(1) / np.zeros(1)

    gradient.knows(("sign lost", "A sign is lost.", ("module.weight_hh_l0.grad,", "-module.weight_hh_l0.grad,")))
    return gradient


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("first", [True, False], ids=["first check", "later check"])
def test_no_state_decides_and_each_is_left_as_it_was(restored, name, first):
    exercise = make_gradient()
    right, opposite = exercise.solution, exercise.mistakes[0].function
    plain = make_gradient()
    wanted = [plain(right).text, plain(opposite).text]
    if not first:
        exercise(opposite)
    STATES[name]()
    before = state()
    assert [exercise(right).text, exercise(opposite).text] == wanted
    assert state() == before


@pytest.mark.parametrize("manager",
                         [torch.no_grad, torch.inference_mode, lambda: torch.autocast("cpu"), lambda: torch.device("meta")])
def test_within_a_context_of_torch(manager):
    exercise = make_gradient()
    wanted = make_gradient()(exercise.mistakes[0].function).text
    with manager():
        assert exercise(exercise.solution).verdict == RIGHT
        assert exercise(exercise.mistakes[0].function).text == wanted


def test_an_answer_that_sets_a_state_leaves_none(restored):
    def answer(module, x):
        torch.set_default_dtype(torch.float64)
        np.seterr(all="raise")
        warnings.simplefilter("error")
        np.random.seed(0)
        return 1.0

    before = state()
    assert make_gradient()(answer).verdict == WRONG
    assert state() == before


def test_where_python_drops_docstrings_the_tasks_stay():
    code = "from helpers.exercises.e01_equations import all_answers; print(all_answers.task)"
    run = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, cwd=PROJECT)
    assert run.stdout == f"{all_answers.task}\n" and all_answers.task.startswith("Write the loop"), run.stderr


@pytest.mark.parametrize("row, said", [
    (("Bad.", ("nowhere", "x")), "expected 'nowhere' exactly once in running_sum, found it 0 times"),
    (("Bad.", ("s", "x")), "expected 's' exactly once in running_sum, found it 2 times"),
    (("Bad.", ("cumsum(", "cumsum((")), "the edits (('cumsum(', 'cumsum(('),) leave no Python"),
    (("Bad.",), "expected a sentence and at least one wrong answer, got 'Bad.' and []"),
    (("Bad.", engine.DIRECTION), "expected a sentence and at least one wrong answer, got 'Bad.' and []"),
    ((("cumsum", "cumprod"),), "expected a sentence and at least one wrong answer, got ('cumsum', 'cumprod') and []"),
])
def test_a_row_that_does_not_fit_is_named_at_import(running_sum, row, said):
    with pytest.raises(ValueError, match=re.escape(f"running_sum, mistake 'bad': {said}")):
        running_sum.knows(("bad", *row))


def test_a_list_that_begins_with_a_function_edits_that_one(running_sum):
    def row_by_row(x):
        rows = [x[0]]
        for row in x[1:]:
            rows.append(rows[-1] + row)
        return np.array(rows)

    running_sum.knows(("rows subtracted", "Signs.", [row_by_row, ("+ row", "- row")]))
    assert running_sum(lambda x: 2 * x[0] - x.cumsum(axis=0)).mistake == "rows subtracted"
    assert running_sum(row_by_row).verdict == RIGHT
