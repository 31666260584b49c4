"""Reads a teacher's own problems from a JSONL file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit._arguments import checks_arguments
from labkit._host.paths import typed_path
from labkit._host.untrusted import UntrustedError, parse_json, read_text, require_few_values
from labkit.errors import FileDamaged
from labkit.tasks import countdown
from labkit.tasks.answers import read_answer
from labkit.tasks.task import task_of

MAX_BYTES = 50_000_000
SAMPLE = '{"prompt": "What is 2 + 2?", "answer": "4"}'


@dataclass(frozen=True)
class Problem:
    """A question with its expected answer; `columns` also holds every other field of its line."""

    prompt: str
    answer: str
    columns: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def verify(self, completion: str) -> bool:
        """Whether the answer of a completion is right: the expected text, or a formula equal to `solution`."""
        task = task_of(self)
        if task is None or not isinstance(completion, str):
            return False
        return task.verdict(read_answer(completion), self.columns).right


@checks_arguments
def from_jsonl(path: str | Path) -> list[Problem | countdown.Problem]:
    """Reads problems from a file with one JSON object a line; blank lines are ignored.

    | fields | kind of problem | judged by |
    |---|---|---|
    | `prompt`, `answer` | any question | `labkit.rewards.exact_answer` |
    | `prompt`, `solution` | mathematics, in LaTeX | `labkit.rewards.math_accuracy` |
    | `numbers`, `target` | Countdown | `labkit.rewards.countdown_accuracy` |

    Other fields become columns for custom rewards.

    Raises:
        LabkitError: the file does not exist, or a line has another format; the error names the line.
    """
    path = typed_path(path, next='labkit.tasks.from_jsonl("my-problems.jsonl")')
    try:
        text = read_text(path, MAX_BYTES, "utf-8-sig")
        require_few_values(text.encode())
    except UntrustedError as error:
        raise _wrong(path, str(error), f"one such line each, in files of at most 50 MB: {SAMPLE}") from None
    except OSError:
        beside = ", ".join(sorted(p.name for p in path.parent.glob("*.jsonl"))[:5])
        raise _wrong(
            path,
            f"it cannot be opened; the folder holds {beside or 'no *.jsonl'}",
            f"one such line each: {SAMPLE}",
        ) from None
    problems = [_problem(path, n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not problems:
        raise _wrong(path, "it holds no problem", f"one such line each: {SAMPLE}")
    return problems


def _problem(path: Path, n: int, line: str) -> Problem | countdown.Problem:
    try:
        row = parse_json(line)
    except UntrustedError:
        raise _wrong(path, f"line {n} is not JSON", f"write line {n} like this: {SAMPLE}") from None
    if not isinstance(row, dict):
        raise _wrong(
            path, f"line {n} is not an object with names and values", f"write it like this: {SAMPLE}"
        )
    numbers, target = row.get("numbers"), row.get("target")
    if numbers is not None or target is not None:
        if (
            not isinstance(numbers, list)
            or len(numbers) < 2
            or not all(map(_is_integral, (*numbers, target)))
        ):
            why = f"line {n} needs numbers, a list of two or more whole numbers, and target, one"
            raise _wrong(path, why, 'write it like this: {"numbers": [3, 5, 9], "target": 24}')
        return countdown.Problem(tuple(row["numbers"]), row["target"])
    prompt, answer = row.get("prompt"), row.get("answer", row.get("solution"))
    if not isinstance(prompt, str) or not prompt.strip():
        raise _wrong(path, f"line {n} has no prompt, a text", f"write it like this: {SAMPLE}")
    if isinstance(answer, bool) or not isinstance(answer, str | int | float) or not str(answer).strip():
        raise _wrong(path, f"line {n} has no answer, a text or a number", f"write it like this: {SAMPLE}")
    texts = {name: str(row[name]) for name in ("answer", "solution") if name in row}
    return Problem(prompt, str(answer), row | texts)


def _is_integral(value: object) -> bool:
    return type(value) is int and 0 < value < 10**9


def _wrong(path: Path, why: str, next: str) -> FileDamaged:
    return FileDamaged(f"{path.name} holds no problems that can be read.", why=why + ".", next=next)
