"""The course's one command: sets up what is missing, then opens, tests, refreshes or measures the course.

Standard library only. The file keeps to syntax that old Pythons can read, so that they can say that they are too old.
"""

import configparser
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
  test [--deps VERSIONS] [--long] [PYTEST ARGUMENTS]
                          run every test, or those that pytest is told to run; --long adds those that take long;
                          VERSIONS of the packages, each in an environment of its own, are oldest, pinned or newest
  refresh [NOTEBOOK ...]  run notebooks anew and store their outputs (all of them, or those named)
  bench [SECTION ...]     run the benchmark, or the sections named
  site [--serve] [--check-links] [--sample N] [--out FOLDER]
                          build the web site into site/; --serve opens it; --check-links asks whether links still answer;
                          --sample computes only N settings of each explorer

Each command first sets up what is missing: .venv, and in it what requirements.txt lists, by uv where it is found, else by pip.

  --extra-index-url URL   handed to uv and pip. On Linux without a GPU this gets PyTorch's small CPU build:
                          --extra-index-url https://download.pytorch.org/whl/cpu
  -h, --help              show this text
"""
COMMANDS = {"test": "pytest", "refresh": "tools.refresh", "bench": "tools.bench", "site": "tools.web.build"}  # and each one's module
OLDEST_PYTHON = (3, 11)
LISTS = ("requirements.txt", "pyproject.toml")

ROOT = os.path.dirname(os.path.abspath(__file__))
FIRST_NOTEBOOK = "notebooks/00-start-here.ipynb"
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")
READY = os.path.join(VENV, "course-ready")  # holds the fingerprint of what was installed
INSTALLING = os.path.join(VENV, "course-installing")  # exists while an installation writes to .venv

# What a user has set for other projects must not move, skip or prevent this. No variable of Python's is handed
# on, and of pip's settings those alone that say where packages come from and how.
PIP_KEPT = ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "cert", "client-cert",
            "keyring-provider", "timeout", "retries", "cache-dir", "no-cache-dir")  # fmt: skip
# The folders of pip's configuration files, the strongest last (pip's documentation, "Configuration files").
PIP_FOLDERS = ("$XDG_CONFIG_DIRS/pip", "/etc/xdg/pip", "/etc", "/Library/Application Support/pip", "$PROGRAMDATA/pip", "~/.pip", "~/pip",
               "$APPDATA/pip", "~/Library/Application Support/pip", "~/.config/pip", "$XDG_CONFIG_HOME/pip")  # fmt: skip
UV_TAKES = ("index-url", "extra-index-url", "find-links", "no-index")  # under pip's own names
UV_KEPT = r"UV_(INDEX|DEFAULT_INDEX|EXTRA_INDEX|FIND_LINKS|CACHE_DIR|NO_CACHE|NATIVE_TLS|HTTP|INSECURE_HOST|KEYRING|OFFLINE)"
LONGEST_FILE = 185  # letters of the longest path that an installation makes below .venv; a Windows may take 259 in all

# Run by the Python in .venv: which version it is, and what it finds among its packages.
PROBE = """
import json, os, sys, sysconfig
folders = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
print(json.dumps([sys.version_info[:3], sorted(name for f in folders if os.path.isdir(f) for name in os.listdir(f))]))
"""


class CourseError(Exception):
    """What went wrong, in a sentence for the learner."""


def main(arguments):
    """Runs the command line `arguments`; returns the exit code."""
    open_streams()
    try:
        check_version("this is Python", sys.version_info, "")
        command, rest, options = parse(arguments)
        if command == "help":
            say(USAGE.rstrip("\n"))
            return 0
        inner = command_line(command, rest)
        forget_surroundings()
        with alone():
            set_up(options)
        give_a_home()
        os.environ["PYTHONPATH"] = ROOT  # kernels find these helpers first, whatever else has that name
        if command != "bench":
            # For small matrices BLAS threads wait for each other: 20 times slower where another program uses the second core.
            os.environ.setdefault("OMP_NUM_THREADS", "1")
        if command == "open":
            inner = inner + screen_options()
            say("Opening JupyterLab on " + FIRST_NOTEBOOK + "; Ctrl-C in this window ends it.")
        return hand_over([VENV_PYTHON] + inner)
    except (CourseError, OSError) as error:
        say("course.py: " + (explain_os_error(error) if isinstance(error, OSError) else str(error)), "stderr")
        return 1
    except KeyboardInterrupt:
        say("course.py: interrupted; run the same command again to go on.", "stderr")
        return 130


def check_version(which, version, advice):
    """Raises: CourseError if a Python is older than the course can use."""
    if version[:2] < OLDEST_PYTHON:
        raise CourseError("{} {}.{}, and the course needs Python {}.{} or newer{}.".format(which, *version[:2] + OLDEST_PYTHON + (advice,)))


def open_streams():
    """Gives this process and its children the standard streams that were closed; letters that one cannot show become codes."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w"))
        if number and hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="backslashreplace")


def say(text, stream="stdout"):
    """Prints a line; where nothing more can be written, as to a full disk, it is silent from then on."""
    try:
        print(text, file=getattr(sys, stream), flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_RDWR), 1 if stream == "stdout" else 2)


def parse(arguments):
    """Returns the command ("open" if none is named), its arguments, and the options for uv and pip."""
    command, rest, options = "open", list(arguments), []
    while rest:
        first = rest[0]
        if first.split("=")[0] == "--extra-index-url":
            rest = first.split("=", 1) + rest[1:] if "=" in first else rest
            if not "".join(rest[1:2]):
                raise CourseError("--extra-index-url needs an address after it.")
            options, rest = options + rest[:2], rest[2:]
        elif first in ("-h", "--help") and command in ("open", "refresh", "bench"):
            return "help", [], []
        elif command != "open":
            break  # everything from here on belongs to the command
        elif first in COMMANDS:
            command, rest = first, rest[1:]
        else:
            raise CourseError("unknown command {!r}; the commands are {}, and none at all to open the course.".format(
                first, ", ".join(COMMANDS)))
    return command, rest, options


def command_line(command, rest):
    """Returns what the Python in .venv is to run for `command`."""
    if command == "test" and rest[:1] and rest[0].split("=")[0] == "--deps":
        return [os.path.join("tools", "versions.py")] + rest
    if command != "open":
        return ["-m", COMMANDS[command]] + rest
    if not os.path.exists(os.path.join(ROOT, FIRST_NOTEBOOK)):
        raise CourseError("there is no {} beside course.py.".format(FIRST_NOTEBOOK))
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


def forget_surroundings():
    """Takes from the environment what would change the Pythons that run from here on."""
    for name in list(os.environ):
        if name.startswith(("PYTHON", "__PYVENV_LAUNCHER__")):
            del os.environ[name]
    os.environ["PYTHONUTF8"] = "1"  # the course's files are UTF-8, whatever the locale says


def pip_settings():
    """Returns the user's settings of pip that are handed on, {name: (value, file or variable)}."""
    settings = {}
    folders = [os.path.expanduser(os.path.expandvars(folder)) for folder in PIP_FOLDERS] + [VENV]
    files = [os.path.join(folder, "pip.ini" if os.name == "nt" else "pip.conf") for folder in folders]
    own = os.environ.get("PIP_CONFIG_FILE")
    for path in [] if own == os.devnull else files + [own]:
        parser = configparser.RawConfigParser()
        try:
            parser.read([path] if path else [], encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            say("pip's configuration {} cannot be read and is left out.".format(path))
        for section in ("global", "install"):
            for name, value in parser.items(section) if parser.has_section(section) else ():
                settings[name.replace("_", "-")] = value, path
    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            settings[name[4:].lower().replace("_", "-")] = value, name
    return {name: setting for name, setting in settings.items() if name in PIP_KEPT and setting[0]}


def environment_of_installer(settings):
    """Returns the variables for uv or pip: of their settings those alone that do no harm, and no configuration file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_")) or re.match(UV_KEPT, name)}
    given = {"PIP_" + name.upper().replace("-", "_"): value for name, (value, _) in settings.items()}
    return dict(kept, PIP_CONFIG_FILE=os.devnull, **given)


def check_path_length():
    """Raises: CourseError where no file can be as far below .venv as the longest one that is installed, as on many a Windows."""
    folder = os.path.join(VENV, *["d" * (LONGEST_FILE // 3)] * 3)
    try:
        os.makedirs(folder)
    except OSError:
        raise CourseError("the path of the course's folder, {}, has {} letters, too many for what is installed below it: move "
                          "the folder to a shorter path, or let Windows take long paths.".format(ROOT, len(ROOT)))
    finally:
        shutil.rmtree(os.path.join(VENV, "d" * (LONGEST_FILE // 3)), ignore_errors=True)


def give_a_home():
    """Sets HOME to a new folder if the user has none to write to: Jupyter, IPython and matplotlib each want one."""
    home = os.path.expanduser("~")
    if os.name != "nt" and not (os.path.isdir(home) and os.access(home, os.W_OK)):
        os.environ["HOME"] = tempfile.mkdtemp(prefix="rnn-course-home-")
        say("There is no home directory to write to: {} stands in for it.".format(os.environ["HOME"]))


def screen_options():
    """Returns JupyterLab's options for this screen (or none) and this user; says where the address is if no browser."""
    options = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # BROWSER is set by remote editors that open the user's browser elsewhere.
    screen = os.name == "nt" or sys.platform == "darwin" or {"BROWSER", "DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)
    found = None
    with contextlib.suppress(webbrowser.Error):
        found = screen and webbrowser.get()
    if not found:
        options.append("--no-browser")
        say("There is no browser here: open the address below that begins with http://127.0.0.1 yourself.")
    return options


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
                say("Another course.py is setting up .venv: this one waits for it.")
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


def set_up(options):
    """Makes .venv hold what requirements.txt lists; does nothing if it does already.

    Raises: CourseError. What this run made is removed then; a .venv that was there before stays.
    """
    for name in LISTS:
        open(os.path.join(ROOT, name)).close()  # a list that is not there says nothing of the Python in .venv
    state, why = probe() if os.path.lexists(VENV) else (None, None)
    if os.path.exists(INSTALLING):
        why = "An earlier installation was interrupted"
    elif why:
        why = "The Python in .venv does not run ({})".format(why)
    elif state:
        check_version("the Python in .venv is", state[0], ": remove .venv and try again")
        if is_ready(state):
            if options:
                say("Everything is installed already: --extra-index-url is not used.")
            return
    if why:
        remove_venv(why + ": .venv is made anew.")
        state = None
    made = state is None
    try:
        install(state or make_venv(), options)
        state, why = probe()
        if state is None:
            raise CourseError("after the installation the Python in .venv does not run: {}.".format(why))
        ask_nothing()
        write(READY, fingerprint(state))
        os.remove(INSTALLING)
    except BaseException:
        if made and os.path.lexists(VENV):
            say("The unfinished .venv of this run is removed.")
            shutil.rmtree(VENV, ignore_errors=True)
        raise
    say("Set-up is complete.")


def probe():
    """Returns the version of the Python in .venv and the names of what is installed, and None; or None and why it does not run."""
    try:
        result = subprocess.run([VENV_PYTHON, "-I", "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if result.returncode != 0:
            return None, (result.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"])[-1].rstrip(".")
        version, names = json.loads(result.stdout.decode("utf-8"))
        return (tuple(version), names), None
    except (OSError, ValueError) as error:
        return None, str(error).rstrip(".")


def fingerprint(state):
    """Returns a digest of all that decides what is installed, and of what is: the lists, the Python, where the course lies."""
    version, names = state
    packages = [name for name in names if name.endswith(".dist-info")]
    digest = hashlib.sha256(repr((version, os.fsencode(ROOT), packages)).encode("utf-8"))
    for name in LISTS:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def is_ready(state):
    """Returns whether .venv is as an installation from the present lists left it."""
    if not os.path.exists(READY):
        return False
    with open(READY) as file:
        return file.read() == fingerprint(state)


def remove_venv(reason):
    """Removes .venv and says why."""
    if os.path.realpath(sys.prefix) == os.path.realpath(VENV):
        raise CourseError(".venv must be made anew, but this command runs inside it: run `deactivate` first.")
    say(reason)
    if os.path.islink(VENV) or os.path.isfile(VENV):
        os.remove(VENV)
    else:
        shutil.rmtree(VENV)


def make_venv():
    """Makes .venv without pip; returns what its Python says of itself.

    Raises: CourseError if this Python lacks the module, if the module fails, or if the Python in .venv does not run.
    """
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise CourseError("this Python has no {} module, which makes .venv; "
                          "on Debian and Ubuntu `sudo apt install python3-venv` installs it.".format(error.name))
    say("Making .venv with Python {}.{}.{}.".format(*sys.version_info[:3]))
    # The base of an environment that runs this command; called by a link, a Python may find no library: then its own file.
    base = getattr(sys, "_base_executable", None) or sys.executable
    for python in sorted({base, os.path.realpath(base)}, key=lambda path: path != base):
        os.makedirs(VENV, exist_ok=True)
        check_path_length()
        code, errors = run_teed([python, "-m", "venv", "--clear", "--without-pip", VENV])
        if code != 0:
            raise CourseError(explain(errors, "making .venv", code))
        state, why = probe()
        if state is not None:
            return state
    raise CourseError("the Python in the new .venv does not run: {}.".format(why))


def install(state, options):
    """Lets uv, or else pip, install requirements.txt into .venv, marked as unfinished.

    Raises: CourseError if pip fails. The mark is taken back if nothing was written.
    """
    try:
        write(INSTALLING, "course.py is installing; if nothing is, the installation was interrupted.\n")
        say("Installing what requirements.txt lists; the first time this takes some minutes.")
        settings = pip_settings()
        if shutil.which("uv"):
            if install_by_uv(options, settings):
                return
            say("uv could not do it, so pip tries.")
        if "pip" not in state[1]:
            code, errors = run_teed([VENV_PYTHON, "-m", "ensurepip", "--default-pip"], environment_of_installer({}))
            if code != 0:
                raise CourseError(explain(errors, "adding pip to .venv", code))
            state = probe()[0] or state  # pip is there and whole, whatever comes of what it is asked for
        command = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-r", "requirements.txt"] + options
        code, errors = run_teed(command, environment_of_installer(settings))
        if code != 0:
            raise CourseError(explain(errors, "pip", code, settings))
    except BaseException:
        if probe()[0] == state and os.path.exists(INSTALLING):
            os.remove(INSTALLING)
        raise


def install_by_uv(options, settings):
    """Returns whether uv has installed requirements.txt into .venv, from where pip would take it."""
    command = ["uv", "pip", "install", "--no-config", "--python", VENV_PYTHON, "--index-strategy", "unsafe-best-match"]
    for name in sorted(set(UV_TAKES) & set(settings)):
        command += ["--{}={}".format(name, address) for address in settings[name][0].split()] if name != "no-index" else ["--no-index"]
    with contextlib.suppress(OSError):  # a uv that does not run
        return run_teed(command + ["-r", "requirements.txt"] + options, environment_of_installer(settings))[0] == 0
    return False


def ask_nothing():
    """Sets the defaults of the JupyterLab in .venv: no question about news at the first start, no look for updates."""
    folder = os.path.join(VENV, "share", "jupyter", "lab", "settings")
    os.makedirs(folder, exist_ok=True)
    if "overrides.json" not in os.listdir(folder):  # the user's own stays
        quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
        write(os.path.join(folder, "overrides.json"), json.dumps(quiet))


def write(path, text):
    """Writes a small file of the course's own into .venv."""
    with open(path, "w") as file:
        file.write(text)


def run_teed(command, variables=None):
    """Runs `command` in the course's folder, its output visible; returns its exit code and what it wrote to stderr."""
    process = subprocess.Popen(command, cwd=ROOT, env=variables, stderr=subprocess.PIPE)
    lines = []
    try:
        for line in iter(process.stderr.readline, b""):
            lines.append(line.decode("utf-8", "replace"))
            say(lines[-1].rstrip("\r\n"), "stderr")
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


def explain(errors, what, code, settings=()):
    """Returns the sentence for what a program wrote to stderr before it failed; `settings` are those of pip that it was given."""
    places = ["{} of {}".format(name, place) for name, (_, place) in sorted(dict(settings).items())]
    given = ", by your settings " + ", ".join(places) if places else ""
    if re.search(DISK_FULL, errors):
        return DISK_FULL_SENTENCE
    if re.search(NOT_WRITABLE, errors):
        return "{} may not write where it has to: see the folder named above.".format(what)
    not_found = re.search(NOT_FOUND, errors)
    # Broken connections are warnings, which say nothing of a failure unless a package was not found after them.
    evidence = errors if not_found else re.sub(r"(?m)^\s*WARNING:.*$", "", errors)
    if re.search(NO_NETWORK, evidence):
        return "pip could not reach the package index: there is no network, or a proxy or certificate is in the way{}.".format(given)
    if not_found:
        return "pip finds no {} for this Python and system where it looks for packages{}.".format(not_found.group(1), given)
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
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # it went to the command too, which ends as it sees fit
            return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
