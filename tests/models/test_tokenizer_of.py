"""The tokenizer of a model whose weights are elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.models import tokenizer_of

PROGRAM = """
from labkit.models import prompts, tokenizer_of
real = tokenizer_of("r1-distill-qwen-1.5b")
if real is not None:
    text = prompts.templated(real, prompts.messages("Using 3, 5 and 9, make 24."))
    print([real.decode(id) for id in prompts.encode(real, text)])
"""


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


@pytest.mark.slow
def test_a_cached_tokenizer_is_opened_without_weights_or_network_and_no_other(
    cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for place, marks in ((cache, 1), (tmp_path_factory.mktemp("empty"), 0)):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True,
            env={**os.environ, "HF_HUB_CACHE": str(place), "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
        assert done.stdout.count("'<｜Assistant｜>', '<think>'") == marks
        assert done.stdout.count("<｜begin▁of▁sentence｜>") == marks, "one, not two"


def test_labkits_own_models_and_folders_have_one_and_strangers_have_none(distill_folder: Path) -> None:
    assert tokenizer_of("r1-mini").chat_template == tokenizer_of(str(distill_folder)).chat_template
    assert tokenizer_of("a name that nobody gave") is None
