"""Each test of this folder is a browser test: the quick tests leave it out."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = sorted(Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.name != Path(__file__).name], ids=lambda file: file.stem
)
def test_the_file_is_marked(file: Path) -> None:
    assert "\npytestmark = pytest.mark.browser\n" in file.read_text(
        "utf-8"
    ) or "\npytestmark = [" in file.read_text("utf-8")
