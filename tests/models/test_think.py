"""What `think` and `sample` leave behind, against stock transformers."""

from __future__ import annotations

import _thread
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import numpy as np
import pytest
import torch

import labkit
from labkit import LabkitError, Trace, inside
from labkit.models.local.fast_decode import fast_decode_step
from labkit.models.local.model import LocalModel
from labkit.models.local.sampling import sample_batch
from labkit.models.runtime.kv_cache import cache_argument, new_cache
from labkit.traces import SamplingParams

PROMPT = "Using 3, 5 and 9, make 24."


@pytest.fixture(scope="module")
def trace(mini: LocalModel) -> Trace:
    return mini.think(PROMPT)


def test_the_shipped_model_solves_the_example(trace: Trace) -> None:
    assert trace.finish == "stop"
    assert labkit.tasks.countdown.verify(trace.answer, numbers=[3, 5, 9], target=24)


def test_the_template_opened_the_thought_and_the_model_closed_it(trace: Trace) -> None:
    assert trace.opened and "<think>" not in trace.text and trace.parts.closed
    assert trace.thinking.startswith("First ")
    assert [s.kind for s in trace.steps][0] == "plan"


def test_the_same_seed_gives_the_same_thought_and_another_seed_another(
    mini: LocalModel, trace: Trace
) -> None:
    again = mini.think(PROMPT)
    assert again.tokens.ids == trace.tokens.ids and again.tokens.logprobs == trace.tokens.logprobs
    assert (
        len(
            {
                tuple(mini.think(PROMPT, temperature=1.5, top_p=1.0, seed=s, max_new_tokens=40).tokens.ids)
                for s in range(6)
            }
        )
        > 1
    )


@pytest.mark.parametrize("which", ["mini", "distill"])
def test_every_number_is_what_one_forward_pass_over_the_whole_text_gives(
    which: str, request: pytest.FixtureRequest
) -> None:
    model: LocalModel = request.getfixturevalue(which)
    t = model.think(PROMPT, temperature=1.0, top_p=1.0, max_new_tokens=60)
    ids = torch.tensor([t.prompt_ids + t.tokens.ids])
    with torch.inference_mode():
        logits = model.network(ids).logits[0, len(t.prompt_ids) - 1 : -1, : len(model.tokenizer)]
    logps = logits.log_softmax(-1)
    chosen = logps.gather(1, torch.tensor(t.tokens.ids)[:, None])[:, 0]
    entropies = -(logps.exp() * logps).sum(-1)
    top = logps.topk(8)
    torch.testing.assert_close(torch.tensor(t.tokens.logprobs), chosen, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(torch.tensor(t.tokens.entropies), entropies, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(torch.tensor(t.tokens.top_logprobs), top.values, atol=1e-4, rtol=1e-4)


def test_greedy_writes_what_stock_generate_writes(mini: LocalModel) -> None:
    t = mini.think(PROMPT, temperature=0)
    prompt = torch.tensor([t.prompt_ids])
    with torch.inference_mode():
        stock = mini.network.generate(prompt, do_sample=False, max_new_tokens=len(t), pad_token_id=257)
    assert stock[0, prompt.shape[1] :].tolist() == t.tokens.ids


def test_capture_does_not_run_the_model_twice(mini: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    body = type(mini.network.model).forward

    def counting(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        return body(*args, **kwargs)

    monkeypatch.setattr(type(mini.network.model), "forward", counting)
    t = mini.think(PROMPT)
    assert calls == len(t)


def test_the_bytes_of_all_tokens_are_the_text_even_inside_a_character(distill: LocalModel) -> None:
    t = distill.think("hello", temperature=1.0, top_p=1.0, max_new_tokens=200, seed=3)
    assert sum(t.tokens.sizes) == len(t.text.encode())
    assert any(len(x) == 1 and x == "�" for x in t.tokens.texts), "random bytes hold half characters"
    assert t.prompt_ids[0] == distill.tokenizer.bos_token_id != distill.network.config.bos_token_id


def test_rows_beyond_the_tokenizer_are_never_drawn(distill: LocalModel) -> None:
    t = distill.think("hello", temperature=3.0, top_p=1.0, max_new_tokens=300)
    assert max(t.tokens.ids) < len(distill.tokenizer) < distill.network.config.vocab_size


def test_running_out_of_tokens_is_called_length(mini: LocalModel) -> None:
    t = mini.think(PROMPT, max_new_tokens=5)
    assert (t.finish, len(t), t.answer) == ("length", 5, "")


def test_interrupt_keeps_the_partial_trace(distill: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for i, drawn in enumerate(sample_batch(*args, **kwargs)):
            yield drawn
            if i == 5:  # the thought is under way: now the reader presses Interrupt
                _thread.interrupt_main()
            time.sleep(0.01)

    monkeypatch.setattr("labkit.models.local.model.sample_batch", slow)
    t = distill.think("hello", temperature=1.0, max_new_tokens=400, seed=1)
    assert t.finish == "interrupted" and len(t) >= 6
    assert Trace.model_validate_json(t.model_dump_json()) == t


def test_a_long_prompt_is_read_by_pieces_that_are_told_and_stop_ends_it(
    distill: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = distill.think("hello " * 20, temperature=0, max_new_tokens=8, capture="qk")
    monkeypatch.setattr("labkit.models.local.sampling.PREFILL_CHUNK", 16)
    ids, told, stop = torch.tensor([whole.prompt_ids]), list[int](), Event()
    pieces = distill.think("hello " * 20, temperature=0, max_new_tokens=8, capture="qk")
    assert pieces.text == whole.text and pieces.tokens.ids == whole.tokens.ids
    np.testing.assert_allclose(inside.attention(pieces, 0, 0), inside.attention(whole, 0, 0), atol=1e-5)

    def tell(read: int) -> None:
        told.append(read)
        if read == 48:
            stop.set()

    params, generator = SamplingParams(temperature=0, top_p=1, max_new_tokens=8), torch.Generator()
    assert not [
        *sample_batch(
            distill.network, ids, params, end_ids=[], generator=generator, on_prefill=tell, stop=stop
        )
    ]
    assert told == [16, 32, 48] and ids.shape[1] > 64


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 5, 16])
def test_each_rollout_of_a_sample_has_the_probabilities_that_it_would_have_alone(
    mini: LocalModel, n: int
) -> None:
    group = mini.sample(PROMPT, n=n, temperature=1.0, top_p=1.0, seed=4)
    assert len(group) == n
    for t in group:
        ids = torch.tensor([t.prompt_ids + t.tokens.ids])
        with torch.inference_mode():
            logps = mini.network(ids).logits[0, len(t.prompt_ids) - 1 : -1].log_softmax(-1)
        alone = logps.gather(1, torch.tensor(t.tokens.ids)[:, None])[:, 0]
        torch.testing.assert_close(torch.tensor(t.tokens.logprobs), alone, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"prompt": ""}, "empty"),
        ({"prompt": 7}, "cannot be an int"),
        ({"prompt": PROMPT, "temperature": -1}, "temperature=-1"),
        ({"prompt": PROMPT, "temperature": "hot"}, "temperature='hot'"),
        ({"prompt": PROMPT, "temperature": float("nan")}, "temperature=nan"),
        ({"prompt": PROMPT, "top_p": 0}, "top_p=0"),
        ({"prompt": PROMPT, "top_k": -1}, "top_k=-1"),
        ({"prompt": PROMPT, "top_k": 0.5}, "top_k=0.5"),
        ({"prompt": PROMPT, "seed": 1.5}, "seed=1.5"),
        ({"prompt": PROMPT, "max_new_tokens": 0}, "max_new_tokens=0"),
        ({"prompt": "Using 3, 5 and 9, mkae 24."}, "'mkae'.*\n.*'make'"),
        ({"prompt": "Using 3, 5 and 1234, make 24."}, "'1234'"),
        ({"prompt": "你好"}, "你"),
    ],
)
def test_what_cannot_be_asked_is_answered_by_a_sentence(mini: LocalModel, arguments: dict, said: str) -> None:
    with pytest.raises(LabkitError, match=said):
        mini.think(**arguments)


def test_a_prompt_longer_than_the_context_is_refused(distill: LocalModel) -> None:
    with pytest.raises(LabkitError, match=r"can hold 512"):
        distill.think("x" * 600)


@pytest.mark.parametrize("which", ["mini", "distill"])
def test_the_short_path_gives_the_logits_of_stock_transformers(
    which: str, request: pytest.FixtureRequest
) -> None:
    model: LocalModel = request.getfixturevalue(which)  # with and without grouped queries, tied and untied
    ids = torch.randint(0, 256, (3, 30), generator=torch.Generator().manual_seed(0))
    cache = new_cache(model.network)
    step = fast_decode_step(model.network)
    assert step is not None
    with torch.inference_mode():
        stock = model.network(ids).logits
        model.network(input_ids=ids[:, :10], use_cache=True, **{cache_argument(model.network): cache})
        for t in range(10, 30):
            torch.testing.assert_close(step(ids[:, t : t + 1], cache), stock[:, t], atol=1e-4, rtol=1e-4)
