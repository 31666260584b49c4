"""Answers in which a server leaves the thought, the answer or a tag in another place than usual (faults.md E5)."""

from __future__ import annotations

from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

import labkit
from labkit import Trace
from labkit.models.remote.deltas import deltas_of
from tests.models.chat_server import Script, serving
from tests.models.test_remote import plain, told

pytestmark = pytest.mark.skipif(find_spec("openai") is None, reason="needs the extra server")
PROMPT = "Using 3, 5 and 9, make 24."
QWEN3, OSS, MISTRAL = "Qwen/Qwen3-4B", "openai/gpt-oss-20b", "mistralai/Magistral-Small-2509"


def reasoning(*texts: str) -> list[tuple[dict[str, Any], Any]]:
    return [({"reasoning_content": text}, None) for text in texts]


def answered(deltas: Any, *, name: str = QWEN3, thinking: Any = None) -> Trace:
    with serving(Script(deltas, models=(name,))) as url:
        return labkit.load(url).think(PROMPT, thinking=thinking)


def test_an_answer_that_comes_as_reasoning_is_the_answer_if_thinking_is_off(
    recwarn: pytest.WarningsRecorder,
) -> None:
    trace = answered(reasoning("It is ", "24."), thinking=False)
    assert (trace.thinking, trace.answer, trace.opened) == ("", "It is 24.", False)
    assert not recwarn.list
    group_of_one = Script(reasoning("It is ", "24."), models=(QWEN3,))
    with serving(group_of_one) as url:
        (trace,) = labkit.load(url).sample(PROMPT, n=1, thinking=False)
    assert (trace.thinking, trace.answer) == ("", "It is 24.")


def test_a_thought_that_comes_although_thinking_is_off_stays_a_thought() -> None:
    with pytest.warns(UserWarning, match="thought all the same"):
        trace = answered([*reasoning("so"), *plain("24")], thinking=False)
    assert (trace.thinking, trace.answer) == ("so", "24")


def test_a_thought_without_an_answer_stays_a_thought_if_nothing_turned_it_off() -> None:
    trace = answered(reasoning("so it is"))
    assert (trace.thinking, trace.answer) == ("so it is", "")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (["</think>", "24"], "so</think>24"),
        (["</think>\n\n24"], "so</think>\n\n24"),
        (["\n", "</", "think", ">", "\n\n24"], "so\n</think>\n\n24"),
        (["</ thinks 24"], "so</think>\n\n</ thinks 24"),
        (["\n\n", "24"], "so</think>\n\n24"),
    ],
)
def test_a_closing_tag_behind_the_reasoning_stands_once(content: list[str], text: str) -> None:
    trace = answered([*reasoning("so"), *plain(*content)])
    assert trace.text == text and trace.thinking == "so"
    assert trace.answer == text.rsplit("</think>", 1)[1].strip()
    assert "".join(trace.tokens.texts) == text


def test_a_closing_tag_at_the_end_of_the_reasoning_stands_once() -> None:
    trace = answered([*reasoning("so\n", "</think>"), *plain("24")])
    assert (trace.text, trace.thinking, trace.answer) == ("so\n</think>24", "so", "24")


def test_content_that_ends_inside_a_tag_is_kept() -> None:
    assert answered([*reasoning("so"), *plain("\n</th")]).text == "so\n</th"


def test_a_held_token_keeps_its_logprob() -> None:
    thought = [({"reasoning_content": "so"}, told("so", -0.5)[1])]
    trace = answered([*thought, told("</", -0.25), told("think>", -0.125), told("24", -1.0)])
    assert trace.text == "so</think>24" and trace.tokens.logprobs == [-0.5, -0.25, -0.125, -1.0]


def test_the_list_content_of_mistral_is_read() -> None:
    def thinking(text: str) -> Any:
        return {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]}, None

    deltas = [thinking("3 * 5 "), thinking("+ 9"), ({"content": [{"type": "text", "text": "It is "}]}, None)]
    trace = answered([*deltas, *plain("24.")], name=MISTRAL)
    assert (trace.thinking, trace.answer) == ("3 * 5 + 9", "It is 24.")
    assert trace.finish == "stop" and trace.open_tag == "[THINK]"


@pytest.mark.parametrize(
    "part", [[], [None], [{"type": "image_url"}], [{"thinking": 3, "type": "thinking"}], {"a": 1}, 7]
)
def test_a_part_of_another_kind_adds_nothing(part: Any) -> None:
    trace = answered([({"content": part}, None), *plain("24")])
    assert (trace.text, trace.finish) == ("24", "stop")


ANALYSIS, FINAL, SEAM = (
    "<|channel|>analysis<|message|>",
    "<|channel|>final<|message|>",
    "<|end|><|start|>assistant",
)
CALL = "<|channel|>commentary to=functions.add <|constrain|>json<|message|>{}"


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        (f"{ANALYSIS}so{SEAM}{CALL}<|call|>", "so", f"{CALL}<|call|>"),
        (f"{ANALYSIS}so{SEAM}<|channel|>commentary<|message|>I add.{SEAM}{FINAL}24", "so", "24"),
        (f"{ANALYSIS}so{SEAM} to=functions.add{CALL}{SEAM}{FINAL}24", "so", "24"),
        (
            f"{ANALYSIS}so{SEAM}{CALL}{SEAM}{ANALYSIS}and{SEAM}{FINAL}24",
            f"so{SEAM}{CALL}{SEAM}{ANALYSIS}and",
            "24",
        ),
    ],
)
def test_a_tool_call_of_gpt_oss_is_not_in_the_thought(text: str, thought: str, answer: str) -> None:
    trace = answered(plain(text), name=OSS)
    assert (trace.thinking, trace.answer) == (thought, answer)


def test_a_call_that_the_server_took_out_leaves_the_thought() -> None:
    call = {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "add", "arguments": "{}"}}]}
    trace = answered([({"reasoning": "so"}, None), (call, None)], name=OSS)
    assert (trace.thinking, trace.answer) == ("so", "")


@pytest.mark.parametrize(
    ("message", "thought"),
    [
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "so"}]}, {"type": "text", "text": "24"}]}, "so"),
        ({"content": "</think>\n\n24", "reasoning": "so"}, "so"),
        ({"content": "24", "reasoning_content": "so\n</think>"}, "so"),
    ],
)  # fmt: skip
def test_a_saved_answer_of_such_a_server_opens_with_the_same_parts(message: Any, thought: str) -> None:
    trace = labkit.open({"model": "Qwen/Qwen3-4B", "choices": [{"message": message}]})
    assert isinstance(trace, Trace) and (trace.thinking, trace.answer) == (thought, "24")
    assert trace.text.count("</think>") == 1


def test_a_number_in_place_of_the_bytes_of_a_token_allocates_nothing() -> None:
    token = {"token": "4", "logprob": -0.5, "bytes": 10**15, "top_logprobs": []}
    token["top_logprobs"] = [{"token": "4", "logprob": -0.5, "bytes": 10**15}]
    choice = SimpleNamespace(text="4", logprobs=SimpleNamespace(content=[token]))
    (delta,) = deltas_of(choice)
    assert (delta.raw, delta.top) == (b"4", ((b"4", -0.5),))
