"""Training state on disk: exact to resume from, safetensors and JSON only, written atomically."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


def save(
    folder: Path,
    model: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    progress: dict[str, Any],
    beside: Callable[[Path], None] = lambda fresh: None,
) -> None:
    """Writes everything that `restore` needs; a run cut off in the middle keeps the state before.

    `beside` writes more into the folder while it is not yet in its place.
    """
    tensors = {f"model.{name}": p.detach() for name, p in model.named_parameters()}
    for i, optimizer in enumerate(optimizers):
        for j, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optim.{i}.{j}.{key}": torch.as_tensor(value) for key, value in state.items()}
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    save_file({name: t.contiguous().clone() for name, t in tensors.items()}, fresh / "state.safetensors")
    (fresh / "progress.json").write_text(json.dumps(progress))
    beside(fresh)
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)


def restore(
    folder: Path, model: nn.Module, optimizers: Sequence[torch.optim.Optimizer]
) -> dict[str, Any] | None:
    """Puts the saved state back and returns the progress, or None where nothing was saved."""
    if not (folder / "progress.json").exists():
        folder = folder.with_name(folder.name + ".old")  # cut off between the two renames
    if not (folder / "progress.json").exists():
        return None
    tensors = load_file(folder / "state.safetensors")
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
    progress: dict[str, Any] = json.loads((folder / "progress.json").read_text())
    return progress
