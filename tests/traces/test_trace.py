from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from labkit.errors import LabkitError
from labkit.traces import SamplingParams, Tokens, Trace, TraceGroup

from .make import traces


def small(text: str = "3*5</think>15", pieces: tuple[str, ...] = ("3", "*", "5", "</think>", "15")) -> Trace:
    tokens = Tokens(
        ids=list(range(len(pieces))),
        sizes=[len(p.encode()) for p in pieces],
        texts=list(pieces),
        logprobs=[-0.5] * len(pieces),
        top_ids=[[i, 9] for i in range(len(pieces))],
        top_logprobs=[[-0.5, -2.0]] * len(pieces),
    )
    shown = dict(enumerate(pieces))
    return Trace(model="m", prompt="p", text=text, tokens=tokens, opened=True, finish="stop", pieces=shown)


def test_thought_and_answer_are_parts_of_the_text_without_tags_and_blanks() -> None:
    trace = Trace(model="m", prompt="p", text="<think>\n A \n</think>\n\nB\n", finish="stop")
    assert (trace.thinking, trace.answer) == ("A", "B")


def test_where_the_thought_never_ended_there_is_no_answer() -> None:
    trace = Trace(model="m", prompt="p", text="A", opened=True, finish="length")
    assert (trace.thinking, trace.answer) == ("A", "")


def test_a_token_knows_its_bytes_its_probability_and_what_could_have_come() -> None:
    token = small().token(1)
    assert (token.id, token.text, token.start, token.end, token.logprob) == (1, "*", 1, 2, -0.5)
    assert [(a.id, a.text, a.logprob) for a in token.alternatives] == [(1, "*", -0.5), (9, "[9]", -2.0)]
    assert token.entropy is None
    assert small().token(-1) == small().token(4)


@pytest.mark.parametrize("index", [5, -6])
def test_a_token_that_is_not_there_says_how_many_there_are(index: object) -> None:
    with pytest.raises(LabkitError, match="it has 5, counted from 0"):
        small().token(index)  # type: ignore[arg-type]


def test_an_empty_trace_has_no_token_and_no_steps() -> None:
    trace = Trace(model="m", prompt="p", text="", finish="interrupted")
    assert len(trace) == 0
    assert trace.steps == []
    assert trace.char_starts == [0]
    with pytest.raises(LabkitError):
        trace.token(0)


def test_tokens_that_share_a_character_share_its_index() -> None:
    # "é😀" as five tokens of 1, 1, 3, 1 and 0 bytes: both halves of é, three quarters of the face, its
    # last quarter, and an end token that is not text
    tokens = Tokens(ids=[0, 1, 2, 3, 4], sizes=[1, 1, 3, 1, 0], texts=["\ufffd"] * 4 + [""])
    trace = Trace(model="m", prompt="p", text="é😀", tokens=tokens, finish="stop")
    assert trace.char_starts == [0, 0, 1, 1, 2, 2]
    assert trace.token_range(0, 1) == (0, 2)
    assert trace.token_range(1, 2) == (2, 4)
    assert trace.token_range(2, 2) == (0, 0)


def test_a_trace_without_texts_of_its_own_takes_them_from_the_text() -> None:
    trace = Trace(model="m", prompt="p", text="abc", tokens=Tokens(ids=[7, 8], sizes=[1, 2]), finish="stop")
    assert [trace.token(i).text for i in range(2)] == ["a", "bc"]


@given(traces())
@settings(max_examples=50)
def test_token_ranges_of_the_steps_do_not_overlap(trace: Trace) -> None:
    last = 0
    for step in trace.steps:
        first, end = trace.token_range(step.start, step.end)
        if first < end:
            assert first >= last
            last = end


@pytest.mark.parametrize(
    "columns",
    [
        {"ids": [1, 2], "sizes": [1]},
        {"ids": [1], "sizes": []},
        {"ids": [1], "sizes": [1], "logprobs": [-1.0, -1.0]},
        {"ids": [1], "sizes": [1], "top_ids": [[1]]},
        {"ids": [1], "sizes": [1], "top_ids": [[1, 2]], "top_logprobs": [[-1.0]]},
        {"ids": [1], "sizes": [-1]},
        {"ids": [1], "sizes": [1], "logprobs": [0.5]},
        {"ids": [1], "sizes": [1], "logprobs": [float("nan")]},
        {"ids": [1], "sizes": [1], "entropies": [-1.0]},
        {"ids": [1], "sizes": [1], "surprisals": [1.0]},
    ],
)
def test_columns_that_cannot_be_true_are_refused(columns: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Tokens.model_validate(columns)


def test_a_trace_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValidationError):
        small().text = "other"  # type: ignore[misc]


def test_looking_at_a_trace_does_not_change_it() -> None:
    looked, fresh = small(), small()
    assert looked.steps
    assert looked.char_starts
    assert looked == fresh
    assert looked.model_dump() == fresh.model_dump()


def test_a_trace_prints_short_and_without_an_address() -> None:
    assert str(small()) == "Trace(m: 5 tokens, 1 steps (1 try), finish='stop')"


def test_a_group_is_a_sequence_of_its_rollouts() -> None:
    group = TraceGroup((small(), small()))
    assert (len(group), group.prompt, group[0]) == (2, "p", small())
    assert isinstance(group[:1], TraceGroup)
    assert list(group) == [small(), small()]
    assert str(group) == "TraceGroup(2 rollouts of 'p': 2 stop)"
    assert TraceGroup(()).prompt == ""


def test_settings_that_no_sampler_takes_are_refused() -> None:
    for wrong in ({"temperature": -1}, {"top_p": 0}, {"top_p": 1.1}, {"max_new_tokens": 0}):
        with pytest.raises(ValidationError):
            SamplingParams.model_validate(wrong)


@pytest.mark.parametrize("package", ["labkit.traces", "labkit.tasks", "labkit.rewards"])
def test_tasks_traces_and_rewards_import_no_torch(package: str) -> None:
    code = f"import sys, {package}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_changed_copy_does_not_remember_what_the_original_said() -> None:
    before = Trace(model="m", prompt="p", text="thinking", opened=True, finish="length")
    assert (before.answer, len(before.steps), before.char_starts) == ("", 1, [0])
    after = before.model_copy(update={"text": "thinking</think>42"})
    assert (after.thinking, after.answer) == ("thinking", "42")
