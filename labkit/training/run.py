"""`Run`: the record of a training run. Reads and writes without torch.

It holds one row per step, in columns; pass@1 on held-out problems every few steps; a few rollouts of each
step; and a new thought about the same problem at each check. `labkit.training.diagnose` and
`labkit.TrainingView` need nothing else, so a run can be viewed without torch.
"""

from __future__ import annotations

import json
import math
import shutil
import warnings
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from labkit._arguments import checks_arguments
from labkit._deprecated import renamed
from labkit._host.atomic_folder import Kind, current_folder, replace_folder
from labkit._host.atomic_write import write_text
from labkit._host.paths import typed_path
from labkit._host.untrusted import MB, read_json
from labkit.errors import BadArgument, FileDamaged, LabkitError
from labkit.traces import TraceSelection, tables
from labkit.training.kept_rollouts import KeptRollout as KeptRollout
from labkit.training.kept_rollouts import RunThoughts

if TYPE_CHECKING:
    from labkit.models import LocalModel

FILE, VERSION = "run.json", 1
MODEL, STATE = "model", ("state.safetensors", "progress.json")  # the other files in a run's folder
LARGEST = 64 * MB  # maximum size of a run.json; 16 steps with their traces take 0.5 MB
MOST_KEPT = 600  # rollouts; above it, the rollouts of every second step are dropped

Status = Literal["running", "done", "stopped", "nan"]

# The metrics of a step, by their names in `run.columns` and in the file. Lengths in tokens, entropy and KL in nats per
# token; shares from 0 to 1.
METRICS = {
    "reward": "mean reward of the step's rollouts",
    "right": "share of them that the task's own verifier finds right",
    "same": "share of the groups in which every rollout earned the same",
    "length": "tokens a rollout",
    "cut": "share of the rollouts cut off by the token limit",
    "entropy": "how undecided the policy was at a token",
    "kl": "how far it has moved from the model that training began with",
    "clipped": "share of the tokens whose gradient the clip stopped",
    "loss": "the loss before the step",
    "norm": "length of the gradient",
    "moved": "share of the weights that the step changed",
}

# The standard names of some metrics, which a step has as attributes, too: `run.step(1).grad_norm`.
STANDARD_NAMES = {
    "accuracy": "right",
    "zero_std_groups": "same",
    "truncated": "cut",
    "clip_fraction": "clipped",
    "grad_norm": "norm",
    "changed_weights": "moved",
}


@dataclass(frozen=True)
class EvalPoint:
    """A check after `step` steps: pass@1 on held-out problems with its 95 % interval (bootstrap over problems).

    `by_problem` is the share of right rollouts of each problem, 0 to 1, in the same order in every check of a run; a
    run that was saved without them has None.
    """

    step: int
    pass1: float
    low: float
    high: float
    problems: int
    by_problem: list[float] | None = None

    def change_to(self, later: EvalPoint) -> tuple[float, float] | None:
        """The 95 % interval of the change of pass@1 up to a later check (paired bootstrap over the same problems).

        None if a check has no results by problem, or if the checks have different problems.
        """
        if not self.by_problem or not later.by_problem or len(self.by_problem) != len(later.by_problem):
            return None
        from labkit.rewards.statistics import bootstrap_interval  # numpy, which reading a run does not need

        return bootstrap_interval([b - a for a, b in zip(self.by_problem, later.by_problem, strict=True)])


@dataclass(frozen=True)
class Step:
    """One step: its metrics by name (also attributes), the mean of each rule, the commonest reason for its zeros."""

    number: int
    measures: dict[str, float]
    rules: dict[str, float]
    reasons: dict[str, str]
    settings: dict[str, Any] = field(repr=False)

    def __getattr__(self, name: str) -> float:
        column = STANDARD_NAMES.get(name, name)
        if column in METRICS and "measures" in self.__dict__:
            return self.measures[column]
        raise AttributeError(f"a step has no {name!r}; it measures {', '.join([*METRICS, *STANDARD_NAMES])}")

    def as_row(self) -> dict[str, float]:
        """The step as a row of a table, with the columns of `Run.to_frame`."""
        return {"step": self.number, **self.measures, **{f"rule.{name}": v for name, v in self.rules.items()}}

    def __repr__(self) -> str:
        m = self.measures
        summary = f"reward {m['reward']:.2f}, {m['length']:.0f} tokens, entropy {m['entropy']:.3f}, KL {m['kl']:.4f}"
        return f"Step({self.number}: {summary})"


@dataclass
class Run:
    """A training run: its metrics, its kept rollouts, and its model.

    Attributes:
        name: the name of the initial model.
        task: the training task.
        settings: the recipe, and all other settings that affect the numbers.
        rules: names of the reward's rules, with their weights.
        columns: one list per metric (`METRICS`), one entry per step.
        rule_columns: the same for the mean of each rule.
        reasons: for each step, by rule, the commonest reason for a zero.
        checks: pass@1 on held-out problems, before the first step and every few steps.
        watched: thoughts about the same problem, one per check.
        kept: a few rollouts of each step.
        status: `"running"`, `"done"`, `"stopped"` or `"nan"`.
        trainer: the trainer that continues the run; None for a run read from a folder.
    """

    name: str
    task: str
    settings: dict[str, Any]
    rules: dict[str, float]
    columns: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in METRICS})
    rule_columns: dict[str, list[float]] = field(default_factory=dict)
    reasons: list[dict[str, str]] = field(default_factory=list)
    checks: list[EvalPoint] = field(default_factory=list)
    watched: list[KeptRollout] = field(default_factory=list)
    kept: list[KeptRollout] = field(default_factory=list)
    status: Status = "running"
    folder: Path | None = None
    trainer: Any = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.columns["reward"])

    def __iter__(self) -> Iterator[Step]:
        return (self.step(n) for n in range(1, len(self) + 1))

    @checks_arguments
    def step(self, number: int) -> Step:
        """Step `number`, counted from 1.

        Raises:
            LabkitError: the run has no such step.
        """
        if not 1 <= number <= len(self):
            raise BadArgument(f"This run has no step {number!r}.", why=f"it has {len(self)}, counted from 1.",
                              next="run.step(1)")  # fmt: skip
        i = number - 1
        return Step(
            number,
            {name: column[i] for name, column in self.columns.items()},
            {name: column[i] for name, column in self.rule_columns.items()},
            self.reasons[i],
            self.settings,
        )

    @property
    def model(self) -> LocalModel:
        """The model after the last step; the initial model is unchanged.

        Raises:
            LabkitError: the run was read from a folder without a model.
        """
        if self.trainer is not None:
            return self.trainer.model
        if self.folder is None or not (self.folder / MODEL / "config.json").is_file():
            raise LabkitError(
                "This run has no model.",
                why="it was read from what another run left behind, without its weights.",
                next='model = labkit.load("r1-mini-cold")',
            )
        from labkit.models import load

        return load(self.folder / MODEL).local()

    @property
    def gain_points(self) -> float:
        """The gain in pass@1 on held-out problems from the first check to the last, in percentage points."""
        return 100 * (self.checks[-1].pass1 - self.checks[0].pass1) if self.checks else math.nan

    @property
    def thoughts(self) -> RunThoughts:
        """The thoughts of the kept rollouts, to measure, filter and sort them."""
        return RunThoughts(self.kept)

    @checks_arguments
    def worst(self, n: int = 5, by: str = "reward") -> TraceSelection:
        """Of the kept rollouts, the n with the lowest reward, or the lowest value of another measure."""
        return self.thoughts.worst(n, by)

    @checks_arguments
    def best(self, n: int = 5, by: str = "reward") -> TraceSelection:
        """Of the kept rollouts, the n with the highest reward: read them to see how the reward was earned."""
        return self.thoughts.best(n, by)

    def to_frame(self) -> Any:
        """A `pandas.DataFrame` with one row a step: the step from 1, the metrics, and the mean of each rule.

        The columns of rules begin with `rule.`.

        Raises:
            LabkitError: pandas is not installed.
        """
        rules = {f"rule.{name}": column for name, column in self.rule_columns.items()}
        return tables.frame({"step": list(range(1, len(self) + 1)), **self.columns, **rules})

    ending = renamed("ending", "status")
    rise = renamed("rise", "gain_points")

    def add(self, step: dict[str, float], rules: dict[str, float], reasons: dict[str, str]) -> None:
        """Appends a step."""
        for name, column in self.columns.items():
            column.append(step[name])
        for name, value in rules.items():
            self.rule_columns.setdefault(name, []).append(value)
        self.reasons.append(reasons)

    def keep(self, rollouts: list[KeptRollout]) -> None:
        """Keeps rollouts; above the limit, the older rollouts of every second step are dropped."""
        self.kept += rollouts
        stride = 2
        while len(self.kept) > MOST_KEPT:
            self.kept = [k for k in self.kept if k.step % stride == 1 or k.step >= len(self)]
            stride *= 2

    def forget(self, after: int) -> None:
        """Drops everything after step `after`, which will be repeated."""
        for column in (*self.columns.values(), *self.rule_columns.values()):
            del column[after:]
        del self.reasons[after:]
        self.checks = [c for c in self.checks if c.step <= after]
        self.watched = [k for k in self.watched if k.step <= after]
        self.kept = [k for k in self.kept if k.step <= after]

    # -- files -----------------------------------------------------------------------------------

    @checks_arguments
    def save(self, folder: str | Path) -> Path:
        """Writes the run into a folder: its record, the model, and the state to resume from.

        Writing is atomic: a run saved there before stays until the new one is complete. Other files in that folder
        stay, but not those in its folder `model`.

        Args:
            folder: a new folder, an empty folder, or a folder with a run.

        Raises:
            LabkitError: the folder holds other files, or cannot be written. The run is still in memory.
        """
        place = typed_path(folder, next='run.save("my-run")')
        if self.trainer is not None:
            self.trainer.save(place)
        elif self.folder is not None and self.folder.resolve() == place.resolve():
            write_text(place / FILE, self._as_json(), what="run", retry_hint=RUN.retry_hint)
        else:
            replace_folder(place, RUN, self._copy)
        return place

    def write(self, fresh: Path) -> None:
        """Writes only `run.json`, into a temporary folder."""
        (fresh / FILE).write_text(self._as_json(), "utf-8", newline="\n")

    def _copy(self, fresh: Path) -> None:
        """Writes a run that was read from a folder, with the model and the state of that folder."""
        self.write(fresh)
        source = None if self.folder is None else current_folder(self.folder)
        for path in () if source is None else (source / name for name in (MODEL, *STATE)):
            if path.is_dir():
                shutil.copytree(path, fresh / path.name)
            elif path.is_file():
                shutil.copyfile(path, fresh / path.name)

    def _as_json(self) -> str:
        text = json.dumps(self.record(), ensure_ascii=False, allow_nan=False) + "\n"
        if any(
            "\ud800" <= c <= "\udfff" for c in text
        ):  # half a surrogate pair: UTF-8 can hold it only escaped
            text = json.dumps(self.record(), allow_nan=False) + "\n"
        return text

    def record(self) -> dict[str, Any]:
        """The run as JSON-serialisable values; NaN becomes null."""
        names = ("name", "task", "settings", "rules", "reasons")
        rollouts = {name: [_packed(k) for k in getattr(self, name)] for name in ("watched", "kept")}
        return {
            "version": VERSION,
            **{name: getattr(self, name) for name in names},
            "ending": self.status,
            "columns": {name: [_finite(x) for x in column] for name, column in self.columns.items()},
            "rule_columns": {name: [_finite(x) for x in c] for name, c in self.rule_columns.items()},
            "checks": [vars(c) for c in self.checks],
            **rollouts,
        }

    @classmethod
    def read(cls, folder: str | Path) -> Run:
        """The old name of `load`."""
        warnings.warn("Run.read is now called Run.load.", DeprecationWarning, stacklevel=2)
        return cls.load(folder)

    @classmethod
    @checks_arguments
    def load(cls, folder: str | Path) -> Run:
        """Reads a run that `save` wrote; needs no torch.

        Raises:
            LabkitError: the folder has no run, or the run is damaged.
        """
        place = typed_path(folder, next='labkit.training.Run.load("my-run")')
        file = current_folder(place) / FILE
        try:
            record = read_json(file, LARGEST)
            if record.pop("version") != VERSION:
                raise ValueError("it was written by another version of labkit")
            run = cls(**vars(_File.model_validate(record)), folder=file.parent)
            columns: list[Sized] = [*run.columns.values(), *run.rule_columns.values(), run.reasons]
            lengths = {len(column) for column in columns}
            if {*run.columns} != {*METRICS} or len(lengths) != 1:
                raise ValueError("its columns do not fit together")
            return run
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise FileDamaged(
                f"{str(place)!r} holds no run that can be read ({first}).",
                why="a run is a folder with a run.json in it, as run.save(folder) writes it.",
                next='labkit.training.Run.load("my-run")',
            ) from None

    def __repr__(self) -> str:
        n = len(self)
        summary = f"{n} step{'' if n == 1 else 's'} on {self.task}, {self.status}"
        if self.checks:
            first, last = self.checks[0], self.checks[-1]
            summary += (
                f"; held-out pass@1 {first.pass1:.3f} -> {last.pass1:.3f} ({last.low:.3f} to {last.high:.3f})"
            )
        return f"Run({self.name}: {summary})"


_Number = Annotated[float, BeforeValidator(lambda x: math.nan if x is None else x)]


class _File(BaseModel):
    """The contents of a run's file, without its version."""

    model_config = ConfigDict(extra="forbid")

    name: str
    task: str
    settings: dict[str, Any]
    rules: dict[str, float]
    columns: dict[str, list[_Number]]
    rule_columns: dict[str, list[_Number]]
    reasons: list[dict[str, str]]
    checks: list[EvalPoint]
    watched: list[KeptRollout]
    kept: list[KeptRollout]
    status: Status = Field(alias="ending")


def _is_run(folder: Path) -> bool:
    try:
        record = read_json(folder / FILE, LARGEST)
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and {"version", "columns", "rules"} <= {*record}


RUN = Kind("run", (FILE, MODEL, *STATE), _is_run, "run.save({})")


def _packed(rollout: KeptRollout) -> dict[str, Any]:
    return {**vars(rollout), "trace": rollout.trace.model_dump(exclude_defaults=True)}


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None
