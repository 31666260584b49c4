"""`Inside`: the queries and keys of one trace, from which every attention weight can be computed.

Attention weights take layers x heads x T^2 numbers; queries and keys take layers x heads x T vectors.
The stored vectors are those of the dot product, so RoPE and query-key norms are already applied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from labkit.errors import BadArgument


@dataclass(frozen=True)
class Rule:
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


@dataclass(eq=False)
class Inside:
    """Queries and keys that a model computed for one trace.

    Attributes:
        queries: (N, layers kept, heads, head size); N positions: prompt and completion.
        keys: (N, layers kept, KV heads, head size).
        rules: one for each layer of the model.
        kept: the layers that `queries` and `keys` hold.
        prompt: number of positions of the prompt.
        held: a description of where the tensors are stored and how much they take.
        recompute: computes (queries, keys) of a layer that was not kept, each (N, heads, head size).
    """

    queries: Tensor
    keys: Tensor
    rules: list[Rule]
    kept: list[int]
    prompt: int
    held: str = "in memory"
    recompute: Callable[[int], tuple[Tensor, Tensor]] | None = field(default=None, repr=False)
    rows: object = field(default=None, repr=False)  # owner of the memory behind the tensors; deletes its file
    _last: tuple[int, int, Tensor] | None = field(default=None, repr=False)
    _again: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Number of positions N."""
        return self.queries.shape[0]

    @property
    def layers(self) -> int:
        """Number of layers of the model."""
        return len(self.rules)

    @property
    def heads(self) -> int:
        """Number of query heads of a layer."""
        return self.queries.shape[2]

    def layer(self, layer: int) -> tuple[Tensor, Tensor]:
        """Queries (N, heads, head size) and keys (N, KV heads, head size) of a layer.

        Raises:
            LabkitError: the layer does not exist, or was not kept and cannot be recomputed.
        """
        check_index("layer", layer, self.layers)
        if layer in self.kept:
            at = self.kept.index(layer)
            return self.queries[:, at], self.keys[:, at]
        if layer not in self._again:
            if self.recompute is None:
                raise BadArgument(
                    f"Layer {layer} of this trace was not kept.",
                    why=f"the capture holds layers {', '.join(map(str, self.kept))}, and its model is gone.",
                    next=f"labkit.inside.attention(trace, layer={self.kept[0]}, head=0)",
                )
            self._again = {layer: self.recompute(layer)}  # one at a time: it is as large as a kept layer
        return self._again[layer]

    def query(self, layer: int, head: int, rows: Tensor) -> Tensor:
        """Queries of one head at positions `rows` (R,), as float32 (R, head size)."""
        check_index("head", head, self.heads)
        return self.layer(layer)[0][rows, head].float()

    def key(self, layer: int, head: int) -> Tensor:
        """Keys that a query head attends to, as float32 (N, head size); heads of one group share them."""
        check_index("head", head, self.heads)
        keys = self.layer(layer)[1]
        group = head // (self.heads // keys.shape[1])
        last = self._last
        if last is None or last[:2] != (layer, group):
            last = self._last = (layer, group, keys[:, group].float())
        return last[2]

    def __repr__(self) -> str:
        return f"Inside({self.layers} layers x {self.heads} heads, {self.count:,} positions, {self.held})"


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
