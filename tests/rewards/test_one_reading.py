r"""Rewards, outcomes, measures and answers read thought and answer from one place, and the problem travels with the trace."""

from __future__ import annotations

import json
import pickle  # what a training run on several processes does with its reward functions
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.errors import LabkitError
from labkit.rewards import (
    Outcome,
    Rule,
    accuracy_rule,
    breakdown,
    countdown_accuracy,
    exact_answer,
    outcome_of,
    repetition,
    think_format,
)
from labkit.tasks import Task, Verdict, addition, countdown, register
from labkit.traces import Trace

THOUGHTS = Path(__file__).resolve().parents[2].parent / "shared" / "thoughts"
COUNTDOWN = countdown.Problem((3, 5, 9), 24)
CHANNELS = "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>{}"


def trace_of(text: str, problem: Any = COUNTDOWN, **more: Any) -> Trace:
    return Trace.from_text("?", text, problem=problem, **more)


# -- an unended thought has no answer -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "columns", "answer"),
    [
        (exact_answer, {"answer": ["42"]}, r"\boxed{42}"),
        (exact_answer, {"answer": ["42"]}, "<answer>42</answer>"),
        (countdown_accuracy, {"numbers": [[3, 5, 9]], "target": [24]}, "<answer>3 * 5 + 9</answer>"),
        (countdown_accuracy, {"numbers": [[3, 5, 9]], "target": [24]}, "3 * 5 + 9"),
    ],
)
def test_an_answer_inside_an_unended_thought_is_not_paid(
    rule: Rule, columns: dict[str, Any], answer: str
) -> None:
    assert rule([f"<think>I get {answer}. Wait, let me"], **columns) == [0.0]
    assert rule([f"I get\n{answer}"], opened=True, **columns) == [0.0]
    assert rule([f"I get\n{answer}"], opened=[True], **columns) == [0.0]
    assert rule([f"I get\n{answer}"], prompts=["2?<|assistant|><think>\n"], **columns) == [0.0]
    assert rule([f"I get it.</think>\n{answer}"], **columns) == [1.0]
    problem = {name: column[0] for name, column in columns.items()}
    cut = trace_of(f"I get\n{answer}", problem, opened=True, finish="length")
    assert cut.answer == ""
    assert breakdown(cut, rules=[rule]).total == 0.0
    assert outcome_of(cut) == Outcome("", False)


def test_how_a_text_is_read_has_one_entry_for_all_or_one_each() -> None:
    with pytest.raises(LabkitError, match="There are 2 completions and 1 entries of opened="):
        think_format(["a", "b"], opened=[True])


# -- families ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("r1-mini", "{}</think>\n\n{}"),
        ("", "<think>{}</think>{}"),
        ("gpt-oss", CHANNELS),
        ("s1", "<|im_start|>think\n{}\n<|im_start|>answer\n{}"),
    ],
)
def test_every_reader_sees_the_same_answer_in_every_family(family: str, text: str) -> None:
    right = trace_of(text.format("It may be 1.", "<answer>3 * 5 + 9</answer>"), family=family)
    wrong = trace_of(text.format("<answer>3 * 5 + 9</answer>", "I could not find it."), family=family)
    for trace, value in ((right, 1.0), (wrong, 0.0)):
        judged = breakdown(trace)
        assert judged.value("countdown_accuracy") == value
        assert outcome_of(trace).correct is bool(value)
        assert (judged.total or 0) == pytest.approx(value + 0.2 * (judged.value("think_format") or 0))
    assert breakdown(right).value("think_format") == 1.0


def test_a_message_with_its_reasoning_apart_is_read_whole() -> None:
    message = [
        {"role": "assistant", "reasoning_content": "<answer>1</answer>", "content": "<answer>7</answer>"}
    ]
    assert exact_answer([message], answer=["7"]) == [1.0]
    assert exact_answer([message], answer=["1"]) == [0.0]
    assert think_format([[{"role": "assistant", "reasoning": "hm", "content": "<answer>7</answer>"}]]) == [
        1.0
    ]


# -- forms of an answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (r"\boxed{7}", 1.0), ("7", 1.0), ("7.", 1.0), ("The answer is 7.", 1.0), ("<answer>7</answer>", 1.0),
        (r"\boxed{2} or \boxed{7}", 0.0), (r"\boxed{8}", 0.0),
    ],
)  # fmt: skip
def test_an_expected_text_is_seen_in_every_form(answer: str, value: float) -> None:
    assert exact_answer([f"x</think>{answer}"], answer=["7"]) == [value]


@pytest.mark.parametrize(
    "answer",
    [r"3 \times 5 + 9", r"$3\cdot5+9$", r"\boxed{3 \times 5 + 9}", r"\left(3 \cdot 5\right) + 9 = 24"],
)
def test_a_countdown_answer_may_be_latex(answer: str) -> None:
    assert countdown_accuracy([f"x</think>{answer}"], numbers=[[3, 5, 9]], target=[24]) == [1.0]


def test_answers_that_say_the_same_are_one_answer() -> None:
    problem = {"answer": "24"}
    texts = [r"So \boxed{24}.", r"The answer is \boxed{24}.", "24", "**24**", "<answer>24</answer>"]
    assert {outcome_of(trace_of(f"x</think>{text}", problem)) for text in texts} == {Outcome("24", True)}


@pytest.mark.slow
def test_right_formulas_of_other_spelling_are_one_answer() -> None:
    pytest.importorskip("math_verify")
    texts = ("0.5", r"\boxed{\frac12}")
    outcomes = {outcome_of(trace_of(f"x</think>{text}", {"solution": r"\frac{1}{2}"})) for text in texts}
    assert outcomes == {Outcome(r"\frac{1}{2}", True)}


@pytest.mark.slow
@pytest.mark.skipif(not THOUGHTS.exists(), reason="the real thoughts lie beside the clone in CI only")
def test_real_thoughts_are_right_in_every_reader() -> None:
    pytest.importorskip("math_verify")
    for path in sorted(THOUGHTS.glob("*.json")):
        for row in json.loads(path.read_text("utf-8")):
            text = f"<think>{row['message_thinking']}</think>{row['message_content']}"
            trace = Trace.from_text(row["problem"], text, problem={"solution": row["gtruth_answer"]})
            assert outcome_of(trace) == Outcome(row["gtruth_answer"], True)
            assert breakdown(trace).value("math_accuracy") == 1.0
            cut = trace.model_copy(update={"text": text[: text.index("</think>")]})
            assert breakdown(cut).value("math_accuracy") == 0.0


@pytest.mark.parametrize(
    "wrong", [{"target": "24"}, {"numbers": "3,5,9"}, {"numbers": [3, "5"]}, {"target": 24.5}]
)
def test_a_column_of_another_type_is_refused_and_not_taken_for_a_wrong_answer(wrong: dict[str, Any]) -> None:
    columns: dict[str, Any] = {"numbers": [3, 5, 9], "target": 24} | wrong
    with pytest.raises(LabkitError, match="A Countdown problem cannot have"):
        countdown.verify("3*5+9", **columns)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x</think><answer>x < 5</answer>", 1.0),
        ("x</think><answer>7</answer><|im_end|>", 1.0),
        ("x</think><answer>7</answer>\n<｜end▁of▁sentence｜>", 1.0),
        ("\n<think>x</think><answer>7</answer>", 1.0),
        ("x</think><answer>a<b>c</answer>", 0.0),
        ("x</think><answer>7</answer> so", 0.0),
    ],
)
def test_the_form_is_judged_by_what_counts(text: str, value: float) -> None:
    assert think_format([text]) == [value]


# -- the problem travels -----------------------------------------------------------------------------------


def test_a_problem_of_a_teacher_is_judged_by_its_own_task() -> None:
    from labkit.tasks._jsonl import Problem

    problem = Problem("Capital of France?", "Paris", {"answer": "Paris"})
    right, wrong = (trace_of(f"x</think><answer>{text}</answer>", problem) for text in ("Paris", "Rome"))
    view = labkit.RewardView([right, wrong])
    assert view.rewards == [1.2, 0.2] and view.advantages[0] > 0
    assert [outcome_of(t).correct for t in (right, wrong)] == [True, False]
    assert problem.verify(right.text) and not problem.verify(wrong.text)


def test_a_prompt_that_reads_as_countdown_is_not_judged_as_countdown_where_the_problem_says_otherwise() -> (
    None
):
    from labkit.tasks._jsonl import Problem

    problem = Problem(COUNTDOWN.prompt, "24", {"answer": "24"})
    trace = Trace.from_text(problem.prompt, "x</think>3 * 5 + 9", problem=problem)
    assert not problem.verify(trace.text)
    assert outcome_of(trace).correct is False
    assert breakdown(trace).parts[0].why == "It is not the expected answer."


def test_a_file_brings_its_problem_back(tmp_path: Any) -> None:
    trace = trace_of("x</think>17", addition.Problem((3, 5, 9)))
    again = Trace.load(trace.save(tmp_path / "a"))
    assert outcome_of(again) == Outcome("17", True)
    assert breakdown(again).value("addition_accuracy") == 1.0


@dataclass(frozen=True)
class Parity:
    """A problem of a class of one's own, of no registered task."""

    number: int

    @property
    def prompt(self) -> str:
        return f"Is {self.number} even?"

    @property
    def columns(self) -> dict[str, Any]:
        return {"number": self.number}

    def verify(self, answer: str) -> bool:
        return answer.strip() == ("yes" if self.number % 2 == 0 else "no")


def test_a_problem_of_no_registered_task_is_judged_by_its_own_verifier() -> None:
    trace = Trace.from_text("Is 4 even?", "Hm.</think>yes")
    assert breakdown(trace, Parity(4)).value("accuracy") == 1.0
    assert outcome_of(trace, Parity(4)).correct is True
    assert outcome_of(trace, Parity(3)).correct is False
    assert outcome_of(trace).correct is None


def test_a_registered_task_judges_its_problems_by_name_everywhere() -> None:
    def judge(given: Any, /, *, number: int) -> Verdict:
        right = given.text == ("yes" if number % 2 == 0 else "no")
        return Verdict(float(right), f"{number} is {'even' if number % 2 == 0 else 'odd'}.", given.span)

    register(Task("parity-of-a-test", ("number",), judge))
    trace = Trace.from_text("Is 4 even?", "Hm.</think>yes", problem={"number": 4})
    assert outcome_of(trace).correct is True
    assert accuracy_rule(trace.problem).name == "parity-of-a-test_accuracy"
    assert "4 is even." in repr(breakdown(trace))


# -- rules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        countdown_accuracy, exact_answer, think_format, labkit.rewards.gym_score, labkit.rewards.math_accuracy,
        labkit.rewards.countdown_steps, labkit.rewards.overlong(100, 20), labkit.rewards.length(60, "long"),
        labkit.rewards.language_consistency("zh"), repetition(3), accuracy_rule(addition.Problem((1, 2, 3))), accuracy_rule(),
    ],
    ids=lambda rule: rule.name,
)  # fmt: skip
def test_a_rule_goes_to_another_process_and_back(rule: Rule) -> None:
    again = pickle.loads(pickle.dumps(rule))
    known = {
        "numbers": [3, 5, 9],
        "target": 24,
        "answer": "4",
        "completion_ids": [1] * 90,
        "addends": [1, 2, 3],
    }
    text = "我们 say 3 + 5 = 8 say 3 + 5 = 8</think>4"
    assert again.name == rule.name
    if rule.name not in ("gym_score", "math_accuracy"):
        assert again.parts(text, known) == rule.parts(text, known)


def test_a_reward_function_of_trl_is_a_rule() -> None:
    def polite(completions: list[str], **columns: Any) -> list[float]:
        return [float("please" in completion) for completion in completions]

    def long_enough(completions: list[str], completion_ids: list[list[int]]) -> list[float]:
        return [float(len(ids) > 2) for ids in completion_ids]

    trace = trace_of("say please</think><answer>3 * 5 + 9</answer>")
    judged = breakdown(trace, rules=[polite, countdown_accuracy])
    assert judged.value("polite") == 1.0 and judged.total == 2.0
    assert breakdown("x", {"completion_ids": [1, 2, 3]}, rules=[long_enough]).total == 1.0
    assert labkit.RewardView([trace, trace], rules=[polite]).rewards == [1.0, 1.0]


@pytest.mark.parametrize(
    "judge", [lambda text: 0.5, lambda text: iter([0.5]), lambda text: [0.25, 0.25], lambda text: True]
)
def test_a_rule_may_give_a_bare_number(judge: Any) -> None:
    rule = Rule(judge, name="bare")
    assert rule(["x"]) == [1.0 if judge("x") is True else 0.5]


def test_a_rule_that_gives_something_else_says_what_it_should_give() -> None:
    with pytest.raises(LabkitError, match="The rule odd gave"):
        Rule(lambda text: ["good"], name="odd")(["x"])

    def wrong(completions: list[str], **columns: Any) -> float:
        return 1.0

    with pytest.raises(LabkitError, match=r"wrong\(\) could not be called"):
        breakdown("x", rules=[wrong])


def test_repetition_costs_and_honest_work_does_not() -> None:
    loop, work = "go back and try 3 + 5 = 8 . " * 50, " ".join(f"{a} + {a} = {2 * a}" for a in range(50))
    (bad,), (good,) = repetition(5)([loop]), repetition(5)([work])
    assert bad is not None and bad < -0.9 and good == 0.0
    with pytest.raises(LabkitError, match="repetition"):
        repetition(0)
