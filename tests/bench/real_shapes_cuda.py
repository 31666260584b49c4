"""How fast real distills write on a card: random weights of the exact shapes of 1.5B and 7B, in bfloat16.

    python tests/bench/real_shapes_cuda.py [--shapes 1.5b 7b] [--batches 1 32] [--tokens 64] [--long 8192]

- generate   stock `transformers.generate`: the baseline
- labkit     `model.sample`, which also keeps logprobs, entropies and alternatives of every token
- long       one thought of `--long` tokens, and the same with capture="qk"

Tokens a second of all rollouts together, the reading of the prompt left out; the ratio of the times; the peak of the
card's memory. `--device cpu --shapes r1-mini` tries the script out on a machine without a card.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(Path(__file__).parent)]
from _machine import machine  # noqa: E402
from capture_peers import network_of  # noqa: E402

import labkit  # noqa: E402
from labkit.models import LocalModel  # noqa: E402
from labkit.models.runtime import device  # noqa: E402

PROMPT = [7] * 128  # token ids
Writing = Callable[[int], Any]  # told how many tokens to write


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--shapes", nargs="+", default=["1.5b", "7b"])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 32])
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--long", type=int, default=8192)
    args = parser.parse_args()
    device.resolve_device(args.device, 0)  # an error on a machine without a card
    card = torch.cuda.get_device_name() if args.device.startswith("cuda") else "no card"
    print(f"{card}; {machine('torch', 'transformers')}")
    print(f"\n{'shape':8} {'way':10} {'batch':>5} {'tokens':>6} {'tokens/s':>9} {'ratio':>6} {'peak MB':>8}")
    for shape in args.shapes:
        network = network_of(shape, torch.bfloat16).to(args.device)
        model = LocalModel(shape, network, labkit.load("r1-mini").tokenizer, family="deepseek-r1")
        model.end_ids = []  # noise would end a text now and then
        for batch in args.batches:
            base = row(shape, "generate", batch, args.tokens, by_generate(network, batch))
            row(shape, "labkit", batch, args.tokens, by_labkit(model, batch), base)
        base = row(shape, "long", 1, args.long, by_thought(model, None))
        row(shape, "long + qk", 1, args.long, by_thought(model, "qk"), base)
        del network, model


def row(shape: str, way: str, batch: int, tokens: int, write: Writing, base: float | None = None) -> float:
    """Prints a line; returns its tokens a second."""
    write(2)  # what is compiled once
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    reading, all_ = seconds(write, 1), seconds(write, tokens + 1)
    rate = batch * tokens / (all_ - reading)
    peak = torch.cuda.max_memory_allocated() / 1e6 if torch.cuda.is_available() else float("nan")
    ratio = f"{(base or rate) / rate:.2f}"
    print(f"{shape:8} {way:10} {batch:>5} {tokens:>6} {rate:>9.1f} {ratio:>6} {peak:>8.0f}", flush=True)
    return rate


def seconds(write: Writing, tokens: int) -> float:
    """Of writing so many tokens."""
    wait = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    wait()
    start = time.perf_counter()
    write(tokens)
    wait()
    return time.perf_counter() - start


def by_generate(network: Any, batch: int) -> Writing:
    """Stock `transformers`, greedily."""
    ids = torch.tensor([PROMPT] * batch, device=network.device)
    options = {"attention_mask": torch.ones_like(ids), "do_sample": False}
    return lambda n: network.generate(ids, max_new_tokens=n, min_new_tokens=n, **options)


def by_labkit(model: LocalModel, batch: int) -> Writing:
    """A group of rollouts, as students sample it."""
    return lambda n: model.sample("7" * 100, n=batch, max_new_tokens=n)


def by_thought(model: LocalModel, capture: str | None) -> Writing:
    """One thought, with its inside or without."""
    return lambda n: model.think("7" * 100, max_new_tokens=n, show=False, capture=capture)


if __name__ == "__main__":
    main()
