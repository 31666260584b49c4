"""Every stage of the small R1 pipeline: held-out pass@1, pass@4 and length, each with its interval.

    python tests/bench/pipeline.py                  # the shipped figures: seconds
    python tests/bench/pipeline.py --again          # worked out again from the weights: minutes
    python tests/bench/pipeline.py --again r1-zero  # of one run
    python tests/bench/pipeline.py --extras         # votes and forced budgets again
    python tests/bench/pipeline.py --keep FOLDER    # eight rollouts of runs/r1-nano-claim, as traces

Runs whose weights do not ship are made first by `labkit train NAME`, and looked for in `runs/NAME/model`.
Figures are of 300 held-out problems and 4 rollouts each (500 and 8 for `r1-mini` and `r1-mini-cold`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import labkit
from labkit.training.evaluation import evaluation, shipped_runs, test_time_compute
from labkit.training.evaluation.metrics import Metric, write

N = 300  # held-out problems


def again(name: str) -> None:
    """Prints the shipped figures of a run and what they are now."""
    weights = name if shipped_runs.stage(name).ships else f"runs/{name}/model"
    if not shipped_runs.stage(name).ships and not Path(weights).is_dir():
        print(f"{name}: its weights do not ship; labkit train {name}")
        return
    shipped, big = shipped_runs.figures(name), name in ("r1-mini", "r1-mini-cold")
    for row in evaluation.evaluate(labkit.load(weights), n=500 if big else N, samples=8 if big else 4):
        print(
            f"{name:18}{row.what:28}{shipped_runs.cell(shipped[row.what]):>24} {shipped_runs.cell(row):>24}",
            flush=True,
        )


def extra(name: str) -> Iterator[Metric]:
    """One of the evaluations that train nothing."""
    model = labkit.load("r1-mini-cold" if name.endswith("-cold") else "r1-mini")
    problems = labkit.tasks.countdown.problems(200, split="test", seed=5)
    match name.removesuffix("-cold"):
        case "votes":
            yield from test_time_compute.majority_vote(model, problems)
        case "cut":
            yield from test_time_compute.truncate_thinking(model, problems)
        case "drawn-out":
            yield from test_time_compute.budget_forcing(model, problems)
        case "given-up":
            yield from test_time_compute.budget_forcing(model, problems, given_up=True)


def keep(folder: Path) -> None:
    """Writes eight rollouts of the hacked student on one held-out problem."""
    folder.mkdir(parents=True, exist_ok=True)
    problem = labkit.tasks.countdown.problems(1, split="test", seed=5)[0]
    model = labkit.load("runs/r1-nano-claim/model")
    for i, trace in enumerate(model.sample(problem, n=8, temperature=1.0, top_p=1.0, seed=0)):
        trace.model_copy(update={"model": "r1-nano-claim"}).save(folder / f"{i}.trace.json")


def main() -> None:
    """Parses, and does one of the five."""
    parser = argparse.ArgumentParser()
    names = [each.name for each in shipped_runs.STAGES]
    parser.add_argument("--again", nargs="*", choices=names, metavar="NAME", help="all, or the runs named")
    parser.add_argument(
        "--extras", nargs="*", choices=shipped_runs.EXTRAS, metavar="NAME", help="all, or those named"
    )
    parser.add_argument("--out", type=Path, help="a folder that gets the figures of the extras")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="write rollouts of the hacked student there"
    )
    args = parser.parse_args()
    if args.again is not None:
        print(f"{'':46}{'shipped':>24} {'again':>24}")
        for name in args.again or names:
            again(name)
    elif args.extras is not None:
        for name in args.extras or shipped_runs.EXTRAS:
            rows = []
            for row in extra(name):
                print(f"{name:16}{row}", flush=True)
                rows.append(row)
            if args.out:
                (args.out / name).mkdir(parents=True, exist_ok=True)
                write(rows, args.out / name / "metrics.json")
    elif args.keep:
        keep(args.keep)
    else:
        print("\n".join(shipped_runs.table()))
        print("\npass@1 of every seed\n" + "\n".join(shipped_runs.spread()))
        for name in shipped_runs.EXTRAS:
            print(f"\n{name}\n" + "\n".join(f"  {row}" for row in shipped_runs.figures(name).values()))


if __name__ == "__main__":
    main()
