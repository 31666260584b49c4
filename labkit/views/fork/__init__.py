"""Continuations from a changed token, and the importance of steps."""
