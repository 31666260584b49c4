"""Training state on disk for exact resume: safetensors and JSON only, written atomically."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from labkit._host.atomic_folder import Kind, current_folder, replace_folder
from labkit._host.untrusted import MB, read_json


def _is_state(folder: Path) -> bool:
    return all((folder / name).is_file() for name in (TENSORS, PROGRESS))


TENSORS, PROGRESS = "state.safetensors", "progress.json"
STATE = Kind(
    "training state",
    (TENSORS, PROGRESS),
    _is_state,
    "labkit.training.checkpoint.save({}, model, optimizers, progress)",
)


def save(
    folder: Path,
    model: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    progress: dict[str, Any],
    beside: Callable[[Path], None] = lambda fresh: None,
    kind: Kind = STATE,
) -> None:
    """Writes everything that `restore` needs; an interrupted save leaves the previous state.

    Args:
        folder: a new folder, an empty folder, or a folder that `save` wrote before.
        model: the model whose parameters are written.
        optimizers: the optimizers whose states are written.
        progress: a JSON-serialisable value.
        beside: writes more files into the temporary folder before it is moved into place.
        kind: what the folder is, if it is more than a state.

    Raises:
        LabkitError: the folder holds other files, or the disk is full or read-only.
    """
    tensors = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    for i, optimizer in enumerate(optimizers):
        for j, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optim.{i}.{j}.{key}": torch.as_tensor(value) for key, value in state.items()}

    def write(fresh: Path) -> None:
        save_file({name: t.contiguous().clone() for name, t in tensors.items()}, fresh / TENSORS)
        (fresh / PROGRESS).write_text(json.dumps(progress), "utf-8", newline="\n")
        beside(fresh)

    replace_folder(folder, kind, write)


def restore(
    folder: Path, model: nn.Module, optimizers: Sequence[torch.optim.Optimizer]
) -> dict[str, Any] | None:
    """Restores the saved state and returns the progress; returns None if there is no saved state."""
    folder = current_folder(folder)
    if not (folder / PROGRESS).exists():
        return None
    tensors = load_file(folder / TENSORS)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(tensors[f"model.{name}"])
    for i, optimizer in enumerate(optimizers):
        states: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "optim" and rest.startswith(f"{i}."):
                _, j, key = rest.split(".", 2)
                states.setdefault(int(j), {})[key] = tensor
        optimizer.load_state_dict({"state": states, "param_groups": optimizer.state_dict()["param_groups"]})
    progress: dict[str, Any] = read_json(folder / PROGRESS, 64 * MB)
    return progress
