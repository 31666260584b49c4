"""The locked versions of `.ci/run` and of Binder: that they fit pyproject.toml, and what installs by them."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# `.ci/lock` writes each for these extras; torch is installed before the rest.
LOCKS = {".ci/lock.txt": ("test", "dev"), ".binder/lock.txt": ("lab", "models", "bertviz")}
GRADERS = ".ci/graders.txt"  # for .ci/graders.in
PYTHON = """#!/usr/bin/env bash
printf '%s\\n' "$*" >>"{log}"
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
if [[ " $* " = *" -e "* ]]; then exit 7; fi
"""


def direct(extras: tuple[str, ...]) -> Iterator[Requirement]:
    """What labkit asks for with these extras, those that an extra names included."""
    for line in (*PROJECT["dependencies"], *(r for e in extras for r in PROJECT["optional-dependencies"][e])):
        requirement = Requirement(line)
        if requirement.name == "labkit":
            yield from direct(tuple(requirement.extras))
        elif requirement.name != "torch":
            yield requirement


def locked(lock: str) -> list[Requirement]:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_direct_dependency_is_locked_inside_its_bounds(lock: str) -> None:
    versions: dict[str, list[Version]] = {}
    for pin in locked(lock):
        (pinned,) = pin.specifier
        versions.setdefault(pin.name, []).append(Version(pinned.version))
    for requirement in direct(LOCKS[lock]):
        assert requirement.name in versions, f"bash .ci/lock: {lock} has no {requirement.name}"
        for version in versions[requirement.name]:  # several where an older Python has an older version
            assert version in requirement.specifier, f"bash .ci/lock: {lock} has {version}, not {requirement}"


def test_the_graders_are_locked_inside_their_bounds() -> None:
    lines = (ROOT / ".ci/graders.in").read_text("utf-8").splitlines()
    versions = {pin.name: next(iter(pin.specifier)).version for pin in locked(GRADERS)}
    for requirement in map(Requirement, filter(lambda line: not line.startswith("#"), lines)):
        assert versions[requirement.name] in requirement.specifier, f"bash .ci/lock: {requirement}"


@pytest.mark.parametrize("lock", [*LOCKS, GRADERS])
def test_a_lock_names_versions_alone_and_neither_an_index_nor_a_path(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert text.splitlines()[1] == "#    bash .ci/lock"
    for line in text.splitlines()[2:]:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w .*'<>=()!-]+)?", line), line


@pytest.mark.parametrize("lock", [*LOCKS, GRADERS])
def test_a_lock_leaves_torch_and_its_cuda_builds_to_the_machine(lock: str) -> None:
    builds = re.compile(r"torch|triton|nvidia-.*|cuda-.*")
    assert [pin.name for pin in locked(lock) if builds.fullmatch(pin.name)] == []


def test_binder_installs_the_extras_of_its_lock_by_its_lock() -> None:
    installs = re.findall(r"pip install .*", (ROOT / ".binder/postBuild").read_text("utf-8"))
    assert [line.split()[-1] for line in installs] == ["bertviz", '".[lab,models]"']
    assert all('"${LOCKED[@]}"' in line for line in installs)
    assert "LOCKED=(-c .binder/lock.txt)" in (ROOT / ".binder/postBuild").read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="the stages need bash")
@pytest.mark.parametrize(
    ("environment", "is_locked"),
    [({}, True), ({"LABKIT_CI_NEWEST": "1"}, False), ({"LABKIT_CI": "full"}, False)],
)
def test_the_environment_of_ci_is_locked_unless_the_newest_versions_are_wanted(
    tmp_path: Path, environment: dict[str, str], is_locked: bool
) -> None:
    python, log = tmp_path / "python", tmp_path / "log"
    python.write_text(
        PYTHON.format(log=log)
    )  # writes down what it is asked, and fails at the install of labkit
    python.chmod(0o755)
    done = subprocess.run(
        ["bash", ".ci/run"], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python), "LABKIT_CI_ONLY": "environment", **environment},
    )  # fmt: skip
    assert done.returncode == 7, done.stdout + done.stderr
    asked = log.read_text().splitlines()
    assert asked[-1] == f"-m pip install -qq {'-c .ci/lock.txt ' * is_locked}-e .[test,dev]"
