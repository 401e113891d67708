"""Where else the course runs: the files for Binder and Codespaces, Colab's copies, a JupyterHub's link; and what publishes it.

None of these machines is here. What can be tried without them is tried; CONTRIBUTING.md says what is not.
"""

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
import yaml
from jupyter_server.serverapp import DEFAULT_JUPYTER_SERVER_PORT, ServerApp
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from repo2docker.app import Repo2Docker

import course
from tools.notebook_rules import PROJECT
from tools.web import run_it_yourself

FIRST = Path("notebooks/00-start-here.ipynb")
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = SpecifierSet(PYPROJECT["project"]["requires-python"])
LEARNERS = {Requirement(line).name for line in PYPROJECT["project"]["dependencies"]}
REPOSITORY = PYPROJECT["tool"]["course"]["repository"]
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in PROJECT.glob(".github/workflows/*.yml")}
TEACHING = (PROJECT / "docs" / "teaching.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def no_workflow_runs_this(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)


def without_comments(text):
    return [line.split("#")[0].strip() for line in text.splitlines() if line.split("#")[0].strip()]


# One setting

def test_every_address_follows_from_the_setting(monkeypatch):
    assert run_it_yourself.repository() == REPOSITORY
    monkeypatch.setenv("GITHUB_REPOSITORY", "Ada/rnns")
    assert run_it_yourself.address() == "https://ada.github.io/rnns/"
    assert run_it_yourself.in_repository(Path("data/README.md")) == "https://github.com/Ada/rnns/blob/main/data/README.md"
    assert run_it_yourself.ways(FIRST) == {
        "Download": "notebooks/00-start-here.ipynb",
        "Binder": "https://mybinder.org/v2/gh/Ada/rnns/main?urlpath=lab%2Ftree%2Fnotebooks%2F00-start-here.ipynb",
        "Colab": "https://colab.research.google.com/github/Ada/rnns/blob/colab/notebooks/00-start-here.ipynb",
        "Codespaces": "https://codespaces.new/Ada/rnns/tree/main",
    }


def test_a_setting_that_names_no_repository_is_refused(monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "https://github.com/Ada/rnns")
    with pytest.raises(ValueError, match="repository: expected OWNER/NAME, got 'https"):
        run_it_yourself.address()


@pytest.mark.parametrize("name", ["README.md", "docs/teaching.md", "CITATION.cff"])
def test_links_in_the_text_follow_the_setting(name):
    text = (PROJECT / name).read_text(encoding="utf-8")
    owner, repository = REPOSITORY.lower().split("/")
    assert set(re.findall(r"(?:github\.com(?:/|%2F)|mybinder\.org/v2/gh/|codespaces\.new/)([\w.-]+(?:/|%2F)[\w.-]+)", text)) \
        <= {REPOSITORY, REPOSITORY.replace("/", "%2F")}
    assert set(re.findall(r"https://([\w-]+\.github\.io/[\w.-]+)", text)) <= {f"{owner}.github.io/{repository}"}


# Binder

@pytest.fixture
def build_pack(monkeypatch):
    """What repo2docker, Binder's builder, chooses for the course, as its own program chooses it."""
    monkeypatch.chdir(PROJECT)
    app = Repo2Docker()
    pack = next(pack for pack in (kind(base_image=app.base_image) for kind in app.buildpacks) if pack.detect())
    pack.platform = "linux/amd64"       # Binder's machines, whatever this one is
    return pack


def test_binder_installs_our_list_with_our_python(build_pack):
    assert type(build_pack).__name__ == "PythonBuildPack"
    assert build_pack.python_version == "3.12" and build_pack.python_version in PYTHONS
    installing = [script.replace("\\", "/") for _, script in build_pack.get_assemble_scripts()]
    assert installing == ['${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"']
    steps = build_pack.render({}).replace("\\", "/")
    assert 0 < steps.index(" src/ ${REPO_DIR}/") < steps.index(installing[0]), "-e . needs the course to be there"


def test_binder_has_the_pins_of_all_that_learners_need():
    pinned = without_comments((PROJECT / "requirements.txt").read_text(encoding="utf-8"))
    needed = [line for line in pinned if line.split("==")[0] in LEARNERS or line == "-e ."]
    assert without_comments((PROJECT / "binder" / "requirements.txt").read_text(encoding="utf-8")) \
        == ["--extra-index-url https://download.pytorch.org/whl/cpu", *needed]


# Codespaces

def test_the_container_sets_the_course_up_with_a_python_that_it_can_use():
    text = (PROJECT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    container = json.loads(re.sub(r"(?m)^\s*//.*", "", text))
    assert container["image"].rpartition(":")[2] in PYTHONS
    python, script, *arguments = container["postCreateCommand"].split()
    assert (python, script) == ("python3", "course.py") and course.parse(arguments)[:2] == ("test", ["--version"])
    assert container["forwardPorts"] == [DEFAULT_JUPYTER_SERVER_PORT] == [int(port) for port in container["portsAttributes"]]
    assert all((PROJECT / name).is_file() for name in container["customizations"]["codespaces"]["openFiles"])
    folder = container["containerEnv"]["JUPYTER_CONFIG_PATH"].replace("${containerWorkspaceFolder}", str(PROJECT))
    config = json.loads((Path(folder) / "jupyter_server_config.json").read_text(encoding="utf-8"))["ServerApp"]
    assert set(config) <= set(ServerApp.class_trait_names(config=True))
    assert re.fullmatch(config["allow_origin_pat"], "https://ada-rnns-5v7q-8888.app.github.dev")
    assert not re.fullmatch(config["allow_origin_pat"], "https://elsewhere.dev/?-8888.app.github.dev")


# Colab

def test_the_copies_differ_by_two_cells_and_by_their_links(tmp_path):
    run_it_yourself.main([str(tmp_path)])
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.ipynb"))
    lessons, solutions = PROJECT.glob("notebooks/*.ipynb"), PROJECT.glob("notebooks/solutions/*.ipynb")
    assert written == sorted(path.relative_to(PROJECT) for path in (*lessons, *solutions))
    for path in written:
        copy, original = nbformat.read(tmp_path / path, as_version=4), nbformat.read(PROJECT / path, as_version=4)
        nbformat.validate(copy)
        ids = [cell.id for cell in original.cells]
        assert [cell.id for cell in copy.cells] == ["about-this-copy", "fetch-the-course", *ids]
        for mine, theirs in zip(copy.cells[2:], original.cells, strict=True):
            assert mine == theirs or mine.cell_type == "markdown"
            links = re.findall(r"\]\(([^)\s]+)\)", mine.source) if mine.cell_type == "markdown" else []
            assert [link for link in links if (PROJECT / path.parent / link.partition("#")[0]).is_file()] == []


def test_links_of_a_copy_lead_to_copies_and_to_the_repository():
    text = ("[a](01-the-equations.ipynb#shapes) [b](../data/README.md#sunspots) ![c](pictures/questions-poster.png) "
            "[d](https://d.org) $f[t](x)$ [e](#here)")
    colab = f"https://colab.research.google.com/github/{REPOSITORY}/blob/colab"
    files = f"https://github.com/{REPOSITORY}/blob/main"
    assert run_it_yourself._with_addresses(text, FIRST) == (
        f"[a]({colab}/notebooks/01-the-equations.ipynb#shapes) [b]({files}/data/README.md#sunspots) "
        f"![c]({files}/notebooks/pictures/questions-poster.png?raw=true) [d](https://d.org) $f[t](x)$ [e](#here)")


def test_colab_is_asked_for_all_that_the_helpers_import():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "helpers").rglob("*.py"))
    imported = {"pillow" if name == "PIL" else name for name in re.findall(r"(?m)^ *(?:import|from) (\w+)", code)} & LEARNERS
    assert imported == {"ipywidgets", *run_it_yourself.colab_packages()}


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_the_first_cell_fetches_the_course_and_the_notebook_uses_it(tmp_path, monkeypatch):
    """In a kernel, from a repository of these files that git takes for that on GitHub. Pip is left out: it needs a network."""
    origin = tmp_path / "origin" / REPOSITORY
    shutil.copytree(PROJECT / "helpers", origin / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / FIRST.parent, origin / FIRST.parent, ignore=shutil.ignore_patterns("solutions", ".*"))
    for command in ("init --quiet --initial-branch main", "add .", "-c user.name=a -c user.email=b commit --quiet -m all"):
        subprocess.run(["git", *command.split()], cwd=origin, check=True)
    address = (tmp_path / "origin").as_uri()
    for number, (name, value) in enumerate({f"url.{address}/.insteadOf": "https://github.com/", "safe.directory": "*"}.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", name)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")

    copy = run_it_yourself.colab_copy(FIRST)
    lines = copy.cells[1].source.replace("/content", tmp_path.as_posix()).splitlines()
    fetching = "\n".join(line for line in lines if not line.startswith("%pip"))
    asking = "import os, helpers.files\nprint([os.getcwd(), helpers.files.__file__], flush=True)"
    imports = next(cell.source for cell in copy.cells[2:] if cell.cell_type == "code")
    cells = [nbformat.v4.new_code_cell(source) for source in (fetching, fetching, imports, asking)]
    run = NotebookClient(nbformat.v4.new_notebook(cells=cells), kernel_name="python3").execute()
    here, file = map(Path, ast.literal_eval(run.cells[-1].outputs[0].text))
    fetched = tmp_path / REPOSITORY.split("/")[1]
    assert here.samefile(fetched / FIRST.parent) and file.samefile(fetched / "helpers" / "files.py")
    assert re.findall(r"%pip install --quiet (.*)", copy.cells[1].source) == [" ".join(run_it_yourself.colab_packages())]


# A class

def test_the_plan_has_every_notebook_with_the_minutes_that_it_announces():
    for path in sorted(PROJECT.glob("notebooks/*.ipynb")):
        title = nbformat.read(path, as_version=4).cells[0].source
        minutes = re.search(r"(?:About |Minutes:\* )(\d+)(?: minutes)?, (?:plus|and) (\d+) for the", title).groups()
        row = re.search(rf"\({re.escape('../notebooks/' + path.name)}\)[^|]*\| (\d+) \| (\d+) \|", TEACHING)
        assert row and row.groups() == minutes, path.name


def test_the_hubs_link_opens_the_first_notebook_of_this_repository():
    link = urlsplit(re.search(r"https://YOUR-HUB\S+", TEACHING)[0])
    assert link.path == "/hub/user-redirect/git-pull"
    assert {name: value for name, [value] in parse_qs(link.query).items()} == {
        "repo": f"https://github.com/{REPOSITORY}", "branch": run_it_yourself.BRANCH,
        "urlpath": f"lab/tree/{REPOSITORY.split('/')[1]}/{FIRST.as_posix()}"}


# Workflows

def steps(workflow):
    return [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_what_a_workflow_runs_is_there(workflow):
    for step in steps(workflow):
        for line in re.findall(r"python course\.py (.*)", step.get("run", "")):
            assert course.parse(line.split())[0] in course.COMMANDS
        for name in re.findall(r"-m ([\w.]+)", step.get("run", "")):
            assert importlib.util.find_spec(name), name


def test_the_site_is_published_from_main_after_green_tests_alone():
    workflow = WORKFLOWS["pages"]
    started = workflow[True]            # `on` is read as a YAML truth value
    assert started == {"workflow_dispatch": None, "workflow_run": {
        "workflows": [WORKFLOWS["tests"]["name"]], "types": ["completed"], "branches": ["main"]}}
    build = workflow["jobs"]["build"]
    assert build["if"].split(" || ") == [
        "github.event_name == 'workflow_dispatch' && github.ref_name == 'main'",
        "github.event.workflow_run.conclusion == 'success' && github.event.workflow_run.event == 'push'"]
    first, checkout, *_ = build["steps"]
    assert "--workflow tests.yml" in first["run"] and "--status success" in first["run"], "by hand, too, only what was green"
    assert checkout["with"]["ref"] == "${{ env.COMMIT }}", "what was tested, not what came after it"
    needs = {name: job.get("needs") for name, job in workflow["jobs"].items()}
    assert needs == {"build": None, "deploy": "build", "colab": "build"}
    assert workflow["permissions"] == {"contents": "read"} and workflow["concurrency"]["cancel-in-progress"] is False
    assert workflow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    used = [step["uses"].partition("@")[0] for step in steps("pages") if "uses" in step]
    assert [name for name in used if "pages" in name] == [
        "actions/configure-pages", "actions/upload-pages-artifact", "actions/deploy-pages"]


def test_the_colab_branch_is_pushed_by_its_name():
    push = WORKFLOWS["pages"]["jobs"]["colab"]["steps"][-1]["run"]
    branch = run_it_yourself.COLAB_BRANCH
    assert f"--initial-branch {branch}\n" in push and push.rstrip().endswith(f" {branch}")


def test_links_are_asked_once_a_week():
    assert WORKFLOWS["links"][True]["schedule"]
    assert steps("links")[-1]["run"].endswith(" site --check-links")
