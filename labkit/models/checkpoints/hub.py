"""Downloads a checkpoint from the Hugging Face hub after checking it.

`huggingface_hub` does the download: its cache, locks, progress bars and retries after a broken connection.
This module refuses unusable repositories before any weights are downloaded, and explains all failures.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from errno import ENOSPC
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from labkit._host.progress import Progress
from labkit._host.untrusted import MB, UntrustedError, read_json
from labkit.errors import FileDamaged, LabkitError, ModelNotFound, ServerError, Unsupported
from labkit.models import catalog
from labkit.models.checkpoints import checksums
from labkit.models.runtime.memory_budget import format_bytes

# Weights as safetensors, configuration and tokenizer; no code and no pickled files.
WEIGHT_FILES = ["*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt"]
IGNORED_FILES = ["*/*", "consolidated*"]  # the same weights in other formats


def snapshot(hub: str, check_size: Callable[[int], None] = lambda size: None) -> Path:
    """The folder of a repository's newest files, downloaded if needed.

    Args:
        hub: `"owner/name"`.
        check_size: receives the bytes of the weights before the download; raises if they would be unusable.

    Raises:
        LabkitError: there is no network and no local copy, the repository does not exist, needs its own code, has
            no safetensors, is too large for this disk or for `check_size`, or the connection broke.
    """
    from huggingface_hub import constants, snapshot_download

    local = cached(hub)
    if local is not None:
        return local
    if constants.HF_HUB_OFFLINE:
        raise _not_on_this_machine(hub, "HF_HUB_OFFLINE is set, so the hub is not asked")
    try:
        _preflight(hub, check_size)
        folder = Path(snapshot_download(hub, allow_patterns=WEIGHT_FILES, ignore_patterns=IGNORED_FILES))
        if not is_complete(folder):  # the client returns a partial copy when the connection breaks
            raise ConnectionError("the connection broke")
        _check_integrity(hub, folder)
        return folder
    except LabkitError:
        raise
    except Exception as error:  # httpx, the hub, the file system and a proxy have their own types
        raise _to_labkit_error(hub, error) from error


def cached(hub: str) -> Path | None:
    """The folder of a complete copy on this machine. Returns None if the copy is missing or partial."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                hub, allow_patterns=WEIGHT_FILES, ignore_patterns=IGNORED_FILES, local_files_only=True
            )
        )
    except Exception:  # not cached, for any reason
        return None
    return folder if is_complete(folder) else None


def is_complete(folder: Path) -> bool:
    """Whether a checkpoint folder has its configuration and every weight file that its index names."""
    index = folder / "model.safetensors.index.json"
    if not (folder / "config.json").is_file():
        return False
    if not index.is_file():
        return any(folder.glob("*.safetensors"))
    try:
        named = {str(name) for name in read_json(index, 64 * MB)["weight_map"].values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return all((folder / name).is_file() for name in named)


def _check_integrity(hub: str, folder: Path) -> None:
    """Compares fetched weights with their checksums; the hub's cache names large files by checksum."""
    blobs = [file.resolve() for file in folder.glob("*.safetensors")]
    blobs = [blob for blob in blobs if re.fullmatch("[0-9a-f]{64}", blob.name)]
    bar, done = Progress(f"Comparing the sums of {hub}", sum(b.stat().st_size for b in blobs), bytes=True), 0

    def read(count: int) -> None:
        nonlocal done
        bar.show(done := done + count)

    broken = [blob for blob in blobs if checksums.digest(blob, read) != blob.name]
    bar.close()
    for blob in broken:
        blob.unlink()
    if broken:
        raise FileDamaged(
            f"{len(broken)} of {len(blobs)} files of {hub} arrived damaged.",
            why="they are not what the hub says that they are; they were deleted, the others are kept.",
            next=f'model = labkit.load("{hub}")  # fetches the rest',
        )


def _preflight(hub: str, check_size: Callable[[int], None]) -> None:
    """Refuses an unusable repository before the download."""
    from huggingface_hub import HfApi, constants, hf_hub_download

    files = HfApi().model_info(hub, files_metadata=True).siblings or []
    sizes = {f.rfilename: f.size or 0 for f in files if matches(f.rfilename)}
    weights = sum(size for name, size in sizes.items() if name.endswith(".safetensors"))
    if not weights or "config.json" not in sizes:
        raise _not_a_checkpoint(hub, [f.rfilename for f in files])
    try:
        refuse_code(read_json(Path(hf_hub_download(hub, "config.json")), MB), hub)
    except UntrustedError as error:
        raise FileDamaged(
            f"{hub} is not a checkpoint.",
            why=f"its config.json cannot be read: {error}.",
            next="labkit.catalog()",
        ) from None
    check_size(weights)
    total, cache = sum(sizes.values()), Path(constants.HF_HUB_CACHE)
    place = next(p for p in (cache, *cache.parents) if p.is_dir())
    left = shutil.disk_usage(place).free
    if total > 0.95 * left:
        raise LabkitError(
            f"{hub} has {format_bytes(total)}, and {format_bytes(left)} are left on the disk of {place.name or place}.",
            why="a partial copy cannot be loaded.",
            next="free some space, or set HF_HOME to a folder on another disk",
        )


def matches(name: str, patterns: Sequence[str] = WEIGHT_FILES) -> bool:
    """Whether a file of this name is a model file."""
    return any(fnmatch(name, w) for w in patterns) and not any(fnmatch(name, u) for u in IGNORED_FILES)


def _not_a_checkpoint(hub: str, names: list[str]) -> Unsupported:
    """The error for a repository that is not a checkpoint in safetensors."""
    message = f"{hub} has no safetensors."
    pickled = [name for name in names if name.endswith((".bin", ".pt", ".pth", ".ckpt"))]
    ggufs = sorted(
        (name for name in names if name.endswith(".gguf")), key=lambda n: "q4_k_m" not in n.lower()
    )
    next = "labkit.catalog()  # models that have them"
    if "adapter_config.json" in names:
        message, why = (
            f"{hub} is an adapter.",
            "it changes the weights of another model, and has none of its own.",
        )
    elif ggufs:
        why = f"its weights are .gguf files, such as {ggufs[0]}, and labkit fetches none of those."
        next = f'hf download {hub} "{ggufs[0]}" --local-dir FOLDER  # then labkit.load("FOLDER/{ggufs[0]}")'
    elif pickled:
        why = f"labkit reads no pickled weights ({', '.join(pickled[:3])}): opening one can run any program."
    else:
        message, why = (
            f"{hub} is not a checkpoint.",
            "it has no config.json with weights that labkit could read.",
        )
    return Unsupported(message, why=why, next=next)


def refuse_code(config: Any, name: str) -> None:
    """Refuses a checkpoint that needs its own code.

    Raises:
        LabkitError: its configuration has an `auto_map`, or names kernels of the hub.
    """
    if isinstance(config, dict) and "auto_map" in config:
        raise Unsupported(
            f"{name} asks to run Python code of its own.",
            why="its config.json has an auto_map, and labkit never runs code that comes with weights.",
            next="model = labkit.load()",
        )
    for kernel in _kernels(config):
        raise Unsupported(
            f"{name} asks to run code from {kernel[:80]!r}.",
            why="its config.json names a repository of kernels, and labkit never runs code that weights ask for.",
            next="model = labkit.load()",
        )


def _kernels(value: Any, name: str = "") -> Iterator[str]:
    """The repositories of compiled kernels in a configuration: `transformers` would download and run them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _kernels(inner, name if name.endswith("implementation") else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _kernels(inner, name)
    elif isinstance(value, str) and name.endswith("implementation") and "/" in value:
        yield value


def _not_on_this_machine(hub: str, why: str) -> ModelNotFound:
    return ModelNotFound(
        f"{hub} is not on this machine.",
        why=f"there is no folder of that name here; {why}.",
        next=f"labkit fetch {hub} FOLDER  # where there is a network; then labkit.load(FOLDER)",
    )


def _to_labkit_error(hub: str, error: Exception) -> LabkitError:
    """Converts an exception to a `LabkitError`."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return ServerError(
            f"{hub} is given only to those who have accepted its licence.",
            why="the hub wants to know who you are.",
            next=f"open the page of {hub} on the hub, accept, and log in with: hf auth login",
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        last = hub.split("/")[-1].removeprefix("DeepSeek-")
        close = catalog.near(last, loaded=True) or ["r1-distill-qwen-1.5b"]
        return ModelNotFound(
            f"There is no model {hub!r} on the hub.",
            why="its name is misspelt, or it is private; there is no folder of that name here, either.",
            next=f'model = labkit.load("{close[0]}")',
        )
    if isinstance(error, OSError) and error.errno == ENOSPC:
        return LabkitError(
            f"The disk is full: {hub} was not fetched to its end.",
            why="files that came whole are kept, and the rest will be asked for.",
            next=f'model = labkit.load("{hub}")  # once some space is free',
        )
    if isinstance(error, errors.HfHubHTTPError) and error.response.status_code in (401, 403):
        return ServerError(f"The hub refused {hub}.", why=f"{_first(error)}.", next="hf auth login")
    return ServerError(
        f"{hub} could not be fetched.",
        why=f"the connection to the hub failed ({_first(error)}), and there is no folder of that name here; files "
        "that came whole are kept.",
        next=f'model = labkit.load("{hub}")  # where there is a network: fetches the rest',
    )


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
