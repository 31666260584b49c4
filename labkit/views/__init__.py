"""The views, one class each; their browser half is built from `labkit/frontend`. No torch here."""

from labkit.views._view import View
from labkit.views.attention_view import AttentionView
from labkit.views.catalog_view import CatalogView, catalog
from labkit.views.fork_view import ForkView
from labkit.views.lens_view import LensView
from labkit.views.reward_view import RewardView
from labkit.views.token_view import TokenView, show_stream
from labkit.views.training_view import TrainingView, show_training

__all__ = [
    "AttentionView",
    "CatalogView",
    "ForkView",
    "LensView",
    "RewardView",
    "TokenView",
    "TrainingView",
    "View",
    "catalog",
    "show_stream",
    "show_training",
]
