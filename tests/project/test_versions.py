"""tools/versions.py asks pip for what it says: the lower bounds, or the newest there are."""

import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

from tools.versions import ROOT, wanted

PROJECT = {"dependencies": ["numpy>=2.2,<3"], "optional-dependencies": {"test": ["pytest>=9,<10"]}}


def test_oldest_is_the_lower_bound():
    assert wanted(PROJECT, "oldest") == ["numpy==2.2", "pytest==9"]


def test_newest_is_held_by_no_bound():
    assert wanted(PROJECT, "newest") == ["numpy", "pytest"]


def test_a_package_without_lower_bound_is_named():
    with pytest.raises(ValueError, match="lower bound for numpy, got numpy<3"):
        wanted(PROJECT | {"dependencies": ["numpy<3"]}, "oldest")


def test_the_pins_are_within_the_ranges():
    """Each pinned version satisfies the range that pyproject.toml gives, and nothing has a range alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    ranges = {requirement.name: requirement.specifier for requirement in map(Requirement, lines)}
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("#")[0].strip().split("==") for line in lines if "==" in line)
    assert set(pins) == set(ranges)
    for name, version in pins.items():
        assert version in ranges[name], name


def test_the_workflow_runs_all_versions_on_all_systems():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert matrix["deps"] == ["pinned", "newest"]
    assert [(one["os"], one["deps"]) for one in matrix["include"]] == [(system, "oldest") for system in matrix["os"]]
    assert job["steps"][-1]["run"] == ("python course.py test --deps ${{ matrix.deps }} "
                                       "${{ github.event_name == 'schedule' && '--long' || '' }}")
    assert workflow[True]["schedule"], "`on` is read as a YAML truth value"
