"""The memory that rollouts need, checked before the first of them."""

from __future__ import annotations

from transformers import PreTrainedModel

from labkit._host.notebook import warn
from labkit.models.capture.capture import Capture, cost
from labkit.models.runtime.memory_budget import kv_bytes, max_batch, require_memory


def require_rollouts(network: PreTrainedModel, longest: int, n: int, capture: Capture | None) -> None:
    """Refuses a KV cache of `n` x `longest` tokens, and their capture, that does not fit into the memory.

    Raises:
        NotEnoughMemory: names the missing bytes.
    """
    config, width = network.config, network.dtype.itemsize
    needed, what = n * kv_bytes(config, longest, width=width), f"The KV cache of {n} x {longest:,} tokens"
    if capture is not None:
        price = cost(config, longest, capture=capture, width=width)
        needed, what = needed + price.a_token * price.in_memory, f"{what} and its capture ({price})"
        if price.in_memory < longest:
            warn(f"A capture takes {price}.", stacklevel=5)
    short = min(longest, 512)

    def smaller() -> str:
        if n == 1:
            return f"model.think(prompt, max_new_tokens={short})"
        return f"model.sample(prompt, n={max_batch(network, 2 * short, n)}, max_new_tokens={short})"

    require_memory(needed, what=what, next=smaller)
