"""Generation that keeps queries and keys, against generation that does not, and against eager attention weights.

    python tests/bench/capture_peers.py [--models r1-mini 1.5b] [--lengths 512 1024 2048] [--tokens 48]

Four ways to write the same greedy tokens with the same network:

- generate   stock `transformers.generate`, SDPA: the baseline
- decode     labkit's loop, which also keeps logprobs, entropies and alternatives, without capture
- capture    the same with capture="qk": queries and keys of all layers and heads
- eager      stock `generate` with eager attention and `output_attentions=True`

`1.5b` is a random network in the shape of DeepSeek-R1-Distill-Qwen-1.5B. Each reads T - n random tokens and then
writes n, so a token's time is that at a context of T; writing all T would take an hour. The four take turns *token
by token* (each waits in a greenlet while another computes), so that whatever else the machine does
falls on all alike; the figure is the median over tokens of the ratio within a turn, with its quartiles, and the
same of processor time, which does not count while others compute.
Peak memory is that of one process for each, above the loaded network.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from greenlet import getcurrent, greenlet

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(Path(__file__).parent)]
from _machine import child, forget_peak, machine, peak_mb  # noqa: E402

WAYS = ("generate", "decode", "capture", "eager")
ATTENTION = {"generate": "sdpa", "decode": "sdpa", "capture": "labkit_capture", "eager": "eager"}
SHAPES = {
    "1.5b": {"vocab_size": 151_936, "hidden_size": 1536, "intermediate_size": 8960, "num_attention_heads": 12,
             "num_key_value_heads": 2},
    "7b": {"vocab_size": 152_064, "hidden_size": 3584, "intermediate_size": 18_944, "num_attention_heads": 28,
           "num_key_value_heads": 4},
}  # fmt: skip
WARM = 2  # first tokens, left out


def main() -> None:
    """Prints a table for each model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", nargs="+", default=["r1-mini", "1.5b"])
    parser.add_argument("--lengths", type=int, nargs="+", default=[512, 1024, 2048])
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--rounds", type=int, help="how often to begin anew; 5 for r1-mini, 1 for 1.5b")
    parser.add_argument("--threads", type=int, default=1, help="1 is steadier where others use the machine")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--cell", nargs="+", help="model, length and ways: one process's work")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.cell:
        name, length, *ways = args.cell
        rounds = args.rounds or (5 if name == "r1-mini" else 1)
        return print(json.dumps(cell(name, int(length), ways, args.tokens, rounds, args.dtype)))
    print(machine("torch", "transformers"), f"- {args.threads} threads, {args.dtype}")
    for name in args.models:
        print(f"\n{name}: {args.tokens} tokens at a context of T")
        print(
            f"{'T':>6} {'way':10} {'ms/token':>9} {'ratio':>6} {'quartiles':>14} {'cpu ratio':>9} {'reading s':>10} {'peak MB':>8}"
        )
        for length in args.lengths:
            report(name, length, args)
    return None


def report(name: str, length: int, args: argparse.Namespace) -> None:
    """The rows of one length."""
    options = ["--tokens", str(args.tokens), "--threads", str(args.threads), "--dtype", args.dtype]
    if args.rounds:
        options += ["--rounds", str(args.rounds)]
    timed = child(["--cell", name, str(length), *args.ways, *options], seconds=3600, gigabytes=None)
    if "died" in timed:
        print(f"{length:>6} {timed['died']}")
        return
    for way in args.ways:
        low, middle, high = quartiles(timed["token"][way], timed["token"][args.ways[0]])
        _, of_cpu, _ = quartiles(timed["cpu"][way], timed["cpu"][args.ways[0]])
        alone = {} if args.no_memory else child(
            ["--cell", name, str(length), way, *options[:1], "4", *options[2:]], seconds=1800, gigabytes=None
        )  # fmt: skip
        peak = f"{alone['peak']:.0f}" if "peak" in alone else alone.get("died", "-")
        print(
            f"{length:>6} {way:10} {1e3 * statistics.median(timed['token'][way]):>9.2f} {middle:>6.2f} "
            f"{low:>6.2f} - {high:<5.2f} {of_cpu:>9.2f} {statistics.median(timed['read'][way]):>10.2f} {peak:>8}",
            flush=True,
        )


def quartiles(seconds: list[float], base: list[float]) -> list[float]:
    """Of the ratios of tokens that were written in the same turn."""
    return statistics.quantiles([a / b for a, b in zip(seconds, base, strict=True)], n=4)


def cell(name: str, length: int, ways: list[str], tokens: int, rounds: int, dtype: str) -> dict[str, Any]:
    """Seconds of each token by way, seconds of reading, and the peak above the loaded network."""
    network = network_of(name, getattr(torch, dtype))
    vocabulary = min(1000, network.config.vocab_size)
    token: dict[str, list[float]] = {way: [] for way in ways}
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    reading: dict[str, list[float]] = {way: [] for way in ways}
    with torch.inference_mode():
        network(
            input_ids=torch.zeros(1, 128, dtype=torch.long), logits_to_keep=1
        )  # whoever is first pays no more
        forget_peak()
        before = peak_mb()
        for turn in range(rounds):
            ids = torch.randint(
                0, vocabulary, (1, length - tokens), generator=torch.Generator().manual_seed(turn)
            )
            writers = {way: START[way](network, ids, tokens) for way in ways}
            for i in range(tokens):
                for way in [*ways[turn % len(ways) :], *ways[: turn % len(ways)]]:
                    network.set_attn_implementation(ATTENTION[way])
                    start, worked = time.perf_counter(), time.process_time()
                    next(writers[way])
                    took, worked = time.perf_counter() - start, time.process_time() - worked
                    if i == 0:
                        reading[way].append(took)
                    elif i >= WARM:
                        token[way].append(took)
                        cpu[way].append(worked)
            for writer in writers.values():
                with contextlib.suppress(AttributeError):
                    writer.close()
    return {"token": token, "cpu": cpu, "read": reading, "peak": peak_mb() - before}


# -- the four ways, as iterators of tokens -------------------------------------------------------------


def by_generate(network: Any, ids: torch.Tensor, tokens: int, **settings: Any) -> Iterator[None]:
    """`transformers.generate`, which gives the word back after each token."""
    main = getcurrent()

    def pause(*_: Any) -> torch.Tensor:
        main.switch()
        return torch.zeros(1, dtype=torch.bool)

    def run() -> None:
        network.generate(
            ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=tokens + 1,
            stopping_criteria=[pause], **settings,
        )  # fmt: skip

    writer = greenlet(run)
    for _ in range(tokens):
        writer.switch()
        yield


def by_decode(network: Any, ids: torch.Tensor, tokens: int, keeper: Any = None) -> Iterator[Any]:
    """labkit's decoding loop, as `model.think` runs it."""
    from labkit.models.local.sampling import sample_batch
    from labkit.traces import SamplingParams

    params = SamplingParams(temperature=0, top_p=1, max_new_tokens=tokens + 1)
    return sample_batch(
        network, ids, params, end_ids=[], alternatives=8, generator=torch.Generator(), keeper=keeper
    )


def by_capture(network: Any, ids: torch.Tensor, tokens: int) -> Iterator[Any]:
    """The same, with a keeper of queries and keys."""
    from labkit.models.capture.capture import Capture, QKRecorder

    keeper = QKRecorder(network, Capture(), ids.shape[1] + tokens + 1)
    return by_decode(network, ids, tokens, keeper)


def by_eager(network: Any, ids: torch.Tensor, tokens: int) -> Iterator[None]:
    """`generate`, asked for attention weights."""
    return by_generate(network, ids, tokens, output_attentions=True, return_dict_in_generate=True)


START: dict[str, Callable[..., Iterator[Any]]] = {
    "generate": by_generate, "decode": by_decode, "capture": by_capture, "eager": by_eager,
}  # fmt: skip


def network_of(name: str, dtype: torch.dtype) -> Any:
    """The network to write with, which never ends a text."""
    if name == "1.5b":
        network = random_distill(dtype)
    else:
        import labkit

        network = labkit.load(name).network.to(dtype)
    network.generation_config.eos_token_id = None
    network.generation_config.pad_token_id = 0
    return network


def random_distill(dtype: torch.dtype, shape: str = "1.5b") -> Any:
    """A random Qwen2 in the shape of DeepSeek-R1-Distill-Qwen-1.5B or -7B: one block of noise, repeated, since
    drawing 1.8 billion numbers takes longer than the measurement."""
    from transformers import Qwen2Config, Qwen2ForCausalLM
    from transformers.initialization import no_init_weights

    config = Qwen2Config(
        **SHAPES[shape], num_hidden_layers=28, max_position_embeddings=131_072, tie_word_embeddings=False
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with no_init_weights():
            network = Qwen2ForCausalLM(config)
    finally:
        torch.set_default_dtype(before)
    noise = 0.02 * torch.randn(1 << 20, generator=torch.Generator().manual_seed(0)).to(dtype)
    for name, weight in network.named_parameters():
        if weight.ndim == 1:
            weight.data.fill_(float("norm" in name))
        else:
            for part in weight.data.view(-1).split(len(noise)):
                part.copy_(noise[: len(part)])
    return network.eval()


if __name__ == "__main__":
    main()
