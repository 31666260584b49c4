"""Answers of models to a puzzle, for the tests of the judge in Python and of the judge in the page.

3, 5 and 9 make 24, unless a case names its own puzzle.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from labkit.tasks.countdown import reachable

RIGHT = [
    "(3 * 5) + 9",
    "3*5+9",
    "9+5*3",
    "9 + (5 * 3)",
    "((3)*(5))+9",
    "  3 * 5 + 9 \n",
    "3 × 5 + 9",
    "3 · 5 + 9",
    "3 * 5 + 9 = 24",
    "3 * 5 + 9=24.",
    "3 * 5 + 9.",
    "<answer>3 * 5 + 9</answer>",
    "<answer>\n3 * 5 + 9\n</answer>\n",
    "thinking 1 + 1</think>3 * 5 + 9",
    "thinking</think>\n\n<answer>3 * 5 + 9 = 24</answer>",
    "<answer>1</answer><answer>3 * 5 + 9</answer>",
    "</think>A first thought</think><answer>3 * 5 + 9</answer> I am sure.",
    "3 * 5 + 9 =",
    "<answer>3 * 5 + 9",  # cut off by the token limit after the expression
]
WRONG = [
    "", " ", "24", "= 24", "3 * 5", "3 * 5 + 9 + 0", "3 * 5 + 9 * 1", "3 + 5 + 9", "3 * 5 + 9 = 25",
    "3 * 5 + 9 = 24 = 24", "3 * 5 = 15 + 9 = 24", "24 = 3 * 5 + 9", "9 * 9 - 57", "3 * 8", "39 - 5 * 3",
    "3 * 5 + 9 or so", "It is 3 * 5 + 9", "--3 * -5 + 9", "+3 * 5 + 9", "-(-3 * 5) + 9", "3 5 9", "3 * (5 + 9",
    "3 * 5) + 9", "()", "(", ")", "3 * 5 + 9 == 24", "03 * 5 + 9",
    "<answer>3 * 5 + 9</answer> No, <answer>3 * 5</answer>",
    "<answer>3 * 5 + 9</answer></think>I do not know",  # said while thinking: no answer
    "</answer>3 * 5 + 9<answer>",
]  # fmt: skip
ARITHMETIC = [
    ("8 / (3 - 8 / 3)", [3, 3, 8, 8], 24, True),  # exact: floating point gives 23.999...
    ("(1 / 3) * 3", [1, 3, 3], 1, True),
    ("1 / 3 + 1 / 3 + 1 / 3", [1, 1, 1, 3, 3, 3], 1, True),
    ("7 / 2", [7, 2], 3, False),
    ("5 / (3 - 3)", [3, 3, 5], 5, False),
    ("16 ÷ 4 − 3", [3, 4, 16], 1, True),
    ("16 ÷ 4 – 3", [3, 4, 16], 1, True),
    ("3 + 3", [3, 3], 6, True),
    ("3 + 3", [3, 3, 3], 6, False),
    ("3 + 3", [3], 6, False),
    ("10 - 3 - 2", [2, 3, 10], 5, True),
    ("10 - (3 - 2)", [2, 3, 10], 9, True),
    ("1 + 2", [12], 3, False),
]
# What is not arithmetic, and what Python would run.
HOSTILE = [
    "__import__('os').system('touch /tmp/labkit-was-here')", "().__class__.__bases__[0].__subclasses__()",
    "9**9**9**9", "3 ** 5", "1//2", "3 % 5", "3 << 9", "~3", "3 if 5 else 9", "True + 5 + 9", "3.0 * 5 + 9",
    "3e0*5+9", "3j*5+9", "3_0*5+9", "0x3*5+9", "0b11*5+9", "3 * 5 + 9 # 24", "3 * 5 + 9; 24", "3 * 5\n+ 9",
    "3 *\\\n5 + 9", "3 * 5 + 9\0", "\0", "3\t*5+9", "(3 * 5) + 9,", "[3 * 5 + 9][0]", "lambda: 24", "(yield)",
    "3 * 5 + 9 if 1", "f'{24}'", "'24'", "...", "x:=24", "(x:=3) * 5 + 9", "٣ * ٥ + ٩", "３ * 5 + 9", "²",
    "3(5)+9", "3[5]", "3.real", "\ud800", "\u202e3 * 5 + 9", "<answer>" * 50, "</think>" * 50,
    "(" * 199, "(" * 90 + "3" + ")" * 90, "-" * 199 + "3", "+" * 200, "9" * 200, "9*" * 99 + "9",
    "1/" * 99 + "0", "((((3*5)+9)" + ")" * 150,
]  # fmt: skip
# Pieces with their numbers of repetitions: about a million characters each.
LONG = [
    [("9", 10**6)], [("(", 10**6)], [("<answer>", 125_000)], [("</think>", 125_000)], [("3*", 500_000)],
    [("<answer></answer>", 60_000)], [("\ud800", 10**6)], [(" ", 10**6)], [("<answer>", 1), (" ", 10**6), ("3*5+9", 1)],
]  # fmt: skip
# A completion, its answer, and the form of the answer.
FORMS = [
    (r"</think>So \boxed{24}.", "24", "box"),
    (r"</think>The answer is \boxed{24}.", "24", "box"),
    (r"</think>\boxed 9", "9", "box"),
    (r"</think>It is $\boxed 9$.", "9", "box"),
    (r"</think>\fbox{9}", "9", "box"),
    (r"</think>\boxed{\frac{1}{2}}", r"\frac{1}{2}", "box"),
    (r"</think>\boxed{\boxed{7}}", "7", "box"),
    (r"</think>\boxed{\{1, 2\}}", r"\{1, 2\}", "box"),
    (r"</think>\boxed{7} and so \boxed{ 7 }", "7", "box"),
    (r"</think><answer>\boxed{7}</answer>", "7", "box"),
    (r"</think>\[\n\boxed{17}\n\]", "17", "box"),
    (r"</think>$x=\boxed{2}$ or $x=\boxed{7}$", "", "box"),  # a hedge
    (r"</think>\boxed{12", "", "missing"),  # cut off inside the box
    ("</think><answer> 7 </answer>", "7", "tag"),
    ("</think><answer>The answer is 7.</answer>", "7", "tag"),
    ("</think><answer>1 2\n3 4</answer>", "1 2\n3 4", "tag"),
    ("</think>The answer is $42$.", "42", "line"),
    ("</think>**Final Answer:** 42", "42", "line"),
    ("</think>**The answer is 42.**", "42", "line"),
    ("</think>Final answer: **42**", "42", "line"),
    ("</think>#### 12", "12", "line"),
    ("</think>3 and 5 make 8.\n\nSo the answer is 8.\n", "8", "line"),
    (r"</think>The answer is \(x + 1\).", "x + 1", "line"),
    ("</think>It is $2$ or $7$.", "It is $2$ or $7$", "line"),
    ("</think>$2$ or $7$", "$2$ or $7$", "line"),
    ("</think>*1*1+3", "*1*1+3", "line"),  # a sign and not Markdown
    ("</think>-5", "-5", "line"),
    ("</think>24<|im_end|>", "24", "line"),
    ("</think><answer>24</answer><｜end▁of▁sentence｜>\n", "24", "tag"),
    ("</think>", "", "missing"),
    ("<think>I get \\boxed{42}. Wait, let me", "", "missing"),
]


def random_answers(count: int) -> Iterator[tuple[str, list[int], int]]:
    """Answers, their numbers and their target: some are right, and every fifth has a slip of the pen."""
    rng = random.Random(0)
    for i in range(count):
        numbers = [rng.randint(1, 9) for _ in range(3)]
        a, b, c = rng.sample(numbers, 3) if rng.random() < 0.9 else [rng.randint(1, 9) for _ in range(3)]
        op, then = rng.choices("+-*/", k=2)
        text = rng.choice(
            [f"({a} {op} {b}) {then} {c}", f"{a} {op} ({b} {then} {c})", f"{a}{op}{b}{then}{c}"]
        )
        if i % 5 == 0:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice("0123456789+-*/() .x") + text[at + rng.randint(0, 1) :]
        yield text, numbers, rng.choice([t for t in reachable(tuple(sorted(numbers))) if t <= 100] or [1])
