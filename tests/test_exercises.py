"""The exercises of the lessons: solutions pass, slips are named, and no answer of a student is an exception."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

# lesson -> the beginnings of the cells whose names its exercises use
SETUP = {
    3: [],
    6: ["import numpy as np", "model = labkit.load()", "tokens = trace.prompt_texts", "def where(tokens)"],
    7: [],
    5: ["import numpy as np"],
    8: ["import copy"],
    9: ["import labkit", "puzzle ="],
    10: ["import labkit", "model = labkit.load()"],
    11: ["from labkit.models.catalog import find"],
}
OLD_FUNCTIONS = [
    (3, "majority"), (6, "previous"), (6, "on_sign"), (7, "appears"), (5, "too_long"),
    (8, "rloo"), (9, "keep"), (10, "change"),
]  # fmt: skip
OLD_VALUES = [(8, "my_limit"), (10, "my_check"), (11, "my_tokens")]

# what students write before they write it right
WRONG_BODIES = [
    "...", "print(0.5)", "return", "return 'a'", "return 7.5", "return -7", "return []", "return [7.5]",
    "return (7.5, 7.5)", "return {}", "return {'a': 1}", "return object()", "return [[1], [2, 3]]", "return float('nan')",
    "return len", "return undefined_name", "raise ValueError('no')", "return max([])", "return [None, None]",
]  # fmt: skip
WRONG_VALUES = [
    "None", "3", "-3", "0", "'a'", "''", "[]", "(1,)", "(1, 2, 3)", "(7, 7)", "('a', 'b')", "{}", "object()",
    "float('nan')", "[None, 1]", "True",
]  # fmt: skip


@cache
def cells(lesson: int, kind: str) -> list[str]:
    (path,) = NOTEBOOKS.glob(f"{lesson:02}-*.ipynb")
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


@cache
def names_of(lesson: int) -> dict[str, Any]:
    """What a student has in hand when the exercises begin."""
    if lesson == 6:
        pytest.importorskip("bertviz", reason="needs the extra bertviz")
    space: dict[str, Any] = {}
    for beginning in SETUP[lesson]:
        source = next(source for source in cells(lesson, "code") if source.startswith(beginning))
        exec(source, space)
    return space


def exercise(lesson: int, name: str) -> str:
    start = re.compile(rf"^(?:def {name}\(.*|{name}\b.*= None.*)$", re.MULTILINE)
    (source,) = (source for source in cells(lesson, "code") if start.search(source))
    return source


def is_here(lesson: int, name: str) -> bool:
    """Whether the exercise still stands in the notebook, with its cases, and not in labkit/course/exercises."""
    start = re.compile(rf"^(?:def {name}\(.*|{name}\b.*= None.*)$", re.MULTILINE)
    found = (
        [source for source in cells(lesson, "code") if start.search(source)]
        if list(NOTEBOOKS.glob(f"{lesson:02}-*"))
        else []
    )
    return any("labkit.course import" in source for source in found)


FUNCTIONS = [row for row in OLD_FUNCTIONS if is_here(*row)]
VALUES = [row for row in OLD_VALUES if is_here(*row)]


def with_body(lesson: int, name: str, body: str) -> str:
    return exercise(lesson, name).replace("    ...", f"    {body}", 1)


def with_value(lesson: int, name: str, value: str) -> str:
    return re.sub(
        rf"^({name}\b[^=\n]*=) None.*$", rf"\1 {value}", exercise(lesson, name), count=1, flags=re.MULTILINE
    )


def answered(capsys: pytest.CaptureFixture[str], lesson: int, source: str) -> str:
    space = dict(names_of(lesson))
    capsys.readouterr()
    exec(source, space)
    return capsys.readouterr().out


@pytest.mark.parametrize(("lesson", "name"), FUNCTIONS)
@pytest.mark.parametrize("body", WRONG_BODIES)
def test_a_wrong_function_gets_a_sentence(capsys, lesson: int, name: str, body: str) -> None:
    said = answered(capsys, lesson, with_body(lesson, name, body))
    assert said.strip()
    assert not said.startswith("Right")
    assert ("Replace the dots" in said) == (body in ("...", "return"))
    assert ("in place of print" in said) == body.startswith("print")
    assert ("stopped in line" in said) == (body.startswith(("raise", "return max", "return undefined")))


@pytest.mark.parametrize(("lesson", "name"), VALUES)
@pytest.mark.parametrize("value", WRONG_VALUES)
def test_a_wrong_value_gets_a_sentence(capsys, lesson: int, name: str, value: str) -> None:
    given = f"{value}, {value}" if name == "my_limit" else value
    said = answered(capsys, lesson, with_value(lesson, name, given))
    assert said.strip()
    assert "Right" not in said and "All wrong" not in said
    assert said.startswith("Not ") == (value == "None" or (name == "my_check" and not value.startswith("'")))


@pytest.mark.parametrize(("lesson", "name"), [*FUNCTIONS, *VALUES])
def test_the_printed_solution_passes(capsys, lesson: int, name: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", "\n".join(cells(lesson, "markdown")), re.DOTALL)
    (block,) = (block for block in blocks if re.match(rf"def {name}\(|{name}\b.*=", block))
    if block.startswith("def"):
        solution = re.match(r"def .*?(?=\n\S|\Z)", block, re.DOTALL)
        assert solution is not None
        source = re.sub(
            rf"def {name}\(.*?\n    \.\.\.\n",
            lambda _: f"{solution[0]}\n",
            exercise(lesson, name),
            flags=re.DOTALL,
        )
    else:
        source = with_value(lesson, name, block.splitlines()[0].split(" = ", 1)[1])
    said = answered(capsys, lesson, source)
    assert said.splitlines()[-1].startswith(("Right", "All wrong"))


PLUS = 'i = np.array([i for i in sums if tokens[i - 2] == " + "])\n    return '


SLIPS = [
        (3, "majority", "return max(answers, key=answers.count)", "does not vote"),
        (3, "majority", "return max(sorted(a for a in answers if a), key=answers.count)", "8 came first"),
        (3, "majority", "voting = [a for a in answers if a]\n    return max(voting, key=voting.count)", "stopped in line 4"),
        (6, "previous", "return np.diagonal(weights).mean()", "look at itself"),
        (6, "previous", "return np.diagonal(weights, offset=1).mean()", "the token after"),
        (6, "previous", "return np.diagonal(weights, offset=-1).sum() / len(weights)", "the first row has no previous token"),
        (6, "previous", "return np.diagonal(weights, offset=-1).sum()", "Divide"),
        (6, "on_sign", f"{PLUS}weights[i, i - 2].sum()", "a sum of weights"),
        (6, "on_sign", f"{PLUS}weights[i, i - 1].mean()", "not the sign"),
        (6, "on_sign", "return weights[sums, sums - 2].mean()", "all sums"),
        (7, "appears", "return agrees.index(True)", "It must stay"),
        (7, "appears", "return len(agrees) - 1", "From where on"),
        (7, "appears", "return 3", "the last layer disagrees"),
        (5, "too_long", "return min(1.0, max(0.0, (tokens - limit + margin) / margin))", "The sign?"),
        (5, "too_long", "return min(0.0, (limit - margin - tokens) / margin)", "stays at -1"),
        (5, "too_long", "if tokens <= limit - margin:\n        return 0", "a return is missing"),
        (8, "rloo", "return [r - sum(rewards) / len(rewards) for r in rewards]", "mean of all"),
        (8, "rloo", "return rewards", "nothing was taken off"),
        (8, "rloo", "return 1.0", "four numbers"),
        (9, "keep", "return texts", "leaves out the 6"),
        (9, "keep", "return [t for t in texts if puzzle.verify(t)]", "there twice"),
        (9, "keep", "return [t for t in dict.fromkeys(texts) if puzzle.verify(t)]", "the limit is 40"),
        (9, "keep", "return texts[:1]", "two texts"),
        (10, "change", "return sum(kept) - sum(without)", "counts"),
        (10, "change", "return sum(without) / len(without) - sum(kept) / len(kept)", "the sign. A step"),
]  # fmt: skip


@pytest.mark.parametrize(("lesson", "name", "body", "said"), [row for row in SLIPS if is_here(*row[:2])])
def test_a_likely_slip_is_named(capsys, lesson: int, name: str, body: str, said: str) -> None:
    assert said in answered(capsys, lesson, with_body(lesson, name, body))


WRONG = [
        (8, "my_limit", "0.06, None", "Not answered yet"),
        (8, "my_limit", "0.064, 0.06", "Swapped"),
        (8, "my_limit", "0.25, 0.33", "not on the probability"),
        (8, "my_limit", "1.2, 1.28", "those are ratios"),
        (8, "my_limit", "0.05, 0.05", "The ratio may reach"),
        (10, "my_check", "'Check: the sum is 5.'", "has no tokens for"),
        (10, "my_check", "'Check: 14 - 12 = 2, 10 / 2 = 5 vs 5, right.'", "Still right"),
        (11, "my_tokens", "llama.parameters / llama.kv(1)", "two bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("lesson", "name", "value", "said"), [row for row in WRONG if is_here(*row[:2])])
def test_a_likely_wrong_value_is_named(capsys, lesson: int, name: str, value: str, said: str) -> None:
    assert said in answered(capsys, lesson, with_value(lesson, name, value))


@pytest.mark.skipif(not is_here(6, "on_sign"), reason="the exercise has left the notebook")
def test_the_blind_spot_of_the_attention_lesson_is_the_minus() -> None:
    space = dict(names_of(6))
    i = {sign: [i for i in space["sums"] if space["tokens"][i - 2] == f" {sign} "] for sign in "+-*/"}
    weights = space["attention"](space["trace"], 0, 0)
    mean = {sign: weights[rows, [r - 2 for r in rows]].mean() for sign, rows in i.items()}
    assert min(mean, key=mean.__getitem__) == "-" and mean["-"] < 0.1 and mean["+"] > 0.9
