"""Tries every notebook and explorer in the browser and prints a table, minutes long: `python tools/browser_table.py [NOTEBOOK ...]`.

Each notebook is opened and run; in each explorer every control is moved by keyboard to both ends and to five random places, a
key is held for five seconds, play pressed, all reset, sliders moved while a cell trains and in turns with another notebook;
then Restart-and-Run-All, save and reload, reload with the kernel gone, run once more. Found would be: anything red, an error
in the console, another address, a line or formula cut off, a blank frame, a change of the layout, an answer later than
300 ms after the last key.
"""

import itertools
import os
import random
import shutil
import statistics
import string
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Error  # noqa: E402

from tools.browser import MOVE, NotebookPage, chromium, jupyterlab  # noqa: E402
from tools.notebook_rules import PROJECT, notebooks  # noqa: E402

PLACES, WHILE_TRAINING, TURNS = 5, 5, 3
HOLD, REPEAT = 5.0, 0.033           # seconds: how long a key is held, and between two of its events
REST, LATE = 600, 300               # ms: so long without a change all is settled; and the longest wait for that
COLUMNS = ("notebook", "explorer", "controls", "moves", "frames", "blank", "layout", "settled, median (ms)", "worst (ms)",
           f"over {LATE} ms", "held: keys", "frames then", "settled (ms)", "play: frames", "while a cell trains", "in turns",
           "run again", "reloaded", "no kernel")
TRAINING = """
from helpers.explorers.scrub_the_training import run
for _seed in range(100, 300):
    run(_seed, 0.005)
"""
# Notes in box.notes when picture, summary or a number last changed, when a key was last pressed, when the kernel last
# began or ended something, and the frames: a blank one did not load, has no size, or is of one color.
WATCH = """box => {
    const image = box.querySelector("img.widget-image");
    const ink = new OffscreenCanvas(64, 32).getContext("2d", {willReadFrequently: true});
    const notes = {change: 0, key: 0, kernel: 0, frames: 0, blank: 0};
    box.notes = notes;
    panel.sessionContext.statusChanged.connect(() => { notes.kernel = performance.now(); });
    image.addEventListener("load", () => {
        ink.drawImage(image, 0, 0, 64, 32);
        const pixels = new Uint32Array(ink.getImageData(0, 0, 64, 32).data.buffer);
        notes.frames += 1;
        notes.blank += !image.naturalWidth || pixels.every(pixel => pixel === pixels[0]);
        notes.change = performance.now();
    });
    image.addEventListener("error", () => { notes.blank += 1; });
    new MutationObserver(changes => {
        if (changes.some(change => change.target.role !== "status")) notes.change = performance.now();
    }).observe(box, {childList: true, subtree: true, attributeFilter: ["src", "aria-valuetext"]});
    document.addEventListener("keydown", () => { notes.key = performance.now(); }, true);
}"""

# True once ipywidgets, seconds after the page, has said of every saved view that its kernel is gone.
VIEWS_ARE_GONE = """() => {
    const outputs = panel.content.widgets.flatMap(cell => cell.model.outputs?.toJSON() ?? []);
    const views = outputs.filter(output => output.data?.["application/vnd.jupyter.widget-view+json"]);
    const said = [...panel.node.querySelectorAll(".jupyter-widgets")].filter(view => view.textContent.includes("model not found"));
    return said.length === views.length;
}"""


class Trial:
    """One explorer under watch, and what was counted of it, by column."""

    def __init__(self, notebook, explorer):
        self.notebook, self.explorer, self.page = notebook, explorer, notebook.page
        self.sliders = explorer.labels("slider")
        self.lists, self.boxes = explorer.labels("combobox"), explorer.labels("checkbox")
        numbers = [f"{label}, number" for label in self.sliders]
        self.texts = [label for label in explorer.labels("textbox") if label not in numbers]
        self.places, self.settled, self.layout = explorer.places(), [], 0
        explorer.box.evaluate(WATCH)
        self.row = {"notebook": Path(notebook.name).stem, "explorer": explorer.name,
                    "controls": len([*self.sliders, *self.lists, *self.boxes, *self.texts])}

    def notes(self):
        return self.explorer.box.evaluate("box => box.notes")

    def settle(self):
        """Wait until nothing changes and the kernel is idle; note how long after the last key the last change came."""
        self.page.wait_for_function(
            f"""box => panel.sessionContext.session.kernel.status === "idle"
                && performance.now() - Math.max(box.notes.key, box.notes.change, box.notes.kernel) > {REST}""",
            arg=self.explorer.box.element_handle(), timeout=MOVE)
        notes = self.notes()
        self.settled.append(max(0, notes["change"] - notes["key"]))
        self.layout += self.explorer.places() != self.places

    def press(self, part, *keys):
        part.focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def arrive(self, label, wanted):
        got = self.explorer.value(label)
        assert abs(got - wanted) <= 1e-9 * max(1, abs(wanted)), f"{self.explorer.name}, {label}: at {got}, not {wanted}"

    def ends(self, label):
        """Go to both ends; return them and the step. What the handle says of its ends is rounded to one digit."""
        slider, said = self.explorer.slider(label), self.explorer.ends(label)
        self.press(slider, "Home")
        low = self.explorer.value(label)
        self.press(slider, "ArrowRight")
        step = self.explorer.value(label) - low
        self.press(slider, "End")
        high = self.explorer.value(label)
        assert max(abs(low - said[0]), abs(high - said[1])) <= 0.05, f"{self.explorer.name}, {label}: {low} to {high}, not {said}"
        return low, high, step

    def move_all(self, rng):
        """Move every control to both ends and to random places; return of the slider with the most steps label and ends."""
        most = {}
        for label in self.sliders:
            low, high, step = self.ends(label)
            steps = round((high - low) / step)
            most[steps] = label, low, high
            digits = len(self.explorer.readout(label).partition(".")[2])
            for _ in range(PLACES):
                wanted = round(low + step * rng.randint(0, steps), digits)
                number = self.explorer.part("textbox", f"{label}, number")
                self.press(number, "ControlOrMeta+a", *f"{wanted:.{digits}f}", "Enter")
                self.arrive(label, wanted)
        for label in self.lists:
            part = self.explorer.part("combobox", label)
            last = part.locator("option").count() - 1
            for at in (0, last, *(rng.randint(0, last) for _ in range(PLACES))):
                self.press(part, "Home", *["ArrowDown"] * at)
                assert part.evaluate("part => part.selectedIndex") == at, f"{self.explorer.name}, {label}: not at option {at}"
        for label in self.boxes:
            for _ in range(2):
                self.press(self.explorer.part("checkbox", label), "Space")
        for label in self.texts:
            part = self.explorer.part("textbox", label)
            words = ["".join(rng.choices(string.ascii_letters + "'- ", k=rng.randint(1, 15))) for _ in range(PLACES)]
            for word in ("", "x" * 40, *words):
                self.press(part, "ControlOrMeta+a", "Backspace", *word)
                assert self.explorer.text(label) == word, f"{self.explorer.name}, {label}: {self.explorer.text(label)!r}, not {word!r}"
        return most[max(most)] if most else None

    def hold(self, label, low, high):
        """Hold an arrow key on a slider; at an end go on with the other one."""
        self.press(self.explorer.slider(label), "Home")
        keys, frames, start = 0, self.notes()["frames"], time.monotonic()
        for key, end in itertools.cycle((("ArrowRight", high), ("ArrowLeft", low))):
            while self.explorer.value(label) != end and time.monotonic() - start < HOLD:
                began = time.monotonic()
                self.page.keyboard.down(key)                            # down again and again: the key repeats
                keys += 1
                time.sleep(max(0, REPEAT - (time.monotonic() - began)))
            self.page.keyboard.up(key)
            if time.monotonic() - start >= HOLD:
                break
        self.settle()
        self.row |= {"held: keys": keys, "frames then": self.notes()["frames"] - frames, "settled (ms)": round(self.settled[-1])}

    def play(self):
        """Press each play button, let it run for two seconds, and press it again."""
        buttons, frames = self.explorer.box.get_by_role("button", name="Play or pause:").all(), self.notes()["frames"]
        for button in buttons:
            self.press(self.explorer.slider(button.get_attribute("aria-label").partition(": ")[2]), "Home")
            button.press("Enter")
            self.page.wait_for_timeout(2000)
            self.press(button, "Enter")
        self.row["play: frames"] = self.notes()["frames"] - frames if buttons else ""

    def reset(self):
        self.press(self.explorer.part("button", f"Reset {self.explorer.name}"), "Enter")

    def count(self):
        """Write down what all moves until now have come to."""
        notes = self.notes()
        self.row |= {"moves": len(self.settled), "frames": notes["frames"], "blank": notes["blank"], "layout": self.layout,
                     "settled, median (ms)": round(statistics.median(self.settled)), "worst (ms)": round(max(self.settled)),
                     f"over {LATE} ms": sum(settled > LATE for settled in self.settled)}


def nudge(explorer):
    """Press one key on an explorer's first slider, or in its text box, and wait for another picture."""
    before, sliders = explorer.source(), explorer.labels("slider")
    if sliders:
        at_start = explorer.value(sliders[0]) == explorer.ends(sliders[0])[0]
        explorer.slider(sliders[0]).press("ArrowRight" if at_start else "ArrowLeft")
    else:
        explorer.type(explorer.labels("textbox")[0], "a")
    explorer.wait_for_picture(before)


def try_explorers(notebook, beside, rng):
    """Try every explorer of a notebook that was run; return the trials and the faults."""
    faults, trials = [], [Trial(notebook, explorer) for explorer in notebook.explorers()]
    for trial in trials:
        first = trial.explorer.pixels(), trial.explorer.summary()
        longest = trial.move_all(rng)
        if longest:
            trial.hold(*longest)
        trial.play()
        trial.reset()
        trial.count()
        if (trial.explorer.pixels(), trial.explorer.summary()) != first:
            faults.append(f"{trial.explorer.name}: reset does not bring back how it opened")
        faults += [f"{trial.explorer.name}: {trial.row[what]} {what}" for what in ("blank", "layout", f"over {LATE} ms")
                   if trial.row[what]]
    with training(notebook) as still:
        for trial in trials:
            answered = 0
            for _ in range(WHILE_TRAINING):
                nudge(trial.explorer)
                answered += still()
            trial.row["while a cell trains"] = f"{answered} of {WHILE_TRAINING}"
    for trial in trials:
        for _ in range(TURNS):
            nudge(trial.explorer)
            nudge(beside)
        trial.row["in turns"] = f"{TURNS} + {TURNS}"
    return trials, faults


@contextmanager
def training(notebook):
    """Run a cell of training at the notebook's end; yield a function that tells whether it still runs; take it away."""
    notebook.page.evaluate("""async code => {
        panel.content.activeCellIndex = panel.content.widgets.length - 1;
        await jupyterapp.commands.execute("notebook:insert-cell-below");
        panel.content.activeCell.model.sharedModel.setSource(code);
        window.training = true;
        jupyterapp.commands.execute("notebook:run-cell").finally(() => { window.training = false; });
    }""", TRAINING)
    yield lambda: notebook.page.evaluate("() => training")
    notebook.page.wait_for_function("() => !training", timeout=10 * MOVE)
    notebook.page.evaluate("() => panel.model.sharedModel.deleteCell(panel.content.widgets.length - 1)")


def try_notebook(browser, address, path, other, rng):
    """Try one notebook, with an explorer of another that is open beside it; return the rows and the faults."""
    notebook = NotebookPage(browser, address, path)
    beside = other.explorers()[0]
    as_stored = notebook.still_explorers()
    notebook.run_all()
    trials, faults = try_explorers(notebook, beside, rng)
    rows = [trial.row for trial in trials] or [{"notebook": Path(path).stem, "explorer": "none"}]
    if as_stored != len(trials):
        faults.append(f"{len(trials)} explorers, {as_stored} stored with picture and caption")
    faults += notebook.misset()

    def look(column):
        """Move every explorer, and collect what is wrong on the page."""
        if trials:
            notebook.page.locator(".explorer").nth(len(trials) - 1).wait_for(timeout=MOVE)
        explorers = notebook.explorers()
        for explorer in explorers:
            nudge(explorer)
        if len(explorers) != len(trials):
            faults.append(f"{column}: {len(explorers)} explorers of {len(trials)}")
        faults.extend(f"{column}: {fault}" for fault in notebook.red() + notebook.console + notebook.strangers
                      + other.red() + other.console)
        notebook.console.clear()
        for row in rows:
            row[column] = "yes"

    notebook.restart_and_run_all()
    look("run again")
    notebook.save()
    notebook.reload()
    look("reloaded")
    notebook.shut_down()
    notebook.reload()
    seen = notebook.still_explorers()
    if seen != len(trials):
        faults.append(f"no kernel: {seen} explorers of {len(trials)} are seen as picture and caption")
    notebook.page.wait_for_function(VIEWS_ARE_GONE, timeout=MOVE)
    notebook.console.clear()        # JupyterLab's own complaints of the kernel that is gone and of the views that went with it
    notebook.run_all()
    look("no kernel")
    notebook.close()
    return rows, faults


def main(names):
    """Try the named notebooks, or all; print the table and the faults; return 1 when there is one."""
    paths, rng, rows, faults = [Path(name) for name in names] or notebooks(), random.Random(0), [], []
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(PROJECT / "notebooks" / "00-start-here.ipynb", Path(folder) / "beside.ipynb")
        with jupyterlab([*paths, copy]) as address, chromium() as browser:
            other = NotebookPage(browser, address, copy)
            other.run_explorers()
            for path in paths:
                print(f"{path.name} ...", file=sys.stderr)
                try:
                    tried, wrong = try_notebook(browser, address, path, other, rng)
                except (AssertionError, Error) as error:
                    tried, wrong = [{"notebook": path.stem, "explorer": "not tried to the end"}], [str(error)]
                rows += tried
                faults += [f"{path.name}: {fault}" for fault in wrong]
    print("|", " | ".join(COLUMNS), "|\n|" + "---|" * len(COLUMNS))
    for row in rows:
        print("|", " | ".join(str(row.get(column, "")) for column in COLUMNS), "|")
    load = f", load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else ""
    print(f"\n{len(paths)} notebooks, {sum('controls' in row for row in rows)} explorers, {sum(row.get('moves', 0) for row in rows)} "
          f"moves, {sum(row.get('frames', 0) for row in rows)} frames{load}; {len(faults)} faults")
    print(*[f"* {fault}" for fault in faults], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
