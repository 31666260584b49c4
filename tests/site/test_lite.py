"""JupyterLite as it is built: what is in it, that it is the same each time, and the error without the plugin."""

from __future__ import annotations

import filecmp
import json
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.site import lite

from .conftest import require_sphinx

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@pytest.mark.slow
def test_it_holds_the_lessons_and_no_extension_but_ours_and_two_builds_are_equal(tmp_path: Path) -> None:
    require_sphinx()
    for name in ("one", "two"):
        lite.build(tmp_path / name, tmp_path / f"{name}-work")
    one, two = tmp_path / "one", tmp_path / "two"
    files = sorted(path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two).as_posix() for path in two.rglob("*") if path.is_file())
    assert filecmp.cmpfiles(one, two, files, shallow=False)[1:] == ([], [])
    assert {f"files/{path.name}" for path in NOTEBOOKS.glob("*.ipynb")} <= {*files}
    assert "files/traces/smollm2-make-24.trace.json" in files
    config = json.loads((one / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    assert [each["name"] for each in config["federated_extensions"]] == ["labkit"]
    assert not any(name.endswith(".map") for name in files)


def test_a_copy_without_its_plugin_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lite, "__file__", str(tmp_path / "site" / "lite.py"))
    monkeypatch.setattr(lite, "_installed", lambda: iter(()))
    with pytest.raises(LabkitError, match="lacks its JupyterLab plugin"):
        lite._plugin()
