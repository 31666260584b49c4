"""The views, one class each; their browser half is built from `labkit/frontend`. No torch here."""

from labkit.views.attention.view import AttentionView
from labkit.views.catalog.view import CatalogView, catalog
from labkit.views.compare.view import CompareView
from labkit.views.core.view import View
from labkit.views.cost.view import CostView
from labkit.views.fork.view import ForkView
from labkit.views.lens.view import LensView
from labkit.views.reward.view import RewardView
from labkit.views.scaling.data import ScalingPoint
from labkit.views.scaling.view import ScalingView
from labkit.views.token.view import TokenView, show_stream
from labkit.views.traces.view import TracesView
from labkit.views.training.view import TrainingView, show_training

__all__ = [
    "AttentionView",
    "CatalogView",
    "CompareView",
    "CostView",
    "ForkView",
    "LensView",
    "RewardView",
    "ScalingPoint",
    "ScalingView",
    "TokenView",
    "TracesView",
    "TrainingView",
    "View",
    "catalog",
    "show_stream",
    "show_training",
]
