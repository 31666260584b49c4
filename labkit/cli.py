"""The `labkit` command."""

from __future__ import annotations


def main() -> int:
    """Runs one command."""
    return 0
