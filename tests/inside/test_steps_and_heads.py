"""Step-to-step attention and the scores of heads, against loops and against attention made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import labkit
from labkit import LabkitError, Trace
from labkit.inside import attention, blocks, find, step_attention
from labkit.inside.attention.heads import positions_in_prompt
from labkit.inside.attention.steps import kurtosis, sentences, vertical_scores
from labkit.models.capture.qk_capture import AttentionLayout, QKCapture
from labkit.traces import Tokens

PROMPT = "Using 3, 5 and 9, make 24."


@pytest.fixture(scope="module")
def trace(model: labkit.models.Model) -> Trace:
    return model.think(PROMPT, seed=1, show=False, capture="qk")


def test_the_parts_cover_every_position_once_and_in_order(trace: Trace) -> None:
    parts = blocks(trace)
    assert (parts[0].role, parts[0].last) == ("prompt", len(trace.prompt_ids))
    assert [p.first for p in parts[1:]] == [p.last for p in parts[:-1]]
    assert parts[-1].last == trace.inside.count
    assert [p.number for p in parts if p.role == "step"] == [s.number for s in trace.steps]


def test_sentences_are_parts_of_their_steps(trace: Trace) -> None:
    p, found = len(trace.prompt_ids), sentences(trace)
    assert len(found) > len(trace.steps)
    for step in trace.steps:
        mine = [b for b in found if b.number == step.number]
        first, last = trace.token_range(step.start, step.end)
        assert (mine[0].first, mine[-1].last) == (p + first, p + last)
    for b in found:
        assert "".join(trace.tokens.texts[b.first - p : b.last - p]).strip() == b.gist


@pytest.mark.parametrize("how", ["mean", "share"])
def test_steps_are_averages_of_their_tokens(trace: Trace, how: str) -> None:
    weights, parts = attention(trace, 2, 3), blocks(trace)
    got = step_attention(trace, 2, 3, how=how)  # type: ignore[arg-type]
    for a, rows in enumerate(parts):
        for b, cols in enumerate(parts):
            pairs = [
                (i, j) for i in range(rows.first, rows.last) for j in range(cols.first, cols.last) if j <= i
            ]
            total = sum(weights[p] for p in pairs)
            want = total / max(1, len(pairs)) if how == "mean" else total / (rows.last - rows.first)
            assert got[a, b] == pytest.approx(want, abs=1e-5)
    if how == "share":
        np.testing.assert_allclose(got.sum(1), 1, atol=1e-5)


def test_vertical_scores_leave_the_near_past_out() -> None:
    matrix = np.zeros((8, 8), np.float32)
    matrix[4:, 0] = 0.5  # from four later on
    matrix[1:4, 0] = 9.0  # nearer: does not count
    matrix[7, 3] = 1.0
    np.testing.assert_allclose(vertical_scores(matrix), [0.5, 0, 0, 1.0])


def test_kurtosis_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 10.0], np.float32)
    d = values - 4
    assert kurtosis(values) == pytest.approx((d**4).mean() / (d**2).mean() ** 2 - 3)
    assert kurtosis(np.ones(5, np.float32)) == 0


# -- heads: a head is built that does one thing, and must be found ---------------------------------------


def built(
    ids: list[int], columns: dict[tuple[int, int], list[int]], layers: int = 2, heads: int = 3
) -> Trace:
    """A trace whose head (layer, head) looks from row i at `columns[layer, head][i]` alone; the others are even."""
    n = len(ids)
    queries, keys = torch.zeros(n, layers, heads, n), torch.zeros(n, layers, heads, n)
    keys[torch.arange(n), :, :, torch.arange(n)] = 1.0
    for (layer, head), at in columns.items():
        queries[torch.arange(n), layer, head, torch.tensor(at)] = 40.0
    inside = QKCapture(queries, keys, [AttentionLayout(1.0)] * layers, list(range(layers)), 3)
    tokens = Tokens(ids=ids[3:], sizes=[2] * (n - 3), texts=["a "] * (n - 3))
    return Trace(
        model="m", prompt="7 make 12", prompt_ids=ids[:3], prompt_texts=["7", " make ", "12"],
        text="a " * (n - 3), tokens=tokens, finish="stop",
    ).attach(inside=inside)  # fmt: skip


IDS = [5, 6, 7, 8, 5, 6, 7, 9, 5, 6]
FOLLOWERS = [0, 0, 0, 0, 1, 2, 3, 0, 5, 6]  # after the last earlier 5 came 6, and so on


@pytest.mark.parametrize(("what", "columns"), [
    ("previous-token", [0, *range(9)]), ("first-token", [0] * 10), ("induction", FOLLOWERS), ("target", [0, 0, *[2] * 8]),
])  # fmt: skip
def test_a_head_that_does_one_thing_is_found_first(what: str, columns: list[int]) -> None:
    found = find(built(IDS, {(1, 2): columns}), what)  # type: ignore[arg-type]
    best = found.heads[0]
    assert (best.layer, best.head) == (1, 2)
    assert best.score == pytest.approx(1, abs=1e-4)
    assert found.heads[1].score < 0.6
    assert found.rows_read == 10 and found.source and found.description


def test_a_receiver_head_looks_at_one_sentence_from_afar() -> None:
    text = "".join(f"s{i}. " for i in range(12))
    n = 3 + 12
    base = built(list(range(5, 5 + n)), {(0, 1): [0, 1, 2, *[min(i, 5) for i in range(3, n)]]})
    tokens = Tokens(ids=list(range(12)), sizes=[len(f"s{i}. ") for i in range(12)])
    trace = base.model_copy(update={"text": "<think>" + text, "tokens": tokens})
    trace = trace.model_copy(update={"text": text, "opened": True}).attach(inside=base.inside)
    found = find(trace, "receiver")
    assert (found.heads[0].layer, found.heads[0].head) == (0, 1)
    assert found.heads[0].score > found.heads[1].score + 1


def test_the_target_is_the_last_number_of_the_prompt_or_what_is_asked(trace: Trace) -> None:
    assert "'24'" in find(trace, "target").description
    at = positions_in_prompt(trace, "24")
    assert [trace.prompt_texts[i].strip() for i in at] == ["24"]
    assert positions_in_prompt(trace, "3") != at


@pytest.mark.parametrize(("call", "said"), [
    (lambda t: find(t, "copy"), r"no 'copy' heads[\s\S]*previous-token"),
    (lambda t: find(t, "target", target="77"), r"'77' is not in the prompt"),
    (lambda t: find(t, "target", target="2"), r"'2' is not in the prompt"),
    (lambda t: find(t.model_copy(update={"prompt": "no number"}), "target"), r"no number to look for"),
    (lambda t: find(built(IDS, {}), "receiver"), r"cannot be identified in \d+ sentences"),
    (lambda t: step_attention(t, 0, 9), r"no head 9"),
    (lambda t: step_attention(t, 0, 0, how="max"), r"how='max'"),
])  # fmt: skip
def test_a_wrong_question_gets_a_sentence(trace: Trace, call, said: str) -> None:
    with pytest.raises(LabkitError, match=said):
        call(trace)
