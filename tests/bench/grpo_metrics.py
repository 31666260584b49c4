"""The metrics of short GRPO runs with fixed seeds, as hashes: the same before and after a change of the code.

    python tests/bench/grpo_metrics.py [--json metrics.json] [--only live coin]

One line per run: name, steps, SHA-256 of the metrics, SHA-256 of the weights and the optimiser's state, seconds.
The runs: `labkit.training.grpo` with the settings of a notebook, and with DAPO and a KL term; a recipe of the stage
grpo, uninterrupted and resumed after its first step; one recipe for each reward of the control experiments. The
hashes depend on the processor and on torch; compare them on one machine. The metrics are hashed as `float.hex`, so
that no rounding hides a difference; the logs of a recipe hold four digits, and the weights all of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).parent)]
from safetensors.torch import load_file  # noqa: E402

import labkit  # noqa: E402
from labkit.training import recipes  # noqa: E402

STEPS = 3
LIVE: dict[str, Any] = {"problems": 4, "group": 4, "max_new_tokens": 160, "held_out": 4, "samples": 2, "every": 2, "warmup": 2}  # fmt: skip
RECIPE: dict[str, Any] = {"steps": STEPS, "problems": 4, "group": 4, "max_new_tokens": 160, "lr": 6e-4, "warmup": 2,
                          "decay": 1, "save_every": 1, "micro": 1_024}  # fmt: skip
Result = tuple[dict[str, list[str]], str]  # the columns of the metrics as float.hex, SHA-256 of the state


def live(folder: Path, **settings: Any) -> Result:
    """A run of `labkit.training.grpo`: every measure, rule and check."""
    run = labkit.training.grpo(
        labkit.load("r1-mini-cold"), steps=STEPS, folder=folder, show=False, **LIVE, **settings
    )
    columns = {name: [float(x).hex() for x in column] for name, column in run.columns.items()}
    columns |= {f"rule {name}": [float(x).hex() for x in column] for name, column in run.rule_columns.items()}
    columns["pass@1"] = [float(check.pass1).hex() for check in run.checks]
    columns["kept"] = [sha(k.trace.text.encode()) for k in (*run.kept, *run.watched)]
    columns["advantages"] = [float(k.advantage).hex() for k in run.kept]
    return columns, state_of(folder)


def recipe(folder: Path, *, resumed: bool = False, **settings: Any) -> Result:
    """A run of a recipe, as `labkit train` runs it: every column of its log."""
    path = folder.parent / "recipe.toml"
    path.write_text(
        "".join(f"{name} = {json.dumps(value)}\n" for name, value in {**RECIPE, **settings}.items())
    )
    for steps in (1, STEPS) if resumed else (STEPS,):
        recipes.run(str(path), folder, steps=steps)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return {name: [float(row[name]).hex() for row in rows] for name in rows[0]}, state_of(folder / "state")


RUNS: dict[str, Callable[[Path], Result]] = {
    "live": live,
    "live-dapo-kl": lambda folder: live(
        folder, updates=2, beta=0.02, variant="dapo", epsilon_high=0.28, advantage="rloo"
    ),
    "recipe": lambda folder: recipe(folder, stage="grpo", start="r1-mini-cold", updates=2),
    "recipe-kl": lambda folder: recipe(folder, stage="grpo", start="r1-mini-cold", updates=2, beta=0.05),
    "recipe-resumed": lambda folder: recipe(
        folder, resumed=True, stage="grpo", start="r1-nano-cold", decay=0
    ),
    "truth": lambda folder: recipe(folder, stage="paid", start="r1-nano-cold", reward="truth"),
    "coin": lambda folder: recipe(folder, stage="paid", start="r1-mini-cold", reward="coin"),
    "form": lambda folder: recipe(folder, stage="paid", start="r1-nano-cold", reward="form"),
    "claim": lambda folder: recipe(folder, stage="paid", start="r1-nano-cold", reward="claim", updates=2),
    "claim-resumed": lambda folder: recipe(
        folder, resumed=True, stage="paid", start="r1-nano-cold", reward="claim", decay=0
    ),
}


def state_of(folder: Path) -> str:
    """SHA-256 of the weights and the optimiser's state."""
    tensors = load_file(folder / "state.safetensors")
    return sha(b"".join(name.encode() + tensors[name].numpy().tobytes() for name in sorted(tensors)))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    """Prints a line per run; with --json also writes every metric of every step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes all metrics")
    parser.add_argument("--only", nargs="+", choices=[*RUNS], default=[*RUNS], metavar="RUN")
    args = parser.parse_args()
    record: dict[str, Any] = {}
    for name in args.only:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as place:
            columns, state = RUNS[name](Path(place) / "run")
        seconds = time.perf_counter() - start
        metrics = sha(json.dumps(columns, sort_keys=True).encode())
        record[name] = {"seconds": round(seconds, 2), "metrics": metrics, "state": state, "columns": columns}
        print(f"{name:15} {STEPS} steps  {metrics}  {state}  {seconds:6.1f} s", flush=True)
    if args.json:
        args.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
