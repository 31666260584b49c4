"""The files of a checkpoint, bounded and checked before `transformers` reads them.

`transformers` and `tokenizers` trust the files of a folder. A `config.json` that is a pipe hangs, an id of 2^31 in
`tokenizer.json` takes 8.6 GB and kills the process, 100,000 layers are built one by one before a weight is missed, and
a `model_max_length` that is a string fails during generation. This module refuses each of these with an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from labkit._host.untrusted import MB, UntrustedError, read_bytes, read_json, require_regular
from labkit.errors import FileDamaged
from labkit.models.checkpoints.checksums import is_name

LARGEST_ID = 10_000_000  # a tokenizer allocates memory for every id up to its largest one
LONGEST = 10_000_000  # the largest size in config.json: hidden size, vocabulary, ...
MOST = 10_000  # the largest count in config.json: heads, experts, ...
HEADER = 16 * MB  # bytes of the header of a safetensors file
ENTRIES = 20_000  # files in a model folder
# Bytes of each file that transformers reads. The largest published: a tokenizer.json of 35 MB, an index of 12 MB.
BOUNDS = {
    "config.json": MB, "generation_config.json": MB, "tokenizer_config.json": 16 * MB, "tokenizer.json": 128 * MB,
    "special_tokens_map.json": 4 * MB, "added_tokens.json": 16 * MB, "model.safetensors.index.json": 64 * MB,
    "vocab.json": 64 * MB, "merges.txt": 64 * MB, "vocab.txt": 64 * MB, "tekken.json": 128 * MB,
    "chat_template.json": MB, "*.jinja": MB, "*.model": 64 * MB,
}  # fmt: skip
COUNTED = re.compile(r"^(num|n)_(?!positions|ctx)|(layers|heads|experts)$")
SIZED = re.compile(r"(size|dim|embd|inner|ffn|rank)(_|$)")
LAYERS = re.compile(r"^(num_(hidden_)?layers|n_layers?)$")

Id = Annotated[int, Field(strict=True, ge=-1, le=LARGEST_ID)]  # some configurations write -1 for "no token"
Ids = Id | list[Id] | None


class Special(BaseModel):
    """The special token ids in `config.json` and `generation_config.json`."""

    eos_token_id: Ids = None
    bos_token_id: Ids = None
    pad_token_id: Ids = None


class AddedToken(BaseModel):
    """A token that was added to a vocabulary; only `tokenizer.json` has the field `id`."""

    id: Id = 0
    content: str


class TokenizerConfig(BaseModel):
    """The fields of `tokenizer_config.json` that labkit uses."""

    model_max_length: Annotated[float, Field(strict=True, gt=0)] | None = None
    chat_template: str | list[dict[str, str]] | dict[str, str] | None = None
    added_tokens_decoder: dict[Annotated[int, Field(ge=0, le=LARGEST_ID)], AddedToken] = {}


class Vocabulary(BaseModel):
    """The vocabulary in `tokenizer.json`: ids by token, or a list of tokens and scores."""

    vocab: dict[str, Id] | list[Any] = {}


class Tokenizer(BaseModel):
    """The fields of `tokenizer.json` that labkit uses."""

    model: Vocabulary
    added_tokens: list[AddedToken] = []


class Index(BaseModel):
    """`model.safetensors.index.json`: the file of each tensor."""

    weight_map: dict[str, str]


SHAPES: dict[str, type[BaseModel]] = {
    "generation_config.json": Special, "tokenizer_config.json": TokenizerConfig, "tokenizer.json": Tokenizer,
    "model.safetensors.index.json": Index,
}  # fmt: skip


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration of a folder.

    Raises:
        OSError: the file cannot be opened.
        UntrustedError: the file has another format, or describes more than any machine could hold.
    """
    config = read_json(folder / "config.json", BOUNDS["config.json"])
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise UntrustedError("it names no model_type")
    _validate(Special, config)
    for name, number in _numbers(config):
        most = MOST if COUNTED.search(name) else LONGEST if SIZED.search(name) else 2**53
        if number > most:
            raise UntrustedError(f"its {name} is {min(number, 10**300):.4g}, and the most is {most:,}")
    return config


def check_files(folder: Path, retry_hint: str, names: tuple[str, ...] = ("*",)) -> None:
    """Refuses a folder in which a file is not what `transformers` expects.

    Args:
        folder: a checkpoint.
        retry_hint: what to do about a broken file.
        names: patterns of the files to check.

    Raises:
        LabkitError: a file is broken; the error names it.
    """
    for count, file in enumerate(folder.iterdir()):
        if count >= ENTRIES:
            raise FileDamaged(
                f"{folder} holds more than {ENTRIES:,} files.",
                why="the folder of a model holds some hundred.",
                next=retry_hint,
            )
        if any(fnmatch(file.name, name) for name in names):
            try:
                _check_file(file)
            except (OSError, UntrustedError) as error:
                raise unusable_file(file, str(error), retry_hint) from None


def check_layers(config: dict[str, Any], tensors: int) -> None:
    """Refuses a configuration with more layers than its files hold tensors: `transformers` would build them all.

    Raises:
        UntrustedError: there are too many layers; the error names the number.
    """
    for name, number in _numbers(config):
        if LAYERS.search(name) and number > tensors:
            raise UntrustedError(f"its {name} is {number:,}, and the files hold {tensors:,} tensors")


def unusable_file(file: Path, why: str, retry_hint: str) -> FileDamaged:
    """The error for a checkpoint file that cannot be used."""
    return FileDamaged(f"{file.name} in {file.parent} cannot be used.", why=f"{why}.", next=retry_hint)


def _check_file(file: Path) -> None:
    if not file.is_dir():  # a dangling link is skipped
        if file.is_symlink() and not file.exists():
            return
        require_regular(file)
    most = next((size for name, size in BOUNDS.items() if fnmatch(file.name, name)), None)
    if file.suffix == ".safetensors":
        require_header(file)
    elif most is not None and file.suffix == ".json":
        value = read_json(file, most)
        if file.name in SHAPES:
            _validate(SHAPES[file.name], value)
        if file.name == "model.safetensors.index.json":
            _require_beside(value["weight_map"])
    elif most is not None:
        read_bytes(file, most)


def require_header(file: Path) -> None:
    """Refuses a safetensors file whose header is larger than that of any model."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
    if HEADER < length <= file.stat().st_size:  # the library refuses a longer header: the file is truncated
        raise UntrustedError(f"its header has {length:,} bytes, and the most is {HEADER:,}")


def _require_beside(weight_map: dict[str, str]) -> None:
    for name in set(weight_map.values()):
        if not is_name(name):
            raise UntrustedError(f"it names {name[:60]!r}, which is not a file of its folder")


def _validate(shape: type[BaseModel], value: Any) -> None:
    try:
        shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"][:4]) or "the whole file"
        raise UntrustedError(f"its {where} is {str(first['input'])[:40]!r}: {first['msg']}") from None


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a configuration, with its name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value
