"""`QKCapture`: the queries and keys of one trace, from which every attention weight can be computed.

Attention weights take layers x heads x T^2 numbers; queries and keys take layers x heads x T vectors.
The stored vectors are those of the dot product, so RoPE and query-key norms are already applied.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torch import Tensor

from labkit.errors import BadArgument


@dataclass(frozen=True)
class AttentionLayout:
    """How one layer computes attention from dot products.

    Attributes:
        scale: factor of the dot product, usually 1 / sqrt(head size).
        window: number of tokens that a row attends to, itself included; None means all.
        sinks: (heads,) one logit for each head that takes part in the softmax and is not a token
            (gpt-oss); None if the family has no sinks. A row with a sink sums to 1 minus the sink's share.
    """

    scale: float
    window: int | None = None
    sinks: Tensor | None = None


RENAMED = {"rules": "layouts", "kept": "captured_layers", "held": "location"}  # names of version 0.1


@dataclass(eq=False)
class QKCapture:
    """Queries and keys that a model computed for one trace.

    Attributes:
        queries: (N, captured layers, heads, head size); N positions: prompt and completion.
        keys: (N, captured layers, KV heads, head size).
        layouts: one for each layer of the model.
        captured_layers: the layers that `queries` and `keys` hold.
        prompt: number of positions of the prompt.
        location: a description of where the tensors are stored and how much they take.
        recompute: computes (queries, keys) of a layer that was not captured, each (N, heads, head size).
    """

    queries: Tensor
    keys: Tensor
    layouts: list[AttentionLayout]
    captured_layers: list[int]
    prompt: int
    location: str = "in memory"
    recompute: Callable[[int], tuple[Tensor, Tensor]] | None = field(default=None, repr=False)
    rows: object = field(default=None, repr=False)  # owner of the memory behind the tensors; deletes its file
    _last_key: tuple[int, int, Tensor] | None = field(default=None, repr=False)
    _recomputed: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Number of positions N."""
        return self.queries.shape[0]

    @property
    def layers(self) -> int:
        """Number of layers of the model."""
        return len(self.layouts)

    @property
    def heads(self) -> int:
        """Number of query heads of a layer."""
        return self.queries.shape[2]

    def layer(self, layer: int) -> tuple[Tensor, Tensor]:
        """Queries (N, heads, head size) and keys (N, KV heads, head size) of a layer.

        Raises:
            LabkitError: the layer does not exist, or was not captured and cannot be recomputed.
        """
        check_index("layer", layer, self.layers)
        if layer in self.captured_layers:
            at = self.captured_layers.index(layer)
            return self.queries[:, at], self.keys[:, at]
        if layer not in self._recomputed:
            if self.recompute is None:
                raise BadArgument(
                    f"Layer {layer} of this trace was not kept.",
                    why=f"the capture holds layers {', '.join(map(str, self.captured_layers))}, and its model is gone.",
                    next=f"labkit.inside.attention(trace, layer={self.captured_layers[0]}, head=0)",
                )
            self._recomputed = {
                layer: self.recompute(layer)
            }  # one at a time: it is as large as a captured layer
        return self._recomputed[layer]

    def query(self, layer: int, head: int, rows: Tensor) -> Tensor:
        """Queries of one head at positions `rows` (R,), as float32 (R, head size)."""
        check_index("head", head, self.heads)
        return self.layer(layer)[0][rows, head].float()

    def key(self, layer: int, head: int) -> Tensor:
        """Keys that a query head attends to, as float32 (N, head size); heads of one group share them."""
        check_index("head", head, self.heads)
        keys = self.layer(layer)[1]
        group = head // (self.heads // keys.shape[1])
        last = self._last_key
        if last is None or last[:2] != (layer, group):
            last = self._last_key = (layer, group, keys[:, group].float())
        return last[2]

    if not TYPE_CHECKING:  # a type checker must still see the declared names

        def __getattr__(self, name: str) -> Any:
            """The value of an attribute under its old name, with a warning."""
            if name not in RENAMED:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            warnings.warn(f"QKCapture.{name} is now {RENAMED[name]}.", DeprecationWarning, stacklevel=2)
            return getattr(self, RENAMED[name])

    def __repr__(self) -> str:
        return (
            f"QKCapture({self.layers} layers x {self.heads} heads, {self.count:,} positions, {self.location})"
        )


def check_index(name: str, value: int, size: int) -> None:
    """Refuses a layer or head that does not exist.

    Raises:
        LabkitError: `value` is out of range; the error gives the range.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < size:
        raise BadArgument(
            f"There is no {name} {value!r}.",
            why=f"this model has {size}, counted from 0 to {size - 1}.",
            next=f"labkit.inside.attention(trace, layer=0, head=0)  # {name}: 0 to {size - 1}",
        )
