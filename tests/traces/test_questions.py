"""Questions about many thoughts: regular expressions, kinds of steps and functions, with counts and intervals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

import labkit
from labkit.errors import BadArgument
from labkit.rewards import wilson
from labkit.traces import StepKind, Trace, TraceGroup, bounded_search
from labkit.traces.bounded_search import BoundedSearch

EVIL = r"(a+)+b"  # exponential on a run of a
COMPLETIONS = [
    "<think>Add.\n\nWait, no.\n\nWait, wait.</think>4",
    "<think>Add.\n\nLet me check: 4.</think>4",
    "<think>Add.</think>five",
    "4",
]


def group(*completions: str) -> TraceGroup:
    return TraceGroup(tuple(Trace.from_text("2 + 2?", text) for text in completions or COMPLETIONS))


@pytest.mark.parametrize(
    ("question", "indices", "occurrences"),
    [
        ("Wait", [0], 2),
        (r"(?i)\bwait\b", [0], 3),
        (re.compile("WAIT", re.IGNORECASE), [0], 3),
        (r"\d+$", [0, 1, 3], 3),
        (r"(Add|Wait)\.?", [0, 1, 2], 5),
        (StepKind("check"), [1], 1),
        (StepKind("back"), [0], 2),
        (lambda trace: trace.answer == "five", [2], 1),
        ("no such words", [], 0),
    ],
)
def test_a_question_counts_thoughts_and_occurrences(
    question: Any, indices: list[int], occurrences: int
) -> None:
    answer = group().ask({"mine": question})["mine"]
    assert answer.indices.tolist() == indices
    assert (answer.n, answer.occurrences) == (4, occurrences)
    assert answer.share == len(indices) / 4
    assert answer.interval == wilson(len(indices), 4)
    assert group().filter(question).indices == tuple(indices)


@pytest.mark.parametrize("question", ["Wait", r"W\w+t", StepKind("back")])
def test_the_examples_are_character_ranges_of_the_completion(question: Any) -> None:
    thoughts = group()
    first, second = thoughts.ask({"mine": question})["mine"].examples
    assert (first.number, second.number) == (0, 0)
    assert thoughts[0].text[first.start : first.end].startswith("Wait")
    assert first.start < second.start
    assert "Wait, no." in first.excerpt
    assert "\n" not in first.excerpt


def test_a_function_that_raises_is_listed_and_the_other_thoughts_are_answered() -> None:
    answers = group().ask({"value": lambda trace: int(trace.answer) == 4, "waits": "Wait"})
    assert answers["value"].n == 3
    assert [(number, why.split(":")[0]) for number, why in answers["value"].unanswered] == [(2, "ValueError")]
    assert answers["waits"].n == 4
    assert "value: thoughts without an answer: 1, the first is 2: ValueError" in repr(answers)
    with pytest.warns(UserWarning, match="no answer for them: 1; first for thought 2"):
        assert group().filter(lambda trace: int(trace.answer) == 4).indices == (0, 1, 3)
    with pytest.warns(UserWarning, match="no answer for them: 1; first for thought 2"):
        assert group().filter(lambda trace: int(trace.answer) == 4, characters=(None, 22)).indices == (1, 3)
    with pytest.raises(BadArgument, match="no answer for any thought"):
        group().filter(lambda trace: trace.nothing)


def test_a_pattern_that_takes_too_long_leaves_that_thought_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_search, "SECONDS", 0.3)
    answer = group("aab", "a" * 60, "no match", "ab ab").ask({"evil": EVIL})["evil"]
    assert answer.indices.tolist() == [0, 3]
    assert (answer.n, answer.occurrences) == (3, 3)
    assert [number for number, _ in answer.unanswered] == [1]
    assert "more than 0.3 s" in answer.unanswered[0].why


def test_a_search_that_fails_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_search, "SECONDS", 0.1)
    monkeypatch.setattr(bounded_search, "MOST_FAILURES", 2)
    began = time.monotonic()
    answer = group(*["a" * 60] * 40, "aab").ask({"evil": EVIL})["evil"]
    assert time.monotonic() - began < 30, "each search of 40 would take 4 s and a start of the process"
    assert (answer.n, len(answer.unanswered)) == (0, 41)
    assert "given up after 2" in answer.unanswered[-1].why


@pytest.mark.parametrize(
    ("pattern", "linear"),
    [
        ("wait|hold on", True),
        (r"(?i)\bwait\b", True),
        ("4.$", True),
        (EVIL, False),
        ("a*", False),
        ("a{9}", False),
        ("(a|a)", False),
    ],
)
def test_only_patterns_without_repetition_and_groups_are_searched_in_this_process(
    pattern: str, linear: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def ask(job: str, question: dict[str, Any], seconds: float) -> list[list[Any]]:
        sent.append(question["pattern"])
        return [[0, []]] * len(question["texts"])

    monkeypatch.setattr(bounded_search.worker, "ask", ask)
    list(BoundedSearch(pattern).search(["wait, 4!"]))
    assert sent == ([] if linear else [pattern])


def test_the_bounded_process_and_this_one_find_the_same() -> None:
    texts = ["Wait, wait.", "", "日本 wait \ud800 wait", "x" * 5_000 + " wait"]
    here = list(BoundedSearch("wait|Wait").search(texts))
    there = list(BoundedSearch("(?:wait|Wait)").search(texts))
    assert [(number, [list(span) for span in spans]) for number, spans, _ in here] == [
        (number, [list(span) for span in spans]) for number, spans, _ in there
    ]
    assert [number for number, *_ in here] == [2, 0, 2, 1]


def test_the_texts_are_sent_in_batches_and_come_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_search, "BATCH", 10)
    texts = ["a" * i for i in range(12)]
    assert [matches.number for matches in BoundedSearch("a{1}").search(texts)] == list(range(12))


@pytest.mark.parametrize("pattern", ["(", "a**", "[z-a]"])
def test_a_wrong_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(BadArgument, match="not a regular expression"):
        group().ask(pattern)


def test_a_pattern_of_bytes_and_a_name_that_is_no_text_are_refused() -> None:
    with pytest.raises(BadArgument, match="pattern of bytes"):
        group().ask(re.compile(b"Wait"))  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="name of a question is 1"):
        group().ask({1: "Wait"})  # type: ignore[dict-item]


@pytest.mark.parametrize("question", [3, None, ["Wait"]])
def test_what_is_not_a_question_is_refused(question: Any) -> None:
    with pytest.raises(BadArgument, match="A question cannot be"):
        group().ask({"mine": question})


@pytest.mark.parametrize(
    ("question", "name"),
    [("Wait", "Wait"), (re.compile("no"), "no"), (StepKind("back"), "back"), (bool, "bool")],
)
def test_one_question_has_a_name_of_its_own(question: Any, name: str) -> None:
    assert list(group().ask(question)) == [name]


def test_the_answers_are_a_table() -> None:
    answers = group().ask({"waits": "Wait", "checks": StepKind("check")})
    lines = repr(answers).splitlines()
    assert lines[0].split() == ["thoughts", "share", "95", "%", "interval", "occurrences"]
    assert lines[1].split()[:4] == ["waits", "1", "25.0%", "4.6%"]
    assert len({line.index("%") for line in lines[1:]}) == 1, "the numbers stand below each other"
    with pytest.raises(BadArgument, match="no question 'wait'"):
        answers["wait"]


def test_the_answers_become_a_data_frame() -> None:
    pytest.importorskip("pandas")
    frame = group().ask({"waits": "Wait", "checks": StepKind("check")}).to_frame()
    assert frame["thoughts"].tolist() == [1, 1]
    assert frame["low"].tolist() == pytest.approx([wilson(1, 4)[0]] * 2)


def test_hostile_text_stays_text_in_the_table() -> None:
    hostile = '<img src=x onerror=alert(1)>\x1b[2J\u202e"Wait'
    page = group(hostile).ask({"<b>waits": "Wait"})._repr_html_()
    assert "<img" not in page
    assert "<b>waits" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert not re.search("[\x1b\u202e]", page)


def test_the_thoughts_of_an_answer_are_selected_by_its_indices() -> None:
    traces = labkit.open([{"prompt": "2 + 2?", "completion": text} for text in COMPLETIONS])
    assert isinstance(traces, labkit.TraceSet)
    answer = traces.ask({"right": lambda trace: trace.answer == "4"})["right"]
    assert [trace.text for trace in traces.select(answer.indices)] == [COMPLETIONS[i] for i in (0, 1, 3)]
    assert traces.filter(StepKind("back"), steps=(2, None)).indices == (0,)
    calls: list[Callable[[], Any]] = [lambda: traces.filter("Wait"), lambda: traces.filter("(Wait)")]
    assert [call().indices for call in calls] == [(0,), (0,)]
