"""Where rollouts end: the answer of each, whether it is right, and how sure a share of so few can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.rewards.estimates import wilson
from labkit.tasks.answers import answer_text
from labkit.tasks.countdown import problem_in
from labkit.tasks.sums import canonical
from labkit.traces import Trace

SPELLED = 80  # characters of an answer that is no sum: longer ones are told apart by their beginnings


@dataclass(frozen=True)
class Outcome:
    """Where one rollout ended.

    Attributes:
        answer: its answer in one spelling; empty where the thought gave none.
        correct: whether it solves the prompt's problem; None where nothing here can judge it.
    """

    answer: str
    correct: bool | None


@dataclass(frozen=True)
class Share:
    """How many of `n` rollouts were right, with the 95 % interval of the share (Wilson)."""

    right: int
    n: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; nan where nothing was sampled."""
        return self.right / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share would lie with many more rollouts, 19 times of 20."""
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
    """The rollouts that ended alike; `members` are their numbers."""

    outcome: Outcome
    members: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.members)


def outcome_of(trace: Trace) -> Outcome:
    """The outcome of a rollout, judged by the task's verifier where the prompt is one of its problems.

    >>> outcome_of(Trace(model="m", prompt="Using 3, 5 and 9, make 24.", text="</think>9 + 3 * 5", finish="stop"))
    Outcome(answer='3*5 + 9', correct=True)
    """
    problem = problem_in(trace.prompt)
    said = canonical(answer_text(trace.answer)) if trace.answer else ""
    short = said if len(said) <= SPELLED else said[: SPELLED - 1] + "…"
    return Outcome(short, None if problem is None else bool(said) and problem.verify(trace.answer))


def groups(outcomes: Sequence[Outcome]) -> list[Group]:
    """Rollouts by outcome: right ones first, then the more frequent; those without an answer last."""
    found: dict[Outcome, list[int]] = {}
    for i, outcome in enumerate(outcomes):
        found.setdefault(outcome, []).append(i)
    made = [Group(outcome, tuple(members)) for outcome, members in found.items()]
    return sorted(made, key=lambda g: (not g.outcome.correct, not g.outcome.answer, -len(g), g.members))


def share(outcomes: Sequence[Outcome]) -> Share | None:
    """How many are right; None where nothing can judge them. No answer is a wrong answer."""
    if any(outcome.correct is None for outcome in outcomes):
        return None
    return Share(sum(bool(outcome.correct) for outcome in outcomes), len(outcomes))
