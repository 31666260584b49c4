"""Seconds and memory of reading a thought of 32,000 tokens, and of opening 10,000 thoughts.

    python tests/bench/read_text.py

The network has random weights in the shape of R1-mini with a longer context: `read_text` computes the same for any weights.
The thoughts are copies of one thought of R1-mini, one JSON line each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from _machine import machine, peak_mb

import labkit
from labkit.models import LocalModel
from labkit.traces.writers import rows_of

TOKENS = 32_000
THOUGHTS = 10_000
PROMPT = "Using 3, 5 and 9, make 24."


def long_model() -> LocalModel:
    """A random network with the shape and the tokenizer of R1-mini, and a context of 40,000 tokens."""
    from transformers import AutoModelForCausalLM

    model = labkit.load("r1-mini").local()
    config = type(model.network.config)(
        **{**model.network.config.to_dict(), "max_position_embeddings": 40_000}
    )
    return LocalModel(
        "long", AutoModelForCausalLM.from_config(config).eval(), model.tokenizer, family=model.family
    )


def read_long_thought() -> None:
    """Reads a text of about `TOKENS` tokens."""
    model = long_model()
    line = "3 * 5 = 15: 15 + 9 = 24 vs 24, 0 off.\n"
    per_line = len(model.tokenizer.encode(line, add_special_tokens=False))
    before, began = peak_mb(), time.perf_counter()
    trace = model.read_text(PROMPT, line * (TOKENS // per_line), show=False)
    seconds = time.perf_counter() - began
    print(
        f"read {len(trace):,} tokens in {seconds:.1f} s ({len(trace) / seconds:,.0f} tokens/s); peak +{peak_mb() - before:.0f} MB"
    )


def open_thoughts() -> None:
    """Opens a file of `THOUGHTS` thoughts: the first one, the last one, all of them."""
    import json

    trace = labkit.load("r1-mini").think(PROMPT, seed=0, show=False)
    (row,) = rows_of([trace], complete=False)
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "thoughts.jsonl"
        line = json.dumps(row) + "\n"
        path.write_text(line * THOUGHTS, encoding="utf-8", newline="\n")
        before, began = peak_mb(), time.perf_counter()
        traces = labkit.open(path)
        first = time.perf_counter() - began
        count = len(traces)
        counted = time.perf_counter() - began
        right = sum("(3 * 5) + 9" in each.answer for each in traces)
        total = time.perf_counter() - began
    print(f"{count:,} thoughts, {len(line) * THOUGHTS / 1e6:.0f} MB of JSON lines: first after {first:.2f} s, counted after "
          f"{counted:.1f} s, each answer read after {total:.1f} s ({right:,} matched); peak +{peak_mb() - before:.0f} MB")  # fmt: skip


if __name__ == "__main__":
    print(machine("torch", "transformers"))
    if "thoughts" not in sys.argv:
        read_long_thought()
    open_thoughts()
