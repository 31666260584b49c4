"""The exercises of the lesson *A real distill*."""

from collections.abc import Callable
from typing import Any

from labkit.course.checks import Case
from labkit.course.registry import Exercise


def _near(tokens: float) -> Callable[[Any], bool]:
    return lambda mine: abs(mine - tokens) < 1_000


def _cases(llama: Any) -> tuple[Case, ...]:
    """The right number from the catalog's entry `llama`."""
    slips: list[tuple[Any, str]] = [
        (_near(llama.parameters / llama.kv(1)), "Close: a weight in bf16 takes two bytes."),
        (lambda mine: 0 < mine < 1, "Upside down: divide the bytes of the weights by those of one token."),
        (lambda mine: mine > 0, "Divide the bytes of the weights by the bytes that one token adds."),
    ]
    return (Case((), _near(llama.bytes() / llama.kv(1)), slips, "a number of tokens"),)


EXERCISES = (
    Exercise(
        "distill-1",
        writes="cache_bytes",
        minutes=7,
        cases=(
            Case(
                (28, 2, 128, 1),
                28_672,
                [
                    (14_336, "Close: half of it. Keys and values both, and two bytes a number."),
                    (7_168, "Close: a quarter of it. Keys and values both, and two bytes a number."),
                ],
            ),
            Case((28, 8, 128, 8_000), 917_504_000, {114_688: "Close: that is one token. Times the tokens."}),
        ),
        hint="Keys and values (2), for each layer, each KV head, each of its numbers, 2 bytes, each token.",
        solution=(
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return 2 * layers * kv_heads * head_size * 2 * tokens\n"
        ),
        done="Right: the second call is Qwen3-0.6B, 918 MB for 8,000 tokens.",
        talk="Ask which of the four numbers an architect can lower without losing layers: the KV heads (GQA).",
        wrong={
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return layers * kv_heads * head_size * 2 * tokens": "half of it",
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return layers * kv_heads * head_size * tokens": "a quarter of it",
            "def cache_bytes(layers, kv_heads, head_size, tokens):\n"
            "    return 2 * layers * kv_heads * head_size * 2": "Times the tokens",
        },
    ),
    Exercise(
        "distill-2",
        writes="my_tokens",
        value=True,
        asks="a number of tokens",
        minutes=6,
        cases=_cases,
        hint="`llama.bytes()` are its weights in bytes, `llama.kv(1)` is what one token adds.",
        solution="my_tokens = llama.bytes() / llama.kv(1)\n",
        done="Right: and its context is longer than that.",
        talk="At the full context the cache is larger than the model, so servers count their users in tokens.",
        wrong={
            "my_tokens = llama.parameters / llama.kv(1)": "two bytes",
            "my_tokens = llama.kv(1) / llama.bytes()": "Upside down",
            "my_tokens = llama.bytes()": "Divide the bytes",
        },
        setup=("import json", "llama ="),
        context="llama=llama",
    ),
)
