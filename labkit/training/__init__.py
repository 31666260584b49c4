"""Training: GRPO that can be watched, and the recipes of every shipped model: cold start, then GRPO.

>>> from labkit import training
>>> training.Run.__name__
'Run'

A name is imported from its module on first use: a run can be read without torch. The subpackages: `rl` (GRPO), `sft`
(cold start and distillation), `evaluation`, and `recipes`. `pipeline` and `signals` are `evaluation.shipped_runs` and
`rl.proxy_rewards`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from labkit._host.extras import import_with_models

if TYPE_CHECKING:
    from labkit.training import loggers as loggers
    from labkit.training.evaluation import shipped_runs
    from labkit.training.rl import proxy_rewards
    from labkit.training.rl.api import grpo as grpo
    from labkit.training.rl.api import make_trainer as make_trainer
    from labkit.training.rl.diagnosis import Finding as Finding
    from labkit.training.rl.diagnosis import diagnose as diagnose
    from labkit.training.rl.loss import grpo_loss as grpo_loss
    from labkit.training.run import Run as Run

    pipeline = shipped_runs
    signals = proxy_rewards

_WHERE = {
    "Finding": "rl.diagnosis",
    "Run": "run",
    "diagnose": "rl.diagnosis",
    "grpo": "rl.api",
    "grpo_loss": "rl.loss",
    "loggers": "loggers",
    "make_trainer": "rl.api",
    "pipeline": "evaluation.shipped_runs",
    "signals": "rl.proxy_rewards",
}
_MODULES = ("loggers", "pipeline", "signals")  # names of modules, not of something in a module

__all__ = [
    "Finding",
    "Run",
    "diagnose",
    "grpo",
    "grpo_loss",
    "loggers",
    "make_trainer",
    "pipeline",
    "signals",
]


def __getattr__(name: str) -> Any:
    if name == "begin":  # the old name, for one version
        warnings.warn("labkit.training.begin is now make_trainer.", DeprecationWarning, stacklevel=2)
        name = "make_trainer"
    if name not in _WHERE:
        raise AttributeError(f"labkit.training has no {name!r}; its names are {', '.join(__all__)}")
    module = import_with_models(f"labkit.training.{_WHERE[name]}")
    return module if name in _MODULES else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
