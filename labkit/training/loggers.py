"""Loggers: the metrics and the rollouts of a run in trackio, Weights & Biases, TensorBoard, or a logger of your own.

    run = labkit.training.grpo(model, log="trackio")
    run = labkit.training.grpo(model, log=["wandb", TensorBoard("logs")])

The metrics have the names of TRL's `GRPOTrainer`, so that one dashboard compares runs of both. A logger that raises an
error is dropped with a warning, and the training goes on. Left out: a logger that never returns blocks the training.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import stdev
from typing import Any, Protocol, Self

from labkit._host.extras import import_package, pip_install
from labkit._printable import printable
from labkit.errors import BadArgument
from labkit.traces.writers import as_trackio
from labkit.training.run import EvalPoint, KeptRollout, Run, Step

PROJECT = "labkit"
# The metrics of a step, by TRL's names. TRL has no name for the last two.
TRL_NAMES = {
    "reward": "reward",
    "same": "frac_reward_zero_std",
    "length": "completions/mean_length",
    "cut": "completions/clipped_ratio",
    "entropy": "entropy",
    "kl": "kl",
    "clipped": "clip_ratio/region_mean",
    "loss": "loss",
    "norm": "grad_norm",
    "right": "accuracy",
    "moved": "changed_weights",
}


class RunLogger(Protocol):
    """A logger. The modules `wandb` and `trackio` have these three functions, too.

    A logger that also has `log_rollouts(rollouts, *, step)` gets the rollouts that the run keeps of each step, the
    best one first.
    """

    def init(self, *, project: str, name: str, config: dict[str, Any]) -> Any:
        """Begins a run, or continues the run of this name; may return an object whose `log` and `finish` are used."""

    def log(self, metrics: dict[str, float], *, step: int) -> Any:
        """Logs the metrics of a step, counted from 1; a check before the first step has number 0."""

    def finish(self) -> Any:
        """Ends the run."""


LogFunction = Callable[[dict[str, float], int], Any]
LogTo = str | RunLogger | LogFunction | Sequence[str | RunLogger | LogFunction] | None


class Trackio:
    """trackio: a rollout is a `trackio.Trace`, which `labkit.open` reads back with its tokens.

    Args:
        options: arguments of `trackio.init`, such as `project`, `name` and `space_id`. By default, trackio writes into
            a folder of this machine, and `trackio show` draws it.
    """

    def __init__(self, **options: Any) -> None:
        self._trackio, self._options = package("trackio"), options

    def init(self, **about: Any) -> None:
        """Begins or continues a run."""
        self._run = self._trackio.init(**{"resume": "allow", "embed": False} | about | self._options)

    def log(self, metrics: Mapping[str, float], *, step: int) -> None:
        """Logs metrics."""
        self._run.log(dict(metrics), step=step)

    def log_rollouts(self, rollouts: Sequence[KeptRollout], *, step: int) -> None:
        """Logs rollouts as traces, with reward, advantage and whether the answer is right in the metadata."""
        self._run.log({"rollouts": [self._trace_of(rollout) for rollout in rollouts]}, step=step)

    def finish(self) -> None:
        """Ends the run."""
        self._run.finish()

    def _trace_of(self, rollout: KeptRollout) -> Any:
        fields = as_trackio(rollout.trace)
        judged = {"step": rollout.step, "advantage": rollout.advantage, "right": rollout.right}
        judged |= {} if rollout.reward is None else {"reward": rollout.reward}
        return self._trackio.Trace(fields["messages"], metadata=fields["metadata"] | judged)


class Wandb:
    """Weights & Biases: the rollouts of a step are a table.

    Args:
        options: arguments of `wandb.init`, such as `project`, `entity` and `mode="offline"`.
    """

    def __init__(self, **options: Any) -> None:
        self._wandb, self._options = package("wandb"), options

    def init(self, *, project: str, name: str, config: dict[str, Any]) -> None:
        """Begins or continues a run."""
        about = {"project": project, "name": name, "id": name, "config": config, "resume": "allow"}
        self._run = self._wandb.init(**about | self._options)

    def log(self, metrics: Mapping[str, float], *, step: int) -> None:
        """Logs metrics."""
        self._run.log(dict(metrics), step=step)

    def log_rollouts(self, rollouts: Sequence[KeptRollout], *, step: int) -> None:
        """Logs rollouts as a table."""
        columns = ["step", "prompt", "completion", "reward", "advantage", "right"]
        data = [
            [r.step, printable(r.trace.prompt), printable(r.trace.text), r.reward, r.advantage, r.right]
            for r in rollouts
        ]
        self._run.log({"rollouts": self._wandb.Table(columns=columns, data=data)}, step=step)

    def finish(self) -> None:
        """Ends the run; waits until everything is uploaded."""
        self._run.finish()


class TensorBoard:
    """TensorBoard: event files, which `tensorboard --logdir runs` draws; a rollout is a text.

    Args:
        folder: each run has a folder in it.
    """

    def __init__(self, folder: str | Path = "runs") -> None:
        package("tensorboard")
        self._folder = Path(folder)

    def init(self, *, project: str, name: str, config: dict[str, Any]) -> None:
        """Begins a run, or continues it in another file of its folder."""
        from torch.utils.tensorboard import SummaryWriter

        self._writer: Any = SummaryWriter(str(self._folder / name))
        self._writer.add_text("config", _as_code(json.dumps(config, indent=1, default=str)))

    def log(self, metrics: Mapping[str, float], *, step: int) -> None:
        """Logs metrics; TensorBoard itself shows `pass@1` as `pass_1`."""
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def log_rollouts(self, rollouts: Sequence[KeptRollout], *, step: int) -> None:
        """Logs rollouts as texts: `rollouts/1` is the best one."""
        for number, rollout in enumerate(rollouts, 1):
            head = f"reward {rollout.reward}, advantage {rollout.advantage:.3f}, right: {rollout.right}"
            text = f"{rollout.trace.prompt}\n\n{rollout.trace.text}"
            self._writer.add_text(f"rollouts/{number}", f"{head}\n\n{_as_code(text)}", step)

    def finish(self) -> None:
        """Closes the file."""
        self._writer.close()


BY_NAME: dict[str, Callable[[], RunLogger]] = {"trackio": Trackio, "wandb": Wandb, "tensorboard": TensorBoard}


class Loggers:
    """The loggers of a run, as one; a context that finishes them.

    Args:
        log: a name of `BY_NAME`, a logger, a function `f(metrics, step)`, or several of them.

    Raises:
        LabkitError: a name is unknown, a package is not installed, or an object is not a logger.
    """

    def __init__(self, log: LogTo = None) -> None:
        several = log if isinstance(log, list | tuple) else [] if log is None else [log]
        self._loggers = [logger_of(each) for each in several]
        self._begun: list[Any] = []

    def start(self, run: Run) -> None:
        """Begins the logs of a run. A run has one name in all sessions that continue it."""
        if self._loggers:
            name = run.settings.setdefault("log_name", new_name(f"{run.name}-{run.task}"))
            self.begin(name, {"model": run.name, "task": run.task, "rules": dict(run.rules), **run.settings})

    def begin(self, name: str, config: dict[str, Any]) -> None:
        """Begins a log with this name, or continues it; `config` has the settings."""
        for logger in self._loggers:
            with self._dropping(logger):
                begun = logger.init(project=PROJECT, name=name, config=config)
                self._begun.append(begun if hasattr(begun, "log") else logger)

    def log_step(self, step: Step, rewards: Sequence[float | None], learning_rate: float) -> None:
        """Logs a step: its metrics, and the standard deviation of its rewards."""
        self.log(step_metrics(step, rewards) | {"train/learning_rate": learning_rate}, step.number)

    def log_check(self, check: EvalPoint) -> None:
        """Logs pass@1 on held-out problems, with its 95 % interval."""
        names = {"pass@1": check.pass1, "pass@1_low": check.low, "pass@1_high": check.high}
        self.log({f"eval/{name}": value for name, value in names.items()}, check.step)

    def log(self, metrics: dict[str, float], step: int) -> None:
        """Logs metrics."""
        for logger in list(self._begun):
            with self._dropping(logger):
                logger.log(metrics, step=step)

    def log_rollouts(self, rollouts: Sequence[KeptRollout], step: int) -> None:
        """Logs rollouts, in those loggers that take them."""
        for logger in list(self._begun):
            if hasattr(logger, "log_rollouts"):
                with self._dropping(logger):
                    logger.log_rollouts(rollouts, step=step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for logger in list(self._begun):
            with self._dropping(logger):
                logger.finish()
        self._begun.clear()

    @contextmanager
    def _dropping(self, logger: Any) -> Iterator[None]:
        """A context in which an error of a logger drops that logger with a warning."""
        try:
            yield
        except Exception as error:
            self._begun = [each for each in self._begun if each is not logger]
            first = printable(str(error).strip().partition("\n")[0][:200])
            name = getattr(logger, "__name__", type(logger).__name__)
            warnings.warn(
                f"The logger {name} failed ({type(error).__name__}: {first}) and gets nothing more; "
                "the training goes on.",
                stacklevel=4,
            )


class _Function:
    """A function as a logger."""

    def __init__(self, function: LogFunction) -> None:
        self._function = function
        self.__name__ = getattr(function, "__name__", type(function).__name__)

    def init(self, **_: Any) -> None:
        pass

    def log(self, metrics: dict[str, float], *, step: int) -> None:
        self._function(metrics, step)

    def finish(self) -> None:
        pass


NO_LOGGERS = Loggers()


def logger_of(log: Any) -> RunLogger:
    """The logger of a name, a function, or an object that is one already.

    Raises:
        LabkitError: the name is unknown, its package is not installed, or the object is not a logger.
    """
    if isinstance(log, str) and log in BY_NAME:
        return BY_NAME[log]()
    if all(callable(getattr(log, name, None)) for name in ("init", "log", "finish")):
        return log
    if callable(log):
        return _Function(log)
    raise BadArgument(
        f"There is no logger {log!r:.80}.",
        why=f"a logger is {', '.join(map(repr, BY_NAME))}, an object with init, log and finish, or a function of the "
        "metrics and the step.",
        next='labkit.training.grpo(model, log="tensorboard")',
    )


def step_metrics(step: Step, rewards: Sequence[float | None]) -> dict[str, float]:
    """The metrics of a step, by TRL's names; `train/reward_std` is that of all rewards of the step."""
    known = [float(r) for r in rewards if r is not None]
    metrics = {TRL_NAMES[name]: value for name, value in step.measures.items()}
    metrics |= {f"rewards/{rule}/mean": value for rule, value in step.rules.items()}
    metrics["reward_std"] = stdev(known) if len(known) > 1 else 0.0
    return {f"train/{name}": value for name, value in metrics.items()}


def package(name: str) -> Any:
    """Imports the package of a logger.

    Raises:
        LabkitError: it is not installed.
    """
    why = f"log={name!r} writes with it, and labkit itself does not need it."
    return import_package(name, why=why, command=lambda: pip_install(name))


def new_name(about: str) -> str:
    """A name with the time, of characters that are allowed in a folder and in an identifier of wandb."""
    name = f"{about}-{datetime.now():%Y%m%d-%H%M%S}"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[-100:]


def _as_code(text: str) -> str:
    """Text as a code block of Markdown, so that TensorBoard interprets nothing in it."""
    return "\n".join(f"    {line}" for line in printable(text).splitlines())
