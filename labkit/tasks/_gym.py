"""Any task of `reasoning-gym`, by its name: a hundred generators of problems, each with a scorer.

Its package is the extra `gym`. About a dozen of its scorers evaluate the answer as
Python (or let SymPy do so), which must not happen to text that a model wrote: there an answer counts
only where it is the expected text, and `Problem.exact` says so.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from labkit._host.extras import install_command
from labkit.errors import LabkitError
from labkit.tasks.answers import answer_text

MAX_ANSWER = 10_000  # characters; a longer answer is wrong
_EVALUATES = re.compile(
    r"(?<![\w.])(?:eval|exec|compile)\(|(?<!\w)(?:parse_e|sympif)\w+\("
)  # the last two are SymPy's


@dataclass(frozen=True)
class Problem:
    """One problem of a reasoning-gym task.

    Attributes:
        task: its name, such as "leg_counting".
        prompt: the question.
        answer: the expected answer.
        entry: the whole entry, which the scorer reads.
    """

    task: str
    prompt: str
    answer: str
    entry: dict[str, Any] = field(repr=False, hash=False)

    @property
    def columns(self) -> dict[str, Any]:
        """What a reward function needs to know of it."""
        return {"task": self.task, "answer": self.answer, "entry": _as_json(self.entry)}

    @property
    def exact(self) -> bool:
        """Whether only the expected text counts, because the task's own scorer evaluates answers."""
        return evaluates(self.task)

    def score(self, completion: str) -> float:
        """How good the answer of a completion is by the task's own scorer, 0 to 1."""
        return score(completion, task=self.task, entry=self.entry)

    def verify(self, completion: str) -> bool:
        """Whether the answer of a completion is fully right."""
        return self.score(completion) >= 1.0


def gym(name: str, n: int, *, seed: int = 0, **options: Any) -> list[Problem]:
    """`n` problems of a reasoning-gym task.

    Args:
        name: such as "leg_counting"; a wrong one is answered with the nearest.
        n: at least 1.
        seed: any integer; the same one gives the same problems.
        options: what the task's own configuration takes.

    Raises:
        LabkitError: reasoning-gym is not installed, or it has no such task, option or number.
    """
    library = _library()
    if name not in library.factory.DATASETS:
        from difflib import get_close_matches

        near = get_close_matches(name, library.factory.DATASETS, 5, 0) or ["leg_counting"]
        raise LabkitError(
            f"reasoning-gym has no task {name!r}.",
            why=f"the nearest of its {len(library.factory.DATASETS)} names are {', '.join(near)}.",
            next=f'labkit.tasks.gym("{near[0]}", {n!r})',
        )
    try:
        if type(n) is not int or n < 1:
            raise ValueError("n is a whole number, at least 1.")
        found = library.create_dataset(name, size=n, seed=seed, **options)
        entries = [found[i] for i in range(n)]
    except (AssertionError, TypeError, ValueError) as error:
        raise LabkitError(
            f"reasoning-gym cannot make {n!r} problems of {name!r} with {options!r}.",
            why=str(error) or "its configuration refuses them.",
            next=f'labkit.tasks.gym("{name}", 10)',
        ) from None
    return [Problem(name, e["question"], str(e["answer"]), dict(e)) for e in entries]


def score(completion: str, *, task: str, entry: dict[str, Any] | str) -> float:
    """How good the answer of a completion is, 0 to 1; never evaluates it and never raises over it.

    Args:
        completion: any text; what `answer_text` finds in it is the answer.
        task: name of the task.
        entry: its entry, or that as JSON.
    """
    answer = answer_text(completion) if isinstance(completion, str) else ""
    known = json.loads(entry) if isinstance(entry, str) else entry
    if not answer or len(answer) > MAX_ANSWER:
        return 0.0
    if evaluates(task) or answer == known["answer"]:
        return float(" ".join(answer.split()) == " ".join(str(known["answer"]).split()))
    try:
        return min(1.0, max(0.0, float(_library().get_score_answer_fn(task)(answer, known))))
    except Exception:  # a scorer of somebody else on text of a model: a crash is no point
        return 0.0


@cache
def evaluates(task: str) -> bool:
    """Whether the module of a task's scorer calls what evaluates text."""
    cls = _library().factory.DATASETS[task][0]
    return bool(_EVALUATES.search(inspect.getsource(sys.modules[cls.__module__])))


def _as_json(entry: Any) -> str:
    """An entry as text, so that it fits into a data set's column; what is no JSON is written out."""
    return json.dumps(
        entry, default=lambda value: list(value) if isinstance(value, set | tuple) else str(value)
    )


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
