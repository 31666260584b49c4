"""A task: how its problems are recognised, drawn and judged. One registry, and ours are registered in it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit._arguments import checks_arguments
from labkit.tasks.answers import Answer, answer_in
from labkit.tasks.problem import Problem
from labkit.tasks.sums import canonical
from labkit.tasks.verdict import Verdict
from labkit.traces import ProblemRecord, Trace


@dataclass(frozen=True)
class Task:
    """What a model can be asked, and how an answer is judged.

    Attributes:
        name: as it stands in `trace.problem.task` and in `labkit.training.grpo(model, task=name)`.
        columns: the columns that a problem of this task has, and that `judge` takes by name.
        judge: `judge(given, **columns)`: the verdict on an `Answer`, which comes by position.
        draw: `draw(n, seed)`: n problems to train on, the same ones for the same seed.
        held_out: `held_out(n)`: n problems that are never trained on.
        read: `read(prompt)`: the problem that a prompt of a person asks; None where it asks something else.
        spell: one spelling for answers that say the same.
        gold: the column that holds the one right answer; empty for a task with many right answers.
    """

    name: str
    columns: tuple[str, ...]
    judge: Callable[..., Verdict]
    draw: Callable[[int, int], Sequence[Problem]] | None = None
    held_out: Callable[[int], Sequence[Problem]] | None = None
    read: Callable[[str], Problem | None] | None = None
    spell: Callable[[str], str] = canonical
    gold: str = ""

    def verdict(self, answer: Answer, columns: Mapping[str, Any]) -> Verdict:
        """The verdict on an answer, by the columns of its problem."""
        return self.judge(answer, **{name: columns[name] for name in self.columns})


_TASKS: dict[str, Task] = {}


@checks_arguments
def register(task: Task) -> Task:
    """Makes a task known to rewards, views and training; a task of the same name is replaced.

    >>> from labkit.tasks import Task, Verdict, register
    >>> yes_no = Task("yes-no", ("expected",), lambda answer, expected: Verdict(float(answer.text == expected), "."))
    >>> register(yes_no).name
    'yes-no'
    """
    _TASKS[task.name] = task
    return task


def registered() -> dict[str, Task]:
    """Every task, by its name."""
    return dict(_TASKS)


def task_of(problem: Any) -> Task | None:
    """The task of a problem, a record or a mapping of columns: by the name, or else by the most columns that fit.

    >>> task_of({"numbers": [3, 5, 9], "target": 24}).name
    'countdown'
    """
    record = ProblemRecord.of(problem)
    if record is None:
        return None
    if record.task in _TASKS:
        return _TASKS[record.task]
    fitting = [task for task in _TASKS.values() if {*task.columns} <= {*record.columns}]
    return max(reversed(fitting), key=lambda task: len(task.columns), default=None)


@checks_arguments
def read_prompt(prompt: str) -> Problem | None:
    """The problem that a prompt asks, by the first task that recognises its own wording."""
    problems = (task.read(prompt) for task in _TASKS.values() if task.read is not None)
    return next((problem for problem in problems if problem is not None), None)


@checks_arguments
def problem_of(trace: Trace) -> ProblemRecord | None:
    """What a trace was asked. A trace that was written down without a record is recognised by its prompt."""
    return trace.problem or ProblemRecord.of(read_prompt(trace.prompt))


@checks_arguments
def verdict_of(trace: Trace, problem: Any = None) -> Verdict | None:
    """How good the answer of a trace is; None where no task can judge it.

    Args:
        trace: a rollout.
        problem: what was asked, in place of the record of the trace.
    """
    record = ProblemRecord.of(problem) or problem_of(trace)
    task = task_of(record)
    if record is None or task is None:
        return None
    return task.verdict(answer_in(trace.text, trace.parts.answer), record.columns)
