"""Lenses: predictions of the next token read from the residual stream of each layer."""
