"""Whether this machine has what the course needs: one sentence, and the facts behind it."""

import importlib.metadata
import importlib.util
import os
import platform
import re
import sys
import timeit

import ipywidgets as widgets
from IPython.display import display

# The oldest versions that do, as in pyproject.toml. torch is asked for apart: notebooks 00 to 04 run without it.
OLDEST = {"python": "3.11", "numpy": "2.2", "matplotlib": "3.11.1", "ipywidgets": "8.1.5", "safetensors": "0.5"}
SMOOTH = 100                    # milliseconds for one move of a slider below which the picture seems to follow the hand
STORED = "Run this cell to see the verdict for your machine."


def verdict(versions, torch):
    """Return one sentence: which notebooks will run with these versions (by name, None where missing), or what to do.

    Used by: show_verdict.
    """
    lacking = [f"{name} is missing" if versions[name] is None else f"{name} {versions[name]} is older than {oldest}"
               for name, oldest in OLDEST.items() if versions[name] is None or _numbers(versions[name]) < _numbers(oldest)]
    if lacking:
        return f"Not ready: {', '.join(lacking)}. Run python3 course.py in the course's folder; it sets everything up."
    if not torch:
        return "Ready for notebooks 00 to 04. The others need torch, which python3 course.py installs."
    return "Ready: every notebook of the course will run here."


def installed():
    """Return the versions found here, by the names in OLDEST; None for what is missing."""
    versions = {"python": platform.python_version()}
    for name in OLDEST.keys() - versions.keys():
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def show_verdict(explorer):
    """Display the verdict on this machine, and below it what was found and how long one move of a slider takes.

    All of it is in a widget, so that a notebook stores none of it: the text stored in its place is STORED.
    Shown in: notebook 00.
    """
    versions, torch = installed(), importlib.util.find_spec("torch") is not None
    name, control = next((name, control) for name, control in explorer.controls.items() if hasattr(control, "step"))
    here = control.value
    there = here + control.step if here < control.max else here - control.step
    seconds = timeit.repeat(lambda: [explorer.set(**{name: value}) for value in (there, here)], number=2, repeat=3)
    milliseconds = 1000 * min(seconds) / 4
    rows = {
        "Python": f"{versions['python']} ({sys.platform}, {os.cpu_count()} processor cores)",
        "packages": ", ".join(f"{name} {versions[name]}" for name in OLDEST if name != "python"),
        "torch": "found" if torch else "not found",
        "one move of a slider": f"{milliseconds:.0f} ms, {'smooth' if milliseconds < SMOOTH else 'a little slow, but it works'}",
    }
    table = "".join(f"<tr><td style='padding-right:2em'>{name}</td><td>{value}</td></tr>" for name, value in rows.items())
    panel = widgets.HTML(f"<p><b>{verdict(versions, torch)}</b></p><table>{table}</table>")
    view = "application/vnd.jupyter.widget-view+json"
    display({view: {"version_major": 2, "version_minor": 0, "model_id": panel.model_id}, "text/plain": STORED}, raw=True)


def _numbers(version):
    """Return the leading numbers of a version, (2, 13, 0) of "2.13.0+cpu"."""
    return tuple(map(int, re.match(r"\d+(\.\d+)*", version)[0].split(".")))
