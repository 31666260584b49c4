"""`labkit.load()`: from a name to a model that can think.

One path for all: stock `transformers`, no pickled weights, no code from a checkpoint. What a name may
be is one branch of `load` a kind.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, get_args

from labkit._paths import data_path
from labkit.errors import LabkitError
from labkit.models import catalog, checkpoint, gguf, hub, llamacpp, precision
from labkit.models import device as places
from labkit.models.catalog import Entry
from labkit.models.memory import gigabytes
from labkit.models.model import Model
from labkit.models.precision import DType

EMBEDDED = (
    "r1-mini",
    "r1-mini-cold",
    "r1-nano",
    "r1-nano-cold",
    "r1-nano-rl",
    "r1-base",
    "r1-zero",
)

Engine = Literal["transformers", "llama.cpp"]
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
ADDRESS = re.compile(
    r"(?:https?:?/*|\w+://)?([\w.-]+(?::\d{4,5}|/v1)(?:/\S*)?)", re.I
)  # with a slip before it


def load(
    name: str | Path = "r1-mini",
    *,
    model: str | None = None,
    dtype: DType | None = None,
    device: str | None = None,
    engine: Engine | None = None,
) -> Model:
    """Loads a model.

    Args:
        name: `"r1-mini"` (ships with labkit, the default), `"r1-mini-cold"` (the same before it was
            rewarded), of a quarter of its size `"r1-nano-cold"` (taught by a program), `"r1-nano"` (that,
            taught by R1-mini), `"r1-nano-rl"` (that, rewarded instead), `"r1-base"` (knows sums and no
            chain of thought) and `"r1-zero"` (that, rewarded); a folder that holds a `transformers`
            checkpoint, or a `.gguf` file; a name of the catalog (`"r1-distill-qwen-1.5b"`,
            `"smollm2-135m"`), or the `"owner/name"` of a repository on the Hugging Face hub; or the
            address of an OpenAI-compatible server (`"http://host:8000/v1"`).
        model: which of a server's models.
        dtype: the precision of the weights, `"float32"`, `"bfloat16"`, `"int8"` or `"int4"`
            (`labkit.models.precision`); by default as published, a small model in float32.
        device: `"cpu"`, `"cuda"` or `"mps"`; by default an NVIDIA card for a large model that fits on it,
            or else the processor. `repr(model)` says which.
        engine: for a `.gguf` file: `"transformers"` turns its weights into floats, and everything works;
            `"llama.cpp"` computes with them as they are, in the memory of the file, and captures nothing. By
            default the first if it fits, or else the second if it is installed.

    Raises:
        LabkitError: no such model, a folder without a checkpoint, broken or pickled weights, a
            checkpoint that wants its own code run, too little memory or disk, no network, or a precision
            or device that there is not.
    """
    if not isinstance(name, str | Path):
        raise LabkitError(
            f"A model's name cannot be a {type(name).__name__}.",
            why="it is one of labkit's names or the path of a folder.",
            next="model = labkit.load()",
        )
    typed = str(name).strip()
    if typed.lower().startswith(("http://", "https://")):
        from labkit.models.remote import RemoteModel

        return RemoteModel(typed, model)
    dtype = precision.checked(dtype)
    if engine not in (None, *get_args(Engine)):
        raise LabkitError(f"engine={engine!r} is not possible.", why=f"it is {' or '.join(get_args(Engine))}.",
                          next='model = labkit.load("model.gguf", engine="llama.cpp")')  # fmt: skip
    path = Path(name).expanduser()
    if str(name) in EMBEDDED:
        again = "pip install --force-reinstall --no-deps labkit"
        return _from_folder(data_path("models", str(name)), str(name), dtype, device, again)
    if path.is_dir():
        return _from_folder(path, path.resolve().name, dtype, device)
    if path.suffix == ".gguf" and path.is_file():
        return _from_gguf(path, path.stem, dtype, device, engine)
    entry = catalog.find(str(name))
    if entry is not None and entry.name in gguf.PACKAGED:
        kept = gguf.converted(entry.name) if engine != "llama.cpp" else None
        if kept is not None:
            return _from_folder(kept, entry.name, dtype, device)
        return _from_gguf(gguf.packaged(entry.name), entry.name, dtype, device, engine)
    if entry is not None and entry.server_only:
        raise too_large(entry)
    if entry is not None:
        return _from_hub(entry.hub, entry.name, dtype, device)
    if HUB_ID.fullmatch(str(name)):
        return _from_hub(str(name), str(name).split("/")[1], dtype, device)
    raise _unknown(str(name))


def too_large(entry: Entry) -> LabkitError:
    """The sentence for a model that only servers can run."""
    return LabkitError(
        f"{entry.name} is too large for one machine.",
        why=f"its {entry.parameters / 1e9:.0f} billion weights take {gigabytes(entry.bytes())}: that is for servers.",
        next='model = labkit.load("r1-distill-qwen-1.5b")  # one of those that it taught',
    )


def _unknown(name: str) -> LabkitError:
    address = ADDRESS.fullmatch(name.strip())
    if address:
        secure = name.strip().lower().startswith("https")
        return LabkitError(
            f"There is no model {name!r}.",
            why="the address of a server begins with http:// or https://.",
            next=f'model = labkit.load("{"https" if secure else "http"}://{address[1]}")',
        )
    near = get_close_matches(name.lower(), (*EMBEDDED, *(e.name for e in catalog.entries())), n=1, cutoff=0.3)
    return LabkitError(
        f"There is no model {name!r}.",
        why=f"labkit brings {', '.join(EMBEDDED[:-1])} and {EMBEDDED[-1]}, and labkit.catalog() lists those that it "
        "can fetch; there is no folder and no .gguf file of that name here.",
        next=f'model = labkit.load("{(near or EMBEDDED)[0]}")',
    )


def _from_hub(repository: str, name: str, dtype: DType | None, device: str | None) -> Model:
    folder = hub.snapshot(repository, lambda size: places.expected(size, name, dtype, device))
    return _from_folder(folder, name, dtype, device)


def _from_gguf(
    file: Path, name: str, dtype: DType | None, device: str | None, engine: Engine | None
) -> Model:
    entry = catalog.find(name)
    if engine == "llama.cpp" or (engine is None and llamacpp.installed() and not gguf.fits(file)):
        return llamacpp.load(file, name, family=entry.family if entry else "", device=device)
    network, tokenizer = gguf.read(file, name, dtype=dtype, on=device)
    return Model(name, network, tokenizer, family=_family({"model_type": network.config.model_type}, name))


def _from_folder(folder: Path, name: str, dtype: DType | None, device: str | None, again: str = "") -> Model:
    network, tokenizer, config = checkpoint.read(folder, name, dtype=dtype, on=device, again=again)
    return Model(name, network, tokenizer, family=_family(config, name))


def _family(config: dict[str, object], name: str) -> str:
    """Of labkit's own models as they say; of one of the catalog, also in a folder of its name, as that says."""
    entry = catalog.find(name)
    return str(config.get("labkit_family") or (entry.family if entry else config["model_type"]))
