"""Fewer bits a weight: int8 and int4, for a network that must fit a small memory or be read faster.

Writing one token reads every weight once, so a processor writes about as fast as memory can be read: half
the bits, up to twice the tokens. Only weights are rounded ("weight-only"): activations, embeddings, norms
and the KV cache stay in bfloat16.

    int8    one scale a row:                w = scale x q,           q in -127 ... 127
    int4    scale and zero for 32 weights:  w = scale (q - 8) + zero, q in 0 ... 15: 5 bits a weight in all

In int4 the unembedding keeps eight bits, since its rounding lands in the logits undiluted; one that is tied
to the embedding is not rounded at all. The products are torch's own kernels for packed weights.

What this leaves out: rounding that looks at data (GPTQ, AWQ), which loses less in four bits; activations in
eight bits; weights that were rounded before they were published; mixtures of experts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from labkit._names import nearest
from labkit.errors import LabkitError

DType = Literal["float32", "bfloat16", "int8", "int4"]
BITS: dict[str, float] = {
    "float32": 32,
    "bfloat16": 16,
    "int8": 8,
    "int4": 5,
}  # of a matrix's weight, scales too

FEW = 24  # rows from which unpacking the weights once is quicker than reading them packed for each row
PIECE = 16_384  # rows of a matrix that are unpacked at a time
CACHED = 1 << 18  # weights that are rounded at a time: a megabyte of floats
GROUP = 32  # weights of a row that share a scale and a zero


def checked(dtype: str | None, name: str = "r1-mini") -> DType | None:
    """A precision that `labkit.load` knows, for the model that is loaded as `name`.

    Raises:
        LabkitError: it is none.
    """
    if dtype is not None and dtype not in get_args(DType):
        near = nearest(str(dtype), get_args(DType)) or "float32"
        raise LabkitError(
            f"dtype={dtype!r} is not possible.",
            why=f"it is one of {', '.join(get_args(DType))}, or None: as the weights were published.",
            next=f'model = labkit.load("{name}", dtype="{near}")',
        )
    return dtype  # type: ignore[return-value]


def has_experts(config: dict[str, Any]) -> bool:
    """Whether a configuration is that of a mixture of experts, by the names that the families have for their number."""
    said = (config.get(key) for key in ("num_experts", "num_local_experts", "n_routed_experts"))
    return any(isinstance(count, int) and count > 1 for count in said)


def refuse_experts(experts: bool, name: str, dtype: str | None) -> None:
    """Refuses to round a mixture of experts: `transformers` holds all experts of a layer in one block.

    Raises:
        LabkitError: it is one, and int8 or int4 is asked for.
    """
    if experts and dtype in ("int8", "int4"):
        raise LabkitError(
            f"{name} cannot be loaded as {dtype}.",
            why="it is a mixture of experts: their weights lie in blocks that labkit does not round.",
            next=f'model = labkit.load("{name}")  # as published',
        )


class Int8Linear(nn.Module):
    """A linear layer with one byte a weight.

    Attributes:
        weight: (N, K) int8; scales: (N,) bfloat16; bias: (N,) bfloat16 or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        rounded = weight.new_empty(weight.shape, dtype=torch.int8)
        scales = weight.new_empty(self.out_features, dtype=torch.bfloat16)
        for rows in pieces(weight):
            w = weight[rows].float()
            scale = (w.abs().amax(1).clamp(min=1e-8) / 127).bfloat16().float()
            # Rounding the scale to bfloat16 may make it smaller: clamp what would then pass 127.
            rounded[rows], scales[rows] = (
                (w / scale[:, None]).round_().clamp_(-127, 127).to(torch.int8),
                scale,
            )
        self.weight, self.scales, self.bias = fixed(rounded), fixed(scales), fixed(bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        rows = x.reshape(-1, self.in_features).bfloat16()
        if len(rows) <= FEW:
            y = torch._weight_int8pack_mm(rows.contiguous(), self.weight, self.scales)
        else:  # whole numbers to 127 are exact in bfloat16
            parts = [F.linear(rows, part.bfloat16()) for part in self.weight.split(PIECE)]
            y = torch.cat(parts, 1) * self.scales
        y = y if self.bias is None else y + self.bias
        return y.view(*x.shape[:-1], self.out_features)


class Int4Linear(nn.Module):
    """A linear layer with four bits a weight, and 32 bits more for each 32 weights.

    Attributes:
        weight: (N, K / 2) uint8, two weights a byte in the kernel's order; scales: (K / 32, N, 2)
            bfloat16, scale and zero; bias: (N,) bfloat16 or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        q = weight.new_empty(weight.shape, dtype=torch.int32)
        scales = weight.new_empty(self.in_features // GROUP, self.out_features, 2, dtype=torch.bfloat16)
        for rows in pieces(weight):
            w = weight[rows].float().unflatten(1, (-1, GROUP))  # (n, K / 32, 32)
            low, high = w.aminmax(dim=-1)
            scale = ((high - low) / 15).clamp(min=1e-8).bfloat16().float()
            zero = (low + 8 * scale).bfloat16().float()
            steps = (w - zero[..., None]).div_(scale[..., None]).round_().add_(8).clamp_(0, 15)
            q[rows], scales[:, rows] = steps.flatten(1).int(), torch.stack([scale.T, zero.T], -1).bfloat16()
        packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(q, 1)
        self.weight, self.scales, self.bias = fixed(packed), fixed(scales), fixed(bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        rows = x.reshape(-1, self.in_features).bfloat16().contiguous()
        y = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self.weight, GROUP, self.scales)
        y = y if self.bias is None else y + self.bias
        return y.view(*x.shape[:-1], self.out_features)


def pieces(weight: Tensor) -> Iterator[slice]:
    """Rows of a matrix (N, K), as many as fit the processor's cache while they are rounded."""
    step = max(1, CACHED // weight.shape[1])
    return (slice(first, first + step) for first in range(0, len(weight), step))


def fixed(tensor: Any) -> Any:
    """A parameter that no optimiser changes; floating ones in bfloat16."""
    if tensor is None:
        return None
    return nn.Parameter(tensor.bfloat16() if tensor.is_floating_point() else tensor, requires_grad=False)


@torch.no_grad()
def round_weights(
    network: nn.Module, dtype: Literal["int8", "int4"], done: Callable[[int], None] = lambda _: None
) -> None:
    """Rounds the matrices of a network in place, one after the other: each is freed as soon as it is rounded.

    Args:
        network: in bfloat16, on the processor.
        dtype: to how many bits.
        done: told after each matrix how many there were.
    """
    embedding, head = network.get_input_embeddings(), network.get_output_embeddings()  # type: ignore[operator]
    for count, (name, layer) in enumerate(linears(network), 1):
        if layer.weight is not embedding.weight:
            owner, _, last = name.rpartition(".")
            # The kernel for four bits wants whole groups, and rows by sixteens.
            fits = layer.in_features % GROUP == 0 and layer.out_features % 16 == 0
            kind = Int4Linear if dtype == "int4" and fits and layer is not head else Int8Linear
            setattr(network.get_submodule(owner), last, kind(layer.weight, layer.bias))
        done(count)


def linears(network: nn.Module) -> list[tuple[str, nn.Linear]]:
    """The matrices of a network that are not rounded yet, by name."""
    return [(name, part) for name, part in network.named_modules() if type(part) is nn.Linear]


def parameters(network: Any) -> int:
    """How many weights a network has, however they are packed."""
    packed = sum(part.weight.numel() for part in network.modules() if isinstance(part, Int4Linear))
    scales = sum(
        part.scales.numel() for part in network.modules() if isinstance(part, Int8Linear | Int4Linear)
    )
    return int(network.num_parameters()) + packed - scales


def of(network: Any) -> str:
    """The precision of a network's matrices."""
    kinds = {type(part) for part in network.modules()}
    if Int4Linear in kinds or getattr(network, "is_loaded_in_4bit", False):
        return "int4"
    if Int8Linear in kinds or getattr(network, "is_loaded_in_8bit", False):
        return "int8"
    return str(network.dtype).removeprefix("torch.")
