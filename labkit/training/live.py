"""`labkit.training.grpo`: train a copy of a model in this cell, and watch it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from threading import Event
from typing import Any, get_args

from labkit._arguments import checks_arguments
from labkit._host.interrupt import deferred
from labkit._notebook import in_notebook
from labkit.errors import LabkitError
from labkit.models import Model
from labkit.models.prompts import Prompt
from labkit.rewards import Rule
from labkit.rewards.advantages import Kind
from labkit.tasks import Problem
from labkit.training.loss import Variant
from labkit.training.policy import Grpo
from labkit.training.run import Run
from labkit.training.task import task_of
from labkit.training.trainer import Trainer

# What suits R1-mini on a core and 2 GB of memory; labkit/training/recipes/r1-mini.toml has the long run.
LIVE = Grpo(
    steps=0, problems=16, group=8, max_new_tokens=500, updates=1, lr=6e-4, warmup=3, decay=0, micro=2_048
)


@checks_arguments
def grpo(
    model: Model | Run,
    task: str | Sequence[Problem] = "countdown",
    *,
    steps: int = 12,
    folder: str | Path | None = None,
    show: bool | None = None,
    **settings: Any,
) -> Run:
    """Trains a copy of a model with GRPO until the run has `steps` steps, and shows it in a `TrainingView`.

    Stop and Interrupt end it and lose nothing but the step at hand; `labkit.training.grpo(run, steps=20)`
    goes on, and ends where a run that was never stopped ends. A disk that does not take the run is told in a
    warning: the run is in memory, and `run.save(another_folder)` writes it.

    Args:
        model: what to begin with, which is not changed; or a run, which goes on.
        task: `"countdown"`, or a list of problems.
        steps: how many the run has in the end.
        folder: where the run is saved at each check; if it holds one already, that one goes on.
        show: whether to show it in the notebook; by default if there is one.
        settings: see `begin`.

    Returns:
        The run: `run.model` is the trained copy, `run.checks` pass@1 on held-out problems,
        `labkit.training.diagnose(run)` what went wrong if something did.

    Raises:
        LabkitError: an argument is not possible, memory is too little, or the folder holds something else.
    """
    if not whole(steps, 1):
        raise impossible("steps", steps, "a whole number from 1", 12)
    stop = Event()
    with deferred(stop):  # from the first line on: an Interrupt that comes early gives a run of no steps
        if isinstance(model, Run):
            going_on(model, settings)
            made: Trainer = model.trainer
        else:
            made = begin(model, task, folder=folder, **settings)
        if not (show or (show is None and in_notebook())):
            return made.train(steps, stop)
        from labkit.views import show_training

        view = show_training(made.run, steps, stop)
        try:
            return made.train(steps, stop, lambda: view.look(made.progress))
        finally:
            view.done()


@checks_arguments
def begin(
    model: Model,
    task: str | Sequence[Problem] = "countdown",
    *,
    rules: Sequence[Rule] | None = None,
    weights: Sequence[float] | Mapping[str, float] | None = None,
    held_out: int = 100,
    samples: int = 2,
    every: int = 4,
    keep: int = 4,
    watch: Prompt | None = None,
    chat: bool = True,
    folder: str | Path | None = None,
    **recipe: Any,
) -> Trainer:
    """A trainer that has taken no step yet: its `step()` takes one, its `check()` judges, its `run` remembers.

    Args:
        model: what to begin with; it is copied.
        task: `"countdown"`, or a list of problems, of which every fifth is held out.
        rules: what pays; by default a right answer and the form, as in R1-Zero.
        weights: one a rule, in order or by name.
        held_out: problems to be judged by.
        samples: rollouts a held-out problem, at temperature 0.6.
        every: steps between two checks.
        keep: rollouts kept of each step.
        watch: a problem that is thought about at each check.
        chat: False gives the model the bare prompt and not its chat template.
        folder: where the run is saved.
        recipe: what a `Grpo` has: `problems` and `group` (prompts a step, rollouts a prompt), `lr`,
            `seed`, `variant` (`"grpo"`, `"dapo"`, `"dr-grpo"`), `beta`, `epsilon`, `max_new_tokens` ...

    Raises:
        LabkitError: an argument is not possible, memory is too little, or the folder holds another run.
    """
    if not isinstance(model, Model):
        raise LabkitError(
            f"GRPO cannot train {type(model).__name__}.",
            why="it trains a model, from rewards for what the model writes.",
            next='labkit.training.grpo(labkit.load("r1-mini-cold"))',
        )
    made = checked(recipe)
    for name, value in (("held_out", held_out), ("samples", samples), ("every", every)):
        if not isinstance(value, int) or value < 1:
            raise impossible(name, value, "a whole number from 1", getattr(LIVE, name, 4))
    return Trainer(
        model, task_of(task, held_out=held_out, rules=rules, weights=weights), made,
        every=every, samples=samples, keep=keep, watch=watch, chat=chat, folder=folder,
    )  # fmt: skip


def checked(recipe: Mapping[str, Any]) -> Grpo:
    """The live recipe with some settings changed.

    Raises:
        LabkitError: it has no such setting, or a value is not possible.
    """
    known = [f.name for f in fields(Grpo)]
    for name in recipe:
        if name not in known:
            raise LabkitError(f"GRPO has no setting {name!r}.", why=f"it has {', '.join(sorted(known))}.",
                              next="labkit.training.grpo(model, steps=12, lr=3e-4)")  # fmt: skip
    if isinstance(recipe.get("problems"), list | tuple):
        raise LabkitError("problems= is the number of prompts of one step.", why="a list of problems is a task.",
                          next="labkit.training.grpo(model, task=problems)")  # fmt: skip
    made = replace(LIVE, **recipe)
    for name, right, span in (
        ("group", whole(made.group, 2), "a whole number from 2: a rollout is compared with others"),
        ("problems", whole(made.problems, 1), "a whole number from 1"),
        ("updates", whole(made.updates, 1), "a whole number from 1"),
        ("max_new_tokens", whole(made.max_new_tokens, 1), "a whole number from 1"),
        ("lr", real(made.lr) and made.lr > 0, "a number above 0"),
        ("temperature", real(made.temperature) and made.temperature > 0, "above 0: at 0 all of a group are alike"),
        ("beta", real(made.beta) and made.beta >= 0, "a number from 0"),
        ("epsilon", real(made.epsilon) and 0 < made.epsilon < 1, "a number between 0 and 1"),
        ("variant", made.variant in get_args(Variant), f"one of {', '.join(get_args(Variant))}"),
        ("advantage", made.advantage in get_args(Kind), f"one of {', '.join(get_args(Kind))}"),
    ):  # fmt: skip
        if not right:
            raise impossible(name, getattr(made, name), span, getattr(LIVE, name))
    return made


def going_on(run: Run, settings: Mapping[str, Any]) -> None:
    """Refuses to go on with a run that cannot, in words."""
    if settings:
        raise LabkitError(
            f"A run that goes on cannot change its {next(iter(settings))}.",
            why="it would be another run; only the number of steps may grow.",
            next="labkit.training.grpo(run, steps=20)",
        )
    if run.trainer is None:
        raise LabkitError(
            "This run was read from a folder and cannot go on by itself.",
            why="the model that it began with is needed, too.",
            next=f'labkit.training.grpo(labkit.load("{run.name}"), folder=...)',
        )


def whole(value: Any, least: int) -> bool:
    """Whether it is a whole number from `least` up."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def real(value: Any) -> bool:
    """Whether it is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def impossible(name: str, value: Any, span: str, example: Any) -> LabkitError:
    """The sentence for an argument out of its range."""
    return LabkitError(f"{name}={value!r} is not possible.", why=f"{name} is {span}.",
                       next=f"labkit.training.grpo(model, {name}={example!r})")  # fmt: skip
