"""How fast a real distill writes here, in how much memory, by precision: random weights of the exact shape.

    python tests/bench/real_shapes.py [--tokens 24] [--context 512] [--folder FOLDER]

On a processor, the shape of DeepSeek-R1-Distill-Qwen-1.5B, in a folder as the hub would give it (3.6 GB, kept if
`--folder` says where), loaded with `labkit.load(folder, dtype=...)`:

- generate   stock `transformers.generate` in bfloat16: the baseline
- bfloat16, int8, int4   labkit's loop, which also keeps logprobs, entropies and alternatives
- ... + qk   the same with capture="qk": queries and keys of all layers and heads

All write greedily at the same context and take turns *token by token*, so that whatever else the machine does falls
on all alike; a ratio is the median over tokens of that within a turn, with quartiles. Beside it, one process a way
alone: seconds of loading, seconds from `think` to its first token (a prompt of 128), the memory of its own that it
holds once loaded and at most, and the weights that it uses as they lie in the file (in bfloat16 all of them).
For a card: `real_shapes_cuda.py`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from threading import Event, Thread
from typing import Any

import torch

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(Path(__file__).parent)]
from _machine import child, machine  # noqa: E402
from capture_peers import START, quartiles, random_distill  # noqa: E402

DTYPES = ("bfloat16", "int8", "int4")
WAYS = ["generate", *(f"{dtype}{captured}" for dtype in DTYPES for captured in ("", " + qk"))]
WARM = 2  # first tokens, left out
PROMPT = 128  # tokens of the prompt of a first token


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--turns", action="store_true", help="one process's work: all ways in turns")
    parser.add_argument("--alone", choices=WAYS, help="one process's work: one way")
    args = parser.parse_args()
    if args.turns:
        return print(json.dumps(turns(args.folder, args.ways, args.tokens, args.context)))
    if args.alone:
        return print(json.dumps(alone(args.folder, args.alone)))
    print(machine("torch", "transformers"))
    with nullcontext(args.folder) if args.folder else tempfile.TemporaryDirectory() as folder:
        if not (Path(folder) / "config.json").is_file():
            write(Path(folder))
        table(args, str(folder))
    return None


def write(folder: Path) -> None:
    """The random distill as a folder; R1-mini's tokenizer stands in for its own, whose weights are elsewhere."""
    import labkit

    random_distill(torch.bfloat16).save_pretrained(folder, max_shard_size="2GB")
    labkit.load("r1-mini").tokenizer.save_pretrained(folder)


def table(args: argparse.Namespace, folder: str) -> None:
    """One row a way."""
    given = ["--folder", folder]
    timed = child([*given, "--turns", "--tokens", str(args.tokens), "--context", str(args.context), "--ways", *args.ways],
                  seconds=3600, gigabytes=None)  # fmt: skip
    if "died" in timed:
        return print(timed["died"])
    base = timed[args.ways[0]]
    print(f"\n{args.tokens} tokens at a context of {args.context}")
    print(f"{'way':14} {'tokens/s':>8} {'ratio of time':>14} {'quartiles':>13} {'against its own without qk':>27} "
          f"{'loading s':>9} {'first token s':>13} {'held MB':>8} {'peak MB':>8} {'mapped MB':>9}")  # fmt: skip
    for way in args.ways:
        low, middle, high = quartiles(timed[way], base)
        own = timed.get(way.removesuffix(" + qk"))
        against = f"{quartiles(timed[way], own)[1]:.3f}" if own and way.endswith("qk") else ""
        one = child([*given, "--alone", way], seconds=1800, gigabytes=None)
        rest = f"{one['load']:>9.1f} {one['first']:>13.2f} {one['held']:>8.0f} {one['peak']:>8.0f} {one['mapped']:>9.0f}" if "load" in one else one["died"]  # fmt: skip
        print(f"{way:14} {1 / statistics.median(timed[way]):>8.2f} {middle:>14.2f} {low:>6.2f} - {high:<4.2f} {against:>27} {rest}",
              flush=True)  # fmt: skip
    return None


def turns(folder: Path, ways: list[str], tokens: int, context: int) -> dict[str, list[float]]:
    """Seconds of each token by way, one token of each in turn."""
    networks = {dtype: loaded(folder, dtype).network for dtype in dict.fromkeys(map(dtype_of, ways))}
    ids = torch.randint(0, 250, (1, context - tokens), generator=torch.Generator().manual_seed(0))
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    with torch.inference_mode():
        writers = {way: START[kind(way)](networks[dtype_of(way)], ids, tokens) for way in ways}
        for i in range(tokens):
            for way in [*ways[i % len(ways) :], *ways[: i % len(ways)]]:
                attention = "labkit_capture" if kind(way) == "capture" else "sdpa"
                networks[dtype_of(way)].set_attn_implementation(attention)
                start = time.perf_counter()
                next(writers[way])
                if i >= WARM:
                    seconds[way].append(time.perf_counter() - start)
        for writer in writers.values():
            if hasattr(writer, "close"):
                writer.close()
    return seconds


def alone(folder: Path, way: str) -> dict[str, float]:
    """Seconds of loading and to the first token, MB of the process once loaded and at its peak."""
    import labkit

    labkit.load("r1-mini").think("7", max_new_tokens=2, show=False)  # what is imported and compiled once
    peak = Peak()
    start = time.perf_counter()
    model = loaded(folder, dtype_of(way))
    load, held = time.perf_counter() - start, anonymous()
    if kind(way) == "generate":
        ids = torch.randint(0, 250, (1, PROMPT), generator=torch.Generator().manual_seed(0))
        writer = START["generate"](model.network, ids, 4)
        start = time.perf_counter()
        next(writer)
        first = time.perf_counter() - start
        next(writer)
    else:
        capture = "qk" if kind(way) == "capture" else None
        trace = model.think("7" * (PROMPT - 12), max_new_tokens=2, temperature=0, show=False, capture=capture)
        first = trace.tokens.times[0]
    return {"load": load, "first": first, "held": held, "peak": peak.stop(), "mapped": file_pages()}


def loaded(folder: Path, dtype: str) -> Any:
    """The model in a precision, which never ends a text."""
    import labkit

    model = labkit.load(folder, dtype=dtype)
    model.network.generation_config.eos_token_id = None
    model.network.generation_config.pad_token_id = 0
    return model


def dtype_of(way: str) -> str:
    """The precision of a way."""
    return "bfloat16" if way == "generate" else way.split()[0]


def kind(way: str) -> str:
    """What `capture_peers` calls it."""
    return "generate" if way == "generate" else "capture" if way.endswith("qk") else "decode"


class Peak(Thread):
    """The most memory of its own that this process holds, looked at a hundred times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.done = anonymous(), Event()
        self.start()

    def run(self) -> None:
        while not self.done.wait(0.01):
            self.most = max(self.most, anonymous())

    def stop(self) -> float:
        """MB."""
        self.done.set()
        self.join()
        return self.most


def anonymous() -> float:
    """MB that this process holds beside the pages of files, which the system takes back where it must."""
    return status("RssAnon")


def file_pages() -> float:
    """MB of files that are mapped: weights that are used as they lie on the disk."""
    return status("RssFile")


def status(key: str) -> float:
    """MB by a key of /proc/self/status."""
    with open("/proc/self/status") as file:
        return int(next(line for line in file if line.startswith(key)).split()[1]) / 1e3


if __name__ == "__main__":
    main()
