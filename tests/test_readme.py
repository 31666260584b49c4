"""The README is run, not believed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import labkit
from labkit.cli import COMMANDS

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
