"""The recipes of CONTRIBUTING.md are carried out as they stand, in a copy of the repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
LIMIT = 30  # lines of a module of a recipe, without blank ones
VIEW_LIMIT = 150  # lines of the recipe for a view, which is Python, TypeScript and CSS
RECIPES = dict(re.findall(r"^## Add (an? \w+)\n(.*?)(?=^## |\Z)", GUIDE, re.S | re.M))
FILE = re.compile(r"```(?:python|ts|css)\n(?:#|//|/\*) file: (\S+)(?: \*/)?\n(.*?)```", re.S)
NODE_MODULES = ROOT / "labkit/frontend/node_modules"

on_posix = pytest.mark.skipif(os.name == "nt", reason="the copy has links")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns("node_modules", "__pycache__")
    shutil.copytree(ROOT / "labkit", folder / "labkit", ignore=left_out)
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    for name in ("data", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def run(copy: Path, *command: str, folder: str = ".") -> None:
    """Runs a command in a folder of the copy, whose `labkit` it imports."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    result = subprocess.run(
        command, cwd=copy / folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr


def write_files(copy: Path, name: str) -> list[str]:
    """Writes the files of a recipe into the copy, and returns their paths."""
    files = FILE.findall(RECIPES[name])
    for path, text in files:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text(text, "utf-8")
    return [path for path, _ in files]


def run_python_half(copy: Path, paths: list[str]) -> None:
    """Runs the tests of a recipe, and the linter on its modules."""
    tests = [path for path in paths if path.startswith("tests/")]
    modules = [path for path in paths if path.endswith(".py") and path not in tests]
    assert modules and len(tests) == 1
    run(copy, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    if shutil.which("ruff"):
        run(copy, "ruff", "check", "--config", str(ROOT / "pyproject.toml"), *modules)


def test_the_walk_from_prompt_to_pixel_names_what_there_is() -> None:
    walk = re.search(r"^## From a prompt to a pixel\n(.*?)(?=^## )", GUIDE, re.S | re.M)
    assert walk is not None
    places = re.findall(r"`(labkit/[\w/.-]+)`: ((?:`[\w.]+`(?:, )?)+)", walk[1])
    assert len(places) >= 20
    for path, names in places:
        source = (ROOT / path).read_text("utf-8")
        for name in re.findall(r"`([\w.]+)`", names):
            last = name.rpartition(".")[2]
            assert re.search(rf"\b(?:def|class|function|const) {last}\b", source), f"{path}: {name}"


def test_the_guide_has_recipes() -> None:
    assert {"a reward", "a task", "a family", "a view", "a lesson"} == {*RECIPES}
    assert len(RECIPES["a view"].splitlines()) <= VIEW_LIMIT
    for name in {*RECIPES} - {"a view", "a lesson"}:
        files = FILE.findall(RECIPES[name])
        assert len(files) == 2, "a module and its test"
        for path, code in files:
            assert sum(bool(line.strip()) for line in code.splitlines()) <= LIMIT, path


@pytest.mark.slow
@on_posix
@pytest.mark.parametrize("name", ["a reward", "a task", "a family"])
def test_a_recipe_works_as_it_stands(copy: Path, name: str) -> None:
    run_python_half(copy, write_files(copy, name))


@pytest.mark.slow
@on_posix
def test_the_recipe_for_a_lesson_works_as_it_stands(copy: Path) -> None:
    commands = re.search(r"```sh\n(.*?)```", RECIPES["a lesson"], re.S)
    assert commands is not None
    number = f"{max(int(path.name[:2]) for path in (copy / 'notebooks').glob('[0-9]*.ipynb')) + 1:02}"
    for line in commands[1].splitlines():
        program, *arguments = shlex.split(re.sub(r"\b\d\d(?=-surprise)", number, line))
        if program == "labkit":
            program, arguments = "python", ["-m", "labkit", *arguments]
        run(copy, sys.executable if program == "python" else program, *arguments)


@pytest.mark.slow
@on_posix
@pytest.mark.skipif(
    not (NODE_MODULES.is_dir() and shutil.which("node")), reason="needs Node, and `npm ci` in labkit/frontend"
)
def test_the_recipe_for_a_view_works_as_it_stands(copy: Path) -> None:
    paths = write_files(copy, "a view")
    frontend = "labkit/frontend"
    (copy / frontend / "node_modules").symlink_to(NODE_MODULES)
    run(copy, sys.executable, f"{frontend}/generate_contract.py")
    run(copy, "node_modules/.bin/tsc", "--noEmit", folder=frontend)
    run(copy, "node_modules/.bin/eslint", "src/views/length", folder=frontend)
    run(copy, "node_modules/.bin/prettier", "--check", "src/views/length", folder=frontend)
    run(copy, "node", "build.mjs", folder=frontend)
    run_python_half(copy, paths)
