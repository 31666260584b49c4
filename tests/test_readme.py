"""The README is run, not believed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import labkit
from labkit.cli import COMMANDS
from labkit.training import recipes

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.slow
def test_the_five_lines_run_and_say_what_they_are_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", README, re.S)
    names: dict[str, object] = {}
    for line in block.splitlines():
        code, _, comment = line.partition("#")
        if comment.strip().startswith("'"):
            assert repr(labkit_eval(code, names)) == comment.strip()
        elif line.startswith("labkit.tasks"):
            assert labkit_eval(code, names) is True
        else:
            exec(code, names)
    assert labkit.Trace.load("my.trace.json") == names["trace"]


def labkit_eval(code: str, names: dict[str, object]) -> object:
    return eval(code.strip(), names)


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    assert "\npython -m pytest\n" in README
    assert "python -m pytest -m" in (ROOT / ".ci/run").read_text()


def test_every_command_and_every_file_that_it_names_exists() -> None:
    for name in re.findall(r"`labkit (\w+)", README):
        assert name in COMMANDS
    for path in re.findall(r"\]\((?!https?:)([^)#]+)\)", README) + re.findall(
        r"`((?:tests|notebooks)/[\w./-]+)`", README
    ):
        assert (ROOT / path).exists(), path


def test_every_place_of_the_views_has_a_test_that_exists_or_says_that_it_was_not_tried() -> None:
    table = README.split("### Where the views work")[1].split("\n## ")[0]
    rows = [row.split("|") for row in table.splitlines() if row.startswith("| ")][1:]
    assert len(rows) == 13
    for _, place, _, test, _ in rows:
        if "not tried" in test:
            continue
        path, name = test.strip(" `").split("::")
        assert f"\ndef {name}(" in (ROOT / path).read_text("utf-8"), place


def test_the_list_of_data_names_the_folders_that_ship_and_no_other() -> None:
    listed = re.findall(r"^\| `(\w+)/` \|", (ROOT / "data/README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(p.name for p in (ROOT / "data").iterdir() if p.is_dir())


def test_a_newcomer_gets_a_copy_and_sees_all_of_it() -> None:
    assert "git clone " in README
    for line in README.splitlines():
        assert "jupyter lab " not in line or "--notebook-dir=. " in line, line


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_lesson_sends_its_reader_only_to_files_that_are_there(path: Path) -> None:
    """A lesson is read in any folder, and most readers have no clone."""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        text = "".join(cell["source"])
        for name in re.findall(r"`(?:python )?((?:data|labkit|notebooks|tests|\.binder|\.ci)/[^`]*)`", text):
            assert (ROOT / name).exists(), name
            assert re.search(r"\bin a clone\b", text), f"{name} without the words: in a clone"
        for name in re.findall(r'labkit\.data_path\("([^"]+)"\)', text):
            assert labkit.data_path(name).exists()
        for name in re.findall(r'\brecipes\.HERE / "([^"]+)"', text):
            assert (recipes.HERE / name).exists()
