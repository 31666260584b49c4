"""The exercises of the lesson *Rewards*."""

from labkit.course.checks import Case
from labkit.course.registry import Exercise

_SIGN = "Close: it is a punishment. The sign?"

EXERCISES = (
    Exercise(
        "rewards-1",
        writes="too_long",
        minutes=8,
        cases=(
            Case((50,), 0),
            Case((80,), 0),
            Case(
                (90,),
                -0.5,
                [(0.5, _SIGN), (-1, "Close: between 80 and 100 tokens the reward falls evenly.")],
            ),
            Case((100,), -1, {1: _SIGN}),
            Case((300,), -1, [(lambda value: value < -1, "Close: past the limit it stays at -1.")]),
            Case((190, 200, 40), -0.75, [(-1, "Use limit and margin, not 100 and 20.")]),
        ),
        hint="Between the two ends the reward is `(limit - margin - tokens) / margin`.",
        solution=(
            "def too_long(tokens, limit=100, margin=20):\n"
            "    return min(0.0, max(-1.0, (limit - margin - tokens) / margin))\n"
        ),
        done="Right: that is labkit.rewards.overlong(100, 20).",
        talk="Ask what the model learns if the punishment begins at 0 tokens.",
        wrong={
            "def too_long(tokens, limit=100, margin=20):\n"
            "    return max(0.0, min(1.0, (tokens - limit + margin) / margin))": "punishment",
            "def too_long(tokens, limit=100, margin=20):\n"
            "    return min(0.0, (limit - margin - tokens) / margin)": "stays at -1",
            "def too_long(tokens, limit=100, margin=20):\n"
            "    return -1.0 if tokens > limit - margin else 0.0": "falls evenly",
            "def too_long(tokens, limit=100, margin=20):\n"
            "    if tokens <= 80:\n        return 0.0": "a return is missing",
            "def too_long(tokens, limit=100, margin=20):\n"
            "    return min(0.0, max(-1.0, (80 - tokens) / 20))": "not 100 and 20",
        },
    ),
    Exercise(
        "rewards-2",
        writes="true_check",
        minutes=8,
        cases=(
            Case(
                ("5 - 2 = 3.\nCheck: 3 * 8 = 24, right.\n</think>",),
                1.0,
                {True: "Return a number: 1.0."},
                "1.0: its one equation is true",
            ),
            Case(("Check.</think>",), 0.0, [(1.0, "Close: this check has no equation, and is paid.")]),
            Case(
                ("3 * 8 = 24.</think>",), 0.0, [(1.0, "Close: there is no check here. Read its line only.")]
            ),
            Case(
                ("Check: 3 * 8 = 25, right.</think>",),
                0.0,
                [(1.0, "Close: 3 * 8 is not 25, and the check is paid.")],
            ),
            Case(
                ("3 * 8 = 24.\nCheck: 2 + 2 = 5.\n</think>",),
                0.0,
                [
                    (
                        lambda value: value > 0,
                        "Close: pay for the line that begins with Check: and for no other.",
                    )
                ],
            ),
            Case(
                ("Check: 3 * 8 = 24, 24 - 1 = 22.\n</think>",),
                0.0,
                [(lambda value: value > 0, "Close: one of the two equations is false, so nothing is paid.")],
            ),
        ),
        hint="Cut the line out with `find` and `split`, give it to `rewards.countdown_steps`, compare with 1.",
        solution=(
            "def true_check(text):\n"
            '    at = text.find("Check:")\n'
            '    line = text[at:].split("\\n")[0] if at >= 0 else ""\n'
            '    (share,) = rewards.countdown_steps([line + "</think>"])\n'
            "    return float(share == 1)\n"
        ),
        talk=(
            "Its hack is `Check: 1 + 1 = 2.` A check that is about the answer is a verifier of the answer, "
            "and then the answer itself can be paid."
        ),
        wrong={
            'def true_check(text):\n    return float("Check" in text)': "no equation",
            "def true_check(text):\n"
            "    (share,) = rewards.countdown_steps([text])\n"
            "    return float(share == 1)": "no check here",
            "def true_check(text):\n"
            '    return float("Check:" in text and "=" in text.split("Check:")[1])': "is not 25",
            "def true_check(text):\n"
            '    line = text[text.find("Check:"):] if "Check:" in text else ""\n'
            "    (share,) = rewards.countdown_steps([line])\n"
            "    return share or 0.0": "one of the two",
        },
        setup=("import json",),
    ),
)
