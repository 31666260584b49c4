"""Holds the forks and the importances of the page against Python's, with the weights that the page ships (float16).

    python -m tests.engine.compare_forks [--thoughts 20] [--weighed 2] [--model r1-mini]

Each thought is forked in five ways, 8 rollouts each: a token chosen again, a token by its id, a text, a step chosen again,
and a step with another text. Python reads the same float16 values, widened to float32.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import labkit
from labkit._host.shipped import data_path
from labkit.inside import Fork, Importance
from labkit.tasks import countdown
from labkit.traces import Trace
from labkit.views.fork.wording import fork_summary, importance_bar

from .compare import halved

FRONTEND = Path(labkit.__file__).parent / "frontend"
RUN = Path(__file__).parent / "forks.mjs"
TEXT = "Go back"
N = 8


@dataclass
class ForkComparison:
    """What was compared.

    Attributes:
        forks: the number of forks; `rollouts` of them all.
        equal: rollouts with Python's tokens.
        importances: the number of importances of steps.
        wrong: what differs, by its name.
    """

    forks: int = 0
    rollouts: int = 0
    equal: int = 0
    importances: int = 0
    wrong: list[str] = field(default_factory=list)

    def require(self, what: str, ours: object, theirs: object) -> None:
        """Notes a difference."""
        if ours != theirs:
            self.wrong.append(f"{what}: the page has {ours!r}, Python {theirs!r}")

    def add_fork(self, name: str, fork: Fork, rollouts: list[list[int]], tree: Any, line: Any) -> None:
        """Compares the tokens, the code, the groups of answers and the share with its interval."""
        self.forks += 1
        theirs = [rollout.tokens.ids for rollout in fork.rollouts]
        self.rollouts += len(theirs)
        self.equal += sum(a == b for a, b in zip(rollouts, theirs, strict=True))
        for index, (a, b) in enumerate(zip(rollouts, theirs, strict=True)):
            if a != b:
                self.wrong.append(f"{name}: rollout {index} has other tokens")
        self.require(f"{name}: code", tree["code"], f"fork = {fork.code}\nprint(fork.tree())")
        groups = [[g.outcome.answer, g.outcome.correct, list(g.members)] for g in fork.groups]
        self.require(f"{name}: groups", [[*branch.values()] for branch in tree["branches"]], groups)
        self.require(f"{name}: line", _rounded(line), _rounded(fork_summary(fork).model_dump()))

    def add_importance(self, name: str, importance: Importance, bar: Any) -> None:
        """Compares an importance; its level of chance is of other shuffles."""
        self.importances += 1
        theirs = importance_bar(importance)
        for key in ("step", "name", "change", "low", "high"):
            self.require(f"{name}: {key}", _rounded(bar[key]), _rounded(getattr(theirs, key)))
        self.require(f"{name}: words", bar["said"].split(" nats")[0], theirs.said.split(" nats")[0])


def compare(model: str = "r1-mini", thoughts: int = 20, weighed: int = 2) -> ForkComparison:
    """Forks `thoughts` thoughts in five ways, and weighs the steps of the first `weighed`."""
    with tempfile.TemporaryDirectory() as work:
        half, widened = halved(data_path("models", model), Path(work))
        local = labkit.load(str(widened)).local()
        problems = countdown.problems(thoughts, split="test", seed=0)
        traces = [
            local.think(each.prompt, seed=i, temperature=0.6, show=False) for i, each in enumerate(problems)
        ]
        asks = [_asks(trace, seed) for seed, trace in enumerate(traces)]
        jobs = [
            _job(trace, a, 4 if i < weighed else 0)
            for i, (trace, a) in enumerate(zip(traces, asks, strict=True))
        ]
        command = ["node", str(RUN), str(FRONTEND), str(half)]
        done = subprocess.run(
            command, input=json.dumps(jobs), capture_output=True, text=True, encoding="utf-8", check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        comparison = ForkComparison()
        for i, (trace, result) in enumerate(zip(traces, json.loads(done.stdout), strict=True)):
            comparison.require(f"thought {i}: forks", len(result["rollouts"]), len(asks[i]))
            answers = zip(asks[i], result["rollouts"], result["trees"], result["forks"], strict=True)
            for ask, rollouts, tree, line in answers:
                comparison.add_fork(f"thought {i}, {ask}", _fork(trace, ask), rollouts, tree, line)
            if i < weighed:
                importances = labkit.inside.step_importance(trace, n=4)
                for importance, bar in zip(importances, result["bars"], strict=True):
                    comparison.add_importance(f"thought {i}, step {importance.step}", importance, bar)
    return comparison


def _asks(trace: Trace, seed: int) -> list[dict[str, Any]]:
    at, step = len(trace) // 3, max(1, len(trace.steps) // 2)
    other = next(each.id for each in trace.alternatives(at) if each.id != trace.tokens.ids[at])
    changes = [
        {"at": at}, {"at": at, "put": other}, {"at": at, "text": f"{TEXT}\n"}, {"step": step}, {"step": step, "text": TEXT},
    ]  # fmt: skip
    return [{"n": N, "seed": seed + i} | change for i, change in enumerate(changes)]


def _job(trace: Trace, asks: list[dict[str, Any]], weigh: int) -> dict[str, Any]:
    assert trace.problem is not None
    numbers, target = trace.problem.columns["numbers"], trace.problem.columns["target"]
    return {
        "prompt": trace.prompt, "puzzle": {"numbers": numbers, "target": target}, "ids": trace.tokens.ids,
        "finish": trace.finish, "asks": asks, "weigh": weigh,
    }  # fmt: skip


def _fork(trace: Trace, ask: dict[str, Any]) -> Fork:
    replace = ask.get("put", ask.get("text"))
    place = {"step": ask["step"]} if "step" in ask else {"at": ask["at"]}
    return labkit.inside.fork(trace, **place, replace=replace, n=ask["n"], seed=ask["seed"])


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, 9) if isinstance(value, float) else value


def main() -> None:
    """Prints one comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--thoughts", type=int, default=20)
    parser.add_argument("--weighed", type=int, default=2)
    parser.add_argument("--model", default="r1-mini")
    chosen = parser.parse_args()
    comparison = compare(chosen.model, chosen.thoughts, chosen.weighed)
    print(
        f"{chosen.model}: {comparison.forks} forks, {comparison.equal} of {comparison.rollouts} rollouts with equal tokens, "
        f"{comparison.importances} importances; {len(comparison.wrong)} differences"
    )
    for line in comparison.wrong:
        print("  differs:", line)
    sys.exit(bool(comparison.wrong))


if __name__ == "__main__":
    main()
