"""Frees the weights of a model that `labkit.load` can load again."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from labkit._host.memory import trim_freed_memory
from labkit._names import NoSuchAttributeError
from labkit.errors import LabkitError
from labkit.models.runtime.weights import weight_bytes, weights_state

if TYPE_CHECKING:
    from labkit.models.local.model import LocalModel


def unload(model: LocalModel) -> int:
    """Frees the weights of a model; see `LocalModel.unload`."""
    require_reloadable(model)
    size = weight_bytes(model.network)
    del model.network
    gc.collect()
    torch = sys.modules["torch"]
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    trim_freed_memory()
    return size


def require_reloadable(model: LocalModel) -> None:
    """Checks that nothing is lost with the weights in memory.

    Raises:
        LabkitError: the weights are not those of a file, or they are unloaded already.
    """
    if not model.is_loaded:
        raise unloaded_error(model)
    if model.load_line is None:
        raise LabkitError(
            f"{model.name} cannot be unloaded.",
            why="its weights are in this kernel only, and would be lost.",
            next='run.save("my-run")  # then delete the variable: del run',
        )
    if weights_state(model.network) != model.loaded_state:
        raise LabkitError(
            f"{model.name} cannot be unloaded.",
            why="its weights were changed after it was loaded, and the changes would be lost.",
            next='model.network.save_pretrained("my-model")  # then delete the variable: del model',
        )


def unloaded_error(model: LocalModel) -> NoSuchAttributeError:
    """The error for a model without weights."""
    return NoSuchAttributeError(
        f"{model.name} was unloaded.",
        why="its weights are no longer in memory.",
        next=model.load_line or 'model = labkit.load("r1-mini")',
    )
