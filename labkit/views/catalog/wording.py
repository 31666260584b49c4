"""Figures and thought markers of the catalog as readable text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.models.catalog import Entry


def size(n: int) -> str:
    """A number of bytes as text.

    >>> size(3_554_176_000), size(28_672_000), size(3_200_000), size(671_000_000_000), size(1_488_000_000_000)
    ('3.6 GB', '29 MB', '3.2 MB', '671 GB', '1.5 TB')
    """
    if n >= 1e12:
        return f"{n / 1e12:.1f} TB"
    if n >= 1e9:
        return f"{n / 1e9:.0f} GB" if n >= 1e11 else f"{n / 1e9:.1f} GB"
    return f"{n / 1e6:.0f} MB" if n >= 1e7 else f"{n / 1e6:.1f} MB"


def count(n: int) -> str:
    """A number of parameters as text.

    >>> count(1_777_088_000), count(671_000_000_000), count(134_515_008), count(463_104), count(2_800_000_000_000)
    ('1.8 B', '671 B', '135 M', '0.5 M', '2.8 T')
    """
    if n >= 1e12:
        return f"{n / 1e12:.1f} T"
    if n >= 1e9:
        return f"{n / 1e9:.0f} B" if n >= 1e11 else f"{n / 1e9:.1f} B"
    return f"{n / 1e6:.0f} M" if n >= 1e7 else f"{n / 1e6:.1f} M"


def mark(e: Entry) -> tuple[str, str]:
    """The text that opens a thought, and a short note about it."""
    from labkit.traces.families import named

    if e.think is None or e.think == "none":
        return "", "no thoughts" if e.think else "not known"
    if e.think == "channels":
        return ("analysis" if e.family == "gpt-oss" else named(e.family).tags.open), "channel"
    tags = named(e.family).tags
    kinds = []
    if e.tag_ids:
        kinds.append("token?" if "tag_ids" in e.unverified else "token")
    elif e.think == "text":
        kinds.append("text")
    if e.switch:
        kinds.append("switch")
    opening = tags.open.strip() or f"… {tags.close}"  # the template writes the opening
    return opening + ("?" if "think" in e.unverified else ""), ", ".join(kinds)


def thought(e: Entry) -> str:
    """How a model marks its thought, as a sentence."""
    from labkit.traces.families import named

    if e.think is None:
        return "its way of marking a thought is not known"
    if e.think == "none":
        return "not a reasoning model: it answers at once"
    first, last = named(e.family).tags.open.strip() or "the end of the prompt", named(e.family).tags.close
    sentence = {
        "tags": f"between {first} and {last}",
        "channels": f"in a channel of its own, from {first} to {last}",
        "text": f"from {first} to {last}, marks of several tokens",
    }.get(e.think, f"from {first} to {last}")
    if e.tag_ids:
        sentence += f", each one token ({e.tag_ids[0]} and {e.tag_ids[1]})"
    if e.opened is not None:
        sentence += "; its chat template opens it" if e.opened else "; the model opens it itself"
    if e.switch:
        words = named(e.family).switch_words
        sentence += f"; {e.switch}={words[1]} turns it off" if words else f"; {e.switch}=False turns it off"
    return sentence + (f"; {e.control}" if e.control else "")
