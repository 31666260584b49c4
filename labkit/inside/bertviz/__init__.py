"""bertviz's three views of a trace, without a network."""

from labkit.inside.bertviz.views import head_view, model_view, neuron_view

__all__ = ["head_view", "model_view", "neuron_view"]
