"""A card for machines that have none: tensors that only say that they are on one, and mind where the others are.

Inside `pretend_card()` a tensor that is sent `.to("cuda")` stays where it is and carries a mark; so does whatever is
computed from it. An operation that would mix the two memories raises as on a card, and so does `.numpy()`. What it
cannot show: kernels, speed, numbers that round differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map
from torch.utils.weak import WeakTensorKeyDictionary

from labkit.models.runtime.generation_thread import GENERATION_EXECUTOR

CARD = torch.device("cuda", 0)
COPIES = {Tensor.copy_, Tensor.__setitem__, torch._has_compatible_shallow_copy_type}  # these may cross
DEVICE = Tensor.device.__get__  # a new object at each look: compared with ==
DATA = Tensor.data.__set__
ASKING = {Tensor.tolist, Tensor.item, Tensor.__bool__, Tensor.__int__, Tensor.__float__, Tensor.__index__}


class PretendCard(TorchFunctionMode):
    """Follows which tensors are on the card."""

    def __init__(self) -> None:
        super().__init__()
        self.there = WeakTensorKeyDictionary()

    def place(self, network: nn.Module) -> None:
        """Moves a network to the card."""
        for tensor in (*network.parameters(), *network.buffers()):
            self.there[tensor] = True

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func == DEVICE:
            return CARD if args[0] in self.there else func(*args)
        if func is torch._C._nn._parse_to:  # reads the name of a device, and moves nothing
            return func(*args, **kwargs)
        if func == DATA:  # how a module moves its parameters
            self.there.pop(args[0], None)
            if args[1] in self.there:
                self.there[args[0]] = True
            return func(*args)
        given, _ = tree_flatten((args, kwargs))
        tensors = [t for t in given if isinstance(t, Tensor)]
        there = [t for t in tensors if t in self.there]
        target = self._target(func, given)
        if target is not None:
            args, kwargs = tree_map(lambda x: torch.device("cpu") if is_device(x) else x, (args, kwargs))
        elif there and func not in COPIES and func not in ASKING:
            self._mind(func, args, tensors)
        if func is Tensor.cpu:
            found = func(*args, **kwargs)
            return found.clone() if args[0] in self.there else found
        found = func(*args, **kwargs)
        on_card = target == "cuda" if target is not None else any(t.ndim for t in there) or bool(
            there and len(there) == len(tensors)
        )  # fmt: skip
        if target == "cpu" and there and any(found is t for t in there):
            found = found.clone()
        if target == "cuda" and any(found is t for t in tensors) and found not in self.there:
            found = found.view_as(found)
        if on_card:
            tree_map(lambda x: self.there.__setitem__(x, True) if isinstance(x, Tensor) else None, found)
        return found

    def _target(self, func: Any, given: list[Any]) -> str | None:
        """The memory that a call names; for `x.to(y)` that of y."""
        named = [torch.device(x).type for x in given if is_device(x)]
        if func is Tensor.to and len(given) > 1 and isinstance(given[1], Tensor):
            return "cuda" if given[1] in self.there else "cpu"
        return named[0] if named else None

    def _mind(self, func: Any, args: Any, tensors: list[Tensor]) -> None:
        if func is Tensor.numpy or getattr(func, "__name__", "") == "__array__":
            raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")
        if func is Tensor.__getitem__ and args[0] in self.there:
            return  # an index may lie in the other memory
        here = [t for t in tensors if t not in self.there and t.ndim]
        if here and any(t.ndim for t in tensors if t in self.there):
            name = getattr(func, "__name__", func)
            raise RuntimeError(f"{name}: expected all tensors on the same device, found cuda:0 and cpu")


def is_device(x: Any) -> bool:
    """Whether an argument names a device."""
    return isinstance(x, torch.device) or (isinstance(x, str) and x.split(":")[0] in ("cpu", "cuda"))


@contextmanager
def pretend_card(*networks: nn.Module) -> Iterator[PretendCard]:
    """While this is open, there is a card, and the networks are on it."""
    card = PretendCard()
    for network in networks:
        card.place(network)
    with card:
        GENERATION_EXECUTOR.submit(card.__enter__).result()
        try:
            yield card
        finally:
            GENERATION_EXECUTOR.submit(card.__exit__, None, None, None).result()
