"""A task: how its problems are recognised, drawn and judged. One registry holds labkit's tasks and yours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit._arguments import checks_arguments
from labkit.tasks.answers import Answer, answer_in
from labkit.tasks.arithmetic import canonical
from labkit.tasks.problem import Problem
from labkit.tasks.verdict import Verdict
from labkit.traces import ProblemRecord, Trace


@dataclass(frozen=True)
class Task:
    """A kind of problem, and the judge of its answers.

    Attributes:
        name: the name in `trace.problem.task` and in `labkit.training.grpo(model, task=name)`.
        columns: the columns of a problem, which `judge` takes by name.
        judge: `judge(given, **columns)`: the verdict on an `Answer`, which is passed by position.
        draw: `draw(n, seed)`: n training problems, the same for the same seed.
        held_out: `held_out(n)`: n problems that are never used for training.
        read: `read(prompt)`: the problem in a person's prompt, or None.
        spell: one spelling for equivalent answers.
        gold: the column with the only right answer; empty for a task with many right answers.
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
        """The verdict on an answer, given the columns of its problem."""
        return self.judge(answer, **{name: columns[name] for name in self.columns})


_TASKS: dict[str, Task] = {}


@checks_arguments
def register(task: Task) -> Task:
    """Registers a task for rewards, views and training; replaces a task with the same name.

    >>> from labkit.tasks import Task, Verdict, register
    >>> yes_no = Task("yes-no", ("expected",), lambda answer, expected: Verdict(float(answer.text == expected), "."))
    >>> register(yes_no).name
    'yes-no'
    """
    _TASKS[task.name] = task
    return task


def registered() -> dict[str, Task]:
    """All tasks, by name."""
    return dict(_TASKS)


def task_of(problem: Any) -> Task | None:
    """The task of a problem, a record or a mapping of columns: by name, otherwise by the most matching columns.

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
    """The problem in a prompt, from the first task that recognises its wording."""
    problems = (task.read(prompt) for task in _TASKS.values() if task.read is not None)
    return next((problem for problem in problems if problem is not None), None)


@checks_arguments
def problem_of(trace: Trace) -> ProblemRecord | None:
    """The problem of a trace. For a trace saved without a record, the prompt is parsed."""
    return trace.problem or ProblemRecord.of(read_prompt(trace.prompt))


@checks_arguments
def verdict_of(trace: Trace, problem: Any = None) -> Verdict | None:
    """The verdict on the answer of a trace. Returns None if no task can judge it.

    Args:
        trace: a rollout.
        problem: overrides the problem record of the trace.
    """
    record = ProblemRecord.of(problem) or problem_of(trace)
    task = task_of(record)
    if record is None or task is None:
        return None
    return task.verdict(answer_in(trace.text, trace.parts.answer), record.columns)
