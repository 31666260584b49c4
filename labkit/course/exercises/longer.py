"""The exercises of the lesson *Think longer*."""

from labkit.course.checks import Case
from labkit.course.registry import Exercise

EXERCISES = (
    Exercise(
        "longer-1",
        writes="after_the_hit",
        minutes=7,
        cases=(
            Case(
                (["3", " - ", "1", "yes", "!", "Check"],),
                2,
                [
                    (3, "Close: that is the place of `yes`. Count what comes after it."),
                    (6, "Close: that is the whole thought. Count what comes after `yes`."),
                ],
                "2: two tokens come after `yes`",
            ),
            Case(
                (["yes", "7", "yes"],),
                2,
                {0: "Close: count from the first `yes`, not from the last."},
                "2: count from the first `yes`",
            ),
            Case((["Give", "up"],), None, {0: "Close: without a `yes` there is nothing to count: None."}),
        ),
        hint='`texts.index("yes")` is the place of the first `yes`; `"yes" in texts` says whether there is one.',
        solution=(
            "def after_the_hit(texts):\n"
            '    if "yes" not in texts:\n'
            "        return None\n"
            '    return len(texts) - texts.index("yes") - 1\n'
        ),
        talk="Ask what a paper would need in place of `yes`: a verifier for each intermediate result.",
        wrong={
            'def after_the_hit(texts):\n    return texts.index("yes")': "the place of `yes`",
            "def after_the_hit(texts):\n    return len(texts)": "the whole thought",
            'def after_the_hit(texts):\n    return texts[::-1].index("yes")': "not from the last",
            'def after_the_hit(texts):\n    return len(texts) - texts.index("yes") - 1': "stopped in line 2",
        },
    ),
    Exercise(
        "longer-2",
        writes="votes_for",
        minutes=6,
        cases=(
            Case(
                (210, 138),
                1,
                [
                    (1.52, "Close: a vote takes whole thoughts. Round down."),
                    (2, "Close: two thoughts of 138 tokens cost 276 tokens. Round down."),
                    (0, "Swapped? A thought costs 138 tokens, and 210 are there."),
                ],
            ),
            Case((560, 140), 4),
            Case((100, 138), 1, {0: "Close: one thought is the least that one can ask for: 1."}),
        ),
        hint="`budget // one` rounds down; `max(1, ...)` gives at least one thought.",
        solution="def votes_for(budget, one):\n    return max(1, budget // one)\n",
        talk="Equal samples is not equal tokens: ask which of the two a provider puts on the bill.",
        wrong={
            "def votes_for(budget, one):\n    return budget / one": "whole thoughts",
            "def votes_for(budget, one):\n    return round(budget / one)": "Round down",
            "def votes_for(budget, one):\n    return one // budget": "Swapped",
            "def votes_for(budget, one):\n    return budget // one": "the least that one",
        },
    ),
)
