"""The lesson *A real distill* opens a teacher's folder of thoughts in place of the set of the repository."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from labkit.course.truth import output_texts

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
LESSON = ROOT / "notebooks/11-a-real-distill.ipynb"
FORMATS = ROOT / "tests/traces/formats"
THOUGHT = "<think>17 + 25 is 32.\n\nWait, let me check: 7 + 5 is 12, so it is 42.</think>It is 42."


def fill(folder: Path) -> None:
    """A text, rows without rewards, an answer of a server, a log, and a line that cannot be read."""
    folder.mkdir()
    (folder / "a.txt").write_text(THOUGHT, "utf-8")
    rows = [{"problem": f"{n} + 25?", "generation": THOUGHT} for n in range(4)]
    (folder / "b.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "{broken\n", "utf-8")
    for name in ("openai-chat.json", "inspect.eval"):
        shutil.copy(FORMATS / name, folder)


@pytest.mark.parametrize("named", [False, True])
def test_every_cell_runs_on_the_thoughts_of_a_teacher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    folder = tmp_path / ("elsewhere" if named else "my-traces")
    fill(folder)
    if named:
        monkeypatch.setenv("LABKIT_TRACES", str(folder))
    book = nbformat.read(LESSON, 4)
    until = next(i for i, cell in enumerate(book.cells) if "a circuit that copies" in cell.source)
    book.cells = book.cells[:until]
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    text = "\n".join("\n".join(output_texts(cell)) for cell in book.cells if cell.cell_type == "code")
    assert f"TracesView({folder.name})" in text
    assert "The output says A: more than half of them" in text
    assert "of 48 thoughts" not in text and "TokenView" in text.split("The output says A")[1]
