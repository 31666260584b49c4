"""R1's pipeline at small scale: which runs there are, what each scored, and how each went.

The figures are those that shipped beside each run (`metrics.json`, `training.jsonl`); they are worked
out again by `labkit eval NAME` and `python tests/bench/pipeline.py --again`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labkit._host.untrusted import MB, parse_json, read_json, read_text
from labkit._paths import data_path
from labkit.errors import LabkitError
from labkit.traces import Trace, TraceGroup
from labkit.training.evaluation import Row

BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Stage:
    """One run: its recipe's name, R1's name for the stage, and where its files lie."""

    name: str
    what: str
    ships: bool = True  # whether its weights do

    @property
    def folder(self) -> Path:
        """Where its figures and its log lie."""
        return data_path("models" if self.ships else "pipeline", self.name)


STAGES = (
    Stage("r1-mini-cold", "cold start"),
    Stage("r1-mini", "cold start, then GRPO"),
    Stage("r1-mini-rejection", "cold start, then SFT on its own right rollouts", ships=False),
    Stage("r1-mini-coin", "cold start, then GRPO paid by coins", ships=False),
    Stage("r1-base", "small base: sums, no chain of thought"),
    Stage("r1-zero", "small base, then GRPO: R1-Zero"),
    Stage("r1-base-distilled", "small base, then distilled from r1-mini", ships=False),
    Stage("r1-nano-cold", "small, cold start"),
    Stage("r1-nano-rl", "small, cold start, then GRPO"),
    Stage("r1-nano", "small, cold start, then distilled from r1-mini"),
    Stage("r1-nano-claim", "small, cold start, then GRPO paid for claims", ships=False),
)
# Evaluations that train nothing, of r1-mini and of r1-mini-cold.
EXTRAS = ("votes", "votes-cold", "cut", "drawn-out-cold", "given-up-cold")


def stage(name: str) -> Stage:
    """A run by its recipe's name.

    Raises:
        LabkitError: there is none of that name.
    """
    for each in STAGES:
        if each.name == name:
            return each
    raise LabkitError(
        f"The pipeline has no run {name!r}.",
        why=f"its runs are {', '.join(each.name for each in STAGES)}.",
        next=f'labkit.training.pipeline.figures("{STAGES[-1].name}")',
    )


def figures(name: str) -> dict[str, Row]:
    """What a run, or one of `EXTRAS`, scored on held-out problems, by the name of the figure."""
    folder = data_path("pipeline", name) if name in EXTRAS else stage(name).folder
    return read(folder / "metrics.json")


def read(metrics: Path) -> dict[str, Row]:
    """A file of figures, by the name of the figure."""
    return {row["what"]: Row(**row) for row in read_json(metrics, MB)}


def seeds(name: str) -> list[dict[str, Row]]:
    """The figures of every run of a recipe: the one that `figures` gives, then those with other seeds."""
    others = sorted(data_path("pipeline").glob(f"{stage(name).name}-seed-*/metrics.json"))
    return [figures(name), *(read(path) for path in others)]


def training(name: str) -> list[dict[str, Any]]:
    """How a run went, one step (or twenty) an entry, as its log has it."""
    log = read_text(stage(name).folder / "training.jsonl", 16 * MB)
    return [parse_json(line) for line in log.splitlines()]


def rollouts(name: str) -> TraceGroup:
    """Kept rollouts of one held-out problem, of a run whose weights do not ship.

    Raises:
        LabkitError: that run kept none.
    """
    kept = data_path("pipeline", stage(name).name, "rollouts")
    return TraceGroup(tuple(Trace.load(path) for path in sorted(kept.glob("*.trace.json"))))


def curve(values: Iterable[float], *, low: float = 0.0, high: float = 1.0, width: int = 40) -> str:
    """A curve in one line of blocks, each the mean of its share of the values.

    >>> curve([0, 0.5, 1], width=3)
    '▁▅█'
    """
    parts = [p for p in np.array_split(np.asarray(list(values), dtype=float), width) if len(p)]
    share = [(float(p.mean()) - low) / (high - low) for p in parts]
    return "".join(BLOCKS[round(min(1.0, max(0.0, x)) * (len(BLOCKS) - 1))] for x in share)


def table() -> Iterator[str]:
    """The runs, a line each: pass@1, pass@4 and tokens of a rollout with their intervals."""
    yield f"{'':18}{'pass@1':>22}{'pass@4':>22}{'tokens':>22}"
    for each in STAGES:
        found = figures(each.name)
        cells = (found[what] for what in ("pass@1, T = 0.6", "pass@4, T = 0.6", "tokens, T = 0.6"))
        yield f"{each.name:18}{''.join(f'{cell(row):>22}' for row in cells)}   {each.what}"


def spread(what: str = "pass@1, T = 0.6") -> Iterator[str]:
    """A figure of each recipe that was run with several seeds, a line each: the runs, and their mean."""
    for each in STAGES:
        values = [found[what].value for found in seeds(each.name)]
        if len(values) > 1:
            runs = "".join(f"{value:8.3f}" for value in values)
            yield f"{each.name:18}{runs}   mean {np.mean(values):.3f}, seeds 0 to {len(values) - 1}"


def cell(row: Row) -> str:
    """A figure with its interval, in one cell of a table."""
    digits = 0 if row.value > 2 else 3
    return f"{row.value:.{digits}f} ({row.low:.{digits}f}-{row.high:.{digits}f})"
