"""What a lesson's notebook may hold when it is committed, and `labkit course clean`, which removes the rest.

Removed: widget states, metadata of one machine or session, and outputs that show nothing. Named and left to the
author: what only another run or another text can mend, such as a path of one machine in an output. Source, outputs
and tags stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labkit._host.atomic_write import write_text
from labkit._host.notebook import VIEW_MIME
from labkit._host.paths import typed_path
from labkit._host.untrusted import MB, read_json
from labkit.errors import BadArgument

Notebook = dict[str, Any]
COLUMNS, LINES = 76, 15  # of a code cell
LARGEST = 64 * MB  # bytes of a notebook that is read

CELL_METADATA = {"tags", "slideshow", "jupyter", "editable", "deletable"}
NOTEBOOK_METADATA = {"kernelspec", "language_info", "title", "labkit"}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|work|opt|usr|var|mnt|srv|private|Users|Volumes)/[\w.-]+|[A-Z]:\\(?:Users|Windows)\\"
)
OFF_LOOPBACK = re.compile(
    r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import""", re.I
)
INSTALLS = re.compile(r"^\s*[!%]\s*(?:pip|conda|apt|npm)\b", re.M)


@dataclass(frozen=True)
class Cleaned:
    """What `clean` did to a notebook.

    Attributes:
        removed: the problems that the file had and no longer has.
        remaining: the problems that the author must mend.
    """

    removed: list[str]
    remaining: list[str]

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The fields as JSON, for the command of the JupyterLab plugin."""
        return {"text/plain": repr(self), "application/json": asdict(self)}


def clean(path: str | Path) -> Cleaned:
    """Removes what a committed lesson must not hold; writes the notebook in place, whole or not at all.

    Raises:
        LabkitError: the file is missing, is not a notebook, or cannot be written.
    """
    example = 'labkit course clean "notebooks/11-my-lesson.ipynb"'
    path = typed_path(path, next=example)
    try:
        notebook = read_json(path, LARGEST)
    except (OSError, ValueError) as error:
        raise BadArgument(f"{path} cannot be read.", why=f"{error}".rstrip(".") + ".", next=example) from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise BadArgument(f"{path} is not a notebook.", why="a notebook has a list of cells.", next=example)
    cleaned = stripped(notebook)
    if cleaned != notebook:
        write_text(path, json.dumps(cleaned, ensure_ascii=False, indent=1) + "\n")
    remaining = problems(cleaned)
    return Cleaned([p for p in problems(notebook) if p not in remaining], remaining)


def stripped(notebook: Notebook) -> Notebook:
    """A copy with whole streams, without widget states, empty outputs, and metadata of one machine or session."""
    notebook = deepcopy(notebook)
    notebook["metadata"] = _only(notebook.get("metadata"), NOTEBOOK_METADATA)
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        notebook["metadata"]["kernelspec"] = KERNEL
    for cell in notebook["cells"]:
        cell["metadata"] = _only(cell.get("metadata"), CELL_METADATA)
        if cell.get("cell_type") == "code":
            cell["outputs"] = _merged(output for output in cell.get("outputs", []) if not _is_empty(output))
    return notebook


def _merged(outputs: Iterable[Notebook]) -> list[Notebook]:
    """The outputs, with the pieces of a stream, which a slow machine cuts anywhere, as one."""
    merged: list[Notebook] = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if (
            output.get("output_type") == "stream" == last.get("output_type")
            and output["name"] == last["name"]
        ):
            text = joined(last["text"]) + joined(output["text"])
            merged[-1] = last | {"text": text.splitlines(keepends=True)}
        else:
            merged.append(output)
    return merged


def problems(notebook: Notebook) -> list[str]:
    """Everything that keeps a notebook from being committed, one sentence fragment each."""
    metadata, cells = notebook["metadata"], notebook["cells"]
    listed = []
    if "widgets" in metadata:
        listed.append("metadata.widgets: GitHub then refuses to show the notebook")
    machine_keys = sorted({*metadata} - NOTEBOOK_METADATA - {"widgets"})
    listed += [f"metadata.{key} is of one machine" for key in machine_keys]
    if metadata.get("kernelspec", {}).get("name") != "python3":
        listed.append("the kernel is not the plain python3")
    for i, cell in enumerate(cells):
        listed += [f"cell {i}: {problem}" for problem in _problems_of_cell(cell)]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    counts = [cell.get("execution_count") for cell in code if joined(cell["source"]).strip()]
    if counts != [*range(1, len(counts) + 1)]:
        listed.append("the cells were not run once each from top to bottom")
    if code and not any(cell["outputs"] for cell in code):
        listed.append("no output is saved")
    return listed


def _problems_of_cell(cell: Notebook) -> Iterator[str]:
    for key in sorted({*cell["metadata"]} - CELL_METADATA):
        yield f"metadata.{key} is of one session"
    if cell["cell_type"] != "code":
        return
    source = joined(cell["source"])
    lines = source.splitlines()
    yield from (f"a line of {len(line)} columns" for line in lines if len(line) > COLUMNS)
    if len(lines) > LINES:
        yield f"{len(lines)} lines of code"
    if INSTALLS.search(source):
        yield "installs something"
    error_expected = "raises-exception" in cell["metadata"].get("tags", [])
    for kind, text in _output_texts(cell):
        if match := ADDRESS.search(text):
            yield f"an address in memory, {match[0]}, in {kind}"
        if match := MACHINE_PATH.search(text):
            yield f"a path of one machine, {match[0]}, in {kind}"
        if kind == "text/html" and (match := OFF_LOOPBACK.search(text)):
            yield f"asks for something from a network, {match[0]}, in {kind}"
        if kind == "traceback" and not error_expected:
            yield "an error that is not marked as meant"
        if kind == "image/svg+xml":
            yield "SVG, which an untrusted notebook does not show"
    for output in cell["outputs"]:
        data = output.get("data", {})
        if any("widget-view" in mime for mime in data) and not {"image/png", "text/html"} & {*data}:
            yield "a widget without a picture for those who only read"
        if _is_empty(output):
            yield "an output with nothing in it, which a progress bar left"


def _output_texts(cell: Notebook) -> Iterator[tuple[str, str]]:
    """(MIME type or name, text) of everything readable in a code cell's outputs."""
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            yield output["name"], joined(output["text"])
        elif output["output_type"] == "error":
            yield "traceback", "\n".join(output["traceback"])
        else:
            for mime, data in output["data"].items():
                if not mime.startswith("image/") or mime == "image/svg+xml":
                    yield mime, json.dumps(data) if isinstance(data, dict) else joined(data)


def _is_empty(output: Notebook) -> bool:
    """Whether an output shows nothing: a progress bar that has ended, or one that was cleared."""
    data = output.get("data")
    return isinstance(data, dict) and {*data} <= {"text/html", VIEW_MIME} and not data.get("text/html")


def _only(metadata: object, keys: set[str]) -> dict[str, Any]:
    return {
        key: value for key, value in (metadata if isinstance(metadata, dict) else {}).items() if key in keys
    }


def joined(source: str | list[str]) -> str:
    """A text, which a notebook file may hold as a list of lines."""
    return source if isinstance(source, str) else "".join(map(str, source))
