"""The recipes of every shipped model, one TOML file each, and `run`, which trains one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from labkit._host.untrusted import read_toml
from labkit.errors import BadArgument, Unsupported
from labkit.training.loggers import Loggers, new_name

HERE = Path(__file__).parent


def names() -> list[str]:
    """The names of the shipped recipes."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def read_recipe(recipe: str) -> dict[str, Any]:
    """A recipe by its name, or by the path of your own TOML file.

    Raises:
        LabkitError: the recipe does not exist, or the file is not valid TOML.
    """
    path = HERE / f"{recipe}.toml" if recipe in names() else Path(recipe)
    try:
        return read_toml(path)
    except (OSError, ValueError) as error:
        raise BadArgument(
            f"There is no recipe {recipe!r} ({error}).",
            why=f"labkit brings {', '.join(names())}; any other is the path of a TOML file.",
            next=f"labkit train {names()[0]}",
        ) from None


def run(
    recipe: str, folder: Path, *, engine: str = "labkit", steps: int | None = None, seed: int | None = None,
    log: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Trains a recipe into `folder`, resuming an interrupted run; returns the checkpoint's folder.

    Args:
        recipe: a name of `names()`, or the path of a TOML file.
        folder: gets `metrics.jsonl`, the state to resume from, and `model/`.
        engine: `"labkit"`, or `"trl"` for a recipe of the stage grpo; see `labkit.training.rl.trl`.
        steps: replaces the recipe's number of steps.
        seed: replaces the recipe's random seed.
        log: names of `labkit.training.loggers`; on TRL its own callbacks of these names.

    Raises:
        LabkitError: the recipe does not exist, or has an unknown stage or setting; a logger is not installed.
    """
    settings = read_recipe(recipe)
    stage = settings.pop("stage", None)
    if stage not in STAGES:
        raise BadArgument(
            f"{recipe} has the stage {stage!r}.",
            why=f"the stages are {', '.join(STAGES)}.",
            next='stage = "grpo"',
        )
    settings |= {name: value for name, value in (("steps", steps), ("seed", seed)) if value is not None}
    if engine == "trl" and stage != "grpo":
        raise Unsupported(
            f"TRL cannot train {recipe}, a recipe of the stage {stage}.",
            why="--engine trl runs GRPO.",
            next="labkit train r1-mini --engine trl",
        )
    loggers = Loggers(list(log))
    if engine == "trl":
        _on_trl(settings, folder, log)
    else:
        with loggers:
            loggers.begin(new_name(folder.name), {"stage": stage, **settings})
            STAGES[stage](settings, folder, loggers)
    return folder / "model"


def _cold_start(settings: dict[str, Any], folder: Path, loggers: Loggers) -> None:
    from labkit.training.sft.sft import ColdStart, cold_start

    cold_start(_fill(ColdStart, settings), folder, loggers)


def _grpo(settings: dict[str, Any], folder: Path, loggers: Loggers) -> None:
    from labkit.models import load
    from labkit.training.rl.recipe import Grpo
    from labkit.training.rl.recipe_run import train

    start = load(settings.pop("start", "r1-mini-cold")).local()
    train(start, _fill(Grpo, settings), folder, loggers)


def _on_trl(settings: dict[str, Any], folder: Path, log: Sequence[str]) -> None:
    from labkit.models import load
    from labkit.training.rl import trl
    from labkit.training.rl.recipe import Grpo

    trl.import_trl()
    start = load(settings.pop("start", "r1-mini-cold")).local()
    trl.train(start, _fill(Grpo, settings), folder, log)


def _paid(settings: dict[str, Any], folder: Path, loggers: Loggers) -> None:
    from labkit.models import load
    from labkit.training.rl.proxy_rewards import ProxyRewardRecipe
    from labkit.training.rl.recipe_run import train

    start = load(settings.pop("start", "r1-mini-cold")).local()
    train(start, _fill(ProxyRewardRecipe, settings), folder, loggers)


def _distill(settings: dict[str, Any], folder: Path, loggers: Loggers) -> None:
    from labkit.models import load
    from labkit.training.sft.distill import Distill, distill

    start = load(settings.pop("start", "r1-mini-cold")).local()
    teacher = load(settings.pop("teacher", "r1-mini")).local()
    distill(start.network, start.tokenizer, teacher, _fill(Distill, settings), folder, loggers)  # type: ignore[arg-type]


def _tuned_lens(settings: dict[str, Any], folder: Path, loggers: Loggers) -> None:
    from labkit.models import load
    from labkit.training.tuned_lens import TunedLens, tuned_lens

    start = load(settings.pop("start", "r1-mini")).local()
    tuned_lens(start, _fill(TunedLens, settings), folder, loggers)


def _fill(kind: type[Any], settings: dict[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    if unknown := sorted(set(settings) - known):
        raise BadArgument(
            f"A {kind.__name__} recipe has no setting {unknown[0]!r}.",
            why=f"it has {', '.join(sorted(known))}.",
            next=f"take {unknown[0]} out of the TOML file",
        )
    return kind(**settings)


STAGES: dict[str, Callable[[dict[str, Any], Path, Loggers], None]] = {
    "cold-start": _cold_start,
    "distill": _distill,
    "grpo": _grpo,
    "paid": _paid,
    "tuned-lens": _tuned_lens,
}
