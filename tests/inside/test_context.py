"""A trace that is longer than the context of its reader: refused by all that run the network over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import labkit
from labkit import LabkitError, Trace, inside
from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.traces import Tokens
from labkit.training.evaluation import evaluation


def of_length(model: LocalModel, count: int) -> Trace:
    """A trace of R1-mini with `count` tokens, prompt and completion together."""
    short = model.think("Using 3, 5 and 9, make 24.", max_new_tokens=1, show=False)
    wanted = count - len(short.prompt_ids)
    line = model.tokenizer.encode("3 + 5 = 8: 8 + 9 = 17 vs 24, 7 off.\n", add_special_tokens=False)
    ids = (line * (wanted // len(line) + 1))[:wanted]
    sizes = [len(model.pieces.bytes(i)) for i in ids]
    text = b"".join(model.pieces.bytes(i) for i in ids).decode()
    made = short.model_copy(update={"tokens": Tokens(ids=ids, sizes=sizes), "text": text, "finish": "length"})
    return made.attach(language_model=model)


CALLS: dict[str, Callable[[Trace, LocalModel], Any]] = {
    "capture": lambda trace, model: inside.capture(trace),
    "logprobs": lambda trace, model: inside.logprobs(trace, model),
    "lens": lambda trace, model: inside.lens(trace),
    "effect": lambda trace, model: inside.effect(trace, tokens=(0, 2)),
    "effect of an edit": lambda trace, model: inside.effect(trace, inside.zero_head(0, 0), tokens=(0, 2)),
    "mean_head": lambda trace, model: inside.mean_head(0, 0, over=trace),
    "AttentionView": lambda trace, model: labkit.AttentionView(inside.capture(trace)),
    "LensView": lambda trace, model: labkit.LensView(trace),
    "RewardView": lambda trace, model: labkit.RewardView([trace, trace], policy=model),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_trace_beyond_the_context_is_refused(model: LocalModel, name: str) -> None:
    with pytest.raises(LabkitError, match=r"These 1,239 tokens do not fit into the 1,024 of r1-mini\."):
        CALLS[name](of_length(model, 1_239), model)


def test_a_trace_that_fills_the_context_is_read(model: LocalModel) -> None:
    full = of_length(model, 1_024)
    assert len(inside.logprobs(full, model)) == len(full)
    assert len(inside.lens(full)) == 1_023


@pytest.mark.parametrize("name", ["fork", "importance"])
def test_a_thought_that_fills_the_context_has_no_room_to_go_on(model: LocalModel, name: str) -> None:
    full = of_length(model, 1_239)
    with pytest.raises(LabkitError, match="can hold 1,024 in all"):
        if name == "fork":
            inside.fork(full, at=1_100, n=1)
        else:
            inside.step_importance(full, [len(full.steps)], n=1)
    assert len(inside.fork(full, at=3, n=1, max_new_tokens=2).rollouts[0]) == 5, "early in it there is room"


@pytest.mark.slow
def test_an_evaluation_writes_no_further_than_the_context(model: LocalModel) -> None:
    problem = countdown.Problem((1, 1, 1), 100)
    (ids,) = evaluation.continue_ids(
        model, [evaluation.chat_ids(model, problem)], temperature=8.0, top_p=1.0, seed=0, max_new_tokens=2_000
    )
    assert len(ids) <= 1_024 - len(evaluation.chat_ids(model, problem))
