"""Checks the header of a GGUF file against the size of the file before a library reads it.

The header gives the number of values, strings and weights that follow. The `gguf` package reads past the end of a
file, one Python object a value: 1,216 bytes took 4.7 GB and 42 s. Here every count is compared with the bytes left.

    magic "GGUF" | version u32 | tensors u64 | values u64 | values | tensors (name, shape, kind, offset) | weights

Source: the specification of GGUF, ggml docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import BinaryIO

from labkit._host.untrusted import UntrustedError, require_regular
from labkit.models.checkpoints.files import LONGEST, MOST

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, ARRAY = 8, 9
VALUES = 10_000  # named values of a file; published files have about thirty
ELEMENTS = 3_000_000  # in all arrays together; a vocabulary of 262,144 with its merges has 1.3 million
TENSORS = 100_000
LONG_TEXT = 4_000_000  # bytes; a chat template has some thousands
DIMENSIONS = 4
# Weights and bytes of a block, by the type of a tensor (ggml.h, `type_traits`).
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """The content of a checked GGUF header.

    Attributes:
        parameters: number of weights in all tensors.
        tensors: number of tensors.
        numbers: the values that are single numbers, by name.
    """

    parameters: int
    tensors: int
    numbers: dict[str, float] = field(default_factory=dict)


def read_header(file: Path) -> Header:
    """Reads the header of a file.

    Raises:
        OSError: the file cannot be opened.
        UntrustedError: the file is not a complete GGUF file, or describes more than it can hold.
    """
    require_regular(file)
    with file.open("rb") as stream:
        return _Reader(stream).header()


class _Reader:
    """Reads the parts of a header in order; every length is bounded by the rest of the file."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.left, self.order = stream, os.fstat(stream.fileno()).st_size, "<"
        self.elements = ELEMENTS

    def header(self) -> Header:
        """The whole header."""
        if self.take(4) != b"GGUF":
            raise UntrustedError("it does not begin with GGUF")
        version = self.number("I")
        if version & 0xFFFF == 0:  # written on a machine with the other byte order
            self.order, version = ">", int.from_bytes(int(version).to_bytes(4, "little"), "big")
        if version not in (2, 3):
            raise UntrustedError(f"it is of version {version:,}, and 2 and 3 are known")
        tensors = self.count("its number of tensors", TENSORS, 24)
        values = self.count("its number of values", VALUES, 13)
        numbers: dict[str, float] = {}
        for _ in range(values):
            name = self.text(65_535)
            value = self.value(self.number("I"))
            if value is not None:
                numbers[name] = value
        described = [self.tensor() for _ in range(tensors)]
        self.require_weights(described, int(numbers.get("general.alignment", 32)))
        _require_plain(numbers, tensors)
        return Header(sum(weights for weights, _ in described), tensors, numbers)

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size > self.left:
            raise UntrustedError("it is cut off")
        self.left -= size
        return self.stream.read(size)

    def number(self, code: str) -> int:
        """Reads one number; `code` as in `struct`."""
        value: int = struct.unpack(self.order + code, self.take(struct.calcsize(code)))[0]
        return value

    def count(self, what: str, most: int, size: int) -> int:
        """Reads the number of items that follow, each of at least `size` bytes."""
        count = self.number("Q")
        if count > most or count * size > self.left:
            raise UntrustedError(f"{what} is {count:,}, and {self.left:,} bytes follow")
        return count

    def text(self, most: int = LONG_TEXT) -> str:
        """Reads a string."""
        raw = self.take(self.count("the length of a text", most, 1))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise UntrustedError("a text in it is not UTF-8") from None

    def value(self, kind: int) -> float | None:
        """Reads a value. Returns a number; skips a string or an array and returns None."""
        if kind in SCALARS:
            return self.number(SCALARS[kind])
        if kind == TEXT:
            self.take(self.count("the length of a text", LONG_TEXT, 1))
        elif kind == ARRAY:
            self.array()
        else:
            raise UntrustedError(f"a value in it is of kind {kind:,}, which does not exist")
        return None

    def array(self) -> None:
        """Skips an array of numbers or strings."""
        kind = self.number("I")
        if kind not in SCALARS and kind != TEXT:
            raise UntrustedError(f"an array in it holds values of kind {kind:,}")
        size = 8 if kind == TEXT else struct.calcsize("<" + SCALARS[kind])
        count = self.count("the length of an array", self.elements, size)
        self.elements -= count
        if kind == TEXT:
            for _ in range(count):
                self.value(TEXT)
        else:
            self.take(count * size)

    def tensor(self) -> tuple[int, int]:
        """The number of weights of a tensor, and the offset of its end after the header."""
        name, dimensions = self.text(65_535), self.number("I")
        if not 0 < dimensions <= DIMENSIONS:
            raise UntrustedError(f"{name[:60]} has {dimensions:,} dimensions")
        shape = [self.number("Q") for _ in range(dimensions)]
        kind, offset = self.number("I"), self.number("Q")
        if kind not in BLOCKS:
            raise UntrustedError(f"{name[:60]} is of kind {kind:,}, which is not known")
        block, size = BLOCKS[kind]
        weights = prod(shape)
        if shape[0] % block:
            raise UntrustedError(f"{name[:60]} has rows of {shape[0]:,} weights, and its blocks have {block}")
        return weights, offset + weights // block * size

    def require_weights(self, described: list[tuple[int, int]], alignment: int) -> None:
        """Refuses tensors that end after the end of the file."""
        if not 0 < alignment <= 1 << 20 or alignment & (alignment - 1):
            raise UntrustedError(f"its alignment is {alignment:,}")
        begin = -(-self.stream.tell() // alignment) * alignment
        if begin + max((end for _, end in described), default=0) > os.fstat(self.stream.fileno()).st_size:
            raise UntrustedError("it is cut off: its weights end behind its end")


def _require_plain(numbers: dict[str, float], tensors: int) -> None:
    """Refuses a shape that is impossible for a file with `tensors` tensors."""
    for name, number in numbers.items():
        last = name.rpartition(".")[2]
        most: float = 2**31
        if last == "block_count":
            most = tensors
        elif "length" in last and "context" not in last:
            most = LONGEST
        elif "count" in last or "dimension" in last:
            most = LONGEST if "dimension" in last or "vocab" in last else MOST
        elif not last.endswith(("size", "rank")):
            continue
        if not -1 <= number <= most:
            raise UntrustedError(f"its {name} is {number:,}, and the most is {most:,}")
