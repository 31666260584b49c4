"""Attention from captured queries and keys is the attention that the model computed."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import labkit
from labkit import LabkitError
from labkit.inside import attention as of_trace
from labkit.inside.attention.attention import attention_tile, column, row, rows_of, thumbnails
from labkit.models.capture.capture import Capture, QKRecorder, capturing, prefill
from labkit.models.capture.qk_capture import QKCapture
from labkit.models.local.sampling import sample_batch
from labkit.traces import SamplingParams
from tests.inside.families import VOCABULARY, eager, network

FAMILIES = [
    ("qwen2", None), ("qwen2", 5), ("qwen3", None), ("llama", None), ("mistral", None), ("mistral", 7), ("gpt_oss", 6),
]  # fmt: skip


def some_ids(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(3, VOCABULARY, (1, n), generator=torch.Generator().manual_seed(seed))


def captured(made, ids, chunk: int = 512, **capture) -> QKCapture:
    keeper = QKRecorder(made, Capture(**capture), ids.shape[1])
    prefill(made, ids, keeper, chunk=chunk)
    return keeper.inside(3)


@pytest.mark.parametrize(("family", "window"), FAMILIES)
@pytest.mark.parametrize("chunk", [512, 9])
def test_every_weight_is_that_of_eager_attention(family, window, chunk):
    made, ids = network(family, window=window), some_ids(29)
    inside = captured(made, ids, chunk)
    for layer, want in enumerate(eager(made, ids)):
        for head in range(4):
            got = attention_tile(inside, layer, head, (0, 29), (0, 29), (29, 29)).values
            np.testing.assert_allclose(got, want[head].numpy(), atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    family=st.sampled_from(FAMILIES),
    groups=st.sampled_from([1, 2, 3]), per_group=st.sampled_from([1, 2, 4]), size=st.sampled_from([2, 4, 16]),
    n=st.integers(1, 40), data=st.data(),
)  # fmt: skip
def test_any_tile_of_any_shape(family, groups, per_group, size, n, data):
    name, window = family
    made = network(name, heads=groups * per_group, groups=groups, size=size, window=window, layers=1)
    ids = some_ids(n)
    inside = captured(made, ids, chunk=data.draw(st.integers(1, 45)))
    head = data.draw(st.integers(0, groups * per_group - 1))
    a = data.draw(st.integers(0, n - 1))
    c = data.draw(st.integers(0, n - 1))
    rows, cols = (a, data.draw(st.integers(a + 1, n))), (c, data.draw(st.integers(c + 1, n)))
    got = attention_tile(inside, 0, head, rows, cols, (n, n)).values
    want = eager(made, ids)[0][head][slice(*rows), slice(*cols)]
    np.testing.assert_allclose(got, want.numpy(), atol=1e-5)


@pytest.mark.parametrize(("family", "window"), FAMILIES)
def test_what_is_captured_while_tokens_are_drawn_is_what_a_reader_gets(family, window):
    made, prompt = network(family, window=window), some_ids(5)
    keeper = QKRecorder(made, Capture(), 25)
    with capturing(made, keeper):
        params = SamplingParams(temperature=1.0, top_p=1.0, max_new_tokens=20)
        draws = list(sample_batch(
            made, prompt, params, end_ids=[], keeper=keeper,
            generator=torch.Generator().manual_seed(1),
        ))  # fmt: skip
    drawn = torch.tensor([[int(d.ids[0]) for d in draws]])
    again = captured(made, torch.cat([prompt, drawn], 1))
    inside = keeper.inside(5)
    assert inside.count == 25, "the last token looks back too"
    torch.testing.assert_close(inside.queries, again.queries, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(inside.keys, again.keys, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("family", "window"), FAMILIES)
def test_capture_changes_nothing_that_the_model_says(family, window):
    made, ids = network(family, window=window), some_ids(20)
    with torch.no_grad():
        want = made(ids).logits
        before = made.config._attn_implementation
        with capturing(made, keeper := QKRecorder(made, Capture(), 20)):
            got = made(ids, labkit_recorder=keeper).logits
    torch.testing.assert_close(got, want, atol=2e-5, rtol=1e-4)
    assert made.config._attn_implementation == before


def test_rows_sum_to_one_and_to_less_where_there_are_sinks():
    ids = some_ids(30)
    for family, window in FAMILIES:
        inside = captured(network(family, window=window), ids)
        sums = rows_of(inside, 1, 2, torch.arange(30)).sum(1)
        if family == "gpt_oss":
            assert sums.min() < 0.9 and sums.max() < 1 + 1e-6
        else:
            torch.testing.assert_close(sums, torch.ones(30))


@pytest.fixture(scope="module")
def inside() -> QKCapture:
    return captured(network("qwen2"), some_ids(50))


@pytest.mark.parametrize("how", ["max", "mean", "sum"])
@pytest.mark.parametrize(("rows", "cols", "pixels"), [
    ((0, 50), (0, 50), (50, 50)), ((0, 50), (0, 50), (7, 7)), ((11, 48), (3, 30), (5, 9)), ((0, 4), (30, 50), (4, 4)),
])  # fmt: skip
def test_pooling_is_that_of_a_loop(inside, how, rows, cols, pixels):
    weights = rows_of(inside, 0, 1, torch.arange(50)).numpy()
    found = attention_tile(inside, 0, 1, rows, cols, pixels, how)
    down, across = found.rows_per_pixel, found.cols_per_pixel
    assert all(x <= p for x, p in zip(found.values.shape, pixels, strict=True))
    for (i, j), value in np.ndenumerate(found.values):
        top, left = rows[0] + i * down, cols[0] + j * across
        pairs = [
            (r, c)
            for r in range(top, min(top + down, rows[1]))
            for c in range(left, min(left + across, cols[1]))
            if c <= r
        ]
        part = [weights[p] for p in pairs] or [0.0]
        want = {"max": max(part), "sum": sum(part), "mean": sum(part) / len(part)}[how]
        assert value == pytest.approx(want, abs=1e-6)


def test_thumbnails_of_a_short_trace_read_every_row(inside):
    found = thumbnails(inside, 10)
    assert found.rows_read == 50
    assert found.values.shape == (2, 4, 10, 10)
    np.testing.assert_allclose(
        found.values[1, 3], attention_tile(inside, 1, 3, (0, 50), (0, 50), (10, 10)).values, atol=1e-6
    )
    mean = thumbnails(inside, 10, "mean").values[0, 0]
    np.testing.assert_allclose(
        mean, attention_tile(inside, 0, 0, (0, 50), (0, 50), (10, 10), "mean").values, atol=1e-6
    )


def test_thumbnails_of_a_long_trace_read_some_rows_whole(inside, monkeypatch):
    monkeypatch.setattr(sys.modules[attention_tile.__module__], "ROWS_READ", 50 * 8 * 10)
    found = thumbnails(inside, 10)
    assert found.rows_read == 10
    middle = rows_of(inside, 1, 3, torch.arange(2, 50, 5)).numpy()
    np.testing.assert_allclose(found.values[1, 3], middle.reshape(10, 10, 5).max(-1), atol=1e-6)


def test_a_row_and_a_column_are_those_of_the_whole(inside):
    whole = rows_of(inside, 1, 0, torch.arange(50)).numpy()
    np.testing.assert_allclose(row(inside, 1, 0, 31), whole[31], atol=1e-6)
    np.testing.assert_allclose(column(inside, 1, 0, 31), whole[:, 31], atol=1e-6)


# -- on the shipped model, and what a student types --------------------------------------------------------


@pytest.fixture(scope="module")
def trace(model):
    return model.think("Using 3, 5 and 9, make 24.", seed=1, show=False, capture="qk")


def test_a_thought_of_r1_mini_equals_its_eager_attention(model, trace):
    ids = torch.tensor([[*trace.prompt_ids, *trace.tokens.ids]])
    want = eager(model.network, ids)
    for layer, head in [(0, 0), (2, 3), (4, 4)]:
        np.testing.assert_allclose(of_trace(trace, layer, head), want[layer][head].numpy(), atol=1e-5)
        np.testing.assert_allclose(of_trace(trace, layer, head).sum(1), 1, atol=1e-5)


def test_the_same_seed_thinks_the_same_with_and_without_capture(model, trace):
    plain = model.think("Using 3, 5 and 9, make 24.", seed=1, show=False)
    assert plain.text == trace.text
    assert trace.inside.count == len(trace.prompt_ids) + len(trace)


@pytest.mark.parametrize(("call", "said"), [
    (lambda t: of_trace(t, 5, 0), r"no layer 5[\s\S]*0 to 4"),
    (lambda t: of_trace(t, -1, 0), r"no layer -1"),
    (lambda t: of_trace(t, 0, 5), r"no head 5[\s\S]*0 to 4"),
    (lambda t: of_trace(t, True, 0), r"cannot take layer=True"),
    (lambda t: of_trace(t, 0, 0, rows=(0, 10_000)), r"rows=\(0, 10000\) is not a window"),
    (lambda t: of_trace(t, 0, 0, cols=(9, 9)), r"cols=\(9, 9\) is not a window"),
    (lambda t: of_trace(t, 0, 0, cols="all"), r"is not a window"),
    (lambda t: of_trace(t, 0, 0, pool=(8, 8), how="median"), r"not a way to pool[\s\S]*max, mean, sum"),
    (lambda t: row(t.inside, 0, 0, 100_000), r"no position 100000"),
    (lambda t: of_trace(t.model_copy(update={"text": t.text}), 0, 0), r"without its inside[\s\S]*capture=\"qk\""),
])  # fmt: skip
def test_a_wrong_question_gets_a_sentence(trace, call, said):
    with pytest.raises(LabkitError, match=said):
        call(trace)


@pytest.mark.parametrize("kind", ["softcap", "no attention", "chunked"])
def test_attention_of_another_kind_is_refused_in_words(kind):
    from transformers import Gemma2Config, Gemma2ForCausalLM, MambaConfig, MambaForCausalLM

    if kind == "softcap":
        made = Gemma2ForCausalLM(Gemma2Config(
            vocab_size=64, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=1, head_dim=8,
        ))  # fmt: skip
    elif kind == "no attention":
        made = MambaForCausalLM(MambaConfig(vocab_size=64, hidden_size=16, num_hidden_layers=2, state_size=4))
    else:
        made = network("qwen2")
        made.config.layer_types = ["chunked_attention", "full_attention"]
    before = made.config._attn_implementation
    with pytest.raises(LabkitError, match=r"cannot be captured[\s\S]*model\.think\(prompt\)"):
        keeper = QKRecorder(made, Capture(), 8)
        prefill(made, some_ids(8), keeper)
        keeper.inside(1)
    assert made.config._attn_implementation == before


def test_a_trace_without_its_inside_can_be_given_one(model, trace, tmp_path):
    plain = labkit.Trace.load(trace.save(tmp_path / "x"))
    again = labkit.inside.capture(plain, model)
    np.testing.assert_allclose(of_trace(again, 3, 1), of_trace(trace, 3, 1), atol=1e-5)
    assert again == plain
