"""The training and held-out problems, from a task's name or from a teacher's own problems."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.errors import BadArgument
from labkit.rewards import Rule
from labkit.rewards.functions import rules_of
from labkit.rewards.scoring import default_rules, weights_of
from labkit.tasks import Problem, registered

EVERY = 5  # one of this many of a teacher's problems is held out


@dataclass(frozen=True)
class Task:
    """Training problems, held-out problems, and the reward.

    Attributes:
        name: for labels.
        draw: `draw(n, seed)` returns n training problems, the same problems for the same seed.
        held_out: problems that are never trained on.
        rules, weights: the reward is the weighted sum of the rules' values.
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
    rules: Rule | Callable[..., Any] | Sequence[Rule | Callable[..., Any]] | None = None,
    weights: Sequence[float] | Mapping[str, float] | None = None,
) -> Task:
    """A task by its name, such as `"countdown"`, or from a list of problems; every fifth of a list is held out.

    Args:
        task: the name of a task of `labkit.tasks` that can draw problems, or a list of problems.
        held_out: maximum number of held-out problems.
        rules: by default a right answer, as the problems' task judges it, and the format.
        weights: one per rule, in order or by name.

    Raises:
        LabkitError: the task does not exist, a list is too short, or a rule is not callable.
    """
    known = {t.name: t for t in registered().values() if t.draw and t.held_out}
    if isinstance(task, str) and task in known:
        named = known[task]
        assert named.draw is not None
        assert named.held_out is not None
        return _task(named.name, named.draw, tuple(named.held_out(held_out)), rules, weights)
    if isinstance(task, str) or not all(isinstance(p, Problem) for p in task) or len(task) < 2 * EVERY:
        what = repr(task) if isinstance(task, str) else f"a list of {len(task)}"
        raise BadArgument(
            f"There is no task {what}.",
            why=f"a task is one of {', '.join(known)}, or a list of at least {2 * EVERY} problems, of which every "
            "fifth is held out.",
            next='labkit.training.grpo(model, task="countdown")',
        )
    own = [p for i, p in enumerate(task) if i % EVERY]
    name = str(getattr(task[0], "task", "own problems"))
    draw = lambda n, seed: random.Random(seed).choices(own, k=n)  # noqa: E731
    return _task(name, draw, tuple(task[::EVERY][:held_out]), rules, weights)


def _task(
    name: str, draw: Callable[[int, int], Sequence[Problem]], held_out: tuple[Problem, ...],
    rules: Rule | Callable[..., Any] | Sequence[Rule | Callable[..., Any]] | None,
    weights: Sequence[float] | Mapping[str, float] | None,
) -> Task:  # fmt: skip
    chosen = default_rules(held_out[0]) if rules is None else rules_of(rules)
    return Task(name, draw, held_out, tuple(chosen), tuple(weights_of(chosen, weights)))
