"""How long a hostile text of a million characters keeps each verifier busy.

    python tests/bench/verifiers.py

Prints milliseconds, the worst of several texts, best of three runs each.
"""

from __future__ import annotations

import time

from labkit import rewards

MILLION = 10**6
TEXTS = {
    "nines": "9" * MILLION,
    "brackets": "(" * MILLION,
    "answer tags": "<answer>" * (MILLION // 8),
    "closing tags": "</think>" * (MILLION // 8),
    "answers": "<answer></answer>" * (MILLION // 17),
    "blanks": " " * MILLION,
    "equations": "1 + 1 = 2 " * (MILLION // 10),
    "numbers": "12 " * (MILLION // 3),
    "words": "word " * (MILLION // 5),
    "a long thought": "a" * MILLION + "</think><answer>3 * 5 + 9</answer>",
    "a long answer": "a</think><answer>" + "a" * MILLION + "</answer>",
    "boxes": "\\boxed{" * (MILLION // 7),
    "surrogates": "\ud800" * MILLION,
}
KNOWN = {
    "numbers": [3, 5, 9], "target": 24, "answer": "24", "completion_ids": range(MILLION), "solution": "24",
}  # fmt: skip
RULES = [
    rewards.countdown_accuracy, rewards.think_format, rewards.countdown_steps, rewards.exact_answer,
    rewards.language_consistency("en"), rewards.overlong(640, 128), rewards.length(640),
]  # fmt: skip


def milliseconds(rule: rewards.Rule, text: str) -> float:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        rule.parts(text, KNOWN)
        took.append(1000 * (time.perf_counter() - began))
    return min(took)


if __name__ == "__main__":
    for rule in RULES:
        slow = max((milliseconds(rule, text), name) for name, text in TEXTS.items())
        print(f"{rule.name:22} {slow[0]:7.2f} ms  ({slow[1]})")
