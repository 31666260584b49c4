"""Outcomes of rollouts: the answer, its correctness, and the success rate with its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit._arguments import checks_arguments
from labkit.rewards.estimates import wilson
from labkit.rewards.parts import total_of
from labkit.rewards.scoring import accuracy_rule, facts
from labkit.tasks import problem_of, task_of
from labkit.tasks.answers import answer_in, read_answer
from labkit.tasks.sums import canonical
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
class Share:
    """The number of right rollouts of `n`, with the 95 % interval of the share (Wilson)."""

    right: int
    n: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; nan if `n` is 0."""
        return self.right / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share."""
        return wilson(self.right, self.n)

    def __repr__(self) -> str:
        return f"Share({self})"

    def __str__(self) -> str:
        low, high = self.interval
        if not self.n:
            return "none sampled"
        return f"{self.right} of {self.n} correct ({self.value:.0%}, 95 % interval {low:.0%} to {high:.0%})"


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
    asked_for = problem_of(trace) if problem is None else problem
    task, columns = task_of(asked_for), getattr(ProblemRecord.of(asked_for), "columns", {})
    correct = accuracy(trace, asked_for)
    text = answer_in(trace.text, trace.parts.answer).text
    if correct and task is not None and task.gold:  # 1/2 and 0.5 are the same answer if both are right
        text = read_answer(str(columns[task.gold])).text or text
    spelled = (task.spell if task else canonical)(text)
    return Outcome(spelled if len(spelled) <= SPELLED else spelled[: SPELLED - 1] + "…", correct)


def accuracy(trace: Trace, problem: Any) -> bool | None:
    """Whether the answer is right by the accuracy rule of the problem. Returns None if it cannot be judged."""
    text, known = facts(trace, problem)
    value = total_of(accuracy_rule(problem).parts(text, known))
    return None if value is None else value >= 1.0


@checks_arguments
def groups(outcomes: Sequence[Outcome]) -> list[Group]:
    """Groups rollouts by outcome: right outcomes first, then by frequency; rollouts without an answer last."""
    found: dict[Outcome, list[int]] = {}
    for i, outcome in enumerate(outcomes):
        found.setdefault(outcome, []).append(i)
    made = [Group(outcome, tuple(members)) for outcome, members in found.items()]
    return sorted(made, key=lambda g: (not g.outcome.correct, not g.outcome.answer, -len(g), g.members))


@checks_arguments
def share(outcomes: Sequence[Outcome]) -> Share | None:
    """The share of right rollouts. Returns None if they cannot be judged. A missing answer counts as wrong."""
    if any(outcome.correct is None for outcome in outcomes):
        return None
    return Share(sum(bool(outcome.correct) for outcome in outcomes), len(outcomes))
