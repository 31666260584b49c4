"""Outcomes of rollouts: the answer, its correctness, and the success rate with its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit._arguments import checks_arguments
from labkit.rewards.base import total_of
from labkit.rewards.scoring import accuracy_rule, context_of
from labkit.rewards.statistics import SuccessRate
from labkit.tasks import problem_of, task_of
from labkit.tasks.answers import answer_in, read_answer
from labkit.tasks.arithmetic import canonical
from labkit.traces import ProblemRecord, Trace

SPELLED = (
    80  # characters of an answer that is not an expression; longer answers are compared by their beginnings
)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one rollout.

    Attributes:
        answer: its answer in canonical spelling; empty if the rollout has no answer.
        correct: whether the answer solves the problem; None if it cannot be judged.
    """

    answer: str
    correct: bool | None


@dataclass(frozen=True)
class Group:
    """Rollouts with the same outcome; `members` are their indices."""

    outcome: Outcome
    members: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.members)


@checks_arguments
def outcome_of(trace: Trace, problem: Any = None) -> Outcome:
    """The outcome of a rollout, judged by the task of its problem.

    Args:
        trace: a rollout.
        problem: the problem; by default that of the trace.

    >>> outcome_of(Trace(model="m", prompt="Using 3, 5 and 9, make 24.", text="</think>9 + 3 * 5", finish="stop"))
    Outcome(answer='3*5 + 9', correct=True)
    """
    judged_by = problem_of(trace) if problem is None else problem
    task, columns = task_of(judged_by), getattr(ProblemRecord.of(judged_by), "columns", {})
    correct = accuracy(trace, judged_by)
    text = answer_in(trace.text, trace.parts.answer).text
    if correct and task is not None and task.gold:  # 1/2 and 0.5 are the same answer if both are right
        text = read_answer(str(columns[task.gold])).text or text
    spelled = (task.spell if task else canonical)(text)
    return Outcome(spelled if len(spelled) <= SPELLED else spelled[: SPELLED - 1] + "…", correct)


def accuracy(trace: Trace, problem: Any) -> bool | None:
    """Whether the answer is right by the accuracy rule of the problem. Returns None if it cannot be judged."""
    text, known = context_of(trace, problem)
    value = total_of(accuracy_rule(problem).parts(text, known))
    return None if value is None else value >= 1.0


@checks_arguments
def groups(outcomes: Sequence[Outcome]) -> list[Group]:
    """Groups rollouts by outcome: right outcomes first, then by frequency; rollouts without an answer last."""
    members_of: dict[Outcome, list[int]] = {}
    for i, outcome in enumerate(outcomes):
        members_of.setdefault(outcome, []).append(i)
    unsorted = [Group(outcome, tuple(members)) for outcome, members in members_of.items()]
    return sorted(unsorted, key=lambda g: (not g.outcome.correct, not g.outcome.answer, -len(g), g.members))


@checks_arguments
def success_rate(outcomes: Sequence[Outcome]) -> SuccessRate | None:
    """The number and share of right rollouts; None if they cannot be judged. A missing answer counts as wrong."""
    if any(outcome.correct is None for outcome in outcomes):
        return None
    return SuccessRate(sum(bool(outcome.correct) for outcome in outcomes), len(outcomes))
