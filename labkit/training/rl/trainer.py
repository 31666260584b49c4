"""Interactive GRPO: a student starts, watches, stops and continues a run.

    run = labkit.training.grpo(labkit.load("r1-mini-cold"), steps=12)

The steps are those of `labkit.training.rl.loop`. In addition: a copy of the model is trained; every few
steps it is checked on held-out problems; rollouts are kept; training can stop between two tokens; and a
continued run is bitwise equal to an uninterrupted run, since a step's randomness depends only on the seed
and the step's number.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import torch

from labkit._host.atomic_folder import current_folder, require_writable
from labkit._host.interrupt import deferred
from labkit._host.paths import typed_path
from labkit._host.session import Computation, Count
from labkit.errors import BadArgument, LabkitError, Unsupported
from labkit.models import LocalModel
from labkit.models.prompts import Prompt
from labkit.models.runtime import generation_thread
from labkit.models.runtime.memory_budget import require_memory
from labkit.rewards import bootstrap_interval
from labkit.traces import SamplingParams, Trace
from labkit.training import checkpoint
from labkit.training.loggers import Loggers
from labkit.training.output import write_model
from labkit.training.rl.loop import GrpoStep, grpo_loop
from labkit.training.rl.loss import k3
from labkit.training.rl.metrics import (
    is_correct,
    problem_of_prompt,
    rollout_metrics,
    score_rollouts,
    trace_of,
    training_bytes,
)
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Progress, Rollouts, iter_rollouts, prompt_text, run_to_end
from labkit.training.rl.task import Task
from labkit.training.rl.update import batch_logps, make_optimizer
from labkit.training.run import FILE, MODEL, RUN, EvalPoint, KeptRollout, Run, Step

KL_ROLLOUTS = 16  # rollouts per step for the estimate of the KL to the initial model
RETRY_HINT = "labkit.training.grpo(model, folder={})"
N_SAMPLED_WEIGHTS = 1 << 18  # weights checked for changes after a step


class Trainer:
    """One run: train a step, check, save, continue.

    Args:
        model: the initial model; it is copied, and the copy is trained.
        task: see `labkit.training.rl.task.task_of`.
        recipe: see `labkit.training.rl.recipe.Grpo`; `recipe.steps` only affects the learning rate.
        every: steps between two checks on held-out problems.
        samples: rollouts per held-out problem.
        keep: rollouts kept per step.
        watch: a problem that the model solves at each check; by default the first held-out problem
            that the model cannot solve before training.
        chat: False uses the bare prompt without the chat template.
        folder: where the run is saved at each check; a run that is already there is continued.

    Attributes:
        run: the record of the run.
        model: the copy in its current state.
        progress: the current step and phase.
        loggers: they get the metrics and the kept rollouts of each step, and each check.
    """

    def __init__(
        self,
        model: LocalModel,
        task: Task,
        recipe: Grpo,
        *,
        every: int = 4,
        samples: int = 2,
        keep: int = 4,
        watch: Prompt | None = None,
        chat: bool = True,
        folder: str | Path | None = None,
    ) -> None:
        self.task, self.recipe, self.every, self.samples = task, recipe, every, samples
        self.chat, self._keep = chat, keep
        self.folder = None if folder is None else typed_path(folder, next=RETRY_HINT.format('"my-run"'))
        if self.folder is not None:  # checked before hours of training, not after
            require_writable(self.folder, replace(RUN, retry_hint=RETRY_HINT))
        self.start = model  # the reference model of the KL
        if model.precision not in ("float32", "bfloat16", "float16"):
            raise Unsupported(
                f"{model.name} in {model.precision} cannot be trained.",
                why="a step of training is far smaller than a step from one rounded weight to the next.",
                next=f'model = labkit.load("{model.name}")',
            )
        n_bytes = training_bytes(model, recipe)
        require_memory(n_bytes, what=f"Training {model.name} on {recipe.problems} x {recipe.group} rollouts",
                next="labkit.training.grpo(model, problems=8, group=4)")  # fmt: skip
        network = copy.deepcopy(model.network).eval()  # no dropout: sampling and training use one network
        network.requires_grad_(True)
        self.model = LocalModel(
            f"{model.name}, trained", network, model.tokenizer, family=model.family, tags=model.tags
        )
        self.optimizer = make_optimizer(network, recipe)
        self.progress, self.loggers = Progress("", 0, 1), Loggers()
        dtype = str(network.dtype).removeprefix("torch.")
        settings = asdict(recipe) | {"samples": samples, "chat": chat, "dtype": dtype}
        for name in ("steps", "format_weight", "save_every"):  # unused here
            del settings[name]
        self.watch = None if watch is None else problem_of_prompt(watch)
        rules = {rule.name: weight for rule, weight in zip(task.rules, task.weights, strict=True)}
        self.run = Run(model.name, task.name, settings, rules, trainer=self)
        if self.folder is not None:
            self._resume(self.folder)

    # -- continuing a run ------------------------------------------------------------------------

    def train(self, steps: int, stop: Event | None = None, look: Any = lambda: None) -> Run:
        """Trains until the run has `steps` steps, in the generation thread; returns the run.

        Stop and Interrupt end it after the current token. An unfinished step is dropped, and the model stays as it
        was after the last complete step. If the run cannot be saved, a warning is shown: the run is still returned
        and can be saved elsewhere.

        Args:
            look: called 25 times a second, to show the progress.
        """
        stop = stop or Event()
        self.run.status = "running"
        with deferred(stop):
            try:
                computation = Computation("training", stop, lambda: self._count(steps))
                generation_thread.GenerationThread(self.steps(steps), computation).run(look)
            finally:
                self.optimizer.zero_grad(set_to_none=True)
                if self.run.status == "running":
                    self.run.status = "done" if len(self.run) >= steps else "stopped"
                self._save_or_warn("The run is in memory only.")
        return self.run

    def _count(self, steps: int) -> Count:
        """How far the run is, for the side panel."""
        return Count(self.run.name, len(self.run), steps, phase=self.progress.doing)

    def step(self) -> Step:
        """Trains one step in the caller's thread, and returns its measures."""
        run_to_end(self._train_to(len(self.run) + 1))
        return self.run.step(len(self.run))

    def check(self) -> EvalPoint:
        """Checks the model on the held-out problems in the caller's thread."""
        run_to_end(self._check())
        return self.run.checks[-1]

    def steps(self, last: int) -> Generator[None]:
        """The whole run as a generator, which can be stopped at every yield."""
        if not self.run.checks:
            yield from self._check()
        while len(self.run) < last:
            yield from self._train_to(min(last, len(self.run) // self.every * self.every + self.every))
            if self.run.status == "nan":
                return
            yield from self._check()
            self._save_or_warn("Training goes on, and the run will be saved again after the next check.")
        if self.run.checks[-1].step < len(self.run):  # the run was stopped just before its check
            yield from self._check()

    # -- the steps up to the next check ----------------------------------------------------------

    def _train_to(self, last: int) -> Generator[None]:
        before = self._sample_of_weights()
        loop = grpo_loop(
            self.model, self.optimizer, self.recipe, first=len(self.run), last=last, chat=self.chat,
            draw=self.task.draw, reward_fn=self._reward, reference=self.start.network,
        )  # fmt: skip
        with closing(loop):
            for event in loop:
                if isinstance(event, Progress):
                    self.progress = replace(event, step=len(self.run) + 1)
                    yield
                else:
                    after = self._sample_of_weights()
                    self._record(event, moved=float((after != before).float().mean()))
                    before = after
                    if self.run.status == "nan":
                        return

    def _reward(self, rollouts: Rollouts, seed: int) -> list[float | None]:
        """The rewards of the task's rules; their means and reasons are recorded after the step."""
        totals, self._rules, self._reasons = score_rollouts(self.task, rollouts)
        return totals

    def _record(self, step: GrpoStep, moved: float) -> None:
        measures = rollout_metrics(step.rollouts, step.rewards, self.recipe, self.model.end_ids)
        measures |= {
            "kl": self._kl(step.rollouts), "moved": moved, "loss": step.stats.loss,
            "clipped": step.stats.clip_fraction, "norm": step.stats.grad_norm,
        }  # fmt: skip
        self.run.add(measures, self._rules, self._reasons)
        rollouts = self._select(step)
        self.run.keep(rollouts)
        rate = self.recipe.learning_rate(step.number - 1)
        self.loggers.log_step(self.run.step(step.number), list(step.rewards), rate)
        self.loggers.log_rollouts(rollouts, step.number)
        if not np.isfinite(measures["norm"]) or not np.isfinite(measures["entropy"]):
            self.run.status = "nan"

    @torch.no_grad()
    def _kl(self, rollouts: Rollouts) -> float:
        """KL per token between the sampling policy and the initial model, in nats."""
        take = list(range(0, len(rollouts.ids), max(1, len(rollouts.ids) // KL_ROLLOUTS)))[:KL_ROLLOUTS]
        ref, now, mask = batch_logps(self.start.network, rollouts, take)
        return max(0.0, float(k3(now, ref)[mask].mean()))

    def _sample_of_weights(self) -> torch.Tensor:
        inside = [p for p in self.model.network.parameters() if p.ndim == 2]
        return inside[-1].detach().flatten()[:N_SAMPLED_WEIGHTS].clone()

    def _select(self, step: GrpoStep) -> list[KeptRollout]:
        """The best and the worst rollout of the group with the largest spread, then others from the front."""
        rollouts, advantages, n = step.rollouts, step.advantages, self.recipe.group
        spread = np.abs(advantages.reshape(-1, n)).max(1)  # (P,)
        first = int(spread.argmax()) * n
        group = advantages[first : first + n]  # (G,)
        best, worst = first + int(group.argmax()), first + int(group.argmin())
        total = len(rollouts.ids)
        chosen = list(dict.fromkeys([best, worst, *range(0, total, n), *range(total)]))
        return [
            KeptRollout(step.number, step.rewards[i], float(advantages[i]), is_correct(rollouts, i), trace)
            for i in chosen[: self._keep]
            for trace in [self._trace(rollouts, i, self.recipe.sampling)]
        ]

    def _trace(self, rollouts: Rollouts, i: int, settings: SamplingParams) -> Trace:
        text = prompt_text(self.model, rollouts.problems[i], chat=self.chat)
        return trace_of(self.model, rollouts, i, text, settings)

    # -- one check -------------------------------------------------------------------------------

    def _check(self) -> Generator[None]:
        """pass@1 at temperature 0.6 and top-p 0.95 with the same seed each time, and the watched problem."""
        step = len(self.run)
        problems = [*self.task.held_out, *([] if self.watch is None else [self.watch])]
        settings = self.recipe.sampling.model_copy(update={"temperature": 0.6, "top_p": 0.95})
        sampling = iter_rollouts(
            self.model, problems, self.samples, settings, self.recipe.seed, chat=self.chat
        )
        while True:
            try:
                self.progress = replace(next(sampling), doing="judging", step=step)
                yield
            except StopIteration as end:
                rollouts: Rollouts = end.value
                break
        right = np.array([is_correct(rollouts, i) for i in range(len(rollouts.texts))])
        per_problem = right.reshape(-1, self.samples)[: len(self.task.held_out)].mean(1)
        low, high = bootstrap_interval(per_problem)
        self.run.checks.append(
            EvalPoint(step, float(per_problem.mean()), low, high, len(per_problem), per_problem.tolist())
        )
        self.loggers.log_check(self.run.checks[-1])
        first = int(per_problem.argmin()) if self.watch is None else len(self.task.held_out)
        i = self.run.settings.setdefault("watched", first) * self.samples
        self.run.watched.append(
            KeptRollout(step, None, 0.0, bool(right[i]), self._trace(rollouts, i, settings))
        )

    # -- files -----------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Writes run, model and state atomically.

        Raises:
            LabkitError: the folder holds other files, or the disk is full or read-only.
        """

        def write(fresh: Path) -> None:
            write_model(self.model.network, self.model.tokenizer, fresh / MODEL)
            self.run.write(fresh)

        checkpoint.save(folder, self.model.network, [self.optimizer], {"step": len(self.run)}, write, RUN)

    def _save_or_warn(self, then: str) -> None:
        """Saves the run into its folder, if any; errors become warnings, so that the run in memory is not lost."""
        if self.folder is None:
            return
        try:
            self.save(self.folder)
        except LabkitError as error:
            warnings.warn(f"{error.what} {then}\n  Why:  {error.why}\n  Next: {error.next}", stacklevel=3)

    def _resume(self, folder: Path) -> None:
        if not (current_folder(folder) / FILE).is_file():
            return
        run = Run.load(folder)
        saved, settings = run.settings, self.run.settings
        changes = {name: (saved.get(name), v) for name, v in settings.items() if saved.get(name) != v}
        if run.rules != self.run.rules:
            changes["rules"] = (run.rules, self.run.rules)
        if changes or run.name != self.run.name:
            name, (was, now) = next(iter(changes.items()), ("model", (run.name, self.run.name)))
            raise BadArgument(
                f"The run in {folder.name!r} was made with {name} = {was!r}, not {now!r}.",
                why="a run goes on with the settings that it began with, or it would be another one.",
                next='labkit.training.grpo(model, folder="another-folder")',
            )
        done = checkpoint.restore(folder, self.model.network, [self.optimizer])
        if done is None:
            raise LabkitError(
                f"The run in {str(folder)!r} cannot go on.",
                why="its folder holds what it measured, and no training state.",
                next=f'labkit.training.Run.load("{folder.as_posix()}")  # to look at it',
            )
        run.forget(done["step"])
        run.trainer, run.folder = self, folder
        self.run = run
