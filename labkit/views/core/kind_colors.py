"""The colours of the kinds of steps, of labkit's, of Thought Anchors' and of a user's own.

`frontend/src/core/step-kinds.ts` has the same names of colours; `tests/views/cross_check.py` compares them.
"""

from __future__ import annotations

COLORS = {
    "plan": "#2563a8", "check": "#0f766e", "back": "#9a3412", "end": "#6d28d9", "green": "#3f6d12",
    "magenta": "#a01e5f", "olive": "#7a5c00", "cyan": "#0b6b86", "plain": "#4b5563",
}  # fmt: skip
OWN = ("plan", "check", "back", "end", "green", "magenta", "olive", "cyan")  # of a user's own kinds
KNOWN = {
    "plan": "plan", "try": "plain", "check": "check", "back": "back", "end": "end", "other": "plain",
    "problem_setup": "olive", "plan_generation": "plan", "fact_retrieval": "green", "active_computation": "plain",
    "uncertainty_management": "back", "result_consolidation": "magenta", "self_checking": "check",
    "final_answer_emission": "end",
}  # fmt: skip


def color_name(kind: str) -> str:
    """The name of the colour of a kind; a kind that labkit does not know has one of eight, by its letters.

    >>> color_name("check"), color_name("self_checking"), color_name("pun")
    ('check', 'check', 'end')
    """
    return KNOWN.get(kind) or OWN[sum(map(ord, kind)) % len(OWN)]


def kind_color(kind: str) -> str:
    """The colour of a kind on white, as in saved pictures."""
    return COLORS[color_name(kind)]
