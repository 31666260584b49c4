"""One thought: `model.think`, which keeps every number, against stock `generate`, which keeps none.

    python tests/bench/capture_overhead.py [--model r1-mini] [--repeats 7]

Same model, greedy, so both write the same tokens; in turn; the median of the ratios is the figure.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

import labkit


def main() -> None:
    """Prints the median seconds a token of both and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="r1-mini")
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    model = labkit.load(args.model)
    problems = labkit.tasks.countdown.problems(args.repeats + 1, seed=9)
    rows = []
    for i, problem in enumerate(problems):
        start = time.perf_counter()
        trace = model.think(problem, temperature=0, show=False)
        ours = (time.perf_counter() - start) / len(trace)
        prompt = torch.tensor([trace.prompt_ids])
        start = time.perf_counter()
        with torch.inference_mode():
            out = model.network.generate(
                prompt, do_sample=False, max_new_tokens=len(trace), pad_token_id=model.end_ids[0]
            )
        theirs = (time.perf_counter() - start) / (out.shape[1] - prompt.shape[1])
        if i:
            rows.append((ours, theirs))
    ours, theirs = (statistics.median(r[k] for r in rows) for k in (0, 1))
    ratio = statistics.median(a / b for a, b in rows)
    print(f"think {1 / ours:.0f} tokens/s, generate {1 / theirs:.0f} tokens/s, time ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
