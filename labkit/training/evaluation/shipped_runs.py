"""R1's pipeline at small scale: its runs, their scores, and their training curves.

The figures ship beside each run (`metrics.json`, `training.jsonl`); `labkit eval NAME` and
`python tests/bench/pipeline.py --again` recompute them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labkit._host.shipped import data_path
from labkit._host.untrusted import MB, parse_json, read_text
from labkit.errors import BadArgument
from labkit.traces import Trace, TraceGroup
from labkit.training.evaluation.metrics import Metric, read_metrics

BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Stage:
    """One run: its recipe's name, R1's name for the stage, and the location of its files."""

    name: str
    what: str
    ships: bool = True  # whether its weights ship

    @property
    def folder(self) -> Path:
        """The folder of its figures and its log."""
        return data_path("models" if self.ships else "pipeline", self.name)


STAGES = (
    Stage("r1-mini-cold", "cold start"),
    Stage("r1-mini", "cold start, then GRPO"),
    Stage("r1-mini-rejection", "cold start, then SFT on its own right rollouts", ships=False),
    Stage("r1-mini-coin", "cold start, then GRPO paid by coins", ships=False),
    Stage("r1-mini-coin-clip", "the same with eight steps a batch", ships=False),
    Stage("r1-base", "small base: sums, no chain of thought"),
    Stage("r1-zero", "small base, then GRPO: R1-Zero"),
    Stage("r1-base-distilled", "small base, then distilled from r1-mini", ships=False),
    Stage("r1-nano-cold", "small, cold start"),
    Stage("r1-nano-rl", "small, cold start, then GRPO"),
    Stage("r1-nano", "small, cold start, then distilled from r1-mini"),
    Stage("r1-nano-claim", "small, cold start, then GRPO paid for claims", ships=False),
)
# Evaluations of r1-mini and r1-mini-cold without training.
EXTRAS = ("votes", "votes-cold", "cut", "drawn-out-cold", "given-up-cold")


def stage(name: str) -> Stage:
    """A run by its recipe's name.

    Raises:
        LabkitError: the run does not exist.
    """
    for candidate in STAGES:
        if candidate.name == name:
            return candidate
    raise BadArgument(
        f"The pipeline has no run {name!r}.",
        why=f"its runs are {', '.join(s.name for s in STAGES)}.",
        next=f'labkit.training.pipeline.figures("{STAGES[-1].name}")',
    )


def figures(name: str) -> dict[str, Metric]:
    """The scores of a run, or of one of `EXTRAS`, on held-out problems, by the name of the figure."""
    folder = data_path("pipeline", name) if name in EXTRAS else stage(name).folder
    return read_metrics(folder / "metrics.json")


def seeds(name: str) -> list[dict[str, Metric]]:
    """The figures of every run of a recipe: the run of `figures` first, then the runs with other seeds."""
    others = sorted(data_path("pipeline").glob(f"{stage(name).name}-seed-*/metrics.json"))
    return [figures(name), *(read_metrics(path) for path in others)]


def training(name: str) -> list[dict[str, Any]]:
    """The log of a run, one entry per step (or per twenty steps)."""
    log = read_text(stage(name).folder / "training.jsonl", 16 * MB)
    return [parse_json(line) for line in log.splitlines()]


def rollouts(name: str) -> TraceGroup:
    """Saved rollouts of one held-out problem, for a run whose weights do not ship.

    Raises:
        LabkitError: that run has no saved rollouts.
    """
    folder = data_path("pipeline", stage(name).name, "rollouts")
    return TraceGroup(tuple(Trace.load(path) for path in sorted(folder.glob("*.trace.json"))))


def curve(values: Iterable[float], *, low: float = 0.0, high: float = 1.0, width: int = 40) -> str:
    """A curve as one line of block characters, each the mean of its share of the values.

    >>> curve([0, 0.5, 1], width=3)
    '▁▅█'
    """
    parts = [p for p in np.array_split(np.asarray(list(values), dtype=float), width) if len(p)]
    share = [(float(p.mean()) - low) / (high - low) for p in parts]
    return "".join(BLOCKS[round(min(1.0, max(0.0, x)) * (len(BLOCKS) - 1))] for x in share)


def table() -> Iterator[str]:
    """The runs, one per line: pass@1, pass@4 and tokens per rollout, with their intervals."""
    yield f"{'':18}{'pass@1':>22}{'pass@4':>22}{'tokens':>22}"
    for run in STAGES:
        metrics = figures(run.name)
        cells = (metrics[what] for what in ("pass@1, T = 0.6", "pass@4, T = 0.6", "tokens, T = 0.6"))
        yield f"{run.name:18}{''.join(f'{cell(row):>22}' for row in cells)}   {run.what}"


def spread(what: str = "pass@1, T = 0.6") -> Iterator[str]:
    """A figure of each recipe with several seeds, one recipe per line: the runs, and their mean."""
    for run in STAGES:
        values = [metrics[what].value for metrics in seeds(run.name)]
        if len(values) > 1:
            runs = "".join(f"{value:8.3f}" for value in values)
            yield f"{run.name:18}{runs}   mean {np.mean(values):.3f}, seeds 0 to {len(values) - 1}"


def cell(row: Metric) -> str:
    """A figure with its interval, as a table cell."""
    digits = 0 if row.value > 2 else 3
    return f"{row.value:.{digits}f} ({row.low:.{digits}f}-{row.high:.{digits}f})"
