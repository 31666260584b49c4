"""Traces of any shape, for property tests."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from labkit.traces import SamplingParams, Tokens, Trace

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
words = st.lists(
    st.sampled_from(["<think>", "</think>", "Wait, ", "3 + 5 = 8: ", "\n", "\n\n", "é", "😀"])
).map("".join)
logprobs = st.floats(-50, 0)


@st.composite
def traces(draw: Any) -> Trace:
    """A trace whose tokens cut its text at arbitrary bytes, with any of its columns absent."""
    text = draw(texts | words)
    raw = text.encode()
    cuts = sorted(draw(st.sets(st.integers(0, len(raw)), max_size=8)) | {0, len(raw)})
    sizes = [b - a for a, b in itertools.pairwise(cuts)] + [0] * draw(st.integers(0, 1))
    n, k = len(sizes), draw(st.integers(0, 3))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.just([]) | st.lists(values, min_size=n, max_size=n))

    ids = st.integers(0, 200_000)
    top = draw(st.booleans())
    rows = [st.lists(each, min_size=k, max_size=k) for each in (ids, logprobs)]
    tokens = Tokens(
        ids=draw(st.lists(ids, min_size=n, max_size=n)),
        sizes=sizes,
        texts=column(texts),
        logprobs=column(logprobs),
        entropies=column(st.floats(0, 12)),
        times=column(st.floats(0, 1e6)),
        top_ids=draw(st.lists(rows[0], min_size=n, max_size=n)) if top else [],
        top_logprobs=draw(st.lists(rows[1], min_size=n, max_size=n)) if top else [],
    )
    return Trace(
        model=draw(texts),
        family=draw(st.sampled_from(["", "r1-mini", "r1"])),
        prompt=draw(texts),
        text=text,
        tokens=tokens,
        pieces=draw(st.dictionaries(ids, texts, max_size=4)),
        opened=draw(st.booleans()),
        finish=draw(st.sampled_from(["stop", "length", "interrupted"])),
        settings=SamplingParams(seed=draw(st.none() | st.integers(-(2**63), 2**63))),
    )
