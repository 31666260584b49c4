"""A second opinion on Countdown answers, as unlike `labkit.tasks.countdown` as can be.

No `ast`, no regular expression, no Fraction: a hand-written shunting-yard over pairs of integers.
"""

from __future__ import annotations

Ratio = tuple[int, int]  # numerator, denominator (not 0)


def value_and_numbers(text: str) -> tuple[Ratio, list[int]] | None:
    """The value of an expression of + - * / ( ) and whole numbers, or None if it is anything else."""
    tokens: list[str | int] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == " ":
            i += 1
        elif c in "0123456789":
            j = i
            while j < len(text) and text[j] in "0123456789":
                j += 1
            digits = text[i:j]
            if len(digits) > 1 and digits[0] == "0" and set(digits) != {"0"}:
                return None  # Python has no 07
            tokens.append(int(digits))
            i = j
        elif c in "+-*/()":
            tokens.append(c)
            i += 1
        else:
            return None
    return reduce_tokens(tokens)


def reduce_tokens(tokens: list[str | int]) -> tuple[Ratio, list[int]] | None:
    values: list[Ratio] = []
    waiting: list[str] = []
    numbers: list[int] = []
    binds = {"+": 1, "-": 1, "*": 2, "/": 2}

    def reduce_top() -> bool:
        op = waiting.pop()
        if len(values) < 2:
            return False
        (c, d), (a, b) = values.pop(), values.pop()
        if op == "/" and c == 0:
            return False
        values.append(
            {
                "+": (a * d + c * b, b * d),
                "-": (a * d - c * b, b * d),
                "*": (a * c, b * d),
                "/": (a * d, b * c),
            }[op]
        )
        return True

    operand = True  # whether an operand comes next
    for token in tokens:
        if isinstance(token, int):
            if not operand:
                return None
            numbers.append(token)
            values.append((token, 1))
            operand = False
        elif token == "(":
            if not operand:
                return None
            waiting.append(token)
        elif token == ")":
            if operand:
                return None
            while waiting and waiting[-1] != "(":
                if not reduce_top():
                    return None
            if not waiting:
                return None
            waiting.pop()
        else:
            if operand:
                return None
            while waiting and waiting[-1] != "(" and binds[waiting[-1]] >= binds[token]:
                if not reduce_top():
                    return None
            waiting.append(token)
            operand = True
    if operand:
        return None
    while waiting:
        if waiting[-1] == "(" or not reduce_top():
            return None
    return (values[0], numbers) if len(values) == 1 else None


def solves(text: str, numbers: list[int], target: int) -> bool:
    """Whether a bare expression uses each number once and makes the target."""
    found = value_and_numbers(text)
    if found is None:
        return False
    (a, b), used = found
    return a == target * b and sorted(used) == sorted(numbers)
