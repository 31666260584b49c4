"""The recipes of CONTRIBUTING.md are carried out as they stand, in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MOST = 30  # lines of a recipe's module, without blank ones
RECIPES = dict(re.findall(r"^## Add (an? \w+)\n(.*?)(?=^## |\Z)", GUIDE, re.S | re.M))
FILE = re.compile(r"```python\n# file: (\S+)\n(.*?)```", re.S)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(
        ROOT / "labkit", folder / "labkit", ignore=shutil.ignore_patterns("frontend", "__pycache__")
    )
    for name in ("data", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def test_the_guide_has_recipes() -> None:
    assert {"a reward", "a task", "a family"} <= {*RECIPES}


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the copy has links")
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_works_as_it_stands(copy: Path, name: str) -> None:
    files = FILE.findall(RECIPES[name])
    tests = [path for path, _ in files if path.startswith("tests/")]
    assert len(files) == 2 and len(tests) == 1, "a module and its test"
    for path, text in files:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).write_text(text, "utf-8")
        assert sum(bool(line.strip()) for line in text.splitlines()) <= MOST, path
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    modules = [path for path, _ in files if path not in tests]
    lint = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), *modules]
    done = subprocess.run(lint, cwd=copy, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 or "No module named ruff" in done.stderr, done.stdout
