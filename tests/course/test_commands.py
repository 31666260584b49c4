"""The actions of `labkit course`: each has a help of one line, and the help imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from labkit import cli
from labkit._course_commands import ACTIONS


def test_the_help_lists_every_action_with_its_first_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["course", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, action in ACTIONS.items():
        first = (action.run.__doc__ or "").partition("\n")[0]
        assert f" {name} " in f" {shown} " and first.endswith(".")
        assert " ".join(first.rstrip(".").split()) in shown


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_explains_its_arguments(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["course", name, "--help"])
    assert ended.value.code == 0 and f"usage: labkit course {name}" in capsys.readouterr().out


def test_the_help_of_the_course_imports_neither_numpy_nor_torch() -> None:
    code = (
        "import sys, labkit.cli\ntry: labkit.cli.main(['course', '--help'])\nexcept SystemExit: pass\n"
        "sys.exit(bool({'torch', 'numpy', 'nbformat'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_a_mistyped_action_hears_the_nearest_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["labkit", "course", "studnt", "x"])
    with pytest.raises(SystemExit):
        cli.main(["course", "studnt", "x"])
    assert capsys.readouterr().err.endswith("Next: labkit course student\n")
