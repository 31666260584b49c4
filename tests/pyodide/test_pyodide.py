"""Traces, tasks and runs in Python for WebAssembly, which has no torch, no processes and another compiler."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.pyodide import look

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYODIDE = "pyodide@314.0.7"  # of npm; pip takes wheels for Pyodide by the two names below
WHEELS = ("--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14", "--only-binary", ":all:")
PACKAGES = ("pydantic==2.14.4",)  # traces are pydantic models; everything else here is Python's own library

pytestmark = pytest.mark.slow


def obtain(*command: str) -> None:
    """Runs an installer; where it finds no registry, the tests of this module are skipped."""
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", timeout=300, check=False
    )
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        pytest.skip(
            f"{Path(command[0]).name} could not fetch what Pyodide needs: {' '.join(lines[-1:])[:200]}"
        )


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of npm's package."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs Node and npm")
    place = tmp_path_factory.mktemp("npm")
    obtain(npm, "install", "--prefix", str(place), "--no-audit", "--no-fund", "--ignore-scripts", PYODIDE)
    return place / "node_modules" / "pyodide"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages for Pyodide."""
    place = tmp_path_factory.mktemp("site")
    obtain(sys.executable, "-m", "pip", "install", "-q", "--target", str(place), *WHEELS, *PACKAGES)
    return place


@pytest.fixture(scope="module")
def seen(pyodide: Path, site: Path) -> dict[str, Any]:
    """What `look.py` prints in Pyodide."""
    command = ["node", str(HERE / "run.mjs"), str(pyodide), str(site), str(ROOT), str(HERE / "look.py")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stderr)  # how long it took: pytest -s
    return json.loads(done.stdout)


def test_a_trace_is_split_an_answer_judged_and_a_run_read_as_elsewhere(seen: dict[str, Any]) -> None:
    here = look.main()
    assert (seen.pop("platform"), here.pop("platform")) == ("emscripten", sys.platform)
    del seen["python"], here["python"], here["worker"]
    said = seen.pop("worker")
    assert seen == here
    assert here["right"] and not here["wrong"] and here["same"] and "<answer>" in here["answer"]
    assert "does not start" in said and said.endswith("Next: do it in a Jupyter outside the web page")


def test_the_lower_bounds_of_the_core_admit_what_pyodide_has(pyodide: Path) -> None:
    has = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))["packages"]
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    needed = [Requirement(line) for line in lines]
    compiled = {each.name: has[each.name]["version"] for each in needed if each.name in has}
    assert {"numpy", "pillow", "pydantic"} <= compiled.keys()
    for each in needed:
        assert each.name not in compiled or each.specifier.contains(compiled[each.name]), each
