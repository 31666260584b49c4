"""What does a lens cost? Seconds, bytes and memory of a LensView, against keeping every layer's distribution.

    python tests/bench/lens_view.py                 # R1-mini and a random 1.5B-shape, on 2 threads
    python tests/bench/lens_view.py --tokens 2048   # of the large one

The baseline is the plain way: softmax of (layers + 1) x positions x vocabulary at once, which is computed
where it fits and whose size is printed where it does not.
"""

from __future__ import annotations

import argparse
import platform
import time

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

import labkit
from labkit.models import LocalModel
from labkit.models.runtime.memory_budget import format_bytes
from labkit.traces import Tokens, Trace
from labkit.views import LensView

DISTILL = {  # DeepSeek-R1-Distill-Qwen-1.5B (facts, section 2.1)
    "vocab_size": 151_936, "hidden_size": 1_536, "intermediate_size": 8_960, "num_hidden_layers": 28,
    "num_attention_heads": 12, "num_key_value_heads": 2, "max_position_embeddings": 131_072, "tie_word_embeddings": False,
}  # fmt: skip


def at_random(tokens: int) -> tuple[LocalModel, Trace]:
    """A random model of the 1.5B distill's shape in bfloat16, and a trace that it did not write."""
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    network = Qwen2ForCausalLM(Qwen2Config(**DISTILL)).eval()
    torch.set_default_dtype(torch.float32)
    model = LocalModel("1.5B-shape, random", network, labkit.load().tokenizer, family="qwen2")
    ids = torch.randint(300, 1_300, (tokens,)).tolist()
    columns = Tokens(ids=ids[16:], sizes=[0] * (tokens - 16))
    trace = Trace(
        model=model.name, prompt="random", prompt_ids=ids[:16], text="", tokens=columns, finish="length"
    )
    return model, trace


def seconds(work: object) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def measure(model: LocalModel, trace: Trace) -> None:
    """Prints the rows of one model."""
    n, layers = len(trace.prompt_ids) + len(trace), model.network.config.num_hidden_layers
    print(f"\n{model.name}: {layers} layers, {n:,} tokens, {model.network.dtype}")
    forward = seconds(
        lambda: model.network.base_model(torch.tensor([[*trace.prompt_ids, *trace.tokens.ids]]))
    )
    made: list[LensView] = []
    opened = seconds(lambda: made.append(LensView(trace, model)))
    view = made[0]
    print(f"  plain forward pass            {forward:8.2f} s")
    print(f"  LensView opened               {opened:8.2f} s   ({opened / forward:.2f} of it)")
    print(f"  kept: {view._data.lenses['logit'].residuals.held}")
    sizes, times = [], []
    for first in (n // 2, n // 4, n // 8):
        ask = {"ask": "tile", "id": 1, "kind": "logit", "target": 1, "first": first, "last": first + 16}
        began = time.perf_counter()
        _, data = view.answer(ask)
        times.append(time.perf_counter() - began)
        sizes.append(len(data))
    print(f"  a new tile of 16 columns      {min(times):8.3f} s   {sizes[0]:,} bytes, wherever it is")
    _, depths = view.answer({"ask": "depths", "id": 2, "kind": "logit"})
    print(f"  first paint                   {sizes[0] + len(depths):,} bytes (a tile and the strip)")
    every = 4 * (layers + 1) * n * model.network.config.vocab_size
    print(f"  every distribution at once    {format_bytes(every)}", end="")
    if every < 2e9:
        streams = view._data.lenses["logit"].residuals.window(0, n)
        head, norm = model.network.lm_head, model.network.base_model.norm
        with torch.no_grad():
            print(f", {seconds(lambda: head(norm(streams)).float().softmax(-1)):.2f} s")
    else:
        print(" (not computed)")


def main() -> None:
    """Both models in one run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, default=512, help="of the large model's trace (default 512)")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(f"{platform.processor() or platform.machine()}, {args.threads} threads, torch {torch.__version__}")
    with torch.no_grad():
        model = labkit.load()
        measure(model, model.think("Using 3, 5 and 9, make 24.", show=False))
        measure(*at_random(args.tokens))


if __name__ == "__main__":
    main()
