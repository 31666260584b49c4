"""A fork keeps what was there, changes one thing, and goes on as a model that had written it would."""

from __future__ import annotations

import _thread
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from transformers import MistralConfig, MistralForCausalLM

import labkit
import labkit.inside
from labkit import LabkitError, Trace
from labkit.inside.forks import prefix_cache
from labkit.inside.forks.prefix_cache import cached_prefix
from labkit.models.local.model import LocalModel
from labkit.models.local.sampling import sample_batch
from labkit.models.runtime.kv_cache import cache_argument, fork_prefix, new_cache
from labkit.traces import SamplingParams, Tokens

PROMPT = "Using 10, 12 and 14, make 5."


@pytest.fixture(scope="module")
def mini() -> LocalModel:
    return labkit.load()


@pytest.fixture(scope="module")
def trace(mini: LocalModel) -> Trace:
    return mini.think(PROMPT, show=False)


def without_cache(model: LocalModel, ids: list[int], n: int, seed: int, most: int) -> list[list[int]]:
    """What `n` rollouts of `ids` write when everything is read anew."""
    written: list[list[int]] = [[] for _ in range(n)]
    params = SamplingParams(temperature=0.8, top_p=0.95, max_new_tokens=most)
    for draw in sample_batch(
        model.network, torch.tensor([ids]), params, repeat=n,
        end_ids=model.end_ids, vocab_size=len(model.tokenizer), generator=torch.Generator().manual_seed(seed),
    ):  # fmt: skip
        for row, id in zip(draw.rows.tolist(), draw.ids.tolist(), strict=True):
            written[row].append(id)
    return written


@pytest.mark.parametrize("at", [0, 1, 40, 200])
def test_a_fork_writes_what_sampling_without_a_cache_writes(mini: LocalModel, trace: Trace, at: int) -> None:
    fork = labkit.inside.fork(trace, at, n=4, seed=7, temperature=0.8, max_new_tokens=60)
    ids = [*trace.prompt_ids, *trace.tokens.ids[:at]]
    plain = without_cache(mini, ids, 4, seed=7, most=60)
    assert [t.tokens.ids for t in fork.rollouts] == [[*trace.tokens.ids[:at], *row] for row in plain]


def test_a_replacement_is_read_like_anything_else(mini: LocalModel, trace: Trace) -> None:
    fork = labkit.inside.fork(trace, 12, replace="23", n=3, seed=1, temperature=0.8, max_new_tokens=60)
    [put] = mini.tokenizer.encode("23", add_special_tokens=False)
    before = [*trace.tokens.ids[:12], put]
    plain = without_cache(mini, [*trace.prompt_ids, *before], 3, seed=1, most=60)
    assert [t.tokens.ids for t in fork.rollouts] == [[*before, *row] for row in plain]
    assert fork.description == "at 12: '22' replaced by '23'" and fork.replacement == "23"
    assert fork.rollouts[0].text.startswith(trace.text[: trace.char_starts[12]] + "23")
    assert fork.continuation(0) == fork.rollouts[0].text[len(trace.text[: trace.char_starts[12]]) + 2 :]


@pytest.mark.parametrize(
    "change", [{"at": 30}, {"at": 30, "replace": "9"}, {"step": 3, "replace": "14 - 10 = 4: "}]
)
def test_every_number_of_a_rollout_is_what_one_pass_over_it_gives(
    mini: LocalModel, trace: Trace, change: Any
) -> None:
    for t in labkit.inside.fork(trace, n=2, temperature=1.0, max_new_tokens=40, **change).rollouts:
        ids = torch.tensor([t.prompt_ids + t.tokens.ids])
        with torch.inference_mode():
            logps = mini.network(ids).logits[0, len(t.prompt_ids) - 1 : -1].log_softmax(-1)
        chosen = logps.gather(1, torch.tensor(t.tokens.ids)[:, None])[:, 0]
        torch.testing.assert_close(torch.tensor(t.tokens.logprobs), chosen, atol=1e-3, rtol=1e-3)
        entropies = torch.special.entr(logps.exp()).sum(-1)
        torch.testing.assert_close(torch.tensor(t.tokens.entropies), entropies, atol=1e-3, rtol=1e-3)
        assert Trace.model_validate_json(t.model_dump_json()) == t


def test_the_trace_is_read_once_however_many_forks_it_has(
    mini: LocalModel, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read = prefix_cache._prefill

    def counting(network: Any, ids: Any, cache: Any) -> Any:
        reads.append(len(ids))
        return read(network, ids, cache)

    monkeypatch.setattr(prefix_cache, "_prefill", counting)
    prefix_cache._CACHED.pop(mini.network, None)
    for at in (5, 60, 200, 5):
        labkit.inside.fork(trace, at, n=2, max_new_tokens=5)
    assert reads == [len(trace.prompt_ids) + len(trace)]


def test_weights_that_have_changed_are_read_again(trace: Trace) -> None:
    model = labkit.load()
    first = labkit.inside.fork(trace, 60, n=2, temperature=0, max_new_tokens=20, model=model)
    with torch.no_grad():
        model.network.model.layers[0].self_attn.k_proj.weight.mul_(0.2)
    again = labkit.inside.fork(trace, 60, n=2, temperature=0, max_new_tokens=20, model=model)
    plain = without_cache_greedy(model, [*trace.prompt_ids, *trace.tokens.ids[:60]], 20)
    assert again.rollouts[0].tokens.ids[60:] == plain != first.rollouts[0].tokens.ids[60:]


def without_cache_greedy(model: LocalModel, ids: list[int], most: int) -> list[int]:
    written: list[int] = []
    with torch.inference_mode():
        while len(written) < most and (not written or written[-1] not in model.end_ids):
            logits = model.network(torch.tensor([[*ids, *written]])).logits[0, -1, : len(model.tokenizer)]
            written.append(int(logits.argmax()))
    return written


def test_the_kept_cache_is_as_it_was_after_a_fork(mini: LocalModel, trace: Trace) -> None:
    ids = [*trace.prompt_ids, *trace.tokens.ids]
    labkit.inside.fork(trace, 50, n=3, max_new_tokens=30)
    kept = cached_prefix(mini, ids, len(ids))
    fresh = new_cache(mini.network)
    with torch.inference_mode():
        mini.network(torch.tensor([ids]), use_cache=True, **{cache_argument(mini.network): fresh})
    for a, b in zip(kept.layers, fresh.layers, strict=True):
        torch.testing.assert_close(a.keys, b.keys)
        torch.testing.assert_close(a.values, b.values)


def test_a_branch_of_a_cache_does_not_touch_the_trunk(mini: LocalModel, trace: Trace) -> None:
    trunk = cached_prefix(mini, [*trace.prompt_ids, *trace.tokens.ids], 40)
    twig = fork_prefix(trunk, 10)
    before = trunk.layers[0].keys.clone()
    with torch.inference_mode():
        mini.network(torch.tensor([[5] * 200]), use_cache=True, **{cache_argument(mini.network): twig})
    assert (twig.get_seq_length(), trunk.get_seq_length()) == (210, 40)
    torch.testing.assert_close(trunk.layers[0].keys, before)


def test_a_model_with_a_sliding_window_is_read_from_the_start(mini: LocalModel) -> None:
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=len(mini.tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, sliding_window=12, max_position_embeddings=256,
        bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    model = LocalModel("window", MistralForCausalLM(config).eval(), mini.tokenizer, family="")
    trace = model.think(PROMPT, temperature=1.0, max_new_tokens=60, show=False)
    at = len(trace) // 2
    fork = labkit.inside.fork(trace, at, n=2, seed=3, temperature=0.8, max_new_tokens=20)
    plain = without_cache(model, [*trace.prompt_ids, *trace.tokens.ids[:at]], 2, seed=3, most=20)
    assert [t.tokens.ids[at:] for t in fork.rollouts] == plain


def test_a_trace_without_numbers_gets_them(mini: LocalModel, trace: Trace) -> None:
    bare = trace.model_copy(
        update={"tokens": Tokens(ids=trace.tokens.ids, sizes=trace.tokens.sizes), "pieces": {}}
    )
    one = labkit.inside.fork(bare, 30, n=2, max_new_tokens=20, model=mini).rollouts[0]
    other = labkit.inside.fork(trace, 30, n=2, max_new_tokens=20).rollouts[0]
    assert one.tokens.ids == other.tokens.ids
    assert one.tokens.logprobs == pytest.approx(other.tokens.logprobs, abs=1e-3)


def test_a_whole_step_is_edited_and_keeps_its_line_break(trace: Trace) -> None:
    fork = labkit.inside.fork(trace, step=1, replace="First 12 and 14, leaving 10.", n=2)
    assert fork.step == 1 and fork.description == "step 1 edited"
    for t in fork.rollouts:
        assert t.text.startswith("First 12 and 14, leaving 10.\n")
        assert t.steps[0].gist == "First 12 and 14, leaving 10."
    assert (
        labkit.inside.fork(trace, step=5, n=1).at
        == trace.token_range(trace.steps[4].start, trace.steps[4].end)[0]
    )


def test_outcomes_are_judged_by_the_task_and_grouped_by_answer(trace: Trace) -> None:
    fork = labkit.inside.fork(trace, 1, n=8)
    problem = labkit.tasks.countdown.problem_in(PROMPT)
    assert [o.correct for o in fork.outcomes] == [problem.verify(t.answer) for t in fork.rollouts]
    assert sorted(i for group in fork.groups for i in group.members) == list(range(8))
    low, high = fork.share.interval
    assert 0 <= low < fork.share.value <= high <= 1 and high - low > 0.2
    assert str(fork.share.n) in repr(fork) and "95 % interval" in repr(fork)
    assert fork.tree().splitlines()[0] == f"{PROMPT}  at 1: '10' resampled"
    assert len(fork.tree().splitlines()) == 1 + len(fork.groups)


def test_where_nothing_can_judge_the_answers_are_grouped_and_no_share_is_claimed(trace: Trace) -> None:
    asked = trace.model_copy(update={"prompt": "Make 24.", "problem": None}).attach(
        language_model=trace.language_model
    )
    fork = labkit.inside.fork(asked, 1, n=4)
    assert fork.share is None and {o.correct for o in fork.outcomes} == {None}
    assert "different answers" in repr(fork)


@pytest.mark.slow
def test_the_same_arguments_give_the_same_rollouts_and_another_seed_others(trace: Trace) -> None:
    def texts(seed: int) -> list[str]:
        return [t.text for t in labkit.inside.fork(trace, 1, n=6, seed=seed, temperature=1.2).rollouts]

    assert texts(0) == texts(0) != texts(1)


def test_an_alternative_and_its_id_are_the_same_replacement(trace: Trace) -> None:
    other = trace.alternatives(1)[1]
    one = labkit.inside.fork(trace, 1, replace=other, n=2, max_new_tokens=10)
    two = labkit.inside.fork(trace, 1, replace=other.id, n=2, max_new_tokens=10)
    assert [t.text for t in one.rollouts] == [t.text for t in two.rollouts]
    assert one.replacement == other.text


def test_a_list_of_ids_is_a_replacement_and_the_code_names_it_where_the_text_is_cut_otherwise(
    mini: LocalModel, trace: Trace
) -> None:
    one, three = mini.tokenizer.encode("1"), mini.tokenizer.encode("3")
    assert mini.tokenizer.encode("13") != [*one, *three]
    fork = labkit.inside.fork(trace, 1, replace=[*one, *three], n=2, max_new_tokens=10)
    assert fork.replacement == "13" and fork.rollouts[0].tokens.ids[1:3] == [*one, *three]
    assert f"replace={[*one, *three]}" in fork.code
    spelled = labkit.inside.fork(trace, 0, replace=trace.tokens.ids[:4], n=1, max_new_tokens=10)
    assert f"replace={spelled.replacement!r}" in spelled.code
    assert spelled.rollouts[0].tokens.ids[:4] == trace.tokens.ids[:4]


def test_the_whole_of_a_thought_can_be_given(trace: Trace) -> None:
    again = labkit.inside.fork(trace, 0, replace=trace.tokens.ids, n=1).rollouts[0]
    assert (again.tokens.ids, again.text, again.finish) == (trace.tokens.ids, trace.text, trace.finish)


def test_an_end_token_ends_every_rollout_at_once(mini: LocalModel, trace: Trace) -> None:
    fork = labkit.inside.fork(trace, 20, replace=mini.end_ids[0], n=3)
    assert [(len(t), t.finish, t.answer) for t in fork.rollouts] == [(21, "stop", "")] * 3
    assert fork.share.right == 0 and fork.groups[0].outcome.answer == ""


def test_interrupt_keeps_what_there_is(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for i, drawn in enumerate(sample_batch(*args, **kwargs)):
            yield drawn
            if i == 5:
                _thread.interrupt_main()
            time.sleep(0.01)

    monkeypatch.setattr("labkit.inside.forks.local.sample_batch", slow)
    fork = labkit.inside.fork(trace, 10, n=3)
    assert [t.finish for t in fork.rollouts] == ["interrupted"] * 3
    assert all(len(t) >= 16 for t in fork.rollouts) and "3 interrupted" in repr(fork)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, r"one place"),
        ({"at": 1, "step": 1}, r"one place"),
        ({"at": 9999}, r"no token 9999"),
        ({"at": "x"}, r"cannot take at='x'"),
        ({"step": 0}, r"no step 0[\s\S]*from 1 to"),
        ({"step": 99}, r"no step 99[\s\S]*from 1 to"),
        ({"at": 1, "n": 0}, r"n=0"),
        ({"at": 1, "replace": ""}, r"replace=''"),
        ({"at": 1, "replace": 1.5}, r"replace=1.5"),
        ({"at": 1, "replace": []}, r"replace=\[\]"),
        ({"at": 1, "replace": [5, "5"]}, r"replace=\[5, '5'\]"),
        ({"at": 1, "replace": [5, 99_999]}, r"no token 99,999"),
        ({"at": 1, "replace": 10**9}, r"no token 1,000,000,000"),
        ({"at": 1, "replace": "Hallo"}, r"no tokens for 'Hallo'"),
        ({"at": 1, "temperature": -1}, r"temperature=-1"),
        ({"at": 1, "max_new_tokens": 0}, r"max_new_tokens=0"),
        ({"at": 1, "n": 10**9}, r"KV cache of 1000000000 x"),
    ],
)
def test_what_cannot_be_forked_is_answered_by_a_sentence(trace: Trace, arguments: Any, said: str) -> None:
    with pytest.raises(LabkitError, match=said):
        labkit.inside.fork(trace, **arguments)


@pytest.mark.slow
def test_a_trace_from_a_file_asks_for_its_model(trace: Trace, tmp_path: Any) -> None:
    loaded = Trace.load(trace.save(tmp_path / "a.trace.json"))
    with pytest.raises(LabkitError, match=r'model=labkit.load\("r1-mini"\)'):
        labkit.inside.fork(loaded, 1)
    again = labkit.inside.fork(loaded, 1, n=3, model=trace.language_model)
    assert [t.text for t in again.rollouts] == [t.text for t in labkit.inside.fork(trace, 1, n=3).rollouts]
