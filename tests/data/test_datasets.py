"""data/ is what it says it is; a missing or damaged file is named, with the way to get it back."""

import hashlib
import inspect
import re
import shutil
import subprocess

import numpy as np
import pytest

from helpers import datasets
from helpers.files import publish
from helpers.names.alphabet import normalize

DATA = datasets.DATA
STORED = {path.name for path in DATA.iterdir() if path.suffix in (".csv", ".npz", ".safetensors")}


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


def test_every_file_has_its_checksum_its_place_in_the_readme_and_its_script():
    sums = dict(line.split()[::-1] for line in (DATA / "SHA256SUMS").read_text().splitlines())
    assert sums == {name: hashlib.sha256((DATA / name).read_bytes()).hexdigest() for name in STORED}
    readme = (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    table = " ".join(line for line in readme if line.startswith("| "))
    headings = " ".join(line for line in readme if line.startswith("## "))
    scripts = {path.name: path.read_text(encoding="utf-8") for path in DATA.glob("make_*.py")}
    for name in sorted(STORED | set(scripts)):
        assert f"`{name}`" in table, f"data/README.md has no row for {name} in its table"
    for name, script in scripts.items():
        assert "publish(" in script, f"what {name} writes would be refused"
    for name in sorted(STORED):
        assert name in headings, f"data/README.md has no section on {name}"
        assert name in "".join(scripts.values()), f"no data/make_*.py writes {name}"
        assert (DATA / name).stat().st_size < 400_000, f"{name} is too large for the repository"


def test_what_is_published_is_read(copy):
    content = (copy / "sunspots.csv").read_bytes().replace(b"1957,190.2", b"1957,190.3")
    others = (copy / "SHA256SUMS").read_text().splitlines()[1:]
    assert publish(copy / "sunspots.csv", content) == hashlib.sha256(content).hexdigest()
    assert datasets.sunspots()[1].max() == 190.3
    assert (copy / "SHA256SUMS").read_text().splitlines()[:-1] == others


def test_no_checksum_in_the_readme_is_an_old_one():
    sums = (DATA / "SHA256SUMS").read_text().split()
    assert set(re.findall(r"\b[0-9a-f]{64}\b", (DATA / "README.md").read_text(encoding="utf-8"))) <= set(sums)


def test_each_caller_gets_arrays_of_its_own():
    _, numbers = datasets.sunspots()
    numbers[:] = 0
    assert datasets.sunspots()[1].any()


@pytest.mark.parametrize("name", ["sunspots.csv", "SHA256SUMS"])
def test_git_leaves_the_line_ends_alone(name):
    if shutil.which("git") is None or not (DATA.parent / ".git").exists():
        pytest.skip("not a git checkout, or git is not installed")
    command = ["git", "-c", "safe.directory=*", "check-attr", "text", "--", f"data/{name}"]   # whoever owns the clone
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


def test_no_loader_reads_what_is_damaged(tmp_path, monkeypatch):
    """Where there is no file, each loader still works with what the reader gives, which refuses what is damaged."""
    files, read = {name: (DATA / name).read_bytes() for name in STORED}, set()
    monkeypatch.setattr(datasets, "DATA", tmp_path)
    monkeypatch.setattr(datasets, "_read", lambda name: read.add(name) or files[name])
    for name, loader in inspect.getmembers(datasets, inspect.isfunction):
        if not name.startswith("_"):
            loader()
    assert read == STORED


@pytest.mark.parametrize("loader, digest", [(datasets.surname_writer, "6864c31470e76014"), (datasets.surname_reader, "4e29d249d219f861")])
def test_the_stored_networks_have_the_weights_that_torch_had_saved(loader, digest):
    """Bit for bit, name by name: the digests are those of the checkpoints that torch.save wrote after training."""
    found = hashlib.sha256()
    for name, array in sorted(loader().items()):
        assert array.dtype == np.float32
        found.update(name.encode() + array.tobytes())
    assert found.hexdigest().startswith(digest)


def test_costs_hold_a_ratio_for_each_size():
    for sizes, ratios in datasets.cell_costs().values():
        assert sizes.shape == ratios.shape and (np.diff(sizes) > 0).all() and (ratios > 0).all()
    table = datasets.numpy_vs_torch()
    assert table["hidden_size"].tolist() == [8, 16, 32, 64, 128, 256, 512]
    assert all((table[column] > 0).all() for column in table.dtype.names)


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


def test_surnames_are_of_seventeen_languages_and_no_name_is_in_two_parts():
    table = datasets.surnames()
    assert set(table) == {"language", "name", "original", "part"}
    assert {array.shape for array in table.values()} == {(7594,)}
    languages, counts = np.unique(table["language"], return_counts=True)
    assert len(languages) == 17
    assert counts.max() == 500
    assert len(set(zip(table["language"], table["name"], strict=True))) == 7594
    assert len(set(zip(table["name"], table["part"], strict=True))) == len(set(table["name"]))


def test_surnames_are_their_originals_in_the_alphabet():
    table = datasets.surnames()
    assert [normalize(str(original)) for original in table["original"]] == [(str(name), "") for name in table["name"]]


def test_surnames_have_their_counts_in_the_readme():
    table, readme = datasets.surnames(), (DATA / "README.md").read_text(encoding="utf-8")
    for language in np.unique(table["language"]):
        parts = table["part"][table["language"] == language]
        train, validation, test = (np.count_nonzero(parts == part) for part in ("train", "validation", "test"))
        line = readme.split(f"| {language} | ")[1].split("\n")[0]
        assert f"| {len(parts)} | {train} | {validation} | {test} |" in line
    counts = np.unique(table["name"], return_counts=True)[1]
    assert f"{np.count_nonzero(counts > 1)} names belong to two languages" in " ".join(readme.split())
    assert f"{counts[counts > 1].sum()} rows in all" in " ".join(readme.split())


def test_sequence_costs_grow_as_the_layers_promise():
    costs = datasets.sequence_costs()
    assert set(costs) == {(layer, which) for layer in ("RNN", "LSTM", "convolution", "attention") for which in ("forward", "both")}
    assert costs["RNN", "forward"][1][0] == 1                               # the unit
    slopes = {}
    for (layer, which), (lengths, times) in costs.items():
        assert np.array_equal(lengths, 50.0 * 2 ** np.arange(8)) and (np.diff(times) > 0).all()
        slopes[layer, which] = np.polyfit(np.log(lengths[4:]), np.log(times[4:]), 1)[0]
        assert (times < costs[layer, "both"][1]).all() or which == "both"
    for which in ("forward", "both"):
        assert max(slopes[layer, which] for layer in ("RNN", "LSTM", "convolution")) < 1.3 < 1.5 < slopes["attention", which] < 2.1
    assert costs["LSTM", "both"][1][-1] < costs["RNN", "both"][1][-1]       # notebook 10 says so
