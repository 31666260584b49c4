"""`labkit.load()`: from a name to a model that can think.

One path for all: stock `transformers`, no pickled weights, no code from a checkpoint. What a name may
be is one branch of `load` a kind.
"""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from labkit._paths import data_path
from labkit.errors import LabkitError
from labkit.models import catalog, gguf, hub
from labkit.models.catalog import Entry
from labkit.models.memory import gigabytes
from labkit.models.model import Model

EMBEDDED = (
    "r1-mini",
    "r1-mini-cold",
    "r1-nano",
    "r1-nano-cold",
    "r1-nano-rl",
    "r1-base",
    "r1-zero",
)

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def load(name: str | Path = "r1-mini", *, model: str | None = None) -> Model:
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

    Raises:
        LabkitError: no such model, a folder without a checkpoint, broken or pickled weights, a
            checkpoint that wants its own code run, too little memory or disk, or no network.
    """
    if not isinstance(name, str | Path):
        raise LabkitError(
            f"A model's name cannot be a {type(name).__name__}.",
            why="it is one of labkit's names or the path of a folder.",
            next="model = labkit.load()",
        )
    if str(name).startswith(("http://", "https://")):
        from labkit.models.remote import RemoteModel

        return RemoteModel(str(name), model)
    if str(name) in EMBEDDED:
        return _from_folder(data_path("models", str(name)), str(name))
    path = Path(name).expanduser()
    if path.is_dir():
        return _from_folder(path, path.resolve().name)
    if path.suffix == ".gguf" and path.is_file():
        return _from_gguf(path, path.stem)
    entry = catalog.find(str(name))
    if entry is not None and entry.name in gguf.PACKAGED:
        return _from_gguf(gguf.packaged(entry.name), entry.name, entry.family)
    if entry is not None and entry.server_only:
        raise too_large(entry)
    if entry is not None:
        return _from_folder(hub.snapshot(entry.hub), entry.name)
    if HUB_ID.fullmatch(str(name)):
        return _from_folder(hub.snapshot(str(name)), str(name).split("/")[1])
    raise _unknown(str(name))


def too_large(entry: Entry) -> LabkitError:
    """The sentence for a model that only servers can run."""
    return LabkitError(
        f"{entry.name} is too large for one machine.",
        why=f"its {entry.parameters / 1e9:.0f} billion weights take {gigabytes(entry.bytes())}: that is for servers.",
        next='model = labkit.load("r1-distill-qwen-1.5b")  # one of those that it taught',
    )


def _unknown(name: str) -> LabkitError:
    near = get_close_matches(name.lower(), (*EMBEDDED, *(e.name for e in catalog.entries())), n=1, cutoff=0.3)
    return LabkitError(
        f"There is no model {name!r}.",
        why=f"labkit brings {', '.join(EMBEDDED[:-1])} and {EMBEDDED[-1]}, and labkit.catalog() lists those that it "
        "can fetch; there is no folder and no .gguf file of that name here.",
        next=f'model = labkit.load("{(near or EMBEDDED)[0]}")',
    )


def _from_gguf(file: Path, name: str, family: str = "") -> Model:
    network, tokenizer = gguf.read(file, name)
    return Model(name, network, tokenizer, family=family or str(network.config.model_type))


def _from_folder(folder: Path, name: str) -> Model:
    config = _config(folder)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise LabkitError(
            f"{folder} holds no *.safetensors.",
            why="labkit reads no pickled weights (*.bin, *.pt): opening one can run any program.",
            next="model.save_pretrained(folder)  # in a place you trust writes safetensors",
        )
    size = sum(w.stat().st_size for w in weights)
    hub.fits_memory(size, name)
    network, tokenizer = _network(folder, config, name), _tokenizer(folder, config, name)
    return Model(name, network, tokenizer, family=_family(config, name))


def _family(config: dict[str, Any], name: str) -> str:
    """Of labkit's own models as they say; of one of the catalog, also in a folder of its name, as that says."""
    entry = catalog.find(name)
    return str(config.get("labkit_family") or (entry.family if entry else config["model_type"]))


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if not isinstance(config, dict) or "model_type" not in config:
            raise ValueError("it names no model_type")
    except (OSError, ValueError) as error:
        held = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "nothing"
        raise LabkitError(
            f"{folder} is not a checkpoint: {error}.",
            why=f"a checkpoint has a config.json, weights and a tokenizer; this folder holds {held}.",
            next="model = labkit.load()",
        ) from None
    hub.refuse_code(config, folder.name)
    return config


def _network(folder: Path, config: dict[str, Any], name: str) -> Any:
    # The Auto tables import every family's configuration; Qwen2 alone is a second faster.
    if config["model_type"] == "qwen2":
        from transformers.models.qwen2.modeling_qwen2 import Qwen2ForCausalLM as Network
    else:
        from transformers import AutoModelForCausalLM as Network  # type: ignore[assignment]
    try:
        with quiet():
            network = Network.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype="auto"
            )
    except Exception as error:  # safetensors, transformers and torch raise a dozen kinds
        raise _broken(folder, name, error) from error
    return (
        network.float().eval()
        if network.dtype.itemsize == 2 and network.num_parameters() < 1e8
        else network.eval()
    )


def _tokenizer(folder: Path, config: dict[str, Any], name: str) -> Any:
    if config["model_type"] == "qwen2":  # the class that AutoTokenizer gives every Qwen2 checkpoint
        from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer as Tokenizer
    else:
        from transformers import AutoTokenizer as Tokenizer  # type: ignore[assignment]
    try:
        return Tokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise _broken(folder, name, error) from error


def _broken(folder: Path, name: str, error: Exception) -> LabkitError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    again = (
        "pip install --force-reinstall --no-deps labkit"
        if name in EMBEDDED
        else "copy the folder again, whole"
    )
    return LabkitError(
        f"{name} could not be loaded from {folder}.",
        why=f"a file is missing, cut off or of a kind that transformers does not know ({first}).",
        next=again,
    )


class quiet:  # noqa: N801
    """No progress bar of `transformers` for half a second's work; restored afterwards."""

    def __enter__(self) -> None:
        from transformers.utils import logging

        self.was = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        from transformers.utils import logging

        if self.was:
            logging.enable_progress_bar()
