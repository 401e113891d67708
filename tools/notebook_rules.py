"""What a stored notebook must be, as far as it can be told without running it; each fault is one sentence.

`python tools/notebook_rules.py [NOTEBOOK ...]`; without an argument, every notebook under notebooks/.
"""

import ast
import json
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat.validator import iter_validate

PROJECT = Path(__file__).resolve().parent.parent
NOTEBOOK_BYTES, OUTPUT_BYTES, CELL_LINES, WIDTH = 1_000_000, 200_000, 25, 128         # WIDTH: what a window of 1280 pixels shows
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
LAST_SECTION = "What you can now do"
MIMETYPES = ("image/png", "text/html", "text/latex", "text/markdown", "text/plain")

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"(?=.*\d)[0-9a-f-]{6,}")
SENTENCE = re.compile(r"\S+(\s+\S+){2,}[.?]", re.DOTALL)
FORBIDDEN_IN_CODE = {
    "carries an nbval marker": re.compile(r"#\s*(NBVAL_|PYTEST_VALIDATE_)"),
    "calls get_ipython": re.compile(r"\bget_ipython\b"),
    "uses pyplot": re.compile(r"\b(pyplot|pylab)\b"),
    "silences warnings": re.compile(r"\b(catch_warnings|filterwarnings|simplefilter|captureWarnings|showwarning|seterr)\b"),
    "touches sys.path": re.compile(r"\bsys\.path\b"),
}
FORBIDDEN_IN_OUTPUTS = {
    "a path of one machine": re.compile(
        r"(?<![\w.:/])/(home|root|Users|tmp|var|opt|usr|mnt|private|work|srv)/|\b[A-Z]:\\\w+|(?<![\w\\])~/|file://|site-packages"),
    "a memory address": re.compile(r"\b0x[0-9a-fA-F]{6,}"),
    "a time of day": re.compile(r"\b([01]?\d|2[0-3]):[0-5]\d:[0-5]\d\b|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d"),
    "a measured time": re.compile(r"\d\s?([nµμum]s)\b|\d\.\d+\s?(s|sec|seconds?)\b|\bit/s\b"),
    "a script or an embedded page": re.compile(r"<\s*(script|iframe|object|embed|link)\b|javascript:", re.IGNORECASE),
    "a remote resource": re.compile(r"""\b(src|data|poster)\s*=\s*["']?(https?:)?//|url\(\s*["']?(https?:)?//"""
                                    r"""|!\[[^\]]*\]\(\s*<?(https?:)?//""", re.IGNORECASE),
}


def faults(path):
    """Return every fault of the stored notebook at `path`, each as one sentence that names the cell."""
    path = Path(path)
    try:
        content = path.read_bytes()
        notebook = parsed(content)
    except (OSError, ValueError) as error:
        return [f"This is not a valid notebook: {error}."]
    found = [*_file_faults(notebook, len(content)), *_order_faults(notebook), *_anatomy_faults(notebook, path)]
    for position, cell in enumerate(notebook.cells):
        name = f"Cell {cell.get('id', position)!r}"
        found += [f"{name} {fault}." for fault in _cell_faults(cell, path.parent)]
    return found


def parsed(content):
    """Return the notebook that a file's bytes hold. Raises: ValueError saying why it is not valid."""
    try:                        # nbformat's read and validate would mend some faults without a word, and make up ids at random
        notebook = nbformat.v4.reads(content.decode("utf-8"))
        invalid = next(iter_validate(notebook), None)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        invalid = error
    if invalid:
        raise ValueError(str(invalid).strip().splitlines()[0]) from invalid
    return notebook


def _file_faults(notebook, size):
    if size > NOTEBOOK_BYTES:
        yield f"The notebook has {size} bytes; {NOTEBOOK_BYTES} are allowed."
    if "widgets" in notebook.metadata:
        yield "The notebook stores widget state."
    if {name: notebook.metadata[name] for name in notebook.metadata if name != "widgets"} != METADATA:
        yield "The notebook's metadata are not those that refresh writes."
    ids = [cell.get("id") for cell in notebook.cells]
    for cell_id in ids:
        if cell_id is None:
            yield "A cell has no id."
        elif not SLUG.fullmatch(cell_id) or RANDOM_ID.fullmatch(cell_id) or not re.search("[a-z]{3}", cell_id):
            yield f"Cell {cell_id!r} needs an id that can be read: small words joined by hyphens."
    for cell_id in sorted({cell_id for cell_id in ids if cell_id and ids.count(cell_id) > 1}):
        yield f"Cell {cell_id!r} shares its id with another cell."


def _order_faults(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for wanted, cell in enumerate([cell for cell in code if cell.source.strip()], 1):
        if cell.execution_count is None:
            yield f"Cell {cell.get('id')!r} was not executed."
        elif cell.execution_count != wanted:
            yield f"Cell {cell.get('id')!r} was executed as number {cell.execution_count}; from top to bottom it is {wanted}."


def _anatomy_faults(notebook, path):
    text = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    title = notebook.cells[0].source.split("\n")[0] if text and notebook.cells[0] is text[0] else ""
    number = re.match(r"\d\d[a-z]?", path.name)
    if not re.fullmatch(rf"# {number[0] if number else '[0-9][0-9]'} \S.*", title):
        yield f"The first cell does not begin with a title like '# {number[0] if number else '04'} Title'."
    sections = [line[3:].strip() for cell in text for line in _without_code(cell.source).split("\n") if line.startswith("## ")]
    if not sections or sections[-1] != LAST_SECTION:
        yield f"The last section is not '## {LAST_SECTION}'."
    for position, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        imports = any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(_tree(cell.source)))
        if imports and position > 0:
            yield f"Cell {cell.get('id')!r} imports; only the first code cell does."
        if not imports and position == 0:
            yield f"Cell {cell.get('id')!r} is the first code cell and imports nothing."


def _cell_faults(cell, folder):
    if cell.metadata:
        yield (f"carries metadata ({', '.join(sorted(cell.metadata))}); no cell is hidden, skipped, tagged or timed")
    if not cell.source.strip():
        yield "is empty"
    if cell.cell_type == "raw":
        yield "is raw; there are only Markdown and code"
    elif cell.cell_type == "markdown":
        yield from _link_faults(cell.source, folder)
    else:
        yield from _code_faults(cell.source)
        yield from _output_faults(cell.outputs)


def _code_faults(source):
    lines = sum(1 for line in source.split("\n") if line.strip())
    if lines > CELL_LINES:
        yield f"has {lines} lines of code; {CELL_LINES} are allowed"
    widest = max(source.split("\n"), key=len)
    if len(widest) > WIDTH:
        yield f"has a line of {len(widest)} characters, {WIDTH} are allowed: {widest.strip()[:40]}..."
    try:
        ast.parse(source)
    except SyntaxError as error:
        yield f"is not plain Python (a magic, a shell command or a mistake) in line {error.lineno}"
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.ImportFrom) and any(name.name == "*" for name in node.names):
            yield f"imports * from {node.module}"
    for what, pattern in FORBIDDEN_IN_CODE.items():
        if pattern.search(source):
            yield what


def _output_faults(outputs):
    for position, output in enumerate(outputs):
        size = len(json.dumps(output, ensure_ascii=False).encode("utf-8"))
        if size > OUTPUT_BYTES:
            yield f"stores an output of {size} bytes; {OUTPUT_BYTES} are allowed"
        if output.output_type == "error":
            yield f"stores an error: {output.ename}"
        elif output.output_type == "stream":
            if output.name == "stderr":
                yield f"wrote to stderr: {output.text.strip().splitlines()[0] if output.text.strip() else 'blanks'}"
            yield from _text_faults(output.text)
        else:
            for mimetype, data in output.data.items():
                if mimetype not in MIMETYPES:
                    yield f"stores {mimetype}; allowed are {', '.join(MIMETYPES)}"
                elif mimetype != "image/png":
                    yield from _text_faults(data)
            if "image/png" in output.data:
                yield from _picture_faults(output, outputs[position + 1:position + 2])


def _picture_faults(output, following):
    alt = output.metadata.get("image/png", {}).get("alt")
    if not isinstance(alt, str):
        yield "shows a picture without alternative text"
    elif not SENTENCE.fullmatch(alt.strip()):
        yield f"shows a picture whose alternative text is no sentence: {alt!r}"
    elif [after.get("data", {}).get("text/markdown") for after in following] != [f"*{alt}*"]:
        yield f"shows a picture without its caption, the Markdown output '*{alt}*', right after it"


def _text_faults(text):
    for what, pattern in FORBIDDEN_IN_OUTPUTS.items():
        hit = pattern.search(text)
        if hit:
            yield f"stores {what} in an output: {text[max(0, hit.start() - 10):hit.end() + 20]!r}"


def _link_faults(source, folder):
    text = _without_code(source)
    for what in ("a script or an embedded page", "a remote resource"):
        if FORBIDDEN_IN_OUTPUTS[what].search(text):
            yield f"holds {what}"
    prose = re.sub(r"\$[^$]*\$", "", text)
    links = re.findall(r"\]\(\s*<?([^)>\s]+)", prose) + re.findall(r"\b(?:href|src)\s*=\s*[\"']([^\"']+)", prose)
    for link in links:
        parts = urlsplit(link)
        if not parts.scheme and not parts.netloc and parts.path and not (folder / unquote(parts.path)).exists():
            yield f"links to {link}, which is not there"


def _without_code(source):
    """Drop fenced code and code spans: what stands in them is no heading and no link."""
    source = re.sub(r"^(```|~~~).*?^\1", "", source, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]+`", "", source)


def _tree(source):
    try:
        return ast.parse(source)
    except SyntaxError:                        # reported by _code_faults
        return ast.Module(body=[], type_ignores=[])


def notebooks():
    """Return every notebook of the course, in order."""
    found = (PROJECT / "notebooks").rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def main(names):
    """Print the faults of the named notebooks, or of all; return 1 when there is one."""
    found = [f"{path}: {fault}" for path in (names or notebooks()) for fault in faults(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
