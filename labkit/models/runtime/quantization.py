"""Weight-only quantisation to int8 and int4, for a network that must fit a small memory or generate faster.

Generating one token reads every weight once, so the memory bandwidth limits the speed of a CPU: half the
bits give up to twice the tokens. Only weights are quantised: activations, embeddings, norms and the KV
cache stay in bfloat16.

    int8    one scale a row:                w = scale x q,           q in -127 ... 127
    int4    scale and zero for 32 weights:  w = scale (q - 8) + zero, q in 0 ... 15: 5 bits a weight in all

    In int4 the unembedding keeps eight bits, since its rounding error goes directly into the logits; a tied
    unembedding is not quantised. The matrix products use torch's kernels for packed weights.

    Left out: calibrated quantisation (GPTQ, AWQ), which loses less at four bits; activations in eight bits;
    weights that were published quantised; mixtures of experts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from labkit._names import nearest
from labkit.errors import BadArgument, Unsupported

DType = Literal["float32", "bfloat16", "int8", "int4"]
BITS: dict[str, float] = {
    "float32": 32,
    "bfloat16": 16,
    "int8": 8,
    "int4": 5,
}  # bits of a matrix weight, scales included

PACKED_MAX_ROWS = (
    24  # rows from which unpacking the weights once is faster than reading them packed for each row
)
UNPACKED_ROWS = 16_384  # rows of a matrix unpacked at a time
SHARD_WEIGHTS = 1 << 18  # weights quantised at a time: a megabyte of floats
GROUP_SIZE = 32  # consecutive weights of a row that share a scale and a zero


def parse_dtype(dtype: str | None, name: str = "r1-mini") -> DType | None:
    """Checks the precision for the model that is loaded as `name`, and returns it.

    Raises:
        LabkitError: the precision is unknown.
    """
    if dtype is not None and dtype not in get_args(DType):
        near = nearest(str(dtype), get_args(DType)) or "float32"
        raise BadArgument(
            f"dtype={dtype!r} is not possible.",
            why=f"it is one of {', '.join(get_args(DType))}, or None: as the weights were published.",
            next=f'model = labkit.load("{name}", dtype="{near}")',
        )
    return dtype  # type: ignore[return-value]


def has_experts(config: dict[str, Any]) -> bool:
    """Whether a configuration describes a mixture of experts; each family has its own name for the expert count."""
    counts = (config.get(key) for key in ("num_experts", "num_local_experts", "n_routed_experts"))
    return any(isinstance(count, int) and count > 1 for count in counts)


def refuse_experts(experts: bool, name: str, dtype: str | None) -> None:
    """Refuses to quantise a mixture of experts: `transformers` stores all experts of a layer in one tensor.

    Raises:
        LabkitError: the model is a mixture of experts, and `dtype` is int8 or int4.
    """
    if experts and dtype in ("int8", "int4"):
        raise Unsupported(
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
        for rows in shards(weight):
            w = weight[rows].float()
            scale = (w.abs().amax(1).clamp(min=1e-8) / 127).bfloat16().float()
            # Rounding the scale to bfloat16 may make it smaller: clamp values that would exceed 127.
            rounded[rows], scales[rows] = (
                (w / scale[:, None]).round_().clamp_(-127, 127).to(torch.int8),
                scale,
            )
        self.weight, self.scales, self.bias = frozen(rounded), frozen(scales), frozen(bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        rows = x.reshape(-1, self.in_features).bfloat16()
        if len(rows) <= PACKED_MAX_ROWS:
            y = torch._weight_int8pack_mm(rows.contiguous(), self.weight, self.scales)
        else:  # integers up to 127 are exact in bfloat16
            parts = [F.linear(rows, part.bfloat16()) for part in self.weight.split(UNPACKED_ROWS)]
            y = torch.cat(parts, 1) * self.scales
        y = y if self.bias is None else y + self.bias
        return y.view(*x.shape[:-1], self.out_features)


class Int4Linear(nn.Module):
    """A linear layer with four bits a weight, and 32 extra bits for each 32 weights.

    Attributes:
        weight: (N, K / 2) uint8, two weights a byte in the order of the kernel; scales: (K / 32, N, 2)
            bfloat16, scale and zero; bias: (N,) bfloat16 or None.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        q = weight.new_empty(weight.shape, dtype=torch.int32)
        scales = weight.new_empty(self.in_features // GROUP_SIZE, self.out_features, 2, dtype=torch.bfloat16)
        for rows in shards(weight):
            w = weight[rows].float().unflatten(1, (-1, GROUP_SIZE))  # (n, K / 32, 32)
            low, high = w.aminmax(dim=-1)
            scale = ((high - low) / 15).clamp(min=1e-8).bfloat16().float()
            zero = (low + 8 * scale).bfloat16().float()
            steps = (w - zero[..., None]).div_(scale[..., None]).round_().add_(8).clamp_(0, 15)
            q[rows], scales[:, rows] = steps.flatten(1).int(), torch.stack([scale.T, zero.T], -1).bfloat16()
        packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(q, 1)
        self.weight, self.scales, self.bias = frozen(packed), frozen(scales), frozen(bias)

    def forward(self, x: Tensor) -> Tensor:
        """(..., K) to (..., N)."""
        rows = x.reshape(-1, self.in_features).bfloat16().contiguous()
        y = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self.weight, GROUP_SIZE, self.scales)
        y = y if self.bias is None else y + self.bias
        return y.view(*x.shape[:-1], self.out_features)


def shards(weight: Tensor) -> Iterator[slice]:
    """Slices of the rows of a matrix (N, K), sized to fit the CPU cache during quantisation."""
    step = max(1, SHARD_WEIGHTS // weight.shape[1])
    return (slice(first, first + step) for first in range(0, len(weight), step))


def frozen(tensor: Any) -> Any:
    """A parameter without gradient; floats become bfloat16."""
    if tensor is None:
        return None
    return nn.Parameter(tensor.bfloat16() if tensor.is_floating_point() else tensor, requires_grad=False)


@torch.no_grad()
def quantize_weights(
    network: nn.Module, dtype: Literal["int8", "int4"], done: Callable[[int], None] = lambda _: None
) -> None:
    """Quantises the matrices of a network in place, one by one: each original is freed at once.

    Args:
        network: in bfloat16, on the CPU.
        dtype: the target precision.
        done: receives the number of finished matrices after each one.
    """
    embedding, head = network.get_input_embeddings(), network.get_output_embeddings()  # type: ignore[operator]
    for count, (name, layer) in enumerate(linear_layers(network), 1):
        if layer.weight is not embedding.weight:
            owner, _, last = name.rpartition(".")
            # The int4 kernel needs complete groups, and a multiple of 16 rows.
            fits = layer.in_features % GROUP_SIZE == 0 and layer.out_features % 16 == 0
            kind = Int4Linear if dtype == "int4" and fits and layer is not head else Int8Linear
            setattr(network.get_submodule(owner), last, kind(layer.weight, layer.bias))
        done(count)


def linear_layers(network: nn.Module) -> list[tuple[str, nn.Linear]]:
    """The matrices of a network that are not quantised yet, by name."""
    return [(name, part) for name, part in network.named_modules() if type(part) is nn.Linear]


def count_parameters(network: Any) -> int:
    """The number of weights of a network, packed or not."""
    packed = sum(part.weight.numel() for part in network.modules() if isinstance(part, Int4Linear))
    scales = sum(
        part.scales.numel() for part in network.modules() if isinstance(part, Int8Linear | Int4Linear)
    )
    return int(network.num_parameters()) + packed - scales


def dtype_name(network: Any) -> str:
    """The precision of a network's matrices."""
    kinds = {type(part) for part in network.modules()}
    if Int4Linear in kinds or getattr(network, "is_loaded_in_4bit", False):
        return "int4"
    if Int8Linear in kinds or getattr(network, "is_loaded_in_8bit", False):
        return "int8"
    return str(network.dtype).removeprefix("torch.")
