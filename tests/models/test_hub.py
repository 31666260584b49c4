"""Fetching from a hub: the real client against a real server on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import labkit
from tests.models.hub_server import Hub, serving

LOAD = """
import sys, labkit
for name in sys.argv[1:]:
    try:
        print("LOADED", labkit.load(name))
    except labkit.LabkitError as error:
        print("SAID", " ".join(str(error).split()))
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = tmp_path_factory.mktemp("hub")
    nano = labkit.data_path("models/r1-nano-cold")
    for name in ("good", "gated", "own-code", "pickled", "huge", "adapter", "gguf"):
        shutil.copytree(nano, root / "lab" / name)
    (root / "lab/good/evil.py").write_text("raise SystemExit")
    (root / "lab/good/pytorch_model.bin").write_bytes(b"pickle")
    shutil.copy(root / "lab/good/model.safetensors", root / "lab/good/consolidated.safetensors")
    (root / "lab/adapter/config.json").rename(root / "lab/adapter/adapter_config.json")
    (root / "lab/gguf/model.safetensors").rename(root / "lab/gguf/m-Q4_K_M.gguf")
    (root / "lab/gguf/m-IQ1_S.gguf").write_bytes(b"GGUF")
    (root / "lab/pickled/model.safetensors").rename(root / "lab/pickled/pytorch_model.bin")
    config = root / "lab/own-code/config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "auto_map": {"AutoModel": "evil.Model"}}))
    with serving(root) as server:
        server.gated.add("lab/gated")
        server.claimed["lab/huge/model.safetensors"] = 50 * 10**12
        yield server


def load(hub: Hub | None, home: Path, *names: str, offline: bool = False) -> list[str]:
    """Loads models in a process of its own, which the hub's client needs: it reads its settings on import."""
    env = {
        **os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": str(int(offline)), "TRANSFORMERS_OFFLINE": "0",
        "HF_ENDPOINT": hub.url if hub else "http://127.0.0.1:9", "HF_HUB_DISABLE_XET": "1", "HF_HUB_ETAG_TIMEOUT": "3",
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", LOAD, *names],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = [line for line in run.stdout.splitlines() if line.startswith(("LOADED", "SAID"))]
    assert len(said) == len(names), run.stderr[-3000:]
    return said


@pytest.mark.slow
def test_a_checkpoint_comes_once_without_code_or_pickles_and_then_from_here(hub: Hub, tmp_path: Path) -> None:
    assert load(hub, tmp_path, "lab/good") == ["LOADED Model(good: 463,104 parameters, qwen2)"]
    held = {p.name for p in tmp_path.rglob("*") if p.is_file() or p.is_symlink()}
    assert (
        "model.safetensors" in held
        and not {"evil.py", "pytorch_model.bin", "consolidated.safetensors"} & held
    )
    sent = hub.sent
    assert load(None, tmp_path, "lab/good", offline=True)[0].startswith("LOADED")
    assert (
        load(None, tmp_path, "lab/good")[0].startswith("LOADED") and hub.sent == sent
    )  # and no network at all


@pytest.mark.slow
def test_a_line_that_breaks_once_is_mended_and_one_that_stays_broken_is_said(
    hub: Hub, tmp_path: Path
) -> None:
    hub.breaks = 1
    assert load(hub, tmp_path / "once", "lab/good")[0].startswith("LOADED")
    hub.breaks = 1_000
    (said,) = load(hub, tmp_path / "ever", "lab/good")
    assert "could not be fetched" in said and "files that came whole are kept" in said
    hub.breaks = 0
    assert load(hub, tmp_path / "ever", "lab/good")[0].startswith("LOADED")


@pytest.mark.slow
def test_two_who_fetch_at_once_both_get_it(hub: Hub, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        both = pool.map(lambda _: load(hub, tmp_path, "lab/good"), range(2))
    assert all(said[0].startswith("LOADED") for said in both)


@pytest.mark.slow
def test_what_is_refused_is_refused_before_its_weights_come(hub: Hub, tmp_path: Path) -> None:
    sent = hub.sent
    said = load(
        hub,
        tmp_path,
        "lab/gated",
        "lab/own-code",
        "lab/pickled",
        "lab/huge",
        "lab/adapter",
        "lab/gguf",
        "lab/none",
        "r1-distill-qwen-1.5b",
    )
    for sentence, wanted in zip(said, (
        "accepted its licence", "asks to run Python code of its own", "no safetensors. Why: labkit reads no pickled weights",
        "needs about 55000.0 GB", "lab/adapter is an adapter", 'hf download lab/gguf "m-Q4_K_M.gguf"',
        "There is no model 'lab/none' on the hub", "There is no model 'deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B'",
    ), strict=True):  # fmt: skip
        assert sentence.startswith("SAID") and wanted in sentence
    assert hub.sent == sent


@pytest.mark.slow
def test_no_network_is_said_with_what_to_do(tmp_path: Path) -> None:
    (offline,) = load(None, tmp_path, "lab/good", offline=True)
    assert "not on this machine" in offline and "HF_HUB_OFFLINE" in offline and "labkit fetch" in offline
    (down,) = load(None, tmp_path, "lab/good")
    assert "could not be fetched" in down and 'labkit.load("lab/good")' in down and "run the cell" not in down
