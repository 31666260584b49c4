"""The folder of a recipe's run: nothing of the reader's in it is replaced, and a run that was cut off is taken up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labkit import LabkitError
from labkit.training import output
from labkit.training.loggers import NO_LOGGERS


class Saved:
    """What is written where a model or a tokenizer would be."""

    def __init__(self, name: str) -> None:
        self.name = name

    def save_pretrained(self, folder: Path) -> None:
        (folder / self.name).write_text("{}")


def test_a_folder_with_other_files_is_no_place_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(LabkitError, match=r"is not a run of a recipe: it holds thesis\.txt") as caught:
        output.open_run_folder(tmp_path)
    assert caught.value.next == f'labkit train RECIPE --out "{(tmp_path / "new").as_posix()}"'
    assert os.listdir(tmp_path) == ["thesis.txt"]
    folder = output.open_run_folder(tmp_path / "new")
    output.log(folder, NO_LOGGERS, step=1, loss=0.5)
    assert output.open_run_folder(folder) == folder
    with pytest.raises(LabkitError, match="could not be written"):
        output.open_run_folder(tmp_path / "thesis.txt/run")


def test_a_model_replaces_a_model_and_no_other_folder(tmp_path: Path) -> None:
    place = tmp_path / "model"
    place.mkdir()
    (place / "thesis.txt").write_text("precious")
    with pytest.raises(LabkitError, match="is not a model"):
        output.export(Saved("model.safetensors"), Saved("config.json"), place)
    (place / "thesis.txt").rename(tmp_path / "thesis.txt")
    for _ in range(2):
        output.export(Saved("model.safetensors"), Saved("config.json"), place)
        (place / "README.md").write_text("my notes")
    assert {*os.listdir(place)} == {"model.safetensors", "config.json", "README.md"}
