"""The folder of a recipe's run: `metrics.jsonl`, the state to go on from, and `model/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labkit._host import json_lines
from labkit._host.atomic_folder import Kind, refuse_foreign, replace_folder
from labkit._host.atomic_write import not_written
from labkit.models.checkpoint import quiet

METRICS, STATE, MODEL = "metrics.jsonl", "state", "model"
AGAIN = "labkit train RECIPE --out {}"


def opened(folder: Path) -> Path:
    """Makes the folder of a run, or takes up that of a run that was cut off.

    Raises:
        LabkitError: the folder holds something else, or cannot be made.
    """
    refuse_foreign(folder, folder, RUN)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error, what="run", again=AGAIN) from None
    return folder


def log(folder: Path, **row: float | int | str) -> None:
    """One line of `metrics.jsonl`."""
    json_lines.append(folder / METRICS, row)


def forget(folder: Path, after: int) -> None:
    """Drops the lines of `metrics.jsonl` behind a step: a resumed run writes them again."""
    json_lines.forget(folder / METRICS, after)


def export(network: Any, tokenizer: Any, folder: Path) -> None:
    """A checkpoint that stock `transformers` loads, whole or not at all.

    Raises:
        LabkitError: the folder holds something else, or the disk is full or read-only.
    """
    replace_folder(folder, CHECKPOINT, lambda fresh: write_model(network, tokenizer, fresh))


def write_model(network: Any, tokenizer: Any, fresh: Path) -> None:
    """Writes a checkpoint into a folder that is not yet in its place."""
    with quiet():
        network.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)


def _is_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in (METRICS, STATE, "rollouts.jsonl"))


def _is_checkpoint(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))


RUN = Kind("run of a recipe", ("*",), _is_run, AGAIN)
CHECKPOINT = Kind(
    "model", ("*.safetensors", "*.safetensors.index.json", "*config.json", "tokenizer*", "special_tokens_map.json",
              "vocab.json", "merges.txt", "added_tokens.json", "chat_template*"),
    _is_checkpoint, AGAIN,
)  # fmt: skip
