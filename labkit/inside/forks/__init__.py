"""Continuations of a trace from a changed token, with a local model or a server."""
