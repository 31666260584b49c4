"""Attention weights of a trace, the heads that matter, and attention between steps."""
