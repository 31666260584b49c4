"""Holds the engine of the page against torch, with the weights that the page ships (float16).

    python -m tests.engine.compare [--prompts 200] [--model r1-mini]

Torch reads the same float16 values, widened to float32. A position at which the two best tokens differ by less than
`CLOSE` may be decided by rounding, so a thought that differs there first is counted apart.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import labkit
from labkit._host.shipped import data_path
from labkit.inside.lens.residual import Residuals
from labkit.inside.sequence import sequence
from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.traces import Trace

ENGINE = Path(labkit.__file__).parent / "site" / "play" / "scripts" / "engine.js"
RUN = Path(__file__).parent / "run.mjs"
CLOSE = 1e-4  # relative: what two orders of adding float32 numbers may differ by
SEEDS = (0, 1, 42, 2**31, 2**32 + 5)
TEXTS = (
    "Using 3, 5 and 9, make 24.",
    "Using  3,5 and\n9, make 240. Give up! leaving off",
    "cafe\u0301 \u00e9 \U0001f600 \u4f60\u597d <think>1234</think>\n\n\n",
    "a\u0000b\u00adc \u00a0d",
)


@dataclass
class Comparison:
    """What was compared, and how far the two differ.

    Attributes:
        thoughts: the number of thoughts, `equal` of which have the same tokens.
        close: thoughts that first differ where the two best tokens are as good as equal.
        wrong: thoughts that differ elsewhere.
        worst: the largest relative difference of each kind of number.
        float32: how many greedy thoughts differ between float16 and float32 weights, both by torch.
        tokens_per_second: of the engine, in Node.
    """

    thoughts: int = 0
    equal: int = 0
    close: int = 0
    wrong: list[str] = field(default_factory=list)
    worst: dict[str, float] = field(default_factory=dict)
    float32: int = 0
    tokens_per_second: float = 0.0

    def measure(self, kind: str, ours: Any, theirs: Any) -> None:
        """Notes the largest difference, relative to the largest value of `theirs`."""
        a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
        assert a.shape == b.shape, (kind, a.shape, b.shape)
        scale = max(float(np.abs(b).max()), 1e-12)
        self.worst[kind] = max(self.worst.get(kind, 0.0), float(np.abs(a - b).max()) / scale)


def compare(model: str = "r1-mini", prompts: int = 200, *, rollouts: int = 4) -> Comparison:
    """Runs both on greedy thoughts, on seeded thoughts, and on groups of `rollouts`."""
    with tempfile.TemporaryDirectory() as work:
        half, widened = halved(data_path("models", model), Path(work))
        torch_model = labkit.load(str(widened)).local()
        problems = [problem.prompt for problem in countdown.problems(prompts, split="test", seed=0)]
        jobs = [*_jobs(problems, temperature=0.0, count=1), *_jobs(problems, temperature=0.6, count=1)]
        jobs += _jobs(problems[:10], temperature=1.0, count=rollouts)
        captured = [
            torch_model.think(problem, temperature=0, capture="qk", show=False) for problem in problems[:5]
        ]
        result = run_engine(half, jobs, [sequence(trace) for trace in captured])
        comparison = Comparison(tokens_per_second=_speed(result))
        for job, ours in zip(jobs, result["thoughts"], strict=True):
            _compare_thought(comparison, torch_model, job, ours)
        for trace, ours in zip(captured, result["inside"], strict=True):
            _compare_inside(comparison, torch_model, trace, ours)
        for seed, ours in zip(SEEDS, result["uniforms"], strict=True):
            generator = torch.Generator().manual_seed(seed)
            assert ours == torch.rand(1500, generator=generator).tolist(), f"seed {seed}"
        for text, ours in zip(TEXTS, result["encoded"], strict=True):
            assert ours == torch_model.tokenizer.encode(text, add_special_tokens=False), text
        original = labkit.load(model)
        comparison.float32 = sum(
            original.think(problem, temperature=0, show=False).tokens.ids != [t["id"] for t in ours["tokens"]]
            for problem, ours in zip(problems, result["thoughts"], strict=False)
        )
    return comparison


def halved(checkpoint: Path, work: Path) -> tuple[Path, Path]:
    """Two copies of a checkpoint: with float16 weights, and with the same values as float32."""
    half, widened = work / "half", work / "widened"
    tensors = load_file(checkpoint / "model.safetensors")
    for folder, dtype in ((half, torch.float16), (widened, torch.float32)):
        shutil.copytree(checkpoint, folder, ignore=shutil.ignore_patterns("*.safetensors"))
        values = {name: tensor.half().to(dtype).contiguous() for name, tensor in tensors.items()}
        save_file(values, folder / "model.safetensors", metadata={"format": "pt"})
    return half, widened


def run_engine(checkpoint: Path, jobs: Sequence[dict[str, Any]], sequences: Sequence[list[int]]) -> Any:
    """The engine's result, from Node."""
    job = {"thoughts": jobs, "seeds": SEEDS, "texts": TEXTS, "inside": sequences}
    command = ["node", str(RUN), str(ENGINE), str(checkpoint)]
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def _jobs(problems: Sequence[str], *, temperature: float, count: int) -> list[dict[str, Any]]:
    params = {"temperature": temperature, "topP": 0.95, "topK": 0, "maxNewTokens": 400, "alternatives": 8}
    return [
        {"prompt": prompt, "params": params, "seed": seed, "count": count, "index": index}
        for seed, prompt in enumerate(problems)
        for index in range(count)
    ]


def _compare_thought(comparison: Comparison, model: LocalModel, job: dict[str, Any], ours: Any) -> None:
    params, count = job["params"], job["count"]
    options = {"temperature": params["temperature"], "top_p": params["topP"], "seed": job["seed"]}
    if count == 1:
        trace = model.think(job["prompt"], max_new_tokens=params["maxNewTokens"], show=False, **options)
    else:
        group = model.sample(job["prompt"], n=count, max_new_tokens=params["maxNewTokens"], **options)
        trace = group[job["index"]]
    assert ours["promptIds"] == trace.prompt_ids, job["prompt"]
    tokens, ids = ours["tokens"], trace.tokens.ids
    mine = [token["id"] for token in tokens]
    comparison.thoughts += 1
    same = next(
        (i for i, (a, b) in enumerate(zip(mine, ids, strict=False)) if a != b), min(len(mine), len(ids))
    )
    if mine == ids:
        comparison.equal += 1
    else:
        first, second = tokens[same]["topLogprobs"][:2]
        if params["temperature"] == 0 and first - second < CLOSE * max(1.0, abs(first)):
            comparison.close += 1
        else:
            comparison.wrong.append(
                f"{job['prompt']} seed {job['seed']} rollout {job['index']}: token {same}"
            )
    logprobs = np.array([token["logprob"] for token in tokens[:same]])
    comparison.measure("logprob", logprobs, trace.tokens.logprobs[:same])
    comparison.measure(
        "entropy", [token["entropy"] for token in tokens[:same]], trace.tokens.entropies[:same]
    )
    for token, theirs in zip(tokens[:same], trace.tokens.top_logprobs, strict=False):
        comparison.measure("alternatives", np.exp(token["topLogprobs"]), np.exp(theirs))


def _compare_inside(comparison: Comparison, model: LocalModel, trace: Trace, ours: Any) -> None:
    residuals = Residuals(model.network, sequence(trace)).window(0, len(sequence(trace)))
    for mine, theirs in zip(ours["residuals"], residuals, strict=True):
        comparison.measure("residuals", mine, theirs.numpy())
    for layer in range(trace.inside.layers):
        for name, theirs in zip(("queries", "keys"), trace.inside.layer(layer), strict=True):
            comparison.measure(name, ours[name][layer], theirs.flatten(1).float().numpy())


def _speed(result: Any) -> float:
    tokens = sum(len(each["promptIds"]) + len(each["tokens"]) for each in result["thoughts"])
    return tokens / float(result["seconds"])


def main() -> None:
    """Prints one comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--model", default="r1-mini")
    chosen = parser.parse_args()
    comparison = compare(chosen.model, chosen.prompts)
    print(
        f"{chosen.model}: {comparison.thoughts} thoughts, {comparison.equal} with equal tokens, {comparison.close} differ at a near tie"
    )
    for line in comparison.wrong:
        print("  differs:", line)
    for kind, difference in comparison.worst.items():
        print(f"  {kind}: largest relative difference {difference:.1e}")
    print(f"  float16 and float32 weights: {comparison.float32} of {chosen.prompts} greedy thoughts differ")
    print(f"  {comparison.tokens_per_second:,.0f} tokens/s in Node")
    sys.exit(bool(comparison.wrong))


if __name__ == "__main__":
    main()
