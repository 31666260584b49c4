"""What lessons on the inside of R1-mini say about many thoughts: recorded once, in `data/inside/`.

    python tests/bench/inside_records.py heads --n 100      effect of zero-ablating each head on the answer
    python tests/bench/inside_records.py verdicts --n 60    right answers after a false verdict, and after a missed one
    python tests/bench/inside_records.py plans --n 24       right answers once the plan that found the answer stays away

Held-out problems of `countdown.problems(..., split="test", seed=5)`, one thought each (temperature 0.6, seed 0). A row
is one thought. A thought that has no answer, or not the place to change, has no row. `plans` takes about ten minutes.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import labkit
import labkit.inside
from labkit import Trace
from labkit.models import LanguageModel
from labkit.tasks import countdown

SEED = 5  # of the problems
SAMPLES = 8  # rollouts of a fork
VERDICT = re.compile(r" vs \d+, (\d+) off")
Row = dict[str, str | int | float]


def thoughts(model: LanguageModel, n: int) -> Iterator[Trace]:
    """One thought about each of `n` held-out problems that ended with an answer."""
    for problem in countdown.problems(n, split="test", seed=SEED):
        trace = model.think(problem, seed=0, show=False, max_new_tokens=600)
        if trace.answer.strip():
            yield trace


def answer_text(trace: Trace) -> str:
    """The expression between the answer tags."""
    return trace.answer.strip().removeprefix("<answer>").removesuffix("</answer>")


def head_effects(trace: Trace) -> Row | None:
    """The change in the answer's logprob, in nats, when a head is zero: a column for each head."""
    table = labkit.inside.effect(trace)
    effects = {f"L{i}H{j}": round(float(x), 1) for i, row in enumerate(table) for j, x in enumerate(row)}
    return {"prompt": trace.prompt, "answer": answer_text(trace), **effects}


def right_of(trace: Trace, token: int, text: str) -> tuple[int, float]:
    """How many of `SAMPLES` rollouts are right after one token was replaced, and their mean length."""
    fork = labkit.inside.fork(trace, at=token, replace=text, n=SAMPLES, max_new_tokens=600)
    share = fork.share
    assert share is not None
    return share.right, round(sum(map(len, fork.rollouts)) / SAMPLES, 1)


def verdicts(trace: Trace) -> Row | None:
    """A false success in the thought's first verdict, and its true success missed."""
    found = list(VERDICT.finditer(trace.text))
    hits = [match for match in found if match[1] == "0"]
    if not hits or not found or found[0][1] == "0":
        return None
    false, true = (trace.token_range(*match.span(1))[0] for match in (found[0], hits[0]))
    right_false, _ = right_of(trace, false, "0")
    right_missed, tokens_missed = right_of(trace, true, "1")
    return {
        "prompt": trace.prompt, "n": SAMPLES, "first_verdict": int(found[0][1]), "right_false": right_false,
        "right_missed": right_missed, "tokens": len(trace), "tokens_missed": tokens_missed,
    }  # fmt: skip


def pair(text: str) -> list[str]:
    """The two numbers that a plan takes, as `["12", "14"]`."""
    match = re.search(r"(\d+) and (\d+), leaving", text)
    return sorted(match.groups()) if match else []


def plans(trace: Trace) -> Row | None:
    """The last plan of a thought that had to go back: removed once, and removed until it stays away."""
    planned = [step for step in trace.steps if pair(step.gist)]
    if len(planned) < 2 or "0 off, yes!" not in trace.text:
        return None
    step, temperature = planned[-1].number, 1.3
    [once] = labkit.inside.resampling_importance(trace, step, n=SAMPLES, temperature=temperature)
    kept_out = labkit.inside.resilience(
        trace, step, n=SAMPLES, rounds=10, temperature=temperature, differ=lambda a, b: pair(a) != pair(b)
    )
    with_step, without = kept_out.importance.shares
    resampled = once.shares[1]
    assert with_step and without and resampled
    return {
        "prompt": trace.prompt, "step": step, "plan": planned[-1].gist, "n": SAMPLES, "rounds": kept_out.rounds,
        "right_with": with_step.right, "right_resampled": resampled.right, "removals": round(kept_out.score, 2),
        "away": without.n, "right_away": without.right,
    }  # fmt: skip


RECORDS: dict[str, tuple[str, Callable[[Trace], Row | None]]] = {
    "heads": ("head-effects.csv", head_effects),
    "verdicts": ("verdicts.csv", verdicts),
    "plans": ("plans.csv", plans),
}


def write(name: str, rows: Iterable[Row]) -> None:
    """Writes the rows, with the names of their columns in the first line."""
    path = labkit.data_path() / "inside" / name
    path.parent.mkdir(exist_ok=True)
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path.name}: {len(rows)} rows")


def main() -> None:
    """Records one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("record", choices=RECORDS)
    parser.add_argument("--n", type=int, default=60, help="problems")
    args = parser.parse_args()
    name, row_of = RECORDS[args.record]
    rows = (row_of(trace) for trace in thoughts(labkit.load(), args.n))
    write(name, islice(filter(None, rows), args.n))


if __name__ == "__main__":
    main()
