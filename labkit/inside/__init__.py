"""Model internals: attention at any length, lenses, forks and interventions, on captured traces."""

import warnings
from typing import Any

import labkit._host.needs_models  # noqa: F401
from labkit.inside import bertviz
from labkit.inside.attention.attention import attention
from labkit.inside.attention.heads import find
from labkit.inside.attention.recapture import capture, cost, load, save
from labkit.inside.attention.steps import blocks, step_attention
from labkit.inside.causal.importance import (
    Importance,
    Importances,
    counterfactual_importance,
    forced_answer_importance,
    resampling_importance,
    step_importance,
)
from labkit.inside.causal.interventions import effect, intervene, mean_head, suppress, zero_head, zero_layer
from labkit.inside.causal.resilience import Resilience, resilience
from labkit.inside.comparison import Comparison, Mean, Segment, compare, mean_by_kind
from labkit.inside.forks.fork import Fork, fork
from labkit.inside.forks.logprobs import logprobs
from labkit.inside.lens.lens import Lens, LensTile, lens
from labkit.models.capture.capture import Capture
from labkit.models.capture.qk_capture import QKCapture

__all__ = [
    "Capture",
    "Comparison",
    "Fork",
    "Importance",
    "Importances",
    "Lens",
    "LensTile",
    "Mean",
    "QKCapture",
    "Resilience",
    "Segment",
    "attention",
    "bertviz",
    "blocks",
    "capture",
    "compare",
    "cost",
    "counterfactual_importance",
    "effect",
    "find",
    "forced_answer_importance",
    "fork",
    "intervene",
    "lens",
    "load",
    "logprobs",
    "mean_by_kind",
    "mean_head",
    "resampling_importance",
    "resilience",
    "save",
    "step_attention",
    "step_importance",
    "suppress",
    "zero_head",
    "zero_layer",
]


def __getattr__(name: str) -> Any:
    if name == "Inside":
        warnings.warn(
            "labkit.inside.Inside is now labkit.inside.QKCapture.", DeprecationWarning, stacklevel=2
        )
        return QKCapture
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
