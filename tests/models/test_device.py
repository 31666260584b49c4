"""Where a model computes, whether it fits there, and what is said while it comes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

import labkit
from labkit import LabkitError
from labkit._host import progress
from labkit._host.memory import Memory
from labkit.models import catalog
from labkit.models.checkpoints import checkpoint, checksums
from labkit.models.checkpoints import export as fetch
from labkit.models.runtime import device
from labkit.models.runtime import memory_budget as models_memory

GB = 10**9
DISTILL = 3_554_176_000  # bytes of R1-Distill-Qwen-1.5B in bfloat16: facts, section 2


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> object:
    """Sets how much memory is left."""

    def set_(available: int) -> None:
        now = Memory(2 * GB, available, "container")
        for module in (device, models_memory):
            monkeypatch.setattr(module, "memory", lambda: now)

    return set_


@pytest.mark.parametrize(
    ("available", "next"),
    [
        (3 * GB, r'labkit\.load\("r1-distill-qwen-1\.5b", dtype="int8"\)  # about 2\.\d GB'),
        (2 * GB, r'labkit\.load\("r1-distill-qwen-1\.5b", dtype="int4"\)  # about 1\.\d GB'),
        (1 * GB, r'labkit\.load\("smollm2-135m"\)|labkit\.load\("qwen3-0\.6b"\)|labkit\.load\("r1-mini"\)'),
    ],
)
def test_what_does_not_fit_is_refused_with_the_numbers_and_what_would(
    left, available: int, next: str
) -> None:
    left(available)
    said = rf"needs about 3\.9 GB, and {available / GB:.1f} GB are left on this container[\s\S]*{next}"
    with pytest.raises(LabkitError, match=said):
        device.check_weights_fit(DISTILL, "r1-distill-qwen-1.5b")


@pytest.mark.parametrize("dtype", ["int8", "int4"])
def test_what_is_expected_before_it_is_fetched_is_what_it_takes_then(left, dtype: str) -> None:
    entry = catalog.find("r1-distill-qwen-1.5b")
    left(int(1.1 * entry.bytes(dtype) / 0.9) + 10**6)
    device.check_before_download(DISTILL, entry.name, dtype, "cpu")
    left(int(1.2 * entry.bytes(dtype) / 0.9))
    device.check_before_download(DISTILL, "somebody-s-own", dtype, "cpu")  # of whose shape nothing is known
    left(int(1.1 * entry.bytes(dtype) / 0.9) - 10**6)
    with pytest.raises(LabkitError, match="needs about"):
        device.check_before_download(DISTILL, entry.name, dtype, "cpu")


def test_what_a_processor_unpacks_is_expected_unpacked(left) -> None:
    left(30 * GB)
    with pytest.raises(LabkitError, match=r"gpt-oss-20b needs about 46\.2 GB") as said:
        device.check_before_download(14 * GB, "gpt-oss-20b", None, "cpu")
    assert "dtype" not in said.value.next


def test_a_folder_is_weighed_before_it_is_read(
    left, distill_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(1_000)
    monkeypatch.setattr(checkpoint, "_network", lambda *_: pytest.fail("it was read"))
    with pytest.raises(LabkitError, match=r"Loading \S+/distill\d* needs about \d+ kB, and 1 kB are left"):
        labkit.load(distill_folder)


def test_one_that_was_rounded_before_is_not_offered_in_fewer_bits(left) -> None:
    left(2 * GB)
    with pytest.raises(LabkitError) as said:
        device.check_weights_fit(DISTILL, "a-gptq", rounded=False)
    assert "dtype" not in said.value.next


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_device_that_is_not_here_is_said() -> None:
    with pytest.raises(LabkitError, match=r"There is no cuda on this machine[\s\S]*finds cpu"):
        labkit.load("r1-mini", device="cuda")
    with pytest.raises(LabkitError, match=r"device='tpu' is not possible"):
        labkit.load("r1-mini", device="tpu")
    with pytest.raises(LabkitError, match=r"There is no cuda:7 on this machine"):
        labkit.load("r1-mini", device="cuda:7")
    for none in ("cpu:x", "gpu", ""):
        with pytest.raises(LabkitError, match=f"device={none!r} is not possible"):
            labkit.load("r1-mini", device=none)  # type: ignore[arg-type]
    assert str(labkit.load("r1-mini", device="cpu").network.device) == "cpu"


def test_a_folder_that_changed_after_it_was_fetched_is_not_loaded(tmp_path: Path) -> None:
    place = fetch.fetch("r1-nano", tmp_path / "nano")
    weights = place / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1  # it would load, and think a little otherwise
    weights.write_bytes(data)
    with pytest.raises(LabkitError, match=r"damaged: model\.safetensors[\s\S]*labkit fetch --check \S+/nano"):
        labkit.load(place)
    (place / checksums.SUMS).unlink()
    assert labkit.load(place)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
def test_whatever_file_is_cut_off_or_lost_is_damage(tmp_path: Path, file: str) -> None:
    place = fetch.fetch("r1-nano", tmp_path / "nano")
    (place / file).write_bytes((place / file).read_bytes()[:100])
    with pytest.raises(LabkitError, match=rf"nano is damaged: {file}"):
        labkit.load(place)
    (place / file).unlink()
    with pytest.raises(LabkitError, match=rf"nano is damaged: {file}"):
        labkit.load(place)


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="only Linux says what is mapped")
def test_a_model_from_a_stick_outlives_the_stick(distill_folder: Path, tmp_path: Path) -> None:
    def mapped(model: labkit.models.Model) -> bool:
        assert model.network.dtype == torch.float32
        return str(tmp_path / "stick/model.safetensors") in Path("/proc/self/maps").read_text()

    stick = shutil.copytree(distill_folder, tmp_path / "stick")
    assert mapped(labkit.load(stick))  # a folder of one's own is read as it is needed
    lines = (f"{checksums.digest(file)}  {file.name}\n" for file in sorted(stick.iterdir()))
    (stick / checksums.SUMS).write_text("".join(lines), "utf-8")
    assert not mapped(labkit.load(stick))


class Terminal:
    """A terminal that keeps what is written."""

    def __init__(self) -> None:
        self.said = ""

    def write(self, text: str) -> int:
        self.said += text
        return len(text)

    def isatty(self) -> bool:
        return True

    def flush(self) -> None: ...


def test_what_takes_long_is_shown_with_how_far_it_is(
    distill_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(distill_folder, tmp_path / "large")
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(progress, "SHOW_AFTER", 0.0)
    monkeypatch.setattr(checkpoint, "PREFETCH_FROM", 1)
    monkeypatch.setattr(checkpoint, "FLOAT32_BELOW", 1)
    labkit.load(tmp_path / "large", dtype="int8")
    assert "Reading large:   0%" in terminal.said and "Rounding large to int8:   0%" in terminal.said
    assert "| 0.00/703k [" in terminal.said and "| 0/15 [" in terminal.said
    assert not terminal.said.split("\r")[-1].strip()  # and taken away


def test_what_is_quick_shows_nothing(distill_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    labkit.load(distill_folder, dtype="int8")
    assert not terminal.said
