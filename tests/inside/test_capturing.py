"""What is kept, where, and what comes back from a file."""

from __future__ import annotations

import _thread
import gc
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import labkit
from labkit import LabkitError, Trace
from labkit.inside import Capture, attention, capture
from labkit.models.capture.capture import cost
from labkit.models.capture.disk_spill import TENSOR
from labkit.models.local.sampling import sample_batch

PROMPT = "Using 3, 5 and 9, make 24."


def think(model: labkit.models.Model, what: object) -> Trace:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.think(PROMPT, seed=1, show=False, max_new_tokens=60, capture=what)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trace(model: labkit.models.Model) -> Trace:
    return think(model, "qk")


def test_the_price_of_the_1_5b_distill_is_the_one_on_paper() -> None:
    from transformers import Qwen2Config

    distill = Qwen2Config(
        hidden_size=1536,
        num_hidden_layers=28,
        num_attention_heads=12,
        num_key_value_heads=2,
        vocab_size=151_936,
    )
    queries_alone = 28 * 12 * 128 * 2
    price = cost(distill, 8_192, capture=Capture(ceiling=150_000_000), width=2)
    assert queries_alone == 86_016
    assert price.a_token == queries_alone * 14 // 12, "and its keys, one seventh of that"
    assert price.bytes == 8_192 * price.a_token
    assert "over the ceiling of 150 MB, so from token 1,494 on it goes to a file" in str(price)
    one = cost(distill, 8_192, capture=Capture(layers=[3], ceiling=150_000_000), width=2)
    assert "ceiling" not in str(one)


def test_the_price_is_said_before_it_is_paid(model, trace) -> None:
    said = labkit.inside.cost(model, trace.inside.count)
    held = trace.inside.queries.nbytes + trace.inside.keys.nbytes
    assert said.bytes == held
    assert str(said) == f"6 kB a token, {held / 1e3:.0f} kB for {trace.inside.count} tokens"
    with pytest.raises(LabkitError, match=r"tokens=0 cannot be captured"):
        labkit.inside.cost(model, 0)


def test_past_the_ceiling_it_goes_on_in_a_file_that_safetensors_reads(model, trace) -> None:
    a_token = cost(model.network.config, 1).a_token
    with pytest.warns(UserWarning, match=r"over the ceiling of .* it goes to a file"):
        spilled = model.think(
            PROMPT, seed=1, show=False, max_new_tokens=60, capture=Capture(ceiling=30 * a_token)
        )
    path = spilled.inside.rows.path
    assert "in the file labkit-" in spilled.inside.location
    assert load_file(path)[TENSOR].shape[0] == spilled.inside.count == trace.inside.count
    assert path.stat().st_size == 4_096 + spilled.inside.count * a_token
    for layer in range(5):
        np.testing.assert_array_equal(attention(spilled, layer, 2), attention(trace, layer, 2))
    del spilled
    gc.collect()
    assert not path.exists(), "the file goes with the trace"


def test_a_full_disk_is_said_before_it_is_full(model, monkeypatch) -> None:
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1000))
    with pytest.raises(LabkitError, match=r"needs a file of .* has 1 kB left[\s\S]*Capture\(layers"):
        think(model, Capture(ceiling=1))


def test_a_layer_that_was_not_kept_is_computed_again_and_said(model, trace) -> None:
    some = think(model, Capture(layers=[3, 1]))
    assert some.inside.captured_layers == [1, 3]
    assert some.inside.location.startswith("layers 1, 3 in memory")
    for layer in range(5):
        np.testing.assert_allclose(attention(some, layer, 0), attention(trace, layer, 0), atol=1e-5)


def test_a_layer_that_was_not_kept_and_whose_model_is_gone(model, tmp_path: Path) -> None:
    some = labkit.inside.load(labkit.inside.save(think(model, Capture(layers=[1])), tmp_path / "x"))
    assert attention(some, 1, 0).shape[0] == some.inside.count
    with pytest.raises(LabkitError, match=r"Layer 0 of this trace was not kept[\s\S]*layer=1"):
        attention(some, 0, 0)


def test_an_inside_is_saved_beside_its_trace_and_opens_without_the_model(trace, tmp_path: Path) -> None:
    path = labkit.inside.save(trace, tmp_path / "my")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["my.inside.safetensors", "my.trace.json"]
    again = labkit.inside.load(path)
    assert again == trace and again.language_model is None
    np.testing.assert_array_equal(attention(again, 4, 1), attention(trace, 4, 1))


@pytest.mark.parametrize("spoil", ["missing", "cut", "other", "other tokens", "no mark"])
def test_a_broken_inside_gets_a_sentence(trace, tmp_path: Path, spoil: str) -> None:
    path = labkit.inside.save(trace, tmp_path / "my")
    beside = tmp_path / "my.inside.safetensors"
    if spoil == "missing":
        beside.unlink()
    elif spoil == "cut":
        beside.write_bytes(beside.read_bytes()[:-100])
    elif spoil == "other":
        trace.model_copy(update={"prompt_ids": trace.prompt_ids[:4]}).save(path)
    elif spoil == "other tokens":  # a call that was killed between the two files
        ids = [trace.tokens.ids[0] + 1, *trace.tokens.ids[1:]]
        trace.model_copy(update={"tokens": trace.tokens.model_copy(update={"ids": ids})}).save(path)
    else:
        from safetensors.torch import save_file

        save_file({"queries": torch.zeros(1)}, beside)
    with pytest.raises(LabkitError, match=r"my\.inside\.safetensors"):
        labkit.inside.load(path)


@pytest.mark.parametrize(("what", "said"), [
    ("kv", r"capture='kv' is not possible"), (Capture(layers=[9]), r"no layer 9"), (Capture(layers=[]), r"no layers"),
    (3, r"capture=3"),
])  # fmt: skip
def test_a_wrong_wish_gets_a_sentence(model, what, said: str) -> None:
    with pytest.raises(LabkitError, match=said):
        think(model, what)


def test_a_trace_is_read_by_its_model_or_by_one_that_is_given(model, trace, tmp_path: Path) -> None:
    alone = Trace.load(trace.save(tmp_path / "x"))
    with pytest.raises(LabkitError, match=r"came without its model[\s\S]*labkit\.load\(\"r1-mini\"\)"):
        capture(alone)
    with pytest.raises(LabkitError, match=r"cannot take model="):
        capture(alone, "r1-mini")  # type: ignore[arg-type]
    assert capture(alone, model).inside.count == trace.inside.count
    imported = alone.model_copy(update={"prompt_ids": []})
    with pytest.raises(LabkitError, match=r"no ids of its prompt"):
        capture(imported, model)


def test_a_thought_longer_than_the_context_cannot_be_read_again(model, trace) -> None:
    long = trace.model_copy(update={"prompt_ids": trace.prompt_ids * 100})
    with pytest.raises(LabkitError, match=r"do not fit into the 1,024"):
        capture(long, model)


def test_a_layer_is_read_again_by_one_thread_while_another_thinks(model, trace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    some = think(model, Capture(layers=[1]))
    with ThreadPoolExecutor() as pool:
        looks = [pool.submit(attention, some, layer, 0) for layer in (0, 2, 3, 4, 0, 3)]
        again = model.think(PROMPT, seed=1, show=False, max_new_tokens=60, capture="qk")
    for layer, look in zip((0, 2, 3, 4, 0, 3), looks, strict=True):
        np.testing.assert_allclose(look.result(), attention(trace, layer, 0), atol=1e-5)
    np.testing.assert_array_equal(attention(again, 2, 2), attention(trace, 2, 2))


def test_an_interrupted_thought_keeps_the_inside_of_what_it_has(model, monkeypatch) -> None:
    def slow(*args, **kwargs):
        for i, drawn in enumerate(sample_batch(*args, **kwargs)):
            yield drawn
            if i == 5:  # the thought is under way: now the reader presses Interrupt
                _thread.interrupt_main()
            time.sleep(0.01)

    monkeypatch.setattr("labkit.models.local.model.sample_batch", slow)
    before = model.network.config._attn_implementation
    trace = model.think(PROMPT, seed=1, show=False, capture="qk")
    assert trace.finish == "interrupted"
    total = len(trace.prompt_ids) + len(trace)
    assert total - 1 <= trace.inside.count <= total
    np.testing.assert_allclose(attention(trace, 0, 0).sum(1), 1, atol=1e-5)
    assert model.network.config._attn_implementation == before


def test_the_old_names_of_a_capture_work_with_a_warning(model: labkit.models.LocalModel) -> None:
    with pytest.warns(DeprecationWarning, match="now labkit.inside.QKCapture"):
        assert labkit.inside.Inside is labkit.inside.QKCapture
    inside = model.think("Using 3, 5 and 9, make 24.", capture="qk", max_new_tokens=2).inside
    with pytest.warns(DeprecationWarning, match="captured_layers"):
        assert inside.kept == inside.captured_layers
    with pytest.raises(AttributeError, match="no attribute 'row'"):
        inside.row  # noqa: B018
