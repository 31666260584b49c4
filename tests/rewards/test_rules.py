"""Each rule against a second opinion, on hostile text, and in the shape that TRL calls it in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit import rewards
from labkit.errors import LabkitError
from labkit.rewards import Rule, countdown_accuracy, countdown_steps, exact_answer, think_format
from labkit.tasks.countdown import verify

TEXT = "First 3 and 5.\n3 * 5 = 15: 15 + 9 = 24 vs 24, yes!\n</think>\n\n<answer>(3 * 5) + 9</answer>"
KNOWN = {"numbers": [[3, 5, 9]], "target": [24], "completion_ids": [[1] * 30], "answer": ["(3 * 5) + 9"]}
RULES: list[Rule] = [
    countdown_accuracy, think_format, countdown_steps, exact_answer, rewards.language_consistency("en"),
    rewards.overlong(40, 20), rewards.length(60), rewards.length(60, "long"),
]  # fmt: skip
pieces = st.lists(
    st.sampled_from(
        ["<think>", "</think>", "<answer>", "</answer>", "3 + 5 = 8", "x", "然", " ", "\n", "<", ">", "= 24"]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_takes_what_trl_gives_it(rule: Rule) -> None:
    """GRPOTrainer names every column and its own extras, and reads `__name__` for the log."""
    extras = {"prompts": ["p"], "trainer_state": object(), "log_extra": None}
    (plain,) = rule([TEXT], **KNOWN, **extras)
    (chat,) = rule([[{"role": "assistant", "content": TEXT}]], **KNOWN, **extras)
    assert plain == chat and isinstance(plain, float)
    assert rule.__name__.isidentifier()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@given(text=st.text() | pieces)
def test_no_text_makes_a_rule_raise_and_each_span_lies_in_the_text(rule: Rule, text: str) -> None:
    known = {name: column[0] for name, column in KNOWN.items()}
    for part in rule.parts(text, known):
        assert 0 <= part.span[0] <= part.span[1] <= len(text)
        assert part.value is None or -1 <= part.value <= 1
        assert part.why.endswith(".")


@pytest.mark.parametrize("nothing", [None, [], {}, 7, [7], [{"role": "assistant", "content": None}]])
def test_what_is_no_text_cannot_be_judged(nothing: object) -> None:
    assert countdown_accuracy([nothing], numbers=[[3]], target=[3]) == [None]


def test_a_problem_that_lacks_what_a_rule_needs_is_not_judged_by_it() -> None:
    """Data sets of several tasks hold None where a column is another task's."""
    assert countdown_accuracy([TEXT, TEXT], numbers=[[3, 5, 9], None], target=[24, None]) == [1.0, None]


def test_a_column_that_is_missing_or_short_is_named() -> None:
    with pytest.raises(LabkitError, match="needs numbers= and target="):
        countdown_accuracy([TEXT])
    with pytest.raises(LabkitError, match="got 2 completions and 1 entries of numbers="):
        countdown_accuracy([TEXT, TEXT], numbers=[[3]], target=[3, 3])


# -- the form ----------------------------------------------------------------------------------------

TAG = r"</?[A-Za-z][\w-]*>"
FORM = re.compile(
    r"(?:\s*<think>)?(?:(?!</?think>|</?answer>)[\s\S])+</think>\s*"
    rf"<answer>(?:(?!</?think>|</?answer>|{TAG})[\s\S])+</answer>\s*"
)


@given(pieces)
def test_the_form_is_what_the_expression_says(text: str) -> None:
    assert think_format([text]) == [float(FORM.fullmatch(text) is not None)]


@pytest.mark.parametrize(
    ("text", "why", "marked"),
    [
        ("a</think><answer>1</answer> b", "not one answer between", "<answer>1</answer> b"),
        ("a <answer>1</answer></think>", "inside the thought", "<answer>"),
        ("a", "never ends", ""),
        ("</think><answer>1</answer>", "is empty", "</think>"),
        ("a</think> ", "Nothing follows", "</think>"),
        ("a</think><answer><b></answer>", "holds a tag", "<answer><b></answer>"),
        (" a</think> <answer>1</answer>\n", "in this order", "</think> <answer>1</answer>"),
    ],
)
def test_the_form_says_what_broke_it_and_where(text: str, why: str, marked: str) -> None:
    (part,) = think_format.parts(text, {})
    assert why in part.why
    assert text[slice(*part.span)] == marked


# -- steps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thought", "right", "wrong"),
    [
        ("3 + 5 = 8: 8 + 9 = 17 vs 24, no. 8 * 9 = 71, no.", 2, 1),
        ("12 / 5 = 12/5: 12/5 * 5 = 12", 2, 0),
        ("3 - 5 = -2, 3 − 5 = -2, 3 × 5 = 15", 3, 0),
        ("5 / 0 = 0", 0, 1),
        ("3*5+9=24 and 3 * 5 + 9 = 24 and 2 + 3 = 2 * 3", 0, 0),  # chains are not one step
        ("3 + 5 = 8.5, x3 + 5 = 8", 1, 0),
        ("156 + 5 too big. 1 + 2", 0, 0),
        ("1 + 1 = 1/0", 0, 1),
    ],
)
def test_each_written_equation_is_checked_exactly(thought: str, right: int, wrong: int) -> None:
    parts = countdown_steps.parts(f"{thought}</think>9 + 9 = 1", {})
    judged = [part for part in parts if part.value is not None]
    assert (sum(p.value > 0 for p in judged), sum(p.value == 0 for p in judged)) == (right, wrong)  # type: ignore[operator]
    (value,) = countdown_steps([f"{thought}</think>"])
    assert value == pytest.approx(right / (right + wrong)) if judged else value is None


@given(st.integers(0, 10**6), st.sampled_from("+-*"), st.integers(0, 10**6), st.integers(-2, 2))
def test_an_equation_is_true_where_python_says_so(a: int, op: str, b: int, slip: int) -> None:
    result = {"+": a + b, "-": a - b, "*": a * b}[op] + slip
    assert countdown_steps([f"{a} {op} {b} = {result}</think>"]) == [float(slip == 0)]


# -- language and length -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "thought", "share"),
    [
        ("en", "we add 3", 1.0), ("en", "我们 add", 1 / 3), ("zh", "我们 add", 2 / 3), ("ru", "мы add", 0.5),
        ("en", "déjà vu", 1.0), ("ko", "우리는 add", 0.5), ("ja", "これは add", 3 / 4), ("en", "3 * 5 = 15", None),
    ],
)  # fmt: skip
def test_language_is_the_share_of_words_in_its_letters(
    language: str, thought: str, share: float | None
) -> None:
    (value,) = rewards.language_consistency(language)([f"{thought}</think>答案"])
    assert value == (None if share is None else pytest.approx(share))


def test_foreign_words_are_pointed_at() -> None:
    text = "First 我们 add</think>"
    _, foreign = rewards.language_consistency("en").parts(text, {})
    assert text[slice(*foreign.span)] == "我们" and foreign.value == 0


@pytest.mark.parametrize(
    ("tokens", "value"), [(80, 0), (81, -0.05), (90, -0.5), (100, -1), (101, -1), (900, -1)]
)
def test_overlong_is_equation_13_of_dapo(tokens: int, value: float) -> None:
    assert rewards.overlong(100, 20)(["x"], completion_ids=[[0] * tokens]) == [pytest.approx(value)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: rewards.overlong(10, 20), lambda: rewards.overlong(10, 0), lambda: rewards.length(0),
        lambda: rewards.length(9, "wide"), lambda: rewards.language_consistency("tlh"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_made_says_what_to_type(make: object) -> None:
    import labkit

    with pytest.raises(LabkitError) as caught:
        make()  # type: ignore[operator]
    assert isinstance(eval(caught.value.next, {"labkit": labkit}), Rule)


def test_the_accuracy_is_the_verifiers_word() -> None:
    for answer in ("3 * 5 + 9", "3 * 5", "", "9 * 9"):
        text = f"</think><answer>{answer}</answer>"
        (value,) = countdown_accuracy([text], numbers=[[3, 5, 9]], target=[24])
        assert value == float(verify(text, numbers=[3, 5, 9], target=24))
