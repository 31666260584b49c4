"""Records the groups of rollouts that the lessons *Ask many times*, *Think longer* and *Rewards* read.

    python tests/bench/lesson_groups.py            # writes data/groups/r1-mini-cold.json: some minutes on one core

R1-mini's cold start on the first 100 held-out Countdown problems of seed 0, 16 rollouts each, top-p 1, at temperatures
0.6 and 1.0. The rollouts of problem i have seed i, so that problems are independent. Then the first 4 rollouts at 0.6
again, where each "Give up." was replaced by "Go back. Now " once and twice. The file holds no text: for each rollout
the answer, whether it is right, its tokens, and what rules pay for it. Sums of floats differ between machines, and with
them single rollouts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import labkit
from labkit import rewards
from labkit.inside import fork
from labkit.traces import Trace

MODEL, PROBLEMS, ROLLOUTS, SERIAL, TURNS = "r1-mini-cold", 100, 16, 4, 2
TEMPERATURES = (0.6, 1.0)
CONTINUE = "Go back. Now "
FILE = Path(__file__).resolve().parents[2] / "data/groups/r1-mini-cold.json"


def main() -> None:
    """Samples, judges and writes the file."""
    model = labkit.load(MODEL)
    problems = labkit.tasks.countdown.problems(PROBLEMS, split="test", seed=0)
    recorded: dict[str, Any] = {
        "model": MODEL, "seed": "the number of the problem", "top_p": 1.0, "problems": [problem.prompt for problem in problems],
        "temperatures": {},
    }  # fmt: skip
    for temperature in TEMPERATURES:
        groups = [
            model.sample(problem, n=ROLLOUTS, temperature=temperature, top_p=1.0, seed=number)
            for number, problem in enumerate(problems)
        ]
        recorded["temperatures"][str(temperature)] = columns(groups)
        if temperature == TEMPERATURES[0]:
            recorded["continued"] = continued(groups)
        print(temperature, "done", flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(recorded, separators=(",", ":")) + "\n", "utf-8")
    print(FILE, FILE.stat().st_size, "bytes")


def columns(groups: Sequence[Sequence[Trace]]) -> dict[str, list[list[Any]]]:
    """What the lessons ask of each rollout, (problems, rollouts)."""
    outcomes = [[rewards.outcome_of(trace) for trace in group] for group in groups]
    return {
        "answer": [[outcome.answer for outcome in row] for row in outcomes],
        "right": [[int(bool(outcome.correct)) for outcome in row] for row in outcomes],
        "tokens": [[len(trace) for trace in group] for group in groups],
        "form": [[paid(trace, rewards.think_format) for trace in group] for group in groups],
        "steps": [[paid(trace, rewards.countdown_steps) for trace in group] for group in groups],
        "checks": [[int("Check" in trace.text) for trace in group] for group in groups],
    }


def paid(trace: Trace, rule: rewards.Rule) -> float:
    """What one rule pays for a rollout, with weight 1; 0.0 where the rule cannot judge it."""
    return round(rewards.breakdown(trace, rules=[rule]).value(rule.name) or 0.0, 3)


def continued(groups: Sequence[Sequence[Trace]]) -> list[dict[str, list[list[int]]]]:
    """Right and tokens, (problems, SERIAL), where the model was made to go on 0 to TURNS times after "Give up."."""
    thoughts = [list(group[:SERIAL]) for group in groups]
    turns = []
    for turn in range(TURNS + 1):
        if turn:
            thoughts = [[go_on(trace, turn) for trace in row] for row in thoughts]
        right = [[int(bool(rewards.outcome_of(trace).correct)) for trace in row] for row in thoughts]
        turns.append({"right": right, "tokens": [[len(trace) for trace in row] for row in thoughts]})
    return turns


def go_on(trace: Trace, turn: int) -> Trace:
    """The same thought, continued at the place where it gave up; a thought that did not give up stays as it is."""
    texts = trace.tokens.texts
    if "Give " not in texts:
        return trace
    (rollout,) = fork(trace, at=texts.index("Give "), replace=CONTINUE, n=1, seed=turn, top_p=1.0).rollouts
    return rollout


if __name__ == "__main__":
    main()
