"""What every exercise must keep: the tests that each file of exercises inherits, and what they are made of."""

import copy
import functools
import itertools
import json

import numpy as np

from helpers.exercises import engine
from tools.exercise_list import exercises
from tools.notebook_rules import PROJECT


class Rules:
    """The tests of one notebook's exercises; a subclass says which, and has the right and wrong answers."""

    module = ""     # in helpers.exercises
    notebook = ""
    right = {}      # exercise name: answers in other styles than the solution's
    wrong = []      # (exercise name, mistake name or None, answer, edits ...): some in a learner's own style, for each exercise
    fails = []      # (exercise name, mistake name, the property that it breaks first)

    @classmethod
    def exercises(cls):
        return exercises(cls.module)

    def pytest_generate_tests(self, metafunc):
        every = self.exercises()
        functions = [name for name, exercise in every.items() if type(exercise) is engine.FunctionExercise]
        cases = {
            "test_other_styles_are_right": ("name, answer",
                                            [(name, answer) for name in self.right for answer in self.right[name]]),
            "test_wrong_answer_is_refused_and_named": ("name, mistake, answer, edits",
                                                       [(*row[:3], row[3:]) for row in self.wrong]),
            "test_each_known_mistake_is_wrong_and_answers_to_its_name_alone": ("name", list(every)),
            "test_clumsy_functions_get_a_clear_answer": ("name", functions),
            "test_saboteurs_are_refused": ("name", functions),
            "test_well_made": ("name", list(every)),
        }
        if metafunc.function.__name__ in cases:
            metafunc.parametrize(*cases[metafunc.function.__name__])

    def test_other_styles_are_right(self, name, answer):
        said = asked(self.exercises()[name], answer)
        assert said.verdict == "right", said

    def test_every_exercise_is_solved_in_two_other_styles(self):
        assert [name for name in self.exercises() if len(self.right.get(name, ())) < 2] == []

    def test_wrong_answer_is_refused_and_named(self, name, mistake, answer, edits):
        said = asked(self.exercises()[name], edited_answer(answer, *edits))
        assert said.verdict == "wrong", said
        if mistake:
            assert said.mistake == mistake and f"It looks like this: {mistake}. " in " ".join(said.text.split()), said

    def test_a_mistake_breaks_the_property_that_is_named_first(self):
        assert self.fails
        for name, mistake, fails in self.fails:
            known = next(known for known in self.exercises()[name].mistakes if known.name == mistake)
            assert asked(self.exercises()[name], known.function).fails == fails, (name, mistake)

    def test_every_exercise_has_wrong_answers_in_a_learner_s_own_style(self):
        tried = [name for name, mistake, *_ in self.wrong if mistake]
        assert [name for name in self.exercises() if tried.count(name) < 2] == []

    def test_each_known_mistake_is_wrong_and_answers_to_its_name_alone(self, name):
        assert_told_apart(self.exercises()[name])

    def test_saboteurs_are_refused(self, name):
        """Each saboteur is refused; or it changes nothing, on the examples and on the same with arrays 30 times as large."""
        exercise, passed = self.exercises()[name], []
        examples = exercise.examples()
        examples += [each_array(example, lambda array: 30.0 * array if array.ndim else array) for example in examples]
        for saboteur, change in SABOTEURS.items():
            wrong = sabotaged(exercise.solution, change)
            if asked(exercise, wrong).verdict == "right":
                passed += [saboteur for example in examples if acts(exercise, wrong, example)][:1]
        assert not passed, f"{name} takes for right what is {', '.join(passed)}"

    def test_clumsy_functions_get_a_clear_answer(self, name, monkeypatch):
        """A function that returns None, raises, never ends, changes its input or returns another type gets a clear answer."""
        exercise = self.exercises()[name]

        def returns_none(*arguments):
            exercise.solution(*arguments)

        def raises(*arguments):
            return arguments[99]

        def never_ends(*arguments):
            while True:
                arguments = arguments[:]

        def changes_its_input(*arguments):
            result = copy.deepcopy(exercise.solution(*arguments))
            each_array(arguments, lambda array: np.add(array, 1, out=array))
            return result

        def says(function, verdict, *parts):
            answer = asked(exercise, function)
            assert (answer.verdict, answer.fails, answer.mistake) == ("wrong", verdict, None), answer
            assert all(part in " ".join(answer.text.split()) for part in parts), answer

        says(returns_none, "result", "returns None")
        says(raises, "error", "`return arguments[99]`", "IndexError")
        with monkeypatch.context() as patched:
            patched.setattr(engine, "TIME_LIMIT", 0.05)
            says(never_ends, "time", "no result within 0.05 seconds")
        assert asked(exercise, lambda *arguments: str(exercise.solution(*arguments))).fails in ("type", "names", "number of results")
        if any(map(holds_arrays, exercise.examples())):
            says(changes_its_input, "input", "changes what it was given", "The result is right")
        if holds_arrays(exercise.solution(*exercise.examples()[0].values())):
            says(sabotaged(exercise.solution, np.float32), "dtype", "float32", "numbers are right")
            says(sabotaged(exercise.solution, np.ndarray.tolist), "type", "numbers are right")

    def test_well_made(self, name):
        assert_well_made(self.exercises()[name])

    def test_notebook_is_unsolved_and_solutions_are_right(self):
        """In the notebook each exercise is stored as not tried yet, in its solutions as right."""
        wanted, solutions = set(self.exercises()), f"solutions/{self.notebook.removesuffix('.ipynb')}-solutions.ipynb"
        unsolved, solved = dict(stored(self.notebook)), dict(stored(solutions))  # of several checks of one exercise the last
        assert set(unsolved) == wanted and all(text.startswith("Not tried yet. ") for text in unsolved.values()), unsolved
        assert set(solved) == wanted and all(text.startswith("Right. ") for text in solved.values()), solved
        assert f"({solutions})" in (PROJECT / "notebooks" / self.notebook).read_text(encoding="utf-8")


def fresh(exercise):
    """Return the exercise as in a fresh kernel: no hint given, no prediction kept."""
    again = copy.copy(exercise)
    again.hints_given = 0
    vars(again).pop("first", None)
    return again


def asked(exercise, answer):
    """Return what the check says to one answer: a function, a dict of values, or a prediction (then measured rightly)."""
    if isinstance(exercise, engine.PredictionExercise):
        return fresh(exercise)(answer, exercise.solution())
    return fresh(exercise)(**answer) if isinstance(exercise, engine.ValueExercise) else fresh(exercise)(answer)


def assert_told_apart(exercise):
    """Each known mistake's own numbers are finite, wrong, and answer to its name alone."""
    wanted = exercise._outcomes_of(exercise.solution)
    for mistake in exercise.mistakes:
        outcomes = exercise._outcomes_of(mistake.function)
        assert {found.name for found in exercise.recognized(outcomes)} == {mistake.name}
        assert any(outcome.raised is None and not exercise._same(outcome, right)
                   for outcome, right in zip(outcomes, wanted, strict=True))


def assert_well_made(exercise):
    """Task, hints and sentences are there; the wanted numbers of values are not told; the first example is small."""
    assert exercise.task.endswith((".", "?")) and exercise.shown.endswith(".") and len(exercise.hints) == 2
    assert len({exercise.task, exercise.shown, *exercise.hints}) == 4
    assert all(mistake.sentence and mistake.sentence.endswith((".", "?")) for mistake in exercise.mistakes)
    assert sum(np.asarray(value).size for value in exercise.examples()[0].values() if not isinstance(value, dict)) <= 40


def turned(array):
    """Return the array with two axes of one length swapped, where it has them."""
    for one, other in itertools.combinations(range(array.ndim), 2):
        if array.shape[one] == array.shape[other] > 1:
            return array.swapaxes(one, other)
    return array


# What turns a right answer into a wrong one beyond tame examples: each takes and returns a float array, or a number.
SABOTEURS = {
    **{f"clipped at {end}": functools.partial(np.clip, a_min=-end, a_max=end) for end in (1, 2, 3, 5)},
    "cast to float32": lambda array: array.astype(np.float32),
    "rounded to 4 decimals": lambda array: array.round(4),
    "absolute value": np.abs,
    "normalized": lambda array: array / (np.linalg.norm(array) or 1.0),
    "a constant added": lambda array: array + 0.1,
    "reversed": lambda array: array[::-1] if array.ndim else array,
    "equal axes swapped": turned,
    "sorted": lambda array: np.sort(array, axis=0) if array.ndim else array,
    "averaged": lambda array: np.full_like(array, array.mean()) if array.size else array,
}


def each_array(value, change):
    """Return a value with every real array, tensor and number in it changed by a function of arrays."""
    if isinstance(value, dict):
        return {name: each_array(part, change) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(each_array(part, change) for part in value)
    if hasattr(value, "detach"):
        return value.new_tensor(change(value.detach().double().numpy()).copy()) if value.is_floating_point() else value
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return change(value)
    return float(change(np.asarray(value))) if isinstance(value, (float, np.floating)) else value


def sabotaged(function, change):
    """Return the function with its result changed."""
    return lambda *arguments: each_array(function(*arguments), change)


def acts(exercise, wrong, example):
    """Return whether a wrong answer's numbers differ from the right ones on an example that the solution can take."""
    right, theirs = (engine._outcome(function, example) for function in (exercise.solution, wrong))
    return right.raised is None and not exercise._same(right, theirs)


def holds_arrays(value):
    """Return whether there is a float array in dicts, lists and tuples."""
    return any(leaf.kind == "ndarray" and leaf.array.dtype.kind == "f" and leaf.array.size
               for leaf in engine._leaves(engine._plain(value)))


def edited(source, *edits):
    """Return a piece of code after replacing (old, new) parts of it, each there exactly once."""
    for old, new in edits:
        assert source.count(old) == 1, (old, source)
        source = source.replace(old, new)
    return source


def edited_answer(answer, *edits):
    """Return an answer, a function after these (old, new) edits of its code."""
    return engine._edited(answer, *edits) if edits else answer


def stored(notebook):
    """Return (exercise name, stored text) of each cell of a notebook that ends in a check, check.name(...), in order."""
    found = []
    for cell in json.loads((PROJECT / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]:
        last = "".join(cell["source"]).strip().split("\n")[-1]
        if cell["cell_type"] == "code" and last.startswith("check."):
            results = [output for output in cell["outputs"] if output["output_type"] == "execute_result"]
            found.append((last.removeprefix("check.").split("(")[0], "".join(results[-1]["data"]["text/plain"])))
    return found
