"""Runs GGUF files with llama.cpp, through `llama-cpp-python`: in the memory of the file, not of its floats.

Sampling uses the same loop and the same random numbers as for any model, and writes the same kind of trace; forks
and rollouts work. Queries, keys and the residual stream stay inside llama.cpp: capture is not available, and
features that need it raise an error.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from labkit._host.extras import install_command
from labkit.errors import LabkitError
from labkit.models.checkpoints import checksums, gguf
from labkit.models.checkpoints.checkpoint import no_progress_bars
from labkit.models.llamacpp.network import LlamaNetwork, unsupported_inspection
from labkit.models.local.model import LocalModel
from labkit.models.runtime.device import parse_device
from labkit.models.runtime.memory_budget import require_memory


def installed() -> bool:
    """Whether `llama-cpp-python` is installed."""
    return find_spec("llama_cpp") is not None


def load(file: Path, name: str, *, family: str, device: str | None = None) -> LlamaModel:
    """Loads a model from a GGUF file.

    Args:
        file: the GGUF file; if a `SHA256SUMS` lies beside it, the file is compared with it.
        name: the name of the model.
        family: chooses the rules for tags and steps.
        device: `"cuda"` or `"mps"` computes on a GPU, if llama.cpp was built for it.

    Raises:
        LabkitError: `llama-cpp-python` is not installed, the device is unknown, or the file does not fit into the
            memory or cannot be read by llama.cpp.
    """
    if not installed():
        raise LabkitError(
            f"{name} cannot be computed by llama.cpp: llama-cpp-python is not installed.",
            why="labkit itself does not need it: transformers computes the same file.",
            next=f'model = labkit.load("{gguf.load_name(file, name)}")  # transformers; or: {install_command("llama")}',
        )
    on_card = device is not None and parse_device(device) != "cpu"
    needed = int(1.1 * file.stat().st_size)
    require_memory(needed, what=f"Loading {name}", next='model = labkit.load("r1-mini")  # needs 7 MB')
    checksums.require_intact(file.parent, name, only=file.name)
    gguf.count_weights(file)  # refuses a header that describes more than the file holds
    from transformers import AutoConfig, AutoTokenizer

    try:
        with no_progress_bars():
            config = AutoConfig.from_pretrained(file.parent, gguf_file=file.name)
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    except Exception as error:  # gguf, tokenizers and transformers raise a dozen kinds
        raise gguf.unreadable_gguf(file, error) from error
    network: Any = LlamaNetwork(file, config, on_card=on_card)
    return LlamaModel(name, network, tokenizer, family=family)


class LlamaModel(LocalModel):
    """A model that runs on llama.cpp: it supports thinking, sampling and forks, but no capture."""

    def require_capture(self) -> None:
        """Refuses a capture.

        Raises:
            LabkitError: always.
        """
        raise unsupported_inspection(self.name)

    def __repr__(self) -> str:
        if not self.is_loaded:
            return super().__repr__()
        network = self.network
        return f"Model({self.name}: {network.num_parameters():,} parameters, {network.config.model_type}, by llama.cpp)"

    @property
    def precision(self) -> str:
        """The precision of the file."""
        return "GGUF"
