"""`labkit.training.grpo`: trains a copy of a model in a notebook cell, with a live view."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from threading import Event
from typing import Any, get_args

from labkit._arguments import checks_arguments
from labkit._host import display_hook
from labkit._host.interrupt import deferred
from labkit._host.notebook import in_notebook
from labkit.errors import BadArgument, LabkitError, Unsupported
from labkit.models import LanguageModel
from labkit.models.prompts import Prompt
from labkit.rewards import Rule
from labkit.rewards.advantages import Kind
from labkit.tasks import Problem
from labkit.training.loggers import Loggers, LogTo
from labkit.training.rl.loss import Variant
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.task import task_of
from labkit.training.rl.trainer import Trainer
from labkit.training.run import Run

# Settings for R1-mini on one core and 2 GB of memory; labkit/training/recipes/r1-mini.toml is the long run.
NOTEBOOK_DEFAULTS = Grpo(
    steps=0, problems=16, group=8, max_new_tokens=500, updates=1, lr=6e-4, warmup=3, decay=0, micro=2_048
)


@checks_arguments
def grpo(
    model: LanguageModel | Run,
    task: str | Sequence[Problem] = "countdown",
    *,
    steps: int = 12,
    folder: str | Path | None = None,
    show: bool | None = None,
    log: LogTo = None,
    **settings: Any,
) -> Run:
    """Trains a copy of a model with GRPO until the run has `steps` steps, and shows it in a `TrainingView`.

    Stop and Interrupt end the run and lose only the current step; `labkit.training.grpo(run, steps=20)`
    continues it, with the same result as an uninterrupted run. If the run cannot be saved, a warning is
    shown: the run is still in memory, and `run.save(another_folder)` writes it.

    Args:
        model: the initial model, which is not changed; or a run to continue.
        task: `"countdown"`, or a list of problems.
        steps: total number of steps of the run.
        folder: where the run is saved at each check; a run that is already there is continued.
        show: whether to show the view; by default only in a notebook.
        log: `"trackio"`, `"wandb"`, `"tensorboard"`, an object of `labkit.training.loggers`, a logger of your own, a
            function `f(metrics, step)`, or a list of them. A logger that fails is dropped with a warning.
        settings: see `make_trainer`.

    Returns:
        The run: `run.model` is the trained copy, `run.checks` is pass@1 on held-out problems, and
        `labkit.training.diagnose(run)` lists its problems.

    Raises:
        LabkitError: an argument is invalid, the memory is too small, or the folder holds other files.
    """
    if not is_integer(steps, 1):
        raise out_of_range("steps", steps, "a whole number from 1", 12)
    stop, loggers = Event(), Loggers(log)
    with loggers, deferred(stop):  # from the first line on: an early Interrupt gives a run without steps
        if isinstance(model, Run):
            check_can_resume(model, settings)
            trainer: Trainer = model.trainer
        else:
            trainer = make_trainer(model, task, folder=folder, **settings)
        trainer.loggers = loggers
        loggers.start(trainer.run)
        if not (show or (show is None and in_notebook())):
            return trainer.train(steps, stop)

        view = display_hook.show("run", trainer.run, steps, stop)
        try:
            return trainer.train(steps, stop, lambda: view.update(trainer.progress))
        finally:
            view.done()


@checks_arguments
def make_trainer(
    model: LanguageModel,
    task: str | Sequence[Problem] = "countdown",
    *,
    rules: Rule | Callable[..., Any] | Sequence[Rule | Callable[..., Any]] | None = None,
    weights: Sequence[float] | Mapping[str, float] | None = None,
    held_out: int = 100,
    samples: int = 2,
    every: int = 4,
    keep: int = 4,
    watch: Prompt | None = None,
    chat: bool = True,
    folder: str | Path | None = None,
    **settings: Any,
) -> Trainer:
    """A trainer before its first step: `step()` trains one step, `check()` evaluates, `run` holds the record.

    Args:
        model: the initial model; it is copied.
        task: `"countdown"`, or a list of problems; every fifth problem is held out.
        rules: the reward rules, or functions with TRL's signature; by default a right answer and the format, as in
            R1-Zero.
        weights: one per rule, in order or by name.
        held_out: number of held-out problems.
        samples: rollouts per held-out problem, at temperature 0.6.
        every: steps between two checks.
        keep: rollouts kept per step.
        watch: a problem that the model solves at each check.
        chat: False uses the bare prompt without the chat template.
        folder: where the run is saved.
        settings: fields of `Grpo`: `problems` and `group` (prompts per step, rollouts per prompt), `lr`,
            `seed`, `variant` (`"grpo"`, `"dapo"`, `"dr-grpo"`), `beta`, `epsilon`, `max_new_tokens` ...

    Raises:
        LabkitError: an argument is invalid, the memory is too small, or the folder holds another run.
    """
    if not isinstance(model, LanguageModel):
        raise Unsupported(
            f"GRPO cannot train {type(model).__name__}.",
            why="it trains a model, from rewards for what the model writes.",
            next='labkit.training.grpo(labkit.load("r1-mini-cold"))',
        )
    recipe = validate_recipe(settings)
    for name, value in (("held_out", held_out), ("samples", samples), ("every", every)):
        if not isinstance(value, int) or value < 1:
            raise out_of_range(name, value, "a whole number from 1", getattr(NOTEBOOK_DEFAULTS, name, 4))
    return Trainer(
        model.local(), task_of(task, held_out=held_out, rules=rules, weights=weights), recipe,
        every=every, samples=samples, keep=keep, watch=watch, chat=chat, folder=folder,
    )  # fmt: skip


def validate_recipe(settings: Mapping[str, Any]) -> Grpo:
    """The live recipe with some settings changed.

    Raises:
        LabkitError: the setting does not exist, or a value is invalid.
    """
    known = [f.name for f in fields(Grpo)]
    for name in settings:
        if name not in known:
            raise BadArgument(f"GRPO has no setting {name!r}.", why=f"it has {', '.join(sorted(known))}.",
                              next="labkit.training.grpo(model, steps=12, lr=3e-4)")  # fmt: skip
    if isinstance(settings.get("problems"), list | tuple):
        raise BadArgument("problems= is the number of prompts of one step.", why="a list of problems is a task.",
                          next="labkit.training.grpo(model, task=problems)")  # fmt: skip
    recipe = replace(NOTEBOOK_DEFAULTS, **settings)
    for name, valid, span in (
        ("group", is_integer(recipe.group, 2), "a whole number from 2: a rollout is compared with others"),
        ("problems", is_integer(recipe.problems, 1), "a whole number from 1"),
        ("updates", is_integer(recipe.updates, 1), "a whole number from 1"),
        ("max_new_tokens", is_integer(recipe.max_new_tokens, 1), "a whole number from 1"),
        ("lr", is_number(recipe.lr) and recipe.lr > 0, "a number above 0"),
        ("temperature", is_number(recipe.temperature) and recipe.temperature > 0,
         "above 0: at 0 all of a group are alike"),
        ("beta", is_number(recipe.beta) and recipe.beta >= 0, "a number from 0"),
        ("epsilon", is_number(recipe.epsilon) and 0 < recipe.epsilon < 1, "a number between 0 and 1"),
        ("variant", recipe.variant in get_args(Variant), f"one of {', '.join(get_args(Variant))}"),
        ("advantage", recipe.advantage in get_args(Kind), f"one of {', '.join(get_args(Kind))}"),
    ):  # fmt: skip
        if not valid:
            raise out_of_range(name, getattr(recipe, name), span, getattr(NOTEBOOK_DEFAULTS, name))
    return recipe


def check_can_resume(run: Run, settings: Mapping[str, Any]) -> None:
    """Raises an error for a run that cannot be continued."""
    if settings:
        raise BadArgument(
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


def is_integer(value: Any, least: int) -> bool:
    """Whether a value is a whole number of at least `least`."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def out_of_range(name: str, value: Any, span: str, example: Any) -> BadArgument:
    """The `LabkitError` for an argument outside its range."""
    return BadArgument(f"{name}={value!r} is not possible.", why=f"{name} is {span}.",
                       next=f"labkit.training.grpo(model, {name}={example!r})")  # fmt: skip
