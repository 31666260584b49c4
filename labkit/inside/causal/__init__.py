"""Causal questions: ablations of heads and layers, and the importance of steps."""
