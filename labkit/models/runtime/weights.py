"""The weights of a network: their size in memory, and whether they were changed."""

from __future__ import annotations

from typing import Any


def weight_bytes(network: Any) -> int:
    """Bytes of the parameters and buffers of a network; for llama.cpp, of the file's weights."""
    of_library = getattr(network, "n_weight_bytes", None)
    if of_library is not None:
        return int(of_library)
    return sum(tensor.nbytes for tensor in (*network.parameters(), *network.buffers()))


def weights_state(network: Any) -> int:
    """A counter that grows when a weight is changed in place, as by optimisers and `load_state_dict`."""
    return sum(0 if p.is_inference() else p._version for p in network.parameters())
