"""`labkit.load()`: loads a model by name.

Every checkpoint takes the same path: stock `transformers`, no pickled weights, no code from the
checkpoint. `load` has one branch for each kind of name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from labkit._arguments import checks_arguments
from labkit._host.atomic_folder import current_folder
from labkit._host.extras import reinstall_command
from labkit._host.shipped import data_path
from labkit.errors import BadArgument, Unsupported
from labkit.models import catalog
from labkit.models.base import LanguageModel
from labkit.models.checkpoints import checkpoint, gguf, hub
from labkit.models.llamacpp import model as llamacpp
from labkit.models.local.model import LocalModel
from labkit.models.model_names import HUB_ID, name_of_folder, path_of, too_large_error, unknown_model_error
from labkit.models.reading_tags import set_reading
from labkit.models.runtime import device as places
from labkit.models.runtime import quantization
from labkit.models.runtime.quantization import DType
from labkit.traces.families import check_family, tags_of_pair

Engine = Literal["transformers", "llama.cpp"]


@checks_arguments
def load(
    name: str | Path = "r1-mini",
    *,
    model: str | None = None,
    dtype: DType | None = None,
    device: str | None = None,
    engine: Engine | None = None,
    family: str = "",
    tags: Sequence[str] | None = None,
) -> LanguageModel:
    """Loads a model.

    Args:
        name: `"r1-mini"` (ships with labkit, the default), `"r1-mini-cold"` (R1-mini before RL); at a
            quarter of its size `"r1-nano-cold"` (SFT on traces of a program), `"r1-nano"` (r1-nano-cold
            distilled from R1-mini), `"r1-nano-rl"` (r1-nano-cold after RL); `"r1-base"` (trained on sums
            without chain of thought) and `"r1-zero"` (r1-base after RL); a folder with a `transformers`
            checkpoint, or a `.gguf` file; a name of the catalog (`"r1-distill-qwen-1.5b"`,
            `"smollm2-135m"`), or the `"owner/name"` of a repository on the Hugging Face hub; or the
            address of an OpenAI-compatible server (`"http://host:8000/v1"`).
        model: selects one of a server's models.
        dtype: the precision of the weights, `"float32"`, `"bfloat16"`, `"int8"` or `"int4"`
            (`labkit.models.runtime.quantization`); by default as published, a small model in float32.
        device: `"cpu"`, `"cuda"` or `"mps"`; by default an NVIDIA GPU for a large model that fits on it,
            otherwise the CPU. `repr(model)` shows the device.
        engine: for a `.gguf` file: `"transformers"` dequantises its weights to floats and supports every
            feature; `"llama.cpp"` computes with the quantised weights, in the memory of the file, without
            capture. The default is the first if it fits, otherwise the second if it is installed.
        family: the family of a model that labkit does not know, such as "qwen" (`labkit families` lists them).
        tags: the opening and the closing tag of its thoughts, such as `("<reason>", "</reason>")`; the opening tag is
            "" if the chat template writes it.

    Raises:
        LabkitError: an unknown model or family, a folder without a checkpoint, broken or pickled weights, a
            checkpoint that needs its own code, too little memory or disk, no network, or an unknown
            precision or device.
    """
    check_family(family)
    pair = None if tags is None else list(tags)
    if pair is not None:
        tags_of_pair(pair)
    loaded = _load(name, model, dtype, device, engine)
    set_reading(loaded, family, pair)
    if isinstance(loaded, LocalModel):
        options = {"dtype": dtype, "device": device, "engine": engine, "family": family or None, "tags": pair}
        given = "".join(f", {key}={json.dumps(value)}" for key, value in options.items() if value is not None)
        loaded.load_line = f"model = labkit.load({json.dumps(str(name).strip())}{given})"
    return loaded


def _load(
    name: str | Path, model: str | None, dtype: DType | None, device: str | None, engine: Engine | None
) -> LanguageModel:
    typed = str(name).strip()
    if typed.lower().startswith(("http://", "https://")):
        from labkit.models.remote import RemoteModel

        return RemoteModel(typed, model)
    dtype = quantization.parse_dtype(dtype, typed)
    if engine not in (None, *get_args(Engine)):
        raise BadArgument(f"engine={engine!r} is not possible.", why=f"it is {' or '.join(get_args(Engine))}.",
                          next='model = labkit.load("model.gguf", engine="llama.cpp")')  # fmt: skip
    if model is not None:
        raise BadArgument(
            f"model={model!r} is not possible.",
            why=f"model= selects one of a server's models, and {typed} is not a server.",
            next=f'model = labkit.load("{typed}")',
        )
    if not typed:
        raise unknown_model_error(typed)
    entry, path = catalog.find(typed), current_folder(path_of(typed))
    if entry is not None and entry.carried:
        _no_gguf(engine, entry.name)
        retry_hint = reinstall_command()
        return _from_folder(data_path("models", entry.name), entry.name, dtype, device, retry_hint)
    file = _gguf_of(path)
    if file is not None:
        return _from_gguf(file, name_of_folder(file.parent, file.stem), dtype, device, engine)
    if path.is_dir():
        _no_gguf(engine, path.as_posix())
        return _from_folder(
            path, name_of_folder(path, path.resolve().name), dtype, device, typed=path.as_posix()
        )
    if entry is not None and entry.name in gguf.PACKAGED:
        folder = gguf.converted(entry.name) if engine != "llama.cpp" else None
        if folder is not None:
            return _from_folder(folder, entry.name, dtype, device)
        return _from_gguf(gguf.packaged(entry.name), entry.name, dtype, device, engine)
    if entry is not None and entry.server_only:
        raise too_large_error(entry)
    if entry is None and not HUB_ID.fullmatch(typed):
        raise unknown_model_error(typed)
    _no_gguf(engine, typed)
    if entry is not None:
        return _from_hub(entry.hub, entry.name, dtype, device)
    return _from_hub(typed, typed.split("/")[1], dtype, device)


def _gguf_of(path: Path) -> Path | None:
    """The `.gguf` file at a path: the file itself, or the only one in a folder without safetensors.

    Raises:
        LabkitError: the folder has several `.gguf` files.
    """
    if not path.is_dir():
        return path if path.suffix.lower() == ".gguf" and path.is_file() else None
    if any(path.glob("*.safetensors")):
        return None
    files = sorted(file for file in path.glob("*") if file.suffix.lower() == ".gguf")
    if len(files) > 1:
        raise BadArgument(
            f"{path} holds {len(files)} .gguf files.",
            why=f"each is a model: {', '.join(file.name for file in files[:10])}.",
            next=f'model = labkit.load("{files[0].as_posix()}")',
        )
    return files[0] if files else None


def _no_gguf(engine: Engine | None, typed: str) -> None:
    if engine == "llama.cpp":
        raise Unsupported(
            f"{typed} cannot be computed by llama.cpp.",
            why="it is not a .gguf file, and llama.cpp reads only those.",
            next=f'model = labkit.load("{typed}")',
        )


def _from_hub(repository: str, name: str, dtype: DType | None, device: str | None) -> LocalModel:
    typed = name if catalog.find(repository) else repository
    folder = hub.snapshot(repository, lambda size: places.check_before_download(size, typed, dtype, device))
    # The snapshot only links to the files: the whole copy of the repository must be deleted.
    retry_hint = f"delete {folder.parents[1]} and load it again: it is fetched anew"
    return _from_folder(folder, name, dtype, device, retry_hint, typed)


def _from_gguf(
    file: Path, name: str, dtype: DType | None, device: str | None, engine: Engine | None
) -> LocalModel:
    entry = catalog.find(name)
    if engine == "llama.cpp" or (engine is None and llamacpp.installed() and not gguf.fits(file)):
        return llamacpp.load(file, name, family=entry.family if entry else "", device=device)
    network, tokenizer = gguf.read_gguf(file, name, dtype=dtype, on=device)
    return LocalModel(
        name, network, tokenizer, family=_family({"model_type": network.config.model_type}, name)
    )


def _from_folder(
    folder: Path, name: str, dtype: DType | None, device: str | None, retry_hint: str = "", typed: str = ""
) -> LocalModel:
    # An error uses the typed name, so that the advised line works when pasted.
    network, tokenizer, config = checkpoint.read_checkpoint(
        folder, typed or name, dtype=dtype, on=device, retry_hint=retry_hint
    )
    return LocalModel(name, network, tokenizer, family=_family(config, name))


def _family(config: dict[str, object], name: str) -> str:
    """The family: from the configuration of labkit's own models, else from the catalog, by name or folder name."""
    entry = catalog.find(name)
    return str(config.get("labkit_family") or (entry.family if entry else config["model_type"]))
