"""What the scripts of this folder share: one thread, the files that they write, and what is finished when one is stopped.

They import it first: NumPy and torch read the number of threads when they are loaded, and the helpers are those of this
checkout, installed or not.
"""

import json
import os
import platform
import sys
import time
import zlib
from io import BytesIO
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402

from helpers import files  # noqa: E402


def publish(name, content):
    """Write a file of this folder and its line in SHA256SUMS, and say what made it.

    content is bytes, the lines of a table, or a dict of arrays.
    """
    if isinstance(content, list):
        content = "".join(line + "\n" for line in content).encode()
    elif isinstance(content, dict):
        buffer = BytesIO()
        np.savez_compressed(buffer, **content)
        content = buffer.getvalue()
    checksum = files.publish(FOLDER / name, content)
    versions = [f"{module} {sys.modules[module].__version__}" for module in ("numpy", "torch") if module in sys.modules]
    print(f"{name}: {len(content)} bytes, SHA-256 {checksum}; {time.process_time():.0f} s of processor time in this process; "
          f"Python {platform.python_version()}, {', '.join(versions)}, one thread")


def seconds(function, calls=1):
    """Return the processor time of one of so many calls, which leaves out what other programs take."""
    start = time.process_time()
    for _ in range(calls):
        function()
    return (time.process_time() - start) / calls


def part_of(script, *others):
    """Return where a script keeps what is finished until its end.

    The place is named after the content of the script, and of others that decide its results: once one of them has
    changed, nothing from before is taken over. (A change of what they import is not noticed: delete the part.)
    """
    checksum = zlib.crc32(b"".join(Path(path).read_bytes() for path in (script, *others)))
    return FOLDER / f"{Path(script).stem.removeprefix('make_')}-{checksum:08x}.part"


class Finished(dict):
    """Results by key, a tuple: compute(*key) where there is none yet. A stopped script goes on from those that it had.

    Each is a line of JSON in the file `path` as soon as it is there.
    """

    def __init__(self, path, compute=None):
        self.path, self.compute = path, compute
        text = path.read_text() if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:                       # the machine went off while the last line was written
            path.write_text(whole)
        super().__init__((tuple(key), result) for key, result in map(json.loads, whole.splitlines()))

    def __missing__(self, key):
        self[key] = self.compute(*key)
        return self[key]

    def __setitem__(self, key, result):
        super().__setitem__(key, result)
        with self.path.open("a") as file:
            file.write(json.dumps([key, result]) + "\n")
