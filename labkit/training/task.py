"""What is trained on and what is held out: a name, or the teacher's own problems."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from labkit import rewards
from labkit.errors import LabkitError
from labkit.rewards import Rule
from labkit.rewards.parts import weights_of
from labkit.tasks import Problem, countdown

EVERY = 5  # of a teacher's problems, this one is held out
# Columns of a problem -> the rule that judges it, beside the form.
JUDGES = {
    ("numbers", "target"): rewards.countdown_accuracy,
    ("entry", "task"): rewards.gym_score,
    ("solution",): rewards.math_accuracy,
    ("answer",): rewards.exact_answer,
}


@dataclass(frozen=True)
class Task:
    """Problems to train on, problems to be judged by, and what a rollout earns.

    Attributes:
        name: for labels.
        draw: `draw(n, seed)` gives n problems to train on, the same ones for the same seed.
        held_out: problems that are never trained on.
        rules, weights: the reward is the weighted sum of what the rules give.
    """

    name: str
    draw: Callable[[int, int], Sequence[Problem]]
    held_out: tuple[Problem, ...]
    rules: tuple[Rule, ...]
    weights: tuple[float, ...]


def task_of(
    task: str | Sequence[Problem],
    *,
    held_out: int,
    rules: Sequence[Rule] | None = None,
    weights: Sequence[float] | Mapping[str, float] | None = None,
) -> Task:
    """A task by its name, `"countdown"`, or from a list of problems, of which every fifth is held out.

    Args:
        task: what to train on.
        held_out: how many problems to be judged by, at most.
        rules: by default a right answer, as the problems say what is right, and the form.
        weights: one a rule, in order or by name.

    Raises:
        LabkitError: there is no such task, a list is too short, or nothing says how to judge it.
    """
    if task == "countdown":
        found: Sequence[Problem] = countdown.problems(held_out, split="test", seed=1)
        rules = [rewards.countdown_accuracy, rewards.think_format] if rules is None else rules

        def draw(n: int, seed: int) -> Sequence[Problem]:
            return list(islice(countdown.stream(split="train", seed=seed), n))

        return Task("countdown", draw, tuple(found), tuple(rules), tuple(weights_of(rules, weights)))
    if isinstance(task, str) or not all(isinstance(p, Problem) for p in task) or len(task) < 2 * EVERY:
        what = repr(task) if isinstance(task, str) else f"a list of {len(task)}"
        raise LabkitError(
            f"There is no task {what}.",
            why=f'a task is "countdown", or a list of at least {2 * EVERY} problems, of which every fifth is held out.',
            next='labkit.training.grpo(model, task="countdown")',
        )
    own = [p for i, p in enumerate(task) if i % EVERY]
    rules = [_judge(own[0]), rewards.think_format] if rules is None else list(rules)
    name = getattr(task[0], "task", "own problems")
    return Task(
        str(name), lambda n, seed: random.Random(seed).choices(own, k=n), tuple(task[::EVERY][:held_out]),
        tuple(rules), tuple(weights_of(rules, weights)),
    )  # fmt: skip


def _judge(problem: Any) -> Rule:
    for columns, rule in JUDGES.items():
        if {*columns} <= {*problem.columns}:
            return rule
    raise LabkitError(
        f"Nothing says how an answer to {problem.prompt[:60]!r} is judged.",
        why=f"its columns are {', '.join(problem.columns) or 'none'}; rules are chosen by "
        + ", ".join(" and ".join(c) for c in JUDGES) + ".",
        next="labkit.training.grpo(model, task=problems, rules=[labkit.rewards.think_format])",
    )  # fmt: skip
