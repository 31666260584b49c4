"""One text under two models: what changed, piece by piece."""

from __future__ import annotations

import math

import pytest
import torch

import labkit
from labkit.errors import BadArgument
from labkit.inside import Comparison, compare, mean_by_kind
from labkit.traces import Tokens, Trace

PROMPT = "Using 3, 5 and 9, make 24."


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    after, before = labkit.load("r1-mini").local(), labkit.load("r1-mini-cold").local()
    text = after.think(PROMPT, seed=3, show=False).text
    return compare(before.read_text(PROMPT, text, show=False), after.read_text(PROMPT, text, show=False))


def test_the_pieces_are_the_tokens_of_one_tokenizer_and_cover_the_text(comparison: Comparison) -> None:
    a, b = comparison.a, comparison.b
    assert "".join(piece.text for piece in comparison.segments) == a.text == b.text
    assert [piece.start for piece in comparison.segments] == a.char_starts[: len(comparison.segments)]
    assert comparison.total == pytest.approx(sum(b.tokens.logprobs) - sum(a.tokens.logprobs), abs=1e-6)
    assert comparison.total > 0, "the model that wrote the text expects it more"
    assert {piece.kind for piece in comparison.segments} >= {"plan", "try", "answer"}
    assert all(a.text[piece.start :].startswith(piece.text) for piece in comparison.segments)
    first, second = comparison.largest(2)
    assert abs(first.difference) >= abs(second.difference)
    assert f"{first.difference:+.2f} nats at {first.text!r}" in repr(comparison)


def test_the_divergence_is_below_the_exact_one_and_close(comparison: Comparison) -> None:
    """The exact divergence comes from the complete distributions of both networks."""
    b = comparison.b
    ids = torch.tensor([[*b.prompt_ids, *b.tokens.ids]])
    rows = slice(len(b.prompt_ids) - 1, -1)
    with torch.inference_mode():
        log_p, log_q = (
            model.network(ids).logits[0, rows, : len(model.tokenizer)].log_softmax(-1)
            for model in (labkit.load("r1-mini").local(), labkit.load("r1-mini-cold").local())
        )
    exact = (log_p.exp() * (log_p - log_q)).sum(-1).tolist()
    bounds = [piece.kl for piece in comparison.segments]
    for bound, value in zip(bounds, exact, strict=True):
        assert math.isnan(bound) or 0 <= bound <= value + 1e-4
    known = [(bound, value) for bound, value in zip(bounds, exact, strict=True) if not math.isnan(bound)]
    assert len(known) > 0.9 * len(exact)
    assert sum(bound for bound, _ in known) > 0.9 * sum(value for _, value in known)


def with_tokens(*texts: str, logprob: float) -> Trace:
    sizes = [len(text.encode()) for text in texts]
    tokens = Tokens(ids=list(range(len(texts))), sizes=sizes, logprobs=[logprob] * len(texts))
    return Trace(model="m", prompt="p", text="".join(texts), tokens=tokens, finish="stop")


def test_two_tokenizers_meet_where_both_have_a_boundary() -> None:
    a, b = with_tokens("é", "3 ", "5", "9", logprob=-1), with_tokens("é3", " ", "59", "", logprob=-2)
    pieces = compare(a, b).segments
    assert [(p.text, p.start, p.logprob_a, p.logprob_b) for p in pieces] == [
        ("é3 ", 0, -2, -4),
        ("59", 3, -2, -4),
    ]
    assert all(math.isnan(p.kl) for p in pieces)


def test_the_mean_of_each_kind_has_an_interval_over_thoughts(comparison: Comparison) -> None:
    (single,) = {mean.n for mean in mean_by_kind([comparison]).values()}
    assert single == 1 and math.isnan(mean_by_kind([comparison])["try"].low)
    means = mean_by_kind([comparison, comparison])
    assert (
        means["try"].low
        == means["try"].mean
        == means["try"].high
        == pytest.approx(comparison.by_kind()["try"])
    )


def test_a_piece_is_a_row(comparison: Comparison) -> None:
    pytest.importorskip("pandas")
    table = comparison.to_frame()
    assert len(table) == len(comparison.segments)
    assert table["difference"].sum() == pytest.approx(comparison.total)


def test_two_texts_and_traces_without_logprobs_get_a_sentence(comparison: Comparison) -> None:
    with pytest.raises(BadArgument, match="no log-probabilities"):
        compare(comparison.a, Trace.from_text(PROMPT, comparison.a.text))
    with pytest.raises(BadArgument, match="two texts"):
        compare(comparison.a, with_tokens("another", logprob=-1))
