"""The kind of a step, from its opening words."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["plan", "try", "check", "back", "end", "other"]

OPENINGS: tuple[tuple[Kind, str], ...] = (
    ("back", r"go back|(?:but )?wait|hmm+|alternatively|no(?=[,.])|actually|let me try"),
    ("check", r"check(?:ing)?|(?:let me )?(?:double-?check|verify)|let me check|verifying|to confirm"),
    ("plan", r"first(?:ly)?|okay|ok|alright|now|next|so,? (?:i|we) need|let me|let's|i need"),
    ("end", r"give up|so,? the (?:final )?answer|therefore|thus|final(?:ly)?"),
)
_OPENING = re.compile("|".join(rf"(?P<{kind}>(?:{words})(?!\w))" for kind, words in OPENINGS), re.IGNORECASE)
_MARKUP = " \t\n\r*_#>`-"  # Markdown characters before a step's first word


def opening_kind(text: str) -> Kind | None:
    """The kind of a step, from its opening words; None if they do not tell it."""
    opening = _OPENING.match(text.lstrip(_MARKUP))
    return next((kind for kind, _ in OPENINGS if opening and opening.lastgroup == kind), None)


def category_of(text: str) -> str:
    """The category of a sentence in Thought Anchors (arXiv 2506.19143)."""
    return opening_kind(text) or "active_computation"
