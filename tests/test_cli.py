from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace

import pytest

from labkit import __version__, cli
from labkit.errors import LabkitError


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "labkit", *args], capture_output=True, text=True)


def test_help_lists_every_command_with_its_first_line_of_documentation() -> None:
    shown = " ".join(run("--help").stdout.split())
    for name, command in cli.COMMANDS.items():
        assert name in shown
        assert command.help
        assert " ".join(command.help.split()) in shown


def test_help_and_doctor_import_no_torch() -> None:
    for args in ("['--help']", "['doctor']"):
        code = (
            f"import sys, labkit.cli\ntry: labkit.cli.main({args})\nexcept SystemExit: pass\n"
            "sys.exit('torch' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_version_is_that_of_the_package() -> None:
    assert run("--version").stdout.strip() == f"labkit {__version__}"


def test_a_mistyped_command_hears_the_nearest_one() -> None:
    result = run("docter")
    assert result.returncode == 2
    assert result.stderr.endswith("Next: labkit doctor\n")


def test_no_command_says_how_to_see_them_all() -> None:
    result = run()
    assert result.returncode == 2
    assert result.stderr.endswith("Next: labkit --help\n")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "COMMANDS", {})


@pytest.mark.usefixtures("commands")
def test_a_command_is_one_function(capsys: pytest.CaptureFixture[str]) -> None:
    @cli.command(cli.argument("name"), cli.argument("--n", type=int, default=2))
    def say_hello(args: Namespace) -> int:
        """Says hello."""
        print("hello " * args.n + args.name)
        return 3

    assert cli.main(["say-hello", "you", "--n", "1"]) == 3
    assert capsys.readouterr().out == "hello you\n"


@pytest.mark.usefixtures("commands")
def test_an_error_is_a_sentence_and_not_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    @cli.command()
    def fail(args: Namespace) -> int:
        """Fails."""
        raise LabkitError("It is broken.", why="it fell.", next="glue")

    assert cli.main(["fail"]) == 1
    assert capsys.readouterr().err == "It is broken.\n  Why:  it fell.\n  Next: glue\n"


@pytest.mark.usefixtures("commands")
def test_an_interrupt_is_no_traceback_either() -> None:
    @cli.command()
    def wait(args: Namespace) -> int:
        """Waits."""
        raise KeyboardInterrupt

    assert cli.main(["wait"]) == 130


@pytest.mark.skipif(os.name != "posix", reason="needs the pipes of a POSIX shell")
def test_a_reader_that_has_seen_enough_ends_the_command_quietly() -> None:
    script = f"{sys.executable} -m labkit doctor | true"
    assert subprocess.run(["bash", "-c", script], capture_output=True, text=True).stderr == ""
