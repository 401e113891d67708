"""What a notebook teaches and what the helpers do is the same code: there is one version of each algorithm.

The rule: a function (or class) that a notebook defines at the top level of a code cell, under the name of a public function of
a helpers module that is taught, has the same syntax tree; docstrings, comments, annotations, decorators and layout may
differ. Where a notebook defines a name twice, its last version counts: the earlier ones are steps on the way.
"""

import ast
import functools

import nbformat
import pytest

from tools.notebook_rules import PROJECT, notebooks

TAUGHT = [PROJECT / "helpers" / f"{name}.py"
          for name in ("numpy_nets/rnn", "numpy_nets/gradients", "numpy_nets/optimize", "numpy_nets/gated", "numpy_nets/linear",
                       "names/naive_bayes", "names/reader", "names/language_model", "names/writer", "with_torch/forecasting", "with_torch/training")]
# Taught by one notebook, while another may use its names for other things ("descend" of 02).
TAUGHT_BY = {"04-vanishing-and-exploding": [PROJECT / "helpers" / "explorers" / "cliff.py"]}
# What is compared, by notebook. Without this list a definition that is renamed or taken away would be compared no more.
COMPARED = {
    "02-a-numpy-cell": "forward read_out step",
    "03-backpropagation-through-time": "adam_update backward central_differences loss_and_gradients mean_squared_error "
                                       "read_out_backward train",
    "04-vanishing-and-exploding": "clip_by_norm clip_by_value descend fit_factor gradient_norm_per_lag jacobian "
                                  "loss_and_gradient",
    "05-torch-rnn": "detached",
    "07-training-on-sequences": "evaluate fit train_epoch train_segments",
    "08-forecasting": "Forecaster autoregression before diebold_mariano fit_autoregression forecast indices network "
                      "paired_bootstrap rmse train_forecaster windows",
    "09-characters": "NameReader NameWriter beliefs blend confusion_matrix entropy f1_per_class fit_naive_bayes "
                     "naive_bayes_scores next_letter_loss next_symbol ngrams pad surprises teach with_temperature",
    "10-longer-memory": "gru_backward gru_step lstm_backward lstm_step",
    "11-recurrent-networks-today": "lru_matrices lru_step mingru_step scan_doubling scan_loop scan_tree",
}
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


class _Bare(ast.NodeTransformer):
    """Drops docstrings, annotations and decorators, and with them nothing that a call could tell apart."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.returns, node.decorator_list = None, []
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        node.body = node.body or [ast.Pass()]
        return node

    visit_ClassDef = visit_FunctionDef

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        return ast.Assign(targets=[node.target], value=node.value) if node.value else None


def bare(definition):
    """Return the code of a definition without what may differ; the one given stays as it is."""
    return ast.unparse(ast.fix_missing_locations(_Bare().visit(ast.parse(ast.unparse(definition)))))


@functools.cache
def defined_in(source):
    """Return the top-level functions and classes of a piece of code by name, the last of each name."""
    return {node.name: node for node in ast.parse(source).body if isinstance(node, DEFINITIONS)}


def last_versions(notebook):
    """Return the top-level functions and classes of a notebook by name, the last of each name."""
    cells = nbformat.read(notebook, as_version=4).cells
    return {name: node for cell in cells if cell.cell_type == "code" for name, node in defined_in(cell.source).items()}


def taught(notebook):
    """Return the modules of helpers/ that hold what a notebook teaches, if it teaches it."""
    return TAUGHT + TAUGHT_BY.get(notebook.stem, [])


def public(modules):
    """Return the names of all public functions and classes of the modules."""
    return [name for module in modules for name in defined_in(module.read_text(encoding="utf-8")) if name[0] != "_"]


def disagreements(notebook, modules):
    """Return a sentence and both sources for every definition of the notebook that is not its helper's."""
    mine, found = last_versions(notebook), []
    for module in modules:
        for name, node in defined_in(module.read_text(encoding="utf-8")).items():
            if name in mine and not name.startswith("_") and bare(mine[name]) != bare(node):
                found.append(f"{name} of {notebook.name} is not {name} of {module.name}: one of the two "
                             f"must change, its name or its code.\n\n"
                             f"In the notebook:\n{bare(mine[name])}\n\nIn the helpers:\n{bare(node)}\n")
    return found


@pytest.mark.parametrize("notebook", notebooks(), ids=lambda path: path.stem)
def test_notebook_and_helpers_have_one_version(notebook):
    found = disagreements(notebook, taught(notebook))
    assert not found, "\n".join(found)


def test_taught_names_are_unique_and_what_is_compared_is_known():
    names = public(TAUGHT)
    assert len(names) == len(set(names))
    compared = {path.stem: " ".join(sorted(last_versions(path).keys() & set(public(taught(path))))) for path in notebooks()}
    assert {stem: both for stem, both in compared.items() if both} == COMPARED


HELPER = '''
def step(x_t, h, parameters, nonlinearity="tanh"):
    """Return the next state."""
    a = parameters["weight_ih"] @ x_t + parameters["weight_hh"] @ h
    return phi(a, nonlinearity)


def _private(x):
    return x
'''
SAME = '''
@timed
def step(x_t: np.ndarray, h, parameters: dict, nonlinearity="tanh") -> np.ndarray:
    # the input's share and the state's
    a: np.ndarray = (parameters["weight_ih"] @ x_t
                     + parameters['weight_hh'] @ h)
    return phi(a, nonlinearity)
'''
CHANGED = {
    "a transposed matrix": ('["weight_hh"] @ h', '["weight_hh"].T @ h'),
    "another default": ('nonlinearity="tanh"', 'nonlinearity="relu"'),
    "a renamed argument": ("x_t", "x"),
    "a sign": ("x_t +", "x_t -"),
    "an added line": ("    return", "    a = a * 1\n    return"),
}


@pytest.fixture
def compare(tmp_path):
    """Return a function that compares cells, given as code, with HELPER."""
    def compare(*sources):
        module, notebook = tmp_path / "rnn.py", tmp_path / "small.ipynb"
        module.write_text(HELPER, encoding="utf-8")
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
        return disagreements(notebook, [module])
    return compare


def test_the_same_code_in_other_dress_agrees(compare):
    assert compare("x = 1", SAME) == []


@pytest.mark.parametrize("change", CHANGED)
def test_other_code_disagrees_and_both_are_shown(compare, change):
    found = compare(HELPER.replace(*CHANGED[change]))
    assert len(found) == 1
    assert "step of small.ipynb is not step of rnn.py" in found[0]
    assert found[0].count("def step(") == 2


def test_the_last_version_counts(compare):
    naive = "def step(x_t, h):\n    return x_t + h"
    assert compare(naive, SAME) == []
    assert len(compare(SAME, naive)) == 1


def test_private_and_local_names_are_free(compare):
    assert compare("def _private(x):\n    return 2 * x", "def other():\n    def step(x):\n        return x\n    return step") == []
