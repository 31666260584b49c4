"""Muon for the matrices, AdamW for embeddings and norms.

Muon (Keller Jordan et al., 2024) replaces the momentum of a weight matrix by the nearest
orthogonal matrix, so that no direction dominates the update. Left out compared with the
original: the distributed step. `torch.optim.Muon` iterates in bfloat16, which a CPU without
bfloat16 units runs ten times slower than this float32 version.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def orthogonalise(update: Tensor, *, steps: int = 5) -> Tensor:
    """The orthogonal matrix near `update`, shape (M, N) in and out: U V^T of its U S V^T.

    Five steps of the quintic Newton-Schulz iteration bring every singular value to about 0.7-1.2.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = update if update.size(0) <= update.size(1) else update.T  # (m, n), m <= n
    x = wide / (wide.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T  # (m, m)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide is update else x.T


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for two-dimensional parameters.

    Args:
        params: matrices only.
        lr: step length, about 0.02; the root mean square of a step is `lr * 0.2` for any shape.
        momentum: 0 to 1; Nesterov form.
    """

    def __init__(self, params: Iterable[Tensor], *, lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update of every matrix with a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                velocity = state.setdefault("velocity", torch.zeros_like(p))
                velocity.lerp_(p.grad, 1 - group["momentum"])
                update = orthogonalise(p.grad.lerp(velocity, group["momentum"]))
                p.add_(update, alpha=-group["lr"] * max(1.0, p.size(0) / p.size(1)) ** 0.5)


def optimizers(model: nn.Module, *, muon_lr: float, adam_lr: float) -> list[torch.optim.Optimizer]:
    """The optimizers of R1-mini: Muon for the matrices inside the layers, AdamW for the rest.

    With `muon_lr` 0, AdamW is used for all parameters.
    """
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and ".layers." in name]
    inside = matrices if muon_lr else []
    taken = {id(p) for p in inside}
    rest = [p for p in model.parameters() if id(p) not in taken]
    adam = torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    return [Muon(inside, lr=muon_lr), adam] if inside else [adam]
