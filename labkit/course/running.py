"""Runs a lesson in a fresh kernel, beside the files that it reads."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from labkit.course.lesson import Lesson, import_of_jupyter

LONGEST_CELL = 600  # seconds


def run(lesson: Lesson, *, folder: Path | None = None) -> tuple[Any, float]:
    """Runs a copy of a lesson from top to bottom; the progress of the user stays as it is.

    Args:
        lesson: the lesson, which is not changed.
        folder: where the kernel starts; by default the folder of the lesson.

    Returns:
        The notebook with its new outputs, and the seconds of the run from the start of the kernel. A cell that fails
        without being marked as meant to fail ends the run, and its error is in its outputs.
    """
    nbclient = import_of_jupyter("nbclient")
    notebook = deepcopy(lesson.notebook)
    place = folder or lesson.path.parent
    client = nbclient.NotebookClient(
        notebook,
        timeout=LONGEST_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(place)}},
        extra_arguments=["--log-level=40"],  # ipykernel warns of its own transport otherwise
    )
    with tempfile.TemporaryDirectory() as progress:
        began = time.perf_counter()
        with suppress(nbclient.exceptions.CellExecutionError):  # the caller finds it in the outputs
            client.execute(env={**os.environ, "LABKIT_PROGRESS": progress})
        return notebook, time.perf_counter() - began


def errors(notebook: Any) -> list[str]:
    """The errors in the outputs of cells that are not marked as meant to fail: the cell's number and the error."""
    return [
        f"cell {number}: {output.ename}: {output.evalue}"
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", [])
        for output in cell.outputs
        if output.output_type == "error"
    ]
