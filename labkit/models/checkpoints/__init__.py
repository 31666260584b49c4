"""Checkpoints on disk and on the hub: reading, checking, downloading, exporting, GGUF."""
