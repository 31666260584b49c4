"""Tasks of `reasoning-gym`, by name: a hundred problem generators, each with a scorer.

The extra `gym` installs the package. Its scorers run in the bounded process
(`labkit._host.bounded_worker`): an answer that takes too long or needs too much memory earns 0.0. About a
dozen scorers evaluate the answer as Python (or let SymPy do so), which is unsafe for text that a model
wrote: for these tasks only the expected text counts, and `Problem.exact` is True.
"""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from labkit._arguments import checks_arguments
from labkit._host import exact_json
from labkit._host.bounded_worker import JobError, worker
from labkit._host.extras import install_command
from labkit.errors import BadArgument, LabkitError
from labkit.tasks.answers import Answer, read_answer
from labkit.tasks.task import Task, register
from labkit.tasks.verdict import Verdict

SECONDS = 1.0  # of CPU time for one answer
MAX_ANSWER = 10_000  # characters; a longer answer is wrong
_EVALUATES = re.compile(
    r"(?<![\w.])(?:eval|exec|compile)\(|(?<!\w)(?:parse_e|sympif)\w+\("
)  # the last two belong to SymPy


@dataclass(frozen=True)
class Problem:
    """One problem of a reasoning-gym task.

    Attributes:
        task: the name of the task, such as "leg_counting".
        prompt: the question.
        answer: the expected answer; empty if reasoning-gym gives none and only its scorer can judge.
        entry: the complete entry, which the scorer reads.
    """

    task: str
    prompt: str
    answer: str
    entry: dict[str, Any] = field(repr=False, hash=False)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns for reward functions."""
        return {"task": self.task, "answer": self.answer, "entry": exact_json.dumps(self.entry)}

    @property
    def exact(self) -> bool:
        """Whether only the expected text counts, because the task's own scorer evaluates answers."""
        return evaluates(self.task)

    def score(self, completion: str) -> float | None:
        """The score of a completion's answer by the task's own scorer, 0 to 1; see `judge`."""
        given = read_answer(completion if isinstance(completion, str) else "")
        return judge(given, task=self.task, entry=self.entry).score

    def verify(self, completion: str) -> bool:
        """Whether a completion's answer has the full score."""
        return (self.score(completion) or 0.0) >= 1.0


@checks_arguments
def gym(name: str, n: int, *, seed: int = 0, **options: Any) -> list[Problem]:
    """`n` problems of a reasoning-gym task.

    Args:
        name: the name of the task, such as "leg_counting"; the error for an unknown name gives the nearest.
        n: number of problems, at least 1.
        seed: any integer; the same seed gives the same problems.
        options: fields of the task's configuration. `"composite"` mixes the tasks of `datasets`, a list of
            names; each of its problems belongs to the task that generated it.

    Raises:
        LabkitError: reasoning-gym is not installed, or the task, an option or its value is unknown.
    """
    library = _library()
    if name not in library.factory.DATASETS:
        from difflib import get_close_matches

        near = get_close_matches(name, library.factory.DATASETS, 5, 0) or ["leg_counting"]
        raise BadArgument(
            f"reasoning-gym has no task {name!r}.",
            why=f"the nearest of its {len(library.factory.DATASETS)} names are {', '.join(near)}.",
            next=f'labkit.tasks.gym("{near[0]}", {n!r})',
        )
    try:
        if type(n) is not int or n < 1:
            raise ValueError("n is a whole number, at least 1.")
        dataset = library.create_dataset(name, size=n, seed=seed, **_specified(options))
        entries = [dataset[i] for i in range(n)]
    except Exception as error:  # third-party code raises a dozen types
        raise BadArgument(
            f"reasoning-gym cannot make {n!r} problems of {name!r} with {options!r}.",
            why=str(error) or "its configuration refuses them.",
            next=_next(name),
        ) from None
    return [_problem(name, dict(entry)) for entry in entries]


def judge(given: Answer, /, *, task: str, entry: dict[str, Any] | str) -> Verdict:
    """The verdict of the task's scorer; never evaluates the answer as code.

    Args:
        given: the answer. Its whole block is scored if the gold has several lines or is missing.
        task: the name of the task.
        entry: the entry, as a dict or as JSON.
    """
    text = entry if isinstance(entry, str) else exact_json.dumps(entry)
    gold = exact_json.loads(text)["answer"]
    exactly = gold is not None and _blanks_aside(given.block) == _blanks_aside(str(gold))
    answer = given.block if exactly or gold is None or "\n" in str(gold).strip() else given.text
    return _verdict(answer, given.why_missing, gold, task, text).at(given.span)


def _verdict(answer: str, why_missing: str, gold: Any, task: str, entry: str) -> Verdict:
    if not answer:
        return Verdict(0.0, why_missing)
    if len(answer) > MAX_ANSWER:
        return Verdict(0.0, f"The answer is longer than {MAX_ANSWER:,} characters.")
    if gold is not None and _blanks_aside(answer) == _blanks_aside(str(gold)):
        return Verdict(1.0, "It is the expected answer.")
    if not evaluates(task):
        return _scored(answer, task, entry)
    if gold is None:
        return Verdict(None, f"The scorer of {task} would run the answer as a program, and there is no gold.")
    return Verdict(0.0, "It is not the expected answer.")


@cache
def evaluates(task: str) -> bool:
    """Whether the module of a task's scorer calls a function that evaluates text."""
    cls = _library().factory.DATASETS[task][0]
    source = inspect.getsource(sys.modules[cls.__module__])
    # A module may define its own parser under such a name, as propositional_logic does.
    return any(f"def {call[0]}" not in source for call in _EVALUATES.finditer(source))


@lru_cache(maxsize=256)  # a repeated hostile answer costs the timeout once
def _scored(answer: str, task: str, entry: str) -> Verdict:
    try:
        value = worker.ask("gym", {"answer": answer, "task": task, "entry": entry}, seconds=SECONDS)
    except JobError as error:
        return Verdict(0.0, f"The scorer of {task} could not judge it. {error.why}")
    return Verdict(value, f"The scorer of {task} gives {value:.3g}.")


def _problem(name: str, entry: dict[str, Any]) -> Problem:
    gold = entry["answer"]
    task = entry["metadata"].get("source_dataset", name) if name == "composite" else name
    return Problem(task, entry["question"], "" if gold is None else str(gold), entry)


def _specified(options: dict[str, Any]) -> dict[str, Any]:
    """The options, with the task names of a mixture in the form that reasoning-gym expects."""
    if not isinstance(options.get("datasets"), list | tuple):
        return options
    from reasoning_gym.composite import DatasetSpec

    named = [DatasetSpec(d, 1.0, {}) if isinstance(d, str) else d for d in options["datasets"]]
    return options | {"datasets": named}


def _next(name: str) -> str:
    mixed = ', datasets=["leg_counting", "chain_sum"]' if name == "composite" else ""
    return f'labkit.tasks.gym("{name}", 10{mixed})'


def _blanks_aside(text: str) -> str:
    return " ".join(text.split())


def _library() -> Any:
    try:
        import reasoning_gym
    except ImportError as error:
        raise LabkitError(
            "labkit.tasks.gym() needs reasoning-gym, which is not installed.",
            why=f"its problems are made by that package ({error}).",
            next=install_command("gym"),
        ) from None
    return reasoning_gym


TASK = register(Task("gym", ("entry", "task"), judge))
