"""Sizes for readers."""

from __future__ import annotations


def format_bytes(n: int) -> str:
    """Formats a number of bytes for readers.

    >>> format_bytes(3_550_000_000), format_bytes(7_000_000), format_bytes(20_000)
    ('3.5 GB', '7 MB', '20 kB')
    """
    if n >= 1e9:
        return f"{n / 1e9:.1f} GB"
    return f"{n / 1e6:.0f} MB" if n >= 1e6 else f"{n / 1e3:.0f} kB"
