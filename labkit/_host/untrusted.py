"""Bounds untrusted input before it is parsed: a received file, a line from a server.

A file may be an endless pipe, a device, or larger than the memory. JSON may nest 100,000 levels deep, hold
millions of empty lists (each takes 20 times its text in memory) or a number with a million digits. `read_json` and
`parse_json` refuse all of these with an `UntrustedError` and a short reason, which the caller puts into a sentence.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from itertools import accumulate
from pathlib import Path
from typing import Any

MB = 1_000_000  # bytes
DEPTH = 64  # nesting levels of lists and objects; a tokenizer.json has fewer than 12
VALUES = 8_000_000  # numbers, strings, lists and objects; the tokenizer.json of a vocabulary of 262,144 has 2 million
LISTS = 2_000_000  # lists and objects among them

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in _STEP)
_KINDS = {
    stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip


class UntrustedError(ValueError):
    """Input was refused before parsing, or is not JSON; the message is a clause without a full stop."""


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes. It never waits for a pipe.

    Raises:
        OSError: the file cannot be opened.
        UntrustedError: the file is not a regular file, or is too large.
    """
    # Without O_NONBLOCK, opening a pipe would wait until another program writes into it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        _require_regular(os.fstat(descriptor).st_mode)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise UntrustedError(f"it is larger than {_size(most)}")
    return content


def read_text(path: Path, most: int, encoding: str = "utf-8") -> str:
    """The text of a regular file of at most `most` bytes, with Unix line breaks.

    Raises:
        OSError: the file cannot be opened.
        UntrustedError: the file is not a regular file, is too large, or has another encoding.
    """
    try:
        text = read_bytes(path, most).decode(encoding)
    except UnicodeDecodeError as error:
        raise UntrustedError(f"it is not UTF-8 text (byte {error.start:,})") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_json(path: Path, most: int, *, depth: int = DEPTH) -> Any:
    """The content of a JSON file of at most `most` bytes.

    Raises:
        OSError: the file cannot be opened.
        UntrustedError: as in `read_bytes` and `parse_json`.
    """
    return parse_json(read_bytes(path, most), depth=depth)


def read_toml(path: Path, most: int = 64_000) -> dict[str, Any]:
    """The content of a TOML file of at most `most` bytes.

    Raises:
        OSError: the file cannot be opened.
        UntrustedError: as in `read_bytes`, or the file is not TOML.
    """
    try:
        return tomllib.loads(read_text(path, most))
    except tomllib.TOMLDecodeError as error:
        raise UntrustedError(f"it is not TOML: {str(error)[:80]}") from None
    except RecursionError:
        raise UntrustedError("it nests too deep") from None
    except UntrustedError:
        raise
    except ValueError:  # Python's own limit of digits
        raise UntrustedError("a number in it has too many digits") from None


def parse_json(text: str | bytes, *, depth: int = DEPTH) -> Any:
    """Parses a JSON text in UTF-8.

    The caller bounds the length of the text. NaN and Infinity are accepted, as in `json.loads`.

    Args:
        text: the JSON text.
        depth: the most nesting levels of lists and objects.

    Raises:
        UntrustedError: the text is not JSON, nests too deep, or has too many values or a number of over 4,300 digits.

    >>> parse_json('{"layers": 8}')
    {'layers': 8}
    >>> parse_json("[" * 100_000)
    Traceback (most recent call last):
    labkit._host.untrusted.UntrustedError: it nests more than 64 levels deep
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    _require_shallow(raw, depth)
    try:
        return json.loads(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise UntrustedError(f"it is not JSON (line {error.lineno:,}, column {error.colno:,})") from None
    except UnicodeDecodeError as error:
        raise UntrustedError(f"it is not UTF-8 text (byte {error.start:,})") from None
    except ValueError:  # Python's own limit of digits
        raise UntrustedError("a number in it has too many digits") from None


def require_regular(path: Path) -> None:
    """Refuses a path that is not a regular file or a link to one: a library that opens it may block forever.

    Raises:
        OSError: the path does not exist, or is not accessible.
        UntrustedError: the path is a folder, a pipe, a socket or a device.
    """
    _require_regular(path.stat().st_mode)


def _require_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise UntrustedError(f"it is {_KINDS.get(stat.S_IFMT(mode), 'something else')} and no file")


def require_few_values(raw: bytes) -> None:
    """Refuses a JSON or JSONL text that would take far more memory than its length.

    Raises:
        UntrustedError: the text has more than `VALUES` values, or more than `LISTS` lists and objects.
    """
    _structure(raw)


def _structure(raw: bytes) -> bytes:
    """The text without its string contents; refuses too many values."""
    structure = _STRING.sub(b"", raw)
    lists = structure.count(b"[") + structure.count(b"{")
    if lists > LISTS or lists + structure.count(b",") > VALUES:
        raise UntrustedError(f"it holds more than {VALUES:,} values, or more than {LISTS:,} lists")
    return structure


def _require_shallow(raw: bytes, depth: int) -> None:
    """Checks the nesting depth in one pass over the bytes, without recursion."""
    structure = _structure(raw)
    steps = map(_STEP.__getitem__, structure.translate(None, _NOT_BRACKETS))
    if max(accumulate(steps), default=0) > depth:
        raise UntrustedError(f"it nests more than {depth} levels deep")


def _size(count: int) -> str:
    return f"{count // MB:,} MB" if count >= MB else f"{count // 1000:,} kB"
