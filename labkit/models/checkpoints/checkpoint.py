"""A `transformers` checkpoint in a folder: its configuration, its network in a given precision, its tokenizer."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import torch

from labkit._host.extras import install_command
from labkit._host.progress import Progress
from labkit._host.untrusted import UntrustedError
from labkit.errors import FileDamaged, LabkitError, Unsupported
from labkit.models.checkpoints import checksums
from labkit.models.checkpoints import files as checkpoint_files
from labkit.models.checkpoints.hub import refuse_code
from labkit.models.runtime import device, quantization
from labkit.models.runtime.quantization import BITS, DType

FLOATS: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}
FLOAT32_BELOW = 100_000_000  # weights: a smaller model loads in float32 by default, since it costs little
TOKENIZERS = ("tokenizer.json", "*.model", "vocab.*", "tekken.json")  # one of them has the vocabulary
PREFETCH_FROM = (
    500_000_000  # bytes: larger weights are read once, with a bar, not page by page at the first token
)


def read_checkpoint(
    folder: Path, name: str, *, dtype: DType | None = None, on: str | None = None, retry_hint: str = ""
) -> tuple[Any, Any, dict[str, Any]]:
    """Reads network, tokenizer and configuration from a folder.

    Args:
        folder: holds a checkpoint; if it has `SHA256SUMS`, the files are compared with them.
        name: the name of the model.
        dtype: the precision of its matrices; None means as published.
        on: the device; None chooses one.
        retry_hint: what to do about a folder that cannot be read.

    Raises:
        LabkitError: the checkpoint is missing, pickled, damaged, too large, has custom code or no tokenizer, or
            the device does not exist.
    """
    retry_hint = retry_hint or "copy the folder retry_hint, whole"
    try:
        config, weights = _parts(folder, retry_hint)
    except LabkitError:
        checksums.require_intact(folder, name)  # a changed file is the better explanation
        raise
    published, experts = "quantization_config" in config, quantization.has_experts(config)
    if published and dtype is not None:
        raise Unsupported(
            f"{name} cannot be loaded as {dtype}.",
            why="its weights were rounded before they were published, and are loaded as they are.",
            next=f'model = labkit.load("{name}")',
        )
    quantization.refuse_experts(experts, name, dtype)
    try:
        checkpoint_files.check_layers(config, sum(1 for _ in _tensor_headers(weights)))
        needed = size(weights, dtype)
        place = device.resolve_device(on, needed)
        if published and not place.startswith("cuda"):
            needed += unpacked(weights)
    except LabkitError:
        raise
    except Exception as error:  # a truncated header
        checksums.require_intact(folder, name)
        raise unreadable_checkpoint(folder, name, error, retry_hint) from error
    device.check_weights_fit(needed, name, device=place, dtype=dtype, rounded=not published and not experts)
    _prefetch(folder, weights, name)
    try:
        check_config_size(
            _network_class(config), _config_object(folder, config), _max_weights(weights, published)
        )
        (network, report), tokenizer = _network(folder, config, dtype, place), _tokenizer(folder, config)
    except LabkitError:
        raise
    except Exception as error:  # safetensors, transformers and torch raise a dozen kinds
        raise unreadable_checkpoint(folder, name, error, retry_hint) from error
    if report["missing_keys"]:
        raise FileDamaged(
            f"{name} lacks {len(report['missing_keys'])} of its tensors, such as {min(report['missing_keys'])}.",
            why="they would be random numbers: the files in its folder do not belong together, or one is not there.",
            next=retry_hint,
        )
    rows = len(network.get_input_embeddings().weight)
    if tokenizer.vocab_size > rows:  # Gemma 3 has one extra token, which stands for an image
        raise FileDamaged(
            f"{name} has {rows:,} rows of embeddings, and its tokenizer {tokenizer.vocab_size:,} tokens.",
            why="a token without a row cannot be read: the tokenizer is that of another model.",
            next="copy tokenizer.json and tokenizer_config.json of the same model into its folder",
        )
    network = finish(network, dtype, place, name)
    if (folder / checksums.SUMS).is_file() and place == "cpu":
        _detach_from_files(network)
    return network, tokenizer, config


def _parts(folder: Path, retry_hint: str) -> tuple[dict[str, Any], list[Path]]:
    """The configuration of a folder and its weight files; refuses a folder that lacks a part, or has one that is
    unsafe to read.
    """
    config = _config(folder)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise Unsupported(
            f"{folder} holds no *.safetensors.",
            why="labkit reads no pickled weights (*.bin, *.pt): opening one can run any program.",
            next="model.save_pretrained(folder)  # in a place you trust writes safetensors",
        )
    if not any(file for pattern in TOKENIZERS for file in folder.glob(pattern)):
        raise FileDamaged(
            f"{folder} has no tokenizer.",
            why="without tokenizer.json a model can neither read a prompt nor write a word.",
            next="copy tokenizer.json and tokenizer_config.json of the same model into it",
        )
    checkpoint_files.check_files(folder, retry_hint)
    return config, weights


def size(weights: list[Path], dtype: DType | None) -> int:
    """Bytes of the weights in a precision, from the headers of their files: embeddings are not quantised."""
    if dtype is None:
        return sum(file.stat().st_size for file in weights)
    bits = 0.0
    for name, shape, _ in _tensor_headers(weights):
        minimum = 16 if len(shape) != 2 or "embed" in name else 8 if "lm_head" in name else 0
        bits += prod(shape) * max(minimum, BITS[dtype])
    return int(bits / 8)


def unpacked(weights: list[Path]) -> int:
    """Extra bytes if `transformers` unpacks eight bits (fp8) or four (MXFP4) to bfloat16, as it does without a GPU."""
    more = 0
    for name, shape, kind in _tensor_headers(weights):
        if kind.startswith("F8"):
            more += prod(shape)
        elif kind == "U8" and name.endswith("_blocks"):  # two weights a byte
            more += 3 * prod(shape)
    return more


def _tensor_headers(weights: list[Path]) -> Iterator[tuple[str, list[int], str]]:
    """Name, shape and dtype of each tensor, from the headers of the files."""
    from safetensors import safe_open

    for file in weights:
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                tensor = tensors.get_slice(name)
                yield name, tensor.get_shape(), tensor.get_dtype()


def finish(network: Any, dtype: DType | None, place: str, name: str) -> Any:
    """The network in its precision, on its device, ready to generate."""
    if dtype in FLOATS:
        network = network.to(FLOATS[dtype])
    elif dtype is None and network.dtype.itemsize == 2 and network.num_parameters() < FLOAT32_BELOW:
        network = network.float()
    if dtype in ("int8", "int4") and quantization.dtype_name(network) != dtype:
        network, parts = network.to(torch.bfloat16), len(quantization.linear_layers(network))
        bar = Progress(f"Rounding {_last_part(name)} to {dtype}", parts)
        large = network.num_parameters() >= FLOAT32_BELOW  # a small one finishes before a bar could be read
        quantization.quantize_weights(network, dtype, bar.show if large else lambda done: None)
        bar.close()
    return network.to(place).eval() if str(network.device) != place else network.eval()


def _detach_from_files(network: Any) -> None:
    """Copies weights out of memory-mapped files: removing the USB stick that holds them would kill the kernel."""
    for weight in network.parameters():
        weight.data = weight.data.clone()


def _prefetch(folder: Path, weights: list[Path], name: str) -> None:
    """Reads the files completely: compares their checksums if there are any, and shows a bar if it takes long."""
    checksums.require_intact(folder, name)
    total, done = sum(file.stat().st_size for file in weights), 0
    if total < PREFETCH_FROM or (folder / checksums.SUMS).is_file():
        return
    bar, piece = (
        Progress(f"Reading {_last_part(name)}", total, bytes=True),
        memoryview(bytearray(checksums.CHUNK_BYTES)),
    )
    for file in weights:
        with file.open("rb", buffering=0) as stream:
            while count := stream.readinto(piece):
                bar.show(done := done + count)
    bar.close()


def _last_part(name: str) -> str:
    """A name without its path: a progress bar has one line."""
    return name.rpartition("/")[2]


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = checkpoint_files.read_config(folder)
    except (OSError, ValueError) as error:
        held = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "nothing"
        raise FileDamaged(
            f"{folder} is not a checkpoint: {error}.",
            why=f"a checkpoint has a config.json, weights and a tokenizer; this folder holds {held}.",
            next="model = labkit.load()",
        ) from None
    refuse_code(config, folder.name)
    return config


def _network(folder: Path, config: dict[str, Any], dtype: DType | None, place: str) -> Any:
    """The network, and the loading report of `transformers`."""
    options: dict[str, Any] = {"dtype": "auto"}
    if dtype in ("int8", "int4") and place != "cpu":
        rounding = _bitsandbytes(dtype, place)
        options = {"dtype": torch.bfloat16, "quantization_config": rounding, "device_map": place}
    with no_progress_bars():
        return _network_class(config).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            **options,
        )


def _network_class(config: dict[str, Any]) -> Any:
    # The Auto tables import every family's configuration; Qwen2 alone is a second faster.
    if config["model_type"] == "qwen2":
        from transformers.models.qwen2.modeling_qwen2 import Qwen2ForCausalLM as Network
    else:
        from transformers import AutoModelForCausalLM as Network  # type: ignore[assignment]
    return Network


def _config_object(folder: Path, config: dict[str, Any]) -> Any:
    """The configuration object of `transformers`."""
    if config["model_type"] == "qwen2":
        from transformers.models.qwen2.configuration_qwen2 import Qwen2Config as Config
    else:
        from transformers import AutoConfig as Config  # type: ignore[assignment]
    return Config.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def _max_weights(weights: list[Path], published: bool) -> int:
    """The most weights that the files can hold: quantised weights are packed, up to eight in one number."""
    return sum(prod(shape) for _, shape, _ in _tensor_headers(weights)) * (8 if published else 1)


def check_config_size(network_class: Any, config: Any, held: int) -> None:
    """Refuses a configuration that is far larger than its files: the missing weights would be random, and the memory
    estimate would not include them.

    Args:
        network_class: the network class of `transformers`.
        config: its configuration object.
        held: number of weights in the files.

    Raises:
        UntrustedError: the network is too large; the error gives both numbers.
    """
    with torch.device("meta"):  # shapes without memory
        build = getattr(network_class, "from_config", None) or network_class._from_config
        described = build(config).num_parameters()
    if described > 2 * held:  # a tied unembedding is stored once
        raise UntrustedError(f"its config describes {described:,} weights, and the files hold {held:,}")


def _bitsandbytes(dtype: str, place: str) -> Any:
    """Quantisation on an NVIDIA GPU: the kernels of `precision` run on the CPU."""
    if not place.startswith("cuda"):
        raise Unsupported(
            f"{dtype} is not possible on {place}.",
            why="labkit rounds on a processor, or with bitsandbytes on an NVIDIA card.",
            next=f'model = labkit.load(name, dtype="bfloat16", device="{place}")',
        )
    from importlib.util import find_spec

    missing = [name for name in ("bitsandbytes", "accelerate") if find_spec(name) is None]
    if missing:
        raise LabkitError(
            f"{dtype} on {place} needs {' and '.join(missing)}: not installed here.",
            why="their kernels multiply by rounded weights on an NVIDIA card.",
            next=install_command("quant"),
        )
    from transformers import BitsAndBytesConfig

    if dtype == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


def _tokenizer(folder: Path, config: dict[str, Any]) -> Any:
    if config["model_type"] == "qwen2":  # the class that AutoTokenizer chooses for every Qwen2 checkpoint
        from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer as Tokenizer
    else:
        from transformers import AutoTokenizer as Tokenizer  # type: ignore[assignment]
    return Tokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def unreadable_checkpoint(folder: Path, name: str, error: Exception, retry_hint: str) -> LabkitError:
    """The error for a checkpoint that cannot be read."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    kind: type[LabkitError] = FileDamaged
    why = "a file is missing, cut off or of a kind that transformers does not know"
    if isinstance(error, UntrustedError):
        why, first = "one of its files cannot be right", str(error)
    elif isinstance(error, ImportError):
        kind = LabkitError
        why = "it needs a package that is not installed"
        retry_hint = "install that package, then load it again"
    elif "ecogniz" in first:  # "does not recognize this architecture", "Unrecognized configuration"
        kind = Unsupported
        why = "the installed transformers has no network of its kind that continues a text"
        retry_hint = "pip install --upgrade transformers  # if the model is newer; or: labkit.catalog()"
    where = "" if name == folder.as_posix() else f" from {folder}"
    return kind(f"{name} could not be loaded{where}.", why=f"{why} ({first}).", next=retry_hint)


class no_progress_bars:  # noqa: N801
    """Hides the progress bars of `transformers`, whose stages help the reader little; restores them afterwards."""

    def __enter__(self) -> None:
        from transformers.utils import logging

        self.was = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        from transformers.utils import logging

        if self.was:
            logging.enable_progress_bar()
