"""The GPU memory of GRPO, by formula. This is arithmetic, not a measurement.

    training     16 bytes per parameter: bf16 weights 2, bf16 gradients 2, float32 weights 4, Adam's two
                 moments 8 (or float32 weights and gradients 4 + 4, and 8); divided among the GPUs (ZeRO-3)
    generation   2 bytes per parameter on each GPU, the copy of the inference engine (vLLM)
    KV cache     2 x layers x KV heads x head size x 2 bytes per token, for each concurrent rollout
    activations  2 bytes x layers x hidden per token of a micro-batch (activation checkpointing: one kept per
                 layer), and 34 x hidden bytes for the current layer (Korthikanti et al., arXiv 2205.05198)
    logits       4 bytes x vocabulary per token of a micro-batch, twice: the logits and their gradient

Left out: fragmentation, the CUDA context (about 1 GB), communication buffers, and other processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labkit.errors import BadArgument

TRAINING, INFERENCE, BF16, FLOAT = 16, 2, 2, 4  # bytes


@dataclass(frozen=True)
class Shape:
    """A network's shape, as in its `config.json`."""

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head: int
    mlp: int
    vocabulary: int

    @property
    def parameters(self) -> int:
        """Parameters of a Qwen2 with untied embeddings: attention with three biases, a gated MLP, and norms."""
        query, key = self.heads * self.head, self.kv_heads * self.head
        attention = self.hidden * (query + 2 * key) + query + 2 * key + query * self.hidden
        layer = attention + 3 * self.hidden * self.mlp + 2 * self.hidden
        return self.layers * layer + 2 * self.vocabulary * self.hidden + self.hidden

    @property
    def kv(self) -> int:
        """Bytes of the KV cache per token, in bf16."""
        return 2 * self.layers * self.kv_heads * self.head * BF16


SHAPES = {
    "1.5b": Shape("DeepSeek-R1-Distill-Qwen-1.5B", 28, 1536, 12, 2, 128, 8960, 151_936),
    "7b": Shape("DeepSeek-R1-Distill-Qwen-7B", 28, 3584, 28, 4, 128, 18_944, 152_064),
    "14b": Shape("DeepSeek-R1-Distill-Qwen-14B", 48, 5120, 40, 8, 128, 13_824, 152_064),
}


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes on each GPU, by part."""

    shape: Shape
    gpus: int
    rollouts: int
    parts: dict[str, int]

    @property
    def total(self) -> int:
        """Total bytes on each GPU."""
        return sum(self.parts.values())

    def lines(self, card: float) -> Iterator[str]:
        """The estimate as a table; `card` is the memory of a GPU in GB."""
        gpus = "1 GPU" if self.gpus == 1 else f"{self.gpus} GPUs"
        yield f"{self.shape.name} ({self.shape.parameters / 1e9:.2f} billion parameters) on {gpus}, GB on each:"
        for name, size in self.parts.items():
            yield f"  {name:12} {size / 1e9:6.1f}"
        fits = "fits" if self.total < 0.9e9 * card else "does not fit"
        yield f"  {'in all':12} {self.total / 1e9:6.1f}   {fits} into {card:g} GB with a tenth left over"
        a_rollout = self.parts["KV cache"] / self.rollouts
        most = max(0, int((0.9e9 * card - self.total + self.parts["KV cache"]) / a_rollout))
        yield f"Beside the rest, at most {most} rollouts at a time fit on each."
        yield "This is arithmetic, not a measurement."


def grpo_memory(
    size: str, *, gpus: int = 1, rollouts: int = 64, tokens: int = 8_192, micro: int = 1
) -> MemoryEstimate:
    """The memory of GRPO on each GPU.

    Args:
        size: `"1.5b"`, `"7b"` or `"14b"`.
        gpus: number of GPUs that share the training state.
        rollouts: concurrent rollouts on each GPU.
        tokens: tokens per rollout, prompt included.
        micro: rollouts per micro-batch on each GPU.

    Raises:
        LabkitError: the size is unknown, or a number is below 1.

    >>> round(grpo_memory("1.5b").total / 1e9)
    58
    """
    if size not in SHAPES or min(gpus, rollouts, tokens, micro) < 1:
        raise BadArgument(
            f"There is no arithmetic for {size!r} with these numbers.",
            why=f"sizes are {', '.join(SHAPES)}, and every number is at least 1.",
            next="labkit memory 7b --gpus 8",
        )
    shape, read = SHAPES[size], tokens * micro
    return MemoryEstimate(shape, gpus, rollouts, {
        "training": TRAINING * shape.parameters // gpus,
        "generation": INFERENCE * shape.parameters,
        "KV cache": rollouts * tokens * shape.kv,
        "activations": read * shape.hidden * (BF16 * shape.layers + 34),
        "logits": 2 * FLOAT * read * shape.vocabulary,
    })  # fmt: skip
