"""The tokenizer of a model whose weights are elsewhere, and the cell of lesson 2 that shows it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from labkit.models import tokenizer_of

LESSON = Path(__file__).resolve().parents[2] / "notebooks/02-tokens-and-templates.ipynb"
ASKED = "import labkit\ntrace = labkit.load().think('Using 3, 5 and 9, make 24.', max_new_tokens=1)\n"


@pytest.fixture
def cache(distill_folder: Path, tmp_path: Path) -> Path:
    """The hub's cache after `hf download` of three small files."""
    kept = tmp_path / "models--deepseek-ai--DeepSeek-R1-Distill-Qwen-1.5B"
    snapshot = kept / "snapshots/0123456789012345678901234567890123456789"
    snapshot.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(distill_folder / name, snapshot / name)
    if (template := distill_folder / "chat_template.jinja").exists():
        shutil.copy(template, snapshot / template.name)
    (kept / "refs").mkdir()
    (kept / "refs/main").write_text(snapshot.name)
    return tmp_path


def cell_of_the_lesson() -> str:
    cells = nbformat.read(LESSON, as_version=4).cells
    return str(next(c.source for c in cells if "tokenizer_of" in c.source))


@pytest.mark.slow
def test_the_lesson_shows_the_real_tokenizer_where_it_is_and_says_how_to_get_it_where_not(
    cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for where, expected in (
        (cache, "'<｜Assistant｜>', '<think>'"),
        (tmp_path_factory.mktemp("empty"), "hf download deepseek-ai"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", ASKED + cell_of_the_lesson()], capture_output=True, text=True, check=True,
            env={**os.environ, "HF_HUB_CACHE": str(where), "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
        assert expected in done.stdout
        assert done.stdout.count("<｜begin▁of▁sentence｜>") == (where == cache), "one, not two"


def test_labkits_own_models_and_folders_have_one_and_strangers_have_none(distill_folder: Path) -> None:
    assert tokenizer_of("r1-mini").chat_template == tokenizer_of(str(distill_folder)).chat_template
    assert tokenizer_of("a name that nobody gave") is None
