"""The output folder of a recipe: `metrics.jsonl`, the state to resume from, and `model/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labkit._host import json_lines
from labkit._host.atomic_folder import Kind, refuse_foreign, replace_folder
from labkit._host.atomic_write import not_written
from labkit.models.checkpoints.checkpoint import no_progress_bars
from labkit.training.loggers import Loggers

METRICS, STATE, MODEL = "metrics.jsonl", "state", "model"
RETRY_HINT = "labkit train RECIPE --out {}"


def open_run_folder(folder: Path) -> Path:
    """Makes the folder of a run, or reopens the folder of an interrupted run.

    Raises:
        LabkitError: the folder holds other files, or cannot be created.
    """
    refuse_foreign(folder, folder, RUN)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error, what="run", retry_hint=RETRY_HINT) from None
    return folder


def log(folder: Path, loggers: Loggers, /, **row: float) -> None:
    """Writes one line of `metrics.jsonl`, and gives it to the loggers, with `train/` before each name but `step`."""
    json_lines.append(folder / METRICS, row)
    metrics = {f"train/{name}": value for name, value in row.items() if name != "step"}
    loggers.log(metrics, int(row["step"]))


def truncate_log(folder: Path, after: int) -> None:
    """Removes the lines of `metrics.jsonl` after a step: a resumed run writes them again."""
    json_lines.forget(folder / METRICS, after)


def export(network: Any, tokenizer: Any, folder: Path) -> None:
    """Writes, atomically, a checkpoint that stock `transformers` loads.

    Raises:
        LabkitError: the folder holds other files, or the disk is full or read-only.
    """
    replace_folder(folder, CHECKPOINT, lambda fresh: write_model(network, tokenizer, fresh))


def write_model(network: Any, tokenizer: Any, fresh: Path) -> None:
    """Writes a checkpoint into a temporary folder."""
    with no_progress_bars():
        network.save_pretrained(fresh)
        tokenizer.save_pretrained(fresh)


def _is_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in (METRICS, STATE, "rollouts.jsonl"))


def _is_checkpoint(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any(folder.glob("*.safetensors"))


RUN = Kind("run of a recipe", ("*",), _is_run, RETRY_HINT)
CHECKPOINT = Kind(
    "model", ("*.safetensors", "*.safetensors.index.json", "*config.json", "tokenizer*", "special_tokens_map.json",
              "vocab.json", "merges.txt", "added_tokens.json", "chat_template*"),
    _is_checkpoint, RETRY_HINT,
)  # fmt: skip
