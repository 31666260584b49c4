"""Model internals: attention at any length, lenses, forks and interventions, on captured traces."""

import labkit._host.needs_models  # noqa: F401
from labkit.inside import bertviz
from labkit.inside.attention import attention
from labkit.inside.capturing import capture, cost, load, save
from labkit.inside.forks import Fork, fork
from labkit.inside.heads import find
from labkit.inside.importance import (
    Importance,
    Importances,
    counterfactual_importance,
    forced_answer_importance,
    resampling_importance,
    step_importance,
)
from labkit.inside.interventions import effect, intervene, mean_head, suppress, zero_head, zero_layer
from labkit.inside.lens import Lens, LensTile, lens
from labkit.inside.policy import logprobs
from labkit.inside.steps import blocks, step_attention
from labkit.models.capture import Capture
from labkit.models.inside import Inside

__all__ = [
    "Capture",
    "Fork",
    "Importance",
    "Importances",
    "Inside",
    "Lens",
    "LensTile",
    "attention",
    "bertviz",
    "blocks",
    "capture",
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
    "mean_head",
    "resampling_importance",
    "save",
    "step_attention",
    "step_importance",
    "suppress",
    "zero_head",
    "zero_layer",
]
