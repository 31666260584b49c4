"""What a user may type as the name of a model, and the errors for names that lead nowhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from labkit._host.paths import typed_path
from labkit._host.untrusted import read_json
from labkit.errors import BadArgument, ModelNotFound, NotEnoughMemory
from labkit.models import catalog
from labkit.models.catalog import Entry
from labkit.models.runtime.memory_budget import format_bytes

MANIFEST = "labkit.json"  # in a fetched folder: the catalog name of the model
HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)
_CLOSED = re.compile(r"(?:openai/)?(?:gpt-?[345]|chatgpt|o[134](?:-|$))|claude|gemini|grok-[345]")
_ADDRESS = re.compile(
    r"(?:https?:?/*|\w+://)?([\w.-]+(?::\d{4,5}|/v1)(?:/\S*)?)", re.I
)  # preceded by a typing slip


@cache
def embedded() -> tuple[str, ...]:
    """The names of the models that ship with labkit, in the catalog's order.

    >>> embedded()[0]
    'r1-mini'
    """
    return tuple(entry.name for entry in catalog.entries() if entry.carried)


def path_of(typed: str, next: str = "model = labkit.load()") -> Path:
    """The name as a path; `next` is the advice in the error.

    Raises:
        LabkitError: the path cannot be checked: it is too long, a folder in it is not readable, or the user whose
            home it begins with does not exist.
    """
    path = typed_path(typed, next=next)
    try:
        path.is_dir()
    except (OSError, ValueError) as error:
        raise BadArgument(
            f"{typed[:60]!r} cannot be opened.",
            why=f"{getattr(error, 'strerror', None) or error}".rstrip(".") + ".",
            next=next,
        ) from None
    return path


def name_of_folder(folder: Path, otherwise: str) -> str:
    """The model name that `labkit fetch` wrote into a folder; it gives the family and the sampling settings."""
    try:
        entry = catalog.find(str(read_json(folder / MANIFEST, 64_000)["model"]))
    except (OSError, ValueError, KeyError, TypeError):
        return otherwise
    return entry.name if entry is not None else otherwise


def too_large_error(entry: Entry) -> NotEnoughMemory:
    """The error for a model that only servers can run."""
    return NotEnoughMemory(
        f"{entry.name} is too large to load here.",
        why=f"its {entry.parameters / 1e9:.0f} billion weights take {format_bytes(entry.bytes())}: "
        "servers with several GPUs hold them.",
        next='model = labkit.load("r1-distill-qwen-1.5b")  # one of its distilled models',
    )


def unknown_model_error(name: str, next: str = 'model = labkit.load("{}")') -> ModelNotFound:
    """The error for an unknown model name; `next` is the advice, with a placeholder for a known name."""
    address = _ADDRESS.fullmatch(name.strip())
    if address:
        secure = name.strip().lower().startswith("https")
        return ModelNotFound(
            f"There is no model {name!r}.",
            why="the address of a server begins with http:// or https://.",
            next=next.format(f"{'https' if secure else 'http'}://{address[1]}"),
        )
    if Path(name).expanduser().is_file():
        return ModelNotFound(
            f"{name} is a single file.",
            why="a model is a folder with weights, config.json and tokenizer, or a .gguf file.",
            next=f'model = labkit.load("{Path(name).expanduser().absolute().parent.as_posix()}")',
        )
    near = catalog.near(name, loaded=True) or embedded()
    if _CLOSED.match(name.strip().lower()):
        return ModelNotFound(
            f"{name} is not an open model.",
            why="its weights are not published, so no machine of yours can run it.",
            next=next.format("r1-mini"),
        )
    if re.match(r"[./~\\]", name.strip()) or "\\" in name or name.count("/") > 1:
        return ModelNotFound(
            f"There is no folder {name!r}.",
            why=f"it is looked for from the folder {Path.cwd()}.",
            next=next.format(near[0]),
        )
    return ModelNotFound(
        f"There is no model {name!r}.",
        why=f"labkit brings {', '.join(embedded()[:-1])} and {embedded()[-1]}, and labkit.catalog() lists those that "
        "it can fetch; there is no folder and no .gguf file of that name here.",
        next=next.format(near[0]),
    )
