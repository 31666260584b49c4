"""The logit lens, held against the models that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GptOssConfig,
    GptOssForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

import labkit
import labkit.inside
from labkit import LabkitError
from labkit.inside.lens.lens import Lens, settle_layers
from labkit.inside.lens.residual import Residuals, model_parts, record_residual_stream
from labkit.models import LocalModel
from labkit.traces import Trace

PROMPT = "Using 3, 5 and 9, make 24."
SURPLUS = 1_400  # rows of the random models' vocabulary; the tokenizer knows 1,352
SHAPE = {
    "vocab_size": SURPLUS, "hidden_size": 48, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 12, "max_position_embeddings": 256, "tie_word_embeddings": False,
    "bos_token_id": 256, "eos_token_id": 257, "pad_token_id": 257,
}  # fmt: skip
FAMILIES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "qwen2": (Qwen2ForCausalLM, Qwen2Config, {}),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config, {}),
    "llama": (LlamaForCausalLM, LlamaConfig, {}),
    "mistral": (MistralForCausalLM, MistralConfig, {"sliding_window": 8}),
    "gpt-oss": (GptOssForCausalLM, GptOssConfig, {"sliding_window": 8, "num_local_experts": 4, "num_experts_per_tok": 2}),
}  # fmt: skip


@pytest.fixture(scope="module")
def mini() -> LocalModel:
    return labkit.load()


@pytest.fixture(scope="module")
def trace(mini: LocalModel) -> Trace:
    return mini.think(PROMPT, show=False)


@pytest.fixture(scope="module", params=FAMILIES)
def random_model(request: pytest.FixtureRequest, mini: LocalModel) -> LocalModel:
    network, config, more = FAMILIES[request.param]
    torch.manual_seed(0)
    return LocalModel(
        request.param, network(config(**(SHAPE | more))).eval(), mini.tokenizer, family=request.param
    )


def own_logits(model: LocalModel, ids: list[int]) -> np.ndarray:
    with torch.no_grad():
        return model.network(torch.tensor([ids])).logits[0].numpy()


def hooks(model: LocalModel) -> int:
    return sum(len(m._forward_pre_hooks) + len(m._forward_hooks) for m in model.network.modules())


def test_the_last_layer_is_the_model(mini: LocalModel, trace: Trace) -> None:
    lens = labkit.inside.lens(trace)
    own = own_logits(mini, lens.ids)
    for position in range(0, len(lens), 7):
        assert np.abs(lens.logits(position)[-1] - own[position]).max() < 1e-4
    logps = torch.from_numpy(own[:-1]).log_softmax(-1)
    tile = lens.tile()
    assert (tile.ids[-1] == own[:-1].argmax(-1)).all()
    np.testing.assert_allclose(tile.probabilities[-1], logps.max(-1).values.exp(), atol=1e-5)
    np.testing.assert_allclose(lens.entropies()[-1], -(logps.exp() * logps).sum(-1), atol=1e-4)
    # ... and what the model said when it thought is what the lens reads again
    first = len(trace.prompt_ids) - 1
    np.testing.assert_allclose(np.log(tile.next_probabilities[-1, first:]), trace.tokens.logprobs, atol=1e-3)


def test_every_family_is_read_and_surplus_rows_say_nothing(random_model: LocalModel) -> None:
    trace = random_model.think("Using 3", max_new_tokens=24, show=False)
    lens = labkit.inside.lens(trace)
    known = len(random_model.tokenizer)
    own = own_logits(random_model, lens.ids)
    for position in range(len(lens)):
        logits = lens.logits(position)
        assert logits.shape == (4, SURPLUS)
        assert np.isneginf(logits[:, known:]).all() and np.isfinite(logits[:, :known]).all()
        assert np.abs(logits[-1, :known] - own[position, :known]).max() < 1e-4
    assert lens.tile().ids.max() < known


def test_a_surplus_row_that_would_win_is_masked(mini: LocalModel) -> None:
    torch.manual_seed(0)
    network = Qwen2ForCausalLM(Qwen2Config(**{k: v for k, v in SHAPE.items() if k != "head_dim"})).eval()
    with torch.no_grad():
        network.lm_head.weight[1_352:] *= 1e3
    model = LocalModel("loud", network, mini.tokenizer, family="qwen2")
    trace = model.think("Using 3", max_new_tokens=8, show=False)
    assert own_logits(model, [*trace.prompt_ids, *trace.tokens.ids]).argmax(-1).max() >= 1_352
    lens = labkit.inside.lens(trace)
    assert lens.tile().ids.max() < 1_352 and (lens.tile().probabilities > 0).all()
    entropies = lens.entropies()
    assert np.isfinite(entropies).all() and (entropies <= np.log(1_352)).all()


@pytest.mark.parametrize("ceiling", [0, 1 << 40], ids=["worked out again", "kept"])
@pytest.mark.parametrize("chunk", [1, 5, 16, 512])
def test_chunks_change_nothing(random_model: LocalModel, chunk: int, ceiling: int) -> None:
    ids = [int(i) for i in torch.randint(0, 1_352, (40,), generator=torch.Generator().manual_seed(1))]
    whole = Residuals(random_model.network, ids).window(0, 40)
    residuals = Residuals(random_model.network, ids, chunk=chunk, ceiling=ceiling)
    for first, last in ((0, 40), (7, 23), (30, 31), (0, 2), (7, 23)):
        torch.testing.assert_close(residuals.window(first, last), whole[:, first:last], atol=2e-5, rtol=1e-4)
    assert ("worked out again" in residuals.held) == (ceiling == 0)


def test_row_0_is_the_embedding_and_the_stream_is_before_the_norm(mini: LocalModel, trace: Trace) -> None:
    lens = labkit.inside.lens(trace)
    streams = lens.residuals.window(0, 20)
    body = mini.network.base_model
    assert torch.equal(streams[0], body.embed_tokens(torch.tensor(lens.ids[:20])))
    assert not torch.allclose(streams[-1], body.norm(streams[-1]))


def test_one_token_is_followed_through_the_layers(trace: Trace) -> None:
    lens = labkit.inside.lens(trace)
    target = trace.tokens.ids[12]
    followed = lens.of(target, 30, 34)
    for column, position in enumerate(range(30, 34)):
        logits = torch.from_numpy(lens.logits(position))
        np.testing.assert_allclose(
            followed.probabilities[:, column], logits.softmax(-1)[:, target], atol=1e-6
        )
        assert (followed.ranks[:, column] == 1 + (logits > logits[:, [target]]).sum(-1).numpy()).all()
    ids, probabilities = lens.top(30, 5)
    assert (ids[:, 0] == lens.tile(30, 31).ids[:, 0]).all()
    assert (np.diff(probabilities, axis=1) <= 0).all() and ids.shape == (6, 5)


def test_a_token_appears_where_it_begins_to_stay() -> None:
    ids = np.array([[7, 7, 1, 9], [2, 7, 7, 9], [7, 3, 7, 9], [7, 7, 7, 9]])
    zeros = np.zeros(ids.shape)
    tile = labkit.inside.LensTile(0, ids, zeros, np.array([7, 7, 7, 7]), zeros)
    assert settle_layers(tile).tolist() == [2, 3, 1, -1]


def test_the_layer_of_appearance_is_what_the_tile_says(trace: Trace) -> None:
    lens = labkit.inside.lens(trace)
    tile, appears = lens.tile(), lens.appears()
    assert len(appears) == len(lens) == len(lens.ids) - 1
    for position, layer in enumerate(appears):
        agree = tile.ids[:, position] == tile.next_ids[position]
        if layer < 0:
            assert not agree[-1]
        else:
            assert agree[layer:].all() and not (layer and agree[layer - 1])
    assert (lens.appears(50, 60) == appears[50:60]).all()


def test_hooks_are_gone_after_an_error_and_after_an_interrupt(trace: Trace) -> None:
    model = labkit.load()
    before = hooks(model)
    for error in (RuntimeError, KeyboardInterrupt):

        def fail(*_: object, error: type[BaseException] = error) -> None:
            raise error

        handle = model.network.base_model.layers[2].register_forward_hook(fail)
        with pytest.raises(error):
            labkit.inside.lens(trace, model)
        handle.remove()
    labkit.inside.lens(trace, model)
    assert hooks(model) == before == 0


def test_a_thought_in_another_thread_leaves_no_trace_in_a_recording(mini: LocalModel) -> None:
    from threading import Thread

    ids = torch.tensor([[256, 300, 301]])
    with record_residual_stream(model_parts(mini.network)) as seen:
        other = Thread(target=lambda: mini.network(ids))
        other.start()
        other.join()
        assert seen == []
        mini.network(ids)
    assert len(seen) == 6


def test_what_cannot_be_read_is_refused_in_words(mini: LocalModel, trace: Trace) -> None:
    gpt2 = LocalModel("gpt2", GPT2LMHeadModel(GPT2Config(vocab_size=SURPLUS, n_embd=16, n_layer=1, n_head=2)),
                 mini.tokenizer, family="gpt2")  # fmt: skip
    with pytest.raises(LabkitError, match=r"GPT2LMHeadModel[\s\S]*Llama"):
        labkit.inside.lens(trace, gpt2)
    with pytest.raises(LabkitError, match=r"without its model[\s\S]*labkit\.load"):
        labkit.inside.lens(Trace.model_validate(trace.model_dump()))
    lens = labkit.inside.lens(trace)
    n = len(lens)
    for first, last in ((-1, 3), (0, n + 1), (5, 5), (n, None)):
        with pytest.raises(LabkitError, match=rf"0 to {n - 1}[\s\S]*lens\.tile\(0, 32\)"):
            lens.tile(first, last)  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match=r"1,351"):
        lens.of(1_352)
    with pytest.raises(LabkitError, match="cannot take token_id="):
        lens.of("24")  # type: ignore[arg-type]


def test_a_head_that_does_more_than_unembed_is_refused(mini: LocalModel, trace: Trace) -> None:
    class Capped(Qwen2ForCausalLM):
        def forward(self, *args: Any, **kwargs: Any) -> Any:
            out = super().forward(*args, **kwargs)
            out.logits = 5 * torch.tanh(out.logits / 5)
            return out

    capped = Capped.from_pretrained(labkit.data_path("models/r1-mini")).eval()
    with pytest.raises(LabkitError, match="would mislead"):
        labkit.inside.lens(trace, LocalModel("capped", capped, mini.tokenizer, family="r1-mini"))


def test_too_little_memory_is_said_before_it_is_spent(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    from labkit._host.memory import Memory

    monkeypatch.setattr(
        "labkit.models.runtime.memory_budget.memory", lambda: Memory(1_000, 1_000, "container")
    )
    with pytest.raises(LabkitError, match=r"The residual stream of \d+ tokens needs about"):
        labkit.inside.lens(trace)


def test_a_lens_of_other_weights_is_refused(trace: Trace, tmp_path: Path) -> None:
    from labkit.inside.lens.tuned import Translators, save

    cold = labkit.load("r1-mini-cold")
    save(Translators(5, 160), cold.network, tmp_path / "mine.safetensors")
    with pytest.raises(LabkitError, match="belongs to another model than r1-mini"):
        labkit.inside.lens(trace, kind=tmp_path / "mine.safetensors")
    with pytest.raises(LabkitError, match="no tuned lens of r1-mini-cold"):
        labkit.inside.lens(trace, cold, kind="tuned")
    with pytest.raises(LabkitError, match="no lens 'warm'"):
        labkit.inside.lens(trace, kind="warm")
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    with pytest.raises(LabkitError, match="not a lens that can be read"):
        labkit.inside.lens(trace, kind=tmp_path / "torn.safetensors")


def test_an_untrained_tuned_lens_is_the_logit_lens(mini: LocalModel, trace: Trace, tmp_path: Path) -> None:
    from labkit.inside.lens.tuned import Translators, save

    path = tmp_path / "identity.safetensors"
    save(Translators(5, 160), mini.network, path)
    one, two = labkit.inside.lens(trace), labkit.inside.lens(trace, kind=path)
    assert (one.kind, two.kind) == ("logit", "tuned")
    np.testing.assert_allclose(one.logits(40), two.logits(40), atol=1e-4)
    assert isinstance(two.with_translators(None), Lens)
