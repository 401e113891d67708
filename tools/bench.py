"""The benchmark: each speed that the course promises, as a ratio of two times measured side by side in one run, and how
light it is: memory, seconds to the first picture, megabytes on the disk.

    python tools/bench.py [SECTION ...]

prints one table per section and ends with status 1 when a limit is missed. To add a section, write a function that
returns a list of Ratio and put it into SECTIONS. pytest does not collect this file.
"""

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from unittest import mock

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
os.environ |= dict.fromkeys(THREADS, "2")  # read once, when NumPy and torch are loaded

import nbformat  # noqa: E402
import numpy as np  # noqa: E402

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))  # helpers, where the course is not installed

from helpers.explorers.engine import update  # noqa: E402
from helpers.numpy_nets.rnn import backward, forward, init_parameters  # noqa: E402
from helpers.pictures import style  # noqa: E402
from tools.notebook_rules import METADATA  # noqa: E402


class Ratio(NamedTuple):
    """One promise: `value` must not be above `limit`, or not below where `at_least`; `times` says what was divided."""

    what: str
    value: float
    limit: float
    times: str
    at_least: bool = False

    @property
    def holds(self):
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def interleave(contestants, rounds=15, sample=0.003, rest=0.02, budget=10):
    """Return the median time in seconds of one call of each contestant, by name.

    In each round all of them run one after the other, so that a slow moment of the machine hits all alike. Each rests
    first (the threads of torch keep a core busy for some milliseconds after their work), runs once to get warm,
    and is then timed over as many calls as fill `sample` seconds. After `budget` seconds five rounds are enough.
    """
    calls, times = {}, {name: [] for name in contestants}
    for name, contestant in contestants.items():
        contestant()
        calls[name] = max(1, round(sample / _seconds(contestant, 1)))
    start = time.perf_counter()
    for number in range(rounds):
        if number >= 5 and time.perf_counter() - start > budget:
            break
        for name in list(contestants)[:: 1 if number % 2 else -1]:
            time.sleep(rest)
            contestants[name]()
            times[name].append(_seconds(contestants[name], calls[name]))
    return {name: statistics.median(samples) for name, samples in times.items()}


def _seconds(function, calls):
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def bench_rnn():
    """The NumPy training step (forward and backward, arguments checked) against torch.nn.RNN and its own products."""
    ratios = []
    for sizes, limit in [
        ((25, 1, 64, 100), 0.35),
        ((50, 16, 1, 32), 0.35),
        ((100, 32, 32, 64), 0.35),
        ((100, 32, 32, 128), 0.35),
        ((100, 64, 64, 256), 1.0),
    ]:
        times = interleave(_training_steps(*sizes))
        numpy_ms, torch_ms, products_ms = (1e3 * times[name] for name in ("NumPy", "torch", "products"))
        what = "T{} B{} I{} H{}".format(*sizes)
        ratios += [
            Ratio(f"{what}: NumPy / torch.nn.RNN", numpy_ms / torch_ms, limit, f"{numpy_ms:.3f} / {torch_ms:.3f} ms"),
            Ratio(f"{what}: NumPy / products", numpy_ms / products_ms, 2.0, f"{numpy_ms:.3f} / {products_ms:.3f} ms"),
        ]
    return ratios


def _training_steps(seq_len, batch, input_size, hidden_size):
    """Return three functions on the same float32 numbers: our training step, torch's, and the matrix products alone."""
    import torch

    torch.set_num_threads(2)
    rng = np.random.default_rng(0)
    parameters = init_parameters(input_size, hidden_size, rng=rng, dtype=np.float32)
    x = rng.normal(size=(seq_len, batch, input_size)).astype(np.float32)
    h_0 = np.zeros((batch, hidden_size), np.float32)
    grad_output = rng.normal(size=(seq_len, batch, hidden_size)).astype(np.float32)

    def numpy_step():
        backward(x, forward(x, h_0, parameters), grad_output, parameters)

    module = torch.nn.RNN(input_size, hidden_size)
    leaves = [torch.tensor(x, requires_grad=True), torch.tensor(h_0[None], requires_grad=True)]
    grad_torch = torch.tensor(grad_output)

    def torch_step():
        for leaf in (*leaves, *module.parameters()):
            leaf.grad = None
        module(*leaves)[0].backward(grad_torch)

    weight_ih, weight_hh = parameters["weight_ih"], parameters["weight_hh"]
    flat_x, delta = x.reshape(-1, input_size), grad_output.reshape(-1, hidden_size)
    a, grad_x, h = np.empty_like(delta), np.empty_like(flat_x), np.empty_like(h_0)
    grad_ih, grad_hh = np.empty_like(weight_ih), np.empty_like(weight_hh)
    steps = list(grad_output)

    def products():
        np.matmul(flat_x, weight_ih.T, out=a)
        for h_t in steps:
            np.matmul(h_t, weight_hh.T, out=h)
        for delta_t in steps:
            np.matmul(delta_t, weight_hh, out=h)
        np.matmul(delta.T, flat_x, out=grad_ih)
        np.matmul(delta.T, delta, out=grad_hh)
        np.matmul(delta, weight_ih, out=grad_x)

    return {"NumPy": numpy_step, "torch": torch_step, "products": products}


def bench_linear():
    """The NumPy training step of an LRU (forward and backward, arguments checked) against torch's autograd of the same loop."""
    ratios = []
    for sizes in [(25, 1, 64, 100), (50, 16, 1, 32), (100, 16, 32, 64), (100, 16, 32, 128)]:
        times = interleave(_lru_steps(*sizes))
        numpy_ms, torch_ms = (1e3 * times[name] for name in ("NumPy", "torch"))
        what = "T{} B{} I{} H{}".format(*sizes)
        ratios.append(Ratio(f"LRU {what}: NumPy / torch", numpy_ms / torch_ms, 0.5, f"{numpy_ms:.3f} / {torch_ms:.3f} ms"))
    return ratios


def _lru_steps(seq_len, batch, input_size, hidden_size):
    """Return two functions on the same float32 numbers: our training step of an LRU, and torch's."""
    import torch

    from helpers.numpy_nets.linear import init_lru, lru_backward, lru_forward

    torch.set_num_threads(2)
    rng = np.random.default_rng(0)
    parameters = init_lru(input_size, hidden_size, hidden_size, rng=rng, dtype=np.float32)
    x = rng.normal(size=(seq_len, batch, input_size)).astype(np.float32)
    grad_y = rng.normal(size=(seq_len, batch, hidden_size)).astype(np.float32)

    def numpy_step():
        _, states = lru_forward(x, None, parameters)
        lru_backward(x, states, grad_y, parameters)

    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in ({"x": x} | parameters).items()}
    grad_torch, start = torch.tensor(grad_y), torch.zeros(batch, hidden_size, dtype=torch.complex64)

    def torch_step():
        for leaf in leaves.values():
            leaf.grad = None
        eigenvalues = torch.exp(torch.complex(-torch.exp(leaves["nu_log"]), torch.exp(leaves["theta_log"])))
        B, C = (torch.complex(leaves[f"{name}_re"], leaves[f"{name}_im"]) for name in "BC")
        offered, h, states = leaves["x"].to(B.dtype) @ (torch.exp(leaves["gamma_log"])[:, None] * B).T, start, []
        for offered_t in offered:
            h = eigenvalues * h + offered_t
            states.append(h)
        y = (torch.stack(states) @ C.T).real + leaves["x"] @ leaves["D"].T
        y.backward(grad_torch)

    return {"NumPy": numpy_step, "torch": torch_step}


def bench_explorers():
    """Each explorer's update on a slider's move, or a letter typed, against the same figure drawn anew and shown by plt.show();
    with one and with two of the screen's pixels for one of the page's."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from matplotlib import pyplot
    from matplotlib_inline.backend_inline import configure_inline_support

    from tools.explorer_list import makers

    inline = "module://matplotlib_inline.backend_inline"
    pyplot.switch_backend(inline)
    configure_inline_support(InteractiveShell.instance(), inline)  # as in a notebook: PNG, cropped to what is drawn
    ratios = []
    for make, scale in itertools.product(makers()[0].values(), (1, 2)):
        explorer = make()
        explorer.ratio.value = scale
        name, values = _moves(explorer)
        moves, moves_anew = itertools.cycle(values), itertools.cycle(values)

        def move(explorer=explorer, name=name, moves=moves):
            explorer.set(**{name: next(moves)})

        def anew(explorer=explorer, name=name, moves=moves_anew, scale=scale):
            with capture_output() as shown:
                draw_anew(explorer, scale, **{name: next(moves)})
            assert "image/png" in shown.outputs[0].data

        times = interleave({"update": move, "anew": anew}, rounds=9)
        update_ms, anew_ms = 1e3 * times["update"], 1e3 * times["anew"]
        ratios.append(Ratio(f"{explorer.name}, ratio {scale}: plt.show() / update", anew_ms / update_ms, 8,
                            f"{anew_ms:.0f} / {update_ms:.1f} ms", at_least=True))
    return ratios


def _moves(explorer):
    """Return a control's name and nine values for it: of the first slider, or of the text box, letter by letter."""
    for name, control in explorer.controls.items():
        if hasattr(control, "step"):
            return name, [type(control.value)(at) for at in np.linspace(control.min, control.max, 9)]
    return next(iter(explorer.controls)), ["Lindqvist"[:length] for length in range(1, 10)]


def draw_anew(explorer, scale=1, **values):
    """Show the explorer's figure at these values in the usual way: computed, drawn and shown by pyplot from nothing."""
    from matplotlib import pyplot

    numbers = explorer.compute(**explorer.values | values)
    with mock.patch.multiple(style, Figure=pyplot.figure, FigureCanvasAgg=lambda fig: fig.canvas):
        _, artists = sys.modules[explorer.compute.__module__].draw(numbers)
    update(artists, numbers)
    pyplot.gcf().set_dpi(scale * pyplot.gcf().get_dpi())
    pyplot.show()


PRESSES = 60
# What is measured in the browser: three sliders, and for each the element in which the page shows the answer.
ANSWERS = {"explorer": ".explorer img.widget-image", "interact": ".interact .widget-output img", "label": ".label .answer"}
BENCH_CELLS = (
    """
import sys
sys.path.insert(0, PROJECT)
import ipywidgets as widgets
from IPython.display import display
from helpers.explorers.engine import slider
from helpers.explorers.watch_gradients_vanish import watch_gradients_vanish
from tools.bench import draw_anew
%matplotlib inline

def a_slider():
    return slider("spectral radius", 0.6, 0.1, 3.0, 0.05)
""",
    """
explorer = watch_gradients_vanish()
explorer.box.add_class("explorer")
display(explorer.box)
""",
    """
same = watch_gradients_vanish()
usual = widgets.interactive(lambda spectral_radius: draw_anew(same, spectral_radius=spectral_radius),
                            spectral_radius=a_slider())
usual.add_class("interact")
display(usual)
""",
    """
bare, answer = a_slider(), widgets.Label("none yet")
answer.add_class("answer")
bare.observe(lambda change: setattr(answer, "value", str(change["new"])), "value")
floor = widgets.VBox([bare, answer])
floor.add_class("label")
display(floor)
""",
)
# From the key's event to the animation frame after the answer is there: text changed, or another picture loaded whole.
LISTEN = """selector => {
    const find = () => document.querySelector(selector);
    const look = () => find()?.getAttribute("src") ?? find()?.textContent;
    const before = look();
    let start;
    document.addEventListener("keydown", event => { start = event.timeStamp; }, {capture: true, once: true});
    window.answered = new Promise((done, fail) => {
        setTimeout(() => fail(new Error(`no answer in ${selector}`)), 60000);
        const observer = new MutationObserver(async () => {
            const now = look();
            if (!now || now === before) return;
            observer.disconnect();
            const node = find();
            if (node.tagName === "IMG" && !node.complete)
                await new Promise(loaded => node.addEventListener("load", loaded, {once: true}));
            requestAnimationFrame(() => done(performance.now() - start));
        });
        observer.observe(document.querySelector(".jp-Notebook"), {
            subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["src"]});
    });
}"""


def bench_browser():
    """In JupyterLab, from key press to the picture on the page: the explorer, `interact`, and a slider to a Label."""
    from tools.browser import NotebookPage, chromium, find_browser, jupyterlab

    if find_browser() is None:
        print("  left out: no Chromium or Chrome found; set CHROMIUM to its path")
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = _written(Path(folder) / "bench.ipynb", *(cell.replace("PROJECT", repr(str(PROJECT))) for cell in BENCH_CELLS))
        with jupyterlab([path]) as address, chromium() as browser:
            notebook = NotebookPage(browser, address, path)
            notebook.run_all()
            _complain(notebook)
            times = {name: [] for name in ANSWERS}
            for number in range(-3, PRESSES):                        # the first three are for getting warm
                key = "ArrowRight" if number // 20 % 2 == 0 else "ArrowLeft"
                for name in list(ANSWERS)[:: 1 if number % 2 else -1]:
                    milliseconds = _press(notebook.page, name, key)
                    if number >= 0:
                        times[name].append(milliseconds)
            _complain(notebook)
            notebook.close()
    median = {name: statistics.median(samples) for name, samples in times.items()}
    slow = {name: statistics.quantiles(samples, n=20)[-1] for name, samples in times.items()}
    return [
        Ratio(f"watch gradients vanish: {what}", median[above] / median[below], limit,
              f"{median[above]:.0f} / {median[below]:.0f} ms (p95 {slow[above]:.0f} / {slow[below]:.0f})", at_least)
        for what, above, below, limit, at_least in [
            ("interact / explorer", "interact", "explorer", 8, True),
            ("explorer / slider to a Label", "explorer", "label", 2.2, False),
        ]
    ]


def _written(path, *sources):
    """Write a notebook of code cells; return its path."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), path)
    return path


def _complain(notebook):
    faults = notebook.red() + notebook.console
    if faults:
        raise RuntimeError("in the browser: " + "; ".join(faults))


def _press(page, name, key):
    page.locator(f".{name}").get_by_role("slider").first.focus()
    page.evaluate(LISTEN, ANSWERS[name])
    page.keyboard.press(key)
    milliseconds = page.evaluate("() => answered")
    page.wait_for_timeout(120)                                       # the rest of the messages
    return milliseconds


# By notebook: the memory that it may take, as a multiple of its import cell's, and of a kernel's that ran nothing.
MEMORY = {
    "04-vanishing-and-exploding.ipynb": (2, 4),
    "05-torch-rnn.ipynb": (1.75, 10),                                # five times as much for importing torch alone
    "09-characters.ipynb": (2, 12),
}
# The same libraries without the course: one cell, one widget.
BARE_CELL = """
import ipywidgets
import matplotlib.figure
import numpy
ipywidgets.Label("here")
"""
# By notebook: from asking for the page to the first stored picture, as a multiple of what the bare notebook takes to
# open; from Run All Cells to the first explorer's live picture, as a multiple of what the bare one's widget takes.
FIRST_PICTURES = {"00-start-here.ipynb": (1.75, 3), "04-vanishing-and-exploding.ipynb": (2.25, 6)}
OPENINGS = 3
# Ten notebooks of at most 1 MB, data and code, once on the disk and once packed; and a year of stored outputs.
CLONES = {"the newest commit": (("--depth=1",), 16), "the whole history": ((), 32)}


def bench_light():
    """What the course asks of a machine: a kernel's memory, time to the first picture, the size of a clone in MB."""
    return [*_memory(), *_first_pictures(), *_clones()]


def _memory():
    """Return the ratios of MEMORY; two kernels run at a time, since memory does not depend on speed."""
    paths = [PROJECT / "notebooks" / name for name in MEMORY]
    with ThreadPoolExecutor(2) as pool:
        ran, imported = pool.map(_megabytes, paths), pool.map(lambda path: _megabytes(path, 1), paths)
        bare = pool.submit(_megabytes, paths[0], 0).result()
        ratios = []
        for path, after, imports in zip(paths, ran, imported, strict=True):
            for what, before, limit in zip(("its imports", "bare kernel"), (imports, bare), MEMORY[path.name]):
                ratios.append(Ratio(f"memory, {path.stem[:2]} run / {what}", after / before, limit,
                                    f"{after:.0f} / {before:.0f} MB"))
        return ratios


def _megabytes(path, cells=None):
    """Return the resident memory of a kernel that has run the notebook's code cells: all, or so many."""
    import psutil  # comes with ipykernel

    from tools.refresh import client

    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"][:cells]
    runner = client(notebook, path.parent)
    one_thread = os.environ | dict.fromkeys(THREADS, "1")            # as course.py opens it
    with runner.setup_kernel(env=one_thread, cleanup_kc=True):
        for index, cell in enumerate(notebook.cells):
            runner.execute_cell(cell, index)
        return psutil.Process(runner.km.provisioner.pid).memory_info().rss / 1e6


def _first_pictures():
    """Return the ratios of FIRST_PICTURES, each of medians; the notebooks take turns, each time on a new kernel."""
    from tools.browser import chromium, find_browser, jupyterlab

    if find_browser() is None:
        print("  first pictures left out: no Chromium or Chrome found; set CHROMIUM to its path")
        return []
    with tempfile.TemporaryDirectory() as folder:
        bare = _written(Path(folder) / "bare.ipynb", BARE_CELL)
        paths = [bare, *(PROJECT / "notebooks" / name for name in FIRST_PICTURES)]
        times = {path.name: [] for path in paths}
        with jupyterlab(paths) as address, chromium() as browser:
            for number in range(-1, OPENINGS):                       # the first is for getting warm
                for path in paths:
                    seconds = _open_and_run(browser, address, path)
                    if number >= 0:
                        times[path.name].append(seconds)
    median = {name: [statistics.median(each) for each in zip(*samples, strict=True)] for name, samples in times.items()}
    return [
        Ratio(f"{what}, {name[:2]} / bare notebook", seconds / floor, limit, f"{seconds:.1f} / {floor:.1f} s")
        for name, limits in FIRST_PICTURES.items()
        for what, seconds, floor, limit in zip(
            ("open to first picture", "run to first explorer"), median[name], median["bare.ipynb"], limits, strict=True)
    ]


def _open_and_run(browser, address, path):
    """Return seconds from asking for the page to the first stored picture, and from Run All Cells to the first live.

    In the bare notebook it is the cell and its widget that are waited for.
    """
    from tools.browser import LOAD, RUN

    bare = path.name == "bare.ipynb"
    there = """selector => {
        const node = document.querySelector(selector);
        return node && (node.tagName !== "IMG" || (node.complete && node.naturalWidth > 0));
    }"""
    page = browser.new_page()
    start = time.perf_counter()
    page.goto(address.replace("/lab?", f"/lab/workspaces/{path.stem}/tree/{path.name}?"), timeout=LOAD)
    page.wait_for_function(there, arg=".jp-CodeCell" if bare else ".jp-OutputArea img", timeout=LOAD)
    opened = time.perf_counter() - start
    page.wait_for_function("""() => {
        const panel = window.jupyterapp?.shell?.currentWidget;
        return panel?.sessionContext?.session?.kernel?.status === "idle";
    }""", timeout=LOAD)
    start = time.perf_counter()
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(there, arg=".widget-label" if bare else "img.widget-image", timeout=RUN)
    ran = time.perf_counter() - start
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()
    return opened, ran


def _clones():
    """Return the sizes of CLONES: .git and all files, in MB."""
    git = shutil.which("git")
    if git is None or not (PROJECT / ".git").exists():
        print("  clones left out: no git here, or the course was not cloned")
        return []
    ratios = []
    for what, (options, limit) in CLONES.items():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            subprocess.run([git, "clone", "--quiet", *options, PROJECT.as_uri(), folder], check=True)
            sizes = {path: path.stat().st_size / 1e6 for path in Path(folder).rglob("*") if path.is_file()}
        total = sum(sizes.values())
        packed = sum(size for path, size in sizes.items() if ".git" in path.relative_to(folder).parts[:1])
        ratios.append(Ratio(f"clone of {what}, MB", total, limit,
                            f"{packed:.1f} in .git + {total - packed:.1f} MB of files"))
    return ratios


def bench_checks():
    """The first check of a wrong answer in a fresh kernel's exercises, which computes all known mistakes: the slowest of each notebook."""
    from helpers.exercises import engine
    from tools.exercise_list import exercises, modules

    ratios = []
    for module in modules():
        times = {}
        for name, exercise in exercises(module).items():
            if type(exercise) is engine.FunctionExercise:
                exercise(exercise.solution)                       # what torch loads at its first use is not the check's
                exercise._outcomes.clear()
                start = time.perf_counter()
                exercise(lambda *arguments: np.full(3, 0.123))
                exercise.recognized(exercise._outcomes_of(exercise.solution))
                times[name] = 1e3 * (time.perf_counter() - start)
        if times:
            slowest = max(times, key=times.get)
            ratios.append(Ratio(f"{module}, {slowest}: ms", times[slowest], 100, f"{len(times)} exercises"))
    return ratios


def bench_web():
    """The web site: key press to picture, the pixels and sentences of the explorers, the first picture, bytes."""
    from tools.web.measure import measure

    return measure(Ratio)


SECTIONS = {"checks": bench_checks, "rnn": bench_rnn, "linear": bench_linear, "explorers": bench_explorers, "browser": bench_browser, "light": bench_light, "web": bench_web}


def measure(section):
    """Return a section's ratios. One that misses its limit is measured again, at most twice; the last one counts."""
    ratios = section()
    for _ in range(2):
        missed = [f"{ratio.what} {ratio.value:.2f}" for ratio in ratios if not ratio.holds]
        if not missed:
            break
        print(f"  missed, so measured again: {'; '.join(missed)}")
        ratios = [old if old.holds else new for old, new in zip(ratios, section(), strict=True)]
    return ratios


def main(names):
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        sys.exit(f"bench: no section {', '.join(unknown)}; there is {', '.join(SECTIONS)}")
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > os.cpu_count():  # not on Windows
        print(f"note: this machine is busy, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; the ratios waver")
    missed = 0
    for name in names or SECTIONS:
        print(f"\n{name}: {SECTIONS[name].__doc__}")
        ratios = measure(SECTIONS[name])
        width = max((len(ratio.what) for ratio in ratios), default=0)
        for ratio in ratios:
            limit = f"{'>=' if ratio.at_least else '<='} {ratio.limit:g}"
            verdict = "ok" if ratio.holds else "MISSED"
            print(f"  {ratio.what:{width}}  {ratio.value:6.2f}  {limit:8}  {verdict:6}  {ratio.times}")
            missed += not ratio.holds
    print(f"\n{missed} of the limits missed" if missed else "\nall limits hold")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
