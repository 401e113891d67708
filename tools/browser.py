"""A real JupyterLab in a headless Chromium: opens a notebook, runs it, moves its explorers, sees what is on the page.

    python tools/browser.py NOTEBOOK FOLDER

runs the notebook and stores screenshots in FOLDER: the whole notebook in slices, and each explorer as it opens.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

ON_THE_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "${PROGRAMFILES}/Google/Chrome/Application/chrome.exe",
    "${PROGRAMFILES(X86)}/Google/Chrome/Application/chrome.exe",
    "${LOCALAPPDATA}/Google/Chrome/Application/chrome.exe",
    "${LOCALAPPDATA}/Chromium/Application/chrome.exe",
)
# --no-sandbox: the browser sees our own loopback pages only, and root or a container has no sandbox to offer.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},        # every cell in the page, seen or not
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
SIZE = {"width": 1280, "height": 1000}
LOAD, RUN, MOVE = 90_000, 600_000, 30_000      # longest waits in ms: the page, a whole notebook, one slider
# ipywidgets asks a new kernel for its widgets, and may lose those that are made meanwhile: once this is answered, it is done.
WIDGETS_ASKED = "() => panel.sessionContext.session?.kernel?.requestCommInfo({})"
# What is red on a page: stderr, a traceback, a widget that failed, an explorer's error line, a dialog, an error toast.
RED = ", ".join(('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]',
                 '.jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]',
                 ".jupyter-widgets-error-widget", ".jupyter-widgets [role=alert]", ".jp-Dialog",
                 ".Toastify__toast--error"))


def find_browser():
    """Return the path of a Chromium or Chrome, or None; the environment variable CHROMIUM has the first word.

    Raises: ValueError when CHROMIUM names nothing that can be run.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if not found:
            raise ValueError(f"CHROMIUM: expected the path of a Chromium or Chrome, got {named!r}")
        return found
    found = map(shutil.which, (*ON_THE_PATH, *map(os.path.expandvars, ELSEWHERE)))
    return next(filter(None, found), None)


@contextmanager
def jupyterlab(notebooks):
    """Start JupyterLab on loopback over copies of the notebooks; yield its address (it ends with the token).

    Nothing is read from the user's Jupyter settings, and nothing is written to them or beside the notebooks.
    Raises: RuntimeError with the end of the server's log when it does not come up.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        root = home / "notebooks"
        root.mkdir()
        for notebook in notebooks:
            shutil.copy(notebook, root)
        for plugin, values in SETTINGS.items():
            path = home / "config" / "lab" / "user-settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values), encoding="utf-8")
        places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
                  "IPYTHONDIR": "ipython"}
        # One thread for the kernels' matrix products: with two on a busy machine they mostly wait for each other.
        environment = {"OMP_NUM_THREADS": "1"} | os.environ | {name: str(home / at) for name, at in places.items()}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1",
                   f"--ServerApp.port={_free_port()}", f"--ServerApp.root_dir={root}",
                   "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly", "--allow-root"]
        log = home / "log"
        with log.open("wb") as stream, subprocess.Popen(
                command, env=environment, cwd=root, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT) as server:
            try:
                yield _address(server, home / "runtime", log)
            finally:
                server.terminate()
                try:
                    server.wait(20)
                except subprocess.TimeoutExpired:
                    server.kill()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _address(server, runtime, log):
    """Wait until the server answers; return its address, taken from the file in which it writes it down."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))       # to loopback, whatever proxy the user has
    deadline = time.monotonic() + LOAD / 1000
    while time.monotonic() < deadline and server.poll() is None:
        for written in runtime.glob("jpserver-*.json"):
            try:
                told = json.loads(written.read_text(encoding="utf-8"))
                url = f"http://127.0.0.1:{told['port']}/lab?token={told['token']}"
                with opener.open(url, timeout=10):
                    return url
            except (ValueError, OSError):                       # half written, or not listening yet
                pass
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


@contextmanager
def chromium():
    """Start the browser headless; yield Playwright's Browser.

    Raises: RuntimeError when there is no Chromium or Chrome.
    """
    path = find_browser()
    if path is None:
        raise RuntimeError("no Chromium or Chrome found; set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class NotebookPage:
    """One notebook in JupyterLab, in a browser tab of its own.

    `console`  : what the page reported as an error, so far
    `strangers`: addresses outside this machine that the page asked for, so far
    """

    def __init__(self, browser, address, notebook):
        self.lab, self.name = address, Path(notebook).name
        self.console, self.strangers = [], []
        self.page = browser.new_page(viewport=SIZE)         # in a window of its own: a tab behind another is not painted
        self.page.on("console", lambda message: message.type == "error" and self.console.append(
            f"{message.text} ({message.location['url'].partition('?')[0]})"))
        self.page.on("pageerror", lambda error: self.console.append(error.stack or str(error)))
        self.page.on("request", lambda request: urlsplit(request.url).hostname not in ("127.0.0.1", None)     # None: data, blobs
                     and self.strangers.append(request.url))
        self.reload()

    def reload(self):
        """Load the page anew, as it is on disk; the kernel, if it runs, runs on."""
        # A workspace of its own, so that a second notebook does not open the first one beside it.
        self.page.goto(self.lab.replace("/lab?", f"/lab/workspaces/{Path(self.name).stem}/tree/{self.name}?"), timeout=LOAD)
        self.page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length",
                                    timeout=LOAD)
        self._wait_until_open("""async () => {
            await jupyterapp.restored;
            jupyterapp.shell.collapseLeft();
            return jupyterapp.shell.currentWidget;
        }""")

    def open(self, notebook):
        """Open another notebook in place of the present one, whose kernel ends; what it had not saved is lost."""
        self.name = Path(notebook).name
        self._wait_until_open(f"""async () => {{
            await panel.sessionContext.shutdown();
            panel.dispose();
            return jupyterapp.commands.execute("docmanager:open", {{path: "{self.name}"}});
        }}""")

    def _wait_until_open(self, panel):
        """Wait until the panel that an asynchronous script returns shows its notebook and has a kernel."""
        self.page.evaluate(f"""() => {{
            window.opened = false;
            ({panel})().then(panel => {{
                window.panel = panel;
                return Promise.all([panel.context.ready, panel.revealed, panel.sessionContext.ready]);
            }}).then({WIDGETS_ASKED}).then(() => {{ window.opened = true; }});
        }}""")
        self.page.wait_for_function("() => window.opened", timeout=LOAD)

    def run_all(self):
        """Run every cell; return when the kernel is idle.

        Raises: AssertionError with what is red on the page when a cell was left without an execution count.
        """
        self._run("""() => jupyterapp.commands.execute("notebook:run-all-cells")""")

    def restart_and_run_all(self):
        """Give the notebook a new kernel, run every cell, return when the kernel is idle."""
        self._run(f"""() => panel.sessionContext.restartKernel().then({WIDGETS_ASKED})
            .then(() => jupyterapp.commands.execute("notebook:run-all-cells"))""")

    def _run(self, script):
        self.page.evaluate(f"""() => {{
            window.ended = false;
            ({script})().finally(() => {{ window.ended = true; }});
        }}""")
        self.page.wait_for_function("() => ended && panel.sessionContext.session.kernel.status === 'idle'", timeout=RUN)
        missing = self.page.evaluate("""() => panel.content.widgets
            .filter(cell => cell.model.type === "code" && cell.model.sharedModel.source.trim()
                            && !cell.model.executionCount).map(cell => cell.model.id)""")
        assert not missing, f"{self.name}: cells without an execution count: {missing}\n" + "\n".join(self.red())

    def save(self):
        """Save the notebook with what it shows."""
        self.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")

    def shut_down(self):
        """End the kernel."""
        self.page.evaluate("() => panel.sessionContext.shutdown()")

    def red(self):
        """Return the texts of all that is red on the page."""
        return [element.inner_text() for element in self.page.locator(RED).all() if element.is_visible()]

    def misset(self):
        """Return `cell id: what` for code, text or output that is wider than the page, and for TeX that MathJax refuses."""
        return self.page.evaluate("""() => panel.content.widgets.flatMap(cell => {
            const parts = [...cell.node.querySelectorAll(".cm-scroller, .jp-RenderedMarkdown, .jp-OutputArea-output")];
            const wide = parts.some(part => part.offsetParent && part.scrollWidth > part.clientWidth + 1);
            const refused = [...cell.node.querySelectorAll("math merror, math [mathcolor=red]")].map(part => part.textContent);
            const left = cell.node.querySelector(".jp-RenderedMarkdown")?.innerText.match(/[$][^$]+[$]/) ?? [];
            return [...(wide ? ["cut off at the right"] : []), ...refused, ...left].map(what => `${cell.model.id}: ${what}`);
        })""")

    def explorers(self):
        """Return the explorers on the page, in order."""
        names = self.page.locator(".explorer-reset").evaluate_all("buttons => buttons.map(button => button.title.slice(6))")
        return [self.explorer(name) for name in names]

    def explorer(self, name):
        """Return the explorer of that name, once its picture is there."""
        return ExplorerOnPage(self, name)

    def still_explorers(self):
        """Return how many explorers are seen as a picture that does not move, with its words as the caption below it."""
        return self.page.evaluate("""() => [...panel.node.querySelectorAll(".jp-OutputArea em")].filter(caption => {
            const above = caption.closest(".jp-OutputArea-child").previousElementSibling?.querySelector(".jp-RenderedImage img");
            return caption.textContent.startsWith("Explorer \\u201c") && caption.offsetParent
                && above?.complete && above.naturalWidth && above.offsetParent;
        }).length""")

    def slices(self, folder, stem):
        """Store the notebook from top to bottom as pictures."""
        self.page.set_viewport_size(SIZE | {"height": 1800})
        scroller = self.page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer")
        total, step = scroller.evaluate("node => [node.scrollHeight, node.clientHeight]")
        for number, top in enumerate(range(0, total, step), 1):
            scroller.evaluate("(node, top) => { node.scrollTop = top; }", top)
            self.page.wait_for_timeout(150)                     # for the picture only: let the page paint
            scroller.screenshot(path=folder / f"{stem}-{number:02d}.png")
        self.page.set_viewport_size(SIZE)

    def close(self):
        """End the kernel and close the tab."""
        self.shut_down()
        self.page.close()


class ExplorerOnPage:
    """One explorer as a reader has it: sliders and other controls, a picture, a summary, an error line."""

    def __init__(self, notebook, name):
        self.name, self.page = name, notebook.page
        self.box = self.page.locator(f'.explorer[aria-label="Explorer {name}"]')       # a role is found by a walk over the page
        self.picture = self.box.get_by_role("img", name=f"Picture of the explorer {name}.")
        self.wait_for_picture(None)

    def part(self, role, label):
        """Return a control by its role and by the name that a screen reader reads out."""
        return self.box.get_by_role(role, name=label, exact=True)

    def labels(self, role):
        """Return the names of the controls of that role, in order."""
        return self.box.get_by_role(role).evaluate_all(
            "parts => parts.map(part => part.ariaLabel ?? part.labels[0].textContent)")

    def slider(self, label):
        """Return the slider's handle, which takes the keys."""
        return self.part("slider", label)

    def value(self, label):
        return float(self.slider(label).get_attribute("aria-valuetext"))

    def ends(self, label):
        """Return the slider's least and greatest value."""
        return tuple(float(self.slider(label).get_attribute(name)) for name in ("aria-valuemin", "aria-valuemax"))

    def readout(self, label):
        """Return the number beside the slider, as it is written."""
        return self.part("textbox", f"{label}, number").inner_text()

    def summary(self):
        return self.box.locator(".explorer-summary .widget-html-content").inner_text()

    def source(self):
        """Return the picture's address: another one for each new frame."""
        return self.picture.get_attribute("src")

    def pixels(self):
        """Return the picture as the browser decoded it: its size and a checksum (FNV-1a) of all its pixels."""
        return self.picture.evaluate("""image => {
            const size = [image.naturalWidth, image.naturalHeight], ink = new OffscreenCanvas(...size).getContext("2d");
            ink.drawImage(image, 0, 0);
            const pixels = new Uint32Array(ink.getImageData(0, 0, ...size).data.buffer);
            return [...size, pixels.reduce((sum, pixel) => Math.imul(sum ^ pixel, 16777619), 2166136261)];
        }""")

    def press(self, label, *keys):
        """Press keys on a slider, and wait for a new picture after each."""
        for key in keys:
            before = self.source()
            self.slider(label).press(key)
            self.wait_for_picture(before)

    def reset(self):
        """Press the reset button with the keyboard, and wait for a new picture."""
        before = self.source()
        self.part("button", f"Reset {self.name}").press("Enter")
        self.wait_for_picture(before)

    def wait_for_picture(self, before):
        """Wait until the picture is another one than `before`, whole, and on the screen."""
        self.page.wait_for_function(               # not async: Playwright takes any promise for true
            "([image, before]) => image.getAttribute('src') !== before && image.complete && image.naturalWidth > 0",
            arg=[self.picture.element_handle(timeout=MOVE), before], timeout=MOVE)
        self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def wait_until(self, what, differs_from):
        """Wait until `what()` (such as `explorer.summary`) is another value than the given one; return it."""
        deadline = time.monotonic() + MOVE / 1000
        while (now := what()) == differs_from:
            assert time.monotonic() < deadline, f"{self.name}: still {now!r} after {MOVE // 1000} s"
            self.page.wait_for_timeout(20)
        return now

    def places(self):
        """Return where the explorer's cell and parts stand in the notebook: `[left, top, width, height]` each."""
        return self.box.evaluate("""box => {
            const cell = box.closest(".jp-Cell"), origin = cell.parentElement.getBoundingClientRect();
            const inside = ".widget-inline-hbox, .slider-container, button, img, .widget-html";
            const seen = [cell, box, ...box.querySelectorAll(inside)].filter(part => part.getClientRects().length);
            return seen.map(part => part.getBoundingClientRect())
                .map(place => [place.left - origin.left, place.top - origin.top, place.width, place.height]);
        }""")


def photograph(notebook, folder):
    """Run the notebook in the browser; store its slices and explorers in `folder`; return what is wrong on the page."""
    folder.mkdir(parents=True, exist_ok=True)
    with jupyterlab([notebook]) as address, chromium() as browser:
        page = NotebookPage(browser, address, notebook)
        try:
            page.run_all()
        finally:
            page.slices(folder, notebook.stem)
            for number, explorer in enumerate(page.explorers(), 1):
                explorer.box.screenshot(path=folder / f"{notebook.stem}-explorer-{number}.png")
        found = page.red() + page.console + page.strangers + page.misset()
        page.close()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run a notebook in a headless browser and store screenshots.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    if not asked.notebook.is_file():
        sys.exit(f"{asked.notebook}: no such notebook")
    problems = photograph(asked.notebook, asked.folder)
    print(*sorted(path.name for path in asked.folder.glob(f"{asked.notebook.stem}-*.png")), sep="\n")
    sys.exit("On the page or in the console:\n" + "\n".join(problems) if problems else 0)
