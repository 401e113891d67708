"""Lists mechanical changes of an exercise's solution that its check calls wrong without a name: what a learner may hit next.

    python tools/mutants.py [EXERCISE ...]

EXERCISE is an exercise's name, or a part of its module's (`e03`); without one, all exercises. Each change is small and
single: a factor left out, a sign, a transposed matrix, a loop one step short. Most that are listed are nobody's mistake; the
few that are get a row in the exercise's `knows`.
"""

import ast
import copy
import inspect
import sys
import textwrap
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from helpers.exercises import engine  # noqa: E402
from tools.exercise_list import exercises, modules  # noqa: E402


def expression(code):
    return ast.parse(code, mode="eval").body


def changes(node):
    """Yield `(what it is, the node in its place)` for one node of a solution."""
    code = ast.unparse(node)
    if isinstance(node, ast.BinOp):
        yield "left part alone", node.left
        yield "right part alone", node.right
        swaps = {ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Add, ast.Div], ast.Div: [ast.Mult],
                 ast.MatMult: [ast.Mult], ast.Pow: [ast.Mult]}
        for other in swaps.get(type(node.op), ()):
            yield "another operation", ast.BinOp(node.left, other(), node.right)
        if isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
            yield "parts swapped", ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, ast.Add):
            yield "added twice", ast.BinOp(node, ast.Add(), node.right)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "not transposed", node.value
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id.startswith("weight"):
            yield "transposed", expression(f"{code}.T")
        for one, other in (("ih", "hh"), ("hh", "ih")):
            if node.id.startswith("bias") and f"_{one}" in node.id:
                yield "the other bias", ast.Name(node.id.replace(f"_{one}", f"_{other}"), ast.Load())
        if node.id == "h":
            yield "h_0 in place of h", ast.Name("h_0", ast.Load())
        if node.id == "x":
            yield from (("reversed", expression("x[::-1]")), ("last left out", expression("x[:-1]")),
                        ("first left out", expression("x[1:]")))
    elif isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        last = name.split(".")[-1]
        if node.args and last in "tanh sigmoid sqrt exp log abs mean sum clone detach copy".split():
            yield "call left out", node.args[0]
        for one, other in (("tanh", "sin"), ("mean", "sum"), ("sum", "mean"), ("max", "min"), ("zeros", "ones"),
                           ("argmax", "argmin")):
            if last == one:
                called = expression(name.removesuffix(one) + other)
                yield f"{other} in place of {one}", ast.Call(called, node.args, node.keywords)
        if name == "range":
            yield "backwards", expression(f"reversed({code})")
            for place in range(len(node.args)):
                for step in (" - 1", " + 1"):
                    arguments = [ast.unparse(part) + step * (number == place) for number, part in enumerate(node.args)]
                    yield "loop one off", expression(f"range({', '.join(arguments)})")
        for keyword in node.keywords:
            if keyword.arg in ("axis", "dim") and isinstance(keyword.value, ast.Constant):
                others = [ast.keyword(keyword.arg, ast.Constant(1 - int(keyword.value.value == 1))), None]
                for other in others:
                    rest = [part for part in node.keywords if part is not keyword]
                    yield "another axis", ast.Call(node.func, node.args, rest + [other] if other else rest)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        yield from (("one more", ast.Constant(node.value + 1)), ("one less", ast.Constant(node.value - 1)))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign lost", node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        swaps = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq}
        if type(node.ops[0]) in swaps:
            yield "another comparison", ast.Compare(node.left, [swaps[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield "results swapped", ast.Return(ast.Tuple(node.value.elts[::-1], ast.Load()))
    elif isinstance(node, (ast.AugAssign, ast.Expr)):
        yield "line left out", ast.Pass()


def mutants(function):
    """Yield `(what it is, line, function)` for every change of a function's code that is Python."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    tree.decorator_list = []
    tree.body = tree.body[1 if ast.get_docstring(tree) else 0:]
    before = ast.unparse(tree).splitlines()
    for node in ast.walk(tree):
        for what, new in changes(node):
            changed = ast.unparse(copy.deepcopy(tree, {id(node): copy.deepcopy(new)}))  # the new one in its place
            line = next((line.strip() for line, old in zip(changed.splitlines(), [*before, ""]) if line != old), "")
            names = {}
            exec(changed, function.__globals__, names)
            yield what, line, names[function.__name__]


def unnamed(exercise):
    """Return how many mutants are wrong, and `(what, line)` of those that the check calls wrong without a name."""
    wrong, found = 0, []
    for what, line, function in mutants(exercise.solution):
        said = exercise(function)
        if said.verdict == engine.WRONG and said.fails not in ("error", "time", "result"):
            wrong += 1
            found += [(what, line)] if said.mistake is None else []
    return wrong, found


def main(names):
    """Print the list for the named exercises; return 1 where a name fits none."""
    every = {f"{module}.{name}": exercise for module in modules() for name, exercise in exercises(module).items()
             if type(exercise) is engine.FunctionExercise}
    chosen = [full for full in every if not names or any(name == full.split(".")[1] or full.startswith(name) for name in names)]
    for full in chosen:
        wrong, found = unnamed(every[full])
        print(f"{full}: {wrong - len(found)} of {wrong} wrong mutants have a name; without one:")
        print(*(f"    {what:22} {line}" for what, line in sorted(set(found))), sep="\n")
    return 0 if chosen else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
