"""Makes nbval see pictures, which it compares with what is stored, and the deprecations that our code causes.

Hypothesis draws the same examples on every machine and at every run, however long one of them takes there.
"""

import os
import signal
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")       # read when NumPy is loaded: more BLAS threads would wait for each other

import pytest
from hypothesis import HealthCheck, settings
from nbval.plugin import IPyNbCell

from tests.support.pictures import difference, pictures

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:      # as in a shell's background job; what the tests start inherits it
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("course", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")

# The kernels read both. They import the helpers of this checkout, whatever is installed; IPython shows what a notebook's own
# code causes, Python is silent about modules unless told.
ROOT = Path(__file__).parent
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
MODULES = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted((ROOT / "helpers").rglob("*.py"))]
os.environ.setdefault("PYTHONWARNINGS", ",".join(f"error::DeprecationWarning:{module}" for module in MODULES))


LONGEST = ("tests/notebooks/test_browser.py", "tests/explorers/test_explorers.py", "tests/project/test_course.py", "tests/web",
           "notebooks/07", "notebooks/08", "notebooks/")


def pytest_addoption(parser):
    """`--long` adds what is too long for each run: the tests marked so, and more random settings of the explorers."""
    parser.addoption("--long", action="store_true", help="add what is too long for each run")


def pytest_collection_modifyitems(config, items):
    """Leave the long tests out unless they are asked for; begin with what takes longest, for the workers to end together."""
    items.sort(key=lambda item: next((place for place, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST)))
    if not config.getoption("--long"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("long")])
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture(scope="session")
def long(pytestconfig):
    """Return whether what is too long for each run was asked for: more seeds, more settings."""
    return pytestconfig.getoption("--long")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """After nbval has run a cell and compared its texts, compare the pictures and their alternative texts."""
    result = yield
    if isinstance(item, IPyNbCell):
        said = picture_fault(pictures(item.cell.outputs), pictures(item.test_outputs))
        if said:
            item.raise_cell_error(f"Pictures differ: {said}", None)
    return result


def picture_fault(stored, drawn):
    """Return what is wrong between a cell's stored pictures and those drawn anew, or None."""
    if len(stored) != len(drawn):
        return f"{len(stored)} stored, {len(drawn)} drawn anew"
    for number, ((stored_png, stored_alt), (drawn_png, drawn_alt)) in enumerate(zip(stored, drawn, strict=True), 1):
        if stored_alt != drawn_alt:
            return f"alternative text of number {number}: stored {stored_alt!r}, now {drawn_alt!r}"
        said = difference(stored_png, drawn_png)
        if said:
            return f"number {number}: {said}"
    return None
