"""Downloads a model folder over the network of a classroom, from a machine that serves it.

The teacher's machine needs only Python: `python -m http.server --directory FOLDER` serves a folder that `labkit fetch`
made. Downloads are compared with the folder's `SHA256SUMS`. After a broken connection, complete files are not sent
again; a partial file is resumed if the server supports ranges (Python's `http.server` does not).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from errno import EDQUOT, EEXIST, EFBIG, ENOSPC
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from labkit._host.atomic_folder import put_folder
from labkit._host.paths import quoted
from labkit._host.progress import Progress
from labkit.errors import BadArgument, FileDamaged, LabkitError, ServerError
from labkit.models.checkpoints.checksums import LARGEST, SUMS, digest, parse_checksums, size
from labkit.models.checkpoints.hub import WEIGHT_FILES, matches
from labkit.models.runtime.memory_budget import format_bytes

TIMEOUT = httpx.Timeout(20.0)  # seconds without a byte
MODEL_FILES = [
    *WEIGHT_FILES,
    "*.gguf",
    "*.jsonl",
    "*.toml",
    "*.md",
    "LICENSE*",
]  # labkit's own models include their training records
ATTEMPTS = 3  # for each file, in one call


def download(url: str, place: Path) -> None:
    """Copies a served folder to `place`, whole or not at all; a partial copy stays beside it and can be resumed.

    Args:
        url: the address of the folder, such as `"http://192.168.1.20:8000/"`.
        place: must not exist yet.

    Raises:
        LabkitError: no server answers, the checksums are missing, a file is not a model file, the model is too large
            for the disk, the connection broke, or a file does not match its checksum.
    """
    partial = place.with_name(f".{place.name}.half")
    retry_command = f"labkit fetch {quoted(url)} {quoted(place.as_posix())}"
    lock = FileLock(place.with_name(f".{place.name}.lock"))
    try:
        with (
            httpx.Client(base_url=url.rstrip("/") + "/", timeout=TIMEOUT) as client,
            lock.acquire(timeout=0),
        ):
            sums = _fetch_checksums(client, url)
            sizes = {name: _content_length(client, name) for _, name in sums}
            _require_disk_space(sum(sizes.values()), place)
            if place.exists():
                raise FileExistsError(EEXIST, "another call has fetched it in the meantime")
            partial.mkdir(exist_ok=True)
            _remove_other_files(partial, {name for _, name in sums}, retry_command)
            _download_files(
                client,
                partial,
                sums,
                sizes,
                Progress(f"Fetching {place.name}", sum(sizes.values()), bytes=True),
            )
            (partial / SUMS).write_text(
                "".join(f"{sum}  {name}\n" for sum, name in sums), "utf-8", newline="\n"
            )
            with suppress(OSError):  # before the last rename, so that a killed call can be resumed
                Path(lock.lock_file).unlink()
            put_folder(partial, place)
    except Timeout:
        raise LabkitError(
            f"{place.name} is being fetched already.",
            why="another process writes there.",
            next=f"{retry_command}-2",
        ) from None
    except httpx.InvalidURL as error:
        raise BadArgument(
            f"{url!r} is not an address.",
            why=f"{error}.",
            next="labkit fetch http://192.168.1.20:8000/ FOLDER",
        ) from None
    except httpx.HTTPError as error:
        raise ServerError(
            f"{place.name} could not be fetched from {url}.",
            why=f"the connection broke, or no server answers ({error or type(error).__name__}); "
            "the received part is kept.",
            next=f"{retry_command}  # again: it asks for what is missing",
        ) from None
    except OSError as error:
        raise LabkitError(
            f"{place.name} could not be written.",
            why=f"{error.strerror or error}; the received part is kept in {partial.name}.",
            next=f"{other_disk(error)}, then: {retry_command}",
        ) from None


def _remove_other_files(partial: Path, names: set[str], retry_command: str) -> None:
    """Removes files of another model, which was fetched to the same place, from a partial copy.

    Raises:
        LabkitError: the folder holds files that are not model files, so it is not a partial copy of labkit's.
    """
    for entry in sorted(partial.iterdir()):
        if entry.name not in {*names, SUMS} and not (entry.is_file() and is_model_file(entry.name)):
            raise LabkitError(
                f"{partial.name} is not half a copy of a model: it holds {entry.name}.",
                why="labkit fetch prepares a model in that folder, and nothing of yours may get lost.",
                next=f"{retry_command}-2  # or give {partial.name} another name",
            )
    for entry in partial.iterdir():
        if entry.name not in {*names, SUMS}:
            entry.unlink()


def is_model_file(name: str) -> bool:
    """Whether a file of this name may be in a model folder for a class: model files and training records."""
    return matches(name, MODEL_FILES)


def other_disk(error: OSError) -> str:
    """The advice for a disk that did not accept a file."""
    if error.errno == EFBIG:
        return "format the stick as exFAT (FAT32 holds no file above 4 GB)"
    if error.errno in (ENOSPC, EDQUOT):
        return "free some space there, or name a folder on another disk"
    return "name a folder where you may write"


def _download_files(
    client: httpx.Client, partial: Path, sums: list[tuple[str, str]], sizes: dict[str, int], bar: Progress
) -> None:
    done = 0
    try:
        for expected, name in sums:
            before, file = done, partial / name
            # A file of full size is requested again only if its checksum differs.
            if size(file) != sizes[name] or digest(file) != expected:
                most = sizes[name] or shutil.disk_usage(partial).free  # a server may omit the size of a file

                def on_bytes(count: int, before: int = before) -> None:
                    bar.show(before + count)

                _download_file(client, file, expected, most, on_bytes)
            bar.show(done := done + size(file))
    finally:
        bar.close()


def _fetch_checksums(client: httpx.Client, url: str) -> list[tuple[str, str]]:
    """Checksum and name of each served file.

    Raises:
        LabkitError: the checksums are missing, or name a file that is not a model file.
    """
    content = bytearray()
    with client.stream("GET", SUMS) as answer:
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > LARGEST:
                break
    if answer.status_code != 200:
        raise ServerError(
            f"{url} serves no {SUMS}.",
            why=f"it answered {answer.status_code}; labkit fetch writes one into every folder that it makes.",
            next="python -m http.server --directory FOLDER  # on the machine that has the folder",
        )
    if len(content) > LARGEST:
        raise ServerError(
            f"{url} serves a {SUMS} of more than {format_bytes(LARGEST)}.",
            why="that of a model in 1,000 files has 0.1 MB.",
            next="labkit fetch r1-distill-qwen-1.5b FOLDER  # on the machine that serves",
        )
    rows = parse_checksums(content.decode("utf-8", "replace"), url)
    strange = [n for _, n in rows if not is_model_file(n)]
    if strange:
        raise ServerError(
            f"{url} serves what no model is made of: {', '.join(strange[:3])}.",
            why="labkit takes safetensors, GGUF, configuration and tokenizer, and nothing that could be run.",
            next="labkit fetch r1-distill-qwen-1.5b FOLDER  # on the machine that serves",
        )
    return rows


def _content_length(client: httpx.Client, name: str) -> int:
    """Bytes of a file as the server reports them; 0 if it does not."""
    length = client.head(name).headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0


def _require_disk_space(total: int, place: Path) -> None:
    """Refuses a download that does not fit on the disk."""
    above = next(p for p in place.absolute().parents if p.is_dir())
    left = shutil.disk_usage(above).free
    if total > 0.95 * left:
        raise LabkitError(
            f"{place.name} has {format_bytes(total)}, and {format_bytes(left)} are left where it would be.",
            why="a partial copy cannot be loaded.",
            next="free some space there, or name a folder on another disk",
        )


def _download_file(
    client: httpx.Client, file: Path, expected: str, most: int, on_bytes: Callable[[int], None]
) -> None:
    """Downloads one file of at most `most` bytes, resuming an earlier attempt.

    Raises:
        LabkitError: the checksum differs, or the file is larger than announced; the file is deleted.
        httpx.HTTPError: the connection broke and all retries failed.
    """
    for last in (False,) * (ATTEMPTS - 1) + (True,):
        try:
            offset = file.stat().st_size if file.is_file() else 0
            with client.stream(
                "GET", file.name, headers={"Range": f"bytes={offset}-"} if offset else {}
            ) as answer:
                if answer.status_code != 416:  # the file is complete
                    answer.raise_for_status()
                    with file.open("ab" if answer.status_code == 206 else "wb") as out:
                        for piece in answer.iter_bytes():
                            out.write(piece)
                            on_bytes(out.tell())
                            if out.tell() > most:
                                break
            break
        except httpx.TransportError:
            if last:
                raise
    if digest(file) != expected:
        file.unlink()
        raise FileDamaged(
            f"{file.name} arrived damaged.",
            why=f"it is not what {SUMS} says; it was deleted, and the other files are kept.",
            next="run the command again: it asks for the rest",
        )
