"""course.py as a learner meets it: run as a program on a small copy of the project, where each thing goes wrong."""

import ast
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[2] / "course.py"
WINDOWS = os.name == "nt"
VENV_PYTHON = Path("Scripts", "python.exe") if WINDOWS else Path("bin", "python")
posix_only = pytest.mark.skipif(WINDOWS, reason="needs signals or file permissions as POSIX has them")

# Stands in for pytest in the copies: says how it was called, and ends with a code of its own.
STUB_PYTEST = "import os, sys\nprint('stub pytest', sys.argv[1:], os.getcwd(), sys.flags.utf8_mode)\nsys.exit(5)\n"
# Stands in for pip and uv: says what it was given, and does what the test wants.
STUB_INSTALLER = """\
import os, pathlib, sys, time, zipfile
print("{name} got", sys.argv[1:], sorted(name for name in os.environ if name.startswith(("UV_", "PIP_", "PYTHON"))), flush=True)
{then}
"""
PACKAGES = "[Ll]ib/**/site-packages"
UNPACK = f"zipfile.ZipFile('../wheels/pytest-1.0-py3-none-any.whl').extractall(next(pathlib.Path('.venv').glob('{PACKAGES}')))"
# course.py, but for what a new environment has at once: not Python's own pip, which takes seconds, but that in the folder "pip".
QUICK = f"""\
import os, pathlib, shutil, sys
sys.path.insert(0, os.getcwd())
import course
make_venv_without_pip = course.make_venv

def make_venv():
    make_venv_without_pip()
    shutil.copytree(pathlib.Path(__file__).parent / "pip", next(pathlib.Path(course.VENV).glob("{PACKAGES}")) / "pip")
    return course.probe()[0]

course.make_venv = make_venv
sys.exit(course.main(sys.argv[1:]))
"""


# ---- a small project, and packages for it that need no network


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


def make_project(parent):
    """A copy of course.py in a folder whose name has a space and letters that are not Latin; beside it quick.py."""
    (parent / "quick.py").write_text(QUICK)
    folder = parent / "the course \u5faa\u74b0 \u00e9"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "00-start-here.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    (folder / "pyproject.toml").write_text("")
    shutil.copy(COURSE, folder)
    require(folder, "pytest==1.0")
    wheelhouse(folder).mkdir()
    make_wheel(wheelhouse(folder), "pytest", "1.0", {"pytest.py": STUB_PYTEST})
    pip_does(folder, UNPACK)
    return folder


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """A project after its first start, by course.py itself with Python's own venv and pip; and how it went."""
    project = make_project(tmp_path_factory.mktemp("first"))
    old_system = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # knows ASCII alone
    result = run(project, "test", "-k", "a word", program="course.py", **old_system)
    assert result.returncode == 5, result.stderr
    shutil.rmtree(project.parent / "pip")
    shutil.copytree(packages(project) / "pip", project.parent / "pip")  # for `real_pip`, before a test breaks it
    return project, result


@pytest.fixture
def real_pip(project, first_start):
    """What stood in for pip gives way to pip."""
    shutil.rmtree(project.parent / "pip")
    shutil.copytree(first_start[0].parent / "pip", project.parent / "pip")


def pip_does(project, then):
    """Lets the stand-in for pip do the Python statements `then`."""
    folder = project.parent / "pip"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("")
    (folder / "__main__.py").write_text(STUB_INSTALLER.format(name="pip", then=then))


def wheelhouse(project):
    return project.parent / "wheels"


def require(project, *lines):
    (project / "requirements.txt").write_text("# a reason\n" + "\n".join(lines) + "\n")


def make_wheel(folder, name, version, files):
    info = f"{name}-{version}.dist-info"
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in files))
    return file


def without_uv():
    """The folders of PATH that hold no uv: this machine's is not what is tried here."""
    return os.pathsep.join(folder for folder in os.environ["PATH"].split(os.pathsep) if not shutil.which("uv", path=folder))


def start(project, *arguments, before=(), python=sys.executable, program="../quick.py", stdin=subprocess.DEVNULL, **variables):
    """Start course.py for a user whose pip knows the project's wheels and nothing else.

    It is killed after five minutes, so that no test that reads a line of it waits for ever.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "JUPYTER", "PYTEST", "PYTHON"))}
    kept.update(PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="1", PIP_FIND_LINKS=wheelhouse(project).as_uri())
    kept.update(PYTHONIOENCODING="utf-8", PYTHONDONTWRITEBYTECODE="1", PATH=without_uv())
    kept.update(variables)
    process = subprocess.Popen(
        [*before, python, program, *arguments],
        cwd=project,
        env={k: v for k, v in kept.items() if v is not None},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    end_of_patience = threading.Timer(300, process.kill)
    end_of_patience.daemon = True
    end_of_patience.start()
    return process


def run(project, *arguments, **settings):
    """Start course.py and wait for its end; `settings` are those of `start`."""
    process = start(project, *arguments, **settings)
    output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def make_venv(project):
    """A .venv that the user made, with the pip of the folder "pip"; returns the folder of its packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    shutil.copytree(project.parent / "pip", packages(project) / "pip")
    return packages(project)


def packages(project):
    return next((project / ".venv").glob(PACKAGES))


def assert_sentence(result, *words):
    """Fails unless course.py ended with one sentence of its own that has the `words`, and with code 1."""
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("course.py: ") and last.endswith("."), result.stderr
    assert result.stderr.count("course.py: ") == 1, result.stderr
    for word in words:
        assert word in last, last
    assert 'course.py", line' not in result.stderr, result.stderr
    assert result.returncode == 1


# ---- the command line


def test_help_names_every_command(project):
    result = run(project, "--help")
    assert result.returncode == 0
    for word in ("test", "refresh", "bench", "--extra-index-url"):
        assert word in result.stdout
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("word", ["tests", "--verbose", "open"])
def test_unknown_command_names_the_known_ones(project, word):
    result = run(project, word)
    assert_sentence(result, repr(word), "test", "refresh", "bench")
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("command, rest, program", [
    ("test", ["-q", "a"], ["-m", "pytest"]), ("refresh", ["-q", "a"], ["-m", "tools.refresh"]), ("bench", ["-q", "a"], ["-m", "tools.bench"]),
    *[("test", rest, [os.path.join("tools", "versions.py")]) for rest in (["--deps", "oldest", "-q"], ["--deps=oldest", "-q"], ["--deps"])]])
def test_arguments_are_handed_on(command, rest, program):
    assert load(COURSE).command_line(command, rest) == [*program, *rest]


def test_extra_index_url_needs_an_address(project):
    assert_sentence(run(project, "--extra-index-url"), "--extra-index-url")


def test_missing_first_notebook_is_named(project):
    (project / "notebooks" / "00-start-here.ipynb").unlink()
    assert_sentence(run(project), "00-start-here.ipynb")


# ---- the Python that runs it


def test_file_can_be_read_by_old_pythons():
    """By the Pythons without f-strings and annotations too; and what it imports at the top they have."""
    tree = ast.parse(COURSE.read_text(encoding="ascii"), feature_version=(3, 6))
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.JoinedStr, ast.AnnAssign)), ast.unparse(node)
        assert not getattr(node, "returns", None) and not getattr(node, "annotation", None), ast.unparse(node)
    imported = {name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names}
    assert imported <= set("configparser contextlib errno hashlib json os re shutil subprocess sys tempfile time webbrowser".split())
    assert not any(isinstance(node, ast.ImportFrom) for node in tree.body)


def test_too_old_python_says_so(project):
    old = "import sys; sys.version_info = (3, 10, 4, 'final', 0)"
    pretend = f"{old}; import runpy; runpy.run_path('course.py', run_name='__main__')"
    assert_sentence(run(project, pretend, program="-c"), "3.10", "3.11")
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_python_without_the_venv_module_says_so(project, module):
    stubs = project.parent / "stubs"
    stubs.mkdir()
    (stubs / f"{module}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{module}'\", name='{module}')\n")
    result = run(project, "test", program="course.py", PYTHONPATH=str(stubs))
    assert_sentence(result, f"no {module} module", "python3-venv")
    assert not (project / ".venv").exists()


def test_venv_of_an_old_python_is_left_to_its_owner(project):
    make_venv(project)
    (packages(project) / "old.pth").write_text("import sys; sys.version_info = (3, 9, 2, 'final', 0)\n")
    assert_sentence(run(project, "test"), ".venv", "3.9", "3.11")
    assert (project / ".venv").exists()


# ---- setting up


def test_first_start_sets_up_and_the_second_runs_no_pip(first_start):
    project, first = first_start
    assert "Making .venv" in first.stdout and "Installing" in first.stdout
    assert f"stub pytest ['-k', 'a word'] {project} 1" in first.stdout  # in UTF-8 mode, whatever the locale
    assert (project / ".venv" / "course-ready").exists()
    assert not (project / ".venv" / "course-installing").exists()
    overrides = project / ".venv" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert '"fetchNews": "false"' in overrides.read_text()

    (packages(project) / "pip" / "__main__.py").write_text("raise SystemExit('pip was run')\n")
    second = run(project, "--extra-index-url", "http://127.0.0.1:9", "test")
    assert second.returncode == 5, second.stderr
    assert "Installing" not in second.stdout and "--extra-index-url is not used" in second.stdout

    require(project, "pytest==1.0", "pytest<2")  # a list that changed, though all that it pins is there
    assert "pip was run" in run(project, "test").stderr

    shutil.rmtree(packages(project) / "pytest-1.0.dist-info")
    require(project, "pytest==1.0")
    assert "pip was run" in run(project, "test").stderr


def test_pip_gets_the_extra_index_url(project):
    pip_does(project, "sys.exit(1)")
    make_venv(project)
    for arguments in (["--extra-index-url", "u", "test"], ["test", "--extra-index-url=u", "-k", "a"]):
        result = run(project, *arguments)
        assert "'-r', 'requirements.txt', '--extra-index-url', 'u']" in result.stdout
        assert_sentence(result, "exit code 1")


def test_torch_in_the_users_venv_is_kept(project, real_pip):
    site = make_venv(project)
    with zipfile.ZipFile(make_wheel(project.parent, "torch", "2.13.0+cpu", {"torch.py": "mine = True\n"})) as wheel:
        wheel.extractall(site)
    make_wheel(wheelhouse(project), "torch", "2.13.0", {"torch.py": "mine = False\n"})
    require(project, "pytest==1.0", "torch==2.13.0")

    result = run(project, "test")
    assert result.returncode == 5, result.stderr
    assert "Making .venv" not in result.stdout
    assert (site / "torch.py").read_text() == "mine = True\n"
    assert "Installing" not in run(project, "test").stdout


def test_broken_python_is_noticed_and_made_anew(project):
    make_venv(project)
    python = project / ".venv" / VENV_PYTHON
    python.unlink()
    python.write_text("no longer a program")
    python.chmod(0o755)
    result = run(project, "test")
    assert result.returncode == 5, result.stderr
    assert "does not run" in result.stdout and "anew" in result.stdout


# ---- surroundings


EVIL = {  # what else users set for other projects: it moves, skips or prevents an installation
    "user": "yes", "target": "{elsewhere}", "prefix": "{elsewhere}", "root": "{elsewhere}", "dry-run": "yes", "no-deps": "yes",
    "require-hashes": "yes", "no-binary": ":all:", "ignore-installed": "yes", "constraint": "{elsewhere}/missing.txt",
    "platform": "win32", "python-version": "2.7", "report": "{elsewhere}/report.json", "src": "{elsewhere}", "quiet": "3",
    "require-virtualenv": "yes", "requirement": "{elsewhere}/missing.txt", "python": "{elsewhere}/python", "isolated": "yes",
    "build-constraint": "{elsewhere}/missing.txt", "only-binary": ":none:", "upgrade-strategy": "eager", "log": "{elsewhere}",
}  # fmt: skip


def test_pips_other_settings_stay_out(project, real_pip, tmp_path):
    """Whether variables or a file have them; the file alone says here where packages come from."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    settings = {name: value.format(elsewhere=elsewhere) for name, value in EVIL.items()}
    variables = {"PIP_" + name.upper().replace("-", "_"): value for name, value in settings.items()}
    lines = [f"{name} = {value}" for name, value in settings.items()]
    wheels = [f"find-links = {wheelhouse(project).as_uri()}", "no-index = yes"]
    (tmp_path / "pip.conf").write_text("\n".join(["[global]", *lines, *wheels, "[install]", *lines]))
    make_venv(project)
    result = run(project, "test", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"), PIP_NO_INDEX=None, PIP_FIND_LINKS=None, **variables)
    assert result.returncode == 5, result.stderr + result.stdout
    assert (packages(project) / "pytest.py").exists() and not any(elsewhere.iterdir())


def test_settings_that_say_where_packages_come_from_are_handed_on_and_named(project, tmp_path):
    pip_does(project, "sys.exit('ERROR: No matching distribution found for pytest==1.0')")
    (tmp_path / "pip.conf").write_text(f"[global]\nno-index = yes\nuser = yes\n[install]\nfind-links = {tmp_path.as_uri()}\n")
    result = run(project, "test", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"), PIP_NO_INDEX=None, PIP_FIND_LINKS=None)
    words = [f"{name} of {tmp_path / 'pip.conf'}" for name in ("find-links", "no-index")]
    assert_sentence(result, "pip finds no pytest==1.0", "by your settings", *words)


def test_a_configuration_that_pip_cannot_read_is_left_out_with_a_word(project, tmp_path):
    (tmp_path / "pip.conf").write_text("target = no section\n")
    result = run(project, "test", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert result.returncode == 5, result.stderr
    assert f"pip's configuration {tmp_path / 'pip.conf'} cannot be read and is left out" in result.stdout


def test_pythons_variables_stay_out(project, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "pytest.py").write_text("raise SystemExit('the wrong pytest')\n")
    stub = ("import os, sys\nprint(sorted(name for name in os.environ if name.startswith('PYTHON')), os.environ['PYTHONPATH'], "
            "__doc__, sys.flags.optimize)\nsys.exit(5)\n")
    make_wheel(wheelhouse(project), "pytest", "1.0", {"pytest.py": '"""A docstring."""\n' + stub})
    variables = {"PYTHONPATH": str(mine), "PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2", "PYTHONUSERBASE": str(mine),
                 "PYTHONSTARTUP": str(mine / "none.py"), "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "", "PYTHONINSPECT": ""}
    result = run(project, "test", **variables)
    assert result.returncode == 5, result.stderr
    assert "['PIP_CONFIG_FILE', 'PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PYTHONUTF8']" in result.stdout       # what pip got
    assert f"['PYTHONPATH', 'PYTHONUTF8'] {project} A docstring. 0" in result.stdout


@posix_only
def test_a_python_that_is_called_by_a_link(project, tmp_path):
    """As uv puts them into the user's bin: its library is not found from there."""
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    (tmp_path / "bin").mkdir()
    link = tmp_path / "bin" / "python3"
    link.symlink_to(base)
    result = run(project, "test", python=link, program="course.py", PATH=path_with_uv(project))
    assert result.returncode == 5, result.stderr


@posix_only
def test_a_python_that_does_not_run_says_why(project, monkeypatch, capfd):
    course = load(project / "course.py")
    broken = project / "python"
    broken.write_text("#!/bin/sh\nmkdir -p .venv/bin\nprintf '#!/bin/sh\\necho no module named encodings >&2; exit 1' > .venv/bin/python\n"
                      "chmod +x .venv/bin/python\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "_base_executable", str(broken))
    assert course.main(["test"]) == 1
    shown = capfd.readouterr()
    assert "the Python in the new .venv does not run: no module named encodings." in shown.err
    assert "The unfinished .venv of this run is removed." in shown.out and not (project / ".venv").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
@pytest.mark.parametrize("streams", [
    "<&- >&- 2>&-", "> /dev/full 2> /dev/full", *(pytest.param(one, marks=pytest.mark.long) for one in (">&-", "> /dev/full"))])
def test_closed_and_full_streams(project, real_pip, streams):
    make_wheel(wheelhouse(project), "pytest", "1.0", {"pytest.py": "import sys\nopen('said', 'w').write('it ran')\nsys.exit(5)\n"})
    result = run(project, "test", before=["sh", "-c", f'"$@" {streams}', "sh"])
    assert result.returncode == 5, result
    assert (project / "said").read_text() == "it ran" and "Traceback" not in result.stderr


def test_a_path_that_is_too_long_is_found_before_anything_is_installed(project, monkeypatch, capfd):
    course = load(project / "course.py")
    monkeypatch.setattr(course, "LONGEST_FILE", 3000)                # a name of 1000 letters no file system takes
    assert course.main(["test"]) == 1
    shown = capfd.readouterr()
    assert f"the path of the course's folder, {project}, has {len(str(project))} letters, too many" in shown.err
    assert "Installing" not in shown.out and not (project / ".venv").exists()


def path_with_uv(project):
    """The folders of PATH, the first with a stand-in for uv."""
    folder = project.parent / "uv"
    folder.mkdir()
    (folder / "uv.py").write_text(STUB_INSTALLER.format(name="uv", then=UNPACK))
    (folder / "uv").write_text(f"#!/bin/sh\nexec '{sys.executable}' '{folder}/uv.py' \"$@\"\n")
    (folder / "uv").chmod(0o755)
    return os.pathsep.join([str(folder), without_uv()])


@posix_only
def test_uv_installs_where_it_is_found(project):
    path = path_with_uv(project)
    result = run(project, "--extra-index-url", "http://127.0.0.1:9", "test", program="course.py", PATH=path, UV_TARGET="elsewhere",
                 UV_CACHE_DIR="kept", UV_SYSTEM_PYTHON="1")
    assert result.returncode == 5, result.stderr
    assert (f"'--index-strategy', 'unsafe-best-match', '--find-links={wheelhouse(project).as_uri()}', '--no-index', "
            "'-r', 'requirements.txt', '--extra-index-url', 'http://127.0.0.1:9']") in result.stdout
    assert "['PIP_CONFIG_FILE', 'PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PYTHONUTF8', 'UV_CACHE_DIR']" in result.stdout
    assert not (packages(project) / "pip").exists()
    assert "Installing" not in run(project, "test", PATH=path).stdout


@posix_only
@pytest.mark.parametrize("program", ["/bin/sh\nexit 2", "/nowhere/python"])
def test_where_uv_fails_or_does_not_run_pip_tries(project, tmp_path, program):
    (tmp_path / "uv").write_text(f"#!{program}\n")
    (tmp_path / "uv").chmod(0o755)
    result = run(project, "test", PATH=os.pathsep.join([str(tmp_path), without_uv()]))
    assert result.returncode == 5 and "uv could not do it, so pip tries." in result.stdout, result.stderr


# ---- what can go wrong on the way


def test_a_missing_list_costs_nobody_the_venv(project):
    make_venv(project)
    (project / "requirements.txt").unlink()
    assert_sentence(run(project, "test"), "No such file", "requirements.txt")
    assert (project / ".venv" / VENV_PYTHON).exists()


def test_no_network(project, real_pip):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
    result = run(project, "test", PIP_NO_INDEX=None, PIP_FIND_LINKS=None, PIP_INDEX_URL=address, PIP_RETRIES="1", NO_PROXY="127.0.0.1")
    assert_sentence(result, "no network")
    assert not (project / ".venv").exists()


def test_failure_leaves_the_users_venv_as_it_was(project, real_pip):
    site = make_venv(project)
    (site / "mine.py").write_text("")
    before = sorted(site.rglob("*.dist-info"))
    require(project, "pytest==1.0", "nowhere==3.1")
    assert_sentence(run(project, "test"), "nowhere==3.1")
    assert sorted(site.rglob("*.dist-info")) == before and (site / "mine.py").exists()

    require(project, "pytest==1.0")
    result = run(project, "test")
    assert result.returncode == 5 and "anew" not in result.stdout


@pytest.mark.long
def test_a_venv_that_got_nothing_but_pip_is_not_half_written(project):
    site = make_venv(project)
    shutil.rmtree(site / "pip")  # as uv makes it: without pip
    (site / "mine.py").write_text("")
    require(project, "pytest==1.0", "nowhere==3.1")
    for _ in range(2):
        result = run(project, "test")
        assert_sentence(result, "nowhere==3.1")
        assert "anew" not in result.stdout and (site / "mine.py").exists()


@pytest.mark.long
def test_half_written_users_venv_is_made_anew_the_next_time(project, real_pip):
    make_venv(project)
    impossible = {"pytest.py": STUB_PYTEST, "brittle.py": "", "brittle.py/inside_a_file.py": ""}
    make_wheel(wheelhouse(project), "brittle", "1.0", impossible)
    require(project, "pytest==1.0", "brittle==1.0")
    assert_sentence(run(project, "test"), "pip failed with exit code")
    require(project, "pytest==1.0")
    result = run(project, "test")
    assert result.returncode == 5, result.stderr
    assert "interrupted" in result.stdout and "anew" in result.stdout


def test_disk_full_by_the_words_of_an_installer(project):
    pip_does(project, "sys.exit('OSError: [Errno 28] No space left on device: somewhere')")
    assert_sentence(run(project, "test"), "disk is full")
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("size, program, began", [
    ("40m", "../quick.py", "Installing"), pytest.param("3m", "course.py", "Making .venv", marks=pytest.mark.long)])
def test_disk_full_in_the_middle_of_an_installation(project, real_pip, tmp_path, size, program, began):
    """40 MB, of which pip takes some 15 and a package (of zeros, so small as a wheel) wants 32; or no room for Python's own pip."""
    unshare = ["unshare", "--mount"] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["unshare", "-rm"]
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size={size} tmpfs "{disk}"'
    if not shutil.which("unshare") or subprocess.run([*unshare, "sh", "-c", mount], capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a small file system")
    make_wheel(wheelhouse(project), "large", "1.0", {"large.bin": bytes(32 * 2**20)})
    require(project, "pytest==1.0", "large==1.0")
    script = (f'{mount} && cp -r . "{disk}" && cd "{disk}" || exit 99\n'
              '"$@"; code=$?; test ! -e .venv && echo nothing is left; exit $code')
    result = run(project, "test", before=[*unshare, "sh", "-c", script, "sh"], program=program)
    assert_sentence(result, "disk is full")
    assert began in result.stdout and "nothing is left" in result.stdout


@pytest.fixture
def read_only(project):
    """The project's folder may not be written to; what to put before a command to make that so for root as well."""
    before = []
    if os.geteuid() == 0:  # root writes everywhere, unless that right is taken from it
        if not shutil.which("setpriv"):
            pytest.skip("root writes everywhere, and setpriv, which takes that right away, is not here")
        before = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"]
    folders = [project, *(path for path in project.rglob("*") if path.is_dir() and not path.is_symlink())]
    for folder in folders:
        folder.chmod(0o555)
    yield before
    for folder in folders:
        folder.chmod(0o755)


@posix_only
def test_folder_that_is_not_writable(project, read_only):
    assert_sentence(run(project, "test", before=read_only), str(project / ".venv"), "not writable")
    assert not (project / ".venv").exists()


@pytest.fixture
def ready_venv(project):
    """A .venv in which everything is installed: nothing but a stub of pytest, of which nothing is asked."""
    site = make_venv(project)
    (site / "pytest.py").write_text(STUB_PYTEST)
    require(project)
    mark_ready(project)


@posix_only
def test_folder_that_is_not_writable_will_do_once_everything_is_installed(project, ready_venv, read_only):
    result = run(project, "test", before=read_only)
    assert result.returncode == 5, result.stderr


@posix_only
def test_without_a_home_a_folder_stands_in(project, ready_venv):
    (packages(project) / "pytest.py").write_text("import os\nprint('home', os.path.expanduser('~'))\n")
    for home in (os.devnull, str(project.parent / "nowhere")):
        result = run(project, "test", HOME=home, TMPDIR=str(project.parent))
        made = Path(result.stdout.strip().splitlines()[-1].removeprefix("home "))
        assert made.is_dir() and made.parent == project.parent, result
        assert f"no home directory to write to: {made} stands in" in result.stdout
    assert "stands in" not in run(project, "test", HOME=str(project)).stdout


@posix_only
def test_ctrl_c_during_an_installation_leaves_nothing(project):
    started, put_back = project.parent / "started", project.parent / "put back"
    pip_does(project, f"""
try:
    open({str(started)!r}, 'w').close()
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)
    open({str(put_back)!r}, 'w').close()
""")
    process = start(project, "test")
    wait_for(started.exists, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to course.py and to pip
    output, errors = process.communicate(timeout=90)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1].startswith("course.py: interrupted")
    assert put_back.exists() and not (project / ".venv").exists()


@posix_only
@pytest.mark.long
def test_kill_during_an_installation_is_noticed_by_the_one_that_waited(project):
    started = project.parent / "started"
    pip_does(project, f"open({str(started)!r}, 'w').close(); time.sleep(60)")
    process = start(project, "test")
    wait_for(started.exists, process)
    second = start(project, "test")
    assert "Another course.py" in second.stdout.readline()
    pip_does(project, UNPACK)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=90)
    output, errors = second.communicate(timeout=60)
    assert second.returncode == 5, errors
    assert "interrupted" in output and "anew" in output


def test_two_at_once_install_once(project):
    both = [start(project, "test"), start(project, "test")]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [5, 5], outputs
    assert sorted("Installing" in output for output, _ in outputs) == [False, True], outputs
    assert not any("anew" in output for output, _ in outputs)


# ---- opening JupyterLab


def wait_for(condition, process):
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def borrowed_venv(project):
    """A ready .venv made of links to the environment that runs the tests, so that JupyterLab is in it."""
    if WINDOWS or sys.prefix == sys.base_prefix:
        pytest.skip("needs symbolic links, and tests that run in a virtual environment")
    (project / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        if not path.name.startswith("course-"):
            (project / ".venv" / path.name).symlink_to(path)
    mark_ready(project)
    return {
        "HOME": os.devnull,  # no home directory, so that one in TMPDIR is made: the user's settings stay out of it
        "TMPDIR": str(project.parent),
        "PIP_DRY_RUN": "1",  # should pip be run after all, it must not touch the environment of the tests
    }


def mark_ready(project):
    course = load(project / "course.py")
    (project / ".venv" / "course-ready").write_text(course.fingerprint(course.probe()[0]))


def load(path):
    spec = importlib.util.spec_from_file_location("course_copy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def terminal():
    """A terminal to start JupyterLab in: it treats Ctrl-C in a terminal with more care than elsewhere."""
    ours, theirs = os.openpty()
    yield theirs
    os.close(ours)
    os.close(theirs)


def is_listening(port, address="127.0.0.1"):
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return False
    return True


def get(address):
    """Returns the status and the final address of a GET, without any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=20) as response:
            return response.status, response.url
    except urllib.error.HTTPError as error:
        return error.code, error.url


def test_jupyterlab_opens_on_the_first_notebook_with_token_and_loopback(project, borrowed_venv, terminal):
    """On a bad day at that: without a home directory, and with the first port in use."""
    opened = project.parent / "opened"
    browser = project.parent / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}.part" && mv "{opened}.part" "{opened}"\n')
    browser.chmod(0o755)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        variables = {**borrowed_venv, "JUPYTER_PORT": str(taken.getsockname()[1]), "BROWSER": f"{browser} %s"}
        process = start(project, stdin=terminal, **variables)
        try:
            printed = []
            while not printed or "token=" not in printed[-1]:
                printed.append(process.stderr.readline())
                assert printed[-1], printed + [process.stdout.read()]
            address = printed[-1].strip()
            base, token = address.split("token=")
            port = urllib.parse.urlsplit(base).port
            assert port != taken.getsockname()[1]
            assert base == f"http://127.0.0.1:{port}/lab/tree/notebooks/00-start-here.ipynb?"

            wait_for(lambda: is_listening(port), process)  # the address is printed a moment before
            assert get(address) == (200, address)
            assert "/login" in get(base)[1]
            contents = f"http://127.0.0.1:{port}/api/contents/notebooks"
            assert get(contents)[0] == 403
            assert get(f"{contents}?token={token}")[0] == 200

            for other in ("127.0.0.2", "::1"):  # a server on all addresses would answer here too
                assert not is_listening(port, other)

            wait_for(opened.exists, process)
            page = Path(urllib.request.url2pathname(opened.read_text().removeprefix("file://")))
            assert f":{port}/lab/tree/notebooks/00-start-here.ipynb?token={token}" in page.read_text()
        finally:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate()
    assert process.returncode == 0
    assert "Opening JupyterLab" in output and "no browser here" not in output
    assert not is_listening(port)


@pytest.mark.skipif(WINDOWS or sys.platform == "darwin", reason="there is a browser always")
@pytest.mark.parametrize(
    "variables, found",
    [({}, False), ({"BROWSER": "true %s"}, True), ({"BROWSER": "true %s", "DISPLAY": ":0"}, True)],
)
def test_without_a_browser_the_address_is_for_the_user_to_open(monkeypatch, capsys, variables, found):
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("--no-browser" not in load(COURSE).screen_options()) == found
    assert ("no browser here" not in capsys.readouterr().out) == found
