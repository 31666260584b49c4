"""The registry of families: what a newcomer gets, and what its facts lead to."""

from __future__ import annotations

import pytest

from labkit import LabkitError, Trace
from labkit.traces.families import Family, Tags, family, named, register
from labkit.traces.step_kinds import kind_of_line
from labkit.traces.step_rules import lines

BRACKETS = Family(
    "brackets", tags=Tags("[REASON]", "[/REASON]", boundary="[END]"), special_tokens=frozenset({"[REASON]"}),
    served_as=("bracket-",), step_rule=lines, kind_rule=kind_of_line, answer_start="So: ",
)  # fmt: skip


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> Family:
    monkeypatch.setattr(family, "_FAMILIES", dict(family._FAMILIES))
    return register(BRACKETS)


@pytest.mark.parametrize(
    ("text", "opened", "thinking", "answer"),
    [
        ("[REASON]A[END][/REASON]B", False, "A", "B"),
        ("A[/REASON]B", True, "A", "B"),
        ("[REASON]A", False, "A", ""),
        ("B", False, "", "B"),
    ],
)
def test_the_four_tag_cases_of_a_new_family(
    brackets: Family, text: str, opened: bool, thinking: str, answer: str
) -> None:
    trace = Trace.from_text("2 + 2?", text, family="brackets", opened=opened)
    assert (trace.thinking, trace.answer) == (thinking, answer)


def test_the_steps_of_a_new_family_follow_its_rule(brackets: Family) -> None:
    steps = Trace.from_text("2?", "[REASON]2 + 2\nGo back.[/REASON]4", family="brackets").steps
    assert [step.kind for step in steps] == ["try", "back"]


def test_a_family_is_recognised_by_its_tokens_or_its_name(brackets: Family) -> None:
    tokens = frozenset({"[REASON]", "<s>"})
    assert family.of_tokens(tokens, "mistral") is brackets
    assert family.of_tokens(frozenset(), "brackets").tags == Tags(), "a tokenizer without its tokens"
    assert family.of_tokens(tokens, "s1") is named("s1"), "a family with tags of its own goes first"
    assert family.of_tags(brackets.tags, "mistral") is brackets
    assert family.of_tags(Tags(), "r1-mini") is named("r1-mini")


def test_an_unknown_family_thinks_between_think_tags() -> None:
    unknown = named("no such family")
    assert unknown.tags == Tags("<think>", "</think>")
    assert unknown.force_answer_suffix == "\n</think>\n\nThe final answer is "


def test_a_name_is_registered_once(brackets: Family) -> None:
    assert register(BRACKETS) is brackets
    with pytest.raises(LabkitError, match="a family 'brackets' already"):
        register(Family("brackets"))


SUFFIXES = {
    "r1-mini": "</think>\n\n<answer>",
    "deepseek-r1": "\n</think>\n\nThe final answer is ",
    "qwen": "\n</think>\n\nThe final answer is ",
    "gpt-oss": "<|end|><|start|>assistant<|channel|>final<|message|>The final answer is ",
    "s1": "\n<|im_start|>answer\nThe final answer is ",
}


@pytest.mark.parametrize("name", SUFFIXES)
def test_what_ends_a_thought_early_is_the_familys_own(name: str) -> None:
    assert named(name).force_answer_suffix == SUFFIXES[name]
    assert {*SUFFIXES} <= {f.name for f in family.registered()}
