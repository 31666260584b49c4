"""Made-up traces, the same at every run: no model needed."""

from __future__ import annotations

import math
import random
import re

from labkit.traces import Tokens, Trace
from labkit.traces.builder import SyntheticVocabulary, TraceBuilder

COUNTDOWN = (
    "First 3 and 5, leaving 9.\n3 + 5 = 8: 8 + 9 = 17 vs 24, no. 9 - 8 = 1 vs 24, no. 8 * 9 = 72 vs 24, no.\n"
    "3 * 5 = 15: 15 + 9 = 24 vs 24, yes!\nCheck: 3 * 5 = 15, 15 + 9 = 24 vs 24, right.\n</think>\n\n"
    "<answer>(3 * 5) + 9</answer>"
)
WORDS = re.findall(
    r"\w+",
    "so the sum of these two numbers would be larger than target which means that we should try again with",
)


def cut(text: str) -> list[str]:
    """Words with their space, numbers, signs, line breaks, and the tags whole."""
    return re.findall(r"</?\w+>|\n+| ?\w+| ?[^\w\s]|\s", text)


def trace(text: str = COUNTDOWN, *, tokens: list[str] | None = None, k: int = 5, **fields: object) -> Trace:
    """A trace of `text` with numbers that look like a model's."""
    dice = random.Random(7)
    texts = cut(text) if tokens is None else tokens
    vocab = {t: i for i, t in enumerate(dict.fromkeys([*texts, " 4", " 7", "\n", " wait", " no"]), 10)}
    logprobs, entropies, top_ids, top_logprobs = [], [], [], []
    for t in texts:
        p = dice.choice([0.99, 0.99, 0.98, 0.97, 0.9, 0.999, dice.uniform(0.02, 0.95)])
        others = [v for v in dice.sample(sorted(vocab.values()), min(len(vocab), k + 1)) if v != vocab[t]][
            : k - 1
        ]
        shares = sorted(((1 - p) * 0.6**n * 0.4 for n in range(len(others))), reverse=True)
        top = sorted([(p, vocab[t]), *zip(shares, others, strict=True)], reverse=True)
        logprobs.append(math.log(p))
        entropies.append(-sum(q * math.log(q) for q, _ in top if q > 0))
        top_ids.append([i for _, i in top])
        top_logprobs.append([math.log(max(q, 1e-9)) for q, _ in top])
    columns = Tokens(
        ids=[vocab[t] for t in texts],
        sizes=[len(t.encode()) for t in texts],
        texts=texts,
        logprobs=logprobs,
        entropies=entropies,
        times=[0.01 * i for i in range(len(texts))],
        top_ids=top_ids,
        top_logprobs=top_logprobs,
    )
    defaults: dict[str, object] = {
        "model": "r1-mini", "family": "r1-mini", "prompt": "Using 3, 5 and 9, make 24.", "opened": True, "finish": "stop",
    }  # fmt: skip
    pieces = {i: t for t, i in vocab.items()}
    return Trace.model_validate(
        {**defaults, "text": "".join(texts), "tokens": columns, "pieces": pieces, **fields}
    )


def long(tokens: int = 8000) -> Trace:
    """Paragraphs, as a real distill writes them."""
    dice = random.Random(3)
    openings = [
        "Okay, so",
        "Wait,",
        "Let me",
        "First,",
        "Alternatively,",
        "Hmm,",
        "Therefore",
        "Now",
        "Check:",
    ]
    paragraphs, n = [], 0
    while n < tokens - 12:
        length = min(dice.randint(15, 90), tokens - n)
        paragraphs.append(
            " ".join([dice.choice(openings), *(dice.choice(WORDS) for _ in range(length))]) + "."
        )
        n = len(cut("\n\n".join(paragraphs)))
    text = "\n\n".join(paragraphs) + "\n</think>\n\nThe answer is 24."
    return trace(text, model="r1-distill-qwen-1.5b", family="r1-distill", prompt="How many?")


def head(whole: Trace) -> Trace:
    """The same trace before its first token."""
    fields = {name: getattr(whole, name) for name in Trace.model_fields}
    return Trace(**(fields | {"text": "", "tokens": Tokens(), "pieces": {}, "finish": "interrupted"}))


def builder(whole: Trace) -> TraceBuilder:
    """A builder of the same trace, without tokens yet."""
    return TraceBuilder(head(whole), SyntheticVocabulary.of(whole))


def chunk(whole: Trace, first: int, last: int) -> Tokens:
    """Tokens `[first, last)`."""
    return Tokens(**{name: getattr(whole.tokens, name)[first:last] for name in Tokens.model_fields})


def until(whole: Trace, n: int) -> Trace:
    """The first `n` tokens, as `think` would return them."""
    if n >= len(whole):
        return whole
    tokens = chunk(whole, 0, n)
    pieces = {i: whole.pieces[i] for row in tokens.top_ids for i in row}
    fields = {name: getattr(whole, name) for name in Trace.model_fields}
    changes = {"text": "".join(tokens.texts), "tokens": tokens, "pieces": pieces, "finish": "interrupted"}
    return Trace(**(fields | changes))


def captured(
    whole: Trace | None = None, *, layers: int = 3, heads: int = 4, size: int = 16, seed: int = 0
) -> Trace:
    """A trace with an inside of random queries and keys, as if every token had been read."""
    import torch

    from labkit.inside import QKCapture
    from labkit.models.capture.qk_capture import AttentionLayout

    asked = cut("<user>Using 3, 5 and 9, make 24.</user>")
    texts = {"prompt_texts": asked, "prompt_ids": list(range(900, 900 + len(asked)))}
    read = (trace() if whole is None else whole).model_copy(update=texts)
    n, dice = len(asked) + len(read), torch.Generator().manual_seed(seed)
    queries = 2 * torch.randn(n, layers, heads, size, generator=dice)
    keys = torch.randn(n, layers, heads, size, generator=dice)
    rules = [AttentionLayout(scale=size**-0.5) for _ in range(layers)]
    return read.attach(inside=QKCapture(queries, keys, rules, list(range(layers)), prompt=len(asked)))
