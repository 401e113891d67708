"""The exercise checker: says whether an answer is right, which property of it fails, and which known mistake it is.

An exercise is its solution, written out under one of three decorators:

    function_exercise     the learner hands over a function; it is run on small examples beside the solution
    value_exercise        the learner hands over values by name, worked out by hand
    prediction_exercise   the learner hands over a number guessed beforehand, and what the cell has then measured

and the mistakes that it knows. A mistake is a row: its name, a sentence that gives nothing away, and the wrong answers.

    all_answers.knows(
        ("no activation", "These are the pre-activations. What happens to them next?", ("np.tanh(a)", "a")),
        ("one bias missing", "Each step adds two biases.", (" + bias_hh", ""), (" + bias_ih", "")),
        ("biases left out", "There is no bias in these numbers.", [(" + bias_hh", ""), (" + bias_ih", "")]),
        ("read from the end", "The last input came first.", ("in x:", "in x[::-1]:"), DIRECTION),
    )

A wrong answer is an edit (old, new) of the solution, a list of edits that belong together, a value, or a function where it must
be code of its own. A list that begins with a function edits that one, another right answer. The last row says which property it
breaks, since the numbers do not say so by themselves.

A check compares numbers, never code, so any style is welcome. It does not raise and does not hang, and it runs the learner's
function and the course's own in one and the same state of NumPy, torch and warnings, whatever the learner has set.
"""

import ast
import contextlib
import contextvars
import copy
import ctypes
import dis
import functools
import inspect
import linecache
import sys
import sysconfig
import textwrap
import threading
import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number
from pathlib import Path

import numpy as np

TIME_LIMIT = 2.0  # seconds for one check, all of its examples together
PATIENCE = 3  # times as long at most, where other work on the machine has kept the answer from being computed
SHOWN_NUMBERS = 40  # an array with more of them is shown by its shape alone
NOT_TRIED, RIGHT, WRONG = "not tried yet", "right", "wrong"


@dataclass(frozen=True, repr=False)
class Answer:
    """What a check says: displayed, it is the text.

    verdict : "not tried yet", "right" or "wrong"; "hint" where a hint was asked for
    fails : the property that fails, such as "shape", "value", "gradient", "direction of time", "aliasing", "dtype"
    mistake : the name of the known mistake that was recognized, or None
    """

    verdict: str
    text: str
    fails: str | None = None
    mistake: str | None = None

    def __repr__(self):
        return self.text


@dataclass(frozen=True)
class Mistake:
    """A known mistake: its name, the wrong solution, what to say about it, and the property it breaks."""

    name: str
    function: object
    sentence: str
    fails: str | None = None


class Fails(str):
    """The property that a mistake breaks, at the end of its row."""


DIRECTION, ALIASING = Fails("direction of time"), Fails("aliasing")


@functools.cache
def _code(function):
    """Return the first line of a function, without decorators, and its code, without its docstring; read once."""
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source).body[0]
    first = tree.body[1 if ast.get_docstring(tree) else 0].lineno
    return f"def {function.__name__}({ast.unparse(tree.args)}):\n", "".join(source.splitlines(keepends=True)[first - 1:])


def _edited(function, *changes):
    """Return the function after its code was edited.

    Raises: ValueError where an old part does not occur exactly once, or the new code is no Python.
    """
    head, body = _code(function)
    for old, new in changes:
        if body.count(old) != 1:
            raise ValueError(f"expected {old!r} exactly once in {function.__name__}, found it {body.count(old)} times")
        body = body.replace(old, new)
    names = {}
    try:
        exec(compile(head + body, "<a known mistake>", "exec"), function.__globals__, names)
    except SyntaxError as error:
        raise ValueError(f"the edits {changes!r} leave no Python: {error.msg}") from None
    return names[function.__name__]


def function_exercise(examples, *, shown, hints, what="value", over_time=False, rtol=1e-6):
    """Return a decorator that makes a solution an exercise whose answer is a function.

    The solution's docstring is the task. `examples()` returns a list of its arguments, tuples or dicts in its order; the first
    that fails is shown, so the first should be small enough to redo by hand. `shown` is said when the answer is right.
    `what` names the numbers ("value", "gradient"); `over_time` says that the first axis of the result is time.
    """
    return lambda solution: FunctionExercise(solution, examples, shown, hints, what, over_time, rtol, 1e-9)


def value_exercise(*, shown, hints, what="value"):
    """Return a decorator that makes a function without arguments, which returns a dict of values, an exercise.

    Its docstring is the task. A value is a number, a word, or a row of numbers. The wanted values are never told, only which of
    them are wrong; three decimals have to be right.
    """
    return lambda solution: ValueExercise(solution, lambda: [{}], shown, hints, what, False, 0.0, 5e-4)


def prediction_exercise(*, shown, hints, rtol=0.1, atol=0.0):
    """Return a decorator that makes a function without arguments, which returns what is measured, an exercise.

    Its docstring is the task; `rtol` and `atol` say how close a prediction has to come.
    """
    return lambda solution: PredictionExercise(solution, lambda: [{}], shown, hints, "prediction", False, rtol, atol)


class FunctionExercise:
    """A function to write; see function_exercise. Calling it checks an answer; it counts the hints given."""

    def __init__(self, solution, examples, shown, hints, what, over_time, rtol, atol):
        self.name, self.solution, self._make_examples = solution.__name__, solution, examples
        self.task, self.shown, self.hints = _in_one_line(_docstring(solution)), shown, tuple(hints)
        self.what, self.over_time, self.rtol, self.atol = what, over_time, rtol, atol
        self.mistakes, self.hints_given = (), 0
        self._outcomes = {}  # of the course's own functions, which do not depend on the answer that is checked

    def knows(self, *rows):
        """Add known mistakes: (name, sentence, wrong answers ..., and perhaps what fails).

        Raises: ValueError naming exercise and mistake where a row is incomplete, or an edit does not fit what it edits.
        """
        for name, sentence, *variants in rows:
            fails = variants.pop() if variants and isinstance(variants[-1], Fails) else None
            try:
                if not (isinstance(sentence, str) and variants):
                    raise ValueError(f"expected a sentence and at least one wrong answer, got {sentence!r} and {variants!r}")
                self.mistakes += tuple(Mistake(name, self._answer_of(variant), sentence, fails) for variant in variants)
            except ValueError as error:
                raise ValueError(f"{self.name}, mistake {name!r}: {error}") from None

    def _answer_of(self, variant):
        """Return the wrong answer that a part of a row stands for, as a function."""
        if isinstance(variant, tuple) and all(isinstance(part, str) for part in variant):
            variant = [variant]
        if isinstance(variant, list):
            return _edited(*variant) if callable(variant[0]) else _edited(self.solution, *variant)
        return variant if callable(variant) else lambda: variant

    @functools.cached_property
    def _examples(self):
        """The arguments that an answer is run on, by name, made once."""
        names = inspect.signature(self.solution).parameters
        with _one_state(), _one_state_of_thread():
            made = self._make_examples()
        return [example if isinstance(example, dict) else dict(zip(names, example, strict=True)) for example in made]

    def examples(self):
        """Return a copy of the arguments that an answer is run on, by name."""
        return copy.deepcopy(self._examples)

    def hint(self):
        """Return the first hint; asked again, the first and the second."""
        self.hints_given = min(self.hints_given + 1, len(self.hints))
        lines = [f"Hint {number}. {hint}" for number, hint in enumerate(self.hints[: self.hints_given], 1)]
        if self.hints_given < len(self.hints):
            lines.append(f"There's one more: call check.{self.name}.hint() again.")
        return Answer("hint", _wrapped(lines))

    def __call__(self, *answers, **named):
        with _one_state():
            return self._check(*answers, **named)

    def _check(self, *answers, **named):
        if len(answers) != 1 or named:
            return self._wrong("call", f"Give the check one thing, your function: check.{self.name}(your_function).")
        function = answers[0]
        if function is ... or _is_blank(function):
            return self._not_tried()
        if not callable(function):
            return self._wrong("type", f"The check needs a function, and this is {_kind_of(function)}. "
                               f"Pass the function itself, without calling it.")
        examples = self._examples  # before the clock starts: what torch loads for them is not the learner's time
        try:
            outcomes = _within(TIME_LIMIT, lambda: [_outcome(function, example) for example in examples])
        except _TookTooLong as late:
            (line,) = late.args
            where = f" It was then at {line}." if line else ""
            return self._wrong("time", f"Your function gave no result within {TIME_LIMIT:g} seconds, so the check "
                               f"stopped waiting.{where} Does a loop there ever end?")
        return self._judge(outcomes)

    def recognized(self, values):
        """Return the mistakes whose numbers are those of the answer on every example, and not the right ones."""
        with _one_state():
            return [mistake for mistake in self.mistakes if self._is_made(mistake, values)]

    def _is_made(self, mistake, values):
        """Return whether a mistake's numbers are those of the answer; most differ at the first example already."""
        telling = False
        for number, value in enumerate(values):
            right, theirs = self._outcome_of(self.solution, number), self._outcome_of(mistake.function, number)
            if not self._same(theirs, value):
                return False
            telling = telling or theirs.raised is None and not self._same(right, theirs)
        return telling

    def _outcome_of(self, function, number):
        """Return what one of the course's own functions, right or wrong, gives on an example; computed once."""
        if (function, number) not in self._outcomes:
            self._outcomes[function, number] = _outcome(function, self._examples[number])
        return self._outcomes[function, number]

    def _outcomes_of(self, function):
        """Return the outcomes of one of the course's own functions on all examples."""
        with _one_state():
            return [self._outcome_of(function, number) for number in range(len(self._examples))]

    def _judge(self, outcomes):
        examples, wanted = self._examples, self._outcomes_of(self.solution)
        failing = [number for number, (right, outcome) in enumerate(zip(wanted, outcomes, strict=True))
                   if self._difference(right.value, outcome) or outcome.changed]
        if not failing:
            return Answer(RIGHT, _wrapped([f"Right. {self.shown}"]))
        mistake = next(iter(self.recognized(outcomes)), None)
        numeric = [number for number in failing
                   if outcomes[number].raised is None and not self._same(wanted[number], outcomes[number])]
        number = (numeric if mistake else failing)[0]
        example, right, outcome = examples[number], wanted[number], outcomes[number]
        fails, said = self._difference(right.value, outcome) or ("input", "")
        lines = [said]
        if outcome.changed:
            what = "It also" if said else "The result is right, but the function"
            then = "The code that called it may still need that."
            if mistake is None and fails in (self.what, "aliasing"):
                fails = "input"
                what, then = "The numbers are wrong, and the function", "Repair that first: it may be the cause."
            lines.append(f"{what} changes what it was given: {', '.join(outcome.changed)}. {then}")
        given = "\n".join(_shown(name, _plain(value), dtypes=fails == "dtype") for name, value in example.items())
        given = f"For\n{given}" if given else ""
        lines = [said, given] if outcome.raised else [given, *lines]
        modules = any(hasattr(value, "named_modules") for value in example.values())  # torch's, whose weights are not shown
        to_run = f"To try it yourself: your_function(*check.{self.name}.examples()[{number}].values())" if modules else ""
        return self._wrong(fails, *lines, mistake=mistake, to_run=to_run)

    def _difference(self, wanted, outcome):
        """Return (the property that fails, what to say), or None where the outcome is as wanted."""
        if outcome.raised is not None:
            return "error", outcome.raised
        found = outcome.value
        if found is None:
            return "result", ("The function returns None. Is a return missing? Or does it return something that is None "
                              "itself, such as the result of .append(...), or the .grad of a tensor that no gradient has "
                              "reached?")
        if _alike(wanted, found, self.rtol, self.atol):
            kind = _other_kind(wanted, found)
            return kind and (kind[0], f"The numbers are right, but they come as {kind[1]} instead of {kind[2]}.")
        digits = 12 if _shown("", wanted) == _shown("", found) else 4
        said = f"{_shown('wanted', wanted, digits)}\n{_shown(' found', found, digits)}"
        right, theirs = self._innermost(wanted, found)
        fails = self._what_differs(right, theirs)
        if fails == self.what and _holds_nan(found):
            return "nan", f"{said}\n{_ABOUT_NAN}"
        if fails in ("type", "names", "number of results") or fails == "shape" and isinstance(theirs, tuple):
            said += f"\nThe check expected {_kind_in_words(right)}; it found {_kind_in_words(theirs)}."
        elif fails == "length":
            many = _length(right)
            said += f"\nThe check expected {many} number{'s' * (many != 1)}; it found {_length(theirs)}."
        return fails, said

    def _what_differs(self, wanted, found):
        """Return the property that fails, of two parts that differ and that `_innermost` has found."""
        if isinstance(wanted, dict):
            return "names" if isinstance(found, dict) else "type"
        if isinstance(wanted, tuple):
            return "number of results" if None in (_length(wanted), _length(found)) else "length"
        right, theirs = wanted.array, _as_array(found)
        if theirs is None or _sort(theirs) != _sort(right):
            return "type"
        if right.shape != theirs.shape:
            return "shape"
        if self.over_time and right.ndim and len(right) > 2:
            if _close(right[::-1], theirs, self.rtol, self.atol):
                return "direction of time"
            same = (theirs[1:] == theirs[-1]).all() and not (right[1:] == right[-1]).all()
            if same and _close(right[-1], theirs[-1], self.rtol, self.atol):  # zeros that nobody filled are another thing
                return "aliasing"
        return self.what

    def _innermost(self, wanted, found):
        """Return the first two parts that differ, as deep inside as both are built alike."""
        pairs = _pairs(wanted, found)
        if not pairs:
            return wanted, found
        return next(self._innermost(a, b) for a, b in pairs if not _alike(a, b, self.rtol, self.atol))

    def _same(self, one, other):
        if one.raised is not None or other.raised is not None:
            return one.raised is not None and other.raised is not None
        return _alike(one.value, other.value, self.rtol, self.atol)

    def _not_tried(self):
        return Answer(NOT_TRIED, _wrapped([f"Not tried yet. {self.task}"]))

    def _wrong(self, fails, *lines, mistake=None, to_run=""):
        recognized = ""
        if mistake:
            fails, recognized = mistake.fails or fails, f"It looks like this: {mistake.name}. {mistake.sentence}"
        hint = f"For a hint: check.{self.name}.hint()" if self.hints_given < len(self.hints) else ""
        first = f"Not right yet. What fails: {_FAILS.get(fails, f'the {fails}')}."
        return Answer(WRONG, _wrapped([first, *lines, recognized, to_run, hint]), fails, mistake and mistake.name)


class ValueExercise(FunctionExercise):
    """Values to work out by hand; see value_exercise."""

    def _check(self, *answers, **named):
        wanted = self._outcomes_of(self.solution)[0].value
        if len(answers) == 1 and not named and len(wanted) == 1:
            answers, named = (), {next(iter(wanted)): answers[0]}
        if answers or set(named) != set(wanted):
            names = ", ".join(f"{name}=..." for name in wanted)
            return self._wrong("call", f"Pass the values by name: check.{self.name}({names}).")
        outcome = _outcome(lambda: named, {})
        if outcome.raised is not None:
            return self._wrong("type", f"The check needs numbers. {outcome.raised}")
        found = outcome.value
        if _holds_dots(found):
            return self._not_tried()
        right = [name for name in wanted if _alike(wanted[name], found[name], self.rtol, self.atol)]
        wrong = [name for name in wanted if name not in right]
        if not wrong:
            return Answer(RIGHT, _wrapped([f"Right. {self.shown}"]))
        fails = self._what_differs(*self._innermost(wanted[wrong[0]], found[wrong[0]]))
        mistake = next(iter(self.recognized([outcome])), None)
        lines = [f"{_shown(name, found[name], shapes=False)}: {self._about(wanted[name], found[name], mistake)}."
                 for name in wrong]
        if right:
            lines.append(f"{', '.join(right)}: right.")
        return self._wrong(fails, *lines, mistake=mistake)

    def _about(self, wanted, found, mistake):
        """Return what can be said of a wrong value without telling the right one; not that a known mistake is close."""
        theirs, row = _as_array(found), f"give a tuple of {wanted.array.size} numbers"
        if theirs is None or not _sort(theirs) == _sort(wanted.array) == "numbers":
            return row if wanted.array.ndim else f"the check expected {_kind_in_words(wanted)}"
        if np.isnan(theirs).any():
            return "nan means \"not a number\", as after 0 / 0 or the logarithm of a negative number"
        if theirs.shape and not wanted.array.ndim:
            return "give one number, with a decimal point and without brackets"
        if theirs.shape != wanted.array.shape:
            many = f"{theirs.size} number{'s' * (theirs.size != 1)}, and {wanted.array.size} are wanted"
            return many if theirs.ndim == 1 else row
        fine, near = (np.isclose(theirs, wanted.array, rtol=n * self.rtol, atol=n * self.atol) for n in (1, 20))
        if near.all() and not mistake:
            return "close, but not close enough (round only at the end)"
        return f"{int(fine.sum())} of {fine.size} numbers are right" if fine.size > 1 else "the answer is a different number"


class PredictionExercise(FunctionExercise):
    """A number to predict and then to measure; see prediction_exercise. It keeps the first prediction."""

    first = None

    def _check(self, *answers, **named):
        if len(answers) != 2 or named:
            return self._wrong("call", "Pass your prediction and what was measured: "
                               f"check.{self.name}(prediction, measured).")
        prediction, measured = (_outcome(lambda value=value: value, {}) for value in answers)
        if _holds_dots(prediction.value):
            return self._not_tried()
        expected = self._outcomes_of(self.solution)[0]
        if prediction.raised is not None or not self._comparable(expected.value, prediction.value):
            return self._wrong("type", f"The prediction should be {_kind_in_words(expected.value)}.")
        if _holds_nan(prediction.value):
            return self._wrong("nan", f"The prediction should be {_kind_in_words(expected.value)}.", _ABOUT_NAN)
        if not self._same(expected, measured):
            return self._wrong("measurement", "The cell has measured something else than it should, so there is nothing to "
                               "compare with. Did you change a line of this cell, or of one above it?")
        said = f"You predicted {_number(prediction.value)}; measured: {_number(measured.value)}."
        if self.first is None:
            self.first = _number(prediction.value)
        elif self.first != _number(prediction.value):
            said += f" (Your first prediction was {self.first}.)"
        if _alike(measured.value, prediction.value, self.rtol, self.atol):
            return Answer(RIGHT, _wrapped([f"Right. {said} {self.shown}"]))
        mistake = next(iter(self.recognized([prediction])), None)
        off = "" if mistake else _off(measured.value, prediction.value)
        return self._wrong(self.what, said, off, mistake=mistake)

    def _comparable(self, wanted, found):
        if isinstance(wanted, tuple):
            pairs = _pairs(wanted, found)
            return pairs is not None and all(self._comparable(a, b) for a, b in pairs)
        theirs = _as_array(found)
        same_kind = theirs is not None and (theirs.dtype.kind in "biuf") == (wanted.array.dtype.kind in "biuf")
        return same_kind and theirs.shape == wanted.array.shape


# State: what the learner has set must not decide whether an answer is right. What belongs to the whole process is set, and set
# back, around a check; what belongs to a thread is set in the thread that runs a function, since that one may never return.


_PRINTING = {"precision": 8, "threshold": 1000, "edgeitems": 3, "linewidth": 75, "suppress": False, "nanstr": "nan",
             "infstr": "inf", "formatter": None, "sign": "-", "floatmode": "maxprec", "legacy": False}


@contextlib.contextmanager
def _one_state():
    """Run a check in the state that Python, NumPy and torch start in; leave the learner's as it was, torch's draws too."""
    torch, draws = sys.modules.get("torch"), np.random.get_state()
    with warnings.catch_warnings(), np.printoptions(**_PRINTING):
        warnings.simplefilter("ignore")
        try:
            with _torch_as_it_starts(torch) if torch else contextlib.nullcontext():
                yield
        finally:
            np.random.set_state(draws)


@contextlib.contextmanager
def _torch_as_it_starts(torch):
    draws, dtype = torch.get_rng_state(), torch.get_default_dtype()
    mode = torch.get_deterministic_debug_mode()  # use_deterministic_algorithms imports 800 modules, which takes a second
    with torch.autograd.set_detect_anomaly(False):
        try:
            torch.set_default_dtype(torch.float32)
            torch.set_deterministic_debug_mode(0)
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_deterministic_debug_mode(mode)
            torch.set_rng_state(draws)


@contextlib.contextmanager
def _one_state_of_thread():
    """The same for what belongs to a thread, NumPy's reactions and torch's recording of gradients; and each run draws the
    same random numbers."""
    torch = sys.modules.get("torch")
    np.random.seed(0)
    with contextlib.ExitStack() as stack:
        stack.enter_context(np.errstate(all="ignore", call=None))
        if torch:
            torch.default_generator.manual_seed(0)  # torch.manual_seed looks for a GPU each time
            if torch.get_default_device().type != "cpu":  # this context makes each call of torch slower
                stack.enter_context(torch.device("cpu"))
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.set_grad_enabled(True))
            stack.enter_context(torch.autocast("cpu", enabled=False))
        yield


# What an answer returned, taken apart into dicts, tuples and leaves: nothing of the learner's own is left in it.


@dataclass(frozen=True)
class _Leaf:
    """One array, a copy, and what it came as: "number", "bool", "str", or the name of its type, such as "ndarray"."""

    array: np.ndarray
    kind: str


@dataclass(frozen=True)
class _Outcome:
    """What one call came to: its value, or what it raised in words; and which arguments it has changed."""

    value: object = None
    raised: str | None = None
    changed: tuple = ()


def _outcome(function, example):
    """Call the function on a copy of the example; what it raises, other than our own stop, is part of the outcome."""
    try:
        with _one_state_of_thread():
            given = copy.deepcopy(example)
            value = _plain(function(*given.values()))
    except _Stop:
        raise
    except BaseException as error:  # SystemExit too: a learner's exit() must not end the check
        return _Outcome(raised=_in_words(error, example))
    before, after = _plain(example), _plain(given)
    changed = [name for name in example if not _alike(before[name], after[name], 0, 0, nan=True)]
    for name in example:
        before, after = _settings(example[name]), _settings(given[name])
        changed += [f"{name}{setting}" for setting in {**before, **after} if before.get(setting) != after.get(setting)]
    return _Outcome(value, changed=tuple(changed))


def _settings(value):
    """Return the settings of a torch module and its parts, such as ".training", by name; {} for anything else."""
    if not hasattr(value, "named_modules"):
        return {}
    return {f".{path}.{setting}" if path else f".{setting}": held for path, part in value.named_modules()
            for setting, held in part.__dict__.items() if type(held) in (bool, int, float, str)}


def _plain(value):
    """Return a copy of a value as dicts, tuples and leaves; None stays None."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_plain(part) for part in value)
    for types, kind in (((bool, np.bool_), "bool"), ((int, float, complex, np.number), "number"), (str, "str")):
        if isinstance(value, types):
            return _Leaf(np.array(value), kind)
    kind = type(value).__name__
    if isinstance(value, np.ndarray):
        return _Leaf(np.array(value), "number" if value.ndim == 0 else kind)
    if hasattr(value, "detach"):  # a tensor, without importing torch
        tensor = value.detach()  # of a Parameter, a plain Tensor
        return _Leaf(tensor.cpu().numpy().copy(), type(tensor).__name__)
    if isinstance(value, Number):  # a Fraction, a Decimal
        return _Leaf(np.array(float(value)), "number")
    return _Leaf(np.array(None), kind)


def _alike(wanted, found, rtol, atol, nan=False):
    """Return whether two plain values hold the same numbers, in whatever types they come."""
    if wanted is None or found is None:
        return wanted is found
    if isinstance(wanted, (dict, tuple)):
        pairs = _pairs(wanted, found)
        return pairs is not None and all(_alike(a, b, rtol, atol, nan) for a, b in pairs)
    theirs = _as_array(found)
    return theirs is not None and wanted.array.shape == theirs.shape and _close(wanted.array, theirs, rtol, atol, nan)


def _sort(array):
    """Return what an array holds: "numbers", or the kind of its dtype."""
    return "numbers" if array.dtype.kind in "iufc" else array.dtype.kind


def _close(wanted, found, rtol, atol, nan=False):
    if not _sort(wanted) == _sort(found) == "numbers":
        return _sort(wanted) == _sort(found) and bool((wanted == found).all())
    if not (rtol or atol):
        return np.array_equal(wanted, found, equal_nan=nan)
    if rtol and any(array.dtype.kind == "f" and array.dtype.itemsize < 8 for array in (wanted, found)):
        rtol, atol = max(rtol, 1e-4), max(atol, 1e-6)  # float32 carries seven digits
    with np.errstate(all="ignore"):
        return bool(np.allclose(found, wanted, rtol=rtol, atol=atol, equal_nan=nan))


def _pairs(wanted, found):
    """Return the parts of two plain values side by side, and None where the two are not built alike or have no parts."""
    if isinstance(wanted, dict):
        alike = isinstance(found, dict) and set(wanted) == set(found)
        return [(wanted[name], found[name]) for name in wanted] if alike else None
    if not isinstance(wanted, tuple):
        return None
    if isinstance(found, _Leaf) and found.array.ndim and len(found.array) == len(wanted):  # several results in one array
        found = tuple(_Leaf(part, found.kind if part.ndim else "number") for part in map(np.asarray, found.array))
    return list(zip(wanted, found)) if isinstance(found, tuple) and len(found) == len(wanted) else None


def _as_array(found):
    """Return a plain value as one array, lists of equal arrays stacked; None where that cannot be."""
    if isinstance(found, _Leaf):
        return found.array
    parts = [_as_array(part) for part in found] if isinstance(found, tuple) else [None]
    if any(part is None or part.shape != parts[0].shape for part in parts):
        return None
    return np.array(parts)


def _length(value):
    """Return how many numbers there are in a list of single numbers, or an array of one axis; None for anything else."""
    array = _as_array(value)
    return len(array) if array is not None and array.ndim == 1 and _sort(array) == "numbers" else None


def _other_kind(wanted, found):
    """Return (property, what it comes as, what is wanted) of the first right number in a wrong type, or None."""
    if isinstance(wanted, (dict, tuple)):
        return next(filter(None, (_other_kind(a, b) for a, b in _pairs(wanted, found))), None)
    if not isinstance(found, _Leaf):
        one = "array" if wanted.kind == "ndarray" else wanted.kind
        whole = f"one {one} of shape {wanted.array.shape}" if wanted.array.ndim else "a number"
        return "type", "a list or tuple", whole
    if wanted.array.ndim and wanted.kind != found.kind:  # a single number may come as a tensor too
        return "type", _kind_in_words(found), _kind_in_words(wanted)
    right, theirs = wanted.array.dtype, found.array.dtype
    if wanted.array.ndim and right != theirs and right.kind == "f":
        return "dtype", str(theirs), str(right)
    return None


def _leaves(value):
    """Yield the leaves of a plain value."""
    if isinstance(value, _Leaf):
        yield value
    elif value is not None:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)


def _holds_nan(value):
    return any(leaf.array.dtype.kind in "fc" and np.isnan(leaf.array).any() for leaf in _leaves(value))


def _holds_dots(value):
    return any(leaf.kind == "ellipsis" for leaf in _leaves(value))


# Words.


def _docstring(function):
    """Return a function's docstring, read from its source where Python was told to drop it (PYTHONOPTIMIZE=2)."""
    if sys.flags.optimize > 1:
        return ast.get_docstring(ast.parse(textwrap.dedent(inspect.getsource(function))).body[0])
    return function.__doc__


def _in_one_line(text):
    return " ".join((text or "").split())


_FAILS = {
    "aliasing": "aliasing, all steps hold the same numbers", "call": "the call of the check", "error": "it stops with an error",
    "input": "it changes its input", "nan": "there is a nan in the result", "result": "nothing is returned",
    "time": "it doesn't finish",
}
_ABOUT_NAN = ('nan means "not a number": it comes from 0 / 0, from inf - inf, from the logarithm or the root of a negative '
              'number. Anything computed with it is nan as well, so look for the first one.')


def _kind_in_words(value):
    if isinstance(value, dict):
        return f"a dict of {', '.join(value)}"
    if isinstance(value, tuple):
        return f"{len(value)} values" if len(value) != 1 else "a list or tuple of one value"
    if value is None:
        return "None"
    words = {"number": "a number", "bool": "True or False", "str": "a word", "ndarray": "a NumPy array"}
    kind = words.get(value.kind) or _with_article(value.kind)
    holds = {"b": ", of True and False", "U": ", of words", "O": ", of objects"}.get(value.array.dtype.kind, "")
    return f"{kind} of shape {value.array.shape}{holds}" if value.array.ndim else kind


def _kind_of(value):
    try:
        return _kind_in_words(_plain(value))
    except Exception:  # only the name of a type is wanted, and what it belongs to is the learner's
        return _with_article(type(value).__name__)


def _with_article(name):
    """An LSTM, a GRU, an int, a Tensor: capitals are read letter by letter."""
    spelled = name[:2].isupper()
    return f"{'an' if name[0] in ('AEFHILMNORSX' if spelled else 'aeiouAEIOU') else 'a'} {name}"


def _number(value):
    """Return a plain number, or a tuple of them, in four digits; all digits of a larger whole part, without an exponent."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_number, value))})"
    array = value.array
    if array.ndim:
        return _number(tuple(_Leaf(np.asarray(part), "number") for part in array))
    if array.dtype.kind not in "iuf":
        return str(array.item())
    return f"{array.item():{',.0f' if 1e4 <= abs(array) < 1e12 else ',.4g'}}"


def _off(measured, prediction):
    """Return by which factor a prediction is off, where that can be said of two single positive numbers."""
    single = isinstance(measured, _Leaf) and measured.kind == "number"
    if not (single and measured.array > 0 and 0 < prediction.array < np.inf):
        return ""
    ratio = float(prediction.array / measured.array)
    times = max(ratio, 1 / ratio)
    if times < 1.05:
        return "That's close, but not close enough."
    times = f"{float(f'{times:.2g}'):,.10g}" if times <= 1e6 else "more than a million"
    return f"That's {times} times as much." if ratio > 1 else f"The measured number is {times} times as large."


def _shown(name, value, digits=4, dtypes=False, shapes=True):
    """Return indented lines that show a plain value under its name; an array with its shape and, with `dtypes`, its dtype."""
    if isinstance(value, dict):
        return "\n".join(_shown(f"{name}[{key!r}]", part, digits, dtypes, shapes) for key, part in value.items())
    if value is None:
        return f"    {name} = None"
    array = _as_array(value)
    if array is None or isinstance(value, tuple) and array.ndim > 1:  # several arrays, each by itself
        return "\n".join(_shown(f"{name}[{number}]", part, digits, dtypes, shapes) for number, part in enumerate(value))
    if array.dtype.kind == "O":
        return f"    {name}: {_kind_in_words(value)}"
    if array.size > SHOWN_NUMBERS:
        return f"    {name}: {array.dtype}, shape {array.shape}"
    if array.ndim == 0:
        return f"    {name} = " + (f"{array.item():.{digits + 2}g}" if array.dtype.kind == "f" else repr(array.item()))
    first = f"    {name} = "
    fixed = array.dtype.kind == "f" and array.size > 0 and np.abs(array).max() > 1e-2
    text = np.array2string(array, precision=digits, suppress_small=bool(fixed), separator=", ", max_line_width=90)
    kind = f"   shape {array.shape}" * shapes + f", {array.dtype}" * (dtypes and _sort(array) == "numbers")
    return first + text.replace("\n", "\n" + " " * len(first)) + kind


def _wrapped(paragraphs):
    """Return the paragraphs as lines of at most 100 characters; indented lines stay as they are."""
    lines = []
    for line in "\n".join(filter(None, paragraphs)).split("\n"):
        lines += [line] if line.startswith(" ") else textwrap.wrap(line, 100, break_long_words=False)
    return "\n".join(lines)


def _in_words(error, example):
    """Return what was raised, and by which line of the learner's."""
    lines = [_line(frame, number) for frame, number in traceback.walk_tb(error.__traceback__)]
    line = next(filter(None, reversed(lines)), None)
    message = _in_one_line(str(error)).rstrip(".")
    what = f"{type(error).__name__}: {message}." if message else f"{type(error).__name__}."
    if "through the graph a second time" in message:
        what += (" But retain_graph=True won't help here: the update has changed weights that the old graph needs. What ties "
                 "this loss to the graph of the one before?")
    if line:
        return f"{line[0].upper()}{line[1:]} raises {what}"
    return f"Called with ({', '.join(example)}), your function raises {what}"


@functools.cache
def _not_theirs():
    """Return the folders whose code is not the learner's: Python's, the packages' and the course's helpers."""
    paths = sysconfig.get_paths()
    folders = [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")] + [Path(__file__).parents[1]]
    return tuple(str(folder.resolve()) for folder in folders)


def _line(frame, number):
    """Return a line of code in words if it is the learner's: neither Python's, nor a package's, nor the course's."""
    name = frame.f_code.co_filename
    if name.startswith("<") or str(Path(name).resolve()).startswith(_not_theirs()):
        return None
    text = linecache.getline(name, number).strip()
    return f"line {number}" + (f", `{text}`," if text else "")


# Time: the answer runs in a thread of its own, because that can be left behind on every system and from every thread.


class _Stop(BaseException):
    """Thrown into the learner's code when its time is up; not an Exception, so `except Exception` lets it through."""


class _TookTooLong(Exception):
    """No result in time; its argument is the learner's line that was then running, in words, or None."""


def _within(seconds, work):
    """Return work(), run in a thread; after `seconds` stop it and raise _TookTooLong.

    The seconds are those of the clock, and of computing: a slow answer on a busy machine is waited for.
    A thread can only be stopped between two steps of Python. One that sleeps, or computes outside of Python, is left
    behind, and stops when it comes back, unless it catches every exception; it cannot keep the process alive.
    """
    results, errors, ended = [], [], threading.Event()
    lock = threading.Lock()  # held while throwing, so that nothing is thrown into a thread that has ended its work

    def run():
        try:
            try:
                results.append(work())
            except Exception as error:
                errors.append(error)
            with lock:
                ended.set()
        except _Stop:
            ended.set()

    thread = threading.Thread(target=functools.partial(contextvars.copy_context().run, run), daemon=True)
    thread.start()
    if not _ended(ended, seconds):
        where = _where(thread)
        for _ in range(20):  # one throw may be caught by a bare `except:`
            with lock:
                if ended.is_set():
                    break
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_Stop))
            if ended.wait(0.02):
                break
        raise _TookTooLong(where)
    if errors:
        raise errors[0]
    return results[0]


def _ended(event, seconds):
    """Wait for the event until `seconds` have passed and been computed in, or PATIENCE times as many have passed."""
    clock, computed = time.monotonic(), time.process_time()
    while not event.wait(seconds / 10):
        passed = time.monotonic() - clock
        if passed >= seconds and (time.process_time() - computed >= seconds or passed >= PATIENCE * seconds):
            return False
    return True


def _where(thread):
    """Return the learner's line that a thread is running, in words, or None."""
    frame = sys._current_frames().get(thread.ident)
    steps = traceback.walk_stack(frame) if frame else ()
    return next((line.rstrip(",") for step in steps if (line := _line(*step))), None)


def _is_blank(function):
    """Return whether a function's body is nothing but its docstring and `...`."""
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    if code is None:
        return False
    nothing = ("RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP", "COPY_FREE_VARS")
    return all(step.opname in nothing and (not step.opname.endswith("_CONST") or step.argval in (None, ...))
               for step in dis.get_instructions(code))
