from __future__ import annotations

from pathlib import Path

import pytest

import labkit
from labkit._host import shipped
from labkit.errors import LabkitError


def test_the_data_and_the_lessons_are_found_from_a_clone_and_from_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("clone", "wheel/labkit"):
        for name in ("data", "notebooks"):
            (tmp_path / place / name).mkdir(parents=True)
        package = tmp_path / place.split("/")[0] / "labkit"
        package.mkdir(exist_ok=True)
        monkeypatch.setattr(shipped, "__file__", str(package / "_host" / "shipped.py"))
        assert labkit.data_path() == tmp_path / place / "data"
        assert shipped.lessons_path() == tmp_path / place / "notebooks"


def test_a_part_of_the_data_may_be_named_in_one_piece_or_in_several() -> None:
    assert labkit.data_path("README.md").is_file()
    assert labkit.data_path().joinpath("README.md") == labkit.data_path("README.md")


def test_a_part_that_is_missing_lists_what_is_there() -> None:
    with pytest.raises(LabkitError, match=r"no no/such/model\.\n.*data/ holds README\.md") as caught:
        labkit.data_path("no", "such/model")
    assert eval(caught.value.next) == labkit.data_path()


def test_a_copy_without_data_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "__file__", str(tmp_path / "labkit" / "_host" / "shipped.py"))
    with pytest.raises(LabkitError, match="is not beside"):
        labkit.data_path()
