"""An intervention does what doing it by hand does, and leaves nothing behind."""

from __future__ import annotations

import _thread
import contextlib
import copy
import time
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

import labkit
from labkit import LabkitError, Trace, inside
from labkit.models.local.fast_decode import fast_decode_step, hooked
from labkit.models.local.model import LocalModel

PROMPT = "Using 10, 12 and 14, make 5."
SHAPE: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 512, "bos_token_id": 0, "eos_token_id": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def mini() -> LocalModel:
    return labkit.load()


@pytest.fixture(scope="module")
def models(mini: LocalModel) -> dict[str, LocalModel]:
    """R1-mini (Qwen2), and a random Qwen3 and Llama whose heads are wider than hidden / heads."""
    torch.manual_seed(0)
    size = len(mini.tokenizer)
    return {"qwen2": mini} | {
        name: LocalModel(name, network(config(vocab_size=size, **SHAPE)).eval(), mini.tokenizer, family="")
        for name, network, config in (
            ("qwen3", Qwen3ForCausalLM, Qwen3Config), ("llama", LlamaForCausalLM, LlamaConfig),
        )
    }  # fmt: skip


@pytest.fixture(scope="module")
def trace(mini: LocalModel) -> Trace:
    return mini.think(PROMPT, show=False)


def ids_of(trace: Trace) -> torch.Tensor:
    return torch.tensor([[*trace.prompt_ids, *trace.tokens.ids]])


def logits(network: Any, ids: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return network(ids).logits


FAMILIES = pytest.mark.parametrize("family", ["qwen2", "qwen3", "llama"])


@FAMILIES
def test_zeroing_a_head_is_zeroing_its_columns_of_o_proj(
    models: dict[str, LocalModel], trace: Trace, family: str
) -> None:
    model = models[family]
    by_hand = copy.deepcopy(model.network)
    size = by_hand.model.layers[1].self_attn.head_dim
    with torch.no_grad():
        by_hand.model.layers[1].self_attn.o_proj.weight[:, 3 * size : 4 * size] = 0
    plain = logits(model.network, ids_of(trace))
    with inside.intervene(model, inside.zero_head(1, 3)):
        edited = logits(model.network, ids_of(trace))
    torch.testing.assert_close(edited, logits(by_hand, ids_of(trace)), atol=1e-5, rtol=1e-5)
    assert (edited - plain).abs().max() > 1e-3
    assert torch.equal(logits(model.network, ids_of(trace)), plain)


@FAMILIES
def test_a_mean_head_says_its_mean_everywhere(
    models: dict[str, LocalModel], trace: Trace, family: str
) -> None:
    model, seen = models[family], []
    o_proj = model.network.model.layers[0].self_attn.o_proj
    size = model.network.model.layers[0].self_attn.head_dim
    handle = o_proj.register_forward_pre_hook(lambda _, args: seen.append(args[0][0].clone()))
    logits(model.network, ids_of(trace))
    edit = inside.mean_head(0, 2, over=trace, model=model)
    with inside.intervene(model, edit):
        handle.remove()
        handle = o_proj.register_forward_pre_hook(lambda _, args: seen.append(args[0][0].clone()))
        logits(model.network, ids_of(trace))
    handle.remove()
    was, now = seen[0], seen[-1]
    span = slice(2 * size, 3 * size)
    torch.testing.assert_close(now[:, span], was[:, span].mean(0).expand(len(now), -1), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(now[:, : 2 * size], was[:, : 2 * size], atol=1e-5, rtol=1e-5)


@FAMILIES
def test_a_zeroed_layer_is_a_network_without_it(
    models: dict[str, LocalModel], trace: Trace, family: str
) -> None:
    model = models[family]
    by_hand = copy.deepcopy(model.network)
    del by_hand.model.layers[1]
    by_hand.config.num_hidden_layers -= 1
    for number, layer in enumerate(by_hand.model.layers):
        layer.self_attn.layer_idx = number
    with inside.intervene(model, inside.zero_layer(1)):
        edited = logits(model.network, ids_of(trace))
    torch.testing.assert_close(edited, logits(by_hand, ids_of(trace)), atol=1e-5, rtol=1e-5)


def by_eager_mask(network: Any, ids: torch.Tensor, first: int, last: int) -> torch.Tensor:
    """The same network in eager attention, with a mask written out by hand."""
    eager = copy.deepcopy(network)
    eager.set_attn_implementation("eager")
    n = ids.shape[1]
    mask = torch.full((n, n), torch.finfo(torch.float32).min)
    for row in range(n):
        for col in range(row + 1):
            if not (first <= col < last <= row):
                mask[row, col] = 0
    with torch.inference_mode():
        return eager(ids, attention_mask=mask[None, None]).logits


@FAMILIES
def test_suppression_is_a_mask_by_hand_on_eager_attention(
    models: dict[str, LocalModel], trace: Trace, family: str
) -> None:
    model, step = models[family], trace.steps[2]
    first, last = (len(trace.prompt_ids) + i for i in trace.token_range(step.start, step.end))
    plain = logits(model.network, ids_of(trace))
    with inside.intervene(model, inside.suppress(trace, step=3)):
        edited = logits(model.network, ids_of(trace))
    torch.testing.assert_close(
        edited, by_eager_mask(model.network, ids_of(trace), first, last), atol=1e-4, rtol=1e-4
    )
    torch.testing.assert_close(edited[:, :last], plain[:, :last], atol=1e-4, rtol=1e-4)
    assert (edited[:, last:] - plain[:, last:]).abs().max() > 1e-3
    assert model.network.config._attn_implementation == "sdpa"


def test_suppression_is_the_same_token_by_token_over_a_cache(mini: LocalModel, trace: Trace) -> None:
    """What is written under suppression is what the suppressed network would say of the whole text."""
    step = trace.steps[3]
    _, last = trace.token_range(step.start, step.end)
    with inside.intervene(mini, inside.suppress(trace, step=4)):
        rollout = inside.fork(trace, last, n=2, temperature=1.0, max_new_tokens=40).rollouts[1]
        logps = logits(mini.network, ids_of(rollout))[0, len(trace.prompt_ids) - 1 : -1].log_softmax(-1)
    alone = logps.gather(1, torch.tensor(rollout.tokens.ids)[:, None])[last:, 0]
    torch.testing.assert_close(torch.tensor(rollout.tokens.logprobs[last:]), alone, atol=1e-3, rtol=1e-3)


def test_suppression_in_chosen_layers_is_less_than_in_all(mini: LocalModel, trace: Trace) -> None:
    in_all = inside.effect(trace, inside.suppress(trace, step=7))
    in_one = inside.effect(trace, inside.suppress(trace, step=7, layers=[4]))
    in_each = inside.effect(trace, inside.suppress(trace, step=7, layers=range(5)))
    assert in_all == pytest.approx(in_each, abs=1e-4) and in_all != pytest.approx(in_one, abs=1e-3)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_hooks_are_gone_after_an_error_and_after_an_interrupt(
    mini: LocalModel, trace: Trace, error: type[BaseException]
) -> None:
    edits = [inside.zero_head(0, 0), inside.zero_layer(2), inside.suppress(trace, step=1)]
    with pytest.raises(error), inside.intervene(mini, *edits):
        assert hooked(mini.network)
        raise error
    assert not hooked(mini.network)


def test_hooks_are_gone_after_a_real_interrupt_of_sampling(mini: LocalModel, trace: Trace) -> None:
    with contextlib.suppress(KeyboardInterrupt), inside.intervene(mini, inside.zero_head(4, 4)):
        _thread.interrupt_main()
        mini.sample(PROMPT, n=2)
        time.sleep(5)
    assert not hooked(mini.network)


def test_an_edit_that_does_not_fit_leaves_no_hook_of_the_others(mini: LocalModel) -> None:
    edits = (inside.zero_head(0, 0), inside.zero_layer(9))
    with pytest.raises(LabkitError, match=r"no layer 9[\s\S]*0 to 4"), inside.intervene(mini, *edits):
        pass
    assert not hooked(mini.network)


@pytest.mark.slow
def test_an_intervention_changes_what_is_sampled_and_forked_and_thought(
    mini: LocalModel, trace: Trace
) -> None:
    def written() -> list[list[int]]:
        sampled = mini.sample(PROMPT, n=2, temperature=0, max_new_tokens=40)
        forked = inside.fork(trace, 40, n=2, temperature=0, max_new_tokens=40).rollouts
        return [
            t.tokens.ids
            for t in (*sampled, *forked, mini.think(PROMPT, temperature=0, max_new_tokens=40, show=False))
        ]

    plain = written()
    assert fast_decode_step(mini.network) is not None
    with inside.intervene(mini, inside.zero_layer(1)):
        assert fast_decode_step(mini.network) is None, "the short path would run past the hooks"
        edited = written()
    assert all(a != b for a, b in zip(plain, edited, strict=True))
    assert edited[0] == edited[4], "sample and think agree about the edited network"
    assert written() == plain


@FAMILIES
def test_the_table_of_heads_is_each_head_alone(
    models: dict[str, LocalModel], trace: Trace, family: str
) -> None:
    model = models[family]
    table = inside.effect(trace, model=model)
    config = model.network.config
    assert table.shape == (config.num_hidden_layers, config.num_attention_heads)
    for layer, head in ((0, 0), (1, 3), (2, 1)):
        alone = inside.effect(trace, inside.zero_head(layer, head), model=model)
        assert table[layer, head] == pytest.approx(alone, abs=1e-3)
    means = inside.effect(trace, mean=True, model=model)
    alone = inside.effect(trace, inside.mean_head(1, 2, over=trace, model=model), model=model)
    assert means[1, 2] == pytest.approx(alone, abs=1e-3) and not np.allclose(means, table)


def test_an_effect_is_the_difference_of_two_logprobs(mini: LocalModel, trace: Trace) -> None:
    [first] = [i for i, t in enumerate(trace.tokens.texts) if t == "<answer>"]
    plain = sum(trace.tokens.logprobs[first:])
    with inside.intervene(mini, inside.zero_head(2, 2)):
        logps = logits(mini.network, ids_of(trace))[0, len(trace.prompt_ids) - 1 : -1].log_softmax(-1)
    edited = float(logps.gather(1, torch.tensor(trace.tokens.ids)[:, None])[first:].sum())
    assert inside.effect(trace, inside.zero_head(2, 2)) == pytest.approx(edited - plain, abs=1e-3)


def test_a_sliding_window_is_refused_in_words(mini: LocalModel, trace: Trace) -> None:
    network = MistralForCausalLM(
        MistralConfig(vocab_size=len(mini.tokenizer), sliding_window=8, **SHAPE)
    ).eval()
    model = LocalModel("window", network, mini.tokenizer, family="")
    edit = inside.suppress(trace, step=1)
    with pytest.raises(LabkitError, match=r"suppressed in this mistral"), inside.intervene(model, edit):
        pass
    assert inside.effect(trace, inside.zero_head(0, 0), model=model) != 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda m, t: inside.effect(t, inside.zero_head(5, 0)), r"no layer 5[\s\S]*0 to 4"),
        (lambda m, t: inside.effect(t, inside.zero_head(0, 5)), r"no head 5[\s\S]*0 to 4"),
        (lambda m, t: inside.mean_head(0, -1, over=t), r"no head -1"),
        (lambda m, t: inside.suppress(t, step=99), r"no step 99"),
        (lambda m, t: inside.suppress(t), r"nothing to suppress"),
        (lambda m, t: inside.suppress(t, tokens=(5, 5)), r"nothing to suppress"),
        (lambda m, t: inside.effect(t, tokens=(0, 9999)), r"not a part of this trace"),
        (lambda m, t: inside.effect(t.model_copy(update={"text": "First"}), model=m), r"no answer"),
        (lambda m, t: inside.intervene(m).__enter__(), r"what to change"),
        (lambda m, t: inside.intervene(m, "zero").__enter__(), r"what to change"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_is_answered_by_a_sentence(
    mini: LocalModel, trace: Trace, wrong: Any, said: str
) -> None:
    with pytest.raises(LabkitError, match=said):
        wrong(mini, trace)
