"""Training: GRPO that can be watched, and the recipes of every shipped model: cold start, then GRPO.

>>> from labkit import training
>>> training.Run.__name__
'Run'

A name is imported from its module on first use: a run can be read without torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit._host.extras import import_with_models

if TYPE_CHECKING:
    from labkit.training.diagnosis import Finding as Finding
    from labkit.training.diagnosis import diagnose as diagnose
    from labkit.training.live import begin as begin
    from labkit.training.live import grpo as grpo
    from labkit.training.loss import grpo_loss as grpo_loss
    from labkit.training.run import Run as Run

_WHERE = {
    "Finding": "diagnosis",
    "Run": "run",
    "begin": "live",
    "diagnose": "diagnosis",
    "grpo": "live",
    "grpo_loss": "loss",
}

__all__ = ["Finding", "Run", "begin", "diagnose", "grpo", "grpo_loss"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"labkit.training has no {name!r}; its names are {', '.join(__all__)}")
    return getattr(import_with_models(f"labkit.training.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
