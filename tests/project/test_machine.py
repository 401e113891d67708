"""helpers/machine.py: a plain verdict, and none of it is stored."""

import tomllib
from pathlib import Path

import pytest

from helpers import machine
from helpers.explorers.fading_memory import fading_memory

GOOD = {"python": "3.11.7", "numpy": "2.4.6", "matplotlib": "3.11.2", "ipywidgets": "8.1.9", "safetensors": "0.8.0"}


@pytest.mark.parametrize("changed, torch, said", [
    ({}, True, "Ready: every notebook of the course will run here."),
    ({}, False, "Ready for notebooks 00 to 04. The others need torch, which python3 course.py installs."),
    ({"numpy": "1.26.4"}, True, "Not ready: numpy 1.26.4 is older than 2.2. Run python3 course.py"),
    ({"numpy": "2.10.0rc1", "python": "3.14.0+"}, True, "Ready: every"),
    ({"matplotlib": None, "python": "3.9.2"}, False, "Not ready: python 3.9.2 is older than 3.11, matplotlib is missing. Run"),
])
def test_verdict(changed, torch, said):
    assert machine.verdict(GOOD | changed, torch).startswith(said)


def test_the_oldest_versions_are_those_of_pyproject():
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = {line.split(">=")[0]: line.split(">=")[1].split(",")[0] for line in project["dependencies"]}
    bounds["python"] = project["requires-python"].removeprefix(">=")
    assert {name: bounds[name] for name in machine.OLDEST} == machine.OLDEST


def test_this_machine_has_what_it_tests():
    assert machine.verdict(machine.installed(), True).startswith("Ready")


def test_what_is_shown_is_not_stored_and_the_explorer_is_left_as_it_was(monkeypatch):
    shown = []
    monkeypatch.setattr(machine, "display", lambda data, raw: shown.append(data))
    explorer = fading_memory()
    explorer.set(kept=1.0)
    machine.show_verdict(explorer)
    data, = shown
    assert data["text/plain"] == machine.STORED and set(data) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert explorer.values == explorer.defaults | {"kept": 1.0}
