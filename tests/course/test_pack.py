"""The folder from which a class installs labkit without a network. `.ci/run` makes one and installs from it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from labkit.course import pack as packing
from labkit.course.pack import SYSTEMS, Target, pack, page
from labkit.errors import LabkitError


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack whose wheels are one file; what pip and uv do is part of `.ci/run`."""

    def one_wheel(folder: Path, *_: object) -> None:
        folder.mkdir()
        (folder / "labkit-0.1.0-py3-none-any.whl").write_bytes(b"a wheel")

    monkeypatch.setattr(packing, "_collect_wheels", one_wheel)
    model = tmp_path / "my-model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    return pack(
        tmp_path / "class", systems=["linux", "windows"], pythons=["3.12", "3.13"], models=[str(model)]
    )


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, folder / "verify.py"], capture_output=True, text=True, check=False)


def test_a_pack_has_lessons_wheels_models_sums_and_one_page(packed: Path) -> None:
    names = {path.name for path in packed.iterdir()}
    assert names == {"INSTALL.md", "SHA256SUMS", "lessons", "models", "verify.py", "wheels"}
    assert (packed / "lessons/01-watch-it-think.ipynb").is_file()
    assert (packed / "models/my-model/config.json").is_file()


def test_verify_names_the_file_that_changed_and_the_file_that_is_missing(packed: Path) -> None:
    assert (verify(packed).returncode, verify(packed).stdout) == (0, "every file is whole\n")
    (packed / "models/my-model/config.json").write_text("{ }")
    (packed / "wheels/labkit-0.1.0-py3-none-any.whl").unlink()
    result = verify(packed)
    assert result.returncode == 1
    assert result.stdout == (
        "missing or damaged: models/my-model/config.json\n"
        "missing or damaged: wheels/labkit-0.1.0-py3-none-any.whl\n"
        "copy the folder again\n"
    )


def test_the_page_has_a_line_for_each_system_and_every_install_is_without_an_index(packed: Path) -> None:
    text = (packed / "INSTALL.md").read_text()
    assert "## Linux (x86-64), Python 3.12, 3.13" in text and "## Windows, Python 3.12, 3.13" in text
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert len(installs) == 3 and all("--no-index --find-links" in line for line in installs)
    assert r".venv\Scripts\python -m pip" in text and 'labkit.load("../models/my-model")' in text


def test_a_page_without_models_does_not_speak_of_models() -> None:
    assert "## Models" not in page([Target(SYSTEMS["macos"], "3.12")])


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"systems": ["window"]}, "There is no system 'window'"),
        ({"pythons": ["3"]}, "'3' is not a version of Python"),
        ({"wheel": "labkit.tar.gz"}, "'labkit.tar.gz' is not a wheel"),
    ],
)
def test_a_wrong_option_gets_one_sentence_and_leaves_nothing(
    tmp_path: Path, options: dict[str, object], what: str
) -> None:
    with pytest.raises(LabkitError, match=what):
        pack(tmp_path / "class", **options)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    with pytest.raises(LabkitError, match="exists already"):
        pack(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.md"]


@pytest.mark.parametrize(
    "needs", ["nvidia-cublas-cu12 (==12.4); platform_system == 'Linux'", "cuda-bindings>=13"]
)
def test_a_torch_for_nvidia_cards_is_refused(tmp_path: Path, needs: str) -> None:
    wheel = tmp_path / "torch-2.13.0-cp312-cp312-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("torch-2.13.0.dist-info/METADATA", f"Name: torch\nRequires-Dist: {needs}\n")
    with pytest.raises(LabkitError, match="is a build for NVIDIA cards") as caught:
        packing._refuse_cuda(wheel)
    assert "--torch-index" in caught.value.next


def test_a_torch_for_processors_is_taken(tmp_path: Path) -> None:
    wheel = tmp_path / "torch-2.13.0-cp312-cp312-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("torch-2.13.0.dist-info/METADATA", "Name: torch\nRequires-Dist: sympy>=1.13\n")
    packing._refuse_cuda(wheel)
