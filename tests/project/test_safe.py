"""No file of the course runs what was stored as data, or reaches for the network."""

import ast
from pathlib import Path

import nbformat
import pytest

PROJECT = Path(__file__).resolve().parents[2]
MODULES = [*sorted((PROJECT / "helpers").rglob("*.py")), *sorted((PROJECT / "data").glob("*.py"))]
NOTEBOOKS = sorted((PROJECT / "notebooks").rglob("[0-9]*.ipynb"))

NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "xmlrpc", "requests", "urllib3", "httpx", "aiohttp",
           "websocket", "websockets", "torchvision", "datasets", "huggingface_hub"}
RUNS_DATA = {"shelve", "marshal", "dill", "joblib", "cloudpickle", "jsonpickle"}


def dangers(source):
    """Return what in the source runs stored data as code, or reaches for the network, one sentence each."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            roots = {name.split(".")[0] for name in names}
            found += [f"imports {name}, which reaches for the network" for name in sorted(roots & NETWORK)]
            found += [f"imports {name}, which can run what it reads" for name in sorted(roots & RUNS_DATA)]
            if isinstance(node, ast.ImportFrom) and node.module in ("pickle", "torch.hub", "torch.serialization"):
                found.append(f"imports from {node.module}")
            if isinstance(node, ast.ImportFrom) and node.module in ("torch", "numpy") and {"load", "hub"} & {a.name for a in node.names}:
                found.append(f"imports load or hub from {node.module}, which must stand where they are called")
            if isinstance(node, ast.Import) and any(alias.asname and alias.name in ("pickle", "torch") for alias in node.names):
                found.append("gives pickle or torch another name")
        elif isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            if name.startswith("pickle.") and name not in ("pickle.UnpicklingError", "pickle.PicklingError"):
                found.append(f"uses {name}")
            if name.startswith("torch.hub") or node.attr == "load_state_dict_from_url":
                found.append(f"uses {name}, which reaches for the network")
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            said = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if name in ("eval", "exec", "compile", "__import__", "os.system"):
                found.append(f"calls {name}")
            if name == "torch.load" and said.get("weights_only") != "True":
                found.append("calls torch.load without weights_only=True")
            if name in ("np.load", "numpy.load") and len(node.args) > 2:
                found.append(f"calls {name} with allow_pickle unnamed")
            if said.get("allow_pickle", "False") != "False":
                found.append(f"calls {name} with allow_pickle={said['allow_pickle']}")
            if any(isinstance(part, ast.Constant) and str(part.value).startswith(("http:", "https:", "ftp:"))
                   for part in node.args):
                found.append(f"calls {name} with an address in the network")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_module(path):
    assert dangers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path):
    cells = nbformat.read(path, as_version=4).cells
    assert {cell.id: dangers(cell.source) for cell in cells if cell.cell_type == "code" and dangers(cell.source)} == {}


@pytest.mark.parametrize("source", [
    "import socket", "import urllib.request", "from urllib.request import urlopen", "def f():\n    import requests",
    "import shelve", "from joblib import load", "from pickle import load", "import pickle\npickle.load(file)",
    "load = pickle.loads", "eval('1')", "exec(text)", "compile(text, '', 'exec')", "os.system('ls')",
    "torch.load('a.pt')", "torch.load('a.pt', weights_only=False)", "np.load('a.npy', allow_pickle=True)",
    "torch.hub.load('a', 'b')", "model = torch.hub.load", "np.loadtxt('https://example.org/a.csv')",
    "torch.utils.model_zoo.load_state_dict_from_url", "from torch import load", "from numpy import load", "import pickle as p",
    "np.load('a.npy', None, True)",
])
def test_what_is_refused(source):
    assert dangers(source)


@pytest.mark.parametrize("source", [
    "model.eval()", "re.compile('a')", "np.load('a.npz')", "torch.load(file, weights_only=True)", "model.load(path)",
    "import pickle\ntry:\n    f()\nexcept pickle.UnpicklingError:\n    pass", "np.load('a.npy', allow_pickle=False)",
])
def test_what_is_allowed(source):
    assert dangers(source) == []
