"""Buffers rows that arrive position by position: in memory up to a ceiling, then in a file."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor

from labkit._host import scratch
from labkit.errors import LabkitError
from labkit.models.runtime.memory_budget import format_bytes

HEADER_BYTES = 4_096  # bytes reserved for the header of a safetensors file
TENSOR = "queries_and_keys"
SAFETENSORS_DTYPES = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"}


class SpillBuffer:
    """Queries and keys by position: (N, layers, heads + KV heads, head size).

    Position is the first dimension, so a file that grows by positions becomes a valid safetensors file
    once its header has the final count.
    """

    def __init__(self, capacity: int, *, ceiling: int, folder: str | Path | None) -> None:
        self.capacity, self.ceiling, self.folder = capacity, ceiling, folder
        self.count = 0
        self.path: Path | None = None
        self._buffer = torch.empty(0)
        self._shape = (0, 0, 0)

    def __len__(self) -> int:
        return self.count

    def append(self, parts: list[Tensor], layers: int) -> None:
        """Appends t positions; `parts` are queries and keys, (1, heads, t, D) each, layer by layer."""
        new = parts[0].shape[2]
        if not self._buffer.numel():
            both = parts[0].shape[1] + parts[1].shape[1]
            self._shape = (layers, both, parts[0].shape[3])
            self._buffer = self._allocate(parts[0])
        end = self.count + new
        if end > len(self._buffer):
            self._spill(end)
        joined = torch.cat(parts, 1)[0].transpose(0, 1)  # (t, layers * (heads + KV heads), D)
        self._buffer[self.count : end] = joined.reshape(new, *self._shape)
        self.count = end

    def finish(self) -> Tensor:
        """All rows, (N, layers, heads + KV heads, D)."""
        if self.path is not None:
            with suppress(OSError):  # Windows cannot truncate a mapped file
                os.truncate(self.path, HEADER_BYTES + self.count * self._row_bytes())
            self._write_header(self.path)
        return self._buffer[: self.count]

    def location(self, layers: list[int] | None) -> str:
        """A description of the storage; `layers` are the kept layers, None for all."""
        size = format_bytes(self.count * self._row_bytes())
        what = "" if layers is None else f"layer{'s' * (len(layers) > 1)} {', '.join(map(str, layers))} "
        return (
            f"{what}in memory, {size}" if self.path is None else f"{what}in the file {self.path.name}, {size}"
        )

    # -- internals -------------------------------------------------------------------------------

    def _row_bytes(self) -> int:
        layers, both, size = self._shape
        return layers * both * size * self._buffer.element_size()

    def _allocate(self, like: Tensor) -> Tensor:
        """Memory for all expected rows, limited by the ceiling; untouched pages cost nothing."""
        layers, both, size = self._shape
        rows = self.ceiling // (layers * both * size * like.element_size())
        return like.new_empty((min(self.capacity, max(rows, 1)), *self._shape), device="cpu")

    def _spill(self, end: int) -> None:
        """Moves the rows to a memory-mapped file, whose pages the system can write out and evict."""
        room = max(self.capacity, end)
        size = HEADER_BYTES + room * self._row_bytes()
        folder = Path(self.folder) if self.folder is not None else Path(tempfile.gettempdir())
        free = shutil.disk_usage(folder).free
        if free < size:
            raise LabkitError(
                f"The capture needs a file of {format_bytes(size)}, and {folder} has {format_bytes(free)} left.",
                why=f"it passed its ceiling of {format_bytes(self.ceiling)} in memory.",
                next="model.think(prompt, capture=labkit.inside.Capture(layers=[0]))",
            )
        place, lock = scratch.claim(folder / "labkit-capture")
        weakref.finalize(
            self, scratch.release, place, lock
        )  # the file is deleted with these rows, or by the next call
        path = place / "labkit-capture.safetensors"
        raw = torch.from_file(str(path), shared=True, size=size, dtype=torch.uint8)
        larger = raw[HEADER_BYTES:].view(self._buffer.dtype).view(room, *self._shape)
        larger[: self.count] = self._buffer[: self.count]
        self._buffer, self.path = larger, path

    def _write_header(self, path: Path) -> None:
        shape = [self.count, *self._shape]
        end = self.count * self._row_bytes()
        tensors = {
            TENSOR: {
                "dtype": SAFETENSORS_DTYPES[self._buffer.dtype],
                "shape": shape,
                "data_offsets": [0, end],
            }
        }
        if (
            rest := path.stat().st_size - HEADER_BYTES - end
        ):  # safetensors requires that a tensor covers every byte
            tensors["unused"] = {"dtype": "U8", "shape": [rest], "data_offsets": [end, end + rest]}
        head = json.dumps(tensors)
        with path.open("r+b") as file:
            file.write((HEADER_BYTES - 8).to_bytes(8, "little") + head.encode().ljust(HEADER_BYTES - 8))
