"""data/ is what it says it is; a missing or damaged file is named, with the way to get it back."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers import datasets

DATA = Path(__file__).resolve().parents[1] / "data"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Return a copy of data/ from which the datasets are read."""
    shutil.copytree(DATA, tmp_path / "data")
    monkeypatch.setattr(datasets, "DATA", tmp_path / "data")
    return tmp_path / "data"


def test_sunspots_are_three_centuries():
    years, numbers = datasets.sunspots()
    assert years.dtype == numbers.dtype == np.float64
    assert np.array_equal(years, np.arange(1700, 2009))
    assert numbers.shape == (309,)
    assert (numbers[0], numbers[-1]) == (5.0, 2.9)
    assert (numbers.min(), numbers.max(), years[numbers.argmax()]) == (0.0, 190.2, 1957)


def test_each_caller_gets_arrays_of_its_own():
    _, numbers = datasets.sunspots()
    numbers[:] = 0
    assert datasets.sunspots()[1].any()


def test_the_file_has_unix_line_ends_and_its_checksum_stands_in_the_readme():
    content = (DATA / "sunspots.csv").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"2008,2.9\n")
    checksum = hashlib.sha256(content).hexdigest()
    assert f"{checksum}  sunspots.csv" in (DATA / "SHA256SUMS").read_text().splitlines()
    assert checksum in (DATA / "README.md").read_text()


@pytest.mark.parametrize("name", ["sunspots.csv", "SHA256SUMS"])
def test_git_leaves_the_line_ends_alone(name):
    if shutil.which("git") is None or not (DATA.parent / ".git").exists():
        pytest.skip("not a git checkout, or git is not installed")
    command = ["git", "check-attr", "text", "--", f"data/{name}"]
    run = subprocess.run(command, cwd=DATA.parent, capture_output=True, text=True, check=True)
    assert run.stdout.strip().endswith("text: unset")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content.replace(b"1957,190.2", b"1957,190.3"),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content[:-5],
        lambda content: b"",
    ],
    ids=["one digit", "line ends", "cut off", "empty"],
)
def test_a_damaged_file_is_refused(copy, damage):
    path = copy / "sunspots.csv"
    content = path.read_bytes()
    path.write_bytes(damage(content))
    with pytest.raises(ValueError) as caught:
        datasets.sunspots()
    for part in (
        "data/sunspots.csv",
        hashlib.sha256(content).hexdigest(),
        hashlib.sha256(damage(content)).hexdigest(),
        "git checkout -- data/sunspots.csv",
    ):
        assert part in str(caught.value)


def test_a_missing_file_is_named(copy):
    checksum = hashlib.sha256((copy / "sunspots.csv").read_bytes()).hexdigest()
    (copy / "sunspots.csv").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        datasets.sunspots()
    for part in ("data/sunspots.csv", checksum, "git checkout -- data/sunspots.csv"):
        assert part in str(caught.value)


def test_missing_checksums_are_named(copy):
    (copy / "SHA256SUMS").unlink()
    with pytest.raises(FileNotFoundError, match="data/SHA256SUMS.*git checkout -- data/SHA256SUMS"):
        datasets.sunspots()


def test_damaged_checksums_are_named(copy):
    (copy / "SHA256SUMS").write_bytes(b"\xff\x00 nothing\n")
    with pytest.raises(ValueError, match="data/SHA256SUMS.*sunspots.csv.*git checkout -- data/SHA256SUMS"):
        datasets.sunspots()
