"""Runs the tests with other versions of the packages than the pinned ones, in an environment of their own.

    python tools/versions.py --deps oldest|pinned|newest [PYTEST ARGUMENTS]

`oldest` is the lower bound of every range in pyproject.toml; `newest` is what the registry serves today, beyond the
upper bounds too, so that a range can be widened before a learner meets the new version. What pip must keep to is told
to pip: PIP_CONSTRAINT names a file with lines such as torch==2.13.0. `pinned` are those of this environment.
`python3 course.py test --deps oldest` calls this.
"""

import argparse
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def wanted(project, deps):
    """Return the requirements for pip: every package of pyproject.toml, the tests' own too, in the versions of `deps`.

    Raises: ValueError naming a package that has no lower bound.
    """
    lines = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    return [_oldest(Requirement(line)) if deps == "oldest" else Requirement(line).name for line in lines]


def _oldest(requirement):
    lower = [bound.version for bound in requirement.specifier if bound.operator in (">=", "==")]
    if len(lower) != 1:
        raise ValueError(f"pyproject.toml: expected one lower bound for {requirement.name}, got {requirement}")
    return f"{requirement.name}=={lower[0]}"


def main():
    """Install into .venv-oldest or .venv-newest, print what is there, run the tests; return pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], add_help=False, allow_abbrev=False)
    parser.add_argument("--deps", choices=("oldest", "pinned", "newest"), required=True)
    deps, rest = parser.parse_known_args()
    if deps.deps == "pinned":
        return subprocess.run([sys.executable, "-m", "pytest", *rest], cwd=ROOT).returncode
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = wanted(project, deps.deps)
    folder = ROOT / f".venv-{deps.deps}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists() or subprocess.run([python, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode:
        venv.create(folder, with_pip=True)                  # again, where it was interrupted before pip was there
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--upgrade", *packages], check=True, cwd=ROOT)
    subprocess.run([*pip, "install", "--no-deps", "--editable", "."], check=True, cwd=ROOT)
    subprocess.run([*pip, "list"], check=True, cwd=ROOT)
    return subprocess.run([python, "-m", "pytest", *rest], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
