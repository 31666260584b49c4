"""The rules of the page judge as the rules of Python do: the oracle's answers, and texts of made-up pieces."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.rewards.outcomes import SPELLED
from tests.tasks.answer_cases import random_answers
from tests.views.reward_check import PUZZLE, Case, judged

FRONTEND = Path(labkit.__file__).parent / "frontend"
JUDGE = Path(__file__).parent / "judge.mjs"
PIECES = [
    "<think>", "</think>", "<answer>", "</answer>", "3", "5", "9", "24", " + ", "*", "/", "-", "(", ")", "=", "= 24", ".", "...", "3*5+9",
    "(3 * 5) + 9", "\n", "\n\n", " ", "\t", "\u00a0", "\u3000", "\\boxed{", "\\boxed ", "\\fbox {", "}", "{", "\\", "\\,",
    "\\frac{9}{3}", "\\dfrac {", "\\times", "\\left(", "\\right)", "$", "$$", "\\(", "\\)", "\\[", "\\]", "**", "__", "`", "### ", "> ",
    "The answer is ", "so the final answer: ", "Answer:", "answer = ", "\u00d7", "\u00f7", "\u2212", "<b>", "</\u00e9>", "x", "07", "00",
    "\U0001f989", "\u7136", "a\u0301", "</s>", "<|im_end|>", "<\uff5cend\u2581of\u2581sentence\uff5c>", "9" * 60, "(" * 30, "x" * 90,
]  # fmt: skip
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed"),
    pytest.mark.skipif(not (FRONTEND / "node_modules/esbuild").exists(), reason="npm ci was not run"),
]


def in_the_page(cases: Sequence[Case]) -> list[Any]:
    """The parts and the spelled answer of each case, by the page's rules, in Node."""
    job = json.dumps([[text, opened, numbers, target] for text, opened, (numbers, target) in cases])
    command = ["node", str(JUDGE), str(FRONTEND)]
    done = subprocess.run(command, input=job, capture_output=True, text=True, encoding="utf-8", check=True)
    return list(json.loads(done.stdout))


def require_equal(cases: Sequence[Case]) -> list[float]:
    """Compares all; returns the values of the accuracy."""
    values = []
    for case, (parts, spelled) in zip(cases, in_the_page(cases), strict=True):
        expected = judged(case)
        answer = expected["answer"]
        assert parts == expected["parts"], case
        assert spelled == (answer if len(answer) <= SPELLED else answer[: SPELLED - 1] + "…"), case
        values.append(parts[0][0])
    return values


def test_the_answers_of_the_oracle() -> None:
    cases: list[Case] = [
        (text, False, (numbers, target)) for text, numbers, target in random_answers(100_000)
    ]
    assert sum(require_equal(cases)) > 2_000


def test_texts_of_random_pieces() -> None:
    dice = random.Random(17)
    texts = ["".join(dice.choices(PIECES, k=dice.randint(1, 14))) for _ in range(50_000)]
    values = require_equal([(text, dice.random() < 0.5, PUZZLE) for text in texts])
    assert sum(values) > 100
