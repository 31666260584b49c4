"""How far does held-out pass@1 rise when a student trains in a notebook for at most five minutes?

    python tests/bench/train_rise.py [--seeds 3] [--first 0] [--minutes 5] [--steps 16] [--group 4]

One cell in a real kernel, from `r1-mini-cold`: `labkit.training.grpo`, its checks included, under a clock
that presses Stop. Then, outside the clock, start and end are judged on the same 500 held-out problems
(`split="test"`, 4 rollouts each at temperature 0.6), which no step has trained on. The interval of the
rise is over problems, drawn again in pairs; processor time is what other people's load does not change.
"""

from __future__ import annotations

import argparse
import json

import nbformat
from _machine import machine
from nbclient import NotebookClient

CELL = """
import json, resource, threading, time, numpy as np, labkit
from labkit.rewards import bootstrap_interval
from labkit.tasks import countdown
from labkit.training.evaluation.evaluation import sample_and_grade

start = labkit.load("r1-mini-cold")
trainer = labkit.training.make_trainer(start, seed={seed}, group={group}, held_out=100, samples=1, every=8)
stop = threading.Event()
clock = threading.Timer(60 * {minutes}, stop.set)
clock.start()
began, spent = time.monotonic(), time.process_time()
run = trainer.train({steps}, stop)
seconds, spent = time.monotonic() - began, time.process_time() - spent
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
clock.cancel()

problems = countdown.problems(500, split="test", seed=0)
assert not {{p.prompt for p in problems}} & {{k.trace.prompt for k in run.kept}}
assert all(countdown.problem_in(k.trace.prompt).split == "train" for k in run.kept)

def judged(model):
    return sample_and_grade(model, problems, 4, temperature=0.6, top_p=0.95, seed=0, max_new_tokens=800).right.mean(1)

before, after = judged(start), judged(run.model)
print(json.dumps({{
    "seed": {seed}, "steps": len(run), "ending": run.status, "seconds": round(seconds), "processor": round(spent), "peak": round(peak),
    "before": [before.mean(), *bootstrap_interval(before)], "after": [after.mean(), *bootstrap_interval(after)],
    "rise": [100 * x for x in ((after - before).mean(), *bootstrap_interval(after - before))],
    "reward": [run.columns["reward"][0], run.columns["reward"][-1]], "length": run.columns["length"][-1],
    "found": [f.name for f in labkit.training.diagnose(run)],
}}))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--group", type=int, default=8, help="rollouts a problem")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    args = parser.parse_args()
    print(machine("torch", "transformers"))
    for seed in range(args.first, args.first + args.seeds):
        code = CELL.format(seed=seed, minutes=args.minutes, steps=args.steps, group=args.group)
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        NotebookClient(book, kernel_name="python3", timeout=3_600).execute()
        said = "".join(
            o.text for o in book.cells[0].outputs if o.output_type == "stream" and o.name == "stdout"
        )
        r = json.loads(said.splitlines()[-1])
        before, after, rise = ("{:.3f} ({:.3f} to {:.3f})".format(*r[k]) for k in ("before", "after", "rise"))
        print(
            f"seed {seed}: {r['steps']} steps in {r['seconds']} s ({r['processor']} s of processor, peak {r['peak']} MB), {r['ending']}; "
            f"pass@1 {before} -> {after}", flush=True,
        )  # fmt: skip
        rise = "{:+.1f} points ({:+.1f} to {:+.1f})".format(*r["rise"])
        print(f"        rise {rise}; reward {r['reward'][0]:.2f} -> {r['reward'][1]:.2f}, {r['length']:.0f} tokens at the end, "
              f"diagnosis: {', '.join(r['found']) or 'none'}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
