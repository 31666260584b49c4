"""A GRPO step: ours against TRL's `GRPOTrainer`, same model, task, rewards and number of rollouts.

    python tests/bench/train_peers.py [--steps 3]

The recipe of `r1-mini` (16 problems x 8 rollouts, at most 500 tokens, one optimiser step), from
`r1-mini-cold`, in one process: ours, TRL's, ours again. Each trains its own copy and draws its own
rollouts, so the tokens of a step differ a little and stand beside it. The first step of each warms up
and is not counted. The figure is the ratio of processor time, which other people's load changes less
than the clock; both are printed.
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from _machine import machine, peak_mb
from transformers import TrainerCallback

import labkit
from labkit.models import LocalModel
from labkit.training import make_trainer, recipes
from labkit.training.rl import trl as trl_engine
from labkit.training.rl.recipe import Grpo

Row = tuple[float, float, float]  # seconds by the clock, seconds of processor, tokens a rollout


def ours(recipe: Grpo, steps: int) -> list[Row]:
    """Our own steps; what is measured and kept for the view is included."""
    settings = {
        name: getattr(recipe, name) for name in ("problems", "group", "max_new_tokens", "lr", "updates")
    }
    trainer = make_trainer(labkit.load("r1-mini-cold"), held_out=1, **settings)
    return [timed(lambda: trainer.step().length) for _ in range(steps + 1)][1:]


def theirs(recipe: Grpo, steps: int) -> list[Row]:
    """TRL's steps, from the same recipe."""
    start = labkit.load("r1-mini-cold")
    copied = LocalModel(start.name, copy.deepcopy(start.network), start.tokenizer, family=start.family)
    marks: list[tuple[float, float]] = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_: object, **__: object) -> None:
            marks.append((time.perf_counter(), time.process_time()))

    with tempfile.TemporaryDirectory() as folder:
        more = Grpo(**{**vars(recipe), "steps": steps + 2})
        trainer = trl_engine.make_trl_trainer(trl_engine.import_trl(), copied, more, Path(folder))
        trainer.add_callback(Clock())
        trainer.train()
        rows = [json.loads(line) for line in (Path(folder) / "metrics.jsonl").read_text().splitlines()]
    lengths = [row["length"] for row in rows]
    pairs = zip(marks[1:], marks[2:], lengths[1:], strict=False)
    return [(b[0] - a[0], b[1] - a[1], length) for a, b, length in pairs][:steps]


def timed(step: Callable[[], float]) -> Row:
    wall, spent = time.perf_counter(), time.process_time()
    length = step()
    return time.perf_counter() - wall, time.process_time() - spent, length


def mean(rows: list[Row]) -> Row:
    wall, spent, length = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return wall, spent, length


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--recipe", default="r1-mini")
    args = parser.parse_args()
    settings = {k: v for k, v in recipes.read_recipe(args.recipe).items() if k not in ("stage", "start")}
    recipe = Grpo(**settings)
    print(machine("torch", "transformers", "trl", "accelerate"), f"{torch.get_num_threads()} threads")
    rollouts = recipe.problems * recipe.group
    found: dict[str, list[Row]] = {"labkit": [], "TRL": []}
    for name, run in (("labkit", ours), ("TRL", theirs), ("labkit", ours)):
        rows = run(recipe, args.steps)
        found[name] += rows
        wall, spent, length = mean(rows)
        print(f"{name:7} {wall:6.1f} s a step, {spent:6.1f} s of processor, {rollouts} rollouts of {length:.0f} tokens; "
              f"peak {peak_mb():.0f} MB", flush=True)  # fmt: skip
    (wall, spent, length), (their_wall, their_spent, their_length) = (
        mean(found[n]) for n in ("labkit", "TRL")
    )
    print(f"TRL / labkit: {their_spent / spent:.1f}x processor time, {their_wall / wall:.1f}x by the clock, "
          f"{their_spent / their_length / (spent / length):.1f}x processor time a token")  # fmt: skip


if __name__ == "__main__":
    main()
