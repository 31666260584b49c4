"""A model in a folder for a class: whole or not at all, with sums."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import labkit
from labkit import LabkitError
from labkit.cli import main
from labkit.models import fetch, sums


def test_a_folder_that_another_machine_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stick = tmp_path / "stick" / "nano"
    assert main(["fetch", "r1-nano", str(stick)]) == 0
    assert f'labkit.load("{stick}")' in capsys.readouterr().out
    assert labkit.load(stick).think("Using 3, 5 and 9, make 24.", max_new_tokens=5).tokens.ids
    assert [p.name for p in stick.parent.iterdir()] == ["nano"]  # nothing half is left beside it
    assert main(["fetch", "--check", str(stick)]) == 0
    if shutil.which("sha256sum"):  # and the tool that every Linux has agrees
        assert (
            subprocess.run(["sha256sum", "-c", "--quiet", sums.SUMS], cwd=stick, check=False).returncode == 0
        )


def test_a_byte_that_changed_on_the_way_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = fetch.fetch("r1-nano", tmp_path / "nano")
    weights = place / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    (place / "config.json").unlink()
    assert {name for name, right in sums.check(place) if not right} == {"model.safetensors", "config.json"}
    assert (
        main(["fetch", "--check", str(place)]) == 1 and "BROKEN  model.safetensors" in capsys.readouterr().out
    )


def test_what_cannot_be_fetched_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LabkitError, match="already something"):
        fetch.fetch("r1-nano", tmp_path)
    with pytest.raises(LabkitError, match="too large for one machine"):
        fetch.fetch("deepseek-r1", tmp_path / "r1")
    with pytest.raises(LabkitError, match="no SHA256SUMS"):
        [*sums.check(tmp_path)]
    assert main(["fetch", "r1-nano"]) == 1 and "needs a model and a folder" in capsys.readouterr().err

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch.shutil, "copyfile", full)  # the one thing here that no test can have for real
    with pytest.raises(LabkitError, match=r"No space left on device; nothing was left behind"):
        fetch.fetch("r1-nano", tmp_path / "nano")
    assert not [*tmp_path.iterdir()]
