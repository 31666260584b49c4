"""Rollouts a second: `model.sample` against `transformers.generate`, same model, same settings.

    python tests/bench/sample_speed.py [--n 16] [--repeats 5]

Both draw at temperature 0.6 and top-p 0.95. Tokens are counted up to each rollout's end token, so a
row that is padded on is not credited. The pairs run in turn; the median of the ratios is the figure.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

import labkit


def main() -> None:
    """Prints one line a pair and the median ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--model", default="r1-mini")
    args = parser.parse_args()
    model = labkit.load(args.model)
    problems = labkit.tasks.countdown.problems(args.repeats + 1, seed=3)
    ratios = []
    for i, problem in enumerate(problems):
        ours, length = sample(model, problem, args.n, seed=i)
        theirs = generate(model, problem, args.n, length)
        if i:  # the first pair warms up
            ratios.append(ours / theirs)
            print(
                f"{problem.prompt:34} sample {ours:7.0f} tokens/s, generate {theirs:7.0f} tokens/s, {ours / theirs:.2f}x"
            )
    print(f"n = {args.n}, {torch.get_num_threads()} threads: median {statistics.median(ratios):.2f}x")


def sample(model: labkit.models.Model, problem: object, n: int, seed: int) -> tuple[float, int]:
    """Tokens a second of `model.sample`, everything that it captures included, and its longest rollout."""
    start = time.perf_counter()
    group = model.sample(problem, n=n, seed=seed)
    return sum(map(len, group)) / (time.perf_counter() - start), max(map(len, group))


def generate(
    model: labkit.models.Model, problem: labkit.tasks.countdown.Problem, n: int, length: int
) -> float:
    """Tokens a second of stock `generate`, which captures nothing, to the same longest length."""
    prompt = model.tokenizer.apply_chat_template(
        [{"role": "user", "content": problem.prompt}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    end = model.tokenizer.eos_token_id
    torch.manual_seed(0)
    start = time.perf_counter()
    with torch.inference_mode():
        out = model.network.generate(
            **prompt, do_sample=True, temperature=0.6, top_p=0.95, top_k=0, num_return_sequences=n,
            max_new_tokens=length, pad_token_id=end, eos_token_id=end,
        )  # fmt: skip
    seconds = time.perf_counter() - start
    written = out[:, prompt["input_ids"].shape[1] :]
    return float(((written != end).sum() + n) / seconds)


if __name__ == "__main__":
    main()
