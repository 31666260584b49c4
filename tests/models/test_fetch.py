"""A model in a folder for a class: whole or not at all, with sums."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import labkit
from labkit import LabkitError
from labkit.cli import main
from labkit.models import families
from labkit.models.checkpoints import checksums
from labkit.models.checkpoints import download as classroom
from labkit.models.checkpoints import export as fetch


def test_a_folder_that_another_machine_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stick = tmp_path / "stick" / "nano"
    assert main(["fetch", "r1-nano", str(stick)]) == 0
    assert f'labkit.load("{stick.as_posix()}")' in capsys.readouterr().out
    assert labkit.load(stick).think("Using 3, 5 and 9, make 24.", max_new_tokens=5).tokens.ids
    assert [p.name for p in stick.parent.iterdir()] == ["nano"]  # nothing half is left beside it
    assert main(["fetch", "--check", str(stick)]) == 0
    if shutil.which("sha256sum"):  # and the tool that every Linux has agrees
        assert (
            subprocess.run(["sha256sum", "-c", "--quiet", checksums.SUMS], cwd=stick, check=False).returncode
            == 0
        )


def test_a_byte_that_changed_on_the_way_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = fetch.fetch("r1-nano", tmp_path / "nano")
    weights = place / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    (place / "config.json").unlink()
    assert {name for name, right in checksums.check(place) if not right} == {
        "model.safetensors",
        "config.json",
    }
    assert (
        main(["fetch", "--check", str(place)]) == 1 and "BROKEN  model.safetensors" in capsys.readouterr().out
    )


def test_what_cannot_be_fetched_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LabkitError, match="already something"):
        fetch.fetch("r1-nano", tmp_path)
    with pytest.raises(LabkitError, match="too large to load here"):
        fetch.fetch("deepseek-r1", tmp_path / "r1")
    with pytest.raises(LabkitError, match="no SHA256SUMS"):
        [*checksums.check(tmp_path)]
    assert main(["fetch", "r1-nano"]) == 1 and "needs a model and a folder" in capsys.readouterr().err

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch.shutil, "copyfile", full)  # the one thing here that no test can have for real
    with pytest.raises(LabkitError, match=r"No space left on device; nothing was left behind"):
        fetch.fetch("r1-nano", tmp_path / "nano")
    assert not [*tmp_path.iterdir()]


def test_a_folder_knows_which_model_it_holds_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch.hub, "snapshot", lambda hub: labkit.data_path("models/r1-nano"))
    place = fetch.fetch("Qwen/Qwen3-0.6B", tmp_path / "stick")  # the files of another: 1.2 GB less
    assert all(right for _, right in checksums.check(place)) and "labkit.json" in dict(checksums.check(place))
    model = labkit.load(place)
    assert model.name == "qwen3-0.6b" and families.sampling(model.name, None, None, None)[2] == 20


def test_what_the_cache_holds_besides_a_model_is_left_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = shutil.copytree(labkit.data_path("models/r1-nano"), tmp_path / "cache")
    junk = {".gitattributes", "modeling.py", "pytorch_model.bin", "consolidated.safetensors"}
    for name in junk:
        (cache / name).write_text("")
    monkeypatch.setattr(fetch.hub, "snapshot", lambda hub: cache)
    held = {file.name for file in fetch.fetch("lab/nano", tmp_path / "nano").iterdir()}
    assert not junk & held and all(map(classroom.is_model_file, held - {checksums.SUMS}))


def test_a_folder_of_a_shipped_models_name_is_what_the_printed_line_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["fetch", "R1-NANO", "r1-mini"]) == 0
    line = capsys.readouterr().out.strip().removeprefix('labkit.load("').removesuffix('")')
    assert labkit.load(line).name == "r1-nano"


def test_what_to_do_about_a_damaged_folder_works_when_it_is_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = fetch.fetch("r1-nano", tmp_path / "a stick" / "nano")
    (place / "model.safetensors").write_bytes(b"")
    (place / "training.jsonl").write_bytes(b"")
    with pytest.raises(LabkitError) as error:
        fetch.fetch("r1-nano", place)
    assert main(shlex.split(error.value.next.partition("; labkit ")[2], comments=True)) == 1
    with pytest.raises(LabkitError) as error:
        checksums.require_intact(place, "nano")
    assert main(shlex.split(error.value.next.partition(": labkit ")[2])) == 1
    assert "BROKEN  training.jsonl" in capsys.readouterr().out


def test_what_is_no_model_to_fetch_is_said_before_the_hub_is_asked(tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match="There is no model 'r1-nanoo'") as error:
        fetch.fetch("r1-nanoo", tmp_path / "x")
    assert error.value.next == "labkit fetch r1-nano FOLDER"
    with pytest.raises(LabkitError, match="is a folder already"):
        fetch.fetch(str(tmp_path), tmp_path / "x")
    with pytest.raises(LabkitError, match="There is no model ''"):
        fetch.fetch("", tmp_path / "x")


def test_a_disk_that_does_not_take_it_is_answered_by_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabkitError, match=r"could not be copied[\s\S]*where you may write"):
        fetch.fetch("r1-nano", tmp_path / "file" / "nano")
    if os.name == "posix":  # Windows takes any name after `~` for a folder beside one's own
        with pytest.raises(LabkitError, match="cannot be opened"):
            fetch.fetch("r1-nano", "~no-such-user-here/x")

    def large(*_: object) -> None:
        raise OSError(errno.EFBIG, "File too large")

    def late(*_: object) -> None:
        (tmp_path / "nano").mkdir(exist_ok=True)
        (tmp_path / "nano" / "config.json").write_text("{}")

    monkeypatch.setattr(fetch.shutil, "copyfile", large)
    with pytest.raises(LabkitError, match="exFAT"):
        fetch.fetch("r1-nano", tmp_path / "nano")
    monkeypatch.setattr(fetch.shutil, "copyfile", late)  # another fetch is done before this one
    with pytest.raises(LabkitError, match=r"already something[\s\S]*fetch --check"):
        fetch.fetch("r1-nano", tmp_path / "nano")
