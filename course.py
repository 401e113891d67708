"""The course's one command: sets up what is missing, then opens, tests, refreshes or measures the course.

Standard library only. The file keeps to syntax that old Pythons can read, so that they can say that they are too old.
"""

from __future__ import print_function

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import webbrowser

USAGE = """\
usage: python3 course.py [--extra-index-url URL] [COMMAND]

  (no command)            open the course in JupyterLab
  test [--deps VERSIONS] [PYTEST ARGUMENTS]
                          run every test, or those that pytest is told to run; with the oldest or the newest
                          versions of all packages (VERSIONS is oldest, pinned or newest) in an environment of their own
  refresh [NOTEBOOK ...]  run notebooks anew and store their outputs (all of them, or those named)
  bench                   run the benchmark

Each command first sets up what is missing: .venv, and in it what requirements.txt lists.

  --extra-index-url URL   handed to pip. On Linux without a GPU this gets PyTorch's small CPU build:
                          --extra-index-url https://download.pytorch.org/whl/cpu
  -h, --help              show this text
"""
COMMANDS = ("test", "refresh", "bench")
VERSIONS = ("oldest", "pinned", "newest")
OLDEST_PYTHON = (3, 11)

ROOT = os.path.dirname(os.path.abspath(__file__))
FIRST_NOTEBOOK = "notebooks/00-start-here.ipynb"
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")
READY = os.path.join(VENV, "course-ready")  # holds the fingerprint of what was installed
INSTALLING = os.path.join(VENV, "course-installing")  # exists while an installation writes to .venv

# Run by the Python in .venv: what it is, and which of the packages it is asked for it has.
PROBE = """
import importlib.metadata, importlib.util, json, os, sys, sysconfig
versions = {}
for name in sys.argv[1:]:
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        versions[name] = None
print(json.dumps({
    "python": sys.version_info[:3],
    "pip": importlib.util.find_spec("pip") is not None,
    "folders": [os.path.relpath(sysconfig.get_path(name), sys.prefix) for name in ("purelib", "platlib")],
    "versions": versions,
}))
"""


class CourseError(Exception):
    """What went wrong, in a sentence for the learner."""


def main(arguments):
    """Runs the command line `arguments`; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter shows its code instead
            stream.reconfigure(errors="backslashreplace")
    try:
        check_python()
        command, rest, index_urls = parse(arguments)
        if command == "help":
            print(USAGE, end="")
            return 0
        inner = command_line(command, rest)
        os.environ["PYTHONUTF8"] = "1"  # the course's files are UTF-8, whatever the locale says
        with alone():
            set_up(index_urls)
        give_a_home()
        if command != "bench":
            # For matrices as small as the course's, BLAS threads wait for each other longer than they compute: measured
            # 20 times slower where another program uses the second core, no faster where none does.
            os.environ.setdefault("OMP_NUM_THREADS", "1")
        if command == "open":
            inner = inner + screen_options()
            print("Opening JupyterLab on " + FIRST_NOTEBOOK + "; Ctrl-C in this window ends it.")
        return hand_over([VENV_PYTHON] + inner)
    except CourseError as error:
        print("course.py: " + str(error), file=sys.stderr)
        return 1
    except OSError as error:
        print("course.py: " + explain_os_error(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("course.py: interrupted; run the same command again to go on.", file=sys.stderr)
        return 130


def check_python():
    """Raises: CourseError if this Python is older than the course can use."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise CourseError(
            "this is Python {}.{}, and the course needs Python {}.{} or newer.".format(
                *(tuple(sys.version_info[:2]) + OLDEST_PYTHON)
            )
        )


def parse(arguments):
    """Returns the command ("open" if none is named), its arguments, and the index addresses for pip."""
    command, rest, index_urls = "open", list(arguments), []
    while rest:
        first = rest[0]
        if first == "--extra-index-url":
            if len(rest) < 2:
                raise CourseError("--extra-index-url needs an address after it.")
            index_urls.append(rest[1])
            rest = rest[2:]
        elif first.startswith("--extra-index-url="):
            index_urls.append(first.split("=", 1)[1])
            rest = rest[1:]
        elif first in ("-h", "--help") and command == "open":
            return "help", [], []
        elif command != "open":
            break  # everything from here on belongs to the command
        elif first in COMMANDS:
            command, rest = first, rest[1:]
        else:
            raise CourseError(
                "unknown command {!r}; the commands are {}, and none at all to open the course.".format(
                    first, ", ".join(COMMANDS)
                )
            )
    if command == "bench" and rest:
        raise CourseError("bench takes no arguments, but got {!r}.".format(" ".join(rest)))
    return command, rest, index_urls


def command_line(command, rest):
    """Returns what the Python in .venv is to run for `command`.

    Raises: CourseError if a notebook does not exist, or --deps names no versions.
    """
    if command == "test":
        versions, rest = which_versions(rest)
        if versions == "pinned":
            return ["-m", "pytest"] + rest
        return [os.path.join("tools", "versions.py"), versions] + rest
    if command == "bench":
        return [os.path.join("tools", "bench.py")]
    if command == "refresh":
        return ["-m", "tools.refresh"] + [find_notebook(name) for name in rest]
    find_notebook(FIRST_NOTEBOOK)
    # The address is printed at every level, except where the user has set the token: then INFO prints it.
    level = "INFO" if os.environ.get("JUPYTER_TOKEN") else "ERROR"
    return [
        "-m", "jupyterlab",
        "--ServerApp.root_dir=" + ROOT,
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.answer_yes=True",  # one Ctrl-C ends it, without a question
        "--LabApp.default_url=/lab/tree/" + FIRST_NOTEBOOK,
        "--log-level=" + level,
        "--LabApp.log_level=" + level,
    ]  # fmt: skip


def which_versions(rest):
    """Returns which of VERSIONS is asked for by a leading --deps, and the arguments after it.

    Raises: CourseError if it is none of them.
    """
    if not rest or rest[0].split("=")[0] != "--deps":
        return "pinned", rest
    asked, rest = (rest[0].split("=", 1)[1:] or rest[1:2]), rest[1 if "=" in rest[0] else 2:]
    if not asked or asked[0] not in VERSIONS:
        raise CourseError("--deps needs one of {} after it, but got {}.".format(
            ", ".join(VERSIONS), repr(asked[0]) if asked else "nothing"))
    return asked[0], rest


def find_notebook(name):
    """Returns the path of the notebook `name`: a path, or a name in notebooks/ with or without its ending.

    Raises: CourseError naming the notebooks that exist.
    """
    folder = os.path.join(ROOT, "notebooks")
    for path in (name, os.path.join(ROOT, name), os.path.join(folder, name), os.path.join(folder, name + ".ipynb")):
        if path.endswith(".ipynb") and os.path.isfile(path):
            return os.path.abspath(path)
    existing = sorted(n for n in os.listdir(folder) if n.endswith(".ipynb")) if os.path.isdir(folder) else []
    raise CourseError(
        "there is no notebook {}; notebooks/ holds {}.".format(name, ", ".join(existing) if existing else "none")
    )


def ask_nothing():
    """Sets the defaults of the JupyterLab in .venv: no question about news at the first start, no look for updates."""
    folder = os.path.join(VENV, "share", "jupyter", "lab", "settings")
    path = os.path.join(folder, "overrides.json")
    if not os.path.exists(path):  # the user's own stays
        os.makedirs(folder, exist_ok=True)
        with open(path, "w") as file:
            json.dump({"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}, file)


def screen_options():
    """Returns JupyterLab's options for this screen (or none) and this user; says where the address is if no browser."""
    options = []
    if not has_browser():
        options.append("--no-browser")
        print("There is no browser here: open the address below that begins with http://127.0.0.1 yourself.")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return options


def has_browser():
    """Returns whether a browser can be opened for the user."""
    if not os.environ.get("BROWSER"):  # set by remote editors that open the user's browser elsewhere
        unix_screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if os.name != "nt" and sys.platform != "darwin" and not unix_screen:
            return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


@contextlib.contextmanager
def alone():
    """Holds the lock of this folder, after waiting until no other course.py holds it. It ends with the process."""
    path = os.path.join(ROOT, "course.py")  # this file itself: a lock needs one, and it is here already
    try:
        file = open(path, "r+b")  # on network disks only what may be written can be locked
    except OSError:  # not by os.access: on Windows that knows nothing of a folder's permissions
        file = open(path, "rb")
    with file:
        waits = 0
        while not lock(file):
            waits += 1
            if waits == 5:  # after a second: longer than a look at a finished .venv takes
                print("Another course.py is setting up .venv: this one waits for it.", flush=True)
            time.sleep(0.2)
        yield


def lock(file):
    """Locks `file`; returns False if another process has it locked. Where the disk knows no locks there is none."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(2**30)  # beyond the end, so that others can read the file
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


def give_a_home():
    """Sets HOME to a new folder if the user has none to write to: Jupyter, IPython and matplotlib each want one."""
    home = os.path.expanduser("~")
    if os.name != "nt" and not (os.path.isdir(home) and os.access(home, os.W_OK)):
        os.environ["HOME"] = tempfile.mkdtemp(prefix="rnn-course-home-")
        print("There is no home directory to write to: {} stands in for it.".format(os.environ["HOME"]), flush=True)


def set_up(index_urls):
    """Makes .venv hold what requirements.txt lists; does nothing if it does already.

    Raises: CourseError. What this run made is removed then; a .venv that was there before stays.
    """
    state = None
    if os.path.lexists(VENV):
        state = probe()
        if os.path.exists(INSTALLING):
            remove_venv("An earlier installation was interrupted: .venv is made anew.")
            state = None
        elif state is None:
            remove_venv("The Python in .venv does not run: .venv is made anew.")
        elif tuple(state["python"][:2]) < OLDEST_PYTHON:
            raise CourseError(
                "the Python in .venv is {}.{}, and the course needs {}.{} or newer: remove .venv and try again.".format(
                    *(tuple(state["python"][:2]) + OLDEST_PYTHON)
                )
            )
        elif is_ready(state):
            if index_urls:
                print("Everything is installed already: --extra-index-url is not used.")
            return
    made = state is None
    try:
        if made:
            make_venv()
            state = probe()
            if state is None:
                raise CourseError("the Python in the new .venv does not run.")
        install(state, index_urls)
        state = probe()
        missing = unmet(state) if state else ["a Python that runs"]
        if missing:
            raise CourseError("pip ended without an error, yet .venv lacks " + ", ".join(missing) + ".")
        ask_nothing()
        with open(READY, "w") as file:
            file.write(fingerprint(state))
        os.remove(INSTALLING)
    except BaseException:
        if made:
            shutil.rmtree(VENV, ignore_errors=True)
        raise
    print("Set-up is complete.", flush=True)


def probe():
    """Returns what the Python in .venv says of itself and of the pinned packages; None if it does not run."""
    names = sorted(pins())  # not within the try: a list that cannot be read says nothing of the Python in .venv
    try:
        result = subprocess.run(
            [VENV_PYTHON, "-I", "-c", PROBE] + names, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return json.loads(result.stdout.decode("utf-8")) if result.returncode == 0 else None
    except (OSError, ValueError):
        return None


def pins():
    """Returns the exact versions in requirements.txt, by package name."""
    with open(os.path.join(ROOT, "requirements.txt"), encoding="utf-8") as file:
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;#]+)", file.read(), re.MULTILINE))


def unmet(state):
    """Returns the pinned packages that .venv has not in that version (2.13.0+cpu is a 2.13.0)."""
    found = state["versions"]
    return [name for name, pin in sorted(pins().items()) if pin not in (found[name], (found[name] or "").split("+")[0])]


def fingerprint(state):
    """Returns a digest of all that decides what is installed: the lists, the Python, and where the course lies."""
    digest = hashlib.sha256(repr((state["python"], os.fsencode(ROOT))).encode("ascii"))
    for name in ("requirements.txt", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def is_ready(state):
    """Returns whether .venv holds what an installation from the present lists left there."""
    if not os.path.exists(READY):
        return False
    with open(READY) as file:
        return file.read() == fingerprint(state) and not unmet(state)


def remove_venv(reason):
    """Removes .venv and says why."""
    if os.path.realpath(sys.prefix) == os.path.realpath(VENV):
        raise CourseError(".venv must be made anew, but this command runs inside it: run `deactivate` first.")
    print(reason, flush=True)
    if os.path.islink(VENV) or os.path.isfile(VENV):
        os.remove(VENV)
    else:
        shutil.rmtree(VENV)


def make_venv():
    """Makes .venv, marked as unfinished.

    Raises: CourseError if this Python lacks the module, or the module fails.
    """
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise CourseError(
            "this Python has no {} module, which makes .venv; "
            "on Debian and Ubuntu `sudo apt install python3-venv` installs it.".format(error.name)
        )
    print("Making .venv with Python {}.{}.{}.".format(*sys.version_info[:3]), flush=True)
    os.mkdir(VENV)
    mark_unfinished()
    # Inside an environment that runs this command, its base Python: .venv must not depend on that environment.
    python = getattr(sys, "_base_executable", None) or sys.executable
    code, errors = run_teed([python, "-m", "venv", "--without-pip", VENV])  # `install` adds pip, and hears what goes wrong
    if code != 0:
        raise CourseError(explain(errors, "making .venv", code))


def mark_unfinished():
    """Marks .venv as being written to."""
    with open(INSTALLING, "w") as file:
        file.write("course.py is installing; if nothing is, the installation was interrupted.\n")


def install(state, index_urls):
    """Lets pip install requirements.txt into .venv, marked as unfinished.

    Raises: CourseError if pip fails. The mark is taken back if pip had written nothing.
    """
    before = installed_names(state)
    try:
        mark_unfinished()
        if not state["pip"]:
            code, errors = run_teed([VENV_PYTHON, "-m", "ensurepip", "--default-pip"])
            if code != 0:
                raise CourseError(explain(errors, "adding pip to .venv", code))
            before = installed_names(state)  # pip is there and whole, whatever comes of what it is asked for
        print("Installing what requirements.txt lists; the first time this takes some minutes.", flush=True)
        command = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"]
        for url in index_urls:
            command += ["--extra-index-url", url]
        code, errors = run_teed(command)
        if code != 0:
            raise CourseError(explain(errors, "pip", code))
    except BaseException:
        if installed_names(state) == before and os.path.exists(INSTALLING):
            os.remove(INSTALLING)
        raise


def installed_names(state):
    """Returns the names in .venv's package folders."""
    return sorted(name for folder in set(state["folders"]) for name in os.listdir(os.path.join(VENV, folder)))


def run_teed(command):
    """Runs `command` in the course's folder, its output visible; returns its exit code and what it wrote to stderr."""
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    lines = []
    try:
        for line in iter(process.stderr.readline, b""):
            sys.stderr.buffer.write(line)
            sys.stderr.flush()
            lines.append(line.decode("utf-8", "replace"))
        return process.wait(), "".join(lines)
    except KeyboardInterrupt:  # a terminal sends it to pip as well; give pip the time to put back what it replaces
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    finally:
        process.stderr.close()


DISK_FULL = r"\[Errno 28\]|No space left on device|\[Errno 122\]|Disk quota exceeded|\[WinError 112\]"
NOT_WRITABLE = r"\[Errno 13\]|\[Errno 30\]|\[WinError 5\]"
NOT_FOUND = r"No matching distribution found for (\S+)"
NO_NETWORK = (
    r"NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProtocolError|ProxyError|SSLError|"
    r"Connection refused|Network is unreachable|Max retries exceeded|Could not fetch URL|Failed to connect to"
)
DISK_FULL_SENTENCE = "the disk is full: make room on it and run the same command again."


def explain(errors, what, code):
    """Returns the sentence for what a program wrote to stderr before it failed."""
    if re.search(DISK_FULL, errors):
        return DISK_FULL_SENTENCE
    if re.search(NOT_WRITABLE, errors):
        return "{} may not write where it has to: see the folder named above.".format(what)
    not_found = re.search(NOT_FOUND, errors)
    # Broken connections are warnings, which say nothing of a failure unless a package was not found after them.
    evidence = errors if not_found else re.sub(r"(?m)^\s*WARNING:.*$", "", errors)
    if re.search(NO_NETWORK, evidence):
        return "pip could not reach the package index: there is no network, or a proxy or certificate is in the way."
    if not_found:
        return "pip finds no {} for this Python and system where it looks for packages.".format(not_found.group(1))
    return "{} failed with exit code {}: see the message above.".format(what, code)


def explain_os_error(error):
    """Returns the sentence for an OSError met here."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return DISK_FULL_SENTENCE
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "{} is not writable, and the course has to write there.".format(error.filename)
    return "{}: {}.".format(error.strerror, error.filename)


def hand_over(command):
    """Runs `command` in the course's folder, in place of this process where the system can; returns its exit code."""
    sys.stdout.flush()
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # it went to the command too, which ends as it sees fit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
